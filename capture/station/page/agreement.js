// The participation agreement, in steps that fit the window: the form’s own words, how to reach them,
// who took it. What is asked and refused comes from the station; nothing is judged here. What was
// filled in stays while the window is open, wherever Back leads to.

import { aloud } from "./aloud.js";
import { forgetDraft, keepDraft } from "./drafts.js";
import { announce, button, choices, complain, el, field, show, tick } from "./dom.js";
import { Pages } from "./pages.js";
import { sendBytes } from "./server.js";

export async function agreement(station) {
  station.step("agreement");
  const { id } = station.story;
  station.session = await station.ask("GET", `/sessions/${station.session.id}`);
  const stories = await station.ask("GET", "/stories");
  station.story = stories.find((one) => one.id === id) || station.story;
  station.showMind(); // only now is it known, of a page that was loaded anew, whether there is an agreement
  const form = await station.ask("GET", `/stories/${id}/form`);
  if (form.missing && !station.story.agreed) return notYet(station, form.missing);
  const draft = station.draft;
  const asked = { story: id, code: form.code, agreed: station.story.agreed, media: form.agreed_media };
  if (!Object.entries(asked).every(([name, of]) => draft?.[name] === of)) {
    station.draft = station.story.agreed ? onRecord(station, form) : inFull(station, form);
    Object.assign(station.draft, asked);
  }
  return new Promise((go) => { station.draft.walk(go); });
}

// Where the trust has still to say what an agreement rests on, nothing is asked in vain.
function notYet(station, missing) {
  return new Promise((go) => {
    show(el("h1", {}, "The agreement cannot be taken yet"), el("p", { class: "lede" }, missing.what),
      el("p", {}, "An editor does that: ", missing.next_step),
      el("div", { class: "actions" }, button("Back", () => go("story")),
        button("Not today", () => go("decision"))));
  });
}

// The answers of each part, by the names under which the station finds fault with them.
const WORDS = ["words", "lines", "record"];
const REACH = ["contact", "real_name", "reached_at"];
const TAKER = ["taken_by", "independent", "capacity_considered", "paper", "on", "form_version", "form"];

// Steps one after the other, each in as many pages as the window needs.
class Walk {
  constructor(station, form, steps, finish) {
    Object.assign(this, { station, form, steps, finish, at: 0, problems: [] });
    this.counter = el("p", { class: "quiet counter" });
    this.panel = el("div", { class: "panel" });
    this.amiss = el("div", {});
    // What was found amiss has been answered. Its room stays until the page is turned, as what is about to be pressed
    // must not move; it is needed where an answer asks for more.
    this.panel.addEventListener("change", () => this.amiss.firstChild?.classList.add("answered"));
    this.panel.addEventListener("relaid", () => this.amiss.replaceChildren(), true);
  }

  get step() { return this.steps[this.at]; }

  walk(go) {
    this.isLeft = false;
    this.go = (name) => {
      this.leave();
      this.isLeft = true;
      go(name);
    };
    this.enter(this.at);
  }

  leave() {
    this.pages?.end();
    this.aloud?.stop();
    removeEventListener("beforeprint", this.print);
    removeEventListener("afterprint", this.printed);
  }

  enter(at, backwards = false) {
    this.leave();
    this.at = at;
    const { step, form } = this;
    const theirs = step.theirs ? { lang: form.language, dir: form.dir } : {};
    this.amiss.replaceChildren();
    this.aloud = step.theirs ? aloud(() => this.pages.shown, form) : null;
    this.next = button(step.next ?? "Next", () => this.onwards(), { class: "main" });
    show(el("div", { class: "stage" },
      el("h1", theirs, step.title), this.counter, this.panel, this.aloud?.place, this.amiss,
      el("div", { class: "actions" }, button("Back", () => this.back()), this.next,
        this.aloud?.press, step.theirs ? button("Print it", () => window.print(), { class: "small" }) : null,
        button("Not today", () => this.go("decision"), { class: "small" }))));
    this.pages = new Pages(this.panel, step.content);
    this.pages.turned = () => this.tell();
    this.pages.atLeastRoom = () => this.crowd();
    this.pages.refresh();
    if (backwards) this.pages.last(); else this.pages.first();
    this.print = () => this.pages.whole();
    this.printed = () => this.pages.refresh();
    addEventListener("beforeprint", this.print);
    addEventListener("afterprint", this.printed);
  }

