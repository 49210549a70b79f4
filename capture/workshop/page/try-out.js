// A set as the interview shows it: the station’s own page, without a recording. `leave` is called when the try is ended on
// its page; the function that is returned ends it where that page has been left otherwise.

import { Board } from "./board.js";
import { button, el } from "./dom.js";

export function tryOut({ words }, set, leave) {
  let at = -1;
  const tongue = set.language ? { lang: set.language, dir: "auto" } : { dir: "auto" };
  const station = { words, tongue, about: { support: [] }, selfView: true };
  const close = () => { board.end(); document.body.removeAttribute("data-trying"); };
  const end = () => { close(); leave(); };
  const to = (by) => {
    at = Math.min(set.questions.length, Math.max(-1, at + by));
    board.ask(set, at);
  };
  const nothing = () => {};
  const board = new Board(station, { next: () => to(1), back: () => to(-1), skip: () => to(1), pause: nothing, stop: end,
    mark: nothing, note: nothing, followUp: nothing, clockNow: () => 0, letGo: nothing, hasTake: () => false,
    sound: el("span", {}), soundPart: el("span", {}) });
  document.body.dataset.trying = "yes";
  board.show();
  board.ask(set, at);
  board.tell({ mode: "off", pill: "Trying out: nothing is recorded", onDisk: { text: "", isWaiting: false },
    pause: { label: "Pause", can: false }, stop: { can: true }, rest: null });
  document.querySelector(".deck").append(button("End the try", end, { class: "small end-try" }));
  return close;
}
