// Every state that an interview can be in, told of by the page’s own words, and looked through: [how many were
// looked at, [[what is wrong, with an example]]].
async () => {
  const { told, refusedAs } = await import("/assets/interview-words.js");
  const codes = ["not-allowed", "voice-only", "take-failed", "not-found", "not-now", "bad-request", "refused", ""];
  const whys = [null, ...codes.map((code) => refusedAs({ code, said: "There is no take 0." })),
    ...["elsewhere", "taken-over", "returning", "deleted", "device", "microphone"].map(
      (kind) => ({ kind, text: "It is as it is." }))];
  const events = [{}, { again: null }, { still: 4000 }, { "no-camera": null }, { "no-camera": "It is taken." },
    { "no-microphone": null }, { "microphone-back": null }, { slow: true }, { slow: false }];
  const axes = {
    state: ["off", "starting", "recording", "paused", "stopping"], isBegun: [true, false],
    trouble: ["", "unreachable", "stranger", "late", "no-room", "busy"], why: whys, events,
    safe: [0, 6000], lost: [0, 400, 700, 3600], behind: [0, 4000], waiting: [0, 6000], isFull: [true, false], isDeleted: [true, false],
  };
  let all = [{ pausing: ["We have stopped.", "Take all the time you need."] }];
  for (const [name, values] of Object.entries(axes)) {
    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
    // What cannot be: a reason where it is recorded, a deleted one that is, a pause of too much without one.
    all = all.filter((one) => (one.state === "off" || !one.why) && (!one.isDeleted || one.state === "off")
      && (!one.isFull || one.state === "paused") && (!one.behind || (one.safe && !one.lost && !one.isDeleted)));
  }
  const RECORDS = /^Recording\b|is being recorded again|still being recorded|goes on in a new part|recording goes on/;
  const RESTS = /Nothing is being recorded|^Paused|^Not recording|recording is (still )?paused|^Stopped|when you go on\.|nothing is recorded here any more/i;
  const wrong = new Map();
  let looked = 0;
  for (const now of all) {
    const isEmpty = now.waiting === 0 && !now.trouble;
    const is = told({ ...now, isEmpty });
    looked += 1;
    const notices = Object.values(is.notices).map((one) => one.text);
    const shown = { pill: is.pill, live: is.live, disk: is.onDisk.text, rest: [is.rest?.heading ?? "", ...is.rest?.lines ?? []].join(" "),
      notices: notices.join(" ") };
    const said = Object.values(shown).filter(Boolean);
    const each = [is.pill, is.live, is.onDisk.text, is.rest?.heading ?? "", ...is.rest?.lines ?? [], ...notices];
    const tell = (what) => wrong.set(what, JSON.stringify({ ...now, pausing: undefined, ...shown }));
    const records = each.some((text) => RECORDS.test(text));
    const rests = each.some((text) => RESTS.test(text));
    if (records && rests) tell("it is recorded, and it is not");
    if (records && now.state !== "recording") tell("said to be recorded, and is not");
    if (rests && now.state === "recording") tell("said not to be recorded, and is");
    const isProved = now.state === "recording" && now.isBegun && !now.trouble;
    if (/^Recording|again|still being recorded|in a new part/.test([is.pill, is.live].join(" "))
      && !isProved) tell("looks as if the station had it");
    if (notices.some((text) => /being recorded|in a new part/.test(text.replaceAll(/[Nn]othing is being recorded/g, "")))
      && !isProved) tell("a notice looks as if the station had it");
    if (now.state === "recording" && !isProved && !/waits? in this window|disk of this computer is full/.test(shown.notices)) {
      tell("what waits is not told of");
    }
    if (is.onDisk.text === "All saved" && (now.waiting >= 2000 || now.lost >= 500 || now.behind || now.trouble && !isEmpty)) tell("all saved");
    const missing = new Set(each.flatMap((text) => text.match(/\d+ seconds? could not be saved/g) ?? []));
    if (missing.size > 1 || (missing.size && is.onDisk.text === "All saved")) tell("how much is missing");
    if (!is.pause.can && said.some((text) => /“Go on”/.test(text)) && !now.isDeleted && now.why?.kind !== "returning") tell("go on");
    if (is.pause.label === "Pause" && said.some((text) => /“Go on”|when you go on/.test(text))) tell("go on with Pause");
    if (is.pause.can && is.pause.label === "Pause" && now.state !== "recording") tell("pause of nothing");
    if (!is.stop.can && said.some((text) => /“Stop”/.test(text))) tell("stop");
    if (now.state === "off" && !is.rest) tell("nothing is said of why it is off");
    if (said.some((text) => /\btake \d|undefined|null|carer-stories|NaN|\[object|  |\. ?\./.test(text))) tell("not for a volunteer");
    if (now.isDeleted && /saved/.test(is.onDisk.text)) tell("deleted, and saved");
  }
  return [looked, [...wrong]];
}
