// What becomes of the recording, and the last cards: each of the three ways takes two clicks.

import { forgetDraft } from "./drafts.js";
import { $, button, clear, complain, el, isolated, notice, paragraphs, said, show, sleep, spokenTimeIs } from "./dom.js";
import { Errand } from "./errand.js";
import { endsWhenGone, supportLines, theirSupport } from "./feelings.js";
import { ask, Refusal, Unreachable } from "./server.js";

const WAYS = {
  keep: ["Keep it", "It becomes the recording of this story, on this computer. It is shown to nobody before "
    + "they have seen the film and said yes to it. For an hour of film that takes about half an hour; nobody need "
    + "wait for it.", "Yes, keep it"],
  later: ["Decide later", "Everything stays as it is, untouched. It is offered again when the station is next "
    + "opened.", "Yes, decide later"],
  delete: ["Delete it", "It is deleted now and cannot be brought back. Only its number and the date stay, to "
    + "show that it was done.", "Yes, delete it now"],
};

// The three ways for a session; `go` is told “keep”, “later” or “deleted” once it is done. `own` are other
// words for them, {keep: […], …}, where only deleting is the station’s.
export function decide(station, session, go, own = null) {
  const amiss = el("div", {});
  const sure = el("div", { class: "sure" });
  const recorded = session.takes.some((one) => one.bytes > 0);
  const all = own ?? WAYS;
  const names = own ? Object.keys(own) : !recorded || session.taken_back ? ["delete"]
    : session.state === "keeping" ? ["keep", "delete"] : ["keep", "later", "delete"];
  const ways = names.map((name) => button(all[name][0], () => choose(name),
    { "aria-pressed": "false", "data-way": name }));
  let errand = null;
  const choose = (name) => {
    for (const way of ways) way.setAttribute("aria-pressed", String(way.dataset.way === name));
    const [, told, yes] = all[name];
    errand?.leave();
    const notYet = button("Not yet", () => {
      errand.leave();
      sure.replaceChildren();
      for (const way of ways) way.setAttribute("aria-pressed", "false");
      ways[names.indexOf(name)].focus();
    });
    errand = new Errand(amiss, [notYet, ...ways]);
    const mine = errand;
    const confirm = button(yes, async () => {
      confirm.disabled = true;
      const isOwn = own && name !== "delete";
      if (!isOwn && !(await station.attempt(amiss, () => deed(station, session, name, mine)))) {
        confirm.disabled = false;
        return;
      }
      go(name === "delete" ? "deleted" : name);
    }, { class: "yes" });
    sure.replaceChildren(el("p", {}, told), name === "keep" && withoutPicture(session) ? el("p", {}, SOUND_ALONE) : "",
      el("div", { class: "actions" }, confirm, notYet));
    confirm.focus();
  };
  return el("div", { class: "decide" }, el("div", { class: "three", role: "group",
    "aria-label": "What becomes of the recording" }, ways), sure, amiss);
}

// Resolves with whether it is done: not where it was left before the station answered.
async function deed(station, session, name, errand) {
  const path = `/sessions/${session.id}`;
  if (name === "delete") {
    station.isDeleting = true;
    try {
      await Promise.race([station.speak(session), errand.left]);
      const deleted = await errand.send(`${path}/delete`, { confirm: true }, WAITS.delete);
      if (!deleted) return false;
      station.receipt = deleted.receipt;
      forgetDraft();
      station.hold(null);
    } finally {
      station.isDeleting = false;
    }
    return true;
  }
  const now = await station.ask("GET", path);
  if (errand.isLeft) return false;
  if (now.state === "recording" || now.state === "paused") await station.ask("POST", `${path}/stop`, {});
  const done = await errand.send(`${path}/${name}`, {}, WAITS[name]);
  if (!done) return false;
  station.session = done;
  if (name === "keep") watchKeeping(station, session.id);
  return true;
}

const WAITS = Object.fromEntries([["keep", "kept"], ["later", "put off"], ["delete", "deleted"]].map(([name, done]) => [name,
  `The station on this computer is not answering. Nothing is ${done} yet. It is ${done} as soon as the station answers, unless `
  + "you press “Not yet”."]));

