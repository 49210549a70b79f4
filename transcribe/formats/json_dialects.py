"""The dialects of recognisers' JSON: what they call a word, its times, its speaker, and where.

Each line of a table is a name that some program gives to a thing; times are read in whatever way
they are written. Whoever meets a new program adds its names here, and a way to write it to the
tests, which read back any words in every dialect of `DIALECTS`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from library.core.timecode import parse_clock
from transcribe.formats.caption_dialects import stamp_ms

MAX_MS = 360_000_000
"""Milliseconds: no recording lasts a hundred hours."""
_MAX_NUMBER = 1e16
"""Larger numbers are no times, and rounding them may overflow."""

# Names of fields, the one to be believed first

WORD_TEXTS = (
    *("punctuated_word", "displayText", "word", "text", "value", "content", "utf8", "Word"),
    *("transcript", "w", "token"),
)
TEXTS = (
    *("text", "transcript", "display", "body", "sentence", "content", "utterance", "Display"),
    *("spokenText", "caption", "DisplayText", "utf8", "value", "lexical"),
)
STARTS = (
    *("start", "start_time", "startTime", "begin", "from", "ts", "t0", "startOffset"),
    *("start_offset", "data_start", "tStartMs", "tOffsetMs", "startMs", "start_ms", "begin_ms"),
    *("offsetInTicks", "offsetMilliseconds", "Offset", "offset", "time", "StartTime", "s"),
    *(
        "startSeconds",
        "start_seconds",
        "start_us",
        "startUs",
        "start_micros",
        "beginTime",
        "begin_time",
        "timestamp",
    ),
)
ENDS = (
    *("end", "end_time", "endTime", "stop", "to", "end_ts", "t1", "endOffset", "end_offset"),
    *("data_end", "endMs", "end_ms", "EndTime", "e", "endSeconds", "end_seconds", "stopTime"),
    *("stop_time", "end_us", "endUs", "end_micros", "finish", "resultEndTime", "resultEndOffset"),
)
DURATIONS = (
    *("duration", "dur", "durationInTicks", "durationMilliseconds", "dDurationMs", "Duration"),
    *("d", "duration_ms", "duration_seconds", "length"),
)
SPEAKERS = (
    *("speaker", "speaker_label", "speakerTag", "speaker_tag", "speaker_id", "speakerId"),
    *("speakerName", "speaker_name", "spk", "participant", "speakerLabel", "label"),
    *("who", "voice", "person", "user", "author", "name"),
)
PROBABILITIES = ("probability", "score", "confidence", "conf", "p", "Confidence")
WORD_LISTS = (
    *("words", "elements", "displayWords", "tokens", "segs", "timestamps", "alignment", "Words"),
    *("items", "word_list", "result"),
)
ALTERNATIVES = ("alternatives", "nBest", "NBest", "Alternatives", "hypotheses")
"""Lists of what may have been said; the first is the likeliest."""
TIME_PAIRS = ("offsets", "timestamps", "timestamp", "span")
"""Fields that hold both times: `{"from": …, "to": …}` or `[…, …]`."""
SEGMENT_LISTS = (
    *("segments", "utterances", "monologues", "transcription", "recognizedPhrases", "phrases"),
    *("paragraphs", "events", "sentences", "transcripts", "captions", "cues", "chunks", "turns"),
    *("entries", "results", "result", "items", "words", "transcript", "data", "blocks"),
)
_TICKS, _MS = 1e-4, 1.0
_UNITS = {
    **dict.fromkeys(("offsetInTicks", "durationInTicks", "Offset", "Duration"), _TICKS),
    **dict.fromkeys(
        ("tStartMs", "tOffsetMs", "startMs", "start_ms", "begin_ms", "dDurationMs", "duration_ms"),
        _MS,
    ),
    **dict.fromkeys(("endMs", "end_ms", "offsetMilliseconds", "durationMilliseconds"), _MS),
    **dict.fromkeys(
        ("start_us", "startUs", "start_micros", "end_us", "endUs", "end_micros"), 0.001
    ),
    **dict.fromkeys(("startSeconds", "start_seconds", "endSeconds", "end_seconds"), 1000.0),
    "duration_seconds": 1000.0,
    "offsets": _MS,
}
"""Milliseconds for which one stands, where a field's name says so."""


@dataclass(frozen=True)
class JsonDialect:
    """A program's JSON, known by fields that it alone has; each of `marks` is a path."""

    name: str
    marks: tuple[str, ...]