  tell() {
    const parts = this.steps.length > 1 ? `Part ${this.at + 1} of ${this.steps.length}` : "";
    const pages = this.pages.where;
    const code = this.step.theirs && !this.pages.page ? `version ${this.form.version}, code ${this.form.code}` : "";
    const counted = [parts, pages, code].filter(Boolean).join(" · ");
    if (this.counted !== counted) announce(""); // what was said of another page is not so of this one
    this.counted = counted;
    this.counter.textContent = counted;
    this.counter.hidden = !this.counter.textContent;
    const last = this.pages.page === this.pages.count - 1;
    this.next.textContent = last ? this.step.next ?? "Next" : "Next page";
  }

  // The longest counter, and of the two labels the one that leaves the panel less room.
  crowd() {
    const { steps: { length }, form: { version, code } } = this;
    this.counter.textContent = [`Part ${length} of ${length} · section 14 of 14, page 10 of 10`,
      this.step.theirs ? `version ${version}, code ${code}` : ""].filter(Boolean).join(" · ");
    this.counter.hidden = false;
    const labels = ["Next page", this.step.next ?? "Next"];
    const rooms = labels.map((label) => {
      this.next.textContent = label;
      return this.panel.clientHeight;
    });
    if (rooms[0] < rooms[1]) [this.next.textContent] = labels;
  }

  turn(by) {
    this.amiss.replaceChildren();
    this.aloud?.stop();
    if (!this.pages.turn(by)) return false;
    document.querySelector("main h1").focus();
    announce(this.counter.textContent);
    return true;
  }

  back() {
    if (this.turn(-1)) return;
    if (this.at > 0) this.enter(this.at - 1, true);
    else this.go("story");
  }

  // Pressed again while a part is checked, Next does nothing: it would leave the part after it out.
  async onwards() {
    if (this.isChecking || this.turn(1)) return;
    this.isChecking = true;
    try {
      await this.check(this.step);
    } finally {
      this.isChecking = false;
    }
  }

  async check(step) {
    const fine = await this.station.attempt(this.amiss, async () => {
      const faults = await step.check?.() ?? [];
      if (!faults.length) return true;
      const [{ field: name, what, next_step: next }] = faults;
      const element = step.about?.(name);
      if (element) this.pages.to(element);
      complain(this.amiss, `${what} ${next}`.trim());
      return false;
    });
    if (!fine || this.isLeft || this.step !== step) return; // Back and Not today are not taken back
    if (this.at < this.steps.length - 1) this.enter(this.at + 1);
    else await this.finish((name) => this.go(name), this.amiss);
  }
}

// Asked in the contributor’s language. With `gloss` the volunteer, who chooses, has it in English beneath.
// `only` leaves what was agreed to, and nothing besides.
function whatMayBe(station, { chosen = "", gloss = false, only = "" } = {}) {
  const { said: lines } = station.words;
  const line = (key) => lines[key].text ?? lines[key];
  const own = typeof lines.may_record === "string" ? station.tongue : lines.may_record;
  const english = (text) => (gloss && own.lang !== "en-GB" && own.lang !== "en" ? el("span", ENGLISH, text) : "");
  const group = choices(line("may_record"), "record", [
    ["picture-and-voice", line("picture_and_voice"), english("Picture and voice.")],
    ["voice", line("only_voice"), [line("no_picture"), " ", english("Only the voice, no picture at all.")]],
  ].filter(([word]) => !only || word === only), { chosen: only || chosen });
  return Object.assign(group, { lang: own.lang, dir: own.dir });
}

const ENGLISH = { lang: "en-GB", dir: "ltr" };

