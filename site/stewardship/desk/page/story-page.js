// One story at the desk: what its page is made of, and which action each key and button has.

import { $, clear, notice } from "./dom.js";
import { ask } from "./server.js";
import * as commands from "./edit-commands.js";
import { filmBytes } from "./film-sound.js";
import { Keys, readKeys } from "./keys.js";
import { Loudness } from "./loudness.js";
import { Player } from "./player.js";
import { SharedText } from "./shared-text.js";
import { StoryEdits } from "./story-edits.js";
import { StoryLayout } from "./story-layout.js";
import { StoryPanels } from "./story-panels.js";
import { StoryServer } from "./story-server.js";
import { StorySound } from "./story-sound.js";
import { TranscriptEditor } from "./transcript-editor.js";
import { WordTimes } from "./word-times.js";

const STEP = 3000; // ms back or on

export async function openStory(id) {
  const [story, keys] = await Promise.all([ask("GET", `/stories/${id}`), readKeys()]);
  const page = new StoryPage(story, new Keys(keys));
  page.begin();
  return () => page.end();
}

class StoryPage {
  constructor(story, keys) {
    this.story = story;
    this.keys = keys;
    this.times = new WordTimes();
    this.findings = { list: [] };
    this.analysis = { doubts: [], findings: [], captions: [], plan: [], paragraphs: [], summary: {} };
    this.ended = false;
    this.layout = new StoryLayout(this);
    this.sound = new StorySound(this);
    this.edits = new StoryEdits(this);
    this.server = new StoryServer(this);
  }

  begin() {
    this.layout.layOut();
    const { story } = this;
    this.text = new SharedText(story.id, story.document, {
      saved: (problem) => this.server.saved(problem),
      waiting: (refusal) => this.server.saying(`Not saved: ${refusal?.what ?? "the desk does not answer."} Leave this page open.`, true),
      refused: (refusal) => this.server.refused(refusal),
      carried: (...given) => this.server.carried(...given),
    });
    this.editor = new TranscriptEditor(this.places.editor, story.document, this.times, this.findings,
      `Transcript of ${story.title || story.id}`, {
        typed: (changes) => this.edits.typed(changes),
        moved: (isHit) => this.edits.caretMoved(isHit),
        clicked: (position) => this.sound.clicked(position),
      });
    this.player = new Player(this.places.media, {
      time: (ms) => this.sound.timeIs(ms),
      playing: (is) => this.sound.playing(is),
      looping: (is) => this.places.loop.setAttribute("aria-pressed", String(is)),
      filmSound: (start, end) => filmBytes(this.story.id, start, end),
      failed: () => notice("sound", this.server.isRestarted
        ? "The desk was started again. To hear the recording, use the window that it opened then."
        : "This browser could not play the recording. Firefox, Chrome or Edge of this year can.", { urgent: true }),
    });
    this.loudness = new Loudness(this.places.loudness, this.times,
      (number) => this.sound.wordText(number), { seek: (ms) => this.player.seek(ms), edges: (...given) => this.edits.dragEdges(...given) });
    this.panels = new StoryPanels(this.places.panels, this);
    this.places.media.src = story.media;
    this.server.begunLease(story.lease);
    this.keys.listen(this.actions());
    this.server.saved();
    this.sound.fetchPeaks();
    this.server.analyse();
    this.server.watch();
    this.editor.view.focus();
  }

  end() {
    this.ended = true;
    this.text.stop();
    this.keys.stop();
    this.player.pause();
    this.sound.stopFilmSound();
    for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
    this.places.media.removeAttribute("src");
    this.places.media.load();
    this.loudness.destroy();
    this.editor.destroy();
    for (const name of ["path", "saved", "told"]) $(name).hidden = true;
    document.body.classList.remove("is-editing");
    clear("lease", "disk", "refused", "sound", "analysis");
  }

  actions() {
    this.made ??= {
      toggle: () => (this.sound.filmSound ? this.sound.stopFilmSound() : this.player.toggle()),
      here: () => this.sound.playFromCaret(),
      back: () => this.player.back(STEP),
      forward: () => this.player.back(-STEP),
      slower: () => this.sound.changeRate(-0.1),
      faster: () => this.sound.changeRate(0.1),
      loop: () => this.sound.loopSentence(),
      follow: () => { this.sound.following = !this.sound.following; this.sound.showFollowing(); },
      film: () => this.sound.playAsFilm(!this.player.asFilm),
      strike: () => this.edits.strike(),
      redact: () => this.edits.redact(),
      split: () => this.edits.split(),
      join: () => this.edits.edit(commands.join(this.editor.doc, this.editor.caret.from, this.edits.speakers()), "There is no paragraph before this one to join it with."),
      speaker: () => this.edits.changeSpeaker(),
      text: () => this.editor.view.focus(),
      next: () => this.panels.step(1),
      previous: () => this.panels.step(-1),
      around: () => this.panels.hearAgain(),
      moment: () => this.edits.markMoment(),
    };
    return this.made;
  }
}
