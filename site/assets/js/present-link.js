/* Two windows of one session: the one that the room sees, and the presenter’s. They tell each other by
   messages, from window to window and by a channel of this browser: from a file one of the two may be
   forbidden. The room’s window alone knows where the session is; the other asks it, so that either can
   be closed or loaded again. */
(function () {
  "use strict";
  const present = window.carerPresent;
  if (!present) { return; }
  const ROLE = present.isPresenter ? "presenter" : "room";
  const OTHER = present.isPresenter ? "room" : "presenter";
  const fromFile = location.protocol === "file:";
  const SILENT_MS = 5000;    // so long without a word, where the window itself cannot be asked
  const QUIET_MS = 2000;     // after which the room asks for a word
  const NAME = "carer-stories-";
  const handles = new Set(); // windows to tell
  const answered = new Set(); // what was done already: it may come both ways
  let other = null;          // the window that spoke last, or was opened from here
  let heardAt = 0;
  let isGone = false;        // it said good-bye
  let pair = pairOfName();

  if (window.opener) { handles.add(window.opener); }
  /* Which two windows belong together stands in their names, which a reload leaves. */
  function pairOfName() {
    const match = /^carer-stories-(?:room|presenter)-([0-9a-f]{16})$/.exec(window.name);
    return match ? match[1] : "";
  }
  function makePair() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  function setPair(to) {
    pair = to;
    window.name = `${NAME}${ROLE}-${pair}`;
  }
  if (!pair && ROLE === "room") { setPair(makePair()); }

  let channel = null;
  try { channel = new BroadcastChannel(present.key); } catch { /* from window to window, then */ }
  let count = 0;
  function send(kind, body) {
    count += 1;
    const message = { ...body, carerPresent: present.key, from: ROLE, pair, kind, id: `${ROLE}-${Date.now()}-${count}` };
    handles.forEach((target) => {
      if (target.closed) { handles.delete(target); return; }
      try { target.postMessage(message, fromFile ? "*" : location.origin); } catch { /* it shows another site now */ }
    });
    if (channel) { channel.postMessage(message); }
  }
  function isOurs(event, message) {
    if (!message || message.carerPresent !== present.key || message.from !== OTHER) { return false; }
    return fromFile || event.origin === location.origin;
  }
  function receive(event) {
    const message = event.data;
    if (!isOurs(event, message)) { return; }
    // A presenter’s window that was opened by hand belongs to the first room that answers it.
    if (ROLE === "presenter" && !pair && message.pair) { setPair(message.pair); }
    if (message.pair && message.pair !== pair) { return; }
    if (!message.pair && message.kind !== "hello") { return; }
    if (event.source) {
      handles.add(event.source);
      other = event.source;
    }
    if (answered.has(message.id)) { return; }
    answered.add(message.id);
    if (answered.size > 200) { answered.delete(answered.values().next().value); }
    heardAt = Date.now();
    isGone = message.kind === "bye";
    hear(message);
  }
  window.addEventListener("message", receive);
  if (channel) { channel.addEventListener("message", receive); }
  window.addEventListener("pagehide", () => { send("bye"); });

  function isThere() {
    if (isGone || !heardAt) { return false; }
    return other ? !other.closed : Date.now() - heardAt < SILENT_MS;
  }
  /* Which screen a window stands on, as far as a page is told. */
  function screenNow() {
    const { screen } = window;
    return [screen.availLeft || 0, screen.availTop || 0, screen.width, screen.height].join();
  }

  /* ---- the room’s window --------------------------------------------------------------------- */
  let screens = null;        // all of them, where the browser may tell
  function addressOf(role) {
    const without = present.leftOut.length ? `without=${present.leftOut.join(",")}` : "";
    const query = [role === "presenter" ? "presenter" : "", without].filter(Boolean).join("&");
    return location.href.split(/[?#]/)[0] + (query ? `?${query}` : "");
  }
  function isOn(one, area) {
    return area.left === one.left && area.top === one.top && area.width === one.width && area.height === one.height;
  }
  /* The presenter’s window belongs on the computer’s own screen, the room’s on the other. */
  function arrangement() {
    if (!screens || screens.screens.length < 2) { return null; }
    const own = screens.screens.find((one) => one.isInternal) || screens.screens.find((one) => one.isPrimary) || screens.screens[0];
    const big = screens.screens.find((one) => one !== own);
    return { own, big, isRoomOnOwn: isOn(own, screens.currentScreen) };
  }
  async function openPresenter() {
    const places = arrangement();
    if (other && !other.closed) { other.focus(); return; }
    // First the full screen on the other screen: a browser lets one press do both in this order alone.
    if (places && places.isRoomOnOwn) { await present.fullOn(places.big); }
    const area = places ? places.own : { availLeft: window.screenX + 40, availTop: window.screenY + 40, availWidth: 1100, availHeight: 760 };
    const size = `popup,left=${area.availLeft},top=${area.availTop},width=${Math.min(area.availWidth, 1400)},height=${Math.min(area.availHeight, 900)}`;
    const opened = window.open(addressOf("presenter"), `${NAME}presenter-${pair}`, size);
    if (!opened) {
      present.tell("The browser did not open a second window. Allow this page to open windows (there is a sign for it beside the address), then choose “Presenter’s window” again.");
      return;
    }
    other = opened;
    handles.add(opened);
    present.tell("");
  }
  present.findScreens = async function () {
    screens = await window.getScreenDetails();
    return screens.screens.length;
  };
  function tellState(body) { send("state", { ...body, now: present.state(), screen: screenNow() }); }
  /* Once for all that changes at one go: measuring for each of them would keep the room waiting. */
  let isDue = false;
  function tellSoon() {
    if (isDue) { return; }
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      tellState();
    });
  }
  let wasThere = false;
  function watchPresenter() {
    const now = isThere();
    if (now !== wasThere) { present.setFolded(now); }
    wasThere = now;
    // A browser lets a window that lies behind another ask seldom, but answer at once.
    if (now && Date.now() - heardAt > QUIET_MS) { tellState({ asks: true }); }
  }
  /* What asks is answered once, and no answer is answered: two windows must not talk without end. */
  function hearPresenter(message) {
    if (message.kind === "do") { present.perform(message.name, message.value); }
    watchPresenter();
    if (message.kind === "do" || message.kind === "hello") { tellSoon(); }
  }

  /* ---- the presenter’s window ---------------------------------------------------------------- */
  function hearRoom(message) {
    if (message.kind === "state") { present.follow(message.now, message.screen === screenNow()); }
    if (message.asks) { send("here"); }
    showLink();
  }
  function showLink() { present.showLink(isThere(), Boolean(heardAt)); }
  function watchRoom() {
    send("hello");
    showLink();
  }
  present.openRoom = function () {
    const now = present.shown();
    const address = addressOf("room") + (now && now.step ? `#step-${now.step}` : "");
    const opened = window.open(address, `${NAME}room-${pair || makePair()}`);
    if (opened) { handles.add(opened); }
    return Boolean(opened);
  };

  let hear = hearPresenter;
  if (present.isPresenter) {
    hear = hearRoom;
    present.send = function (name, value) {
      // A full screen needs a press in that window; some browsers let it be handed on.
      const target = other || window.opener;
      if ((name === "full" || name === "start") && target && !fromFile) {
        try { target.postMessage({ carerPresent: "" }, { targetOrigin: location.origin, delegate: "fullscreen" }); } catch { /* it will say so */ }
      }
      send("do", { name, value });
    };
    setInterval(watchRoom, 1000);
    setTimeout(watchRoom, 0);
  } else {
    present.buttons.presenter.addEventListener("click", openPresenter);
    present.on("draw", () => { if (isThere()) { tellSoon(); } });
    setInterval(watchPresenter, 1000);
    setTimeout(tellState, 0); // after a reload: a presenter’s window that waits hears it
  }
})();
