/* A field on another page that leads to the search page. No form is ever sent: the policy forbids
   it, and from a file there is nobody to send it to. */
(function () {
  "use strict";
  Array.from(document.querySelectorAll("form[data-search-field]")).forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const words = form.querySelector("input").value.trim();
      location.href = form.getAttribute("data-search-field") + (words ? `?q=${encodeURIComponent(words)}` : "");
    });
  });
})();
