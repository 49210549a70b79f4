// Cameras and microphones: asking for them, and what may go wrong in plain words.

// As it is heard: what a browser makes louder by itself cannot be judged, and its room comes up with it.
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false,
  sampleRate: { ideal: 48000 } };
const FRAMES = { ideal: 25, max: 30 };
// `bits`: those of a second of the film.
export const PICTURES = {
  best: { name: "As good as the camera can, up to 1080p", width: 1920, height: 1080, bits: 5000000 },
  usual: { name: "Good: 720p", width: 1280, height: 720, bits: 2500000 },
  small: { name: "Small: 360p, for a slow computer", width: 640, height: 360, bits: 1000000 },
};
const VOICE_BITS = 128000;
const LOSSLESS_BITS = 2 * 16 * 48000; // two channels, as they come
const [OTHERS_BYTES, DEFAULTS] = [32000000, ["default", "communications"]]; // bytes that stay free
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

const exact = (id) => (id ? { deviceId: { exact: id } } : {});

async function asked(wishes) {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) {
    throw new NoDevice({ name: "NotAllowedError" });
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wishes);
    stream.openedAt = performance.now();
    return stream;
  } catch (error) {
    throw new NoDevice(error);
  }
}

// `wanted`: {voiceOnly, camera, microphone, picture}; ids may be empty: the computer chooses.
export async function openDevices(wanted) {
  const { width, height } = PICTURES[wanted.picture] ?? PICTURES.usual;
  const stream = await asked({
    audio: { ...SOUND, ...exact(wanted.microphone) },
    video: wanted.voiceOnly ? false
      : { width: { ideal: width }, height: { ideal: height }, frameRate: FRAMES, ...exact(wanted.camera) },
  });
  return pinned(stream);
}

// What a browser calls the default may become another microphone while it is recorded from, without a
// word. So the one that it is now is opened by its own name.
async function pinned(stream) {
  const track = stream.getAudioTracks()[0];
  if (!DEFAULTS.includes(deviceOf(track))) return stream;
  try {
    const all = await navigator.mediaDevices.enumerateDevices();
    const groups = all.filter((one) => one.kind === "audioinput" && one.deviceId === deviceOf(track));
    const twins = all.filter((one) => one.kind === "audioinput" && !DEFAULTS.includes(one.deviceId)
      && groups.some((given) => one.groupId === given.groupId && given.label.endsWith(one.label)));
    if (twins.length !== 1) return stream;
    const joined = await withMicrophone(stream, twins[0].deviceId);
    track.stop();
    return joined;
  } catch {
    return stream;
  }
}

// The same picture with the sound of another microphone. The old one is left as it is. Raises NoDevice.
export async function withMicrophone(stream, id) {
  const opened = await asked({ audio: { ...SOUND, ...exact(id) }, video: false });
  const joined = new MediaStream([...stream.getVideoTracks(), ...opened.getAudioTracks()]);
  joined.openedAt = opened.openedAt;
  return joined;
}

export const deviceOf = (track) => track?.getSettings().deviceId ?? "";

export async function settled(stream) {
  const left = SETTLES - (performance.now() - (stream.openedAt ?? performance.now()));
  if (left > 0) await new Promise((done) => { setTimeout(done, left); });
}

export function closeDevices(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

// Minutes for which there is room, at a choice of PICTURES or, without one, for the voice alone.
export function roomFor(health, picture = "") {
  const bits = VOICE_BITS + LOSSLESS_BITS + (PICTURES[picture]?.bits ?? 0);
  return Math.floor(Math.max(0, health.free_bytes - OTHERS_BYTES) / (bits / 8) / 60);
}

export async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  // Without those names that stand for another one of the list.
  const real = all.filter((one) => one.deviceId && !DEFAULTS.includes(one.deviceId));
  const of = (kind, word) => (real.some((one) => one.kind === kind) ? real : all)
    .filter((one) => one.kind === kind && one.deviceId).map((one, at) => ({ id: one.deviceId, name: one.label || `${word} ${at + 1}` }));
  return { cameras: of("videoinput", "Camera"), microphones: of("audioinput", "Microphone"), all };
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
    mimeType, audioBitsPerSecond: VOICE_BITS,
    // Without it MP4 comes in parts of four seconds only.
    ...(picture ? { videoBitsPerSecond: bitsFor(stream), videoKeyFrameIntervalDuration: 1000 } : {}),
  };
}

// As many as the picture that came is worth: a camera may give less than was asked of it.
function bitsFor(stream) {
  const { height = PICTURES.usual.height } = stream.getVideoTracks()[0].getSettings();
  const { best, usual, small } = PICTURES;
  return height > usual.height ? best.bits : height > small.height ? usual.bits : small.bits;
}