async function agreed(station, amiss, record, paper, go) {
  await station.attempt(amiss, async () => {
    const before = station.session.record;
    station.hold(await station.ask("POST", `/sessions/${station.session.id}/agreed`, { record, paper }));
    if (before !== record) station.choose({ voiceOnly: record === "voice" }); // else it stays as they wished
    forgetDraft(draftOf(station));
    go("devices");
  });
}

const draftOf = (station) => `agreement ${station.story.id}`;

function onRecord(station, form) {
  const media = form.agreed_media;
  const isVoiceOnly = media === "voice";
  const record = whatMayBe(station, { chosen: station.session.record, gloss: true, only: isVoiceOnly ? media : "" });
  const still = tick("They still want to be recorded today.");
  const paper = tick("A printed copy was signed as well.");
  const content = el("div", {},
    el("p", {}, "For “", el("bdi", {}, station.story.title), "” the agreement to take part was given before. Please ask "
      + "once more, in your own words. A yes can be taken back at any time.",
      media ? el("strong", {}, isVoiceOnly ? " They agreed that only their voice is recorded." : " They agreed to picture and voice.") : ""),
    record, still, paper,
    isVoiceOnly ? el("p", { class: "quiet" }, "Do they want their picture recorded as well? That takes another agreement. ",
      button("Go through the agreement again", () => anew(station, form), { class: "small" })) : "");
  // Where there is nothing to choose, nothing that was chosen before is put back.
  keepDraft(draftOf(station), ...(isVoiceOnly ? [still, paper] : [content]));
  const check = () => (!still.box.checked
    ? [{ field: "still", what: "Please tick that they want to be recorded today.", next_step: "" }]
    : !record.chosen ? [{ field: "record", what: "Please choose what may be recorded.", next_step: "" }] : []);
  return new Walk(station, form,
    [{ title: "The agreement is on record", content, check, about: (name) => ({ still, record })[name] }],
    (go, amiss) => agreed(station, amiss, record.chosen, paper.box.checked, go));
}

// Another agreement counts in the place of the one on record.
function anew(station, form) {
  const { go } = station.draft;
  station.draft.leave();
  station.draft = Object.assign(inFull(station, form, { isAnew: true }),
    { story: station.story.id, code: form.code, agreed: true, media: form.agreed_media });
  station.draft.walk(go);
}

function inFull(station, form, { isAnew = false } = {}) {
  const parts = { words: wordsPart(form, station), reach: reachPart(form), taker: takerPart(form) };
  const { words, reach, taker } = parts;
  const path = `/stories/${station.story.id}/agreement`;
  const answers = () => ({ ...words.said(), ...reach.said(), ...taker.said() });
  const checked = (fields) => async () => {
    await taker.handIn?.(station);
    const { faults, consequences } = await station.ask("POST", `${path}/check`, answers());
    summary.fill(answers(), consequences);
    return faults.filter((one) => fields.includes(one.field));
  };
  const summary = summaryPart(form, parts);
  let isRecorded = false;
  keepDraft(draftOf(station), words.part, reach.part, taker.part);
  const steps = [
    { title: form.title, theirs: true, content: words.part, about: words.about,
      check: checked(WORDS) },
    form.has_contributor ? null : { title: "How to reach them", content: reach.part, about: reach.about,
      check: checked(REACH) },
    { title: "For you, who took this agreement", content: taker.part, about: taker.about,
      check: checked(TAKER) },
    { title: "Is this right?", next: "They agree: record it", content: summary.part, about: () => null,
      check: checked([...WORDS, ...REACH, ...TAKER]) },
  ];
  return new Walk(station, form, steps.filter(Boolean), (go, amiss) => station.attempt(amiss, async () => {
    if (!isRecorded && (isAnew || !station.story.agreed)) {
      station.story = { ...station.story, ...await station.ask("POST", path, answers()) };
      isRecorded = true;
    }
    station.draft = null; // whoever comes back finds it on record
    await agreed(station, amiss, words.record.chosen, taker.paper, go);
  }));
}

