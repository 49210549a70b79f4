/* A form of a session: answers are kept in this browser until they are saved as a file. Nothing is
   sent: the file is made here, and the facilitator carries it. */
(function () {
  "use strict";
  const form = document.querySelector("[data-evaluation]");
  if (!form) { return; }
  const plan = form.getAttribute("data-plan");
  const version = form.getAttribute("data-version");
  const kind = form.getAttribute("data-form");
  /* The evaluation’s own is what 0.1.0 called it: forms kept since then are still here. */
  const KEY = kind === "evaluation" ? `carer-stories-evaluation-${plan}` : `carer-stories-${plan}-${kind}`;
  const SEEN = `${KEY}-ids`;
  const MAX_CHARACTERS = 2000;
  const ABOUT_THE_FORM = ["form_kind", "session_on", "form_id"];
  const statusLine = document.querySelector("[data-form-said]");
  const storedForms = document.querySelector("[data-collected]");
  const sessionDay = document.querySelector("[data-session-day]");
  let forms = readStored(KEY);
  /* Ids of forms that were read here, also of those erased since: none is taken twice. */
  const seen = readStored(SEEN);
  let currentId = "";
  let isConfirmingErase = false;

  function readStored(key) {
    try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; }
  }
  function store() {
    try {
      localStorage.setItem(KEY, JSON.stringify(forms));
      if (seen.length) { localStorage.setItem(SEEN, JSON.stringify(seen)); }
    } catch {
      statusLine.textContent = "This browser does not keep forms. Save the file before you close the page.";
    }
  }
  function columns() {
    const names = [];
    Array.prototype.forEach.call(form.elements, (field) => {
      if (field.name && names.indexOf(field.name) < 0) { names.push(field.name); }
    });
    return names;
  }
  function answers() {
    const answer = {};
    columns().forEach((name) => {
      const field = form.elements[name];
      answer[name] = String(field.value || "").trim();
    });
    return answer;
  }
  function isAnswered(answer) {
    return columns().some((name) => name !== "words_shared" && name !== "session_on" && answer[name]);
  }
  /* Random, and of the form alone: by it a form that comes twice is known. */
  function newId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 32).toString(32)).join("");
  }
  function completed(given) {
    given.date = today();
    given.version = version;
    given.form_kind = kind;
    /* The same while the form is not emptied: kept here and shown as a code, it is one form. */
    currentId = currentId || newId();
    given.form_id = currentId;
    if (sessionDay) { given.session_on = sessionDay.value; }
    return given;
  }
  function draw() {
    storedForms.hidden = false;
    document.querySelector("[data-kept]").textContent = forms.length === 0
      ? "No form is kept here yet."
      : (forms.length === 1 ? "One form is kept here." : `${forms.length} forms are kept here.`);
    storedForms.querySelector("[data-save]").disabled = forms.length === 0;
    const erase = storedForms.querySelector("[data-erase]");
    erase.disabled = forms.length === 0;
    erase.textContent = isConfirmingErase ? "Yes, erase them now" : "Erase the forms kept here";
  }

  /* Whoever is next was at the same session, and the day is no answer. */
  function empty() {
    currentId = "";
    const day = form.elements.session_on ? form.elements.session_on.value : "";
    form.reset();
    if (day) { form.elements.session_on.value = day; }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = answers();
    if (!isAnswered(given)) {
      statusLine.textContent = "There is no answer yet.";
      return;
    }
    forms.push(completed(given));
    store();
    empty();
    draw();
    statusLine.textContent = "Thank you. Your answers are kept, and the form is empty for the next person.";
    window.scrollTo(0, 0);
  });

  /* ---- the file ------------------------------------------------------------------------------ */
  function today() {
    const now = new Date();
    return [now.getFullYear(), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");
  }
  /* A spreadsheet would run a cell that begins like a formula. An apostrophe that was typed before
     one gets another, so that reading takes away just ours. */
  function cell(value) {
    let text = String(value === undefined ? "" : value);
    if (/^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text)) { text = `'${text}`; }
    return `"${text.replace(/"/g, '""')}"`;
  }
  function table() {
    const names = ["plan", "version", "date"].concat(columns());
    ABOUT_THE_FORM.forEach((name) => { if (names.indexOf(name) < 0) { names.push(name); } });
    const rows = forms.map((one) => {
      return names.map((name) => cell(name === "plan" ? plan : one[name])).join(",");
    });
    return `\ufeff${[names.map(cell).join(",")].concat(rows).join("\r\n")}\r\n`;
  }
  /* The day was put right: it is that of the forms that were kept under the day before it. */
  let dayBefore = "";
  if (sessionDay) {
    sessionDay.addEventListener("change", () => {
      const wrong = forms.filter((one) => one.session_on === dayBefore);
      if (!sessionDay.value || sessionDay.value === dayBefore) { return; }
      wrong.forEach((one) => { one.session_on = sessionDay.value; });
      dayBefore = sessionDay.value;
      if (!wrong.length) { return; }
      store();
      statusLine.textContent = `The day of the session holds for ${wrong.length === 1 ? "the form" : `the ${wrong.length} forms`} kept for it, too.`;
    });
  }
  storedForms.querySelector("[data-save]").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
    link.download = `${plan}-${kind}-${today()}.csv`;
    document.body.appendChild(link);
    link.click();
    link.remove();
    statusLine.textContent = "The file is in your downloads. Give it to your team, then erase the forms here.";
  });
  storedForms.querySelector("[data-erase]").addEventListener("click", () => {
    if (!isConfirmingErase) { isConfirmingErase = true; draw(); return; }
    isConfirmingErase = false;
    forms = [];
    store();
    draw();
    statusLine.textContent = "The forms are erased from this browser.";
  });
  storedForms.querySelector("[data-print-form]").addEventListener("click", () => { empty(); window.print(); });
  form.addEventListener("reset", () => { currentId = ""; });

  /* ---- for answer-codes.js -------------------------------------------------------------------- */
  function isScale(name) {
    const field = form.elements[name];
    return Boolean(field) && name !== "words_shared" && field instanceof RadioNodeList;
  }
  function accept(read) {
    read.form_kind = kind;
    if (sessionDay) { read.session_on = sessionDay.value; }
    const place = forms.findIndex((one) => one.form_id === read.form_id);
    if (place >= 0) {
      const isSame = columns().every((name) => (forms[place][name] || "") === (read[name] || ""));
      if (isSame) { return "known"; }
      forms[place] = read;
      store();
      return "changed";
    }
    if (seen.indexOf(read.form_id) >= 0) { return "known"; }
    seen.push(read.form_id);
    forms.push(read);
    store();
    draw();
    return "new";
  }
  window.carerForm = {
    plan, version, kind, columns, isScale, accept,
    count: () => forms.length,
    current: () => { const given = answers(); return isAnswered(given) ? completed(given) : null; },
    clear: empty,
    say: (text) => { statusLine.textContent = text; },
    isValid: (name, value) => {
      if (isScale(name)) { return /^[1-5]$/.test(value); }
      if (name === "words_shared") { return value === "yes" || value === "no"; }
      return value.length <= MAX_CHARACTERS;
    },
  };

  const asked = /[?&]session=(\d{4}-\d\d-\d\d)/.exec(location.search);
  if (sessionDay) { sessionDay.value = dayBefore = asked ? asked[1] : today(); }
  else if (asked) { form.elements.session_on.value = asked[1]; }
  document.querySelector("[data-form-ways]").hidden = false;
  draw();
  // From the present view: what was hidden when the page came is not scrolled to.
  const target = location.hash === "#read-codes" && document.getElementById("read-codes");
  if (target) {
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start", behavior: "instant" });
  }
})();
