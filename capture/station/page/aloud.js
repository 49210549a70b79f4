// Words read aloud by this computer, in their own language. A voice that would send them away to be
// spoken is never used.

import { button, el } from "./dom.js";

const VOICES_WITHIN = 1500; // ms: some browsers find their voices only when they are first asked

async function voices() {
  const speech = window.speechSynthesis;
  if (!speech) return [];
  if (speech.getVoices().length) return speech.getVoices();
  await new Promise((done) => {
    speech.addEventListener?.("voiceschanged", done, { once: true });
    setTimeout(done, VOICES_WITHIN);
  });
  return speech.getVoices();
}

const plain = (tag) => tag.toLowerCase().replace("_", "-");

async function voiceFor(language) {
  const wanted = plain(language);
  const own = (await voices()).filter((one) => one.localService !== false
    && plain(one.lang).split("-")[0] === wanted.split("-")[0]);
  return own.find((one) => plain(one.lang) === wanted) ?? own[0] ?? null;
}

// In the language of each element: the volunteer’s own lines stand among the contributor’s.
const languageOf = (element, otherwise) => element.closest("[lang]")?.lang || otherwise;

// A button that reads out what `elements()` returns, and words beside it where that cannot be. Each is read by
// a voice of its own language; of another than the form’s, what there is no voice for is left out, and that is said.
export function aloud(elements, { language, spoken }) {
  const place = el("p", { class: "quiet", role: "status" });
  const press = button("Read it aloud", () => (press.reading ? stop() : start()), { class: "small" });
  let turn = 0;
  press.reading = false;
  const state = (reading) => {
    press.reading = reading;
    press.textContent = reading ? "Stop reading" : "Read it aloud";
  };
  function stop() {
    turn += 1;
    window.speechSynthesis?.cancel();
    document.querySelectorAll(".spoken").forEach((one) => one.classList.remove("spoken"));
    state(false);
  }
  async function start() {
    const mine = ++turn;
    place.textContent = "";
    state(true);
    const voice = await voiceFor(language);
    if (mine !== turn) return;
    if (!voice) {
      state(false);
      place.textContent = `This computer has no voice of its own for ${spoken}. Please read it out `
        + "yourselves, or ask somebody who speaks it.";
      return;
    }
    for (const element of elements()) {
      const own = await voiceFor(languageOf(element, language));
      if (mine !== turn) return;
      if (!own) {
        place.textContent = "What stands here in English is not read: this computer has no voice of its own for it.";
        continue;
      }
      element.classList.add("spoken");
      await spokenOut(element, own);
      element.classList.remove("spoken");
      if (mine !== turn) return;
    }
    state(false);
  }
  return { press, place, stop };
}

function spokenOut(element, voice) {
  return new Promise((done) => {
    const words = new SpeechSynthesisUtterance(element.innerText.trim()); // with the breaks between its lines
    Object.assign(words, { voice, lang: voice.lang, onend: done, onerror: done });
    window.speechSynthesis.speak(words);
  });
}
