/* The search page: what is asked stands in its address, what is found is told and laid out.
   Words that people said become text nodes and nothing else. */
(function () {
  "use strict";
  const search = window.carerStoriesSearch;
  const place = document.querySelector("[data-search]");
  if (!search || !place) { return; }
  const form = place.querySelector("form");
  const field = form.querySelector("input[type=search]");
  const themes = form.querySelector("select");
  const said = place.querySelector("[data-search-said]");
  const results = place.querySelector("[data-search-results]");
  const hints = place.querySelector("[data-search-hints]");
  const STORIES = 5;
  const MOMENTS = 2;
  const PAGES = 3;
  const FIRST = 2;
  const PART = 2; // tiers, as search-index.js has them: what has only a part of what was asked
  const ASKED = 3; // what is said by the interviewer alone
  const FEW = 3;
  const SUPPORT = "support.html";
  const STORY = "story"; // kinds of texts, as publish/search/documents.py names them
  const SESSION = "Training session";
  const OTHER_WORDS = 8;
  const AROUND = 110; // characters on each side of the words that were found
  const title = document.title;
  let asking = 0;

  /* ---- small parts of a page ------------------------------------------------------------------ */
  function make(name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }
  function counted(number, one, many) { return `${number} ${number === 1 ? one : many}`; }
  function clock(seconds) {
    const h = Math.floor(seconds / 3600);
    const m = Math.floor((seconds % 3600) / 60);
    const s = String(seconds % 60).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function marked(element, text, marks, from, to) {
    let at = from;
    marks.forEach((mark) => {
      if (mark.start < from || mark.end > to) { return; }
      element.append(text.slice(at, mark.start), make("mark", "", text.slice(mark.start, mark.end)));
      at = mark.end;
    });
    element.append(text.slice(at, to));
    return element;
  }

  /* ---- the words around what was found -------------------------------------------------------- */
  /* The words asked for, by number, that stand between two places of a text. */
  function termsIn(marks, from, to) {
    const terms = {};
    marks.forEach((one) => { if (one.start >= from && one.end <= to) { terms[one.term] = true; } });
    return Object.keys(terms);
  }
  /* The part of a text with most of the words that no other part shows yet, cut between words, and
     never within square brackets: what was redacted reads as [name removed], whole. */
  function excerpt(text, marks, shown) {
    let best = { start: 0, worth: 0 };
    marks.forEach((mark) => {
      const terms = termsIn(marks, mark.start, Math.max(mark.end, mark.start + 2 * AROUND));
      const worth = terms.filter((term) => !shown[term]).length;
      if (worth > best.worth) { best = { start: mark.start, end: mark.end, worth }; }
    });
    let from = Math.max(0, best.start - AROUND);
    let to = Math.min(text.length, Math.max(best.end || 0, best.start + 2 * AROUND));
    if (from > 0) { from = text.indexOf(" ", from - 1) + 1; }
    if (to < text.length) { to = Math.max(text.lastIndexOf(" ", to), best.end || 0); }
    const opened = text.lastIndexOf("[", from);
    if (opened >= 0 && opened > text.lastIndexOf("]", from - 1)) { from = opened; }
    const open = text.lastIndexOf("[", to - 1);
    if (open >= from && text.indexOf("]", open) >= to) { to = text.indexOf("]", open) + 1; }
    return { from: Math.min(from, best.start), to, worth: best.worth };
  }
  /* Parts of what was said, in its order, until every word that was found is in one of them. */
  function partsOf(turns) {
    const shown = {};
    const parts = [];
    for (;;) {
      let next = null;
      turns.forEach((turn, at) => {
        const part = excerpt(turn.text, turn.marks, shown);
        if (!next || part.worth > next.worth) { next = { turn: at, from: part.from, to: part.to, worth: part.worth }; }
      });
      if (!next || (parts.length && !next.worth)) { break; }
      termsIn(turns[next.turn].marks, next.from, next.to).forEach((term) => { shown[term] = true; });
      parts.push(next);
      if (!next.worth) { break; }
    }
    return parts.sort((a, b) => a.turn - b.turn || a.from - b.from);
  }
  function quoteOf(turn, parts) {
    const line = make("p", "found-words");
    if (turn.speaker) {
      const speaker = make("span", "found-speaker", `${turn.speaker}:`);
      speaker.dir = "auto";
      line.append(speaker, " ");
    }
    const quote = make("span", "found-quote");
    quote.dir = "auto";
    let at = 0;
    parts.forEach((part) => {
      const from = Math.max(part.from, at); // parts may overlap
      if (from > at) { quote.append(at ? " … " : "… "); }
      marked(quote, turn.text, turn.marks, from, part.to);
      at = part.to;
    });
    if (at < turn.text.length) { quote.append(" …"); }
    line.append(quote);
    return line;
  }
  /* What was told, never the question alone: that stands above it. Where the words are the interviewer’s
     alone, all that was said. */
  function snippet(text, found) {
    const told = text.said.filter((one) => !one.isAsking);
    const turns = (told.length && !text.isAsked ? told : text.said).map((one) => {
      return { speaker: one.speaker, text: one.text, marks: search.marksIn(one.text, found) };
    });
    // Another word for what is said here as it was typed would only draw the eye away.
    const all = turns.flatMap((turn) => turn.marks).concat(search.marksIn(text.under, found));
    const typed = new Set(all.filter((mark) => !search.isOther(mark)).map((mark) => mark.term));
    turns.forEach((turn) => { turn.marks = turn.marks.filter((mark) => !search.isOther(mark) || !typed.has(mark.term)); });
    const parts = partsOf(turns);
    if (!parts.length) { return null; }
    const lines = document.createDocumentFragment();
    turns.forEach((turn, at) => {
      const own = parts.filter((part) => part.turn === at);
      if (own.length) { lines.append(quoteOf(turn, own)); }
    });
    return lines;
  }
  /* A story's themes that hold a word asked for: it was found by them. */
  function themeLine(text, found) {
    const line = make("p", "quiet found-themes", "Theme: ");
    let isFirst = true;
    Array.from(themes.options).filter((one) => text.themes.indexOf(one.value) >= 0).forEach((one) => {
      const marks = search.marksIn(one.text, found);
      if (!marks.length) { return; }
      if (!isFirst) { line.append(", "); }
      isFirst = false;
      line.append(marked(make("bdi"), one.text, marks, 0, one.text.length));
    });
    return isFirst ? null : line;
  }

  /* ---- a story, its moments, a page ----------------------------------------------------------- */
  function heading(text, found) {
    const line = make("h3");
    const link = make("a");
    link.href = text.path + (text.anchor ? `#${text.anchor}` : "");
    link.dir = "auto";
    marked(link, text.title, search.marksIn(text.title, found), 0, text.title.length);
    line.append(link);
    return line;
  }
  function under(text, found) {
    const question = make("p", "found-under");
    question.dir = "auto";
    return marked(question, text.under, search.marksIn(text.under, found), 0, text.under.length);
  }
  function moment(text, found) {
    const item = make("li", "found-moment");
    const link = make("a", "found-time");
    link.href = `${text.path}#t=${text.seconds}`;
    link.append(`Hear it from ${clock(text.seconds)}`);
    link.append(make("span", "unseen", ` in ${text.title}`));
    item.append(link);
    if (text.under) { item.append(under(text, found)); }
    const words = snippet(text, found);
    if (words) { item.append(words); }
    const besides = otherWords(text, found);
    if (besides) { item.append(besides); }
    if (text.lacks.length) { item.append(missing(text.lacks)); }
    const near = relatedWords(text, found);
    if (near) { item.append(near); }
    return item;
  }
  function missing(words) {
    const line = make("p", "quiet found-missing", "Missing: ");
    words.forEach((word, at) => { line.append(at ? ", " : "", make("s", "", word)); });
    return line;
  }
  /* What is said for the words that were typed, where these themselves are not said. */
  function otherWords(text, found) {
    const marks = allMarks(text, found).filter((mark) => !search.isOfThesaurus(mark));
    if (!marks.length || marks.some((mark) => !search.isOther(mark))) { return null; }
    const words = Array.from(new Set(marks.map((mark) => mark.text)));
    return make("p", "quiet found-besides", `Found by ${inQuotes(words.slice(0, 4))}`);
  }
  function allMarks(text, found) {
    const about = text.isFirst ? [text.title, text.content] : [text.under];
    return about.concat(text.said.map((one) => one.text)).flatMap((one) => search.marksIn(one, found));
  }
  /* Words of the thesaurus: they lead here, and stand for nothing that was typed. */
  function relatedWords(text, found) {
    const words = new Set(allMarks(text, found).filter(search.isOfThesaurus).map((mark) => mark.text));
    return words.size ? make("p", "quiet found-besides", `Related: ${inQuotes(Array.from(words))}`) : null;
  }
  function textOf(work, one, found) {
    const lacks = found.terms.filter((term, n) => one.tier === PART && !term.isWeak && !(one.has & (1 << n)));
    return search.textOf(work.work, one.passage).then((text) => {
      return text && Object.assign(text, { lacks: lacks.map((term) => term.text), isAsked: one.tier === ASKED });
    });
  }
  /* Texts of the next passages that really say it, up to a number of moments, and what is left after
     them. At first those that have only a part of what was asked wait, where enough others have more. */
  function texts(work, from, most, found) {
    let to = from;
    let moments = 0;
    const best = work.passages.find((one) => one.passage !== work.first);
    const isNext = (one) => one.passage === work.first || from > 0 || one.tier <= Math.max(1, best.tier) || (found.isFew && one.tier === PART);
    while (to < work.passages.length && moments < most && isNext(work.passages[to])) {
      if (work.passages[to].passage !== work.first) { moments += 1; }
      to += 1;
    }
    const wanted = work.passages.slice(from, to);
    if (!wanted.length) { return Promise.resolve({ texts: [], next: from }); }
    return Promise.all(wanted.map((one) => textOf(work, one, found))).then((got) => {
      const good = got.filter((text) => text && search.holds(text, found));
      if (good.length || to >= work.passages.length) { return { texts: good, next: to }; }
      return texts(work, to, most, found);
    });
  }
  function addMoments(list, some, found) {
    let first = null;
    some.filter((text) => !text.isFirst)
      .forEach((text) => {
        const item = moment(text, found);
        first = first || item;
        list.append(item);
      });
    return first;
  }
  /* From its day on, until.js takes a result away as it is added. */
  function result(text) {
    const item = make("li", "found-story");
    if (text.review) { item.setAttribute("data-review", text.review); }
    if (text.kind === SESSION) { item.setAttribute("data-review-what", "This training session"); }
    else if (text.kind !== STORY) { item.setAttribute("data-review-what", "This page"); }
    return item;
  }
  function story(work, got, found) {
    const item = result(got.texts[0]);
    const summary = got.texts.filter((text) => text.isFirst)[0];
    item.append(heading(got.texts[0], found), make("p", "quiet", got.texts[0].note));
    if (got.texts[0].content) {
      const note = make("p", "card-note");
      const line = make("span", "", "Content note: ");
      const content = got.texts[0].content;
      line.append(marked(make("bdi"), content, search.marksIn(content, found), 0, content.length));
      note.append(line);
      item.append(note);
    }
    const told = summary && snippet(summary, found);
    if (told) { item.append(told); }
    const about = summary && themeLine(summary, found);
    if (about) { item.append(about); }
    const list = make("ol", "found-moments");
    addMoments(list, got.texts, found);
    if (!list.children.length) {
      const besides = otherWords(got.texts[0], found);
      if (besides) { item.append(besides); }
      if (got.texts[0].lacks.length) { item.append(missing(got.texts[0].lacks)); }
      const near = relatedWords(got.texts[0], found);
      if (near) { item.append(near); }
    }
    if (list.children.length) { item.append(list); }
    more(item, work, got.next, list, found);
    return item;
  }
  function more(item, work, from, list, found) {
    const left = work.passages.length - from;
    if (left <= 0) { return; }
    const button = make("button", "found-more", `${counted(left, "more moment", "more moments")} in this story`);
    button.type = "button";
    button.addEventListener("click", () => {
      button.disabled = true;
      texts(work, from, 8, found).then((got) => {
        if (!list.parentNode) { item.append(list); }
        const first = addMoments(list, got.texts, found);
        button.remove();
        more(item, work, got.next, list, found);
        if (first) { first.querySelector("a").focus(); }
      }).catch(failed);
    });
    item.append(button);
  }
  function page(got, found) {
    const text = got.texts[0];
    const item = result(text);
    const words = snippet(text, found);
    item.append(heading(text, found), make("p", "quiet", text.kind));
    if (text.under) { item.append(under(text, found)); }
    if (words) { item.append(words); }
    return item;
  }

  /* ---- groups --------------------------------------------------------------------------------- */
  /* What has only a part of what was asked, folded away: it may be no answer at all. */
  function folded(group, isOpen) {
    if (!group) { return null; }
    const details = make("details", "found-part");
    const head = group.section.querySelector("h2");
    const summary = make("summary");
    details.open = isOpen;
    head.replaceWith(details);
    summary.append(head);
    details.append(summary, ...group.section.querySelectorAll("ol.found"));
    return group;
  }
  /* A heading and the first works, so that there is something to read at once; rest() adds some
     more below them, and a button for the next ones. Null where there is nothing to show. */
  function group(name, id, works, most, draw, found, wordsForMore) {
    const section = make("section", "found-group");
    const head = make("h2", "", name);
    head.id = id;
    section.setAttribute("aria-labelledby", id);
    const list = make("ol", "found");
    section.append(head, list);
    function add(from, count) {
      return Promise.all(works.slice(from, from + count).map((work) => {
        return texts(work, 0, MOMENTS, found).then((got) => got.texts.length ? draw(work, got) : null);
      })).then((items) => {
        items = items.filter(Boolean);
        items.forEach((item) => { list.append(item); });
        return items;
      });
    }
    function offerMore(from) {
      const left = works.length - from;
      if (left <= 0) { return; }
      const button = make("button", "found-more", `Show more: ${wordsForMore(left)}`);
      button.type = "button";
      button.addEventListener("click", () => {
        button.disabled = true;
        add(from, most).then((items) => {
          button.remove();
          offerMore(from + most);
          if (items.length) { items[0].querySelector("a").focus(); }
        }).catch(failed);
      });
      section.append(button);
    }
    function rest() {
      return add(FIRST, most - FIRST).then((items) => { offerMore(most); return items; });
    }
    return add(0, FIRST).then((items) => {
      if (items.length) { return { section, rest }; }
      return rest().then((later) => later.length ? { section } : null);
    });
  }

  /* ---- what is told --------------------------------------------------------------------------- */
  function asAsked(query) { return /["“”]/.test(query) ? query : `“${query}”`; }
  function inQuotes(words) { return words.map((word) => `“${word}”`).join(", "); }
  function momentsOf(work) { return work.passages.filter((one) => one.passage !== work.first).length; }
  function answersOf(work) { return work.passages.filter((one) => one.passage !== work.first && one.tier < PART).length; }
  /* Moments in the stories that have some; stories that are found by their title or summary alone. */
  function counts(stories, pages, about) {
    const moments = stories.reduce((sum, work) => sum + momentsOf(work), 0);
    const withMoments = stories.filter((work) => momentsOf(work)).length;
    const others = stories.length - withMoments;
    const parts = [];
    if (moments) { parts.push(`${counted(moments, "moment", "moments")} in ${counted(withMoments, "story", "stories")}`); }
    if (others) { parts.push(counted(others, moments ? "more story" : "story", moments ? "more stories" : "stories")); }
    if (pages.length) { parts.push(counted(pages.length, "page", "pages")); }
    return (about ? "About " : "") + parts.join(", and ");
  }
  function told(answer, { stories, pages, parts, asked }) {
    const lines = stories.length + pages.length ? [`${counts(stories, pages, answer.about)}.`] : [];
    if (asked.length) { lines.push(`${counts(asked, [], false)} where only the interviewer says it.`); }
    answer.short.forEach((full, short) => { lines.push(`“${short}” is read as “${full}”.`); });
    answer.spelt.forEach((term) => { lines.push(`Nobody says “${term.text}”; shown is ${inQuotes(term.spelt)}.`); });
    if (answer.unknown.length) { lines.push(`Nothing was found for ${inQuotes(answer.unknown)}; shown is the rest.`); }
    const absent = answer.terms.filter((term) => !term.isWeak && answer.unsaid.includes(term.text) && !term.spelt.length);
    if (absent.length) { lines.push(`Nobody says ${inQuotes(absent.map((term) => term.text))}.`); }
    if (!stories.length && parts.length) { lines.push(`${closest(answer)} ${counts(parts, [], false)}.`); }
    else if (!answer.isTyped && answer.terms.filter((term) => !term.isWeak).length > 1) { lines.push("No moment has all of these words. These have some of them, or others near to them."); }
    if (answer.besides.length) {
      const where = answer.isTyped ? ", further down" : "";
      lines.push(`Also searched for${where}: ${shortList(answer.besides)}.`);
    }
    return lines.join(" ");
  }
  /* The heading of what has only a part of what was asked, where nothing has more. */
  function closest(answer) {
    return answer.terms.filter((term) => !term.isWeak).length > 1 ? "No moment has all of these words. Closest:" : "Closest:";
  }
  function shortList(words) {
    const left = words.length - OTHER_WORDS;
    return words.slice(0, OTHER_WORDS).join(", ") + (left > 0 ? ` and ${left} more` : "");
  }
  function nothing(query) {
    if (themes.value) {
      return `Nothing was found for ${asAsked(query)} in this theme. Try it in all themes, or in other words.`;
    }
    return `Nothing was found for ${asAsked(query)}. Carers may have said it in other words: try a shorter or a simpler one, or look by theme.`;
  }
  /* Where to go on from: words spelt alike, words of the list, and support for whoever asks for themselves. */
  function ways(answer) {
    const lines = make("div", "found-ways");
    if (answer.isForThemselves && answer.hasSupport) {
      const line = make("p", "callout", "Are you looking for support for yourself? ");
      const link = make("a", "", "Support");
      link.href = SUPPORT;
      line.append(link);
      lines.append(line);
    }
    answer.spelt.forEach((term) => { lines.append(asTyped(term)); });
    if (answer.near.length) { lines.append(wordLinks("Did you mean: ", answer.near)); }
    if (answer.offered.length) { lines.append(wordLinks("You could also look for: ", answer.offered.slice(0, OTHER_WORDS))); }
    return lines.children.length ? lines : null;
  }
  /* What was taken for a slip, looked for as it was typed. */
  function asTyped(term) {
    const line = make("p", "found-others");
    const link = make("a", "", `Look for “${term.text}” instead`);
    link.href = `?q=${encodeURIComponent(`“${term.text}”`)}`;
    line.append(link);
    return line;
  }
  function goingOn(answer) {
    const support = answer.isForThemselves && answer.hasSupport ? " If this is about you: there is a page with support." : "";
    const near = answer.near.length ? ` Words that are spelt alike: ${answer.near.join(", ")}.` : "";
    return near + support;
  }
  function wordLinks(begin, words) {
    const line = make("p", "found-others", begin);
    words.forEach((word, at) => {
      const link = make("a", "", word);
      link.href = `?q=${encodeURIComponent(word)}`;
      if (at) { line.append(", "); }
      line.append(link);
    });
    return line;
  }
  function failed(trouble) {
    said.textContent = trouble && trouble.renewed
      ? "The library has been renewed since this page was opened. Please load the page again."
      : "The search could not be read just now. Please try again in a moment, or look by theme.";
  }

  /* A phrase of common words is certain only in the text itself: few texts are read before anything
     is told, of many the first ones as they are shown, and the number is told as “about”. */
  function sure(answer) {
    const passages = answer.works.reduce((sum, work) => sum + work.passages.length, 0);
    if (!answer.about || passages > STORIES * MOMENTS) { return answer; }
    return Promise.all(answer.works.map((work) => {
      return Promise.all(work.passages.map((one) => {
        return textOf(work, one, answer).then((text) => {
          return text && search.holds(text, answer) ? one : null;
        });
      })).then((passages) => { work.passages = passages.filter(Boolean); });
    })).then(() => {
      answer.works = answer.works.filter((work) => work.passages.length);
      answer.about = false;
      return answer;
    });
  }

  /* ---- asking --------------------------------------------------------------------------------- */
  function clear() { results.textContent = ""; }
  function run() {
    const query = field.value.trim();
    const number = asking += 1;
    document.title = query ? `${asAsked(query)} – ${title}` : title;
    hints.hidden = Boolean(query);
    if (!query) { clear(); said.textContent = ""; return Promise.resolve(); }
    const began = performance.now();
    return search.find(query, themes.value).then(sure).then((answer) => {
      const ofStories = answer.works.filter((work) => !answer.isPage(work.work));
      const stories = ofStories.filter((work) => work.tier < PART);
      const parts = ofStories.filter((work) => work.tier === PART);
      const asked = ofStories.filter((work) => work.tier === ASKED);
      const pages = answer.works.filter((work) => answer.isPage(work.work) && work.tier < PART);
      answer.isFew = stories.reduce((sum, work) => sum + answersOf(work), 0) < FEW;
      function drawStory(work, got) { return story(work, got, answer); }
      function drawPage(work, got) { return page(got, answer); }
      const moreStories = (left) => counted(left, "story", "stories");
      const close = Object.assign({}, answer, { ways: answer.ways.concat(answer.related) });
      function drawPart(work, got) { return story(work, got, close); }
      const some = stories.length
        ? group("Only some of these words", "found-parts", parts, FIRST, drawPart, close, moreStories)
          .then((one) => folded(one, stories.length < FEW))
        : group(closest(answer), "found-parts", parts, STORIES, drawPart, close, moreStories);
      return Promise.all([
        group("What carers said", "found-moments", stories, STORIES, drawStory, answer, moreStories),
        some,
        group("Only in what the interviewer says", "found-asked", asked, FIRST, drawStory, answer, moreStories),
        group("Pages", "found-pages", pages, PAGES, drawPage, answer, (left) => counted(left, "page", "pages"))
      ]).then((groups) => {
        if (number !== asking) { return; }
        groups = groups.filter(Boolean);
        clear();
        const further = ways(answer);
        if (further) { results.append(further); }
        groups.forEach((one) => { results.append(one.section); });
        if (answer.nothingAsked) {
          said.textContent = "Those words are in nearly every story. Please add one that tells more.";
        } else { said.textContent = groups.length ? told(answer, { stories, pages, parts, asked }) : nothing(query); }
        said.textContent += goingOn(answer);
        hints.hidden = stories.length > 0;
        const took = String(Math.round(performance.now() - began));
        return Promise.all(groups.map((one) => one.rest && one.rest())).then(() => {
          if (number === asking) { results.setAttribute("data-took", took); }
        });
      });
    }).catch((trouble) => {
      if (number === asking) { clear(); failed(trouble); }
    });
  }

  /* ---- the address ---------------------------------------------------------------------------- */
  function fromAddress() {
    const given = new URLSearchParams(location.search);
    field.value = given.get("q") || "";
    themes.value = given.get("theme") || "";
    if (themes.selectedIndex < 0) { themes.value = ""; }
    return run();
  }
  function toAddress() {
    const asked = new URLSearchParams();
    if (field.value.trim()) { asked.set("q", field.value.trim()); }
    if (themes.value) { asked.set("theme", themes.value); }
    const address = asked.toString() ? `?${asked.toString()}` : location.pathname;
    if (address === location.search) { return; }
    history.pushState(null, "", address);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    toAddress();
    run();
  });
  field.addEventListener("input", () => { search.prepare(field.value); });
  themes.addEventListener("change", () => {
    if (field.value.trim()) { toAddress(); run(); }
  });
  window.addEventListener("popstate", fromAddress);

  place.querySelector("[data-search-without]").remove();
  form.hidden = false;
  fromAddress();
  if (!field.value) { search.open().catch(failed); }
})();
