/* A story or a session, step by step, for one person. It goes on where they left it; what is kept is
   the step, how far each film was played and for which questions they took time. Nothing they think. */
(function () {
  "use strict";
  const NEAR_END_S = 0.5;
  const MOST_STEPS_BEFORE = 40;
  const KEPT = "Your learning system keeps where you are.";
  const CHANGED = "What stood where you were was changed or taken out. Please go on from here.";
  const root = document.querySelector("[data-course]");
  const record = window.carerRecord;

  /* ---- its day has come ------------------------------------------------------------------------ */
  /* What is left of a package then: whom to tell, and an end of the attempt. `before` is {state, isDone} as
     the learning system has it, or null where there is none. */
  const over = document.querySelector("[data-over]");
  function sayOver(before) {
    const button = over.querySelector("[data-end]");
    const line = over.querySelector("[data-over-said]");
    const isDone = Boolean(before && before.isDone);
    over.hidden = false;
    over.classList.add("is-stepwise");
    over.querySelector("[data-over-open]").hidden = isDone;
    over.querySelector("[data-over-done]").hidden = !isDone;
    button.hidden = !before;
    button.addEventListener("click", () => {
      record.keep(before.state, "", false, true);
      record.end();
      button.hidden = true;
      line.textContent = "It is ended here, and not noted as done. You can close this window.";
    });
  }
  if (!root || !root.querySelector("[data-step]")) {
    if (over && record) {
      record.begin((words) => { over.querySelector("[data-over-said]").textContent = words; }, (before) => {
        sayOver(before);
        if (before && !before.isDone) { record.keep(before.state, "", false); }
      });
      window.addEventListener("pagehide", () => { record.end(); });
      window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });
    }
    return;
  }
  const pieces = window.carerPieces;
  let rule = root.getAttribute("data-completion");
  let share = Number(root.getAttribute("data-watched")) / 100;
  const said = root.querySelector("[data-said]");
  const steps = Array.from(root.querySelectorAll("[data-step]"));
  // What a step is, whatever its number: a session may be changed while people go through it.
  const keys = steps.map((step) => step.getAttribute("data-step"));
  const end = steps[steps.length - 1];
  let current = 0;
  let isComplete = false;
  let isRecorded = false;     // a learning system keeps it
  let lastKept = "";

  function say(words) { if (said.textContent !== words) { said.textContent = words; } }

  /* ---- films ----------------------------------------------------------------------------------- */
  const films = steps.map(makeFilm);
  function makeFilm(step) {
    const media = step.querySelector("[data-media]");
    if (!media) { return null; }
    const start = Number(media.getAttribute("data-start")) / 1000;
    const film = {
      media, start, end: Number(media.getAttribute("data-end")) / 1000,
      earlier: [], heard: [], at: start, hasBegun: false, isMoving: false, isRead: false, last: start, kept: start
    };
    const note = step.querySelector("[data-film-said]");
    const read = step.querySelector("[data-read]");
    const pauses = Array.from(step.querySelectorAll("[data-pause]"), (box) => ({
      box, at: Number(box.getAttribute("data-pause")) / 1000, isOver: false
    }));
    pauses.forEach(({ box }) => { box.hidden = true; }); // until the film has come there
    if (location.protocol === "file:") { attachCaptions(media); }
    media.addEventListener("play", () => {
      pauses.forEach(({ box }) => { box.hidden = true; });
      const isAtEnd = media.currentTime >= film.end - NEAR_END_S;
      if (!film.hasBegun || isAtEnd) { goTo(isAtEnd && film.hasBegun ? film.start : film.at); }
      film.hasBegun = true;
      note.textContent = "";
      record.isHeard(true);
    });
    /* Some servers send a film from its beginning alone: it is then fetched whole. Until it stands where it
       is to go on, that is where it stands, whatever the browser shows. */
    function goTo(seconds) {
      film.at = seconds;
      film.last = seconds;
      if (seconds < 0.05 && media.currentTime < 0.05) { return; }
      film.isMoving = true;
      window.carerMediaStart(media, seconds, { say: sayOfStart }).then((result) => {
        film.isMoving = false;
        film.last = media.currentTime;
        if (result === "failed") { note.textContent = "It could not go on from there, and begins anew."; }
      });
    }
    function sayOfStart({ kind }) {
      const words = { fetching: "The film is being fetched …", refused: "Please press Play once more." };
      note.textContent = words[kind] || "";
    }
    // With another source a browser forgets what it played.
    media.addEventListener("emptied", () => { film.earlier = film.heard; });
    media.addEventListener("timeupdate", () => {
      if (!film.hasBegun || media.seeking || film.isMoving) { return; }
      const now = media.currentTime;
      film.heard = played(film);
      const pause = media.paused ? null
        : pauses.find((one) => !one.isOver && film.last < one.at && now >= one.at && now < one.at + 2);
      if (pause) {
        pause.isOver = true;
        media.pause();
        pause.box.hidden = false;
        pause.box.querySelector("button").focus({ preventScroll: true });
        pause.box.scrollIntoView({ block: "nearest" });
      }
      if (!media.paused && film.last < film.end && now >= film.end && now < film.end + 2) { media.pause(); }
      film.last = now;
      film.at = Math.min(Math.max(now, film.start), film.end);
      if (Math.abs(now - film.kept) >= record.KEEP_EVERY_S) { keep(); }
      draw();
    });
    ["pause", "seeked", "ended"].forEach((name) => {
      media.addEventListener(name, () => {
        record.isHeard(!media.paused);
        if (!film.hasBegun || film.isMoving) { return; }
        film.at = Math.min(Math.max(media.currentTime, film.start), film.end);
        film.last = media.currentTime;
        keep();
        draw();
      });
    });
    media.addEventListener("error", () => {
      note.textContent = "The film could not be loaded. Open this page again; if it still does not come, tell " +
        "whoever looks after the learning system.";
    }, true);
    pauses.forEach(({ box }) => {
      box.querySelector("button").addEventListener("click", () => { media.play().catch(() => {}); });
    });
    if (read) {
      read.addEventListener("click", () => {
        film.isRead = true;
        keep();
        draw();
      });
    }
    film.say = (words) => { note.textContent = words; };
    return film;
  }
  /* From a folder a browser loads no captions: the same words come as a script. */
  function attachCaptions(media) {
    Array.from(media.querySelectorAll("track")).reduce((before, track) => before.then(() => new Promise((done) => {
      const script = document.createElement("script");
      script.src = track.getAttribute("data-captions");
      track.remove();
      script.addEventListener("error", done);
      script.addEventListener("load", () => {
        const attached = document.createElement("track");
        const words = new Blob([window.carerStoriesCaptions], { type: "text/vtt" });
        ["kind", "srclang", "label"].forEach((name) => { attached.setAttribute(name, track.getAttribute(name)); });
        attached.src = URL.createObjectURL(words);
        media.append(attached);
        if (track.default) { attached.track.mode = "showing"; }
        done();
      });
      document.head.append(script);
    })), Promise.resolve());
  }
  function played(film) {
    const now = [];
    for (let n = 0; film.hasBegun && n < film.media.played.length; n += 1) {
      now.push([film.media.played.start(n), film.media.played.end(n)]);
    }
    return pieces.within([...film.earlier, ...now], film.start, film.end);
  }
  function playedShare(film) { return pieces.length(played(film)) / (film.end - film.start); }
  function isWatched(film) {
    if (film.isRead) { return true; }
    // What is lost at an edge, by a frame or a rounded time, is nobody's fault.
    return playedShare(film) >= Math.min(share, 0.98);
  }

  /* ---- questions ------------------------------------------------------------------------------- */
  const reflected = steps.map((step) => !step.querySelector("[data-questions]"));

  /* ---- what is still open ---------------------------------------------------------------------- */
  function openParts() {
    const open = [];
    steps.forEach((step, number) => {
      const title = step.querySelector("h2").textContent;
      const film = films[number];
      if (film && rule !== "reflection" && !isWatched(film)) {
        open.push({ number, words: `${title}: the film, played to ${Math.floor(playedShare(film) * 100)} %` });
      }
      if (rule !== "film" && !reflected[number]) {
        open.push({ number, words: `${title}: questions to take time for` });
      }
    });
    return open;
  }
  function draw() {
    const open = openParts();
    isComplete = isComplete || !open.length;
    const list = end.querySelector("[data-open]");
    list.replaceChildren(...open.map(({ number, words }) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dir = "auto";
      button.textContent = words;
      button.addEventListener("click", () => { show(number); });
      item.append(button);
      return item;
    }));
    end.querySelector("[data-still]").hidden = isComplete;
    end.querySelector("[data-all-done]").hidden = !isComplete;
  }

  /* ---- steps ----------------------------------------------------------------------------------- */
  const line = root.querySelector("[data-progress]");
  function show(number, isFirst) {
    films.forEach((film) => { if (film) { film.media.pause(); } });
    current = Math.min(Math.max(number, 0), steps.length - 1);
    steps.forEach((step, at) => { step.hidden = at !== current; });
    line.textContent = `Step ${current + 1} of ${steps.length}`;
    draw();
    if (isFirst) { return; }
    if (said.textContent === CHANGED) { say(KEPT); }
    keep();
    steps[current].querySelector("h2").focus();
    window.scrollTo(0, 0);
  }
  steps.forEach((step, number) => {
    const back = step.querySelector("[data-back]");
    const on = step.querySelector("[data-on]");
    if (back) { back.addEventListener("click", () => { show(number - 1); }); }
    if (on) {
      on.addEventListener("click", () => {
        reflected[number] = true;
        show(number + 1);
      });
    }
  });

  /* ---- where somebody is ----------------------------------------------------------------------- */
  /* 2;s=step;b=those before it, the nearest first;q=steps whose questions had their time;r=films that were read;then of each film
     its step, where it stands and what was played: k3x9@12.4:0-12.4 */
  function written() {
    const named = (list) => keys.filter((_, at) => list[at]).join(",");
    const asked = reflected.map((isSo, at) => isSo && Boolean(steps[at].querySelector("[data-questions]")));
    const before = keys.slice(Math.max(current - MOST_STEPS_BEFORE, 0), current).reverse();
    const head = ["2", `s=${keys[current]}`, `b=${before.join(",")}`, `q=${named(asked)}`, `r=${named(films.map((film) => Boolean(film && film.isRead)))}`];
    for (let most = 60; most >= 0; most = most > 8 ? Math.floor(most / 2) : most - 1) {
      const rest = films.map((film, at) => {
        if (!film || (!film.hasBegun && !film.earlier.length && film.at === film.start)) { return ""; }
        const parts = isWatched(film) ? [[film.start, film.end]] : pieces.joined(played(film), most);
        return `${keys[at]}@${Math.floor(film.at * 10) / 10}:${pieces.write(parts)}`;
      }).filter(Boolean);
      const text = [...head, ...rest].join(";");
      if (text.length <= record.MOST_STATE) { return text; }
    }
    return head.join(";").slice(0, record.MOST_STATE);
  }
  function read(text) {
    const parts = String(text || "").split(";");
    if (parts.shift() !== "2") { return; }
    let stood = "";
    let before = [];
    parts.forEach((part) => {
      const film = /^([a-z0-9]+)@(\d+(?:\.\d+)?):([\d.,-]*)$/.exec(part);
      const list = /^([sbqr])=([a-z0-9,]*)$/.exec(part);
      const one = film && films[keys.indexOf(film[1])];
      if (one) {
        one.earlier = pieces.read(film[3]);
        one.heard = one.earlier;
        one.at = Math.min(Math.max(Number(film[2]), one.start), one.end);
        if (one.at >= one.end - NEAR_END_S) { one.at = one.start; } // at its end it begins anew
        else if (one.at > one.start) { one.say(`It goes on where you left it, at ${clock(one.at)}.`); }
      }
      if (!list) { return; }
      if (list[1] === "s") { stood = list[2]; }
      if (list[1] === "b") { before = list[2].split(","); }
      list[2].split(",").map((key) => keys.indexOf(key)).filter((number) => number >= 0).forEach((number) => {
        if (list[1] === "q") { reflected[number] = true; }
        if (list[1] === "r" && films[number]) { films[number].isRead = true; }
      });
    });
    if (stood) { goOnFrom(stood, before); }
  }
  /* Where the step is gone, what stands behind the nearest one before it is what came into its place, or the next. */
  function goOnFrom(stood, before) {
    current = keys.indexOf(stood);
    if (current >= 0) { return; }
    current = keys.indexOf(before.find((key) => keys.includes(key))) + 1;
    say(CHANGED);
  }
  function clock(seconds) {
    return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  }
  function keep() {
    films.forEach((film) => { if (film) { film.kept = film.media.currentTime; } });
    isComplete = isComplete || !openParts().length;
    lastKept = written();
    record.keep(lastKept, String(current + 1), isComplete);
  }
  function leave() {
    if (!document.contains(end)) { return; } // its day came while it was open
    films.forEach((film) => {
      if (film && film.hasBegun && !film.isMoving) { film.at = Math.min(Math.max(film.media.currentTime, film.start), film.end); }
    });
    keep();
  }
  document.addEventListener("visibilitychange", () => {
    record.isHeard(films.some((film) => film && !film.media.paused));
    if (document.visibilityState === "hidden") { leave(); }
  });
  window.addEventListener("pagehide", () => {
    leave();
    record.end();
  });
  /* A page that the browser kept aside has closed its record: it begins again. */
  window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });

  /* `before` comes from the learning system at once, or from the page around this one in a moment. */
  function begin(before) {
    isRecorded = Boolean(before);
    if (before) {
      isComplete = before.isDone;
      rule = before.completion || rule;
      share = before.watched ? before.watched / 100 : share;
      read(before.state);
      if (!said.textContent) { say(KEPT); }
    } else if (!said.textContent) {
      say("No learning system opened this page: nothing is recorded, and it begins anew each time.");
    }
    root.classList.add("is-stepwise");
    show(current, true);
    keep();
  }
  record.begin(say, begin);
  if (over) {
    const gone = new MutationObserver(() => {
      if (document.contains(root)) { return; } // until.js took it away, for its day has come
      gone.disconnect();
      record.isHeard(false);
      sayOver(isRecorded ? { state: lastKept, isDone: isComplete } : null);
    });
    gone.observe(over.parentElement, { childList: true });
  }
})();
