"""A walk through the present view as a remote alone leads it, in any browser and size of window."""

WALK = """async () => {
  const faults = new Set(), bar = document.querySelector('[data-bar]');
  const settled = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const press = async key => {
    document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    await settled();
  };
  const shown = () => document.querySelector(':is([data-slide], [data-room]):not([hidden])');
  const isMore = () => !document.querySelector('[data-below]').hidden;
  const box = (it) => it.getBoundingClientRect();
  function look(step) {
    const slide = shown(), timer = slide.querySelector('.timer'), edge = box(bar).top;
    const lines = new Map(), range = document.createRange();
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    for (let n = 0; texts.nextNode(); n += 1) {
      const text = texts.currentNode, within = text.parentElement;
      if (!text.data.trim() || within.closest('noscript, .unseen, [hidden], option')) { continue; }
      range.selectNodeContents(text);
      const floor = timer && !timer.contains(text) ? Math.min(edge, box(timer).top) : edge;
      let part = within;
      while (part.parentElement !== slide && part !== slide) { part = part.parentElement; }
      const inset = /inset\\((.*)\\)/.exec(part.style.clipPath) || ['', '-99px'];
      const [over, , under = over] = inset[1].split(' ').map(parseFloat);
      const { top, bottom } = box(part), first = Math.max(0, top + over);
      const last = Math.min(floor, bottom - under);
      Array.from(range.getClientRects()).filter(it => it.width > 1).forEach((it, line) => {
        const air = it.height * 0.15;  // above its letters; the next line reaches into it
        const isSeen = it.top >= first - air && it.bottom <= last + 0.5;
        const isCut = [first, last].some(y => it.top < y - air && it.bottom > y + 1);
        if (isCut) { faults.add(`${step}: a line is cut: ${text.data.trim().slice(0, 30)}`); }
        lines.set(`${n}.${line}`, [isSeen, text.data.trim().slice(0, 30)]);
      });
    }
    const isCut = it => it.scrollHeight > it.clientHeight + 1
      || it.scrollWidth > it.clientWidth + 1;
    slide.querySelectorAll('p, li, ol, ul, div').forEach(it => {
      if (it.clientHeight && getComputedStyle(it).overflow !== 'visible' && isCut(it)) {
        faults.add(`${step}: ${it.className || it.tagName} is cut`);
      }
    });
    const controls = slide.querySelectorAll('.timer button, .timer-clock');
    [...bar.children, ...controls].forEach(it => {
      if (!it.offsetHeight || it.matches('.unseen')) { return; }
      const { top, right, bottom } = box(it), floor = bar.contains(it) ? innerHeight : edge;
      if (top < 0 || right > innerWidth + 0.5 || bottom > floor + 0.5) {
        faults.add(`${step}: ${it.innerText} is out of view`);
      }
    });
    if (document.documentElement.scrollWidth > innerWidth) { faults.add(`${step}: too wide`); }
    return lines;
  }
  let presses = 0;
  for (let step = 0; step <= carerPresent.slides.length; step += 1) {
    carerPresent.goTo(step);
    if (scrollY > 1) { faults.add(`${step}: begins ${scrollY} pixels down`); }
    await settled();
    const start = shown().querySelector('[data-timer-do=start]');
    if (start) { start.click(); await settled(); }
    const isAt = () => carerPresent.state().step === step, seen = new Map();
    for (let count = 0; ; count += 1) {
      look(step).forEach(([isSeen, words], line) => {
        seen.set(line, [isSeen || (seen.get(line) || [])[0], words]);
      });
      if (!isMore() || !isAt()) { break; }
      if (count > 30) { faults.add(`${step}: says “more below” for ever`); break; }
      await press('PageDown');
      presses += 1;
    }
    seen.forEach(([isSeen, words]) => {
      if (!isSeen) { faults.add(`${step}: never seen whole: ${words}`); }
    });
    shown().querySelectorAll('.big').forEach(it => {
      const letters = parseFloat(getComputedStyle(it).fontSize);
      if (letters < 16) { faults.add(`${step}: letters of ${letters} pixels`); }
    });
    while (scrollY > 1 && isAt()) { await press('PageUp'); }
    if (!isAt()) { faults.add(`${step}: left before its end, or before its beginning`); }
    scrollTo({ top: 99999, behavior: 'instant' });
  }
  return { faults: Array.from(faults), presses };
}"""
"""Goes through all steps of the page with Page Down and Page Up, and starts every timer. Resolves
with the faults (lines that are never seen whole, controls out of view, words that are cut) and with
how many presses read on within a step."""
