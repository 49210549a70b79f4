// Letters as large as their room allows: a question, and all that may be asked on, without scrolling.

const STEPS = 7; // halvings of the range between the smallest and the largest letters
const SIDEWAYS = 1; // px by which browsers round

// Fit what is inside `room` into it, again whenever either changes. `room` gets --fit, from 0 (the
// smallest letters) to 1, and data-tight where even hints must give way. Returns {again, end}.
export function fitted(room) {
  let asked = 0;
  // A word that is longer than its line is wider than what holds it, and not always than the room.
  const overflows = () => [room, ...room.querySelectorAll("h1, button")]
    .some((part) => part.scrollWidth > part.clientWidth + SIDEWAYS)
    || room.scrollHeight > room.clientHeight + SIDEWAYS;
  const set = (fit) => room.style.setProperty("--fit", fit.toFixed(3));
  const search = () => {
    set(1);
    if (!overflows()) return true;
    set(0);
    if (overflows()) return false;
    let [fits, tooLarge] = [0, 1];
    for (let step = 0; step < STEPS; step += 1) {
      const middle = (fits + tooLarge) / 2;
      set(middle);
      if (overflows()) tooLarge = middle;
      else fits = middle;
    }
    set(fits);
    return true;
  };
  const fit = () => {
    asked = 0;
    room.removeAttribute("data-tight");
    if (search()) { room.removeAttribute("tabindex"); return; }
    room.dataset.tight = "yes";
    // What fits in no size is scrolled, with keys as well.
    if (search()) room.removeAttribute("tabindex");
    else room.tabIndex = 0;
  };
  const again = () => { asked ||= requestAnimationFrame(fit); };
  const looking = new ResizeObserver(again);
  looking.observe(room);
  const watching = new MutationObserver(again);
  watching.observe(room, { childList: true, subtree: true, characterData: true, attributes: true,
    attributeFilter: ["hidden", "open", "class", "lang"] });
  document.fonts?.ready.then(again);
  return { again, end() { looking.disconnect(); watching.disconnect(); cancelAnimationFrame(asked); } };
}
