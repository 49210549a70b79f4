/* Reflection: the film waits at the end of a question if the viewer wants, and notes can be written
   below each question. Notes stay in this browser: nothing here ever sends anything. */
(function () {
  "use strict";
  const story = document.querySelector("[data-story]");
  const place = document.querySelector("[data-notes]");
  const player = window.carerStories;
  if (!story || !place) { return; }
  const PREFIX = "carer-stories-notes-";
  const key = PREFIX + story.getAttribute("data-story");
  let unsaved = null; // the notes of this page, where the browser refuses to keep any

  function each(list, work) { Array.from(list).forEach(work); }
  function part(name) { return place.querySelector(`[data-${name}]`); }

  /* ---- what is kept ------------------------------------------------------------------------- */
  /* One entry a story: {title, notes: [{id, about, question, note, on}]}, in the order of the page. */
  function readFrom(name) {
    try {
      const found = JSON.parse(localStorage.getItem(name));
      return found && Array.isArray(found.notes) ? found : { title: "", notes: [] };
    } catch { return { title: "", notes: [] }; }
  }
  function read() { return unsaved || readFrom(key); }
  function write(kept) {
    try {
      if (kept.notes.length) { localStorage.setItem(key, JSON.stringify(kept)); }
      else { localStorage.removeItem(key); }
      unsaved = null;
      return true;
    } catch {
      unsaved = kept;
      part("notes-refused").hidden = false;
      return false;
    }
  }
  function stories() {
    try {
      return Object.keys(localStorage).filter((name) => name.indexOf(PREFIX) === 0);
    } catch { return []; }
  }
  function today() {
    const now = new Date();
    return [now.getFullYear(), String(now.getMonth() + 1).padStart(2, "0"),
      String(now.getDate()).padStart(2, "0")].join("-");
  }

  /* ---- a note below each question ----------------------------------------------------------- */
  const fields = [];
  each(document.querySelectorAll("[data-question]"), makeField);

  function makeField(words, index) {
    const chapter = words.closest(".chapter");
    const field = {
      question: words.textContent,
      about: chapter ? chapter.querySelector("h3").textContent : "The whole story",
      id: `${words.getAttribute("data-question")}|${words.textContent}`
    };
    const box = document.createElement("div");
    box.className = "note";
    const open = document.createElement("button");
    open.type = "button";
    open.className = "note-open";
    open.textContent = "Write a note";
    const label = document.createElement("label");
    label.htmlFor = `note-${index}`;
    label.textContent = "Your note, kept in this browser";
    const area = document.createElement("textarea");
    area.id = `note-${index}`;
    area.rows = 4;
    words.id = `question-${index}`;
    area.setAttribute("aria-describedby", words.id);
    area.autocomplete = "off";
    box.append(open, label, area);
    words.after(box);
    field.area = area;
    field.show = function (shown) {
      open.hidden = shown;
      label.hidden = !shown;
      area.hidden = !shown;
    };
    open.setAttribute("aria-label", `Write a note: ${field.question}`);
    open.addEventListener("click", () => { field.show(true); area.focus(); });
    area.addEventListener("input", () => { later(field); });
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || area.value.trim()) { return; }
      event.preventDefault(); // what is written stays open: closed, it would look lost
      keepNow(field);
      field.show(false);
      open.focus();
    });
    // An empty field stays open: closed, it would pull away the button that is just being pressed.
    area.addEventListener("blur", () => { keepNow(field); });
    field.show(false);
    fields.push(field);
  }

  let waiting = 0;
  function later(field) {
    clearTimeout(waiting);
    waiting = setTimeout(() => { keepNow(field); }, 400);
  }
  function keepNow(field) {
    clearTimeout(waiting);
    const kept = read();
    const before = kept.notes.find((one) => one.id === field.id);
    const note = field.area.value;
    if ((before ? before.note : "") === note) { return; }
    kept.title = story.getAttribute("data-title");
    kept.notes = kept.notes.filter((one) => one.id !== field.id);
    if (note.trim()) {
      kept.notes.push({
        id: field.id, about: field.about, question: field.question, note, on: today()
      });
    }
    kept.notes.sort((one, other) => order(one) - order(other));
    if (write(kept)) { say(note.trim() ? "Kept in this browser." : "The note is gone."); }
    count();
  }
  function order(note) {
    const at = fields.findIndex((field) => field.id === note.id);
    return at < 0 ? fields.length : at;
  }
  function say(text) { part("notes-said").textContent = text; }

  /* What this page shows of what is kept; a field somebody is writing in is left alone. */
  function show() {
    const notes = read().notes;
    fields.forEach((field) => {
      const kept = notes.find((one) => one.id === field.id);
      if (field.area !== document.activeElement) {
        field.area.value = kept ? kept.note : "";
        field.show(Boolean(kept));
      }
    });
    const list = part("notes-elsewhere").querySelector("ul");
    list.textContent = "";
    notes.filter((one) => order(one) === fields.length).forEach((one) => {
      const item = document.createElement("li");
      item.append(line("question-asked", one.question), line("own-note", one.note));
      list.appendChild(item);
    });
    part("notes-elsewhere").hidden = !list.children.length;
    count();
  }
  function line(name, text) {
    const made = document.createElement("p");
    made.className = name;
    made.dir = "auto";
    made.textContent = text;
    return made;
  }
  function count() {
    const none = !read().notes.length;
    ["notes-save", "notes-print", "notes-erase"].forEach((name) => { part(name).disabled = none; });
    const others = stories().filter((name) => name !== key);
    part("notes-erase-all").hidden = !others.length;
  }

  /* ---- taking them along -------------------------------------------------------------------- */
  function encoded(text) {
    return String(text).replace(/[&<>"'\u0000-\u0008\u000b-\u001f]/g, (sign) => {
      return { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }[sign] || "";
    });
  }
  function longDay(on) {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(on);
    const day = found ? new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3])) : new Date();
    return day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  }
  function sheetBody(kept) {
    const library = document.querySelector(".brand-title");
    const parts = ["<h1>Reflection on a carer’s story</h1>",
      `<dl><dt>Story</dt><dd>${encoded(kept.title)}</dd>`,
      `<dt>Library</dt><dd>${encoded(library ? library.textContent.trim() : "")}</dd>`,
      `<dt>Date</dt><dd>${encoded(longDay(today()))}</dd>`,
      "<dt>Name</dt><dd class=\"write\"></dd></dl>"];
    let about = null;
    kept.notes.forEach((one) => {
      if (one.about !== about) { parts.push(`<h2>${encoded(one.about)}</h2>`); }
      about = one.about;
      parts.push(`<h3>${encoded(one.question)}</h3><p class="note">${encoded(one.note)
         }</p><p class="on">Written on ${encoded(longDay(one.on))}</p>`);
    });
    ["What I learned", "What I will do, and by when", "What came of it"].forEach((asked) => {
      parts.push(`<h2>${asked}</h2><div class="write"></div><div class="write"></div><div class="write"></div>`);
    });
    return parts.join("\n");
  }
  /* A page by itself, without any script: it opens anywhere and asks nobody for anything. */
  function sheet(kept) {
    return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">`
      + `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`
      + `<meta name="viewport" content="width=device-width,initial-scale=1">`
      + `<title>Reflection on a carer’s story</title><style>`
      + `body{font:1.05rem/1.6 Georgia,serif;max-width:40rem;margin:2.5rem auto;padding:0 1.2rem;color:#16282a}`
      + `h1{font-size:1.8rem}h2{font-size:1.25rem;margin:2rem 0 .4rem}h3{font-size:1.05rem;margin:1.2rem 0 .3rem}`
      + `dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem}dd{margin:0}`
      + `.note{white-space:pre-wrap;overflow-wrap:anywhere;border-left:.25rem solid #9a6410;padding-left:1rem}`
      + `.on{font-size:.9rem;color:#46585a}.write{border-bottom:1px solid #888;min-height:2.2rem}`
      + `</style></head><body><main>\n${sheetBody(kept)}\n</main></body></html>\n`;
  }
  function save() {
    const address = URL.createObjectURL(new Blob([sheet(read())], { type: "text/html" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `reflection-${today()}.html`; // no title: file names are seen by others
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => { URL.revokeObjectURL(address); }, 10000);
    say(`Saved as reflection-${today()}.html, where this browser puts downloads.`);
  }
  function print() {
    const paper = document.createElement("article");
    paper.className = "notes-sheet";
    paper.innerHTML = sheetBody(read());
    story.before(paper);
    document.documentElement.setAttribute("data-printing", "notes");
    window.addEventListener("afterprint", () => {
      document.documentElement.removeAttribute("data-printing");
      paper.remove();
    }, { once: true });
    window.print();
  }

  /* ---- erasing them ------------------------------------------------------------------------- */
  const asked = part("erase");
  let erasing = [];
  function ask(names, question) {
    erasing = names;
    part("erase-title").textContent = question;
    asked.showModal();
  }
  part("notes-erase").addEventListener("click", () => {
    ask([key], "Erase your notes on this story?");
  });
  part("notes-erase-all").addEventListener("click", () => {
    ask(stories().concat(key), "Erase your notes on all stories in this browser?");
  });
  part("erase-keep").addEventListener("click", () => { asked.close(); });
  part("erase-yes").addEventListener("click", () => {
    clearTimeout(waiting);
    unsaved = null;
    erasing.forEach((name) => {
      try { localStorage.removeItem(name); } catch { /* then nothing was kept either */ }
    });
    fields.forEach((field) => { field.area.value = ""; });
    asked.close();
    show();
    say("Your notes are erased from this browser.");
  });

  part("notes-save").addEventListener("click", save);
  part("notes-print").addEventListener("click", print);
  window.addEventListener("storage", (event) => { if (event.key === key) { show(); } });
  window.addEventListener("pagehide", () => {
    fields.forEach((field) => { if (!field.area.hidden) { keepNow(field); } });
  });
  part("notes-in-folder").hidden = location.protocol !== "file:";
  place.hidden = false;
  show();

  /* ---- pause and reflect -------------------------------------------------------------------- */
  const paused = document.querySelector("[data-paused]");
  const wanted = player && player.controls["pause-after"];
  if (!paused || !wanted) { return; }
  const media = player.media;
  const questions = paused.querySelector("[data-paused-questions]");
  let noting = null; // the first note of the question that was just answered
  wanted.checked = player.stored("pause-after") === "on";
  wanted.addEventListener("change", () => {
    player.store("pause-after", wanted.checked ? "on" : "off");
  });
  function endsAfter(from) {
    return player.chapters.find((chapter) => chapter.end > from && chapter.asked);
  }
  player.stops.push({
    next (from) {
      const chapter = wanted.checked && endsAfter(from);
      return chapter ? chapter.end : null;
    },
    reached (at) {
      const chapter = player.chapters.find((one) => one.end === at && one.asked);
      const aside = document.querySelector(`#${chapter.id} [data-reflection]`);
      const asked = aside ? aside.querySelectorAll("[data-question]") : [];
      questions.textContent = "";
      each(asked, (words) => {
        questions.appendChild(line("question-asked", words.textContent));
      });
      if (!asked.length) { questions.appendChild(line("question-asked", "What did you hear?")); }
      noting = fields.find((field) => aside && aside.contains(field.area));
      player.leaveFullScreen();
      paused.hidden = false;
      paused.querySelector("[data-go-on]").hidden = media.ended;
      paused.querySelector("[data-go-write]").hidden = !noting;
      player.announce("Paused to reflect. Choose Play to go on.");
      // Docked, it is in view with the film; elsewhere it may be below the edge of the window.
      if (player.dock && player.dock.isDocked()) { paused.scrollIntoView({ block: "nearest" }); }
      else { player.bringIntoView(paused, "nearest"); }
    }
  });
  function goOn() {
    player.controls.play.focus({ preventScroll: true });
    player.play();
  }
  /* Below the note that is being written, so that nobody has to look for the film. */
  const goOnHere = document.createElement("button");
  goOnHere.type = "button";
  goOnHere.className = "note-go-on";
  goOnHere.textContent = "Go on with the film";
  goOnHere.addEventListener("click", goOn);
  paused.querySelector("[data-go-on]").addEventListener("click", goOn);
  paused.querySelector("[data-go-write]").addEventListener("click", () => {
    noting.show(true);
    if (!media.ended) { noting.area.after(goOnHere); }
    player.moving();
    noting.area.scrollIntoView({ block: "center" });
    noting.area.focus({ preventScroll: true });
  });
  function goneOn() {
    if (!paused.hidden) { player.announce(""); }
    paused.hidden = true;
    goOnHere.remove();
  }
  player.onEscape(() => {
    if (paused.hidden) { return false; }
    const hadFocus = paused.contains(document.activeElement);
    goneOn();
    if (hadFocus) { player.controls.play.focus({ preventScroll: true }); }
    return true;
  });
  media.addEventListener("play", goneOn);
  media.addEventListener("seeking", goneOn);
})();
