/* The library page: links to shelves become filters of the cards, or of the rows of a long library
   (story-list.js). Without this they lead there. */
(function () {
  "use strict";
  const nav = document.querySelector("[data-filters], [data-list-filters]");
  const statusLine = document.querySelector("[data-filter-said]");
  const list = window.carerStoryList;
  const orders = document.querySelector("[data-orders]");
  const cards = all(document, "[data-card]").map((card) => {
    return { element: card, keys: (card.getAttribute("data-keys") || "").split(" ") };
  });
  if (!nav || !statusLine) { return; }
  let chosen = {};   // shelf → key
  let order = "newest";
  let page = 1;
  const shelves = all(nav, "[data-shelf]").map((group) => {
    const pills = group.tagName !== "DETAILS";
    return (pills ? makeButtons : makeSelect)(group, group.getAttribute("data-shelf"));
  });
  const resetButton = makeResetButton();
  const orderSelect = list && orders ? makeOrderSelect() : null;
  readAddress();
  show();
  if (list) {
    // A page’s number is a link, so that “Back” leads to the page before.
    window.addEventListener("hashchange", () => {
      // Any other name leads to a part of the page, and changes nothing of what is listed.
      if (location.hash && !location.hash.includes("=")) { return; }
      const before = page;
      readAddress();
      show().then(() => { if (page !== before) { list.goToTop(); } });
    });
    ["focusin", "pointerover"].forEach((event) => {
      nav.addEventListener(event, () => { list.prepare(); }, { once: true });
    });
  }

  function all(root, selector) {
    return Array.from(root.querySelectorAll(selector));
  }
  function storyCount(count) { return count === 1 ? "1 story" : `${count} stories`; }
  function wordsOfLink(link) {
    return (link.querySelector("bdi") || link).textContent;
  }

  function makeButtons(group, shelf) {
    const buttons = all(group, "a[data-key]").map((link) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("data-key", link.getAttribute("data-key"));
      button.append(...link.childNodes);
      link.replaceWith(button);
      button.addEventListener("click", () => {
        const key = button.getAttribute("data-key");
        choose(shelf, chosen[shelf] === key ? "" : key);
      });
      return button;
    });
    return {
      name: shelf,
      words (key) {
        const button = buttons.find((one) => one.getAttribute("data-key") === key);
        return button ? wordsOfLink(button) : "";
      },
      show (key) {
        buttons.forEach((button) => {
          button.setAttribute("aria-pressed", String(button.getAttribute("data-key") === key));
        });
      }
    };
  }

  function makeSelect(group, shelf) {
    const words = new Map();
    const select = labelledSelect(group, `filter-${shelf}`, group.querySelector("summary").textContent);
    select.append(new Option("Any", ""));
    all(group, "a[data-key]").forEach((link) => {
      const key = link.getAttribute("data-key");
      const count = link.getAttribute("data-count");
      words.set(key, wordsOfLink(link));
      select.append(new Option(words.get(key) + (count ? ` (${storyCount(Number(count))})` : ""), key));
    });
    select.addEventListener("change", () => { choose(shelf, select.value); });
    return {
      name: shelf,
      words (key) { return words.get(key) || ""; },
      show (key) { select.value = key || ""; }
    };
  }

  /* Puts a menu with its label in the place of `element`. */
  function labelledSelect(element, id, words) {
    const wrapper = document.createElement("div");
    const label = document.createElement("label");
    const select = document.createElement("select");
    wrapper.className = "filter filter-select";
    select.id = id;
    label.htmlFor = id;
    label.textContent = words;
    wrapper.append(label, select);
    element.replaceWith(wrapper);
    return select;
  }

  function makeOrderSelect() {
    const select = labelledSelect(orders, "story-order", "Order");
    select.append(...list.orders.map((one) => new Option(one.words, one.name)));
    select.addEventListener("change", () => {
      order = select.value;
      page = 1;
      show();
      writeAddress();
    });
    select.addEventListener("focus", () => { list.prepare(); }, { once: true });
    return select;
  }

  function makeResetButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "filter-again";
    button.textContent = "Show all stories";
    button.hidden = true;
    button.addEventListener("click", () => {
      chosen = {};
      page = 1;
      show();
      writeAddress();
      const first = nav.querySelector("button, select");
      if (first) { first.focus(); }
    });
    statusLine.insertAdjacentElement("afterend", button);
    return button;
  }

  function choose(shelf, key) {
    if (key) { chosen[shelf] = key; } else { delete chosen[shelf]; }
    page = 1;
    show();
    writeAddress();
  }

  function show() {
    const keys = Object.keys(chosen).map((shelf) => chosen[shelf]);
    shelves.forEach((shelf) => { shelf.show(chosen[shelf.name]); });
    resetButton.hidden = !keys.length;
    if (!list) {
      say(keys, showCards(keys));
      return Promise.resolve();
    }
    if (orderSelect) { orderSelect.value = order; }
    all(document, "[data-all-stories]").forEach((part) => {
      part.hidden = keys.length > 0 || page > 1 || order !== "newest";
    });
    return list.show({ keys, order, page }, addressOfPage)
      .then((count) => { if (count !== null) { say(keys, count); } })
      .catch(() => {
        if (!keys.length && order === "newest") { list.openPage(page); }
        statusLine.textContent = "The stories could not be listed. Please load this page again.";
      });
  }

  function showCards(keys) {
    let count = 0;
    cards.forEach((card) => {
      const matches = keys.every((key) => card.keys.indexOf(key) >= 0);
      card.element.hidden = !matches;
      if (matches) { count += 1; }
    });
    return count;
  }

  function say(keys, count) {
    statusLine.textContent = keys.length ? sentence(count) : "";
  }
  function sentence(count) {
    const words = shelves.filter((shelf) => chosen[shelf.name])
      .map((shelf) => `“${shelf.words(chosen[shelf.name])}”`);
    return `${count ? storyCount(count) : "No story"} for ${words.join(" and ")}.`;
  }

  // What is chosen stands in the address, so that “Back” and a link sent to a colleague keep it.
  function parts() {
    const keys = Object.keys(chosen).sort().map((shelf) => {
      return `${shelf}=${encodeURIComponent(chosen[shelf])}`;
    });
    return order === "newest" ? keys : [...keys, `order=${order}`];
  }
  function addressOfPage(number) {
    return `#${[...parts(), `page=${number}`].join("&")}`;
  }
  function writeAddress() {
    try {
      history.replaceState(null, "", parts().length ? `#${parts().join("&")}` : location.pathname);
    } catch { /* a browser may refuse it for files; the filter works all the same */ }
  }

  function readAddress() {
    chosen = {};
    order = "newest";
    page = 1;
    // After “?” where another page of the library leads here.
    (location.hash.replace(/^#/, "") || location.search.replace(/^\?/, "")).split("&").forEach((part) => {
      const pair = part.split("=");
      if (pair.length !== 2) { return; }
      let value;
      try { value = decodeURIComponent(pair[1]); } catch { return; }
      if (list && pair[0] === "page" && /^[1-9]\d{0,3}$/.test(value)) { page = Number(value); }
      if (list && pair[0] === "order" && list.orders.some((one) => one.name === value)) { order = value; }
      const shelf = shelves.find((one) => one.name === pair[0]);
      if (shelf && shelf.words(value)) { chosen[shelf.name] = value; }
    });
  }
})();
