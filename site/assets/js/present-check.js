/* Before people come in: are all clips there and do they start where they should, have they captions,
   is there sound, does it need a network, is the screen large enough. Nothing is sent anywhere, and
   over a network no clip is loaded before somebody asks. The last present script: it begins. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present) { return; }
  if (present.isPresenter) { present.begin(); return; }
  const overNetwork = location.protocol.startsWith("http");
  const look = present.root.querySelector("[data-look]");
  const loading = present.root.querySelector("[data-load]");
  let areLoaded = false;     // all films, into this page

  /* `good` is null where nothing is known yet. */
  function tell(name, good, words) {
    const row = present.root.querySelector(`[data-check="${name}"]`);
    row.className = good === null ? "" : good ? "is-good" : "is-trouble";
    row.querySelector("[data-check-said]").textContent = (good ? "✓ " : good === null ? "" : "Look here: ") + words;
  }
  function count(number, one) { return `${number} ${one}${number === 1 ? "" : "s"}`; }
  function megabytes(bytes) { return `${(bytes / 1e6).toFixed(1)} MB`; }
  function names(clips) {
    const titles = new Map(); // the parts of one clip have one name
    clips.forEach((clip) => { titles.set(clip.slide.getAttribute("data-point"), present.heading(clip.slide)); });
    return Array.from(titles.values(), (title) => `“${title}”`).join(", ");
  }
  function all() {
    const points = new Set(present.clips.map((clip) => clip.slide.getAttribute("data-point")));
    return count(points.size, "clip");
  }

  /* ---- every clip of the plan ---------------------------------------------------------------- */
  /* One after the other, so that a slow network has one thing to do at a time. */
  async function checkClips() {
    const outcomes = [];
    for (const [index, clip] of present.clips.entries()) {
      if (overNetwork) { tell("clips", null, `looking at ${index + 1} of ${present.clips.length}…`); }
      const outcome = await clip.standAt(clip.start);
      outcomes.push(outcome !== "failed" && clip.film.duration < clip.end - 0.5 ? "short" : outcome);
    }
    function those(outcome) { return present.clips.filter((clip, index) => outcomes[index] === outcome); }
    const missing = those("failed").concat(those("short"));
    const whole = areLoaded ? [] : those("fetched whole");
    const bytes = whole.length ? await present.fetchAll(() => {}) : 0;
    missing.forEach((clip) => { clip.broken(); });
    if (missing.length) {
      tell("clips", false, `these cannot be played from here. ${overNetwork ? "Try again, or use a copy on a stick" : "Copy the whole folder again"}: ${names(missing)}`);
    } else if (whole.length) {
      tell("clips", true, `${all()}, all here. This server cannot send a film from its middle on, so they were fetched whole (${
        megabytes(bytes)}) and start where they should. If the page is loaded again, that is done again. Tell whoever looks after the server: it does not answer “byte ranges”.`);
    } else {
      const start = all() === "1 clip" ? " is here, and starts where it should." : ", all here, and each starts where it should.";
      tell("clips", true, all() + start);
    }
  }
  async function checkCaptions() {
    const answers = await Promise.all(present.clips.map(present.captioned));
    const without = present.clips.filter((clip, index) => !answers[index]);
    if (without.length) { tell("captions", false, `none for ${names(without)}`); }
    else { tell("captions", true, `there for every clip${inLanguage()}, and switched on.`); }
  }
  async function checkAll() {
    look.disabled = true;
    await Promise.all([checkCaptions(), checkClips()]);
    look.disabled = false;
  }
  async function loadAll() {
    loading.disabled = true;
    const bytes = await present.fetchAll((loaded, total) => {
      tell("network", null, `loading the clips: ${megabytes(loaded)}${total ? `, this film has ${megabytes(total)}` : ""}…`);
    });
    loading.disabled = false;
    if (bytes === null) {
      tell("network", false, "not all clips could be loaded. Try again, or use a copy on a stick.");
      return;
    }
    areLoaded = true;
    loading.hidden = true;
    checkNetwork(bytes);
    await checkAll();
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
  function keptLanguage() {
    try { return localStorage.getItem(LANGUAGE); } catch { return null; }
  }
  if (languages) {
    const kept = keptLanguage();
    Array.prototype.forEach.call(languages.options, (one) => { one.selected = one.value === kept; });
    present.speak(languages.value);
    languages.addEventListener("change", () => {
      present.speak(languages.value);
      checkCaptions();
      try { localStorage.setItem(LANGUAGE, languages.value); } catch { /* for this time alone */ }
    });
  }

  /* ---- network, screens, place --------------------------------------------------------------- */
  function checkNetwork(bytes) {
    if (!overNetwork) { tell("network", true, "none is needed: everything is in this folder."); }
    else if (bytes) { tell("network", true, `all clips are loaded into this page (${megabytes(bytes)}): they play though your network goes, until the page is closed or loaded again.`); }
    else if (navigator.onLine === false) { tell("network", false, "this page came over a network that is not there now. Use a copy on a stick."); }
    else { tell("network", true, "this page comes over your network, and each clip when its step is near. Where that may fail, load all clips now, or use a copy on a stick."); }
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
  /* One screen that the room sees too, or one more for it: few browsers tell. */
  const finding = present.root.querySelector("[data-screens]");
  const ORDER = "“Presenter’s window” opens one for you alone: notes, next step, time.";
  function checkWindow() {
    const { isExtended } = window.screen;
    if (isExtended === true) { tell("window", true, `there are two screens. ${ORDER} Keep it on yours, and this one on the room’s.`); }
    else if (isExtended === false) {
      tell("window", null, `${ORDER} There is one screen now. Let the computer extend its screens (on Windows: the Windows key and P, “Extend”), or the room sees your notes too.`);
    } else { tell("window", null, `${ORDER} It needs a second screen; what the room sees must not be a copy of yours.`); }
    finding.hidden = isExtended !== true || !window.getScreenDetails;
  }
  finding.addEventListener("click", () => {
    present.findScreens().then((number) => {
      tell("window", true, `${count(number, "screen")}. ${ORDER} It opens on your own screen, and this window fills the other.`);
      finding.hidden = true;
    }, () => {
      tell("window", null, `The browser does not tell where the screens are. ${ORDER} Drag this one to the room’s screen.`);
      finding.hidden = true;
    });
  });
  if (navigator.permissions) {
    navigator.permissions.query({ name: "window-management" }).then((answer) => {
      if (answer.state === "granted") { present.findScreens().then(() => { finding.hidden = true; }, () => {}); }
    }, () => { /* a browser without it */ });
  }
  if (window.screen.addEventListener) { window.screen.addEventListener("change", checkWindow); }

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

  present.root.querySelector("[data-tone]").addEventListener("click", tone);
  look.addEventListener("click", checkAll);
  loading.addEventListener("click", loadAll);
  loading.hidden = !overNetwork;
  window.addEventListener("resize", checkScreen);
  ["online", "offline"].forEach((event) => {
    window.addEventListener(event, () => { if (!areLoaded) { checkNetwork(); } });
  });
  checkNetwork();
  checkScreen();
  checkWindow();
  checkPlace();
  tell("clips", null, `${all()}, not looked at yet: nothing is loaded until you ask.`);
  tell("captions", null, `not looked at yet${inLanguage()}.`);
  present.begin();
  // From a folder nothing has to be fetched.
  if (!overNetwork) { checkAll(); }
})();
