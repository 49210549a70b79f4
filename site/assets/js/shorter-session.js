/* What belongs to a session without some points of its plan (?without=3,5), on every page of it but the
   facilitator’s, which chooses them: what needs one of those points alone is not asked for, and links
   to the other pages carry the choice. */
(function () {
  "use strict";
  const asked = new URLSearchParams(location.search).get("without") || "";
  const without = asked.split(",").filter((number) => /^\d{1,3}$/.test(number));
  if (!without.length) { return; }
  function all(selector) { return Array.from(document.querySelectorAll(selector)); }
  all("[data-points]").forEach((part) => {
    part.hidden = part.getAttribute("data-points").split(" ").every((number) => without.includes(number));
  });
  all("[data-otherwise]").forEach((part) => {
    part.hidden = Array.from(part.parentElement.children).some((one) => one.hasAttribute("dir") && !one.hidden);
  });
  all("a[data-carries]").forEach((link) => { link.search = `without=${without.join(",")}`; });
})();
