/* Which moments are near in meaning to a question (publish/search/sentence_meaning.py): the sum of the
   vectors of its words beside those of the sentences of each moment. */
(function () {
  "use strict";
  const language = window.carerStoriesWords;
  const index = window.carerStoriesLists;
  const CODES = 24; // points of a codebook: as many as there are signs
  const FIXED = 1000;
  const LENGTH = 500;
  const LENGTH_SIGNS = 2;
  const KEY_SIGNS = 5;
  const PASSAGE_SIGNS = 5;
  const SHARES = 12;
  const UNKNOWN = 0.55; // about how long the vector of a word is
  const FILES = 4; // of sentences that are read: those that have most in common with the question
  const MOST_WORDS = 24;

  function bookOf(text) { return Float32Array.from(index.allNumbers(text), (number) => number / 100 - 10); }
  let opening = null;
  function open() {
    opening = opening || index.load("search/meaning").then((part) => {
      const [narrow, wide] = Array.from(index.allNumbers(part.sizes), (number) => number / FIXED);
      return { narrow, wide, first: part.narrow, words: bookOf(part.words), sentences: bookOf(part.sentences), common: part.common };
    });
    opening.catch(() => { opening = null; });
    return opening;
  }

  /* ---- words ------------------------------------------------------------------------------------ */
  const files = {};
  function fileOf(library, number) {
    const file = ((number >>> index.KEY_BITS) * library.vectors) >> index.FILE_BITS;
    files[file] = files[file] || index.load(`search/vectors-${file}`);
    files[file].catch(() => { delete files[file]; });
    return files[file];
  }
  function numberIn(text, at, signs) {
    let number = 0;
    for (let n = 0; n < signs; n += 1) { number = number * CODES + index.valueOf(text, at + n); }
    return number;
  }
  /* Adds the vector of a word; true where it has one. */
  async function add(sum, stem, library, meaning) {
    const number = index.numberOf(stem);
    const width = meaning.words.length / CODES;
    const codes = sum.length / width;
    const words = await fileOf(library, number);
    for (let at = 0; at < words.length; at += KEY_SIGNS + LENGTH_SIGNS + codes) {
      if (numberIn(words, at, KEY_SIGNS) === (number & ((1 << index.KEY_BITS) - 1))) {
        const length = numberIn(words, at + KEY_SIGNS, LENGTH_SIGNS) / LENGTH;
        sum.forEach((_, d) => {
          const code = index.valueOf(words, at + KEY_SIGNS + LENGTH_SIGNS + Math.floor(d / width));
          sum[d] += meaning.words[width * code + (d % width)] * (d < meaning.first ? meaning.narrow : meaning.wide) * length;
        });
        return true;
      }
    }
    return false;
  }

  /* ---- sentences -------------------------------------------------------------------------------- */
  /* For each place of a code and each code what it adds to the product with a vector, and to the square of
     the length of its own. */
  function tablesOf(vector, meaning) {
    const width = meaning.sentences.length / CODES;
    const products = new Float32Array(CODES * vector.length / width);
    const squares = new Float32Array(products.length);
    products.forEach((_, at) => {
      const place = Math.floor(at / CODES);
      for (let d = 0; d < width; d += 1) {
        const size = meaning.sentences[width * (at % CODES) + d] * (place * width < meaning.first ? meaning.narrow : meaning.wide);
        products[at] += size * vector[place * width + d];
        squares[at] += size * size;
      }
    });
    return { products, squares };
  }
  /* The cosines of all vectors of a text: so many signs each, of which the first may be something else. */
  function cosines(text, signs, { products, squares }, before = 0) {
    return Float32Array.from({ length: text.length / signs }, (_, one) => {
      let product = 0;
      let square = 0;
      for (let place = 0; place < signs - before; place += 1) {
        const at = CODES * place + index.valueOf(text, one * signs + before + place);
        product += products[at];
        square += squares[at];
      }
      return product / Math.sqrt(square);
    });
  }

  /* Resolves with the sentence of each passage that was looked at that is the nearest: passage → { cosine,
     share }, where share tells at which part of the passage it begins. */
  async function near(terms, library) {
    const found = new Map();
    const stems = terms.flatMap((term) => (term.spelt[0] || term.text.replace(/^.-/, "")).split(" ")).map(language.stem);
    const words = stems.filter((stem) => library.common[stem] === undefined).slice(0, MOST_WORDS);
    if (!library.vectors || !words.length) { return found; }
    const meaning = await open();
    const width = meaning.sentences.length / CODES;
    const dimensions = meaning.first;
    const sum = new Float32Array(384);
    const known = await Promise.all(words.map((stem) => add(sum, stem, library, meaning)));
    if (!known.some(Boolean)) { return found; }
    // A word without a vector points elsewhere, nobody knows where.
    const length = Math.hypot(...sum, ...known.filter((isKnown) => !isKnown).map(() => UNKNOWN));
    const tables = tablesOf(sum.map((number) => number / length), meaning);
    const common = cosines(meaning.common, dimensions / width, tables);
    const best = Array.from(common.keys()).sort((a, b) => common[b] - common[a]).slice(0, FILES);
    const read = await Promise.all(best.map((file) => index.load(`search/sentences-${file}`)));
    read.forEach((sentences) => {
      const signs = PASSAGE_SIGNS + 1 + sum.length / width;
      cosines(sentences, signs, tables, PASSAGE_SIGNS + 1).forEach((cosine, at) => {
        const passage = numberIn(sentences, at * signs, PASSAGE_SIGNS);
        if (!found.has(passage) || cosine > found.get(passage).cosine) {
          found.set(passage, { cosine, share: index.valueOf(sentences, at * signs + PASSAGE_SIGNS) / SHARES });
        }
      });
    });
    return found;
  }

  window.carerStoriesMeaning = { near };
})();
