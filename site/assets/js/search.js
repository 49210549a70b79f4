/* The search page: what is asked stands in its address, what is found is told and laid out.
   Words that people said become text nodes and nothing else. */
(function () {
  "use strict";
  var search = window.carerStoriesSearch;
  var place = document.querySelector("[data-search]");
  if (!search || !place) { return; }
  var form = place.querySelector("form");
  var field = form.querySelector("input[type=search]");
  var themes = form.querySelector("select");
  var said = place.querySelector("[data-search-said]");
  var results = place.querySelector("[data-search-results]");
  var hints = place.querySelector("[data-search-hints]");
  var STORIES = 5;
  var MOMENTS = 2;
  var PAGES = 3;
  var FIRST = 2;
  var AROUND = 110; // characters on each side of the words that were found
  var title = document.title;
  var asking = 0;

  /* ---- small parts of a page ------------------------------------------------------------------ */
  function make(name, className, text) {
    var element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }
  function counted(number, one, many) { return number + " " + (number === 1 ? one : many); }
  function clock(seconds) {
    var h = Math.floor(seconds / 3600);
    var m = Math.floor((seconds % 3600) / 60);
    var s = String(seconds % 60).padStart(2, "0");
    return h ? h + ":" + String(m).padStart(2, "0") + ":" + s : m + ":" + s;
  }
  function marked(element, text, marks, from, to) {
    var at = from;
    marks.forEach(function (mark) {
      if (mark.start < from || mark.end > to) { return; }
      element.append(text.slice(at, mark.start), make("mark", "", text.slice(mark.start, mark.end)));
      at = mark.end;
    });
    element.append(text.slice(at, to));
    return element;
  }

  /* ---- the words around what was found -------------------------------------------------------- */
  /* The part of a text with most of the different words asked for, cut between words, and never
     within square brackets: what was redacted reads as [name removed], whole. */
  function passage(text, marks) {
    var best = { start: 0, worth: -1 };
    marks.forEach(function (mark) {
      var terms = {};
      marks.forEach(function (one) {
        if (one.start >= mark.start && one.end <= mark.start + 2 * AROUND) { terms[one.term] = true; }
      });
      var worth = Object.keys(terms).length;
      if (worth > best.worth) { best = { start: mark.start, end: mark.end, worth: worth }; }
    });
    var from = Math.max(0, best.start - AROUND);
    var to = Math.min(text.length, Math.max(best.end || 0, best.start + 2 * AROUND));
    if (from > 0) { from = text.indexOf(" ", from - 1) + 1; }
    if (to < text.length) { to = Math.max(text.lastIndexOf(" ", to), best.end || 0); }
    var opened = text.lastIndexOf("[", from);
    if (opened >= 0 && opened > text.lastIndexOf("]", from - 1)) { from = opened; }
    var open = text.lastIndexOf("[", to - 1);
    if (open >= from && text.indexOf("]", open) >= to) { to = text.indexOf("]", open) + 1; }
    return { from: Math.min(from, best.start), to: to, before: from > 0, after: to < text.length };
  }
  function snippet(text, found) {
    var best = null;
    text.said.forEach(function (one) {
      var marks = search.marksIn(one.text, found);
      var terms = {};
      marks.forEach(function (mark) { terms[mark.term] = true; });
      var worth = Object.keys(terms).length + (marks.length ? 0.5 : 0);
      if (!best || worth > best.worth) { best = { said: one, marks: marks, worth: worth }; }
    });
    if (!best) { return null; }
    var part = passage(best.said.text, best.marks);
    var line = make("p", "found-words");
    if (best.said.speaker) {
      var speaker = make("span", "found-speaker", best.said.speaker + ":");
      speaker.dir = "auto";
      line.append(speaker, " ");
    }
    var quote = make("span", "found-quote");
    quote.dir = "auto";
    if (part.before) { quote.append("… "); }
    marked(quote, best.said.text, best.marks, part.from, part.to);
    if (part.after) { quote.append(" …"); }
    line.append(quote);
    return line;
  }

  /* ---- a story, its moments, a page ----------------------------------------------------------- */
  function heading(text, found) {
    var line = make("h3");
    var link = make("a");
    link.href = text.path + (text.anchor ? "#" + text.anchor : "");
    link.dir = "auto";
    marked(link, text.title, search.marksIn(text.title, found), 0, text.title.length);
    line.append(link);
    return line;
  }
  function moment(text, found) {
    var item = make("li", "found-moment");
    var link = make("a", "found-time");
    link.href = text.path + "#t=" + text.seconds;
    link.append("Hear it from " + clock(text.seconds));
    link.append(make("span", "unseen", " in " + text.title));
    item.append(link);
    if (text.under) {
      var question = make("p", "found-under");
      question.dir = "auto";
      item.append(marked(question, text.under, search.marksIn(text.under, found), 0, text.under.length));
    }
    var words = snippet(text, found);
    if (words) { item.append(words); }
    return item;
  }
  /* Texts of the next pieces that really say it, up to a number, and what is left after them. */
  function texts(work, from, most, found) {
    var wanted = work.pieces.slice(from, from + most);
    if (!wanted.length) { return Promise.resolve({ texts: [], next: from }); }
    return Promise.all(wanted.map(function (one) { return search.textOf(work.work, one.piece); })).then(function (got) {
      var good = got.filter(function (text) { return text && search.holds(text, found); });
      if (good.length || from + most >= work.pieces.length) { return { texts: good, next: from + most }; }
      return texts(work, from + most, most, found);
    });
  }
  function addMoments(list, some, found) {
    var first = null;
    some.filter(function (text) { return !text.isFirst; })
      .sort(function (a, b) { return a.seconds - b.seconds; })
      .forEach(function (text) {
        var item = moment(text, found);
        first = first || item;
        list.append(item);
      });
    return first;
  }
  function story(work, got, found) {
    var item = make("li", "found-story");
    var summary = got.texts.filter(function (text) { return text.isFirst; })[0];
    item.append(heading(got.texts[0], found), make("p", "quiet", got.texts[0].note));
    if (got.texts[0].content) {
      var note = make("p", "card-note");
      var line = make("span", "", "Content note: ");
      line.append(make("bdi", "", got.texts[0].content));
      note.append(line);
      item.append(note);
    }
    var told = summary && snippet(summary, found);
    if (told) { item.append(told); }
    var list = make("ol", "found-moments");
    addMoments(list, got.texts, found);
    if (list.children.length) { item.append(list); }
    more(item, work, got.next, list, found);
    return item;
  }
  function more(item, work, from, list, found) {
    var left = work.pieces.length - from;
    if (left <= 0) { return; }
    var button = make("button", "found-more", counted(left, "more moment", "more moments") + " in this story");
    button.type = "button";
    button.addEventListener("click", function () {
      button.disabled = true;
      texts(work, from, 8, found).then(function (got) {
        if (!list.parentNode) { item.append(list); }
        var first = addMoments(list, got.texts, found);
        button.remove();
        more(item, work, got.next, list, found);
        if (first) { first.querySelector("a").focus(); }
      }).catch(failed);
    });
    item.append(button);
  }
  function page(got, found) {
    var item = make("li", "found-story");
    var text = got.texts[0];
    var words = snippet(text, found);
    item.append(heading(text, found), make("p", "quiet", text.kind));
    if (words) { item.append(words); }
    return item;
  }

  /* ---- groups --------------------------------------------------------------------------------- */
  /* A heading and the first works, so that there is something to read at once; rest() adds some
     more below them, and a button for the next ones. Null where there is nothing to show. */
  function group(name, id, works, most, draw, found, wordsForMore) {
    var section = make("section", "found-group");
    var head = make("h2", "", name);
    head.id = id;
    section.setAttribute("aria-labelledby", id);
    var list = make("ol", "found");
    section.append(head, list);
    function add(from, count) {
      return Promise.all(works.slice(from, from + count).map(function (work) {
        return texts(work, 0, MOMENTS, found).then(function (got) { return got.texts.length ? draw(work, got) : null; });
      })).then(function (items) {
        items = items.filter(Boolean);
        items.forEach(function (item) { list.append(item); });
        return items;
      });
    }
    function offerMore(from) {
      var left = works.length - from;
      if (left <= 0) { return; }
      var button = make("button", "found-more", "Show more: " + wordsForMore(left));
      button.type = "button";
      button.addEventListener("click", function () {
        button.disabled = true;
        add(from, most).then(function (items) {
          button.remove();
          offerMore(from + most);
          if (items.length) { items[0].querySelector("a").focus(); }
        }).catch(failed);
      });
      section.append(button);
    }
    function rest() {
      return add(FIRST, most - FIRST).then(function (items) { offerMore(most); return items; });
    }
    return add(0, FIRST).then(function (items) {
      if (items.length) { return { section: section, rest: rest }; }
      return rest().then(function (later) { return later.length ? { section: section } : null; });
    });
  }

  /* ---- what is told --------------------------------------------------------------------------- */
  function asAsked(query) { return /["“”]/.test(query) ? query : "“" + query + "”"; }
  function inQuotes(words) { return words.map(function (word) { return "“" + word + "”"; }).join(", "); }
  function counts(stories, pages, about) {
    var pieces = stories.reduce(function (sum, work) {
      return sum + work.pieces.filter(function (one) { return one.piece !== work.first; }).length;
    }, 0);
    var parts = [];
    if (pieces) { parts.push(counted(pieces, "moment", "moments") + " in " + counted(stories.length, "story", "stories")); }
    else if (stories.length) { parts.push(counted(stories.length, "story", "stories")); }
    if (pages.length) { parts.push(counted(pages.length, "page", "pages")); }
    return (about ? "About " : "") + parts.join(", and ");
  }
  function told(answer, stories, pages) {
    var lines = [counts(stories, pages, answer.about) + "."];
    if (answer.spelt.length) {
      lines.push(answer.spelt.map(function (word) {
        return "Nobody says “" + word.word + "”; shown is " + inQuotes(word.spelt) + ".";
      }).join(" "));
    }
    if (answer.unknown.length) { lines.push("Nothing was found for " + inQuotes(answer.unknown) + "; shown is the rest."); }
    if (answer.relaxed) { lines.push("No moment has all of these words. These have some of them."); }
    return lines.join(" ");
  }
  function nothing(query) {
    if (themes.value) {
      return "Nothing was found for " + asAsked(query) + " in this theme. Try it in all themes, or in other words.";
    }
    return "Nothing was found for " + asAsked(query) + ". Carers may have said it in other words: try a shorter or a simpler one, or look by theme.";
  }
  function failed(trouble) {
    said.textContent = trouble && trouble.renewed
      ? "The library has been renewed since this page was opened. Please load the page again."
      : "The search could not be read just now. Please try again in a moment, or look by theme.";
  }

  /* A phrase of common words is certain only in the text itself: few texts are read before anything
     is told, of many the first ones as they are shown, and the number is told as “about”. */
  function sure(answer) {
    var pieces = answer.works.reduce(function (sum, work) { return sum + work.pieces.length; }, 0);
    if (!answer.about || pieces > STORIES * MOMENTS) { return answer; }
    return Promise.all(answer.works.map(function (work) {
      return Promise.all(work.pieces.map(function (one) {
        return search.textOf(work.work, one.piece).then(function (text) {
          return text && search.holds(text, answer.found) ? one : null;
        });
      })).then(function (pieces) { work.pieces = pieces.filter(Boolean); });
    })).then(function () {
      answer.works = answer.works.filter(function (work) { return work.pieces.length; });
      answer.about = false;
      return answer;
    });
  }

  /* ---- asking --------------------------------------------------------------------------------- */
  function clear() { results.textContent = ""; }
  function run() {
    var query = field.value.trim();
    var number = asking += 1;
    document.title = query ? asAsked(query) + " – " + title : title;
    hints.hidden = Boolean(query);
    if (!query) { clear(); said.textContent = ""; return Promise.resolve(); }
    var began = performance.now();
    return search.find(query, themes.value).then(sure).then(function (answer) {
      var stories = answer.works.filter(function (work) { return !answer.isPage(work.work); });
      var pages = answer.works.filter(function (work) { return answer.isPage(work.work); });
      function drawStory(work, got) { return story(work, got, answer.found); }
      function drawPage(work, got) { return page(got, answer.found); }
      return Promise.all([
        group("What carers said", "found-moments", stories, STORIES, drawStory, answer.found,
          function (left) { return counted(left, "story", "stories"); }),
        group("Pages", "found-pages", pages, PAGES, drawPage, answer.found,
          function (left) { return counted(left, "page", "pages"); })
      ]).then(function (groups) {
        if (number !== asking) { return; }
        groups = groups.filter(Boolean);
        clear();
        groups.forEach(function (one) { results.append(one.section); });
        if (answer.onlyCommon || answer.nothingAsked) {
          said.textContent = "Those words are in nearly every story. Please add one that tells more.";
        } else { said.textContent = groups.length ? told(answer, stories, pages) : nothing(query); }
        hints.hidden = groups.length > 0;
        var took = String(Math.round(performance.now() - began));
        return Promise.all(groups.map(function (one) { return one.rest && one.rest(); })).then(function () {
          if (number === asking) { results.setAttribute("data-took", took); }
        });
      });
    }).catch(function (trouble) {
      if (number === asking) { clear(); failed(trouble); }
    });
  }

  /* ---- the address ---------------------------------------------------------------------------- */
  function fromAddress() {
    var given = new URLSearchParams(location.search);
    field.value = given.get("q") || "";
    themes.value = given.get("theme") || "";
    if (themes.selectedIndex < 0) { themes.value = ""; }
    return run();
  }
  function toAddress() {
    var asked = new URLSearchParams();
    if (field.value.trim()) { asked.set("q", field.value.trim()); }
    if (themes.value) { asked.set("theme", themes.value); }
    var address = asked.toString() ? "?" + asked.toString() : location.pathname;
    if (address === location.search) { return; }
    history.pushState(null, "", address);
  }
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    toAddress();
    run();
  });
  field.addEventListener("input", function () { search.prepare(field.value); });
  themes.addEventListener("change", function () {
    if (field.value.trim()) { toAddress(); run(); }
  });
  window.addEventListener("popstate", fromAddress);

  place.querySelector("[data-search-without]").remove();
  form.hidden = false;
  fromAddress();
  if (!field.value) { search.open().catch(failed); }
})();
