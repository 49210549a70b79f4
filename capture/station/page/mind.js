// Two things that stay within reach from the first step to the last: what was agreed, to be read again,
// printed or read aloud; and a change of mind, with what can be done about it at once. Both open over
// the step that is shown, which is there again, as it was, when they are closed.

import { answered, formWords } from "./agreement.js";
import { aloud } from "./aloud.js";
import { forgetDraft, keepDraft } from "./drafts.js";
import { $, announce, button, el, field, paragraphs, said as saidLine } from "./dom.js";
import { Errand } from "./errand.js";
import { theirSupport } from "./feelings.js";
import { isElsewhere, tabName } from "./holding.js";

// The story that this is about: the one in hand, or the last one that was.
const storyOf = (station) => {
  const { session, story } = station;
  if (session) {
    station.lastStory = { id: session.story, title: session.title, language: session.question_set?.language ?? "",
      agreed: Boolean(session.record) || (story?.id === session.story && story.agreed) };
  }
  if (story && station.lastStory?.id !== story.id) station.lastStory = story;
  return station.lastStory ?? null;
};

// Puts the buttons where they are on every step.
export function mindButtons(station) {
  const story = storyOf(station);
  $("mind").replaceChildren(...(story ? [
    story.agreed ? button("Read the agreement again", () => openAgreed(station, storyOf(station)),
      { class: "small" }) : "",
    button("They have changed their mind", () => openMind(station, storyOf(station)), { class: "small" }),
  ] : []));
}

// The same button for the interview, whose head has no room for the long one.
export const mindButton = (station) => button("Change of mind", () => openMind(station, storyOf(station)),
  { class: "small mind-button" });

function open(label, ...inside) {
  const dialog = el("dialog", { class: "over", "aria-labelledby": label });
  dialog.append(...inside.flat(9).filter(Boolean));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("h2").focus();
  return dialog;
}

const OVER = { id: "over", tabindex: "-1" };
const heading = (text, given = {}) => el("h2", { ...OVER, ...given }, text);

// For the welcome page: what was begun, agreed or recorded today.
export function today(station, stories) {
  const own = stories.filter((one) => one.today);
  if (!own.length) return null;
  return el("section", { "aria-labelledby": "today" }, el("h2", { id: "today" }, "Today’s stories"),
    el("ul", { class: "today" }, own.map((one) => el("li", {},
      el("span", {}, el("strong", { dir: "auto" }, one.title), " ", el("span", { class: "number" }, one.id)),
      one.agreed ? button("Read the agreement again", () => openAgreed(station, one),
        { class: "small", "aria-label": `Read the agreement again: ${one.title}` }) : null,
      button("They have changed their mind", () => openMind(station, one),
        { class: "small", "aria-label": `They have changed their mind: ${one.title}` })))));
}

export async function openMind(station, story) {
  const paused = station.pauseNow?.() ?? false;
  const said = await station.wordsOf(story);
  const sure = el("div", { class: "sure" });
  const amiss = el("div", {});
  const back = button("Go back: nothing changes", () => dialog.close());
  let errand = null;
  const deed = (what) => () => {
    if (errand?.isOnItsWay) return;
    errand?.leave();
    errand = new Errand(amiss, [back], dialog);
    what(station, story, { sure, amiss, dialog, said, errand });
  };
  const dialog = open("over", heading("If they have changed their mind"),
    paused ? el("p", { class: "care" }, "The recording is paused. Nothing is being recorded now.") : null,
    el("div", { class: "said", ...said.tongue }, paragraphs(said.words.withdraw)),
    el("p", {}, "“", el("bdi", {}, story.title), "”. The number of the story: ", el("strong", { class: "number" }, story.id)),
    el("div", { class: "actions" },
      button("Delete everything of it now", deed(deletion)),
      button("Note it for an editor", deed(wish)),
      back),
    sure, amiss);
}

const LATE = 3000; // ms in which nobody is told that it waits
const NO_ANSWER = "The station on this computer is not answering. ";
const NOT_DELETED = `${NO_ANSWER}Nothing is deleted yet. It is deleted as soon as the station answers, unless you press “Not yet”.`;
const NOT_NOTED = `${NO_ANSWER}Nothing is noted yet. It is noted as soon as the station answers, unless you press “Not yet”.`;
const FULL_TO_DELETE = "The disk of this computer is full, so nothing is deleted yet. Make room on the disk, and press it again.";
const FULL_TO_NOTE = "The disk of this computer is full, so nothing is noted yet. Write it on paper, with the number of the story, "
  + "and give that to an editor; or make room on the disk, and press it again.";

