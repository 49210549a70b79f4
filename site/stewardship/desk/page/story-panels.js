// Beside the text: what is to be answered, what is wrong, questions, captions, and the end.

import { button, clockTime, complain, el, field } from "./dom.js";
import { Refusal, Unreachable } from "./server.js";
import * as commands from "./edit-commands.js";
import { tell } from "./tell.js";

const LEVELS = { problem: "Problem", warning: "Warning", note: "Note" };
const TABS = [["doubts", "To answer"], ["mark", "Mark"], ["findings", "Checks"], ["questions", "Questions"], ["captions", "Captions"], ["finish", "Finish"]];
const SHOWN = 200; // rows of a list; an hour has a thousand captions

export class StoryPanels {
  constructor(place, page) {
    this.place = place;
    this.page = page;
    this.current = 0; // the doubt that is asked about
    this.shown = null; // the one that was played last
    this.answered = null; // {doubt, version}: until the text after that answer was looked through
    this.tab = "doubts";
    this.tabs = Object.fromEntries(TABS.map(([name, label]) => [name, this.makeTab(name, label)]));
    this.panel = el("div", { class: "desk-panel", role: "tabpanel", id: "desk-panel", tabindex: "-1" });
    const list = el("div", { class: "desk-tabs", role: "tablist", "aria-label": "Beside the text" }, Object.values(this.tabs));
    list.addEventListener("keydown", (event) => this.arrow(event));
    place.replaceChildren(list, this.panel);
    this.open("doubts");
  }

  makeTab(name, label) {
    return button(label, () => this.open(name), {
      class: "small", role: "tab", id: `tab-${name}`, "aria-controls": "desk-panel", "aria-selected": "false", tabindex: "-1",
    });
  }

  arrow(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = TABS.map(([name]) => name);
    const next = names[(names.indexOf(this.tab) + step + names.length) % names.length];
    this.open(next);
    this.tabs[next].focus();
  }

