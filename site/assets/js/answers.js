/* A preview alone: its contributor marks moments, says yes or no, and takes one file away to send back.
   Nothing here ever sends anything. The file is read by films/answers_text.py: its lines and the eight
   characters at its end are agreed with that. */
(function () {
  "use strict";
  const story = document.querySelector("[data-story]");
  const place = document.querySelector("[data-answers]");
  const bar = document.querySelector("[data-remark-bar]");
  if (!story || !place) { return; }
  const player = window.carerStories;
  const media = player ? player.media : null;
  const PREFIX = `carer-stories-answers-${story.getAttribute("data-story")}-`;
  const key = PREFIX + place.getAttribute("data-cut").slice(0, 16);
  const MOST_REMARKS = 200;
  const MOST_CHARACTERS = 500;

  function each(list, work) { Array.from(list).forEach(work); }
  function part(name) { return place.querySelector(`[data-${name}]`); }
  function make(name, text, className) {
    const made = document.createElement(name);
    if (text) { made.textContent = text; }
    if (className) { made.className = className; }
    return made;
  }
  function button(text, work, describedBy) {
    const made = make("button", text);
    made.type = "button";
    if (describedBy) { made.setAttribute("aria-describedby", describedBy); }
    made.addEventListener("click", work);
    return made;
  }
  const sentences = {};
  each(place.querySelectorAll("input[name=kind], input[name=decision]"), (input) => {
    const label = input.closest("label");
    sentences[input.value] = (label.querySelector("strong") || label).textContent.trim();
  });

  /* ---- what is kept ------------------------------------------------------------------------- */
  /* {decision, more, remarks: [{at, kind, words, text}]}, `at` in milliseconds of the film. */
  let answers = { decision: "undecided", more: "", remarks: [] };
  let unsaved = false; // changed since it was last taken away
  let refused = false; // the browser keeps nothing
  function restore() {
    try {
      const found = JSON.parse(localStorage.getItem(key));
      if (!found || !Array.isArray(found.remarks)) { return; }
      answers = {
        decision: sentences[found.decision] ? found.decision : "undecided",
        more: String(found.more || ""),
        remarks: found.remarks.filter((one) => one && sentences[one.kind] && one.at >= 0)
          .slice(0, MOST_REMARKS)
          .map((one) => ({
            at: Math.round(one.at), kind: one.kind,
            words: String(one.words || ""), text: String(one.text || "")
          }))
      };
    } catch { /* then nothing was kept */ }
  }
  function keep() {
    unsaved = true;
    try {
      localStorage.setItem(key, JSON.stringify(answers));
      refused = false;
    } catch { refused = true; }
    part("answers-refused").hidden = !refused;
    showText();
  }
  function isEmpty() {
    return !answers.remarks.length && !answers.more && answers.decision === "undecided";
  }
  /* Only where closing the page loses something: elsewhere nobody is held back. */
  window.addEventListener("beforeunload", (event) => {
    if (refused && unsaved && !isEmpty()) { event.preventDefault(); event.returnValue = ""; }
  });

  /* ---- the words that are heard at a moment --------------------------------------------------- */
  let phrases = phrasesOfTranscript();
  function phrasesOfTranscript() {
    const found = [];
    each(story.querySelectorAll(".turn"), (turn) => {
      const start = Number(turn.getAttribute("data-start"));
      const length = Number(turn.getAttribute("data-end")) - start;
      const text = turn.querySelector(".words").textContent;
      // By letters: where there are no captions, nothing else tells.
      (text.match(/[^.!?…]+[.!?…]*\s*|[.!?…]+/g) || []).reduce((at, sentence) => {
        const to = at + sentence.length;
        found.push({
          start: start + length * at / text.length, end: start + length * to / text.length,
          words: plain(sentence)
        });
        return to;
      }, 0);
    });
    return found;
  }
  function phrasesOfCaptions(text) {
    const found = [];
    String(text).replace(/\r\n?/g, "\n").split(/\n{2,}/).forEach((block) => {
      const times = /(?:(\d+):)?(\d+):(\d+)\.(\d{3}) +--> +(?:(\d+):)?(\d+):(\d+)\.(\d{3})[^\n]*\n([^]*)$/.exec(block);
      if (!times) { return; }
      const words = plain(times[9].replace(/<[^>]*>/g, "").replace(/&(lt|gt|nbsp|lrm|rlm|amp);/g, (_, name) => {
        return { lt: "<", gt: ">", nbsp: " ", amp: "&" }[name] || "";
      }));
      if (words) { found.push({ start: milliseconds(times, 1), end: milliseconds(times, 5), words }); }
    });
    return found;
  }
  function milliseconds(times, first) {
    const whole = (Number(times[first] || 0) * 60 + Number(times[first + 1])) * 60 + Number(times[first + 2]);
    return whole * 1000 + Number(times[first + 3]);
  }
  function loadCaptions() {
    const address = part("answers-room").getAttribute("data-captions");
    if (!address) { return; }
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => {
      const found = phrasesOfCaptions(window.carerStoriesCaptions);
      if (found.length) { phrases = found; }
    });
    document.head.appendChild(script);
  }
  function phraseAt(at) {
    let index = -1;
    phrases.forEach((phrase, number) => { if (phrase.start <= at + 50) { index = number; } });
    return index;
  }
  function wordsAt(at) {
    const phrase = phrases[phraseAt(at)];
    return phrase ? phrase.words : "";
  }

  /* ---- one remark, in a window of its own ----------------------------------------------------- */
  const form = part("remark-form");
  const text = part("form-text");
  let current = null;
  function mark(kind) {
    if (answers.remarks.length >= MOST_REMARKS) {
      say("remark", `There is room for ${MOST_REMARKS} marks. Please save these first.`);
      return;
    }
    const at = Math.round((player ? player.timeHeard() : 0) * 1000);
    if (media) { media.pause(); }
    const remark = { at: Math.max(0, at), kind, words: wordsAt(at), text: "" };
    answers.remarks.push(remark);
    order();
    keep();
    show();
    say("remark", `Marked at ${clock(remark.at)}: ${sentences[kind]}.`);
    open(remark, "Marked");
  }
  function order() { answers.remarks.sort((one, other) => one.at - other.at); }
  function open(remark, title) {
    current = remark;
    part("form-title").textContent = title;
    text.value = remark.text;
    each(form.querySelectorAll("input[name=kind]"), (input) => { input.checked = input.value === remark.kind; });
    showMoment();
    if (form.showModal) { form.showModal(); return; }
    // An old browser shows it where it stands in the page.
    form.setAttribute("open", "");
    form.scrollIntoView();
    text.focus();
  }
  function showMoment() {
    part("form-moment").textContent = `At ${clock(current.at)} of the film`;
    const words = part("form-words");
    words.textContent = current.words || "Nothing is said there yet.";
    words.classList.toggle("is-silent", !current.words); // our sentence is not theirs to be quoted
    words.dir = "auto";
    const index = phraseAt(current.at);
    part("form-earlier").disabled = index < 1;
    part("form-later").disabled = index >= phrases.length - 1;
    part("form-move").hidden = !phrases.length;
  }
  /* A mark stands after the words it is about: at the end of these, before the next begin. */
  function move(by) {
    const index = phraseAt(current.at) + by;
    const phrase = phrases[index];
    if (!phrase) { return; }
    const next = phrases[index + 1];
    const end = next ? Math.min(phrase.end, next.start - 51) : phrase.end;
    current.at = Math.round(Math.max(phrase.start, end));
    current.words = phrase.words;
    order();
    keep();
    show();
    showMoment();
    hear(current);
  }
  function hear(remark) {
    if (!player) { return; }
    const phrase = phrases[phraseAt(remark.at)];
    const from = phrase ? Math.min(phrase.start, remark.at) : remark.at - 4000;
    player.playFrom(Math.max(0, from - 500) / 1000);
  }
  function close() {
    if (form.open && form.close) { form.close(); } else { form.removeAttribute("open"); }
  }
  text.addEventListener("input", () => {
    if (!current) { return; }
    current.text = plain(text.value);
    keep();
  });
  each(form.querySelectorAll("input[name=kind]"), (input) => {
    input.addEventListener("change", () => {
      current.kind = input.value;
      keep();
      show();
    });
  });
  form.addEventListener("close", show);
  part("form-earlier").addEventListener("click", () => { move(-1); });
  part("form-later").addEventListener("click", () => { move(1); });
  part("form-hear").addEventListener("click", () => { hear(current); });
  part("form-close").addEventListener("click", close);
  part("form-go-on").addEventListener("click", () => {
    close();
    if (player) { player.play(); }
  });
  part("form-remove").addEventListener("click", () => {
    remove(current);
    close();
  });
  function remove(remark) {
    answers.remarks = answers.remarks.filter((one) => one !== remark);
    keep();
    show();
    say("remark", "Taken back.");
    say("answers", "Taken back.");
  }
  if (bar) {
    each(bar.querySelectorAll("[data-remark]"), (pressed) => {
      pressed.addEventListener("click", () => { mark(pressed.getAttribute("data-remark")); });
    });
  }

  /* ---- the list, and yes or no ---------------------------------------------------------------- */
  function show() {
    const list = part("marked");
    list.textContent = "";
    answers.remarks.forEach((remark, index) => { list.appendChild(item(remark, index)); });
    list.hidden = !answers.remarks.length;
    part("marked-none").hidden = Boolean(answers.remarks.length);
    showDoubt();
    showText();
  }
  function item(remark, index) {
    const made = document.createElement("li");
    const head = make("p", "", "marked-what");
    head.id = `marked-${index}`;
    head.append(make("strong", sentences[remark.kind]), ` at ${clock(remark.at)}`);
    made.appendChild(head);
    [["remark-words", remark.words], ["own-words", remark.text]].forEach((shown) => {
      if (!shown[1]) { return; }
      const line = make(shown[0] === "remark-words" ? "blockquote" : "p", shown[1], shown[0]);
      line.dir = "auto";
      made.appendChild(line);
    });
    const ways = make("p", "", "answers-ways");
    ways.append(
      button("Hear it again", () => { hear(remark); }, head.id),
      button("Change", () => { open(remark, "Change what you marked"); }, head.id),
      button("Take it back", () => { remove(remark); part("marked").closest("section").focus(); }, head.id)
    );
    made.appendChild(ways);
    return made;
  }
  function showDoubt() {
    const changes = answers.remarks.filter((one) => one.kind !== "good").length;
    let doubt = "";
    if (answers.decision === "yes" && changes) {
      doubt = `You marked ${changes === 1 ? "one thing" : `${changes} things`} to change. If you mean yes with these changes, choose that.`;
    } else if (answers.decision === "changes" && !changes && !answers.more) {
      doubt = "You have marked nothing to change yet. Mark it in the film, or write it below.";
    }
    part("answers-doubt").textContent = doubt;
  }
  each(place.querySelectorAll("input[name=decision]"), (input) => {
    input.addEventListener("change", () => {
      answers.decision = input.value;
      keep();
      showDoubt();
    });
  });
  const more = part("more");
  more.addEventListener("input", () => {
    answers.more = plain(more.value);
    keep();
    showDoubt();
  });
  function say(where, words) {
    const line = where === "remark" ? bar && bar.querySelector("[data-remark-said]") : part("answers-said");
    if (line) { line.textContent = words; }
  }

  /* ---- taking them away ----------------------------------------------------------------------- */
  /* One line, of letters that every program shows as they are. */
  function plain(words) {
    return String(words)
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ")
      .replace(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g, "")
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(^|[^\ud800-\udbff])[\udc00-\udfff]/g, "$1")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, MOST_CHARACTERS)
      .replace(/[\ud800-\udbff]$/, "")
      .trim();
  }
  function two(number) { return String(number).padStart(2, "0"); }
  function clock(at, exact) {
    const seconds = Math.floor(at / 1000);
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const rest = exact ? `.${String(at % 1000).padStart(3, "0")}` : "";
    const begin = hours ? `${hours}:${two(minutes)}` : String(minutes);
    return `${begin}:${two(seconds % 60)}${rest}`;
  }
  function today() {
    const now = new Date();
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  }
  function blocks() {
    const whole = [
      ["Story", story.getAttribute("data-story")],
      ["Title", plain(story.getAttribute("data-title"))],
      ["Version", place.getAttribute("data-cut")],
      ["Written on", today()],
      ["My answer", sentences[answers.decision]],
      ["Anything else", answers.more],
      ["Remarks", String(answers.remarks.length)]
    ];
    return [whole].concat(answers.remarks.map((one) => [
      ["At", clock(one.at, true)],
      ["I say", sentences[one.kind]],
      ["The words there", one.words],
      ["My own words", one.text]
    ]));
  }
  /* FNV-1a in 32 bits, of every value: what is lost on the way shows. */
  function check(all) {
    const values = all.map((block) => block.map((line) => line[1]).join("\n")).join("\n");
    let number = 0x811c9dc5;
    new TextEncoder().encode(values).forEach((byte) => {
      number = Math.imul(number ^ byte, 0x01000193);
    });
    return (number >>> 0).toString(16).padStart(8, "0");
  }
  function fileText() {
    const all = blocks();
    const parts = all.map((block, index) => {
      const lines = block.filter((line) => line[1]).map((line) => `${line[0]}: ${line[1]}`);
      return (index ? [`Remark ${index}`] : []).concat(lines).join("\n");
    });
    return `${["MY ANSWERS ABOUT MY STORY"].concat(parts, `END OF MY ANSWERS ${check(all)}`).join("\n\n")}\n`;
  }
  function showText() { part("answers-text").value = fileText(); }
  function fileName() { return `my-answers-${story.getAttribute("data-story")}-${today()}.txt`; }
  function save() {
    // With the mark by which Windows knows its letters, and its ends of lines.
    const bytes = new Blob([`\ufeff${fileText().replace(/\n/g, "\r\n")}`], { type: "text/plain;charset=utf-8" });
    const address = URL.createObjectURL(bytes);
    const link = document.createElement("a");
    link.href = address;
    link.download = fileName();
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => { URL.revokeObjectURL(address); }, 10000);
    unsaved = false;
    say("answers", `Look for ${fileName()} where this browser puts downloads, mostly the folder “Downloads”. If nothing was saved, copy your answers as text instead.`);
  }
  function copy() {
    const done = function () {
      unsaved = false;
      say("answers", "Copied. You can paste it into a letter or an e-mail.");
    };
    const byHand = function () {
      const area = part("answers-text");
      area.closest("details").open = true;
      area.focus();
      area.select();
      let copied = false;
      try { copied = document.execCommand("copy"); } catch { /* then by hand */ }
      if (copied) { done(); } else { say("answers", "The text is selected below: copy it from there."); }
    };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(fileText()).then(done, byHand);
    } else { byHand(); }
  }
  function print() {
    const paper = make("article", "", "answers-sheet");
    const title = make("h1", "My answers about my story");
    paper.appendChild(title);
    blocks().forEach((block, index) => {
      if (index) { paper.appendChild(make("h2", `${index}. ${block[1][1]}`)); }
      const list = document.createElement("dl");
      // What is said as a heading is not said again.
      block.filter((line) => line[1] && line[0] !== "I say").forEach((line) => {
        const value = make("dd", line[0] === "At" ? line[1].replace(/\.\d+$/, "") : line[1]);
        value.dir = "auto";
        list.append(make("dt", line[0]), value);
      });
      paper.appendChild(list);
    });
    paper.append(make("h2", "Give or send this to"), part("answers-contact").cloneNode(true));
    story.before(paper);
    document.documentElement.setAttribute("data-printing", "answers");
    window.addEventListener("afterprint", () => {
      document.documentElement.removeAttribute("data-printing");
      paper.remove();
    }, { once: true });
    window.print();
  }
  part("answers-save").addEventListener("click", save);
  part("answers-copy").addEventListener("click", copy);
  part("answers-print").addEventListener("click", print);

  /* ---- erasing them ------------------------------------------------------------------------- */
  const asked = part("erase-answers");
  part("answers-erase").addEventListener("click", () => {
    if (asked.showModal) { asked.showModal(); } else { asked.setAttribute("open", ""); }
  });
  function closeAsked() {
    if (asked.open && asked.close) { asked.close(); } else { asked.removeAttribute("open"); }
  }
  part("erase-keep").addEventListener("click", closeAsked);
  part("erase-yes").addEventListener("click", () => {
    // Those of earlier versions of the story as well.
    try {
      Object.keys(localStorage).filter((name) => name.indexOf(PREFIX) === 0)
        .forEach((name) => { localStorage.removeItem(name); });
    } catch { /* then nothing was kept either */ }
    answers = { decision: "undecided", more: "", remarks: [] };
    unsaved = false;
    fill();
    closeAsked();
    say("answers", "Your answers are erased from this browser.");
  });

  /* ---- begin -------------------------------------------------------------------------------- */
  function fill() {
    each(place.querySelectorAll("input[name=decision]"), (input) => {
      input.checked = input.value === answers.decision;
    });
    more.value = answers.more;
    show();
  }
  window.addEventListener("storage", (event) => {
    if (event.key === key && !form.open) { restore(); fill(); }
  });
  restore();
  fill();
  if (!isEmpty()) { part("answers-again").textContent = "Your answers from before are here again."; }
  try { localStorage.setItem(`${PREFIX}try`, ""); localStorage.removeItem(`${PREFIX}try`); }
  catch { refused = true; }
  part("answers-refused").hidden = !refused;
  part("answers-in-folder").hidden = location.protocol !== "file:";
  part("answers-room").hidden = false;
  if (bar && media) {
    bar.hidden = false;
    /* On a phone the four stay at hand while the film and its words are on the screen, and no longer. */
    if (window.IntersectionObserver) {
      new IntersectionObserver((entries) => {
        bar.classList.toggle("is-at-hand", entries[entries.length - 1].isIntersecting);
      }, { rootMargin: "-40% 0px -25% 0px" }).observe(bar.closest(".listening"));
    }
  }
  loadCaptions();
})();
