// Keys that work while somebody types, and that everybody can set: a foot pedal sends keys too.

import { button, el } from "./dom.js";
import { Refusal, Unreachable, ask } from "./server.js";
import { tell } from "./tell.js";

// Alt with a letter is free in the browsers that we know; Escape and function keys are what pedals
// and programs for typists send.
const FIRST = {
  toggle: "Escape", back: "F2", forward: "F4", slower: "F8", faster: "F9", here: "Control+Enter",
  loop: "Alt+KeyL", follow: "Alt+KeyO", film: "Alt+KeyF", strike: "Alt+KeyX", redact: "Alt+KeyR",
  split: "Alt+Enter", join: "Alt+KeyJ", speaker: "Alt+KeyS", next: "Alt+KeyN", previous: "Alt+KeyP",
  around: "Alt+KeyA", moment: "Alt+KeyM", text: "Alt+KeyT",
};

export const ACTIONS = {
  toggle: "Play or pause", here: "Play from the caret", back: "Back three seconds",
  forward: "On three seconds", slower: "Slower", faster: "Faster", loop: "Repeat this sentence",
  follow: "Let the text follow the sound", film: "Play as the film will be", strike: "Strike out (cut)",
  redact: "Take a name out", split: "New paragraph here", join: "Join with the paragraph before",
  speaker: "Who speaks", next: "Next question for you", previous: "The one before",
  around: "Hear it again", text: "Back to the text", moment: "Mark this moment",
};

export class Keys {
  // `own`: {action: key} for those that were set
  constructor(own) {
    this.own = own;
    this.actions = {};
  }

  keyOf(action) { return this.own[action] ?? FIRST[action] ?? ""; }

  listen(actions) {
    this.actions = actions;
    this.pressed = (event) => {
      if (document.querySelector("dialog[open]")) return;
      const action = this.actionOf(event);
      // Where somebody searches, Escape ends the search.
      if (!action || (event.key === "Escape" && event.target.closest?.(".cm-search"))) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat || ["back", "forward"].includes(action)) this.actions[action]();
    };
    // Before the editor sees it: Escape would leave its search field only.
    window.addEventListener("keydown", this.pressed, true);
  }

  stop() { window.removeEventListener("keydown", this.pressed, true); }

  actionOf(event) {
    const name = nameOf(event);
    return Object.keys(this.actions).find((action) => this.keyOf(action) === name);
  }

  set(action, name) {
    for (const other of Object.keys(FIRST)) {
      if (other !== action && this.keyOf(other) === name) this.own[other] = "";
    }
    this.own[action] = name;
    store(this.own);
  }

  reset() {
    this.own = {};
    store(this.own);
  }

  // A dialog in which each action's key can be pressed anew.
  openDialog(changed) {
    const rows = el("tbody");
    const hint = el("p", { class: "quiet", role: "status" }, "Choose an action, then press the key or the pedal.");
    let learning = "";
    const fill = (focused = "") => {
      rows.replaceChildren(...Object.entries(ACTIONS).map(([action, label]) => this.row(action, label, action === learning, () => {
        learning = action;
        fill(action);
      })));
      rows.querySelector(`[data-action="${focused}"]`)?.focus();
    };
    const pressed = (event) => {
      if (!learning || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
      const action = learning;
      learning = "";
      if (event.key === "Tab") { fill(action); return; } // it goes on to the next button
      event.preventDefault();
      event.stopPropagation();
      hint.textContent = this.learn(action, event);
      fill(action);
      changed();
    };
    fill();
    const dialog = el("dialog", { class: "desk-dialog", "aria-labelledby": "keys-title" },
      el("h2", { id: "keys-title" }, "Keys"), hint,
      el("table", { class: "desk-keys" }, rows),
      el("p", { class: "actions" },
        button("As they were at first", () => { this.reset(); learning = ""; fill(); changed(); }),
        button("Done", () => dialog.close(), { class: "main" })));
    // Escape is a key as well, while one is asked for.
    dialog.addEventListener("cancel", (event) => { if (learning) event.preventDefault(); });
    dialog.addEventListener("close", () => { window.removeEventListener("keydown", pressed, true); dialog.remove(); });
    window.addEventListener("keydown", pressed, true);
    document.body.append(dialog);
    dialog.showModal();
  }

  row(action, label, isLearning, choose) {
    const key = readable(this.keyOf(action));
    return el("tr", {},
      el("th", { scope: "row" }, label),
      el("td", {}, button(isLearning ? "press a key …" : key || "none", choose,
        { class: "small", "data-action": action, "aria-label": `${label}: ${isLearning ? "press a key" : key || "no key"}. Change` })));
  }

  // Takes a key for an action; returns what came of it.
  learn(action, event) {
    const name = nameOf(event);
    if (isForTyping(event)) return `“${readable(name)}” is needed for typing. Take one with Alt or Ctrl, or a key such as F6.`;
    if (FOR_EDITING.test(name)) return `“${readable(name)}” is needed for editing. Take another.`;
    const other = Object.keys(ACTIONS).find((each) => each !== action && this.keyOf(each) === name);
    this.set(action, name);
    return `${ACTIONS[action]}: ${readable(name)}.${other ? ` “${ACTIONS[other]}” has no key now.` : ""}`;
  }
}

// “Alt+KeyL”: by the key's place, because Alt with a letter types a sign on some computers.
function nameOf(event) {
  const key = event.altKey && /^(Key|Digit)/.test(event.code) ? event.code : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return [event.ctrlKey && "Control", event.metaKey && "Meta", event.altKey && "Alt",
    event.shiftKey && key.length > 1 && "Shift", key].filter(Boolean).join("+");
}

const isForTyping = (event) => !event.ctrlKey && !event.metaKey && !event.altKey
  && (event.key.length === 1 || ["Enter", "Backspace", "Delete", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key));

// Select all, copy, cut, paste, undo, redo, find.
const FOR_EDITING = /^(Control|Meta)\+(Shift\+)?[acxvzyf]$/;

export const readable = (name) => name.replace("Control", "Ctrl").replace(/Key|Digit/, "").replace("Escape", "Esc").replaceAll("+", " + ");

export const readKeys = async () => (await ask("GET", "/keys")).keys;

// Kept by the desk: a browser forgets them with the port.
async function store(keys) {
  try {
    await ask("POST", "/keys", { keys });
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
    tell("These keys hold until the page is closed: they could not be kept.");
  }
}
