// Asked before it stops. The recording goes on meanwhile: a key that was struck by mistake costs nothing.

import { button, el } from "./dom.js";

export class StopDialog {
  constructor(deed) {
    this.title = el("h2", { id: "stop-title" });
    this.words = el("p", {});
    this.goOn = button("No, go on", () => this.dialog.close());
    this.dialog = el("dialog", { class: "stop-dialog", "aria-labelledby": "stop-title", "aria-describedby": "stop-words" },
      this.title, this.words,
      el("div", { class: "actions" }, button("Yes, stop", () => {
        this.dialog.close();
        deed();
      }, { class: "main" }), this.goOn));
    this.words.id = "stop-words";
  }

  // `own` is what goes on meanwhile, where that is no recording of this page.
  ask(isPaused, own = "") {
    this.title.textContent = "Stop the interview?";
    this.words.textContent = `${own || (isPaused ? "Nothing is being recorded just now." : "The recording goes on until you say yes.")} `
      + "After stopping you decide together whether it is kept.";
    this.dialog.showModal();
    this.goOn.focus();
  }
}
