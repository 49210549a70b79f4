// A talk over Teams, Zoom or the telephone: another program records it, the questions are marked here by
// the clock, and the files are brought in afterwards. Agreement and questions are the same as in the room.

import { Board } from "./board.js";
import { forgetDraft, keepDraft } from "./drafts.js";
import { announce, button, choices, clear, clockTime, complain, el, field, notice, show, sleep } from "./dom.js";
import { decide } from "./ending.js";
import { Refusal } from "./server.js";

const LOOK_EVERY = 500; // ms between two looks at files that are being brought in

const SYSTEMS = {
  teams: {
    name: "Teams",
    steps: ["Ring them in Teams, and let them switch their camera on if the picture was agreed to.",
      "Say that you begin to record. Press ••• (More), then “Record and transcribe”, then “Start recording”.",
      "To pause, press the same, then “Stop recording”, and start it again: each gives a file of its own. Bring them all in.",
      "At the end press the same again, then “Stop recording”, before anybody leaves."],
    pause: "press ••• (More), then “Stop recording”", goOn: "start the recording again",
    copies: "Delete it from the chat of the meeting, and the copy in the Downloads folder",
    lands: "Teams shows the recording in the chat of the meeting after some minutes. There choose “Download”: it lies in "
      + "the Downloads folder then. Delete it from the chat once it is kept here.",
  },
  zoom: {
    name: "Zoom",
    steps: ["Before: in Zoom’s settings, under “Recording”, tick “Record a separate audio file of each participant”.",
      "Ring them. Say that you begin to record. Press “Record”, then “Record on this Computer”.",
      "At the end press “Stop recording”, then end the meeting. Zoom converts the files: wait until that is done."],
    pause: "press “Pause recording”", goOn: "press “Resume recording”", copies: "Delete its folder in Documents, Zoom",
    lands: "Zoom puts a folder with the day and the meeting’s name into Documents, Zoom. Bring in the whole folder.",
  },
  telephone: {
    name: "Telephone",
    steps: ["Use a telephone with a loudspeaker, and a second telephone or a recorder that lies beside it.",
      "Start its recording app (Voice Memos, Recorder), and say that you begin to record.",
      "At the end stop it. Copy the file to this computer by a cable or a stick, and not through a cloud."],
    pause: "pause the recording app", goOn: "let it go on", copies: "Delete it in the recording app, and where it was copied to",
    lands: "The file lies where you copied it: on the stick, or in Downloads.",
  },
  other: {
    name: "Something else",
    steps: ["You record, with whatever program you use; the person you speak with need press nothing.",
      "Say that you begin to record, and start it.", "At the end stop it, and save it on this computer."],
    pause: "pause its recording", goOn: "let it go on", copies: "Delete it in that program, and where it was saved",
    lands: "The file lies where that program saves it, often in Downloads or Videos.",
  },
};

export async function readTalk(station) {
  const { id } = station.session;
  const { talk, unsaved, kept } = await station.ask("GET", `/sessions/${id}/remote`);
  // What is not on the disk yet is in this window, or was before it was loaded again; else the station has it.
  if (kept) station.talk = null;
  else if (isWaiting(station)) station.talk = keeping.talk;
  else {
    const waits = unsavedHere(id, talk) ?? unsaved;
    station.talk = waits ?? talk;
    onDisk = JSON.stringify(talk);
    if (waits) keepingOf(station).keep(waits);
  }
  return station.talk;
}

async function keepTalk(station, talk) {
  station.talk = talk;
  onDisk = JSON.stringify((await station.ask("POST", `/sessions/${station.session.id}/remote`, { talk })).talk);
}

const UNSAVED_TALK = "station-talk"; // {id, talk, after}: what waits, and what was on the disk before it
let onDisk = "null"; // the talk of this session, as the station read it last

// Another window may have gone on with it meanwhile: what it saved is the newer one.
function unsavedHere(id, talk) {
  const waits = JSON.parse(sessionStorage.getItem(UNSAVED_TALK) ?? "null");
  return waits?.id === id && waits.after === JSON.stringify(talk) ? waits.talk : null;
}

