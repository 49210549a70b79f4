/* Light, dark or as the device says: set before anything is drawn, kept in this browser only. */
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
