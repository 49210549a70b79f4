/* A copy on a stick: past its day, every page says so first. Nothing is locked; people decide. */
(function () {
  "use strict";
  const marked = document.querySelector("[data-until]");
  if (!marked) { return; }
  const today = new Date();
  const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()]
    .map((part) => (part < 10 ? "0" : "") + part).join("-");
  if (day < marked.getAttribute("data-until")) { return; }
  const banner = document.createElement("aside");
  const words = document.createElement("p");
  banner.className = "until-banner";
  banner.setAttribute("aria-label", "This copy is out of date");
  words.textContent = "This copy is out of date: an agreement in it has to be looked at again. " +
    "Please do not show it, and ask for a new one.";
  banner.append(words);
  document.body.prepend(banner);
})();
