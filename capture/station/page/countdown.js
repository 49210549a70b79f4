// “Three, two, one” before it records, for those who wish it. Nothing is recorded meanwhile.

import { announce, button, el } from "./dom.js";

const WORDS = ["Three", "Two", "One"];
const EACH = 1000; // ms
const CHOSEN = "station-countdown";

export const countdownChosen = () => localStorage.getItem(CHOSEN) === "yes";

export function chooseCountdown(yes) { localStorage.setItem(CHOSEN, yes ? "yes" : "no"); }

// True at its end, false where it was cancelled: by the button or Escape.
export function countDown() {
  return new Promise((done) => {
    const word = el("p", { class: "countdown-word", "aria-hidden": "true" });
    const dialog = el("dialog", { class: "countdown", "aria-labelledby": "countdown-title" },
      el("h2", { id: "countdown-title" }, "The recording begins in"), word,
      el("div", { class: "actions" }, button("Cancel", () => dialog.close())));
    let timer = null;
    let isOver = false;
    const say = (at) => {
      if (at === WORDS.length) {
        isOver = true;
        dialog.close();
        return;
      }
      word.textContent = WORDS[at];
      announce(WORDS[at]);
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