  open(name) {
    this.tab = name;
    for (const [key, tab] of Object.entries(this.tabs)) {
      tab.setAttribute("aria-selected", String(key === name));
      tab.tabIndex = key === name ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${name}`);
    this.fill();
  }

  get doubts() { return this.page.analysis.doubts; }

  renew() {
    const { summary, findings } = this.page.analysis;
    this.current = Math.min(this.current, Math.max(0, this.doubts.length - 1));
    this.tabs.doubts.textContent = `To answer (${this.doubts.length})`;
    this.tabs.findings.textContent = `Checks (${findings.length})`;
    this.tabs.findings.classList.toggle("is-trouble", Boolean(summary.problems));
    // What somebody is typing into stays.
    if (!this.panel.contains(document.activeElement) || document.activeElement.tagName !== "INPUT") this.fill();
    this.goOn();
  }

  fill() {
    const before = document.activeElement;
    const [hadFocus, number] = [this.panel.contains(before), this.controls().indexOf(before)];
    const made = this[`${this.tab}Panel`]();
    this.panel.replaceChildren(...[made].flat(3).filter(Boolean));
    if (!hadFocus) return;
    // An edge is moved by many presses of one button; elsewhere what is to be done next comes first.
    const now = this.controls()[number];
    const same = now && !now.disabled && now.textContent === before.textContent ? now : null;
    const first = this.panel.querySelector("[data-first]");
    ((before.closest(".desk-edge") && same) || first || same || this.panel).focus({ preventScroll: true });
  }

  controls() { return [...this.panel.querySelectorAll("button, input")]; }

  caretMoved() {
    if (this.tab === "mark") this.fill();
  }

  // To answer

  doubtsPanel() {
    const doubt = this.doubts[this.current];
    if (!doubt && !this.page.analysis.is_complete) {
      return [el("h2", {}, "The text is being looked through"), el("p", {}, "What is to be answered follows in a moment.")];
    }
    if (!doubt) {
      return [el("h2", {}, "Nothing is left to answer"), el("p", {}, "Look at “Checks” and “Finish” next.")];
    }
    const { text } = this.page.editor.doc.lineAt(this.at(doubt).from);
    this.shownInstead = doubt.answers.some((answer) => answer.needs_words)
      ? el("input", { type: "text", value: doubt.suggestion, maxlength: "200", autocomplete: "off", lang: "en-GB" }) : null;
    this.panel.onkeydown = (event) => this.answerByKey(event, doubt);
    return [
      el("h2", {}, questionOf(doubt)),
      el("p", { class: "quiet" }, [`${this.current + 1} of ${this.doubts.length}`, clockTime(doubt.start),
        doubt.places > 1 ? `one answer for ${doubt.places} places` : "", doubt.kind === "marker" ? "" : doubt.about].filter(Boolean).join(" · ")),
      el("blockquote", { class: "desk-context", dir: "auto" }, shortened(commands.readable(text))),
      this.shownInstead ? field("Shown instead, where it is hidden", this.shownInstead) : null,
      el("div", { class: "desk-answers" }, doubt.answers.map((answer, i) => button(
        [el("kbd", {}, answer.key), ` ${answer.label}`], () => this.answer(doubt, answer),
        { class: i ? "small" : "small main", "data-first": i === 0 }))),
      el("p", { class: "actions" },
        button("Hear it", () => this.hear(doubt), { class: "small" }),
        button("Go to it", () => this.goTo(doubt), { class: "small" }),
        button("Previous", () => this.step(-1), { class: "small" }),
        button("Next", () => this.step(1), { class: "small" })),
    ];
  }

  // One key each, while the panel has the focus: letters typed into the text stay letters.
  answerByKey(event, doubt) {
    if (event.ctrlKey || event.altKey || event.metaKey || this.tab !== "doubts") return;
    const answer = event.target.matches("input")
      ? event.key === "Enter" && doubt.answers.find((each) => each.needs_words)
      : doubt.answers.find(({ key }) => key === event.key.toLowerCase());
    if (!answer) return;
    event.preventDefault();
    this.answer(doubt, answer);
  }

  // The next one is shown and heard at once, where nobody went to the text meanwhile.
  goOn() {
    if (!this.answered || this.page.analysis.version < this.answered.version) return;
    this.answered = null;
    if (this.tab === "doubts" && this.doubts.length && this.panel.contains(document.activeElement)) this.show(this.doubts[this.current]);
  }

  at({ from, to }) {
    const { times, editor } = this.page;
    const begin = Math.min(times.now(from), editor.doc.length);
    return { from: begin, to: Math.max(begin, Math.min(times.now(to, -1), editor.doc.length)) };
  }

  step(step) {
    if (!this.doubts.length) { tell(this.page.analysis.is_complete ? "Nothing is left to answer." : "The text is being looked through. Try again in a moment."); return; }
    // Whoever was not shown the current one yet is shown it first.
    if (this.shown === this.doubts[this.current].id) this.current = (this.current + step + this.doubts.length) % this.doubts.length;
    this.show(this.doubts[this.current]);
  }

  show(doubt) {
    const { from, to } = this.at(doubt);
    this.shown = doubt.id;
    this.page.editor.select(from, to, { focus: false });
    this.open("doubts");
    this.panel.querySelector("[data-first]")?.focus({ preventScroll: true });
    this.hear(doubt);
  }

  hear(doubt) { this.page.sound.playAround(doubt.start, doubt.end); }

  hearAgain() {
    const doubt = this.doubts[this.current];
    if (doubt) this.hear(doubt);
  }

  async answer(doubt, { key, label, needs_words: needsWords }) {
    if (this.answered) return; // pressed twice
    const shown = needsWords ? this.shownInstead?.value.trim() ?? "" : "";
    if (needsWords && !shown) {
      this.shownInstead?.focus();
      tell("Type the words that are shown instead, then press Enter.");
      return;
    }
    this.answered = { doubt, version: Infinity };
    const isDone = await this.tried(async () => {
      await this.page.server.answerDoubt(doubt, key, shown);
      tell(`Answered: ${label}.`);
    });
    this.answered = isDone ? { doubt, version: this.page.text.version } : null;
    this.page.server.analyse();
  }

  async tried(action) {
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
      const place = el("div");
      this.panel.prepend(place);
      complain(place, error.said ?? "The desk does not answer. Try again.");
      return false;
    }
  }

  // This mark: a redaction or a cut at the caret

  markPanel() {
    const part = this.partAtCaret();
    if (!part) return [el("h2", {}, "No mark here"), el("p", {}, "Put the caret into words that are struck out, or into a name that was taken out, to move its edges and to listen to it.")];
    const { kind } = part;
    const moments = commands.edgeMoments(part);
    const move = (side, ms) => () => this.page.edits.nudgeEdge(part, side, ms);
    const row = (label, side) => el("div", { class: "desk-edge", role: "group", "aria-label": label }, el("span", {}, `${label} `, el("strong", {}, seconds(moments[side]))),
      button("10 ms earlier", move(side, -10), { class: "small" }), button("10 ms later", move(side, 10), { class: "small" }));
    return [
      el("h2", {}, kind === "cut" ? "Cut out of the film" : "Not to be heard"),
      row("Begins", 0), row("Ends", 1),
      kind === "cut" ? null : this.listening(part),
    ];
  }

  edgesMoved() {
    if (this.tab === "mark") this.fill();
  }

  partAtCaret() {
    const { editor, analysis, times } = this.page;
    const at = editor.caret.head;
    return analysis.plan.find((part) => part.from !== null && times.now(part.from) <= at && at <= times.now(part.to, -1));
  }

  // As the film plays it, with a second on either side: only so is a redaction checked.
  listening(part) {
    return [
      el("p", {}, part.checked ? "You listened to it as the film plays it." : "Listen to it as the film plays it: nothing of the name may be left."),
      el("p", { class: "actions" },
        button("Listen", () => this.listenTo(part), { class: "small main", "data-first": this.listened !== part.id }),
        part.checked ? null : button("Nothing is left of it", () => this.tried(() => this.page.server.heardRedactions([part.id])),
          { class: "small", disabled: this.listened !== part.id, "data-first": this.listened === part.id }),
        part.checked && this.unheard.length ? button("Listen to the next one", () => this.goToRedaction(this.unheard[0]), { class: "small", "data-first": true }) : null),
    ];
  }

  async listenTo(part) {
    await this.tried(async () => {
      if (!await this.page.sound.playAsInFilm(part)) return; // stopped before its end
      this.listened = part.id;
      if (this.tab === "mark") this.fill();
    });
  }

  get unheard() { return this.page.analysis.plan.filter((part) => part.kind === "redaction" && part.checked === false); }

  // What the program tells of the text

  findingsPanel() {
    const { findings } = this.page.analysis;
    if (!findings.length) return [el("h2", {}, "Nothing to tell"), el("p", {}, "The text can be applied as it is.")];
    const sorted = Object.keys(LEVELS).flatMap((level) => findings.filter((finding) => finding.level === level));
    return [el("h2", {}, "What is told of this text"), el("ul", { class: "desk-list" }, sorted.slice(0, SHOWN).map((finding) => el("li", { class: `is-${finding.level}` },
      button([el("strong", {}, `${LEVELS[finding.level]}: `), finding.what], () => this.goTo(finding), { class: "desk-row" }),
      finding.next_step ? el("p", { class: "quiet" }, finding.next_step) : null))),
    sorted.length > SHOWN ? el("p", { class: "quiet" }, `${sorted.length - SHOWN} more follow once these are put right.`) : null];
  }

  goTo(finding) {
    const { from, to } = this.at(finding);
    this.page.editor.select(from, to);
  }

  // The questions of the set

  questionsPanel() {
    const { story, editor } = this.page;
    const headings = new Map();
    for (let number = 1; number <= editor.doc.lines; number += 1) {
      const line = editor.doc.line(number);
      if (commands.HEADING.test(line.text)) headings.set(line.text, line.from);
    }
    return [el("h2", {}, "Questions"), el("p", { class: "quiet" }, "A question’s heading stands before the paragraph in which it was asked."),
      el("ul", { class: "desk-list" }, story.questions.map(({ ask }) => {
        const from = [...headings].find(([text]) => commands.sameWords(text, ask))?.[1];
        return el("li", {}, el("p", {}, ask), el("p", { class: "actions" },
          from === undefined ? el("span", { class: "quiet" }, "not in the text") : button("Go to it", () => editor.select(from), { class: "small" }),
          button(from === undefined ? "Put it before this paragraph" : "Move it before this paragraph",
            () => { this.page.edits.edit(commands.placeHeading(editor.doc, editor.caret.head, ask)); this.fill(); }, { class: "small" })));
      }))];
  }

  // Captions as they will be laid out

  captionsPanel() {
    const { captions } = this.page.analysis;
    const now = this.page.player.time;
    const first = Math.max(0, captions.findIndex(({ end }) => end > now) - 5);
    const shown = captions.slice(first, first + 40);
    return [el("h2", {}, "Captions"), el("p", { class: "quiet" }, `${captions.length} in all; here from ${clockTime(shown[0]?.start ?? 0)}.`),
    el("p", { class: "actions" }, button("From where it plays", () => this.fill(), { class: "small" })),
    el("ol", { class: "desk-captions" }, shown.map((caption) => el("li", {},
      button([el("span", { class: "quiet" }, clockTime(caption.start)), ...caption.lines.map((line) => el("span", { class: "desk-caption-line" }, line))],
        () => this.page.player.playSpan(caption.start, caption.end), { class: "desk-row" }),
      caption.findings.map((finding) => el("p", { class: "quiet" }, finding)))))];
  }

  // The end

  finishPanel() {
    const { unheard } = this;
    const { summary } = this.page.analysis;
    const left = [
      [summary.problems, "problem", "of the text must be put right first"],
      [this.doubts.length, "question", "not answered"],
      [unheard.length, "name taken out", "not listened to"],
    ].filter(([count]) => count);
    return [
      el("h2", {}, left.length ? "What is left" : "Nothing is left"),
      this.page.analysis.is_complete ? null : el("p", {}, "The text is still being looked through: names may follow."),
      left.length ? el("ul", {}, left.map(([count, what, rest]) => el("li", {}, `${count} ${count === 1 ? what : plural(what)} ${rest}`))) : null,
      unheard.length ? el("p", { class: "actions" }, button("Listen to the next one", () => this.goToRedaction(unheard[0]), { class: "small" })) : null,
      el("p", {}, "Apply the edit when the text is right: captions and chapters are made from it, and the film can follow."),
      this.page.story.has_film ? el("p", {}, "This story has a film. Once other words are applied, it is shown to nobody until the film is made, watched and signed off again.") : null,
      el("p", { class: "actions" }, button("Apply the edit", () => this.apply(), { class: "main", disabled: Boolean(summary.problems) })),
      this.applied ?? null,
    ];
  }

  goToRedaction(part) {
    const { from } = this.at(part);
    this.page.editor.select(from + 2, from + 2, { focus: false });
    this.open("mark");
    this.listenTo(part);
  }

  async apply() {
    await this.tried(async () => {
      const answer = await this.page.server.applyEdit();
      this.applied = el("div", { class: "desk-applied", role: "status" },
        answer.sentences.map((sentence) => el("p", {}, sentence)),
        answer.next_step ? el("p", {}, answer.next_step) : null,
        answer.command ? el("p", {}, "In the command line: ", el("code", {}, answer.command)) : null);
      this.fill();
    });
  }
}

const QUESTIONS = {
  name: (doubt) => `“${doubt.text.replace(/[.,;:!?…]+$/, "")}”: is this a name that must not be heard?`,
  confidence: (doubt) => `“${doubt.text}” was heard unsurely`,
  voice: () => "Who speaks here?",
  unheard: () => "Somebody speaks here; no words were recognised",
  marker: (doubt) => doubt.about || "Marked while it was recorded",
  remark: (doubt) => `The contributor remarks on “${doubt.text}”`,
};

const questionOf = (doubt) => (QUESTIONS[doubt.kind] ?? ((other) => other.text))(doubt);

const plural = (what) => (what.startsWith("name") ? "names taken out" : `${what}s`);
const seconds = (ms) => `${clockTime(ms)}.${String(Math.round(ms % 1000)).padStart(3, "0")}`;
const shortened = (text) => (text.length > 260 ? `${text.slice(0, 260)} …` : text);
