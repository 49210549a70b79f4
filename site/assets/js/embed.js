/* A story in a frame of another system. It shows itself only to sites that the library names, asks twice a
   minute whether it is still shown, and tells the page around it how far somebody has come.

   What it says to that page, and hears from it, is in docs/hosting.md. All names of it are these. */
(function () {
  "use strict";
  const NAME = "carerStories"; // the key under which each message has its name
  const SAYS = {
    ready: "ready", position: "position", ended: "ended", done: "done", height: "height", dark: "dark"
  };
  const HEARS = { resume: "resume" };

  const LOOK_AGAIN_MS = 30000;
  const ASK_AGAIN_MS = 5000;   // where no answer came
  const SURE_AGAIN_MS = 1500;  // a site that is put in place anew has no files for an instant
  const ANSWER_WITHIN_MS = 10000;
  const SAY_EVERY_S = 5;
  const NEAR_S = 0.5;          // a film is heard in pieces: what lies between two is heard as well
  const MOST_PIECES = 200;

  const isFramed = window.parent !== window;
  const rules = (document.documentElement.getAttribute("data-frames") || "").split(" ").filter(Boolean);

  /* ---- who shows it --------------------------------------------------------------------------- */
  function isNamed(origin) {
    if (origin === location.origin) { return true; }
    let address;
    try { address = new URL(origin); } catch { return false; }
    return rules.some((rule) => {
      const [scheme, host] = rule.split("://");
      if (address.protocol !== `${scheme}:`) { return false; }
      return host.startsWith("*.") ? address.host.endsWith(host.slice(1))
        : new URL(rule).host === address.host;
    });
  }
  /* Every page around this one, the nearest first; the nearest alone where a browser tells no more,
     and none where it tells nothing: the server keeps others out as well. */
  function pagesAround() {
    if (location.ancestorOrigins) { return Array.from(location.ancestorOrigins); }
    try { return [new URL(document.referrer).origin]; } catch { return []; }
  }
  const around = isFramed ? pagesAround() : [];
  const isRefused = !around.every(isNamed);
  if (isRefused) { document.documentElement.hidden = true; } // before anything of it is drawn

  /* ---- what it says --------------------------------------------------------------------------- */
  let heardFrom = around[0] || "";
  function say(name, values) {
    if (!isFramed || isRefused) { return; }
    const message = Object.assign({ [NAME]: name }, values);
    const targets = heardFrom ? [heardFrom] : rules.filter((rule) => !rule.includes("*"));
    targets.forEach((target) => {
      try { window.parent.postMessage(message, target); } catch { /* a page without a name: it is told nothing */ }
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const main = document.querySelector("[data-embedded]");
    const article = main.querySelector("[data-story]");
    const media = main.querySelector("[data-media]");
    if (isRefused) {
      take("This story is not shown here", "The site around this page is not one that the library names. " +
        "Please ask the team that looks after the library.");
      document.documentElement.hidden = false;
      return;
    }
    if (!article || !media) { say(SAYS.dark); return; } // its day has come already

    const story = article.getAttribute("data-story");
    const film = article.getAttribute("data-film");
    const shownFile = new URL(article.getAttribute("data-shown"), location.href).href;
    const state = article.querySelector("[data-state]");
    const reflect = article.querySelector("[data-reflect]");
    const [start, end] = stretch();
    let isDark = false;

    /* ---- the part that is shown --------------------------------------------------------------- */
    function stretch() {
      const whole = [Number(article.getAttribute("data-start")) / 1000, Number(article.getAttribute("data-end")) / 1000];
      const named = /^#t=(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?$/.exec(location.hash);
      if (!named) { return whole; }
      const from = Math.min(Math.max(Number(named[1]), whole[0]), whole[1]);
      const to = Math.min(named[2] === undefined ? whole[1] : Number(named[2]), whole[1]);
      return to > from ? [from, to] : whole;
    }

    /* ---- taken away --------------------------------------------------------------------------- */
    function take(title, words) {
      if (media) {
        media.pause();
        Array.from(media.children).forEach((child) => { child.remove(); });
        media.removeAttribute("poster");
        media.removeAttribute("src");
        media.load();
      }
      const head = document.createElement("h1");
      const line = document.createElement("p");
      head.textContent = title;
      line.textContent = words;
      main.setAttribute("role", "alert");
      main.replaceChildren(head, line);
      document.title = title;
    }
    function goDark() {
      if (isDark) { return; }
      isDark = true;
      take("Not shown any more", "This story is not shown any more. It may have been taken away at the wish of " +
        "the person who told it.");
      say(SAYS.dark, { story });
    }

    /* ---- is it still shown? ------------------------------------------------------------------- */
    let unanswered = 0;
    let isAsking = false;
    let again = 0;
    async function answer() {
      try {
        const reply = await fetch(shownFile, {
          cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_WITHIN_MS)
        });
        if (reply.status === 404 || reply.status === 410) { return "gone"; }
        const told = reply.ok ? await reply.json() : {};
        if (told.story !== story) { return "unknown"; } // a page in its place: somebody has to sign in
        return told.film === film ? "shown" : "another";
      } catch { return "unknown"; }
    }
    async function ask() {
      if (isDark || isAsking || !location.protocol.startsWith("http")) { return; }
      if (!main.contains(article)) { // until.js took it away, for its day has come
        isDark = true;
        say(SAYS.dark, { story });
        return;
      }
      isAsking = true;
      clearTimeout(again);
      let answered = await answer();
      if (answered === "gone") {
        media.pause();
        await new Promise((done) => { setTimeout(done, SURE_AGAIN_MS); });
        answered = await answer();
      }
      isAsking = false;
      act(answered);
    }
    function act(answered) {
      unanswered = answered === "unknown" ? unanswered + 1 : 0;
      if (answered === "gone") { goDark(); return; }
      if (answered === "another") { location.reload(); return; }
      if (unanswered) { again = setTimeout(ask, ASK_AGAIN_MS); }
      cover(unanswered > 1);
    }
    /* What cannot be asked is not known to be shown. It comes back where it was. */
    function cover(isOn) {
      if (isOn) { media.pause(); }
      let words = main.querySelector("[data-cover]");
      if (!words) {
        words = document.createElement("p");
        words.setAttribute("data-cover", "");
        words.setAttribute("role", "status");
        main.append(words);
      }
      const line = isOn ? "The library does not answer, so it is not known whether this story is still shown. It is " +
        "asked again by itself." : "";
      if (words.textContent !== line) { words.textContent = line; }
      article.hidden = isOn;
    }
    function isWatched() { return document.visibilityState === "visible" || !media.paused; }
    setInterval(() => { if (isWatched()) { ask(); } }, LOOK_AGAIN_MS);
    document.addEventListener("visibilitychange", () => { if (isWatched()) { ask(); } });
    window.addEventListener("pageshow", (event) => { if (event.persisted) { ask(); } });
    media.addEventListener("play", ask);

    /* ---- how far somebody has come ------------------------------------------------------------ */
    let earlier = [];      // what was heard before, as the page around says
    let wanted = start;    // where it begins when it is played
    let hasBegun = false;
    let hasEnded = false;
    let last = start;
    let said = -SAY_EVERY_S;

    function heard() {
      const pieces = earlier.slice();
      for (let n = 0; n < media.played.length; n += 1) { pieces.push([media.played.start(n), media.played.end(n)]); }
      const merged = [];
      pieces.map(([from, to]) => [Math.max(from, start), Math.min(to, end)])
        .filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0]).forEach(([from, to]) => {
          const before = merged[merged.length - 1];
          if (before && from <= before[1] + NEAR_S) { before[1] = Math.max(before[1], to); }
          else { merged.push([from, to]); }
        });
      return merged;
    }
    function tell(name) {
      const pieces = heard();
      const length = pieces.reduce((sum, [from, to]) => sum + to - from, 0);
      const share = Math.min(1, length / (end - start));
      said = media.currentTime;
      say(name || SAYS.position, {
        story,
        position: Math.round((hasBegun ? media.currentTime : wanted) * 10) / 10,
        start,
        end,
        progress: share > 0.98 ? 1 : Math.round(share * 1000) / 1000,
        played: pieces.map(([from, to]) => `${from.toFixed(1)}-${to.toFixed(1)}`).join(",")
      });
    }
    function reachEnd() {
      hasEnded = true;
      tell(SAYS.ended);
      if (reflect.hidden) { tell(SAYS.done); }
      else { reflect.scrollIntoView({ block: "nearest" }); }
    }
    media.addEventListener("play", () => {
      if (!hasBegun) {
        hasBegun = true;
        if (wanted > 0.01) { begin(wanted); }
      } else if (hasEnded && media.currentTime >= end - NEAR_S) { begin(start); }
      hasEnded = false;
    });
    function begin(seconds) {
      last = seconds;
      window.carerMediaStart(media, seconds, { say: sayOfStart });
    }
    function sayOfStart(told) {
      const words = { fetching: "The film is being fetched …", refused: "Please press Play once more.", failed: "The film could not be loaded from there." };
      state.textContent = words[told.kind] || "";
    }
    media.addEventListener("timeupdate", () => {
      const now = media.currentTime;
      mark(now);
      if (!media.paused && last < end && now >= end && now < end + 2) {
        last = now;
        media.pause();
        if (!hasEnded) { reachEnd(); }
        return;
      }
      last = now;
      if (Math.abs(now - said) >= SAY_EVERY_S) { tell(); }
    });
    media.addEventListener("ended", () => { if (!hasEnded) { reachEnd(); } });
    media.addEventListener("pause", () => { if (!isDark) { tell(); } });
    media.addEventListener("seeked", () => { if (!isDark) { tell(); } });
    window.addEventListener("pagehide", () => { if (!isDark) { tell(); } });
    document.addEventListener("visibilitychange", () => { if (document.hidden && !isDark) { tell(); } });
    article.querySelector("[data-reflected]").addEventListener("click", (event) => {
      event.target.disabled = true;
      event.target.textContent = "Thank you";
      tell(SAYS.done);
    });

    /* ---- the words ------------------------------------------------------------------------------ */
    const turns = Array.from(article.querySelectorAll("[data-at]"), (line) => ({
      line, at: Number(line.getAttribute("data-at")) / 1000
    }));
    turns.forEach(({ line, at }) => {
      const place = line.querySelector(".time");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = place.textContent;
      button.setAttribute("aria-label", `Play from ${place.textContent}`);
      button.addEventListener("click", () => {
        wanted = at;
        if (hasBegun) { begin(at); }
        media.play().catch(() => {}); // the browser says itself why it would not
      });
      place.replaceChildren(button);
    });
    function mark(now) {
      let current = null;
      turns.forEach((turn) => { if (turn.at <= now + 0.05) { current = turn; } });
      turns.forEach((turn) => {
        const isCurrent = turn === current;
        if (isCurrent === turn.line.hasAttribute("aria-current")) { return; }
        if (isCurrent) { turn.line.setAttribute("aria-current", "true"); } else { turn.line.removeAttribute("aria-current"); }
      });
    }

    /* ---- what it hears -------------------------------------------------------------------------- */
    function piecesOf(text) {
      if (typeof text !== "string") { return []; }
      return text.split(",").slice(0, MOST_PIECES).map((piece) => /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(piece))
        .filter(Boolean).map((piece) => [Number(piece[1]), Number(piece[2])]);
    }
    window.addEventListener("message", (event) => {
      const told = event.data;
      if (event.source !== window.parent || !isFramed || !isNamed(event.origin)) { return; }
      if (!told || told[NAME] !== HEARS.resume || isDark) { return; }
      heardFrom = event.origin;
      earlier = piecesOf(told.played);
      if (told.reflect === true) { reflect.hidden = false; }
      const position = Number(told.position);
      // At its end it begins anew.
      if (!hasBegun && position > start && position < end - 1) {
        wanted = position;
        state.textContent = "It goes on where you left it.";
      }
      tell();
    });
    if (window.ResizeObserver) {
      new ResizeObserver(() => {
        say(SAYS.height, { height: Math.ceil(main.getBoundingClientRect().height) });
      }).observe(main);
    }
    say(SAYS.ready, { story });
  });
})();
