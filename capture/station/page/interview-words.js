// All that the interview’s page says of the recording, made from one look at what is so: its state line,
// its notices, what is said to a screen reader, what stands in the room, and what the buttons can do. No
// two places of the page can disagree, as none of them says anything of its own.

import { spokenTimeIs } from "./dom.js";

const UNPROVED = { unreachable: "Waiting: kept here" };
const STATES = {
  starting: "Getting ready…", recording: "Recording", waiting: "Waiting for the station", paused: "Paused",
  stopping: "Stopping…", off: "Not recording",
};
const NOTHING = "Nothing is being recorded now.";
const LEAVE_OPEN = "What is not saved yet waits in this window: leave it open.";

// What the recorder does, as far as it is known to reach the disk: “waiting” is a recorder that runs while the
// station has not said yes to the take, or to its last part.
export function modeOf({ state, isBegun, trouble }) {
  return state === "recording" && (!isBegun || trouble) ? "waiting" : state;
}

// `now`: {state, trouble} as of the recording and what is on its way; `isBegun`: whether the station has said
// yes to the take; {safe, lost, waiting} ms; `isEmpty`: nothing is on its way; `why`: {kind, text} of what keeps
// it off; `behind`: ms that the browser was too slow to record; `events`: {name: detail} of what happened and has not been put away; `pausing`: words for a pause;
// `isFull`: it was paused as too much waits; `isDeleted`.
// Returns {mode, pill, onDisk: {text, isWaiting}, pause: {label, can}, stop: {can}, rest, notices, live}; `rest`
// is null or {key, heading, lines, action, support}; `notices` are {name: {text, urgent, action}}.
export function told(now) {
  const mode = modeOf(now);
  const why = mode === "off" ? now.why ?? AGAIN : null;
  const facts = { ...now, mode, why, trouble: now.trouble || (mode === "waiting" ? "late" : "") };
  return {
    mode, pill: mode === "waiting" ? UNPROVED[facts.trouble] ?? STATES.waiting : STATES[mode],
    onDisk: onDisk(facts), ...buttons(facts), rest: rest(facts), notices: notices(facts), live: live(facts),
  };
}

// Where nothing else is known of why nothing is recorded.
const AGAIN = { kind: "", text: "Press “Go on” to record a new part." };

// A window that may come back is waited for, and one that was deleted has nothing to go on with.
function buttons({ mode, why, isDeleted }) {
  const isIdle = mode === "paused" || mode === "off";
  const isBusy = mode === "starting" || mode === "stopping";
  return {
    pause: { label: isIdle ? "Go on" : "Pause", can: !isBusy && !isDeleted && why?.kind !== "returning" },
    stop: { can: !isBusy },
  };
}

// How much is not on the disk yet; a part of a second on its way is no reason to worry anybody.
function onDisk({ isDeleted, waiting, isEmpty, lost, behind = 0, safe, trouble }) {
  if (isDeleted) return { text: "Deleted", isWaiting: false };
  const whole = Math.floor(waiting / 1000);
  const gone = missing({ lost });
  if (whole > 1) return { text: `${whole} seconds wait to be saved`, isWaiting: true };
  if (trouble && !isEmpty) return { text: "The last second waits to be saved", isWaiting: true };
  if (gone) return { text: gone.slice(0, -1), isWaiting: true };
  if (behind) return { text: `${seconds(behind)} are missing`, isWaiting: true };
  return { text: safe ? "All saved" : "", isWaiting: false };
}

// What stands in the place of the question while nothing is recorded.
function rest(facts) {
  const { mode, why, pausing, trouble } = facts;
  const key = [mode, trouble, why?.kind, why?.text, why?.kind === "refused" ? saved(facts) : ""].join(" ");
  if (mode === "stopping") {
    return { key, heading: "Stopped", lines: ["What was recorded last is being put on the disk.",
      trouble === "no-room" ? "There is no room for it. You can finish without it: what came before is on the disk."
        : trouble ? "It is saved as soon as the station answers. Please leave this window open." : ""].filter(Boolean),
    action: trouble === "no-room" ? "let-go" : "" };
  }
  if (mode === "off") return { key, heading: "Nothing is being recorded", detail: why.detail,
    lines: why.kind === "refused" ? [why.text, saved(facts)] : [why.text] };
  if (mode !== "paused") return null;
  const [heading, ...lines] = pausing;
  return { key, heading, lines, isTheirs: true };
}

// To a screen reader, when the mode changes; what an alert says is not said twice.
function live({ mode, why, safe }) {
  return {
    recording: safe ? "Recording again." : "Recording.",
    paused: `Paused. ${NOTHING}`,
    stopping: "Stopped. What was recorded last is being put on the disk.",
    off: why && !ALERTS[why.kind] ? `${NOTHING} ${why.text}` : "",
  }[mode] ?? "";
}

// Reasons that stand in an alert as well, with what can be done.
const ALERTS = { elsewhere: "take-over", "taken-over": "take-back", refused: "beginning" };

