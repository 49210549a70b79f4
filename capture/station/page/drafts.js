// What is typed and not saved yet. The station has it in its memory, under the name of this tab, and gives it
// back to a page that was loaded anew; on a disk it is only once it is saved.

import { tabName, withTab } from "./holding.js";
import { ask } from "./server.js";

const SEND_AFTER = 150; // ms without a key
let drafts = {}; // {part: {field: value}}
let timer = 0;

export async function readDrafts() {
  ({ drafts } = await ask("GET", await withTab("/drafts")));
}

// Puts back into the fields of `elements` what was typed into them, and goes on noting it. `name` is of the part
// of the page, and of the story or session that it is about.
export function keepDraft(name, ...elements) {
  if (!name) return; // a set that is only tried out
  const fields = new Map(named(elements));
  for (const [key, control] of fields) {
    const value = drafts[name]?.[key];
    if (value === undefined || value === valueOf(control)) continue;
    if (isChoice(control)) control.checked = value;
    else control.value = value;
    for (const event of ["input", "change"]) control.dispatchEvent(new Event(event, { bubbles: true }));
  }
  const keys = new Map([...fields].map(([key, control]) => [control, key]));
  const note = ({ target }) => {
    if (!keys.has(target)) return;
    const group = target.type === "radio" ? [...keys.keys()].filter((one) => one.name === target.name) : [target];
    drafts[name] ??= {};
    for (const one of group) drafts[name][keys.get(one)] = valueOf(one);
    clearTimeout(timer);
    timer = setTimeout(send, SEND_AFTER);
  };
  for (const element of elements) {
    element.addEventListener("input", note);
    element.addEventListener("change", note);
  }
}

// It is saved, or nobody wants it: of one part, or of all of them.
export function forgetDraft(name) {
  if (name !== undefined && !(name in drafts)) return;
  if (name === undefined) drafts = {};
  else delete drafts[name];
  clearTimeout(timer);
  send();
}

// Where the station does not answer, the next key tries again.
async function send() {
  await ask("POST", "/drafts", { tab: await tabName(), drafts }).catch(() => {});
}

// Fields by what is written beside them, as a page that was loaded anew has others in their place.
function* named(elements) {
  const seen = new Map();
  for (const control of elements.flatMap((one) => [...one.querySelectorAll("input, select, textarea")])) {
    if (control.type === "file") continue;
    const label = control.labels?.[0]?.textContent ?? "";
    const key = [control.type, isChoice(control) ? control.value : "", label].join(" ").slice(0, 100);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    yield [`${key} ${count}`, control];
  }
}

const isChoice = ({ type }) => type === "checkbox" || type === "radio";
const valueOf = (control) => (isChoice(control) ? control.checked : control.value);
