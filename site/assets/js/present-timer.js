/* Timers of the present view: offered, never forced; they end without a sound. They go by the time of
   day, so that neither a reload nor a computer that slept stops them, and run on while another step
   is shown. A remote has no button for them: its “on” starts the timer of a step first, once for each
   round of a role play, also while one still runs, and then goes on. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present || present.isPresenter) { return; }
  const running = { ...present.kept("timers") }; // when each is over, by the id of its step
  const PASSING_MS = 5000;   // whoever goes on so soon only wanted to pass

  function clock(seconds) {
    const whole = Math.max(0, Math.ceil(seconds));
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    const s = String(whole % 60).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function timeOfDay(moment) {
    return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }
  function makeTimer(area) {
    const slide = area.closest("[data-slide]");
    const length = Number(area.getAttribute("data-timer"));
    const rounds = Number(area.getAttribute("data-rounds")) || 1;
    const face = area.querySelector("[data-timer-clock]");
    const status = area.querySelector("[data-timer-said]");
    const buttons = {};
    area.querySelectorAll("[data-timer-do]").forEach((one) => {
      buttons[one.getAttribute("data-timer-do")] = one;
    });
    let until = 0;
    let ticking = 0;
    let byKey = 0;             // when a key started it, until it ends

    /* How often it was started in this session. */
    function turn() { return (present.kept("turns") || {})[slide.id] || 0; }
    function setTurn(number) { present.keep("turns", { ...present.kept("turns"), [slide.id]: number }); }
    function left() { return (until - Date.now()) / 1000; }
    function keep() {
      running[slide.id] = until || undefined;
      present.keep("timers", { ...running });
    }
    function draw() {
      face.textContent = until ? clock(left()) : clock(length);
      buttons.start.hidden = Boolean(ticking);
      buttons.stop.hidden = buttons.more.hidden = !ticking;
      area.classList.toggle("is-over", Boolean(until) && !ticking);
      present.draw();
    }
    function end(words) {
      const isFocused = area.contains(document.activeElement);
      clearInterval(ticking);
      ticking = byKey = 0;
      draw();
      if (isFocused) { buttons.start.focus({ preventScroll: true }); }
      status.textContent = words;
    }
    function tick() {
      if (left() > 0) { draw(); return; }
      // Much later than a tick: nobody saw it end.
      const then = turn() < rounds ? ` Then round ${turn() + 1} of ${rounds}.` : "";
      const isAtEnd = present.isAt(slide) && !present.isBelow();
      end(left() < -5 ? passed() : `Time is up. Finish your thought.${then}`);
      if (isAtEnd) { present.showEnd(); }
    }
    function passed() {
      const minutes = Math.round(-left() / 60);
      const ago = minutes < 1 ? "a moment ago" : `${minutes} ${minutes === 1 ? "minute" : "minutes"} ago`;
      return `Time was up at ${timeOfDay(until)}, ${ago}.`;
    }
    function go() {
      clearInterval(ticking);
      ticking = setInterval(tick, 200);
    }
    /* A round of a role play that runs, and what the next press of a key or remote does. */
    function round() {
      if (rounds < 2 || turn() < 1 || turn() > rounds) { return ""; }
      const then = turn() < rounds ? `A key or remote begins round ${turn() + 1}; pressed twice, it goes on.` : "Next goes on.";
      return `Round ${turn()} of ${rounds} has begun. ${then}`;
    }
    function start() {
      until = Date.now() + length * 1000;
      go();
      setTurn(turn() + 1);
      status.textContent = round();
      draw();
      keep();
      if (present.isAt(slide)) { buttons.stop.focus({ preventScroll: true }); }
    }
    /* “On”, by a key. True where it started the timer, false where there is nothing to start. */
    function advance() {
      if (ticking && byKey && Date.now() - byKey < PASSING_MS) {
        stop();
        setTurn(turn() - 1);
        return false;
      }
      if (turn() >= rounds || (ticking && rounds < 2)) { return false; }
      const hasFocus = area.contains(document.activeElement);
      const before = document.activeElement;
      start();
      if (!hasFocus) { before.focus({ preventScroll: true }); } // the space bar would stop it
      byKey = Date.now();
      status.textContent = round() || "The time has begun. Next goes on.";
      draw();
      present.showEnd();
      return true;
    }
    function stop() {
      const isFocused = area.contains(document.activeElement);
      until = 0;
      end("");
      keep();
      if (isFocused) { buttons.start.focus({ preventScroll: true }); }
    }
    function more() {
      until = Math.max(until, Date.now()) + 60000;
      go();
      status.textContent = round();
      draw();
      keep();
    }
    buttons.start.addEventListener("click", start);
    buttons.stop.addEventListener("click", stop);
    buttons.more.addEventListener("click", more);
    present.on("leave", (from) => {
      if (from === slide && until && !ticking) {
        until = 0;
        end("");
        keep();
      }
    });
    present.timers.push({
      step: present.slides.indexOf(slide) + 1,
      act (what) { ({ start, stop, more })[what](); },
      advance,
      tell () {
        return { step: this.step, length, until, isRunning: Boolean(ticking), words: status.textContent };
      }
    });
    /* After a reload, or back in a session from before. */
    function restore() {
      until = running[slide.id] || 0;
      if (until && left() > 0) {
        go();
        status.textContent = round();
      }
      draw();
      if (until && left() <= 0) { status.textContent = passed(); }
    }
    area.hidden = false;
    restore();
    return restore;
  }
  const restores = present.all("[data-slide] [data-timer]").map(makeTimer);
  present.on("resume", () => {
    Object.assign(running, present.kept("timers"));
    restores.forEach((restore) => { restore(); });
  });
})();
