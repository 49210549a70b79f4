/* How far somebody has come, kept by the learning system that opened the page (SCORM 1.2). No score is
   ever written, nor a word that somebody typed. Without such a system the page works all the same. */
(function () {
  "use strict";
  const MOST_STEPS_UP = 500;
  const MOST_STATE = 4096;    // characters of cmi.suspend_data
  const MOST_LOCATION = 255;
  const LONGEST_H = 9999;
  const DONE = ["completed", "passed"];

  /* ---- the system ------------------------------------------------------------------------------ */
  function apiAbove(start) {
    let page = start;
    for (let steps = 0; page && steps < MOST_STEPS_UP; steps += 1) {
      // A page of another origin says nothing; one further up may be of ours again.
      try { if (page.API) { return page.API; } } catch { /* go on upwards */ }
      if (page.parent === page) { return null; }
      page = page.parent;
    }
    return null;
  }
  function findApi() {
    const api = apiAbove(window);
    if (api) { return api; }
    try { return window.top.opener ? apiAbove(window.top.opener) : null; } catch { /* of another origin */ }
    return window.opener ? apiAbove(window.opener) : null;
  }

  let api = null;
  let isOpen = false;
  let isLocked = false;       // looked at again, or browsed: nothing is to change
  let status = "";
  let written = {};
  let told = () => {};

  function call(name, ...values) {
    try { return String(api[name](...values)); } catch { return "false"; }
  }
  function trouble(doing) {
    const number = call("LMSGetLastError");
    const words = call("LMSGetErrorString", number);
    const which = /^\d+$/.test(number) && number !== "0" ? ` (error ${number}${words && words !== "false" ? `: ${words}` : ""})` : "";
    told(`The learning system did not ${doing}${which}. You can go on; what you do may not be recorded. ` +
      "Please tell whoever looks after the learning system.");
  }
  function get(name) {
    const value = call("LMSGetValue", name);
    return value === "false" || value === "undefined" || value === "null" ? "" : value;
  }
  function set(name, value) {
    if (written[name] === value) { return true; }
    if (call("LMSSetValue", name, value) !== "true") { return false; }
    written[name] = value;
    return true;
  }

  /* ---- time ------------------------------------------------------------------------------------ */
  /* While the page can be seen, or a film in it is heard. */
  let spent = 0;
  let since = null;
  function clock(isRunning) {
    const now = performance.now();
    if (since !== null) { spent += now - since; }
    since = isRunning ? now : null;
  }
  function sessionTime() {
    if (since !== null) { clock(true); }
    const hundredths = Math.round(spent / 10);
    const hours = Math.min(LONGEST_H, Math.floor(hundredths / 360000));
    const two = (number) => String(number).padStart(2, "0");
    return `${String(hours).padStart(4, "0")}:${two(Math.floor(hundredths / 6000) % 60)}:` +
      `${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
  }

  /* ---- what pages use -------------------------------------------------------------------------- */
  window.carerRecord = {
    /* `start` is given {state, isDone} as it was left, or null where no learning system opened the page. */
    begin (tell, start) {
      told = tell;
      clock(true);
      api = findApi();
      if (!api) { start(null); return; }
      if (call("LMSInitialize", "") !== "true") {
        trouble("begin to record");
        api = null;
        start(null);
        return;
      }
      isOpen = true;
      status = get("cmi.core.lesson_status");
      isLocked = ["browse", "review"].includes(get("cmi.core.lesson_mode"));
      if (!isLocked && !DONE.includes(status) && status !== "incomplete") {
        if (set("cmi.core.lesson_status", "incomplete")) { status = "incomplete"; }
        else { trouble("take that this was begun"); }
      }
      start({ state: get("cmi.suspend_data"), isDone: DONE.includes(status) });
    },
    keep (state, location, isDone, isLast) {
      if (!isOpen) { return; }
      if (isDone && !isLocked && !DONE.includes(status)) {
        if (set("cmi.core.lesson_status", "completed")) { status = "completed"; }
        else { trouble("take that this is completed"); }
      }
      const isTaken = [
        set("cmi.suspend_data", state.slice(0, MOST_STATE)),
        !location || set("cmi.core.lesson_location", location.slice(0, MOST_LOCATION)),
        set("cmi.core.session_time", sessionTime()),
        // Kept for the next time, unless it is completed: then that session has ended.
        set("cmi.core.exit", DONE.includes(status) || isLast ? "" : "suspend")
      ].every(Boolean);
      if (!isTaken) { trouble("take where you are"); }
      if (call("LMSCommit", "") !== "true") {
        trouble("keep where you are");
        written = {}; // all of it is said again with the next step
      }
    },
    end () {
      if (!isOpen) { return; }
      isOpen = false;
      if (call("LMSFinish", "") !== "true") { trouble("close the record"); }
    },
    isHeard (isPlaying) { clock(isPlaying || document.visibilityState === "visible"); },
    KEEP_EVERY_S: 5,
    MOST_STATE
  };
})();
