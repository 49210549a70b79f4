// How somebody is, before and after; and who listens when it is too much.

import { button, choices, complain, el, field, paragraphs, show } from "./dom.js";

const ANSWERS = [["well", "Well enough"], ["unsure", "Not sure"], ["unwell", "Not well"]];

// What is said to the people in the conversation; sets of old have one note for them and for staff.
export function careFor(question) {
  return question?.take_care || question?.content_note || "";
}

export async function feelings(station, when) {
  station.step(when);
  const before = when === "before";
  return new Promise((go) => {
    const amiss = el("div", {});
    const help = el("div", { "aria-live": "polite" });
    const answer = choices("How are they?", "feeling", ANSWERS, {
      onchange: () => help.replaceChildren(...advice(station, when, answer.chosen)), look: "wide",
    });
    const note = el("textarea", { rows: 2, maxlength: 1000 });
    const next = async () => {
      if (!answer.chosen) {
        complain(amiss, "Please choose one. “Not sure” is an answer too.");
        return;
      }
      await station.attempt(amiss, async () => {
        station.hold(await station.ask("POST", `/sessions/${station.session.id}/wellbeing`,
          { when, answer: answer.chosen, note: note.value.trim() }));
        go(before ? "ready" : "closing");
      });
    };
    show(el("h1", {}, before ? "How are you today?" : "How are you now?"),
      before
        ? el("p", { class: "lede" }, "Ask, and take the time for the answer. Then tick what fits best.")
        : el("div", { class: "said" }, paragraphs(station.words.after)),
      answer, help,
      field("A note, if something should be remembered", note, "Kept with the recording on this computer. "
        + "It is not published."),
      amiss,
      el("div", { class: "actions" }, button("Next", next, { class: "main" }),
        before ? button("Back", () => go("devices")) : null,
        before ? button("Not today", () => go("decision")) : null),
      before ? null : supportLines(station));
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

export function supportLines(station) {
  const lines = station.about.support;
  return el("section", { class: "support", "aria-label": "Somebody to talk to" },
    el("h2", {}, "Somebody to talk to"),
    lines.length ? el("ul", {}, lines.map((one) => el("li", {},
      el("strong", {}, one.name), el("span", { class: "number" }, one.contact),
      one.when ? el("span", {}, one.when) : null,
      el("span", { class: "quiet" }, `checked on ${one.checked}`))))
      : el("p", {}, "No support lines are entered for this library yet. Please find out whom they can ring, and "
        + "write it down for them. An editor can enter the lines for the next time."));
}