// Right after the interview, or when it was left before it began.
export async function decision(station) {
  station.step("after");
  const session = station.hold(await station.ask("GET", `/sessions/${station.session.id}`));
  const asked = session.markers.filter((one) => one.kind === "question").map((one) => one.question);
  // Of a question that nobody called lighter it is not said that it is.
  const lighter = session.question_set.questions.findLast((one) => one.lighter && !asked.includes(one.id));
  const recorded = session.takes.some((one) => one.bytes > 0);
  if (session.state === "keeping") { watchKeeping(station, session.id); return "closing"; }
  clear("taken-back");
  return new Promise((resolve) => {
    const go = (step) => { Object.assign(station, { onTakenBack: null, onGone: null }); resolve(step); };
    endsWhenGone(station, go);
    station.onTakenBack = session.taken_back ? () => {} : () => go("decision");
    const way = decide(station, session, (name) => go(name === "deleted" ? "ended" : "after"));
    if (session.taken_back) { takenBack(way, () => { station.hold(null); go("welcome"); }); return; }
    const more = (label, to) => button(label, () => { station.goTo = to; go("devices"); });
    show(el("h1", {}, recorded ? "The recording has stopped" : "Nothing was recorded"),
      recorded ? el("p", { class: "lede" }, `${spokenTimeIs(session.safe)} safe on this computer. Nobody `
        + "else has it. What should become of it? They decide, and need give no reason.")
        : el("p", { class: "lede" }, "That is fine. Another day is just as good, and so is none."),
      missing(session),
      recorded && withoutPicture(session) ? el("p", {}, SOUND_ALONE) : null,
      recorded ? listening(station, session) : null,
      recorded ? way : null,
      recorded ? el("section", { class: "more" },
        el("h2", {}, lighter ? "Or a lighter question first" : "Or go on"),
        lighter ? el("p", {}, "Some people like to end with something lighter: ", el("q", { lang: station.tongue.lang, dir: "auto" }, lighter.ask)) : null,
        el("div", { class: "actions" }, lighter ? more("Ask this as well", lighter.id) : null,
          more("Go on recording", ""))) : null,
      recorded ? null : el("div", {}, el("div", { class: "actions" },
        button("Leave it for another day", () => { station.hold(null); go("welcome"); }),
        button("Go on after all", () => go(session.state === "prepared" ? "agreement" : "devices"))), way));
  });
}

const SOUND_ALONE = "Only their voice is agreed to by now: kept is the sound, and the picture is deleted.";

// The agreement was changed to the voice alone after they were filmed.
const withoutPicture = (session) => session.record === "voice" && session.takes.some(({ mime }) => mime.startsWith("video/"));

// Of a story that was taken back nothing is kept, heard or gone on with.
function takenBack(way, leave) {
  show(el("h1", {}, "The story was taken back"),
    el("p", { class: "lede" }, "It was taken back for good, not in this window. Nothing is being recorded now. What was "
      + "recorded is shown to nobody, and cannot be kept. Please delete it."),
    way, el("div", { class: "actions" }, button("To the beginning", leave)));
}

// The takes as they are on the disk, to be heard before it is decided.
function listening(station, session) {
  const players = el("div", { class: "played" });
  const amiss = el("div", {});
  const takes = session.takes.filter((one) => one.bytes);
  const opened = () => station.attempt(amiss, async () => {
    if (players.childNodes.length) return;
    for (const [at, take] of takes.entries()) {
      const { path } = await station.ask("POST", `/sessions/${session.id}/takes/${take.number}/listen`, {});
      const label = takes.length > 1 ? `Part ${at + 1} of ${takes.length}` : "The recording";
      const kind = take.mime.startsWith("video/") && session.record !== "voice" ? "video" : "audio";
      players.append(el("figure", {}, takes.length > 1 ? el("figcaption", {}, label) : null,
        el(kind, { controls: true, preload: "metadata", playsInline: true, src: path, "aria-label": label,
          onerror: (event) => whyNotPlayed(event.currentTarget).then((text) => complain(amiss, text)) })));
    }
  });
  return el("details", { class: "listen", ontoggle: opened }, el("summary", {}, "Listen to it first"), players, amiss);
}

