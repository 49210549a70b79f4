// Camera and microphone: chosen, seen, heard, and tried for five seconds.

import { closeDevices, deviceOf, listDevices, openDevices, PICTURES, recorderOptions,
  roomFor } from "./devices.js";
import { announce, button, el, field, show, sleep } from "./dom.js";
import { SoundInput } from "./sound-input.js";
import { Gauge, Meter, said, verdict } from "./sound-meter.js";
import { levelMeter } from "./sound-part.js";

const TEST = 5000; // ms
const FEW = 20; // blocks, below which a test is judged by what was recorded
const CANNOT_HEAR = "The test cannot be played on this computer. Has it a loudspeaker or headphones, and are they switched "
  + "on? What was judged of the sound is so all the same.";
const UNHEARD = new Set(["dead", "nothing"]); // what is not gone on from without a word

export async function devices(station) {
  station.step("devices");
  // What may be recorded may be less by now than when this window heard of it.
  station.hold(await station.ask("GET", `/sessions/${station.session.id}`));
  station.limit();
  const desk = new Desk(station, station.isLimited);
  try {
    return await desk.shown();
  } finally {
    desk.end();
  }
}

// Without a story, for whoever wants to see first that all works here: nothing of it is kept.
export async function trial(station) {
  station.step("trial");
  const desk = new Desk(station, false);
  try {
    return await desk.shown();
  } finally {
    desk.end();
  }
}

class Desk {
  constructor(station, voiceAgreed) {
    Object.assign(this, { station, voiceAgreed, address: "", over: false, turn: 0,
      input: null, meter: new Meter(), trying: null, live: "", tried: "" });
    this.picture = el("video", { class: "picture", muted: true, playsInline: true, autoplay: true,
      "aria-label": "What the camera sees" });
    this.noPicture = el("p", { class: "no-picture" });
    this.level = levelMeter();
    this.amiss = el("div", { "aria-live": "assertive" });
    this.camera = el("select", { onchange: () => this.choose() });
    this.microphone = el("select", { onchange: () => this.choose() });
    this.cameraField = field("Camera", this.camera);
    this.sharpness = el("select", { onchange: () => this.choose() });
    this.sharpnessField = field("How good the picture is", this.sharpness);
    this.room = el("p", { class: "quiet" });
    this.heard = el("p", { class: "sound-advice", role: "status" });
    this.played = el("div", { class: "played" });
    this.voiceOnly = button("Record the voice only", () => this.toggleVoice(),
      { "aria-pressed": String(station.wanted.voiceOnly) });
    this.selfView = button("Hide the picture", () => this.toggleView(), { "aria-pressed": "false" });
    this.test = button("Record a test of 5 seconds", () => this.tryOut());
    this.testing = false;
    this.next = button("Next", () => this.go("before"), { class: "main", disabled: true });
    this.without = button("Go on without sound", () => this.go("before"), { hidden: true });
    navigator.mediaDevices?.addEventListener?.("devicechange", this.plugged);
  }

  get begun() { return !["prepared", "agreed"].includes(this.station.session.state); }

  shown() {
    return new Promise((go) => {
      this.go = go;
      const { session } = this.station;
      show(el("h1", {}, session ? "Camera and sound" : "Try camera and sound"),
        el("p", { class: "lede" }, "Your browser may ask whether this page can use them. Choose Allow."),
        this.amiss,
        el("div", { class: "desk" },
          el("div", { class: "sight" }, el("div", { class: "frame" }, this.picture, this.noPicture),
            this.level.part, this.heard),
          el("div", { class: "knobs" }, this.cameraField, field("Microphone", this.microphone),
            this.sharpnessField,
            el("div", { class: "pair" }, this.voiceAgreed ? null : this.voiceOnly, this.selfView), this.room)),
        el("section", { "aria-label": "A test" },
          el("p", {}, session ? "Let them say a few words, then listen together. The test stays in this window "
            + "and is gone when you go on." : "Say a few words, then watch and listen. The test stays in this window "
            + "and is gone when you leave this page."),
          this.test, this.played),
        el("div", { class: "actions" }, ...(session ? [this.next, this.without,
          button("Back", () => go(this.begun ? "welcome" : "agreement")),
          button("Not today", () => go("decision"))] : [button("Back", () => go("welcome"), { class: "main" })])));
      this.open();
    });
  }

