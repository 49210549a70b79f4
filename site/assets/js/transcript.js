/* The transcript: times become buttons that seek, it follows the voice, and its words can be found. */
(function () {
  "use strict";
  var player = window.carerStories;
  var place = document.querySelector("[data-transcript]");
  if (!player || !place) { return; }
  var media = player.media;
  var turns = Array.prototype.slice.call(place.querySelectorAll(".turn")).map(makeTurn);
  var current = null;

  /* ---- moments: one tab stop, then arrow keys ----------------------------------------------- */
  function makeTurn(item, index) {
    var time = item.querySelector(".time");
    var start = Number(item.getAttribute("data-start")) / 1000;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "time";
    button.tabIndex = index ? -1 : 0;
    button.setAttribute("aria-describedby", "moments-help");
    var unseen = document.createElement("span");
    unseen.className = "unseen";
    unseen.textContent = "Play from " + player.spoken(start);
    var shown = document.createElement("span");
    shown.setAttribute("aria-hidden", "true");
    shown.textContent = time.textContent;
    button.append(unseen, shown);
    time.replaceWith(button);
    button.addEventListener("click", function () { player.playFrom(start); });
    return {
      item: item, button: button, start: start, end: Number(item.getAttribute("data-end")) / 1000,
      words: item.querySelector(".words"), text: item.querySelector(".words").textContent
    };
  }
  function rove(to, move) {
    turns.forEach(function (turn, index) { turn.button.tabIndex = index === to ? 0 : -1; });
    if (move) { turns[to].button.focus(); }
  }
  place.addEventListener("keydown", function (event) {
    var at = turns.findIndex(function (turn) { return turn.button === event.target; });
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) { return; }
    var to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: turns.length - 1 }[event.key];
    if (to === undefined) { return; }
    event.preventDefault();
    rove(Math.min(Math.max(to, 0), turns.length - 1), true);
  });

  /* ---- following the voice ------------------------------------------------------------------ */
  var follow = document.querySelector("[data-follow]");
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  function following() { return follow.getAttribute("aria-pressed") === "true"; }
  function setFollowing(on) { follow.setAttribute("aria-pressed", String(on)); }
  follow.addEventListener("click", function () {
    setFollowing(!following());
    if (following() && current) { bring(current.item); }
  });
  /* Whoever moves the page is reading elsewhere: leave them there until they ask again. */
  function letGo() { if (!media.paused) { setFollowing(false); } }
  window.addEventListener("wheel", letGo, { passive: true });
  window.addEventListener("touchmove", letGo, { passive: true });
  window.addEventListener("keydown", function (event) {
    if (["PageUp", "PageDown"].indexOf(event.key) >= 0) { letGo(); }
  });
  function bring(item) {
    item.scrollIntoView({ block: "center", behavior: still.matches ? "auto" : "smooth" });
  }
  function turnAt(now) {
    var found = null;
    turns.forEach(function (turn) { if (turn.start <= now + 0.05) { found = turn; } });
    return found;
  }
  function show() {
    var turn = media.currentTime || !media.paused ? turnAt(media.currentTime) : null;
    if (turn === current) { return; }
    if (current) {
      current.item.classList.remove("is-current");
      current.button.removeAttribute("aria-current");
    }
    current = turn;
    if (!turn) { return; }
    turn.item.classList.add("is-current");
    turn.button.setAttribute("aria-current", "true");
    if (!place.contains(document.activeElement)) { rove(turns.indexOf(turn), false); }
    if (following() && !media.paused) { bring(turn.item); }
  }
  media.addEventListener("timeupdate", show);
  media.addEventListener("seeked", show);

  /* ---- finding words ------------------------------------------------------------------------ */
  var form = document.querySelector("[data-find]");
  var input = form.querySelector("input");
  var found = form.querySelector("[data-found]");
  var hits = [];
  var at = -1;
  function mark(turn, sought) {
    turn.words.textContent = "";
    var text = turn.text;
    var low = text.toLowerCase();
    // Some letters change length in lower case; then only words typed alike are found.
    if (low.length !== text.length) { low = text; }
    var from = 0;
    for (var to = low.indexOf(sought); to >= 0; to = low.indexOf(sought, from)) {
      turn.words.append(text.slice(from, to));
      var hit = document.createElement("mark");
      hit.textContent = text.slice(to, to + sought.length);
      turn.words.append(hit);
      hits.push(hit);
      from = to + sought.length;
    }
    turn.words.append(text.slice(from));
  }
  function find() {
    hits = [];
    at = -1;
    var sought = input.value.trim().toLowerCase();
    turns.forEach(function (turn) {
      if (sought) { mark(turn, sought); } else { turn.words.textContent = turn.text; }
    });
    found.textContent = !sought ? "" : hits.length ? hits.length + " found" : "Not found";
  }
  function go(step) {
    if (!hits.length) { return; }
    if (at >= 0) { hits[at].classList.remove("is-here"); }
    at = (at + step + hits.length) % hits.length;
    hits[at].classList.add("is-here");
    setFollowing(false);
    bring(hits[at]);
    found.textContent = at + 1 + " of " + hits.length;
  }
  input.addEventListener("input", find);
  form.addEventListener("submit", function (event) { event.preventDefault(); go(1); });
  form.querySelector("[data-find-back]").addEventListener("click", function () {
    go(at < 0 ? 0 : -1);
  });

  document.querySelector("[data-tools]").hidden = false;
})();
