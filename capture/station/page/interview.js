// The interview: one question on the screen, and always the same five ways on.

import { closeDevices, isLive, NoDevice, openDevices, withMicrophone } from "./devices.js";
import { announce, button, clear, clockTime, notice, sleep } from "./dom.js";
import { Board } from "./board.js";
import { Recording } from "./recording.js";
import { Refusal } from "./server.js";
import { SoundKeeper } from "./sound-keeping.js";
import { soundPart } from "./sound-part.js";
import { awake } from "./awake.js";
import { GONE, mayComeBack } from "./holding.js";


export async function interview(station) {
  const sitting = new Interview(station);
  try {
    return await sitting.run();
  } finally {
    sitting.end();
  }
}

class Interview {
  constructor(station) {
    const set = station.session.question_set;
    Object.assign(this, { station, set, done: null, timers: [], sleepless: null, reason: "", full: false,
      told: new Map() });
    this.recording = new Recording(station.session);
    this.sound = soundPart(station, this.recording, (id) => this.#useMicrophone(id));
    this.keeper = new SoundKeeper(this.recording);
    this.sound.onblock = (block) => this.keeper.take(block);
    this.at = this.#whereToBegin();
    this.board = new Board(station, {
      next: () => this.next(), back: () => this.back(), skip: () => this.skip(),
      pause: () => this.pauseOrGoOn(), stop: () => this.stop(),
      mark: (kind) => this.mark(kind), note: (text, at) => this.note(text, at),
      followUp: (text) => this.followUp(text), clockNow: () => this.recording.take?.clock.now ?? 0,
      letGo: () => this.recording.letGo(), sound: this.sound.part,
      hasTake: () => ["recording", "paused"].includes(this.recording.state) && !this.recording.elsewhere,
    });
  }

  // -1 is the opening, one behind the last question the closing words.
  #whereToBegin() {
    const of = (id) => this.set.questions.findIndex((one) => one.id === id);
    this.fresh = this.station.goTo || "";
    this.station.goTo = "";
    return this.fresh ? of(this.fresh) : of(this.station.session.question);
  }

  get question() { return this.set.questions[this.at]; }

  run() {
    return new Promise((resolve, reject) => {
      this.done = resolve;
      this.station.step("interview");
      // For a change of mind: nothing is recorded while it is talked about.
      this.station.pauseNow = () => {
        if (this.recording.state === "recording") this.pauseOrGoOn();
        return this.recording.state !== "off";
      };
      this.station.stopNow = () => this.stop();
      this.station.guard = () => this.recording.state !== "off" || !this.recording.outbox.empty;
      this.board.show();
      this.#listen();
      this.#ask();
      this.timers.push(setInterval(() => this.#tick(), 500));
      this.sleepless = awake();
      this.#begin().then(() => {
        if (this.fresh) this.recording.mark("question", { question: this.fresh });
      }).catch(reject);
    });
  }

