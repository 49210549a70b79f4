// What the server says of a story: what is saved, who may write, what others changed, what is told.

import { $, button, clear, el, notice, show, sleep } from "./dom.js";
import { Refusal, Unreachable, ask, connected } from "./server.js";
import { compareTexts } from "./story-dialogs.js";

const WATCH = 1000; // ms between two looks at the server

export class StoryServer {
  constructor(page) { this.page = page; }

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
    else if (refusal.code === "not-yours") this.takeLease(refusal.facts.lease);
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
      const { document, lease, media } = await ask("GET", `/stories/${this.page.story.id}`);
      await this.takeMedia(media);
      if (this.page.ended) return;
      this.page.text.take(document);
      this.takeLease(lease);
    } catch (error) { this.showRefusal(error); }
  }

  // A desk that was started anew has another secret for the recording. It is told to nobody else: where this
  // page comes from, a stranger may answer by now, and the desk elsewhere.
  async takeMedia(address) {
    if (address === this.page.story.media) return;
    this.page.story.media = address;
    this.isRestarted = true;
    const { host } = await connected();
    if (host !== location.host || this.page.ended) return;
    const { time } = this.page.player;
    this.page.places.media.src = address;
    this.page.player.seek(time);
  }

  carried(changes, since, known) {
    this.page.times.carried(known, since);
    this.page.editor.take(changes);
    if (this.page.text.isSaved) this.saved();
  }

  // What is said of the newest text that is saved; asked for again only where the text went on.
  async analyse() {
    if (this.analysing || !this.page.text.isSaved || this.page.ended) return;
    this.analysing = true;
    const { version } = this.page.text;
    let isPast = false;
    try {
      const analysis = await ask("GET", `/stories/${this.page.story.id}/analysis?version=${version}`);
      if (!this.page.ended) this.takeAnalysis(analysis);
      clear("analysis");
    } catch (error) {
      isPast = error instanceof Refusal && error.code === "stale";
      if (error instanceof Refusal && !isPast) notice("analysis", error.said);
      else if (!(error instanceof Refusal) && !(error instanceof Unreachable)) throw error;
    } finally {
      this.analysing = false;
    }
    if (isPast || this.page.text.version !== version) this.analyse();
  }

  takeAnalysis(analysis) {
    this.page.analysis = analysis;
    this.page.places.editor.dataset.analysed = analysis.version;
    this.page.times.take(analysis.words, analysis.version);
    this.page.findings.list = analysis.findings;
    this.page.sound.spoken = -1;
    this.page.player.setPlan(analysis.plan, analysis.film_sound);
    this.page.loudness.setPlan(analysis.plan);
    this.page.editor.redraw();
    this.page.panels.renew();
    this.page.sound.timeIs(this.page.player.time);
  }

  async watch() {
    while (!this.page.ended) {
      await sleep(WATCH);
      if (this.page.ended) return;
      try {
        const state = await ask("GET", `/stories/${this.page.story.id}/state?version=${this.page.text.version}`);
        if (this.page.ended) return;
        await this.takeMedia(state.media);
        this.noticed(state);
      } catch (error) {
        if (error instanceof Refusal && [403, 404, 410].includes(error.status)) { this.gone(error); return; }
        if (error instanceof Unreachable) this.saying(this.page.text.isSaved ? "The desk does not answer" : "Not saved: the desk does not answer", true);
      }
    }
  }

  noticed(state) {
    if ($("saved").classList.contains("is-trouble") && this.page.text.isSaved && !this.page.text.resting) this.saved();
    this.takeLease(state.lease);
    // A long text is looked through twice: at once, and then for all names.
    if (state.analyses !== this.analyses) {
      this.analyses = state.analyses;
      this.analyse();
    }
    if (state.outside) { if (state.lease.is_mine) this.outside(state.outside); }
    else if (this.unreadable) this.readableAgain();
    // Whatever it rested for is over; an answer may have been lost on the way.
    else if (state.lease.is_mine && this.page.text.resting && !this.isRefused) this.reopen();
    else if (state.version !== this.page.text.version && this.page.text.isSaved) this.reopen();
  }

  gone(error) {
    this.page.end();
    $("path").hidden = true;
    $("saved").hidden = true;
    show(el("h1", {}, "This story is no longer open"), el("p", {}, error.said), el("p", {}, el("a", { href: "#" }, "All stories")));
  }

  // A page that was loaded anew is the same desk to whoever sits at it.
  begunLease(lease) {
    if (!lease.is_mine && storedWriter() === this.page.story.id) this.takeOver();
    else this.takeLease(lease);
  }

  takeLease(lease) {
    const isMine = lease.is_mine;
    if (!isMine) this.page.text.resting = true;
    // While nothing is sent nothing is typed either: it would be kept nowhere.
    this.page.editor.setReadOnly(this.page.text.resting || this.comparing === true || this.unreadable === true);
    storeWriter(isMine ? this.page.story.id : "");
    if (isMine) { clear("lease"); return; }
    const who = `Another window has corrected this story since ${lease.since}`;
    const said = `${lease.message ? `${who}, and says: “${lease.message}”` : `${who}.`} Here you can look and listen.`;
    const sentence = el("input", { type: "text", maxlength: "200", placeholder: "A sentence for the other window, if you like", "aria-label": "A sentence for the other window, if you like" });
    notice("lease", said, { urgent: true, actions: [sentence, button("Correct it here instead", () => this.takeOver(sentence.value.trim()), { class: "small" })] });
  }

  async takeOver(message = "") {
    try {
      this.takeLease(await ask("POST", `/stories/${this.page.story.id}/lease`, { message }));
      if (this.page.text.resting) await this.reopen();
    } catch (error) { this.showRefusal(error); }
  }

  async outside(facts) {
    if (this.comparing) return;
    this.unreadable = Boolean(facts.problem);
    if (this.unreadable) { this.leaveAlone(facts.problem); return; }
    this.comparing = true;
    this.page.editor.setReadOnly(true);
    this.page.player.pause();
    const choice = await compareTexts(facts.mine ?? this.page.editor.doc.toString(), facts.theirs);
    this.comparing = false;
    try {
      const document = await ask("POST", `/stories/${this.page.story.id}/outside`, { choose: choice, sha256: facts.sha256 });
      this.page.editor.setReadOnly(false);
      this.page.text.take(document);
    } catch (error) {
      // Looked at again with the next state: it may have been chosen, and the answer lost.
      this.page.text.resting = true;
      if (error instanceof Refusal && error.facts.theirs) this.outside(error.facts);
      else this.showRefusal(error);
    }
  }

  // A file that is no text, or no file: there is nothing to choose until somebody puts it right.
  leaveAlone(problem) {
    this.page.editor.setReadOnly(true);
    this.saying("Safe in the journal, not in transcript.md", true);
    notice("disk", `${problem} Until then nothing is changed here.`, { urgent: true });
  }

  readableAgain() {
    this.unreadable = false;
    this.page.text.resting = true;
    clear("disk");
    this.reopen();
  }

  async applyEdit() {
    await this.page.text.flushed();
    return this.changed("/apply", {});
  }

  // A call by which the server changes the text; what it refuses because the text went on is shown.
  async changed(path, body) {
    try {
      const answer = await ask("POST", `/stories/${this.page.story.id}${path}`, { version: this.page.text.version, ...body });
      if (answer.document) this.page.text.take(answer.document);
      return answer;
    } catch (error) {
      if (error instanceof Refusal && error.code === "changed-outside") this.outside(error.facts);
      else if (error instanceof Refusal && error.facts.document) this.page.text.take(error.facts.document);
      throw error;
    }
  }

  async answerDoubt(doubt, key, shown) {
    await this.page.text.flushed();
    return this.changed(`/doubts/${encodeURIComponent(doubt.id)}`, { answer: key, shown });
  }

  async heardRedactions(ids) {
    await ask("POST", `/stories/${this.page.story.id}/checked`, { redactions: ids });
    for (const part of this.page.analysis.plan) if (ids.includes(part.id)) part.checked = true;
    this.page.panels.renew();
  }

  showRefusal(error) {
    if (error instanceof Refusal) notice("analysis", error.said, { urgent: true });
    else if (!(error instanceof Unreachable)) throw error;
    else this.saying("The desk does not answer", true);
  }
}

const WRITER = "desk-writer";

function storedWriter() {
  try { return sessionStorage.getItem(WRITER); } catch { return null; }
}

function storeWriter(story) {
  try { sessionStorage.setItem(WRITER, story); } catch { /* it asks to take over, then */ }
}
