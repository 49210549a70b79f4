"""Read the words of JSON by openai-whisper, faster-whisper or WhisperX, and of our own.

All have segments with words; names of fields differ. A file that breaks off is read as far as it
goes, segment by segment, and every segment or word that cannot be read is listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeGuard

from library.core.counting import counted
from library.core.errors import BadInput
from transcribe.formats.passage_labels import take_labels
from transcribe.formats.source_file import (
    Fault,
    SourcePassage,
    SourceTranscript,
    SourceWord,
    excerpt,
)
from transcribe.formats.speaker_labels import LabelAnswers

OPENAI, FASTER, WHISPERX, OURS = "openai-whisper", "faster-whisper", "WhisperX", "Carer Stories"
_MAX_MS = 360_000_000  # no recording lasts a hundred hours
_MAX_NUMBER = 1e12  # larger numbers are no times, and rounding them may overflow
_MAX_FIGURE = 1e6  # of an engine's own measures
_FORMAT_SAMPLE = 50  # segments that are looked at to tell the format
# The segments are a field of an object, or the whole file, as people dump faster-whisper's.
_SEGMENTS = re.compile(r'"segments"\s*:\s*\[|^\s*\[')


def words_from_json(text: str, answers: LabelAnswers | None = None) -> SourceTranscript:
    """Return the words of a JSON transcript. Raises BadInput for JSON of another kind."""
    faults: list[Fault] = []
    data = _decoded(text, faults)
    if isinstance(data, dict) and "words" in data and "audio_sha256" in data:
        return _own_words(data, faults)
    segments = data.get("segments") if isinstance(data, dict) else data
    if not isinstance(segments, list) or (segments and not any(map(_is_segment, segments))):
        raise BadInput(
            "This JSON is not a transcript: it has no list of segments.",
            "Name JSON of openai-whisper, faster-whisper or WhisperX.",
        )
    passages = [
        passage
        for number, segment in enumerate(segments, start=1)
        for passage in _passages(segment, number, faults)
    ]
    named, unsure = take_labels(passages, answers=answers)
    return SourceTranscript(_format(data, segments), named, faults, unsure_labels=unsure)


def _decoded(text: str, faults: list[Fault]) -> Any:
    try:
        return json.loads(text)
    # RecursionError: brackets within brackets by the thousand are no transcript.
    except (ValueError, RecursionError) as error:
        line = text.count("\n", 0, getattr(error, "pos", 0)) + 1
        # A file may break off, and what stands before that is good.
        segments, line = _whole_segments(text, line)
        if not segments:
            raise BadInput(f"This is not whole JSON (line {line}).", "Check the file.") from None
        faults.append(
            Fault(
                line, f"the file is torn here; before it {counted(len(segments), 'segment')} read."
            )
        )
        return {"segments": segments}


def _whole_segments(text: str, line: int) -> tuple[list[Any], int]:
    """Return the whole segments before the place where the file is torn, and that place's line."""
    beginning = _SEGMENTS.search(text)
    if beginning is None:
        return [], line
    decoder = json.JSONDecoder()
    segments: list[Any] = []
    at = beginning.end()
    while True:
        at = _skip(text, at, " \t\r\n,")
        try:
            segment, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return segments, text.count("\n", 0, at) + 1
        segments.append(segment)


def _skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _is_segment(segment: object) -> bool:
    return isinstance(segment, dict) and ("text" in segment or "words" in segment)


def _format(data: Any, segments: list[Any]) -> str:
    whole = data if isinstance(data, dict) else {}
    words = [
        word
        for segment in segments[:_FORMAT_SAMPLE]
        if isinstance(segment, dict)
        for word in _as_list(segment.get("words"))
        if isinstance(word, dict)
    ]
    # WhisperX alone lists all words once more, and calls their probability a score.
    if "word_segments" in whole or any("score" in word for word in words):
        return WHISPERX
    # openai-whisper alone gives the whole text as well.
    return OPENAI if isinstance(whole.get("text"), str) else FASTER


def _own_words(data: Mapping[str, Any], faults: list[Fault]) -> SourceTranscript:
    """Read our own `transcript.json`: one list of words in milliseconds, voices in segments."""
    words = [
        _own_word(value, number, faults)
        for number, value in enumerate(_as_list(data["words"]), start=1)
    ]
    for segment in _as_list(data.get("segments")):
        if not isinstance(segment, dict) or not segment.get("speaker"):
            continue
        first, last = segment.get("first"), segment.get("last")
        if isinstance(first, int) and isinstance(last, int) and 0 <= first <= last <= len(words):
            voice = str(segment["speaker"])
            words[first:last] = [
                word and word._replace(speaker=voice) for word in words[first:last]
            ]
    passages = _by_voice([word for word in words if word is not None])
    return SourceTranscript(OURS, passages, faults)


