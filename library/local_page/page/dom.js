// Elements made from plain text: nothing that was typed or said is ever read as HTML.

const TITLE = document.title; // the page’s own, behind that of each step
let saying = 0; // the timer of what is about to be announced

export const $ = (id) => document.getElementById(id);

// el("p", {class: "quiet", hidden: true, onclick: f}, "text", node, [more])
export function el(name, given = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && !key.includes("-") && typeof value !== "string") made[key] = value;
    else made.setAttribute(key === "className" ? "class" : key, value === true ? "" : String(value));
  }
  made.append(...inside.flat(9).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

// A line in an element. One that its surroundings’ language lacks comes with its own.
export const said = (name, line, look = {}) => (typeof line === "string" ? el(name, look, line)
  : el(name, { ...look, lang: line.lang, dir: line.dir }, line.text));

export const paragraphs = (lines, look = {}) => lines.map((line) => said("p", line, look));

// One that can do nothing just now has aria-disabled: it stays where it is, keeps the focus, and does nothing.
export function button(label, onclick, look = {}) {
  const pressed = (event) => (event.currentTarget.getAttribute("aria-disabled") === "true" ? null : onclick(event));
  return el("button", { type: "button", ...look, onclick: pressed }, label);
}

// One thing is shown at a time. Its heading takes the focus, so that a screen reader begins there.
export function show(...inside) {
  const main = $("main");
  clearTimeout(saying);
  $("live")?.replaceChildren(); // what was said, or was about to be, of the step before is not so of this one
  main.replaceChildren(...inside.flat(9).filter(Boolean));
  const heading = main.querySelector("h1");
  if (heading) {
    heading.tabIndex = -1;
    document.title = heading.textContent === TITLE ? TITLE : `${heading.textContent} · ${TITLE}`;
    heading.focus({ preventScroll: true });
  }
  window.scrollTo(0, 0);
}

// Said to a screen reader, and seen by nobody.
export function announce(text) {
  clearTimeout(saying);
  $("live").textContent = "";
  saying = setTimeout(() => { $("live").textContent = text; }, 30);
}

// Notices stay until they are cleared; each has a name, so that it stands there once. Urgent ones
// interrupt a screen reader.
export function notice(name, text, { urgent = false, actions = [] } = {}) {
  const place = urgent ? $("alerts") : $("notices");
  const old = document.querySelector(`[data-notice="${name}"]`);
  if (old && old.dataset.said === text) return;
  old?.remove();
  const shown = el("div", { class: urgent ? "notice urgent" : "notice", "data-notice": name },
    el("p", {}, text),
    actions.length ? el("div", { class: "notice-actions" }, actions) : null);
  shown.dataset.said = text;
  place.append(shown);
}

export function clear(...names) {
  for (const name of names) document.querySelector(`[data-notice="${name}"]`)?.remove();
}

// Words of people within a sentence of the page run in their own direction.
export const isolated = (text) => `\u2068${text}\u2069`;

// A field with its label, and a hint that is read out with it.
export function field(label, control, hint = "") {
  const id = control.id || (control.id = `f-${crypto.randomUUID().slice(0, 8)}`);
  const told = hint ? el("span", { class: "hint", id: `${id}-hint` }, hint) : null;
  if (told) control.setAttribute("aria-describedby", told.id);
  return el("div", { class: "field" }, el("label", { for: id }, label), told, control);
}

export function tick(label, { name = "", hint = "", checked = false, onchange = null } = {}) {
  const box = el("input", { type: "checkbox", name, checked, onchange });
  const line = el("label", { class: "choice" }, box,
    el("span", {}, label, hint ? el("span", { class: "hint" }, hint) : null));
  line.box = box;
  return line;
}

// A group of which one is chosen. options: [[value, label, hint]]
export function choices(legend, name, options, { chosen = "", onchange = null, look = "" } = {}) {
  const lines = options.map(([value, label, hint]) => el("label", { class: "choice" },
    el("input", { type: "radio", name, value, checked: value === chosen, onchange }),
    el("span", {}, label, hint ? el("span", { class: "hint" }, hint) : null)));
  const group = el("fieldset", { class: `choices ${look}` }, el("legend", {}, legend), lines);
  Object.defineProperty(group, "chosen", {
    get: () => group.querySelector("input:checked")?.value || "",
  });
  return group;
}

// What is not right yet, beside the button that was pressed; it takes the focus.
export function complain(place, text) {
  place.replaceChildren(el("p", { class: "amiss", tabindex: "-1", role: "alert" }, text));
  place.firstChild.focus();
}

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

// 754000 → “12:34”
export function clockTime(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":").replace(/^0/, "");
}

// “Less than a second is”, “1 second is”, “12 minutes 34 seconds are”
export function spokenTimeIs(ms) {
  const isOne = ms < 2000 || (ms >= 60000 && ms < 61000);
  return `${spokenTime(ms)} ${isOne ? "is" : "are"}`;
}

// 754000 → “12 minutes 34 seconds”
function spokenTime(ms) {
  const seconds = Math.floor(ms / 1000); // as the clock shows it
  const of = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const minutes = Math.floor(seconds / 60);
  if (!seconds) return "Less than a second";
  if (!minutes) return of(seconds, "second");
  return seconds % 60 ? `${of(minutes, "minute")} ${of(seconds % 60, "second")}` : of(minutes, "minute");
}
