/* The film stays in view. On a wide screen it stands beside the words and stays there by itself. Where
   it stands above them, it is taken along once it was started: film, Play, position and captions lie at
   the top of the window, and its place in the page keeps its height, so that no word moves. */
(function () {
  "use strict";
  const player = window.carerStories;
  if (!player || !player.showChoices) { return; } // a library may have the player of an earlier version
  const media = player.media;
  const root = document.documentElement;
  const stage = media.closest(".stage");
  const listening = media.closest(".listening");
  const choices = document.querySelector("[data-choices]");
  const paused = document.querySelector("[data-paused]");
  const isOneColumn = window.matchMedia("(max-width: 63.99em)");
  const SMALL_PX = 300;      // a picture less wide has captions that nobody can read
  const WIDEST = 0.42;       // of the window’s width: the picture beside its controls
  const MOST = 0.6;          // of the window’s height: words are read below it
  const BARELY = 0.25;       // so much of the film may be gone before it is taken along
  const place = document.createElement("div");
  const dock = document.createElement("div");
  const watchers = [];
  let isStarted = false;
  let isDocked = false;
  let dockedHeight = 0;      // 0: to be measured again
  place.className = "film-place";
  dock.className = "dock";
  stage.before(place);
  place.append(dock);
  dock.append(stage, document.querySelector("[data-controls]"));
  if (paused) { dock.append(paused); }

  function setDocked(on) {
    if (on === isDocked) { return; }
    if (on) { place.style.minHeight = `${place.offsetHeight}px`; }
    isDocked = on;
    dock.classList.toggle("is-docked", on);
    root.classList.toggle("has-dock", on);
    if (on) {
      if (!choices.querySelector(":focus-visible")) { player.showChoices(false); }
      uncover();
    } else {
      place.style.minHeight = "";
      fill(0);
    }
    watchers.forEach((work) => { work(); });
  }
  /* What somebody has come to by keyboard is not left below it. */
  function uncover() {
    dockedHeight = dock.offsetHeight;
    root.style.setProperty("--dock", `${dockedHeight + 8}px`);
    const current = document.activeElement;
    if (!current || dock.contains(current) || !current.matches(":focus-visible")) { return; }
    const box = current.getBoundingClientRect();
    if (box.bottom > 0 && box.top < dockedHeight) {
      player.moving();
      window.scrollBy(0, box.top - dockedHeight - 8);
    }
  }
  function heightWhenDocked() {
    if (isDocked) { return dock.offsetHeight; }
    if (!dockedHeight) {
      place.style.minHeight = `${place.offsetHeight}px`;
      dock.classList.add("is-docked");
      dockedHeight = dock.offsetHeight;
      dock.classList.remove("is-docked");
      place.style.minHeight = "";
    }
    return dockedHeight;
  }
  /* As long as some of its own place is in view, the film takes that up: no empty room is below it. */
  function fill(bottom) {
    if (dock.style.minHeight) {
      dock.style.minHeight = "";
      root.style.removeProperty("--dock-more");
    }
    const end = Math.min(bottom, MOST * window.innerHeight);
    const free = bottom > 0 ? end - dock.offsetHeight : 0;
    if (free <= 0) { return; }
    const height = media.videoHeight || Number(media.getAttribute("height")) || 0;
    const width = media.videoWidth || Number(media.getAttribute("width")) || 1;
    const highest = WIDEST * window.innerWidth * height / width;
    const least = Math.min(Math.max(64, 0.24 * window.innerHeight), 224);
    root.style.setProperty("--dock-more", `${Math.max(0, Math.min(free, highest - least))}px`);
    dock.style.minHeight = `${end}px`;
  }
  /* Choices that are open and in view are not closed for it. */
  function isChoosing() {
    const box = choices.getBoundingClientRect();
    return !choices.hidden && box.bottom > 0 && box.top < window.innerHeight;
  }
  function update() {
    if (!isStarted || !isOneColumn.matches || !stage.isConnected) { setDocked(false); return; }
    const top = place.getBoundingClientRect().top;
    const isPast = top < -BARELY * place.filmHeight;
    /* Below the words a film that was paused is in the way; whoever is in it stays in it. */
    const isListening = listening.getBoundingClientRect().bottom > heightWhenDocked() + 40;
    const isUsed = !media.paused || (isDocked && dock.querySelector(":focus-visible"));
    setDocked(isPast && Boolean(isListening || isUsed) && (isDocked || !isChoosing()));
    if (isDocked) { fill(place.getBoundingClientRect().bottom); }
  }
  function measure() {
    setDocked(false);
    dockedHeight = 0;
    place.filmHeight = stage.offsetHeight;
    update();
  }
  let isDue = false;
  window.addEventListener("scroll", () => {
    if (isDue) { return; }
    isDue = true;
    requestAnimationFrame(() => { isDue = false; update(); });
  }, { passive: true });
  let width = 0;
  let height = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width && window.innerHeight === height) { return; }
    width = window.innerWidth;
    height = window.innerHeight;
    measure();
  });
  media.addEventListener("play", () => {
    if (!isStarted) {
      isStarted = true;
      measure();
    } else { update(); }
  });
  new ResizeObserver(() => {
    if (isDocked) { root.style.setProperty("--dock", `${dock.offsetHeight + 8}px`); }
  }).observe(dock);

  player.dock = {
    /* Where words can be read: below the film, where that lies over them or soon will. */
    readingArea (soon) {
      const isBelow = isDocked || (soon && isStarted && isOneColumn.matches);
      return { top: isBelow ? heightWhenDocked() : 0, bottom: window.innerHeight };
    },
    /* How far down the page may be moved before the film goes with its column. */
    lowest () {
      if (isOneColumn.matches) { return Infinity; }
      const column = dock.closest(".player");
      const top = parseFloat(getComputedStyle(column).top) || 0;
      return window.scrollY + listening.getBoundingClientRect().bottom - column.offsetHeight - top;
    },
    isDocked () { return isDocked; },
    isPictureSmall () { return isDocked && media.clientWidth < SMALL_PX; },
    contains (element) { return dock.contains(element); },
    onChange (work) { watchers.push(work); }
  };
})();
