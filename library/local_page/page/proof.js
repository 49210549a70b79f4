// Agreeing on keys with the page’s server, and the proofs and seals made with them. No key is ever sent.
// The form of every message is described in docs/project/station-page.md; library/local_page/proof.py is the other side,
// and says why every page has the station’s name here.

const NAME = "carer-stories station 1";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const KEY = 32;
const WAYS_BACK = 8;
const [FIRST_PORT, PORTS] = [20000, 12000];

const utf8 = new TextEncoder();
const { subtle } = crypto;

export function encoded(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

export const randomName = () => encoded(crypto.getRandomValues(new Uint8Array(16)));

export const proofKey = (bytes) => subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false,
  ["sign", "verify"]);
export const tokenKey = (token) => proofKey(utf8.encode(token));

const digest = async (bytes) => encoded(await subtle.digest("SHA-256", bytes));
const said = (...parts) => utf8.encode([NAME, ...parts].join("\n"));
const prove = async (key, ...parts) => encoded(await subtle.sign("HMAC", key, said(...parts)));

async function isProof(key, proof, ...parts) {
  try {
    return await subtle.verify("HMAC", key, decoded(proof), said(...parts));
  } catch { return false; } // no base64 at all
}

async function derived(secret, salt, info, length) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: utf8.encode(`${NAME}\n${info}`) };
  return new Uint8Array(await subtle.deriveBits(how, key, 8 * length));
}

// Where a server that was started anew is looked for, when a stranger has taken its port.
export async function waysBack(token) {
  const pairs = await derived(utf8.encode(token), new Uint8Array(0), "ports", 2 * WAYS_BACK);
  return Array.from({ length: WAYS_BACK },
    (_, n) => FIRST_PORT + (256 * pairs[2 * n] + pairs[2 * n + 1]) % PORTS);
}

// One hello: what is sent, and what becomes of the answer: a Connection, or null for a stranger’s.
export async function hello(host, window, key, again) {
  const pair = await subtle.generateKey(CURVE, false, ["deriveBits"]);
  const own = encoded(await subtle.exportKey("raw", pair.publicKey));
  return {
    body: { window, key: own, proof: await prove(key, "hello", host, window, own), again },
    async answered({ key: theirs, proof } = {}) {
      if (typeof theirs !== "string" || typeof proof !== "string") return null;
      if (!(await isProof(key, proof, "welcome", host, window, own, theirs))) return null;
      const point = await subtle.importKey("raw", decoded(theirs), CURVE, false, []);
      const agreed = await subtle.deriveBits({ name: "ECDH", public: point }, pair.privateKey, 8 * KEY);
      const salt = await subtle.sign("HMAC", key, utf8.encode(`${NAME}\nsalt`));
      const info = ["keys", host, window, own, theirs].join("\n");
      const bytes = await derived(agreed, salt, info, 5 * KEY + 16);
      return Connection.of(host, (n) => bytes.slice(n * KEY, (n + 1) * KEY));
    },
  };
}

// What page and server have agreed on. Every request has a number, which is used once.
export class Connection {
  #number = 0;

  static async of(host, part) {
    const sealing = (n, use) => subtle.importKey("raw", part(n), "AES-GCM", false, [use]);
    const made = new Connection();
    return Object.assign(made, {
      host, pageProof: await proofKey(part(0)), serverProof: await proofKey(part(1)),
      pageSeal: await sealing(2, "encrypt"), serverSeal: await sealing(3, "decrypt"),
      wayBack: await proofKey(part(4)), name: encoded(part(5)),
    });
  }

  // The header and the sealed body of a request; `bytes` is null where it has no body.
  async prove(method, target, type, bytes) {
    const number = ++this.#number;
    const body = bytes && await subtle.encrypt({ name: "AES-GCM", iv: nonce(number) }, this.pageSeal, bytes);
    const hash = await digest(body ?? new Uint8Array(0));
    const own = await prove(this.pageProof, "request", this.name, String(number), method, this.host, target,
      type, hash);
    return { number, body: body ?? undefined, proof: [this.name, number, hash, own].join(".") };
  }

  // The bytes of the answer, or null where it is not the server’s to this very request.
  async open(number, status, proof, body) {
    const parts = ["answer", this.name, String(number), String(status), await digest(body)];
    if (!(await isProof(this.serverProof, proof ?? "", ...parts))) return null;
    return subtle.decrypt({ name: "AES-GCM", iv: nonce(number) }, this.serverSeal, body);
  }
}

function nonce(number) {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(4, BigInt(number));
  return bytes;
}
