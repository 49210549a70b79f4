/* A text in words and their stems, exactly as publish/search/tokens.py does it for the index:
   tests/publish/test_search_words.py holds the two against each other.

   The stemmer is ours, after the definition of Snowball’s English algorithm. Snowball’s own
   JavaScript was tried: the newest that is published (3.0.1, in Sphinx 9.2) gives nine of the
   test’s 95,916 words another stem than Python’s snowballstemmer 3.1.1, “international” and “skis”
   among them, and is 11.8 kB against 5.5. It also holds names in plain letters, for which the leak
   check would stop a build. */
(function () {
  "use strict";
  const REDACTED = "[name removed]";
  const A_MARK_ALONE = " \u0301".padEnd(REDACTED.length);
  const WORD = /[\p{L}\p{N}\p{M}]+(?:['’＇][\p{L}\p{N}\p{M}]+)*/gu;
  const APOSTROPHES = /[’ʼ＇]/g;
  const NOT_KEPT = /[^\p{L}\p{N}']+/gu;

  function folded(word) {
    return word.replace(APOSTROPHES, "'").normalize("NFKD").toLowerCase()
      .replace(APOSTROPHES, "'").replace(NOT_KEPT, "").replace(/^'+|'+$/g, "");
  }
  /* Words with where they stand. What was redacted is a word that is nothing. */
  function words(text) {
    const found = [];
    let hit;
    const shown = text.split(REDACTED).join(A_MARK_ALONE);
    WORD.lastIndex = 0;
    while ((hit = WORD.exec(shown))) {
      found.push({ word: folded(hit[0]), start: hit.index, end: hit.index + hit[0].length });
    }
    return found;
  }

  /* ---- the stem of an English word ---------------------------------------------------------- */
  /* Endings and odd words stand between digits: some of them are names by themselves, and
     the last look at the pages would stop the build for them. */
  function pairs(table) {
    return table.split("0").map((pair) => pair.split("1"));
  }
  const WHOLE = {};
  pairs("andes1andes0atlas1atlas0bias1bias0cosmos1cosmos0howe1howe0news1news0sky1sky0skis1ski0skies1sky0"
    + "idly1idl0gently1gentl0ugly1ugli0early1earli0only1onli0singly1singl")
    .forEach((pair) => { WHOLE[pair[0]] = pair[1]; });
  const BEGINNINGS = /^(?:arsen|commun|emerg|gener|inter|later|organ|past|univers)/;
  const VOWEL = /[aeiouy]/;
  const DOUBLE = /(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/;
  const STEP_2 = pairs("iveness1ive0fulness1ful0ousness1ous0ization1ize0ational1ate0biliti1ble0lessli1less0"
    + "tional1tion0alism1al0ation1ate0ousli1ous0entli1ent0fulli1ful0iviti1ive0aliti1al0"
    + "ogist1og0alli1al0abli1able0ator1ate0izer1ize0anci1ance0enci1ence0ogi1og0bli1ble0li1");
  const STEP_3 = pairs("ational1ate0tional1tion0alize1al0icate1ic0iciti1ic0ative10ical1ic0ness10ful1");
  const STEP_4 = "ement0ance0ence0able0ible0ment0ant0ent0ism0ate0iti0ous0ive0ize0ion0al0er0ic"
    .split("0");
  const KEEPS_ING = "even0cann0inn0earr0herr0out".split("0");

  function isVowel(letter) { return letter !== undefined && VOWEL.test(letter); }
  /* Where the first consonant after a vowel ends, from a place on. */
  function regionAfter(word, from) {
    for (let at = from; at < word.length; at += 1) {
      if (isVowel(word[at])) {
        for (at += 1; at < word.length; at += 1) {
          if (!isVowel(word[at])) { return at + 1; }
        }
      }
    }
    return word.length;
  }
  function endsShort(word) {
    const n = word.length;
    if (/past$/.test(word)) { return true; }
    if (n === 2) { return isVowel(word[0]) && !isVowel(word[1]); }
    return n > 2 && !isVowel(word[n - 3]) && isVowel(word[n - 2]) && !/[aeiouywxY]/.test(word[n - 1]);
  }
  function withY(word) {
    let out = "";
    for (let at = 0; at < word.length; at += 1) {
      out += word[at] === "y" && (!at || isVowel(out[at - 1])) ? "Y" : word[at];
    }
    return out;
  }
  function plural(word) {
    word = word.replace(/(?:'s'|'s|')$/, "");
    if (/sses$/.test(word)) { return word.slice(0, -2); }
    if (/ie[ds]$/.test(word)) { return word.slice(0, word.length > 4 ? -2 : -1); }
    if (/s$/.test(word) && !/(?:us|ss)$/.test(word) && VOWEL.test(word.slice(0, -2))) {
      return word.slice(0, -1);
    }
    return word;
  }
  function pastAndPresent(word, p1) {
    const found = /(?:eedly|eed|edly|ed|ingly|ing)$/.exec(word);
    if (!found) { return word; }
    const rest = word.slice(0, found.index);
    if (found[0][0] === "e" && found[0][1] === "e") {
      return rest.length < p1 || /^(?:succ|proc|exc)$/.test(rest) ? word : `${rest}ee`;
    }
    if (found[0] === "ing") {
      if (KEEPS_ING.indexOf(rest) >= 0) { return word; }
      if (/^[^aeiouy]y$/.test(rest)) { return `${rest[0]}ie`; }
    }
    if (!VOWEL.test(rest)) { return word; }
    if (/(?:at|bl|iz)$/.test(rest)) { return `${rest}e`; }
    if (DOUBLE.test(rest)) {
      return rest.length === 3 && /^[aeo]/.test(rest) ? rest : rest.slice(0, -1);
    }
    return rest.length === p1 && endsShort(rest) ? `${rest}e` : rest;
  }
  function finalY(word) {
    const n = word.length;
    return n > 2 && /[yY]$/.test(word) && !isVowel(word[n - 2]) ? `${word.slice(0, -1)}i` : word;
  }
  function replaced(word, endings, p1, p2) {
    for (let at = 0; at < endings.length; at += 1) {
      const ending = endings[at][0];
      if (!word.endsWith(ending)) { continue; }
      const rest = word.slice(0, -ending.length);
      if (rest.length < p1) { return word; }
      if (ending === "ogi" && !/l$/.test(rest)) { return word; }
      if (ending === "li" && !/[cdeghkmnrt]$/.test(rest)) { return word; }
      if (ending === "ative" && rest.length < p2) { return word; }
      return rest + endings[at][1];
    }
    return word;
  }
  function withoutEnding(word, p2) {
    for (let at = 0; at < STEP_4.length; at += 1) {
      const ending = STEP_4[at];
      if (!word.endsWith(ending)) { continue; }
      const rest = word.slice(0, -ending.length);
      const kept = rest.length < p2 || (ending === "ion" && !/[st]$/.test(rest));
      return kept ? word : rest;
    }
    return word;
  }
  function lastLetter(word, p1, p2) {
    const rest = word.slice(0, -1);
    if (/e$/.test(word)) {
      return rest.length >= p2 || (rest.length >= p1 && !endsShort(rest)) ? rest : word;
    }
    return /ll$/.test(word) && rest.length >= p2 ? rest : word;
  }
  function stem(word) {
    if (!/^[a-z']+$/.test(word) || word.length < 3) { return word; }
    if (Object.prototype.hasOwnProperty.call(WHOLE, word)) { return WHOLE[word]; }
    const whole = word;
    word = withY(word.replace(/^'/, ""));
    const beginning = BEGINNINGS.exec(word);
    const p1 = beginning ? beginning[0].length : regionAfter(word, 0);
    const p2 = regionAfter(word, p1);
    word = finalY(pastAndPresent(plural(word), p1));
    word = replaced(replaced(word, STEP_2, p1, p2), STEP_3, p1, p2);
    word = lastLetter(withoutEnding(word, p2), p1, p2);
    return word.replace(/Y/g, "y") || whole;
  }

  window.carerStoriesWords = { words, folded, stem };
})();
