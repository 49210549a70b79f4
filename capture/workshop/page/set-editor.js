// One set, written in the browser: its fields, its questions in order, and what is to be mended beside each.

import { announce, button, clear, complain, el, field, notice, show } from "./dom.js";
import { Refusal } from "./server.js";
import { QuestionCard, textField } from "./set-fields.js";
import { tryOut } from "./try-out.js";

const LOOK_AFTER = 700; // ms without a key, before what was typed is checked
const HEAD = [
  ["title", "What the conversation is called", "The contributor sees it first.", 1],
  ["designed_by", "Who designs it", "A group, not a person’s name.", 1],
  ["language", "The language of the conversation", "Leave it empty for English. Else its code: ar, cy, pl, ur.", 1],
  ["about", "What it is about", "Two sentences for the person who is invited.", 3],
  ["opening", "What is said to begin with", "It is read aloud.", 3],
];
const DRAFTS = "set-drafts"; // of this tab: what was typed and is not saved, by the id of its set

export const draftsOfSets = () => JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}");

export function keepDraft(id, draft) {
  const drafts = { ...draftsOfSets(), [id]: draft };
  sessionStorage.setItem(DRAFTS, JSON.stringify(drafts)); // without it where it is undefined
}

const FOOT = [["closing", "What is said to end with", "It is read aloud.", 2]];

export class SetEditor {
  constructor(workshop, set) {
    Object.assign(this, { workshop, timer: null, cards: [], checks: 0, edits: 0, turn: Promise.resolve(), isOver: false });
    this.#take(set);
    const draft = draftsOfSets()[set.id];
    this.isJustBegun = Boolean(set.isJustBegun);
    if (draft) Object.assign(this, { values: draft.values, state: draft.state, isChanged: true, isAgain: true });
  }