UNKNOWN = "JSON"
DIALECTS = (
    JsonDialect("Deepgram", ("results.channels",)),
    JsonDialect("AWS Transcribe", ("results.items", "results.transcripts")),
    JsonDialect("AssemblyAI", ("words.confidence", "utterances")),
    JsonDialect("Rev", ("monologues",)),
    JsonDialect("Azure", ("recognizedPhrases",)),
    JsonDialect("Azure, fast", ("phrases", "combinedPhrases")),
    JsonDialect("whisper.cpp", ("transcription.offsets",)),
    JsonDialect("YouTube", ("wireMagic", "events")),
    JsonDialect("IBM Watson", ("results.alternatives.timestamps",)),
    JsonDialect("Speechmatics", ("format", "results.alternatives.content")),
    JsonDialect("Google", ("results.alternatives.words",)),
    JsonDialect("Amberscript", ("speakers", "segments.words.text")),
    JsonDialect("Podcast transcript", ("segments.body",)),
    JsonDialect("Gladia", ("result.transcription.utterances",)),
    JsonDialect("ElevenLabs", ("language_code", "words.type")),
    JsonDialect("Vosk", ("result.conf",)),
    JsonDialect("Fireflies", ("sentences",)),
    JsonDialect("Trint", ("paragraphs.words",)),
    JsonDialect("Otter", ("speech.transcripts",)),
    JsonDialect("Happy Scribe", ("words.data_start",)),
    JsonDialect("Sonix", ("transcript.words.start_time",)),
    JsonDialect("YouTube transcript list", ("duration", "text", "start")),
    JsonDialect("Hugging Face", ("chunks.timestamp",)),
    JsonDialect("start and stop", ("words.stop",)),
)
"""The first of which all marks are there gives its name."""
FULL_TEXTS = (
    *("text", "transcript", "results.transcripts.transcript", "combinedPhrases.text"),
    *("combinedRecognizedPhrases.display", "result.transcription.full_transcript", "full_text"),
)
"""Paths of the words of the whole recording as one text."""


def dialect_of(data: object) -> str:
    """Return the name of the program that wrote this JSON, or `JSON`."""
    programs = (row.name for row in DIALECTS if all(_has_path(data, mark) for mark in row.marks))
    return next(programs, UNKNOWN)


def full_text(data: object) -> str:
    """Return the words of the whole recording, where the file has them as one text as well."""
    texts = (_at_path(data, path) for path in FULL_TEXTS)
    return next((text for text in texts if isinstance(text, str)), "")


def _at_path(data: object, path: str) -> object:
    for name in path.split("."):
        if isinstance(data, list):
            data = data[0] if len(data) == 1 else None
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _has_path(data: object, path: str) -> bool:
    while isinstance(data, list) and data:
        data = data[0]
    if not path:
        return data is not None
    name, _, rest = path.partition(".")
    return isinstance(data, dict) and name in data and _has_path(data[name], rest)


# Values


def first_field(entry: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Any]:
    """Return the first of the fields that has a value, and its name."""
    for name in names:
        if entry.get(name) is not None:
            return name, entry[name]
    return "", None


def text_of(entry: Mapping[str, Any], names: Sequence[str] = TEXTS) -> str:
    """Return the words of a segment or a word; empty where it has none."""
    texts = (entry[name] for name in names if isinstance(entry.get(name), str))
    return next(texts, "")


def speaker_of(entry: Mapping[str, Any]) -> str:
    """Return who speaks, as a name or a number; empty where it is not said."""
    for name in SPEAKERS:
        value = entry.get(name)
        if isinstance(value, dict):
            value = first_field(value, ("name", "display_name", "displayName", "id", "label"))[1]
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return f"Speaker {value}"
    return ""


def probability_of(entry: Mapping[str, Any]) -> float:
    """Return how sure the recogniser was; 1 where it does not say."""
    value = first_field(entry, PROBABILITIES)[1]
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"\d{1,3}(\.\d{1,20})?", value) else None
    return min(max(float(value), 0.0), 1.0) if is_number(value) else 1.0


_PEOPLE = ("speakers", "participants", "attendees", "users", "people", "persons")
_IDS = ("id", "spkid", "speaker_id", "speakerId", "uuid", "key", "label", "userId", "user_id")


_NAMES = ("name", "displayName", "display_name", "fullName", "speaker_name", "speakerName")


