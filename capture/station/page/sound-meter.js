// How well somebody is heard: from samples to levels, and from levels to a verdict in words. Numbers in
// and words out, nothing of the page. All levels are dBFS, decibels of full scale; −120 is no sound.

export const NOTHING = -120;
const FINE = 5; // parts of a block, of 20 ms each: how fast a voice dies away says how far away it is
const LEAST_PEAK = 1.5 / 32768; // below it is only the last bit of a recording
const FULL = 0.985; // of full scale, from where samples are cut off
const CUT_RUN = 3; // samples in a row
const FLAT_RUN = 12; // equal samples at the top of a wave that was cut off before it came here
const HUM = [50, 100, 150, 200]; // Hz
const BETWEEN = [75, 125, 175, 225]; // Hz, where a hum has nothing

const DEAD = 12; // blocks without any sound
// Some microphones are silent between words: known by so many silences that ended again. Of a longer one it is
// said that it may be a pause, until so long that it is none.
const [GATES, GATED, NO_PAUSE] = [4, 15, 60]; // silences, blocks, blocks
const FALLEN = 12; // blocks
const [NEAR, WHOLE] = [30, 6]; // of so many, those with a sound by which it is known after a silence
const LINGERS = 50; // blocks in which a voice that has become faint may become itself again
const UNHEARD = -95; // dBFS, what no microphone’s own noise lies below
const RECENT = 200; // blocks that are judged: twenty seconds
const ENOUGH = 30; // blocks before anything is said about the noise
const VOICE = 6; // dB above the noise floor, from where somebody is speaking
const QUIET = -52; // dBFS of a voice: less than that, and its own microphone drowns it
const CLEAR = 18; // dB between voice and noise that a listener needs
const DRY = 13; // dB that a voice near the microphone falls by within 120 ms; in a room it lingers
const DROP = 6; // fine parts: those 120 ms
const AUDIBLE_HUM = -68; // dBFS
const SPEAKING = 8; // blocks with a voice before it is judged
const EDGE = 2; // blocks beside a silence, in which a sound swells or dies away
const STEADY = -45; // dBFS from where something is heard for certain, though it is no voice

const dB = (power) => Math.max(NOTHING, 10 * Math.log10(Math.max(power, 1e-12)));
const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

// Measures one block after the other; what is below speech (a hand on the table, wind) is left out of levels.
export class Gauge {
  #filters = [];

  // `channels`: Float32Arrays of a tenth of a second.
  measured(channels, rate) {
    const each = channels.map((samples, at) => {
      this.#filters[at] ??= highPass(80, rate);
      return measuredChannel(samples, rate, this.#filters[at]);
    });
    // A microphone on one channel alone is as loud as on both.
    return each.reduce((best, one) => (one.level > best.level ? one : best));
  }
}

function measuredChannel(samples, rate, filter) {
  let peak = 0;
  let [cut, run, flat, level] = [0, 0, 0, 0];
  for (const one of samples) {
    const size = Math.abs(one);
    if (size > peak) peak = size;
    run = size >= FULL ? run + 1 : 0;
    if (run >= CUT_RUN) cut += 1;
  }
  let before = NaN;
  for (const one of samples) {
    const size = Math.abs(one);
    level = one === before && size > 0.25 && size > peak * 0.98 ? level + 1 : 1;
    if (level >= FLAT_RUN) flat += 1;
    before = one;
  }
  const parts = finePowers(samples, filter);
  return { peak, cut: cut + flat, silent: peak < LEAST_PEAK, empty: peak === 0, level: dB(mean(parts)), fine: parts.map(dB),
    hum: humOf(samples, rate) };
}

function finePowers(samples, filter) {
  const length = Math.floor(samples.length / FINE);
  return Array.from({ length: FINE }, (_, part) => {
    let sum = 0;
    for (let at = part * length; at < (part + 1) * length; at += 1) sum += filter(samples[at]) ** 2;
    return sum / length;
  });
}

// A Butterworth high pass of the second order, which remembers what came before.
function highPass(hertz, rate) {
  const k = Math.tan((Math.PI * hertz) / rate);
  const norm = 1 / (1 + Math.SQRT2 * k + k * k);
  const [a1, a2] = [2 * (k * k - 1) * norm, (1 - Math.SQRT2 * k + k * k) * norm];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return (x) => {
    const y = norm * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, Math.abs(y) < 1e-20 ? 0 : y];
    return y;
  };
}

