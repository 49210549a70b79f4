/* The evaluation form: answers are kept in this browser until they are saved as a file. Nothing is
   sent: the file is made here, and the facilitator carries it. */
(function () {
  "use strict";
  const form = document.querySelector("[data-evaluation]");
  if (!form) { return; }
  const plan = form.getAttribute("data-plan");
  const version = form.getAttribute("data-version");
  const KEY = `carer-stories-evaluation-${plan}`;
  const statusLine = document.querySelector("[data-form-said]");
  const storedForms = document.querySelector("[data-collected]");
  let forms = readStored();
  let isConfirmingErase = false;

  function readStored() {
    try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; }
  }
  function store() {
    try { localStorage.setItem(KEY, JSON.stringify(forms)); } catch {
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

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = answers();
    if (!columns().some((name) => given[name])) {
      statusLine.textContent = "There is no answer yet.";
      return;
    }
    given.date = today();
    given.version = version;
    forms.push(given);
    store();
    form.reset();
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
    const rows = forms.map((one) => {
      return names.map((name) => cell(name === "plan" ? plan : one[name])).join(",");
    });
    return `\ufeff${[names.map(cell).join(",")].concat(rows).join("\r\n")}\r\n`;
  }
  storedForms.querySelector("[data-save]").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
    link.download = `${plan}-evaluation-${today()}.csv`;
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
  storedForms.querySelector("[data-print-form]").addEventListener("click", () => { form.reset(); window.print(); });
  document.querySelector("[data-form-ways]").hidden = false;
  draw();
})();
