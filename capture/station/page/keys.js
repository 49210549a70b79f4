// Single keys for the buttons of the interview. They can be switched off, and never work while
// somebody writes.

export function listenForKeys(buttons, areOn) {
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !areOn()) return;
    if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
    const wanted = buttons[event.key] || buttons[event.key.toLowerCase()];
    if (!wanted?.isConnected || wanted.getAttribute("aria-disabled") === "true") return; // its page may be left
    event.preventDefault();
    wanted.click();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
