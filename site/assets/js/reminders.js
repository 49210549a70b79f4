/* Reminders of a session as a calendar file (RFC 5545), made here: nothing is sent. The command
   `training reminders` makes the same file (`calendar_file.py`). */
(function () {
  "use strict";
  const form = document.querySelector("[data-reminders]");
  if (!form) { return; }
  const heldOn = document.getElementById("held-on");
  const meetingOn = document.getElementById("meeting-on");
  const remindAt = document.getElementById("remind-at");
  const statusLine = form.querySelector("[data-reminders-said]");
  const rows = Array.from(form.querySelectorAll("[data-moment]"));
  const TEAM_MEETING_DAYS = 28;
  const MAX_LINE_BYTES = 75;

  /* ---- days ---------------------------------------------------------------------------------- */
  /* Days are reckoned at noon UTC: no clock change can move them. */
  function dayOf(value) {
    const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
    return parts ? new Date(Date.UTC(+parts[1], +parts[2] - 1, +parts[3], 12)) : null;
  }
  function daysLater(day, count) { return new Date(day.getTime() + count * 86400000); }
  function monthsLater(day, count) {
    const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + count + 1, 0, 12));
    const same = Math.min(day.getUTCDate(), last.getUTCDate());
    return new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), same, 12));
  }
  function onAWeekday(day) { return daysLater(day, { 6: 2, 0: 1 }[day.getUTCDay()] || 0); }
  function dayAt(moment) {
    const held = dayOf(heldOn.value);
    if (!held) { return null; }
    if (moment === "two-weeks") { return daysLater(held, 14); }
    if (moment === "team-meeting") { return dayOf(meetingOn.value) || daysLater(held, TEAM_MEETING_DAYS); }
    return onAWeekday(monthsLater(held, 3));
  }
  function inWords(day) {
    return new Intl.DateTimeFormat("en-GB", {
      weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
    }).format(day);
  }
  function digits(number, count) { return String(number).padStart(count, "0"); }
  function compact(day) {
    return digits(day.getUTCFullYear(), 4) + digits(day.getUTCMonth() + 1, 2) + digits(day.getUTCDate(), 2);
  }
  function utc(when) {
    return `${compact(when)}T${digits(when.getUTCHours(), 2)}${digits(when.getUTCMinutes(), 2)}${digits(when.getUTCSeconds(), 2)}Z`;
  }
  /* A time of day is that of this computer’s own zone. */
  function timeOn(day, time) {
    const parts = time.split(":");
    return new Date(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), +parts[0], +parts[1]);
  }

  /* ---- the file ------------------------------------------------------------------------------ */
  function escaped(text) {
    return text.replace(/\r\n?/g, "\n").replace(/[\x00-\x09\x0b-\x1f\x7f]/g, " ")
      .replace(/\\/g, "\\\\").replace(/;/g, "\\;").replace(/,/g, "\\,").replace(/\n/g, "\\n");
  }
  function folded(line) {
    const encoder = new TextEncoder();
    let text = "", bytes = 0;
    for (const character of line) {
      const length = encoder.encode(character).length;
      if (bytes + length > MAX_LINE_BYTES) { text += "\r\n "; bytes = 1; }
      text += character;
      bytes += length;
    }
    return `${text}\r\n`;
  }
  function addressOf(moment) {
    if (!/^https?:$/.test(location.protocol)) { return ""; }
    const without = /[?&]without=([\d,]+)/.exec(location.search);
    const address = new URL(`${moment}.html`, location.href.replace(/[?#].*$/, "")).href;
    return `${address}?session=${heldOn.value}${without ? `&without=${without[1]}` : ""}`;
  }
  /* As it is shown above: without what needs a point that was left out. */
  function stepsAt(moment) {
    const steps = document.querySelectorAll(`[data-steps-of="${moment}"] span:not([hidden])`);
    return Array.from(steps, (step) => step.textContent).join(" ");
  }
  function eventLines(row, stamp) {
    const moment = row.getAttribute("data-moment");
    const day = dayAt(moment);
    const address = addressOf(moment);
    const words = stepsAt(moment) + (address ? `\n\nThe short form: ${address}` : "");
    const summary = escaped(row.getAttribute("data-summary"));
    const begins = remindAt.value ? timeOn(day, remindAt.value) : null;
    const uid = `${form.getAttribute("data-plan")}.${moment}.${heldOn.value.replace(/-/g, "")}`;
    return [
      "BEGIN:VEVENT",
      `UID:${uid}@${form.getAttribute("data-uid")}`,
      `DTSTAMP:${stamp}`,
      ...(begins
        ? [`DTSTART:${utc(begins)}`, `DTEND:${utc(new Date(begins.getTime() + 15 * 60000))}`]
        : [`DTSTART;VALUE=DATE:${compact(day)}`, `DTEND;VALUE=DATE:${compact(daysLater(day, 1))}`]),
      `SUMMARY:${summary}`,
      `DESCRIPTION:${escaped(words)}`,
      ...(address ? [`URL:${address}`] : []),
      "TRANSP:TRANSPARENT",
      "BEGIN:VALARM",
      "ACTION:DISPLAY",
      `DESCRIPTION:${summary}`,
      begins ? "TRIGGER:-P1D" : "TRIGGER:-PT15H",
      "END:VALARM",
      "END:VEVENT",
    ];
  }
  function calendar() {
    const stamp = utc(new Date());
    const inOrder = rows.slice().sort((one, other) => {
      return dayAt(one.getAttribute("data-moment")) - dayAt(other.getAttribute("data-moment"));
    });
    const lines = [
      "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Carer Stories//Reminders//EN", "CALSCALE:GREGORIAN",
      ...inOrder.flatMap((row) => eventLines(row, stamp)), "END:VCALENDAR",
    ];
    return lines.map(folded).join("");
  }

  /* A meeting before the session could agree on nothing of it. */
  function tooEarly() {
    const held = dayOf(heldOn.value), meeting = dayOf(meetingOn.value);
    return held && meeting && meeting < held
      ? "The day of the team meeting is before the day of the session. Choose a later day, or leave it empty." : "";
  }
  function draw() {
    const words = tooEarly();
    if (words || statusLine.textContent) { statusLine.textContent = words; }
    meetingOn.setAttribute("aria-invalid", String(Boolean(words)));
    /* Without the day of the session the names of the moments would stand bare. */
    rows[0].parentElement.hidden = !dayOf(heldOn.value);
    rows.forEach((row) => {
      const day = dayAt(row.getAttribute("data-moment"));
      const isWrong = words && row.getAttribute("data-moment") === "team-meeting";
      row.querySelector("[data-day]").textContent = day && !isWrong ? inWords(day) : "";
    });
  }
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!dayOf(heldOn.value)) { statusLine.textContent = "Choose the day of the session first."; heldOn.focus(); return; }
    if (tooEarly()) { statusLine.textContent = tooEarly(); meetingOn.focus(); return; }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([calendar()], { type: "text/calendar" }));
    link.download = `${form.getAttribute("data-plan")}-reminders-${heldOn.value}.ics`;
    document.body.appendChild(link);
    link.click();
    link.remove();
    statusLine.textContent = "The reminders are in your downloads. Open the file with your calendar.";
  });
  const asked = /[?&]session=(\d{4}-\d\d-\d\d)/.exec(location.search);
  if (asked) { heldOn.value = asked[1]; }
  form.hidden = false;
  Array.from(document.querySelectorAll(".afterwards-page .without-script")).forEach((note) => { note.hidden = true; });
  draw();
})();
