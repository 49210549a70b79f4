/* Is this copy whole? Opens each film and recording at its beginning and plays a moment
   of its end, without sound; loads each picture. From a stick a page can read nothing else. */
(function () {
  "use strict";
  const PATIENCE_MS = 20000;
  const files = window.carerStoriesFiles || [];
  const said = document.querySelector("[data-check-said]");
  const bar = document.querySelector("[data-check-bar]");
  const list = document.querySelector("[data-check-faults]");
  let faults = 0;
  if (!said || !bar || !list) { return; }
  bar.hidden = false;
  bar.max = Math.max(files.length, 1);
  next(0);

  function next(at) {
    bar.value = at;
    if (at === files.length) { finish(); return; }
    said.textContent = `Looking at file ${at + 1} of ${files.length} …`;
    tried(files[at], (good) => {
      if (!good) { tell(files[at]); }
      next(at + 1);
    });
  }

  function tried(name, done) {
    let settled = false;
    const clock = setTimeout(() => { settle(false); }, PATIENCE_MS);
    function settle(good) {
      if (settled) { return; }
      settled = true;
      clearTimeout(clock);
      done(good);
    }
    if (/\.(mp4|m4a)$/.test(name)) { media(name, settle); }
    else { picture(name, settle); }
  }

  function picture(name, settle) {
    const element = new Image();
    element.onload = function () { settle(true); };
    element.onerror = function () { settle(false); };
    element.src = name;
  }

  // A film that was cut short opens, and even seeks to where its end should be; but playing on from
  // there it finds nothing and falls back to its beginning.
  function media(name, settle) {
    const element = document.createElement("video");
    let from = 0;
    element.muted = true;
    element.preload = "auto";
    element.onerror = function () { finishMedia(false); };
    element.onloadeddata = function () {
      from = Math.max(element.duration - 1, 0);
      element.onseeked = playOn;
      element.currentTime = from;
    };
    element.src = name;
    function playOn() {
      element.onseeked = null;
      element.ontimeupdate = function () {
        if (element.currentTime < from - 0.5) { finishMedia(false); }
        else if (element.currentTime > from + 0.15) { finishMedia(true); }
      };
      element.onended = function () { finishMedia(element.currentTime >= from); };
      element.play().catch(() => { finishMedia(element.readyState >= 2); });
    }
    function finishMedia(good) {
      element.onerror = element.onloadeddata = element.onseeked = null;
      element.ontimeupdate = element.onended = null;
      settle(good);
      element.removeAttribute("src");
      element.load();
    }
  }

  function tell(name) {
    const item = document.createElement("li");
    item.className = "row";
    item.textContent = name;
    list.append(item);
    faults += 1;
  }

  function finish() {
    said.textContent = faults
      ? `${faults === 1 ? "One file" : `${faults} files`} cannot be shown here. Please ask for a new copy.`
      : `This copy is whole: all ${files.length} films, recordings and pictures open.`;
    document.querySelector("[data-check]").setAttribute("data-check", faults ? "faults" : "whole");
  }
})();
