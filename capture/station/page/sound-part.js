// The part of the interview’s page that says how the voice is heard: its loudness, what may be done for it,
// and which microphone it is. What has died, changed or fallen away is said loudly, within two seconds.

import { deviceOf, listDevices } from "./devices.js";
import { button, clear, el, notice } from "./dom.js";
import { SoundInput } from "./sound-input.js";
import { Meter, said } from "./sound-meter.js";

const LASTS = 50; // blocks for which something must be amiss before advice is given
const LOOKS_EVERY = 5; // blocks, until it is looked whether the browser has changed to another microphone
const OTHERS = 3; // microphones that a notice offers
const SIGNAL = { dead: "dead", gated: "gated", fell: "fell" };
const ADVISED = new Set(["loud", "quiet", "hum", "noisy", "far"]);

// A bar and a word for how loud it is.
export function levelMeter() {
  const bar = el("span", { class: "bar" });
  const words = el("span", { class: "level-words" }, "…");
  const part = el("div", { class: "level", role: "meter", "aria-label": "Loudness of the microphone",
    "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" },
  el("span", { class: "track" }, bar), words);
  const tell = (level, text, hint = "") => {
    const percent = Math.round(level * 100);
    bar.style.inlineSize = `${percent}%`;
    part.setAttribute("aria-valuenow", String(percent));
    part.setAttribute("aria-valuetext", text);
    if (words.textContent !== text) words.textContent = text;
    part.dataset.loud = hint === "loud" ? "yes" : "";
    part.dataset.hint = hint;
  };
  return { part, tell };
}

// `change(id)` goes on recording with that microphone.
export function soundPart(station, recording, change) {
  return new SoundPart(station, recording, change);
}

class SoundPart {
  onblock = null; // takes each block of samples, for whoever keeps them
  #input = null;
  #meter = new Meter();
  #stream = null;
  #id = ""; // of the microphone that is in use
  #name = "";
  #known = null; // ids of the microphones there are
  #others = []; // those that are not in use
  #default = ""; // name of the one that the computer would take
  #alarm = "";
  #putAway = ""; // the alarm that somebody has looked into
  #isGateKnown = false; // that this microphone is silent between words
  #muted = false;
  #amiss = { hint: "", blocks: 0 };
  #count = 0;

  constructor(station, recording, change) {
    Object.assign(this, { station, recording, change });
    this.level = levelMeter();
    this.advice = el("p", { class: "sound-advice", role: "status" });
    this.select = el("select", { "aria-label": "Microphone", onchange: () => this.#chosen() });
    this.part = el("div", { class: "sound-part" }, this.level.part, this.select, this.advice);
    this.#rest("…");
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#plugged);
    // Of a microphone that is off nothing is said.
    recording.addEventListener("change", () => {
      if (recording.state !== "recording") this.#raise("");
      this.select.disabled = recording.state === "stopping";
    });
  }

  // While one is being opened the list shows that one.
  #chosen() {
    if (["starting", "stopping"].includes(this.recording.state)) this.#list();
    else this.change(this.select.value);
  }

  get #isOff() { return ["paused", "stopping"].includes(this.recording.state); }

  listen(stream) {
    this.#close();
    this.#stream = stream;
    this.#meter.forget();
    this.#name = this.#track?.label ?? "";
    this.#id = deviceOf(this.#track);
    this.#muted = Boolean(this.#track?.muted);
    this.#input = new SoundInput(stream);
    this.#input.addEventListener("block", ({ detail }) => this.#heard(detail));
    this.#input.addEventListener("asleep", () => this.#asleep());
    this.#list();
  }

  get #track() { return this.#stream?.getAudioTracks()[0]; }

  // Nothing is being heard, and nothing is said of it.
  rest() {
    this.#close();
    this.#rest("Not measured");
  }

  muted(yes) {
    this.#muted = yes;
    this.#raise(yes ? SIGNAL.dead : "");
  }

  #heard(block) {
    this.onblock?.(block);
    if (this.#isOff) { this.#rest("Off"); return; }
    const now = this.#meter.add(block.channels, block.rate);
    this.level.tell(now.bar, now.words, now.hint);
    this.#raise(this.#muted ? SIGNAL.dead : now.alarm);
    this.#advise(now);
    this.#count += 1;
    if (this.#count % LOOKS_EVERY === 0) this.#same();
  }

  // The browser’s sound may sleep where there is no loudspeaker: that is no silence.
  #asleep() {
    this.#meter.forget();
    if (!this.#isOff) this.#rest(said("asleep").words);
    if (!this.#muted) this.#raise("");
  }

  #rest(words) {
    this.level.tell(0, words);
    this.advice.textContent = "";
  }

  #advise({ hint, advice }) {
    if (hint !== this.#amiss.hint) this.#amiss = { hint, blocks: 0 };
    this.#amiss.blocks += 1;
    const text = ADVISED.has(hint) && this.#amiss.blocks >= LASTS ? advice : "";
    if (this.advice.textContent !== text) this.advice.textContent = text;
  }

  #raise(alarm) {
    const is = this.recording.state === "recording" ? alarm : "";
    if (!alarm) this.#putAway = "";
    if (this.#alarm === is) return;
    this.#alarm = is;
    clear("silent");
    if (is && is !== this.#putAway && !(is === SIGNAL.gated && this.#isGateKnown)) {
      this.#warn("silent", said(is).advice, () => {
        this.#putAway = is;
        if (is === SIGNAL.gated) this.#isGateKnown = true; // and need not hear of every pause
        if (is === SIGNAL.fell) this.#meter.forget(); // it is meant to be so
      });
    }
  }

