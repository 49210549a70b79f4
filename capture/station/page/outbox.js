// What is on its way to the disk: one thing after the other, in the order in which it happened.
// Nothing leaves the queue before the station has said that it is safe, and proved that it said so;
// while it does not answer, it is asked again each second.

import { sendBytes, Refusal, Stranger, Unreachable } from "./server.js";
import { sleep } from "./dom.js";

export const MOST_WAITING = 96 * 1024 * 1024; // bytes kept in the window: about five minutes
const AGAIN = 1000;
const LATE = 3000; // ms without an answer, after which it is not said any more that all is well
const TRIES = 5; // of what the server did not foresee
const PATIENT = new Set(["busy", "no-room"]);

export class Outbox extends EventTarget {
  #queue = [];
  #busy = false;
  trouble = ""; // "", "unreachable", "stranger", "late", "no-room" or "busy"
  saidOfTrouble = "";

  get bytes() { return this.#queue.reduce((sum, one) => sum + one.bytes, 0); }
  get waiting() { return this.#queue.reduce((sum, one) => sum + one.ms, 0); } // ms of the recording
  get empty() { return this.#queue.length === 0; }

  // Resolves with the answer; rejects with the Refusal. `send` may be called more than once.
  put(send, { bytes = 0, ms = 0, take = null } = {}) {
    const item = { send, bytes, ms, take, tries: 0 };
    item.answered = new Promise((resolve, reject) => Object.assign(item, { resolve, reject }));
    item.answered.catch(() => {});
    this.#queue.push(item);
    this.#changed();
    this.#work();
    return item.answered;
  }

  putChunk(path, blob, take, ms) {
    return this.put(() => sendBytes(path(), blob), { bytes: blob.size, ms, take });
  }

  // What was still to be sent of a take that cannot take it any more. Returns its milliseconds.
  giveUp(take) {
    const [given, kept] = [[], []];
    for (const one of this.#queue) (one.take === take ? given : kept).push(one);
    this.#queue = kept;
    for (const one of given) one.reject(new Refusal(409, { error: { code: "given-up" } }));
    this.#changed();
    return given.reduce((sum, one) => sum + one.ms, 0);
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.length) {
      const item = this.#queue[0];
      const late = setTimeout(() => this.late(), LATE);
      try {
        const answer = await item.send();
        clearTimeout(late);
        this.#settle("", "");
        this.#leave(item);
        item.resolve(answer);
        await heard(item);
      } catch (error) {
        clearTimeout(late);
        if (!(await this.#again(item, error))) {
          this.#leave(item);
          item.reject(error);
          await heard(item);
        }
      }
      this.#changed();
    }
    this.#busy = false;
  }

  async #again(item, error) {
    if (error instanceof Unreachable) {
      this.#settle(error instanceof Stranger ? "stranger" : "unreachable", "");
    } else if (error instanceof Refusal && PATIENT.has(error.code)) {
      this.#settle(error.code, error.said);
    } else if (!(error instanceof Refusal) || error.status !== 500 || ++item.tries >= TRIES) {
      this.#settle("", "");
      return false;
    }
    await sleep(AGAIN);
    return this.#queue.includes(item);
  }

  // Nobody has answered for a while: whether the station is there is not known.
  late() {
    if (!this.trouble) this.#settle("late", "");
  }

  #leave(item) {
    const at = this.#queue.indexOf(item);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  #settle(trouble, said) {
    if (this.trouble === trouble && this.saidOfTrouble === said) return;
    this.trouble = trouble;
    this.saidOfTrouble = said;
    this.dispatchEvent(new Event("trouble"));
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}

// Resolves once all who waited for the answer have it: what is sent next may need what it said, as
// parts need the number of a take whose beginning was answered late.
const heard = (item) => item.answered.then(() => {}, () => {});
