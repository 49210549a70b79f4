/* The facilitator's page: the time there is (which points are left out, and the running order that
   follows from it), and what is printed: the plan, cards, statements, their key, the handout. */
(function () {
  "use strict";
  const page = document.documentElement;
  const plan = document.querySelector("[data-plan]");
  if (!plan) { return; }
  function all(selector) { return Array.from(plan.querySelectorAll(selector)); }
  function minutes(count) { return count === 1 ? "1 minute" : `${count} minutes`; }
  function counted(count, noun, nouns) { return `${count} ${count === 1 ? noun : nouns}`; }

  /* ---- printing one part alone ---------------------------------------------------------------- */
  all("[data-print-what]").forEach((item) => {
    const what = item.getAttribute("data-print-what");
    item.querySelector("button").addEventListener("click", () => {
      page.setAttribute("data-printing", what);
      window.print();
    });
  });
  window.addEventListener("afterprint", () => { page.removeAttribute("data-printing"); });

  /* ---- the time there is ---------------------------------------------------------------------- */
  const time = plan.querySelector("[data-time]");
  const boxes = all("[data-take]");
  if (!boxes.length) { return; }
  const lengths = all("[data-choose]");
  const points = all(".point[data-point]");
  const takesWords = plan.querySelector("[data-time-takes]");
  const clipsWords = plan.querySelector("[data-time-clips]");
  const saidLine = plan.querySelector("[data-time-said]");
  const whole = { takes: takesWords.textContent, clips: clipsWords.textContent };
  let available = 0;         // minutes, where a length was chosen
  let leftOut = new Set();   // numbers of points, as text

  function number(box) { return box.getAttribute("data-take"); }
  function goesWith(box) { return box.getAttribute("data-goes-with"); }
  function lengthOf(point) { return Number(point.getAttribute("data-minutes")); }
  function isIn(element) { return !leftOut.has(element.getAttribute("data-point")); }

  /* What the address says, without what nobody may leave out: an old bookmark, or a plan changed since. */
  function fromAddress() {
    const asked = new URLSearchParams(location.search);
    const numbers = (asked.get("without") || "").split(",");
    const length = lengths.filter((button) => button.getAttribute("data-available") === asked.get("for"))[0];
    available = length ? Number(length.getAttribute("data-available")) : 0;
    return numbers.filter((one) => boxes.some((box) => number(box) === one));
  }
  function query() {
    const numbers = Array.from(leftOut).sort((one, other) => one - other).join(",");
    const parts = [numbers && `without=${numbers}`, available && `for=${available}`].filter(Boolean);
    return parts.length ? `?${parts.join("&")}` : "";
  }
  function toAddress() {
    try { history.replaceState(null, "", location.pathname + query() + location.hash); } catch { /* the page holds it */ }
  }

  /* A clip takes with it all that is about it; what belongs to it always comes back with it. */
  function leaveOut(numbers) {
    leftOut = new Set(numbers);
    boxes.forEach((box) => {
      const clip = goesWith(box);
      if (!clip) { return; }
      if (leftOut.has(clip)) { leftOut.add(number(box)); } else if (box.hasAttribute("data-always-with")) { leftOut.delete(number(box)); }
    });
  }

  function draw() {
    let at = 0;
    points.forEach((point) => {
      const from = `${Math.floor(at / 60)}:${String(at % 60).padStart(2, "0")}`;
      if (isIn(point)) { at += lengthOf(point); }
      all(`[data-point="${point.getAttribute("data-point")}"] [data-from]`).forEach((cell) => { cell.textContent = from; });
    });
    all("[data-point]").forEach((element) => { element.hidden = !isIn(element); });
    all("[data-part]").forEach((part) => {
      const of = Array.from(part.querySelectorAll("[data-point]"));
      const isEmpty = part.getAttribute("data-part") !== "handout" && !of.some(isIn);
      part.hidden = isEmpty;
      all(`[data-print-what="${part.getAttribute("data-part")}"]`).forEach((button) => { button.hidden = isEmpty; });
    });
    boxes.forEach((box) => {
      box.checked = !leftOut.has(number(box));
      box.disabled = goesWith(box) !== null && (leftOut.has(goesWith(box)) || box.hasAttribute("data-always-with"));
    });
    lengths.forEach((button) => {
      const is = Number(button.getAttribute("data-available")) === available && sameAs(button);
      button.setAttribute("aria-pressed", String(is));
    });
    const shown = points.filter((point) => isIn(point) && point.hasAttribute("data-of"));
    const stories = new Set(shown.map((point) => point.getAttribute("data-of")));
    const clips = `${counted(shown.length, "clip", "clips")} from ${counted(stories.size, "story", "stories")}`;
    takesWords.textContent = leftOut.size ? `${minutes(at)} (${time.getAttribute("data-planned")} planned)` : whole.takes;
    clipsWords.textContent = leftOut.size ? clips : whole.clips;
    saidLine.textContent = sentence(at);
    const without = Array.from(leftOut).sort((one, other) => one - other).join(",");
    all("a[data-carries]").forEach((link) => {
      const address = link.getAttribute("href").split("?")[0];
      link.setAttribute("href", without ? `${address}?without=${without}` : address);
    });
  }
  function sameAs(button) {
    const numbers = button.getAttribute("data-choose").split(",").filter(Boolean);
    return numbers.length === leftOut.size && numbers.every((one) => leftOut.has(one));
  }
  function sentence(takes) {
    const titles = points.filter((point) => !isIn(point)).map((point) => `“${point.querySelector("h3").textContent}”`);
    const left = titles.length ? ` Left out: ${titles.join(", ")}.` : " Nothing is left out.";
    if (!available) { return titles.length ? `The session now takes ${minutes(takes)}.${left}` : ""; }
    if (takes > available) {
      const why = boxes.some((box) => box.checked) ? "That is" : "Even the essential points are";
      return `For ${minutes(available)}: the session takes ${minutes(takes)}. ${why} ${minutes(takes - available)} too long.${left}`;
    }
    const spare = available - takes;
    return `For ${minutes(available)}: the session takes ${minutes(takes)}${spare ? `, with ${minutes(spare)} to spare` : ""}.${left}`;
  }
  function choose(numbers) { leaveOut(numbers); draw(); toAddress(); }

  lengths.forEach((button) => {
    button.addEventListener("click", () => {
      available = Number(button.getAttribute("data-available"));
      choose(button.getAttribute("data-choose").split(",").filter(Boolean));
    });
  });
  boxes.forEach((box) => {
    box.addEventListener("change", () => {
      const numbers = new Set(leftOut);
      if (box.checked) { numbers.delete(number(box)); } else { numbers.add(number(box)); }
      choose(numbers);
    });
  });
  window.addEventListener("popstate", () => { leaveOut(fromAddress()); draw(); });
  leaveOut(fromAddress());
  draw();
})();