  // Said loudly, with the other microphones that there are.
  #warn(name, text, looked = () => {}) {
    const others = this.#others.slice(0, OTHERS).map((one) => button(`Use “${one.name}”`, () => {
      clear(name);
      this.change(one.id);
    }));
    notice(name, text, { urgent: true, actions: [...others,
      button("I have looked", () => { clear(name); looked(); }, { class: "small" })] });
  }

  // Another input taken by the browser, without a plug being touched.
  #same() {
    const track = this.#track;
    if (!track || track.readyState !== "live") return;
    const [id, name] = [deviceOf(track), track.label];
    if (id === this.#id && name === this.#name) return;
    const before = this.#name;
    [this.#id, this.#name] = [id, name];
    this.#meter.forget();
    this.#warn("changed-microphone", `The sound now comes from “${name}”. Before it came from “${before}”. `
      + "Choose the microphone that is meant.");
    this.#list();
  }

  #plugged = async () => {
    const stream = this.#stream;
    const before = this.#known;
    const defaultBefore = this.#default;
    await this.#list();
    if (!stream || stream !== this.#stream || !before) return;
    const track = this.#track;
    if (track?.readyState !== "live") return; // that is told of as a lost one
    if (this.#id && !this.#known.has(this.#id) && before.has(this.#id)) {
      this.#warn("changed-microphone", `The microphone “${this.#name}” is not there any more: is its plug out? `
        + "Choose another one.");
      return;
    }
    const fresh = this.#others.filter((one) => !before.has(one.id));
    if (fresh.length) {
      this.#warn("changed-microphone", `Another microphone is there now: “${fresh[0].name}”. “${this.#name}” `
        + "stays in use, unless you choose the other one.");
    } else if (this.#default !== defaultBefore && defaultBefore && this.#default) {
      this.#warn("changed-microphone", `The computer uses another microphone now: “${this.#default}”. Is the voice `
        + "still heard well?");
    } else {
      this.#same();
    }
  };

  async #list() {
    let microphones = [];
    let all = [];
    try {
      ({ microphones, all } = await listDevices());
    } catch { return; }
    this.#known = new Set(microphones.map((one) => one.id));
    this.#default = all.find((one) => one.kind === "audioinput" && one.deviceId === "default")?.label ?? "";
    const used = this.#id;
    this.#others = microphones.filter((one) => one.id !== used);
    const here = microphones.some((one) => one.id === used) ? [] : [{ id: used, name: this.#name || "…" }];
    this.select.replaceChildren(...[...here, ...microphones].map((one) => el("option",
      { value: one.id, selected: one.id === used }, one.name)));
    this.select.hidden = microphones.length < 2;
  }

  #close() {
    this.#input?.end();
    this.#input = null;
    this.#stream = null;
    this.#alarm = "";
    this.#putAway = "";
    this.#isGateKnown = false;
    clear("silent", "changed-microphone");
  }

  end() {
    this.#close();
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#plugged);
  }
}
