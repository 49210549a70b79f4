/* The present view: one step at a time, by button, keyboard or presenter remote. It offers the other
   present scripts (clips, timer, room check) what they need as window.carerPresent. */
(function () {
  "use strict";
  const root = document.querySelector("[data-present]");
  if (!root) { return; }
  const page = document.documentElement;
  const room = root.querySelector("[data-room]");
  const leftOut = pointsLeftOut();
  const slides = all("[data-slide]");
  const bar = root.querySelector("[data-bar]");
  const blank = root.querySelector("[data-blank]");
  const statusLine = root.querySelector("[data-said-now]");
  const buttons = {};
  all("[data-do]").forEach((one) => { buttons[one.getAttribute("data-do")] = one; });
  const KEY = `carer-stories-present-${root.getAttribute("data-plan")}${leftOut.length ? `-without-${leftOut.join("-")}` : ""}`;
  const listeners = { enter: [], leave: [], blank: [] };
  const clips = [];          // filled by present-clip.js: what each slide with a film can do
  let step = 0;              // 0 is the room check, then the steps from 1
  let showNotes = false;
  let focusBeforeBlank = null;

  function all(selector) { return Array.from(root.querySelectorAll(selector)); }
  function notify(event, slide) { listeners[event].forEach((one) => { one(slide); }); }
  function current() { return step ? slides[step - 1] : room; }
  function currentClip() {
    return clips.filter((clip) => clip.slide === current())[0] || null;
  }

  /* ---- a session without some points of the plan: ?without=3,5 ------------------------------- */
  /* Their steps are taken off the page before anything counts or plays them. Returns the numbers. */
  function pointsLeftOut() {
    const wanted = (new URLSearchParams(location.search).get("without") || "").split(",").map(Number);
    const points = new Map();
    all("[data-slide]").forEach((slide) => {
      const point = Number(slide.getAttribute("data-point"));
      if (!point || wanted.indexOf(point) < 0) { return; }
      if (!points.has(point)) { points.set(point, heading(slide)); }
      slide.remove();
    });
    if (points.size) {
      const line = root.querySelector("[data-left-out]");
      line.textContent = `Left out of this session: ${Array.from(points.values(), (title) => `“${title}”`).join(", ")}.`;
      line.hidden = false;
    }
    return Array.from(points.keys());
  }

  /* ---- the place is kept in this browser, for a reload in front of everybody ----------------- */
  function readPosition() {
    try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
  }
  function storePosition() {
    const progress = { version: root.getAttribute("data-version"), of: slides.length, step };
    try { localStorage.setItem(KEY, JSON.stringify(progress)); } catch { /* the address names it */ }
  }
  function canStore() {
    try { localStorage.setItem(`${KEY}-try`, "1"); localStorage.removeItem(`${KEY}-try`); return true; } catch { return false; }
  }
  function storedStep() {
    const found = /^#step-(\d{1,3})$/.exec(location.hash);
    const stored = readPosition();
    const fits = stored.version === root.getAttribute("data-version") && stored.of === slides.length;
    const step = found ? Number(found[1]) : (fits ? Number(stored.step) : 0);
    return step >= 1 && step <= slides.length ? step : 0;
  }

  /* ---- going from step to step --------------------------------------------------------------- */
  function goTo(to, quietly) {
    to = Math.min(Math.max(to, 0), slides.length);
    if (to !== step) { notify("leave", current()); }
    step = to;
    room.hidden = step !== 0;
    slides.forEach((slide, index) => { slide.hidden = index !== step - 1; });
    window.scrollTo(0, 0);
    history.replaceState(null, "", step ? `#step-${step}` : location.pathname + location.search);
    storePosition();
    notify("enter", current());
    draw();
    fit();
    if (quietly) { return; }
    statusLine.textContent = step ? `${place()}: ${heading(current())}` : "The room check";
    if (!bar.contains(document.activeElement)) { current().focus({ preventScroll: true }); }
  }
  /* A low window (a laptop with its browser’s bars) gets smaller letters before it must be scrolled.
     In a narrow one, or one enlarged by its reader, letters stay as large as they were asked for. */
  function fit() {
    let size = 1;
    page.style.setProperty("--fit", "1");
    if (window.innerWidth < 900) { return; }
    while (size > 0.65 && page.scrollHeight > window.innerHeight + 1) {
      size -= 0.05;
      page.style.setProperty("--fit", size.toFixed(2));
    }
  }
  function heading(slide) { return slide.querySelector("h2").textContent; }
  function place() { return `${step} of ${slides.length}`; }
  function next() {
    const clip = currentClip();
    if (clip && clip.isReady()) { clip.play(); return; }
    if (step < slides.length) { goTo(step + 1); }
  }
  function back() {
    const clip = currentClip();
    if (clip && clip.isPlaying()) { clip.again(); return; }
    if (step > 0) { goTo(step - 1); }
  }
  function toggle() {
    const clip = currentClip();
    if (clip) { clip.toggle(); } else { next(); }
  }
  function draw() {
    const clip = currentClip();
    bar.hidden = false;
    buttons.back.disabled = step === 0;
    buttons.check.hidden = buttons.notes.hidden = step === 0;
    root.querySelector("[data-progress]").textContent = step ? place() : "Room check";
    root.querySelector("[data-done]").style.width = `${100 * step / slides.length}%`;
    buttons.next.textContent = step === 0 ? "Begin" : clip && clip.isReady() ? "Play the clip"
      : (clip && clip.isPlaying() ? "Skip on" : "Next");
    buttons.next.disabled = step === slides.length && !(clip && clip.isReady());
    buttons.play.hidden = !clip || clip.isReady();
    buttons.play.textContent = clip && clip.isPlaying() ? "Pause" : (clip && clip.isDone() ? "Play again" : "Go on");
    buttons.captions.hidden = !clip;
    all("[data-notes]").forEach((notes) => { notes.hidden = !showNotes; });
    buttons.notes.setAttribute("aria-pressed", String(showNotes));
  }

  /* ---- a blank screen ------------------------------------------------------------------------ */
  function setBlank(on) {
    if (on === !blank.hidden) { return; }
    if (on) { focusBeforeBlank = document.activeElement; }
    blank.hidden = !on;
    page.classList.toggle("is-blank", on);
    notify("blank", current());
    if (on) { blank.focus(); } else if (focusBeforeBlank && focusBeforeBlank.focus) { focusBeforeBlank.focus(); }
  }

  /* ---- full screen --------------------------------------------------------------------------- */
  function isFull() { return Boolean(document.fullscreenElement); }
  function full() {
    const change = isFull() ? document.exitFullscreen() : page.requestFullscreen();
    if (change) { change.catch(() => { statusLine.textContent = "The browser did not allow a full screen. Try F11."; }); }
  }
  document.addEventListener("fullscreenchange", () => {
    buttons.full.setAttribute("aria-pressed", String(isFull()));
  });
  if (!document.fullscreenEnabled) { buttons.full.hidden = true; }

  /* ---- keys and presenter remotes ------------------------------------------------------------ */
  /* Letters can be switched off, and never count while somebody types. */
  const letters = root.querySelector("[data-letters]");
  function isTyping(target) {
    return Boolean(target.closest && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]"));
  }
  function isButton(target) { return Boolean(target.closest && target.closest("button, a, summary, input")); }
  function actionFor(event) {
    switch (event.key) {
      case "PageDown": case "ArrowRight": return next;
      case "PageUp": case "ArrowLeft": return back;
      case " ": return isButton(event.target) ? null : toggle;
      case "b": case "B": case ".":
        return letters.checked ? function () { setBlank(true); } : null;
      default: return null;
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) { return; }
    if (!blank.hidden) {
      if (["Shift", "Tab"].indexOf(event.key) < 0 && !event.repeat) { event.preventDefault(); setBlank(false); }
      return;
    }
    if (isTyping(event.target)) { return; }
    const action = actionFor(event);
    if (!action) { return; }
    event.preventDefault();
    if (!event.repeat) { action(); }
  });

  buttons.next.addEventListener("click", next);
  buttons.back.addEventListener("click", back);
  buttons.play.addEventListener("click", toggle);
  buttons.blank.addEventListener("click", () => { setBlank(true); });
  buttons.full.addEventListener("click", full);
  buttons.check.addEventListener("click", () => { goTo(0); room.focus({ preventScroll: true }); });
  buttons.notes.addEventListener("click", () => { showNotes = !showNotes; draw(); fit(); });
  window.addEventListener("resize", fit);
  blank.addEventListener("click", () => { setBlank(false); });

  window.carerPresent = {
    root, slides, clips, all, goTo, next, draw, canStore,
    announce (words) { statusLine.textContent = words; },
    isAt (slide) { return current() === slide; },
    isBlank () { return !blank.hidden; },
    captionsButton: buttons.captions,
    on (event, then) { listeners[event].push(then); },
    /* The last script calls this, once every part is there. */
    begin () {
      page.classList.add("presenting");
      goTo(storedStep(), true);
      window.addEventListener("hashchange", () => { goTo(storedStep()); });
    }
  };
})();
