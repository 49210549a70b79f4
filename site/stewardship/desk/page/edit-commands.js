// What an editor does to the text besides typing. Each returns a change for the editor, or null
// where it does not apply; the text stays plain text with the marks of the editor's copy.

const STAMP = /^(~~)?\s*\[\s?\d{1,3}(?::\d{2}){1,2}\s?\]\s*/;
const LABEL = /^([^:\n[\]|~]{1,60}):\s/;
export const HEADING = /^#{1,6}\s/;

// The marks of redactions and questions on a line: [[hidden|shown]], [[?name|shown]], each with edges.
const MARK = /\[\[(\??)((?:(?!\]\])[^|])*)(?:\|((?:(?!\]\]).)*))?\]\](\{[^{}]*\})?/g;

export function marksIn(text, offset = 0) {
  return [...text.matchAll(MARK)].map((match) => ({
    from: offset + match.index, to: offset + match.index + match[0].length, isQuestion: match[1] === "?",
    hidden: match[2], shown: match[3] ?? "", edges: match[4] ?? "",
  }));
}

export function markAt(doc, position) {
  const line = doc.lineAt(position);
  return marksIn(line.text, line.from).find((mark) => mark.from <= position && position <= mark.to) ?? null;
}

// A paragraph is what stands between empty lines.
export function paragraphAt(doc, position) {
  let first = doc.lineAt(position).number;
  let last = first;
  const isText = (number) => number >= 1 && number <= doc.lines && doc.line(number).text.trim() !== "";
  while (isText(first - 1) && !STAMP.test(doc.line(first).text)) first -= 1;
  while (isText(last + 1) && !STAMP.test(doc.line(last + 1).text)) last += 1;
  return describe(doc, first, last);
}

function describe(doc, first, last) {
  const line = doc.line(first);
  const stamp = STAMP.exec(line.text)?.[0] ?? "";
  const label = LABEL.exec(line.text.slice(stamp.length));
  return {
    from: line.from, to: doc.line(last).to, isHeading: HEADING.test(line.text), first, last,
    stamp, speaker: label?.[1].trim() ?? "", labelFrom: line.from + stamp.length,
    labelTo: line.from + stamp.length + (label?.[0].length ?? 0),
  };
}

