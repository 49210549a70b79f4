/* The library page: links to shelves become filters of the cards. Without this they lead there. */
(function () {
  "use strict";
  const nav = document.querySelector("[data-filters]");
  const said = document.querySelector("[data-filter-said]");
  const cards = all(document, "[data-card]").map((card) => {
    return { element: card, keys: (card.getAttribute("data-keys") || "").split(" ") };
  });
  if (!nav || !said) { return; }
  let chosen = {};   // shelf → key
  const shelves = all(nav, "[data-shelf]").map((group) => {
    const pills = group.tagName !== "DETAILS";
    return (pills ? makeButtons : makeSelect)(group, group.getAttribute("data-shelf"));
  });
  const again = makeAgain();
  read();
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
    const box = document.createElement("div");
    const label = document.createElement("label");
    const select = document.createElement("select");
    box.className = "filter filter-select";
    select.id = `filter-${shelf}`;
    label.htmlFor = select.id;
    label.textContent = group.querySelector("summary").textContent;
    select.append(new Option("Any", ""));
    all(group, "a[data-key]").forEach((link) => {
      select.append(new Option(link.textContent, link.getAttribute("data-key")));
    });
    box.append(label, select);
    group.replaceWith(box);
    select.addEventListener("change", () => { choose(shelf, select.value); });
    return {
      name: shelf,
      words (key) { return wordsOf(all(select, "option"), key, "value"); },
      show (key) { select.value = key || ""; }
    };
  }

  function wordsOf(elements, key, attribute) {
    const found = elements.filter((one) => one.getAttribute(attribute) === key)[0];
    return found ? found.textContent : "";
  }

  function makeAgain() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "filter-again";
    button.textContent = "Show all stories";
    button.hidden = true;
    button.addEventListener("click", () => {
      chosen = {};
      show();
      keep();
      const first = nav.querySelector("button, select");
      if (first) { first.focus(); }
    });
    said.insertAdjacentElement("afterend", button);
    return button;
  }

  function choose(shelf, key) {
    if (key) { chosen[shelf] = key; } else { delete chosen[shelf]; }
    show();
    keep();
  }

  function show() {
    const keys = Object.keys(chosen).map((shelf) => chosen[shelf]);
    let count = 0;
    cards.forEach((card) => {
      const fits = keys.every((key) => card.keys.indexOf(key) >= 0);
      card.element.hidden = !fits;
      if (fits) { count += 1; }
    });
    shelves.forEach((shelf) => { shelf.show(chosen[shelf.name]); });
    again.hidden = !keys.length;
    said.textContent = keys.length ? sentence(count) : "";
  }

  function sentence(count) {
    const words = shelves.filter((shelf) => chosen[shelf.name])
      .map((shelf) => `“${shelf.words(chosen[shelf.name])}”`);
    const stories = count === 0 ? "No story" : count === 1 ? "1 story" : `${count} stories`;
    return `${stories} for ${words.join(" and ")}.`;
  }

  // What is chosen stands in the address, so that “Back” and a link sent to a colleague keep it.
  function keep() {
    const keys = Object.keys(chosen).sort().map((shelf) => {
      return `${shelf}=${encodeURIComponent(chosen[shelf])}`;
    });
    try {
      history.replaceState(null, "", keys.length ? `#${keys.join("&")}` : location.pathname);
    } catch { /* a browser may refuse it for files; the filter works all the same */ }
  }

  function read() {
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
