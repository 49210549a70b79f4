// What the station is asked for after a second click, again and again where it does not answer. Whoever leaves it has
// taken it back: nothing of it is sent after that. What is on its way cannot be taken back, and so is not left.

import { el, sleep } from "./dom.js";
import { mayComeBack } from "./holding.js";
import { ask, Unreachable } from "./server.js";

const AGAIN = 1000; // ms until it is asked again
const LATE = 3000; // ms in which nobody is told that it waits

export class Errand {
  #leave = null;
  #isLeft = false;
  isOnItsWay = false;

  // `ways` are the buttons that leave it; closing the dialog does, too.
  constructor(amiss, ways, dialog = null) {
    Object.assign(this, { amiss, ways });
    this.left = new Promise((leave) => { this.#leave = leave; });
    dialog?.addEventListener("close", () => this.leave());
    dialog?.addEventListener("cancel", (event) => { if (this.isOnItsWay) event.preventDefault(); });
  }

  // A page or card that is there no more has been left, too.
  get isLeft() { return this.#isLeft || !this.amiss.isConnected; }

  leave() {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.amiss.replaceChildren();
    this.#leave();
  }

  // Resolves with the answer; with null once it is left. `waits` is said while nobody answers. Raises the Refusal.
  async send(path, body, waits) {
    while (!this.isLeft) {
      const late = setTimeout(() => this.tell(waits), LATE);
      try {
        await ask("GET", "/health"); // it is sent to a station that answers
        clearTimeout(late);
        if (this.isLeft) return null;
        this.#onItsWay(true);
        return await ask("POST", path, body);
      } catch (error) {
        if (!(error instanceof Unreachable || mayComeBack(error))) throw error;
        this.tell(error instanceof Unreachable ? waits : `${error.what} This page goes on by itself in a few seconds.`);
      } finally {
        clearTimeout(late);
        this.#onItsWay(false);
      }
      await Promise.race([sleep(AGAIN), this.left]);
    }
    return null;
  }

  tell(text) {
    if (this.isLeft || this.amiss.textContent === text) return;
    this.amiss.replaceChildren(el("p", { class: "amiss", role: "alert" }, text));
    this.amiss.scrollIntoView({ block: "nearest" });
  }

  #onItsWay(yes) {
    this.isOnItsWay = yes;
    for (const way of this.ways) way.setAttribute("aria-disabled", String(yes));
  }
}
