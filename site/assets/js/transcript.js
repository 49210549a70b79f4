/* The transcript: times become buttons that seek, each with a link to copy beside it; it follows the
   voice, and its words can be found. */
(function () {
  "use strict";
  const player = window.carerStories;
  const transcript = document.querySelector("[data-transcript]");
  if (!player || !transcript || !transcript.querySelector("[data-tools]")) { return; }
  const media = player.media;
  const turns = Array.from(transcript.querySelectorAll(".turn")).map(makeTurn);
  let current = null;

  /* ---- moments: one tab stop, then arrow keys ----------------------------------------------- */
  function makeButton(name, spokenLabel, visibleLabel) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = name;
    button.tabIndex = -1;
    const hiddenLabel = document.createElement("span");
    hiddenLabel.className = "unseen";
    hiddenLabel.textContent = spokenLabel;
    button.append(hiddenLabel, visibleLabel);
    return button;
  }
  function makeTurn(item, index) {
    const time = item.querySelector(".time");
    const start = Number(item.getAttribute("data-start")) / 1000;
    const end = Number(item.getAttribute("data-end")) / 1000;
    const shown = document.createElement("span");
    shown.setAttribute("aria-hidden", "true");
    shown.textContent = time.textContent;
    const button = makeButton("time", `Play from ${player.inWords(start)}`, shown);
    button.tabIndex = index ? -1 : 0;
    button.setAttribute("aria-describedby", "moments-help");
    time.replaceWith(button);
    const icon = transcript.querySelector("[data-link-sign] svg").cloneNode(true);
    const link = makeButton("moment-link", `Copy link to ${player.inWords(start)}`, icon);
    link.title = "Copy a link to this moment";
    item.appendChild(link);
    button.addEventListener("click", () => { player.playFrom(start); });
    link.addEventListener("click", () => { player.copyLink(start, end); });
    return {
      item, button, link, start, end,
      words: item.querySelector(".words"), text: item.querySelector(".words").textContent
    };
  }
  function moveTabStop(to, move) {
    turns.forEach((turn, index) => { turn.button.tabIndex = index === to ? 0 : -1; });
    if (move) { turns[to].button.focus(); }
  }
  transcript.addEventListener("keydown", (event) => {
    const at = turns.findIndex((turn) => {
      return turn.button === event.target || turn.link === event.target;
    });
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) { return; }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: turns.length - 1 }[event.key];
    if (event.key === "ArrowRight") { turns[at].link.focus(); }
    else if (event.key === "ArrowLeft") { turns[at].button.focus(); }
    else if (to === undefined) { return; }
    else { moveTabStop(Math.min(Math.max(to, 0), turns.length - 1), true); }
    event.preventDefault();
  });

  /* ---- following the voice ------------------------------------------------------------------ */
  const follow = document.querySelector("[data-follow]");
  function isFollowing() { return follow.getAttribute("aria-pressed") === "true"; }
  function setFollowing(on) { follow.setAttribute("aria-pressed", String(on)); }
  follow.addEventListener("click", () => {
    setFollowing(!isFollowing());
    if (isFollowing() && current) { centre(current.item); }
  });
  /* Whoever moves the page is reading elsewhere: leave them there until they ask again. */
  function stopFollowing() { if (!media.paused) { setFollowing(false); } }
  window.addEventListener("wheel", stopFollowing, { passive: true });
  window.addEventListener("touchmove", stopFollowing, { passive: true });
  window.addEventListener("keydown", (event) => {
    if (["PageUp", "PageDown"].indexOf(event.key) >= 0) { stopFollowing(); }
  });
  function centre(item) { player.bringIntoView(item, "center"); }
  function turnAt(now) {
    let found = null;
    turns.forEach((turn) => { if (turn.start <= now + 0.05) { found = turn; } });
    return found;
  }
  function show() {
    const turn = player.timeHeard() || !media.paused ? turnAt(player.timeHeard()) : null;
    if (turn === current) { return; }
    if (current) {
      current.item.classList.remove("is-current");
      current.button.removeAttribute("aria-current");
    }
    current = turn;
    if (!turn) { return; }
    turn.item.classList.add("is-current");
    turn.button.setAttribute("aria-current", "true");
    if (!transcript.contains(document.activeElement)) { moveTabStop(turns.indexOf(turn), false); }
    if (isFollowing() && !media.paused) { centre(turn.item); }
  }
  ["timeupdate", "seeked"].forEach((event) => { media.addEventListener(event, show); });
  media.addEventListener("play", () => {
    if (isFollowing() && current && player.timeHeard() > 0.5) { centre(current.item); }
  });

  /* ---- finding words ------------------------------------------------------------------------ */
  const form = document.querySelector("[data-find]");
  const input = form.querySelector("input");
  const found = form.querySelector("[data-found]");
  let hits = [];
  let at = -1;
  /* As people type: without capitals and accents, with whatever apostrophe and dash the keyboard
     has. Letter by letter, so that a place in what is compared is the same place in the text. */
  function plain(text) {
    return Array.prototype.map.call(text, (letter) => {
      if (/[\u2018\u2019\u02bc\u0060\u00b4]/.test(letter)) { return "'"; }
      if (/[\u2010-\u2015]/.test(letter)) { return "-"; }
      if (/[\u201c\u201d]/.test(letter)) { return '"'; }
      const low = letter.normalize("NFD").charAt(0).toLowerCase();
      return low.length === 1 ? low : letter;
    }).join("");
  }
  function mark(turn, query) {
    turn.words.textContent = "";
    const text = turn.text;
    const plainText = turn.plain || (turn.plain = plain(text));
    let from = 0;
    for (let to = plainText.indexOf(query); to >= 0; to = plainText.indexOf(query, from)) {
      turn.words.append(text.slice(from, to));
      const hit = document.createElement("mark");
      hit.textContent = text.slice(to, to + query.length);
      turn.words.append(hit);
      hits.push({ mark: hit, start: turn.start });
      from = to + query.length;
    }
    turn.words.append(text.slice(from));
  }
  function find() {
    hits = [];
    at = -1;
    const sought = plain(input.value.trim().normalize("NFC"));
    turns.forEach((turn) => {
      if (sought) { mark(turn, sought); } else { turn.words.textContent = turn.text; }
    });
    found.textContent = !sought ? "" : hits.length ? `${hits.length} found` : "Not found";
  }
  function go(step) {
    if (!hits.length) { return; }
    if (at >= 0) { hits[at].mark.classList.remove("is-here"); }
    at = (at + step + hits.length) % hits.length;
    hits[at].mark.classList.add("is-here");
    setFollowing(false);
    centre(hits[at].mark);
    found.textContent = `${at + 1} of ${hits.length}, at ${player.clock(hits[at].start)}`;
  }
  function back() { go(at < 0 ? 0 : -1); }
  input.addEventListener("input", find);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { input.value = ""; find(); }
    if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); back(); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); go(1); });
  form.querySelector("[data-find-back]").addEventListener("click", back);

  document.querySelector("[data-tools]").hidden = false;
  show();
})();