// The level of what hums with the mains, and of what lies between its tones.
function humOf(samples, rate) {
  const window = samples.map((one, at) => one * (1 - Math.cos((2 * Math.PI * at) / samples.length)));
  const at = (hertz) => tone(window, hertz, rate);
  return { tones: dB(HUM.map(at).reduce((sum, one) => sum + one)),
    between: dB(BETWEEN.map(at).reduce((sum, one) => sum + one)) };
}

// Goertzel: the power of one tone. Of a tone at full scale: 0.5.
function tone(window, hertz, rate) {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let [one, two] = [0, 0];
  for (const sample of window) [one, two] = [sample + turn * one - two, one];
  return Math.max(0, (2 * (one * one + two * two - turn * one * two)) / window.length ** 2);
}

// The level of a voice as broadcasters measure it (ITU-R BS.1770): what is silence or far below the rest
// does not count.
function gatedLevel(levels) {
  const loud = levels.filter((one) => one > -85);
  if (!loud.length) return NOTHING;
  const power = (values) => dB(mean(values.map((one) => 10 ** (one / 10))));
  const gate = power(loud) - 10;
  return power(loud.filter((one) => one > gate));
}

// By how many dB a voice falls where it falls fastest.
function fastestFall(blocks, voice) {
  const fine = blocks.flatMap((one) => one.fine);
  const falls = [];
  for (let at = 0; at + DROP < fine.length; at += 1) {
    if (fine[at] > voice - 3) falls.push(fine[at] - fine[at + DROP]);
  }
  return falls.length ? percentile(falls, 0.95) : null;
}

// What blocks say together: {level, noise, hint, words, advice}. `level` is that of the voice, `noise` the
// floor of the room (of a tenth of the blocks), both dBFS; `hint` a key of VERDICTS.
export function verdict(blocks) {
  const heard = blocks.filter((one) => !one.silent);
  if (!blocks.length) return said("waiting", NOTHING, NOTHING);
  // The floor is of 20 ms each: somebody who reads without a pause still closes the lips.
  const { voice: level, floor: noise } = levelsOf(blocks);
  const hint = hintOf(blocks, heard, level, noise);
  return said(hint, level, noise);
}

function hintOf(blocks, heard, level, noise) {
  if (!heard.length || silenceNow(blocks) === "dead") return "dead";
  if (blocks.filter((one) => one.cut).length > Math.max(1, blocks.length / 50)) return "loud";
  if (blocks.length < ENOUGH) return "waiting";
  const speaking = blocks.filter((one) => one.level > Math.max(noise + VOICE, -85));
  if (speaking.length < SPEAKING || level - noise < VOICE || isEven(blocks)) {
    if (hums(blocks)) return "hum";
    return level > STEADY ? "steady" : "nothing";
  }
  if (level < QUIET) return "quiet";
  if (hums(blocks) && level - noise < 25) return "hum";
  if (level - noise < CLEAR) return "noisy";
  const fall = fastestFall(blocks, level);
  return fall !== null && fall < DRY ? "far" : "good";
}

// Where a microphone was muted for a while, the silence is no room above which something rises: what is heard
// itself must rise and fall. Blocks beside a silence are not of one piece.
function isEven(blocks) {
  const near = (at) => blocks.slice(Math.max(0, at - EDGE), at + EDGE + 1);
  const whole = blocks.filter((_, at) => near(at).every((one) => !one.silent));
  if (whole.length === blocks.length || whole.length < SPEAKING) return false;
  const fine = whole.flatMap((one) => one.fine);
  return percentile(fine, 0.95) - percentile(fine, 0.1) < VOICE;
}

