"""Fake microphones inside a page: loud, silent, fallen away or changed as a test says.

Chromium and Firefox each have one made-up microphone, which cannot be pulled out. These are made of
the browser's own sound in place of `getUserMedia`: what is behind that, up to the disk, is real.
"""

from __future__ import annotations

from collections.abc import Mapping

FAKE_MICROPHONES = """
(names) => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const context = new AudioContext({sampleRate: 48000, sinkId: {type: "none"}});
  const fake = {names: {...names}, used: "", gains: {}, tracks: []};
  window.fakeMicrophones = fake;
  fake.contexts = []; // the page’s own, to send them to sleep
  const Context = window.AudioContext;
  window.AudioContext = class extends Context {
    constructor(...wishes) { super(...wishes); fake.contexts.push(this); }
  };
  // A voice and its room: a buzz that comes and goes three times a second, above a little hiss.
  const seconds = 4;
  const voice = context.createBuffer(1, 48000 * seconds, 48000);
  const samples = voice.getChannelData(0);
  let hiss = 1;
  for (let at = 0; at < samples.length; at += 1) {
    const swell = Math.max(0, Math.sin(2 * Math.PI * 1.5 * at / 48000)) ** 2;
    let buzz = 0;
    const turn = 2 * Math.PI * 130 * at / 48000;
    for (const tone of [1, 2, 3, 4, 5]) buzz += Math.sin(turn * tone) / tone;
    hiss = (hiss * 16807) % 2147483647;
    samples[at] = 0.12 * swell * buzz + 0.0006 * (hiss / 1073741823 - 1);
  }
  const open = (id) => {
    const source = new AudioBufferSourceNode(context, {buffer: voice, loop: true});
    const gain = fake.gains[id] ??= new GainNode(context, {gain: 1});
    const to = context.createMediaStreamDestination();
    source.connect(gain);
    gain.connect(to);
    source.start();
    const track = to.stream.getAudioTracks()[0];
    // As a browser's: what is pulled out keeps its name.
    let name = fake.names[id];
    const label = {get: () => (name = fake.names[track.id_here] ?? name)};
    Object.defineProperty(track, "label", label);
    track.id_here = id;
    track.getSettings = () => ({deviceId: track.id_here, autoGainControl: false});
    fake.used = id;
    fake.tracks.push(track);
    return track;
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const id = wanted.audio?.deviceId?.exact || Object.keys(fake.names)[0];
    if (!(id in fake.names)) throw new DOMException("no", "NotFoundError");
    const picture = wanted.video ? (await real({video: wanted.video})).getVideoTracks() : [];
    const stream = new MediaStream([open(id), ...picture]);
    window.seen?.streams.push(stream);
    return stream;
  };
  navigator.mediaDevices.enumerateDevices = async () => Object.entries(fake.names).map(
    ([deviceId, label]) => ({kind: "audioinput", deviceId, label, groupId: deviceId}));
  fake.plug = (more) => {
    fake.names = more;
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  };
  fake.level = (decibels) => {
    fake.gains[fake.used].gain.value = decibels === null ? 0 : 10 ** (decibels / 20);
  };
  // Milliseconds until the page says it, or null after six seconds.
  fake.until = async (text) => {
    const begun = performance.now();
    const alerts = document.getElementById("alerts");
    while (performance.now() - begun < 6000) {
      if (alerts.textContent.includes(text)) return performance.now() - begun;
      await new Promise((done) => { setTimeout(done, 20); });
    }
    return null;
  };
}
"""
"""Puts fake microphones in the place of the browser's; called with {id: name}, the default first.

`fakeMicrophones` has `level(dB)` of the one in use (null: digital silence), `plug({id: name})`,
what is there from now on, and `until(text)`.
"""

TWO: Mapping[str, str] = {"built-in": "Built-in microphone", "usb": "USB microphone"}
