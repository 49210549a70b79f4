// Letters as large as their room allows: a question, and all that may be asked on, without scrolling.

const STEPS = 7; // halvings of the range between the smallest and the largest letters
const SIDEWAYS = 1; // px by which browsers round

const LATE = 250; // ms to wait for a browser’s next picture: one that is busy may make none for long
const LOOKS_EVERY = 1000; // ms between two looks at the room’s size, of which a busy browser may not tell

// Fit what is inside `room` into it, again whenever either changes. `room` gets --fit, from 0 (the
// smallest letters) to 1, and data-tight where even hints must give way. Returns {again, end}.
export function fitted(room) {
  let [frame, timer] = [0, 0];
  let [fitting, hasFitted] = ["", false]; // the size for which the letters were made, and whether all of it fitted
  const size = () => [room.clientWidth, room.clientHeight, devicePixelRatio].join(" ");
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
    rest();
    room.removeAttribute("data-tight");
    const isLoose = search();
    if (!isLoose) room.dataset.tight = "yes";
    hasFitted = isLoose || search();
    // What fits in no size is scrolled, with keys as well.
    if (hasFitted) room.removeAttribute("tabindex");
    else room.tabIndex = 0;
    fitting = size();
  };
  const rest = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    [frame, timer] = [0, 0];
  };
  const again = () => {
    frame ||= requestAnimationFrame(fit);
    timer ||= setTimeout(fit, LATE);
  };
  // Whatever made the letters too large, they do not stay so.
  const looks = setInterval(() => { if (size() !== fitting || (hasFitted && overflows())) again(); }, LOOKS_EVERY);
  const looking = new ResizeObserver(again);
  looking.observe(room);
  const watching = new MutationObserver(again);
  watching.observe(room, { childList: true, subtree: true, characterData: true, attributes: true,
    attributeFilter: ["hidden", "open", "class", "lang"] });
  document.fonts?.ready.then(again);
  document.fonts?.addEventListener("loadingdone", again); // letters of another script come later than the first
  return { again, end() {
    looking.disconnect();
    watching.disconnect();
    document.fonts?.removeEventListener("loadingdone", again);
    clearInterval(looks);
    rest();
  } };
}
