// The transcript in CodeMirror: the text stays text, and what its marks mean is drawn over it.

import {
  Annotation, Compartment, Decoration, EditorState, EditorView, StateEffect, StateField,
  Transaction, ViewPlugin, WidgetType, defaultKeymap, drawSelection, history, historyKeymap, isolateHistory,
  keymap, openSearchPanel, redo, search, searchKeymap, undo,
} from "./codemirror.min.js";
import { HEADING } from "./edit-commands.js";
import { fromEdits } from "./shared-text.js";

export const fromServer = Annotation.define();
const sayWord = StateEffect.define(); // {from, to} of the word being said, or null
const showHelp = StateEffect.define(); // whether the note on top is shown
const redraw = StateEffect.define(); // words or findings are new

const BESIDE = 16; // px from a letter, at most, at which a click still means it
const STATES = { c: "desk-cut", r: "desk-redacted", q: "desk-asked" };
const SIGNS = /~~(?:\{[^{}]*\})?|\[\[\??|\]\](?:\{[^{}]*\})?|\(\?[^()]*\)/g;
const STAMP_AND_NAME = /^(?:~~)?(\[\d{1,3}(?::\d{2}){1,2}\]\s*)?([^:\n[\]|~]{1,60}:(?=\s))?/;

const spoken = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    let now = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(sayWord)) {
        now = effect.value
          ? Decoration.set(Decoration.mark({ class: "desk-said" }).range(effect.value.from, effect.value.to)) : Decoration.none;
      }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

class HelpWidget extends WidgetType {
  constructor(isFolded) {
    super();
    this.isFolded = isFolded;
  }

  toDOM(view) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = this.isFolded ? "How this text is written …" : "Fold this away";
    button.onclick = () => view.dispatch({ effects: showHelp.of(this.isFolded) });
    // The editor measures the box without its margins: clicks would land in another line.
    const box = document.createElement("div");
    box.className = "desk-help";
    box.append(button);
    return box;
  }

  eq(other) { return other.isFolded === this.isFolded; }
}

// The note on top says how to write in a text editor; here it is folded away, until somebody asks.
const help = StateField.define({
  create: (state) => ({ isShown: false, marks: helpOn(state, false) }),
  update({ isShown: was, marks }, transaction) {
    const asked = transaction.effects.find((effect) => effect.is(showHelp));
    const isShown = asked ? asked.value : was;
    // Looked for anew: carried through a change of the whole text it would fold all of it away.
    return { isShown, marks: asked || transaction.docChanged ? helpOn(transaction.state, isShown) : marks };
  },
  provide: (field) => [
    EditorView.decorations.from(field, ({ marks }) => marks),
    EditorView.atomicRanges.of((view) => view.state.field(field).marks),
  ],
});

const MOST_HELP = 12000; // characters

function helpOn(state, isShown) {
  const end = state.sliceDoc(0, 4) === "<!--" ? state.sliceDoc(0, MOST_HELP).indexOf("-->") : -1;
  if (end < 0) return Decoration.none;
  return Decoration.set(isShown
    ? Decoration.widget({ widget: new HelpWidget(false), block: true, side: -1 }).range(0)
    : Decoration.replace({ widget: new HelpWidget(true), block: true }).range(0, end + 3));
}

function firstParagraph(doc) {
  for (let number = 1; number <= Math.min(doc.lines, 200); number += 1) {
    const line = doc.line(number);
    const [before, stamp, name] = STAMP_AND_NAME.exec(line.text);
    if (stamp) return line.from + before.length + (name ? 1 : 0);
  }
  return 0;
}

// Draws what is in view; `times` are the WordTimes, `findings` what the server says of the text.
const drawing = (times, findings) => ViewPlugin.fromClass(class {
  constructor(view) { this.decorations = drawn(view, times, findings); }

  update(update) {
    const isNew = update.transactions.some((transaction) => transaction.effects.some((effect) => effect.is(redraw)));
    if (update.docChanged || update.viewportChanged || isNew) this.decorations = drawn(update.view, times, findings);
  }
}, { decorations: (plugin) => plugin.decorations });

