/* Questions put to the index: which moments and pages answer them, the best first, and their texts.

   How results are ranked. A question has terms: its words, and phrases in quotes. A term weighs what
   it tells: a word that is in few passages much, one in many little, a word with which anybody asks
   hardly anything, and one that nobody says as much as the rarest. A passage has a term as it was
   typed, by a word that says the same (MEANT: most of it) or by a related one.

   1. An answer to one question of the interview is taken as a whole, for it may run over several
      moments. A moment has what it says itself, IN_ANSWER of what the rest of its answer says, and
      OF_CARD of what the story’s title, themes and summary say. That, by weight, is its cover.
   2. Moments that cover most of the question by words that were typed or say the same answer it
      (tier 0 with every word as typed, 1 with some in other words or missing); those that cover a
      part, or by related words, are the closest there are (tier 2); those that cover less than
      LEAST of it are nothing.
   3. Within a tier the score decides: each term’s weight by how it is said there (SAID), more where
      several words stand for it (AND_MORE), words close to each other more, all of it by the cover;
      of equals the one that says it itself.
   4. The thesaurus (related words of a word that is said seldom or never) adds to the closest alone:
      it brings moments there and orders them. Answers stay as they are and where they are.
   5. What only the interviewer says is offered where no carer says it (tier 3).
   6. Of one answer the best moment is shown, and others that are enough by themselves. A story
      stands where its best moment stands. */
