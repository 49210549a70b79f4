/* Questions put to the index: words, misspelt ones too, phrases, and what is found for them. */
(function () {
  "use strict";
  const language = window.carerStoriesWords;
  const index = window.carerStoriesLists;

  /* ---- words, also misspelt ------------------------------------------------------------------- */
  const LETTERS = "abcdefghijklmnopqrstuvwxyz";
  const SHORTEST_MISSPELT = 4;
  const MOST_SPELLINGS = 4;
  const OTHERS = 79;
  const spelt = {};

  function bucketOf(word) {
    const letter = LETTERS.indexOf(word[0]);
    if (/^[0-9]/.test(word)) { return 0; }
    if (letter < 0) { return OTHERS; }
    const second = word[1] || "";
    return 1 + 3 * letter + (second < "i" ? 0 : second < "p" ? 1 : 2);
  }
  function bucketsOf(word) {
    const first = bucketOf(word);
    const letter = first - (first - 1) % 3;
    return first === 0 || first === OTHERS ? [first] : [letter, letter + 1, letter + 2];
  }
  function wordsIn(bucket, library) {
    if (library.buckets.indexOf(bucket) < 0) { return Promise.resolve([]); }
    spelt[bucket] = spelt[bucket] || index.load(`search/words-${bucket}`).then((text) => {
      const parts = text.split(" ");
      const found = [];
      for (let at = 0; at < parts.length; at += 2) { found.push({ word: parts[at], list: Number(parts[at + 1]) }); }
      return found;
    });
    spelt[bucket].catch(() => { delete spelt[bucket]; });
    return spelt[bucket];
  }
  function wordsInAll(buckets, library) {
    return Promise.all(buckets.map((bucket) => wordsIn(bucket, library))).then((each) => each.flat());
  }
  function isOneEditAway(a, b) {
    if (Math.abs(a.length - b.length) > 1 || a === b) { return false; }
    let at = 0;
    while (at < a.length && a[at] === b[at]) { at += 1; }
    const restA = a.slice(at);
    const restB = b.slice(at);
    return restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)
      || (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2));
  }
  function sameBeginning(a, b) {
    let at = 0;
    while (at < a.length && a[at] === b[at]) { at += 1; }
    return at;
  }
  /* Which lists a word is looked for in: { word, stem, common } or { word, stem, lists, spelt }.
     A word that nobody says is taken for a misspelling of one that somebody says. */
  function known(word, library) {
    const stem = language.stem(word);
    if (library.common[stem] !== undefined) {
      return Promise.resolve({ word, stem, common: library.common[stem] });
    }
    function answer(found, spelling) {
      const lists = [];
      found.forEach((one) => { if (lists.indexOf(one.list) < 0) { lists.push(one.list); } });
      return {
        word, stem, lists,
        stems: found.length ? found.map((one) => language.stem(one.word)) : [stem],
        spelt: spelling ? found.map((one) => one.word) : []
      };
    }
    function said(words) {
      return words.filter((one) => one.word === word)[0]
        || words.filter((one) => language.stem(one.word) === stem)[0];
    }
    return wordsIn(bucketOf(word), library).then((words) => {
      const here = said(words);
      if (here) { return answer([here], false); }
      return wordsInAll(bucketsOf(word), library).then((all) => {
        const anywhere = said(all);
        if (anywhere) { return answer([anywhere], false); }
        const near = misspelt(word, all);
        if (near.length || word.length < 2) { return answer(near, true); }
        // The first letter is seldom wrong, but two may have changed places, or one be too many.
        return wordsInAll(bucketsOf(word.slice(1)), library).then((others) => {
          return answer(misspelt(word, others), true);
        });
      });
    });
  }
  function misspelt(word, words) {
    if (word.length < SHORTEST_MISSPELT || /[0-9]/.test(word)) { return []; }
    const bare = word.replace(/'?s$/, "");
    const near = words.filter((one) => {
      return one.word.length >= SHORTEST_MISSPELT - 1
        && (isOneEditAway(word, one.word) || (bare !== word && isOneEditAway(bare, one.word)));
    });
    near.forEach((one) => { one.same = sameBeginning(word, one.word); });
    near.sort((a, b) => b.same - a.same);
    const lists = {};
    return near.filter((one) => {
      const isNew = !lists[one.list];
      lists[one.list] = true;
      return isNew;
    }).slice(0, MOST_SPELLINGS);
  }

  /* ---- what is asked -------------------------------------------------------------------------- */
  /* “two words” in quotes belong together; an opening quote without an end reaches to the end. */
  function asked(query) {
    const terms = [];
    query.replace(/["“”]([^"“”]*)(?:["“”]|$)|([^"“”]+)/g, (all, quoted, plain) => {
      const said = language.words(quoted === undefined ? plain : quoted)
        .map((one) => one.word).filter(Boolean);
      if (quoted === undefined) { said.forEach((word) => { terms.push([word]); }); }
      else if (said.length) { terms.push(said); }
      return "";
    });
    return terms.slice(0, 24);
  }

  /* ---- the answer ----------------------------------------------------------------------------- */
  const WEIGHT = [1, 1.3, 1.5, 2.6];
  const OF_STORY = 0.4;
  const FIRST = 1.3;
  const BESIDE = 0.9;
  const NEAR = 0.35;
  const FEW = 4000; // passages: places of longer lists are read for phrases only

  /* Resolves with { works, passages, relaxed, about, unknown, spelt, common, terms }: each work with
     the passages found in it, the best first. `theme` is one of the library’s, or "". */
  function find(query, theme) {
    return index.open().then((library) => {
      const words = asked(query);
      return Promise.all(words.map((some) => {
        return Promise.all(some.map((word) => known(word, library)));
      })).then((terms) => {
        let spoken = terms.filter((term) => term.length > 1 || term[0].common === undefined);
        if (!spoken.length && terms.length > 1) { spoken = [terms.flat()]; }
        return Promise.all(spoken.map((term) => {
          return term.length > 1 ? phrase(term, library) : single(term[0], library);
        })).then((found) => {
          return nearness(found, library).then((bonus) => {
            return answered(found, bonus, library, theme, words.length);
          });
        });
      });
    });
  }
  /* Lists are read while somebody is still typing: of words that are finished, and of those that
     the last one may become. */
  function prepare(query) {
    index.open().then((library) => {
      const words = asked(query).flat();
      const finished = /[^\p{L}\p{N}\p{M}'’]$/u.test(query) ? words.length : words.length - 1;
      words.forEach((word, at) => {
        if (word.length < 2 || library.common[word] !== undefined) { return; }
        const read = at < finished ? ready(word, library) : wordsIn(bucketOf(word), library);
        read.catch(toldBelow);
      });
    }).catch(toldBelow);
  }
  function toldBelow() { /* whoever needs it asks again, and tells */ }
  function ready(word, library) {
    return known(word, library).then((found) => {
      return Promise.all((found.lists || []).map((list) => index.passagesOf(library, list)));
    });
  }
  function rarity(library, count) { return Math.log(1 + library.passages / Math.max(count, 1)); }

  function single(word, library) {
    return Promise.all(word.lists.map((list) => index.passagesOf(library, list))).then((lists) => {
      const most = lists.reduce((sum, list) => sum + list.passages.length, 0);
      return { words: [word], lists, worth: rarity(library, most), unsure: false };
    });
  }
  /* Words of their own list by their places; common ones by the pairs they stand in, which tells
     that each pair is in the passage but not that all of it is one phrase: that the text then tells. */
  function phrase(words, library) {
    const own = words.map((word, at) => ({ word, at }))
      .filter((one) => one.word.common === undefined);
    const nothing = { words, lists: [], worth: rarity(library, 1), unsure: false, phrase: true };
    if (own.some((one) => !one.word.lists.length)) { return Promise.resolve(nothing); }
    const pairs = [];
    for (let at = 0; at + 1 < words.length; at += 1) {
      if (words[at].common !== undefined || words[at + 1].common !== undefined) {
        pairs.push(index.pairOf(library, words[at], words[at + 1]));
      }
    }
    const lists = own.map((one) => index.passagesOf(library, one.word.lists[0]));
    // Needed a moment later, and in other files: asked for together with the passages.
    if (own.length > 1) { own.forEach((one) => { index.placesOf(library, one.word.lists[0]).catch(toldBelow); }); }
    return Promise.all([Promise.all(pairs), Promise.all(lists)]).then((got) => {
      const each = got[0].concat(got[1]).map((list) => list.passages);
      each.sort((a, b) => a.length - b.length);
      const passages = each.reduce(index.inBoth);
      const together = own.length > 1 ? inOrder(passages, own, got[1], library) : Promise.resolve(passages);
      return together.then((left) => {
        const levels = new Uint8Array(left.length);
        if (got[1].length) {
          left.forEach((passage, n) => { levels[n] = got[1][0].levels[index.placeIn(passage, got[1][0].passages)]; });
        }
        nothing.lists = [{ passages: left, levels }];
        nothing.worth = rarity(library, left.length) * Math.sqrt(Math.max(own.length, 1));
        nothing.unsure = pairs.length > 0 && words.length > 2;
        return nothing;
      });
    });
  }
  function inOrder(passages, own, lists, library) {
    return Promise.all(own.map((one) => index.placesOf(library, one.word.lists[0]))).then((places) => {
      return Array.from(passages).filter((passage) => {
        const of = lists.map((list, n) => places[n][index.placeIn(passage, list.passages)]);
        return of[0].some((place) => {
          return own.every((one, n) => of[n].indexOf(place + one.at - own[0].at) >= 0);
        });
      });
    });
  }
  /* Two words of the question that stand beside each other, or nearly, weigh more. */
  function nearness(found, library) {
    const jobs = [];
    for (let at = 0; at + 1 < found.length; at += 1) {
      const a = found[at];
      const b = found[at + 1];
      if (!a.phrase && !b.phrase && a.lists.length === 1 && b.lists.length === 1
          && a.lists[0].passages.length <= FEW && b.lists[0].passages.length <= FEW) {
        jobs.push(near(a, b, library));
      }
    }
    return Promise.all(jobs).then((each) => each.flat());
  }
  function near(a, b, library) {
    const listA = a.lists[0];
    const listB = b.lists[0];
    const both = index.inBoth(listA.passages, listB.passages);
    if (!both.length) { return Promise.resolve([]); }
    return Promise.all([index.placesOf(library, listA.list), index.placesOf(library, listB.list)]).then((places) => {
      const bonus = [];
      both.forEach((passage) => {
        const inA = places[0][index.placeIn(passage, listA.passages)];
        const inB = places[1][index.placeIn(passage, listB.passages)];
        let best = 0;
        inA.forEach((from) => {
          inB.forEach((to) => {
            const apart = to - from;
            if (apart === 1) { best = BESIDE; }
            else if (Math.abs(apart) <= 5) { best = Math.max(best, NEAR); }
          });
        });
        if (best) { bonus.push([passage, best * Math.min(a.worth, b.worth)]); }
      });
      return bonus;
    });
  }

  function bits(mask) {
    let count = 0;
    for (; mask; mask &= mask - 1) { count += 1; }
    return count;
  }
  function answered(found, bonus, library, theme, wanted) {
    const scores = new Float32Array(library.passages);
    const masks = new Int32Array(library.passages);
    let full = 0;
    found.forEach((term, n) => {
      if (term.lists.some((list) => list.passages.length)) { full |= 1 << n; }
      term.lists.forEach((list) => {
        for (let at = 0; at < list.passages.length; at += 1) {
          scores[list.passages[at]] += term.worth * WEIGHT[list.levels[at]];
          masks[list.passages[at]] |= 1 << n;
        }
      });
    });
    bonus.forEach((one) => { scores[one[0]] += one[1]; });
    let works = full ? worksWith(scores, masks, full, found, library, theme) : [];
    const relaxed = !works.length && bits(full) > 1;
    for (let fewer = bits(full) - 1; !works.length && fewer > 0; fewer -= 1) {
      works = worksWith(scores, masks, full, found, library, theme, fewer);
    }
    works.sort((a, b) => b.score - a.score || a.work - b.work);
    return {
      works, relaxed, found, nothingAsked: !wanted,
      onlyCommon: wanted > 0 && !found.length,
      about: found.some((term) => term.unsure),
      unknown: found.filter((term, n) => !(full & (1 << n))).map(saidAs),
      spelt: found.map((term) => {
        return term.words.filter((word) => word.spelt && word.spelt.length);
      }).flat(),
      isPage (work) { return work >= library.stories.length; }
    };
  }
  function saidAs(term) { return term.words.map((word) => word.word).join(" "); }

  /* What the title and summary of a story say counts for its moments too, where they say the rest. */
  function worksWith(scores, masks, full, found, library, theme, atLeast) {
    const works = [];
    const number = library.themes.indexOf(theme);
    for (let work = 0; work + 1 < library.starts.length; work += 1) {
      if (theme && (work >= library.stories.length || library.themed[work].indexOf(number) < 0)) { continue; }
      const first = library.starts[work];
      const ofWork = masks[first];
      let extra = 0;
      for (let n = 0; n < found.length; n += 1) { if (ofWork & (1 << n)) { extra += OF_STORY * found[n].worth; } }
      const passages = [];
      for (let passage = first; passage < library.starts[work + 1]; passage += 1) {
        const has = masks[passage];
        const together = has | ofWork;
        if (!has || (atLeast ? bits(together) < atLeast : together !== full)) { continue; }
        passages.push({ passage, score: scores[passage] * (passage === first ? FIRST : 1) + (passage === first ? 0 : extra) });
      }
      if (!passages.length) { continue; }
      passages.sort((a, b) => b.score - a.score || a.passage - b.passage);
      works.push({ work, first, passages, score: passages[0].score * (1 + 0.04 * Math.log(passages.length)) });
    }
    return works;
  }

  /* ---- texts ---------------------------------------------------------------------------------- */
  /* Resolves with { path, themes, title, kind, note, content, isFirst, seconds, anchor, under, said } or, where the file of
     texts is not there (a story taken away a moment ago), with null. */
  function textOf(work, passage) {
    return index.open().then((library) => {
      const at = passage - library.starts[work];
      const isStory = work < library.stories.length;
      const file = Math.floor(at / library.perFile);
      const name = isStory
        ? `stories/${library.stories[work]}/moments-${file}`
        : `search/page-${work - library.stories.length}-${file}`;
      return index.load(name).then((texts) => {
        const parts = texts.passages[at % library.perFile];
        const said = [];
        for (let n = 2; n < parts.length; n += 2) {
          said.push({ speaker: texts.speakers[parts[n]], text: parts[n + 1] });
        }
        return {
          path: isStory ? `stories/${library.stories[work]}.html` : library.pages[work - library.stories.length],
          themes: isStory ? library.themed[work].map((number) => library.themes[number]) : [],
          title: texts.title, kind: texts.kind, note: texts.note, content: texts.content, review: texts.review, isFirst: at === 0,
          seconds: isStory ? parts[0] : 0, anchor: isStory ? "" : parts[0] || "", under: texts.under[parts[1]], said
        };
      }).catch((trouble) => {
        if (trouble.missing) { return null; }
        throw trouble;
      });
    });
  }

  /* ---- where the words stand in a text -------------------------------------------------------- */
  /* Runs of characters to mark: [{ start, end, term }]. */
  function marksIn(text, found) {
    const words = language.words(text);
    const stems = words.map((one) => one.word && language.stem(one.word));
    const marks = [];
    found.forEach((term, number) => {
      const wanted = term.words.map((word) => word.stems || [word.stem]);
      for (let at = 0; at + wanted.length <= words.length; at += 1) {
        const here = wanted.every((some, n) => some.indexOf(stems[at + n]) >= 0);
        if (here) {
          marks.push({ start: words[at].start, end: words[at + wanted.length - 1].end, term: number });
        }
      }
    });
    marks.sort((a, b) => a.start - b.start || b.end - a.end);
    return marks.filter((mark, n) => !marks.slice(0, n).some((one) => one.end > mark.start));
  }
  /* Whether a passage says every phrase that the index could not be sure of. */
  function holds(text, found) {
    return found.every((term) => {
      return !term.unsure || [text.under, text.title].concat(text.said.map((one) => one.text))
        .some((one) => marksIn(one, [term]).length);
    });
  }

  window.carerStoriesSearch = { open: index.open, find, prepare, textOf, marksIn, holds, asked };
})();