function drawn(view, times, findings) {
  const marks = [];
  const add = (from, to, look, attributes) => {
    if (from < to) marks.push(Decoration.mark({ class: look, attributes }).range(from, to));
  };
  for (const { from, to } of view.visibleRanges) {
    drawLines(view.state.doc, from, to, marks, add);
    const [first, last] = times.between(from, to);
    for (let number = first; number < last; number += 1) {
      const look = STATES[times.words.state[number]];
      const span = look && times.span(number);
      if (span) add(Math.max(span.from, 0), Math.min(span.to, view.state.doc.length), look);
    }
  }
  for (const finding of findings.list) {
    const [from, to] = [times.now(finding.from), times.now(finding.to, -1)];
    if (to > view.viewport.from && from < view.viewport.to && to <= view.state.doc.length) {
      add(from, to, `desk-${finding.level}`, { title: finding.what });
    }
  }
  return Decoration.set(marks, true);
}

function drawLines(doc, from, to, marks, add) {
  for (let at = from; at <= to;) {
    const line = doc.lineAt(at);
    at = line.to + 1;
    if (HEADING.test(line.text)) {
      marks.push(Decoration.line({ class: "desk-heading" }).range(line.from));
      continue;
    }
    const [, stamp = "", name = ""] = STAMP_AND_NAME.exec(line.text);
    if (stamp) {
      marks.push(Decoration.line({ class: "desk-paragraph" }).range(line.from));
      const begin = line.from + line.text.indexOf(stamp);
      add(begin, begin + stamp.length, "desk-stamp");
      add(begin + stamp.length, begin + stamp.length + name.length, "desk-name");
    }
    for (const sign of line.text.matchAll(SIGNS)) {
      add(line.from + sign.index, line.from + sign.index + sign[0].length, "desk-sign");
    }
  }
}

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--ink)", fontSize: "1rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--serif)", lineHeight: "1.7", overflow: "auto", padding: ".5rem 0" },
  ".cm-content": { maxWidth: "44rem", margin: "0 auto", padding: "0 1.25rem 40vh", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 28%, transparent) !important" },
  ".cm-panels": { backgroundColor: "var(--tint)", color: "var(--ink)" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)", fontSize: ".9rem", padding: ".4rem 2.2rem .4rem .6rem" },
  ".cm-panel.cm-search input[type=checkbox]": { width: "1.1rem", height: "1.1rem", accentColor: "var(--pine)" },
  ".cm-panel.cm-search label": { fontSize: ".86rem", display: "inline-flex", alignItems: "center", gap: ".3rem" },
  ".cm-textfield": { minHeight: "2rem", fontSize: ".95rem", width: "14rem", border: "1px solid var(--edge)", borderRadius: ".4rem", backgroundColor: "var(--surface)", color: "var(--ink)" },
  ".cm-button": { minHeight: "2rem", fontSize: ".86rem", padding: ".1rem .6rem", border: "1px solid var(--edge)", borderRadius: ".4rem", backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--ink)" },
  ".cm-panel.cm-search [name=close]": { minHeight: "2rem", minWidth: "2rem", fontSize: "1.2rem", border: "0" },
  ".cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--lamp-edge) 30%, transparent)", outline: "1px solid var(--lamp-edge)" },
  ".cm-searchMatch-selected": { backgroundColor: "color-mix(in srgb, var(--lamp-edge) 60%, transparent)" },
});

export class TranscriptEditor {
  // `on`: {typed(changes) → version, moved(isHit), clicked(position)}
  constructor(parent, document, times, findings, label, on) {
    this.times = times;
    this.findings = findings;
    this.on = on;
    this.writable = new Compartment();
    this.view = new EditorView({
      parent,
      state: this.replayed(document, this.extensions(label)),
      dispatchTransactions: (transactions, view) => this.dispatched(transactions, view),
    });
    // Not into the folded note: the first thing typed goes into the text.
    this.view.dispatch({ selection: { anchor: firstParagraph(this.doc) } });
  }

