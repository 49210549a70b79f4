/* A clip of the present view: plays from its beginning, stops at its end, captions on. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present) { return; }
  let captionsOn = true;
  let chosen = "";         // the language of captions; where a clip has none in it, its first one
  const scripts = {};        // captions by the address of their script: asked for once

  function makeClip(slide) {
    const film = slide.querySelector("[data-film]");
    const start = Number(film.getAttribute("data-start")) / 1000;
    const end = Number(film.getAttribute("data-end")) / 1000;
    let state = "ready";   // then playing, paused, done
    const problem = slide.querySelector("[data-trouble]");
    const introduction = slide.querySelector("[data-before-clip]");

    function setState(to) {
      state = to;
      slide.classList.toggle("is-film", to !== "ready");
      introduction.hidden = to !== "ready";
      present.draw();
    }
    function startPlaying() {
      problem.textContent = "";
      const playing = film.play();
      if (playing) {
        playing.then(watch, (refused) => {
          if (refused.name === "AbortError") { return; }
          setState("paused");
          problem.textContent = "The clip did not start. Choose “Go on”; if it still does not, go on without it.";
        });
      }
      setState("playing");
    }
    /* Every frame while it is drawn; the timer below also where no frame is drawn. */
    function watch() {
      if (state !== "playing") { return; }
      if (film.currentTime >= end - 0.02 || film.ended) { finish(); return; }
      requestAnimationFrame(watch);
    }
    function finish() {
      if (state !== "playing") { return; }
      state = "done";
      film.pause();
      setState("done");
      present.announce("The clip has ended.");
      if (slide.hasAttribute("data-then") && present.isAt(slide)) { present.next(); }
    }
    function load() {
      film.preload = "auto";
      if (film.readyState === 0 && film.networkState !== HTMLMediaElement.NETWORK_LOADING) { film.load(); }
    }
    function seekToStart() {
      load();
      if (film.readyState > 0) { film.currentTime = start; }
      else { film.addEventListener("loadedmetadata", () => { film.currentTime = start; }, { once: true }); }
    }
    film.addEventListener("timeupdate", () => {
      if (state === "playing" && (film.currentTime >= end || film.ended)) { finish(); }
    });
    film.addEventListener("ended", finish);
    /* The address ends in #t=from,to, at which some browsers stop by themselves. */
    film.addEventListener("pause", () => {
      if (state !== "playing") { return; }
      if (film.currentTime >= end - 0.3) { finish(); } else { setState("paused"); }
    });
    film.addEventListener("error", showBroken, true);
    function showBroken() {
      problem.textContent = "This clip cannot be played here. Its words are on the facilitator’s page.";
    }
    film.addEventListener("click", () => { present.clips.filter(isThisSlide)[0].toggle(); });
    function isThisSlide(clip) { return clip.slide === slide; }

    film.removeAttribute("controls");
    return {
      slide, film, start, end, broken: showBroken,
      isReady () { return state === "ready"; },
      isPlaying () { return state === "playing"; },
      isDone () { return state === "done"; },
      play () { seekToStart(); startPlaying(); },
      again () { seekToStart(); startPlaying(); },
      toggle () {
        if (state === "playing") { film.pause(); } else if (state === "paused") { startPlaying(); } else { seekToStart(); startPlaying(); }
      },
      rest () { if (state === "playing") { state = "paused"; film.pause(); } setState("ready"); },
      hold () { if (state === "playing") { film.pause(); } },
      prepare: seekToStart,
      tracks: tracksOf(film)
    };
  }

  /* ---- captions: the same words over http and from a file, as a script ------------------------ */
  function tracksOf(film) {
    return Array.prototype.map.call(film.querySelectorAll("track"), (element) => {
      element.remove();
      return {
        kind: element.kind, language: element.srclang, label: element.label,
        address: element.getAttribute("data-captions"), own: null, there: null, loaded: false
      };
    });
  }
  function chosenTrack(clip) {
    return clip.tracks.filter((one) => one.language === chosen)[0] || clip.tracks[0];
  }
  /* Resolves with whether there are words in it. */
  function attach(clip, one) {
    one.there = one.there || new Promise((done) => {
      load(one.address, (words) => {
        if (words === null) { done(false); return; }
        const own = document.createElement("track");
        own.kind = one.kind;
        own.srclang = one.language;
        own.label = one.label;
        own.addEventListener("load", () => {
          done(own.track.cues.length > 0);
          one.loaded = true;
          show(clip);
        }, { once: true });
        own.addEventListener("error", () => { done(false); }, { once: true });
        own.src = URL.createObjectURL(new Blob([words], { type: "text/vtt" }));
        clip.film.append(own);
        one.own = own.track;
        show(clip);
      });
    });
    return one.there;
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
          holder.addEventListener("error", () => { done(null); });
          document.head.appendChild(holder);
        });
      });
      queue = scripts[address];
    }
    scripts[address].then(then);
  }
  function show(clip) {
    clip.tracks.forEach((one) => {
      if (!one.own) { return; }
      if (captionsOn && one === chosenTrack(clip)) { one.own.mode = "showing"; }
      else { one.own.mode = one.loaded ? "disabled" : "hidden"; } // hidden, or it would not be loaded
    });
  }
  /* Once, for the whole session. */
  function setLanguage(language) {
    chosen = language;
    present.clips.forEach((clip) => {
      const one = chosenTrack(clip);
      clip.captioned = one ? attach(clip, one) : Promise.resolve(false);
      clip.isTranslated = Boolean(one) && one.language === chosen;
      show(clip);
    });
  }
  present.captionsButton.addEventListener("click", () => {
    captionsOn = !captionsOn;
    present.captionsButton.setAttribute("aria-pressed", String(captionsOn));
    present.clips.forEach(show);
  });

  present.slides.forEach((slide) => {
    if (slide.querySelector("[data-film]")) { present.clips.push(makeClip(slide)); }
  });
  present.speak = setLanguage;
  setLanguage("");
  function of(slide) { return present.clips.filter((clip) => clip.slide === slide)[0]; }
  present.on("leave", (slide) => { if (of(slide)) { of(slide).rest(); } });
  present.on("blank", (slide) => { if (of(slide)) { of(slide).hold(); } });
  present.on("enter", (slide) => {
    /* This clip, or the next one: ready before it is asked for. */
    const from = present.slides.indexOf(slide);
    const soon = present.clips.filter((clip) => present.slides.indexOf(clip.slide) >= from)[0];
    if (soon && from >= 0) { soon.prepare(); }
  });
})();
