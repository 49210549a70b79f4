/* The handout: a button to print it. Without this, the browser's own Print does the same. */
(function () {
  "use strict";
  const button = document.querySelector("[data-print-page]");
  if (!button) { return; }
  button.hidden = false;
  button.addEventListener("click", () => { window.print(); });
})();