  #take(set) {
    Object.assign(this, { id: set.id, state: set.state, canUndo: Boolean(set.can_undo), isChanged: !set.state,
      version: set.values.version ?? "1", values: structuredClone(set.values), told: set });
  }

  show() {
    this.fields = Object.fromEntries([...HEAD, ...FOOT].map(([name, label, hint, rows]) => [name,
      textField(name, label, hint, this.values[name] ?? "", rows, () => this.#changed())]));
    this.reflection = textField("reflection", "For staff to think about, after the whole story", "One a line.",
      (this.values.reflection ?? []).join("\n"), 3, () => this.#changed(), { lines: true });
    this.list = el("ol", { class: "cards" });
    this.cards = [];
    for (const question of this.values.questions ?? []) this.#add(question);
    this.stands = el("p", { class: "stands", role: "status" });
    this.amiss = el("div", {});
    this.general = el("ul", { class: "general" });
    this.addButton = button("Add a question", () => this.#add({ ask: "" }).focus());
    this.saveButton = button("Save", () => this.save(), { class: "main" });
    this.undoButton = button("Undo the last save", () => this.#undo());
    const pasteBox = el("textarea", { rows: 4, "aria-describedby": "paste-hint" });
    const pasteAmiss = el("div", {});
    show(el("h1", {}, this.values.title || "A new set"),
      HEAD.map(([name]) => this.fields[name].part),
      el("h2", { id: "questions" }, "The questions, in the order they are asked"),
      this.list,
      el("div", { class: "actions" }, this.addButton),
      el("details", { class: "paste" }, el("summary", {}, "Paste questions from Word or a mail"),
        field("Paste them here", pasteBox),
        el("p", { class: "quiet", id: "paste-hint" }, "Each paragraph becomes a question; bullets below it become "
          + "its follow-ups. Numbers do not matter."),
        pasteAmiss, button("Make questions of it", () => this.#paste(pasteBox, pasteAmiss))),
      FOOT.map(([name]) => this.fields[name].part), this.reflection.part,
      this.general, this.amiss,
      el("div", { class: "workbar" }, this.stands,
        el("div", { class: "actions" }, this.saveButton,
          button("Try it out", () => this.#inTurn(() => this.#tryOut())),
          button("Print", () => this.#print()), this.undoButton)));
    this.#number();
    this.#tell(this.told);
    this.#stand();
    if (!this.isAgain) return;
    this.isAgain = false;
    if (!this.isJustBegun) announce("What you typed before is here again. It is not saved yet.");
    this.timer = setTimeout(() => this.check(), 0);
  }

  #tryOut() {
    this.endTry = tryOut(this.workshop.about, this.current(), () => this.#shownAgain());
  }

  // A set is tried out on the whole window, and found again as it was.
  #shownAgain() {
    this.values = this.current();
    this.told = { problems: this.problems, advice: this.advice };
    const { isChanged } = this;
    this.show();
    this.isChanged = isChanged;
    this.#stand();
  }

  current() {
    const values = { ...this.values };
    for (const [name, one] of Object.entries(this.fields)) values[name] = one.value;
    values.reflection = this.reflection.value;
    values.questions = this.cards.map((card) => card.values());
    return values;
  }

  #add(question, at = this.cards.length) {
    const card = new QuestionCard(question, {
      changed: () => this.#changed(),
      move: (by) => this.#move(card, by),
      remove: () => this.#remove(card),
      pasted: (text) => this.#pastedInto(card, text),
      themes: this.workshop.about.themes,
    });
    this.cards.splice(at, 0, card);
    this.list.insertBefore(card.part, this.list.children[at] ?? null);
    this.#number();
    this.#changed();
    return card;
  }

  #move(card, by) {
    const from = this.cards.indexOf(card);
    const to = from + by;
    if (to < 0 || to >= this.cards.length) return;
    const active = document.activeElement;
    this.cards.splice(to, 0, ...this.cards.splice(from, 1));
    this.list.insertBefore(card.part, this.list.children[by > 0 ? to + 1 : to] ?? null);
    this.#number();
    // An element that is moved loses the focus; a button at the end of its way can have none.
    (active?.disabled ? [card.up, card.down].find((one) => !one.disabled) : active)?.focus();
    announce(`Now question ${to + 1} of ${this.cards.length}.`);
    this.#changed();
  }

  #remove(card) {
    const at = this.cards.indexOf(card);
    const values = card.values();
    this.cards.splice(at, 1);
    card.part.remove();
    this.#number();
    this.#changed();
    (this.cards[at] ?? this.cards[at - 1] ?? this.addButton).focus();
    notice("removed", `Question ${at + 1} is removed: “${values.ask.slice(0, 60)}”.`, { actions: [
      button("Put it back", () => { clear("removed"); this.#add(values, at).focus(); }, { class: "small" })] });
  }

  #number() { this.cards.forEach((card, n) => card.number(n, this.cards.length)); }

  async #paste(box, amiss) {
    amiss.replaceChildren();
    if (await this.#pastedInto(null, box.value, amiss)) box.value = "";
  }

  // Promises whether questions were made of it; they stand behind `card`, or at the end.
  async #pastedInto(card, text, amiss = this.amiss) {
    try {
      const made = await this.workshop.answered("POST", "/pasted", { text });
      const isEmpty = (one) => !one.values().ask && !one.values().follow_ups.length;
      for (const one of this.cards.filter(isEmpty)) { this.cards.splice(this.cards.indexOf(one), 1); one.part.remove(); }
      const behind = card && this.cards.includes(card) ? this.cards.indexOf(card) + 1 : this.cards.length;
      made.questions.forEach((question, n) => this.#add(question, behind + n));
      this.cards[behind]?.focus();
      const count = made.questions.length;
      notice("pasted", `${count} question${count === 1 ? " was" : "s were"} made of it.${made.left_out.length
        ? ` Left out, as nothing is asked there: ${made.left_out.map((one) => `“${one}”`).join(", ")}.` : ""}`);
      return true;
    } catch (error) {
      complain(amiss, error.said || "No questions could be made of that.");
      return false;
    }
  }

  #changed() {
    if (!this.stands) return;
    this.isChanged = true;
    this.edits += 1;
    keepDraft(this.id, { values: this.current(), state: this.state });
    this.#stand();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), LOOK_AFTER);
  }

  async check() {
    const check = ++this.checks;
    try {
      const told = await this.workshop.answered("POST", `/sets/${this.id}/check`, { values: this.#sent() });
      if (check === this.checks) this.#tell(told);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      complain(this.amiss, error.said);
    }
  }

  // One more with every change, as sessions and pages say by which version somebody was asked.
  #sent() {
    const version = this.state && this.isChanged && /^\d+$/.test(this.version) ? String(Number(this.version) + 1)
      : this.version;
    return { ...this.current(), version };
  }

  #tell({ problems, advice }) {
    Object.assign(this, { problems, advice });
    const places = [...Object.values(this.fields), this.reflection, ...this.cards.flatMap((card) => card.places)];
    places.forEach((place) => place.tell([], []));
    const nowhere = [];
    const tell = (one, isFault) => {
      const place = places.filter(({ name }) => one.field === name || one.field.startsWith(`${name} `))
        .sort((a, b) => b.name.length - a.name.length)[0];
      if (place) place.tell(isFault ? [one.what] : [], isFault ? [] : [one.what], true);
      else nowhere.push(`${one.field ? `${one.field}: ` : ""}${one.what}`);
    };
    problems.forEach((one) => tell(one, true));
    advice.forEach((one) => tell(one, false));
    this.general.replaceChildren(...nowhere.map((text) => el("li", {}, text)));
    this.#stand();
  }

  #stand() {
    const count = this.problems?.length ?? 0;
    const toMend = count ? `${count} thing${count === 1 ? "" : "s"} to mend before it can be used.` : "It can be used.";
    const text = `${this.isChanged ? "Not saved yet." : "Saved."} ${toMend}`;
    if (this.stands.textContent !== text) this.stands.textContent = text;
    this.undoButton.hidden = !this.canUndo;
  }

  save() {
    return this.#inTurn(() => this.#attempt(async () => {
      this.amiss.replaceChildren();
      const sent = { edits: this.edits, cards: [...this.cards] };
      this.#saved(await this.workshop.answered("POST", `/sets/${this.id}`, { values: this.#sent(), state: this.state }), sent);
      return true;
    }));
  }

  // What is pressed while a save is under way waits for it: its answer says from which state it begins.
  #inTurn(deed) {
    const done = this.turn.then(deed);
    this.turn = done.catch(() => {});
    return done;
  }

  // What was typed since it was sent is not in the file, and stays to be saved.
  #saved(set, { edits, cards }) {
    this.#take(set);
    cards.forEach((card, n) => card.keep(set.values.questions[n]));
    this.isChanged = edits !== this.edits;
    keepDraft(this.id, this.isChanged && !this.isOver ? { values: this.current(), state: this.state } : undefined);
    if (this.isOver) return;
    if (this.isChanged) this.#stand();
    else this.#tell(set);
    if (location.hash !== `#${this.id}`) history.replaceState(null, "", `#${this.id}${location.search}`);
    announce(this.isChanged ? "Saved, but for what was typed meanwhile." : "Saved.");
  }

  async #attempt(deed) {
    try {
      return await deed();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      announce(""); // “Saved.” is of the save before
      if (["changed", "gone"].includes(error.code)) this.#meanwhile(error);
      else complain(this.amiss, error.said);
      return false;
    }
  }

  #meanwhile(error) {
    const isGone = error.code === "gone";
    this.amiss.replaceChildren(el("div", { class: "amiss", role: "alert" }, el("p", {}, error.said),
      el("div", { class: "actions" },
        isGone ? button("Save mine again", () => this.#saveAs(this.id), { class: "main" })
          : button("Save mine as a set of its own", () => this.#saveAsOwn(), { class: "main" }),
        isGone ? button("Leave it: mine is dropped", () => { this.isChanged = false; location.hash = ""; })
          : button("Take the other state: mine is dropped", () => this.#replaced(
            () => this.workshop.answered("GET", `/sets/${this.id}`))))));
    this.amiss.querySelector("button").focus();
  }

  #saveAsOwn() {
    return this.#attempt(async () => {
      const title = `${this.current().title} (ours)`;
      const begun = await this.workshop.answered("POST", "/new", { title });
      this.fields.title.value = title;
      await this.#saveAs(begun.id);
    });
  }

  // As a file that is not there yet.
  async #saveAs(id) {
    const before = { id: this.id, state: this.state, version: this.version };
    Object.assign(this, { version: id === this.id ? this.#sent().version : "1", id, state: "" });
    if (await this.save()) {
      if (before.id !== id) keepDraft(before.id, undefined);
      this.saveButton.focus();
    } else Object.assign(this, before);
  }

  // All that stands in the window gives way to another state; meanwhile nothing can be typed that would be lost.
  #replaced(deed) {
    const main = this.stands.closest("main");
    return this.#inTurn(() => this.#attempt(async () => {
      main.inert = true;
      const set = await deed().finally(() => { main.inert = false; });
      this.#take(set);
      this.show();
      this.isChanged = false;
      keepDraft(this.id, undefined);
      this.#stand();
      return true;
    }));
  }

  async #undo() {
    // eslint-disable-next-line no-alert -- as the browser asks before a window closes
    if (this.isChanged && !window.confirm("What you changed since the last save is not saved, and cannot be had back. Drop it, "
      + "and undo the last save too?")) return;
    const isBack = await this.#replaced(
      () => this.workshop.answered("POST", `/sets/${this.id}/undo`, { state: this.state }));
    if (isBack) announce("The state before the last save is back.");
  }

  #print() {
    return this.#attempt(async () => {
      if (this.isChanged && !await this.save()) return;
      const paper = await this.workshop.answered("POST", `/sets/${this.id}/print`, {});
      notice("printed", paper.shown ? "Two new tabs show the sheets for the table, and the preview for the contributor. Print them there."
        : `The sheets and the preview are written. Open them in a browser and print them: ${paper.files.join(" and ")}`);
    });
  }

  mayLeave() {
    // eslint-disable-next-line no-alert -- as the browser asks before a window closes
    return !this.isChanged || window.confirm("What you changed is not saved. Leave it?");
  }

  end() {
    keepDraft(this.id, undefined);
    this.isOver = true;
    this.endTry?.();
    clearTimeout(this.timer);
  }
}