  async open() {
    const turn = ++this.turn;
    const { station } = this;
    this.allow(false);
    this.deafen();
    closeDevices(station.stream);
    station.stream = null;
    this.describe();
    try {
      const stream = await openDevices(station.wanted);
      if (turn !== this.turn || this.over) { closeDevices(stream); return; }
      station.stream = stream;
      this.amiss.replaceChildren();
      this.picture.srcObject = stream;
      this.picture.play().catch(() => {});
      this.listen(stream);
      for (const track of stream.getTracks()) track.onended = () => this.open();
      await this.list(stream);
      this.allow(true);
      announce(stream.getVideoTracks().length ? "The camera and microphone are on." : "The microphone is on. No camera is used.");
    } catch (error) {
      if (turn === this.turn && !this.over) this.refused(error);
    }
  }

  refused(error) {
    const chosen = this.station.wanted.camera || this.station.wanted.microphone;
    Object.assign(this.station.wanted, { camera: "", microphone: "" });
    this.amiss.replaceChildren(el("div", { class: "amiss" },
      el("p", {}, el("strong", {}, error.what || "The camera or microphone could not be opened.")),
      el("p", {}, error.next || "Try again."),
      el("div", { class: "actions" },
        button(chosen ? "Try another one" : "Try again", () => this.open(), { class: "main" }),
        this.station.wanted.voiceOnly ? null : button("Voice only", () => this.toggleVoice()))));
    this.level.tell(0, "Not measured");
  }

  // Loudness

  listen(stream) {
    this.deafen();
    this.meter.forget();
    this.input = new SoundInput(stream);
    this.input.addEventListener("block", ({ detail }) => this.hear(detail));
    this.input.addEventListener("asleep", () => this.asleep());
  }

  deafen() {
    this.input?.end();
    this.input = null;
    Object.assign(this, { live: "", tried: "" });
    this.heard.textContent = "";
    this.offer();
  }

  hear({ channels, rate }) {
    this.trying?.push(this.gauge.measured(channels, rate));
    const now = this.meter.add(channels, rate);
    this.level.tell(now.bar, now.words, now.hint);
    if (now.alarm === this.live) return;
    this.live = now.alarm;
    this.heard.textContent = now.alarm ? now.advice : "";
    this.offer();
  }

  // The browser’s sound sleeps: that is no silence, and nothing is said of any.
  asleep() {
    this.meter.forget();
    this.live = "";
    this.level.tell(0, said("asleep").words);
    this.offer();
  }

  // A microphone by which nothing is heard is gone on with by choice alone.
  offer() {
    const unheard = UNHEARD.has(this.live) || UNHEARD.has(this.tried);
    this.next.hidden = unheard;
    this.without.hidden = !unheard;
    this.without.disabled = this.next.disabled;
  }

  plugged = () => { if (this.station.stream) this.list(this.station.stream); };

  async list(stream) {
    const { cameras, microphones } = await listDevices();
    const used = (kind) => deviceOf(stream.getTracks().find((one) => one.kind === kind));
    for (const [select, found, id] of [[this.camera, cameras, used("video")],
      [this.microphone, microphones, used("audio")]]) {
      select.replaceChildren(...found.map((one) => el("option",
        { value: one.id, selected: one.id === id }, one.name)));
    }
  }

  choose() {
    Object.assign(this.station.wanted, { microphone: this.microphone.value,
      camera: this.station.wanted.voiceOnly ? "" : this.camera.value,
      picture: this.sharpness.value || "usual" });
    this.open();
  }

  toggleVoice() {
    const { wanted } = this.station;
    this.station.choose({ voiceOnly: !wanted.voiceOnly });
    this.forget(); // a test in which they are seen is none any more
    wanted.camera = "";
    this.voiceOnly.setAttribute("aria-pressed", String(wanted.voiceOnly));
    announce(wanted.voiceOnly ? "Only the voice is recorded." : "Picture and voice are recorded.");
    this.open();
  }

  toggleView() {
    this.station.choose({ selfView: !this.station.selfView });
    this.describe();
  }

