// What is seen during the interview. It decides nothing: it shows, and says which button was pressed.

import { button, el, paragraphs, said, show } from "./dom.js";
import { careFor, theirSupport } from "./feelings.js";
import { fitted } from "./fitting.js";
import { listenForKeys } from "./keys.js";
import { mindButton } from "./mind.js";
import { NoteDialog } from "./noting.js";
import { StopDialog } from "./stopping.js";

export class Board {
  constructor(station, deeds) {
    Object.assign(this, { station, deeds, hidden: sessionStorage.getItem("station-time") === "hidden",
      leads: {}, isStopping: false });
    this.pill = el("p", { class: "pill", id: "state", role: "status" });
    this.time = el("span", { class: "time" }, "0:00");
    this.timeButton = button("", () => this.toggleTime(), { class: "small" });
    this.onDisk = el("p", { class: "on-disk" });
    this.picture = el("video", { muted: true, playsInline: true, autoplay: true,
      "aria-label": "What the camera sees" });
    this.viewButton = button("", () => this.toggleView(), { class: "small" });
    this.view = el("div", { class: "self-view" }, this.picture, this.viewButton);
    this.count = el("p", { class: "count" });
    this.words = el("h1", { class: "question", "aria-live": "polite", tabindex: "-1", dir: "auto" });
    this.care = el("p", { class: "care", hidden: true, dir: "auto" });
    this.followUps = el("div", { class: "follow-ups" });
    this.asking = el("section", { class: "asking", "aria-label": "The question" }, this.count, this.words,
      this.care, this.followUps);
    this.rest = el("section", { class: "rest", "aria-label": "The recording", hidden: true });
    this.room = el("div", { class: "room" }, this.rest, this.asking);
    this.noting = new NoteDialog(deeds.note, deeds.clockNow, station.session ? `note ${station.session.id}` : "");
    this.stopping = new StopDialog(deeds.stop);
    this.marks = this.#marks();
    this.ways = this.#ways();
  }

