/* The story's player: our buttons for the browser's own film, chapters, links to a moment, the size of
   the picture. It offers the other scripts of the page what they need as window.carerStories. */
(function () {
  "use strict";
  const media = document.querySelector("[data-media]");
  const controls = document.querySelector("[data-controls]");
  if (!media || !controls) { return; }
  const statusLine = controls.querySelector("[data-player-said]");
  let stoppedAt = null; // where it stopped: what has just been heard stays marked, not what comes next
  let linkEnd = null;
  const byAct = {};
  each(controls.querySelectorAll("[data-act]"), (control) => {
    byAct[control.getAttribute("data-act")] = control;
  });

  function each(list, work) { Array.from(list).forEach(work); }
  function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    const s = String(whole % 60).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function inWords(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const m = Math.floor(whole / 60);
    const s = whole % 60;
    const words = [];
    if (m) { words.push(m + (m === 1 ? " minute" : " minutes")); }
    if (s || !m) { words.push(s + (s === 1 ? " second" : " seconds")); }
    return words.join(" ");
  }
  const PASSING_S = 6;       // of the film: words about something that is over are read by then
  let passedAt = null;       // where the film was, or will be, when such words were said
  function announce(text, at = null) {
    statusLine.textContent = text;
    passedAt = at;
  }
  function forget() {
    if (passedAt !== null && !media.paused && Math.abs(media.currentTime - passedAt) > PASSING_S) { announce(""); }
  }
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  function glide() { return still.matches ? "auto" : "smooth"; }
  function bringIntoView(element, block) {
    moving();
    element.scrollIntoView({ block, behavior: glide() });
  }
  /* Until when the page is moved by a script of ours: what moves it otherwise is a person. */
  let movedUntil = 0;
  function moving() { movedUntil = performance.now() + 1500; }
  window.addEventListener("scrollend", () => { movedUntil = 0; });
  /* A browser may refuse storage (private windows, some file shares): a choice then lasts a page. */
  function stored(key) {
    try { return localStorage.getItem(`carer-stories-${key}`); } catch { return null; }
  }
  function store(key, value) {
    try { localStorage.setItem(`carer-stories-${key}`, value); return true; }
    catch { return false; }
  }

  /* ---- going to a moment -------------------------------------------------------------------- */
  /* Nothing of the film is loaded before somebody plays it: until then, and while it is on its way
     to a moment, that moment is only wanted. */
  const declaredLength = Number(media.getAttribute("data-duration")) / 1000;
  let pendingSeek = null;
  let isArriving = false;
  let cannotSeek = false;
  let isAsked = false;
  function length() { return isFinite(media.duration) ? media.duration : declaredLength; }
  function now() { return pendingSeek === null ? media.currentTime : pendingSeek; }
  function timeHeard() { return stoppedAt === null ? now() : stoppedAt - 0.2; }
  function seek(seconds) {
    const to = Math.min(Math.max(0, seconds), length() || seconds);
    if (media.readyState >= 1 && !isArriving && window.carerMediaStart.reaches(media, to)) {
      pendingSeek = null;
      media.currentTime = to;
      return;
    }
    pendingSeek = to;
    media.dispatchEvent(new Event("timeupdate")); // chapters and transcript show it already
    if (media.readyState >= 1 || isArriving) { arrive(); }
  }
  function arrive() {
    const to = pendingSeek;
    const coming = window.carerMediaStart(media, to, { say: sayFetching, ask: askToFetch });
    if (isArriving) { return; } // it goes to the newer moment by itself
    isArriving = true;
    cannotSeek = false;
    coming.then((result) => {
      isArriving = false;
      const wanted = pendingSeek;
      pendingSeek = null;
      endFetching();
      if (result === "failed") { sayFailed(wanted); }
      media.dispatchEvent(new Event("timeupdate"));
    });
  }
  function play() {
    isAsked = true;
    const starting = media.play();
    if (starting) {
      starting.catch((refused) => {
        if (refused.name === "NotAllowedError") { announce("The browser did not start it. Choose Play."); }
        if (refused.name === "NotSupportedError") { tryWhole(); }
      });
    }
  }
  function playFrom(seconds) {
    linkEnd = null;
    seek(seconds);
    if (isArriving) { playsWhenFetched = true; } else { play(); }
  }
  media.addEventListener("play", () => {
    isAsked = true;
    if (!isFetched) { announce(""); } // what was said before it is over
    isFetched = false;
    if (pendingSeek !== null) { arrive(); }
  });
  media.addEventListener("loadedmetadata", () => {
    media.playbackRate = Number(byAct.speed.value);
    if (pendingSeek !== null && media.readyState >= 1) { arrive(); }
  });
  /* A browser that refuses a server without ranges says no more than that it cannot play this. */
  function tryWhole() {
    if (isArriving) { return; }
    if (cannotSeek || !media.canPlayType("video/mp4")) { announce(NOT_LOADED); return; }
    pendingSeek = now();
    arrive();
  }
  media.addEventListener("error", () => {
    const isLost = media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE;
    if (isLost && isAsked) { tryWhole(); } // unasked, nothing of it is fetched
  }, true);

  /* ---- a server that sends a film from its beginning alone ------------------------------------- */
  const FROM_THE_BEGINNING = "This web server can send a film only from its beginning";
  const NOT_LOADED = "The film cannot be loaded. Load this page again; if it still does not come, tell the " +
    "team that looks after this library.";
  const fetching = controls.querySelector("[data-fetching]");
  const fetchButton = fetching.querySelector("[data-fetch-whole]");
  const progress = fetching.querySelector("[data-fetching-progress]");
  let answerAsked = null;
  let playsWhenFetched = false;
  let isFetching = false;
  let isFetched = false;
  function megabytes(bytes) { return `${Math.max(0.1, bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`; }
  function wantedMoment() { return pendingSeek > 0.5 ? `at ${clock(pendingSeek)}` : "at its beginning"; }
  function sayFetching(state) {
    if (state.kind === "fetching") {
      if (!isFetching) {
        announce(`${FROM_THE_BEGINNING}. All of it is fetched first; then it starts ${wantedMoment()}.`);
      }
      isFetching = true;
      fetching.hidden = false;
      fetchButton.hidden = true;
      progress.hidden = false;
      if (state.total) {
        progress.max = state.total;
        progress.value = state.loaded;
      } else { progress.removeAttribute("value"); }
    } else if (state.kind === "fetched") {
      announce(`The whole film is here, ${wantedMoment()}.`, now());
      isFetched = true;
      if (playsWhenFetched) { play(); }
    } else if (state.kind === "refused") {
      announce(`The whole film is here, ${wantedMoment()}. Choose Play.`);
    }
  }
  function askToFetch(bytes) {
    const smaller = picture && picture.selectedIndex < picture.options.length - 1;
    announce(`${FROM_THE_BEGINNING}. To start ${wantedMoment()}, all of it must be fetched first${
      bytes ? `: ${megabytes(bytes)}` : ""}.${smaller ? " A smaller size is under “Choices”." : ""}`);
    fetchButton.textContent = bytes ? `Fetch ${megabytes(bytes)}` : "Fetch all of it";
    fetching.hidden = false;
    fetchButton.hidden = false;
    progress.hidden = true;
    return new Promise((done) => { answerAsked = done; });
  }
  function answerAsk(answer) {
    if (answerAsked) { answerAsked(answer); }
    answerAsked = null;
  }
  function endFetching() {
    answerAsk(false);
    isFetching = false;
    playsWhenFetched = false;
    const hadFocus = fetching.contains(document.activeElement);
    fetching.hidden = true;
    if (hadFocus) { byAct.play.focus({ preventScroll: true }); }
  }
  function sayFailed(wanted) {
    cannotSeek = true;
    if (media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) { announce(NOT_LOADED); return; }
    const moment = wanted > 0.5 ? ` The moment you wanted is at ${clock(wanted)}.` : "";
    announce(`${FROM_THE_BEGINNING}, and all of it was not fetched. Choose Play to begin at the start.${moment}`);
  }
  fetchButton.addEventListener("click", () => { answerAsk(true); });
  fetching.querySelector("[data-fetch-stop]").addEventListener("click", () => {
    window.carerMediaStart.stop(media);
    answerAsk(false);
  });

  /* ---- stopping where it was asked to stop -------------------------------------------------- */
  /* Each stop says the next second to stop at after `from`, or null, and is told when it is there.
     `timeupdate` comes four times a second: the last stretch is waited for by the clock. */
  const stops = [];
  let watchedTo = 0;
  let stopTimer = 0;
  function nextStop(from) {
    let next = null;
    stops.forEach((stop) => {
      const position = stop.next(from);
      if (position !== null && position > from && (!next || position < next.at)) { next = { at: position, stop }; }
    });
    return next;
  }
  function watchStops() {
    clearTimeout(stopTimer);
    if (media.paused || media.seeking || pendingSeek !== null) { return; }
    const next = nextStop(watchedTo);
    const left = next ? next.at - media.currentTime : Infinity;
    if (left <= 0.02) {
      watchedTo = Math.max(next.at, media.currentTime);
      stoppedAt = next.at;
      media.pause();
      stepBackTo(next.at);
      next.stop.reached(next.at);
      return;
    }
    watchedTo = media.currentTime;
    if (left < 1) { stopTimer = setTimeout(watchStops, left * 1000 / media.playbackRate); }
  }
  /* A busy computer may notice late: then the beginning of what comes next was heard, and is not
     to be left out when it goes on. */
  let isSteppingBack = false;
  function stepBackTo(at) {
    if (media.currentTime < at + 0.2 || !window.carerMediaStart.reaches(media, at)) { return; }
    isSteppingBack = true;
    watchedTo = media.currentTime = at;
  }
  media.addEventListener("timeupdate", watchStops);
  media.addEventListener("timeupdate", forget);
  media.addEventListener("seeking", (event) => {
    watchedTo = media.currentTime;
    if (isSteppingBack) { event.stopImmediatePropagation(); } // nobody chose another place
    else { stoppedAt = null; }
    isSteppingBack = false;
  });
  media.addEventListener("play", () => { stoppedAt = null; });
  media.addEventListener("ended", () => {
    const next = nextStop(watchedTo - 0.01);
    watchedTo = media.duration;
    if (next) { next.stop.reached(next.at); }
  });

  /* ---- links to a moment -------------------------------------------------------------------- */
  /* A link holds whole seconds, rounded down, so that it never opens after the first word. With an
     end (#t=12,40) it stops there once; playing on is one press. */
  stops.push({
    next () { return linkEnd; },
    reached () {
      linkEnd = null;
      announce("The moment that was linked ends here. Choose Play to go on.");
    }
  });
  function seekToAddress() {
    const match = /^#t=(\d{1,6})(?:,(\d{1,6}))?$/.exec(location.hash);
    if (!match) { return; }
    seek(Number(match[1]));
    linkEnd = match[2] && Number(match[2]) > Number(match[1]) ? Number(match[2]) : null;
    announce(`Ready at ${clock(Number(match[1]))}. Choose Play.`);
  }
  function copyLink(from, to) {
    const moment = `#t=${Math.floor(from)}${to ? `,${Math.ceil(to)}` : ""}`;
    const address = location.href.split("#")[0] + moment;
    const announceCopied = function () {
      announce(`Link copied. It opens at ${clock(from)}${to ? ` and stops at ${clock(Math.ceil(to))}` : ""}.`, now());
    };
    const offerAddress = function () { announce(`Copy this link: ${address}`); };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(address).then(announceCopied, offerAddress);
    } else { offerAddress(); }
  }

  /* ---- our buttons -------------------------------------------------------------------------- */
  function showPlaying() {
    controls.querySelector("[data-play-word]").textContent = media.paused ? "Play" : "Pause";
    byAct.play.classList.toggle("is-playing", !media.paused);
  }
  function toggle() {
    if (isFetching) { playsWhenFetched = true; return; } // it starts by itself
    if (!media.paused) { media.pause(); return; }
    if (media.ended) { seek(0); }
    play();
  }
  const choices = controls.querySelector("[data-choices]");
  function showChoices(shown) {
    choices.hidden = !shown;
    byAct.choices.setAttribute("aria-expanded", String(shown));
  }
  byAct.play.addEventListener("click", toggle);
  byAct.back.addEventListener("click", () => { seek(now() - 10); });
  byAct.forward.addEventListener("click", () => { seek(now() + 10); });
  byAct.link.addEventListener("click", () => { copyLink(now()); });
  byAct.choices.addEventListener("click", () => { showChoices(choices.hidden); });
  byAct.speed.addEventListener("change", () => {
    media.playbackRate = Number(byAct.speed.value);
    store("speed", byAct.speed.value);
  });
  ["play", "pause", "ended", "emptied"].forEach((event) => {
    media.addEventListener(event, showPlaying);
  });
  const position = controls.querySelector("[data-position]");
  function showPosition() {
    const words = length() ? `${clock(now())} of ${clock(length())}` : clock(now());
    if (position.textContent !== words) { position.textContent = words; }
  }
  ["timeupdate", "seeked", "loadedmetadata", "emptied"].forEach((event) => {
    media.addEventListener(event, showPosition);
  });

  /* ---- what comes after it ------------------------------------------------------------------- */
  const after = document.querySelector("[data-ended]");
  function leaveFullScreen() {
    if (document.fullscreenElement) { document.exitFullscreen(); }
    if (media.webkitDisplayingFullscreen) { media.webkitExitFullscreen(); }
  }
  function showEnded() {
    if (!after.hidden) { return; }
    leaveFullScreen();
    after.hidden = false;
    announce("The story has ended. What you can do next is shown with the film.");
  }
  function hideEnded() {
    const hadFocus = after.contains(document.activeElement);
    after.hidden = true;
    if (hadFocus) { byAct.play.focus({ preventScroll: true }); }
  }
  media.addEventListener("ended", showEnded);
  media.addEventListener("pause", () => { if (length() && now() > length() - 0.25) { showEnded(); } });
  ["play", "seeking", "emptied"].forEach((event) => { media.addEventListener(event, hideEnded); });
  after.querySelector("[data-again]").addEventListener("click", () => { playFrom(0); });

  /* ---- Escape closes what is open -------------------------------------------------------------- */
  /* Each closes one thing and says whether there was anything to close; the newest is asked first. */
  const closers = [];
  function onEscape(close) { closers.unshift(close); }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) { return; }
    if (document.querySelector("dialog[open]")) { return; } // which closes by itself
    closers.some((close) => close(event));
  });
  onEscape(() => {
    if (after.hidden) { return false; }
    hideEnded();
    return true;
  });
  onEscape(() => {
    if (choices.hidden) { return false; }
    if (choices.contains(document.activeElement)) { byAct.choices.focus(); }
    showChoices(false);
    return true;
  });

  /* ---- the size of the picture -------------------------------------------------------------- */
  const saving = Boolean(navigator.connection && navigator.connection.saveData);
  const picture = byAct.picture;
  function names() { return picture ? Array.prototype.map.call(picture.options, value) : []; }
  function value(option) { return option.value; }
  function preferred() {
    const sizes = ["film.mp4", "film-720.mp4", "film-360.mp4", "audio.m4a"];
    const chosen = stored("picture") || (saving ? "film-360.mp4" : "film.mp4");
    // Where a story has no film of that size: the next smaller, but no sound alone unasked.
    const from = Math.max(0, sizes.indexOf(chosen));
    return sizes.slice(from, from < 3 ? 3 : 4).concat("film.mp4").find((name) => {
      return names().indexOf(name) >= 0;
    });
  }
  function load(name) {
    const option = picture.querySelector(`option[value="${name}"]`);
    picture.value = name;
    media.src = option.getAttribute("data-src");
    media.classList.toggle("is-sound-only", name === "audio.m4a");
  }
  function choosePicture() {
    const wasPlaying = (!media.paused && !media.ended) || playsWhenFetched;
    const isLoaded = media.readyState >= 1 || isArriving;
    const at = now();
    load(picture.value);
    pendingSeek = at;
    answerAsk(false);
    if (wasPlaying) { play(); } else if (isLoaded) { media.preload = "metadata"; }
    store("picture", picture.value);
    announce(`${picture.options[picture.selectedIndex].textContent.split(",")[0]}, from ${clock(at)}.`, at);
  }
  if (picture) {
    if (preferred() !== "film.mp4") { load(preferred()); }
    picture.addEventListener("change", choosePicture);
  }

  /* ---- chapters ----------------------------------------------------------------------------- */
  const chapters = [];
  function makeChapter(link) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...link.childNodes);
    link.replaceWith(button);
    const chapter = {
      start: Number(link.getAttribute("data-start")) / 1000,
      end: Number(link.getAttribute("data-end")) / 1000,
      id: link.getAttribute("href").slice(1),
      asked: link.hasAttribute("data-asked"),
      button
    };
    button.addEventListener("click", () => { playFrom(chapter.start); });
    chapters.push(chapter);
  }
  function chapterAt(seconds) {
    let current = null;
    chapters.forEach((chapter) => { if (chapter.start <= seconds + 0.05) { current = chapter; } });
    return current;
  }
  function showChapter() {
    const current = now() || !media.paused ? chapterAt(timeHeard()) : null;
    chapters.forEach((chapter) => {
      if (chapter === current) { chapter.button.setAttribute("aria-current", "true"); }
      else { chapter.button.removeAttribute("aria-current"); }
    });
  }
  function stepChapter(by) {
    const at = chapters.indexOf(chapterAt(now())) + by;
    if (chapters[at]) { playFrom(chapters[at].start); }
  }
  each(document.querySelectorAll("[data-chapters] a"), makeChapter);
  ["timeupdate", "seeked"].forEach((event) => { media.addEventListener(event, showChapter); });

  /* ---- keys --------------------------------------------------------------------------------- */
  const help = document.querySelector("[data-keys]");
  const single = help.querySelector("[data-single-keys]");
  function press(act) { return function () { if (byAct[act]) { byAct[act].click(); } }; }
  const KEYS = {
    k: toggle,
    j: press("back"),
    l: press("forward"),
    c: press("captions"),
    n () { stepChapter(1); },
    p () { stepChapter(-1); },
    f () { const words = document.getElementById("find-words"); if (words) { words.focus(); } },
    "?" () { help.showModal(); }
  };
  function setSingle(on) {
    single.checked = on;
    help.querySelector("[data-single]").classList.toggle("is-off", !on);
  }
  single.addEventListener("change", () => {
    setSingle(single.checked);
    store("keys", single.checked ? "on" : "off");
  });
  byAct.keys.addEventListener("click", () => { help.showModal(); });
  help.querySelector("[data-keys-close]").addEventListener("click", () => { help.close(); });
  document.addEventListener("keydown", (event) => {
    if (!single.checked || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) { return; }
    if (event.target.closest("input, textarea, select, dialog") || !KEYS[event.key]) { return; }
    event.preventDefault();
    KEYS[event.key]();
  });
  setSingle(stored("keys") === "on");

  /* ---- begin -------------------------------------------------------------------------------- */
  const printing = document.querySelector("[data-print]");
  if (printing) {
    printing.hidden = false;
    printing.querySelector("button").addEventListener("click", () => { window.print(); });
  }
  const speed = stored("speed");
  if (speed && byAct.speed.querySelector(`option[value="${Number(speed)}"]`)) {
    byAct.speed.value = String(Number(speed));
  }
  controls.hidden = false;
  position.hidden = false;
  showPosition();
  window.addEventListener("hashchange", seekToAddress);
  seekToAddress();

  window.carerStories = {
    media, controls: byAct, stops, chapters,
    timeHeard, play, playFrom, copyLink, showChoices, leaveFullScreen, onEscape,
    clock, inWords, announce, bringIntoView, moving, glide, stored, store, each,
    isMoving () { return performance.now() < movedUntil; }
  };
})();