// The form’s own words, which the server made: places to sign on paper are left out here, and its
// question about picture and voice gives way to ours, whose answer counts.
function wordsPart(form, station) {
  const record = whatMayBe(station);
  const part = el("div", { class: "form-words", lang: form.language, dir: form.dir });
  part.append(...formWords(form.html));
  const asked = part.querySelectorAll("[role=radiogroup]");
  if (asked.length === 1) asked[0].replaceWith(record); else part.append(record);
  if (form.not_filled_in.length) {
    part.prepend(el("p", { class: "care", lang: "en", dir: "ltr" }, "Some places of this form are not filled in by "
      + "the trust yet. They are marked. An editor can fill them in; say what you know yourself."));
  }
  part.prepend(el("p", { class: "lede", lang: "en", dir: "ltr" }, "Read it together, or read it out. There is no hurry."));
  // The form’s one square that may stay empty: a no to it is no reason not to record.
  const fingerprint = part.querySelector("input[type=checkbox][value=fingerprint]");
  const boxes = [...part.querySelectorAll("input[type=checkbox]")].filter((box) => box !== fingerprint);
  return {
    part, record, fingerprint,
    said: () => ({ read: true, agreed: true, code: form.code, record: record.chosen,
      lines: boxes.filter((box) => box.checked).length, recognise_after_erasure: fingerprint?.checked ?? false }),
    about: (name) => ({ record, lines: boxes.find((box) => !box.checked), words: part.firstChild })[name],
  };
}

// The words of a form’s page, without its places to sign and the team’s part.
export function formWords(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const words = document.importNode(parsed.querySelector("main") ?? parsed.body, true);
  for (const unwanted of words.querySelectorAll(".team, .fields")) {
    const group = unwanted.closest(".question");
    (group && !group.querySelector(".choice") ? group : unwanted).remove();
  }
  return [...words.childNodes];
}

function reachPart(form) {
  const { contact: asked, real_name: named, reached_at: reached } = form.questions;
  const name = el("input", { type: "text", maxlength: 200, autocomplete: "off" });
  const contact = el("input", { type: "text", maxlength: 200, autocomplete: "off" });
  const fields = el("div", { "data-off": true }, field("Name", name, named.why),
    field("Phone or email", contact, reached.why));
  const follows = el("p", { class: "care", "data-off": true }, form.follows["none-wanted"]);
  const way = choices(asked.ask, "contact-way", form.contact_ways, { onchange: () => changed() });
  way.querySelector("legend").append(el("span", { class: "hint" }, asked.why));
  const part = el("div", {}, way, fields, follows);
  function changed() {
    fields.toggleAttribute("data-off", way.chosen !== "kept");
    follows.toggleAttribute("data-off", way.chosen !== "none-wanted");
    for (const one of [fields, follows]) one.hidden = one.hasAttribute("data-off");
    part.dispatchEvent(new Event("relaid", { bubbles: true }));
  }
  return {
    part,
    said: () => ({ contact_way: way.chosen, real_name: way.chosen === "kept" ? name.value.trim() : "",
      contact: way.chosen === "kept" ? contact.value.trim() : "" }),
    about: (which) => ({ contact: way, real_name: name, reached_at: contact })[which],
    way: () => form.contact_ways.find(([word]) => word === way.chosen)?.[1] ?? "",
  };
}

