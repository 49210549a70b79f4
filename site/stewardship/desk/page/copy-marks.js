// Where the marks, words and paragraphs of the editor's copy stand, as `edit` reads them.

const STAMP = String.raw`\[\s?\d{1,3}(?::\d{1,2}){1,2}(?:[.,]\d{1,3})?\s?\](?:\s*:(?=\s))?`;
// A time and a name may stand behind the beginning of a cut.
const OPENING = new RegExp(String.raw`^(~~)?[ \t]*(${STAMP})?[ \t]*(~~)?[ \t]*(?:([^:\n[\]|~]{1,60}):(?=\s|$))?[ \t]*`, "u");
const BEGINS = new RegExp(String.raw`^\s*(?:~~)?\s*${STAMP}`, "u");
const UNHEARD = /^\s*(?:~~)?\s*\[\d{1,3}:\d{1,2}(?::\d{1,2})?\s*[–—-]/u;
export const HEADING = /^\s*(?:~~)?\s*#{1,6}\s/u;
const COMMENT = /^[ \t]*<!--[^]*?(?:-->|$(?![^]))/gmu;

// Numbers in braces behind a mark move its edges; letters there are words.
const EDGES = String.raw`\{\s*(?!\p{L})[^{}]*\}`;
const ESCAPED = String.raw`\\[!-\/:-@\[-\x60\{-~]`;
const IN_MARK = String.raw`(?:${ESCAPED}|(?!\]\](?!\])|\[\[|~~|\n\s*\n|${ESCAPED})[^|])*`;
const SHOWN = IN_MARK.replace("[^|]", "[^]");
const PIECE = new RegExp([
  `(?<escaped>${ESCAPED})`,
  String.raw`(?<mark>\[\[(?<question>\s*\?)?(?<hidden>${IN_MARK})(?:\|(?<shown>${SHOWN}))?\]\](?!\])(?<edges>${EDGES})?)`,
  String.raw`(?<hint>\(\?[^()\\~\[\]\|]{0,80}\))`,
  `(?<cut>~~(?<moved>${EDGES})?)`,
  String.raw`(?<space>[\s\u200b]+)`,
  String.raw`(?<plain>[^\\\[\(~\s\u200b]+|[^])`,
].join("|"), "gu");

const CUT_MARK = new RegExp(`${ESCAPED}|~~(?<moved>${EDGES})?`, "gu");

// Stops and quotes beside a word are no part of it.
const LETTER = /[\p{L}\p{N}\p{M}\p{S}%&#@*+]/u;
const STOPS = /[^\p{L}\p{N}\p{M}\p{S}%&#@*+]*$/u;
const INITIALS = /(?:^|\P{L})\p{L}(?:\.\p{L})+$/u;
// Scripts that are written without spaces: there a mark may stand between any two letters.
const NO_SPACES = /[\u3001-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff9f\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]/u;

// A text's pieces in order: {kind, from, to, …} with what a mark hides and shows.
export function* piecesOf(text, offset = 0) {
  for (const match of text.matchAll(PIECE)) {
    const { groups } = match;
    const kind = ["escaped", "mark", "hint", "cut", "space"].find((name) => groups[name] !== undefined) ?? "plain";
    yield { kind, text: match[0], from: offset + match.index, to: offset + match.index + match[0].length, groups };
  }
}

export function marksIn(text, offset = 0) {
  return [...piecesOf(text, offset)].filter(({ kind }) => kind === "mark").map(({ from, to, groups }) => ({
    from, to, isQuestion: groups.question !== undefined, hidden: groups.hidden,
    shown: (groups.shown ?? "").replace(/\\([!-/:-@[-`{-~])/g, "$1"), edges: groups.edges ?? "",
  }));
}

// The cuts of the whole text: [{from, to, edges}]; one may go on from paragraph to paragraph.
export function cutsIn(doc) {
  const text = doc.toString().replace(COMMENT, (note) => " ".repeat(note.length));
  // Of a long text all but these is passed over: it is asked for at every stroke.
  const marks = [...text.matchAll(CUT_MARK)].filter((mark) => mark[0].startsWith("~")).map((mark) => (
    { from: mark.index, to: mark.index + mark[0].length, edges: mark.groups.moved ?? "" }));
  const cuts = [];
  for (let i = 0; i + 1 < marks.length; i += 2) {
    const [open, close] = [marks[i], marks[i + 1]];
    cuts.push({ from: open.from, to: close.to, open, close, edges: close.edges });
  }
  return cuts;
}

// A paragraph: what stands between empty lines, headings and times. `speakers` are names that are
// known: before what has no time, any other word with a colon is said.
export function paragraphAt(doc, position, speakers = []) {
  const kindOf = (number) => lineKind(doc, doc.line(number));
  const at = doc.lineAt(position).number;
  let [first, last] = [at, at];
  if (kindOf(at) === "text" || kindOf(at) === "begins") {
    while (first > 1 && kindOf(first) !== "begins" && kindOf(first - 1) !== "other") first -= 1;
    while (last < doc.lines && kindOf(last + 1) === "text") last += 1;
  }
  return described(doc, first, last, speakers);
}

function lineKind(doc, { from, text }) {
  if (!text.trim() || HEADING.test(text) || UNHEARD.test(text) || isInComment(doc, from)) return "other";
  return BEGINS.test(text) ? "begins" : "text";
}

function described(doc, first, last, speakers) {
  const line = doc.line(first);
  const to = doc.line(last).to;
  const isHeading = HEADING.test(line.text);
  const [whole, before = "", stamp = "", between = "", label] = OPENING.exec(line.text);
  const isName = label !== undefined && !isHeading
    && (stamp ? readsAsName(label) : speakers.some((name) => sameName(name, label)));
  const stampTo = line.from + (stamp ? line.text.indexOf(stamp) + stamp.length : before.length);
  const labelTo = isName ? line.from + whole.length : stampTo + /^[ \t]*/u.exec(line.text.slice(stampTo - line.from))[0].length;
  const labelFrom = isName ? line.from + whole.lastIndexOf(label) : labelTo;
  return {
    first, last, from: line.from, to, isHeading, stamp,
    isSpoken: lineKind(doc, line) !== "other",
    speaker: isName ? label.trim() : "",
    labelFrom, labelTo,
    // The beginning of a cut that stands before the time or the name.
    cut: before || (isName ? between : ""),
  };
}

const notesOf = new WeakMap(); // a document that changes is another one

function isInComment(doc, position) {
  if (!notesOf.has(doc)) {
    notesOf.set(doc, [...doc.toString().matchAll(COMMENT)].map((note) => [note.index, note.index + note[0].length]));
  }
  return notesOf.get(doc).some(([from, to]) => from <= position && position < to);
}

const sameName = (one, other) => one.trim().toLowerCase() === other.trim().toLowerCase();

function readsAsName(text) {
  const words = text.trim().split(/\s+/u);
  return words.length <= 4 && /^\p{Lu}/u.test(words[0]) && !/[,;!?“”"\\]/u.test(text);
}

// The spoken paragraphs before or behind a place.
function spokenFrom(doc, number, step, speakers) {
  for (let at = number; at >= 1 && at <= doc.lines; at += step) {
    const paragraph = paragraphAt(doc, doc.line(at).from, speakers);
    if (paragraph.isSpoken) return paragraph;
    at = step > 0 ? paragraph.last : paragraph.first;
  }
  return null;
}

// Words as the copy is read: {from, to} with the marks and stops that touch them, and {begin, end}
// of the word itself. `text` may stand anywhere in a document.
export function wordsIn(text, offset = 0) {
  const words = [];
  let word = null;
  for (const piece of piecesOf(text, offset)) {
    if (piece.kind === "space") { word = null; continue; }
    if (!word) words.push(word = { from: piece.from, to: piece.to, begin: -1, end: -1, pieces: [] });
    word.to = piece.to;
    word.pieces.push(piece);
    const [first, last] = lettersOf(piece);
    if (last < 0) continue;
    if (word.begin < 0) word.begin = first;
    word.end = last;
  }
  for (const each of words) {
    if (each.begin >= 0) continue;
    // Nothing but signs, as a laughing face: all of it is the word.
    const signs = each.pieces.filter(({ kind }) => kind === "plain" || kind === "escaped");
    [each.begin, each.end] = signs.length ? [signs[0].from, signs.at(-1).to] : [-1, -1];
  }
  return words.filter(({ begin }) => begin >= 0);
}

// Where the letters of a piece begin and end.
function lettersOf({ kind, text, from, to }) {
  if (kind === "mark") return [from, to];
  if (kind !== "plain" || !LETTER.test(text)) return [-1, -1];
  const end = text.length - STOPS.exec(text)[0].length;
  const isInitials = text[end] === "." && INITIALS.test(text.slice(0, end));
  return [from + text.search(LETTER), from + end + (isInitials ? 1 : 0)];
}

// A selection, widened to whole words; an empty one becomes the word it stands in. Null where none is.
export function wholeWords(doc, from, to, speakers = []) {
  const left = spokenFrom(doc, doc.lineAt(from).number, 1, speakers);
  const right = spokenFrom(doc, doc.lineAt(to).number, -1, speakers);
  if (!left || !right || left.from > right.from) return null;
  const isOne = left.from === right.from;
  const first = from === to
    ? wordsOf(doc, left).find((word) => word.from <= from && from <= word.to)
    : wordsOf(doc, left).find((word) => word.to > from) ?? (isOne ? null : wordsOf(doc, right)[0]);
  const last = from === to
    ? first : wordsOf(doc, right).findLast((word) => word.from < to) ?? (isOne ? null : wordsOf(doc, left).at(-1));
  if (!first || !last || first.from > last.from) return null;
  if (first === last && from !== to && (to <= first.from || first.to <= from)) return null;
  const begin = from === to || isWithin(doc, first, from) ? first.begin : Math.max(from, first.from);
  const end = from === to || isWithin(doc, last, to, true) ? last.end : Math.min(to, last.to);
  return begin < end ? { from: begin, to: end } : null;
}

const wordsOf = (doc, { labelTo, to }) => wordsIn(doc.sliceString(labelTo, to), labelTo);

// True for a place at which a word would be divided, or a mark that belongs to it.
function isWithin(doc, word, at, isEnd = false) {
  if (isEnd ? at < word.end : at > word.begin) {
    const inPlain = word.pieces.find((piece) => piece.from <= at && at <= piece.to && piece.kind === "plain");
    const [before, after] = [doc.sliceString(at - 1, at), doc.sliceString(at, at + 1)];
    return !(inPlain && NO_SPACES.test(before) && NO_SPACES.test(after));
  }
  return word.pieces.some((piece) => piece.from < at && at < piece.to && piece.kind !== "plain");
}

// Words as they can stand behind the stroke of a redaction.
export const asShown = (words) => words
  .replace(/[\\~|]|\[(?=\[)|(?<=\[)\[|\](?=\]|$)|(?<=\])\]|\((?=\?)|\{(?!\p{L})/gu, "\\$&");

// Words of a paragraph as they can stand before the stroke.
export const asHidden = (text) => [...piecesOf(text)].map((piece) => (
  piece.kind === "plain" ? piece.text.replace(/\||\](?=\]|$)|\{(?!\p{L})/gu, "\\$&").replace(/^\?/, "\\?") : piece.text)).join("");
