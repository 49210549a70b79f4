/* What every page’s frame does. Light, dark or as the device says: set before anything is drawn, kept
   in this browser only. */
(function () {
  "use strict";
  const root = document.documentElement;
  const KEY = "carer-stories-appearance";
  const NEXT = { device: "light", light: "dark", dark: "device" };
  const WORDS = { device: "Auto", light: "Light", dark: "Dark" };

  // A browser may refuse storage (private windows, some file shares): the choice then lasts a page.
  function read() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }
  function store(choice) {
    try { localStorage.setItem(KEY, choice); } catch { /* see above */ }
  }

  let choice = NEXT[read()] ? read() : "device";
  function show() { root.setAttribute("data-appearance", choice); }

  root.classList.remove("no-js");
  root.classList.add("js");
  show();

  /* Letters are asked for with the style sheets, and so are there when the page is first drawn. What
     comes later is for the next page (`font-display: optional`), for no line moves under a reader's
     eyes. From a file a browser refuses such a request, and has the letters at once. */
  if (location.protocol !== "file:") {
    ["literata", "atkinson-hyperlegible-next"].forEach((name) => {
      const link = document.createElement("link");
      link.rel = "preload";
      link.as = "font";
      link.type = "font/woff2";
      link.crossOrigin = "anonymous";
      link.href = new URL(`../fonts/${name}-latin-wght-normal.woff2`, document.currentScript.src).href;
      document.head.append(link);
    });
  }

  /* Captions are on by themselves where there is no script. From a file a browser may not load them
     and would complain: there the page attaches them in another way (captions.js). */
  if (location.protocol === "file:" && window.MutationObserver) {
    const observer = new MutationObserver((changes) => {
      changes.forEach((change) => {
        Array.prototype.forEach.call(change.addedNodes, (node) => {
          if (node.nodeName === "TRACK") { node.removeAttribute("src"); }
        });
      });
    });
    observer.observe(document, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", () => { observer.disconnect(); });
  }

  /* The menu of a phone lies over the page: it goes as whatever opens does, by Escape, by a press
     elsewhere, and when the focus leaves it. */
  document.addEventListener("DOMContentLoaded", () => {
    const menu = document.querySelector("details.menu");
    if (!menu) { return; }
    const leave = (event) => { if (!menu.contains(event.target)) { menu.open = false; } };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) { return; }
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-appearance].appearance");
    if (!button) { return; }
    button.hidden = false;
    const word = button.querySelector("[data-appearance-word]");
    word.textContent = WORDS[choice];
    button.addEventListener("click", () => {
      choice = NEXT[choice];
      store(choice);
      show();
      word.textContent = WORDS[choice];
    });
  });
})();
