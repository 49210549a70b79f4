/* A story in a frame of another system, which it tells how far somebody has come (framed.js). */
(function () {
  "use strict";
  const SAY_EVERY_S = 5;
  const NEAR_S = 0.5;          // a film is heard in pieces: what lies between two is heard as well
  const MOST_PIECES = 200;
  const frame = window.carerFrame;
  const { SAYS, say } = frame;

  document.addEventListener("DOMContentLoaded", () => {
    if (frame.isRefused) { return; }
    const main = document.querySelector("[data-embedded]");
    const article = main.querySelector("[data-story]");
    const media = main.querySelector("[data-media]");
    if (!article || !media) { say(SAYS.dark); return; } // its day has come already
    const watched = frame.watch(article);

    const story = article.getAttribute("data-story");
    const state = article.querySelector("[data-state]");
    const reflect = article.querySelector("[data-reflect]");
    const [start, end] = stretch();

    /* ---- the part that is shown --------------------------------------------------------------- */
    function stretch() {
      const whole = [Number(article.getAttribute("data-start")) / 1000, Number(article.getAttribute("data-end")) / 1000];
      const named = /^#t=(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?$/.exec(location.hash);
      if (!named) { return whole; }
      const from = Math.min(Math.max(Number(named[1]), whole[0]), whole[1]);
      const to = Math.min(named[2] === undefined ? whole[1] : Number(named[2]), whole[1]);
      return to > from ? [from, to] : whole;
    }

    /* ---- how far somebody has come ------------------------------------------------------------ */
    let earlier = [];      // what was heard before, as the page around says
    let wanted = start;    // where it begins when it is played
    let hasBegun = false;
    let hasEnded = false;
    let last = start;
    let said = -SAY_EVERY_S;

    function heard() {
      const pieces = earlier.slice();
      for (let n = 0; n < media.played.length; n += 1) { pieces.push([media.played.start(n), media.played.end(n)]); }
      const merged = [];
      pieces.map(([from, to]) => [Math.max(from, start), Math.min(to, end)])
        .filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]).forEach(([from, to]) => {
          const before = merged[merged.length - 1];
          if (before && from <= before[1] + NEAR_S) { before[1] = Math.max(before[1], to); }
          else { merged.push([from, to]); }
        });
      return merged;
    }
    function tell(name) {
      const pieces = heard();
      const length = pieces.reduce((sum, [from, to]) => sum + to - from, 0);
      const share = Math.min(1, length / (end - start));
      said = media.currentTime;
      say(name || SAYS.position, {
        story,
        position: Math.round((hasBegun ? media.currentTime : wanted) * 10) / 10,
        start,
        end,
        progress: share > 0.98 ? 1 : Math.round(share * 1000) / 1000,
        played: pieces.map(([from, to]) => `${from.toFixed(1)}-${to.toFixed(1)}`).join(",")
      });
    }
    function reachEnd() {
      hasEnded = true;
      tell(SAYS.ended);
      if (reflect.hidden) { tell(SAYS.done); }
      else { reflect.scrollIntoView({ block: "nearest" }); }
    }
    media.addEventListener("play", () => {
      if (!hasBegun) {
        hasBegun = true;
        if (wanted > 0.01) { begin(wanted); }
      } else if (hasEnded && media.currentTime >= end - NEAR_S) { begin(start); }
      hasEnded = false;
    });
    function begin(seconds) {
      last = seconds;
      window.carerMediaStart(media, seconds, { say: sayOfStart });
    }
    function sayOfStart(told) {
      const words = { fetching: "The film is being fetched …", refused: "Please press Play once more.", failed: "The film could not be loaded from there." };
      state.textContent = words[told.kind] || "";
    }
    media.addEventListener("timeupdate", () => {
      const now = media.currentTime;
      mark(now);
      if (!media.paused && last < end && now >= end && now < end + 2) {
        last = now;
        media.pause();
        if (!hasEnded) { reachEnd(); }
        return;
      }
      last = now;
      if (Math.abs(now - said) >= SAY_EVERY_S) { tell(); }
    });
    media.addEventListener("ended", () => { if (!hasEnded) { reachEnd(); } });
    media.addEventListener("pause", () => { if (!watched.isDark()) { tell(); } });
    media.addEventListener("seeked", () => { if (!watched.isDark()) { tell(); } });
    window.addEventListener("pagehide", () => { if (!watched.isDark()) { tell(); } });
    document.addEventListener("visibilitychange", () => { if (document.hidden && !watched.isDark()) { tell(); } });
    article.querySelector("[data-reflected]").addEventListener("click", (event) => {
      event.target.disabled = true;
      event.target.textContent = "Thank you";
      tell(SAYS.done);
    });

    /* ---- the words ------------------------------------------------------------------------------ */
    const turns = Array.from(article.querySelectorAll("[data-at]"), (line) => ({
      line, at: Number(line.getAttribute("data-at")) / 1000
    }));
    turns.forEach(({ line, at }) => {
      const place = line.querySelector(".time");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = place.textContent;
      button.setAttribute("aria-label", `Play from ${place.textContent}`);
      button.addEventListener("click", () => {
        wanted = at;
        if (hasBegun) { begin(at); }
        media.play().catch(() => {}); // the browser says itself why it would not
      });
      place.replaceChildren(button);
    });
    function mark(now) {
      let current = null;
      turns.forEach((turn) => { if (turn.at <= now + 0.05) { current = turn; } });
      turns.forEach((turn) => {
        const isCurrent = turn === current;
        if (isCurrent === turn.line.hasAttribute("aria-current")) { return; }
        if (isCurrent) { turn.line.setAttribute("aria-current", "true"); } else { turn.line.removeAttribute("aria-current"); }
      });
    }

    /* ---- what it hears -------------------------------------------------------------------------- */
    function piecesOf(text) {
      if (typeof text !== "string") { return []; }
      return text.split(",").slice(0, MOST_PIECES).map((piece) => /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(piece))
        .filter(Boolean).map((piece) => [Number(piece[1]), Number(piece[2])]);
    }
    frame.hear((told) => {
      if (watched.isDark()) { return; }
      earlier = piecesOf(told.played);
      if (told.reflect === true) { reflect.hidden = false; }
      const position = Number(told.position);
      // At its end it begins anew.
      if (!hasBegun && position > start && position < end - 1) {
        wanted = position;
        state.textContent = "It goes on where you left it.";
      }
      tell();
    });
    frame.sayHeight(main);
    say(SAYS.ready, { story });
  });
})();
