// The recording: takes of a session, on their own clock, handed over second by second. Nothing of it
// is kept here but what the server has not said yes to.

import { isLive, recorderOptions, settled } from "./devices.js";
import { sleep } from "./dom.js";
import { MOST_WAITING, Outbox } from "./outbox.js";
import { ask, freshKey, Refusal } from "./server.js";

const SLICE = 500; // ms: with what is on its way, a kill costs less than a second
const QUIET = 150; // ms without another part until a flushed recorder counts as empty
const STOOD_STILL = 3000; // ms without a part after which it is looked whether anything was recorded
const GAP_ANSWERS = 3; // an encoder may be behind when the first part comes
const BEHIND = 3000; // ms that the disk has less than the clock: more than is on its way
const SLIPPED = 1000; // ms by which sound and picture are apart where a browser closed up the sound alone
const TAKE_LASTS = 30000; // ms of a take before another is begun for that
const FAR_APART = 3000; // ms by which words and lips belong to different sentences: that is not left for so long
const FAR_TAKE_LASTS = 5000; // ms of a take before another is begun for that: a beginning costs its time too
const [FEW_TAKES, MANY_TAKES] = [20, 50]; // of 60 in a session: from the first on they last five times as long
const WITHOUT_ANSWER = 1500; // ms after which a take begins though the server says nothing
const TOGETHER = 100; // ms within which two devices go with one plug
// Refusals of a part after which another take can go on; of them in a row, before nothing more is tried.
const BROKEN = new Set(["take-over", "take-failed", "differs", "gap", "not-found", "bad-request"]);
const TAKES_IN_VAIN = 3;
// Refusals of what may not be recorded as things are agreed: that it is not saved is no loss.
const NOT_AGREED = new Set(["voice-only", "not-allowed"]);

// Milliseconds that were recorded: pauses take no time.
class MediaClock {
  #before = 0;
  #since = null;

