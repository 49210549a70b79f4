/* The index of the library, read in small parts as they are needed. publish/search/ writes it
   (shards.py says what each file holds). Every part is a classic script that calls
   carerStoriesIndex, because that works from a server and from a file alike. */
(function () {
  "use strict";

  /* ---- loading -------------------------------------------------------------------------------- */
  var loading = {};
  var arrived = {};
  var build = null;
  window.carerStoriesIndex = function (stamp, name, part) { arrived[name] = { stamp: stamp, part: part }; };

  /* Resolves with the part. Rejects with { renewed } where it is of another build than the first. */
  function load(name) {
    if (loading[name]) { return loading[name]; }
    loading[name] = new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = name + ".js";
      script.addEventListener("error", function () {
        delete loading[name];
        reject({ missing: name });
      });
      script.addEventListener("load", function () {
        var got = arrived[name];
        delete arrived[name];
        if (!got || (build !== null && got.stamp !== build)) { reject({ renewed: true }); return; }
        build = got.stamp;
        resolve(got.part);
      });
      document.head.appendChild(script);
    });
    return loading[name];
  }

  /* ---- numbers in signs (publish/search/number_codec.py) ------------------------------------------- */
  var SIGNS = "!#$()*+,./:;=?@[]^_`{|}~";
  var BASE = SIGNS.length;
  var VALUE = new Uint8Array(128);
  for (var sign = 0; sign < BASE; sign += 1) { VALUE[SIGNS.charCodeAt(sign)] = sign; }
  var TWO = 13;
  var THREE = TWO + 8 * BASE;
  var SIX = THREE + 2 * BASE * BASE;

  function numbersIn(text, from, to) {
    var numbers = new Int32Array(to - from);
    var count = 0;
    while (from < to) {
      var first = VALUE[text.charCodeAt(from)];
      from += 1;
      if (first < 13) { numbers[count] = first; }
      else if (first < 21) {
        numbers[count] = TWO + (first - 13) * BASE + VALUE[text.charCodeAt(from)];
        from += 1;
      } else if (first < 23) {
        numbers[count] = THREE + ((first - 21) * BASE + VALUE[text.charCodeAt(from)]) * BASE
          + VALUE[text.charCodeAt(from + 1)];
        from += 2;
      } else {
        var number = 0;
        for (var more = 0; more < 5; more += 1) { number = number * BASE + VALUE[text.charCodeAt(from + more)]; }
        numbers[count] = SIX + number;
        from += 5;
      }
      count += 1;
    }
    return numbers.subarray(0, count);
  }
  function allNumbers(text) { return numbersIn(text, 0, text.length); }
  function summed(numbers) {
    var sum = 0;
    return Int32Array.from(numbers, function (number) { sum += number; return sum; });
  }
  /* The last place whose number is not more than this. */
  function placeOf(number, numbers) {
    var low = 0;
    var high = numbers.length;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (numbers[middle] <= number) { low = middle + 1; } else { high = middle; }
    }
    return low - 1;
  }

  /* ---- the library ---------------------------------------------------------------------------- */
  var opening = null;
  function open() {
    opening = opening || load("search/index").then(function (index) {
      var stories = index.stories ? index.stories.split(" ") : [];
      var pieces = allNumbers(index.pieces);
      var starts = new Int32Array(pieces.length + 1);
      pieces.forEach(function (count, at) { starts[at + 1] = starts[at] + count; });
      var common = {};
      index.common.split(" ").forEach(function (word, at) { common[word] = at; });
      return {
        stories: stories, pages: index.pages, starts: starts, pieces: starts[pieces.length],
        themes: index.themes, themed: themed(allNumbers(index.themed)), perFile: index.texts,
        buckets: summed(allNumbers(index.buckets)),
        common: common, commons: Object.keys(common).length, lists: index.lists,
        terms: summed(allNumbers(index.terms)), pairs: summed(allNumbers(index.pairs))
      };
    });
    opening.catch(function () { opening = null; });
    return opening;
  }
  function themed(numbers) {
    var each = [];
    for (var at = 0; at < numbers.length; at += 1 + numbers[at]) {
      each.push(Array.from(numbers.subarray(at + 1, at + 1 + numbers[at])));
    }
    return each;
  }

  /* ---- lists ---------------------------------------------------------------------------------- */
  function shardOf(family, number) {
    return load("search/" + family + "-" + number).then(function (text) {
      return heads[family + number] || (heads[family + number] = headOf(text));
    });
  }
  var heads = {};
  function headOf(text) {
    var lengths = { text: text, where: {} };
    var at = 0;
    function next() {
      var first = VALUE[text.charCodeAt(at)];
      var size = first < 13 ? 1 : first < 21 ? 2 : first < 23 ? 3 : 6;
      at += size;
      return numbersIn(text, at - size, at)[0];
    }
    var count = next();
    var entries = [];
    var key = 0;
    for (var number = 0; number < count; number += 1) {
      key += next();
      entries.push([key, next()]);
    }
    entries.forEach(function (entry) {
      lengths.where[entry[0]] = [at, at + entry[1]];
      at += entry[1];
    });
    return lengths;
  }
  /* The numbers of one list; none where nobody says it. */
  function listOf(library, family, key) {
    var shard = placeOf(key, library[family]);
    if (shard < 0) { return Promise.resolve(new Int32Array(0)); }
    return shardOf(family, shard).then(function (head) {
      var at = head.where[key - library[family][shard]];
      return at ? numbersIn(head.text, at[0], at[1]) : new Int32Array(0);
    });
  }
  /* In which pieces a stem is, and how strongly: 0, 1, 2 once to three times, 3 in a heading. */
  function piecesOf(library, list) {
    return listOf(library, "terms", 2 * list).then(function (numbers) {
      var pieces = new Int32Array(numbers.length);
      var levels = new Uint8Array(numbers.length);
      var piece = -1;
      for (var at = 0; at < numbers.length; at += 1) {
        piece += 1 + (numbers[at] >> 2);
        pieces[at] = piece;
        levels[at] = numbers[at] & 3;
      }
      return { list: list, pieces: pieces, levels: levels };
    });
  }
  function pairOf(library, left, right) {
    var commons = library.commons;
    var key = left.common === undefined
      ? (2 * left.lists[0] + 1) * commons + right.common
      : right.common === undefined
        ? 2 * right.lists[0] * commons + left.common
        : 2 * library.lists * commons + left.common * commons + right.common;
    return listOf(library, "pairs", key).then(function (gaps) {
      var piece = -1;
      return { pieces: Int32Array.from(gaps, function (gap) { piece += 1 + gap; return piece; }) };
    });
  }
  /* At which places in each piece: place[n] for the piece n of the list. */
  function placesOf(library, list) {
    return listOf(library, "terms", 2 * list + 1).then(function (numbers) {
      var at = 0;
      var each = [];
      while (at < numbers.length) {
        var count = numbers[at] + 1;
        var places = [];
        var place = -1;
        for (at += 1; count; count -= 1, at += 1) {
          place += 1 + numbers[at];
          places.push(place);
        }
        each.push(places);
      }
      return each;
    });
  }
  function inBoth(a, b) {
    var both = [];
    for (var i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i] < b[j]) { i += 1; } else if (a[i] > b[j]) { j += 1; } else { both.push(a[i]); i += 1; j += 1; }
    }
    return both;
  }

  window.carerStoriesLists = {
    load: load, open: open, piecesOf: piecesOf, placesOf: placesOf, pairOf: pairOf,
    placeIn: placeOf, inBoth: inBoth
  };
})();
