/* The rows of a long library: all stories at once, those that were chosen, in any order, in pages.
   Until somebody asks for that, the page shows the rows that it came with, and nothing is loaded.
   `browse/stories.js` holds the data; the same rows are made by the template `parts.html`. */
(function () {
  "use strict";
  const section = document.querySelector("[data-list]");
  if (!section) { return; }
  const place = section.querySelector("[data-rows]");
  const placeLine = section.querySelector("[data-list-place]");
  const heading = section.querySelector("h2");
  const ROWS = Number(section.getAttribute("data-most"));
  const NEAR_PAGES = 2;
  const madeRows = Array.from(place.childNodes);
  const madePlace = placeLine.textContent;
  const themeWords = new Map(Array.from(
    document.querySelectorAll("[data-shelf=theme] a[data-key], [data-shelf=service] a[data-key]")
  ).map((link) => [link.getAttribute("data-key"), link.querySelector("bdi").textContent]));
  const ORDERS = [
    { name: "newest", words: "Newest first", how: "newest first" },
    { name: "title", words: "Title, A to Z", how: "by title" },
    { name: "shortest", words: "Shortest first", how: "the shortest first" },
    { name: "longest", words: "Longest first", how: "the longest first" }
  ];
  placeLine.setAttribute("role", "status"); // it is read out when a page or an order was chosen
  let loading = null;
  let asked = 0;

  /* ---- the data ------------------------------------------------------------------------------- */
  function load() {
    if (!loading) {
      // A browser may have kept the data of an earlier build: then they are asked for anew.
      loading = fetchScript("").catch(() => fetchScript(`?${Date.now()}`)).then(read);
      loading.catch(() => { loading = null; });
    }
    return loading;
  }
  function fetchScript(query) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      window.carerStoriesList = (mark, data) => {
        if (mark === section.getAttribute("data-mark")) { resolve(data); } else { reject(new Error(mark)); }
      };
      script.addEventListener("error", () => { reject(new Error(script.src)); });
      script.src = section.getAttribute("data-list") + query;
      document.head.append(script);
    });
  }
  function read(data) {
    const newest = data.stories.map((row) => {
      const [id, title, teller, kind, note, keys, isNew, review, since, letter] = row;
      return { id, title, teller, kind, note, keys: keys.split(" "), isNew, review, since, letter, minutes: minutesOf(kind) };
    });
    const byId = new Map(newest.map((story) => [story.id, story]));
    const title = data.byTitle.split(" ").map((id) => byId.get(id));
    const shortest = title.slice().sort((a, b) => a.minutes - b.minutes);
    const longest = title.slice().sort((a, b) => b.minutes - a.minutes);
    return { newest, title, shortest, longest };
  }
  /* By the length that is shown: “Film, 1 hour 2 minutes”. */
  function minutesOf(kind) {
    const hours = /(\d+) hour/.exec(kind);
    const minutes = /(\d+) minute/.exec(kind);
    return (hours ? 60 * Number(hours[1]) : 0) + (minutes ? Number(minutes[1]) : 0);
  }

  /* ---- rows ----------------------------------------------------------------------------------- */
  function element(name, className, ...parts) {
    const made = document.createElement(name);
    if (className) { made.className = className; }
    made.append(...parts);
    return made;
  }
  function row(story, isMarked) {
    const link = element("a", "", story.title);
    link.href = `stories/${story.id}.html`;
    link.dir = "auto";
    const item = element("li", "row", link, " ", element("span", "quiet", story.kind));
    item.setAttribute("data-review", story.review);
    if (isMarked && story.isNew) { item.append(" ", element("span", "new-mark", "New")); }
    const themes = story.keys.filter((key) => themeWords.has(key)).map((key) => themeWords.get(key));
    if (story.teller || themes.length) { item.append(byLine(story.teller, themes)); }
    if (story.note) { item.append(element("span", "row-note", "Content note: ", element("bdi", "", story.note))); }
    return item;
  }
  function byLine(teller, themes) {
    const line = element("p", "row-by");
    if (teller) { line.append("Told by ", element("bdi", "", teller)); }
    if (teller && themes.length) { line.append(". "); }
    if (themes.length) { line.append(themes.length === 1 ? "Theme: " : "Themes: "); }
    themes.forEach((words, at) => { line.append(at ? ", " : "", element("bdi", "", words)); });
    return line;
  }
  function groups(stories, headingOf, isMarked) {
    const parts = [];
    let before = null;
    stories.forEach((story) => {
      const words = headingOf(story);
      if (before !== words || !parts.length) {
        if (words) { parts.push(element("h3", "row-group", words)); }
        parts.push(element("ul", "rows"));
        before = words;
      }
      parts[parts.length - 1].append(row(story, isMarked));
    });
    return parts;
  }

  /* ---- pages ---------------------------------------------------------------------------------- */
  function pageLink(words, hidden, address) {
    const link = element("a", "");
    const unseen = element("span", "unseen", hidden);
    link.append(...(hidden.endsWith(" ") ? [unseen, words] : [words, unseen]));
    link.href = address;
    return link;
  }
  /* The first, the last and those near the one that is open, with a sign for each gap. */
  function pageItems(page, count, address) {
    const items = [];
    let isGap = false;
    if (page > 1) { items.push(pageLink("Previous", "\u00a0page", address(page - 1))); }
    for (let number = 1; number <= count; number += 1) {
      if (Math.abs(number - page) <= NEAR_PAGES || number === 1 || number === count) {
        const link = pageLink(String(number), "Page ", address(number));
        if (number === page) { link.setAttribute("aria-current", "page"); }
        items.push(link);
        isGap = false;
      } else if (!isGap) {
        const gap = element("span", "", "…");
        gap.setAttribute("aria-hidden", "true");
        items.push(gap);
        isGap = true;
      }
    }
    if (page < count) { items.push(pageLink("Next", "\u00a0page", address(page + 1))); }
    return items.map((item) => element("li", "", item));
  }
  function showPages(page, count, address) {
    let nav = section.querySelector("[data-pages]");
    if (!nav) {
      nav = element("nav", "pages", element("ul", ""));
      nav.setAttribute("aria-label", "Pages of this list");
      nav.setAttribute("data-pages", "");
      section.append(nav);
    }
    nav.hidden = count < 2;
    nav.querySelector("ul").replaceChildren(...pageItems(page, count, address));
  }
  function pagesOf(total) { return Math.max(1, Math.ceil(total / ROWS)); }

  /* ---- what is shown -------------------------------------------------------------------------- */
  function showMade(address) {
    const total = Number(section.getAttribute("data-total"));
    place.replaceChildren(...madeRows);
    placeLine.textContent = madePlace;
    showPages(1, pagesOf(total), address);
    return total;
  }
  function showStories(stories, wanted, address) {
    const count = pagesOf(stories.length);
    const page = Math.min(wanted.page, count);
    const start = Math.floor(stories.length * (page - 1) / count);
    const end = Math.floor(stories.length * page / count);
    const order = ORDERS.find((one) => one.name === wanted.order);
    const isWhole = !wanted.keys.length;
    place.replaceChildren(...groups(stories.slice(start, end), (story) => {
      if (!isWhole) { return ""; }
      return { newest: story.since, title: story.letter }[order.name] || "";
    }, !isWhole || order.name !== "newest"));
    const number = stories.length === 1 ? "1 story" : `${stories.length} stories`;
    const from = count > 1 ? `${start + 1} to ${end} of ` : "";
    placeLine.textContent = stories.length ? `${from}${number}, ${order.how}` : "";
    showPages(page, count, address);
    return stories.length;
  }

  window.carerStoryList = {
    orders: ORDERS,
    /* Shows what is wanted: { keys, order, page }. `address` gives the address of a page’s number.
       Gives how many stories that are; nothing where something else was asked for meanwhile. */
    show (wanted, address) {
      const ticket = asked += 1;
      if (!wanted.keys.length && wanted.order === "newest" && wanted.page === 1) {
        return Promise.resolve(showMade(address));
      }
      return load().then((lists) => {
        if (ticket !== asked) { return null; }
        const stories = lists[wanted.order].filter((story) => wanted.keys.every((key) => story.keys.includes(key)));
        return showStories(stories, wanted, address);
      });
    },
    goToTop () {
      heading.focus({ preventScroll: true });
      heading.scrollIntoView({ block: "start" });
    },
    /* The page of the site with the same rows, where the data cannot be had. */
    openPage (page) { location.replace(`browse/newest-${page}.html`); },
    /* Data are asked for as soon as somebody comes near what needs them. */
    prepare () { load().catch(() => { /* said when something is chosen */ }); }
  };
})();
