// Loudness drawn under the text: where somebody speaks, what is cut or taken out, and its edges.

const COLOURS = ["--soft", "--live", "--heather-edge", "--link", "--line"];
const WINDOWS = [2000, 5000, 12000, 30000, 120000]; // ms that are in view
const GRIP = 8; // px around an edge in which it can be taken
const LABELS = { cut: "cut", redaction: "not heard", outside: "not in the film" };
const HATCH = 9; // px between two lines

export class Loudness {
  // `on`: {seek(ms), edges(part, start, end)}
  constructor(canvas, times, textOf, on) {
    Object.assign(this, { canvas, times, textOf, on });
    this.peaks = new Uint8Array(0);
    this.perSecond = 100;
    this.plan = [];
    this.time = 0;
    this.window = 2;
    this.dragged = null;
    this.left = 0;
    canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerup", (event) => this.released(event));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(canvas);
    // What is drawn does not change its colours by itself.
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.draw();
    this.dark.addEventListener("change", this.recolour);
  }

  get span() { return WINDOWS[this.window]; }

  zoom(step) {
    this.window = Math.max(0, Math.min(WINDOWS.length - 1, this.window + step));
    this.draw(true);
  }

  zoomToWord() {
    this.window = 0;
    this.draw(true);
  }

  setPeaks(peaks, perSecond) {
    Object.assign(this, { peaks, perSecond });
    this.draw();
  }

  setPlan(plan) {
    this.plan = plan;
    this.draw();
  }

  at(time) {
    this.time = time;
    if (!this.dragged) this.draw();
  }

  x(ms) { return ((ms - this.left) / this.span) * this.canvas.clientWidth; }
  ms(x) { return this.left + (x / this.canvas.clientWidth) * this.span; }

  // What is in view stays where it is until the sound leaves it.
  place(anew) {
    const inside = this.time >= this.left + 0.05 * this.span && this.time <= this.left + 0.85 * this.span;
    if (!inside || anew) this.left = Math.max(0, this.time - 0.25 * this.span);
  }

  draw(anew = false) {
    this.place(anew);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * scale)) this.canvas.width = Math.round(width * scale);
    if (this.canvas.height !== Math.round(height * scale)) this.canvas.height = Math.round(height * scale);
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.canvas);
    const [soft, live, heather, link, line] = COLOURS.map((name) => style.getPropertyValue(name));
    this.drawPeaks(pen, width, height - 20, soft);
    this.drawPlan(pen, height - 20, { cut: live, redaction: heather, outside: soft }, style);
    this.drawWords(pen, width, height, style, line);
    pen.fillStyle = link;
    pen.fillRect(this.x(this.time) - 1, 0, 2, height);
  }

  drawPeaks(pen, width, height, colour) {
    pen.fillStyle = colour;
    const perPixel = (this.span / width / 1000) * this.perSecond;
    for (let x = 0; x < width; x += 1) {
      const from = Math.floor((this.left / 1000) * this.perSecond + x * perPixel);
      let loudest = 0;
      for (let i = from; i < from + Math.max(1, perPixel); i += 1) loudest = Math.max(loudest, this.peaks[i] || 0);
      const tall = Math.max(1, (loudest / 255) * height);
      pen.fillRect(x, (height - tall) / 2, 1, tall);
    }
  }

  // Told apart without colours too: a cut is struck through, a redaction hatched, and both say so
  // where there is room.
  drawPlan(pen, height, colours, style) {
    for (const part of this.inView(this.plan)) {
      const { start, end } = this.dragged?.part === part ? this.dragged : part;
      const [from, to] = [Math.max(this.x(start), -2), Math.min(this.x(end), this.canvas.clientWidth + 2)];
      pen.fillStyle = colours[part.kind];
      pen.strokeStyle = colours[part.kind];
      pen.globalAlpha = 0.16;
      pen.fillRect(from, 0, to - from, height);
      pen.globalAlpha = 1;
      if (part.kind === "redaction") hatch(pen, from, to, height);
      if (part.kind === "cut") pen.fillRect(from, height / 2 - 1, to - from, 3);
      if (part.kind !== "outside") {
        pen.fillRect(from - 1, 0, 2, height);
        pen.fillRect(to - 1, 0, 2, height);
      }
      this.label(pen, LABELS[part.kind], from, to, style);
    }
  }

  label(pen, text, from, to, style) {
    pen.font = `600 11px ${style.getPropertyValue("--sans")}`;
    pen.textBaseline = "top";
    const wide = pen.measureText(text).width;
    if (to - from < wide + 12) return;
    pen.fillStyle = style.getPropertyValue("--surface");
    pen.fillRect(from + 2, 1, wide + 8, 15);
    pen.fillStyle = style.color;
    pen.fillText(text, from + 6, 3);
  }

  // Words stand under their sound as long as there is room for them.
  drawWords(pen, width, height, style, line) {
    if (this.span > 12000) return;
    pen.font = `13px ${style.getPropertyValue("--sans")}`;
    pen.textBaseline = "alphabetic";
    let free = 0;
    for (let number = Math.max(0, this.times.saidAt(this.left)), last = this.times.saidAt(this.left + this.span); number <= last; number += 1) {
      const at = this.x(this.times.timeOf(number).start);
      pen.fillStyle = line;
      pen.fillRect(at, height - 20, 1, 5);
      if (at < free || at > width) continue;
      const text = this.textOf(number);
      pen.fillStyle = style.color;
      pen.fillText(text, at + 2, height - 4);
      free = at + pen.measureText(text).width + 6;
    }
  }

  inView(parts) {
    return parts.filter(({ start, end }) => end > this.left && start < this.left + this.span);
  }

  edgeAt(x) {
    for (const part of this.inView(this.plan)) {
      if (!part.bounds || part.from === null) continue;
      if (Math.abs(x - this.x(part.start)) <= GRIP) return { part, side: "start" };
      if (Math.abs(x - this.x(part.end)) <= GRIP) return { part, side: "end" };
    }
    return null;
  }

  pressed(event) {
    const edge = this.edgeAt(event.offsetX);
    if (!edge) { this.on.seek(this.ms(event.offsetX)); return; }
    this.dragged = { ...edge, start: edge.part.start, end: edge.part.end };
    this.canvas.setPointerCapture(event.pointerId);
  }

  moved(event) {
    if (!this.dragged) {
      this.canvas.style.cursor = this.edgeAt(event.offsetX) ? "ew-resize" : "pointer";
      return;
    }
    const at = this.ms(event.offsetX);
    const [earliest, latest, earliestEnd, latestEnd] = this.dragged.part.bounds;
    this.dragged.at = Math.round(at);
    if (this.dragged.side === "start") this.dragged.start = Math.max(earliest, Math.min(at, latest));
    else this.dragged.end = Math.max(earliestEnd, Math.min(at, latestEnd));
    this.draw();
  }

  released() {
    const { part, side, at } = this.dragged ?? {};
    this.dragged = null;
    if (!part) return;
    // As far as it was drawn; the page says so where that is not possible.
    if (at !== undefined) this.on.edges(part, side === "start" ? at : part.start, side === "end" ? at : part.end);
    this.draw();
  }

  destroy() {
    this.observer.disconnect();
    this.dark.removeEventListener("change", this.recolour);
  }
}

function hatch(pen, from, to, height) {
  pen.save();
  pen.beginPath();
  pen.rect(from, 0, to - from, height);
  pen.clip();
  pen.beginPath();
  for (let x = from - height; x < to; x += HATCH) {
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
  }
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.restore();
}