  #marks() {
    const mark = (label, kind, key) => button([label, el("kbd", {}, key)], (event) => {
      const pressed = event.currentTarget;
      if (pressed.getAttribute("aria-pressed") === "true") return;
      pressed.setAttribute("aria-pressed", "true");
      this.deeds.mark(kind);
    }, { "aria-pressed": "false", "aria-keyshortcuts": key, "data-kind": kind });
    this.doNotUse = mark("Do not use this", "do-not-use", "D");
    this.sensitive = mark("Sensitive", "sensitive", "E");
    this.noteButton = button(["Note", el("kbd", {}, "N")], () => this.noting.open(),
      { "aria-keyshortcuts": "N" });
    return el("div", { class: "marks", role: "group", "aria-label": "Marks for this answer" },
      this.doNotUse, this.sensitive, this.noteButton);
  }

  #ways() {
    const way = (label, key, deed, keys = key) => button([el("span", {}, label), el("kbd", {}, key)], deed,
      { "aria-keyshortcuts": keys });
    this.back = way("Back", "←", this.deeds.back, "ArrowLeft");
    this.skip = way("Skip", "S", this.deeds.skip);
    this.pause = way("Pause", "P", this.deeds.pause);
    this.stop = way("Stop", "X", () => (this.deeds.hasTake() ? this.stopping.ask(document.body.dataset.recording === "paused", this.deeds.goesOn)
      : this.deeds.stop()));
    this.next = way("Next", "→", this.deeds.next, "ArrowRight");
    return el("div", { class: "ways", role: "group", "aria-label": "Ways on" },
      this.back, this.skip, this.pause, this.stop, this.next);
  }

  show() {
    show(el("div", { class: "interview" },
      el("div", { class: "deck" }, this.pill, el("div", { class: "clock" }, this.time, this.timeButton),
        this.deeds.sound, this.onDisk, this.view, mindButton(this.station)),
      this.room,
      el("div", { class: "hands" }, el("div", { class: "over-ways" }, this.marks, this.#keysLine()), this.ways),
      this.noting.dialog, this.stopping.dialog));
    this.fit = fitted(this.room);
    this.#showTime();
    this.#showView();
    this.endKeys = listenForKeys({ ArrowRight: this.next, ArrowLeft: this.back, s: this.skip, p: this.pause,
      x: this.stop, d: this.doNotUse, e: this.sensitive, n: this.noteButton }, () => this.keysOn.checked);
    this.next.focus();
  }

  #keysLine() {
    this.keysOn = el("input", { type: "checkbox", checked: true });
    return el("label", { class: "keys-line" }, this.keysOn,
      el("span", {}, "The keys work as well"));
  }

  // `at`: -1 the opening words, one behind the last the closing words.
  ask(set, at) {
    const question = set.questions[at];
    const tongue = { ...this.station.tongue };
    if (tongue.dir !== "rtl") tongue.dir = "auto"; // a set need not say its language
    for (const part of [this.words, this.care]) Object.assign(part, tongue);
    const opening = at < 0;
    this.count.textContent = question ? `Question ${at + 1} of ${set.questions.length}`
      : opening ? "To begin with" : "To close with";
    this.words.textContent = question ? question.ask : opening ? set.opening : set.closing;
    this.care.hidden = !careFor(question);
    this.care.textContent = careFor(question);
    const follows = question?.follow_ups ?? [];
    this.followUps.replaceChildren(...(follows.length ? [
      el("p", { class: "quiet follow-hint" }, "If it fits, ask on. Press what you ask:"),
      // As the question runs: the first begins where it does.
      el("ul", { dir: getComputedStyle(this.words).direction }, follows.map((text) => el("li", {}, this.#followUp(text, tongue)))),
    ] : []));
    for (const mark of [this.doNotUse, this.sensitive]) mark.setAttribute("aria-pressed", "false");
    this.leads = { back: !opening, skip: Boolean(question), next: at < set.questions.length };
    this.#allow();
  }

  // Nothing leads on, and nothing can be marked, once it is stopped.
  #allow() {
    const isOpen = !this.isStopping;
    for (const [name, can] of Object.entries(this.leads)) enable(this[name], isOpen && can);
    for (const one of [this.doNotUse, this.sensitive, this.noteButton, ...this.followUps.querySelectorAll("button")]) {
      enable(one, isOpen);
    }
  }

  #followUp(text, tongue) {
    return button(text, (event) => {
      event.currentTarget.setAttribute("aria-pressed", "true");
      this.deeds.followUp(text);
    }, { class: "follow-up", "aria-pressed": "false", ...tongue });
  }

  // All that is said of the recording, as `told` in interview-words.js made it.
  tell({ mode, pill, onDisk, pause, stop, rest }) {
    document.body.dataset.recording = mode;
    if (this.pill.textContent !== pill) this.pill.textContent = pill;
    this.onDisk.textContent = onDisk.text;
    this.onDisk.classList.toggle("waiting", onDisk.isWaiting);
    this.pause.firstChild.textContent = pause.label;
    enable(this.pause, pause.can);
    enable(this.stop, stop.can);
    this.isStopping = mode === "stopping";
    this.#allow();
    if (this.restKey === (rest?.key ?? "")) return; // what is open in it stays open
    this.restKey = rest?.key ?? "";
    this.rest.hidden = !rest;
    this.asking.classList.toggle("aside", Boolean(rest));
    this.rest.replaceChildren(...(rest ? this.#resting(rest) : []));
  }

  #resting({ heading, lines, detail, action, isTheirs }) {
    const tongue = isTheirs ? this.station.tongue : {};
    return [said("h2", heading, tongue), ...paragraphs(lines, tongue),
      action === "let-go" ? button("Finish without the last part", this.deeds.letGo) : "",
      detail ? el("details", {}, el("summary", {}, "For whoever helps you"), el("p", {}, detail)) : "",
      isTheirs ? el("details", tongue, said("summary", this.station.words.said.support), theirSupport(this.station)) : ""];
  }

  elapsed(text) {
    if (this.time.textContent !== text) this.time.textContent = text;
  }

  toggleTime() {
    this.hidden = !this.hidden;
    sessionStorage.setItem("station-time", this.hidden ? "hidden" : "shown");
    this.#showTime();
  }

  #showTime() {
    this.time.hidden = this.hidden;
    nameOf(this.timeButton, this.hidden ? "Show" : "Hide", "the time");
  }

  see(stream) {
    this.picture.srcObject = stream;
    this.pictured = stream.getVideoTracks().length > 0;
    this.picture.play().catch(() => {});
    this.#showView();
  }

  toggleView() {
    this.station.choose({ selfView: !this.station.selfView });
    this.#showView();
  }

  #showView() {
    this.view.hidden = !this.pictured;
    this.picture.hidden = !this.station.selfView;
    nameOf(this.viewButton, this.station.selfView ? "Hide" : "Show", "the picture");
  }

  end() {
    this.endKeys?.();
    this.fit?.end();
    if (this.stopping.dialog.open) this.stopping.dialog.close();
    this.picture.srcObject = null;
    delete document.body.dataset.recording;
    if (this.noting.dialog.open) this.noting.dialog.close();
  }
}

const nameOf = (control, verb, what) => control.replaceChildren(verb,
  el("span", { class: "more-words" }, ` ${what}`));

// A button that can do nothing just now stays where it is and keeps the focus.
function enable(control, can) {
  control.setAttribute("aria-disabled", String(!can));
}
