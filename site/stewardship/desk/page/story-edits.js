// What an editor does to the text of a story besides typing.

import { clockTime } from "./dom.js";
import { ask } from "./server.js";
import * as commands from "./edit-commands.js";
import { chooseSpeaker, chooseTerm, chooseWords } from "./story-dialogs.js";
import { tell } from "./tell.js";

const DESK_NOTE = "note: marked at the desk";

export class StoryEdits {
  constructor(page) { this.page = page; }

  typed(changes) {
    this.typedAt = performance.now();
    this.page.server.saying("Saving …");
    clearTimeout(this.replayTimer);
    if (this.page.places.replay.checked) this.replayTimer = setTimeout(() => this.page.sound.replay(), 900);
    return this.page.text.typed(changes);
  }

  // The text must not run away from under somebody's fingers.
  get isTyping() { return performance.now() - (this.typedAt ?? -Infinity) < 3000; }

  caretMoved(isHit) {
    if (isHit && this.page.places.hits.checked) {
      const { from, to } = this.page.editor.caret;
      const [first, last] = this.page.times.between(from, to);
      if (last > first) this.page.sound.playAround(this.page.times.timeOf(first).start, this.page.times.timeOf(last - 1).end);
    }
    this.page.panels?.caretMoved();
  }

  edit(change, otherwise) {
    if (!this.page.editor.apply(change)) tell(this.page.editor.isReadOnly ? "This window only looks: another one corrects this story." : otherwise ?? "That cannot be done here.");
    this.page.editor.view.focus();
  }

  strike() {
    const { from, to } = this.page.editor.caret;
    this.edit(commands.strike(this.page.editor.doc, from, to, this.speakers()), "Choose the words that are to be cut first.");
  }

  async redact() {
    const { doc, caret } = this.page.editor;
    const mark = commands.markAt(doc, caret.head);
    const place = commands.wholeWords(doc, caret.from, caret.to, this.speakers());
    const words = mark?.hidden ?? (place && doc.sliceString(place.from, place.to));
    if (!words) { tell("Choose the name that must not be heard first."); return; }
    if (!mark && !commands.redact(doc, caret.from, caret.to, "", this.speakers())) { tell("A name must stand in one paragraph, and no other mark inside it."); return; }
    const answer = await chooseWords(commands.readable(words), mark?.shown ?? "", Boolean(mark && !mark.isQuestion));
    if (answer === null || this.isPast(doc)) { this.page.editor.view.focus(); return; }
    if (answer.back) this.edit(commands.takeMarkAway(mark));
    else if (mark) this.edit(commands.writeMark(mark, answer.shown));
    else this.edit(commands.redact(doc, caret.from, caret.to, answer.shown, this.speakers()), "A name must stand in one paragraph, and no other mark inside it.");
  }

  // True where the text was changed, by the server perhaps, while a question was open.
  isPast(doc) {
    const isPast = !this.page.editor.doc.eq(doc);
    if (isPast) tell("The text went on meanwhile. Choose the words again.");
    return isPast;
  }

  split() {
    const { doc, caret } = this.page.editor;
    const at = commands.splitPlace(doc, caret.head, this.speakers());
    const word = at < 0 ? -1 : this.page.times.at(at);
    if (word < 0) { tell("Put the caret into the word with which the new paragraph is to begin."); return; }
    const { speaker } = commands.paragraphAt(doc, at, this.speakers());
    this.edit(commands.split(doc, at, this.page.times.timeOf(word).start, speaker || this.speakerAt(at)));
  }

  async changeSpeaker() {
    const { doc, caret } = this.page.editor;
    const { isSpoken, from, speaker } = commands.paragraphAt(doc, caret.head, this.speakers());
    if (!isSpoken) { tell("Put the caret into a paragraph first."); return; }
    const answer = await chooseSpeaker(speaker || this.speakerAt(from), this.speakers());
    if (!answer || this.isPast(doc)) { this.page.editor.view.focus(); return; }
    const isEverywhere = answer.everywhere && speaker !== "";
    const timeAt = this.page.times.count ? (at) => this.page.times.timeOf(this.page.times.at(at)).start : null;
    this.edit(commands.changeSpeaker(doc, caret.head, answer.speaker, isEverywhere, this.speakers(), timeAt));
  }

  // Who is taken to speak in a paragraph without a name.
  speakerAt(position) {
    const place = this.page.times.before(position);
    const before = this.page.analysis.paragraphs.findLast((paragraph) => paragraph.from <= place);
    return before?.speaker ?? this.page.story.contributor;
  }

  speakers() {
    const names = [...this.page.story.speakers, ...this.page.analysis.paragraphs.map((paragraph) => paragraph.speaker)];
    return [...new Set(names.filter(Boolean))];
  }

  dragEdges(part, start, end) {
    this.writeEdges(part, (written) => commands.draggedEdges(part, written, start, end), start > part.start || end < part.end);
  }

  nudgeEdge(part, side, ms) {
    this.writeEdges(part, (written) => commands.nudgedEdges(part, written, side, ms), side ? ms < 0 : ms > 0);
  }

  writeEdges(part, edgesOf, isNarrower) {
    const { doc } = this.page.editor;
    // What was moved a moment ago stands behind the place that the server told.
    const [from, told] = [this.page.times.now(part.from), this.page.times.now(part.to, -1)];
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
    if (!this.page.editor.apply(change, { isElsewhere: true })) return;
    const [start, end] = commands.edgeMoments(part, edges, written);
    Object.assign(part, { start, end, edges, checked: part.checked === true ? false : part.checked });
    this.page.loudness.setPlan(this.page.analysis.plan);
    this.page.panels.edgesMoved();
  }

  async markMoment() {
    const at = Math.round(this.page.player.time);
    try {
      await ask("POST", `/stories/${this.page.story.id}/moments`, { at, text: "" });
      this.noteAt(at);
    } catch (error) { this.page.server.showRefusal(error); }
  }

  // It stands in the text, as what was marked while recording, and is one of the questions then.
  noteAt(at) {
    const word = Math.max(0, this.page.times.saidAt(at));
    const note = this.page.times.count ? commands.note(this.page.editor.doc, this.page.times.span(word).to, DESK_NOTE) : null;
    tell(this.page.editor.apply(note, { isElsewhere: true })
      ? `Marked at ${clockTime(at)}: it is among “To answer”.` : `Marked at ${clockTime(at)}.`);
    clearTimeout(this.replayTimer);
  }

  async addTerm() {
    const { doc, caret } = this.page.editor;
    const words = commands.wholeWords(doc, caret.from, caret.to, this.speakers());
    const answer = await chooseTerm(words ? commands.readable(doc.sliceString(words.from, words.to)) : "");
    this.page.editor.view.focus();
    if (!answer) return;
    try {
      await ask("POST", `/stories/${this.page.story.id}/glossary`, answer);
      tell(`“${answer.term}” is in the glossary.`);
    } catch (error) { this.page.server.showRefusal(error); }
  }
}
