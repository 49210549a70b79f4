// What an action came to, in a line that whoever looks and whoever listens both get.

import { $, announce } from "./dom.js";

const SHOWN = 8000; // ms; whatever must be acted on is a notice instead
let timer = 0;

export function tell(text) {
  announce(text);
  const place = $("told");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { place.hidden = true; }, SHOWN);
}