// What the silence at the end is: “dead”, “gated” where it may be a pause of a microphone that is silent between
// words, or "". Exact zeros are no pause of one whose quiet was more than that before.
function silenceNow(blocks) {
  const length = blocks.length - 1 - blocks.findLastIndex((one) => !one.silent);
  if (length < DEAD) return "";
  const isEmpty = blocks.slice(-length).every((one) => one.empty);
  const isQuiet = (one) => one?.silent && (one.empty || !isEmpty);
  const ended = blocks.filter((one, at) => !one.silent && isQuiet(blocks[at - 1]) && isQuiet(blocks[at - 2]));
  if (ended.length < GATES || length >= NO_PAUSE) return "dead";
  return length >= GATED ? "gated" : "";
}

// In what is heard where nobody speaks, a hum is a few tones and little between them.
function hums(blocks) {
  const noise = percentile(blocks.map((one) => one.level), 0.1);
  const quiet = blocks.filter((one) => one.level <= noise + 3 && !one.silent);
  if (!quiet.length) return false;
  const tones = percentile(quiet.map((one) => one.hum.tones), 0.5);
  const between = percentile(quiet.map((one) => one.hum.between), 0.5);
  return tones > AUDIBLE_HUM && tones > between + 12 && tones > noise - 6;
}

const VERDICTS = {
  waiting: ["…", ""],
  asleep: ["Not measured", "The loudness cannot be measured just now. Press any key, or listen to the test."],
  dead: ["No sound at all", "No sound at all comes from the microphone. Is it switched off or muted, or is its "
    + "plug out? Or choose another one."],
  gated: ["Silent now", "No sound at all comes from the microphone just now. While nobody speaks that is right: it "
    + "is silent between words. Does somebody speak? Then it is switched off or muted, or its plug is out."],
  fell: ["Much fainter", "The sound has become much fainter than before. Has the microphone moved, is its cable "
    + "loose, or is another microphone in use?"],
  nothing: ["Nobody is heard", "Nobody is heard yet, only the room."],
  steady: ["A steady sound", "A steady sound is heard, and nobody who speaks."],
  loud: ["Too loud", "It is too loud, and sounds broken. Move back a little, or turn the microphone down in the "
    + "computer’s sound settings."],
  quiet: ["Very quiet", "You are very quiet. Move the microphone closer, or turn it up in the computer’s sound "
    + "settings."],
  hum: ["A hum is heard", "A hum is heard. Move the microphone’s cable away from plugs and chargers, or run the "
    + "computer from its battery."],
  noisy: ["Hard to hear over the room", "Move the microphone closer: you are hard to hear over the room. Close "
    + "the window and the door."],
  far: ["Far away", "Move the microphone closer: the room is heard as much as the voice. Curtains and cushions "
    + "help."],
  good: ["Good", "The voice is clear."],
};

export const said = (hint, level = NOTHING, noise = NOTHING) => ({ hint, level: Math.round(level * 10) / 10,
  noise: Math.round(noise * 10) / 10, words: VERDICTS[hint][0], advice: VERDICTS[hint][1] });

// A running judgement. `add` returns {bar, alarm, ...verdict}: `bar` from 0 to 1, `alarm` “dead”, “gated” or
// “fell” where the microphone has died, may have died, or its sound has fallen away, else "".
export class Meter {
  #blocks = [];
  #gauge = new Gauge();
  #before = null; // the verdict from before the sound fell away
  #alarm = "";
  #held = 0;
  #said = said("waiting");
  #count = 0;

