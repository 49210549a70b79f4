// The fields of a set and of a question, each with what is to be mended or advised beside it.

import { button, el, field, tick } from "./dom.js";

const STILL_TO_WRITE = /^TO WRITE:?\s*/;
const FIELDS = [
  // name in the file, label, hint, rows, whether each line is a text of its own
  ["follow_ups", "Follow-ups, for somebody who is stuck", "One a line. None of them has to be asked.", 3, true],
];
const MORE = [
  ["content_note", "A note for staff, before they listen", "Hard things that may be told here.", 2, false],
  ["take_care", "A word of care, for whoever asks and is asked", "Staff never see it.", 2, false],
  ["reflection", "For staff to think about, after this answer", "One a line.", 2, true],
];

// What somebody wrote by hand may be a text where a list belongs.
const linesOf = (value) => (Array.isArray(value) ? value : value ? [String(value)] : []);
const written = (text) => (STILL_TO_WRITE.test(text) ? "" : text);

// A field with a place for faults and advice. Of `lines`, each is a text of its own.
export function textField(name, label, hint, value, rows, onchange, { lines = false } = {}) {
  const isMarked = STILL_TO_WRITE.test(value);
  const control = el(rows > 1 || lines ? "textarea" : "input", { ...(rows > 1 || lines ? { rows } : { type: "text" }),
    dir: "auto", placeholder: isMarked ? value.split("\n")[0].replace(STILL_TO_WRITE, "") : null, oninput: onchange });
  control.value = lines ? value.split("\n").map(written).filter(Boolean).join("\n") : written(value);
  const part = field(label, control, hint);
  const faults = el("ul", { class: "faults", id: `${control.id}-faults` });
  const advice = el("ul", { class: "advice" });
  part.append(faults, advice);
  control.setAttribute("aria-describedby", [control.getAttribute("aria-describedby"), faults.id].filter(Boolean).join(" "));
  return {
    name, part, control,
    get value() {
      return lines ? control.value.split("\n").map((line) => line.trim()).filter(Boolean)
        : control.value.replace(/\s+/g, " ").trim();
    },
    set value(text) { control.value = text; },
    tell(wrong, hints, isMore = false) {
      if (!isMore) { faults.replaceChildren(); advice.replaceChildren(); }
      faults.append(...wrong.map((text) => el("li", {}, text)));
      advice.append(...hints.map((text) => el("li", {}, text)));
      control.setAttribute("aria-invalid", String(faults.children.length > 0));
    },
  };
}

export class QuestionCard {
  constructor(question, deeds) {
    this.question = question;
    this.title = el("h3", {});
    const make = ([name, label, hint, rows, lines]) => textField(name, label, hint,
      lines ? linesOf(question[name]).join("\n") : String(question[name] ?? ""), rows, deeds.changed, { lines });
    this.ask = textField("ask", "The question, in the words that are said", "Open: “what” and “how” let people tell.",
      question.ask ?? "", 2, deeds.changed);
    this.main = FIELDS.map(make);
    this.extra = MORE.map(make);
    this.themes = textField("themes", "Themes", `With commas between them.${deeds.themes.length
      ? ` Known: ${deeds.themes.join(", ")}.` : ""}`, linesOf(question.themes).join(", "), 1, deeds.changed);
    this.lighter = tick("Lighter: from here on it runs towards its close", { checked: question.lighter === "true",
      onchange: deeds.changed });
    this.whole = textField("", "", "", "", 1, () => {}); // for what is said of the question as a whole
    this.whole.part.querySelector("label").remove();
    this.whole.control.remove();
    this.up = button("Move up", () => deeds.move(-1), { class: "small" });
    this.down = button("Move down", () => deeds.move(1), { class: "small" });
    const details = el("details", { open: this.extra.some((one) => one.value.length) }, el("summary", {}, "Notes, themes, reflection"),
      this.extra.map((one) => one.part), this.themes.part, this.lighter);
    this.part = el("li", { class: "card question-card" }, this.title, this.whole.part, this.ask.part,
      this.main.map((one) => one.part), details,
      el("div", { class: "actions" }, this.up, this.down,
        button("Remove", () => deeds.remove(), { class: "small" })));
    this.part.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      deeds.move(event.key === "ArrowUp" ? -1 : 1);
    });
    // Several paragraphs in one question’s field are several questions.
    this.ask.control.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text.trim().split(/[\r\n]+/).length < 2) return;
      event.preventDefault();
      deeds.pasted(text);
    });
  }

  number(at, count) {
    this.title.textContent = `Question ${at + 1}`;
    this.prefix = `questions ${at + 1}`;
    this.up.disabled = at === 0;
    this.down.disabled = at === count - 1;
    for (const one of [this.up, this.down]) one.setAttribute("aria-label", `${one.textContent}: question ${at + 1}`);
    this.part.setAttribute("aria-label", `Question ${at + 1}`);
  }

  // Where a fault is told, by the name that `questions check` gives the field.
  get places() {
    const named = (one, name) => Object.create(one, { name: { value: name } });
    return [named(this.whole, this.prefix), ...[this.ask, ...this.main, ...this.extra, this.themes]
      .map((one) => named(one, `${this.prefix} → ${one.name}`))];
  }

  values() {
    const values = { ...this.question, ask: this.ask.value };
    for (const one of [...this.main, ...this.extra]) values[one.name] = one.value;
    values.themes = this.themes.value.split(",").map((theme) => theme.trim()).filter(Boolean);
    values.lighter = this.lighter.box.checked ? "true" : "";
    return values;
  }

  // What the file says of it now: its id above all, which it keeps.
  keep(question) { this.question = question; }

  focus() { this.ask.control.focus(); }
}
