/* The facilitator's page: print the plan, the role-play cards alone, or the handout alone. */
(function () {
  "use strict";
  var page = document.documentElement;
  Array.prototype.slice.call(document.querySelectorAll("[data-print-what]")).forEach(function (item) {
    var what = item.getAttribute("data-print-what");
    if (what === "cards" && !document.querySelector(".role-cards")) { return; }
    item.hidden = false;
    item.querySelector("button").addEventListener("click", function () {
      page.setAttribute("data-printing", what);
      window.print();
    });
  });
  window.addEventListener("afterprint", function () { page.removeAttribute("data-printing"); });
})();
