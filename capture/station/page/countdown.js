// “Three, two, one” before it records, for those who wish it, in their language. Nothing is recorded meanwhile.

import { announce, button, el, said } from "./dom.js";

const EACH = 1000; // ms
const CHOSEN = "station-countdown";

export const countdownChosen = () => localStorage.getItem(CHOSEN) === "yes";

export function chooseCountdown(yes) { localStorage.setItem(CHOSEN, yes ? "yes" : "no"); }

// True at its end, false where it was cancelled: by the button or Escape.
export function countDown({ words, tongue }) {
  return new Promise((done) => {
    // Said by the dialog itself: of what lies behind it no screen reader hears.
    const word = el("div", { class: "countdown-word", role: "status" });
    const dialog = el("dialog", { class: "countdown", "aria-labelledby": "countdown-title" },
      said("h2", words.said.begins_in, { id: "countdown-title", ...tongue }), word,
      el("div", { class: "actions" }, button("Cancel", () => dialog.close())));
    let timer = null;
    let isOver = false;
    const say = (at) => {
      if (at === words.count_down.length) {
        isOver = true;
        dialog.close();
        return;
      }
      word.replaceChildren(said("span", words.count_down[at], tongue));
      timer = setTimeout(() => say(at + 1), EACH);
    };
    dialog.addEventListener("close", () => {
      clearTimeout(timer);
      dialog.remove();
      if (!isOver) announce("Cancelled. Nothing is recorded.");
      done(isOver);
    });
    document.getElementById("main").append(dialog);
    dialog.showModal();
    say(0);
  });
}
