// The last step before it records: how they are, what to say first, and a countdown for those who wish it.

import { chooseCountdown, countDown, countdownChosen } from "./countdown.js";
import { button, el, paragraphs, said, show, sleep, tick } from "./dom.js";
import { feelingsPart } from "./feelings.js";

const STAYS_HERE = 3; // the line that says where the recording stays: another program may send it

export async function beforeStart(station) {
  station.step("before");
  const { session } = station;
  const isFirst = ["prepared", "agreed"].includes(session.state);
  return new Promise((go) => {
    const feeling = isFirst ? feelingsPart(station, "before") : null;
    const countdown = tick("Count down before it records: three, two, one.", { checked: countdownChosen(),
      onchange: (event) => chooseCountdown(event.target.checked) });
    const label = station.talk ? "It is being recorded now: begin"
      : session.safe ? "Go on recording" : "Start recording";
    const start = button(label, async () => {
      if (start.getAttribute("aria-disabled") === "true") return;
      start.setAttribute("aria-disabled", "true"); // it keeps the focus, for whoever cancels
      const isSent = !feeling || await feeling.send();
      if (!isSent || (!station.talk && countdown.box.checked && !await countDown(station))) {
        start.removeAttribute("aria-disabled");
        return;
      }
      if (!station.talk) start.textContent = "The camera and microphone get ready…";
      await sleep(0);
      go("interview");
    }, { class: "main" });
    show(el("h1", {}, "Before we start"),
      feeling ? el("section", { "aria-labelledby": "how-are-you" },
        said("h2", station.words.said.how_today, { id: "how-are-you", ...station.tongue }),
        el("p", { class: "quiet" }, "Ask, and take the time for the answer. Then tick what fits best."),
        feeling.answer, feeling.help,
        el("details", {}, el("summary", {}, "Write a note"), feeling.noteField)) : null,
      el("section", { "aria-labelledby": "say-first" },
        el("h2", { id: "say-first" }, "What to say first"),
        el("p", { class: "quiet" }, "Read this out, or say it in your own words."),
        el("div", { class: "said", ...station.tongue }, paragraphs(station.talk
          ? station.words.before.slice(0, STAYS_HERE) : station.words.before)),
        el("details", {}, el("summary", {}, "The questions once more"),
          el("ol", station.tongue, session.question_set.questions.map((one) => el("li", {}, one.ask))))),
      station.talk ? el("p", { class: "care" }, "Now start the recording in the other program, and press the button at the same "
        + "moment: from then on the clock here is that of the recording.") : countdown, feeling?.amiss,
      el("div", { class: "actions" }, start, button("Back", () => go("devices")),
        button("Not today", () => go("decision"))));
  });
}
