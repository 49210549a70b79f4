// The first page: what was left unfinished, a new recording; then the story.

import { forgetDraft, keepDraft } from "./drafts.js";
import { $, announce, button, choices, clear, complain, el, field, isolated, notice, show, sleep, spokenTimeIs } from "./dom.js";
import { careFor } from "./feelings.js";
import { decide, watchKeeping } from "./ending.js";
import { Errand } from "./errand.js";
import { withTab } from "./holding.js";
import { today } from "./mind.js";
import { chooseRemote } from "./remote.js";
import { ask, freshKey, Refusal, Unreachable } from "./server.js";

const DELETE_ALL_WAITS = "The station on this computer is not answering. They are deleted as soon as it answers, unless you press “Not yet”.";
const LOOK_AGAIN = 2000; // ms between two looks at what is unfinished: another window may go on with it

export async function welcome(station) {
  const waiting = await station.ask("GET", await withTab("/sessions"));
  const stories = await station.ask("GET", "/stories");
  let shown = true;
  return new Promise((resolve) => {
    const go = (step) => { shown = false; resolve(step); };
    const head = el("h1", {});
    const or = el("h2", {}, "Or something new");
    const begin = button("Begin a new recording", () => go("story"));
    const list = new UnfinishedList(station, go, (isAny) => {
      head.textContent = isAny ? "Welcome back" : "Recording a story";
      or.hidden = !isAny;
      begin.classList.toggle("main", !isAny);
    });
    list.tell(waiting);
    const agreements = el("div", {});
    show(
      head,
      el("p", { class: "lede" }, "This page leads you through the recording, one step at a time. You need "
        + "about an hour, a quiet room, and the person who wants to tell their story."),
      list.part,
      agreements,
      el("section", {}, or,
        el("ul", { class: "promises" },
          el("li", {}, "Until they say yes, the recording stays with the trust: on its own "
            + "computers, and on a backup disk in case one breaks."),
          el("li", {}, "Every second is put on the disk at once. If something stops, what was recorded is still there."),
          el("li", {}, "They can pause, leave out a question or stop, at any moment, without a reason.")),
        el("div", { class: "actions" },
          begin,
          button("Try camera and sound", () => go("trial")),
          button("Close the station", () => go("ended")))),
      today(station, stories));
    list.keepTrue(() => shown);
    for (const id of station.untold) watchKeeping(station, id);
    station.untold.clear();
    tellOfAgreements(station, agreements, () => shown);
  });
}

// Said before anybody has come who would sit there and wait.
async function tellOfAgreements(station, place, isShown) {
  let said = "";
  while (isShown()) {
    const { missing } = station.about;
    const reason = missing ? `${missing.what} ${missing.next_step}` : "";
    if (reason !== said) {
      place.replaceChildren(...(missing ? [el("div", { class: "care" },
        el("p", {}, "No new agreement can be taken here yet, so no new story can be recorded. Please ask an editor to mend "
          + "that before anybody comes. A story that was agreed to before can be recorded."),
        el("details", {}, el("summary", {}, "For the editor"), el("p", {}, reason)))] : []));
      said = reason;
    }
    if (!missing) return;
    await sleep(LOOK_AGAIN);
    station.about.missing = await ask("GET", "/station").then((about) => about.missing, () => missing);
  }
}

// The unfinished recordings, each with what is so of it now. Those in which nothing was recorded share a line.
class UnfinishedList {
  #cards = new Map(); // by the session’s id
  #station;
  #go;

