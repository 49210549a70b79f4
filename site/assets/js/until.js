/* Agreements are looked at again on a day. From that day on this browser shows a notice instead of the
   film, the pictures and the words of the story: they leave the page. `data-review` names the day, on
   the page's own part or on one card or result; `data-until` the first such day of a copy on a stick.
   It runs before anything is drawn, and looks again while a page stays open. */
(function () {
  "use strict";
  if (window.carerStoriesUntil) { return; } // a frame of an earlier version may ask for it as well
  window.carerStoriesUntil = true;
  const LOOK_AGAIN_MS = 20000;
  const FILM = "video, audio";

  /* The later of this computer's day and that of UTC: a time zone that was set wrong wins no day. */
  function today() {
    const now = new Date();
    const here = [String(now.getFullYear()).padStart(4, "0"), String(now.getMonth() + 1).padStart(2, "0"),
      String(now.getDate()).padStart(2, "0")].join("-");
    const everywhere = now.toISOString().slice(0, 10);
    return here > everywhere ? here : everywhere;
  }
  /* A day that cannot be read is one that has come. */
  function hasCome(day) { return !/^\d{4}-\d\d-\d\d$/.test(day) || today() >= day; }
  function inWords(day) {
    const parts = day.split("-").map(Number);
    const there = new Date(parts[0], parts[1] - 1, parts[2]);
    return isNaN(there) ? "" : there.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  }

  /* ---- what is taken away --------------------------------------------------------------------- */
  function all(root, selector) {
    const inside = Array.from(root.querySelectorAll(selector));
    return root.matches && root.matches(selector) ? [root].concat(inside) : inside;
  }
  /* Taken out of the page, a film would play on; without its addresses it cannot. */
  function silence(film) {
    film.pause();
    Array.from(film.querySelectorAll("source, track")).forEach((one) => { one.remove(); });
    film.removeAttribute("src");
    film.removeAttribute("poster");
    film.load();
  }
  function sentence(element, day) {
    const what = element.getAttribute("data-review-what") ||
      (element.hasAttribute("data-review-page") ? "This page" : "This story");
    const when = inWords(day);
    return `${what} is not shown at the moment: an agreement to show it had to be looked at again${
      when ? ` by ${when}` : ""}. Please ask the team that looks after this library. If that day is ` +
      "still to come, the clock of this computer is wrong.";
  }
  /* The way on from a page of which nothing else is left. */
  function wayOn() {
    const library = document.querySelector("a.brand");
    if (!library) { return []; }
    const line = document.createElement("p");
    const link = document.createElement("a");
    link.href = library.href;
    link.textContent = "All stories";
    line.append(link);
    return [line];
  }
  function notice(element) {
    const isPage = element.hasAttribute("data-review-page");
    const isItem = element.tagName === "LI";
    const place = document.createElement(isItem ? "li" : "div");
    const head = document.createElement(isPage ? "h1" : "h3");
    const words = document.createElement("p");
    place.className = isPage ? "review-notice review-page" : "review-notice";
    if (!isItem) { place.setAttribute("role", "note"); } // it stays an item of its list
    head.textContent = "To be looked at again";
    /* The library's filters go on counting its place. */
    ["data-card", "data-keys"].forEach((name) => {
      if (element.hasAttribute(name)) { place.setAttribute(name, element.getAttribute(name)); }
    });
    words.textContent = sentence(element, element.getAttribute("data-review"));
    place.append(head, words);
    if (isPage) { place.append(...wayOn()); }
    return place;
  }
  /* What the head says of a story to programs and in the browser's own bar. */
  function forgetHead() {
    const named = 'script[type="application/ld+json"], meta[name="description"], meta[property^="og:"]';
    Array.from(document.head.querySelectorAll(named)).forEach((one) => { one.remove(); });
    document.title = "Not shown at the moment";
    window.carerStoriesCaptions = null;
  }
  function take(element) {
    if (element.hasAttribute("data-review-page")) { forgetHead(); }
    all(element, FILM).forEach(silence);
    element.replaceWith(notice(element)); // a script that still holds it works on, unseen
  }
  function look() {
    const marked = Array.from(document.querySelectorAll("[data-review]"));
    marked.filter((one) => hasCome(one.getAttribute("data-review"))).forEach((one) => {
      if (document.contains(one)) { take(one); } // not with the page around it already
    });
    sayOfCopy();
  }

  /* ---- a copy on a stick ---------------------------------------------------------------------- */
  function sayOfCopy() {
    const marked = document.querySelector("[data-until]");
    if (!marked || !document.body || document.querySelector(".until-banner")) { return; }
    if (!hasCome(marked.getAttribute("data-until"))) { return; }
    const banner = document.createElement("aside");
    const words = document.createElement("p");
    banner.className = "until-banner";
    banner.setAttribute("aria-label", "This copy is out of date");
    words.textContent = "This copy is out of date: an agreement in it has to be looked at again. " +
      "Please do not show it, and ask for a new one.";
    banner.append(words);
    document.body.prepend(banner);
  }

  /* ---- when it looks -------------------------------------------------------------------------- */
  /* While the page is still being read, a part is hidden as it comes: it can only be taken away
     whole, and that is done before any other script runs. Results of a search come later. */
  function whenAdded(changes) {
    let isAny = false;
    changes.forEach((change) => {
      Array.from(change.addedNodes).forEach((node) => {
        if (node.nodeType !== Node.ELEMENT_NODE) { return; }
        all(node, "[data-review]").filter((one) => hasCome(one.getAttribute("data-review")))
          .forEach((one) => { isAny = true; one.hidden = true; });
      });
    });
    if (isAny && document.readyState !== "loading") { look(); }
  }
  new MutationObserver(whenAdded).observe(document, { childList: true, subtree: true });
  if (document.readyState === "loading") {
    document.addEventListener("readystatechange", look, { once: true });
  } else { look(); }
  /* A page that is left open, or that the browser kept, sees the day come too. */
  setInterval(look, LOOK_AGAIN_MS);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("play", look, true);
  ["pageshow", "focus", "beforeprint"].forEach((event) => { window.addEventListener(event, look); });
})();
