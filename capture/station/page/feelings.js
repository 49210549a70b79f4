// How somebody is, before and after; and who listens when it is too much.

import { forgetDraft, keepDraft } from "./drafts.js";
import { button, choices, complain, el, field, paragraphs, said, show } from "./dom.js";

const ENGLISH = { lang: "en-GB", dir: "ltr" };
const ANSWERS = [["well", "Well enough"], ["unsure", "Not sure"], ["unwell", "Not well"]];

// What is said to the people in the conversation; sets of old have one note for them and for staff.
export function careFor(question) {
  return question?.take_care || question?.content_note || "";
}

// The question, what helps where the answer is not “well”, and a note. `send` keeps the answer, and
// promises false where there is none yet.
export function feelingsPart(station, when) {
  const amiss = el("div", {});
  const help = el("div", { "aria-live": "polite" });
  const answer = choices("How are they?", "feeling", ANSWERS, {
    onchange: () => {
      amiss.replaceChildren();
      help.replaceChildren(...advice(station, when, answer.chosen));
    },
    look: "wide",
  });
  const note = el("textarea", { rows: 2, maxlength: 1000 });
  const send = async () => {
    if (!answer.chosen) {
      complain(amiss, "Please choose one. “Not sure” is an answer too.");
      return false;
    }
    const isSent = Boolean(await station.attempt(amiss, async () => station.hold(await station.ask("POST",
      `/sessions/${station.session.id}/wellbeing`, { when, answer: answer.chosen, note: note.value.trim() }))));
    if (isSent) forgetDraft(draft);
    return isSent;
  };
  const draft = `${when} ${station.session.id}`;
  const noteField = field("A note, if something should be remembered", note, "Kept with the recording on this "
    + "computer. It is not published.");
  keepDraft(draft, answer, noteField);
  return { answer, help, noteField, amiss, send };
}

// The recording may be deleted in another window, or erased with its story in a terminal: the last page says so.
export function endsWhenGone(station, go) {
  const { story } = station.session;
  station.onGone = () => {
    station.receipt = { text: `The recording of story ${story} was deleted, though not in this window. Nothing of it is left in this library.` };
    go("ended");
    return true;
  };
}

export async function feelings(station, when) {
  station.step(when);
  return new Promise((resolve) => {
    const go = (step) => { station.onGone = null; resolve(step); };
    endsWhenGone(station, go);
    const part = feelingsPart(station, when);
    show(said("h1", station.words.said.how_now, station.tongue),
      el("div", { class: "said", ...station.tongue }, paragraphs(station.words.after)),
      part.answer, part.help, part.noteField, part.amiss,
      el("div", { class: "actions" }, button("Next", async () => { if (await part.send()) go("closing"); },
        { class: "main" })),
      theirSupport(station));
  });
}

function advice(station, when, answer) {
  if (!answer || answer === "well") return [];
  if (when === "before") {
    return [el("div", { class: "care" },
      el("p", {}, answer === "unwell"
        ? "Perhaps today is not the day. Another day is just as good. Say so, and offer a cup of tea."
        : "There is no need to decide at once. You can begin, and stop after the first question."),
      el("p", {}, "What they want counts. If they would like to go on, go on gently.")),
    supportLines(station)];
  }
  return [el("div", { class: "care" },
    el("p", {}, "Stay with them. Ask whom they would like to ring, and who is at home tonight."),
    el("p", {}, "If you think that somebody is in danger, ring 999, and tell the person in charge at once."))];
}

// The lines where they are for the contributor: named in their language.
export function theirSupport(station) {
  const { support, last_checked: checked } = station.words.said;
  const line = { lang: station.tongue.lang, dir: station.tongue.dir, ...(checked.text ? checked : { text: checked }) };
  // Of the line that nobody tried for longest, in the calendar of the sentence that it stands in.
  const [first] = station.about.support.map((one) => one.day).sort();
  const day = first && new Date(first).toLocaleDateString(line.lang, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return supportLines(station, support, station.tongue, first && { ...line, text: line.text.replace("{}", day) });
}

// Names and hours are in English, as the trust’s settings are.
export function supportLines(station, heading = "Somebody to talk to", tongue = {}, checked = null) {
  const lines = station.about.support;
  const title = said("h2", heading, { id: "support" });
  const none = "No support lines are entered for this library yet. Please find out whom they can ring, and write it down for "
    + "them. An editor can enter the lines for the next time.";
  return el("section", { class: "support", "aria-labelledby": "support", ...tongue }, title,
    lines.length ? el("ul", {}, lines.map((one) => el("li", {},
      el("strong", ENGLISH, one.name), el("span", { class: "number", dir: "ltr" }, one.contact),
      one.when ? el("span", ENGLISH, one.when) : null,
      checked ? null : el("span", { class: "quiet", ...ENGLISH }, `checked on ${one.checked}`))))
      : el("p", ENGLISH, none),
    checked ? said("p", checked, { class: "quiet" }) : null);
}
