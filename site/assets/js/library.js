/* The library page: links to shelves become filters of the cards. Without this they lead there. */
(function () {
  "use strict";
  const nav = document.querySelector("[data-filters]");
  const statusLine = document.querySelector("[data-filter-said]");
  const cards = all(document, "[data-card]").map((card) => {
    return { element: card, keys: (card.getAttribute("data-keys") || "").split(" ") };
  });
  if (!nav || !statusLine) { return; }
  let chosen = {};   // shelf → key
  const shelves = all(nav, "[data-shelf]").map((group) => {
    const pills = group.tagName !== "DETAILS";
    return (pills ? makeButtons : makeSelect)(group, group.getAttribute("data-shelf"));
  });
  const resetButton = makeResetButton();
  readAddress();
  show();

  function all(root, selector) {
    return Array.from(root.querySelectorAll(selector));
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
      words (key) { return wordsOf(buttons, key, "data-key"); },
      show (key) {
        buttons.forEach((button) => {
          button.setAttribute("aria-pressed", String(button.getAttribute("data-key") === key));
        });
      }
    };
  }

  function makeSelect(group, shelf) {
    const wrapper = document.createElement("div");
    const label = document.createElement("label");
    const select = document.createElement("select");
    wrapper.className = "filter filter-select";
    select.id = `filter-${shelf}`;
    label.htmlFor = select.id;
    label.textContent = group.querySelector("summary").textContent;
    select.append(new Option("Any", ""));
    all(group, "a[data-key]").forEach((link) => {
      select.append(new Option(link.textContent, link.getAttribute("data-key")));
    });
    wrapper.append(label, select);
    group.replaceWith(wrapper);
    select.addEventListener("change", () => { choose(shelf, select.value); });
    return {
      name: shelf,
      words (key) { return wordsOf(all(select, "option"), key, "value"); },
      show (key) { select.value = key || ""; }
    };
  }

  function wordsOf(elements, key, attribute) {
    const match = elements.filter((one) => one.getAttribute(attribute) === key)[0];
    return match ? match.textContent : "";
  }

  function makeResetButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "filter-again";
    button.textContent = "Show all stories";
    button.hidden = true;
    button.addEventListener("click", () => {
      chosen = {};
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
    show();
    writeAddress();
  }

  function show() {
    const keys = Object.keys(chosen).map((shelf) => chosen[shelf]);
    let count = 0;
    cards.forEach((card) => {
      const matches = keys.every((key) => card.keys.indexOf(key) >= 0);
      card.element.hidden = !matches;
      if (matches) { count += 1; }
    });
    shelves.forEach((shelf) => { shelf.show(chosen[shelf.name]); });
    resetButton.hidden = !keys.length;
    statusLine.textContent = keys.length ? sentence(count) : "";
  }

  function sentence(count) {
    const words = shelves.filter((shelf) => chosen[shelf.name])
      .map((shelf) => `“${shelf.words(chosen[shelf.name])}”`);
    const stories = count === 0 ? "No story" : count === 1 ? "1 story" : `${count} stories`;
    return `${stories} for ${words.join(" and ")}.`;
  }

  // What is chosen stands in the address, so that “Back” and a link sent to a colleague keep it.
  function writeAddress() {
    const keys = Object.keys(chosen).sort().map((shelf) => {
      return `${shelf}=${encodeURIComponent(chosen[shelf])}`;
    });
    try {
      history.replaceState(null, "", keys.length ? `#${keys.join("&")}` : location.pathname);
    } catch { /* a browser may refuse it for files; the filter works all the same */ }
  }

  function readAddress() {
    location.hash.replace(/^#/, "").split("&").forEach((part) => {
      const pair = part.split("=");
      const shelf = shelves.filter((one) => one.name === pair[0])[0];
      if (!shelf || pair.length !== 2) { return; }
      let key;
      try { key = decodeURIComponent(pair[1]); } catch { return; }
      if (shelf.words(key)) { chosen[shelf.name] = key; }
    });
  }
})();