(function () {
  "use strict";
  const language = window.carerStoriesWords;
  const index = window.carerStoriesLists;
  const questions = window.carerStoriesQuery;

  /* ---- what counts -------------------------------------------------------------------------------- */
  const SAID = [0.4, 1, 1.1]; // in one passage: by who asks alone; told once; more often
  const AND_MORE = 0.25; // of each further word there that stands for the same term
  const IN_TITLE = 2.6;
  const IN_QUESTION = [1.2, 0.8]; // a word that was typed, any other: what is asked there is not what is told
  const IN_ANSWER = 0.8; // of what another moment of the same answer says
  const IN_ITSELF = 0.1; // more for what a moment says itself, where its answer or its story says as much
  const OF_CARD = 0.3; // of what a story’s title, themes and summary say, for each of its moments
  const OF_FIRST = 0.6; // of what a title and summary say themselves, for the order of the stories
  const MEANT = [1, 0.85, 0.65, 0.6, 0.5]; // how much of a word its forms are, one that says the same, a related one; of the thesaurus a near one, one further away
  const WEAK = 0.3; // of words with which questions are asked
  const EVERYDAY = 0.6; // of words of everyday talk
  const BESIDE = 0.9;
  const NEAR = 0.35;
  const APART = 8; // words
  const MOST_BESIDE = 4; // words for one that was typed, whose places are compared
  const PRIOR = 100; // passages: in a small library no word is rare because it is there once
  const FEW = 4000; // passages: places of longer lists are read for phrases only
  const SMALL = 4000; // passages of a library in which all other words are looked for
  const ENOUGH = 20; // moments that have all of the words: then no other words are looked for
  const MOST_BYTES = 14000; // of lists of other words, in a large library
  const MOST_PLACES = 2500; // of passages whose places are read there, for words that stand together
  const SHARD = 6000; // bytes that reading a list takes at least
  const MANY = 10; // moments: with fewer, those that have only some of the words are shown as well
  const TINY = 1e-6;
  const MOST = [0, 0.6, 0.6, 0.5, 0.42]; // of the weight of one, two, three terms or more: with less a moment answers a part
  const MOST_OF_UNKNOWN = 0.7; // of that, where nobody says one of them or anything like it
  const LEAST = 0.2; // of the weight of a question: with less a moment is not even close
  const HALF = 0.5;
  const CLOSEST = 20; // works that have only a part, at most
  const PART_OF_BEST = 0.25; // of the best score of these: with less a work is left out

  /* ---- lists --------------------------------------------------------------------------------------- */
  function list(one, library) {
    if (one.words.length > 1) { return phrase(one.words, library); }
    return index.passagesOf(library, one.words[0].list);
  }
  /* Words of their own list by their places; common ones by the pairs they stand in, which tells
     that each pair is in the passage but not that all of it is one phrase: that the text then tells. */
  async function phrase(words, library) {
    const own = words.map((word, at) => ({ word, at })).filter((one) => one.word.common === undefined);
    const pairs = [];
    for (let at = 0; at + 1 < words.length; at += 1) {
      if (words[at].common !== undefined || words[at + 1].common !== undefined) {
        pairs.push(index.pairOf(library, words[at], words[at + 1]));
      }
    }
    // Needed a moment later, and in other files: asked for together with the passages.
    if (own.length > 1) { own.forEach((one) => { index.placesOf(library, one.word.list).catch(toldBelow); }); }
    const lists = await Promise.all(own.map((one) => index.passagesOf(library, one.word.list)));
    const each = (await Promise.all(pairs)).concat(lists).map((one) => one.passages);
    each.sort((a, b) => a.length - b.length);
    const together = each.reduce(index.inBoth);
    const passages = own.length > 1 ? await inOrder(together, own, lists, library) : together;
    const levels = new Uint8Array(passages.length);
    if (lists.length) {
      passages.forEach((passage, n) => { levels[n] = lists[0].levels[index.placeIn(passage, lists[0].passages)]; });
    }
    return { passages, levels, isUnsure: pairs.length > 0 && words.length > 2 };
  }
  async function inOrder(passages, own, lists, library) {
    const places = await Promise.all(own.map((one) => index.placesOf(library, one.word.list)));
    return Array.from(passages).filter((passage) => {
      const of = lists.map((one, n) => places[n][index.placeIn(passage, one.passages)]);
      return of[0].some((place) => own.every((one, n) => of[n].includes(place + one.at - own[0].at)));
    });
  }
  function toldBelow() { /* whoever needs it asks again, and tells */ }
  function readAll(ways, library) {
    return Promise.all(ways.map(async (one) => Object.assign(one, await list(one, library))));
  }
  /* In a large library words with which one asks are in every third moment, and tell nothing. */
  function isRead(one, terms, library) {
    return library.passages <= SMALL || one.terms.some((term) => !terms[term].isWeak);
  }
  function isOther(one) { return one.nearness > questions.FORM; }
  function isOfThesaurus(one) { return one.nearness > questions.PART; }
  /* Of other words as many as may be read in a large library, the nearest and rarest first. */
  function affordable(ways, library) {
    if (library.passages <= SMALL) { return ways; }
    let bytes = 0;
    return ways.slice().sort((a, b) => a.nearness - b.nearness || size(a) - size(b)).filter((one) => {
      bytes += size(one);
      return bytes <= MOST_BYTES;
    });
  }
  function size(one) {
    const own = one.words.filter((word) => word.common === undefined);
    const files = own.length > 1 ? 2 : 1; // of a phrase also its places
    return own.reduce((sum, word) => sum + files * Math.max(SHARD, word.count), SHARD * (one.words.length - own.length));
  }

  /* ---- the answer ---------------------------------------------------------------------------------- */
  /* Resolves with { works, stories, pages, ways, ... }: each work with the passages found in it, the best
     first. `theme` is one of the library’s, or "". */
  async function find(query, theme) {
    const library = await index.open();
    const { terms, ways: all, short } = await questions.read(query, library);
    const ways = all.filter((one) => !isTypedElsewhere(one, all));
    const own = await readAll(ways.filter((one) => !isOther(one) && isRead(one, terms, library)), library);
    const others = ways.filter(isOther);
    const isEnough = library.passages > SMALL && wholeCount(terms, own, ways, library) >= ENOUGH;
    const besides = isEnough ? [] : await readAll(affordable(others, library), library);
    const read = own.concat(besides).filter((one) => one.passages.length);
    const listed = read.filter((one) => !isOfThesaurus(one));
    const bonus = await nearness(terms, listed, library);
    const answer = ranked(terms, listed, read.filter(isOfThesaurus), bonus, library, theme);
    answer.offered = isEnough ? textsOf(others.filter((one) => !isOfThesaurus(one))) : [];
    answer.short = short;
    answer.near = await nearSpellings(answer, library);
    answer.isForThemselves = questions.isForThemselves(query, library);
    answer.hasSupport = library.pages.includes("support.html");
    return answer;
  }
  /* What is only related to one word and was typed as another tells of that one alone: “a parent and her son”. */
  function isTypedElsewhere(one, ways) {
    if (one.nearness < questions.PART || one.words.length > 1) { return false; }
    return ways.some((other) => other.nearness === questions.AS_TYPED && other.words.length === 1
      && other.words[0].list === one.words[0].list && !other.terms.some((term) => one.terms.includes(term)));
  }
  function textsOf(ways) { return Array.from(new Set(ways.map((one) => one.text))); }
  async function nearSpellings(answer, library) {
    if (answer.works.some((work) => work.passages.some((one) => one.mass))) { return []; }
    const near = await Promise.all(answer.terms.filter((term) => !term.isWeak && !term.isPhrase)
      .map((term) => term.alike || questions.nearWords(term.text, library, true)));
    return Array.from(new Set(near.flat()));
  }
  /* Passages that have all words in forms of their own. Where other words alone lead to one of them, none has. */
  function wholeCount(terms, own, ways, library) {
    const masks = new Int32Array(library.passages);
    const others = ways.filter((one) => isOther(one)).reduce((bits, one) => bits | bitsOf(one), 0);
    const strong = terms.reduce((bits, term, n) => (term.isWeak ? bits : bits | (1 << n)), 0);
    const wanted = neededOf(terms, own) | (others & strong);
    own.forEach((one) => {
      const bits = bitsOf(one);
      one.passages.forEach((passage) => { masks[passage] |= bits; });
    });
    return wanted ? masks.reduce((count, mask) => count + ((mask & wanted) === wanted ? 1 : 0), 0) : 0;
  }
  function bitsOf(one) { return one.terms.reduce((bits, term) => bits | (1 << term), 0); }
  /* The terms that an answer must have: those that are anywhere, but for words with which one asks. */
  function neededOf(terms, ways) {
    const anywhere = ways.reduce((bits, one) => (one.passages.length ? bits | bitsOf(one) : bits), 0);
    const needed = terms.reduce((bits, term, n) => (term.isWeak ? bits : bits | (1 << n)), 0) & anywhere;
    return needed || anywhere;
  }
  function rarity(library, count) { return Math.log(1 + (library.passages + PRIOR) / (count + 1)); }
  /* How much each term weighs: as the commonest of what is as good as it. */
  function worthsOf(terms, ways, library) {
    return terms.map((term, n) => {
      const own = ways.filter((one) => one.terms.includes(n));
      const nearest = own.filter((one) => one.nearness <= 1);
      const counts = (nearest.length ? nearest : own).map((one) => one.passages.length);
      const worth = rarity(library, Math.max(0, ...counts));
      const isEveryday = !term.isPhrase && index.isEveryday(library, language.stem(term.text));
      return worth * (term.isWeak ? WEAK : isEveryday ? EVERYDAY : 1) * (term.isPhrase ? Math.sqrt(term.text.split(" ").length) : 1);
    });
  }

  /* Words that stand beside each other, or nearly, weigh more. */
  async function nearness(terms, ways, library) {
    const worths = worthsOf(terms, ways, library);
    const best = terms.map((term, n) => {
      if (term.isPhrase) { return []; }
      const some = ways.filter((one) => one.terms.length === 1 && one.terms[0] === n && one.words.length === 1 && one.passages.length <= FEW);
      some.sort((a, b) => a.nearness - b.nearness || b.passages.length - a.passages.length);
      return some.slice(0, library.passages <= SMALL ? MOST_BESIDE : 1);
    });
    const pairs = [];
    for (let a = 0; a < terms.length; a += 1) {
      for (let b = a + 1; b < Math.min(terms.length, a + 4); b += 1) {
        const worth = Math.min(worths[a], worths[b]);
        best[a].forEach((one) => { best[b].forEach((other) => { pairs.push({ a: one, b: other, worth, of: `${a} ${b}` }); }); });
      }
    }
    // The rarest first: they tell most, and cost least.
    const cost = (pair) => pair.a.passages.length + pair.b.passages.length;
    let left = library.passages <= SMALL ? Infinity : MOST_PLACES;
    const some = pairs.sort((one, other) => cost(one) - cost(other)).filter((pair) => {
      left -= cost(pair);
      return left >= 0;
    });
    // Of two terms the nearest words that stand there for them, once.
    const most = new Map();
    (await Promise.all(some.map(async (pair) => [pair.of, await near(pair.a, pair.b, pair.worth, library)]))).forEach(([of, each]) => {
      each.forEach(([passage, bonus]) => { most.set(`${of} ${passage}`, [passage, Math.max(bonus, (most.get(`${of} ${passage}`) || [0, 0])[1])]); });
    });
    return Array.from(most.values());
  }
  async function near(a, b, worth, library) {
    const both = index.inBoth(a.passages, b.passages);
    if (!both.length) { return []; }
    const places = await Promise.all([index.placesOf(library, a.words[0].list), index.placesOf(library, b.words[0].list)]);
    const weight = worth * (MEANT[Math.max(a.nearness, 0)] + MEANT[Math.max(b.nearness, 0)]) / 2;
    const bonus = [];
    both.forEach((passage) => {
      const inA = places[0][index.placeIn(passage, a.passages)];
      const inB = places[1][index.placeIn(passage, b.passages)];
      let best = 0;
      inA.forEach((from) => {
        inB.forEach((to) => {
          if (to - from === 1) { best = BESIDE; }
          else if (Math.abs(to - from) <= APART) { best = Math.max(best, NEAR); }
        });
      });
      if (best) { bonus.push([passage, best * weight]); }
    });
    return bonus;
  }

  /* Of each term in each passage the best score, and how much of the term that is (MEANT); as bits of a
     passage the terms it has as typed, and those it has at all; where a word is more than the interviewer’s. */
  function scored(terms, ways, library) {
    const worths = worthsOf(terms, ways, library);
    const isFirst = new Uint8Array(library.passages);
    for (let work = 0; work + 1 < library.starts.length; work += 1) { isFirst[library.starts[work]] = 1; }
    const typed = new Int32Array(library.passages);
    const any = new Int32Array(library.passages);
    const told = new Uint8Array(library.passages);
    const scores = terms.map(() => new Float32Array(library.passages));
    const meant = terms.map(() => new Float32Array(library.passages));
    ways.forEach((one) => {
      const bits = bitsOf(one);
      const part = MEANT[Math.max(one.nearness, 0)];
      const isStrong = one.terms.some((term) => !terms[term].isWeak);
      const isAsking = one.words.every((word) => word.common !== undefined || library.askingStems.has(word.stem));
      const inQuestion = isAsking ? SAID[0] : IN_QUESTION[isOther(one) ? 1 : 0]; // “Can you tell me …?” tells of nothing
      one.terms.forEach((term) => {
        const ofTerm = scores[term];
        const partOfTerm = meant[term];
        for (let at = 0; at < one.passages.length; at += 1) {
          const passage = one.passages[at];
          const level = one.levels[at];
          const score = worths[term] * part * (level < 3 ? SAID[level] : isFirst[passage] ? IN_TITLE : inQuestion);
          const before = ofTerm[passage];
          ofTerm[passage] = before ? Math.max(score, before) + AND_MORE * Math.min(score, before) : score;
          if (part > partOfTerm[passage]) { partOfTerm[passage] = part; }
        }
      });
      for (let at = 0; at < one.passages.length; at += 1) {
        const passage = one.passages[at];
        any[passage] |= bits;
        if (part === MEANT[0]) { typed[passage] |= bits; }
        if (isStrong && one.levels[at]) { told[passage] = 1; }
      }
    });
    return { worths, typed, any, told, scores, meant };
  }

  /* `related` are the ways of the thesaurus; `ways` all others. */
  function ranked(terms, ways, related, bonus, library, theme) {
    const found = scored(terms, ways, library);
    found.related = relatedIn(terms, related, found, library);
    found.answer = answerOf(terms);
    const near = new Map();
    bonus.forEach((one) => { near.set(one[0], (near.get(one[0]) || 0) + one[1]); });
    const needed = neededOf(terms, ways);
    const strong = terms.reduce((bits, term, n) => (term.isWeak ? bits : bits | (1 << n)), 0);
    const count = library.stories.length;
    const number = library.themes.indexOf(theme);
    const stories = [];
    const pages = [];
    for (let work = 0; work + 1 < library.starts.length; work += 1) {
      if (theme && (work >= count || !library.themed[work].includes(number))) { continue; }
      const passages = passagesOf(work, terms, found, near, needed, strong, library);
      if (passages.length) { (work < count ? stories : pages).push({ work, first: library.starts[work], passages }); }
    }
    const total = terms.reduce((sum, term, n) => (term.isWeak ? sum : sum + found.worths[n]), 0);
    const most = MOST[Math.min(terms.filter((term) => !term.isWeak).length, MOST.length - 1)]; // a sentence is not said again word for word
    const isUnknown = terms.some((term, n) => !term.isWeak && !ways.some((one) => one.nearness < questions.PART && one.terms.includes(n)));
    const order = (a, b) => a.tier - b.tier || b.score - a.score || a.work - b.work;
    const works = [stories, pages].flatMap((some) => closest(shown(some, total, most, isUnknown).sort(order))).sort(order);
    const has = ways.reduce((bits, one) => bits | bitsOf(one), 0);
    const typed = ways.filter((one) => one.isPart || !isOther(one)).reduce((bits, one) => bits | bitsOf(one), 0);
    const isAnswered = works.some((work) => work.tier < 2);
    const by = isAnswered ? 0 : works.reduce((bits, work) => work.passages.reduce((some, one) => some | one.by, bits), 0);
    const isTyped = works.some((work) => work.passages.some((one) => one.tier === 0));
    return {
      works, terms, ways, related, nothingAsked: !terms.length,
      isRelaxed: works.length > 0 && !works.some((work) => work.passages.some((one) => one.isWhole || one.isCovered)),
      isTyped,
      about: ways.some((one) => one.isUnsure && one.nearness === questions.AS_TYPED),
      besides: textsOf(ways.filter((one) => isOther(one) && !one.isPart && !isSpelt(one, terms))),
      unsaid: terms.filter((term, n) => ((has | by) & ~typed) & (1 << n)).map((term) => term.text),
      unknown: terms.filter((term, n) => !((has | by) & (1 << n)) && !term.isWeak).map((term) => term.text),
      spelt: terms.filter((term) => term.spelt.length),
      isPage (work) { return work >= count; }
    };
  }
  /* Leaves of what has only a part of the question the best: a common word of it is in every story. Pages
     are asked apart: none takes a story away. */
  function closest(works) {
    const parts = works.filter((work) => work.tier === 2);
    const best = parts.length ? parts[0].score : 0;
    const left = new Set(parts.slice(0, CLOSEST).filter((work) => work.score >= PART_OF_BEST * best));
    return works.filter((work) => work.tier !== 2 || left.has(work));
  }
  /* How much of each term the thesaurus finds in each passage beyond what the passage has of it, and as bits which. */
  function relatedIn(terms, related, found, library) {
    const any = new Int32Array(library.passages);
    const meant = new Map();
    related.forEach((one) => {
      const term = one.terms[0];
      if (terms[term].isWeak) { return; }
      if (!meant.has(term)) { meant.set(term, new Float32Array(library.passages)); }
      const ofTerm = meant.get(term);
      for (let at = 0; at < one.passages.length; at += 1) {
        const passage = one.passages[at];
        if (!one.levels[at]) { continue; } // the interviewer’s
        any[passage] |= 1 << term;
        ofTerm[passage] = Math.max(ofTerm[passage], MEANT[one.nearness]);
      }
    });
    return { any, meant };
  }
  function isSpelt(one, terms) { return one.terms.every((term) => terms[term].spelt.includes(one.text)); }

  /* The passages of a work in which a term is, each as { passage, answer, score, mass, alone, has, … }:
     `mass` is the weight of the terms it covers, `alone` without the rest of its answer, and `has` the bits
     of the terms that one of the two has. */
  function passagesOf(work, terms, found, near, needed, strong, library) {
    const first = library.starts[work];
    const end = library.starts[work + 1];
    const passages = [];
    const answer = found.answer;
    answer.end = first;
    for (let passage = first; passage < end; passage += 1) {
      const isFirm = Boolean(found.any[passage] & strong); // not by the thesaurus alone
      if (!isFirm && !(found.related.any[passage] & strong)) { continue; }
      if (passage >= answer.end) { lookAt(answer, passage, work, found, library); }
      const one = {
        passage, answer: answer.start, score: near.get(passage) || 0, mass: 0, firm: 0, alone: 0, has: 0, related: 0, by: 0,
        isFirm, isTold: !isFirm || Boolean(found.told[passage]),
        isWhole: isFirm && needed > 0 && ((found.typed[passage] | found.typed[first]) & needed) === needed,
        isCovered: isFirm && needed > 0 && ((found.any[passage] | found.any[first]) & needed) === needed
      };
      const ofCard = passage === first ? 0 : OF_CARD;
      for (let n = 0; n < terms.length; n += 1) {
        const meant = found.meant[n];
        one.score += IN_ITSELF * found.scores[n][passage]
          + Math.max(found.scores[n][passage], IN_ANSWER * answer.scores[n], ofCard * found.worths[n] * meant[first]);
        if (terms[n].isWeak) { continue; }
        const alone = Math.max(meant[passage], ofCard * meant[first]);
        const mass = Math.max(alone, IN_ANSWER * answer.meant[n]);
        one.alone += found.worths[n] * alone;
        one.mass += found.worths[n] * mass;
        // What is only related may be close, and answers nothing.
        if (Math.max(answer.meant[n], meant[first]) > MEANT[2] + TINY) { one.firm += found.worths[n] * mass; }
        if (mass) { one.has |= 1 << n; }
        if (found.related.meant.has(n)) {
          const meantThere = found.related.meant.get(n);
          const best = Math.max(meantThere[passage], IN_ANSWER * answer.related[n], ofCard * meantThere[first]);
          if (best > mass) { one.by |= 1 << n; }
          one.related += found.worths[n] * Math.max(0, best * (first === passage ? OF_FIRST : 1) - mass);
        }
      }
      passages.push(one);
    }
    return passages;
  }
  /* The answer that is looked at: where it starts and ends, and the best it has of each term. One for all
     answers of a large library: there are ten thousands of them. */
  function answerOf(terms) {
    const each = () => new Float32Array(terms.length);
    return { start: 0, end: 0, scores: each(), meant: each(), related: each() };
  }
  /* Looks at the answer that a passage is part of. */
  function lookAt(answer, passage, work, found, library) {
    const isOfStory = work < library.stories.length;
    [answer.start, answer.end] = isOfStory ? index.answerAt(library, work, passage) : [passage, passage + 1];
    for (let n = 0; n < answer.scores.length; n += 1) {
      answer.scores[n] = bestOf(found.scores[n], answer);
      answer.meant[n] = bestOf(found.meant[n], answer);
      answer.related[n] = found.related.meant.has(n) ? bestOf(found.related.meant.get(n), answer) : 0;
    }
  }
  function bestOf(ofTerm, { start, end }) {
    let best = 0;
    for (let passage = start; passage < end; passage += 1) { if (ofTerm[passage] > best) { best = ofTerm[passage]; } }
    return best;
  }
  /* Those that have all that was asked, as typed or in other words; where they are few, also those that
     have enough of it. In tiers: 0 has all as typed, 1 most of it, 2 only
     a part or what is related; 3 is said by the interviewer alone. */
  function shown(works, total, most, isUnknown) {
    const all = works.flatMap((work) => work.passages);
    const good = all.filter((one) => one.isWhole || one.isCovered).length;
    const best = all.reduce((mass, one) => (one.isFirm ? Math.max(mass, one.mass) : mass), 0);
    const least = good >= MANY ? Infinity : Math.max(HALF * best, LEAST * total);
    const isMost = (mass) => mass > (isUnknown ? MOST_OF_UNKNOWN : most) * total + TINY;
    // What is only related is close where it covers half of the question.
    const isClose = (one, mass) => mass >= least - TINY && (one.firm || mass >= HALF * total - TINY);
    const isAny = all.some((one) => one.isWhole || one.isCovered || isClose(one, one.mass + one.related));
    works.forEach((work) => {
      work.passages.forEach((one) => {
        const isAnswer = one.isFirm && isMost(one.firm);
        one.tier = !one.isTold ? 3 : one.isWhole && (isAnswer || !isUnknown) ? 0 : isAnswer ? 1 : 2;
      });
      // Where a story answers, the thesaurus has no say in it.
      const isAnswered = work.passages.some((one) => one.tier < 2);
      const reach = (one) => (isAnswered ? one.mass : one.mass + one.related);
      work.passages = work.passages.filter((one) => {
        // Where nothing is close, whatever has any word of it is the closest there is.
        return one.isWhole || one.isCovered || ((one.isFirm || !isAnswered) && (!isAny || isClose(one, reach(one))));
      });
      work.passages.forEach((one) => {
        one.score += reach(one) - one.mass;
        one.score *= HALF + HALF * reach(one) / (total || 1);
      });
      work.passages.sort((a, b) => a.tier - b.tier || b.score - a.score || a.passage - b.passage);
      const answers = new Set();
      work.passages = work.passages.filter((one) => {
        const isBest = !answers.has(one.answer);
        answers.add(one.answer);
        return isBest || one.isWhole || one.isCovered || isMost(one.alone);
      });
    });
    if (works.some((work) => work.passages.some((one) => one.isTold && one.isFirm))) {
      works.forEach((work) => { work.passages = work.passages.filter((one) => one.isTold); });
    }
    const left = works.filter((work) => work.passages.length);
    left.forEach((work) => {
      // A moment is what is looked for: what a story is about only leads to it.
      work.tier = work.passages[0].tier;
      const scores = work.passages.map((one) => one.score * (one.passage === work.first ? OF_FIRST : 1));
      work.score = Math.max(...scores.slice(0, MANY));
    });
    return left;
  }

  /* ---- texts ---------------------------------------------------------------------------------- */
  /* Resolves with { path, themes, title, kind, note, content, isFirst, seconds, anchor, under, said } or, where the file of
     texts is not there (a story taken away a moment ago), with null. */
  async function textOf(work, passage) {
    const library = await index.open();
    const at = passage - library.starts[work];
    const isStory = work < library.stories.length;
    const file = Math.floor(at / library.perFile);
    const name = isStory
      ? `stories/${library.stories[work]}/moments-${file}`
      : `search/page-${work - library.stories.length}-${file}`;
    let texts;
    try { texts = await index.load(name, isStory ? library.marks[work] : undefined); } catch (trouble) {
      if (trouble.missing) { return null; }
      throw trouble;
    }
    const parts = texts.passages[at % library.perFile];
    const said = [];
    for (let n = 2; n < parts.length; n += 2) {
      said.push({ speaker: texts.speakers[parts[n]], isAsking: texts.asks.includes(parts[n]), text: parts[n + 1] });
    }
    return {
      path: isStory ? `stories/${library.stories[work]}.html` : library.pages[work - library.stories.length],
      themes: isStory ? library.themed[work].map((number) => library.themes[number]) : [],
      title: texts.title, kind: texts.kind, note: texts.note, content: texts.content, review: texts.review, isFirst: at === 0,
      seconds: isStory ? parts[0] : 0, anchor: isStory ? "" : parts[0] || "", under: texts.under[parts[1]], said
    };
  }

  /* ---- where the words stand in a text -------------------------------------------------------- */
  /* Runs of characters to mark: [{ start, end, term, nearness }]. */
  function marksIn(text, answer) {
    const words = language.words(text);
    const stems = words.map((one) => one.word && language.stem(one.word));
    const marks = [];
    const isWorth = (one) => one.terms.some((term) => !answer.terms[term].isWeak);
    answer.ways.filter(isWorth).forEach((one) => {
      const wanted = one.words.map((word) => word.stem);
      for (let at = 0; at + wanted.length <= words.length; at += 1) {
        if (wanted.every((stem, n) => stems[at + n] === stem)) {
          marks.push({
            start: words[at].start, end: words[at + wanted.length - 1].end, term: one.terms[0], nearness: one.nearness, text: one.text
          });
        }
      }
    });
    // What was typed before what stands for it: of “at night” the night.
    marks.sort((a, b) => isOther(a) - isOther(b) || a.start - b.start || b.end - a.end);
    const free = [];
    marks.forEach((mark) => {
      if (free.every((one) => mark.end <= one.start || mark.start >= one.end)) { free.push(mark); }
    });
    return free.sort((a, b) => a.start - b.start);
  }
  /* Whether a passage says every phrase that the index could not be sure of. */
  function holds(text, answer) {
    return answer.ways.every((one) => {
      if (!one.isUnsure || one.nearness !== questions.AS_TYPED || !one.terms.some((term) => answer.terms[term].isPhrase)) { return true; }
      const alone = { terms: answer.terms, ways: [one] };
      return [text.under, text.title].concat(text.said.map((said) => said.text)).some((each) => marksIn(each, alone).length);
    });
  }
  function prepare(query) {
    index.open().then((library) => questions.prepare(query, library)).catch(toldBelow);
  }

  window.carerStoriesSearch = { open: index.open, find, prepare, textOf, marksIn, holds, isOther, isOfThesaurus, asked: questions.asked };
})();
