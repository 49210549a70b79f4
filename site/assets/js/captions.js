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
  /* Without a picture a browser’s own controls never go, and would lie over the captions: they then
     stand in a place of their own below. */
  const area = document.querySelector("[data-said]");
  const tracks = [];
  let on = player.kept("captions") !== "off";
  let current = null;

  player.each(media.querySelectorAll("track"), (element) => {
    tracks.push({
      language: element.srclang, element, words: element.getAttribute("data-captions"),
      attached: !fromFile
    });
    if (fromFile) { element.remove(); } else { listen(element.track); }
  });

  function soundOnly() { return media.classList.contains("is-sound-only"); }
  function listen(track) { track.addEventListener("cuechange", drawArea); }
  /* Once: a film that begins to load while they are on their way asks for them again. */
  function attachFromScript(one, then) {
    if (one.coming) { return; }
    one.coming = true;
    const holder = document.createElement("script");
    holder.src = one.words;
    holder.addEventListener("load", () => {
      const words = new Blob([window.carerStoriesCaptions], { type: "text/vtt" });
      const own = document.createElement("track");
      own.kind = one.element.kind;
      own.srclang = one.element.srclang;
      own.label = one.element.label;
      own.src = URL.createObjectURL(words);
      media.appendChild(own);
      one.element = own;
      one.attached = true;
      listen(own.track);
      then();
    });
    document.head.appendChild(holder);
  }
  function drawArea() {
    area.hidden = !on || !soundOnly();
    area.textContent = "";
    if (area.hidden) { return; }
    area.lang = current.language;
    Array.prototype.forEach.call(current.element.track.activeCues || [], (cue) => {
      const line = document.createElement("p");
      line.dir = "auto";
      line.appendChild(cue.getCueAsHTML());
      area.appendChild(line);
    });
  }
  function show() {
    if (on && !current.attached) { attachFromScript(current, show); return; }
    setModes();
    button.setAttribute("aria-pressed", String(on));
    drawArea();
  }
  function setModes() {
    const shown = soundOnly() ? "hidden" : "showing";
    tracks.forEach((one) => {
      const mode = on && one === current ? shown : "disabled";
      if (one.attached && one.element.track.mode !== mode) { one.element.track.mode = mode; }
    });
  }
  function speak(language) {
    current = tracks.find((one) => one.language === language) || tracks[0];
    if (languages) { languages.value = current.language; }
    show();
  }

  button.addEventListener("click", () => {
    on = !on;
    show();
    player.keep("captions", on ? "on" : "off");
  });
  if (languages) {
    languages.addEventListener("change", () => {
      on = true;
      speak(languages.value);
      player.keep("captions", "on");
      player.keep("language", current.language);
    });
  }
  sizes.addEventListener("change", () => {
    setSize(sizes.value);
    player.keep("caption-size", sizes.value);
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
    if (current) { show(); }
  });
  media.addEventListener("loadeddata", () => { loading = false; setModes(); });
  media.textTracks.addEventListener("change", () => {
    if (loading) { setModes(); return; }
    const seen = tracks.find((one) => {
      return one.attached && one.element.track.mode === "showing";
    });
    if (soundOnly() || (seen === current && on) || (!seen && !on)) { return; }
    on = Boolean(seen);
    if (seen) { current = seen; }
    if (seen && languages) { languages.value = seen.language; }
    button.setAttribute("aria-pressed", String(on));
  });

  const size = player.kept("caption-size");
  setSize(size === "large" || size === "largest" ? size : "");
  speak(player.kept("language") || tracks[0].language);
})();
