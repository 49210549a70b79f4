/* The story's player: our buttons for the browser's own film, chapters, captions, links to a moment.
   It offers the transcript (transcript.js) what it needs as window.carerStories. */
(function () {
  "use strict";
  var media = document.querySelector("[data-media]");
  var controls = document.querySelector("[data-controls]");
  if (!media || !controls) { return; }
  var saidHere = controls.querySelector("[data-player-said]");
  var fromFile = location.protocol === "file:";
  var byAct = {};
  Array.prototype.slice.call(controls.querySelectorAll("[data-act]")).forEach(function (control) {
    byAct[control.getAttribute("data-act")] = control;
  });

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
  function kept(key) {
    try { return localStorage.getItem("carer-stories-" + key); } catch (refused) { return null; }
  }
  function keep(key, value) {
    try { localStorage.setItem("carer-stories-" + key, value); } catch (refused) { /* lasts a page */ }
  }

  /* ---- going to a moment -------------------------------------------------------------------- */
  function seek(seconds) {
    var last = isFinite(media.duration) ? media.duration : seconds;
    media.currentTime = Math.min(Math.max(0, seconds), last);
  }
  function playFrom(seconds) {
    seek(seconds);
    var asked = media.play();
    if (asked) { asked.catch(function () { say("The browser did not start it. Choose Play."); }); }
  }
  /* A link holds whole seconds, rounded down, so that it never opens after the first word. */
  function seekToAddress() {
    var found = /^#t=(\d{1,6})$/.exec(location.hash);
    if (!found) { return; }
    seek(Number(found[1]));
    say("Ready at " + clock(Number(found[1])) + ". Choose Play.");
  }

  /* ---- our buttons -------------------------------------------------------------------------- */
  function showPlaying() {
    var word = media.paused ? "Play" : "Pause";
    controls.querySelector("[data-play-word]").textContent = word;
    byAct.play.classList.toggle("is-playing", !media.paused);
  }
  function linkHere() {
    var address = location.href.split("#")[0] + "#t=" + Math.floor(media.currentTime);
    var done = function () { say("Link copied. It opens at " + clock(media.currentTime) + "."); };
    var byHand = function () { say("Copy this link: " + address); };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(address).then(done, byHand);
    } else { byHand(); }
  }
  byAct.play.addEventListener("click", function () {
    if (media.paused) { playFrom(media.ended ? 0 : media.currentTime); } else { media.pause(); }
  });
  byAct.back.addEventListener("click", function () { seek(media.currentTime - 10); });
  byAct.forward.addEventListener("click", function () { seek(media.currentTime + 10); });
  byAct.link.addEventListener("click", linkHere);
  byAct.speed.addEventListener("change", function () {
    media.playbackRate = Number(byAct.speed.value);
    keep("speed", byAct.speed.value);
  });
  ["play", "pause", "ended"].forEach(function (event) { media.addEventListener(event, showPlaying); });

  /* ---- captions ----------------------------------------------------------------------------- */
  /* Over http the browser loads the track itself. From a file it must not, so the same words come
     as a script and are attached as a track of this page's own: one or the other, never both. */
  var element = media.querySelector("track");
  function attachFromScript() {
    var holder = document.createElement("script");
    holder.src = element.getAttribute("data-captions");
    holder.addEventListener("load", function () {
      var words = new Blob([window.carerStoriesCaptions], { type: "text/vtt" });
      var own = document.createElement("track");
      own.kind = "captions";
      own.srclang = element.srclang;
      own.label = element.label;
      own.src = URL.createObjectURL(words);
      element.replaceWith(own);
      element = own;
      beginCaptions();
    });
    document.head.appendChild(holder);
  }
  function beginCaptions() {
    var area = document.querySelector("[data-said]");
    var track = element.track;
    function shown() { return track.mode !== "disabled" && track.mode === (area ? "hidden" : "showing"); }
    function set(on) {
      track.mode = on ? (area ? "hidden" : "showing") : "disabled";
      if (area) { area.hidden = !on; drawArea(); }
      byAct.captions.setAttribute("aria-pressed", String(on));
    }
    /* A recording has no picture to write captions on: they stand in an area below the poster. */
    function drawArea() {
      area.textContent = "";
      Array.prototype.forEach.call(track.activeCues || [], function (cue) {
        var line = document.createElement("p");
        line.dir = "auto";
        line.appendChild(cue.getCueAsHTML());
        area.appendChild(line);
      });
    }
    byAct.captions.addEventListener("click", function () {
      var on = !shown();
      set(on);
      keep("captions", on ? "on" : "off");
    });
    if (area) { track.addEventListener("cuechange", drawArea); }
    /* The browser's own menu can switch them too; our button then says so. */
    media.textTracks.addEventListener("change", function () {
      byAct.captions.setAttribute("aria-pressed", String(shown()));
    });
    set(kept("captions") !== "off");
  }

  /* ---- chapters ----------------------------------------------------------------------------- */
  var chapters = [];
  function makeChapter(link) {
    var button = document.createElement("button");
    button.type = "button";
    button.append.apply(button, link.childNodes);
    link.replaceWith(button);
    var start = Number(link.getAttribute("data-start")) / 1000;
    button.addEventListener("click", function () { playFrom(start); });
    chapters.push({ start: start, button: button });
  }
  function showChapter() {
    var now = media.currentTime + 0.05;
    var current = null;
    chapters.forEach(function (chapter) { if (chapter.start <= now) { current = chapter; } });
    if (!media.currentTime && media.paused) { current = null; }
    chapters.forEach(function (chapter) {
      if (chapter === current) { chapter.button.setAttribute("aria-current", "true"); }
      else { chapter.button.removeAttribute("aria-current"); }
    });
  }
  Array.prototype.slice.call(document.querySelectorAll("[data-chapters] a")).forEach(makeChapter);
  media.addEventListener("timeupdate", showChapter);
  media.addEventListener("seeked", showChapter);

  /* ---- begin -------------------------------------------------------------------------------- */
  var printing = document.querySelector("[data-print]");
  if (printing) {
    printing.hidden = false;
    printing.querySelector("button").addEventListener("click", function () { window.print(); });
  }
  if (element) { if (fromFile) { attachFromScript(); } else { beginCaptions(); } }
  var speed = kept("speed");
  if (speed && byAct.speed.querySelector('option[value="' + Number(speed) + '"]')) {
    byAct.speed.value = String(Number(speed));
    media.playbackRate = Number(speed);
  }
  media.addEventListener("loadedmetadata", function () { media.playbackRate = Number(byAct.speed.value); });
  controls.hidden = false;
  window.addEventListener("hashchange", seekToAddress);
  if (media.readyState > 0) { seekToAddress(); }
  else { media.addEventListener("loadedmetadata", seekToAddress, { once: true }); }

  window.carerStories = { media: media, playFrom: playFrom, spoken: spoken };
})();