  #listen() {
    const { recording } = this;
    recording.addEventListener("change", () => this.#changed());
    recording.addEventListener("lost", ({ detail }) => this.#lost(detail));
    recording.addEventListener("muted", ({ detail }) => this.#mute(detail, true));
    recording.addEventListener("unmuted", ({ detail }) => this.#mute(detail, false));
    recording.addEventListener("again", () => this.#tell("again", (records) => "There was a short break in the recording. "
      + `${records ? "It goes on in a new part." : "After it came a new part."} ${recording.saved}`,
    { actions: [putAway("again")] }));
    recording.addEventListener("still", ({ detail }) => this.#tell("still", (records) => `For ${seconds(detail)} nothing was `
      + `recorded: the computer stood still, or was asleep.${records ? " It is being recorded again." : ""} Please ask again `
      + "what was said meanwhile.", { urgent: true, actions: [putAway("still")] }));
    recording.addEventListener("taken", () => this.#takenOver());
    recording.addEventListener("full", () => { this.full = true; this.#changed(); });
    recording.addEventListener("unmarked", ({ detail }) => notice("unmarked",
      `That mark could not be kept. ${detail.said || ""}`));
    recording.addEventListener("refused", ({ detail }) => this.#refused(detail));
    recording.outbox.addEventListener("trouble", () => this.#changed());
    recording.outbox.addEventListener("change", () => this.board.saved(recording.outbox, recording.lost));
    this.station.onTakenOver = () => recording.takenOver();
    this.station.onTakenBack = () => this.stop();
    this.station.onGone = () => {
      recording.deleted();
      this.#interrupted(GONE);
      this.board.deleted();
      announce(""); // the notice is read out, and “Paused” is not so any more
      clear("trouble", "full", "refused");
    };
  }

  // Devices and the take

  async #begin({ instead = false } = {}) {
    const { station, recording } = this;
    this.reason = "";
    try {
      if (!isLive(station.stream, "audio")) {
        closeDevices(station.stream);
        station.stream = await openDevices(station.wanted);
      }
      this.#watch(station.stream);
      if (instead) await station.take(station.session.id, { instead });
      if (station.holding) station.holding.takeNow = () => recording.openTake;
      await recording.begin(station.stream, { instead });
      if (!recording.outbox.trouble && recording.state === "recording") announce("Recording.");
    } catch (error) {
      if (mayComeBack(error)) await this.#waited();
      else this.#notBegun(error);
    }
  }

  // After a crash a window may come back for some seconds; nobody knows yet that there is none.
  async #waited() {
    this.#interrupted("The last part of it broke off a moment ago. In a few seconds it goes on.");
    await sleep(1000);
    await this.#begin();
  }

  #takenOver() {
    const { lost } = this.recording;
    const missing = lost >= 1000 ? ` The last ${seconds(lost)} in this window could not be saved.` : "";
    const said = `${TAKEN_OVER}${missing}`;
    this.#interrupted(said);
    clear("trouble", "full");
    notice("elsewhere", said, { urgent: true, actions: [button("Take it back here", () => {
      clear("elsewhere");
      this.#begin({ instead: true });
    })] });
  }

  #notBegun(error) {
    if (error instanceof Refusal && error.code === "recording-elsewhere") {
      this.#interrupted(error.said);
      notice("elsewhere", error.said, { urgent: true, actions: [button("Take over here", () => {
        clear("elsewhere");
        this.#begin({ instead: true });
      })] });
    } else if (error instanceof NoDevice) {
      this.#interrupted(`${error.what} ${error.next}`);
    } else {
      this.#interrupted(error.said || "The recording could not begin. Try again.");
    }
  }

  #interrupted(reason) {
    this.sound.rest();
    this.reason = reason;
    this.#changed();
  }

  #watch(stream) {
    this.sound.listen(stream);
    this.board.see(stream);
  }

