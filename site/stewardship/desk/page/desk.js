// The desk: every story with its next step, and one story open to be corrected by ear.

import { $, el, notice, clear, show } from "./dom.js";
import { Refusal, Unreachable, Stranger, token } from "./server.js";
import { storyList } from "./story-list.js";
import { openStory } from "./story-page.js";

let leave = null; // ends what the page now shows

async function showPlace() {
  leave?.();
  leave = null;
  clear("failed");
  const story = decodeURIComponent(location.hash.slice(1));
  $("path").hidden = !story;
  $("saved").hidden = true;
  document.body.classList.toggle("is-editing", Boolean(story));
  try {
    leave = story ? await openStory(story) : await storyList();
  } catch (error) {
    showFailure(error);
  }
}

function showFailure(error) {
  document.body.classList.remove("is-editing");
  $("path").hidden = true;
  if (error instanceof Refusal) {
    show(el("h1", {}, "That cannot be opened"), el("p", {}, error.said), backToAll());
  } else if (error instanceof Stranger) {
    show(el("h1", {}, "Another program answers"),
      el("p", {}, "What answers at this address is not the desk. Close this page, and run “carer-stories desk” again."));
  } else if (error instanceof Unreachable) {
    show(el("h1", {}, "The desk does not answer"),
      el("p", {}, "It was closed, or this computer slept. Run “carer-stories desk” again: what you typed is kept."),
      el("p", {}, el("button", { type: "button", class: "main", onclick: showPlace }, "Try again")));
  } else {
    console.error(error);
    notice("failed", "This page met something that it does not know. Reload it: what you typed is kept.", { urgent: true });
  }
}

const backToAll = () => el("p", {}, el("a", { href: "#" }, "All stories"));

window.addEventListener("hashchange", showPlace);

if (token()) {
  showPlace();
} else {
  show(el("h1", {}, "Open the desk from the command line"),
    el("p", {}, "This address alone opens nothing. Run “carer-stories desk”: your browser then shows the page that belongs to it."));
}

