// Cameras and microphones: asking for them, what may go wrong in plain words, and how loud it is.

const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
const SETTLES = 2000; // ms in which a camera finds its light and a driver its clock

const WORDS = {
  NotAllowedError: [
    "The browser was not allowed to use the camera or microphone.",
    "Press the small camera sign at the top of the window, beside the address, and choose Allow. Then "
      + "try again. If there is no sign, the computer’s own privacy settings may forbid it.",
  ],
  NotReadableError: [
    "Another program is using the camera or microphone.",
    "Close Zoom, Teams, Skype and other windows with a camera. Then try again. If it stays so, pull the "
      + "plug of the camera or microphone out and put it in again.",
  ],
  NotFoundError: [
    "No microphone was found, or no camera.",
    "Is it plugged in and switched on? Push the plug in again, wait a moment, then try again. Without "
      + "a camera you can record the voice only.",
  ],
};
WORDS.SecurityError = WORDS.NotAllowedError;
WORDS.AbortError = WORDS.NotReadableError;
WORDS.OverconstrainedError = WORDS.NotFoundError;

export class NoDevice extends Error {
  constructor(error) {
    const [what, next] = WORDS[error?.name] || [
      "The camera or microphone could not be opened.",
      "Take the plug out, put it in again, and try again. You can also record the voice only.",
    ];
    super(what);
    this.what = what;
    this.next = next;
    this.name = error?.name || "Error";
  }
}

// `wanted`: {voiceOnly, camera, microphone}; ids may be empty: the computer chooses.
export async function openDevices(wanted) {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) {
    throw new NoDevice({ name: "NotAllowedError" });
  }
  const exact = (id) => (id ? { deviceId: { exact: id } } : {});
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { ...SOUND, ...exact(wanted.microphone) },
      video: wanted.voiceOnly ? false : { ...PICTURE, ...exact(wanted.camera) },
    });
    stream.openedAt = performance.now();
    return stream;
  } catch (error) {
    throw new NoDevice(error);
  }
}

export async function settled(stream) {
  const left = SETTLES - (performance.now() - (stream.openedAt ?? performance.now()));
  if (left > 0) await new Promise((done) => { setTimeout(done, left); });
}

export function closeDevices(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind, word) => all.filter((one) => one.kind === kind && one.deviceId)
    .map((one, at) => ({ id: one.deviceId, name: one.label || `${word} ${at + 1}` }));
  return { cameras: of("videoinput", "Camera"), microphones: of("audioinput", "Microphone") };
}

export const isLive = (stream, kind) => Boolean(
  stream?.getTracks().some((track) => track.kind === kind && track.readyState === "live"));

// WebM first, as it can be read up to any break; Firefox refuses the name of a codec for sound
// where there is no sound.
export function recorderOptions(stream) {
  const picture = stream.getVideoTracks().length > 0;
  const sound = stream.getAudioTracks().length > 0;
  const kind = picture ? "video" : "audio";
  const named = (container, pictures, sounds) => pictures.map((codec) => {
    const codecs = [picture && codec, sound && sounds].filter(Boolean).join(",");
    return `${kind}/${container};codecs=${codecs}`;
  });
  const wishes = [
    ...named("webm", picture ? ["h264", "vp8"] : [""], "opus"),
    ...named("mp4", picture ? ["avc1.42E01F", "avc1"] : [""], "mp4a.40.2"),
    ...named("mp4", picture ? ["avc1.42E01F"] : [""], "opus"),
    `${kind}/webm`, `${kind}/mp4`,
  ];
  const mimeType = wishes.find((one) => MediaRecorder.isTypeSupported(one));
  if (!mimeType) throw new NoDevice({ name: "" });
  return {
    mimeType, audioBitsPerSecond: 128000,
    // Without it MP4 comes in parts of four seconds only.
    ...(picture ? { videoBitsPerSecond: 2500000, videoKeyFrameIntervalDuration: 1000 } : {}),
  };
}

// How loud it is, ten times a second: `told(level, words)`, level from 0 to 1. Ends with the
// function that is returned.
export function meter(stream, told) {
  const sound = stream.getAudioTracks();
  if (!sound.length) return () => {};
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream(sound));
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  source.connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  let held = 0;
  const timer = setInterval(() => {
    if (context.state === "suspended") context.resume().catch(() => {});
    analyser.getFloatTimeDomainData(wave);
    const peak = wave.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    held = Math.max(peak, held * 0.9);
    told(levelOf(held), wordsFor(held), peak);
  }, 100);
  return () => {
    clearInterval(timer);
    if (context.state !== "closed") context.close().catch(() => {});
  };
}

const levelOf = (peak) => Math.min(1, Math.max(0, 1 + Math.log10(Math.max(peak, 1e-4)) / 2.5));

function wordsFor(peak) {
  if (peak < 0.004) return "Nothing to hear";
  if (peak < 0.04) return "Very quiet";
  return peak > 0.98 ? "Too loud" : "Good";
}