  #mute(kind, yes) {
    if (kind === "audio") this.sound.muted(yes);
    else if (yes) notice("dark", "The camera gives no picture just now. Is it covered, or switched off?");
    else clear("dark");
  }

  // Another microphone is chosen: it is opened before the old one is let go of, and a new take begins.
  async #useMicrophone(id) {
    const { station, recording } = this;
    if (recording.state === "starting" || recording.state === "stopping") return;
    station.wanted.microphone = id;
    clear("lost", "microphone");
    if (recording.state === "off") { // it is opened when the recording goes on
      closeDevices(station.stream);
      return;
    }
    try {
      const waits = recording.state === "paused";
      const old = station.stream;
      const stream = isLive(old, "video") || station.wanted.voiceOnly ? await withMicrophone(old, id)
        : await openDevices(station.wanted);
      await recording.endTake("next");
      for (const track of old?.getTracks() ?? []) {
        if (!stream.getTracks().includes(track)) track.stop();
      }
      station.stream = stream;
      if (waits) { this.#interrupted("Another microphone is chosen. Press “Go on” to record with it."); return; }
      await this.#begin();
      if (recording.state === "recording") announce("Recording with the other microphone.");
    } catch (error) {
      notice("microphone", `${error.what ?? "That microphone could not be opened."} ${error.next ?? ""}`,
        { urgent: true, actions: [putAway("microphone")] });
      this.sound.listen(station.stream);
    }
  }

  // A lost camera leaves the voice; for a lost microphone another one is tried at once.
  async #lost({ kinds, wasPaused }) {
    const { station } = this;
    const old = station.stream;
    if (!kinds.includes("audio") && isLive(old, "audio")) {
      station.stream = new MediaStream(old.getAudioTracks());
      this.#tell("lost", (records) => `The camera has gone: is its plug out? ${voice(records)}`,
        { urgent: true, actions: [button("Use the camera again", () => this.#useCameraAgain())] });
      if (wasPaused) this.#interrupted("The camera has gone. Go on with the voice only.");
      else await this.#begin();
      return;
    }
    closeDevices(old);
    Object.assign(station.wanted, { microphone: "", camera: "" });
    this.#tell("lost", () => `The microphone has gone: is its plug out? ${this.recording.saved}`, { urgent: true });
    if (wasPaused) { this.#interrupted("The microphone had gone. Press “Go on” to try again."); return; }
    await this.#begin();
    if (this.recording.state === "recording") {
      this.#tell("lost", (records) => "The microphone had gone for a moment. "
        + `${records ? "It is being recorded again now. " : ""}Please look whether the loudness is good.`,
      { urgent: true, actions: [putAway("lost")] });
    }
  }

  async #useCameraAgain() {
    clear("lost");
    try {
      const stream = await openDevices({ ...this.station.wanted, camera: "" });
      await this.recording.endTake("next");
      closeDevices(this.station.stream);
      this.station.stream = stream;
      await this.#begin();
    } catch (error) {
      this.#tell("lost", (records) => `${error.what ?? ""} ${voice(records)}`, { urgent: true,
        actions: [button("Use the camera again", () => this.#useCameraAgain())] });
    }
  }

  // Ways on

  next() {
    if (this.at >= this.set.questions.length) return;
    this.at += 1;
    this.#asked();
  }

  skip() {
    if (!this.question) { this.next(); return; }
    this.recording.mark("skipped", { question: this.question.id });
    this.next();
  }

  back() {
    if (this.at < 0) return;
    this.at -= 1;
    if (this.question) this.recording.mark("back", { question: this.question.id });
    this.#asked();
  }

  #asked() {
    if (this.question) this.recording.mark("question", { question: this.question.id });
    this.#ask();
  }

  #ask() { this.board.ask(this.set, this.at); }

  followUp(text) {
    this.recording.mark("follow-up", { question: this.question.id, text });
  }

  mark(kind) {
    this.recording.mark(kind, this.question ? { question: this.question.id } : {})
      .then((kept) => kept && announce(kind === "do-not-use" ? "Marked: this answer is not to be used."
        : "Marked: this answer is sensitive."));
  }

  note(text, at) {
    this.recording.mark("note", { text, at, ...(this.question ? { question: this.question.id } : {}) })
      .then((kept) => kept && announce("The note is kept."));
  }

  async pauseOrGoOn() {
    const { state } = this.recording;
    if (state === "recording") {
      this.recording.pause();
      announce("Paused. Nothing is being recorded now.");
    } else if (state === "paused" && this.recording.outbox.trouble === "no-room") {
      announce("There is no room on the disk yet.");
    } else if (state === "paused") {
      // It is so once the station has said yes to it.
      if (await this.recording.resume() && this.recording.state === "recording") announce("Recording again.");
    } else if (state === "off") {
      clear("lost", "elsewhere");
      await this.#begin();
    }
  }

  async stop() {
    if (this.recording.state === "stopping" || this.recording.state === "starting") return;
    announce("Stopped. Nothing is being recorded now.");
    if (this.recording.elsewhere) { this.done("welcome"); return; } // nothing of it is stopped here
    if (!this.recording.take) { this.done("decision"); return; }
    try {
      this.station.hold(await this.recording.stop());
      this.done("decision");
    } catch (error) {
      this.#refused(error);
    }
  }

  // What the station says

  // `say(records)` makes the sentence, of whether it is being recorded: it stands there through pauses.
  #tell(name, say, look) {
    this.told.set(name, { say, look });
    this.#retell(name);
  }

  #retell(name) {
    const { say, look } = this.told.get(name);
    notice(name, say(["recording", "starting"].includes(this.recording.state)), look);
  }

  // The sentences are made anew whenever the recording or what is on its way changes, so that none
  // stands there of a state that is over.
  #changed() {
    const { state, outbox: { trouble, saidOfTrouble } } = this.recording;
    if (trouble === "no-room" && state === "recording") { this.recording.pause(); return; }
    this.board.state(state, this.reason, trouble);
    for (const name of this.told.keys()) {
      if (document.querySelector(`[data-notice="${name}"]`)) this.#retell(name);
      else this.told.delete(name); // somebody has put it away
    }
    const what = inTrouble(trouble, state) || saidOfTrouble;
    if (trouble) notice("trouble", trouble === "no-room" ? `${what} ${this.recording.safety}` : what, { urgent: true });
    else clear("trouble");
    if (state !== "paused") this.full = false;
    if (this.full) notice("full", trouble ? FULL : FULL_NO_MORE, { urgent: true });
    else clear("full");
  }

  #refused(refused) {
    if (refused.code === "recording-elsewhere") { this.#notBegun(refused); return; }
    const said = refused.said || "The station refused to go on.";
    this.#interrupted(said);
    notice("refused", `Nothing is being recorded now. ${said}`, { urgent: true, actions: [
      button("To the beginning", () => this.done("welcome"))] });
  }

  #tick() {
    this.board.elapsed(clockTime(this.recording.safe));
  }

  end() {
    this.timers.forEach(clearInterval);
    this.sound.end();
    this.keeper.end();
    this.sleepless?.();
    this.board.end();
    Object.assign(this.station, { guard: null, onTakenOver: null, onGone: null, onTakenBack: null, pauseNow: null, stopNow: null });
    this.station.freeDevices();
    clear("lost", "elsewhere", "trouble", "refused", "full", "again", "unmarked", "dark", "microphone", "still");
  }
}

