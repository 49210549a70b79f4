/* Light, dark or as the device says: set before anything is drawn, kept in this browser only. */
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "carer-stories-appearance";
  var NEXT = { device: "light", light: "dark", dark: "device" };
  var WORDS = { device: "Auto", light: "Light", dark: "Dark" };

  // A browser may refuse storage (private windows, some file shares): the choice then lasts a page.
  function read() {
    try { return localStorage.getItem(KEY); } catch (refused) { return null; }
  }
  function keep(choice) {
    try { localStorage.setItem(KEY, choice); } catch (refused) { /* see above */ }
  }

  var choice = NEXT[read()] ? read() : "device";
  function show() { root.setAttribute("data-appearance", choice); }

  root.classList.remove("no-js");
  root.classList.add("js");
  show();

  /* Captions are on by themselves where there is no script. From a file a browser may not load them
     and would complain: there the page attaches them in another way (captions.js). */
  if (location.protocol === "file:" && window.MutationObserver) {
    var early = new MutationObserver(function (changes) {
      changes.forEach(function (change) {
        Array.prototype.forEach.call(change.addedNodes, function (node) {
          if (node.nodeName === "TRACK") { node.removeAttribute("src"); }
        });
      });
    });
    early.observe(document, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", function () { early.disconnect(); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var button = document.querySelector("[data-appearance].appearance");
    if (!button) { return; }
    button.hidden = false;
    var word = button.querySelector("[data-appearance-word]");
    word.textContent = WORDS[choice];
    button.addEventListener("click", function () {
      choice = NEXT[choice];
      keep(choice);
      show();
      word.textContent = WORDS[choice];
    });
  });
})();
