/* The story's player: our buttons for the browser's own film, chapters, links to a moment, the size of
   the picture. It offers the other scripts of the page what they need as window.carerStories. */
(function () {
  "use strict";
  var media = document.querySelector("[data-media]");
  var controls = document.querySelector("[data-controls]");
  if (!media || !controls) { return; }
  var saidHere = controls.querySelector("[data-player-said]");
  var byAct = {};
  each(controls.querySelectorAll("[data-act]"), function (control) {
    byAct[control.getAttribute("data-act")] = control;
  });

  function each(list, work) { Array.prototype.slice.call(list).forEach(work); }
  function clock(seconds) {
    var whole = Math.max(0, Math.floor(seconds));
    var h = Math.floor(whole / 3600);
    var m = Math.floor((whole % 3600) / 60);
    var s = String(whole % 60).padStart(2, "0");
    return h ? h + ":" + String(m).padStart(2, "0") + ":" + s : m + ":" + s;
  }
  function spoken(seconds) {
    var whole = Math.max(0, Math.floor(seconds));
    var m = Math.floor(whole / 60);
    var s = whole % 60;
    var words = [];
    if (m) { words.push(m + (m === 1 ? " minute" : " minutes")); }
    if (s || !m) { words.push(s + (s === 1 ? " second" : " seconds")); }
    return words.join(" ");
  }
  function say(text) { saidHere.textContent = text; }
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  function bring(element, block) {
    element.scrollIntoView({ block: block, behavior: still.matches ? "auto" : "smooth" });
  }
  /* A browser may refuse storage (private windows, some file shares): a choice then lasts a page. */
  function kept(key) {
    try { return localStorage.getItem("carer-stories-" + key); } catch (refused) { return null; }
  }
  function keep(key, value) {
    try { localStorage.setItem("carer-stories-" + key, value); return true; }
    catch (refused) { return false; }
  }

  /* ---- going to a moment -------------------------------------------------------------------- */
  /* Until the film's first bytes are there, a moment can only be wanted; then it is gone to. */
  var wanted = null;
  function now() { return wanted === null ? media.currentTime : wanted; }
  function heard() { return held === null ? now() : held - 0.2; }
  function seek(seconds) {
    var last = isFinite(media.duration) ? media.duration : seconds;
    var to = Math.min(Math.max(0, seconds), last);
    if (media.readyState >= 1) { media.currentTime = to; return; }
    wanted = to;
    media.dispatchEvent(new Event("timeupdate")); // chapters and transcript show it already
  }
  function play() {
    var asked = media.play();
    if (asked) {
      asked.catch(function (refused) {
        if (refused.name !== "AbortError") { say("The browser did not start it. Choose Play."); }
      });
    }
  }
  function playFrom(seconds) { until = null; seek(seconds); play(); }
  media.addEventListener("loadedmetadata", function () {
    media.playbackRate = Number(byAct.speed.value);
    if (wanted === null) { return; }
    media.currentTime = Math.min(wanted, media.duration);
    wanted = null;
  });

  /* ---- stopping where it was asked to stop -------------------------------------------------- */
  /* Each stop says the next second to stop at after `from`, or null, and is told when it is there.
     `timeupdate` comes four times a second: the last stretch is waited for by the clock. */
  var stops = [];
  var seen = 0;
  var waiting = 0;
  var held = null; // where it stopped: what has just been heard stays marked, not what comes next
  function nextStop(from) {
    var next = null;
    stops.forEach(function (stop) {
      var at = stop.next(from);
      if (at !== null && at > from && (!next || at < next.at)) { next = { at: at, stop: stop }; }
    });
    return next;
  }
  function watchStops() {
    clearTimeout(waiting);
    if (media.paused || media.seeking || wanted !== null) { return; }
    var next = nextStop(seen);
    var left = next ? next.at - media.currentTime : Infinity;
    if (left <= 0.02) {
      seen = Math.max(next.at, media.currentTime);
      held = next.at;
      media.pause();
      goBackTo(next.at);
      next.stop.reached(next.at);
      return;
    }
    seen = media.currentTime;
    if (left < 1) { waiting = setTimeout(watchStops, left * 1000 / media.playbackRate); }
  }
  /* A busy computer may notice late: then the beginning of what comes next was heard, and is not
     to be left out when it goes on. */
  var goingBack = false;
  function goBackTo(at) {
    if (media.currentTime < at + 0.2) { return; }
    goingBack = true;
    seen = media.currentTime = at;
  }
  media.addEventListener("timeupdate", watchStops);
  media.addEventListener("seeking", function (event) {
    seen = media.currentTime;
    if (goingBack) { event.stopImmediatePropagation(); } // nobody chose another place
    else { held = null; }
    goingBack = false;
  });
  media.addEventListener("play", function () { held = null; });
  media.addEventListener("ended", function () {
    var next = nextStop(seen - 0.01);
    seen = media.duration;
    if (next) { next.stop.reached(next.at); }
  });

  /* ---- links to a moment -------------------------------------------------------------------- */
  /* A link holds whole seconds, rounded down, so that it never opens after the first word. With an
     end (#t=12,40) it stops there once; playing on is one press. */
  var until = null;
  stops.push({
    next: function () { return until; },
    reached: function () {
      until = null;
      say("The moment that was linked ends here. Choose Play to go on.");
    }
  });
  function seekToAddress() {
    var found = /^#t=(\d{1,6})(?:,(\d{1,6}))?$/.exec(location.hash);
    if (!found) { return; }
    seek(Number(found[1]));
    until = found[2] && Number(found[2]) > Number(found[1]) ? Number(found[2]) : null;
    say("Ready at " + clock(Number(found[1])) + ". Choose Play.");
  }
  function copyLink(from, to) {
    var moment = "#t=" + Math.floor(from) + (to ? "," + Math.ceil(to) : "");
    var address = location.href.split("#")[0] + moment;
    var done = function () {
      say("Link copied. It opens at " + clock(from) + (to ? " and stops at " + clock(Math.ceil(to)) : "") + ".");
    };
    var byHand = function () { say("Copy this link: " + address); };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(address).then(done, byHand);
    } else { byHand(); }
  }

  /* ---- our buttons -------------------------------------------------------------------------- */
  function showPlaying() {
    controls.querySelector("[data-play-word]").textContent = media.paused ? "Play" : "Pause";
    byAct.play.classList.toggle("is-playing", !media.paused);
  }
  function toggle() {
    if (!media.paused) { media.pause(); return; }
    if (media.ended) { seek(0); }
    play();
  }
  function open(panel, button, shown) {
    panel.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  }
  byAct.play.addEventListener("click", toggle);
  byAct.back.addEventListener("click", function () { seek(now() - 10); });
  byAct.forward.addEventListener("click", function () { seek(now() + 10); });
  byAct.link.addEventListener("click", function () { copyLink(now()); });
  byAct.choices.addEventListener("click", function () {
    var panel = controls.querySelector("[data-choices]");
    open(panel, byAct.choices, panel.hidden);
  });
  byAct.speed.addEventListener("change", function () {
    media.playbackRate = Number(byAct.speed.value);
    keep("speed", byAct.speed.value);
  });
  ["play", "pause", "ended", "emptied"].forEach(function (event) {
    media.addEventListener(event, showPlaying);
  });

  /* ---- the size of the picture -------------------------------------------------------------- */
  var saving = Boolean(navigator.connection && navigator.connection.saveData);
  var picture = byAct.picture;
  function names() { return picture ? Array.prototype.map.call(picture.options, value) : []; }
  function value(option) { return option.value; }
  function preferred() {
    var sizes = ["film.mp4", "film-720.mp4", "film-360.mp4", "audio.m4a"];
    var chosen = kept("picture") || (saving ? "film-360.mp4" : "film.mp4");
    // Where a story has no film of that size: the next smaller, but no sound alone unasked.
    var from = Math.max(0, sizes.indexOf(chosen));
    return sizes.slice(from, from < 3 ? 3 : 4).concat("film.mp4").find(function (name) {
      return names().indexOf(name) >= 0;
    });
  }
  function load(name) {
    var option = picture.querySelector('option[value="' + name + '"]');
    picture.value = name;
    media.src = option.getAttribute("data-src");
    media.classList.toggle("is-sound-only", name === "audio.m4a");
  }
  function choosePicture() {
    var going = !media.paused && !media.ended;
    var at = now();
    load(picture.value);
    wanted = at;
    if (going) { play(); }
    keep("picture", picture.value);
    say(picture.options[picture.selectedIndex].textContent.split(",")[0] + ", from " + clock(at) + ".");
  }
  if (picture) {
    if (preferred() !== "film.mp4") { load(preferred()); }
    picture.addEventListener("change", choosePicture);
  }

  /* ---- chapters ----------------------------------------------------------------------------- */
  var chapters = [];
  function makeChapter(link) {
    var button = document.createElement("button");
    button.type = "button";
    button.append.apply(button, link.childNodes);
    link.replaceWith(button);
    var chapter = {
      start: Number(link.getAttribute("data-start")) / 1000,
      end: Number(link.getAttribute("data-end")) / 1000,
      id: link.getAttribute("href").slice(1),
      asked: link.hasAttribute("data-asked"),
      button: button
    };
    button.addEventListener("click", function () { playFrom(chapter.start); });
    chapters.push(chapter);
  }
  function chapterAt(seconds) {
    var current = null;
    chapters.forEach(function (chapter) { if (chapter.start <= seconds + 0.05) { current = chapter; } });
    return current;
  }
  function showChapter() {
    var current = now() || !media.paused ? chapterAt(heard()) : null;
    chapters.forEach(function (chapter) {
      if (chapter === current) { chapter.button.setAttribute("aria-current", "true"); }
      else { chapter.button.removeAttribute("aria-current"); }
    });
  }
  function stepChapter(by) {
    var at = chapters.indexOf(chapterAt(now())) + by;
    if (chapters[at]) { playFrom(chapters[at].start); }
  }
  each(document.querySelectorAll("[data-chapters] a"), makeChapter);
  ["timeupdate", "seeked"].forEach(function (event) { media.addEventListener(event, showChapter); });

  /* ---- keys --------------------------------------------------------------------------------- */
  var help = document.querySelector("[data-keys]");
  var single = help.querySelector("[data-single-keys]");
  function press(act) { return function () { if (byAct[act]) { byAct[act].click(); } }; }
  var KEYS = {
    k: toggle,
    j: press("back"),
    l: press("forward"),
    c: press("captions"),
    n: function () { stepChapter(1); },
    p: function () { stepChapter(-1); },
    f: function () { var words = document.getElementById("find-words"); if (words) { words.focus(); } },
    "?": function () { help.showModal(); }
  };
  function setSingle(on) {
    single.checked = on;
    help.querySelector("[data-single]").classList.toggle("is-off", !on);
  }
  single.addEventListener("change", function () {
    setSingle(single.checked);
    keep("keys", single.checked ? "on" : "off");
  });
  byAct.keys.addEventListener("click", function () { help.showModal(); });
  help.querySelector("[data-keys-close]").addEventListener("click", function () { help.close(); });
  document.addEventListener("keydown", function (event) {
    if (!single.checked || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) { return; }
    if (event.target.closest("input, textarea, select, dialog") || !KEYS[event.key]) { return; }
    event.preventDefault();
    KEYS[event.key]();
  });
  setSingle(kept("keys") === "on");

  /* ---- begin -------------------------------------------------------------------------------- */
  var printing = document.querySelector("[data-print]");
  if (printing) {
    printing.hidden = false;
    printing.querySelector("button").addEventListener("click", function () { window.print(); });
  }
  var speed = kept("speed");
  if (speed && byAct.speed.querySelector('option[value="' + Number(speed) + '"]')) {
    byAct.speed.value = String(Number(speed));
  }
  controls.hidden = false;
  window.addEventListener("hashchange", seekToAddress);
  seekToAddress();
  if (!saving) { media.preload = "metadata"; }

  window.carerStories = {
    media: media, controls: byAct, stops: stops, chapters: chapters,
    heard: heard, play: play, playFrom: playFrom, copyLink: copyLink,
    clock: clock, spoken: spoken, say: say, bring: bring, kept: kept, keep: keep, each: each
  };
})();
