// The first page: what was left unfinished, a new recording; then the story, and a last look before
// the recording begins.

import { announce, button, choices, clear, complain, el, field, paragraphs, show, sleep, spokenTimeIs }
  from "./dom.js";
import { careFor } from "./feelings.js";
import { decide, watchKeeping } from "./ending.js";
import { freshKey, Refusal } from "./server.js";

export async function welcome(station) {
  const waiting = await station.ask("GET", "/sessions");
  const mine = waiting.find((one) => one.id === station.held);
  return new Promise((go) => {
    const unfinished = waiting.map((one) => unfinishedCard(station, one, one === mine, go));
    show(
      el("h1", {}, waiting.length ? "Welcome back" : "Recording a story"),
      el("p", { class: "lede" }, "This page leads you through the recording, one step at a time. You need "
        + "about an hour, a quiet room, and the person who wants to tell their story."),
      waiting.length ? el("section", { class: "unfinished", "aria-labelledby": "unfinished" },
        el("h2", { id: "unfinished" }, waiting.length === 1
          ? "A recording is not finished" : `${waiting.length} recordings are not finished`),
        unfinished) : null,
      el("section", {}, waiting.length ? el("h2", {}, "Or something new") : null,
        el("ul", { class: "promises" },
          el("li", {}, "Everything stays on this computer. Nothing is sent anywhere."),
          el("li", {}, "Every second is put on the disk at once. If anything breaks, it is still there."),
          el("li", {}, "They can pause, leave out a question or stop, at any moment, without a reason.")),
        el("div", { class: "actions" },
          button("Begin a new recording", () => go("story"), { class: waiting.length ? "" : "main" }),
          button("Close the station", () => go("ended")))));
  });
}

const STANDS = {
  prepared: "Nothing was recorded yet.",
  agreed: "Nothing was recorded yet.",
  recording: "It broke off while it was being recorded.",
  paused: "It was paused.",
  stopped: "It was stopped, and nothing is decided yet.",
  later: "Somebody wanted to decide later.",
  keeping: "It is being kept now. That may take some minutes.",
};

function unfinishedCard(station, session, mine, go) {
  const decisionPlace = el("div", {});
  const nothing = session.length === 0;
  const keeping = session.state === "keeping";
  const goOn = async () => {
    await station.attempt(decisionPlace, async () => {
      station.hold(await station.ask("GET", `/sessions/${session.id}`));
      station.takeOver = mine; // this very tab was recording it, before it was reloaded
      station.story = { id: session.story, title: session.title };
      go(session.state === "prepared" ? "agreement" : "devices");
    });
  };
  const card = el("article", { class: "card", "aria-label": session.title },
    el("h3", {}, session.title),
    el("p", {}, STANDS[session.state] || "", " ",
      nothing ? "" : el("strong", {}, `${spokenTimeIs(session.length)} safe.`), " ",
      el("span", { class: "quiet" }, `Begun ${when(session.made)}. ${session.id}`)),
    keeping ? null : el("div", { class: "actions" },
      button(nothing ? "Go on with it" : "Go on recording", goOn, { class: mine ? "main" : "" })),
    decisionPlace);
  if (keeping) watchKeeping(station, session.id).then((isKept) => { if (isKept) go("welcome"); });
  if (!keeping || session.keeping?.error) {
    decisionPlace.append(decide(station, session, (done) => {
      announce(done === "later" ? "Left as it is." : "");
      go(done === "deleted" ? "ended" : "welcome");
    }));
  }
  return card;
}

function when(made) {
  return new Date(made).toLocaleString("en-GB",
    { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
}

export async function chooseStory(station) {
  station.step("story");
  clear("kept");
  const stories = await station.ask("GET", "/stories");
  const { question_sets: sets, broken_sets: broken } = station.about;
  return new Promise((go) => {
    const amiss = el("div", {});
    const title = el("input", { type: "text", maxlength: 120, autocomplete: "off" });
    const shown = el("input", { type: "text", maxlength: 80, autocomplete: "off" });
    const questions = el("select", {}, sets.map((one) => el("option", { value: one.id },
      `${one.title} (${one.count} questions)`)));
    const preview = el("div", { class: "preview" });
    const fresh = el("div", { class: "fresh" },
      field("A title for the story", title, "A few words, without anybody’s full name. It can be changed."),
      field("What they want to be called", shown, "A first name, or another name they like. May be left out."));
    const known = el("select", {}, stories.map((one) => el("option", { value: one.id },
      `${one.title}${one.recorded ? " (recorded already: this is added)" : ""}`)));
    const older = el("div", {}, field("Which story?", known));
    const which = choices("Whose story is it?", "which", [
      ["new", "A new story"],
      ["known", "A story that is prepared already", "The agreement may have been taken another day."],
    ], { chosen: "new", onchange: () => changed() });
    const changed = () => {
      const isNew = which.chosen !== "known";
      fresh.hidden = !isNew;
      older.hidden = isNew;
      const of = stories.find((one) => one.id === known.value);
      if (!isNew && of && sets.some((one) => one.id === of.questions)) questions.value = of.questions;
      showQuestions(station, questions.value, preview);
    };
    known.addEventListener("change", changed);
    questions.addEventListener("change", () => showQuestions(station, questions.value, preview));
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
        station.hold(await openSession(station));
        go("agreement");
      });
    };
    show(el("h1", {}, "The story"),
      stories.length ? which : null, fresh, older,
      field("The questions", questions, "They lead the conversation. Any of them can be left out."),
      preview,
      broken.map((one) => el("p", { class: "quiet" }, `The set “${one.id}” cannot be used: ${one.problem}`)),
      amiss,
      el("div", { class: "actions" }, button("Next", next, { class: "main" }),
        button("Back", () => go("welcome"))));
    changed();
  });
}

// A story has one unfinished session at a time: where there is one, it is gone on with.
async function openSession(station) {
  try {
    return await station.ask("POST", "/sessions",
      { story: station.story.id, questions: station.questions, key: freshKey() });
  } catch (error) {
    if (!(error instanceof Refusal && error.facts.session)) throw error;
    return station.ask("GET", `/sessions/${error.facts.session}`);
  }
}

async function showQuestions(station, id, place) {
  if (!id) return;
  const set = await station.ask("GET", `/questions/${id}`);
  place.replaceChildren(el("details", {}, el("summary", {}, "Read the questions"),
    el("p", { class: "quiet" }, `Designed by ${set.designed_by}. Version ${set.version}.`),
    el("ol", {}, set.questions.map((one) => el("li", {}, one.ask,
      careFor(one) ? el("span", { class: "hint" }, careFor(one)) : null)))));
}

// The last look before it begins: what to say first.
export async function ready(station) {
  station.step("interview");
  const set = station.session.question_set;
  return new Promise((go) => {
    const start = button(station.session.length ? "Go on recording" : "Start recording", async () => {
      start.disabled = true;
      start.textContent = "The camera and microphone get ready…";
      await sleep(0);
      go("interview");
    }, { class: "main" });
    show(el("h1", {}, "Before we start"),
      el("p", { class: "quiet" }, "Read this out, or say it in your own words."),
      el("div", { class: "said" }, paragraphs(station.words.before)),
      el("details", {}, el("summary", {}, "The questions once more"),
        el("ol", {}, set.questions.map((one) => el("li", {}, one.ask)))),
      el("div", { class: "actions" }, start, button("Back", () => go(station.session.length ? "devices" : "before")),
        button("Not today", () => go("decision"))));
  });
}
