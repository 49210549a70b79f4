// Asking the station’s server. What it refuses comes as a sentence; no answer at all is told apart.

const TOKEN = "station-token";
const PATIENCE = 20000; // ms for an answer; what is sent again is taken once

export class Refusal extends Error {
  constructor(status, answer) {
    const { error = {}, ...facts } = answer;
    super(error.what || "The station refused that.");
    Object.assign(this, { status, facts, code: error.code || "refused" });
    this.what = this.message;
    this.nextStep = error.next_step || "";
  }

  get said() { return this.nextStep ? `${this.what} ${this.nextStep}` : this.what; }
}

export class Unreachable extends Error {}

// The token comes behind the #, which browsers send nowhere, and is taken out of the address.
export function token() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(TOKEN) || "";
}

export function ask(method, path, body = undefined) {
  const headers = {};
  if (method === "POST") headers["Content-Type"] = "application/json";
  return sent(method, path, headers, method === "POST" ? JSON.stringify(body ?? {}) : undefined);
}

export function sendBytes(path, bytes) {
  return sent("POST", path, { "Content-Type": "application/octet-stream" }, bytes);
}

async function sent(method, path, headers, body) {
  let answer;
  let told;
  try {
    answer = await fetch(`/api${path}`, {
      method, body, cache: "no-store",
      headers: { ...headers, "X-Station-Token": token() },
      signal: AbortSignal.timeout(PATIENCE),
    });
    told = await answer.json();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  if (!answer.ok) throw new Refusal(answer.status, told);
  return told;
}

// For steps in which nothing is being recorded: asks until there is an answer.
export async function askUntilAnswered(method, path, body, waiting) {
  for (;;) {
    try {
      const answer = await ask(method, path, body);
      waiting(false);
      return answer;
    } catch (error) {
      if (!(error instanceof Unreachable)) { waiting(false); throw error; }
      waiting(true);
      await new Promise((done) => { setTimeout(done, 1000); });
    }
  }
}

export const freshKey = () => crypto.randomUUID();