def listed_names(data: object) -> dict[str, str]:
    """Return the names that a file gives in a list of people to those who speak."""
    names: dict[str, str] = {}
    for path, entries in lists_within(data):
        if path.rpartition(".")[2] not in _PEOPLE:
            continue
        for entry in entries:
            number = first_field(entry, _IDS)[1]
            name = first_field(entry, _NAMES)[1]
            if isinstance(name, str) and name.strip() and isinstance(number, str | int):
                names |= {str(number): name.strip(), f"Speaker {number}": name.strip()}
    return names


_SUFFIX = re.compile(r"(ms|msecs?|millis|milliseconds?|inmilliseconds|s|secs?|seconds|inseconds)$")
_KNOWN = tuple(
    (rows[0], frozenset(name.replace("_", "").lower() for name in rows))
    for rows in (STARTS, ENDS, DURATIONS, SPEAKERS, TEXTS)
)


def _with_usual_names(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the usual names of fields that it writes otherwise, as `From_MS`."""
    named = dict(entry)
    for usual, known in _KNOWN:
        if any(name.replace("_", "").lower() in known for name in entry if name in _ALL_NAMES):
            continue
        for name, value in entry.items():
            plain = re.sub(r"[\W_]", "", name).lower()
            unit = _SUFFIX.search(plain)
            if plain in known:
                named.setdefault(usual, value)
            elif unit and plain[: unit.start()] in known and usual in ("start", "end", "duration"):
                suffix = "ms" if unit[1].lstrip("in").startswith("m") else "seconds"
                named.setdefault(f"{usual}_{suffix}", value)
    return named


_ALL_NAMES = frozenset((*STARTS, *ENDS, *DURATIONS, *SPEAKERS, *TEXTS))


def with_alternative(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the fields of its likeliest alternative among its own."""
    if not _ALL_NAMES.intersection(entry) or not any(name in entry for name in STARTS):
        entry = _with_usual_names(entry)
    for name in ALTERNATIVES:
        if alternatives := [each for each in as_list(entry.get(name)) if isinstance(each, dict)]:
            rest = {key: value for key, value in entry.items() if key != name}
            return {**alternatives[0], **rest}
    return dict(entry)


def as_list(value: object) -> list[Any]:
    """Return a list; empty for anything else."""
    return value if isinstance(value, list) else []


def is_number(value: object) -> TypeGuard[int | float]:
    """Return True for a number that may be a time or a measure."""
    # In Python `True` is a number.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_MAX_NUMBER < value < _MAX_NUMBER  # so neither infinite nor NaN


# Times

_WITH_UNIT = re.compile(r"\s*(-?\d{1,12}(?:[.,]\d{1,12})?)\s*(ms|s|sec|secs|seconds)?\s*", re.ASCII)
_ISO = re.compile(
    r"P?T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6})(?:\.(\d{1,9}))?S)?", re.ASCII | re.IGNORECASE
)
_CLOCK = re.compile(r"\d{1,3}:[\d:.,]{2,20}", re.ASCII)


class Times:
    """Reads the times of one file, whose numbers without a unit are all of the same one."""

    def __init__(self, scale: float = 1000.0) -> None:
        self.scale = scale
        """Milliseconds for which a number without a unit stands."""

    def bounds(self, entry: Mapping[str, Any]) -> tuple[int | None, int | None]:
        """Return the start and end of an entry; None for what it does not say."""
        pair = self._pair(entry)
        start = self._first(entry, STARTS) if pair[0] is None else pair[0]
        end = self._first(entry, ENDS) if pair[1] is None else pair[1]
        if end is None and start is not None:
            length = self._first(entry, DURATIONS)
            end = None if length is None else start + length
        return start, end

    def _pair(self, entry: Mapping[str, Any]) -> tuple[int | None, int | None]:
        for name in TIME_PAIRS:
            value = entry.get(name)
            scale = _UNITS.get(name)
            if isinstance(value, list) and len(value) == _PAIR:
                times = tuple(self.ms(each, scale) for each in value)
                if times[0] is not None:
                    return times[0], times[1]
            if isinstance(value, dict) and ("from" in value or "start" in value):
                ends = (
                    first_field(value, names)[1] for names in (("from", "start"), ("to", "end"))
                )
                first, last = (self.ms(each, scale) for each in ends)
                return first, last
        return None, None

    def _first(self, entry: Mapping[str, Any], names: Sequence[str]) -> int | None:
        for name in names:
            if entry.get(name) is not None:
                ms = self.ms(entry[name], _UNITS.get(name))
                if ms is not None:
                    return ms
        return None

    def ms(self, value: object, scale: float | None = None) -> int | None:
        """Return milliseconds of a time in any form; None for what is none.

        A time of -1 s at the least is taken as 0: an engine's own may lie that far before.
        """
        ms = _written_ms(value) if isinstance(value, str | dict) else None
        if ms is None:
            number = _number(value)
            ms = None if number is None else number * (self.scale if scale is None else scale)
        if ms is None or not -1000 <= ms <= MAX_MS:
            return None
        return max(0, round(ms))


_PAIR = 2


def _number(value: object) -> float | None:
    if isinstance(value, str):
        match = _WITH_UNIT.fullmatch(value)
        return float(match[1].replace(",", ".")) if match and not match[2] else None
    return float(value) if is_number(value) else None


def _written_ms(value: str | dict[str, Any]) -> float | None:
    """Return milliseconds of a time that says its unit: `1.3s`, `PT1.3S`, `0:01.3`."""
    if isinstance(value, dict):
        seconds, nanos = _number(value.get("seconds", 0)), _number(value.get("nanos", 0))
        has_any = "seconds" in value or "nanos" in value
        return None if not has_any else (seconds or 0) * 1000 + (nanos or 0) / 1e6
    if (match := _WITH_UNIT.fullmatch(value)) and match[2]:
        number = float(match[1].replace(",", "."))
        return number if match[2] == "ms" else number * 1000
    if (iso := _ISO.fullmatch(value)) and any(iso.groups()):
        hours, minutes, seconds_, fraction = (part or "0" for part in iso.groups())
        return ((int(hours) * 60 + int(minutes)) * 60 + float(f"{seconds_}.{fraction}")) * 1000
    if not _CLOCK.fullmatch(value.strip()):
        return None
    ms = parse_clock(value)
    # With pictures behind the seconds, as captions have it too.
    return stamp_ms(value.strip()) if ms is None else ms


_SLOWEST, _FASTEST = 1.5, 40.0
"""Letters a second: nobody speaks slower or faster for a whole recording."""
_SLOWEST_FRACTION = 0.05
"""Letters a second that numbers with a fraction must reach: nearly always they are seconds."""


def scale_of(entries: Sequence[Mapping[str, Any]]) -> float:
    """Return the milliseconds of a file's unit of time, by how fast people would speak in it."""
    numbers: list[float] = []
    letters, units, waiting = 0, 0.0, 0
    before: float | None = None
    for entry in entries:
        length = len(text_of(entry, WORD_TEXTS))
        start, end = (_plain_number(entry, names) for names in (STARTS, ENDS))
        numbers += [number for number in (start, end) if number is not None]
        if start is not None and end is not None and end > start:
            letters, units, waiting = letters + length, units + end - start, 0
        elif start is not None and before is not None and start > before:
            # Without ends, it is how far the next word is away.
            letters, units, waiting = letters + waiting, units + start - before, length
        else:
            waiting += length
        before = before if start is None else start
    if not numbers or units <= 0 or not letters:
        return 1000.0
    has_fractions = any(number != round(number) for number in numbers)
    if letters / units >= (_SLOWEST_FRACTION if has_fractions else _SLOWEST):
        return 1000.0
    if letters / units * 1000 <= _FASTEST:
        return 1.0
    return 10.0


def _plain_number(entry: Mapping[str, Any], names: Sequence[str]) -> float | None:
    """Return a time that says no unit."""
    for name in names:
        value = entry.get(name)
        if name in _UNITS or value is None:
            continue
        if isinstance(value, str) and _written_ms(value) is not None:
            return None
        if (number := _number(value)) is not None and abs(number) < _MAX_NUMBER:
            return number
    return None


# Where they are


def lists_within(data: object) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the lists of entries in a file with their paths, those of the same path as one."""
    lists: dict[str, list[dict[str, Any]]] = {}
    waiting: deque[tuple[str, object, int]] = deque([("", data, 0)])
    while waiting:
        path, value, depth = waiting.popleft()
        if depth > _MAX_DEPTH:
            continue
        if isinstance(value, list):
            entries = [entry for entry in value if isinstance(entry, dict)]
            if entries:
                lists.setdefault(path, []).extend(entries)
            waiting += [(f"{path}[]", each, depth + 1) for each in value if _is_nested(each)]
        elif isinstance(value, dict):
            waiting += [
                (f"{path}.{name}", each, depth + 1)
                for name, each in value.items()
                if _is_nested(each)
            ]
    yield from lists.items()


def _is_nested(value: object) -> bool:
    return isinstance(value, list | dict)


_MAX_DEPTH = 8