  // `told` hears whether there are any, whenever that is looked at.
  constructor(station, go, told) {
    Object.assign(this, { told });
    this.#station = station;
    this.#go = go;
    this.part = el("div", {});
    this.heading = el("h2", { id: "unfinished", tabindex: -1 });
    this.list = el("div", {});
    this.summary = el("summary", {});
    this.empty = el("div", {});
    this.amiss = el("div", {});
    this.sure = el("div", { class: "sure" });
    this.deleteAll = button("Delete all of them", () => this.#askDeleteEmpty());
    this.folded = el("details", { class: "empty-sessions" }, this.summary,
      el("div", { class: "decide" }, el("div", { class: "actions" }, this.deleteAll), this.sure, this.amiss), this.empty);
    this.section = el("section", { class: "unfinished", "aria-labelledby": "unfinished" }, this.heading, this.list,
      this.folded);
  }

  async keepTrue(isShown) {
    for (;;) {
      await sleep(LOOK_AGAIN);
      if (!isShown()) return;
      await this.look(isShown);
    }
  }

  // The page stays meanwhile: made anew, it would lose what is pressed in that moment.
  async look(isShown = () => this.part.isConnected) {
    try {
      const waiting = await ask("GET", await withTab("/sessions"));
      if (isShown()) this.tell(waiting);
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refusal)) throw error;
    }
  }

  tell(waiting) {
    const isEmpty = (one) => !one.takes.some((take) => take.bytes) && one.owner === "";
    const empty = waiting.filter(isEmpty);
    const fold = empty.length > 1;
    const others = fold ? waiting.filter((one) => !empty.includes(one)) : waiting;
    this.told(waiting.length > 0);
    if (!waiting.length) this.section.remove();
    else if (!this.section.isConnected) this.part.append(this.section);
    this.heading.textContent = others.length === 1 ? "A recording is not finished"
      : others.length ? `${others.length} recordings are not finished` : "Nothing was recorded";
    this.summary.textContent = `${empty.length} sessions in which nothing was recorded`;
    this.folded.hidden = !fold;
    this.emptyIds = fold ? empty.map((one) => one.id) : [];
    const gone = new Set(this.#cards.keys());
    for (const session of waiting) {
      gone.delete(session.id);
      const place = others.includes(session) ? this.list : this.empty;
      const card = this.#card(session);
      if (card.parentNode !== place) place.append(card);
    }
    for (const id of gone) {
      this.#cards.get(id).card.remove();
      this.#cards.delete(id);
    }
  }

  // A card is made anew when something else is so of it; else only its sentence is.
  #card(session) {
    const { owner, returning, state, keeping } = session;
    const so = JSON.stringify([owner, returning > 0, state, session.growing, Boolean(keeping?.error), session.takes.length,
      session.taken_back, session.record]);
    const known = this.#cards.get(session.id);
    if (known?.so === so) {
      known.sentence.replaceChildren(...standsNow(session));
      return known.card;
    }
    const sentence = el("p", {}, standsNow(session));
    const card = unfinishedCard(this.#station, session, sentence, this.#go, () => this.look());
    if (known) known.card.replaceWith(card);
    this.#cards.set(session.id, { card, so, sentence });
    return card;
  }

  // Those that the list names when it is asked: one that turns up meanwhile is none of them.
  #askDeleteEmpty() {
    const ids = this.emptyIds;
    const notYet = button("Not yet", () => {
      errand.leave();
      this.sure.replaceChildren();
      this.deleteAll.focus();
    });
    const errand = new Errand(this.amiss, [notYet]);
    this.errand?.leave();
    this.errand = errand;
    const yes = button("Yes, delete them", () => this.#deleteEmpty(ids, errand, yes), { class: "yes" });
    this.sure.replaceChildren(el("p", {}, `${ids.length} sessions in which nothing was recorded are deleted now.`),
      el("div", { class: "actions" }, yes, notYet));
    yes.focus();
  }

  async #deleteEmpty(ids, errand, yes) {
    yes.disabled = true;
    await this.#station.attempt(this.amiss, async () => {
      for (const id of ids) {
        if (!(await errand.send(`/sessions/${id}/delete`, { confirm: true, empty: true }, DELETE_ALL_WAITS).catch(isOver))) return;
      }
      this.sure.replaceChildren();
      // The page stays: made anew, it would lose what is pressed meanwhile.
      const waiting = await this.#station.ask("GET", await withTab("/sessions"));
      const isOnIt = this.part.isConnected && [yes, document.body].includes(document.activeElement);
      this.tell(waiting);
      if (isOnIt) (this.section.isConnected ? this.heading : $("main").querySelector("h1")).focus();
      announce("They are deleted.");
    });
    yes.disabled = false;
  }
}

// One that is gone, or in which something was recorded meanwhile, keeps nobody from deleting the others.
function isOver(error) {
  if (error instanceof Refusal && ["gone", "not-found", "not-now"].includes(error.code)) return true;
  throw error;
}

const STANDS = {
  prepared: "Nothing was recorded yet.",
  agreed: "Nothing was recorded yet.",
  recording: "It broke off while it was being recorded.",
  paused: "It was paused, and left so.",
  stopped: "It was stopped, and nothing is decided yet.",
  later: "Somebody wanted to decide later.",
  keeping: "It is being kept now. That may take some minutes.",
};
// Made of whether the take grows: a window may have a session open, and record nothing.
function elsewhere({ state, growing, remote }) {
  if (remote) return "It is open in another window; another program may be recording it"; // this page cannot know
  if (growing) return "It is being recorded in another window now";
  if (state === "paused") return "It is paused in another window";
  return "It is open in another window, and is not being recorded";
}

