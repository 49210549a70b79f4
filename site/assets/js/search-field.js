/* A field on another page that leads to the search page. No form is ever sent: the policy forbids
   it, and from a file there is nobody to send it to. */
(function () {
  "use strict";
  Array.prototype.slice.call(document.querySelectorAll("form[data-search-field]")).forEach(function (form) {
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var words = form.querySelector("input").value.trim();
      location.href = form.getAttribute("data-search-field") + (words ? "?q=" + encodeURIComponent(words) : "");
    });
  });
})();
