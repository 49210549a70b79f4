// Asking the page’s server. What it refuses comes as a sentence; no answer at all is told apart, and so is
// an answer that the server has not proved: another program may have taken its port.

import { hello, randomName, tokenKey, waysBack } from "./proof.js";

const NAME = document.querySelector("meta[name=application-name]").content; // in “The … refused that.”
const HEADER = "X-Station-Proof";
const TOKEN = "page-token";
const PATIENCE = 20000; // ms for an answer; what is sent again is taken once
const GREETING = 5000; // ms for the answer to a hello
const HOST = "127.0.0.1";
const [LARGEST, LARGEST_GREETING] = [16 * 1024 * 1024, 4096]; // bytes of an answer

export class Refusal extends Error {
  constructor(status, answer) {
    const { error = {}, ...facts } = answer;
    super(error.what || `The ${NAME} refused that.`);
    Object.assign(this, { status, facts, code: error.code || "refused" });
    this.what = this.message;
    this.nextStep = error.next_step || "";
  }

  get said() { return this.nextStep ? `${this.what} ${this.nextStep}` : this.what; }
}

export class Unreachable extends Error {}
// Something answers, or keeps the line open, and does not prove that it is the page’s server.
export class Stranger extends Unreachable {}

// The token comes behind the #, which browsers send nowhere, and is taken out of the address. Behind
// a slash may stand a place of the page, which is left there.
export function token() {
  const [, given, place] = /^#([\w-]{43,})(?:\/(.*))?$/.exec(location.hash) ?? [];
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname + (place ? `#${place}` : ""));
  }
  return sessionStorage.getItem(TOKEN) || "";
}

export function ask(method, path, body = undefined) {
  const bytes = method === "POST" ? new TextEncoder().encode(JSON.stringify(body ?? {})) : null;
  return sent(method, path, bytes ? "application/json" : "", bytes);
}

// What is answered in bytes: an ArrayBuffer.
export function askBytes(path) {
  return sent("GET", path, "", null, (opened) => opened);
}

export async function sendBytes(path, blob) {
  return sent("POST", path, "application/octet-stream", await blob.arrayBuffer());
}

const asJson = (opened) => JSON.parse(new TextDecoder().decode(opened));

async function sent(method, path, type, bytes, read = asJson) {
  const line = await connected();
  const target = `/api${path}`;
  const { number, body, proof } = await line.prove(method, target, type, bytes);
  let answer;
  let opened;
  try {
    answer = await fetch(`http://${line.host}${target}`, {
      method, body, cache: "no-store", credentials: "omit", redirect: "manual",
      headers: { [HEADER]: proof, ...(type ? { "Content-Type": type } : {}) },
      signal: AbortSignal.timeout(PATIENCE),
    });
    opened = await line.open(number, answer.status, answer.headers.get(HEADER),
      await bounded(answer, LARGEST));
  } catch (error) {
    drop(line);
    throw silence(error);
  }
  if (opened === null) {
    drop(line);
    throw new Stranger("not proved");
  }
  if (!answer.ok) throw new Refusal(answer.status, asJson(opened));
  return read(opened);
}

// A stranger could go on for ever, until there is no memory left for what waits to be saved.
async function bounded(answer, most) {
  const parts = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > most) { reader.cancel().catch(() => {}); return new ArrayBuffer(0); }
    parts.push(part.value);
  }
  return new Blob(parts).arrayBuffer();
}

const silence = (error) => (error.name === "TimeoutError" ? new Stranger("silent")
  : new Unreachable(String(error)));

// The connection. It is made anew with whoever proves to be the server of this window.

let line = null;
let connecting = null;
let own = null; // what this window proves itself with: by the token first, then by a key of its own

export async function connected() {
  if (line) return line;
  connecting ??= connect().finally(() => { connecting = null; });
  return connecting;
}

function drop(used) {
  if (line === used) line = null;
}

async function connect() {
  own ??= { window: "", key: await tokenKey(token()), again: false, ports: await waysBack(token()) };
  // Elsewhere only where the server has met this window: nobody else can prove to be it.
  const elsewhere = own.again ? own.ports.map((port) => `${HOST}:${port}`) : [];
  try {
    line = await Promise.any([location.host, ...elsewhere].map(greeted));
    return line;
  } catch ({ errors }) {
    throw errors[0];
  }
}

async function greeted(host) {
  const window = own.again ? own.window : randomName();
  const { body, answered } = await hello(host, window, own.key, own.again);
  let told;
  try {
    const answer = await fetch(`http://${host}/api/hello`, {
      method: "POST", body: JSON.stringify(body), cache: "no-store", credentials: "omit", redirect: "manual",
      headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(GREETING),
    });
    told = new TextDecoder().decode(await bounded(answer, LARGEST_GREETING));
  } catch (error) {
    throw silence(error);
  }
  const made = await Promise.resolve(told).then(JSON.parse).then(answered).catch(() => null);
  if (!made) throw new Stranger("not proved");
  if (!own.again) Object.assign(own, { window, key: made.wayBack, again: true });
  return made;
}

// For steps in which nothing is being recorded: asks until there is an answer.
export async function askUntilAnswered(method, path, body, waiting) {
  for (;;) {
    try {
      const answer = await ask(method, path, body);
      waiting("");
      return answer;
    } catch (error) {
      if (!(error instanceof Unreachable)) { waiting(""); throw error; }
      waiting(error instanceof Stranger ? "stranger" : "unreachable");
      await new Promise((done) => { setTimeout(done, 1000); });
    }
  }
}

export const freshKey = () => crypto.randomUUID();