function notices(facts) {
  const { mode, why, trouble, isFull, events } = facts;
  const all = {};
  if (ALERTS[why?.kind]) {
    const text = why.kind === "refused" ? `${NOTHING} ${why.text}` : why.text;
    all[why.kind === "refused" ? "refused" : "elsewhere"] = { text, urgent: true, action: ALERTS[why.kind] };
  }
  if (trouble) all.trouble = { text: amiss(facts), urgent: true };
  if (isFull && mode === "paused") all.full = { text: trouble ? FULL : FULL_NO_MORE, urgent: true };
  for (const [name, detail] of Object.entries(events)) {
    const [text, action, urgent] = EVENTS[name](facts, detail);
    all[name] = { text, urgent, action };
  }
  return all;
}

// What happened a while ago, with what is so now.
const EVENTS = {
  again: (facts) => [join("There was a short break in the recording.", { recording: "It goes on in a new part.",
    waiting: WAITS_HERE, starting: "A new part begins in a moment." }[facts.mode], saved(facts)), "put-away", false],
  still: ({ mode }, ms) => [join(`For ${seconds(ms)} nothing was recorded: the computer stood still, or was asleep.`,
    GOES_ON[mode], "Please ask again what was said meanwhile."), "put-away", true],
  slow: ({ mode, behind = 0 }, isPictured) => [join("This computer is too slow just now:", behind
    ? `${seconds(behind)} of what was said are not in the recording.` : "a part of what was said is not in the recording.",
  "Close other programs and windows.", isPictured && mode === "recording" ? "A smaller picture helps." : ""), "smaller", true],
  "no-camera": ({ mode }, what) => [join(what || "The camera has gone: is its plug out?", VOICE[mode] ?? VOICE.off),
    "camera", true],
  "no-microphone": (facts) => [join("The microphone has gone: is its plug out?", saved(facts)), "", true],
  "microphone-back": ({ mode }) => [join("The microphone had gone for a moment.", GOES_ON[mode],
    "Please look whether the loudness is good."), "put-away", true],
};

const WAITS_HERE = "What is said now waits in this window until the station answers.";
const GOES_ON = { recording: "It is being recorded again.", waiting: WAITS_HERE };
const VOICE = {
  recording: "The voice is still being recorded.", waiting: "The voice waits in this window until the station answers.",
  starting: "In a moment the voice is recorded on its own.", stopping: "", off: "The voice is recorded when you go on.",
};

// What is amiss, said of what the recording does meanwhile.
function amiss(facts) {
  const { mode, trouble, isEmpty } = facts;
  if (trouble === "no-room") {
    const is = mode === "paused" ? "The disk of this computer is full, so the recording is paused. Make room on the disk, "
      + "then go on; or stop here."
      : mode === "waiting" ? "The disk of this computer is full. Make room on the disk."
        : `The disk of this computer is full. ${NOTHING} Make room on the disk.`;
    return join(is, safety(facts));
  }
  const said = trouble === "busy" ? "The station on this computer is busy with something else."
    : "The station on this computer is not answering.";
  const meanwhile = { waiting: "You can go on talking: the recording goes on and waits in this window. Leave it open.",
    starting: "The recording has not begun yet. Leave this window open." }[mode] ?? join(NOTHING, isEmpty ? "" : LEAVE_OPEN);
  return join(said, meanwhile, trouble === "busy" ? "" : "If this lasts, start the capture station again.",
    trouble === "stranger" ? "Another program may have taken its place: it is given nothing that it can read." : "");
}

const FULL = "The station has not answered for some minutes, so the recording is paused. Everything up to "
  + "here waits in this window: please leave it open. Start the capture station again.";
const FULL_NO_MORE = "The station answers again, and what had waited in this window is being saved. The recording is "
  + "still paused: go on when you are ready.";

// What is on the disk, what waits here, and what is lost, in words: never more than is so.
export const safety = (now) => join(onTheDisk(now), now.waiting >= 1500
  ? `${seconds(now.waiting)} wait in this window: leave it open.` : "", missing(now));
// The same for what stands there longer than anything waits.
const saved = (now) => join(onTheDisk(now), missing(now));
const onTheDisk = ({ safe }) => `${spokenTimeIs(safe)} safe on the disk.`;
const missing = ({ lost }) => (lost >= 500 ? `${seconds(lost)} could not be saved.` : "");

const join = (...sentences) => sentences.filter(Boolean).join(" ");
export const seconds = (ms) => `${Math.round(ms / 1000)} second${Math.round(ms / 1000) === 1 ? "" : "s"}`;

// What a refusal means for whoever sits there. The station’s own sentence is for whoever helps: it may speak of
// takes, or of commands.
export function refusedAs({ code, said = "" }) {
  return { kind: "refused", text: REFUSALS[code] ?? REFUSALS.other, detail: said };
}

const REFUSALS = {
  "not-allowed": "What was agreed does not allow to record any more. Press “Stop”, and tell an editor.",
  "voice-only": "They agreed to be heard and no more seen, so this part ended. Press “Stop”, then go on: what is agreed by then is recorded.",
  "take-failed": "The disk of this computer failed. Press “Go on” to try a new part; if it fails again, press “Stop”.",
  other: "The station could not go on with this part. Press “Go on” to record a new one, or “Stop”.",
};
