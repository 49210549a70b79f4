"""Segments of what Otter's server answers: times in samples, words counted from their segment.

`start_offset` counts samples of 16 kHz; words in `alignment` have seconds since their segment
began; who speaks is a number in a list beside it, or only the number of a voice. An outline with
its own times stands in the same file, and is no speech.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transcribe.formats.json_dialects import as_list, is_number, speaker_of

_SAMPLES_PER_MS = 16.0
_FASTEST_LETTERS = 40.0
"""Letters a second: whoever seems to speak faster has times in milliseconds."""
_TOLERANCE_MS = 500.0


def otter_segments(data: object) -> list[dict[str, Any]]:
    """Return the segments of Otter's answer with usual names and times; none of any other file."""
    speech = _speech_in(data)
    if speech is None:
        return []
    segments = [each for each in as_list(speech["transcripts"]) if isinstance(each, dict)]
    names = {
        str(person["id"]): str(person["speaker_name"])
        for person in as_list(speech.get("speakers"))
        if isinstance(person, dict) and "id" in person and person.get("speaker_name")
    }
    unit = _ms_per_unit(segments)
    return [_segment(segment, names, unit) for segment in segments]


def _speech_in(data: object) -> Mapping[str, Any] | None:
    if isinstance(data, list):
        data = {"transcripts": data}
    for _ in range(_MAX_WRAPPINGS):
        if not isinstance(data, dict):
            return None
        if any(_is_segment(each) for each in as_list(data.get("transcripts"))):
            return data
        data = data.get("speech") or data.get("data")
    return None


_MAX_WRAPPINGS = 4


def _is_segment(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("transcript"), str)
        and is_number(value.get("start_offset"))
    )


def _ms_per_unit(segments: Sequence[Mapping[str, Any]]) -> float:
    """Return the milliseconds for which one of the file's offsets stands."""
    letters, units = 0, 0.0
    for segment in segments:
        start, end = segment.get("start_offset"), segment.get("end_offset")
        if is_number(start) and is_number(end) and end > start:
            letters += len(str(segment.get("transcript") or ""))
            units += end - start
    seconds = units / _SAMPLES_PER_MS / 1000
    return 1.0 if seconds and letters / seconds > _FASTEST_LETTERS else 1 / _SAMPLES_PER_MS


def _segment(segment: Mapping[str, Any], names: Mapping[str, str], unit: float) -> dict[str, Any]:
    start, end = (
        value * unit if is_number(value := segment.get(name)) else None
        for name in ("start_offset", "end_offset")
    )
    words = [each for each in as_list(segment.get("alignment")) if isinstance(each, dict)]
    begin = 0.0 if start is None or not _are_relative(words, start) else start
    read: dict[str, Any] = {
        "text": segment.get("transcript"),
        "speaker": _speaker(segment, names),
        "words": [
            {"word": word.get("word"), **_times(word, begin)} for word in words if word.get("word")
        ],
    }
    return read | {
        name: value for name, value in (("start_ms", start), ("end_ms", end)) if value is not None
    }


def _times(word: Mapping[str, Any], begin: float) -> dict[str, float]:
    return {
        f"{name}_ms": begin + value * 1000
        for name in ("start", "end")
        if is_number(value := word.get(name))
    }


def _are_relative(words: Sequence[Mapping[str, Any]], start: float) -> bool:
    first = next((word["start"] for word in words if is_number(word.get("start"))), 0)
    return first * 1000 < start - _TOLERANCE_MS or not first


def _speaker(segment: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return who speaks: a name, or the number of a voice that Otter knows no name of."""
    named = segment.get("speaker_name")
    if isinstance(named, str) and named.strip():
        return named
    if name := names.get(str(segment.get("speaker_id"))):
        return name
    for field in ("speaker_model_label", "label"):
        voice = segment.get(field)
        if isinstance(voice, str | int) and str(voice).strip():
            return f"Speaker {voice}"
    return speaker_of({"speaker_id": segment.get("speaker_id")})
