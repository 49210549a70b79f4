/* The facilitator's page: print the plan, the role-play cards alone, or the handout alone. */
(function () {
  "use strict";
  const page = document.documentElement;
  Array.from(document.querySelectorAll("[data-print-what]")).forEach((item) => {
    const what = item.getAttribute("data-print-what");
    if (what === "cards" && !document.querySelector(".role-cards")) { return; }
    item.hidden = false;
    item.querySelector("button").addEventListener("click", () => {
      page.setAttribute("data-printing", what);
      window.print();
    });
  });
  window.addEventListener("afterprint", () => { page.removeAttribute("data-printing"); });
})();
