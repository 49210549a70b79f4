// The sound of a microphone as it comes, in blocks of a tenth of a second, from the browser’s sound
// thread. Nothing is played, and nothing is kept here.

const { AudioWorkletProcessor, registerProcessor, sampleRate } = globalThis;
const MOST = 2; // channels; more than two are no microphone for an interview

class SoundTap extends AudioWorkletProcessor {
  #size = Math.round(sampleRate / 10);
  #block = [];
  #filled = 0;

  process([input]) {
    // A browser may hand over no channel at all where the microphone gives nothing.
    const channels = input.length ? input.slice(0, MOST) : [new Float32Array(128)];
    let read = 0;
    while (read < channels[0].length) {
      const part = Math.min(channels[0].length - read, this.#size - this.#filled);
      this.#write(channels, read, part);
      read += part;
      this.#filled += part;
      // The current frame is that of the first of these samples.
      if (this.#filled === this.#size) this.#hand(globalThis.currentFrame + read - this.#size);
    }
    return true;
  }

  #write(channels, from, count) {
    while (this.#block.length < channels.length) {
      // A second channel that begins within a block: what it had before is the first one’s.
      this.#block.push(this.#block.length ? this.#block[0].slice() : new Float32Array(this.#size));
    }
    this.#block.forEach((kept, at) => kept.set(
      (channels[at] ?? channels[0]).subarray(from, from + count), this.#filled));
  }

  #hand(at) {
    this.port.postMessage({ at, channels: this.#block }, this.#block.map((one) => one.buffer));
    this.#block = [];
    this.#filled = 0;
  }
}

registerProcessor("sound-tap", SoundTap);
