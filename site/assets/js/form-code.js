/* The address of a session’s form as a QR code, for people’s own phones: on the form itself, and at the
   end of the present view. Nothing is loaded for it before somebody asks. */
(function () {
  "use strict";
  const QUIET_MODULES = 4;
  const directory = document.currentScript.src.replace(/[^/]*$/, "");
  let library = null;

  /* 47 KB that most visitors never need. */
  function load(then, failed) {
    if (window.carerCodes) { then(); return; }
    if (!library) {
      library = document.createElement("script");
      library.src = `${directory}qr.min.js`;
      document.head.appendChild(library);
    }
    library.addEventListener("load", then, { once: true });
    library.addEventListener("error", failed, { once: true });
  }
  function paint(text, canvas) {
    const rows = window.carerCodes.encodeQR(text, "raw", { ecc: "medium", border: QUIET_MODULES });
    canvas.width = canvas.height = rows.length;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, rows.length, rows.length);
    context.fillStyle = "#000";
    rows.forEach((row, y) => { row.forEach((dark, x) => { if (dark) { context.fillRect(x, y, 1, 1); } }); });
  }
  window.carerCode = { load, paint };

  function today() {
    const now = new Date();
    return [now.getFullYear(), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");
  }
  /* A page on a stick, or one that only this computer can reach, has no address for a phone. */
  const isReachable = /^https?:$/.test(location.protocol) && !/^(localhost|127\.|\[::1\])/.test(location.hostname);
  Array.from(document.querySelectorAll("[data-form-code]")).forEach((place) => {
    if (!isReachable) { return; }
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    button.type = "button";
    button.textContent = "Show the form’s address as a code";
    button.setAttribute("aria-expanded", "false");
    canvas.hidden = true;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "The address of the form, as a code for phones");
    button.addEventListener("click", () => {
      load(() => {
        const day = document.querySelector("[data-session-day]");
        const address = new URL(place.getAttribute("data-address"), location.href.replace(/[?#].*$/, ""));
        const without = new URLSearchParams(location.search).get("without");
        address.search = `session=${(day && day.value) || today()}`;
        if (without) { address.searchParams.set("without", without); }
        paint(address.href, canvas);
        canvas.hidden = !canvas.hidden;
        button.setAttribute("aria-expanded", String(!canvas.hidden));
        if (!canvas.hidden) { canvas.scrollIntoView({ block: "nearest", behavior: "instant" }); }
      }, () => { button.textContent = "The code cannot be shown here"; });
    });
    place.append(button, canvas);
  });
})();
