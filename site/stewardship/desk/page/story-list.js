// The first page: every story, its state, its one next step.

import { announce, button, el, field, notice, show } from "./dom.js";
import { Unreachable, ask } from "./server.js";

const MANY = 8; // stories from which on a list is searched rather than read

export async function storyList() {
  const { stories } = await ask("GET", "/stories");
  show(
    el("h1", {}, "The desk"),
    stories.length
      ? [el("p", { class: "lede" }, "Choose a story to correct it by ear."), stories.length > MANY ? searched(stories) : listOf(stories)]
      : [el("p", { class: "lede" }, "There is no story in this library yet."),
        el("p", {}, "Record one with ", el("code", {}, "carer-stories capture station"),
          ", or bring a recording in with ", el("code", {}, "carer-stories capture import"), ".")],
    el("p", { class: "actions" }, button("Close the desk", closeDesk)),
  );
  return null;
}

async function closeDesk() {
  try {
    await ask("POST", "/close");
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    notice("failed", "The desk does not answer. It may be closed already; what you typed is kept.", { urgent: true });
    return;
  }
  show(el("h1", {}, "The desk is closed"), el("p", {}, "All that you typed is saved. You may close this page."));
}

function searched(stories) {
  const place = el("div", {}, listOf(stories));
  const input = el("input", { type: "text", autocomplete: "off", spellcheck: "false", oninput: () => {
    const wanted = input.value.trim().toLowerCase();
    const left = stories.filter((story) => `${story.title} ${story.contributor} ${story.id} ${story.state}`.toLowerCase().includes(wanted));
    place.replaceChildren(left.length ? listOf(left) : el("p", {}, "No story has that in its title, name or state."));
    announce(`${left.length} of ${stories.length} stories`);
  } });
  return [field("Find a story", input, "By its title, contributor, number or state."), place];
}

const listOf = (stories) => el("ul", { class: "desk-stories" }, stories.map((story) => {
  const name = story.title || story.id;
  return el("li", {},
    el("h2", { dir: "auto" }, story.can_edit ? el("a", { href: `#${story.id}` }, name) : name),
    el("p", { class: "desk-state" }, story.state),
    el("p", { class: "quiet", dir: "auto" }, [story.contributor, story.title ? story.id : ""].filter(Boolean).join(" · ")),
    nextStep(story));
}));

// The command is told apart, so that it can be copied; correcting the words is what this page is for.
function nextStep({ id, next_step: step, command, can_edit: canEdit }) {
  if (!step) return null;
  if (canEdit && command.endsWith(`carer-stories edit ${id}`)) return el("p", { class: "desk-next" }, `Next: ${step.replace(`: ${command}`, "")}`);
  const at = command ? step.indexOf(command) : -1;
  return el("p", { class: "desk-next" }, "Next: ", at < 0 ? step : [step.slice(0, at), el("code", {}, command), step.slice(at + command.length)]);
}
