// The sound of the film where the voice is disguised: made by the server stretch by stretch, as the
// film's own is, since a page cannot disguise a voice.

import { askBytes } from "./server.js";

const STRETCH = 20000; // ms of the recording in one stretch
const AHEAD = 6; // s before a stretch ends in which the next is asked for

export class FilmSound {
  // `fetchSound(start, end)` gives a WAV of what the film has of that span
  constructor(context, fetchSound) {
    Object.assign(this, { context, fetchSound });
    this.removed = []; // spans of the recording that the film leaves out, in order
    this.run = 0; // tells what was asked for before a seek from what is asked for now
    this.sources = [];
  }

  // Play from a time of the recording; settles once it is heard, false where it was stopped before.
  async start(from, duration) {
    this.stop();
    const run = this.run;
    this.from = from;
    this.began = null;
    let end = null; // of what is scheduled, by the context's clock
    for (let at = from; at < duration && run === this.run; at += STRETCH) {
      const buffer = await this.stretch(at, Math.min(at + STRETCH, duration));
      if (run !== this.run) return false;
      end = this.schedule(buffer, end);
      if (this.began === null) this.began = end - (buffer?.duration ?? 0);
      await this.until(end - AHEAD, run);
    }
    return run === this.run;
  }

  async stretch(start, end) {
    const bytes = await this.fetchSound(Math.round(start), Math.round(end));
    // A stretch that is cut out as a whole has no sound.
    return bytes.byteLength > 44 ? this.context.decodeAudioData(bytes) : null;
  }

  schedule(buffer, end) {
    const at = Math.max(end ?? 0, this.context.currentTime + 0.03);
    if (!buffer) return at;
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.context.destination);
    source.start(at);
    this.sources.push(source);
    return at + buffer.duration;
  }

  async until(time, run) {
    while (run === this.run && this.context.currentTime < time) {
      await new Promise((done) => { setTimeout(done, 100); });
    }
  }

  stop() {
    this.run += 1;
    this.began = null;
    for (const source of this.sources) source.stop();
    this.sources = [];
  }

  // The time of the recording (ms) that is heard now; null while nothing is.
  get time() {
    if (this.began === null) return null;
    let left = Math.max(0, this.context.currentTime - this.began) * 1000;
    let at = this.from;
    for (const { start, end } of this.removed) {
      if (end <= at) continue;
      if (start > at && start - at > left) break;
      left -= Math.max(0, start - at);
      at = end;
    }
    return at + left;
  }
}

// The sound of a span as the film will have it: a WAV, or an address that a player takes.
export const filmBytes = (story, start, end) => askBytes(`/stories/${story}/sound?start=${start}&end=${end}&as=film`);

export async function filmSound(story, start, end) {
  return URL.createObjectURL(new Blob([await filmBytes(story, start, end)], { type: "audio/wav" }));
}
