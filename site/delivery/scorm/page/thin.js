/* A story that stays on the library's own server, shown in a frame: this page holds nothing of it. It
   tells the learning system how far somebody has come, as the page in the frame says. */
(function () {
  "use strict";
  const NAME = "carerStories"; // as assets/js/embed.js has it
  const ANSWER_WITHIN_MS = 20000;
  const LEAST_HEIGHT = 480;
  const root = document.querySelector("[data-thin]");
  const record = window.carerRecord;
  const pieces = window.carerPieces;
  const rule = root.getAttribute("data-completion");
  const share = Math.min(Number(root.getAttribute("data-watched")) / 100, 0.98);
  const origin = new URL(root.getAttribute("data-address")).origin;
  const said = root.querySelector("[data-said]");
  const state = root.querySelector("[data-state]");
  const line = root.querySelector("[data-progress]");
  const back = root.querySelector("[data-back]");
  const on = root.querySelector("[data-on]");
  const place = root.querySelector("[data-frame]");
  const parts = root.getAttribute("data-parts").split(" ").map((path) => ({
    path, at: 0, played: "", progress: 0, isReflected: false, isGone: false, isPlayed: false
  }));
  let current = 0;
  let frame = null;
  let waiting = 0;
  let isComplete = false;

  function show(number, isFirst) {
    current = Math.min(Math.max(number, 0), parts.length - 1);
    clearTimeout(waiting);
    frame = document.createElement("iframe");
    frame.title = "The story, from the library’s own server";
    frame.allow = "fullscreen";
    frame.referrerPolicy = "strict-origin";
    frame.src = root.getAttribute("data-address") + parts[current].path;
    // A frame that could not be loaded says nothing.
    frame.addEventListener("load", resume);
    place.replaceChildren(frame);
    state.textContent = "";
    waiting = setTimeout(() => { sayMissing(); }, ANSWER_WITHIN_MS);
    line.textContent = parts.length > 1 ? `Part ${current + 1} of ${parts.length}` : "";
    back.hidden = current === 0;
    on.hidden = current === parts.length - 1;
    if (!isFirst) { keep(); }
  }
  function sayMissing() {
    state.textContent = "The story is not shown here. Either it was taken back, which whoever told it may do at any time, or the " +
      "library’s own server cannot be reached from this computer. Nothing is noted as done. You can close this; please tell the " +
      "team that looks after the library.";
  }
  function resume() {
    const part = parts[current];
    const message = { [NAME]: "resume", position: part.at, played: part.played, reflect: rule !== "film" };
    frame.contentWindow.postMessage(message, origin);
  }
  function number(value) { return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0; }

  window.addEventListener("message", (event) => {
    const told = event.data;
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) { return; }
    if (!told || typeof told !== "object" || typeof told[NAME] !== "string") { return; }
    clearTimeout(waiting);
    const part = parts[current];
    if (told[NAME] === "dark") {
      part.isGone = true;
      state.textContent = "";
      keep();
      return;
    }
    part.isGone = false;
    state.textContent = "";
    if (told[NAME] === "ready") { resume(); }
    if (told[NAME] === "height") { frame.style.height = `${Math.max(LEAST_HEIGHT, Math.min(20000, number(told.height)))}px`; }
    if (["position", "ended", "done"].includes(told[NAME])) {
      part.at = number(told.position);
      part.played = pieces.write(pieces.read(told.played));
      part.progress = Math.max(part.progress, Math.min(1, number(told.progress)));
      part.isPlayed = part.isPlayed || part.progress >= share;
      // It says so too where it has no question to ask.
      if (told[NAME] === "done") { part.isReflected = true; }
      keep();
    }
  });

  function isOver(part) {
    if (part.isGone) { return true; }
    return (rule === "reflection" || part.isPlayed) && (rule === "film" || part.isReflected);
  }
  /* What was taken away keeps nobody from the rest; but of nothing nobody was shown a story. */
  function look() { isComplete = isComplete || (parts.every(isOver) && parts.some((part) => !part.isGone)); }
  function written() {
    for (let most = 60; most >= 0; most = most > 8 ? Math.floor(most / 2) : most - 1) {
      const text = ["1", `s=${current}`, ...parts.map((part) => {
        const flags = (part.isReflected ? 1 : 0) + (part.isPlayed ? 2 : 0);
        return flags || part.at || part.played
          ? `${flags}@${part.at}:${pieces.write(pieces.joined(pieces.read(part.played), most))}` : "";
      })].join(";");
      if (text.length <= record.MOST_STATE) { return text; }
    }
    return `1;s=${current}`;
  }
  function read(text) {
    const [version, step, ...rest] = String(text || "").split(";");
    if (version !== "1") { return; }
    current = Number(/^s=(\d+)$/.exec(step || "")?.[1] || 0);
    rest.slice(0, parts.length).forEach((part, at) => {
      const match = /^([0-3])@(\d+(?:\.\d+)?):([\d.,-]*)$/.exec(part);
      if (!match) { return; }
      parts[at].isReflected = Number(match[1]) % 2 === 1;
      parts[at].isPlayed = Number(match[1]) > 1;
      parts[at].at = Number(match[2]);
      parts[at].played = match[3];
    });
  }
  function keep() {
    look();
    record.keep(written(), String(current + 1), isComplete);
    if (isComplete) { state.textContent = "Done. You can close this, or look at it again."; }
  }

  back.addEventListener("click", () => { show(current - 1); });
  on.addEventListener("click", () => { show(current + 1); });
  document.addEventListener("visibilitychange", () => {
    record.isHeard(false);
    if (document.visibilityState === "hidden") { keep(); }
  });
  window.addEventListener("pagehide", () => {
    keep();
    record.end();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });

  const before = record.begin((words) => { said.textContent = words; });
  if (before) {
    isComplete = before.isDone;
    read(before.state);
  } else if (!said.textContent) {
    said.textContent = "No learning system opened this page: nothing is recorded.";
  }
  show(current, true);
  keep();
})();
