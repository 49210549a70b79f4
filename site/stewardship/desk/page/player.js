// Sound and picture: played from a word, slowed, looped, around a doubt, or as the film will be.

import { FilmSound } from "./film-sound.js";

const FADE = 0.008; // s; the film's own fades are as short
const AHEAD = 3; // s of the volume that are set in advance: a page may be held up for long
const PAST_CUT = 0.012; // s before a cut at which it is jumped over
const BLEEP = { hertz: 640, loudness: 0.12 }; // as the film's, over speech of usual loudness
const DRIFT = 150; // ms by which the picture may be off the sound of a disguised voice

export class Player {
  #span;

  // `media` is a video element; `on`: time(ms), playing(is), looping(is), failed(error), and
  // filmSound(start, end), which gives a WAV of what the film has of that span
  constructor(media, on) {
    this.media = media;
    this.on = on;
    this.plan = []; // [{start, end, kind}] in ms, in order; cuts, and what is outside the film, are jumped
    this.asFilm = false;
    this.#span = null; // {start, end, again}: what is played, once or again and again
    this.isBleeped = false;
    this.isDisguised = false;
    media.preservesPitch = true;
    media.addEventListener("play", () => { this.listen(); this.on.playing(true); this.followDisguise(); this.tick(); });
    media.addEventListener("pause", () => { this.disguised?.stop(); this.setVolume(); this.on.playing(false); });
    media.addEventListener("ratechange", () => this.setVolume());
    media.addEventListener("seeked", () => { this.on.time(this.time); this.setVolume(); });
  }

  get span() { return this.#span; }

  set span(span) {
    this.#span = span;
    this.on.looping(Boolean(span?.again));
  }

  get time() { return this.media.currentTime * 1000; }
  get isPlaying() { return !this.media.paused; }

  // Browsers let a page make sound once somebody has pressed something.
  listen() {
    if (this.sound || !window.AudioContext) { this.sound?.resume(); return; }
    this.sound = new AudioContext();
    this.volume = this.sound.createGain();
    this.sound.createMediaElementSource(this.media).connect(this.volume).connect(this.sound.destination);
    this.bleep = new GainNode(this.sound, { gain: 0 });
    const tone = new OscillatorNode(this.sound, { frequency: BLEEP.hertz });
    tone.connect(this.bleep).connect(this.sound.destination);
    tone.start();
    this.disguised = new FilmSound(this.sound, this.on.filmSound);
    this.sound.resume();
  }

  seek(ms) {
    const end = Number.isFinite(this.media.duration) ? this.media.duration : Infinity;
    this.media.currentTime = Math.max(0, Math.min(ms / 1000, end));
    this.on.time(this.time);
    if (this.isPlaying) this.followDisguise();
  }

  play() {
    return this.media.play().catch((error) => { if (error.name !== "AbortError") this.on.failed?.(error); });
  }

  pause() { this.media.pause(); }

  toggle() {
    this.span = this.span?.again ? this.span : null;
    if (this.isPlaying) this.pause(); else this.play();
  }

  playFrom(ms) {
    this.span = null;
    this.seek(ms);
    return this.play();
  }

  back(ms) {
    this.seek(this.time - ms);
  }

  playSpan(start, end, { again = false } = {}) {
    this.span = { start, end, again };
    this.seek(start);
    return this.play();
  }

  loop(start, end) {
    this.playSpan(start, end, { again: true });
  }

  endLoop() { this.span = null; }

  get rate() { return this.media.playbackRate; }

  set rate(rate) {
    this.media.playbackRate = Math.max(0.5, Math.min(2, Math.round(rate * 20) / 20));
  }

  // How the film will be: what it leaves out, what it silences, and how that sounds.
  setPlan(plan, { redactions = "mute", voice = "own" } = {}) {
    this.plan = plan;
    this.isBleeped = redactions === "bleep";
    this.isDisguised = voice === "disguised";
    this.setVolume();
  }

  setAsFilm(is) {
    this.asFilm = is;
    if (is && this.isDisguised) this.rate = 1;
    if (this.isPlaying) this.followDisguise();
    this.setVolume();
  }

  get isInDisguise() { return this.asFilm && this.isDisguised; }

  // The sound of a disguised voice comes from the server; the picture follows it.
  async followDisguise() {
    this.disguised?.stop();
    if (!this.isInDisguise || !this.disguised) return;
    this.disguised.removed = this.plan.filter((part) => part.kind !== "redaction");
    try {
      await this.disguised.start(this.time, this.media.duration * 1000);
    } catch (error) {
      this.pause();
      this.on.failed?.(error);
    }
  }

  tick() {
    cancelAnimationFrame(this.frame);
    if (!this.isPlaying) return;
    const now = this.time;
    if (this.span && now >= this.span.end) {
      if (this.span.again) this.seek(this.span.start); else this.endSpan();
    }
    if (this.isInDisguise) this.followSound(now);
    else if (this.asFilm) this.jumpCuts(now);
    this.setVolume();
    this.on.time(this.time);
    this.frame = requestAnimationFrame(() => this.tick());
  }

  // Waits in place while a stretch is being made.
  followSound(now) {
    const heard = this.disguised.time;
    if (heard !== null && Math.abs(heard - now) > DRIFT && !this.media.seeking) this.media.currentTime = heard / 1000;
  }

  endSpan() {
    this.span = null;
    this.pause();
  }

  jumpCuts(now) {
    const cut = this.plan.find((part) => part.kind !== "redaction"
      && now >= part.start - PAST_CUT * 1000 && now < part.end - PAST_CUT * 1000);
    if (cut) this.seek(cut.end);
  }

  // The volume is set by the sound card's clock, not by this page's: a name must not be heard
  // because the page was late.
  setVolume() {
    if (!this.volume) return;
    const gain = this.volume.gain;
    const clock = this.sound.currentTime;
    gain.cancelScheduledValues(clock);
    this.bleep.gain.cancelScheduledValues(clock);
    const now = this.time;
    if (this.isInDisguise) {
      gain.setValueAtTime(0, clock);
      this.bleep.gain.value = 0;
      return;
    }
    const silent = this.asFilm ? this.plan.filter((part) => part.end > now) : [];
    gain.setTargetAtTime(isIn(silent, now) ? 0 : 1, clock, FADE / 3);
    const tone = this.bleep.gain;
    const hidden = this.isBleeped && this.isPlaying ? silent.filter((part) => part.kind === "redaction") : [];
    tone.setTargetAtTime(isIn(hidden, now) ? BLEEP.loudness : 0, clock, FADE / 3);
    if (!this.isPlaying) return;
    for (const part of silent) {
      const [falls, rises] = [part.start, part.end].map((at) => (at - now) / 1000 / this.rate);
      const loudness = hidden.includes(part) ? BLEEP.loudness : 0;
      if (falls > AHEAD) break;
      if (falls > 0) {
        gain.setTargetAtTime(0, clock + Math.max(0, falls - FADE), FADE / 3);
        tone.setTargetAtTime(loudness, clock + falls, FADE / 3);
      }
      if (rises > 0 && rises < AHEAD) {
        tone.setTargetAtTime(0, clock + Math.max(0, rises - FADE), FADE / 3);
        gain.setTargetAtTime(1, clock + rises, FADE / 3);
      }
    }
  }
}

const isIn = (parts, now) => parts.some(({ start, end }) => now >= start && now < end);
