// The hour, step by step. Each step shows itself and answers with where to go from there.

import { agreement } from "./agreement.js";
import { closeDevices } from "./devices.js";
import { $, button, clear, complain, el, notice, show, sleep } from "./dom.js";
import { readDrafts } from "./drafts.js";
import { closing, debrief, decision, ended } from "./ending.js";
import { feelings } from "./feelings.js";
import { GONE, Holding, mayComeBack } from "./holding.js";
import { interview } from "./interview.js";
import { mindButtons } from "./mind.js";
import { ask, askUntilAnswered, connected, Refusal, Stranger, token } from "./server.js";
import { bringIn, readTalk, recipe, remoteDecision, remoteTalk } from "./remote.js";
import { devices, trial } from "./setup.js";
import { beforeStart } from "./starting.js";
import { chooseStory, welcome } from "./welcome.js";

const TRAIL = [
  ["story", "Story"], ["agreement", "Agreement"], ["devices", "Camera and sound"],
  ["before", "Before we start"], ["interview", "Interview"], ["after", "Afterwards"],
];
const HERE = "station-session"; // this tab’s session, found again after a reload
const CHOICES = "station-choices"; // {session: what was chosen and is not on the disk yet}: outlives a reload
const HEALTH_EVERY = 60000;
const LOW_ROOM_EVERY = 5000; // whoever makes room is told at once that there is some

class Station {
  session = null;
  spoken = ""; // the language of the words
  story = null;
  stream = null;
  wanted = { voiceOnly: false, camera: "", microphone: "", picture: "usual" };
  selfView = true;
  chosenFor = ""; // the session for which these were chosen
  isLimited = false; // to the voice, by an agreement that counts now and whatever they wished
  goTo = ""; // the question to go on with, where one was chosen
  holding = null; // the line by which the station knows that this window has the session
  onGone = null; // what is done when the session is deleted, but not by this window
  isDeleting = false; // whether this window is about to delete it itself
  stayed = null; // what is gone on with where nothing is deleted after all
  onTakenBack = null; // what is done when the story is taken back while this window has the session
  onTakenOver = null; // what is done when another window takes the session over
  draft = null; // the agreement as far as it is filled in
  lastStory = null; // whose change of mind it would be
  stillElsewhere = ""; // what is said of a recording that another program has, though it is deleted here
  wasElsewhere = false; // whether the recording that is kept came from another program
  untold = new Set(); // recordings of others, whose keeping ended while somebody sat here
  talk = null; // how another program records it, and what was marked
  guard = null; // says whether closing the tab would break something off
  #noting = Promise.resolve(); // what was chosen, on its way to the disk

  async ask(method, path, body) {
    for (;;) {
      try {
        return await askUntilAnswered(method, path, body, (waiting) => {
          if (waiting) notice("waiting", WAITING[waiting], { urgent: true });
          else clear("waiting");
        });
      } catch (error) {
        // A window that has just been closed has the session for some seconds yet.
        if (!mayComeBack(error)) throw error;
        notice("returning", `${error.what ?? error.said} This page goes on by itself in a few seconds.`);
        await sleep(1000);
      } finally {
        clear("returning");
      }
    }
  }

  // Where a refusal can be told beside the button, it is; `place` is an element. The station’s sentence about a full
  // disk names a file and a command: whoever sits there is told what it means, in `full`.
  async attempt(place, deed, full = FULL) {
    try {
      return await deed();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      complain(place, error.code === "no-room" ? full : error.said);
      if (error.code === "no-room") place.append(el("details", {}, el("summary", {}, "For whoever helps you"), el("p", {}, error.said)));
      return null;
    }
  }

  hold(session) {
    this.session = session;
    if (this.holding?.id !== session?.id) {
      this.holding?.leave();
      this.holding = session ? this.#held(new Holding(session.id)) : null;
      this.holding?.begin().catch(() => {}); // a deed says why it is refused
    }
    if (session && session.id !== this.chosenFor) this.#recall(session);
    if (session && session.id !== this.held) clear("kept"); // that was of another one
    if (session) sessionStorage.setItem(HERE, session.id);
    else sessionStorage.removeItem(HERE);
    return session;
  }

  // Whether they are filmed, and see themselves: their choice, for as long as the session is not decided.
  choose({ voiceOnly = this.wanted.voiceOnly, selfView = this.selfView }) {
    this.wanted.voiceOnly = voiceOnly;
    this.isLimited = false;
    this.selfView = selfView;
    if (!this.session) return;
    const { id } = this.session;
    keepChosen({ ...chosen(), [id]: { voice_only: voiceOnly, self_view: selfView } });
    this.#noteChosen(id);
  }

