// The first page: every story, its state, its one next step.

import { button, el, show } from "./dom.js";
import { ask } from "./server.js";

export async function storyList() {
  const { stories } = await ask("GET", "/stories");
  document.title = "The desk";
  show(
    el("h1", {}, "The desk"),
    stories.length
      ? [el("p", { class: "lede" }, "Choose a story to correct it by ear."), listOf(stories)]
      : [el("p", { class: "lede" }, "There is no story in this library yet."),
        el("p", {}, "Record one with “carer-stories capture station”, or bring a recording in with “carer-stories capture import”.")],
    el("p", { class: "actions" }, button("Close the desk", closeDesk)),
  );
  return null;
}

async function closeDesk() {
  await ask("POST", "/close");
  show(el("h1", {}, "The desk is closed"), el("p", {}, "All that you typed is saved. You may close this page."));
}

const listOf = (stories) => el("ul", { class: "desk-stories" }, stories.map((story) => el("li", {},
  el("h2", {}, story.can_edit ? el("a", { href: `#${story.id}` }, story.title || story.id) : story.title || story.id),
  el("p", { class: "quiet" }, [story.contributor, story.title ? story.id : ""].filter(Boolean).join(" · ")),
  el("p", {}, el("strong", {}, story.state)),
  story.next_step ? el("p", {}, withCommand(story)) : null)));

// The command is told apart, so that it can be copied.
function withCommand({ next_step: step, command }) {
  const at = command ? step.indexOf(command) : -1;
  return at < 0 ? step : [step.slice(0, at), el("code", {}, command), step.slice(at + command.length)];
}
