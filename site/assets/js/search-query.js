/* A question as terms: each word or phrase that was typed, the other ways to write it, and what is
   looked for besides (interviews/search-words.yml). */
(function () {
  "use strict";
  const language = window.carerStoriesWords;
  const index = window.carerStoriesLists;

  const LETTERS = "abcdefghijklmnopqrstuvwxyz";
  const SECOND_LETTERS = "dehknor"; // as publish/search/inverted_index.py parts the words of a letter
  const PER_LETTER = SECOND_LETTERS.length + 1;
  const OTHERS = 1 + 26 * PER_LETTER;
  const MOST_TERMS = 16;
  const SMALL = 4000; // passages, as search-index.js has it
  const MOST_PLACES = 2500; // of passages, as search-index.js has it
  const MOST_WORDS = 6; // of a phrase, as publish/search/word_list.py has it
  const AS_TYPED = -1; // nearness, beside those of the word list
  const FORM = 0;
  const PART = 2;
  const NEAR = 3; // from the thesaurus: the weakest
  const FAR = 4;
  const ENOUGH = 20; // passages, as publish/search/thesaurus.py has it

  /* ---- words of the library --------------------------------------------------------------------- */
  function bucketOf(word) {
    const letter = LETTERS.indexOf(word[0]);
    if (/^[0-9]/.test(word)) { return 0; }
    if (letter < 0) { return OTHERS; }
    const second = word[1] || "";
    return 1 + PER_LETTER * letter + Array.from(SECOND_LETTERS).filter((last) => second > last).length;
  }
  function bucketsOf(word) {
    const first = bucketOf(word);
    const letter = first - (first - 1) % PER_LETTER;
    return first === 0 || first === OTHERS ? [first] : Array.from({ length: PER_LETTER }, (_, at) => letter + at);
  }
  function stemsOf(bucket) {
    if (!bucket.stems) {
      bucket.stems = new Map();
      bucket.words.forEach((one) => {
        const stem = language.stem(one.word);
        if (!bucket.stems.has(stem)) { bucket.stems.set(stem, one); }
      });
      bucket.phrases = new Map();
      bucket.typed.forEach((others, text) => {
        bucket.phrases.set(text.split(" ").map(language.stem).join(" "), others);
      });
    }
    return bucket;
  }
  async function readBuckets(numbers, library) {
    const all = await Promise.all(Array.from(new Set(numbers), (number) => index.bucketOf(library, number)));
    return all.map(stemsOf);
  }
  /* The word of the library that this is, whatever its ending; undefined where nobody says it. */
  async function said(word, library, isPart = false) {
    const stem = language.stem(word);
    let buckets = await readBuckets([bucketOf(word), bucketOf(stem)], library);
    for (const bucket of buckets) { if (bucket.words.has(word)) { return bucket.words.get(word); } }
    for (const bucket of buckets) { if (bucket.stems.has(stem)) { return bucket.stems.get(stem); } }
    if (isPart) { return undefined; }
    buckets = await readBuckets(bucketsOf(word), library); // an ending may stand in another bucket
    for (const bucket of buckets) { if (bucket.stems.has(stem)) { return bucket.stems.get(stem); } }
    return undefined;
  }
  async function saidExactly(word, library) {
    const [bucket] = await readBuckets([bucketOf(word)], library);
    return bucket.words.get(word);
  }

  /* ---- other ways to write a word ---------------------------------------------------------------- */
  const NUMBERS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    + "sixteen seventeen eighteen nineteen twenty").split(" ");
  const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
  /* Endings stand between digits: some are names by themselves, as in search-words.js. */
  const SPELLINGS = [
    ["is(e1es1ed1er1ers1ing1ation1ations)$", "iz$1"], ["iz(e1es1ed1er1ers1ing1ation1ations)$", "is$1"],
    ["ys(e1es1ed1ing)$", "yz$1"], ["yz(e1es1ed1ing)$", "ys$1"],
    ["our(1s1ed1ing1al1able1ful1hood1ite1ites1ly1less)$", "or$1"], ["or(1s1ed1ing1al1able1ful1hood1ite1ites1ly1less)$", "our$1"],
    ["re(1s1d)$", "er$1"], ["er(1s1ed)$", "re$1"],
    ["ll(ed1ing1er1ers1or1ors)$", "l$1"], ["([^l])l(ed1ing1er1ers1or1ors)$", "$1ll$2"],
    ["ilful", "illful"], ["illful", "ilful"], ["ll$", "l"], ["([^l])l$", "$1ll"],
    ["ence(1s1d)$", "ense$1"], ["ense(1s1d)$", "ence$1"], ["cti[cs](e1es1ed1ing)$", "ctis$1"], ["ctis(e1es1ed1ing)$", "ctic$1"],
    ["ogue(1s)$", "og$1"], ["og(1s)$", "ogue$1"], ["amme(1s)$", "am$1"], ["am(1s)$", "amme$1"],
    ["dgement", "dgment"], ["dgment", "dgement"], ["(ae1oe)", "e"], ["^(p1orthop)ed", "$1aed"], ["^hem", "haem"],
    ["^(an1gyn)e", "$1ae"], ["^e(str1dem)", "oe$1"], ["^fet", "foet"], ["heque", "heck"], ["heck", "heque"],
    ["grey", "gray"], ["gray", "grey"], ["(n1l)t$", "$1ned"], ["elt$", "elled"], ["elled$", "elt"], ["urned$", "urnt"]
  ].map((pair) => [new RegExp(pair[0].replace(/1/g, "|")), pair[1]]);
  const SHORTEST_DOUBLE = 8; // letters: “filling” is no “filing”

  function spellingsOf(word) {
    const number = NUMBERS.indexOf(word);
    if (number >= 0) { return [String(number)]; }
    if (/^\d+$/.test(word)) { return NUMBERS[Number(word)] ? [NUMBERS[Number(word)]] : []; }
    const others = SPELLINGS.map((rule) => word.replace(rule[0], rule[1]));
    const good = others.filter((other) => {
      const isDouble = Math.abs(other.length - word.length) === 1 && other.replace(/ll/, "l") === word.replace(/ll/, "l");
      return other !== word && (!isDouble || Math.max(word.length, other.length) >= SHORTEST_DOUBLE);
    });
    return Array.from(new Set(good));
  }

  /* ---- misspelt words ---------------------------------------------------------------------------- */
  const ABBREVIATION = /^\p{Lu}{2,6}s?$/u; // CAMHS, CPNs: no slip of another word
  const SHORTEST_MISSPELT = 4;
  const SHORTEST_CHANGED = 6; // letters: in a shorter word another letter makes another word, as in “nice” and “nine”
  const SHORTEST_BARE = 5; // letters without the ending: of a shorter word another letter makes another word
  const OTHER_FORM = 1.5; // slips that another form of the word counts as
  const MOST_SPELLINGS = 4;
  const OFTEN = 200; // passages: a word that is likelier meant than one of English that nobody says
  const SOUNDS_LIKE = {
    a: "e", c: "ks", e: "ai", f: "p", g: "j", i: "e", j: "g", k: "cq", n: "kg", p: "f", q: "k", r: "w", s: "pc", w: "r", z: "s"
  };

  /* How a word sounds, roughly: its consonants, those written in several ways as one. */
  function soundOf(word) {
    return word.replace(/'/g, "").replace(/^(?:phs|ps|ph|p)?s?y(?=[ck])/, "sy").replace(/^ps/, "s").replace(/^[kg]n/, "n").replace(/^wr/, "r")
      .replace(/ph/g, "f").replace(/sch|sc(?=[aou])|sk/g, "sk").replace(/[ct]h/g, (two) => (two === "ch" ? "k" : "t"))
      .replace(/[tsc]i(?=[ao][nlu])/g, "x").replace(/ck|q/g, "k").replace(/c(?=[eiy])/g, "s").replace(/c/g, "k")
      .replace(/gh/g, "").replace(/dg|g(?=[eiy])/g, "j").replace(/z/g, "s").replace(/([a-z])\1/g, "$1")
      .replace(/^[aeiouy]+/, "A").replace(/[aeiouyhw]/g, "");
  }
  /* How many letters are wrong, too many, missing, or have changed places; more than `most` as most + 1. */
  function editsBetween(a, b, most) {
    if (Math.abs(a.length - b.length) > most) { return most + 1; }
    let before = [];
    let row = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i += 1) {
      const next = [i];
      let least = i;
      for (let j = 1; j <= b.length; j += 1) {
        let edits = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) { edits = Math.min(edits, before[j - 2] + 1); }
        next.push(edits);
        least = Math.min(least, edits);
      }
      if (least > most) { return most + 1; }
      before = row;
      row = next;
    }
    return Math.min(row[b.length], most + 1);
  }
  function sameBeginning(a, b) {
    let at = 0;
    while (at < a.length && a[at] === b[at]) { at += 1; }
    return at;
  }
  function isOneLetterChanged(word, other) {
    return word.length === other.length && Array.from(word).sort().join("") !== Array.from(other).sort().join("");
  }
  function mistakes(word, sound, other, further) {
    if (!further && word.length < SHORTEST_CHANGED && isOneLetterChanged(word, other)) { return Infinity; }
    const allowed = word.length < 8 ? 1 : 2;
    const most = (word.length < 6 ? 2 : Math.ceil(word.length / 2)) + (further ? 1 : 0);
    const edits = editsBetween(word, other, most);
    if (edits <= allowed + (further && word.length > 4 ? 1 : 0)) { return edits; }
    if (edits > most || word.length < 5) { return Infinity; }
    const otherSound = soundOf(other);
    if (sound === otherSound) { return 1 + edits / 4; }
    const isNearlySo = word.length > 7 && sound.length > 4 && edits <= (word.length < 9 ? 3 : 4) && editsBetween(sound, otherSound, 1) <= 1;
    return isNearlySo ? 2 + edits / 4 : Infinity;
  }
  const ENDINGS = /(?:ations?|ating|ated?|ates|ions?|ings?|ed|ments?|ers?|ors?|ally|ly|s|e|y)$/;

  /* Another form of a word that this may be a slip of: “comunication” of “communicate” is “communication”. */
  function formLike(word, other) {
    const bare = word.replace(ENDINGS, "");
    const otherBare = other.replace(ENDINGS, "");
    const isNear = Math.min(bare.length, otherBare.length) >= SHORTEST_BARE && bare[0] === otherBare[0]
      && editsBetween(bare, otherBare, 1) <= 1 && !isOneLetterChanged(bare, otherBare);
    if (!isNear) { return null; }
    const form = otherBare + word.slice(bare.length);
    return { word: language.stem(form) === language.stem(other) ? form : other, wrong: OTHER_FORM, same: sameBeginning(word, other) };
  }
  /* Words of the library and of the word list that this may be a slip of, the likeliest first. */
  async function nearWords(word, library, further) {
    if (word.length < SHORTEST_MISSPELT || /[0-9]/.test(word)) { return []; }
    const bare = word.replace(/'?s$/, "");
    const sound = soundOf(word);
    const asking = Array.from(library.asking).filter((other) => other[0] === word[0]);
    const firsts = [word, word.slice(1)].concat((SOUNDS_LIKE[word[0]] || "").split("").filter(Boolean));
    for (let at = 0; at < firsts.length; at += 1) {
      const buckets = await readBuckets(bucketsOf(firsts[at]), library);
      const near = new Map();
      buckets.forEach((bucket) => {
        const typed = Array.from(bucket.typed.keys()).filter((text) => !text.includes(" ") && bucket.typed.get(text).length);
        [...bucket.words.keys(), ...typed].concat(buckets[0] === bucket ? asking : []).forEach((other) => {
          if (other.length < SHORTEST_MISSPELT - 1 || other === word) { return; }
          const wrong = Math.min(mistakes(word, sound, other, further), bare === word ? Infinity : mistakes(bare, soundOf(bare), other, further));
          // Where the first letter differs, too, the rest must sound the same.
          const most = at < 2 ? Infinity : word.length < 6 ? 1 : 2;
          if (wrong < most) { near.set(other, { word: other, wrong, same: sameBeginning(word, other) }); return; }
          const form = formLike(word, other);
          if (form && form.wrong < most) { near.set(form.word, form); }
        });
      });
      if (near.size) {
        const sorted = Array.from(near.values()).sort((a, b) => a.wrong - b.wrong || b.same - a.same);
        const stems = new Set();
        return sorted.filter((one) => {
          const stem = language.stem(one.word);
          const isNew = one.wrong <= sorted[0].wrong + (further ? 1 : 0.3) && !stems.has(stem);
          stems.add(stem);
          return isNew;
        }).slice(0, MOST_SPELLINGS).map((one) => one.word);
      }
    }
    return [];
  }

  /* ---- what is asked ----------------------------------------------------------------------------- */
  /* “two words” in quotes belong together; an opening quote without an end reaches to the end. */
  const QUOTED = /["“”]([^"“”]*)(?:["“”]|$)|([^"“”]+)/g;
  const SINGLE_QUOTES = /(^|[\s(])['‘]([^'‘’"“”]*\s[^'‘’"“”]*)['’](?=$|[\s.,;:!?)])/g; // ‘two words’ and no apostrophe

  /* Words in their order; `joined` where no blank stands before one: co-ordinator, A&E. */
  function wordsOf(text) {
    const words = [];
    let end = 0;
    const plain = text.replace(/\b(?:\p{L}\.){2,}/gu, (letters) => letters.replace(/\./g, ""));
    language.words(plain).forEach((one) => {
      const isAbbreviation = ABBREVIATION.test(plain.slice(one.start, one.end));
      const between = words.length > 0 && one.start === end + 1 ? plain[end] : "";
      if (one.word) { words.push({ word: one.word, isAbbreviation, joined: /[-‐‑&]/.test(between), isSlashed: between === "/" }); }
      end = one.end;
    });
    return words;
  }
  function asked(query) {
    const parts = [];
    for (const hit of query.replace(SINGLE_QUOTES, "$1“$2”").matchAll(QUOTED)) {
      const words = wordsOf(hit[1] === undefined ? hit[2] : hit[1]);
      if (words.length) { parts.push({ words, isQuoted: hit[1] !== undefined }); }
    }
    return parts;
  }

  /* Words round a question that tell nothing of it: “I would like to hear from a carer about …”, “… that I
     can use with my students”. They are not looked for where anything else is asked. Before ABOUT all must be of these or ask. */
  const ABOUT = new Set("about on where regarding concerning".split(" "));
  const FRAME = new Set(("hear talk talks talking talked speak speaks speaking describe describes describing mention mentions mentioned find finding "
    + "search searching watch listen love please anything any anyone anybody hi hello student students new part bit piece quote extract "
    + "interview interviews library these this parent parents mum mums mother mothers dad dads wife husband partner").split(" "));
  const BEGINS = new Set("i i'd i'm we we'd we're can could would please show find give tell is are do does have has any anything hi hello looking need want someone somebody".split(" "));
  const OCCASION = "(?:students?|trainees?|learners?|starters?|induction|teaching|training|sessions?|lectures?|seminars?|workshops?|courses?|class(?:es)?|study days?|presentations?|essays?|assignments?|lessons?)";
  const OF_OCCASION = "(?:a|an|the|my|our|some|first|last|next|new|short|team|staff|teaching|training|induction|study|ward|nursing|student|trainee)";
  const TAIL = new RegExp(`(?:^| )(?:${[
    "(?:that|which|so|so that) (?:i|we|they|you) (?:can|could|may|might) .*",
    "to (?:use|show|play|share) (?:in|with|to|at|on) (?:a|an|the|my|our) .*",
    `(?:one )?to (?:use|show|play|share|start|begin|open|end|finish|close|round off)(?: (?:in|with|to|at|on|off))?(?: (?:a|an|the|my|our|this))?(?: (?:${OF_OCCASION} )?${OCCASION}(?: with)?)?`,
    "for (?:my|our|a|an|the|some) (?:new [a-z]+|students?|teaching|training|lectures?|essays?|assignments?|presentations?)(?: .*)?",
    `for (?:${OF_OCCASION} ){0,3}${OCCASION}(?: of (?:[a-z]+ ){0,2}[a-z]+)?`,
    "for (?:all |our |my |the )?(?:new|junior|newly qualified) (?:staff|nurses?|doctors?|colleagues|workers)(?: from .*)?",
    "please|thanks|thank you"
  ].join("|")})$`);
  function markFrame(words, library) {
    const asks = ({ word }) => FRAME.has(word) || ABOUT.has(word) || library.asking.has(word) || library.common[language.stem(word)] !== undefined;
    const end = words.findIndex((one) => !asks(one));
    const about = words.map((one) => ABOUT.has(one.word)).lastIndexOf(true, end < 0 ? words.length : end);
    if (about > 1 && BEGINS.has(words[0].word)) { words.slice(0, about + 1).forEach((one) => { one.isFrame = true; }); }
    const tail = TAIL.exec(words.map((one) => one.word).join(" "));
    const left = tail ? tail.input.slice(0, tail.index).split(" ").filter(Boolean).length : words.length;
    if (left > 0) { words.slice(left).forEach((one) => { one.isFrame = true; }); }
  }

  const NEGATIONS = new Set("not no nothing without".split(" ")); // with one of them, a word is the opposite of it

  const ASKS = new Set("who what how when where why".split(" ")); // with one of them, a word is a question: “who helped”
  const MOST_SLASHED = 3; // words of one abbreviation

  /* What staff write short in full, where nobody in the library says it as it is written. The list of it is
     read only for words that nobody says. */
  async function inFull(words, library) {
    const isNew = await Promise.all(words.map(async ({ word, isSlashed }) => {
      const isKnown = library.asking.has(word) || library.common[language.stem(word)] !== undefined;
      return isSlashed || (!isKnown && !(await saidExactly(word, library)));
    }));
    if (!isNew.some(Boolean)) { return words; }
    const forms = await index.shortForms(library);
    const full = [];
    for (let at = 0; at < words.length;) {
      const next = shortFormAt(words, at, forms, isNew);
      if (next) {
        next.words.forEach((word) => { full.push({ word, isAbbreviation: false, joined: false, isSlashed: false, short: next.short, means: next.words.join(" ") }); });
        at += next.length;
      } else {
        full.push(words[at]);
        at += 1;
      }
    }
    return full;
  }
  function shortFormAt(words, at, forms, isNew) {
    for (let length = Math.min(MOST_SLASHED, words.length - at); length > 0; length -= 1) {
      const some = words.slice(at, at + length);
      const key = some.map((one) => one.word).join(" ").replace(/'[a-z]{1,2}$/, "");
      const isOne = some.every((one, n) => n === 0 || one.isSlashed);
      if (isOne && forms.has(key) && (length > 1 || isNew[at])) {
        return { words: forms.get(key), length, short: some.map((one) => one.word).join("/") };
      }
    }
    return null;
  }

  /* ---- terms ------------------------------------------------------------------------------------- */
  /* A word as it is looked for: { word, stem, common } or { word, stem, list, count }; list is undefined
     where nobody says it. */
  async function looked(word, library, isPart = false) {
    const stem = language.stem(word);
    if (library.common[stem] !== undefined) { return { word, stem, common: library.common[stem] }; }
    const known = await said(word, library, isPart);
    return known ? { word, stem: language.stem(known.word), list: known.list, count: known.count } : { word, stem };
  }
  function later(word, library) {
    const stem = language.stem(word);
    return library.common[stem] === undefined ? { word, stem, isLater: true } : { word, stem, common: library.common[stem] };
  }
  /* The lists of words that were left for later. */
  function lookedNow(words, terms, ways, library) {
    return Promise.all(words.map(async (one, at) => {
      if (!one.isLater) { return; }
      Object.assign(one, await looked(one.word, library), { isLater: false });
      if (one.list !== undefined && terms[at] !== undefined) { ways.push(way([one], AS_TYPED, [terms[at]], one.word)); }
    }));
  }
  function isLooked(words) { return words.every((one) => one.common !== undefined || one.list !== undefined); }
  function way(words, nearness, terms, text) { return { words, nearness, terms, text }; }
  function fromParts(other, library) {
    return language.words(other.text).filter((one) => one.word).map((one, at) => {
      const part = other.parts[at];
      const word = { word: one.word, stem: language.stem(one.word) };
      if (part < library.commons) { word.common = part; } else { word.list = part - library.commons; word.count = other.count; }
      return word;
    });
  }

  /* Resolves with { terms, ways, short }: `short` are abbreviations and what they are read as. A term is { text, isWeak, isPhrase, count, spelt }, and a way
     { words, nearness, terms, text }: words in a row by which these terms are found. */
  async function read(query, library) {
    const terms = [];
    const ways = [];
    const parts = asked(query);
    await Promise.all(parts.map(async (part) => { if (!part.isQuoted) { part.words = await inFull(part.words, library); } }));
    const short = new Map(parts.flatMap((part) => part.words.filter((one) => one.short).map((one) => [one.short, one.means])));
    parts.filter((part) => !part.isQuoted).forEach((part) => { markFrame(part.words, library); });
    // Of words that only ask, or only name people, each is what is asked for.
    const isAnyStrong = parts.some((part) => part.isQuoted
      || part.words.some(({ word, isFrame }) => !isFrame && !library.asking.has(word) && library.common[language.stem(word)] === undefined));
    for (const part of parts) {
      // In a large library what is asked for needs no list of a word that only asks.
      const isForLater = ({ word, isFrame }) => isAnyStrong && !part.isQuoted && library.passages > SMALL && (isFrame || library.asking.has(word));
      const words = await Promise.all(part.words.map((one) => (isForLater(one) ? later(one.word, library) : looked(one.word, library))));
      words.forEach((word, at) => { Object.assign(word, { joined: part.words[at].joined, isAbbreviation: part.words[at].isAbbreviation, isFrame: part.words[at].isFrame }); });
      if (terms.length >= MOST_TERMS) { break; }
      if (part.isQuoted) { quotedTerm(words, terms, ways); } else { await plainTerms(words, isAnyStrong, terms, ways, library); }
    }
    return { terms, ways, short };
  }
  function quotedTerm(words, terms, ways) {
    if (words.length === 1 && words[0].common !== undefined) { return; }
    terms.push({ text: words.map((one) => one.word).join(" "), isWeak: false, isPhrase: words.length > 1, spelt: [] });
    if (isLooked(words)) { ways.push(way(words, AS_TYPED, [terms.length - 1], terms[terms.length - 1].text)); }
  }
  async function plainTerms(words, isAnyStrong, terms, ways, library) {
    const own = [];
    words.forEach((word, at) => {
      if (word.common !== undefined || (word.isFrame && isAnyStrong) || terms.length >= MOST_TERMS) { return; }
      // Of “e-rostering” the letter is no word.
      const next = words[at + 1];
      if (word.word.length === 1 && next && next.joined && next.word.length > 1) { return; }
      const letter = word.joined && words[at - 1].word.length === 1 && word.word.length > 1 ? `${words[at - 1].word}-` : "";
      own[at] = terms.length;
      terms.push({ text: letter + word.word, isWeak: isAnyStrong && library.asking.has(word.word), isPhrase: false, spelt: [] });
      if (word.list !== undefined) { ways.push(way([word], AS_TYPED, [own[at]], word.word)); }
    });
    // Words that are all common still are a phrase: “on my own” without its quotes.
    if (!own.length && words.length > 1) { quotedTerm(words, terms, ways); return; }
    await Promise.all([
      ...words.map((word, at) => (own[at] === undefined ? null : writtenOtherwise(word, own[at], ways, library))),
      ...words.map((word, at) => writtenTogether(words, at, own, ways, library))
    ]);
    await besides(words, own, terms, ways, library);
    await Promise.all(words.map((word, at) => (own[at] === undefined ? null : related(word, own[at], terms, ways, library))));
    await Promise.all(words.map(async (word, at) => {
      // Of a word in two parts neither is a word by itself: co-ordinator.
      const isPart = words[at].joined || Boolean(words[at + 1] && words[at + 1].joined);
      if (own[at] === undefined || isPart || terms[own[at]].isWeak || ways.some((one) => one.terms.includes(own[at]))) { return; }
      await spelt(words, at, own, terms, ways, library);
    }));
    // Of what was meant, and of a phrase with a slip in it: “witholds consent”.
    const mended = await Promise.all(words.map((word, at) => {
      const [first] = own[at] === undefined ? [] : terms[own[at]].spelt;
      return first ? looked(first, library) : word;
    }));
    const ofWords = new Set(ways.filter((one) => one.nearness > FORM && !one.isPart && one.terms.length === 1));
    const inPhrases = await besides(mended, own, terms, ways, library, (at, length) => mended.slice(at, at + length).some((word, n) => word !== words[at + n]));
    // What was looked for besides for a word apart is not meant where it stands in such a phrase.
    ways.splice(0, ways.length, ...ways.filter((one) => !ofWords.has(one) || !inPhrases.has(one.terms[0])));
  }
  async function writtenOtherwise(word, term, ways, library) {
    if (word.isLater) { return; }
    for (const spelling of spellingsOf(word.word)) {
      const known = /^\d/.test(spelling) ? await said(spelling, library) : await saidExactly(spelling, library);
      if (known && known.list !== word.list) {
        ways.push(way([{ word: known.word, stem: language.stem(known.word), list: known.list, count: known.count }], AS_TYPED, [term], known.word));
      }
    }
    const tens = /^[2-9]\d$/.test(word.word) ? [TENS[word.word[0] - 2]].concat(word.word[1] === "0" ? [] : NUMBERS[word.word[1]]) : [];
    const numbers = await Promise.all(tens.map((one) => looked(one, library)));
    if (numbers.length && isLooked(numbers)) { ways.push(way(numbers, AS_TYPED, [term], tens.join(" "))); }
    if (word.list === undefined) { await parted(word, term, ways, library); }
  }
  /* “coordinator” where it is said as “co-ordinator”, “inpatient” as “in-patient”. */
  async function parted(word, term, ways, library) {
    for (let at = 2; at + 3 <= word.word.length; at += 1) {
      const first = await looked(word.word.slice(0, at), library);
      if (!isLooked([first])) { continue; }
      const second = await looked(word.word.slice(at), library, true); // or every slip would read the words of a whole letter
      if (second.common === undefined && isLooked([second])) { ways.push(way([first, second], AS_TYPED, [term], `${first.word} ${second.word}`)); }
    }
  }
  const BEFORE_OTHERS = new Set("in out on up by not".split(" ")); // of the common words: inpatient, upset
  /* “in-patient” or “in patient” where it is said as “inpatient”. */
  async function writtenTogether(words, at, own, ways, library) {
    const next = words[at + 1];
    if (!next || (own[at] === undefined && own[at + 1] === undefined)) { return; }
    if (words[at].common !== undefined && !next.joined && (words[at].word.length < 2 || (library.passages > SMALL && !BEFORE_OTHERS.has(words[at].word)))) { return; }
    if ((words[at].isLater || next.isLater) && !next.joined) { return; }
    const known = await saidExactly(words[at].word + next.word, library);
    const of = [own[at], own[at + 1]].filter((term) => term !== undefined);
    if (known) { ways.push(way([{ word: known.word, stem: language.stem(known.word), list: known.list, count: known.count }], AS_TYPED, of, known.word)); }
  }
  /* What the word list has for words and phrases of the question, the longest phrases first; of those alone
     that are wanted. Resolves with the terms that stand in a phrase of it. */
  async function besides(words, own, terms, ways, library, isWanted = () => true) {
    const covered = new Set();
    for (let length = Math.min(MOST_WORDS, words.length); length > 0; length -= 1) {
      for (let at = 0; at + length <= words.length; at += 1) {
        if (!isWanted(at, length)) { continue; }
        const some = words.slice(at, at + length);
        const first = namingWord(some, library);
        const key = some.map((word) => word.stem).join(" ");
        if (!first || (first.isLater && !library.askedPhrases.has(key))) { continue; }
        const of = own.slice(at, at + length).filter((term) => term !== undefined);
        if (!of.length || some.every((word) => word.isFrame)) { continue; }
        const others = await othersOf(key, library, first) || await otherSpellingOf(some, library, first);
        if (!others) { continue; }
        const isInside = length === 1 && covered.has(of[0]);
        others.forEach((other) => {
          // A word with which questions are asked, or within a phrase, stands for its own forms alone.
          if ((isInside || (length === 1 && terms[of[0]].isWeak)) && other.nearness !== FORM) { return; }
          ways.push(way(fromParts(other, library), other.nearness, of, other.text));
        });
        // In a large library the places of common words take more to read than a phrase of them tells.
        if (length > 1 && !isDear(some, library)) {
          await lookedNow(some, own.slice(at, at + length), ways, library);
          // A phrase of the list means something, even where all of its words only ask: “what helped”.
          if (of.length && of.every((term) => terms[term].isWeak)) { terms[of[of.length - 1]].isWeak = false; }
          // One thing by its name: the words of it, apart, are only near to it.
          const isIn = (one) => one.words.length === 1 && one.terms.length === 1 && of.includes(one.terms[0]);
          if (of.length > 1 || NEGATIONS.has(some[0].word) || ASKS.has(some[0].word)) { ways.filter(isIn).forEach((one) => { one.nearness = Math.max(one.nearness, PART); one.isPart = true; }); }
          // In a large library “when should” itself is many bytes and tells nothing.
          if (isLooked(some) && (library.passages <= SMALL || !ASKS.has(some[0].word))) { ways.push(way(some, AS_TYPED, of, some.map((word) => word.word).join(" "))); }
          of.forEach((term) => { covered.add(term); });
        }
      }
    }
    return covered;
  }
  function isDear(words, library) {
    const own = words.filter((word) => word.common === undefined);
    if (library.passages <= SMALL || own.length < 2 || own.every((word) => word.isLater)) { return false; }
    return own.reduce((sum, word) => sum + (word.isLater ? Infinity : word.count || 0), 0) > MOST_PLACES;
  }
  /* What the thesaurus has for a word that is said seldom or never: other words of the library. */
  async function related(word, term, terms, ways, library) {
    const isPart = ways.some((one) => one.isPart && one.terms.includes(term));
    if (terms[term].isWeak || isPart || (word.count || 0) > ENOUGH || !/^[a-z]/.test(word.stem)) { return; }
    const has = new Set(ways.filter((one) => one.words.length === 1 && one.terms.includes(term)).map((one) => one.words[0].list));
    (await index.relatedOf(library, word.stem)).filter((one) => !has.has(one.list)).forEach((one) => {
      const known = { word: one.text, stem: language.stem(one.text), list: one.list, count: one.count };
      ways.push(way([known], one.isFar ? FAR : NEAR, [term], one.text));
    });
  }
  /* The word by whose letters a phrase is found: the first with which nobody asks, or the first with a list. */
  function namingWord(words, library) {
    const listed = words.filter((word) => word.common === undefined);
    return listed.find((word) => !library.askingStems.has(word.stem)) || listed[0];
  }
  async function othersOf(key, library, first) {
    const buckets = await readBuckets([bucketOf(first.stem), bucketOf(language.stem(first.word))], library);
    const bucket = buckets.find((one) => one.phrases.has(key));
    return bucket ? bucket.phrases.get(key) : null;
  }
  const AUXILIARIES = "don't doesn't didn't|can't couldn't|won't wouldn't|isn't wasn't aren't weren't|hasn't haven't hadn't".split("|").map((some) => some.split(" "));
  function auxiliariesLike(word) { return AUXILIARIES.find((some) => some.includes(word)) || []; }
  /* “good practise” where the list has “good practice”, “wasn't asked” where it has “weren't asked”. */
  async function otherSpellingOf(words, library, first) {
    if (words.length < 2) { return null; }
    for (const word of words) {
      for (const spelling of spellingsOf(word.word).concat(auxiliariesLike(word.word))) {
        const others = await othersOf(words.map((one) => (one === word ? language.stem(spelling) : one.stem)).join(" "), library, first);
        if (others) { return others; }
      }
    }
    return null;
  }
  async function spelt(words, at, own, terms, ways, library) {
    // What the word list knows is no slip, whether anybody says it or not.
    if (words[at].isAbbreviation || await othersOf(words[at].stem, library, words[at])) { return; }
    const near = await nearWords(words[at].word, library, false);
    // Nor is a word of English, unless it is one letter away from a word that is said often.
    if (near.length && await index.isUsual(library, words[at].stem)) {
      const isOften = await Promise.all(near.map(async (word) => {
        return words[at].word.length >= SHORTEST_CHANGED && editsBetween(words[at].word, word, 1) <= 1 && ((await said(word, library)) || { count: 0 }).count >= OFTEN;
      }));
      if (!isOften.some(Boolean)) { terms[own[at]].alike = near; return; }
    }
    for (const word of near) {
      const known = await looked(word, library);
      if (library.asking.has(word)) { terms[own[at]].isWeak = true; }
      if (known.list !== undefined) { ways.push(way([known], AS_TYPED, [own[at]], word)); }
      // Of the likeliest all is looked for besides that would be if it had been typed: plainTerms() does that.
      else if (word !== near[0]) { await besides([known], [own[at]], terms, ways, library); }
    }
    terms[own[at]].spelt = near;
  }
  /* Lists of words are read while somebody is still typing: of words that are finished, and of those
     that the last one may become. */
  async function prepare(query, library) {
    const words = asked(query).flatMap((part) => part.words.map((one) => one.word));
    const isFinished = /[^\p{L}\p{N}\p{M}'’]$/u.test(query);
    await Promise.all(words.filter((word) => word.length > 1 && library.common[word] === undefined).map(async (word, at) => {
      if (library.passages > SMALL && library.asking.has(word)) { return null; }
      if (at + 1 < words.length || isFinished) {
        const known = await said(word, library);
        return known && index.passagesOf(library, known.list);
      }
      return readBuckets([bucketOf(word)], library);
    }));
  }
  /* Whether the question holds one of the phrases of somebody who may ask for themselves. */
  function isForThemselves(query, library) {
    const stems = ` ${language.words(query).map((one) => language.stem(one.word)).join(" ")} `;
    return library.support.some((phrase) => stems.includes(` ${phrase} `));
  }

  window.carerStoriesQuery = { read, prepare, nearWords, isForThemselves, asked, AS_TYPED, FORM, PART };
})();