  // One after the other, or the disk would have the last but one.
  #noteChosen(id) {
    this.#noting = this.#noting.then(async () => {
      const { [id]: last, ...others } = chosen();
      if (!last) return;
      await askUntilAnswered("POST", `/sessions/${id}/seen`, last, () => {});
      if (JSON.stringify(chosen()[id]) === JSON.stringify(last)) keepChosen(others);
    }).catch(() => {}); // it stays in this window
  }

  // As the disk has it, or this window where it is not there yet; else as the last take was: nobody is filmed unasked.
  #recall({ id, record, seen, takes }) {
    const waits = chosen()[id];
    const last = takes.findLast((one) => one.bytes);
    const { voice_only: voiceOnly = last?.mime.startsWith("audio/") ?? false, self_view: selfView = true } = waits ?? seen ?? {};
    Object.assign(this, { selfView, chosenFor: id, isLimited: record === "voice" });
    this.wanted.voiceOnly = this.isLimited || voiceOnly;
    if (waits) this.#noteChosen(id);
  }

  // What may be recorded can be less by now than they wished. That is no wish of theirs: once more may be recorded
  // again, it is as they had it.
  limit() {
    const { session } = this;
    if (session.record !== "voice" && this.isLimited) this.#recall(session);
    this.isLimited = session.record === "voice";
    if (this.isLimited) this.wanted.voiceOnly = true;
  }

  // Take the session for this window. Raises the Refusal where another one has it.
  async take(id, options = {}) {
    this.holding?.leave();
    this.holding = null;
    const holding = this.#held(new Holding(id));
    const session = await holding.begin(options);
    this.holding = holding;
    return this.hold(session);
  }

  #held(holding) {
    holding.addEventListener("lost", () => {
      if (holding !== this.holding) return;
      this.holding = null;
      if (this.onTakenOver) this.onTakenOver();
      else notice("elsewhere", ELSEWHERE, { urgent: true });
    });
    holding.addEventListener("taken-back", () => {
      if (holding !== this.holding || this.isDeleting) return;
      if (this.onTakenBack) this.onTakenBack();
      else notice("taken-back", TAKEN_BACK, { urgent: true });
    });
    holding.addEventListener("gone", () => {
      if (holding !== this.holding || this.isDeleting) return;
      this.holding = null;
      clear("taken-back", `keeping-${holding.id}`, `keep-failed-${holding.id}`);
      if (this.onGone?.()) return; // the next page says it
      notice("elsewhere", GONE, { urgent: true, actions: [button("To the beginning", () => this.beginAnew())] });
    });
    return holding;
  }

  // What the program says to a contributor is said in the language of their questions.
  // They are still in it when the session is deleted, up to the last page.
  async speak(session = this.session) {
    if (!session) return;
    const language = session.question_set?.language ?? "";
    if (this.spoken === language) return;
    this.words = await this.ask("GET", `/words?language=${encodeURIComponent(language)}`);
    this.spoken = language;
  }

  // The words for a story that is not in hand, as on the welcome page: {words, tongue} in its own language.
  async wordsOf(story) {
    const set = this.about.question_sets.find((one) => one.id === story.questions);
    const language = story.language ?? set?.language ?? "";
    const words = language === this.spoken ? this.words
      : await this.ask("GET", `/words?language=${encodeURIComponent(language)}`);
    return { words, tongue: tongueOf(words) };
  }

  get tongue() { return tongueOf(this.words); }

  // What was in hand is gone: camera, microphone and all that waited to be saved are let go of.
  beginAnew() {
    this.guard = null;
    this.hold(null);
    location.reload();
  }

  get held() { return sessionStorage.getItem(HERE) || ""; }

  showMind() { mindButtons(this); }

  step(name) {
    const at = TRAIL.findIndex(([id]) => id === name);
    document.body.dataset.step = name;
    this.showMind();
    $("trail").hidden = at < 0;
    $("trail").replaceChildren(...TRAIL.map(([, label], n) => el("li",
      { class: n < at ? "done" : "", "aria-current": n === at ? "step" : null },
      `${n < at ? "✓" : n + 1} ${label}`)));
  }

  freeDevices() {
    closeDevices(this.stream);
    this.stream = null;
  }
}

const chosen = () => JSON.parse(sessionStorage.getItem(CHOICES) ?? "{}");
const keepChosen = (choices) => sessionStorage.setItem(CHOICES, JSON.stringify(choices));
const tongueOf = ({ language, dir }) => ({ lang: language === "en" ? "en-GB" : language, dir });

