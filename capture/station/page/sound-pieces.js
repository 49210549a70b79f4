// What a microphone hears where the browser’s sound sleeps, as it does in Firefox without a loudspeaker: a
// small recorder of its own makes one short recording after the other, which are decoded with nothing
// played. Parts of one long recording would not do: of silence they come seconds later.

import { sleep } from "./dom.js";

const RATE = 48000;
const PIECE = 300; // ms
const MOST = 2; // channels
const BITS = 128000;
const AGAIN = 1000; // ms, where a recorder could not begin

export class SoundPieces {
  #over = false;
  #recorder = null;
  #rest = []; // samples of each channel that do not fill a block yet
  #at = 0;
  #waiting = null; // the last piece that is not decoded yet: a busy machine leaves some out, and is never behind
  #busy = false;

  // `tell` is given blocks as SoundInput gives them.
  constructor(stream, tell) {
    Object.assign(this, { stream, tell });
    this.#record();
  }

  async #record() {
    while (!this.#over && this.stream.active) {
      try {
        await this.#piece();
      } catch (error) {
        console.info("The sound cannot be measured in pieces:", error);
        await sleep(AGAIN);
      }
    }
  }

  async #piece() {
    const recorder = new MediaRecorder(this.stream, { audioBitsPerSecond: BITS });
    this.#recorder = recorder;
    recorder.ondataavailable = ({ data }) => this.#came(data);
    const ended = new Promise((done) => { recorder.onstop = done; });
    recorder.start();
    await sleep(PIECE);
    if (recorder.state !== "inactive") recorder.stop();
    await ended;
  }

  async #came(piece) {
    if (!piece.size) return;
    this.#waiting = piece;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting && !this.#over) {
      const bytes = await this.#waiting.arrayBuffer();
      this.#waiting = null;
      try {
        this.#hand(await new OfflineAudioContext(1, RATE, RATE).decodeAudioData(bytes));
      } catch { /* too short to be a recording: the next one is whole */ }
    }
    this.#busy = false;
  }

  #hand(sound) {
    if (this.#over) return;
    const count = Math.min(MOST, sound.numberOfChannels);
    const size = sound.sampleRate / 10;
    const samples = Array.from({ length: count }, (_, at) => joined(this.#rest[at] ?? new Float32Array(0),
      sound.getChannelData(at)));
    let from = 0;
    for (; from + size <= samples[0].length; from += size) {
      this.tell({ at: this.#at, rate: sound.sampleRate, whole: false,
        channels: samples.map((one) => one.slice(from, from + size)) });
      this.#at += size;
    }
    this.#rest = samples.map((one) => one.slice(from));
  }

  end() {
    this.#over = true;
    if (this.#recorder && this.#recorder.state !== "inactive") this.#recorder.stop();
  }
}

function joined(first, second) {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
