"""Turns with their times above them, as Teams, Meet and Otter write them, made into captions.

    Ruth Smith   0:03          00:00:03                [00:00:03] Ruth Smith: I rang the ward.
    I rang the ward.           Ruth Smith: I rang …    Ben: [00:00:09] And then?

Which lines name a speaker is told by their time at one end, and by names that recur. Where times
stand only here and there inside the text, what is between them shares the time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from library.core.errors import BadInput
from library.core.timecode import webvtt_time
from transcribe.formats.caption_dialects import TimesReader
from transcribe.formats.source_file import Fault, excerpt

_TIME = r"[\[(]?(?P<time>\d{1,3}:\d{2}(?::\d{2})?)(?:[.,]\d{1,3})?[\])]?"
_TIME_LAST = re.compile(rf"^(?P<name>\S.{{0,79}}?)(?P<gap>[\s:|–-]{{1,12}}){_TIME}:?$")
_TIME_FIRST = re.compile(
    rf"^{_TIME}(?:(?:(?<=[\])])[\s|:–-]{{0,12}}|[\s|–-]{{1,12}})(?P<words>\S.*))?$"
)
_BRACKETED = r"[\[(](?P<time>\d{1,3}:\d{2}(?::\d{2})?)(?:[.,]\d{1,3})?[\])]"
# With a colon, or “we met at (10:30) and …” were somebody called “we met at”.
_TIME_BETWEEN = re.compile(
    r"^(?P<name>[^\s\[(:][^\[(:]{0,79}?)\s{0,4}"
    rf"(?::\s{{0,4}}{_BRACKETED}\s{{0,4}}:?|{_BRACKETED.replace('time', 'later')}\s{{0,4}}:"
    r"|:\s{1,4}(?P<bare>\d{1,3}:\d{2}(?::\d{2})?)(?=\s))\s{0,4}(?P<words>[^\s:].*)$"
)
# In parentheses, a short time may be said.
_TIME_INSIDE = re.compile(
    r"\[(?P<time>\d{1,3}:\d{2}(?::\d{2})?)(?:[.,]\d{1,3})?\]|\((?P<long>\d{1,3}:\d{2}:\d{2})\)"
)
_NOTICE = re.compile(r"^.{0,80}\b(?:started|stopped) (?:transcription|recording)\b.{0,20}$", re.I)
_CLOSING = re.compile(
    r"^(?:This editable transcript was computer generated|Meeting ended after|Transcription ended"
    r"|Transcribed by (?:https?://)?otter\.ai)"
)
_AROUND_NAME = " :[]*_"
_IN_BRACKETS = re.compile(r"\[[^\[\]]*[^\W\d_][^\[\]]*\]")
_MAX_NAME_WORDS = 6
_PARTICLES = ("de", "da", "van", "von", "der", "den", "of", "bin", "al", "ní", "y", "and")
_LAST_TURN_MS_PER_LETTER = 100


@dataclass
class _TimedTurn:
    start: int
    speaker: str
    lines: list[str] = field(default_factory=list)


def captions_of_lines(lines: Sequence[str]) -> tuple[str, list[Fault]]:
    """Return the lines as WebVTT, and what stands before the first time.

    Raises BadInput where no line has a time.
    """
    text = "\n".join(lines)
    if TimesReader(text).counts(text) > 1:
        return _with_names_marked([" ".join(line.split()) for line in lines]), []
    plain = [line.replace("\u00a0", " ").strip() for line in lines]
    turns, faults = _turns_in(plain)
    if not turns:
        turns, faults = _between_marks(plain)
    if not turns:
        raise BadInput(
            "this holds no times, so it is not known when anything was said.",
            "Download the transcript as .vtt, or as Teams’ or Meet’s own .docx with times.",
        )
    return _as_vtt(_from_the_beginning(_named_by_first_lines(turns), faults)), faults


def _named_by_first_lines(turns: list[_TimedTurn]) -> list[_TimedTurn]:
    """Return turns whose first lines are names, as Trint writes them, with those as speakers."""
    first = Counter(turn.lines[0].strip(" :") for turn in turns if len(turn.lines) > 1)
    are_names = all(_looks_like_a_name(name) and name[-1:] not in ".?!,…" for name in first)
    is_every = sum(first.values()) == len(turns) and not any(turn.speaker for turn in turns)
    recur = len(turns) < _FEW_TURNS or len(first) * 2 <= len(turns)
    if not (are_names and is_every and recur):
        return turns
    return [_TimedTurn(turn.start, turn.lines[0].strip(" :"), turn.lines[1:]) for turn in turns]


_FEW_TURNS = 4


def _from_the_beginning(turns: list[_TimedTurn], faults: list[Fault]) -> list[_TimedTurn]:
    """Return turns on the recording’s clock, where the file has times of the day, as Zoom’s."""
    first = turns[0].start
    if first < _NO_BEGINNING_MS:
        return turns
    faults.append(
        Fault(0, "the times are those of a day; the first was taken for the recording’s beginning.")
    )
    return [_TimedTurn(turn.start - first, turn.speaker, turn.lines) for turn in turns]


_NO_BEGINNING_MS = 3_600_000
"""Milliseconds: nobody waits an hour before the first word."""


def _between_marks(lines: Sequence[str]) -> tuple[list[_TimedTurn], list[Fault]]:
    """Return what stands between times inside the text, as turns without a speaker."""
    text = "\n".join(line for line in lines if line and not _CLOSING.match(line))
    turns = [_TimedTurn(0, "")]
    begin = 0
    for mark in _TIME_INSIDE.finditer(text):
        at = _milliseconds(mark["time"] or mark["long"])
        if at < turns[-1].start:
            continue
        turns[-1].lines += _lines_of(text[begin : mark.start()])
        begin = mark.end()
        turns.append(_TimedTurn(at, ""))
    turns[-1].lines += _lines_of(text[begin:])
    if not begin:
        return [], []
    return [turn for turn in turns if turn.lines], [
        Fault(0, "times stand only here and there; between them the words share the time.")
    ]


def _lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _turns_in(lines: Sequence[str]) -> tuple[list[_TimedTurn], list[Fault]]:
    heads = [match for line in lines if (match := _TIME_LAST.match(line))]
    # A time that stands apart is no part of a sentence; then “we met at 10:30” is one.
    apart = [match for match in heads if len(match["gap"]) > 1]
    names = Counter(match["name"].strip(_AROUND_NAME) for match in apart or heads)
    turns: list[_TimedTurn] = []
    before: list[str] = []
    for line in lines:
        if not line or _NOTICE.match(line) or _CLOSING.match(line):
            continue
        head = _head_of_turn(line, names, turns, is_apart=bool(apart))
        if head is not None:
            turns.append(head)
        elif turns:
            turns[-1].lines.append(" ".join(line.split()))
        else:
            before.append(line)
    title = excerpt(" ".join(before), 80)
    faults = [Fault(0, f"What stands before the first time was left out: {title}.")]
    return [turn for turn in turns if turn.lines], faults if before else []


def _head_of_turn(
    line: str, names: Counter[str], turns: Sequence[_TimedTurn], *, is_apart: bool
) -> _TimedTurn | None:
    """Return the turn that a line begins, or None for words."""
    last = turns[-1].start if turns else 0
    if match := _TIME_FIRST.match(line):
        start = _milliseconds(match["time"])
        words = [match["words"]] if match["words"] else []
        return _TimedTurn(start, "", words) if start >= last else None
    if match := _TIME_BETWEEN.match(line):
        time = match["time"] or match["later"] or match["bare"]
        start, name = _milliseconds(time), match["name"].strip(" *_")
        is_name = _looks_like_a_name(name) and start >= last
        return _TimedTurn(start, name, [match["words"]]) if is_name else None
    match = _TIME_LAST.match(line)
    if match is None:
        return None
    start, name = _milliseconds(match["time"]), match["name"].strip(_AROUND_NAME)
    recurs = names[name] > 1 or _looks_like_a_name(name)
    is_speaker = len(match["gap"]) > 1 if is_apart else recurs
    is_speaker = is_speaker or _IN_BRACKETS.fullmatch(match["name"].strip(" :")) is not None
    if start < last or not is_speaker:
        return None
    return _TimedTurn(start, name)


def _looks_like_a_name(name: str) -> bool:
    words = [word for word in name.split() if word not in _PARTICLES]
    return 0 < len(words) <= _MAX_NAME_WORDS and not any(word[:1].islower() for word in words)


def _milliseconds(time: str) -> int:
    seconds = 0
    for part in time.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000


def _as_vtt(turns: Sequence[_TimedTurn]) -> str:
    ends = [following.start for _, following in pairwise(turns)]
    letters = sum(len(line) for line in turns[-1].lines)
    ends.append(turns[-1].start + max(1000, _LAST_TURN_MS_PER_LETTER * letters))
    blocks = ["WEBVTT\n"]
    for turn, end in zip(turns, ends, strict=True):
        # Lines of one section are turns of their own, which share its time by their length.
        total, done = sum(map(len, turn.lines)), 0
        pieces = [" ".join(turn.lines)] if turn.speaker else turn.lines
        for piece in pieces:
            start = turn.start + (end - turn.start) * done // max(1, total)
            done += len(piece) if len(pieces) > 1 else total
            stop = turn.start + (end - turn.start) * min(done, total) // max(1, total)
            blocks.append(_cue(start, stop, turn.speaker, piece))
    return "\n".join(blocks)


def _cue(start: int, end: int, speaker: str, words: str) -> str:
    voice = f"<v {_escaped(speaker)}>" if speaker else ""
    return f"{webvtt_time(start)} --> {webvtt_time(end)}\n{voice}{_escaped(words)}\n"


def _escaped(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Times of single words, as in songs, are what they are in WebVTT.
    return _ESCAPED_TIME.sub(r"<\1>", safe)


_ESCAPED_TIME = re.compile(r"&lt;((?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{1,3})&gt;", re.ASCII)


def _with_names_marked(lines: Sequence[str]) -> str:
    """Return captions whose first line under each pair of times is a speaker’s name as WebVTT.

    Teams’ older documents are of that form: times, a name, and what was said.
    """
    reader = TimesReader("\n".join(lines))
    blocks: list[tuple[str, list[str]]] = []
    for line in lines:
        times = reader.read(line)
        if times is not None:
            on_line = [times.words] if times.words else []
            blocks.append((f"{webvtt_time(times.start)} --> {webvtt_time(times.end)}", on_line))
        elif line and blocks and not _NOTICE.match(line):
            blocks[-1][1].append(line)
    first = Counter(words[0] for _, words in blocks if len(words) > 1)
    names = {
        line
        for line, count in first.items()
        if (count > 1 or len(blocks) < 4) and len(line.split()) <= _MAX_NAME_WORDS
    }
    cues = ["WEBVTT\n"]
    for times_line, words in blocks:
        speaker = words[0] if len(words) > 1 and words[0] in names else ""
        spoken = " ".join(words[1:] if speaker else words)
        voice = f"<v {_escaped(speaker)}>" if speaker else ""
        if spoken:
            cues.append(f"{times_line}\n{voice}{_escaped(spoken)}\n")
    return "\n".join(cues)