const seconds = (ms) => `${Math.round(ms / 1000)} second${Math.round(ms / 1000) === 1 ? "" : "s"}`;
const voice = (records) => (records ? "The voice is still being recorded." : "The voice is recorded when you go on.");
const putAway = (name) => button("I have looked", () => clear(name), { class: "small" });

const FULL = "The station has not answered for some minutes, so the recording is paused. Everything up to "
  + "here waits in this window: please leave it open. Start the capture station again.";
const TAKEN_OVER = "This recording has been taken over by another window. Nothing is recorded here any more.";
const FULL_NO_MORE = "The station answers again, and what had waited in this window is being saved. The recording is "
  + "still paused: go on when you are ready.";

// What is amiss, said of what the recording does meanwhile.
function inTrouble(trouble, state) {
  if (trouble === "no-room") {
    return ["recording", "paused"].includes(state)
      ? "The disk of this computer is full, so the recording is paused. Make room on the disk, then go on; or stop here."
      : "The disk of this computer is full. Nothing is being recorded now. Make room on the disk.";
  }
  if (!["unreachable", "late", "stranger"].includes(trouble)) return "";
  const said = `The station on this computer is not answering. ${MEANWHILE[state] ?? NOT_RECORDED} If this lasts, start `
    + "the capture station again.";
  return trouble !== "stranger" ? said
    : `${said} Another program may have taken its place: it is given nothing that it can read.`;
}

const NOT_RECORDED = "Nothing is being recorded now. What is not saved yet waits in this window: leave it open.";
const MEANWHILE = {
  recording: "You can go on talking: the recording goes on and waits in this window. Leave it open.",
  starting: "The recording has not begun yet. Leave this window open.",
};