  add(channels, rate) {
    const block = this.#gauge.measured(channels, rate);
    this.#blocks.push(block);
    if (this.#blocks.length > RECENT) this.#blocks.shift();
    this.#alarm = this.#alarmNow(block);
    this.#held = Math.max(barOf(block.silent ? NOTHING : block.level), this.#held * 0.8);
    if (this.#alarm) this.#said = said(this.#alarm, block.level);
    else if (this.#count++ % 5 === 0 || ["dead", "gated"].includes(this.#said.hint)) this.#said = verdict(this.#blocks);
    return { bar: this.#held, alarm: this.#alarm, ...this.#said };
  }

  // What came before does not count any more: another microphone, or a level that is meant to be so.
  forget() {
    this.#blocks = [];
    this.#before = null;
    this.#alarm = "";
    this.#said = said("waiting");
  }

  #alarmNow(block) {
    const silence = silenceNow(this.#blocks);
    if (silence) return silence;
    if (block.silent && ["dead", "gated"].includes(this.#alarm)) return this.#alarm;
    if (this.#before) {
      if (block.level < this.#before.back) return "fell";
      this.#before = null;
    } else {
      this.#before = fellAway(this.#blocks);
    }
    return this.#before ? "fell" : "";
  }
}

const barOf = (level) => Math.min(1, Math.max(0, (level + 65) / 60));

// A live microphone never hears less than its own room, however long somebody is silent: where its quiet
// falls as well as its sound, it is a cable or another microphone, and that is known at once. A voice that
// goes on far below what it was, in the same room, is waited for. Returns null, or {back}: the level at which
// all is well again.
function fellAway(blocks) {
  // Where it was muted, its room was not heard either.
  const heardBefore = (last) => blocks.slice(0, -last).filter((one) => !one.silent);
  const earlier = heardBefore(FALLEN);
  const last = blocks.slice(-FALLEN);
  if (earlier.length < ENOUGH || last.at(-1).silent) return null;
  const { since, isMuted } = sinceSilence(blocks, last);
  if (since.length < WHOLE) return null;
  const { voice, floor, least } = levelsOf(earlier);
  const { loudest } = levelsOf(since);
  const { floor: quiet } = levelsOf(isMuted ? since : last);
  const back = { back: voice - 12 };
  if (floor > UNHEARD && quiet < least - 8 && loudest < voice - 12) return back;
  if (floor <= UNHEARD) return goesOn(since, floor) && loudest < voice - 20 ? back : null;
  const [longBefore, long] = [heardBefore(LINGERS), blocks.slice(-LINGERS)];
  if (longBefore.length < ENOUGH) return null;
  const before = levelsOf(longBefore);
  return goesOn(long, before.floor) && levelsOf(long).loudest < before.voice - 20
    ? { back: before.voice - 12 } : null;
}

// What is judged of the last blocks. One silence among them was a mute: what was heard since counts, without the block
// in which it ended, which is no whole one. Several are the way of this microphone, or of this voice.
function sinceSilence(blocks, last) {
  if (last.every((one) => !one.silent)) return { since: last, isMuted: false };
  const near = blocks.slice(-NEAR);
  const heard = near.filter((one) => !one.silent);
  const ends = heard.filter((one) => near[near.indexOf(one) - 1]?.silent);
  if (ends.length > 1) return { since: last, isMuted: false };
  return { since: heard.filter((one) => !ends.includes(one)).slice(-WHOLE), isMuted: true };
}

function levelsOf(blocks) {
  if (!blocks.length) return { voice: NOTHING, floor: NOTHING, least: NOTHING, loudest: NOTHING };
  const levels = blocks.map((one) => one.level);
  const fine = blocks.flatMap((one) => one.fine);
  return { voice: gatedLevel(levels), loudest: Math.max(...levels), floor: percentile(fine, 0.1),
    least: percentile(fine, 0.03) };
}

// Whether it sounds as if somebody were speaking: up and down, and above the room.
function goesOn(blocks, floor) {
  const levels = blocks.map((one) => one.level);
  const above = levels.filter((one) => one > Math.max(floor + VOICE, UNHEARD));
  return above.length >= levels.length / 2.5 && Math.max(...levels) - Math.min(...levels) > VOICE;
}
