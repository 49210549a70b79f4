// What a microphone hears, as samples: from the browser’s sound thread where it has one for pages, else
// by looking ten times a second. A context that sleeps hears nothing, and that is no silence: the sound is
// then taken from a small recorder, and where that gives nothing either, nothing is said of it.

import { SoundPieces } from "./sound-pieces.js";

const RATE = 48000; // Hz: what recordings of interviews are kept in
const RESTS_AFTER = 600; // ms without a block of the sound thread
const ASLEEP_AFTER = 2500; // ms without a block at all
const LOOK = 100; // ms
const WAKING = ["pointerdown", "keydown"];

let context = null; // one for the window: its code is fetched once, also where the station is killed later
let tap = null; // whether blocks come from the sound thread

// Events: “block” (detail: {at, rate, channels, whole}: `at` the first sample’s number, `whole` where no
// sample is left out between two blocks), “asleep” and “awake”.
export class SoundInput extends EventTarget {
  asleep = false;
  #last = performance.now();
  #lastOfContext = performance.now();
  #sound = null;
  #pieces = null;
  #over = false;
  #source = null;
  #node = null;
  #timers = [];

  constructor(stream) {
    super();
    const sound = stream.getAudioTracks();
    if (!sound.length) return;
    for (const kind of WAKING) document.addEventListener(kind, this.#wake, true);
    this.#timers.push(setInterval(() => this.#look(), LOOK));
    this.#sound = new MediaStream(sound);
    this.#open(this.#sound).catch((error) => console.info("The sound cannot be measured:", error));
  }

  async #open(sound) {
    const ready = await opened(sound);
    if (this.#over) return;
    this.#source = context.createMediaStreamSource(sound);
    if (ready) {
      this.#node = new AudioWorkletNode(context, "sound-tap", { numberOfOutputs: 0 });
      this.#node.port.onmessage = ({ data }) => this.#heard({ ...data, rate: context.sampleRate, whole: true });
    } else {
      this.#node = new AnalyserNode(context, { fftSize: 8192 });
      this.#timers.push(setInterval(() => this.#glance(), LOOK));
    }
    this.#source.connect(this.#node);
    this.#wake();
  }

  // The last tenth of a second, where the browser hands over no more.
  #glance() {
    if (context.state !== "running" || this.seen === context.currentTime) return;
    this.seen = context.currentTime;
    const wave = new Float32Array(this.#node.fftSize);
    this.#node.getFloatTimeDomainData(wave);
    this.#heard({ at: Math.round(context.currentTime * context.sampleRate), rate: context.sampleRate,
      channels: [wave.slice(-Math.round(context.sampleRate / 10))], whole: false });
  }

  // The context is awake: what a recorder hears meanwhile is not needed.
  #heard(block) {
    this.#lastOfContext = performance.now();
    this.#pieces?.end();
    this.#pieces = null;
    this.#came(block);
  }

  #came(block) {
    if (this.#over) return;
    this.#last = performance.now();
    if (this.asleep) this.#rests(false);
    this.dispatchEvent(new CustomEvent("block", { detail: block }));
  }

  #look() {
    const now = performance.now();
    if (now - this.#lastOfContext > RESTS_AFTER && !this.#pieces) {
      this.#pieces = new SoundPieces(this.#sound, (block) => this.#came(block));
    }
    if (now - this.#last > ASLEEP_AFTER && !this.asleep) this.#rests(true);
  }

  #rests(yes) {
    this.asleep = yes;
    this.dispatchEvent(new Event(yes ? "asleep" : "awake"));
  }

  #wake = () => { if (context && context.state !== "running") context.resume().catch(() => {}); };

  end() {
    this.#over = true;
    this.#pieces?.end();
    this.#timers.forEach(clearInterval);
    for (const kind of WAKING) document.removeEventListener(kind, this.#wake, true);
    this.#source?.disconnect();
    if (this.#node?.port) this.#node.port.onmessage = null;
  }
}

// Resolves with whether blocks come from the sound thread.
async function opened(sound) {
  if (!context || context.state === "closed") {
    context = fitting(sound);
    tap = null;
  }
  tap ??= context.audioWorklet
    ? context.audioWorklet.addModule(new URL("./sound-worklet.js", import.meta.url)).then(() => true, () => false)
    : Promise.resolve(false);
  return tap;
}

// Nothing is played: where the browser knows that, it needs no loudspeaker. Some take only the rate that
// the microphone has.
function fitting(sound) {
  for (const wish of [{ sampleRate: RATE, sinkId: { type: "none" } }, { sampleRate: RATE }, {}]) {
    try {
      const made = new AudioContext(wish);
      made.createMediaStreamSource(sound).disconnect();
      return made;
    } catch { /* the next wish */ }
  }
  throw new Error("no AudioContext");
}
