// Keep the screen from going dark while somebody is being recorded, where the browser can.

export function awake() {
  let lock = null;
  let over = false;
  const hold = async () => {
    if (over || document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      lock = await navigator.wakeLock.request("screen");
      if (over) lock.release();
    } catch { lock = null; } // a low battery refuses it; there is a notice about that
  };
  document.addEventListener("visibilitychange", hold);
  hold();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", hold);
    lock?.release().catch(() => {});
  };
}
