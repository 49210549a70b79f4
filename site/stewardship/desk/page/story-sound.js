// What is heard of a story, and the word that is said now.

import { clockTime, notice } from "./dom.js";
import { Refusal, Unreachable, askBytes } from "./server.js";
import * as commands from "./edit-commands.js";
import { filmSound } from "./film-sound.js";

const AROUND = 1000; // ms before and after what is asked about
const BEFORE = 2; // words played again after a correction

export class StorySound {
  constructor(page) {
    this.page = page;
    this.following = true;
    this.spoken = -1; // the number of the word that is said
    this.filmSound = null; // a stretch of the film that is listened to
  }

  get caretWord() { return this.page.times.at(this.page.editor.caret.head); }

  playFromCaret() {
    const word = this.caretWord;
    if (word >= 0) this.page.player.playFrom(this.page.times.timeOf(word).start);
  }

  clicked(position) {
    const word = this.page.places.click.checked ? this.page.times.at(position) : -1;
    if (word >= 0) this.page.player.playFrom(this.page.times.timeOf(word).start);
  }

  playAround(start, end) { this.page.player.playSpan(Math.max(0, start - AROUND), end + AROUND); }

  // What nobody may hear is judged by the film's own sound, not by this page's.
  async playAsInFilm(part) {
    this.stopFilmSound();
    const address = await filmSound(this.page.story.id, Math.max(0, part.start - AROUND), Math.min(this.page.story.duration, part.end + AROUND));
    this.stopFilmSound(); // pressed twice
    this.page.player.pause();
    if (this.page.ended) return false;
    const sound = new Audio(address);
    this.filmSound = sound;
    const ended = new Promise((done) => {
      sound.addEventListener("ended", () => done(true));
      sound.addEventListener("pause", () => { if (!sound.ended) done(false); });
    });
    await sound.play().catch((error) => { if (error.name !== "AbortError") throw error; });
    const isWhole = await ended;
    URL.revokeObjectURL(address);
    if (this.filmSound === sound) this.filmSound = null;
    return isWhole;
  }

  stopFilmSound() { this.filmSound?.pause(); }

  changeRate(step) {
    this.page.player.rate += step;
    this.page.places.rate.value = `${Math.round(this.page.player.rate * 100) / 100}×`;
  }

  loopSentence() {
    if (this.page.player.span?.again) {
      this.page.player.endLoop();
    } else if (this.caretWord >= 0) {
      const [first, last] = commands.sentenceAround(this.page.editor.doc, this.page.times, this.caretWord);
      this.page.player.loop(this.page.times.timeOf(first).start, this.page.times.timeOf(last).end);
    }
  }

  playAsFilm(is) {
    this.page.player.setAsFilm(is);
    this.page.places.film.setAttribute("aria-pressed", String(is));
  }

  showFollowing() { this.page.places.follow.setAttribute("aria-pressed", String(this.following)); }

  playing(is) {
    if (is) this.stopFilmSound();
    this.page.places.play.textContent = is ? "Pause" : "Play";
  }

  timeIs(ms) {
    const clock = `${clockTime(ms)} of ${clockTime(this.page.story.duration)}`;
    if (this.page.places.clock.textContent !== clock) this.page.places.clock.textContent = clock;
    this.page.loudness.at(ms);
    const word = this.page.times.saidAt(ms);
    if (word === this.spoken) return;
    this.spoken = word;
    const span = word >= 0 ? this.page.times.span(word) : null;
    this.page.editor.say(span);
    if (span && this.following && this.page.player.isPlaying && !this.page.edits.isTyping) this.page.editor.follow(span.from);
  }

  wordText(number) {
    const { from, to } = this.page.times.span(number);
    return this.page.editor.doc.sliceString(from, to);
  }

  replay() {
    const word = Math.max(0, this.caretWord - BEFORE);
    if (this.page.times.count) this.page.player.playSpan(this.page.times.timeOf(word).start, this.page.times.timeOf(Math.min(word + 2 * BEFORE + 1, this.page.times.count - 1)).end);
  }

  async fetchPeaks() {
    try {
      const peaks = await askBytes(`/stories/${this.page.story.id}/peaks`);
      this.page.loudness.setPeaks(new Uint8Array(peaks), this.page.story.peaks_per_second);
    } catch (error) {
      if (error instanceof Refusal) notice("sound", error.said);
      else if (!(error instanceof Unreachable)) throw error;
    }
  }
}