const FULL = "The disk of this computer is full, so this could not be saved. Make room on the disk, then press it again.";
const ELSEWHERE = "This recording has been taken over by another window. Go on there: nothing more can be done with it here.";
const TAKEN_BACK = "This story has been taken back. Nothing more of it is to be recorded. Please go to the beginning: what "
  + "was recorded of it can be deleted there.";
const WAITING = {
  unreachable: "The station on this computer is not answering. This page goes on by itself as soon as it does. "
    + "If that takes long: start the capture station again, as you did at the beginning.",
  stranger: "The station on this computer is not answering this window. Has it been opened again in another "
    + "window? Then go on there. Otherwise start the capture station again, as you did at the beginning.",
};

async function begin() {
  if (!token()) { noToken(); return; }
  const station = new Station();
  window.addEventListener("beforeunload", (event) => {
    if (station.guard?.()) { event.preventDefault(); event.returnValue = ""; }
  });
  try {
    await connected();
  } catch (error) {
    if (error instanceof Stranger && error.message === "not proved") { noToken(); return; }
  }
  [station.about, station.words] = [
    await station.ask("GET", "/station"), await station.ask("GET", "/words"),
  ];
  await readDrafts().catch(() => {});
  $("brand").textContent = station.about.title;
  if (station.about.fictional) {
    notice("fictional", "This is a demonstration: everything in it is made up.");
  }
  watchHealth(station);
  for (;;) await sitting(station);
}

// From the welcome to the last card, once.
async function sitting(station) {
  Object.assign(station, { story: null, lastStory: null, draft: null, talk: null, wasElsewhere: false }); // somebody else may come
  await station.speak({});
  station.step("");
  Object.assign(station, { selfView: true, chosenFor: "" }); // somebody else may want to be seen
  station.wanted.voiceOnly = false;
  let step = await welcome(station);
  const steps = { trial, story: chooseStory, agreement, devices: whereRecorded, before: beforeStart, bringIn,
    interview: (of) => (of.talk ? remoteTalk(of) : interview(of)),
    decision: (of) => (of.talk?.began ? remoteDecision(of) : decision(of)), after,
    closing, debrief, ended };
  while (step && step !== "welcome") {
    try {
      await station.speak();
      step = await steps[step](station);
    } catch (error) {
      step = await trouble(station, error);
    }
  }
  clear("elsewhere", "taken-back", "questions");
  station.freeDevices();
  station.guard = null;
  station.hold(null);
}

const after = (station) => feelings(station, "after");
const whereRecorded = async (station) => (await readTalk(station) ? recipe(station) : devices(station));

function trouble(station, error) {
  console.error(error);
  station.step("");
  return new Promise((go) => {
    show(el("h1", {}, "Something went wrong"),
      el("p", {}, error instanceof Refusal ? error.said : "The page did not expect this. What "
        + "had been saved by then is on this computer’s disk."),
      el("p", {}, "Go back to the beginning: an unfinished recording is offered to you there."),
      el("div", { class: "actions" }, button("To the beginning", () => go("welcome"), { class: "main" })));
  });
}

function noToken() {
  $("trail").hidden = true;
  show(el("h1", {}, "This window does not belong to the station"),
    el("p", {}, "Use the window that opened when the capture station was started."),
    el("p", {}, "If you closed that one: start the capture station again, as you did at the beginning. It "
      + "shows its page again. What was saved of a recording is offered to you at the start."));
}

async function watchHealth(station) {
  const look = async () => {
    try { station.about.health = await ask("GET", "/health"); } catch { return; }
    tellHealth(station);
  };
  tellHealth(station);
  for (;;) {
    await sleep(station.about.health.low_room ? LOW_ROOM_EVERY : HEALTH_EVERY);
    await look();
  }
}

function tellHealth({ about: { health }, talk, wanted: { voiceOnly } }) {
  const { battery, low_room: low } = health;
  const minutes = voiceOnly ? health.minutes_audio : health.minutes_video;
  if (battery && !battery.plugged && battery.percent < 60) {
    notice("battery", `The battery is at ${battery.percent}% and is not being charged. Please plug the `
      + "computer in before you record.", { urgent: battery.percent < 20 });
  } else clear("battery");
  if (low) {
    notice("room", talk ? "There is little room on this computer’s disk. Please make room: the file of the talk is to be brought in here."
      : `There is little room on this computer’s disk: for about ${minutes} minutes of ${voiceOnly ? "sound" : "film"}. `
      + `Please make room${voiceOnly ? "" : ", or record the voice only"}.`, { urgent: minutes < 20 });
  } else clear("room");
}

begin().catch((error) => {
  console.error(error);
  show(el("h1", {}, "Something went wrong"),
    el("p", {}, error.said || "Please reload this page. What had been saved is on the disk."));
});
