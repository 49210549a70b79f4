// One story: its text, its sound, what is to be answered, and what is said about it.

import { $, button, clear, clockTime, el, notice, show, sleep } from "./dom.js";
import { Refusal, Unreachable, ask, askBytes, connected } from "./server.js";
import * as commands from "./edit-commands.js";
import { Keys, readKeys, readable } from "./keys.js";
import { Loudness } from "./loudness.js";
import { Player } from "./player.js";
import { SharedText } from "./shared-text.js";
import { StoryPanels, filmBytes, filmSound } from "./story-panels.js";
import { tell } from "./tell.js";
import { TranscriptEditor } from "./transcript-editor.js";
import { WordTimes } from "./word-times.js";
import { chooseSpeaker, chooseTerm, chooseWords, compareTexts } from "./story-dialogs.js";

const WATCH = 1000; // ms between two looks at the server
const AROUND = 1000; // ms before and after what is asked about
const STEP = 3000; // ms back or on
const BEFORE = 2; // words played again after a correction
const DESK_NOTE = "note: marked at the desk";

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
    this.keyed = []; // buttons with a key, [button, action, label]
    this.following = true;
    this.spoken = -1;
    this.ended = false;
  }

  begin() {
    this.layOut();
    const { story } = this;
    this.text = new SharedText(story.id, story.document, {
      saved: (problem) => this.saved(problem),
      waiting: (refusal) => this.saying(`Not saved: ${refusal?.what ?? "the desk does not answer."} Leave this page open.`, true),
      refused: (refusal) => this.refused(refusal),
      carried: (...given) => this.carried(...given),
    });
    this.editor = new TranscriptEditor(this.places.editor, story.document, this.times, this.findings,
      `Transcript of ${story.title || story.id}`, {
        typed: (changes) => this.typed(changes),
        moved: (isHit) => this.caretMoved(isHit),
        clicked: (position) => this.clicked(position),
      });
    this.player = new Player(this.places.media, {
      time: (ms) => this.timeIs(ms),
      playing: (is) => this.playing(is),
      looping: (is) => this.places.loop.setAttribute("aria-pressed", String(is)),
      filmSound: (start, end) => filmBytes(this.story.id, start, end),
      failed: () => notice("sound", this.isRestarted
        ? "The desk was started again. To hear the recording, use the window that it opened then."
        : "This browser could not play the recording. Firefox, Chrome or Edge of this year can.", { urgent: true }),
    });
    this.loudness = new Loudness(this.places.loudness, this.times,
      (number) => this.wordText(number), { seek: (ms) => this.player.seek(ms), edges: (...given) => this.dragEdges(...given) });
    this.panels = new StoryPanels(this.places.panels, this);
    this.places.media.src = story.media;
    this.begunLease(story.lease);
    this.keys.listen(this.actions());
    this.saved();
    this.fetchPeaks();
    this.analyse();
    this.watch();
    this.editor.view.focus();
  }

  end() {
    this.ended = true;
    this.text.stop();
    this.keys.stop();
    this.player.pause();
    this.stopFilmSound();
    for (const dialog of document.querySelectorAll("dialog")) dialog.remove();
    this.places.media.removeAttribute("src");
    this.places.media.load();
    this.loudness.destroy();
    this.editor.destroy();
    for (const name of ["path", "saved", "told"]) $(name).hidden = true;
    document.body.classList.remove("is-editing");
    clear("lease", "disk", "refused", "sound", "analysis");
  }

  // Laying out

  layOut() {
    const { story } = this;
    const media = el("video", { playsinline: true, preload: "auto", class: story.has_picture ? "desk-film" : "desk-film unseen", tabindex: "-1", "aria-label": "The recording" });
    this.places = {
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
        this.toolbar(), this.places.editor,
        el("aside", { class: "desk-side", "aria-label": "The film and what is asked" }, media, this.places.panels),
        this.soundBar()));
    $("path").hidden = false;
    $("path").replaceChildren(el("a", { href: "#" }, "All stories"), el("span", { "aria-current": "page" }, story.title || story.id));
    document.title = `${story.title || story.id} · The desk`;
    this.showFollowing();
  }

  actionButton(action, label, look = "") {
    const key = readable(this.keys.keyOf(action));
    const made = button(label, () => this.actions()[action](), { class: `small ${look}`, title: titleOf(label, key) });
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
      button("Add term", () => this.addTerm(), { class: "small", title: "Add a word to the glossary, with what it is misheard as" }),
      button("Find", () => this.editor.openSearch(), { class: "small", title: "Find and replace (Ctrl + F)" }),
      button("Undo", () => this.editor.undo(), { class: "small", title: "Undo (Ctrl + Z)" }),
      button("Redo", () => this.editor.redo(), { class: "small", title: "Redo (Ctrl + Shift + Z)" }),
      button("Keys …", () => this.keys.openDialog(() => this.renewKeys()), { class: "small" }));
  }

  soundBar() {
    const { places } = this;
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
          button("+", () => this.loudness.zoom(-1), { class: "small", "aria-label": "Show less of the sound, larger" }),
          button("−", () => this.loudness.zoom(1), { class: "small", "aria-label": "Show more of the sound" }),
          button("word", () => this.loudness.zoomToWord(), { class: "small", "aria-label": "Show one word of the sound" }))));
  }

  // Where there is little room, what is used less is behind a button.
  showMore(pressed) {
    const isShown = pressed.getAttribute("aria-expanded") !== "true";
    pressed.setAttribute("aria-expanded", String(isShown));
    $("more").classList.toggle("is-shown", isShown);
  }

  renewKeys() {
    this.keys.stop();
    this.keys.listen(this.actions());
    for (const [made, action, label] of this.keyed) made.title = titleOf(label, readable(this.keys.keyOf(action)));
  }

  actions() {
    this.made ??= {
      toggle: () => (this.filmSound ? this.stopFilmSound() : this.player.toggle()),
      here: () => this.playFromCaret(),
      back: () => this.player.back(STEP),
      forward: () => this.player.back(-STEP),
      slower: () => this.changeRate(-0.1),
      faster: () => this.changeRate(0.1),
      loop: () => this.loopSentence(),
      follow: () => { this.following = !this.following; this.showFollowing(); },
      film: () => this.playAsFilm(!this.player.asFilm),
      strike: () => this.strike(),
      redact: () => this.redact(),
      split: () => this.split(),
      join: () => this.edit(commands.join(this.editor.doc, this.editor.caret.from, this.speakers()), "There is no paragraph before this one to join it with."),
      speaker: () => this.changeSpeaker(),
      text: () => this.editor.view.focus(),
      next: () => this.panels.step(1),
      previous: () => this.panels.step(-1),
      around: () => this.panels.hearAgain(),
      moment: () => this.markMoment(),
    };
    return this.made;
  }

  // Sound

  get caretWord() { return this.times.at(this.editor.caret.head); }

  playFromCaret() {
    const word = this.caretWord;
    if (word >= 0) this.player.playFrom(this.times.timeOf(word).start);
  }

  clicked(position) {
    const word = this.places.click.checked ? this.times.at(position) : -1;
    if (word >= 0) this.player.playFrom(this.times.timeOf(word).start);
  }

  playAround(start, end) { this.player.playSpan(Math.max(0, start - AROUND), end + AROUND); }

  // What nobody may hear is judged by the film's own sound, not by this page's.
  async playAsInFilm(part) {
    this.stopFilmSound();
    const address = await filmSound(this.story.id, Math.max(0, part.start - AROUND), Math.min(this.story.duration, part.end + AROUND));
    this.stopFilmSound(); // pressed twice
    this.player.pause();
    if (this.ended) return false;
    const sound = new Audio(address);
    this.filmSound = sound;
    const ended = new Promise((done) => {
      sound.addEventListener("ended", () => done(true));
      sound.addEventListener("pause", () => { if (!sound.ended) done(false); });
    });
    await sound.play().catch((error) => { if (error.name !== "AbortError") throw error; });
    const isWhole = await ended;
    URL.revokeObjectURL(address);
    if (this.filmSound === sound) this.filmSound = null;
    return isWhole;
  }

  stopFilmSound() { this.filmSound?.pause(); }

  changeRate(step) {
    this.player.rate += step;
    this.places.rate.value = `${Math.round(this.player.rate * 100) / 100}×`;
  }

  loopSentence() {
    if (this.player.span?.again) {
      this.player.endLoop();
    } else if (this.caretWord >= 0) {
      const [first, last] = commands.sentenceAround(this.editor.doc, this.times, this.caretWord);
      this.player.loop(this.times.timeOf(first).start, this.times.timeOf(last).end);
    }
  }

  playAsFilm(is) {
    this.player.setAsFilm(is);
    this.places.film.setAttribute("aria-pressed", String(is));
  }

  showFollowing() { this.places.follow.setAttribute("aria-pressed", String(this.following)); }

  playing(is) {
    if (is) this.stopFilmSound();
    this.places.play.textContent = is ? "Pause" : "Play";
  }

  timeIs(ms) {
    const clock = `${clockTime(ms)} of ${clockTime(this.story.duration)}`;
    if (this.places.clock.textContent !== clock) this.places.clock.textContent = clock;
    this.loudness.at(ms);
    const word = this.times.saidAt(ms);
    if (word === this.spoken) return;
    this.spoken = word;
    const span = word >= 0 ? this.times.span(word) : null;
    this.editor.say(span);
    if (span && this.following && this.player.isPlaying && !this.isTyping) this.editor.follow(span.from);
  }

  // The text must not run away from under somebody's fingers.
  get isTyping() { return performance.now() - (this.typedAt ?? -Infinity) < 3000; }

  wordText(number) {
    const { from, to } = this.times.span(number);
    return this.editor.doc.sliceString(from, to);
  }

  // Text

  typed(changes) {
    this.typedAt = performance.now();
    this.saying("Saving …");
    clearTimeout(this.replayTimer);
    if (this.places.replay.checked) this.replayTimer = setTimeout(() => this.replay(), 900);
    return this.text.typed(changes);
  }

  replay() {
    const word = Math.max(0, this.caretWord - BEFORE);
    if (this.times.count) this.player.playSpan(this.times.timeOf(word).start, this.times.timeOf(Math.min(word + 2 * BEFORE + 1, this.times.count - 1)).end);
  }

  caretMoved(isHit) {
    if (isHit && this.places.hits.checked) {
      const { from, to } = this.editor.caret;
      const [first, last] = this.times.between(from, to);
      if (last > first) this.playAround(this.times.timeOf(first).start, this.times.timeOf(last - 1).end);
    }
    this.panels?.caretMoved();
  }

  edit(change, otherwise) {
    if (!this.editor.apply(change)) tell(this.editor.isReadOnly ? "This window only looks: another one corrects this story." : otherwise ?? "That cannot be done here.");
    this.editor.view.focus();
  }

  strike() {
    const { from, to } = this.editor.caret;
    this.edit(commands.strike(this.editor.doc, from, to, this.speakers()), "Choose the words that are to be cut first.");
  }

  async redact() {
    const { doc, caret } = this.editor;
    const mark = commands.markAt(doc, caret.head);
    const place = commands.wholeWords(doc, caret.from, caret.to, this.speakers());
    const words = mark?.hidden ?? (place && doc.sliceString(place.from, place.to));
    if (!words) { tell("Choose the name that must not be heard first."); return; }
    if (!mark && !commands.redact(doc, caret.from, caret.to, "", this.speakers())) { tell("A name must stand in one paragraph, and no other mark inside it."); return; }
    const answer = await chooseWords(commands.readable(words), mark?.shown ?? "", Boolean(mark && !mark.isQuestion));
    if (answer === null || this.isPast(doc)) { this.editor.view.focus(); return; }
    if (answer.back) this.edit(commands.takeMarkAway(mark));
    else if (mark) this.edit(commands.writeMark(mark, answer.shown));
    else this.edit(commands.redact(doc, caret.from, caret.to, answer.shown, this.speakers()), "A name must stand in one paragraph, and no other mark inside it.");
  }

  // True where the text was changed, by the server perhaps, while a question was open.
  isPast(doc) {
    const isPast = !this.editor.doc.eq(doc);
    if (isPast) tell("The text went on meanwhile. Choose the words again.");
    return isPast;
  }

  split() {
    const { doc, caret } = this.editor;
    const at = commands.splitPlace(doc, caret.head, this.speakers());
    const word = at < 0 ? -1 : this.times.at(at);
    if (word < 0) { tell("Put the caret into the word with which the new paragraph is to begin."); return; }
    const { speaker } = commands.paragraphAt(doc, at, this.speakers());
    this.edit(commands.split(doc, at, this.times.timeOf(word).start, speaker || this.speakerAt(at)));
  }

  async changeSpeaker() {
    const { doc, caret } = this.editor;
    const { isSpoken, from, speaker } = commands.paragraphAt(doc, caret.head, this.speakers());
    if (!isSpoken) { tell("Put the caret into a paragraph first."); return; }
    const answer = await chooseSpeaker(speaker || this.speakerAt(from), this.speakers());
    if (!answer || this.isPast(doc)) { this.editor.view.focus(); return; }
    const isEverywhere = answer.everywhere && speaker !== "";
    const timeAt = this.times.count ? (at) => this.times.timeOf(this.times.at(at)).start : null;
    this.edit(commands.changeSpeaker(doc, caret.head, answer.speaker, isEverywhere, this.speakers(), timeAt));
  }

  // Who is taken to speak in a paragraph without a name.
  speakerAt(position) {
    const place = this.times.before(position);
    const before = this.analysis.paragraphs.findLast((paragraph) => paragraph.from <= place);
    return before?.speaker ?? this.story.contributor;
  }

  speakers() {
    const names = [...this.story.speakers, ...this.analysis.paragraphs.map((paragraph) => paragraph.speaker)];
    return [...new Set(names.filter(Boolean))];
  }

  dragEdges(part, start, end) {
    this.writeEdges(part, (written) => commands.draggedEdges(part, written, start, end), start > part.start || end < part.end);
  }

  nudgeEdge(part, side, ms) {
    this.writeEdges(part, (written) => commands.nudgedEdges(part, written, side, ms), side ? ms < 0 : ms > 0);
  }

  writeEdges(part, edgesOf, isNarrower) {
    const { doc } = this.editor;
    // What was moved a moment ago stands behind the place that the server told.
    const [from, told] = [this.times.now(part.from), this.times.now(part.to, -1)];
    const to = told + (/^\{[^{}]*\}/.exec(doc.sliceString(told, told + 40))?.[0].length ?? 0);
    const marked = doc.sliceString(from, to);
    const bare = marked.replace(/(\{[^{}]*\})+$/, "");
    const written = commands.writtenEdges(part, marked);
    const edges = edgesOf(written);
    if (edges.every((ms, side) => ms === written[side])) {
      const isHeard = part.kind === "redaction" && isNarrower;
      tell(isHeard ? "This edge can go no further: the name would be heard." : "This edge can go no further.");
      return;
    }
    // The caret and the focus stay: a key pressed again must move the edge again, and not be typed.
    const change = { changes: [{ from: from + bare.length, to, insert: commands.edgesText(...edges) }] };
    if (!this.editor.apply(change, { isElsewhere: true })) return;
    const [start, end] = commands.edgeMoments(part, edges, written);
    Object.assign(part, { start, end, edges, checked: part.checked === true ? false : part.checked });
    this.loudness.setPlan(this.analysis.plan);
    this.panels.edgesMoved();
  }

  async markMoment() {
    const at = Math.round(this.player.time);
    try {
      await ask("POST", `/stories/${this.story.id}/moments`, { at, text: "" });
      this.noteAt(at);
    } catch (error) { this.showRefusal(error); }
  }

  // It stands in the text, as what was marked while recording, and is one of the questions then.
  noteAt(at) {
    const word = Math.max(0, this.times.saidAt(at));
    const note = this.times.count ? commands.note(this.editor.doc, this.times.span(word).to, DESK_NOTE) : null;
    tell(this.editor.apply(note, { isElsewhere: true })
      ? `Marked at ${clockTime(at)}: it is among “To answer”.` : `Marked at ${clockTime(at)}.`);
    clearTimeout(this.replayTimer);
  }

  async addTerm() {
    const { doc, caret } = this.editor;
    const words = commands.wholeWords(doc, caret.from, caret.to, this.speakers());
    const answer = await chooseTerm(words ? commands.readable(doc.sliceString(words.from, words.to)) : "");
    this.editor.view.focus();
    if (!answer) return;
    try {
      await ask("POST", `/stories/${this.story.id}/glossary`, answer);
      tell(`“${answer.term}” is in the glossary.`);
    } catch (error) { this.showRefusal(error); }
  }

  // What the server says

  saved(problem = null) {
    if (problem) notice("disk", `${problem.what} ${problem.next_step ?? ""}`, { urgent: true });
    else clear("disk");
    this.saying(problem ? "Safe in the journal, not yet in transcript.md" : "Saved", Boolean(problem));
    this.analyse();
  }

  saying(text, isTrouble = false) {
    const place = $("saved");
    place.hidden = false;
    // “Saved” after every pause would talk over whoever listens: only trouble and its end are read out.
    place.setAttribute("aria-live", isTrouble || place.classList.contains("is-trouble") ? "polite" : "off");
    if (place.textContent !== text) place.textContent = text;
    place.classList.toggle("is-trouble", isTrouble);
  }

  refused(refusal) {
    if (refusal.code === "changed-outside") this.outside(refusal.facts);
    else if (refusal.code === "not-yours") this.takeLease({ is_mine: false, message: refusal.what });
    else {
      this.isRefused = true;
      this.saying("Not saved", true);
      notice("refused", `${refusal.said} Reload this page to go on from what is saved.`, { urgent: true });
    }
  }

  // Another desk went on with this text, or the server was started anew: what is here goes after it.
  reopen() {
    this.reopening ??= this.reopenNow().finally(() => { this.reopening = null; });
    return this.reopening;
  }

  async reopenNow() {
    try {
      const { document, lease, media } = await ask("GET", `/stories/${this.story.id}`);
      await this.takeMedia(media);
      if (this.ended) return;
      this.text.take(document);
      this.takeLease(lease);
    } catch (error) { this.showRefusal(error); }
  }

  // A desk that was started anew has another secret for the recording. It is told to nobody else: where this
  // page comes from, a stranger may answer by now, and the desk elsewhere.
  async takeMedia(address) {
    if (address === this.story.media) return;
    this.story.media = address;
    this.isRestarted = true;
    const { host } = await connected();
    if (host !== location.host || this.ended) return;
    const { time } = this.player;
    this.places.media.src = address;
    this.player.seek(time);
  }

  carried(changes, since, known) {
    this.times.carried(known, since);
    this.editor.take(changes);
    if (this.text.isSaved) this.saved();
  }

  // What is said of the newest text that is saved; asked for again only where the text went on.
  async analyse() {
    if (this.analysing || !this.text.isSaved || this.ended) return;
    this.analysing = true;
    const { version } = this.text;
    let isPast = false;
    try {
      const analysis = await ask("GET", `/stories/${this.story.id}/analysis?version=${version}`);
      if (!this.ended) this.takeAnalysis(analysis);
      clear("analysis");
    } catch (error) {
      isPast = error instanceof Refusal && error.code === "stale";
      if (error instanceof Refusal && !isPast) notice("analysis", error.said);
      else if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
    } finally {
      this.analysing = false;
    }
    if (isPast || this.text.version !== version) this.analyse();
  }

  takeAnalysis(analysis) {
    this.analysis = analysis;
    this.places.editor.dataset.analysed = analysis.version;
    this.times.take(analysis.words, analysis.version);
    this.findings.list = analysis.findings;
    this.spoken = -1;
    this.player.setPlan(analysis.plan, analysis.film_sound);
    this.loudness.setPlan(analysis.plan);
    this.editor.redraw();
    this.panels.renew();
    this.timeIs(this.player.time);
  }

  async fetchPeaks() {
    try {
      const peaks = await askBytes(`/stories/${this.story.id}/peaks`);
      this.loudness.setPeaks(new Uint8Array(peaks), this.story.peaks_per_second);
    } catch (error) {
      if (error instanceof Refusal) notice("sound", error.said);
      else if (!(error instanceof Unreachable)) throw error;
    }
  }

  async watch() {
    while (!this.ended) {
      await sleep(WATCH);
      if (this.ended) return;
      try {
        const state = await ask("GET", `/stories/${this.story.id}/state?version=${this.text.version}`);
        if (this.ended) return;
        await this.takeMedia(state.media);
        this.noticed(state);
      } catch (error) {
        if (error instanceof Refusal && [403, 404, 410].includes(error.status)) { this.gone(error); return; }
        if (error instanceof Unreachable) this.saying(this.text.isSaved ? "The desk does not answer" : "Not saved: the desk does not answer", true);
      }
    }
  }

  noticed(state) {
    if ($("saved").classList.contains("is-trouble") && this.text.isSaved && !this.text.resting) this.saved();
    this.takeLease(state.lease);
    // A long text is looked through twice: at once, and then for all names.
    if (state.analyses !== this.analyses) {
      this.analyses = state.analyses;
      this.analyse();
    }
    if (state.outside) { if (state.lease.is_mine) this.outside(state.outside); }
    else if (this.unreadable) this.readableAgain();
    // Whatever it rested for is over; an answer may have been lost on the way.
    else if (state.lease.is_mine && this.text.resting && !this.isRefused) this.reopen();
    else if (state.version !== this.text.version && this.text.isSaved) this.reopen();
  }

  gone(error) {
    this.end();
    $("path").hidden = true;
    $("saved").hidden = true;
    show(el("h1", {}, "This story is no longer open"), el("p", {}, error.said), el("p", {}, el("a", { href: "#" }, "All stories")));
  }

  // A page that was loaded anew is the same desk to whoever sits at it.
  begunLease(lease) {
    if (!lease.is_mine && storedWriter() === this.story.id) this.takeOver();
    else this.takeLease(lease);
  }

  takeLease(lease) {
    const isMine = lease.is_mine;
    if (!isMine) this.text.resting = true;
    // While nothing is sent nothing is typed either: it would be kept nowhere.
    this.editor.setReadOnly(this.text.resting || this.comparing === true || this.unreadable === true);
    storeWriter(isMine ? this.story.id : "");
    if (isMine) { clear("lease"); return; }
    const said = lease.message || `Another window has corrected this story since ${lease.since}. Here you can look and listen.`;
    notice("lease", said, { urgent: true, actions: [button("Correct it here instead", () => this.takeOver(), { class: "small" })] });
  }

  async takeOver() {
    try {
      this.takeLease(await ask("POST", `/stories/${this.story.id}/lease`, {}));
      if (this.text.resting) await this.reopen();
    } catch (error) { this.showRefusal(error); }
  }

  async outside(facts) {
    if (this.comparing) return;
    this.unreadable = Boolean(facts.problem);
    if (this.unreadable) { this.leaveAlone(facts.problem); return; }
    this.comparing = true;
    this.editor.setReadOnly(true);
    this.player.pause();
    const choice = await compareTexts(facts.mine ?? this.editor.doc.toString(), facts.theirs);
    this.comparing = false;
    try {
      const document = await ask("POST", `/stories/${this.story.id}/outside`, { choose: choice, sha256: facts.sha256 });
      this.editor.setReadOnly(false);
      this.text.take(document);
    } catch (error) {
      // Looked at again with the next state: it may have been chosen, and the answer lost.
      this.text.resting = true;
      if (error instanceof Refusal && error.facts.theirs) this.outside(error.facts);
      else this.showRefusal(error);
    }
  }

  // A file that is no text, or no file: there is nothing to choose until somebody puts it right.
  leaveAlone(problem) {
    this.editor.setReadOnly(true);
    this.saying("Safe in the journal, not in transcript.md", true);
    notice("disk", `${problem} Until then nothing is changed here.`, { urgent: true });
  }

  readableAgain() {
    this.unreadable = false;
    this.text.resting = true;
    clear("disk");
    this.reopen();
  }

  async applyEdit() {
    await this.text.flushed();
    return this.changed("/apply", {});
  }

  // A call by which the server changes the text; what it refuses because the text went on is shown.
  async changed(path, body) {
    try {
      const answer = await ask("POST", `/stories/${this.story.id}${path}`, { version: this.text.version, ...body });
      if (answer.document) this.text.take(answer.document);
      return answer;
    } catch (error) {
      if (error instanceof Refusal && error.code === "changed-outside") this.outside(error.facts);
      else if (error instanceof Refusal && error.facts.document) this.text.take(error.facts.document);
      throw error;
    }
  }

  async answerDoubt(doubt, key, shown) {
    await this.text.flushed();
    return this.changed(`/doubts/${encodeURIComponent(doubt.id)}`, { answer: key, shown });
  }

  async heardRedactions(ids) {
    await ask("POST", `/stories/${this.story.id}/checked`, { redactions: ids });
    for (const part of this.analysis.plan) if (ids.includes(part.id)) part.checked = true;
    this.panels.renew();
  }

  showRefusal(error) {
    if (error instanceof Refusal) notice("analysis", error.said, { urgent: true });
    else if (!(error instanceof Unreachable)) throw error;
    else this.saying("The desk does not answer", true);
  }
}

const titleOf = (label, key) => (key ? `${label} (${key})` : label);

const WRITER = "desk-writer";

function storedWriter() {
  try { return sessionStorage.getItem(WRITER); } catch { return null; }
}

function storeWriter(story) {
  try { sessionStorage.setItem(WRITER, story); } catch { /* it asks to take over, then */ }
}
