// Questions in a window of their own: what is shown for a name, who speaks, which text is right.

import { button, el, field, tick } from "./dom.js";
import { EditorState, EditorView, MergeView } from "./codemirror.min.js";

// Opens a dialog and settles with what its buttons give; null where it is left.
function ask(title, inside, buttons) {
  return new Promise((settle) => {
    let answer = null;
    const close = (value) => { answer = value; dialog.close(); };
    const form = el("form", { method: "dialog" },
      el("h2", { id: "dialog-title" }, title), inside,
      el("p", { class: "actions" }, buttons.map(([label, value, look = ""], i) => el("button", {
        type: i ? "button" : "submit", class: look,
        onclick: (event) => { event.preventDefault(); close(value()); },
      }, label))));
    const dialog = el("dialog", { class: "desk-dialog", "aria-labelledby": "dialog-title" }, form);
    dialog.addEventListener("close", () => { dialog.remove(); settle(answer); });
    document.body.append(dialog);
    dialog.showModal();
    // What stands in the first field is typed over.
    dialog.querySelector("input[type=text]")?.select();
  });
}

export function chooseWords(hidden, shown, isHidden) {
  const input = el("input", { type: "text", value: shown, maxlength: "200", autocomplete: "off", spellcheck: "true", lang: "en-GB" });
  const answers = [[isHidden ? "Show these words" : "Take it out", () => ({ shown: input.value.trim() }), "main"]];
  if (isHidden) answers.push(["Let it be heard again", () => ({ back: true })]);
  answers.push(["Leave it", () => null]);
  return ask(`“${hidden}” is not to be heard`, [
    el("p", {}, "It is silenced in the film, and taken out of captions and transcript."),
    field("What is shown instead", input, "For example “my son”. Left empty, it says “[name removed]”."),
  ], answers);
}

export function chooseSpeaker(current, names) {
  const listed = el("datalist", { id: "speakers" }, names.map((name) => el("option", { value: name })));
  const input = el("input", { type: "text", value: current, maxlength: "60", list: "speakers", autocomplete: "off" });
  const everywhere = tick(`wherever “${current}” stands before a paragraph`);
  return ask("Who speaks here?", [field("Name", input), listed, everywhere], [
    ["Change it", () => (input.value.trim() ? { speaker: input.value.trim(), everywhere: everywhere.box.checked } : null), "main"],
    ["Leave it", () => null],
  ]);
}

export function chooseTerm(heard) {
  const term = el("input", { type: "text", value: heard, maxlength: "80", autocomplete: "off", spellcheck: "true", lang: "en-GB" });
  const mishearing = el("input", { type: "text", maxlength: "80", autocomplete: "off" });
  return ask("Add a term to the glossary", [
    field("Term, as it is written", term),
    field("What it is often misheard as", mishearing, "May be left empty."),
  ], [
    ["Add it", () => (term.value.trim() ? { term: term.value.trim(), mishearing: mishearing.value.trim() } : null), "main"],
    ["Leave it", () => null],
  ]);
}

// Two texts side by side. The answer is “mine” or “theirs”; it must be given.
export function compareTexts(mine, theirs) {
  return new Promise((settle) => {
    const sides = el("div", { class: "desk-merge" });
    const choose = (which) => () => { dialog.close(); merge.destroy(); dialog.remove(); settle(which); };
    const dialog = el("dialog", { class: "desk-dialog is-wide", "aria-labelledby": "outside-title" },
      // Whoever is typing presses no button with the next space.
      el("h2", { id: "outside-title", tabindex: "-1", autofocus: true }, "The text was changed outside the desk"),
      el("p", {}, "Somebody saved transcript.md with another program, or a command changed it. Nothing was overwritten. Which text is right? The other one can be brought back with Undo."),
      el("div", { class: "desk-merge-heads" }, el("strong", {}, "Here at the desk"), el("strong", {}, "In the file")),
      sides,
      el("p", { class: "actions" },
        button("Keep what is here", choose("mine")), button("Take what is in the file", choose("theirs"), { class: "main" })));
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
    const side = (label) => [
      EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", "aria-readonly": "true" }),
    ];
    const merge = new MergeView({
      a: { doc: mine, extensions: side("The text here at the desk") }, b: { doc: theirs, extensions: side("The text in the file") },
      parent: sides, collapseUnchanged: { margin: 2, minSize: 4 }, gutter: true,
    });
  });
}