const isWordPart = (letter) => /[\p{L}\p{N}\p{M}’'‑-]/u.test(letter);

// A selection, widened to whole words; an empty one becomes the word it stands in.
export function wholeWords(doc, from, to) {
  const line = doc.lineAt(from);
  const last = doc.lineAt(to);
  let [begin, end] = [from, to];
  if (end > begin && /\s/.test(doc.sliceString(end - 1, end))) end -= 1;
  while (begin > line.from && isWordPart(doc.sliceString(begin - 1, begin))) begin -= 1;
  while (end < last.to && isWordPart(doc.sliceString(end, end + 1))) end += 1;
  return begin < end ? { from: begin, to: end } : null;
}

// ~~words~~ are cut; struck again, they come back.
export function strike(doc, from, to) {
  const around = cutAround(doc, from, to);
  if (around) {
    return { changes: [{ from: around.from, to: around.from + 2 }, { from: around.to - 2, to: around.to }] };
  }
  const words = wholeWords(doc, from, to);
  if (!words) return null;
  // Cuts that lie inside become part of this one.
  const inside = [...doc.sliceString(words.from, words.to).matchAll(/~~/g)]
    .map((mark) => ({ from: words.from + mark.index, to: words.from + mark.index + 2 }));
  return {
    changes: [{ from: words.from, insert: "~~" }, ...inside, { from: words.to, insert: "~~" }],
  };
}

// The cut that holds a place: between an odd mark and the next one.
export function cutAround(doc, from, to = from) {
  const paragraph = paragraphAt(doc, from);
  const marks = [...doc.sliceString(paragraph.from, paragraph.to).matchAll(/~~/g)].map((mark) => paragraph.from + mark.index);
  for (let i = 0; i + 1 < marks.length; i += 2) {
    if (marks[i] <= from && to <= marks[i + 1] + 2) return { from: marks[i], to: marks[i + 1] + 2 };
  }
  return null;
}

// [[words|shown]] takes words out of the sound and shows others, or “[name removed]”.
export function redact(doc, from, to, shown) {
  const words = wholeWords(doc, from, to);
  if (!words) return null;
  const hidden = doc.sliceString(words.from, words.to);
  if (/\[\[|\]\]|\n/.test(hidden)) return null;
  const insert = `[[${hidden}${shown ? `|${shown}` : ""}]]`;
  return { changes: [{ from: words.from, to: words.to, insert }], selection: { anchor: words.from + insert.length } };
}

export function takeMarkAway(mark) {
  return { changes: [{ from: mark.from, to: mark.to, insert: mark.hidden }] };
}

export function writeMark(mark, shown, edges = mark.edges) {
  return { changes: [{ from: mark.from, to: mark.to, insert: `[[${mark.hidden}${shown ? `|${shown}` : ""}]]${edges}` }] };
}

// {-120,+80}: ms by which the beginning and the end are moved; nothing where neither is.
export function edgesText(first, last) {
  const signed = (ms) => (ms ? `${ms < 0 ? "-" : "+"}${Math.abs(ms)}` : "");
  return first || last ? `{${signed(first)},${signed(last)}}` : "";
}

// A new paragraph begins at a place; time and speaker stand before it, so that they can be changed.
export function split(doc, position, time, speaker) {
  const before = doc.sliceString(0, position).match(/[ \t]*$/)[0].length;
  const after = doc.sliceString(position, position + 40).match(/^[ \t]*/)[0].length;
  const insert = `\n\n[${clockStamp(time)}] ${speaker}: `;
  const from = position - before;
  return { changes: [{ from, to: position + after, insert }], selection: { anchor: from + insert.length } };
}

// The paragraph at a place goes on from the one before; null under a heading or at the beginning.
export function join(doc, position) {
  const paragraph = paragraphAt(doc, position);
  let line = paragraph.first - 1;
  while (line >= 1 && doc.line(line).text.trim() === "") line -= 1;
  if (line < 1 || paragraph.isHeading) return null;
  const before = doc.line(line);
  if (HEADING.test(before.text) || before.text.includes("-->")) return null;
  return { changes: [{ from: before.to, to: paragraph.labelTo, insert: " " }], selection: { anchor: before.to } };
}

// Somebody else speaks: here, or wherever this name stands before a paragraph.
export function changeSpeaker(doc, position, speaker, everywhere) {
  const paragraph = paragraphAt(doc, position);
  if (paragraph.isHeading) return null;
  if (!everywhere) {
    return { changes: [{ from: paragraph.labelFrom, to: paragraph.labelTo, insert: `${speaker}: ` }] };
  }
  const changes = [];
  for (let number = 1; number <= doc.lines; number += 1) {
    const { text, from } = doc.line(number);
    const stamp = STAMP.exec(text)?.[0] ?? "";
    const label = LABEL.exec(text.slice(stamp.length));
    if (stamp && label?.[1].trim() === paragraph.speaker) {
      changes.push({ from: from + stamp.length, to: from + stamp.length + label[0].length, insert: `${speaker}: ` });
    }
  }
  return changes.length ? { changes } : null;
}

// A question's heading goes before the paragraph at a place, from wherever it stood.
export function placeHeading(doc, position, ask) {
  const heading = `## ${ask}\n\n`;
  const paragraph = paragraphAt(doc, position);
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
export const readable = (text) => text.replace(STAMP, "").replace(/~~|\(\?[^()]*\)/g, "")
  .replace(MARK, (_mark, _question, hidden) => hidden);

// 754000 → “12:34”, as the editor's copy writes it
export function clockStamp(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":");
}

// Where the sentence around a word begins and ends, as numbers of words.
export function sentenceAround(doc, times, number) {
  const ends = (n) => /[.!?…][”"’')\]]*$/.test(doc.sliceString(...Object.values(times.span(n))));
  let [first, last] = [number, number];
  while (first > 0 && number - first < 60 && !ends(first - 1)) first -= 1;
  while (last < times.count - 1 && last - number < 60 && !ends(last)) last += 1;
  return [first, last];
}
