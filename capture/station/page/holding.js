// The session that this window holds. It keeps a line to the station open, a request that is answered
// late: when the page ends, the line breaks, and the station knows without being told.

import { sleep } from "./dom.js";
import { ask, Refusal } from "./server.js";

const TAB = "station-tab";
const AGAIN = 500; // ms until a line that broke is opened again

export const GONE = "This recording was deleted from another window. Nothing of it is left, and nothing is recorded here "
  + "any more.";

// The name of this tab. It outlives a reload; a tab that was duplicated gets one of its own, as the
// first page still holds the name’s lock.
let naming = null;
export const tabName = () => (naming ??= named());

async function named() {
  const kept = sessionStorage.getItem(TAB);
  for (let tries = 0; kept && tries < 5; tries += 1) {
    if (await isLocked(kept)) return kept;
    await sleep(100);
  }
  const fresh = crypto.randomUUID();
  sessionStorage.setItem(TAB, fresh);
  await isLocked(fresh);
  return fresh;
}

// Resolves with whether the lock is this page’s, for as long as it is there.
function isLocked(name) {
  if (!navigator.locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    navigator.locks.request(`${TAB} ${name}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock ? new Promise(() => {}) : null;
    }).catch(() => resolve(false));
  });
}

export const withTab = async (path) => `${path}?tab=${await tabName()}`;

// Events: “lost”, when another window has taken over; “gone”, when the session was deleted;
// “taken-back”, again and again, while it is there and its story is taken back.
export class Holding extends EventTarget {
  #over = false;
  takeNow = () => 0; // the number of the take that this window records

  constructor(id) {
    super();
    this.id = id;
    this.path = `/sessions/${id}`;
  }

  // Resolves with the session. Raises the Refusal where another window has it.
  async begin({ instead = false } = {}) {
    const session = await ask("POST", `${this.path}/hold`, { ...(await this.#self()), instead });
    this.#stay();
    return session;
  }

  async #self() { return { name: await tabName(), take: this.takeNow() }; }

  async #stay() {
    while (!this.#over) {
      try {
        const { owner, state, taken_back: takenBack } = await ask("POST", `${this.path}/stay`, await this.#self());
        if (state === "gone") this.#end("gone");
        else if (owner !== "me") this.#end("lost");
        else if (takenBack && !this.#over) this.dispatchEvent(new Event("taken-back"));
      } catch (error) {
        if (isElsewhere(error)) this.#end("lost");
        else if (error instanceof Refusal && [404, 410].includes(error.status)) this.#end("gone");
        else await sleep(AGAIN);
      }
    }
  }

  #end(event) {
    if (this.#over) return;
    this.#over = true;
    this.dispatchEvent(new Event(event));
  }

  leave() {
    if (this.#over) return;
    this.#over = true;
    ask("POST", `${this.path}/leave`, {}).catch(() => {}); // else the line breaks, or lapses
  }
}

// Whether another window is there; one that only may come back is waited for.
export const isElsewhere = (error) => error instanceof Refusal && error.code === "recording-elsewhere"
  && !error.facts.returning;
export const mayComeBack = (error) => error instanceof Refusal && error.code === "recording-elsewhere"
  && error.facts.returning > 0;
