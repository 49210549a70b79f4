// Lossless sound beside the take: what the microphone gives, as it is, a second at a time. It has a queue of
// its own, small, and is the first thing that is given up: a take is whole without it.

import { sendBytes, Refusal } from "./server.js";
import { sleep } from "./dom.js";

const RATE = 48000; // Hz; at another rate nothing is kept
const SECOND = 10; // blocks sent together
const MOST_WAITING = 6 * 1024 * 1024; // bytes: half a minute of two channels
const MOST_OF_THE_TAKE = 1024 * 1024; // bytes of the take that wait: it goes first
const AGAIN = 1500; // ms
const LEFT_BEHIND = 15000; // ms for what is still to be sent when the interview ends

export class SoundKeeper {
  #queue = [];
  #busy = false;
  #over = false;

  constructor(recording) {
    this.recording = recording;
    recording.addEventListener("change", () => { if (recording.state !== "recording") this.#cut(); });
  }

  // `block` as SoundInput gives it. What is paused is not kept.
  take(block) {
    const { take, state } = this.recording;
    if (state !== "recording" || !take || take.over || take.recorder?.state !== "recording") return;
    if (!block.whole || block.rate !== RATE || take.sound?.over) return;
    const samples = block.channels[0].length;
    const sound = take.sound ??= { number: 0, channels: block.channels.length, next: null, free: 0, part: null };
    if (sound.next !== block.at) this.#begin(take, sound, samples);
    sound.next = block.at + samples;
    sound.part.blocks.push(asIntegers(block.channels, sound.channels));
    sound.free = sound.part.from + sound.part.blocks.length * samples;
    if (sound.part.blocks.length >= SECOND) this.#hand(take, sound);
  }

  // After a pause, or a gap: where it stands on the take’s clock, as well as the page knows.
  #begin(take, sound, samples) {
    this.#hand(take, sound);
    const now = Math.round(take.clock.now * (RATE / 1000)) - samples;
    sound.part = { from: Math.max(sound.free, now, 0), blocks: [] };
  }

  #cut() {
    const { take } = this.recording;
    if (!take?.sound) return;
    this.#hand(take, take.sound);
    take.sound.next = null;
  }

  #hand(take, sound) {
    if (!sound.part?.blocks.length) return;
    const { from, blocks } = sound.part;
    sound.part = { from: sound.free, blocks: [] };
    const bytes = new Blob(blocks);
    if (this.#waiting + bytes.size > MOST_WAITING) return; // a gap, which the take fills
    this.#queue.push({ take, from, bytes });
    this.#work();
  }

  get #waiting() { return this.#queue.reduce((sum, one) => sum + one.bytes.size, 0); }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.length) {
      const { outbox } = this.recording;
      const [{ take, from, bytes }] = this.#queue;
      if (take.sound.over || (this.#over && !take.number)) { this.#queue.shift(); continue; }
      if (!take.number || outbox.trouble || outbox.bytes > MOST_OF_THE_TAKE) { await sleep(AGAIN / 5); continue; }
      try {
        await sendBytes(`${this.recording.path}/takes/${take.number}/sound/${take.sound.number}`
          + `?from=${from}&channels=${take.sound.channels}`, bytes);
        take.sound.number += 1;
        this.#queue.shift();
      } catch (error) {
        // Refused is refused: the rest of this take does without.
        if (error instanceof Refusal && error.code !== "busy") take.sound.over = true;
        else await sleep(AGAIN);
      }
    }
    this.#busy = false;
  }

  end() {
    this.#cut();
    setTimeout(() => { this.#over = true; this.#queue = []; }, LEFT_BEHIND);
  }
}

// 16 bits, the channels in turn, the smaller byte first.
function asIntegers(channels, count) {
  const samples = channels[0].length;
  const view = new DataView(new ArrayBuffer(2 * count * samples));
  for (let at = 0; at < samples; at += 1) {
    for (let channel = 0; channel < count; channel += 1) {
      const one = Math.max(-1, Math.min(1, (channels[channel] ?? channels[0])[at]));
      view.setInt16(2 * (at * count + channel), Math.round(one * 32767), true);
    }
  }
  return view.buffer;
}
