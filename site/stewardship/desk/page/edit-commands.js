// What an editor does to the text besides typing. Each returns a change for the editor, or null
// where it does not apply; the text stays plain text with the marks of the editor's copy.

import { HEADING, asHidden, asShown, cutsIn, marksIn, paragraphAt, piecesOf, wholeWords, wordsIn } from "./copy-marks.js";

export { HEADING, paragraphAt, wholeWords };

export function markAt(doc, position) {
  const { from, to } = paragraphAt(doc, position);
  return marksIn(doc.sliceString(from, to), from).find((mark) => mark.from <= position && position <= mark.to) ?? null;
}

// ~~words~~ are cut; struck again, they come back.
export function strike(doc, from, to, speakers = []) {
  const cuts = cutsIn(doc);
  const around = cuts.find((cut) => cut.from <= from && to <= cut.to);
  if (around) return { changes: [without(around.open), without(around.close)] };
  const words = wholeWords(doc, from, to, speakers);
  if (!words) return null;
  // Cuts that lie inside become part of this one, and one that reaches out of it goes on.
  const met = cuts.filter((cut) => cut.from < words.to && words.from < cut.to);
  const [first, last] = [met[0], met.at(-1)];
  const changes = met.flatMap((cut) => [without(cut.open), without(cut.close)]);
  const begin = first && first.from <= words.from ? first.from : words.from;
  const isOpen = last && last.to >= words.to;
  const start = begin === first?.from ? startOf(first.edges) : "";
  const end = isOpen ? endOf(last.edges) : "";
  const edges = start || end ? `{${start},${end}}` : "";
  return {
    changes: [...changes, { from: begin, insert: "~~" }, { from: isOpen ? last.to : words.to, insert: `~~${edges}` }],
  };
}

const without = ({ from, to }) => ({ from, to });
const startOf = (edges) => /^\{(-\d+(?=\})|[-+]?\d*(?=,))/.exec(edges)?.[1] ?? "";
const endOf = (edges) => /,([-+]?\d*)\}$/.exec(edges)?.[1] ?? "";

// [[words|shown]] takes words out of the sound and shows others, or “[name removed]”.
export function redact(doc, from, to, shown, speakers = []) {
  const words = wholeWords(doc, from, to, speakers);
  if (!words) return null;
  const hidden = doc.sliceString(words.from, words.to);
  if (/\n\s*\n/.test(hidden) || [...piecesOf(hidden)].some(({ kind }) => kind === "mark" || kind === "cut")) return null;
  const insert = markText(asHidden(hidden), shown);
  return { changes: [{ from: words.from, to: words.to, insert }], selection: { anchor: words.from + insert.length } };
}

const markText = (hidden, shown) => `[[${hidden}${shown ? `|${asShown(shown)}` : ""}]]`;

export function takeMarkAway(mark) {
  return { changes: [{ from: mark.from, to: mark.to, insert: mark.hidden }] };
}

export function writeMark(mark, shown, edges = mark.edges) {
  return { changes: [{ from: mark.from, to: mark.to, insert: `${markText(mark.hidden, shown)}${edges}` }] };
}

// A hint behind the word that ends at a place, as the draft has those of markers.
export function note(doc, end, text) {
  const mark = markAt(doc, end);
  const behind = mark && mark.from < end ? mark.to : end;
  const before = /^\s?\(\?([^()\n]*)\)/.exec(doc.sliceString(behind, doc.lineAt(behind).to));
  if (!before) return { changes: [{ from: behind, insert: ` (?${text})` }] };
  const at = behind + before[0].length - 1;
  return { changes: [{ from: at, insert: before[1] ? `; ${text}` : text }] };
}

// {-120,+80}: ms by which the beginning and the end are moved; nothing where neither is.
export function edgesText(first, last) {
  const signed = (ms) => (ms ? `${ms < 0 ? "-" : "+"}${Math.abs(ms)}` : "");
  return first || last ? `{${signed(first)},${signed(last)}}` : "";
}

// The milliseconds by which the edges of a mark are moved, once they were dragged to these moments.
// They count from where the edges are by themselves; one that was not dragged stays as it is
// written, wherever the film puts it.
export function draggedEdges(part, written, start, end) {
  const first = start === part.start ? written[0] : start - part.by_itself[0];
  const last = end === part.end ? written[1] : end - part.by_itself[1];
  return edgesWithin(part, first, last);
}

// The same once one edge goes on by so many milliseconds: side 0 is the first one.
export function nudgedEdges(part, written, side, ms) {
  const edges = [...written];
  edges[side] = edgeMoments(part, edges)[side] + ms - part.by_itself[side];
  return edgesWithin(part, ...edges);
}

// Where the two edges of a mark are to lie: the film puts those of a cut into frames.
export function edgeMoments(part, edges = part.edges, before = edges) {
  return [part.start, part.end].map((at, side) => (
    edges[side] || before[side] ? part.by_itself[side] + edges[side] : at));
}

// What is written behind a mark, which may be newer than the plan.
export function writtenEdges(part, marked) {
  const written = /\{([-+]?\d*),([-+]?\d*)\}$/.exec(marked);
  if (written) return [Number(written[1]), Number(written[2])];
  return marked.endsWith("}") ? [...part.edges] : [0, 0];
}

