/* The presenter’s window: this step and its notes, the next one, the time, and all controls. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present || !present.isPresenter) { return; }
  const area = present.root.querySelector("[data-presenter]");
  const part = {};
  area.querySelectorAll("[data-presenter-part]").forEach((one) => { part[one.getAttribute("data-presenter-part")] = one; });
  let shownStep = -1;
  let nowDrawn = "";
  let isHintRead = false;
  let now = null;

  /* ---- what a point is planned to take ------------------------------------------------------- */
  /* By step: where its point begins and ends, in minutes since the beginning. Null for a step without a
     point, such as the title, and for a point without minutes. */
  const planned = [];
  let minutes = 0;
  present.slides.forEach((slide, index) => {
    const before = present.slides[index - 1];
    const point = slide.getAttribute("data-point");
    if (point && before && before.getAttribute("data-point") === point) { planned.push(planned[index - 1]); return; }
    const own = Number(slide.getAttribute("data-minutes")) || 0;
    planned.push(own ? { from: minutes, to: minutes + own } : null);
    minutes += own;
  });

  function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const h = Math.floor(whole / 3600);
    const m = Math.floor((whole % 3600) / 60);
    const s = String(whole % 60).padStart(2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function count(number) { return `${number} ${number === 1 ? "minute" : "minutes"}`; }
  /* Time in words: of two clocks side by side, one is taken for hours and the other for minutes. */
  function elapsed(seconds) { return seconds < 60 ? "less than 1 minute" : count(Math.floor(seconds / 60)); }
  function duration(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const rest = whole % 60;
    return [whole < 60 ? "" : count(Math.floor(whole / 60)), rest || !whole ? `${rest} ${rest === 1 ? "second" : "seconds"}` : ""].filter(Boolean).join(" ");
  }
  function set(name, words) { if (part[name].textContent !== words) { part[name].textContent = words; } }

  function drawTime() {
    set("clock", new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
    const began = now ? now.began : 0;
    const gone = began ? (Date.now() - began) / 1000 : 0;
    set("elapsed", began ? elapsed(gone) : "not begun");
    const plan = now && now.step ? planned[now.step - 1] : null;
    set("planned", plan ? `from minute ${plan.from} to minute ${plan.to}, of ${count(minutes)}` : `${count(minutes)} in all`);
    const late = plan ? Math.floor(gone / 60) - plan.to : 0;
    const early = plan ? plan.from - Math.floor(gone / 60) : 0;
    part.pace.classList.toggle("is-late", late > 0);
    set("pace", !plan || !began ? "" : late > 0 ? `${count(late)} behind the plan` : early > 0 ? `${count(early)} ahead of the plan` : "in time");
    if (now) { drawClip(); drawTimers(); }
  }

  /* ---- this step and the next ---------------------------------------------------------------- */
  function copyOf(slide, isFilm) {
    const copy = document.createDocumentFragment();
    if (!slide) { return copy; }
    const title = document.createElement("p");
    const kind = slide.getAttribute("data-label");
    title.className = "presenter-step";
    title.dir = "auto";
    title.append(present.heading(slide));
    if (kind) {
      const label = document.createElement("span");
      label.textContent = kind;
      title.append(" ", label);
    }
    copy.append(title);
    Array.from(slide.children).forEach((child) => {
      if (child.matches("h2, [data-notes], [data-stage], [data-trouble], [data-timer], [data-form-code]")) { return; }
      if (isFilm && child.matches("[data-before-clip]")) { return; }
      const copied = child.cloneNode(true);
      copied.hidden = false;
      [copied, ...copied.querySelectorAll("[id]")].forEach((one) => { one.removeAttribute("id"); });
      copied.querySelectorAll("noscript, script").forEach((one) => { one.remove(); });
      copy.append(copied);
    });
    return copy;
  }
  function slideNow() { return now.step ? present.slides[now.step - 1] : null; }
  /* From when a clip is started, the film alone is seen: no more the words before it. */
  function drawNow() {
    const isFilm = Boolean(now.clip) && now.clip.state !== "ready";
    const form = `${now.step} ${isFilm}`;
    if (form === nowDrawn) { return false; }
    nowDrawn = form;
    const slide = slideNow();
    part.now.replaceChildren(slide ? copyOf(slide, isFilm) : "The room check");
    if (isFilm) { part.now.querySelector(".presenter-step").prepend("The film: "); }
    return true;
  }
  function drawStep() {
    const slide = slideNow();
    const next = present.slides[now.step];
    part.next.replaceChildren(next ? copyOf(next) : "Nothing: this is the last step.");
    const notes = slide ? slide.querySelector("[data-notes]") : null;
    part.notes.replaceChildren(...(notes ? Array.from(notes.cloneNode(true).childNodes) : ["No notes for this step."]));
    area.querySelector(".presenter-panes").classList.toggle("is-without-notes", !notes);
    window.scrollTo({ top: 0, behavior: "instant" });
  }
  const STATES = { ready: "Not played yet", starting: "It is on its way", playing: "It plays", paused: "It rests", done: "It has ended" };
  function drawClip() {
    const clip = now.clip;
    if (!clip) { set("clip", ""); return; }
    const left = clip.state === "playing" || clip.state === "paused" ? `, ${duration(clip.end - clip.at)} left` : `, ${duration(clip.end - clip.start)} long`;
    set("clip", `${STATES[clip.state]}${clip.state === "done" ? "" : left}. ${clip.trouble}`);
  }

  /* ---- timers: of this step, and any that run ------------------------------------------------ */
  function addButton(row, words, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.addEventListener("click", act);
    row.append(button);
  }
  let timersDrawn = "";
  function drawTimers() {
    const shown = now.timers.filter((timer) => timer.step === now.step || timer.isRunning);
    const form = JSON.stringify([now.step, shown.map((timer) => [timer.step, timer.isRunning])]);
    if (form !== timersDrawn) {
      timersDrawn = form;
      part.timers.replaceChildren(...shown.map((timer) => {
        const row = document.createElement("p");
        const face = document.createElement("b");
        const words = document.createElement("span");
        row.className = "presenter-timer";
        row.append(face, " ", words, " ");
        function act(what) { return function () { present.perform("timer", { step: timer.step, what }); }; }
        if (timer.isRunning) {
          addButton(row, "One more minute", act("more"));
          addButton(row, "Stop the timer", act("stop"));
        } else { addButton(row, "Start the timer", act("start")); }
        return row;
      }));
    }
    shown.forEach((timer, index) => {
      const row = part.timers.children[index];
      const left = timer.isRunning ? Math.ceil((timer.until - Date.now()) / 1000) : timer.length;
      const elsewhere = timer.step === now.step ? "" : `timer of step ${timer.step}, “${present.heading(present.slides[timer.step - 1])}”`;
      row.firstChild.textContent = timer.isRunning ? clock(left) : timer.until ? "0:00" : duration(left);
      row.querySelector("span").textContent = [timer.isRunning ? "left" : "", timer.words || elsewhere].filter(Boolean).join(", ");
    });
  }

  /* ---- the other window ---------------------------------------------------------------------- */
  /* The state of the room’s window, and whether it stands on this screen too. */
  present.follow = function (state, isSameScreen) {
    now = state;
    part.hint.hidden = isHintRead || !isSameScreen;
    const isNew = state.step !== shownStep;
    if (isNew) {
      shownStep = state.step;
      drawStep();
    }
    const isNow = drawNow();
    part.blank.hidden = !state.isBlank;
    set("notice", state.notice);
    present.show(state);
    drawTime();
    drawSees();
    if (isNow) { present.fit(); }
  };
  let isLost = true;
  /* What stands on this card: it is said to be seen only while it is. */
  function drawSees() {
    set("sees", isLost || !now ? "This step" : now.isBlank ? "Behind the blank screen" : "The room sees");
  }
  present.showLink = function (isThere, wasThere) {
    isLost = !isThere;
    drawSees();
    part.lost.hidden = isThere;
    area.classList.toggle("is-lost", !isThere);
    set("lost-words", wasThere ? "The window that the room sees was closed, or is being loaded."
      : "The window that the room sees is not there yet.");
  };
  area.querySelector("[data-presenter-do=open]").addEventListener("click", () => {
    if (!present.openRoom()) { set("lost-words", "The browser did not open a second window. Allow this page to open windows, then choose it again."); }
  });
  area.querySelector("[data-presenter-do=hint]").addEventListener("click", () => {
    isHintRead = true;
    part.hint.hidden = true;
    part.notes.parentNode.focus();
  });
  area.querySelector("[data-presenter-do=clock]").addEventListener("click", () => { present.perform("restartClock"); });

  present.page.classList.add("presenter");
  document.title = `Presenter’s window: ${document.title}`;
  area.hidden = false;
  present.root.querySelector("[data-slides]").hidden = true;
  present.root.querySelector("[data-room]").hidden = true;
  present.showLink(false, false);
  present.show({ step: 0, of: present.slides.length, isBlank: false, isFull: false, began: 0, before: 0, former: 0, hasLetters: true, hasCaptions: true, notice: "", clip: null, timers: [] });
  drawTime();
  setInterval(drawTime, 500);
})();