// A window of a station that was killed is answered by the next one, but given no sound: it could not be sealed.
// Where the station hands the take over, it is the browser that cannot play it.
async function whyNotPlayed(player) {
  const got = await fetch(player.src, { headers: { Range: "bytes=0-0" } }).catch(() => null);
  if (got?.ok) return `${CANNOT_PLAY} Has this computer a loudspeaker or headphones, and are they switched on? It can be kept unheard.`;
  return `${CANNOT_PLAY} The station did not hand it over. Was it started again meanwhile? Then it can be listened to in `
    + "the window that opened with it.";
}

const CANNOT_PLAY = "It cannot be played in this window. On the disk it is all the same.";

// What is not in the recording, though somebody may think that it is.
function missing({ lost, empty }) {
  const seconds = (ms) => `${Math.round(ms / 1000)} seconds`;
  return [
    lost ? el("p", { class: "amiss" }, `About ${seconds(lost)} are not in it: they could not be saved, or the computer `
      + "stood still, or was too slow.") : null,
    empty ? el("p", { class: "amiss" }, `For ${seconds(empty)} nothing was recorded: the computer stood still, was `
      + "asleep, or was too slow.") : null,
  ];
}

// Keeping goes on behind the page’s back; it says how far it is, and asks again when it failed.
// Resolves with whether it is kept.
export function watchKeeping(station, id) {
  station.keeping ??= new Map();
  if (!station.keeping.has(id)) {
    station.keeping.set(id, watched(station, id).finally(() => station.keeping.delete(id)));
  }
  return station.keeping.get(id);
}

async function watched(station, id) {
  const [name, failed] = [`keeping-${id}`, `keep-failed-${id}`];
  const isOfOthers = () => Boolean(station.session) && station.session.id !== id;
  for (;;) {
    try {
      const session = await ask("GET", `/sessions/${id}`);
      // Of somebody else’s recording nothing is decided, kept or amiss in the sitting of the next: it is told after that.
      if (isOfOthers() && (session.state === "kept" || session.keeping?.error)) {
        clear(name, failed);
        station.untold.add(id);
        return session.state === "kept";
      }
      if (session.state === "kept") {
        clear(name, failed);
        const held = session.held
          ? `Its story is shown to nobody yet: it is, ${session.held}. Please tell an editor.` : "";
        const whose = station.session ? "the story’s recording" : `that of the story “${isolated(session.title)}”`;
        notice("kept", `The recording is kept: it is ${whose} now. ${session.remark} ${held}`.trim());
        return true;
      }
      if (session.keeping?.error) {
        clear(name);
        if (session.taken_back) notice(failed, "The recording is not kept: its story was taken back.", { urgent: true });
        else tellFailure(station, id, failed, session.keeping.error);
        return false;
      }
      if (session.state !== "keeping") { clear(name); return false; }
      notice(name, isOfOthers() ? `An earlier recording is being kept. ${howFar(session.keeping)}Please leave the computer on.`
        : `The recording is being kept. ${howFar(session.keeping)}You can go on here meanwhile, or close this `
        + "window; please leave the computer on.");
    } catch (error) {
      if (error instanceof Refusal && [404, 410].includes(error.status)) { clear(name, failed); return false; }
      if (!(error instanceof Unreachable || error instanceof Refusal)) throw error;
      if (error instanceof Unreachable) notice(name, NOT_KNOWN);
    }
    await sleep(1000);
  }
}

const NOT_KNOWN = "A recording was being kept. The station on this computer is not answering, so how far it is is not "
  + "known. Nothing of it is lost: when the station is started again, it goes on.";

// “Making the working copy: about 12 minutes left. ”; nothing before its speed is known.
function howFar({ step, left }) {
  if (!step || left === null) return "";
  const minutes = Math.ceil(left / 60);
  const time = left < 60 ? "less than a minute" : `about ${minutes} minute${minutes === 1 ? "" : "s"}`;
  return `${step}: ${time} left for this step. `;
}