// How it stands with a session, made of what the station knows of it at this moment.
function standsNow(session) {
  const safe = session.safe ? [el("strong", {}, `${spokenTimeIs(session.safe)} safe.`), " "] : [];
  return [stands(session), " ", ...safe,
    el("span", { class: "quiet" }, `Begun ${when(session.made)}. ${session.id}`)];
}

function stands({ owner, heard, returning, state, growing, keeping, remote, talked, taken_back: takenBack }) {
  if (state === "keeping" && !keeping?.error) return STANDS.keeping; // whoever had it open, there is nothing to go on with
  if (owner === "other" && returning) {
    return "A window had it open a moment ago, and may come back to it. If not, you can go on with it here in a "
      + "few seconds.";
  }
  if (owner === "other" && heard === null) return "It is open in another program on this computer.";
  if (owner === "other") {
    const since = heard > 2 ? ` (last heard of ${heard} seconds ago)` : "";
    return `${elsewhere({ state, growing, remote })}${since}.`;
  }
  if (takenBack) return "Its story was taken back, so it cannot be kept. Please delete it.";
  if (state === "keeping" && keeping?.error) return "It could not be kept yet. Nothing of it is lost.";
  if (remote && talked) return "It was marked here while another program was to record it, and its file is still to be brought in here.";
  if (remote) return "Another program is to record it, or has. Nothing of it was marked or brought in here yet.";
  return STANDS[state] || "";
}

function unfinishedCard(station, session, sentence, go, look) {
  const decisionPlace = el("div", {});
  const nothing = !session.takes.some((one) => one.bytes);
  const keeping = session.state === "keeping";
  const elsewhere = session.owner === "other";
  const mine = session.owner === "me" || session.id === station.held;
  const open = (options) => () => station.attempt(decisionPlace, async () => {
    const held = await station.take(session.id, options);
    station.story = { id: held.story, title: held.title };
    go({ prepared: "agreement", stopped: "decision", keeping: "decision" }[options.instead && held.state]
      ?? (held.state === "prepared" ? "agreement" : "devices"));
  });
  const card = el("article", { class: "card", "aria-label": session.title }, el("h3", { dir: "auto" }, session.title), sentence,
    keeping || elsewhere || session.taken_back ? null : el("div", { class: "actions" },
      button(nothing ? "Go on with it" : "Go on recording", open({}), { class: mine ? "main" : "" })),
    elsewhere && !session.returning && session.heard !== null && (!keeping || session.keeping?.error) ? takingOver(open({ instead: true }), session) : null,
    decisionPlace);
  if (keeping) watchKeeping(station, session.id).then((isKept) => { if (isKept) look(); });
  if (elsewhere) return card;
  if (!keeping || session.keeping?.error) {
    decisionPlace.append(decide(station, session, (done) => {
      announce(done === "later" ? "Left as it is." : "");
      go(done === "deleted" ? "ended" : "welcome");
    }));
  }
  return card;
}

// Taking over takes two clicks: what the other window has not saved by then is lost.
function takingOver(takeOver, { growing, remote }) {
  const sure = el("div", { class: "sure" });
  const ask = button("Take over here", () => {
    const yes = button("Yes, take over", takeOver, { class: "yes" });
    sure.replaceChildren(el("p", {}, growing ? "Recording stops in the other window at once. Is nobody "
      + "sitting there?" : remote ? "Nothing more can be marked in the other window then. Is nobody sitting there?" : "The other window can do nothing more with it then. Is nobody sitting there?"),
    el("div", { class: "actions" }, yes, button("Not yet", () => { sure.replaceChildren(); ask.focus(); })));
    yes.focus();
  });
  return el("div", { class: "decide" }, el("div", { class: "actions" }, ask), sure);
}

