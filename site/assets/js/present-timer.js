/* Timers of the present view: offered, never forced; they end without a sound. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present) { return; }

  function clock(seconds) {
    const whole = Math.max(0, Math.ceil(seconds));
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    const s = String(whole % 60).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function makeTimer(place) {
    const length = Number(place.getAttribute("data-timer"));
    const face = place.querySelector("[data-timer-clock]");
    const said = place.querySelector("[data-timer-said]");
    const buttons = {};
    Array.from(place.querySelectorAll("[data-timer-do]")).forEach((one) => {
      buttons[one.getAttribute("data-timer-do")] = one;
    });
    let until = 0;
    let ticking = 0;

    function left() { return (until - performance.now()) / 1000; }
    function draw() {
      face.textContent = clock(ticking ? left() : length);
      buttons.start.hidden = Boolean(ticking);
      buttons.stop.hidden = buttons.more.hidden = !ticking;
    }
    function tick() {
      if (left() > 0) { draw(); return; }
      clearInterval(ticking);
      ticking = 0;
      const focused = place.contains(document.activeElement);
      draw();
      if (focused) { buttons.start.focus(); }
      face.textContent = "0:00";
      place.classList.add("is-over");
      said.textContent = "Time is up. Finish your thought.";
    }
    function start() {
      until = performance.now() + length * 1000;
      ticking = setInterval(tick, 200);
      place.classList.remove("is-over");
      said.textContent = "";
      draw();
      buttons.stop.focus();
    }
    function stop() {
      clearInterval(ticking);
      ticking = 0;
      draw();
      if (!place.closest("[data-slide]").hidden) { buttons.start.focus(); }
    }
    buttons.start.addEventListener("click", start);
    buttons.stop.addEventListener("click", stop);
    buttons.more.addEventListener("click", () => { until += 60000; draw(); });
    present.on("leave", (slide) => {
      if (!slide.contains(place)) { return; }
      clearInterval(ticking);
      ticking = 0;
      place.classList.remove("is-over");
      said.textContent = "";
      draw();
    });
    place.hidden = false;
    draw();
  }
  present.all("[data-timer]").forEach(makeTimer);
})();