function tellFailure(station, id, name, error) {
  notice(name, `The recording could not be kept yet. ${error.what} ${error.next_step} Nothing of it is `
    + "lost.", { urgent: true, actions: [button("Try again", async () => {
    clear(name);
    await station.ask("POST", `/sessions/${id}/keep`, {}).catch(() => {});
    watchKeeping(station, id);
  })] });
}

// For the contributor: what comes now, and how to take the yes back.
export async function closing(station) {
  station.step("after");
  const later = station.session?.state === "later";
  return new Promise((resolve) => {
    const go = (step) => { station.onGone = null; resolve(step); };
    endsWhenGone(station, go);
    const { said: lines, next: all, withdraw } = station.words;
    const next = station.wasElsewhere ? all.slice(1) : all; // the first says that nobody else has it
    show(said("h1", lines.thanks, station.tongue),
      el("article", { class: "card closing", ...station.tongue },
        later ? said("p", lines.decide_later) : null,
        said("h2", lines.what_now), el("ol", {}, next.map((line) => said("li", line))),
        said("h2", lines.change_of_mind), paragraphs(withdraw),
        el("p", {}, said("span", lines.number), " ",
          el("strong", { class: "number", dir: "ltr" }, station.session.story)),
        theirSupport(station)),
      el("div", { class: "actions" },
        button("Next: a card for the volunteer", () => go("debrief"), { class: "main" }),
        button("Print this card", () => window.print())));
  });
}

export async function debrief(station) {
  station.step("after");
  const { title, lines } = station.words.debrief;
  return new Promise((go) => {
    show(el("h1", {}, title),
      el("div", { class: "said" }, paragraphs(lines)), supportLines(station),
      el("div", { class: "actions" }, button("Done", () => go("ended"), { class: "main" })));
  });
}

// The last page: a receipt, where something was deleted; and closing the station.
export async function ended(station) {
  station.step("");
  const { receipt, stillElsewhere } = station;
  Object.assign(station, { receipt: null, stillElsewhere: "" });
  station.hold(null);
  forgetDraft(); // somebody else may come
  return new Promise((go) => {
    const amiss = el("div", {});
    show(receipt && !stillElsewhere ? said("h1", station.words.said.deleted_title, station.tongue)
      : el("h1", {}, stillElsewhere ? "It is deleted here" : "All done"),
      receipt ? [stillElsewhere ? el("p", { class: "care" }, stillElsewhere)
        : el("div", { class: "said", ...station.tongue }, paragraphs(station.words.deleted)),
        el("p", { class: "card receipt" }, receipt.text), theirSupport(station)]
        : el("p", { class: "lede" }, "You can record another story, or close the station."),
      amiss,
      el("div", { class: "actions" },
        button("Close the station", () => close(station, amiss), { class: "main" }),
        receipt ? button("A card for the volunteer", () => go("debrief")) : null,
        button("To the beginning", () => go("welcome"))));
  });
}

async function close(station, amiss) {
  try {
    await station.ask("POST", "/close", {});
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    complain(amiss, error.said);
    if (error.facts.state === "keeping") amiss.append(closeLater(station, amiss));
    return;
  }
  $("notices").replaceChildren();
  $("mind").replaceChildren();
  show(el("h1", {}, "The station is closed"), el("p", {}, "You can close this window now. Thank you."),
    el("p", {}, "Does somebody change their mind later? Open the capture station again, or pass it on with the number of "
      + "the story."));
}

// Keeping an hour takes many minutes: nobody need sit there.
function closeLater(station, amiss) {
  return el("div", { class: "actions" }, button("Close it when the recording is kept", () => station.attempt(amiss,
    async () => {
      await station.ask("POST", "/sessions/close-when-kept", {});
      show(el("h1", {}, "The station closes when the recording is kept"),
        el("p", {}, "You can close this window now. Please leave the computer on: the station goes on keeping the "
          + "recording, and then ends by itself. If the computer is switched off before, that goes on when the "
          + "station is next opened. Thank you."));
    })));
}
