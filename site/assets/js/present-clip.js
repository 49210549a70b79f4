/* A clip of the present view: plays from its beginning, stops at its end, captions on. Nothing of it is
   loaded before its step is near, or somebody asks for it in the room check. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present || present.isPresenter) { return; }
  const overNetwork = location.protocol.startsWith("http");
  const NEAR = 2;            // steps before a clip at which it begins to be loaded
  const IMPATIENT_MS = 2000; // until then a second press is not meant to skip a clip that still loads
  let chosen = "";           // the language of captions; where a clip has none in it, its first one
  const scripts = {};        // captions by the address of their script: asked for once
  const wholes = {};         // films that were fetched whole, by address: clips of one film share them

  function megabytes(bytes) { return (bytes / 1e6).toFixed(1); }

  /* ---- a film fetched whole: it then plays though the network goes ---------------------------- */
  async function readWhole(whole) {
    const answer = await fetch(whole.address, { credentials: "same-origin" });
    const kind = answer.headers.get("Content-Type") || "video/mp4";
    if (!answer.ok || kind.startsWith("text/html")) { throw new Error(String(answer.status)); }
    whole.total = Number(answer.headers.get("Content-Length")) || 0;
    const reader = answer.body.getReader();
    const pieces = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) { break; }
      pieces.push(value);
      whole.loaded += value.length;
      whole.listeners.forEach((one) => { one(whole); });
    }
    whole.url = URL.createObjectURL(new Blob(pieces, { type: kind }));
    return true;
  }
  function fetchWhole(address, listener) {
    if (!wholes[address]) {
      const whole = { address, loaded: 0, total: 0, url: "", listeners: [] };
      wholes[address] = whole;
      whole.promise = readWhole(whole).catch(() => { delete wholes[address]; return false; });
    }
    if (listener) { wholes[address].listeners.push(listener); }
    return wholes[address].promise;
  }
  function progress(whole) {
    return whole.total > whole.loaded ? `${megabytes(whole.loaded)} of ${megabytes(whole.total)} MB` : `${megabytes(whole.loaded)} MB`;
  }

  /* ---- the picture: made by hand from the one without script, whose files a browser would load -- */
  function makeFilm(stage) {
    const given = new DOMParser().parseFromString(stage.querySelector("noscript").textContent, "text/html").querySelector("video");
    const film = document.createElement("video");
    film.preload = "none";
    film.playsInline = true;
    ["data-film", "data-start", "data-end", "width", "height", "aria-label"].forEach((name) => {
      if (given.hasAttribute(name)) { film.setAttribute(name, given.getAttribute(name)); }
    });
    film.src = given.querySelector("source").getAttribute("src").split("#")[0];
    stage.prepend(film);
    return { film, address: film.src, tracks: Array.from(given.querySelectorAll("track"), readTrack) };
  }

  function makeClip(slide) {
    const stage = slide.querySelector("[data-stage]");
    const captions = slide.querySelector("[data-captions]");
    const { film, address, tracks } = makeFilm(stage);
    const start = Number(film.getAttribute("data-start")) / 1000;
    const end = Number(film.getAttribute("data-end")) / 1000;
    const problem = slide.querySelector("[data-trouble]");
    const introduction = slide.querySelector("[data-before-clip]");
    let state = "ready";     // then starting, playing, paused, done
    let position = start;    // where it goes on, should it have to be loaded again
    let isBroken = false;
    let startedAt = 0;
    let startCount = 0;

    function setState(to) {
      state = to;
      slide.classList.toggle("is-film", to !== "ready");
      introduction.hidden = to !== "ready";
      if (present.isAt(slide)) { present.setFilm(to !== "ready"); }
      present.draw();
    }
    function trouble(words) {
      if (problem.textContent !== words) { problem.textContent = words; }
      present.draw();
    }
    function store() {
      const isMidway = state === "playing" || state === "paused";
      present.keep("clip", isMidway ? { of: slide.id, at: position } : null);
    }

    /* ---- loading, and standing at a moment ---- */
    /* Resolves with "started", "fetched whole" or "failed". */
    async function stand(seconds) {
      let isWithoutRanges = false;
      function askForWhole() { isWithoutRanges = true; return Promise.resolve(false); }
      if (!film.isConnected) { return "failed"; } // its day came: it has left the page
      if (isBroken) {
        isBroken = false;
        film.load();
      }
      const whole = wholes[address];
      if (whole && whole.url && film.src !== whole.url) { film.src = whole.url; }
      film.preload = "auto";
      const outcome = await window.carerMediaStart(film, seconds, { most: 0, ask: askForWhole });
      if (outcome !== "failed" || !isWithoutRanges) {
        return outcome === "started" && film.src !== address ? "fetched whole" : outcome;
      }
      const isFetched = await fetchWhole(address, (one) => {
        if (state === "starting") { trouble(`The clip is on its way: ${progress(one)}.`); }
      });
      if (!isFetched || !film.isConnected) { return "failed"; }
      film.src = wholes[address].url;
      return await window.carerMediaStart(film, seconds) === "failed" ? "failed" : "fetched whole";
    }
    /* One after the other: a clip that is looked at may be asked to play meanwhile. */
    let standing = Promise.resolve();
    function standAt(seconds) {
      standing = standing.then(() => stand(seconds));
      return standing;
    }
    function isThere(seconds) {
      return !isBroken && film.readyState > 1 && !film.seeking && Math.abs(film.currentTime - seconds) < 0.05;
    }
    function prepare() {
      if (state === "ready" && film.readyState === 0) { standAt(position); }
      attach(own, chosenTrack(own));
    }

    /* ---- playing ---- */
    function refused(reason) {
      if (reason.name === "AbortError") { return; }
      setState("paused");
      trouble(reason.name === "NotAllowedError"
        ? "The browser wants a click in this window before it plays a sound. Click here once, then choose “Go on”."
        : "The clip did not start. Choose “Go on”; if it still does not, skip it.");
    }
    async function play(seconds) {
      startCount += 1;
      const count = startCount;
      startedAt = Date.now();
      trouble("");
      present.setBlank(false);
      attach(own, chosenTrack(own));
      if (!isThere(seconds)) {
        setState("starting");
        const late = setTimeout(() => {
          if (count === startCount && state === "starting" && !problem.textContent) { trouble("The clip is on its way."); }
        }, 800);
        const outcome = await standAt(seconds);
        clearTimeout(late);
        if (count !== startCount || state !== "starting") { return; }
        if (outcome === "failed") { lost(); return; }
        trouble("");
      }
      setState("playing");
      const playing = film.play();
      if (playing) { playing.then(watch, refused); }
    }
    /* The network went, or the file. Where it was is known; it is tried again when somebody says so. */
    function lost() {
      isBroken = true;
      setState("paused");
      trouble(position > start + 0.5
        ? "The clip has stopped: the film cannot be reached. “Go on” tries again from where it was. Its words are on the facilitator’s page."
        : "This clip cannot be played here. Its words are on the facilitator’s page.");
    }
    /* Every frame while it is drawn; the events below also where no frame is drawn. */
    function watch() {
      if (state !== "playing") { return; }
      if (film.currentTime >= end - 0.02 || film.ended) { finish(); return; }
      requestAnimationFrame(watch);
    }
    function finish() {
      if (state !== "playing") { return; }
      state = "done";
      film.pause();
      position = start;
      setState("done");
      store();
      present.announce("The clip has ended.");
      if (slide.hasAttribute("data-then") && present.isAt(slide)) { present.skip(); }
    }
    let storedAt = 0;
    film.addEventListener("timeupdate", () => {
      if (state !== "playing") { return; }
      if (film.currentTime >= end || film.ended) { finish(); return; }
      position = film.currentTime;
      if (Date.now() - storedAt > 1000) {
        storedAt = Date.now();
        store();
        present.draw();
      }
    });
    film.addEventListener("ended", finish);
    film.addEventListener("pause", () => {
      if (state !== "playing" || film.error) { return; }
      if (film.currentTime >= end - 0.3) { finish(); return; }
      position = film.currentTime;
      setState("paused");
      store();
    });
    film.addEventListener("error", () => {
      if (state === "playing" || (state === "paused" && film.error)) { lost(); }
    });
    let slow = 0;
    film.addEventListener("waiting", () => {
      clearTimeout(slow);
      slow = setTimeout(() => {
        if (state === "playing") { trouble("The clip waits for the network."); }
      }, 2500);
    });
    ["playing", "timeupdate", "pause"].forEach((event) => {
      film.addEventListener(event, () => {
        if (event === "timeupdate" && film.readyState < 3) { return; }
        clearTimeout(slow);
        if (problem.textContent === "The clip waits for the network.") { trouble(""); }
      });
    });
    film.addEventListener("click", () => { own.toggle(); });
    fitCaptions(stage, film, captions);

    const own = {
      slide, film, address, start, end, tracks, captions, prepare, standAt,
      broken () { trouble("This clip cannot be played here. Its words are on the facilitator’s page."); },
      isReady () { return state === "ready"; },
      isPlaying () { return state === "playing"; },
      isDone () { return state === "done"; },
      /* Next: whether it is for the clip to answer. */
      advance () {
        if (state === "ready") { play(start); return true; }
        if (state === "paused") { play(position); return true; }
        return state === "starting" && Date.now() - startedAt < IMPATIENT_MS;
      },
      rewind () {
        if (state === "playing" || state === "starting") { play(start); return true; }
        if (state !== "paused") { return false; }
        position = start;
        trouble("");
        setState("ready");
        store();
        return true;
      },
      toggle () {
        if (state === "playing") { film.pause(); } else if (state === "starting") { own.hold(); } else { play(state === "done" ? start : position); }
      },
      /* The screen is blank: what nobody sees does not go on. */
      hold () {
        if (state === "playing") { film.pause(); }
        if (state === "starting") {
          setState("paused");
          store();
        }
      },
      /* Another step: should it have been the wrong one, the clip goes on from where it was. */
      rest () {
        const isMidway = (state === "playing" || state === "paused" || state === "starting") && position > start + 0.5;
        state = isMidway ? "paused" : "ready";
        film.pause();
        if (!isMidway) { position = start; }
        trouble("");
        slide.classList.toggle("is-film", isMidway);
        introduction.hidden = isMidway;
        present.setFilm(false);
        present.keep("clip", null);
      },
      /* After a reload. */
      restore (at) {
        // Stopped at its first moment, it may stand a hair before it.
        if (!(at > start - 0.05 && at < end)) { return; }
        position = Math.max(at, start);
        setState("paused");
        attach(own, chosenTrack(own));
        standAt(position);
      },
      tell () {
        return { state, at: state === "playing" ? film.currentTime : position, start, end, trouble: problem.textContent };
      }
    };
    return own;
  }

  /* ---- captions: the same words over http and from a file, as a script ------------------------ */
  function readTrack(element) {
    return {
      kind: element.kind, language: element.srclang, label: element.label,
      address: element.getAttribute("data-captions"), own: null, there: null
    };
  }
  function chosenTrack(clip) {
    return clip.tracks.filter((one) => one.language === chosen)[0] || clip.tracks[0];
  }
  /* Resolves with whether there are words in it. */
  function attach(clip, one) {
    if (!one) { return Promise.resolve(false); }
    one.there = one.there || new Promise((done) => {
      load(one.address, (words) => {
        if (words === null) {
          one.there = null;  // asked for again when it is wanted again
          done(false);
          return;
        }
        // No <track>: under load Firefox has left one unread for good.
        one.own = clip.film.addTextTrack(one.kind, one.label, one.language);
        one.own.mode = "hidden"; // or nobody is told when a cue's time comes
        one.own.addEventListener("cuechange", () => { drawCaptions(clip); });
        cuesOf(words).forEach((cue) => { one.own.addCue(cue); });
        done(one.own.cues.length > 0);
        setModes(clip);
      });
    });
    return one.there;
  }
  /* The cues of our own WebVTT: blocks between empty lines, each with a line of times and then its
     words. What stands before the times is the cue's id. */
  function cuesOf(words) {
    return words.trimEnd().split(/\n{2,}/).flatMap((block) => {
      const lines = block.split("\n");
      const at = lines.findIndex((line) => line.includes(" --> "));
      if (at < 0) { return []; }
      const [start, end] = lines[at].split(" --> ").map((time) => {
        return time.split(" ")[0].split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
      });
      return [new VTTCue(start, end, lines.slice(at + 1).join("\n"))];
    });
  }
  /* One after the other, for each script says its words in the same place. */
  let queue = Promise.resolve();
  function load(address, then) {
    if (!scripts[address]) {
      scripts[address] = queue.then(() => {
        return new Promise((done) => {
          const holder = document.createElement("script");
          window.carerStoriesCaptions = null;
          holder.src = address;
          holder.addEventListener("load", () => { done(window.carerStoriesCaptions || null); });
          holder.addEventListener("error", () => { delete scripts[address]; done(null); });
          document.head.appendChild(holder);
        });
      });
      queue = scripts[address];
    }
    scripts[address].then(then);
  }
  /* A browser’s own captions are as small as its picture, and lie where it likes. These are drawn here:
     as large as the room needs, within the picture’s space, above the bar. */
  function setModes(clip) {
    clip.tracks.forEach((one) => {
      const mode = present.captionsOn && one === chosenTrack(clip) ? "hidden" : "disabled";
      if (one.own && one.own.mode !== mode) { one.own.mode = mode; }
    });
    drawCaptions(clip);
  }
  function drawCaptions(clip) {
    const track = chosenTrack(clip);
    clip.captions.textContent = "";
    if (!present.captionsOn || !track || !track.own) { return; }
    clip.captions.lang = track.language;
    Array.from(track.own.activeCues || []).forEach((cue) => {
      const line = document.createElement("p");
      const words = document.createElement("span");
      line.dir = "auto";
      words.append(cue.getCueAsHTML());
      line.append(words);
      clip.captions.append(line);
    });
  }
  /* How high the picture is within its space, and what is left free below it. */
  function fitCaptions(stage, film, captions) {
    function measure() {
      const wide = film.videoWidth || Number(film.getAttribute("width")) || 16;
      const high = film.videoHeight || Number(film.getAttribute("height")) || 9;
      const { clientWidth, clientHeight } = stage;
      const picture = Math.min(clientHeight, clientWidth * high / wide);
      captions.style.setProperty("--picture", `${picture}px`);
      captions.style.setProperty("--below", `${(clientHeight - picture) / 2}px`);
    }
    new ResizeObserver(measure).observe(stage);
    film.addEventListener("loadedmetadata", measure);
    film.addEventListener("resize", measure);
  }
  /* Once, for the whole session. */
  present.speak = function (language) {
    chosen = language;
    present.clips.forEach((clip) => {
      const one = chosenTrack(clip);
      clip.isTranslated = Boolean(one) && one.language === chosen;
      if (clip.tracks.some((track) => track.there)) { attach(clip, one); }
      setModes(clip);
    });
  };
  present.captioned = function (clip) { return attach(clip, chosenTrack(clip)); };
  present.setCaptions = function (on) {
    present.captionsOn = on;
    present.clips.forEach(setModes);
  };
  /* Every film and all captions, into this page: `listener` is told the bytes that are there. Resolves
     with how many bytes there are, or null where one could not be fetched. */
  present.fetchAll = async function (listener) {
    const addresses = Array.from(new Set(present.clips.map((clip) => clip.address)));
    let before = 0;
    const captions = present.clips.map(present.captioned);
    for (const address of addresses) {
      if (!await fetchWhole(address, (whole) => { listener(before + whole.loaded, whole.total); })) { return null; }
      before += wholes[address].loaded;
    }
    await Promise.all(captions);
    return before;
  };

  present.slides.forEach((slide) => {
    if (slide.querySelector("[data-stage]")) { present.clips.push(makeClip(slide)); }
  });
  present.speak("");
  function of(slide) { return present.clips.filter((clip) => clip.slide === slide)[0]; }
  present.on("leave", (slide) => { if (of(slide)) { of(slide).rest(); } });
  present.on("blank", (slide) => { if (present.isBlank() && of(slide)) { of(slide).hold(); } });
  let isFirst = true;        // after a reload, or back in a session from before
  present.on("resume", () => { isFirst = true; });
  present.on("enter", (slide) => {
    const clip = of(slide);
    const stored = present.kept("clip");
    if (isFirst && clip && stored && stored.of === slide.id) { clip.restore(stored.at); }
    isFirst = false;
    present.setFilm(Boolean(clip) && !clip.isReady());
    /* This clip, or one that is near: ready before it is asked for. */
    const from = present.slides.indexOf(slide);
    const soon = present.clips.filter((one) => present.slides.indexOf(one.slide) >= from)[0];
    const distance = soon ? present.slides.indexOf(soon.slide) - from : Infinity;
    if (soon && from >= 0 && distance <= (overNetwork ? NEAR : Infinity)) { soon.prepare(); }
  });
})();
