/* A course that stays on the library's own server, shown in a frame: this page holds nothing of it. It
   tells the learning system how far somebody has come, as the page in the frame says. */
(function () {
  "use strict";
  const NAME = "carerStories"; // as assets/js/framed.js has it
  const ANSWER_WITHIN_MS = 20000;
  const ANSWER_ONCE_LOADED_MS = 3000; // a page of the library speaks as soon as it is there
  const KEEP_EVERY_MS = 5000;
  const LEAST_HEIGHT = 480;
  const MOST_HEIGHT = 20000;
  const root = document.querySelector("[data-thin]");
  const record = window.carerRecord;
  const page = root.getAttribute("data-page");
  const origin = new URL(page).origin;
  const copy = root.getAttribute("data-copy");
  const said = root.querySelector("[data-said]");
  const state = root.querySelector("[data-state]");
  const again = root.querySelector("[data-again]");
  const close = root.querySelector("[data-close]");
  const place = root.querySelector("[data-frame]");
  let frame = null;
  let waiting = 0;
  let last = { state: "", step: "", isDone: false };
  let isSpokenTo = false;       // what it says before it knows where somebody was would be kept in place of that
  let keptAt = -KEEP_EVERY_MS;

  /* ---- what is in the frame --------------------------------------------------------------------- */
  function open(address, silent) {
    clearTimeout(waiting);
    isSpokenTo = false;
    frame = document.createElement("iframe");
    frame.title = "The course, from the library’s own server";
    frame.allow = "fullscreen";
    frame.referrerPolicy = "strict-origin";
    frame.src = address;
    frame.addEventListener("load", () => {
      speak();
      clearTimeout(waiting);
      waiting = setTimeout(silent, ANSWER_ONCE_LOADED_MS);
    });
    place.replaceChildren(frame);
    say();
    // A frame that could not be loaded says nothing, in some browsers not even that.
    waiting = setTimeout(silent, ANSWER_WITHIN_MS);
  }
  function openCourse() {
    open(page, () => { open(root.getAttribute("data-gone-page"), sayUnreached); });
  }
  function speak() {
    isSpokenTo = true;
    frame.contentWindow.postMessage({
      [NAME]: "resume", state: last.state, isDone: last.isDone,
      completion: root.getAttribute("data-completion"), watched: Number(root.getAttribute("data-watched"))
    }, origin);
  }
  function number(value) { return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0; }

  window.addEventListener("message", (event) => {
    const told = event.data;
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) { return; }
    if (!told || typeof told !== "object" || typeof told[NAME] !== "string") { return; }
    clearTimeout(waiting);
    if (told[NAME] === "ready") { speak(); }
    if (told[NAME] === "height") {
      frame.style.height = `${Math.max(LEAST_HEIGHT, Math.min(MOST_HEIGHT, number(told.height)))}px`;
    }
    if (told[NAME] === "dark" || told[NAME] === "gone") { sayGone(); }
    if (told[NAME] === "state" && isSpokenTo && typeof told.state === "string" && typeof told.step === "string") {
      hear(told);
    }
  });
  /* While a film plays it says each second where it is, which a system need not keep as often. */
  function hear(told) {
    const isNew = told.step !== last.step || told.isDone !== last.isDone;
    if (told.step !== last.step && last.step) { window.scrollTo(0, 0); }
    last = { state: told.state, step: told.step, isDone: last.isDone || told.isDone === true };
    record.isHeard(told.isHeard === true);
    if (isNew || told.isHeard !== true || performance.now() - keptAt >= KEEP_EVERY_MS) { keep(); }
  }

  /* ---- what this page says ---------------------------------------------------------------------- */
  function say(...paragraphs) {
    state.replaceChildren(...paragraphs.map((words) => {
      const line = document.createElement("p");
      line.textContent = words;
      return line;
    }));
    again.hidden = !paragraphs.length;
    close.hidden = true;
  }
  function sayUnreached() {
    place.replaceChildren();
    say("The course is not shown here: the library’s own server cannot be reached from this computer, or shows nothing to this " +
      "learning system. That may pass. Nothing is noted as done, and nothing that was is lost.",
      `If it stays so, please tell whoever looks after your training, with the number of this copy: ${copy}.`);
  }
  function sayGone() {
    if (last.isDone) {
      say("It was taken away after you had finished it. That you have finished stays noted.");
      again.hidden = true;
      return;
    }
    say("You cannot finish this any more, and that is nobody’s mistake. It is not noted as done, since nobody was shown all of it.",
      `Whoever looks after your training can take it off what you are asked to do. Tell them: what copy ${copy} showed was taken away.`);
    close.hidden = false;
  }

  /* ---- what is kept ----------------------------------------------------------------------------- */
  function keep(isLast) {
    keptAt = performance.now();
    record.keep(last.state, last.step, last.isDone, isLast === true);
  }
  again.addEventListener("click", openCourse);
  close.addEventListener("click", () => {
    keep(true);
    record.end();
    say("It is ended here, and not noted as done. You can close this window.");
    again.hidden = true;
  });
  document.addEventListener("visibilitychange", () => {
    record.isHeard(false);
    if (document.visibilityState === "hidden") { keep(); }
  });
  window.addEventListener("pagehide", () => {
    keep();
    record.end();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });

  record.begin((words) => { said.textContent = words; }, (before) => {
    if (before) { last = { state: before.state, step: "", isDone: before.isDone }; }
    else if (!said.textContent) { said.textContent = "No learning system opened this page: nothing is recorded."; }
    openCourse();
    keep();
  });
})();
