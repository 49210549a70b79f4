/* A page in a frame of another system. It shows itself only to sites that the library names, asks twice a
   minute whether what is on it is still shown, and speaks with the page around it.

   What it says to that page, and hears from it, is in docs/hosting.md. All names of it are these. */
(function () {
  "use strict";
  const NAME = "carerStories"; // the key under which each message has its name
  const SAYS = {
    ready: "ready", position: "position", ended: "ended", done: "done", height: "height", dark: "dark",
    state: "state", gone: "gone"
  };
  const HEARS = { resume: "resume" };

  const LOOK_AGAIN_MS = 30000;
  const ASK_AGAIN_MS = 5000;   // where no answer came
  const SURE_AGAIN_MS = 1500;  // a site that is put in place anew has no files for an instant
  const ANSWER_WITHIN_MS = 10000;

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
  document.addEventListener("DOMContentLoaded", () => {
    if (isRefused) {
      take("This story is not shown here", "The site around this page is not one that the library names. " +
        "Please ask the team that looks after the library.");
      document.documentElement.hidden = false;
    } else if (document.querySelector("main[data-gone]")) { // the page in the place of one that is not there any more
      hear(() => { say(SAYS.gone); });
      say(SAYS.gone);
      sayHeight(document.querySelector("main"));
    }
  });

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
  /* `act` is given each resume of the page around. */
  function hear(act) {
    window.addEventListener("message", (event) => {
      const told = event.data;
      if (event.source !== window.parent || !isFramed || isRefused || !isNamed(event.origin)) { return; }
      if (!told || told[NAME] !== HEARS.resume) { return; }
      heardFrom = event.origin;
      act(told);
    });
  }
  function sayHeight(element) {
    if (!window.ResizeObserver) { return; }
    new ResizeObserver(() => {
      say(SAYS.height, { height: Math.ceil(element.getBoundingClientRect().height) });
    }).observe(element);
  }

  /* ---- taken away ----------------------------------------------------------------------------- */
  function films() { return Array.from(document.querySelectorAll("video, audio")); }
  function take(title, words) {
    const main = document.querySelector("main");
    films().forEach((film) => {
      film.pause();
      Array.from(film.children).forEach((child) => { child.remove(); });
      film.removeAttribute("poster");
      film.removeAttribute("src");
      film.load();
    });
    const head = document.createElement("h1");
    const line = document.createElement("p");
    head.textContent = title;
    line.textContent = words;
    main.setAttribute("role", "alert");
    main.replaceChildren(head, line);
    document.title = title;
  }

  /* ---- is it still shown? --------------------------------------------------------------------- */
  /* `article` says in its attributes what it shows, which film that is and where to ask. */
  function watch(article) {
    const main = article.parentElement;
    const kind = article.hasAttribute("data-session") ? "session" : "story";
    const id = article.getAttribute(`data-${kind}`);
    const film = article.getAttribute("data-film");
    const shownFile = new URL(article.getAttribute("data-shown"), location.href).href;
    let isDark = false;
    let unanswered = 0;
    let isAsking = false;
    let again = 0;
    function sayDark() {
      isDark = true;
      say(SAYS.dark, { [kind]: id });
    }
    function goDark() {
      if (isDark) { return; }
      take("Not shown any more", `This ${kind} is not shown any more. What was here was taken away, and no reason is given.`);
      sayDark();
    }
    async function answer() {
      try {
        const reply = await fetch(shownFile, {
          cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_WITHIN_MS)
        });
        if (reply.status === 404 || reply.status === 410) { return "gone"; }
        const told = reply.ok ? await reply.json() : {};
        if (told[kind] !== id) { return "unknown"; } // a page in its place: somebody has to sign in
        return told.film === film ? "shown" : "another";
      } catch { return "unknown"; }
    }
    async function ask() {
      if (isDark || isAsking || !location.protocol.startsWith("http")) { return; }
      if (!main.contains(article)) { // until.js took it away, for its day has come
        sayDark();
        return;
      }
      isAsking = true;
      clearTimeout(again);
      let answered = await answer();
      if (answered === "gone") {
        films().forEach((one) => { one.pause(); });
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
      if (isOn) { films().forEach((one) => { one.pause(); }); }
      let words = main.querySelector("[data-cover]");
      if (!words) {
        words = document.createElement("p");
        words.setAttribute("data-cover", "");
        words.setAttribute("role", "status");
        main.append(words);
      }
      const line = isOn ? `The library does not answer, so it is not known whether this ${kind} is still shown. It is ` +
        "asked again by itself." : "";
      if (words.textContent !== line) { words.textContent = line; }
      article.hidden = isOn;
    }
    function isWatched() { return document.visibilityState === "visible" || films().some((one) => !one.paused); }
    setInterval(() => { if (isWatched()) { ask(); } }, LOOK_AGAIN_MS);
    document.addEventListener("visibilitychange", () => { if (isWatched()) { ask(); } });
    window.addEventListener("pageshow", (event) => { if (event.persisted) { ask(); } });
    films().forEach((one) => { one.addEventListener("play", ask); });
    ask(); // a browser may have kept this page since before it was taken away
    return { isDark: () => isDark };
  }

  window.carerFrame = { SAYS, isFramed, isRefused, say, hear, sayHeight, watch };
})();