function takerPart(form) {
  const { taken_by: taken, independent: outside, capacity_considered: decide, on, form_version: printed,
    form: proof } = form.questions;
  const role = el("select", {}, form.roles.map(([word, name]) => el("option", { value: word }, name)));
  const follows = el("p", { class: "care", "data-off": true }, form.follows["not-independent"], " Better still: "
    + "ask somebody else to take the agreement.");
  const independent = choices(outside.ask, "independent", [["yes", "Yes"], ["no", "No"]],
    { onchange: () => changed(), look: "wide" });
  independent.querySelector("legend").append(el("span", { class: "hint" }, outside.why));
  const capacity = tick("I thought about whether they can decide this for themselves today, and I have no "
    + "doubt.", { hint: `${decide.why} If you are in doubt, do not record today, and talk with your coordinator.` });
  const paper = choices("Was a printed copy signed?", "paper", [["no", "No"], ["today", "Yes, today"],
    ["before", "Yes, on another day"]], { chosen: "no", onchange: () => changed(), look: "wide" });
  const day = el("input", { type: "date", max: form.today });
  const version = el("input", { type: "text", maxlength: 20, autocomplete: "off" });
  const scan = el("input", { type: "file", accept: form.scan_kinds.join(",") });
  const before = el("div", { "data-off": true }, field(on.ask, day, on.why), field(printed.ask, version, printed.why));
  const proved = el("div", { "data-off": !form.needs_scan }, field("Scan or photograph of the signed form", scan,
    form.needs_scan ? `${proof.why} Your trust records nothing without it.`
      : `${proof.why} It may come later: the station reminds an editor.`));
  const part = el("div", {},
    field("Your role", role, taken.why), independent, follows, capacity,
    paper, before, proved);
  let handed = null;
  const isPaper = () => paper.chosen !== "no";
  function changed() {
    follows.toggleAttribute("data-off", independent.chosen !== "no");
    before.toggleAttribute("data-off", paper.chosen !== "before");
    proved.toggleAttribute("data-off", !isPaper() && !form.needs_scan);
    for (const one of [follows, before, proved]) one.hidden = one.hasAttribute("data-off");
    part.dispatchEvent(new Event("relaid"));
  }
  return {
    part, role, independent,
    get paper() { return isPaper(); },
    said: () => ({ taken_by: role.value, capacity_considered: capacity.box.checked,
      independent: independent.chosen ? independent.chosen === "yes" : null, paper: isPaper(),
      on: paper.chosen === "before" ? day.value || "?" : "",
      form_version: paper.chosen === "before" ? version.value.trim() : "" }),
    about: (which) => ({ taken_by: role, independent, capacity_considered: capacity, paper, on: day,
      form_version: version, form: scan })[which],
    // A scan goes to the station once, before anything is checked.
    async handIn(station) {
      const [file] = scan.files;
      if (!file || file === handed) return;
      const kind = file.name.includes(".") ? file.name.split(".").pop() : "";
      await sendBytes(`/stories/${station.story.id}/signed-form/chunks/0?kind=${encodeURIComponent(kind)}`, file);
      handed = file;
    },
  };
}

const row = (label, text) => el("p", {}, el("strong", {}, `${label}: `), text);

// What was answered, in the same words before it is recorded and when it is read again.
export const answered = {
  record: (record) => row("May be recorded", record === "voice" ? "only the voice" : "picture and voice"),
  fingerprint: (isKept) => row("A fingerprint may be kept once it is deleted", isKept ? "yes" : "no"),
  contact: (reached) => row("Reached by", reached),
  taker: (role, isOutside) => row("Taken by", [role, { true: "outside the relative’s care",
    false: "not outside the relative’s care" }[isOutside]].filter(Boolean).join(", ")),
};

// The answers once more, and what follows from them, before anything is recorded.
function summaryPart(form, { words, reach, taker }) {
  const part = el("div", {});
  return {
    part,
    fill(said, consequences) {
      part.replaceChildren(...[
        row("They agree to", ["“", el("bdi", {}, form.title), `”, version ${said.form_version || form.version}`]),
        answered.record(said.record),
        words.fingerprint ? answered.fingerprint(said.recognise_after_erasure) : null,
        form.has_contributor ? null : answered.contact(said.contact_way === "kept"
          ? [said.real_name, said.contact].filter(Boolean).join(", ") : reach.way()),
        answered.taker(taker.role.selectedOptions[0]?.textContent, said.independent),
        row("A printed copy", said.paper ? said.on ? `signed on ${said.on}` : "signed today" : "none was signed"),
        ...consequences.map((line) => el("p", { class: "care" }, line)),
      ].filter(Boolean));
      part.dispatchEvent(new Event("relaid"));
    },
  };
}
