/* A film that should stand at a moment, on any server. Most send a film from any byte on. Some send it
   from its beginning alone: a browser then stays at 0:00, or never arrives. That is noticed here, the
   file is fetched whole, and the film stands where it should.

   carerMediaStart(media, seconds, {say, ask, most}) resolves with "started", "fetched whole" or
   "failed". A film that was playing goes on playing there. Called again while it works, it goes to the
   newer moment. `say(state)` is told {kind: "fetching", loaded, total} again and again, in bytes
   (`total` is 0 where the server does not say), then {kind: "fetched"}, {kind: "refused", error} where
   the browser would not play on by itself, or {kind: "failed", stopped}. `ask(bytes)` resolves with whether to
   fetch more than `most` bytes (bytes is 0 where that is unknown); without it such a film fails. */
(function () {
  "use strict";
  const MEGABYTE = 1e6;
  const ON_A_DESK = 250 * MEGABYTE;
  const ON_A_PHONE = 25 * MEGABYTE;
  const NEAR_S = 0.6;        // a browser may stop at the frame before
  const PATIENCE_MS = 4000;  // then the server is asked whether it can send from there at all
  const PIECE = 4 * MEGABYTE;
  const running = new WeakMap(); // by film: {to, promise, controller}
  const fetched = new WeakMap(); // by film: the address in this page of what was fetched whole

  function reaches(media, seconds) {
    const ranges = media.seekable;
    for (let n = 0; n < ranges.length; n += 1) {
      if (seconds >= ranges.start(n) - NEAR_S && seconds <= ranges.end(n) + NEAR_S) { return true; }
    }
    return false;
  }
  /* Resolves with the name of the event that came first, or "late". */
  function first(media, names, milliseconds) {
    return new Promise((done) => {
      let timer = 0;
      function end(name) {
        clearTimeout(timer);
        // On the way down: a source that cannot be loaded says so to itself alone.
        names.forEach((one) => { media.removeEventListener(one, heard, true); });
        done(name);
      }
      function heard(event) { end(event.type); }
      names.forEach((one) => { media.addEventListener(one, heard, true); });
      if (milliseconds) { timer = setTimeout(end, milliseconds, "late"); }
    });
  }
  async function untilKnown(media) {
    for (let seconds = 0; media.readyState < 1; seconds += 1) {
      if (media.error || (isFetched(media) && seconds > 20)) { return false; } // it is here, and not taken
      if (media.preload === "none") { media.preload = "metadata"; }
      if (media.networkState === HTMLMediaElement.NETWORK_EMPTY) { media.load(); }
      const came = await first(media, ["loadedmetadata", "error"], 1000);
      // While a browser chooses among sources, it has none for an instant.
      const isWithout = media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE;
      if (came !== "loadedmetadata" && isWithout) { return false; }
    }
    return true;
  }
  function addressOf(media) {
    const source = media.querySelector("source");
    return media.src || media.currentSrc || (source ? source.src : "");
  }
  function isFetched(media) {
    return fetched.has(media) && media.src === fetched.get(media);
  }

  /* ---- as a server with ranges is used ------------------------------------------------------- */
  async function seek(media, run) {
    if (!await untilKnown(media)) { return false; }
    for (;;) {
      const to = Math.min(run.to, media.duration);
      if (!reaches(media, to)) { return false; }
      if (Math.abs(media.currentTime - to) < 0.01 && !media.seeking) { return true; }
      media.currentTime = to;
      let came = await first(media, ["seeked", "error"], PATIENCE_MS);
      if (came === "late" && !isFetched(media)) {
        if (!await sendsFrom(media, to)) { return false; }
        came = await first(media, ["seeked", "error"]);
      }
      if (came === "error" || !reaches(media, to)) { return false; }
      if (run.to === to || to === media.duration) { return true; }
    }
  }
  /* One byte of what is missing tells; where nothing can be asked, it is only slow. */
  async function sendsFrom(media, to) {
    if (!location.protocol.startsWith("http")) { return true; }
    const at = Math.max(1, Math.floor(to / media.duration * 1000));
    const controller = new AbortController();
    try {
      const answer = await fetch(addressOf(media), {
        headers: { Range: `bytes=${at}-${at}` }, cache: "no-store", signal: controller.signal
      });
      return answer.status === 206;
    } catch { return true; }
    finally { controller.abort(); }
  }

  /* ---- whole ---------------------------------------------------------------------------------- */
  function mostUnasked() {
    const saving = Boolean(navigator.connection && navigator.connection.saveData);
    if (saving) { return 0; }
    const isPhone = window.matchMedia("(pointer: coarse)").matches &&
      Math.min(window.screen.width, window.screen.height) < 700;
    return isPhone ? ON_A_PHONE : ON_A_DESK;
  }
  async function open(address, controller) {
    const answer = await fetch(address, { credentials: "same-origin", signal: controller.signal });
    const kind = answer.headers.get("Content-Type") || "";
    // A page in its place: somebody has to sign in again.
    if (!answer.ok || /^text\/html/i.test(kind)) { throw new Error(`${answer.status} ${kind}`); }
    return answer;
  }
  /* Of the film that is in the page now: its day may come, or another size be chosen. */
  function isWanted(media, address) { return media.isConnected && addressOf(media) === address; }
  async function fetchWhole(media, address, run, options) {
    const most = options.most === undefined ? mostUnasked() : options.most;
    let mayFetch = false;
    async function isAllowed(bytes) {
      mayFetch = Boolean(options.ask && await options.ask(bytes));
      return mayFetch;
    }
    let answer = await open(address, run.controller);
    let total = Number(answer.headers.get("Content-Length")) || 0;
    if (total > most) {
      run.controller.abort(); // nobody knows how long the answer takes
      if (!await isAllowed(total)) { return null; }
      run.controller = new AbortController();
      answer = await open(address, run.controller);
    }
    const kind = answer.headers.get("Content-Type") || "video/mp4";
    const reader = answer.body.getReader();
    const pieces = [];
    let waiting = [];
    let waitingBytes = 0;
    let loaded = 0;
    function put() {
      pieces.push(new Blob(waiting)); // which a browser keeps on the disk, where it is large
      waiting = [];
      waitingBytes = 0;
    }
    for (;;) {
      options.say({ kind: "fetching", loaded, total });
      const { done, value } = await reader.read();
      if (!isWanted(media, address)) { run.controller.abort(); return null; }
      if (done) { break; }
      waiting.push(value);
      waitingBytes += value.length;
      loaded += value.length;
      if (loaded > total) { total = 0; } // it was told what it weighs packed
      if (loaded > most && !mayFetch && !await isAllowed(total)) {
        run.controller.abort();
        return null;
      }
      if (waitingBytes > PIECE) { put(); }
    }
    put();
    return new Blob(pieces, { type: kind });
  }
  /* Stops what the browser is loading of the film: some servers answer one question at a time. */
  function rest(media) {
    media.preload = "none";
    media.load();
  }
  async function startWhole(media, address, run, options) {
    const canFetch = location.protocol.startsWith("http") && address.startsWith("http");
    if (!canFetch) { return false; }
    run.wasPlaying = run.wasPlaying || !media.paused;
    media.pause();
    rest(media);
    const film = await fetchWhole(media, address, run, options);
    if (!film || !isWanted(media, address)) { return false; }
    run.wasPlaying = run.wasPlaying || !media.paused;
    run.address = address;
    const own = URL.createObjectURL(film);
    fetched.set(media, own);
    media.src = own;
    media.addEventListener("emptied", function forget () {
      if (media.src === own) { return; }
      URL.revokeObjectURL(own);
      media.removeEventListener("emptied", forget);
    });
    media.preload = "auto";
    if (!await seek(media, run)) { return false; }
    options.say({ kind: "fetched" });
    if (run.wasPlaying) { media.play().catch((error) => { options.say({ kind: "refused", error }); }); }
    return true;
  }

  async function begin(media, run, options) {
    for (;;) {
      const address = addressOf(media);
      try {
        if (await seek(media, run)) { return isFetched(media) ? "fetched whole" : "started"; }
        if (await startWhole(media, address, run, options)) { return "fetched whole"; }
      } catch { /* the network, a policy that forbids it, or somebody stopped it */ }
      if (!media.isConnected || isWanted(media, address) || isFetched(media)) { break; }
      run.controller = new AbortController(); // another size was chosen meanwhile
    }
    // From its beginning it may still play.
    if (isFetched(media)) { media.src = run.address; }
    if (media.isConnected && media.preload === "none") { media.preload = "metadata"; }
    options.say({ kind: "failed", stopped: run.stopped });
    return "failed";
  }
  window.carerMediaStart = function (media, seconds, given) {
    const options = { say () {}, ask: null, ...given };
    const before = running.get(media);
    if (before) {
      before.to = seconds;
      return before.promise;
    }
    const run = { to: seconds, controller: new AbortController(), stopped: false, wasPlaying: false, address: "" };
    running.set(media, run);
    run.promise = begin(media, run, options).finally(() => { running.delete(media); });
    return run.promise;
  };
  /* Whether the film can go there without being fetched whole first. */
  window.carerMediaStart.reaches = reaches;
  window.carerMediaStart.stop = function (media) {
    const run = running.get(media);
    if (run) {
      run.stopped = true;
      run.controller.abort();
    }
  };
})();