  extensions(label) {
    return [
      history(), drawSelection(), EditorView.lineWrapping, search({ top: true }), look, spoken, help,
      drawing(this.times, this.findings), this.writable.of([]),
      // On every system, as the button says.
      keymap.of([{ key: "Mod-Shift-z", run: redo, preventDefault: true }, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.domEventHandlers({ click: (event, view) => this.clicked(event, view) }),
      EditorView.contentAttributes.of({
        spellcheck: "true", lang: "en-GB", autocorrect: "off", autocapitalize: "off", "aria-label": label, tabindex: "0",
      }),
      EditorState.phrases.of({
        next: "Next", previous: "Previous", all: "Select all", replace: "Replace", "replace all": "Replace all", Replace: "Replace with",
        "by word": "whole words", "match case": "capitals matter", regexp: "pattern", close: "Close the search",
      }),
    ];
  }

  // Everything that was done in this session is done again, so that it can be undone; but for what
  // led back to an earlier text, as undoing does: nobody wants to go through that once more.
  replayed(document, extensions) {
    const states = [EditorState.create({ doc: document.start_text, extensions })];
    for (const change of document.changes) {
      const state = states.at(-1).update({
        changes: fromEdits(change, states.at(-1).doc.length), annotations: isolateHistory.of("full"),
      }).state;
      const earlier = states.findIndex((before) => before.doc.eq(state.doc));
      if (earlier < 0) states.push(state);
      else states.length = earlier + 1;
    }
    const state = states.at(-1);
    if (state.doc.toString() === document.text) return state;
    return EditorState.create({ doc: document.text, extensions });
  }

  dispatched(transactions, view) {
    // Before the view draws: it asks where the words stand now.
    for (const transaction of transactions) {
      if (transaction.docChanged && !transaction.annotation(fromServer)) {
        this.times.changed(this.on.typed(transaction.changes), transaction.changes);
      }
    }
    view.update(transactions);
    const last = transactions.at(-1);
    if (last?.selection || last?.docChanged) this.on.moved(last.isUserEvent("select.search"));
  }

  // A click into the words, which chose nothing; beside and below the text it means no word.
  clicked(event, view) {
    if (event.button || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.detail > 1 || !view.state.selection.main.empty) return;
    const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
    const at = position === null ? null : view.coordsAtPos(position);
    if (!at || event.clientY < at.top - BESIDE || event.clientY > at.bottom + BESIDE || Math.abs(event.clientX - at.left) > BESIDE) return;
    this.on.clicked(position);
  }

  // Changes that came from the server: they can be undone, and are not sent back to it.
  take(changeSets) {
    for (const changes of changeSets) {
      if (!changes.empty) this.view.dispatch({ changes, annotations: [fromServer.of(true), isolateHistory.of("full")] });
    }
    this.redraw();
  }

  // A command's change; false where it does not apply here. One that is made elsewhere than at the
  // caret leaves in view what is in view.
  apply(change, { isElsewhere = false } = {}) {
    if (!change || this.isReadOnly) return false;
    this.view.dispatch({ ...change, annotations: [isolateHistory.of("full"), Transaction.userEvent.of("input")], scrollIntoView: !isElsewhere });
    return true;
  }

  get doc() { return this.view.state.doc; }
  get caret() { return this.view.state.selection.main; }
  get isReadOnly() { return this.view.state.readOnly; }

  setReadOnly(is) {
    this.view.dispatch({
      effects: this.writable.reconfigure(is ? [EditorState.readOnly.of(true)] : []),
    });
  }

  say(span) {
    const length = this.doc.length;
    this.view.dispatch({ effects: sayWord.of(span && span.from < span.to && span.to <= length ? span : null) });
  }

  openSearch() { openSearchPanel(this.view); }

  undo() { undo(this.view); }

  redo() { redo(this.view); }

  redraw() { this.view.dispatch({ effects: redraw.of(null) }); }

  select(from, to = from, { focus = true, center = true } = {}) {
    const [begin, end] = [from, to].map((at) => Math.max(0, Math.min(at, this.doc.length)));
    this.view.dispatch({
      selection: { anchor: begin, head: end },
      effects: center ? EditorView.scrollIntoView(begin, { y: "center" }) : [],
    });
    if (focus) this.view.focus();
  }

  // The text follows the sound only where the word has left the middle of what is seen.
  follow(position) {
    const at = this.view.coordsAtPos(position);
    const box = this.view.scrollDOM.getBoundingClientRect();
    if (at && at.top > box.top + 0.12 * box.height && at.bottom < box.top + 0.75 * box.height) return;
    this.view.dispatch({ effects: EditorView.scrollIntoView(position, { y: "start", yMargin: box.height / 3 }) });
  }

  destroy() { this.view.destroy(); }
}
