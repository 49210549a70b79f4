/* The library page: theme links become filters of the cards. Without this they lead to the theme. */
(function () {
  "use strict";
  var nav = document.querySelector("[data-filters]");
  var cards = Array.prototype.slice.call(document.querySelectorAll("[data-card]"));
  var said = document.querySelector("[data-filter-said]");
  if (!nav) { return; }
  var buttons = [];

  function makeButton(link) {
    var button = document.createElement("button");
    button.type = "button";
    button.setAttribute("data-theme", link.getAttribute("data-theme"));
    button.setAttribute("aria-pressed", "false");
    button.append.apply(button, link.childNodes);
    link.replaceWith(button);
    button.addEventListener("click", function () {
      var on = button.getAttribute("aria-pressed") === "true";
      choose(on ? "" : button.getAttribute("data-theme"));
    });
    buttons.push(button);
  }

  function choose(theme) {
    var shown = 0;
    cards.forEach(function (card) {
      var themes = card.getAttribute("data-themes").split(" ");
      card.hidden = Boolean(theme) && themes.indexOf(theme) < 0;
      if (!card.hidden) { shown += 1; }
    });
    var name = "";
    buttons.forEach(function (button) {
      var on = button.getAttribute("data-theme") === theme;
      button.setAttribute("aria-pressed", String(on));
      if (on) { name = button.textContent; }
    });
    said.textContent = theme
      ? shown + (shown === 1 ? " story" : " stories") + " about “" + name + "”. Choose it again to see all."
      : "";
  }

  Array.prototype.slice.call(nav.querySelectorAll("a[data-theme]")).forEach(makeButton);
})();
