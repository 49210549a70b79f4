// A long text, or many questions, in pages that fit their panel: however small the window is, nothing
// of a page has to be scrolled to. What is filled in stays, as nothing is made anew.

const WHOLE = "h1, h2, h3, h4, p, li, fieldset, .field, .choice, .whole";

export class Pages {
  constructor(panel, content) {
    Object.assign(this, { panel, content, at: 0, starts: [0] });
    panel.replaceChildren(content);
    for (const list of content.querySelectorAll("ol")) {
      [...list.children].forEach((item, n) => { item.value = n + 1; }); // counted across pages
    }
    this.watch = new ResizeObserver(() => this.refresh());
    this.watch.observe(panel);
    content.addEventListener("relaid", () => this.refresh()); // an answer asks for more, or for less
    this.refresh();
  }

  // What can be shown; what an answer makes needless has `data-off`.
  #leaves(node = this.content) {
    if (node.matches("[data-off]")) return [];
    if (node.matches(WHOLE)) return [node];
    return [...node.children].flatMap((one) => this.#leaves(one));
  }

  // Lays the pages out anew, and shows the one in which the same words are. What stands around the panel says where one
  // is, and so may be higher or lower by page: it is laid out for its highest, or the count of pages would change what
  // it is counted by.
  refresh() {
    if (!this.panel.isConnected || !this.panel.clientHeight) return;
    this.atLeastRoom?.();
    this.leaves = this.#leaves();
    this.#hideAll();
    this.starts = [];
    for (let from = 0; from < this.leaves.length;) {
      this.starts.push(from);
      from = this.#endOf(from);
    }
    if (!this.starts.length) this.starts = [0];
    this.#show();
  }

  #hideAll() {
    for (const one of this.content.querySelectorAll("*")) {
      if (one.matches("[data-off]")) one.hidden = true;
    }
    for (const leaf of this.leaves) this.#turn(leaf, true);
  }

  // The containers of a leaf are shown with it, and hidden with the last of theirs.
  #turn(leaf, hide) {
    leaf.hidden = hide;
    for (let up = leaf.parentElement; up !== this.content && up; up = up.parentElement) {
      up.hidden = hide && ![...up.children].some((one) => !one.hidden);
    }
  }

  #endOf(from) {
    let end = from;
    do {
      this.#turn(this.leaves[end], false);
      end += 1;
    } while (end < this.leaves.length && this.#fits());
    if (!this.#fits() && end > from + 1) end -= 1;
    // No heading is left alone at the foot of a page.
    while (end < this.leaves.length && end > from + 1 && this.leaves[end - 1].matches("h2, h3, h4")) end -= 1;
    for (let n = from; n < Math.min(end + 1, this.leaves.length); n += 1) this.#turn(this.leaves[n], true);
    return end;
  }

  #fits() { return this.panel.scrollHeight <= this.panel.clientHeight + 1; }

  get page() { return Math.max(0, this.starts.findLastIndex((start) => start <= this.at)); }

  // “section 3 of 14” of a text with headings, and which page of it; “page 2 of 3” of any other.
  get where() {
    const before = (leaf) => this.leaves.slice(0, leaf + 1).filter((one) => one.matches("h2")).length;
    const sections = this.starts.map((start) => Math.max(before(start), 1));
    const all = this.leaves.filter((one) => one.matches("h2")).length;
    const section = sections[this.page];
    const same = sections.filter((one) => one === section).length;
    const at = this.page - sections.indexOf(section) + 1;
    if (all < 2) return this.count > 1 ? `page ${this.page + 1} of ${this.count}` : "";
    return `section ${section} of ${all}${same > 1 ? `, page ${at} of ${same}` : ""}`;
  }

  get count() { return this.starts.length; }

  get shown() { return this.leaves.filter((leaf) => !leaf.hidden); }

  #show() {
    const from = this.starts[this.page];
    const to = this.starts[this.page + 1] ?? this.leaves.length;
    this.leaves.forEach((leaf, n) => { if (n < from || n >= to) this.#turn(leaf, true); });
    for (const leaf of this.leaves.slice(from, to)) this.#turn(leaf, false);
    this.panel.scrollTop = 0;
    // Only a paragraph that is longer than the panel is scrolled, by keys too.
    this.panel.tabIndex = this.#fits() ? -1 : 0;
    this.turned?.();
  }

  // Turns to the next or the last page; false where there is none.
  turn(by) {
    const next = this.page + by;
    if (next < 0 || next >= this.count) return false;
    this.at = this.starts[next];
    this.#show();
    return true;
  }

  first() { this.at = 0; this.#show(); }

  last() { this.at = this.starts.at(-1); this.#show(); }

  // Turns to the page on which an element is.
  to(element) {
    const at = this.leaves.findIndex((leaf) => leaf === element || leaf.contains(element));
    if (at >= 0) { this.at = at; this.#show(); }
  }

  // All of it at once, to be printed.
  whole() { for (const leaf of this.leaves) this.#turn(leaf, false); }

  end() { this.watch.disconnect(); }
}
