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
  const dock = player.dock;
  const follow = document.querySelector("[data-follow]");
  const back = document.querySelector("[data-back-to-voice]");
  const MARGIN = 8;
  const SCROLLING_KEYS = ["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown", " "];
  let wentAway = false;      // following ended because somebody moved the page
  let movedInPause = false;
  let wasPlayed = false;
  let isPlaying = false;     // from the event on: a page is often moved just before Play
  let lastInput = 0;
  let isPressed = false;     // a mouse or finger is down, perhaps to choose words
  let before = null;
  function isFollowing() { return follow.getAttribute("aria-pressed") === "true"; }
  function setFollowing(on, away) {
    follow.setAttribute("aria-pressed", String(on));
    wentAway = Boolean(!on && away);
    const hadFocus = document.activeElement === back;
    back.hidden = !wentAway;
    if (back.hidden && hadFocus) { player.controls.play.focus({ preventScroll: true }); }
  }
  function askToFollow() {
    setFollowing(true);
    movedInPause = false;
    keepInView(true);
  }
  follow.addEventListener("click", () => { if (isFollowing()) { setFollowing(false); } else { askToFollow(); } });
  back.addEventListener("click", askToFollow);

  /* Whoever moves the page is reading elsewhere: leave them there until they ask again. They do it by
     wheel, finger, keys, the bar at the side, or a program that reads to them: so what tells is that
     the words moved in the window, and no script of ours moved them. */
  function note() {
    const anchor = current ? current.item : transcript;
    before = {
      anchor, top: anchor.getBoundingClientRect().top, y: window.scrollY,
      width: window.innerWidth, height: window.innerHeight
    };
  }
  /* On the way to where the words are brought, the distance only shrinks. */
  let goal = null;
  function isTurnedBack() {
    if (!goal || !player.isMoving()) { return false; }
    const left = Math.abs(goal.to - window.scrollY);
    const isAway = left > goal.left + 40;
    goal.left = Math.min(goal.left, left);
    return isAway;
  }
  function input() { lastInput = performance.now(); }
  window.addEventListener("wheel", input, { passive: true });
  window.addEventListener("touchmove", input, { passive: true });
  window.addEventListener("keydown", (event) => { if (SCROLLING_KEYS.includes(event.key)) { input(); } });
  window.addEventListener("scroll", () => {
    const isInput = performance.now() - lastInput < 500 || isTurnedBack();
    const isResized = before && (before.width !== window.innerWidth || before.height !== window.innerHeight);
    if (!before || (!isInput && (player.isMoving() || isResized))) { note(); return; }
    before.y = window.scrollY;
    if (Math.abs(before.anchor.getBoundingClientRect().top - before.top) <= 6) { return; }
    if (!isPlaying) { movedInPause = true; } else if (isFollowing()) { setFollowing(false, true); }
    note();
  }, { passive: true });
  window.addEventListener("resize", () => { setTimeout(() => { note(); keepInView(); }, 100); });
  document.addEventListener("pointerdown", (event) => { isPressed = !dock.contains(event.target); }, true);
  ["pointerup", "pointercancel"].forEach((name) => {
    document.addEventListener(name, () => { isPressed = false; }, true);
  });

  /* What somebody is using is not moved away from them: the control or field they are in, words they
     chose, whatever they opened; nor a page that they enlarged with two fingers. But who points at a
     time or a question asks to hear it, and the page goes on with it from there. */
  let asked = null;
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("button.time, [data-chapters] button");
    asked = event.detail > 0 ? pressed : null;
  }, true);
  function isShown(element) {
    const box = element.getBoundingClientRect();
    return box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
  }
  function isInUse() {
    const at = document.activeElement;
    if (isPressed || document.querySelector("dialog[open]")) { return true; }
    if (window.visualViewport && window.visualViewport.scale > 1.2) { return true; }
    if (at && at !== follow && at !== asked && !dock.contains(at) &&
      at.matches("a, button, input, select, textarea, summary")) { return true; }
    const chosen = document.getSelection();
    if (chosen && !chosen.isCollapsed && chosen.toString().trim()) { return true; }
    const opened = Array.from(document.querySelectorAll("details[open], [data-choices]:not([hidden])"));
    return opened.some((one) => isShown(one) && !(dock.isDocked() && dock.contains(one)));
  }
  /* A long answer is followed within itself: by how much of its time has gone. */
  function heard() {
    const box = current.words.getBoundingClientRect();
    const line = parseFloat(getComputedStyle(current.words).lineHeight) || 28;
    const gone = (player.timeHeard() - current.start) / Math.max(0.1, current.end - current.start);
    const top = box.top + Math.min(1, Math.max(0, gone)) * Math.max(0, box.height - line);
    return { top: top - line, bottom: top + 2 * line };
  }
  function aim(area) {
    const box = current.item.getBoundingClientRect();
    return box.height > area.bottom - area.top - 4 * MARGIN ? heard() : box;
  }
  function isIn(area) {
    const box = aim(area);
    return box.top >= area.top + MARGIN && box.bottom <= area.bottom - MARGIN;
  }
  function isVoiceInView() { return Boolean(current) && isIn(dock.readingArea(false)); }
  function keepInView(isAsked) {
    if (!current || !isFollowing() || (!isAsked && (media.paused || isInUse()))) { return; }
    if (isIn(dock.readingArea(false)) || (player.isMoving() && !isAsked)) { return; }
    const area = dock.readingArea(true);
    const upTo = area.top + Math.min(96, (area.bottom - area.top) / 5);
    const to = Math.min(window.scrollY + aim(area).top - upTo, dock.lowest());
    if (Math.abs(to - window.scrollY) < 2) { return; }
    player.moving();
    goal = { to, left: Math.abs(to - window.scrollY) };
    window.scrollTo({ top: to, behavior: player.glide() });
  }
  function centre(item) { player.bringIntoView(item, "center"); }
  function turnAt(now) {
    let found = null;
    turns.forEach((turn) => { if (turn.start <= now + 0.05) { found = turn; } });
    return found;
  }
  function show() {
    const turn = player.timeHeard() || !media.paused ? turnAt(player.timeHeard()) : null;
    if (turn !== current) {
      if (current) {
        current.item.classList.remove("is-current");
        current.button.removeAttribute("aria-current");
      }
      current = turn;
      if (turn) {
        turn.item.classList.add("is-current");
        turn.button.setAttribute("aria-current", "true");
        if (!turns.some((one) => one.item.contains(document.activeElement))) { moveTabStop(turns.indexOf(turn), false); }
      }
    }
    // Where the page was moved and its event is still to come, that is judged first.
    if (before && before.y !== window.scrollY) { return; }
    keepInView();
    note();
  }
  ["timeupdate", "seeked"].forEach((event) => { media.addEventListener(event, show); });
  media.addEventListener("play", () => {
    const isHere = isVoiceInView() || !wasPlayed;
    if (isFollowing() && movedInPause && !isHere) { setFollowing(false, true); }
    else if (wentAway && isVoiceInView()) { setFollowing(true); }
    movedInPause = false;
    wasPlayed = true;
    isPlaying = true;
    show();
  });
  media.addEventListener("pause", () => { isPlaying = false; });
  media.addEventListener("ended", () => { back.hidden = true; });

  /* ---- finding words ------------------------------------------------------------------------ */
  const form = document.querySelector("[data-find]");
  const words = form.querySelector("input");
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
    const sought = plain(words.value.trim().normalize("NFC"));
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
    setFollowing(false, !media.paused);
    centre(hits[at].mark);
    found.textContent = `${at + 1} of ${hits.length}, at ${player.clock(hits[at].start)}`;
  }
  function goBack() { go(at < 0 ? 0 : -1); }
  words.addEventListener("input", find);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && words.value) {
      event.preventDefault(); // it empties the field, and closes nothing else
      words.value = "";
      find();
    }
    if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); goBack(); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); go(1); });
  form.querySelector("[data-find-back]").addEventListener("click", goBack);

  document.querySelector("[data-tools]").hidden = false;
  show();
})();