  describe() {
    const { wanted, selfView } = this.station;
    const seen = !wanted.voiceOnly && selfView;
    this.picture.hidden = !seen;
    this.noPicture.hidden = seen;
    this.noPicture.textContent = wanted.voiceOnly
      ? "Voice only. No picture is recorded."
      : "The camera is on. You do not see the picture, and it is recorded.";
    this.cameraField.hidden = wanted.voiceOnly;
    this.sharpnessField.hidden = wanted.voiceOnly;
    const { health } = this.station.about;
    this.sharpness.replaceChildren(...Object.entries(PICTURES).map(([id, { name }]) => el("option",
      { value: id, selected: id === wanted.picture }, `${name} (room for ${lengthOf(roomFor(health, id))})`)));
    this.room.textContent = `Room on the disk: for ${lengthOf(roomFor(health, wanted.voiceOnly ? "" : wanted.picture))}.`;
    this.selfView.hidden = wanted.voiceOnly;
    this.selfView.setAttribute("aria-pressed", String(!selfView));
  }

  async tryOut() {
    const { stream } = this.station;
    if (!stream || this.testing) return;
    this.forget();
    this.testing = true;
    this.tried = "";
    this.allow(false);
    const parts = [];
    Object.assign(this, { trying: [], gauge: new Gauge() });
    try {
      const options = recorderOptions(stream);
      const recorder = new MediaRecorder(stream, options);
      const done = new Promise((resolve) => { recorder.onstop = resolve; });
      recorder.ondataavailable = (event) => parts.push(event.data);
      recorder.start();
      announce("Recording a test.");
      for (let left = TEST; left > 0 && recorder.state === "recording"; left -= 250) {
        this.test.textContent = "Say something… the test is being recorded";
        await sleep(250);
      }
      if (recorder.state !== "inactive") recorder.stop();
      await done;
      const test = new Blob(parts, { type: options.mimeType });
      const judged = await this.judged(test);
      if (!this.over) this.playBack(test, judged);
    } catch (error) {
      this.refused(error);
    }
    announce(""); // of a test that is over it is said beside it
    this.trying = null;
    this.test.textContent = "Record another test";
    this.testing = false;
    this.allow(Boolean(this.station.stream));
  }

  // The test keeps the focus while it cannot be pressed.
  allow(yes) {
    this.next.disabled = !yes;
    this.test.setAttribute("aria-disabled", String(!yes));
    this.offer();
  }

  // By what was heard meanwhile; where the browser’s sound slept, by what was recorded.
  async judged(test) {
    if (this.trying.length >= FEW) return verdict(this.trying);
    try {
      const decoder = new OfflineAudioContext(1, 48000, 48000);
      const sound = await decoder.decodeAudioData(await test.arrayBuffer());
      const channels = Array.from({ length: sound.numberOfChannels }, (_, at) => sound.getChannelData(at));
      const [blocks, size] = [[], sound.sampleRate / 10];
      for (let at = 0; at + size <= sound.length; at += size) {
        blocks.push(this.gauge.measured(channels.map((one) => one.subarray(at, at + size)), sound.sampleRate));
      }
      return verdict(blocks);
    } catch {
      return said("asleep");
    }
  }

  playBack(blob, judged) {
    this.address = URL.createObjectURL(blob);
    const video = blob.type.startsWith("video");
    const player = el(video ? "video" : "audio", { src: this.address, controls: true, playsInline: true,
      "aria-label": "The test" });
    const { address } = this;
    const unheard = el("p", { class: "care", role: "alert", hidden: true }, CANNOT_HEAR);
    this.tried = judged.hint;
    const ways = UNHEARD.has(judged.hint) ? ` Test again with somebody speaking${
      this.station.session ? ", or go on without sound" : ""}.` : "";
    this.played.replaceChildren(el("p", { class: "judged", "data-hint": judged.hint, role: "status" },
      el("strong", {}, judged.advice), ways),
    player, unheard, el("p", {}, video ? "Can you understand every word? Is the face seen well? If not: move nearer, turn "
      + "towards the window, choose another microphone, and test again."
      : "Can you understand every word? If not: move nearer, choose another microphone, and test again."));
    player.addEventListener("error", () => { unheard.hidden = this.address !== address; });
    player.play().catch(() => {});
  }

  forget() {
    this.played.replaceChildren();
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = "";
  }

  end() {
    this.over = true;
    this.deafen();
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.plugged);
    this.forget();
    this.picture.srcObject = null;
    for (const track of this.station.stream?.getTracks() ?? []) track.onended = null;
  }
}

// 754 → “more than 12 hours”
function lengthOf(minutes) {
  const hours = Math.floor(minutes / 60);
  if (hours >= 1) return `more than ${hours} ${hours === 1 ? "hour" : "hours"}`;
  return `about ${minutes} minutes`;
}
