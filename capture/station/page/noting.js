// A note at the moment in which it was begun; the recording goes on meanwhile.

import { forgetDraft, keepDraft } from "./drafts.js";
import { button, el, field } from "./dom.js";

export class NoteDialog {
  constructor(kept, clockNow, draft) {
    this.text = el("textarea", { rows: 4, maxlength: 2000 });
    this.clockNow = clockNow;
    this.dialog = el("dialog", { "aria-labelledby": "note-title" },
      el("h2", { id: "note-title" }, "A note for the editor"),
      el("p", { class: "quiet" }, "The recording goes on. Nobody but the editor reads this."),
      field("What should be remembered about this moment?", this.text),
      el("div", { class: "actions" },
        button("Keep the note", () => {
          const said = this.text.value.trim();
          this.#close(draft);
          if (said) kept(said, this.at);
        }, { class: "main" }),
        button("Leave it", () => this.#close(draft))));
    keepDraft(draft, this.dialog);
  }

  #close(draft) {
    forgetDraft(draft);
    this.text.value = "";
    this.dialog.close();
  }

  open() {
    this.at = this.clockNow();
    this.dialog.showModal();
    this.text.focus();
  }
}