function deletion(station, story, { sure, amiss, dialog, said, errand }) {
  let instead = false; // whether it is to end in another window, too
  const yes = button("Yes, delete it all now", async () => {
    yes.disabled = true;
    station.isDeleting = true;
    const receipt = await station.attempt(amiss, async () => {
      const late = setTimeout(() => errand.tell(NOT_DELETED), LATE);
      if (!instead && !station.stayed) await Promise.race([station.stopNow?.(), errand.left]);
      clearTimeout(late);
      const body = { confirm: true, name: await tabName(), instead };
      return errand.send(`/stories/${story.id}/take-back`, body, NOT_DELETED).catch((error) => {
        if (!isElsewhere(error)) throw error;
        instead = true;
      });
    }, FULL_TO_DELETE);
    if (errand.isLeft) return;
    station.isDeleting = Boolean(receipt);
    if (!receipt) {
      yes.disabled = false;
      if (instead) { told.textContent = OPEN_ELSEWHERE; yes.textContent = "Yes, delete it there as well"; }
      return;
    }
    forgetDraft();
    const title = receipt.erased ? saidLine("h2", said.words.said.taken_back_title, { ...OVER, ...said.tongue })
      : heading("It is taken back");
    done(station, dialog, title, receipt, receipt.erased ? said : null, receipt.left);
  }, { class: "yes" });
  const told = el("p", { role: "status" }, "The story is taken back for good: what was recorded, the agreement, name "
    + "and contact are deleted. It cannot be brought back. Only its number and the date stay, to show that it was done.");
  const notYet = button("Not yet", () => { errand.leave(); sure.replaceChildren(); });
  errand.ways.push(notYet);
  errand.left.then(() => {
    const on = station.stayed;
    Object.assign(station, { isDeleting: false, stayed: null });
    on?.();
  });
  sure.replaceChildren(told, el("div", { class: "actions" }, yes, notYet));
  yes.focus();
}

const OPEN_ELSEWHERE = "Nothing is deleted yet: a recording of this story is open in another window. Does somebody sit "
  + "there? Tell them first. If it is deleted now, it ends in that window, too, and cannot be brought back.";

function wish(station, story, { sure, amiss, dialog, errand }) {
  const words = el("textarea", { rows: 3, maxlength: 2000 });
  const note = button("Note it", async () => {
    note.disabled = true;
    const noted = await station.attempt(amiss, () => errand.send(`/stories/${story.id}/change-of-mind`,
      { words: words.value.trim() }, NOT_NOTED), FULL_TO_NOTE);
    note.disabled = false;
    if (!noted) return;
    forgetDraft(draft);
    done(station, dialog, heading("It is noted"), { text: `That the contributor of story ${story.id} changed their mind was noted `
      + `on ${noted.on}. It is shown to nobody until an editor has talked with them.` }, null, []);
  }, { class: "yes" });
  const draft = `wish ${story.id}`;
  const notYet = button("Not yet", () => { errand.leave(); sure.replaceChildren(); });
  errand.ways.push(notYet);
  sure.replaceChildren(field("What do they wish?", words, "In their own words, such as: leave out what I said about my "
    + "sister. It may stay empty. An editor sees it; nobody else is shown the story until then."),
  el("div", { class: "actions" }, note, notYet));
  keepDraft(draft, sure);
  words.focus();
  note.scrollIntoView({ block: "nearest" }); // at 200 % zoom it lies below
}

// What was done, to be printed. What was deleted is in hand no longer: the page begins anew, and with
// that camera, microphone and all that waited to be saved are let go.
function done(station, dialog, title, { erased, text }, said, left) {
  const isOver = erased !== undefined;
  if (isOver) { // nothing of what stood behind it is so any more
    $("main").replaceChildren();
    announce("");
  }
  const end = () => {
    if (isOver) station.beginAnew();
    else dialog.close();
  };
  dialog.replaceChildren(title, said ? el("div", { class: "said", ...said.tongue }, paragraphs(said.words.deleted)) : "",
    el("p", { class: "card receipt" }, text),
    left.length ? el("div", { class: "care" }, paragraphs(left)) : "",
    isOver ? theirSupport(station) : "",
    el("div", { class: "actions" }, button(isOver ? "To the beginning" : "Close", end, { class: "main" }),
      button("Print this", () => window.print())));
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); end(); });
  dialog.querySelector("h2").focus();
}

export async function openAgreed(station, story) {
  const amiss = el("div", {});
  const dialog = open("over", heading("The agreement"), amiss,
    el("div", { class: "actions" }, button("Close", () => dialog.close())));
  const form = await station.attempt(amiss, () => station.ask("GET", `/stories/${story.id}/agreed`));
  if (!form || !dialog.isConnected) return;
  const tongue = { lang: form.language, dir: form.dir };
  const words = el("div", { class: "form-words", ...tongue });
  words.append(...(form.html ? formWords(form.html) : []));
  for (const box of words.querySelectorAll("input")) box.disabled = true;
  const answers = el("section", { "aria-label": "What was answered" }, ...[
    form.record ? answered.record(form.record) : null,
    answered.fingerprint(form.recognise_after_erasure),
    form.contact_way ? answered.contact(form.contact_way) : null,
    answered.taker(form.taken_by, form.independent)].filter(Boolean));
  const isWhole = (one) => !one.parentElement.closest("p, li");
  const reader = aloud(() => [...answers.children, ...[...words.querySelectorAll("h2, h3, p, li")].filter(isWhole)], form);
  dialog.addEventListener("close", reader.stop);
  dialog.replaceChildren(heading(form.title, tongue),
    el("p", {}, "“", el("bdi", {}, story.title), "”, ", el("span", { class: "number" }, story.id), `. Agreed on ${form.on}. `
      + `Version ${form.version}${form.code ? `, code ${form.code}` : ""}.`),
    answers,
    form.html ? words : el("p", { class: "care" }, "It was signed on paper. Its words stand on the signed form."),
    reader.place,
    el("div", { class: "actions" }, button("Close", () => dialog.close(), { class: "main" }),
      form.html ? [reader.press, button("Print it", () => window.print(), { class: "small" })] : []));
  dialog.querySelector("h2").focus();
}