  go() { this.#since ??= performance.now(); }
  halt() { this.#before = this.now; this.#since = null; }
  get now() {
    return Math.round(this.#before + (this.#since === null ? 0 : performance.now() - this.#since));
  }
}

// Events: “change” (of `state`), “lost” (a device), “muted” and “unmuted”, “again” (a take had to be begun
// anew), “full” (too much waits), “still” (with the ms in which nothing was recorded), “behind” (with the ms
// that the browser was too slow to record), “taken” (another window has the session), “refused” and “unmarked” (with the Refusal).
export class Recording extends EventTarget {
  state = "off"; // off, starting, recording, paused, stopping
  take = null;
  safe = 0; // ms that are on the disk, as the station counted them
  lost = 0; // ms that were recorded here and could not be saved
  empty = 0; // ms of the disk’s recording in which nothing is
  behind = 0; // ms by which the take on the disk is shorter than its clock says: the browser is too slow
  pausesFirst = false; // whether the take that is about to begin begins with a pause
  elsewhere = false; // whether another window has taken over
  #gone = new Set();
  #early = []; // marks made before the first take: {mark, resolve}
  #inVain = 0; // takes one after the other of which the station took nothing

  constructor(session, outbox = new Outbox()) {
    super();
    this.path = `/sessions/${session.id}`;
    Object.assign(this, { safe: session.safe, empty: session.empty });
    this.outbox = outbox;
    this.stream = null;
    outbox.addEventListener("change", () => this.#bounded());
  }

  // The number of the take that is open in this window; 0 for none.
  get openTake() { return this.take && !this.take.over && !this.take.broken ? this.take.number : 0; }

  // Whether the station has said yes to the take that is recorded.
  get isBegun() { return Boolean(this.take?.number); }

  // Where the take is, in ms: seconds that a slow browser left out, without a gap, are not in it.
  get now() {
    const { take } = this;
    return take ? Math.max(0, take.clock.now - (this.behind ? Math.max(0, take.closedUp) : 0)) : 0;
  }

  // Camera and microphone are being opened, or another take is about to begin.
  prepare() { if (this.state === "off") this.#set("starting"); }

  // None begins after all.
  rest() { if (this.state === "starting") this.#set("off"); }

  // Begin the next take on these devices. Raises the Refusal of the server.
  async begin(stream, { instead = false } = {}) {
    this.#set("starting");
    this.#use(stream);
    const take = { key: freshKey(), number: 0, chunks: 0, stored: 0, clock: new MediaClock(), late: [] };
    try {
      await settled(stream);
      const options = recorderOptions(stream);
      const begun = this.outbox.put(
        () => ask("POST", `${this.path}/takes`,
          { mime: options.mimeType, key: take.key, instead }));
      begun.then((session) => {
        Object.assign(take, { number: session.begun, before: session.safe, emptyBefore: session.empty });
        Object.assign(this, { elsewhere: false, behind: 0 });
        this.#changed();
      },
        (refused) => { if (take === this.take) this.#fatal(take, refused); });
      await Promise.race([begun, sleep(WITHOUT_ANSWER)]);
      if (!take.number) this.outbox.late();
      this.take = take;
      await this.#start(take, stream, options);
    } catch (error) {
      take.over = true;
      this.elsewhere ||= error.code === "recording-elsewhere";
      this.#set("off");
      throw error;
    }
  }

  async #start(take, stream, options) {
    const recorder = new MediaRecorder(stream, options);
    take.recorder = recorder;
    const started = new Promise((resolve, reject) => {
      recorder.addEventListener("start", () => { take.clock.go(); resolve(); }, { once: true });
      recorder.addEventListener("error", (event) => reject(event.error || event), { once: true });
    });
    recorder.addEventListener("dataavailable", (event) => this.#came(take, event.data));
    take.stopped = new Promise((done) => {
      recorder.addEventListener("stop", () => { done(); this.#stoppedByItself(take); }, { once: true });
    });
    recorder.start(SLICE);
    await started;
    recorder.addEventListener("error", () => this.#restart(take));
    if (take.broken) { // the station said no to it meanwhile
      await this.#ceased(take);
      this.#set("off");
      return;
    }
    for (const { mark, resolve } of this.#early.splice(0)) this.mark(...mark).then(resolve);
    this.#set("recording");
    if (this.pausesFirst) this.pause();
  }

  // A browser may end a recorder without a word; a lost device is told of by its track.
  async #stoppedByItself(take) {
    take.clock.halt();
    await sleep(2 * TOGETHER);
    if (await this.#anew(take)) this.#tell("again");
  }

  // The next take at once, on the same devices. Resolves with whether it records.
  async #anew(take) {
    if (take !== this.take || take.over || take.broken || this.state !== "recording") return false;
    await this.endTake("failed");
    return this.begin(this.stream).then(() => true, (error) => { this.#tell("refused", error); return false; });
  }

  #came(take, blob) {
    if (!blob.size) return;
    if (take.broken) { this.lost += take.notAgreed ? 0 : SLICE; return; }
    // No part for so long: the computer may have slept. What is on the disk then says whether it did.
    const silentFor = performance.now() - (take.lastPart ?? performance.now());
    if (silentFor > STOOD_STILL && this.state === "recording") {
      take.gap = { until: take.until ?? 0, safe: this.safe, empty: this.empty, answers: 0 };
    }
    take.lastPart = performance.now();
    take.until = take.clock.now;
    const part = { blob, number: take.chunks++, until: take.clock.now };
    if (take.closedForParts) take.late.push(part);
    else this.#hand(take, part);
  }

  #hand(take, { blob, number, until }) {
    const path = () => `${this.path}/takes/${take.number}/chunks/${number}?until=${until}`;
    this.outbox.putChunk(path, blob, take, SLICE)
      .then((stored) => this.#stored(take, stored, until), (refused) => this.#refusedOf(take, refused));
  }

  #stored(take, { safe, empty, ahead }, until) {
    Object.assign(this, { safe, empty });
    take.stored += 1;
    this.#inVain = 0;
    const { gap } = take;
    const short = until - (safe - take.before);
    take.closedUp = short - (empty - take.emptyBefore);
    if (!gap) {
      this.#lags(take, short);
      this.#slips(take, ahead);
      return;
    }
    if (++gap.answers < GAP_ANSWERS) return;
    take.gap = null;
    // What the clock counted, and the disk has not: now, or before and not told yet.
    const stood = Math.max((until - gap.until) - (safe - gap.safe), short - (take.excused ?? 0) - SLIPPED);
    take.excused = short;
    if (stood > STOOD_STILL / 2) this.#tell("still", stood);
    // A gap in both leaves them together. Firefox closes up the sound, and from there on the picture is
    // behind it: the next take begins with both.
    if (stood - (empty - gap.empty) > SLIPPED) this.#anew(take);
  }

  // A browser that gets too little of the computer’s time makes less sound than time goes by, and says so nowhere.
  #lags(take, short) {
    const behind = short - (take.excused ?? 0);
    take.lagging = behind >= BEHIND ? (take.lagging ?? 0) + 1 : 0;
    if (take !== this.take || this.state !== "recording") return;
    if ((behind < BEHIND && !this.behind) || (take.lagging && take.lagging < GAP_ANSWERS)) return;
    this.behind = behind < BEHIND / 2 ? 0 : behind;
    this.#tell("behind", this.behind);
  }

  // Firefox closes up the sound at each stretch without time, however short. Takes may not become too many.
  #slips(take, ahead) {
    take.slips = ahead > SLIPPED ? (take.slips ?? 0) + 1 : 0;
    const lasts = ahead > FAR_APART ? FAR_TAKE_LASTS : TAKE_LASTS;
    const isLong = take.clock.now > (take.number < FEW_TAKES ? lasts : 5 * lasts);
    if (take.slips >= GAP_ANSWERS && isLong && take.number < MANY_TAKES && this.state === "recording") this.#anew(take);
  }

  #giveUp(take) {
    const given = this.outbox.giveUp(take);
    if (!take.notAgreed) this.lost += given;
  }

  // Pauses now; where nothing is recorded yet, as soon as a take begins by itself.
  pauseSoon() {
    if (this.state === "recording") this.pause();
    else if (this.state === "starting" || this.state === "off") this.pausesFirst = true;
  }

  // Pausing stops the recorder first and tells the server afterwards: it counts at once.
  async pause() {
    const take = this.take;
    if (this.state !== "recording") return;
    if (take.recorder.state === "inactive") { // it ended by itself: the next take begins in a moment
      this.pausesFirst = true;
      return;
    }
    this.pausesFirst = false;
    take.recorder.pause();
    take.clock.halt();
    this.#set("paused");
    for (const track of this.stream.getTracks()) track.enabled = false;
    await this.#flushed(take);
    if (take.broken || take.over || this.state === "stopping") return;
    take.closedForParts = true;
    const at = take.clock.now;
    const chunks = take.chunks;
    this.#deed("pause", () => ({ take: take.number, at, chunks }), take);
  }

  // Resolves with whether the station said yes, once it has answered.
  async resume() {
    const take = this.take;
    if (this.state !== "paused" || !take || take.over) return false;
    while (this.state === "paused" && !take.closedForParts && !take.broken) await sleep(20);
    if (this.state !== "paused" || take.broken) return false;
    if (take.recorder.state === "inactive") { // it ended by itself in the pause
      await this.endTake("failed");
      return this.begin(this.stream).then(() => true, (error) => { this.#tell("refused", error); return false; });
    }
    for (const track of this.stream.getTracks()) track.enabled = true;
    const agreed = this.#reopen(take);
    take.recorder.resume();
    take.clock.go();
    this.#set("recording");
    return agreed;
  }

  #reopen(take) {
    const agreed = this.#deed("resume", () => ({ take: take.number }), take);
    take.closedForParts = false;
    for (const part of take.late.splice(0)) this.#hand(take, part);
    return agreed;
  }

  // The end of this sitting: resolves with the session once the last part is on the disk.
  async stop() {
    const take = this.take;
    this.#set("stopping");
    if (!take || take.over) return this.#ended("stop", () => ({}));
    await this.#ceased(take);
    const at = take.clock.now;
    if (take.late.length) this.#reopen(take); // a last part after a pause belongs to it still
    const chunks = take.chunks;
    const body = () => ({ take: take.number, at, chunks, lost: Boolean(take.gaveUp) });
    return this.#ended("stop", take.broken ? () => ({}) : body);
  }

  async #ended(deed, body) {
    const session = await this.outbox.put(() => ask("POST", `${this.path}/${deed}`, body()));
    this.#set("off");
    return session;
  }

  // The disk is full or the server gone for good: what cannot be put down is let go of.
  letGo() {
    if (!this.take) return;
    const before = this.lost;
    this.#giveUp(this.take);
    this.take.gaveUp ||= this.lost > before;
  }

  async #ceased(take) {
    if (take.recorder.state !== "inactive") take.recorder.stop();
    take.clock.halt();
    await take.stopped;
    take.over = true;
  }

  // Ends the take because of something that happened to it; the session stays open.
  async endTake(reason) {
    const take = this.take;
    if (!take || take.over) return;
    await this.#ceased(take);
    if (take.late.length) this.#reopen(take);
    const [at, chunks] = [take.clock.now, take.chunks];
    if (!take.broken) {
      this.outbox.put(() => ask("POST", `${this.path}/takes/${take.number}/end`,
        { at, chunks, reason, lost: Boolean(take.gaveUp) }), { take }).catch(() => {});
    }
    this.#set(this.state === "recording" ? "starting" : "off"); // the next take follows
  }

  // `kind` as in docs/project/station-page.md. Stands at this moment of the recording, or at `at`; before there is one, at its
  // beginning. Resolves once it is on the disk, with null where it is not.
  mark(kind, { question = "", text = "", at = this.now } = {}) {
    const take = this.take;
    if (!take) {
      // Of the questions gone through meanwhile, the last is the one that is asked.
      if (kind === "question") this.#early = this.#early.filter((one) => one.mark[0] !== kind);
      return new Promise((resolve) => { this.#early.push({ mark: [kind, { question, text, at: 0 }], resolve }); });
    }
    const key = freshKey();
    return this.outbox.put(() => ask("POST", `${this.path}/markers`,
      { key, take: take.number, at, kind, question, text }))
      .catch((refused) => { this.#tell("unmarked", refused); return null; });
  }

  #deed(deed, body, take) {
    return this.outbox.put(() => ask("POST", `${this.path}/${deed}`, body()), { take })
      .then(() => true, (refused) => { this.#refusedOf(take, refused); return false; });
  }

  #refusedOf(take, refused) {
    // Another window has it: it is not taken back unasked.
    if (refused.code === "recording-elsewhere") { this.takenOver(); return; }
    if (BROKEN.has(refused.code) && (take.stored || ++this.#inVain < TAKES_IN_VAIN)) this.#restart(take);
    else if (refused.code !== "given-up") this.#fatal(take, refused);
  }

  // Nothing more is recorded here; what could not be saved is counted, for it is said.
  takenOver() {
    if (this.elsewhere) return;
    this.#cease();
    this.#tell("taken", null);
  }

  // The session was deleted: nothing more is recorded, and nothing waits to be saved.
  deleted() {
    this.#cease();
    [this.safe, this.lost] = [0, 0];
  }

  #cease() {
    const { take } = this;
    this.elsewhere = true;
    if (take) {
      take.broken = true;
      this.#giveUp(take);
      if (take.recorder && take.recorder.state !== "inactive") this.#ceased(take);
      take.over = true;
    }
    this.#set("off");
  }

  async #flushed(take) {
    take.lastPart = performance.now();
    if (take.recorder.state !== "inactive") take.recorder.requestData();
    while (performance.now() - take.lastPart < QUIET) await sleep(20);
  }

  // The take on the disk can take no more: what comes now is another one.
  async #restart(take) {
    if (take.broken) return;
    take.broken = true;
    this.#giveUp(take);
    if (take !== this.take || take.over || this.state === "stopping") return;
    const waits = this.state === "paused";
    if (!waits) this.#set("starting");
    await this.#ceased(take);
    if (waits || !isLive(this.stream, "audio")) { this.#set("off"); return; }
    await this.begin(this.stream).then(() => this.#tell("again"), (error) => this.#tell("refused", error));
  }

  #fatal(take, refused) {
    if (!(refused instanceof Refusal)) return;
    Object.assign(take, { broken: true, notAgreed: NOT_AGREED.has(refused.code) });
    this.#giveUp(take);
    if (take === this.take && take.recorder && take.recorder.state !== "inactive") {
      this.#ceased(take);
      this.#set("off");
    }
    this.#tell("refused", refused);
  }

  #use(stream) {
    this.stream = stream;
    for (const track of stream.getTracks()) {
      track.enabled = true;
      track.onended = () => this.#lost(stream, track.kind);
      track.onmute = () => this.#tell("muted", track.kind);
      track.onunmute = () => this.#tell("unmuted", track.kind);
    }
  }

  // One plug may be camera and microphone: both are waited for, and told of once.
  async #lost(stream, kind) {
    if (stream !== this.stream) return;
    if (this.#gone.size) { this.#gone.add(kind); return; }
    if (!["recording", "paused"].includes(this.state)) return;
    this.#gone.add(kind);
    const wasPaused = this.state === "paused";
    this.mark("device-lost");
    await this.endTake("device-lost");
    await sleep(TOGETHER);
    const kinds = [...this.#gone];
    this.#gone.clear();
    this.#tell("lost", { kinds, wasPaused });
  }

  #bounded() {
    if (this.outbox.bytes > MOST_WAITING && this.state === "recording") {
      this.pause();
      this.#tell("full", null);
    }
  }

  #set(state) {
    this.state = state;
    this.#changed();
  }

  #changed() { this.dispatchEvent(new Event("change")); }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}
