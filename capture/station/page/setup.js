// Camera and microphone: chosen, seen, heard, and tried for five seconds.

import { closeDevices, listDevices, meter, openDevices, recorderOptions } from "./devices.js";
import { announce, button, el, field, show, sleep } from "./dom.js";

const TEST = 5000; // ms

export async function devices(station) {
  station.step("devices");
  const voiceAgreed = station.session.record === "voice";
  if (voiceAgreed) station.wanted.voiceOnly = true;
  const desk = new Desk(station, voiceAgreed);
  try {
    return await desk.shown();
  } finally {
    desk.end();
  }
}

class Desk {
  constructor(station, voiceAgreed) {
    Object.assign(this, { station, voiceAgreed, endMeter: () => {}, address: "", over: false, turn: 0 });
    this.picture = el("video", { class: "picture", muted: true, playsInline: true, autoplay: true,
      "aria-label": "What the camera sees" });
    this.noPicture = el("p", { class: "no-picture" });
    this.level = levelMeter();
    this.amiss = el("div", { "aria-live": "assertive" });
    this.camera = el("select", { onchange: () => this.choose() });
    this.microphone = el("select", { onchange: () => this.choose() });
    this.cameraField = field("Camera", this.camera);
    this.played = el("div", { class: "played" });
    this.voiceOnly = button("Record the voice only", () => this.toggleVoice(),
      { "aria-pressed": String(station.wanted.voiceOnly) });
    this.selfView = button("Hide the picture", () => this.toggleView(), { "aria-pressed": "false" });
    this.test = button("Record a test of 5 seconds", () => this.tryOut());
    this.testing = false;
    this.next = button("Next", () => this.go("before"), { class: "main", disabled: true });
  }

  get begun() { return !["prepared", "agreed"].includes(this.station.session.state); }

  shown() {
    const { health } = this.station.about;
    const minutes = this.station.wanted.voiceOnly ? health.minutes_audio : health.minutes_video;
    const hours = Math.floor(minutes / 60);
    return new Promise((go) => {
      this.go = go;
      show(el("h1", {}, "Camera and sound"),
        el("p", { class: "lede" }, "Your browser may ask whether this page can use them. Choose Allow."),
        this.amiss,
        el("div", { class: "desk" },
          el("div", { class: "sight" }, el("div", { class: "frame" }, this.picture, this.noPicture),
            this.level.part),
          el("div", { class: "knobs" }, this.cameraField, field("Microphone", this.microphone),
            el("div", { class: "pair" }, this.voiceAgreed ? null : this.voiceOnly, this.selfView),
            el("p", { class: "quiet" }, `Room on the disk: ${hours >= 1 ? `more than ${hours} `
              + `${hours === 1 ? "hour" : "hours"}` : `about ${minutes} minutes`}.`))),
        el("section", { "aria-label": "A test" },
          el("p", {}, "Let them say a few words, then listen together. The test stays in this window "
            + "and is gone when you go on."),
          this.test, this.played),
        el("div", { class: "actions" }, this.next, button("Back", () => go(this.begun ? "welcome" : "agreement")),
          button("Not today", () => go("decision"))));
      this.open();
    });
  }

  async open() {
    const turn = ++this.turn;
    const { station } = this;
    this.allow(false);
    this.endMeter();
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
      this.endMeter = meter(stream, this.level.tell);
      for (const track of stream.getTracks()) track.onended = () => this.open();
      await this.list(stream);
      this.allow(true);
      announce("The camera and microphone are on.");
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
    this.level.tell(0, "Nothing to hear");
  }

  async list(stream) {
    const { cameras, microphones } = await listDevices();
    const used = (kind) => stream.getTracks().find((one) => one.kind === kind)?.getSettings().deviceId;
    for (const [select, found, id] of [[this.camera, cameras, used("video")],
      [this.microphone, microphones, used("audio")]]) {
      select.replaceChildren(...found.map((one) => el("option",
        { value: one.id, selected: one.id === id }, one.name)));
    }
  }

  choose() {
    Object.assign(this.station.wanted, { microphone: this.microphone.value,
      camera: this.station.wanted.voiceOnly ? "" : this.camera.value });
    this.open();
  }

  toggleVoice() {
    const { wanted } = this.station;
    wanted.voiceOnly = !wanted.voiceOnly;
    wanted.camera = "";
    this.voiceOnly.setAttribute("aria-pressed", String(wanted.voiceOnly));
    announce(wanted.voiceOnly ? "Only the voice is recorded." : "Picture and voice are recorded.");
    this.open();
  }

  toggleView() {
    this.station.selfView = !this.station.selfView;
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
    this.selfView.hidden = wanted.voiceOnly;
    this.selfView.setAttribute("aria-pressed", String(!selfView));
  }

  async tryOut() {
    const { stream } = this.station;
    if (!stream || this.testing) return;
    this.forget();
    this.testing = true;
    this.allow(false);
    const parts = [];
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
      if (!this.over) this.playBack(new Blob(parts, { type: options.mimeType }));
    } catch (error) {
      this.refused(error);
    }
    this.test.textContent = "Record another test";
    this.testing = false;
    this.allow(Boolean(this.station.stream));
  }

  // The test keeps the focus while it cannot be pressed.
  allow(yes) {
    this.next.disabled = !yes;
    this.test.setAttribute("aria-disabled", String(!yes));
  }

  playBack(blob) {
    this.address = URL.createObjectURL(blob);
    const video = blob.type.startsWith("video");
    const player = el(video ? "video" : "audio", { src: this.address, controls: true, playsInline: true,
      "aria-label": "The test" });
    this.played.replaceChildren(player, el("p", {}, "Can you understand every word? Is the face seen well? "
      + "If not: move nearer, turn towards the window, choose another microphone, and test again."));
    player.play().catch(() => {});
  }

  forget() {
    this.played.replaceChildren();
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = "";
  }

  end() {
    this.over = true;
    this.endMeter();
    this.forget();
    this.picture.srcObject = null;
    for (const track of this.station.stream?.getTracks() ?? []) track.onended = null;
  }
}

// A bar and a word for how loud it is.
export function levelMeter() {
  const bar = el("span", { class: "bar" });
  const words = el("span", { class: "level-words" }, "…");
  const part = el("div", { class: "level", role: "meter", "aria-label": "Loudness of the microphone",
    "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" },
  el("span", { class: "track" }, bar), words);
  const tell = (level, said) => {
    const percent = Math.round(level * 100);
    bar.style.inlineSize = `${percent}%`;
    part.setAttribute("aria-valuenow", String(percent));
    part.setAttribute("aria-valuetext", said);
    if (words.textContent !== said) words.textContent = said;
    part.dataset.loud = said === "Too loud" ? "yes" : "";
  };
  return { part, tell };
}
