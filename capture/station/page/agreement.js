// The participation agreement: read together, ticked, and who took it. What may be recorded is asked
// here, and only that can be recorded afterwards.

import { button, choices, complain, el, field, show, tick } from "./dom.js";

const ROLES = {
  "carer-volunteer": "Carer volunteer", editor: "Editor", facilitator: "Facilitator",
  manager: "Manager", relative: "Relative or friend of the contributor",
};

export async function agreement(station) {
  station.step("agreement");
  const { id } = station.story;
  station.session = await station.ask("GET", `/sessions/${station.session.id}`);
  const stories = await station.ask("GET", "/stories");
  station.story = stories.find((one) => one.id === id) || station.story;
  return station.story.agreed ? onRecord(station) : inFull(station);
}

const whatMayBe = () => choices("What may we record?", "record", [
  ["picture-and-voice", "Picture and voice"],
  ["voice", "Only the voice", "No picture is recorded at all."],
]);

async function agreed(station, amiss, record, paper, go) {
  await station.attempt(amiss, async () => {
    station.hold(await station.ask("POST", `/sessions/${station.session.id}/agreed`, { record, paper }));
    if (record === "voice") station.wanted.voiceOnly = true;
    go("devices");
  });
}

function onRecord(station) {
  return new Promise((go) => {
    const amiss = el("div", {});
    const record = whatMayBe();
    const still = tick("They still want to be recorded today.");
    const paper = tick("A printed copy was signed as well.");
    show(el("h1", {}, "The agreement is on record"),
      el("p", {}, `For “${station.story.title}” the agreement to take part was given before. Please ask `
        + "once more, in your own words. A yes can be taken back at any time."),
      record, still, paper, amiss,
      el("div", { class: "actions" }, button("Next", () => {
        if (!still.box.checked) complain(amiss, "Please tick that they want to be recorded today.");
        else if (!record.chosen) complain(amiss, "Please choose what may be recorded.");
        else agreed(station, amiss, record.chosen, paper.box.checked, go);
      }, { class: "main" }), button("Not today", () => go("decision"))));
  });
}

async function inFull(station) {
  const form = await station.ask("GET", `/stories/${station.story.id}/form`);
  return new Promise((go) => {
    const record = whatMayBe();
    const words = wordsOf(form, record);
    const theirs = el("section", { class: "ours", "aria-labelledby": "theirs" },
      el("h2", { id: "theirs" }, "Name, and how to reach you"),
      el("p", { class: "quiet" }, "So that we can show you the film. They are kept apart from the story "
        + "and are never shown. They may be left out here if they stand on the printed form."));
    const name = el("input", { type: "text", maxlength: 200, autocomplete: "off" });
    const contact = el("input", { type: "text", maxlength: 200, autocomplete: "off" });
    theirs.append(field("Name", name), field("Phone or email", contact));
    const taker = takerPart(station);
    const amiss = el("div", {});
    show(el("h1", {}, form.title),
      el("p", { class: "lede" }, "Read it together, or read it out. There is no hurry."),
      el("p", { class: "quiet" }, `Version ${form.version}, code ${form.code}`),
      form.not_filled_in.length ? el("p", { class: "care" }, "Some places of this form are not filled in "
        + "by the trust yet. They are marked. An editor can fill them in; say what you know yourself.") : null,
      el("div", { class: "form-words", lang: form.language }, words, words.contains(record) ? null : record),
      theirs, taker.part, amiss,
      el("div", { class: "actions" },
        button("They agree: next", () => press(), { class: "main" }),
        button("Not today", () => go("decision"))));

    async function press() {
      // The form’s one square that may stay empty: a no to it is no reason not to record.
      const fingerprint = words.querySelector("input[type=checkbox][value=fingerprint]");
      const left = [...words.querySelectorAll("input[type=checkbox]")]
        .some((box) => !box.checked && box !== fingerprint);
      const missing = left ? "Not every line is ticked. If a line is not right for them, please do not "
        + "record today: talk about it first."
        : !record.chosen ? "Please choose what may be recorded."
          : contact.value.trim() && !name.value.trim() ? "Please write the name as well."
            : taker.missing();
      if (missing) { complain(amiss, missing); return; }
      await station.attempt(amiss, async () => {
        await station.ask("POST", `/stories/${station.story.id}/agreement`, {
          read: true, agreed: true, real_name: name.value.trim(), contact: contact.value.trim(),
          recognise_after_erasure: fingerprint?.checked ?? false, ...taker.said(),
        });
        station.story.agreed = true;
        await agreed(station, amiss, record.chosen, taker.paper, go);
      });
    }
  });
}

function takerPart(station) {
  const role = el("select", {}, station.about.roles.map((one) => el("option", { value: one },
    ROLES[one] || one)));
  const independent = tick("I do not work in the care of the person they look after.");
  const capacity = tick("I thought about whether they can decide this for themselves today, and I have no "
    + "doubt.", { hint: "If you are in doubt, do not record today, and talk with your coordinator." });
  const paper = tick("They signed a printed copy as well.");
  return {
    part: el("section", { class: "ours team", "aria-labelledby": "taker" },
      el("h2", { id: "taker" }, "For you, who took this agreement"),
      field("Your role", role), independent, capacity, paper),
    missing: () => (capacity.box.checked ? "" : "Please tick that you thought about whether they can "
      + "decide this today. If you are in doubt, do not record today."),
    said: () => ({ taken_by: role.value, independent: independent.box.checked, capacity_considered: true }),
    get paper() { return paper.box.checked; },
  };
}

// The form’s own words, which the server made: places to sign on paper are left out here, and its
// question about picture and voice gives way to ours, whose answer counts.
function wordsOf(form, record) {
  const parsed = new DOMParser().parseFromString(form.html, "text/html");
  const words = document.importNode(parsed.querySelector("main") ?? parsed.body, true);
  const held = el("div", {});
  held.append(...words.childNodes);
  for (const unwanted of held.querySelectorAll(".team, .fields")) {
    const group = unwanted.closest(".question");
    (group && !group.querySelector(".choice") ? group : unwanted).remove();
  }
  const asked = held.querySelectorAll("[role=radiogroup]");
  if (asked.length === 1) asked[0].replaceWith(record);
  return held;
}