def _own_word(value: object, number: int, faults: list[Fault]) -> SourceWord | None:
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        start, end = _ms(value.get("start"), 1), _ms(value.get("end"), 1)
        if start is not None and end is not None:
            return SourceWord(value["text"], start, end, _probability(value.get("probability")))
    faults.append(Fault(0, f"word {number} cannot be read and was left out."))
    return None


def _passages(segment: object, number: int, faults: list[Fault]) -> list[SourcePassage]:
    """Return a segment as one passage a voice: WhisperX tells voices word by word."""
    if not isinstance(segment, dict):
        faults.append(Fault(0, f"segment {number} is no segment and was left out."))
        return []
    text, voice = _string(segment, "text"), _string(segment, "speaker")
    words = _words(_as_list(segment.get("words")), voice, number, faults)
    if not words:
        words = [SourceWord(word, speaker=voice) for word in text.split()]
    start, end = _bounds(segment, words)
    if start is None or end is None:
        if words:
            left_out = excerpt(text or " ".join(word.text for word in words), 80)
            faults.append(Fault(0, f"segment {number} has no times and was left out: {left_out}."))
        return []
    return [
        replace(
            passage,
            compression_ratio=_figure(segment, "compression_ratio", 1.0),
            no_speech_probability=_figure(segment, "no_speech_prob", 0.0),
            average_logprob=_figure(segment, "avg_logprob", 0.0),
        )
        for passage in _by_voice(words, start, end)
    ]


def _words(values: list[Any], voice: str, number: int, faults: list[Fault]) -> list[SourceWord]:
    """Return a segment's words, which older faster-whisper writes as lists without names."""
    words = []
    for value in values:
        if isinstance(value, list) and len(value) == 4:
            value = dict(zip(("start", "end", "word", "probability"), value, strict=True))
        if not isinstance(value, dict) or not isinstance(value.get("word"), str):
            faults.append(Fault(0, f"a word of segment {number} cannot be read and was left out."))
            continue
        speaker = value.get("speaker")
        words.append(
            SourceWord(
                value["word"],
                _ms(value.get("start"), 1000),
                _ms(value.get("end"), 1000),
                _probability(value.get("probability", value.get("score"))),
                speaker if isinstance(speaker, str) else voice,
            )
        )
    return words


def _by_voice(
    words: list[SourceWord], start: int | None = None, end: int | None = None
) -> list[SourcePassage]:
    """Divide words into passages of one voice each.

    The first begins at `start` and the last ends at `end`, where the segment has such times.
    """
    parts = [(voice, tuple(part)) for voice, part in groupby(words, lambda word: word.speaker)]
    passages: list[SourcePassage] = []
    for number, (voice, part) in enumerate(parts):
        clock_ms = passages[-1].end if passages else start or 0
        is_last = number == len(parts) - 1
        first = clock_ms if number == 0 and start is not None else _first_start(part, clock_ms)
        last = end if is_last and end is not None else _last_end(part, first)
        passages.append(SourcePassage(first, max(first, last), part, voice))
    return passages


def _first_start(words: tuple[SourceWord, ...], default: int) -> int:
    return next((word.start for word in words if word.start is not None), default)


def _last_end(words: tuple[SourceWord, ...], default: int) -> int:
    return next((word.end for word in reversed(words) if word.end is not None), default)


def _bounds(segment: Mapping[str, Any], words: list[SourceWord]) -> tuple[int | None, int | None]:
    start, end = _ms(segment.get("start"), 1000), _ms(segment.get("end"), 1000)
    if start is None:
        start = next((word.start for word in words if word.start is not None), None)
    if end is None:
        end = next((word.end for word in reversed(words) if word.end is not None), start)
    return start, end


def _string(segment: Mapping[str, Any], name: str) -> str:
    value = segment.get(name)
    return value if isinstance(value, str) else ""


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _figure(segment: Mapping[str, Any], name: str, default: float) -> float:
    value = segment.get(name)
    return float(value) if _is_number(value) and abs(value) < _MAX_FIGURE else default


def _probability(value: object) -> float:
    return min(max(float(value), 0.0), 1.0) if _is_number(value) else 1.0


def _is_number(value: object) -> TypeGuard[int | float]:
    # In Python `True` is a number.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_MAX_NUMBER < value < _MAX_NUMBER  # so neither infinite nor NaN


def _ms(value: object, scale: int) -> int | None:
    """Return milliseconds of a number of seconds (scale 1000) or of milliseconds (scale 1).

    A time of -1 at the least is taken as 0; None for what is further off, or no number.
    """
    if not _is_number(value) or not -scale <= value * scale <= _MAX_MS:
        return None
    return max(0, round(value * scale))
