/* The present view: one step at a time, by button, keyboard or presenter remote. It offers the other
   present scripts (clips, timers, the presenter’s window, room check) what they need as
   window.carerPresent. The same page with ?presenter is the presenter’s window: what is chosen there
   is sent to the window that the room sees, which alone knows where the session is. */
(function () {
  "use strict";
  const root = document.querySelector("[data-present]");
  if (!root) { return; }
  const page = document.documentElement;
  const isPresenter = new URLSearchParams(location.search).has("presenter");
  const room = root.querySelector("[data-room]");
  const leftOut = pointsLeftOut();
  const slides = all("[data-slide]");
  /* The timer stands below the notes too: what is above it is all there is to read. */
  all("[data-slide] > [data-timer]").forEach((timer) => { timer.parentElement.append(timer); });
  const bar = root.querySelector("[data-bar]");
  const rest = root.querySelector("[data-rest]");
  const blank = root.querySelector("[data-blank]");
  const statusLine = root.querySelector("[data-said-now]");
  const noticeLine = root.querySelector("[data-notice]");
  const buttons = {};
  all("[data-do]").forEach((one) => { buttons[one.getAttribute("data-do")] = one; });
  const WITHOUT = leftOut.length ? `-without-${leftOut.join("-")}` : "";
  const KEY = `carer-stories-present-${root.getAttribute("data-plan")}${WITHOUT}`;
  const listeners = { enter: [], leave: [], blank: [], draw: [], resume: [] };
  const clips = [];          // filled by present-clip.js: what each slide with a film can do
  let step = 0;              // 0 is the room check, then the steps from 1
  let showNotes = false;
  let focusBeforeBlank = null;
  let drawn = null;          // the state that the bar shows: our own, or that of the room’s window

  function all(selector) { return Array.from(root.querySelectorAll(selector)); }
  function notify(event, given) { listeners[event].forEach((one) => { one(given); }); }
  function slideAt(number) { return number ? slides[number - 1] : room; }
  function current() { return slideAt(step); }
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

  /* ---- what a reload in front of everybody must not lose ------------------------------------- */
  /* It is kept with this tab and in this browser: one of the two is allowed nearly everywhere. After
     half a day it is another session, and so is a page that is newly opened: the session before it is
     offered in the room check (`former`). An address that names a step goes on, within an hour. */
  const SESSION_MS = 12 * 3600 * 1000;
  const ABSENT_MS = 3600 * 1000;
  const OF_A_SESSION = ["step", "began", "timers", "turns", "clip"];
  const version = root.getAttribute("data-version");
  let memory = {};
  const wasReloaded = Boolean(history.state && history.state[KEY]);
  function fits(stored) {
    return Boolean(stored) && stored.version === version && stored.of === slides.length
      && Date.now() - stored.when < SESSION_MS;
  }
  function readMemory() {
    let stored = null;
    try { stored = JSON.parse(localStorage.getItem(KEY)); } catch { /* this tab’s own, then */ }
    const own = history.state && history.state[KEY];
    memory = [own, stored].find(fits) || {};
    if (!fits(own) && !(addressStep() && Date.now() - memory.when < ABSENT_MS)) { memory = anotherSession(memory); }
  }
  /* What the next session knows of this one: how to go back to it, and whether letters are keys. */
  function anotherSession(last) {
    const at = last.step || last.before;
    const former = at ? Object.fromEntries(OF_A_SESSION.map((name) => [name, last[name]])) : last.former;
    if (at) { former.step = at; }
    return { former, letters: last.letters };
  }
  function keep(name, value) {
    memory[name] = value;
    Object.assign(memory, { version, of: slides.length, when: Date.now() });
    const address = step ? `#step-${step}` : location.pathname + location.search;
    try { history.replaceState({ [KEY]: memory }, "", address); } catch { /* asked too often */ }
    try { localStorage.setItem(KEY, JSON.stringify(memory)); } catch { /* the address names the step */ }
  }
  function canStore() {
    try { localStorage.setItem(`${KEY}-try`, "1"); localStorage.removeItem(`${KEY}-try`); return true; } catch { return false; }
  }
  function addressStep() {
    const match = /^#step-(\d{1,3})$/.exec(location.hash);
    return match ? Number(match[1]) : 0;
  }
  function storedStep() {
    const number = addressStep() || Number(memory.step);
    return number >= 1 && number <= slides.length ? number : 0;
  }

  /* ---- going from step to step --------------------------------------------------------------- */
  function goTo(to, quietly) {
    to = Math.min(Math.max(to, 0), slides.length);
    if (to !== step) { notify("leave", current()); }
    if (!to && step === slides.length) { memory = anotherSession(memory); } else if (!to && step) { keep("before", step); }
    step = to;
    room.hidden = step !== 0;
    slides.forEach((slide, index) => { slide.hidden = index !== step - 1; });
    window.scrollTo({ top: 0, behavior: "instant" });
    if (step && !memory.began) { memory.began = Date.now(); }
    if (step) { delete memory.former; }
    keep("step", step);
    notify("enter", current());
    draw();
    fit();
    window.scrollTo({ top: 0, behavior: "instant" }); // a browser may hold on to words of the step before
    stayAwake();
    if (quietly) { return; }
    tell("");
    statusLine.textContent = `${step ? `${place()}: ${heading(current())}` : "The room check"}${isBelow() ? `. ${MORE}` : ""}`;
    if (!bar.contains(document.activeElement)) { current().focus({ preventScroll: true }); }
  }
  /* A low window (a laptop with its browser’s bars) gets smaller letters before it must be read on.
     A small one, or one enlarged by its reader, does only where that spares the reading on, and never
     below 16 pixels or three quarters; else letters stay as large as they were asked for. */
  function leastSize() {
    if (isPresenter) { return 0.85; }
    if (window.innerWidth >= 900) { return 0.65; }
    const words = current().querySelector(".big");
    return words ? Math.max(0.75, 16 / parseFloat(getComputedStyle(words).fontSize)) : 0.75;
  }
  function fit() {
    let size = 1;
    function setSize(to) {
      size = to;
      const words = size.toFixed(2);
      // Set anew, it would have the whole page measured again.
      if (page.style.getPropertyValue("--fit") !== words) { page.style.setProperty("--fit", words); }
    }
    setSize(1);
    if (step || isPresenter) { // the room check has letters of its own
      const least = leastSize();
      while (isLong() && size - 0.05 >= least - 0.001) { setSize(size - 0.05); }
      if (least > 0.65 && isLong()) { setSize(1); }
    }
    lookBelow();
  }
  /* ---- a step longer than the window: what lies below is said, and Next shows it first --------- */
  const presenterArea = root.querySelector("[data-presenter]");
  const LEADING = 4;         // pixels between the lowest letters and the end of their line
  function areaShown() { return isPresenter ? presenterArea : current(); }
  function bottomOf(one) { return one.getBoundingClientRect().bottom; }
  function isLong() { return bottomOf(areaShown()) + window.scrollY - bar.getBoundingClientRect().top > 1; }
  /* Whether words of this step (or of the presenter’s window) lie below the bar’s or the timer’s edge. */
  function isBelow() {
    const timer = timerShown();
    const words = Array.from(areaShown().children).filter((one) => one !== timer).map(bottomOf);
    return Math.max(...words) - upperEdge() > LEADING;
  }
  function timerShown() { return isPresenter ? null : current().querySelector("[data-timer]:not([hidden])"); }
  function upperEdge() { return Math.min(...[bar, timerShown()].filter(Boolean).map((one) => one.getBoundingClientRect().top)); }
  let wasBelow = false;
  function lookBelow() {
    showWholeLines();
    if (!drawn) { return; }
    const now = isBelow();
    if (now === wasBelow) { return; }
    if (isPresenter) { show(drawn); } else { draw(); }
  }
  /* Half a line at the window’s edge is read as other words: it is not shown before it is whole. */
  function showWholeLines() {
    if (isPresenter) { return; }
    const edge = upperEdge();
    const timer = timerShown();
    Array.from(current().children).filter((child) => child !== timer).forEach((child) => {
      const { top, bottom } = child.getBoundingClientRect();
      const cut = top < 0 || bottom > edge ? linesOf(child) : [];
      const above = Math.max(top, ...cut.filter((line) => line.top < -1 && line.bottom > 1).map((line) => line.bottom));
      const next = Math.min(bottom, ...cut.filter((line) => line.top < edge - 1 && line.bottom > edge + 1).map((line) => line.top));
      // Lines of large letters reach into each other: the last whole one keeps what hangs down from it.
      const below = Math.max(next, ...cut.filter((line) => line.top < next && line.bottom <= edge + 1).map((line) => line.bottom));
      const clip = above > top || below < bottom
        ? `inset(${above > top ? above - top : -99}px -99px ${below < bottom ? bottom - below : -99}px)` : "";
      if (child.style.clipPath !== clip) { child.style.clipPath = clip; }
    });
  }
  function linesOf(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const lines = [];
    while (texts.nextNode()) {
      range.selectNodeContents(texts.currentNode);
      lines.push(...range.getClientRects());
    }
    return lines;
  }
  /* By what stands above the bar and a timer, which stay in view, less a line to find oneself by. Up a
     little further, for the bar may have had one line less: as many presses lead back as led on. */
  function scroll(direction) {
    const edge = upperEdge();
    const words = current().querySelector(".big") || current();
    const line = 1.2 * parseFloat(getComputedStyle(words).lineHeight) || 0;
    const by = Math.max(20, Math.min(0.85 * edge, edge - Math.max(40, line)));
    window.scrollBy({ top: direction > 0 ? by : -by - 25, behavior: "instant" });
    showWholeLines();
    draw();
    statusLine.textContent = isBelow() ? MORE : direction < 0 ? "Scrolled up in this step." : "The end of this step.";
  }
  const MORE = "More of this step is below.";
  function heading(slide) { return slide.querySelector("h2").textContent; }
  function place() { return `${step} of ${slides.length}`; }
  function resume() {
    const { former } = memory;
    if (!former || !(former.step <= slides.length)) { return; }
    Object.assign(memory, former);
    notify("resume");
    goTo(former.step);
  }
  function begin() { goTo(memory.before <= slides.length && memory.before || 1); }
  function next() {
    if (isBelow()) { scroll(1); return; }
    const clip = currentClip();
    if (clip && clip.advance()) { return; }
    if (!step) { begin(); } else if (step < slides.length) { goTo(step + 1); }
  }
  /* By a key, for a remote has nothing else: what may be started at this step is started first. */
  function advance() {
    const timer = step && !isBelow() ? api.timers.find((one) => one.step === step) : null;
    if (!timer || !timer.advance()) { next(); }
  }
  function skip() { if (step < slides.length) { goTo(step + 1); } }
  function back() {
    const clip = currentClip();
    if (clip && clip.rewind()) { return; }
    if (window.scrollY > 1) { scroll(-1); return; }
    if (step > 0) { goTo(step - 1); }
  }
  function toggle() {
    const clip = currentClip();
    if (clip && !isBelow()) { clip.toggle(); } else { advance(); }
  }
  /* The computer’s screen goes to sleep in a long talk; where the browser can prevent that, it does. */
  let awake = null;
  function stayAwake() {
    if (!navigator.wakeLock || awake || !step || document.hidden || isPresenter) { return; }
    awake = navigator.wakeLock.request("screen");
    awake.then((lock) => { lock.addEventListener("release", () => { awake = null; }); }, () => { awake = null; });
  }
  document.addEventListener("visibilitychange", stayAwake);

  /* ---- the bar ------------------------------------------------------------------------------- */
  function state() {
    const clip = currentClip();
    return {
      step, of: slides.length, isBlank: !blank.hidden, isFull: isFull(), began: memory.began || 0,
      before: memory.before || 0, former: memory.former ? memory.former.step : 0, hasLetters: letters.checked, hasCaptions: api.captionsOn, notice: noticeLine.textContent,
      isBelow: isBelow(), clip: clip ? clip.tell() : null, timers: api.timers.map((timer) => timer.tell())
    };
  }
  const MAIN = { ready: "Play the clip", starting: "Skip on", playing: "Skip on", paused: "Go on", done: "Next" };
  const PLAY = { starting: "Pause", playing: "Pause", done: "Play again" };
  let hasBegun = false;      // until then every clip and timer that is made would have the page measured
  function draw() {
    if (!isPresenter && hasBegun) { show(state()); }
  }
  function word(name, words) {
    const [first, more] = words.split("|");
    buttons[name].querySelector("[data-word]").textContent = first;
    buttons[name].querySelector("[data-more-word]").textContent = more || "";
  }
  function show(now) {
    const clip = now.clip ? now.clip.state : "";
    drawn = now;
    bar.hidden = false;
    buttons.back.disabled = now.step === 0;
    buttons.check.hidden = isPresenter || now.step === 0;
    buttons.notes.hidden = isPresenter || now.step === 0;
    buttons.presenter.hidden = isPresenter;
    root.querySelector("[data-progress]").textContent = now.step ? `${now.step} of ${now.of}` : "Room check";
    root.querySelector("[data-done]").style.width = `${100 * now.step / now.of}%`;
    const begins = now.before ? `Back| to step ${now.before}` : "Begin";
    const isReadOn = now.isBelow && (now.step > 0 || !isPresenter);
    const main = now.step ? (MAIN[clip] || "Next").replace("Play the clip", "Play| the clip") : begins;
    word("next", isReadOn ? "Read on" : main);
    word("begin", begins);
    buttons.begin.hidden = now.step > 0 || !isReadOn;
    buttons.resume.hidden = now.step > 0 || !now.former;
    buttons.resume.textContent = now.former ? `Back to step ${now.former}` : "";
    buttons.next.disabled = !now.isBelow && now.step === now.of && (!clip || clip === "done");
    root.querySelector("[data-below]").hidden = !now.isBelow || (isPresenter && !now.step);
    root.querySelector("[data-below-here]").hidden = !isPresenter || !isBelow();
    wasBelow = isPresenter ? isBelow() : now.isBelow;
    bar.classList.toggle("has-below", wasBelow);
    buttons.skip.hidden = clip !== "paused";
    buttons.play.hidden = !PLAY[clip];
    buttons.play.textContent = PLAY[clip] || "";
    buttons.captions.hidden = !clip;
    buttons.captions.setAttribute("aria-pressed", String(now.hasCaptions));
    buttons.full.setAttribute("aria-pressed", String(now.isFull));
    word("blank", isPresenter && now.isBlank ? "Show| the screen again" : "Blank| screen");
    all("[data-notes]").forEach((notes) => { notes.hidden = !showNotes || isPresenter; });
    buttons.notes.setAttribute("aria-pressed", String(showNotes));
    markStep();
    notify("draw", now);
  }
  /* Said to whoever leads: it stands in the bar, and so never over the picture. */
  function tell(words) {
    if (noticeLine.textContent !== words) { noticeLine.textContent = words; draw(); }
  }
  function setMore(on) {
    rest.classList.toggle("is-open", on);
    buttons.more.setAttribute("aria-expanded", String(on));
  }
  /* While a presenter’s window is open, the room’s bar is a thin line, until it is wanted here. */
  function setFolded(on) {
    bar.classList.toggle("is-folded", on);
    buttons.unfold.hidden = !on;
    fit();
  }

  /* ---- a blank screen ------------------------------------------------------------------------ */
  function setBlank(on) {
    if (on === !blank.hidden) { return; }
    if (on) {
      focusBeforeBlank = document.activeElement;
      closeSteps();
    }
    blank.hidden = !on;
    page.classList.toggle("is-blank", on);
    notify("blank", current());
    keep("isBlank", on);
    draw();
    if (on) { blank.focus(); } else if (focusBeforeBlank && focusBeforeBlank.focus) { focusBeforeBlank.focus(); }
  }

  /* ---- full screen --------------------------------------------------------------------------- */
  function isFull() { return Boolean(document.fullscreenElement); }
  function full(where) {
    const wanted = where ? { screen: where } : {};
    const change = isFull() && !where ? document.exitFullscreen() : page.requestFullscreen(wanted);
    return change && change.catch(() => {
      tell("The browser did not allow a full screen. Choose “Full screen” in the window that the room sees, or press F11 there.");
    });
  }
  document.addEventListener("fullscreenchange", () => { draw(); fit(); });
  if (!document.fullscreenEnabled) { buttons.full.hidden = true; }

  /* ---- the list of steps --------------------------------------------------------------------- */
  const dialog = root.querySelector("[data-steps]");
  const list = dialog.querySelector("[data-steps-list]");
  const entries = [];
  function addEntry(words, label, number) {
    const item = document.createElement("li");
    const entry = document.createElement("button");
    const kind = document.createElement("span");
    const title = document.createElement("bdi"); // words that turn letters round keep to themselves
    entry.type = "button";
    title.append(words);
    entry.append(title);
    if (label) {
      kind.textContent = label;
      entry.append(" ", kind);
    }
    entry.addEventListener("click", () => { closeSteps(); perform("goTo", number); });
    item.append(entry);
    list.append(item);
    entries.push(entry);
  }
  function markStep() {
    entries.forEach((entry, number) => {
      if (drawn && number === drawn.step) { entry.setAttribute("aria-current", "step"); } else { entry.removeAttribute("aria-current"); }
    });
  }
  function openSteps() {
    if (dialog.open) { return; }
    dialog.showModal();
    const here = entries[drawn ? drawn.step : 0];
    here.focus();
    here.scrollIntoView({ block: "center", behavior: "instant" });
  }
  function closeSteps() { if (dialog.open) { dialog.close(); } }
  addEntry("The room check", "", 0);
  slides.forEach((slide, index) => {
    addEntry(`${index + 1}. ${heading(slide)}`, slide.getAttribute("data-label"), index + 1);
  });
  dialog.addEventListener("keydown", (event) => {
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? entries.length - 1 : at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) { return; }
    event.preventDefault();
    if (entries[to]) { entries[to].focus(); }
  });
  dialog.querySelector("[data-steps-close]").addEventListener("click", closeSteps);

  /* ---- what can be done, here or from the presenter’s window ---------------------------------- */
  const actions = {
    next, advance, back, skip, toggle, full, goTo, resume,
    /* Two quick presses of a remote in the presenter’s window: the second one goes on. */
    begin () { if (step) { advance(); } else { begin(); } },
    play: toggle,
    captions () { api.setCaptions(!api.captionsOn); draw(); },
    blank () { setBlank(blank.hidden); },
    check () { goTo(0); room.focus({ preventScroll: true }); },
    /* F5 of a remote: begins; in the middle it fills the screen, as it does elsewhere. */
    start () {
      if (!step) { begin(); }
      if (!isFull() && document.fullscreenEnabled) { full(); }
    },
    restartClock () { keep("began", Date.now()); draw(); },
    timer (wanted) {
      const timer = api.timers.find((one) => one.step === wanted.step);
      if (timer) { timer.act(wanted.what); }
    }
  };
  function perform(name, value) {
    if (!root.isConnected) { return; } // its day came while it stood open (until.js)
    if (isPresenter) { api.send(name, value); return; }
    if (Object.prototype.hasOwnProperty.call(actions, name)) { actions[name](value); }
  }

  /* ---- keys and presenter remotes ------------------------------------------------------------ */
  /* Letters can be switched off, for both windows alike, and never count while somebody types. */
  const letters = root.querySelector("[data-letters]");
  letters.addEventListener("change", () => { keep("letters", letters.checked); draw(); });
  function hasLetters() { return isPresenter ? Boolean(drawn) && drawn.hasLetters : letters.checked; }
  function isTyping(event) {
    const field = event.target.closest && event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    // No list is so long that a page of it would be turned: that is the remote.
    return Boolean(field) && ["PageDown", "PageUp", "F5"].indexOf(event.key) < 0;
  }
  function isButton(target) { return Boolean(target.closest && target.closest("button, a, summary, input")); }
  function actionFor(event) {
    switch (event.key) {
      case "PageDown": case "ArrowRight": return "advance";
      case "PageUp": case "ArrowLeft": return "back";
      case "F5": return "start";
      case " ": return isButton(event.target) ? "" : "toggle";
      case "b": case "B": case ".": return hasLetters() ? "blank" : "";
      default: return "";
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) { return; }
    if (!blank.hidden) {
      if (["Shift", "Tab"].indexOf(event.key) < 0 && !event.repeat) { event.preventDefault(); setBlank(false); }
      return;
    }
    // As in the room’s own window: the first key shows the screen again, and does nothing else.
    if (isBehindBlank() && !isTyping(event) && !dialog.open && ["Shift", "Tab"].indexOf(event.key) < 0) {
      event.preventDefault();
      if (!event.repeat) { perform("blank"); }
      return;
    }
    if (event.key === "Escape" && rest.classList.contains("is-open") && !dialog.open) {
      setMore(false);
      if (rest.contains(document.activeElement)) { buttons.more.focus(); }
      return;
    }
    if (isTyping(event)) { return; }
    const action = actionFor(event);
    if (!action || (dialog.open && action !== "blank")) { return; }
    event.preventDefault();
    if (event.repeat) { return; }
    if (action === "advance") { forward(action); } else { perform(action); }
  });

  function isBehindBlank() { return isPresenter && Boolean(drawn) && drawn.isBlank; }
  // What is below in the room’s window is nothing to read on in the presenter’s.
  function forward(action) { perform(isPresenter && drawn && drawn.step === 0 ? "begin" : action); }
  buttons.next.addEventListener("click", () => { if (isBehindBlank()) { perform("blank"); } else { forward("next"); } });
  ["back", "begin", "resume", "skip", "play", "captions", "blank", "full", "check"].forEach((name) => {
    buttons[name].addEventListener("click", () => {
      perform(isBehindBlank() && ["back", "skip", "play"].indexOf(name) >= 0 ? "blank" : name);
    });
  });
  buttons.notes.addEventListener("click", () => { showNotes = !showNotes; draw(); fit(); });
  buttons.steps.addEventListener("click", openSteps);
  buttons.more.addEventListener("click", () => { setMore(!rest.classList.contains("is-open")); });
  buttons.unfold.addEventListener("click", () => { setFolded(false); buttons.next.focus(); });
  window.addEventListener("resize", fit);
  window.addEventListener("scroll", lookBelow, { passive: true });
  /* The bar grows and shrinks with what it says, and so do timers, which stand on it, and steps with
     what comes later: the results of the room check, a code, letters. */
  const resized = new ResizeObserver(() => {
    page.style.setProperty("--bar", `${bar.offsetHeight}px`);
    lookBelow();
  });
  [bar, room, ...slides, ...all("[data-timer]")].forEach((one) => { resized.observe(one); });
  blank.addEventListener("click", () => { setBlank(false); });

  const api = {
    root, page, slides, clips, isPresenter, leftOut, buttons, all, heading, goTo, skip, draw, fit, show, tell, keep, canStore,
    perform, setBlank, setFolded, fullOn: full, timers: [], captionsOn: true, setCaptions () {}, send () {},
    key: KEY,
    kept (name) { return memory[name]; },
    state, shown () { return drawn; },
    announce (words) { statusLine.textContent = words; },
    isAt (slide) { return current() === slide; },
    isBelow,
    /* What grew while the end of a step was in view takes nothing of it away. */
    showEnd () { if (isBelow()) { window.scrollTo({ top: page.scrollHeight, behavior: "instant" }); } },
    isBlank () { return !blank.hidden; },
    setFilm (on) { page.classList.toggle("showing-film", on); fit(); },
    on (event, then) { listeners[event].push(then); },
    /* The last script calls this, once every part is there. */
    begin () {
      page.classList.add("presenting");
      if (isPresenter) { return; }
      hasBegun = true;
      letters.checked = memory.letters !== false;
      bar.hidden = false; // before anything is measured against it
      goTo(storedStep(), true);
      if (wasReloaded && memory.isBlank) { setBlank(true); }
      window.addEventListener("hashchange", () => { goTo(storedStep()); });
    }
  };
  readMemory();
  window.carerPresent = api;
})();
