/* Questions put to the index: words, misspelt ones too, phrases, and what is found for them. */
(function () {
  "use strict";
  var language = window.carerStoriesWords;
  var index = window.carerStoriesLists;

  /* ---- words, also misspelt ------------------------------------------------------------------- */
  var LETTERS = "abcdefghijklmnopqrstuvwxyz";
  var SHORTEST_MISSPELT = 4;
  var MOST_SPELLINGS = 4;
  var OTHERS = 79;
  var spelt = {};

  function bucketOf(word) {
    var letter = LETTERS.indexOf(word[0]);
    if (/^[0-9]/.test(word)) { return 0; }
    if (letter < 0) { return OTHERS; }
    var second = word[1] || "";
    return 1 + 3 * letter + (second < "i" ? 0 : second < "p" ? 1 : 2);
  }
  function bucketsOf(word) {
    var first = bucketOf(word);
    var letter = first - (first - 1) % 3;
    return first === 0 || first === OTHERS ? [first] : [letter, letter + 1, letter + 2];
  }
  function wordsIn(bucket, library) {
    if (library.buckets.indexOf(bucket) < 0) { return Promise.resolve([]); }
    spelt[bucket] = spelt[bucket] || index.load("search/words-" + bucket).then(function (text) {
      var parts = text.split(" ");
      var found = [];
      for (var at = 0; at < parts.length; at += 2) { found.push({ word: parts[at], list: Number(parts[at + 1]) }); }
      return found;
    });
    spelt[bucket].catch(function () { delete spelt[bucket]; });
    return spelt[bucket];
  }
  function wordsInAll(buckets, library) {
    return Promise.all(buckets.map(function (bucket) { return wordsIn(bucket, library); })).then(function (each) { return [].concat.apply([], each); });
  }
  function isOneEditAway(a, b) {
    if (Math.abs(a.length - b.length) > 1 || a === b) { return false; }
    var at = 0;
    while (at < a.length && a[at] === b[at]) { at += 1; }
    var restA = a.slice(at);
    var restB = b.slice(at);
    return restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1)
      || (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2));
  }
  function sameBeginning(a, b) {
    var at = 0;
    while (at < a.length && a[at] === b[at]) { at += 1; }
    return at;
  }
  /* Which lists a word is looked for in: { word, stem, common } or { word, stem, lists, spelt }.
     A word that nobody says is taken for a misspelling of one that somebody says. */
  function known(word, library) {
    var stem = language.stem(word);
    if (library.common[stem] !== undefined) {
      return Promise.resolve({ word: word, stem: stem, common: library.common[stem] });
    }
    function answer(found, spelling) {
      var lists = [];
      found.forEach(function (one) { if (lists.indexOf(one.list) < 0) { lists.push(one.list); } });
      return {
        word: word, stem: stem, lists: lists,
        stems: found.length ? found.map(function (one) { return language.stem(one.word); }) : [stem],
        spelt: spelling ? found.map(function (one) { return one.word; }) : []
      };
    }
    function said(words) {
      return words.filter(function (one) { return one.word === word; })[0]
        || words.filter(function (one) { return language.stem(one.word) === stem; })[0];
    }
    return wordsIn(bucketOf(word), library).then(function (words) {
      var here = said(words);
      if (here) { return answer([here], false); }
      return wordsInAll(bucketsOf(word), library).then(function (all) {
        var anywhere = said(all);
        if (anywhere) { return answer([anywhere], false); }
        var near = misspelt(word, all);
        if (near.length || word.length < 2) { return answer(near, true); }
        // The first letter is seldom wrong, but two may have changed places, or one be too many.
        return wordsInAll(bucketsOf(word.slice(1)), library).then(function (others) {
          return answer(misspelt(word, others), true);
        });
      });
    });
  }
  function misspelt(word, words) {
    if (word.length < SHORTEST_MISSPELT || /[0-9]/.test(word)) { return []; }
    var bare = word.replace(/'?s$/, "");
    var near = words.filter(function (one) {
      return one.word.length >= SHORTEST_MISSPELT - 1
        && (isOneEditAway(word, one.word) || (bare !== word && isOneEditAway(bare, one.word)));
    });
    near.forEach(function (one) { one.same = sameBeginning(word, one.word); });
    near.sort(function (a, b) { return b.same - a.same; });
    var lists = {};
    return near.filter(function (one) {
      var isNew = !lists[one.list];
      lists[one.list] = true;
      return isNew;
    }).slice(0, MOST_SPELLINGS);
  }

  /* ---- what is asked -------------------------------------------------------------------------- */
  /* “two words” in quotes belong together; an opening quote without an end reaches to the end. */
  function asked(query) {
    var terms = [];
    query.replace(/["“”]([^"“”]*)(?:["“”]|$)|([^"“”]+)/g, function (all, quoted, plain) {
      var said = language.words(quoted === undefined ? plain : quoted)
        .map(function (one) { return one.word; }).filter(Boolean);
      if (quoted === undefined) { said.forEach(function (word) { terms.push([word]); }); }
      else if (said.length) { terms.push(said); }
      return "";
    });
    return terms.slice(0, 24);
  }

  /* ---- the answer ----------------------------------------------------------------------------- */
  var WEIGHT = [1, 1.3, 1.5, 2.6];
  var OF_STORY = 0.4;
  var FIRST = 1.3;
  var BESIDE = 0.9;
  var NEAR = 0.35;
  var FEW = 4000; // pieces: places of longer lists are read for phrases only

  /* Resolves with { works, pieces, relaxed, about, unknown, spelt, common, terms }: each work with
     the pieces found in it, the best first. `theme` is one of the library’s, or "". */
  function find(query, theme) {
    return index.open().then(function (library) {
      var words = asked(query);
      return Promise.all(words.map(function (some) {
        return Promise.all(some.map(function (word) { return known(word, library); }));
      })).then(function (terms) {
        var spoken = terms.filter(function (term) { return term.length > 1 || term[0].common === undefined; });
        if (!spoken.length && terms.length > 1) { spoken = [[].concat.apply([], terms)]; }
        return Promise.all(spoken.map(function (term) {
          return term.length > 1 ? phrase(term, library) : single(term[0], library);
        })).then(function (found) {
          return nearness(found, library).then(function (bonus) {
            return answered(found, bonus, library, theme, words.length);
          });
        });
      });
    });
  }
  /* Lists are read while somebody is still typing: of words that are finished, and of those that
     the last one may become. */
  function prepare(query) {
    index.open().then(function (library) {
      var words = [].concat.apply([], asked(query));
      var finished = /[^\p{L}\p{N}\p{M}'’]$/u.test(query) ? words.length : words.length - 1;
      words.forEach(function (word, at) {
        if (word.length < 2 || library.common[word] !== undefined) { return; }
        var read = at < finished ? ready(word, library) : wordsIn(bucketOf(word), library);
        read.catch(toldBelow);
      });
    }).catch(toldBelow);
  }
  function toldBelow() { /* whoever needs it asks again, and tells */ }
  function ready(word, library) {
    return known(word, library).then(function (found) {
      return Promise.all((found.lists || []).map(function (list) { return index.piecesOf(library, list); }));
    });
  }
  function rarity(library, count) { return Math.log(1 + library.pieces / Math.max(count, 1)); }

  function single(word, library) {
    return Promise.all(word.lists.map(function (list) { return index.piecesOf(library, list); })).then(function (lists) {
      var most = lists.reduce(function (sum, list) { return sum + list.pieces.length; }, 0);
      return { words: [word], lists: lists, worth: rarity(library, most), unsure: false };
    });
  }
  /* Words of their own list by their places; common ones by the pairs they stand in, which tells
     that each pair is in the piece but not that all of it is one phrase: that the text then tells. */
  function phrase(words, library) {
    var own = words.map(function (word, at) { return { word: word, at: at }; })
      .filter(function (one) { return one.word.common === undefined; });
    var nothing = { words: words, lists: [], worth: rarity(library, 1), unsure: false, phrase: true };
    if (own.some(function (one) { return !one.word.lists.length; })) { return Promise.resolve(nothing); }
    var pairs = [];
    for (var at = 0; at + 1 < words.length; at += 1) {
      if (words[at].common !== undefined || words[at + 1].common !== undefined) {
        pairs.push(index.pairOf(library, words[at], words[at + 1]));
      }
    }
    var lists = own.map(function (one) { return index.piecesOf(library, one.word.lists[0]); });
    // Needed a moment later, and in other files: asked for together with the pieces.
    if (own.length > 1) { own.forEach(function (one) { index.placesOf(library, one.word.lists[0]).catch(toldBelow); }); }
    return Promise.all([Promise.all(pairs), Promise.all(lists)]).then(function (got) {
      var each = got[0].concat(got[1]).map(function (list) { return list.pieces; });
      each.sort(function (a, b) { return a.length - b.length; });
      var pieces = each.reduce(index.inBoth);
      var together = own.length > 1 ? inOrder(pieces, own, got[1], library) : Promise.resolve(pieces);
      return together.then(function (left) {
        var levels = new Uint8Array(left.length);
        if (got[1].length) {
          left.forEach(function (piece, n) { levels[n] = got[1][0].levels[index.placeIn(piece, got[1][0].pieces)]; });
        }
        nothing.lists = [{ pieces: left, levels: levels }];
        nothing.worth = rarity(library, left.length) * Math.sqrt(Math.max(own.length, 1));
        nothing.unsure = pairs.length > 0 && words.length > 2;
        return nothing;
      });
    });
  }
  function inOrder(pieces, own, lists, library) {
    return Promise.all(own.map(function (one) { return index.placesOf(library, one.word.lists[0]); })).then(function (places) {
      return Array.from(pieces).filter(function (piece) {
        var of = lists.map(function (list, n) { return places[n][index.placeIn(piece, list.pieces)]; });
        return of[0].some(function (place) {
          return own.every(function (one, n) { return of[n].indexOf(place + one.at - own[0].at) >= 0; });
        });
      });
    });
  }
  /* Two words of the question that stand beside each other, or nearly, weigh more. */
  function nearness(found, library) {
    var jobs = [];
    for (var at = 0; at + 1 < found.length; at += 1) {
      var a = found[at];
      var b = found[at + 1];
      if (!a.phrase && !b.phrase && a.lists.length === 1 && b.lists.length === 1
          && a.lists[0].pieces.length <= FEW && b.lists[0].pieces.length <= FEW) {
        jobs.push(near(a, b, library));
      }
    }
    return Promise.all(jobs).then(function (each) { return [].concat.apply([], each); });
  }
  function near(a, b, library) {
    var listA = a.lists[0];
    var listB = b.lists[0];
    var both = index.inBoth(listA.pieces, listB.pieces);
    if (!both.length) { return Promise.resolve([]); }
    return Promise.all([index.placesOf(library, listA.list), index.placesOf(library, listB.list)]).then(function (places) {
      var bonus = [];
      both.forEach(function (piece) {
        var inA = places[0][index.placeIn(piece, listA.pieces)];
        var inB = places[1][index.placeIn(piece, listB.pieces)];
        var best = 0;
        inA.forEach(function (from) {
          inB.forEach(function (to) {
            var apart = to - from;
            if (apart === 1) { best = BESIDE; }
            else if (Math.abs(apart) <= 5) { best = Math.max(best, NEAR); }
          });
        });
        if (best) { bonus.push([piece, best * Math.min(a.worth, b.worth)]); }
      });
      return bonus;
    });
  }

  function bits(mask) {
    var count = 0;
    for (; mask; mask &= mask - 1) { count += 1; }
    return count;
  }
  function answered(found, bonus, library, theme, wanted) {
    var scores = new Float32Array(library.pieces);
    var masks = new Int32Array(library.pieces);
    var full = 0;
    found.forEach(function (term, n) {
      if (term.lists.some(function (list) { return list.pieces.length; })) { full |= 1 << n; }
      term.lists.forEach(function (list) {
        for (var at = 0; at < list.pieces.length; at += 1) {
          scores[list.pieces[at]] += term.worth * WEIGHT[list.levels[at]];
          masks[list.pieces[at]] |= 1 << n;
        }
      });
    });
    bonus.forEach(function (one) { scores[one[0]] += one[1]; });
    var works = full ? worksWith(scores, masks, full, found, library, theme) : [];
    var relaxed = !works.length && bits(full) > 1;
    for (var fewer = bits(full) - 1; !works.length && fewer > 0; fewer -= 1) {
      works = worksWith(scores, masks, full, found, library, theme, fewer);
    }
    works.sort(function (a, b) { return b.score - a.score || a.work - b.work; });
    return {
      works: works, relaxed: relaxed, found: found, nothingAsked: !wanted,
      onlyCommon: wanted > 0 && !found.length,
      about: found.some(function (term) { return term.unsure; }),
      unknown: found.filter(function (term, n) { return !(full & (1 << n)); }).map(saidAs),
      spelt: [].concat.apply([], found.map(function (term) {
        return term.words.filter(function (word) { return word.spelt && word.spelt.length; });
      })),
      isPage: function (work) { return work >= library.stories.length; }
    };
  }
  function saidAs(term) { return term.words.map(function (word) { return word.word; }).join(" "); }

  /* What the title and summary of a story say counts for its moments too, where they say the rest. */
  function worksWith(scores, masks, full, found, library, theme, atLeast) {
    var works = [];
    var number = library.themes.indexOf(theme);
    for (var work = 0; work + 1 < library.starts.length; work += 1) {
      if (theme && (work >= library.stories.length || library.themed[work].indexOf(number) < 0)) { continue; }
      var first = library.starts[work];
      var ofWork = masks[first];
      var extra = 0;
      for (var n = 0; n < found.length; n += 1) { if (ofWork & (1 << n)) { extra += OF_STORY * found[n].worth; } }
      var pieces = [];
      for (var piece = first; piece < library.starts[work + 1]; piece += 1) {
        var has = masks[piece];
        var together = has | ofWork;
        if (!has || (atLeast ? bits(together) < atLeast : together !== full)) { continue; }
        pieces.push({ piece: piece, score: scores[piece] * (piece === first ? FIRST : 1) + (piece === first ? 0 : extra) });
      }
      if (!pieces.length) { continue; }
      pieces.sort(function (a, b) { return b.score - a.score || a.piece - b.piece; });
      works.push({ work: work, first: first, pieces: pieces, score: pieces[0].score * (1 + 0.04 * Math.log(pieces.length)) });
    }
    return works;
  }

  /* ---- texts ---------------------------------------------------------------------------------- */
  /* Resolves with { path, title, kind, note, content, isFirst, seconds, anchor, under, said } or, where the file of
     texts is not there (a story taken away a moment ago), with null. */
  function textOf(work, piece) {
    return index.open().then(function (library) {
      var at = piece - library.starts[work];
      var isStory = work < library.stories.length;
      var file = Math.floor(at / library.perFile);
      var name = isStory
        ? "stories/" + library.stories[work] + "/moments-" + file
        : "search/page-" + (work - library.stories.length) + "-" + file;
      return index.load(name).then(function (texts) {
        var parts = texts.pieces[at % library.perFile];
        var said = [];
        for (var n = 2; n < parts.length; n += 2) {
          said.push({ speaker: texts.speakers[parts[n]], text: parts[n + 1] });
        }
        return {
          path: isStory ? "stories/" + library.stories[work] + ".html" : library.pages[work - library.stories.length],
          title: texts.title, kind: texts.kind, note: texts.note, content: texts.content, isFirst: at === 0,
          seconds: isStory ? parts[0] : 0, anchor: isStory ? "" : parts[0] || "", under: texts.under[parts[1]], said: said
        };
      }).catch(function (trouble) {
        if (trouble.missing) { return null; }
        throw trouble;
      });
    });
  }

  /* ---- where the words stand in a text -------------------------------------------------------- */
  /* Runs of characters to mark: [{ start, end, term }]. */
  function marksIn(text, found) {
    var words = language.words(text);
    var stems = words.map(function (one) { return one.word && language.stem(one.word); });
    var marks = [];
    found.forEach(function (term, number) {
      var wanted = term.words.map(function (word) { return word.stems || [word.stem]; });
      for (var at = 0; at + wanted.length <= words.length; at += 1) {
        var here = wanted.every(function (some, n) { return some.indexOf(stems[at + n]) >= 0; });
        if (here) {
          marks.push({ start: words[at].start, end: words[at + wanted.length - 1].end, term: number });
        }
      }
    });
    marks.sort(function (a, b) { return a.start - b.start || b.end - a.end; });
    return marks.filter(function (mark, n) { return !marks.slice(0, n).some(function (one) { return one.end > mark.start; }); });
  }
  /* Whether a piece says every phrase that the index could not be sure of. */
  function holds(text, found) {
    return found.every(function (term) {
      return !term.unsure || [text.under, text.title].concat(text.said.map(function (one) { return one.text; }))
        .some(function (one) { return marksIn(one, [term]).length; });
    });
  }

  window.carerStoriesSearch = { open: index.open, find: find, prepare: prepare, textOf: textOf, marksIn: marksIn, holds: holds, asked: asked };
})();