// What is marked stays in this window until it is on the disk. The whole talk is sent, as it is at that moment: a mark
// that arrived behind a pause would undo it. “change” is told when it begins to wait, and when it is saved.
class TalkKeeping extends EventTarget {
  talk = null;
  trouble = ""; // the code of the last refusal
  #isSaved = true;
  #isBusy = false;

  constructor(station) {
    super();
    this.id = station.session.id;
    this.ask = (...request) => station.ask(...request);
  }

  get isWaiting() { return (!this.#isSaved || this.#isBusy) && !FINAL.has(this.trouble); }

  // The window has the talk again: what it could not keep before is not so any more.
  begin() {
    if (!FINAL.has(this.trouble)) return;
    this.trouble = "";
    this.#isSaved = true;
  }

  keep(talk) {
    this.talk = talk;
    this.#isSaved = false;
    sessionStorage.setItem(UNSAVED_TALK, JSON.stringify({ id: this.id, talk, after: onDisk }));
    if (!this.#isBusy) this.#work();
  }

  async #work() {
    this.#isBusy = true;
    while (!this.#isSaved && !FINAL.has(this.trouble)) {
      this.#isSaved = true;
      try {
        const { talk } = await this.ask("POST", `/sessions/${this.id}/remote`, { talk: this.talk });
        onDisk = JSON.stringify(talk);
        if (this.#isSaved) sessionStorage.removeItem(UNSAVED_TALK);
        else sessionStorage.setItem(UNSAVED_TALK, JSON.stringify({ id: this.id, talk: this.talk, after: onDisk }));
        this.#tell("");
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#isSaved = false;
        this.#tell(error.code);
        await sleep(SEND_AGAIN);
      }
    }
    if (FINAL.has(this.trouble)) sessionStorage.removeItem(UNSAVED_TALK);
    this.#isBusy = false;
    this.#changed();
  }

  #tell(trouble) {
    this.trouble = trouble;
    if (trouble === "recording-elsewhere") clear("unsaved"); // that is told of the window
    else if (trouble) notice("unsaved", UNSAVED[trouble] ?? UNSAVED.other, { urgent: true });
    else clear("unsaved");
    this.#changed();
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}

const SEND_AGAIN = 1000; // ms
const FINAL = new Set(["recording-elsewhere", "not-now", "gone", "deleted", "not-found"]); // refusals that stay
const WAITS = "What is marked here is not saved yet. It waits in this window: leave it open";
const UNSAVED = {
  "no-room": `The disk of this computer is full. ${WAITS}, and make room on the disk. What must not be lost, such as “Do not use this”, `
    + "write on paper as well.",
  busy: `The station on this computer is busy with something else. ${WAITS}.`,
  other: "What is marked here cannot be saved. Please write on paper what it is, with the time: an editor can set it afterwards.",
};

let keeping = null;
const keepingOf = (station) => {
  if (keeping?.id !== station.session.id) keeping = new TalkKeeping(station);
  return keeping;
};
const isWaiting = (station) => keeping?.id === station.session.id && keeping.isWaiting;
const change = (station, changed) => {
  station.talk = { ...station.talk, ...changed };
  keepingOf(station).keep(station.talk);
};

// From the story step: remote, or in the room.
export async function chooseRemote(station, isRemote) {
  const talk = await readTalk(station);
  if (isRemote !== Boolean(talk)) await keepTalk(station, isRemote ? { system: "teams", began: 0, marks: [] } : null);
}

// Who records, what to press, and where the files will lie.
export async function recipe(station) {
  station.step("devices");
  return new Promise((go) => {
    const place = el("div", { "aria-live": "polite" });
    const amiss = el("div", {});
    const system = choices("How do you speak?", "system", Object.entries(SYSTEMS).map(([id, { name }]) => [id, name]),
      { chosen: station.talk.system, onchange: () => tell(), look: "wide" });
    const tell = () => {
      const { steps, lands } = SYSTEMS[system.chosen];
      place.replaceChildren(
        el("ol", {}, steps.map((step) => el("li", {}, step))),
        station.session.record === "voice"
          ? el("p", { class: "care" }, "Only the voice was agreed to: leave all cameras off, and bring in the sound alone.") : "",
        el("h2", {}, "Where the file will be"), el("p", {}, lands));
    };
    const isMarked = station.talk.began > 0;
    const on = (step) => station.attempt(amiss, async () => {
      const isOther = system.chosen !== station.talk.system;
      // A full disk keeps nobody from the questions.
      if (isMarked && isOther) change(station, { system: system.chosen });
      else if (isOther) await keepTalk(station, { ...station.talk, system: system.chosen });
      go(step);
    });
    tell();
    show(el("h1", {}, "Speak from a distance"),
      el("p", { class: "lede" }, "You record, on this computer or beside the telephone. The person you speak with need "
        + "press nothing. Nothing else changes: they can pause, leave out a question or stop, and they decide afterwards, before "
        + "the file is brought in."),
      system, place,
      el("details", {}, el("summary", {}, "A better sound: their own telephone"),
        el("p", {}, "They may put a telephone beside themselves that records as well, and send you the file as the trust "
          + "allows. Bring it in together with the other one: the two are laid over each other by their sound. No picture is taken from it.")),
      amiss,
      el("div", { class: "actions" },
        isMarked ? button("The talk is over", () => on("decision"), { class: "main" }) : null,
        button(isMarked ? "Go on with the questions" : "Next", () => on(isMarked ? "interview" : "before"), { class: isMarked ? "" : "main" }),
        isMarked ? null : button("It is recorded already: bring the files in", () => on("bringIn")),
        button("Back", () => go("agreement")), button("Not today", () => go("decision"))));
  });
}

// The questions in front of the volunteer, on the page of every interview. Marks go to the station at once.
export function remoteTalk(station) {
  station.step("interview");
  announce(""); // nothing of another recording is so of this one
  const set = station.session.question_set;
  const other = SYSTEMS[station.talk.system];
  const where = WHERE[station.talk.system] ?? other.name;
  // Of the computer’s own clock: a page that was loaded again goes on counting. From the beginning of a pause
  // (`halted`) on, the recording’s clock stands still, as this one does; so it is on the disk as well.
  const now = () => Math.max(0, (station.talk.halted || Date.now()) - station.talk.began);
  const keep = (changed) => change(station, changed);
  const saving = keepingOf(station);
  saving.begin();
  let isElsewhere = false;
  const lastAsked = station.talk.marks.findLast(({ kind }) => kind === "question")?.question;
  let at = set.questions.findIndex(({ id }) => id === lastAsked); // -1: the opening words
  if (!station.talk.began) keep({ began: Date.now() });
  return new Promise((go) => {
    const mark = (kind, more = {}) => keep({ marks: [...station.talk.marks, { at: now(), kind, ...more }] });
    const here = () => (set.questions[at] ? { question: set.questions[at].id } : {});
    const to = (by) => {
      at = Math.min(set.questions.length, Math.max(-1, at + by));
      if (set.questions[at]) mark("question", here());
      board.ask(set, at);
    };
    const leave = (step) => {
      clearInterval(clock);
      board.end();
      saving.removeEventListener("change", tell);
      Object.assign(station, { guard: () => isWaiting(station) && !isElsewhere, onTakenOver: null });
      go(step);
    };
    // The other program is stopped as well: the clock here stands still with it, whatever becomes of the talk.
    const end = () => {
      if (!station.talk.halted) keep({ halted: Date.now() });
      leave("decision");
    };
    const takenOver = () => {
      isElsewhere = true;
      notice("elsewhere", TAKEN_OVER, { urgent: true, actions: [button("To the beginning", () => { clear("elsewhere"); leave("welcome"); })] });
      tell();
    };
    const tell = () => {
      const { halted } = station.talk;
      if (saving.trouble === "recording-elsewhere" && !isElsewhere) { takenOver(); return; }
      if (isElsewhere) {
        board.tell({ mode: "stopping", pill: "Open in another window", onDisk: { text: "", isWaiting: false },
          pause: { label: "Pause", can: false }, stop: { can: false }, rest: null });
        return;
      }
      board.tell({ mode: "off", pill: halted ? "Paused here" : `Not recorded here: see ${where}`,
        onDisk: { text: "", isWaiting: false }, pause: { label: halted ? "Go on" : "Pause", can: true }, stop: { can: true },
        rest: halted ? { key: "paused", heading: "Paused here", lines: [`This page cannot pause ${where}: ${other.pause} there `
          + `as well. Then nothing is recorded. To go on, ${other.goOn}, and press “Go on” here at the same moment.`] } : null });
    };
    const pause = () => {
      const { halted, began } = station.talk;
      keep(halted ? { began: began + Date.now() - halted, halted: 0 } : { halted: Date.now() });
      tell();
      announce(board.pill.textContent);
    };
    const board = new Board(station, { next: () => to(1), back: () => to(-1),
      skip: () => { if (set.questions[at]) mark("skipped", here()); to(1); }, pause, stop: end,
      mark: (kind) => mark(kind, here()), note: (text) => mark("note", { ...here(), text }),
      followUp: (text) => mark("follow-up", { ...here(), text }), clockNow: now, letGo: () => {}, hasTake: () => true,
      goesOn: `This page does not stop ${where}: stop it there as well.`,
      sound: el("span", {}) });
    board.show();
    board.ask(set, at);
    tell();
    document.body.dataset.remote = "yes";
    const clock = setInterval(() => board.elapsed(clockTime(now())), 500);
    board.elapsed(clockTime(now()));
    station.guard = () => !isElsewhere;
    station.onTakenOver = takenOver;
    saving.addEventListener("change", tell);
  }).finally(() => document.body.removeAttribute("data-remote"));
}

const TAKEN_OVER = "This talk is open in another window now. What is pressed here is not kept any more: go on there.";
const WHERE = { telephone: "the telephone", other: "the other program" };

// They decide, as after a recording that was made here; nothing of it has been brought in yet.
export async function remoteDecision(station) {
  station.step("after");
  const { session } = station;
  const { name, copies } = SYSTEMS[station.talk.system];
  const still = `What ${name === "Something else" ? "the other program" : name} recorded is not deleted by that, and this page `
    + `cannot do it. ${copies}.`;
  const ways = {
    keep: ["Keep it", "Its file is brought in here, and becomes the recording of this story, on this computer. It is shown to "
      + "nobody before they have seen the film and said yes to it.", "Yes, keep it"],
    later: ["Decide later", "The file stays where it is, and what was marked stays here. It is offered again when the station "
      + "is next opened.", "Yes, decide later"],
    delete: ["Delete it", `What was marked here is deleted, and nothing of it is brought in. ${still}`, "Yes, delete it here"],
  };
  return new Promise((go) => {
    const done = (way) => {
      if (way === "keep") { go("bringIn"); return; }
      if (way === "deleted") Object.assign(station, { stillElsewhere: still, talk: null });
      else station.hold(null);
      go(way === "deleted" ? "ended" : "welcome");
    };
    const asked = el("div", { class: "sure" });
    const on = (changed) => () => {
      change(station, changed());
      go("interview");
    };
    const { halted, began } = station.talk;
    const other = WHERE[station.talk.system] ?? name;
    const goOn = button("Go on with the talk", () => {
      if (!halted) { go("interview"); return; }
      asked.replaceChildren(el("p", {}, `Since you stopped, the clock here has stood still, as that of ${other} does where it is stopped or `
        + "paused. Let it record again, and press the first button at the same moment."),
      el("div", { class: "actions" },
        button("It records again from now on", on(() => ({ began: began + Date.now() - halted, halted: 0 })), { class: "yes" }),
        button("It has recorded all the time", on(() => ({ halted: 0 })))));
      asked.querySelector("button").focus();
    });
    const goesOn = el("div", { class: "actions" }, goOn);
    show(el("h1", {}, "The talk is over"),
      el("p", { class: "lede" }, "Nothing of it has been brought in here yet. What should become of it? They decide, and need "
        + "give no reason. If they wish to hear it first: play it from where the other program put it."),
      decide(station, session, done, ways),
      el("div", { class: "decide" }, goesOn, asked));
  });
}

// The files: those that lie where programs put theirs, or any by its path.
export async function bringIn(station) {
  station.step("after");
  const path = `/sessions/${station.session.id}`;
  const { lands, name } = SYSTEMS[station.talk?.system ?? "other"];
  return new Promise((go) => {
    const amiss = el("div", {});
    const list = el("div", {});
    const second = el("select", {});
    const typed = el("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    const progress = el("div", { role: "status" });
    const draft = `file ${station.session.id}`;
    const look = async () => {
      const found = await station.attempt(amiss, () => station.ask("GET", "/recent-files"));
      if (!found) return;
      list.replaceChildren(found.length ? el("fieldset", {}, el("legend", {}, "Recordings of the last two weeks on this computer "
        + "and its sticks"), found.map((file) => el("label", { class: "choice" },
        el("input", { type: "checkbox", name: "file", value: file.path }),
        el("span", { dir: "auto" }, file.name, el("span", { class: "hint" }, described(file))))))
        : el("p", {}, "No recording of the last two weeks was found in Downloads, Documents, Videos or on a stick."));
      second.replaceChildren(el("option", { value: "" }, "None"),
        ...found.filter((file) => !file.meeting).map((file) => el("option", { value: file.path }, `${file.name} (${file.folder})`)));
    };
    const bring = button("Bring it in", async () => {
      const chosen = [...list.querySelectorAll("input:checked")].map((box) => box.value).filter((one) => one !== second.value);
      const files = typed.value.trim() ? [...chosen, typed.value.trim()] : chosen;
      if (!files.length && !second.value) {
        complain(amiss, "Please choose the recording, or write where it lies.");
        return;
      }
      if (isWaiting(station)) {
        complain(amiss, "What was marked is not saved yet, so nothing can be brought in. Make room on the disk, then press it again.");
        return;
      }
      amiss.replaceChildren();
      bring.setAttribute("aria-disabled", "true");
      const begun = await station.attempt(amiss, () => station.ask("POST", `${path}/bring-in`, { files, second: second.value }));
      if (begun && await watched(station, path, progress, amiss)) {
        Object.assign(station, { talk: null, wasElsewhere: true });
        forgetDraft(draft);
        go("after");
        return;
      }
      bring.removeAttribute("aria-disabled");
    }, { class: "main" });
    show(el("h1", {}, "Bring the recording in"),
      el("p", { class: "lede" }, `Has ${name === "Something else" ? "the recording" : name} finished? ${lands}`),
      el("p", {}, "Bring it in once they have decided that it may be kept: it is the story’s recording then."),
      el("p", {}, "The file is copied and checked, and stays where it is. If this breaks off, do the same again: it goes on."),
      list, el("div", { class: "actions" }, button("Look again", look)),
      field("Or write where it lies", typed, "The whole path of the file, or of the folder that Zoom made."),
      field("A second recording of the same talk", second, "Such as a telephone that lay beside them. The two are laid over "
        + "each other by their sound. If this story has its recording already, choose the telephone’s here, and nothing above."),
      amiss, progress,
      el("div", { class: "actions" }, bring, button("Back", () => go("decision")),
        button("Later: the file is not there yet", () => { station.hold(null); go("welcome"); })));
    keepDraft(draft, typed.parentElement);
    look();
  });
}

function described({ meeting, bytes, changed, folder }) {
  const size = bytes > 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  const when = new Date(changed).toLocaleString("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
  return `${meeting ? "The folder of a meeting" : size}, ${when}, in ${folder}`;
}

// Promises whether it came to its end.
async function watched(station, path, place, amiss) {
  const bar = el("progress", { max: 1 });
  const words = el("p", {});
  place.replaceChildren(words, bar);
  for (;;) {
    const { kept, bringing } = await station.ask("GET", `${path}/remote`);
    if (bringing?.error) {
      place.replaceChildren();
      complain(amiss, `${bringing.error.what} ${bringing.error.next_step}`.trim());
      return false;
    }
    if (kept) {
      place.replaceChildren();
      notice("kept", "The recording is brought in, and kept: it is the story’s recording now.");
      return true;
    }
    if (bringing) {
      words.textContent = `${bringing.step}…`;
      if (bringing.total) bar.value = bringing.done / bringing.total;
      else bar.removeAttribute("value");
    }
    await sleep(LOOK_EVERY);
  }
}
