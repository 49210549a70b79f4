// The workshop: every set of questions, and one of them open to be written.

import { $, button, clear, complain, el, field, notice, show } from "./dom.js";
import { ask, askUntilAnswered, Refusal, Stranger, token } from "./server.js";
import { draftsOfSets, keepDraft, SetEditor } from "./set-editor.js";

let open = null; // the editor of the set that is shown
let about = null;

const answered = (method, path, body) => askUntilAnswered(method, path, body, (waiting) => {
  if (waiting) {
    notice("waiting", "The workshop does not answer. This page goes on by itself as soon as it does: run "
      + "“carer-stories questions workshop” again. What you typed is still here.", { urgent: true });
  } else clear("waiting");
});

async function showPlace() {
  if (open && !open.mayLeave()) {
    if (open.state) history.replaceState(null, "", `#${open.id}`); // so that it can be left another time
    return;
  }
  open?.end();
  open = null;
  clear("saved", "removed", "pasted");
  try {
    about ??= await answered("GET", "/about");
    const id = decodeURIComponent(location.hash.slice(1));
    $("path").hidden = !id;
    if (id) {
      open = new SetEditor({ answered, about }, await readSet(id));
      open.show();
    } else await showAll();
  } catch (error) {
    showFailure(error);
  }
}

// One that was begun and never saved is in this tab alone.
async function readSet(id) {
  try {
    return await answered("GET", `/sets/${encodeURIComponent(id)}`);
  } catch (error) {
    const draft = draftsOfSets()[id];
    if (!draft || !(error instanceof Refusal && error.status === 404)) throw error;
    return { id, state: "", values: draft.values, problems: [], advice: [] };
  }
}

function showFailure(error) {
  if (!(error instanceof Refusal)) console.error(error);
  show(el("h1", {}, "That cannot be opened"),
    el("p", {}, error instanceof Refusal ? error.said : error instanceof Stranger
      ? "Another program answers at this address. Run “carer-stories questions workshop” again."
      : "The page did not expect this. Reload it: what was saved is safe."),
    el("p", {}, el("a", { href: "#" }, "All sets")));
}

async function showAll() {
  const sets = await answered("GET", "/sets");
  const title = el("input", { type: "text", maxlength: 120, autocomplete: "off" });
  const amiss = el("div", {});
  const begin = async () => {
    if (!title.value.trim()) { complain(amiss, "Please write what the conversation is called."); return; }
    try {
      const begun = await answered("POST", "/new", { title: title.value.trim() });
      $("path").hidden = false;
      history.replaceState(null, "", `#${begun.id}`);
      keepDraft(begun.id, { values: begun.values, state: "" });
      open = new SetEditor({ answered, about }, { ...begun, state: "", problems: [], advice: [], isJustBegun: true });
      open.show();
    } catch (error) {
      complain(amiss, error.said || "That could not be begun.");
    }
  };
  show(el("h1", {}, "Sets of questions"),
    el("p", { class: "lede" }, "A set is a conversation in order. Open one to change it, or begin your own. "
      + "Nothing leaves this computer."),
    el("ul", { class: "sets" }, sets.map((one) => el("li", {},
      el("a", { href: `#${one.id}` }, el("bdi", {}, one.title)), " ",
      el("span", { class: "quiet" }, `${one.count} question${one.count === 1 ? "" : "s"}`),
      one.problems ? el("span", { class: "to-mend" }, ` · ${one.problems} to mend before it can be used`) : null))),
    el("section", { class: "card", "aria-labelledby": "new-set" },
      el("h2", { id: "new-set" }, "A new set"),
      field("What is the conversation called?", title, "Such as: Living with medication."), amiss,
      button("Begin it", begin, { class: "main" })),
    el("div", { class: "actions" }, button("Close the workshop", async () => {
      await ask("POST", "/close", {});
      show(el("h1", {}, "All done"), el("p", {}, "You may close this window."));
    })));
}

window.addEventListener("hashchange", showPlace);
window.addEventListener("beforeunload", (event) => {
  if (open?.isChanged) { event.preventDefault(); event.returnValue = ""; }
});

if (token()) showPlace();
else {
  show(el("h1", {}, "Open the workshop from the command line"),
    el("p", {}, "This address alone opens nothing. Run “carer-stories questions workshop”."));
}
