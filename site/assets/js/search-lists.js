/* The index of the library, read in small parts as they are needed. publish/search/ writes it
   (shards.py says what each file holds). Every part is a classic script that calls
   carerStoriesIndex, because that works from a server and from a file alike. */
(function () {
  "use strict";
  const heads = {};

  /* ---- loading -------------------------------------------------------------------------------- */
  const loading = {};
  const arrived = {};
  let build = null;
  window.carerStoriesIndex = function (stamp, name, part) { arrived[name] = { stamp, part }; };

  /* Resolves with the part. Rejects with { renewed } where it is of another build than the first; a story’s
     texts have a mark of their own, that the index names. */
  function load(name, mark) {
    if (loading[name]) { return loading[name]; }
    loading[name] = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${name}.js`;
      script.addEventListener("error", () => {
        delete loading[name];
        reject({ missing: name });
      });
      script.addEventListener("load", () => {
        const got = arrived[name];
        delete arrived[name];
        const wanted = mark === undefined ? build : mark;
        if (!got || (wanted !== null && got.stamp !== wanted)) { reject({ renewed: true }); return; }
        if (mark === undefined) { build = got.stamp; }
        resolve(got.part);
      });
      document.head.appendChild(script);
    });
    return loading[name];
  }

  /* ---- numbers in signs (publish/search/signs.py) ---------------------------------------------------- */
  const SIGNS = "!#$()*+,./:;=?@[]^_`{|}~";
  const BASE = SIGNS.length;
  const VALUE = new Uint8Array(128);
  for (let sign = 0; sign < BASE; sign += 1) { VALUE[SIGNS.charCodeAt(sign)] = sign; }
  const TWO = 13;
  const THREE = TWO + 8 * BASE;
  const SIX = THREE + 2 * BASE * BASE;

  function numbersIn(text, from, to) {
    const numbers = new Int32Array(to - from);
    let count = 0;
    while (from < to) {
      const first = VALUE[text.charCodeAt(from)];
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
        let number = 0;
        for (let more = 0; more < 5; more += 1) { number = number * BASE + VALUE[text.charCodeAt(from + more)]; }
        numbers[count] = SIX + number;
        from += 5;
      }
      count += 1;
    }
    return numbers.subarray(0, count);
  }
  function allNumbers(text) { return numbersIn(text, 0, text.length); }
  function summed(numbers) {
    let sum = 0;
    return Int32Array.from(numbers, (number) => { sum += number; return sum; });
  }
  /* The last place whose number is not more than this. */
  function placeOf(number, numbers) {
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] <= number) { low = middle + 1; } else { high = middle; }
    }
    return low - 1;
  }

  /* ---- the library ---------------------------------------------------------------------------- */
  let opening = null;
  function open() {
    opening = opening || load("search/index").then((index) => {
      const stories = index.stories ? index.stories.split(" ") : [];
      const passages = allNumbers(index.passages);
      const starts = new Int32Array(passages.length + 1);
      passages.forEach((count, at) => { starts[at + 1] = starts[at] + count; });
      const common = {};
      index.common.split(" ").forEach((word, at) => { common[word] = at; });
      return {
        stories, marks: index.marks.split(" "), pages: index.pages, starts, passages: starts[passages.length],
        themes: index.themes, themed: themed(allNumbers(index.themed)), perFile: index.texts,
        moments: allNumbers(index.moments), firstAnswer: firstAnswers(passages, stories.length, allNumbers(index.moments)),
        buckets: new Set(summed(allNumbers(index.buckets))),
        common, commons: Object.keys(common).length, lists: index.lists, related: index.related,
        everyday: new Set(summed(allNumbers(index.everyday))),
        asking: new Set(index.asking.split(" ")), askingStems: new Set(index.asking.split(" ").map(window.carerStoriesWords.stem)), support: index.support, short: index.short, askedPhrases: new Set(index.asked.split("|")),
        terms: summed(allNumbers(index.terms)), places: summed(allNumbers(index.places)),
        pairs: summed(allNumbers(index.pairs))
      };
    });
    opening.catch(() => { opening = null; });
    return opening;
  }
  /* Abbreviations, each with the words in full. */
  let short = null;
  function shortForms(library) {
    if (!library.short) { return Promise.resolve(new Map()); }
    short = short || load("search/short").then(shortFormsIn);
    short.catch(() => { short = null; });
    return short;
  }
  function shortFormsIn(text) {
    const parts = text.split("|");
    return new Map(parts.slice(1).flatMap((full, at) => (at % 2 ? [] : [[parts[at], full.split(" ")]])));
  }
  function themed(numbers) {
    const each = [];
    for (let at = 0; at < numbers.length; at += 1 + numbers[at]) {
      each.push(Array.from(numbers.subarray(at + 1, at + 1 + numbers[at])));
    }
    return each;
  }

  /* For each story the place in `moments`, the numbers of moments of all answers, where its own begin. */
  function firstAnswers(passages, stories, moments) {
    let answer = 0;
    return Int32Array.from(passages.subarray(0, stories), (count) => {
      const first = answer;
      for (let left = count - 1; left > 0; answer += 1) { left -= moments[answer]; }
      return first;
    });
  }
  /* The passages of a story with which an answer begins, and before which it ends; of its card that alone. */
  function answerAt(library, story, passage) {
    let start = library.starts[story];
    let end = start + 1;
    for (let answer = library.firstAnswer[story]; end <= passage; answer += 1) {
      start = end;
      end += library.moments[answer];
    }
    return [start, end];
  }

  /* ---- words (publish/search/word_buckets.py) --------------------------------------------------- */
  const WORD = /([^!#$()*+,./:;=?@[\]^_`{|}~]+)([!#$()*+,./:;=?@[\]^_`{|}~]+)/g;
  const EMPTY = { words: new Map(), typed: new Map() };
  const buckets = {};

  /* Words of the library by themselves, { word, list, count }, and words or phrases that are looked
     for in other words as well: { text, nearness, count, parts }, where a part is a common word’s
     number or, after those, a list’s. */
  function bucketOf(library, number) {
    if (!library.buckets.has(number)) { return Promise.resolve(EMPTY); }
    buckets[number] = buckets[number] || load(`search/words-${number}`).then((part) => {
      return { words: wordsOf(part[0]), typed: othersOf(part) };
    });
    buckets[number].catch(() => { delete buckets[number]; });
    return buckets[number];
  }
  function wordsOf(text) {
    const words = new Map();
    let highest = -1;
    for (const hit of text.matchAll(WORD)) {
      const [step, count] = allNumbers(hit[2]);
      const list = highest + 1 + (step % 2 ? -(step + 1) / 2 : step / 2);
      words.set(hit[1], { word: hit[1], list, count });
      highest = Math.max(highest, list);
    }
    return words;
  }
  function othersOf(part) {
    const numbers = allNumbers(part[2]);
    let at = 0;
    let first = 0;
    const others = (part[1] ? part[1].split("|") : []).map((text) => {
      const from = at + 2;
      const count = numbers[at];
      at = from + numbers[at + 1];
      first += numbers[from];
      return { text, count, parts: [first].concat(Array.from(numbers.subarray(from + 1, at))) };
    });
    const relations = allNumbers(part[4]);
    const typed = new Map();
    at = 0;
    (part[3] ? part[3].split("|") : []).forEach((text) => {
      const to = at + 1 + relations[at];
      typed.set(text, Array.from(relations.subarray(at + 1, to), (number) => {
        return Object.assign({ nearness: number % 3 }, others[Math.floor(number / 3)]);
      }));
      at = to;
    });
    return typed;
  }

  /* ---- related words (publish/search/thesaurus.py) ------------------------------------------------ */
  const KEY_BITS = 22;
  const FILE_BITS = 10;
  const USUAL_BITS = 18;
  const related = {};

  /* The number that stands for a stem: FNV-1a. */
  function numberOf(stem) {
    return Array.from(new TextEncoder().encode(stem)).reduce((number, byte) => Math.imul(number ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
  }
  function isEveryday(library, stem) { return library.everyday.has(numberOf(stem) & ((1 << KEY_BITS) - 1)); }
  /* Words of the library that this stem leads to, the nearest first: [{ text, list, count, isFar }]. */
  async function relatedOf(library, stem) {
    if (!library.related) { return []; }
    const number = numberOf(stem);
    return (await relatedFile(library, number)).typed.get(number & ((1 << KEY_BITS) - 1)) || [];
  }
  /* Whether this is the stem of a usual word of English, of those that nobody here says. */
  async function isUsual(library, stem) {
    if (!library.related) { return false; }
    const number = numberOf(stem);
    return (await relatedFile(library, number)).usual.has(number & ((1 << USUAL_BITS) - 1));
  }
  function relatedFile(library, number) {
    const file = ((number >>> KEY_BITS) * library.related) >> FILE_BITS;
    related[file] = related[file] || load(`search/related-${file}`).then((part) => {
      return { typed: leadsOf(part), usual: new Set(summed(allNumbers(part[3]))) };
    });
    related[file].catch(() => { delete related[file]; });
    return related[file];
  }
  function leadsOf(part) {
    const numbers = allNumbers(part[1]);
    const words = part[0].split("|").map((text, at) => ({ text, count: numbers[2 * at], list: numbers[2 * at + 1] }));
    const leads = allNumbers(part[2]);
    const typed = new Map();
    for (let at = 0; at < leads.length; at += 2 + leads[at + 1]) {
      typed.set(leads[at], Array.from(leads.subarray(at + 2, at + 2 + leads[at + 1]), (one) => Object.assign({ isFar: one % 2 > 0 }, words[one >> 1])));
    }
    return typed;
  }

  /* ---- lists ---------------------------------------------------------------------------------- */
  function shardOf(family, number) {
    return load(`search/${family}-${number}`).then((text) => {
      return heads[family + number] || (heads[family + number] = headOf(text));
    });
  }
  function headOf(text) {
    const lengths = { text, where: {} };
    let at = 0;
    function next() {
      const first = VALUE[text.charCodeAt(at)];
      const size = first < 13 ? 1 : first < 21 ? 2 : first < 23 ? 3 : 6;
      at += size;
      return numbersIn(text, at - size, at)[0];
    }
    const count = next();
    const entries = [];
    let key = 0;
    for (let number = 0; number < count; number += 1) {
      key += next();
      entries.push([key, next()]);
    }
    entries.forEach((entry) => {
      lengths.where[entry[0]] = [at, at + entry[1]];
      at += entry[1];
    });
    return lengths;
  }
  /* The numbers of one list; none where nobody says it. */
  function listOf(library, family, key) {
    const shard = placeOf(key, library[family]);
    if (shard < 0) { return Promise.resolve(new Int32Array(0)); }
    return shardOf(family, shard).then((head) => {
      const at = head.where[key - library[family][shard]];
      return at ? numbersIn(head.text, at[0], at[1]) : new Int32Array(0);
    });
  }
  /* In which passages a stem is, and how strongly: 0 where only who asks says it, 1 where it is told once,
     2 more often, 3 where it is in the title or the question. */
  function passagesOf(library, list) {
    return listOf(library, "terms", list).then((numbers) => {
      const passages = new Int32Array(numbers.length);
      const levels = new Uint8Array(numbers.length);
      let passage = -1;
      for (let at = 0; at < numbers.length; at += 1) {
        passage += 1 + (numbers[at] >> 2);
        passages[at] = passage;
        levels[at] = numbers[at] & 3;
      }
      return { list, passages, levels };
    });
  }
  function pairOf(library, left, right) {
    const commons = library.commons;
    const key = left.common === undefined
      ? (2 * left.list + 1) * commons + right.common
      : right.common === undefined
        ? 2 * right.list * commons + left.common
        : 2 * library.lists * commons + left.common * commons + right.common;
    return listOf(library, "pairs", key).then((gaps) => {
      let passage = -1;
      return { passages: Int32Array.from(gaps, (gap) => { passage += 1 + gap; return passage; }) };
    });
  }
  /* At which places in each passage: place[n] for the passage n of the list. */
  function placesOf(library, list) {
    return listOf(library, "places", list).then((numbers) => {
      let at = 0;
      const each = [];
      while (at < numbers.length) {
        let count = numbers[at] + 1;
        const places = [];
        let place = -1;
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
    const both = [];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i] < b[j]) { i += 1; } else if (a[i] > b[j]) { j += 1; } else { both.push(a[i]); i += 1; j += 1; }
    }
    return both;
  }

  window.carerStoriesLists = {
    load, open, answerAt, bucketOf, relatedOf, isUsual, isEveryday, shortForms, passagesOf, placesOf, pairOf,
    placeIn: placeOf, inBoth
  };
})();
