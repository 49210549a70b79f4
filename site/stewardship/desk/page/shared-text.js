// The text in this window and the server's, kept in step: every change is sent within moments and
// kept here until the server says that it is on the disk. What changed elsewhere meanwhile is
// carried over what is not sent yet, so that neither is lost.

import { ChangeSet, Text } from "./codemirror.min.js";
import { Refusal, Unreachable, ask, freshKey } from "./server.js";

const GATHER = 150; // ms in which what is typed is gathered into one change
const AGAIN = 1000; // ms before it is sent again where nobody answered
const AT_ONCE = 50; // changes in one request
// Refusals that do not pass by themselves; a disk that is full, or a library that is busy, does.
const FINAL = new Set(["not-yours", "changed-outside", "gone"]);

export class SharedText {
  // `on`: saved(problem), waiting(refusal or nothing), refused(refusal), carried(changes for the editor, since, known):
  // `since` are all changes after the version that was `known` before, as {version, changes}
  constructor(story, document, on) {
    this.story = story;
    this.on = on;
    this.version = document.version; // the server's
    this.session = document.session; // version numbers mean nothing in another
    this.base = textOf(document.text); // the server's text at that version
    this.queue = []; // changes that the server does not have yet, as ChangeSets
    this.open = null; // what is being typed, not yet in the queue
    this.sending = null;
    this.stopped = false;
    this.resting = false; // set while nothing may be sent: taken over, or changed outside
  }

  get isSaved() { return !this.queue.length && !this.open; }
  get localVersion() { return this.version + this.queue.length + (this.open ? 1 : 0); }

  typed(changes) {
    this.open = this.open ? this.open.compose(changes) : changes;
    this.timer ??= setTimeout(() => this.close(), GATHER);
    return this.localVersion;
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.open) return;
    this.queue.push(this.open);
    this.open = null;
    this.send();
  }

  // Settles once all that was typed is on the disk; rejects where it cannot be now.
  async flushed() {
    this.close();
    await this.send();
    if (!this.isSaved) throw new Refusal(409, { error: { what: "The text is not saved yet.", next_step: "Try again." } });
  }

  send() {
    this.sending ??= this.sendAll().finally(() => { this.sending = null; });
    return this.sending;
  }

  async sendAll() {
    while (this.queue.length && !this.stopped && !this.resting) {
      const changes = this.queue.slice(0, AT_ONCE);
      const body = {
        session: this.session, base: this.version, key: freshKey(), changes: changes.map(asEdits),
      };
      if (!await this.sendOnce(body, changes)) return;
    }
  }

  // Sent again with the same key until somebody answers: the server takes it once.
  async sendOnce(body, changes) {
    for (;;) {
      try {
        const { version, problem } = await ask("POST", `/stories/${this.story}/changes`, body);
        this.arrived(changes, version);
        if (this.isSaved) this.on.saved(problem);
        return true;
      } catch (error) {
        if (this.stopped) return false;
        if (error instanceof Refusal) return this.refused(error, changes);
        if (!(error instanceof Unreachable)) throw error;
        this.on.waiting();
        await new Promise((done) => { setTimeout(done, AGAIN); });
      }
    }
  }

  arrived(changes, version) {
    this.queue.splice(0, changes.length);
    this.base = changes.reduce((text, change) => change.apply(text), this.base);
    this.version = version;
  }

  // True where sending may go on.
  async refused(refusal, changes) {
    if (refusal.code === "stale" && refusal.facts.document) {
      this.carry(refusal.facts.document);
      return true;
    }
    if (!FINAL.has(refusal.code) && refusal.status !== 403 && refusal.status !== 400) {
      this.on.waiting(refusal);
      await new Promise((done) => { setTimeout(done, AGAIN); });
      return true;
    }
    // Its journal has what was sent: only the file is left as somebody else saved it.
    if (refusal.code === "changed-outside") this.arrived(changes, refusal.facts.version);
    this.resting = true;
    this.on.refused(refusal);
    return false;
  }

  // Go on from the server's document: it holds all that it was sent.
  take(document) {
    this.resting = false;
    this.carry(document);
    this.send();
  }

  carry(document) {
    const theirs = this.newChanges(document);
    const known = this.version;
    const first = document.version - theirs.length;
    const since = theirs.map((changes, i) => ({ version: first + i + 1, changes }));
    let ours = this.open ? [...this.queue, this.open] : this.queue;
    const forEditor = [];
    for (const change of theirs) {
      let carried = change;
      ours = ours.map((own) => {
        const moved = own.map(carried, true);
        carried = carried.map(own);
        return moved;
      });
      forEditor.push(carried);
    }
    Object.assign(this, { version: document.version, session: document.session, base: textOf(document.text) });
    this.queue = this.open ? ours.slice(0, -1) : ours;
    if (this.open) this.open = ours.at(-1);
    ours.forEach((changes, i) => since.push({ version: document.version + i + 1, changes }));
    this.on.carried(forEditor, since, known);
  }

  newChanges(document) {
    const text = textOf(document.text);
    if (text.eq(this.base)) return [];
    const news = document.session === this.session ? document.version - this.version : 0;
    if (news > 0 && news <= document.changes.length) {
      let { length } = this.base;
      return document.changes.slice(-news).map((change) => {
        const set = fromEdits(change, length);
        length = set.newLength;
        return set;
      });
    }
    return [difference(this.base.toString(), document.text)];
  }

  stop() {
    this.close();
    this.stopped = true;
  }
}

const textOf = (text) => Text.of(text.split("\n"));

// One change between two texts: all but what they begin and end with alike.
function difference(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return ChangeSet.of(
    { from: start, to: before.length - end, insert: after.slice(start, after.length - end) }, before.length);
}

// [[from, to, inserted], …], all in the text before the change.
export function asEdits(changes) {
  const edits = [];
  changes.iterChanges((from, to, _from, _to, inserted) => edits.push([from, to, wellFormed(inserted.toString())]), true);
  return { edits };
}

// Half a character, as a program may leave it in what is pasted, can be sent to nobody.
const wellFormed = (text) => text.toWellFormed?.() ?? text;

export function fromEdits({ edits }, length) {
  return ChangeSet.of(edits.map(([from, to, insert]) => ({ from, to, insert })), length);
}
