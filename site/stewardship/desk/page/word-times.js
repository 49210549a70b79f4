// Where each word stands in the text as it is now, and when it is said. The server tells it for one
// version of the text; positions are carried on through every change since.

const NONE = { from: [], to: [], start: [], end: [], state: "" };

export class WordTimes {
  constructor() {
    this.words = NONE;
    this.version = -1;
    this.since = []; // [{version, changes}]: each change of the text since that version
    this.order = []; // the words' numbers in the order in which they are said
  }

  get count() { return this.words.from.length; }

  take(words, version) {
    this.words = words;
    this.version = version;
    this.since = this.since.filter((change) => change.version > version);
    this.order = words.start.map((_, number) => number);
    // Words that were moved stand in another order than they are said in.
    this.order.sort((a, b) => words.start[a] - words.start[b] || a - b);
  }

  changed(version, changes) {
    this.since.push({ version, changes });
  }

  // What is not yet in the server's text was carried over what came from there.
  carried(known, since) {
    this.since = [...this.since.filter(({ version }) => version <= known), ...since];
  }

  now(position, side = 1) {
    return this.since.reduce((at, { changes }) => changes.mapPos(at, side), position);
  }

  before(position) {
    return this.since.reduceRight((at, { changes }) => changes.invertedDesc.mapPos(at, -1), position);
  }

  span(number) {
    return { from: this.now(this.words.from[number], 1), to: this.now(this.words.to[number], -1) };
  }

  // The word at a place of the text, or the next one after it; -1 where none follows.
  at(position) {
    const place = this.before(position);
    const { to } = this.words;
    const number = firstWhere(to.length, (i) => to[i] >= place);
    return number < to.length ? number : to.length - 1;
  }

  // The word being said at a time, or the last one before it; -1 before the first.
  saidAt(time) {
    const { start } = this.words;
    return this.order[firstWhere(this.order.length, (i) => start[this.order[i]] > time) - 1] ?? -1;
  }

  timeOf(number) { return { start: this.words.start[number], end: this.words.end[number] }; }

  // The numbers of the words between two places of the text.
  between(from, to) {
    const [first, last] = [this.before(from), this.before(to)];
    const { from: begins, to: ends } = this.words;
    return [firstWhere(ends.length, (i) => ends[i] > first), firstWhere(begins.length, (i) => begins[i] >= last)];
  }
}

// The first number for which something holds that then holds for all that follow.
export function firstWhere(count, holds) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle; else low = middle + 1;
  }
  return low;
}
