// The interview: one question on the screen, and always the same five ways on.

import { closeDevices, isLive, NoDevice, openDevices, withMicrophone } from "./devices.js";
import { announce, button, clear, clockTime, notice, sleep } from "./dom.js";
import { Board } from "./board.js";
import { refusedAs, seconds, told } from "./interview-words.js";
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
    Object.assign(this, { station, set, done: null, timers: [], sleepless: null, why: null, isFull: false,
      isDeleted: false, events: {}, mode: "", knownBehind: 0 });
    this.recording = new Recording(station.session);
    this.sound = soundPart(station, this.recording, (id) => this.#useMicrophone(id));
    this.keeper = new SoundKeeper(this.recording);
    this.sound.onblock = (block) => this.keeper.take(block);
    this.at = this.#whereToBegin();
    this.board = new Board(station, {
      next: () => this.next(), back: () => this.back(), skip: () => this.skip(),
      pause: () => this.pauseOrGoOn(), stop: () => this.stop(),
      mark: (kind) => this.mark(kind), note: (text, at) => this.note(text, at),
      followUp: (text) => this.followUp(text), clockNow: () => this.recording.now,
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
        this.recording.pauseSoon();
        return this.recording.state !== "off";
      };
      this.station.stopNow = () => this.stop();
      this.station.guard = () => this.recording.state !== "off" || !this.recording.outbox.empty;
      this.board.show();
      this.#listen();
      this.#ask();
      this.timers.push(setInterval(() => this.#tick(), 500));
      this.sleepless = awake();
      if (this.fresh) this.recording.mark("question", { question: this.fresh });
      this.#begin().catch(reject);
    });
  }

  #listen() {
    const { recording } = this;
    recording.addEventListener("change", () => this.#changed());
    recording.addEventListener("lost", ({ detail }) => this.#lost(detail));
    recording.addEventListener("muted", ({ detail }) => this.#mute(detail, true));
    recording.addEventListener("unmuted", ({ detail }) => this.#mute(detail, false));
    recording.addEventListener("again", () => this.#happened("again"));
    recording.addEventListener("still", ({ detail }) => this.#happened("still", detail));
    recording.addEventListener("behind", ({ detail }) => this.#lags(detail));
    recording.addEventListener("taken", () => this.#takenOver());
    recording.addEventListener("full", () => { this.isFull = true; this.#changed(); });
    recording.addEventListener("unmarked", () => notice("unmarked",
      "That mark could not be kept. Please write on paper what it was: an editor can set it afterwards."));
    recording.addEventListener("refused", ({ detail }) => this.#refused(detail));
    for (const event of ["trouble", "change"]) recording.outbox.addEventListener(event, () => this.#changed());
    this.station.onTakenOver = () => recording.takenOver();
    this.station.onTakenBack = () => this.stop();
    this.station.onGone = () => {
      recording.deleted();
      this.isDeleted = true;
      this.events = {};
      this.#interrupted({ kind: "deleted", text: GONE });
    };
  }

  // Devices and the take

  async #begin({ instead = false } = {}) {
    const { station, recording } = this;
    this.why = null;
    recording.prepare();
    try {
      if (!isLive(station.stream, "audio")) {
        closeDevices(station.stream);
        station.stream = await openDevices(station.wanted);
      }
      this.#watch(station.stream);
      if (instead) await station.take(station.session.id, { instead });
      if (station.holding) station.holding.takeNow = () => recording.openTake;
      await recording.begin(station.stream, { instead });
    } catch (error) {
      if (mayComeBack(error)) await this.#waited();
      else this.#notBegun(error);
    }
  }

  // After a crash a window may come back for some seconds; nobody knows yet that there is none.
  async #waited() {
    this.#interrupted({ kind: "returning", text: "The last part of it broke off a moment ago. In a few seconds it goes on." });
    await sleep(1000);
    await this.#begin();
  }

  #takenOver() {
    const { lost } = this.recording;
    const missing = lost >= 1000 ? ` The last ${seconds(lost)} in this window could not be saved.` : "";
    this.#interrupted({ kind: "taken-over", text: `${TAKEN_OVER}${missing}` });
  }

  #notBegun(error) {
    this.#interrupted(error instanceof Refusal && error.code === "recording-elsewhere"
      ? { kind: "elsewhere", text: error.said }
      : error instanceof NoDevice ? { kind: "device", text: `${error.what} ${error.next}` } : refusedAs(error));
  }

  #interrupted(why) {
    this.sound.rest();
    this.why = why;
    if (this.recording.state === "starting") this.recording.rest(); // that tells of it
    else this.#changed();
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
    clear("microphone");
    this.#putAway("no-camera", "no-microphone", "microphone-back");
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
      if (waits) {
        this.#interrupted({ kind: "microphone", text: "Another microphone is chosen. Press “Go on” to record with it." });
        return;
      }
      await this.#begin();
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
    clear("dark");
    if (!kinds.includes("audio") && isLive(old, "audio")) {
      station.stream = new MediaStream(old.getAudioTracks());
      this.#happened("no-camera");
      if (wasPaused) this.#interrupted({ kind: "camera", text: "The camera has gone. Press “Go on” to record the voice only." });
      else await this.#begin();
      return;
    }
    closeDevices(old);
    Object.assign(station.wanted, { microphone: "", camera: "" });
    if (wasPaused) {
      this.#interrupted({ kind: "microphone", text: "The microphone had gone. Press “Go on” to try again." });
      return;
    }
    this.#happened("no-microphone");
    await this.#begin();
    if (!["recording", "paused"].includes(this.recording.state)) return;
    this.#putAway("no-microphone");
    this.#happened("microphone-back");
  }

  // Told again only when much more is missing than was when somebody looked.
  #lags(behind) {
    if (behind < this.knownBehind) this.knownBehind = 0; // another take, or it has caught up
    const isKnown = this.knownBehind && behind < this.knownBehind + MORE_BEHIND;
    if (!behind) this.#putAway("slow");
    else if (isKnown) this.#changed();
    else this.#happened("slow", this.#canBeSmaller());
  }

  #canBeSmaller() {
    return isLive(this.recording.stream, "video") && this.station.wanted.picture !== "small";
  }

  async #useSmallerPicture() {
    this.#putAway("slow");
    this.knownBehind = 0;
    const { wanted } = this.station;
    const before = wanted.picture;
    wanted.picture = "small";
    const isReopened = await this.#reopen(wanted, () => {
      wanted.picture = before;
      this.#happened("slow", false);
    });
    // While the camera was opened, the take before went on, and was told of again.
    if (isReopened) this.#putAway("slow");
  }

  async #useCameraAgain() {
    this.#putAway("no-camera");
    await this.#reopen({ ...this.station.wanted, camera: "" }, (error) => this.#happened("no-camera", error.what ?? ""));
  }

  // The next take begins with what is opened now.
  async #reopen(wanted, failed) {
    try {
      const stream = await openDevices(wanted);
      await this.recording.endTake("next");
      closeDevices(this.station.stream);
      this.station.stream = stream;
      await this.#begin();
      return true;
    } catch (error) {
      failed(error);
      return false;
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
    } else if (state === "paused" && this.recording.outbox.trouble === "no-room") {
      announce("There is no room on the disk yet.");
    } else if (state === "paused") {
      await this.recording.resume();
    } else if (state === "off" && this.why?.kind !== "returning") {
      this.#putAway("no-camera", "no-microphone", "microphone-back");
      this.recording.pausesFirst = false;
      await this.#begin();
    }
  }

  async stop() {
    if (this.recording.state === "stopping" || this.recording.state === "starting") return;
    if (this.recording.elsewhere) { this.done("welcome"); return; } // nothing of it is stopped here
    if (!this.recording.take) { this.done("decision"); return; }
    this.isLeft = true; // what can be done next is said by the page that follows
    try {
      this.station.hold(await this.recording.stop());
      // Where it is about to be deleted, nothing is decided meanwhile; it is once nothing is deleted after all.
      const on = () => this.done("decision");
      if (this.station.isDeleting) this.station.stayed = on;
      else on();
    } catch (error) {
      this.isLeft = false;
      this.#refused(error);
    }
  }

  // What the station says

  // Something happened that is told until somebody has seen it; what is said of it follows the recording.
  #happened(name, detail = null) {
    this.events[name] = detail;
    this.#changed();
  }

  #putAway(...names) {
    for (const name of names) delete this.events[name];
    this.#changed();
  }

  // All that the page says of the recording is made anew whenever the recording, or what is on its way, changes.
  #changed() {
    const { recording, recording: { state, outbox, isBegun, safe, lost, behind } } = this;
    if (outbox.trouble === "no-room" && state === "recording") { recording.pause(); return; } // that is a change
    if (state !== "paused") this.isFull = false;
    const now = told({ state, isBegun, trouble: outbox.trouble, safe, lost, behind, waiting: outbox.waiting, isEmpty: outbox.empty,
      why: this.why, events: this.events, pausing: this.station.words.pausing, isFull: this.isFull,
      isDeleted: this.isDeleted });
    this.board.tell(now);
    this.#tick(); // or the clock would be half a second behind what is said beside it
    for (const name of NOTICES) {
      const { text, urgent, action } = now.notices[name] ?? {};
      if (text) notice(name, text, { urgent, actions: this.#actions(name, action) });
      else clear(name);
    }
    // Of a recording it is said once; why there is none may be known a moment later.
    const isNew = this.mode !== now.mode || (now.mode === "off" && this.live !== now.live);
    if (isNew && !(this.isLeft && now.mode === "off")) announce(now.live);
    [this.mode, this.live] = [now.mode, now.live];
  }

  #actions(name, action) {
    const begin = (label) => button(label, () => {
      this.recording.pausesFirst = false;
      this.#begin({ instead: true });
    });
    const looked = () => {
      this.knownBehind = this.recording.behind;
      this.#putAway(name);
    };
    const ways = {
      smaller: () => [this.#canBeSmaller() ? button("Make the picture smaller", () => this.#useSmallerPicture()) : "",
        button("I have looked", looked, { class: "small" })],
      "put-away": () => button("I have looked", () => this.#putAway(name), { class: "small" }),
      camera: () => button("Use the camera again", () => this.#useCameraAgain()),
      "take-over": () => begin("Take over here"), "take-back": () => begin("Take it back here"),
      beginning: () => button("To the beginning", () => this.done("welcome")),
    };
    return action ? [ways[action]()].flat() : [];
  }

  #refused(refused) {
    if (refused.code === "recording-elsewhere") this.#notBegun(refused);
    else this.#interrupted(refusedAs(refused));
  }

  // It stands still once it is stopped, though the last parts are still on their way.
  #tick() {
    if (this.recording.state !== "stopping") this.board.elapsed(clockTime(this.recording.safe));
  }

  end() {
    this.timers.forEach(clearInterval);
    this.sound.end();
    this.keeper.end();
    this.sleepless?.();
    this.board.end();
    Object.assign(this.station, { guard: null, onTakenOver: null, onGone: null, onTakenBack: null, pauseNow: null, stopNow: null, stayed: null });
    this.station.freeDevices();
    clear(...NOTICES, "unmarked", "dark", "microphone");
  }
}

const MORE_BEHIND = 5000; // ms
const NOTICES = ["elsewhere", "refused", "trouble", "full", "again", "still", "slow", "no-camera", "no-microphone", "microphone-back"];
const putAway = (name) => button("I have looked", () => clear(name), { class: "small" });

const TAKEN_OVER = "This recording has been taken over by another window. Nothing is recorded here any more.";
