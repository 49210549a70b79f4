/* Answers from people’s own phones, without a server: a phone shows them as codes, and this page on the
   facilitator’s computer reads those with its camera. No picture is kept, and nothing is sent. The
   file is always another way: “Save as a file” on the phone. */
(function () {
  "use strict";
  const page = window.carerForm;
  const code = window.carerCode;
  const shown = document.querySelector("[data-codes]");
  const reader = document.querySelector("[data-code-reader]");
  if (!page || !code || !shown || !reader) { return; }
  const FORMAT = "CS1";
  /* Bytes of answers in one code: with more, the camera of a laptop no longer reads it from a phone. */
  const MAX_PART_BYTES = 240;
  const MAX_PARTS = 99;
  const NEXT_CODE_MS = 1600;
  const LOOK_MS = 120;
  const MAX_LOOK_WIDTH = 1280;
  const ID = /^[a-z0-9]{6,40}$/;
  function crc32(text) {
    let crc = -1;
    new TextEncoder().encode(text).forEach((byte) => {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) { crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1)); }
    });
    return ((crc ^ -1) >>> 0).toString(16).padStart(8, "0");
  }

  /* ---- on the phone: show --------------------------------------------------------------------- */
  const canvas = shown.querySelector("canvas");
  const counter = shown.querySelector("[data-code-counter]");
  const more = shown.querySelector("[data-code-more]");
  const pause = shown.querySelector("[data-code-pause]");
  let parts = [], at = 0, timer = 0;

  function partsOf(form) {
    const answers = {};
    page.columns().forEach((name) => { if (form[name] && name !== "session_on") { answers[name] = form[name]; } });
    const text = JSON.stringify({
      plan: page.plan, version: form.version, form: page.kind, date: form.date, session: form.session_on || "", answers,
    });
    const chunks = [""];
    let bytes = 0;
    for (const character of text) {
      const length = new TextEncoder().encode(character).length;
      if (bytes + length > MAX_PART_BYTES) { chunks.push(""); bytes = 0; }
      chunks[chunks.length - 1] += character;
      bytes += length;
    }
    const whole = crc32(text);
    return chunks.map((chunk, index) => {
      const head = `${FORMAT} ${form.form_id} ${index + 1}/${chunks.length} ${whole}`;
      return `${head} ${crc32(`${head} ${chunk}`)} ${chunk}`;
    });
  }
  function drawCode() {
    code.paint(parts[at], canvas);
    counter.textContent = parts.length === 1 ? "All your answers are in this code."
      : `Code ${at + 1} of ${parts.length}. Hold still until all have been read.`;
  }
  function turn(by) { at = (at + by + parts.length) % parts.length; drawCode(); }
  function run(isRunning) {
    clearInterval(timer);
    timer = isRunning ? setInterval(() => turn(1), NEXT_CODE_MS) : 0;
    pause.textContent = isRunning ? "Stop changing" : "Change by itself";
  }
  document.querySelector("[data-show-codes]").addEventListener("click", () => {
    const form = page.current();
    if (!form) { page.say("There is no answer yet."); return; }
    code.load(() => {
      parts = partsOf(form);
      if (parts.length > MAX_PARTS) { page.say("These answers are too long for codes. Save them as a file."); return; }
      at = 0;
      shown.hidden = false;
      more.hidden = parts.length === 1;
      drawCode();
      run(parts.length > 1 && !window.matchMedia("(prefers-reduced-motion: reduce)").matches);
      shown.focus();
      shown.scrollIntoView({ block: "start" });
    }, () => { page.say("Codes cannot be shown here. Keep your answers, and save them as a file."); });
  });
  shown.querySelector("[data-code-back]").addEventListener("click", () => { run(false); turn(-1); });
  shown.querySelector("[data-code-next]").addEventListener("click", () => { run(false); turn(1); });
  pause.addEventListener("click", () => { run(timer === 0); });
  shown.querySelector("[data-code-done]").addEventListener("click", () => {
    run(false);
    shown.hidden = true;
    page.clear();
    page.say("Thank you. Your answers are gone from this page.");
  });
  shown.querySelector("[data-code-close]").addEventListener("click", () => { run(false); shown.hidden = true; });

  /* ---- on the facilitator’s computer: read ---------------------------------------------------- */
  const video = reader.querySelector("video");
  const said = reader.querySelector("[data-code-said]");
  const start = reader.querySelector("[data-code-start]");
  const stop = reader.querySelector("[data-code-stop]");
  const frame = document.createElement("canvas");
  const begun = new Map();
  let stream = null, looking = 0, lastText = "";

  function tell(text) { if (said.textContent !== text) { said.textContent = text; } }
  function readPart(text) {
    const match = /^CS1 ([a-z0-9]{6,40}) (\d{1,2})\/(\d{1,2}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([^]*)$/.exec(text);
    if (!match) { tell("This code is not from a form of ours."); return; }
    const [, id, number, count, whole, sum, chunk] = match;
    if (crc32(`${FORMAT} ${id} ${number}/${count} ${whole} ${chunk}`) !== sum || +number < 1 || +number > +count) {
      tell("This code was not read well. Hold the phone still.");
      return;
    }
    const key = `${id} ${count} ${whole}`;
    if (!begun.has(key)) { begun.set(key, new Map()); }
    const chunks = begun.get(key);
    chunks.set(+number, chunk);
    if (chunks.size < +count) { tell(`${chunks.size} of ${count} codes of this form are read. Keep holding the phone.`); return; }
    const joined = Array.from({ length: +count }, (_, index) => chunks.get(index + 1)).join("");
    if (crc32(joined) !== whole) { begun.delete(key); tell("These codes do not fit together. Please show them again."); return; }
    tell(taken(id, joined));
  }
  function taken(id, text) {
    let sent;
    try { sent = JSON.parse(text); } catch { return "This code holds no answers that can be read."; }
    if (!sent || typeof sent !== "object" || typeof sent.answers !== "object" || !sent.answers || !ID.test(id)) {
      return "This code holds no answers that can be read.";
    }
    if (sent.plan !== page.plan || sent.form !== page.kind) {
      return "These answers are of another form. Open that form here to read them.";
    }
    const form = {};
    for (const name of Object.keys(sent.answers)) {
      const value = sent.answers[name];
      if (page.columns().indexOf(name) < 0 || typeof value !== "string" || !page.isValid(name, value)) {
        return "These answers do not fit this form. Is the phone’s page an older one?";
      }
      form[name] = value;
    }
    form.version = /^\d{1,4}$/.test(sent.version) ? String(sent.version) : page.version;
    form.date = /^\d{4}-\d\d-\d\d$/.test(sent.date) ? sent.date : "";
    form.session_on = /^\d{4}-\d\d-\d\d$/.test(sent.session) ? sent.session : "";
    form.form_id = id;
    const outcome = page.accept(form);
    if (outcome === "known") { return "These answers are here already. They count once."; }
    const marks = Object.keys(form).filter((name) => page.isScale(name)).length;
    const texts = Object.keys(sent.answers).length - marks - (form.words_shared ? 1 : 0);
    const what = `${marks === 1 ? "1 mark" : `${marks} marks`} and ${texts === 1 ? "1 text" : `${texts} texts`}`;
    return outcome === "changed" ? `Read again, as it is now: ${what}. It counts once.`
      : `Read: ${what}. ${page.count() === 1 ? "One form is" : `${page.count()} forms are`} kept here. Next, please.`;
  }
  function look() {
    if (!stream) { return; }
    if (video.readyState >= 2 && video.videoWidth) {
      const scale = Math.min(1, MAX_LOOK_WIDTH / video.videoWidth);
      frame.width = Math.round(video.videoWidth * scale);
      frame.height = Math.round(video.videoHeight * scale);
      const context = frame.getContext("2d", { willReadFrequently: true });
      context.drawImage(video, 0, 0, frame.width, frame.height);
      try {
        const text = window.carerCodes.decodeQR(context.getImageData(0, 0, frame.width, frame.height));
        if (text !== lastText) { lastText = text; readPart(text); }
      } catch { /* no code in this picture */ }
    }
    looking = setTimeout(look, LOOK_MS);
  }
  function close(text) {
    clearTimeout(looking);
    if (stream) { stream.getTracks().forEach((track) => track.stop()); }
    stream = null;
    lastText = "";
    video.srcObject = null;
    video.hidden = true;
    stop.hidden = true;
    start.hidden = false;
    if (text) { tell(text); }
  }
  const INSTEAD = "Let people save a file on their phones instead, or use paper.";
  start.addEventListener("click", () => {
    if (!window.isSecureContext || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
      tell(`A browser lets a page use the camera only over https, or on this computer itself. ${INSTEAD}`);
      return;
    }
    code.load(() => {
      navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } })
        .then((opened) => {
          stream = opened;
          video.srcObject = opened;
          video.hidden = false;
          stop.hidden = false;
          start.hidden = true;
          tell("The camera is on. Hold a phone in front of it.");
          video.play().then(look, () => { close(`The camera’s picture cannot be shown. ${INSTEAD}`); });
        }, () => { close(`The camera cannot be used: it is in use, or was not allowed. ${INSTEAD}`); });
    }, () => { tell(`Codes cannot be read here. ${INSTEAD}`); });
  });
  stop.addEventListener("click", () => { close("The camera is off."); start.focus(); });
  window.addEventListener("pagehide", () => { close(""); });
})();