function edgesWithin(part, ...edges) {
  const [earliest, latest, earliestEnd, latestEnd] = part.bounds;
  const bounds = [[earliest, latest], [earliestEnd, latestEnd]];
  return edges.map((ms, side) => ms && within(ms, ...bounds[side].map((at) => at - part.by_itself[side])));
}

const within = (value, least, most) => Math.max(least, Math.min(most, value));

// Where a new paragraph may begin: before the word at a place; -1 where none may.
export function splitPlace(doc, position, speakers = []) {
  const paragraph = paragraphAt(doc, position, speakers);
  if (!paragraph.isSpoken) return -1;
  const words = wordsIn(doc.sliceString(paragraph.labelTo, paragraph.to), paragraph.labelTo);
  const number = words.findIndex((word) => position < word.to);
  return number > 0 ? words[number].from : -1;
}

// A new paragraph begins at a place; time and speaker stand before it, so that they can be changed.
export function split(doc, position, time, speaker) {
  const before = /\s*$/u.exec(doc.sliceString(Math.max(0, position - 40), position))[0].length;
  const insert = `\n\n[${clockStamp(time)}] ${speaker}: `;
  const from = position - before;
  return { changes: [{ from, to: position, insert }], selection: { anchor: from + insert.length } };
}

// The paragraph at a place goes on from the one before; null under a heading or at the beginning.
export function join(doc, position, speakers = []) {
  const paragraph = paragraphAt(doc, position, speakers);
  let line = paragraph.first - 1;
  while (line >= 1 && doc.line(line).text.trim() === "") line -= 1;
  if (line < 1 || !paragraph.isSpoken) return null;
  const before = doc.line(line);
  if (!paragraphAt(doc, before.from, speakers).isSpoken) return null;
  const insert = ` ${paragraph.cut}`;
  return { changes: [{ from: before.to, to: paragraph.labelTo, insert }], selection: { anchor: before.to } };
}

// Somebody else speaks: here, or wherever this name stands before a paragraph. `timeAt` tells when
// the word at a place is said: without a time before it, a new name may be taken for words.
export function changeSpeaker(doc, position, speaker, everywhere, speakers = [], timeAt = null) {
  const paragraph = paragraphAt(doc, position, speakers);
  if (!paragraph.isSpoken) return null;
  const changes = [];
  const change = ({ stamp, labelFrom, labelTo }) => {
    const time = stamp || !timeAt ? "" : `[${clockStamp(timeAt(labelTo))}] `;
    changes.push({ from: labelFrom, to: labelTo, insert: `${time}${speaker}: ` });
  };
  if (!everywhere) {
    change(paragraph);
    return { changes };
  }
  for (let number = 1; number <= doc.lines; number += 1) {
    const other = paragraphAt(doc, doc.line(number).from, speakers);
    if (other.isSpoken && other.speaker === paragraph.speaker) change(other);
    number = other.last;
  }
  return { changes };
}

// A question's heading goes before the paragraph at a place, from wherever it stood.
export function placeHeading(doc, position, ask) {
  const heading = `## ${ask}\n\n`;
  const paragraph = paragraphAt(doc, position);
  if (!paragraph.isSpoken) return null;
  const changes = [{ from: paragraph.from, insert: heading }];
  for (let number = 1; number <= doc.lines; number += 1) {
    const line = doc.line(number);
    if (HEADING.test(line.text) && sameWords(line.text, ask)) {
      const end = number < doc.lines && doc.line(number + 1).text.trim() === "" ? doc.line(number + 1) : line;
      changes.push({ from: line.from, to: Math.min(end.to + 1, doc.length) });
    }
  }
  changes.sort((a, b) => a.from - b.from);
  return { changes };
}

const plain = (text) => text.toLowerCase().replace(/\(\?[^()]*\)/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
export const sameWords = (one, other) => plain(one) === plain(other);

// A line as it is read aloud: without its time and marks; what is hidden is told apart by nothing.
export const readable = (text) => [...piecesOf(text.replace(/^\s*(?:~~)?\s*\[\s?\d{1,3}(?::\d{1,2}){1,2}\s?\]\s*/, ""))].map((piece) => {
  if (piece.kind === "mark") return piece.groups.hidden;
  if (piece.kind === "escaped") return piece.text.slice(1);
  return piece.kind === "cut" || piece.kind === "hint" ? "" : piece.text;
}).join("");

// 754000 → “12:34”, as the editor's copy writes it
export function clockStamp(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":");
}

// Where the sentence around a word begins and ends, as numbers of words.
export function sentenceAround(doc, times, number) {
  const ends = (n) => {
    const { from, to } = times.span(n);
    // Behind a name that is taken out its stop stands after the mark; a paragraph ends one as well.
    const behind = doc.sliceString(to, times.span(n + 1).from).replace(/^[^\n]*?\]\](?:\{[^{}]*\})?/, "");
    return /[.!?…][”"’')\]]*$/.test(doc.sliceString(from, to)) || /^[”"’')]*[.!?…]|\n\s*[\n[]/.test(behind);
  };
  let [first, last] = [number, number];
  while (first > 0 && number - first < 60 && !ends(first - 1)) first -= 1;
  while (last < times.count - 1 && last - number < 60 && !ends(last)) last += 1;
  return [first, last];
}
