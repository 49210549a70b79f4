// How the page of a story is laid out: tools, text, film and panels, the sound below.

import { $, button, el, show } from "./dom.js";
import { readable } from "./keys.js";

export class StoryLayout {
  constructor(page) {
    this.page = page;
    this.keyed = []; // buttons with a key, [button, action, label]
  }

  layOut() {
    const { story } = this.page;
    const media = el("video", { playsinline: true, preload: "auto", class: story.has_picture ? "desk-film" : "desk-film unseen", tabindex: "-1", "aria-label": "The recording" });
    this.page.places = {
      editor: el("div", { class: "desk-editor" }),
      media,
      panels: el("div", { class: "desk-panels" }),
      loudness: el("canvas", { class: "desk-loudness", role: "img", "aria-label": "Loudness of the recording around this moment" }),
      clock: el("span", { class: "desk-clock", role: "timer" }, "0:00"),
      play: this.actionButton("toggle", "Play", "main"),
      loop: this.actionButton("loop", "Repeat sentence"),
      rate: el("output", { class: "desk-rate" }, "1×"),
      follow: this.actionButton("follow", "Follow"),
      film: this.actionButton("film", "As the film will be"),
      click: el("input", { type: "checkbox", checked: true }),
      replay: el("input", { type: "checkbox" }),
      hits: el("input", { type: "checkbox", checked: true }),
    };
    show(
      el("h1", { class: "unseen" }, story.title || story.id),
      el("div", { class: "desk" },
        this.toolbar(), this.page.places.editor,
        el("aside", { class: "desk-side", "aria-label": "The film and what is asked" }, media, this.page.places.panels),
        this.soundBar()));
    $("path").hidden = false;
    $("path").replaceChildren(el("a", { href: "#" }, "All stories"), el("span", { "aria-current": "page" }, story.title || story.id));
    document.title = `${story.title || story.id} · The desk`;
    this.page.sound.showFollowing();
  }

  actionButton(action, label, look = "") {
    const key = readable(this.page.keys.keyOf(action));
    const made = button(label, () => this.page.actions()[action](), { class: `small ${look}`, title: titleOf(label, key) });
    this.keyed.push([made, action, label]);
    if (["follow", "film", "loop"].includes(action)) made.setAttribute("aria-pressed", "false");
    return made;
  }

  toolbar() {
    return el("div", { class: "desk-tools", role: "group", "aria-label": "Change the text" },
      this.actionButton("strike", "Strike out"),
      this.actionButton("redact", "Take name out"),
      this.actionButton("speaker", "Speaker"),
      this.actionButton("split", "Split"),
      this.actionButton("join", "Join"),
      this.actionButton("moment", "Mark moment"),
      button("Add term", () => this.page.edits.addTerm(), { class: "small", title: "Add a word to the glossary, with what it is misheard as" }),
      button("Find", () => this.page.editor.openSearch(), { class: "small", title: "Find and replace (Ctrl + F)" }),
      button("Undo", () => this.page.editor.undo(), { class: "small", title: "Undo (Ctrl + Z)" }),
      button("Redo", () => this.page.editor.redo(), { class: "small", title: "Redo (Ctrl + Shift + Z)" }),
      button("Keys …", () => this.page.keys.openDialog(() => this.renewKeys()), { class: "small" }));
  }

  soundBar() {
    const { places } = this.page;
    return el("section", { class: "desk-sound", "aria-label": "Sound" },
      el("div", { class: "desk-controls" },
        places.play, this.actionButton("back", "−3 s"), this.actionButton("forward", "+3 s"), this.actionButton("here", "From here"),
        places.clock,
        button("More", (event) => this.showMore(event.target), { class: "small desk-more-button", "aria-expanded": "false", "aria-controls": "more" }),
        el("div", { class: "desk-more", id: "more" },
          this.actionButton("slower", "Slower"), places.rate, this.actionButton("faster", "Faster"),
          places.loop, places.follow, places.film,
          el("label", { class: "desk-option" }, places.click, "a click plays"),
          el("label", { class: "desk-option" }, places.replay, "hear corrections"),
          el("label", { class: "desk-option" }, places.hits, "hear what is found"))),
      el("div", { class: "desk-wave" }, places.loudness,
        el("div", { class: "desk-zoom" },
          button("+", () => this.page.loudness.zoom(-1), { class: "small", "aria-label": "Show less of the sound, larger" }),
          button("−", () => this.page.loudness.zoom(1), { class: "small", "aria-label": "Show more of the sound" }),
          button("word", () => this.page.loudness.zoomToWord(), { class: "small", "aria-label": "Show one word of the sound" }))));
  }

  // Where there is little room, what is used less is behind a button.
  showMore(pressed) {
    const isShown = pressed.getAttribute("aria-expanded") !== "true";
    pressed.setAttribute("aria-expanded", String(isShown));
    $("more").classList.toggle("is-shown", isShown);
  }

  renewKeys() {
    this.page.keys.stop();
    this.page.keys.listen(this.page.actions());
    for (const [made, action, label] of this.keyed) made.title = titleOf(label, readable(this.page.keys.keyOf(action)));
  }
}

const titleOf = (label, key) => (key ? `${label} (${key})` : label);
