/* Before people come in: are all clips there, have they captions, is there sound, does it need a
   network, is the screen large enough. Nothing is sent anywhere. The last present script: it begins. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present) { return; }
  const fromFile = location.protocol === "file:";

  function tell(name, good, words) {
    const row = present.root.querySelector(`[data-check="${name}"]`);
    row.className = good ? "is-good" : "is-trouble";
    row.querySelector("[data-check-said]").textContent = (good ? "✓ " : "Look here: ") + words;
  }
  function count(number, one) { return `${number} ${one}${number === 1 ? "" : "s"}`; }

  /* ---- every clip of the plan ---------------------------------------------------------------- */
  function found(clip) {
    return new Promise((done) => {
      const film = clip.film;
      function look() { done(film.duration >= clip.end - 0.5); }
      if (film.readyState > 0) { look(); return; }
      film.addEventListener("loadedmetadata", look, { once: true });
      film.addEventListener("error", () => { clip.broken(); done(false); }, { capture: true, once: true });
      film.preload = "metadata";
      if (film.networkState !== 2) { film.load(); }
    });
  }
  function names(clips) {
    return clips.map((clip) => `“${clip.slide.querySelector("h2").textContent}”`).join(", ");
  }
  function report(name, answers, good, bad) {
    Promise.all(answers).then((held) => {
      const lost = present.clips.filter((clip, index) => !held[index]);
      if (lost.length) { tell(name, false, bad + names(lost)); }
      else { tell(name, true, good); }
    });
  }
  function checkClips() {
    const points = new Set(present.clips.map((clip) => clip.slide.getAttribute("data-point")));
    const all = count(points.size, "clip");
    report("clips", present.clips.map(found), all + (all === "1 clip" ? " is here." : ", all here."),
      "these cannot be played from here. Copy the whole folder again: ");
  }
  function checkCaptions() {
    report("captions", present.clips.map((clip) => clip.captioned),
      `there for every clip${inLanguage()}, and switched on.`, "none for ");
  }

  /* ---- the language of captions: chosen once, and kept in this browser ------------------------ */
  const languages = present.root.querySelector("[data-language]");
  const LANGUAGE = "carer-stories-present-language";
  function inLanguage() {
    if (!languages || languages.selectedIndex < 1) { return ""; }
    const others = present.clips.filter((clip) => !clip.isTranslated);
    return ` in ${languages.selectedOptions[0].textContent 
      }${others.length ? ` (in ${languages.options[0].textContent} for ${names(others)})` : ""}`;
  }
  function speak() {
    present.speak(languages.value);
    checkCaptions();
  }
  function keptLanguage() {
    try { return localStorage.getItem(LANGUAGE); } catch { return null; }
  }
  if (languages) {
    const kept = keptLanguage();
    Array.prototype.forEach.call(languages.options, (one) => { one.selected = one.value === kept; });
    languages.addEventListener("change", () => {
      speak();
      try { localStorage.setItem(LANGUAGE, languages.value); } catch { /* for this time alone */ }
    });
  }

  /* ---- network, screen, place ---------------------------------------------------------------- */
  function checkNetwork() {
    if (fromFile) { tell("network", true, "none is needed: everything is in this folder."); }
    else if (navigator.onLine === false) { tell("network", false, "this page came over a network that is not there now. Use a copy on a stick."); }
    else { tell("network", true, "this page comes over your network. Where that may fail, use a copy on a stick."); }
  }
  function checkScreen() {
    const size = `${window.innerWidth} by ${window.innerHeight}`;
    const enough = window.innerWidth >= 900 && window.innerHeight >= 500;
    tell("screen", enough, enough ? `${size}, large enough. “Full screen” makes the most of it.`
      : `${size} is small for a room. Make the window larger, or choose “Full screen”.`);
  }
  function checkPlace() {
    const kept = present.canStore();
    tell("keeps", kept, kept ? "kept in this browser, should the page be loaded again."
      : "this browser does not keep it. Do not load the page again; the address names the step.");
  }

  /* ---- a sound: half a second each of three tones, not loud ----------------------------------- */
  function tone() {
    const said = present.root.querySelector("[data-tone-said]");
    const Sound = window.AudioContext || window.webkitAudioContext;
    if (!Sound) { said.textContent = "This browser cannot make a test sound. Play a clip instead."; return; }
    const sound = new Sound();
    [330, 392, 494].forEach((pitch, index) => {
      const voice = sound.createOscillator();
      const loud = sound.createGain();
      const from = sound.currentTime + 0.1 + index * 0.55;
      voice.frequency.value = pitch;
      loud.gain.setValueAtTime(0, from);
      loud.gain.linearRampToValueAtTime(0.25, from + 0.05);
      loud.gain.linearRampToValueAtTime(0, from + 0.5);
      voice.connect(loud).connect(sound.destination);
      voice.start(from);
      voice.stop(from + 0.5);
    });
    said.textContent = "Three tones are playing. If nobody hears them at the back of the room, turn up the sound of the computer and of the room.";
    setTimeout(() => { sound.close(); }, 3000);
  }

  present.all("[data-checks]").forEach((part) => { part.hidden = false; });
  present.root.querySelector("[data-tone]").addEventListener("click", tone);
  window.addEventListener("resize", checkScreen);
  checkNetwork();
  checkScreen();
  checkPlace();
  present.begin();
  checkClips();
  if (languages) { speak(); } else { checkCaptions(); }
})();