function when(made) {
  return new Date(made).toLocaleString("en-GB",
    { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
}

export async function chooseStory(station) {
  station.step("story");
  clear("kept", "questions");
  const stories = await station.ask("GET", "/stories");
  const { question_sets: sets } = station.about;
  // Whoever comes Back finds the story that was begun, and begins no second one.
  const begun = stories.find((one) => one.id === station.story?.id);
  return new Promise((go) => {
    const amiss = el("div", {});
    const title = el("input", { type: "text", maxlength: 120, autocomplete: "off" });
    const shown = el("input", { type: "text", maxlength: 80, autocomplete: "off" });
    const questions = el("select", {}, sets.map((one) => el("option", { value: one.id, dir: "auto" },
      `${one.title} (${one.count} questions)`)));
    const preview = el("div", { class: "preview" });
    const fresh = el("div", { class: "fresh" },
      field("A title for the story", title, "A few words, without anybody’s full name. It can be changed."),
      field("What they want to be called", shown, "A first name, or another name they like. May be left out."));
    const known = el("select", {}, stories.map((one) => el("option", { value: one.id, dir: "auto" },
      `${one.title}${one.recorded ? " (recorded already: this is added)" : ""}`)));
    if (begun) known.value = begun.id;
    const older = el("div", {}, field("Which story?", known));
    const which = choices("Whose story is it?", "which", [
      ["new", "A new story"],
      ["known", "A story that is prepared already", "The agreement may have been taken another day."],
    ], { chosen: begun ? "known" : "new", onchange: () => changed() });
    const where = choices("Where do you speak?", "where", [["room", "In the same room"],
      ["remote", "We speak over Teams, Zoom or telephone", "Another program records, and the file is brought in afterwards."]],
    { chosen: station.talk ? "remote" : "room" });
    const prepared = () => (which.chosen === "known" ? stories.find((one) => one.id === known.value) : null);
    const preread = () => showQuestions(station, questions.value, preview, prepared()?.agreed);
    const changed = () => {
      const isNew = which.chosen !== "known";
      fresh.hidden = !isNew;
      older.hidden = isNew;
      const of = prepared();
      if (of && sets.some((one) => one.id === of.questions)) questions.value = of.questions;
      preread();
    };
    known.addEventListener("change", changed);
    questions.addEventListener("change", preread);
    const next = async () => {
      if (!questions.value) { complain(amiss, "There is no question set that can be used."); return; }
      if (which.chosen === "new" && !title.value.trim()) {
        complain(amiss, "Please give the story a title.");
        return;
      }
      station.questions = questions.value;
      await station.attempt(amiss, async () => {
        station.story = which.chosen === "known" ? stories.find((one) => one.id === known.value)
          : await station.ask("POST", "/stories", { title: title.value.trim(), questions: questions.value,
            contributor: shown.value.trim() });
        const session = station.hold(await openSession(station));
        // Whoever comes Back may choose other questions, until something is recorded.
        if (session.question_set.id !== station.questions) {
          if (session.takes.length) notice("questions", goesOnWith(session));
          else station.hold(await station.ask("POST", `/sessions/${session.id}/questions`, { questions: station.questions }));
        }
        await chooseRemote(station, where.chosen === "remote");
        forgetDraft("story");
        go("agreement");
      });
    };
    show(el("h1", {}, "The story"),
      stories.length ? which : null, fresh, older,
      field("The questions", questions, "They lead the conversation. Any of them can be left out."),
      preview, where,
      amiss,
      el("div", { class: "actions" }, button("Next", next, { class: "main" }),
        button("Back", () => go("welcome"))));
    if (!begun) keepDraft("story", which, fresh, older, questions.parentElement, where);
    changed();
  });
}

const goesOnWith = ({ question_set: set }) => "Something of this story is recorded already, and not decided yet. It goes on with "
  + `the questions that it was begun with: “${isolated(set.title)}”.`;

// A story has one unfinished session at a time: where there is one, it is gone on with.
async function openSession(station) {
  const [unfinished] = station.story.sessions ?? [];
  if (unfinished) return station.ask("GET", `/sessions/${unfinished}`);
  try {
    return await station.ask("POST", "/sessions",
      { story: station.story.id, questions: station.questions, key: freshKey() });
  } catch (error) {
    if (!(error instanceof Refusal && error.facts.session)) throw error;
    return station.ask("GET", `/sessions/${error.facts.session}`);
  }
}

async function showQuestions(station, id, place, isAgreed) {
  if (!id) return;
  const set = await station.ask("GET", `/questions/${id}`);
  const gap = set.form_gap && !isAgreed ? el("p", { class: "care" }, set.form_gap) : "";
  place.replaceChildren(gap, el("details", {}, el("summary", {}, "Read the questions"),
    el("p", { class: "quiet" }, "Designed by ", el("bdi", {}, set.designed_by), `. Version ${set.version}.`),
    el("ol", { lang: set.language || "en-GB", dir: set.dir }, set.questions.map((one) => el("li", {}, one.ask,
      careFor(one) ? el("span", { class: "hint" }, careFor(one)) : null)))));
}
