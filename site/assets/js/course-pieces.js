/* Stretches of a film that were played: joined, measured, and written in few characters. */
(function () {
  "use strict";
  const NEAR_S = 0.5;       // what lies between two stretches that near was played as well
  const MOST_PIECES = 60;

  function joined(pieces, most) {
    const sorted = pieces.filter(([from, to]) => to > from).sort((one, other) => one[0] - other[0]);
    const result = [];
    sorted.forEach(([from, to]) => {
      const before = result[result.length - 1];
      if (before && from <= before[1] + NEAR_S) { before[1] = Math.max(before[1], to); }
      else { result.push([from, to]); }
    });
    // Where there are too many, the shortest are forgotten: they are least of what was played.
    while (result.length > most) {
      let shortest = 0;
      result.forEach(([from, to], at) => {
        if (to - from < result[shortest][1] - result[shortest][0]) { shortest = at; }
      });
      result.splice(shortest, 1);
    }
    return result;
  }

  window.carerPieces = {
    joined,
    within (pieces, start, end, most) {
      const inside = pieces.map(([from, to]) => [Math.max(from, start), Math.min(to, end)]);
      return joined(inside, most || MOST_PIECES);
    },
    length (pieces) { return pieces.reduce((sum, [from, to]) => sum + to - from, 0); },
    write (pieces) {
      return pieces.map(([from, to]) => `${Math.floor(from * 10) / 10}-${Math.ceil(to * 10) / 10}`).join(",");
    },
    read (text) {
      return String(text || "").split(",").map((piece) => /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(piece))
        .filter(Boolean).map((piece) => [Number(piece[1]), Number(piece[2])]);
    }
  };
})();
