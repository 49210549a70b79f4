/* Captions: on and off, their size, their language. Over http the browser loads a track itself. From
   a file it must not, so the same words come as a script and are attached as a track of this page's
   own: one or the other, never both. */
(function () {
  "use strict";
  const player = window.carerStories;
  if (!player || !player.controls.captions) { return; }
  const media = player.media;
  const button = player.controls.captions;
  const languages = player.controls.language;
  const sizes = player.controls["caption-size"];
  const fromFile = location.protocol === "file:";
  /* Without a picture a browser’s own controls never go, and would lie over the captions; in a picture
     that is taken along small, nobody could read them: they then stand in a place of their own below. */
  const wordsBelow = document.querySelector("[data-said]");
  const tracks = [];
  let areOn = player.stored("captions") !== "off";
  let current = null;

  player.each(media.querySelectorAll("track"), (element) => {
    tracks.push({
      language: element.srclang, element, address: element.getAttribute("data-captions"),
      attached: !fromFile
    });
    if (fromFile) { element.remove(); } else { listen(element.track); }
  });

  function areBelow() {
    return media.classList.contains("is-sound-only") || Boolean(player.dock && player.dock.isPictureSmall());
  }
  function listen(track) { track.addEventListener("cuechange", drawArea); }
  /* Once: a film that begins to load while they are on their way asks for them again. */
  function attachFromScript(track, then) {
    if (track.coming) { return; }
    track.coming = true;
    const script = document.createElement("script");
    script.src = track.address;
    script.addEventListener("load", () => {
      const vtt = new Blob([window.carerStoriesCaptions], { type: "text/vtt" });
      const element = document.createElement("track");
      element.kind = track.element.kind;
      element.srclang = track.element.srclang;
      element.label = track.element.label;
      element.src = URL.createObjectURL(vtt);
      media.appendChild(element);
      track.element = element;
      track.attached = true;
      listen(element.track);
      then();
    });
    document.head.appendChild(script);
  }
  function drawArea() {
    wordsBelow.hidden = !areOn || !areBelow();
    wordsBelow.textContent = "";
    if (wordsBelow.hidden) { return; }
    wordsBelow.lang = current.language;
    Array.prototype.forEach.call(current.element.track.activeCues || [], (cue) => {
      const line = document.createElement("p");
      line.dir = "auto";
      line.appendChild(cue.getCueAsHTML());
      wordsBelow.appendChild(line);
    });
  }
  function apply() {
    if (areOn && !current.attached) { attachFromScript(current, apply); return; }
    setModes();
    button.setAttribute("aria-pressed", String(areOn));
    drawArea();
  }
  function setModes() {
    const visibleMode = areBelow() ? "hidden" : "showing";
    tracks.forEach((one) => {
      const mode = areOn && one === current ? visibleMode : "disabled";
      if (one.attached && one.element.track.mode !== mode) { one.element.track.mode = mode; }
    });
  }
  function setLanguage(language) {
    current = tracks.find((one) => one.language === language) || tracks[0];
    if (languages) { languages.value = current.language; }
    apply();
  }

  button.addEventListener("click", () => {
    areOn = !areOn;
    apply();
    player.store("captions", areOn ? "on" : "off");
  });
  if (languages) {
    languages.addEventListener("change", () => {
      areOn = true;
      setLanguage(languages.value);
      player.store("captions", "on");
      player.store("language", current.language);
    });
  }
  sizes.addEventListener("change", () => {
    setSize(sizes.value);
    player.store("caption-size", sizes.value);
  });
  function setSize(size) {
    document.querySelector("[data-player]").setAttribute("data-caption-size", size);
    sizes.value = size;
  }
  /* The browser's own menu can switch them too; our buttons then say so. But while a film is loaded
     the browser chooses tracks by itself, and what was chosen here is put back. */
  let loading = true;
  media.addEventListener("loadstart", () => {
    loading = true;
    if (current) { apply(); }
  });
  media.addEventListener("loadeddata", () => { loading = false; setModes(); });
  media.textTracks.addEventListener("change", () => {
    if (loading) { setModes(); return; }
    const showing = tracks.find((one) => {
      return one.attached && one.element.track.mode === "showing";
    });
    if (areBelow() || (showing === current && areOn) || (!showing && !areOn)) { return; }
    areOn = Boolean(showing);
    if (showing) { current = showing; }
    if (showing && languages) { languages.value = showing.language; }
    button.setAttribute("aria-pressed", String(areOn));
  });

  if (player.dock) { player.dock.onChange(() => { if (current) { apply(); } }); }

  const size = player.stored("caption-size");
  setSize(size === "large" || size === "largest" ? size : "");
  setLanguage(player.stored("language") || tracks[0].language);
})();
