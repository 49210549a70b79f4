/* How far somebody has come in a course that stands in a frame: the page around it keeps that (framed.js). */
(function () {
  "use strict";
  const MOST_STATE = 4096;      // characters that a learning system keeps
  const SPOKEN_TO_MS = 5000;
  const RULES = ["film-and-reflection", "film", "reflection"];
  const frame = window.carerFrame;
  const article = document.querySelector("[data-course]");
  let isBegun = false;          // before, nothing is said: it could be kept in the place of more
  let isAlone = false;
  let isHeard = false;
  let last = null;

  function say() { if (isBegun && last) { frame.say(frame.SAYS.state, Object.assign({ isHeard }, last)); } }
  window.carerRecord = {
    begin (_, start) {
      if (frame.isRefused) { return; }
      if (!frame.isFramed) { start(null); return; }
      const watched = frame.watch(article);
      const alone = setTimeout(() => {
        isAlone = true;
        start(null);
      }, SPOKEN_TO_MS);
      frame.hear((told) => {
        if (watched.isDark()) { return; }
        if (isBegun) { say(); return; } // it is asked whether this page is there
        clearTimeout(alone);
        if (isAlone) { location.reload(); return; } // it begins again, where somebody left it
        isBegun = true;
        start({
          state: typeof told.state === "string" ? told.state : "",
          isDone: told.isDone === true,
          completion: RULES.includes(told.completion) ? told.completion : "",
          watched: told.watched > 0 && told.watched <= 100 ? told.watched : 0
        });
      });
      frame.sayHeight(document.querySelector("main"));
      frame.say(frame.SAYS.ready);
    },
    keep (state, step, isDone) {
      last = { state, step, isDone };
      say();
    },
    isHeard (isPlaying) {
      isHeard = isPlaying;
      say();
    },
    end () {},
    KEEP_EVERY_S: 0.2,          // what is said as the tab is closed comes to nobody any more
    MOST_STATE
  };
  if (!article || !article.querySelector("[data-step]")) { frame.say(frame.SAYS.dark); } // its day has come already
})();
