"""Finds words that recognition may have got wrong or made up; the editor is shown them.

None is ever taken away. The rules are the ones Whisper itself falls back on (compression ratio,
no-speech probability), and what its users learnt to look for: loops, doubled words, words in
silence, low probabilities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from transcribe.glossary import Glossary
from transcribe.words import Segment, Transcript, Word, is_sentence_end, normalised

UNSURE_BELOW = 0.5
"""Of a word's probability."""
COMPRESSION = 2.4
NO_SPEECH = 0.6
_LONGEST_LOOP = 12
"""Words: longer ones show in the compression ratio."""
_MIN_LOOP_TWICE = 4
"""From so many words on, saying them twice is a loop; fewer are said twice by people as well."""
_DOUBLED = frozenset({"very", "no", "yes", "yeah", "really", "so", "that", "had", "well", "now"})
"""Words that people say twice."""


class LowConfidenceReason(StrEnum):
    """The reason why a passage may be wrong, in words for the editor."""

    SILENCE = "where the recording is silent"
    NO_SPEECH = "where perhaps nobody spoke"
    LOOP = "said again and again"
    UNSURE = "heard unsurely"


@dataclass(frozen=True)
class LowConfidencePassage:
    """Words `first` up to, not including, `last`."""

    first: int
    last: int
    reason: LowConfidenceReason


def low_confidence_passages(transcript: Transcript) -> tuple[LowConfidencePassage, ...]:
    """Return the passages in order. A word is in one at most: the graver reason counts."""
    reasons: list[LowConfidenceReason | None] = [None] * len(transcript.words)
    for why, ranges in (
        (LowConfidenceReason.UNSURE, _unsure(transcript.words)),
        (LowConfidenceReason.LOOP, _loops(transcript)),
        (LowConfidenceReason.NO_SPEECH, _segments(transcript.segments)),
        (LowConfidenceReason.SILENCE, ((number, number + 1) for number in transcript.quiet)),
    ):
        for first, last in ranges:
            reasons[first:last] = [why] * (min(last, len(reasons)) - first)
    return tuple(_passages(reasons))


def draft_marks(transcript: Transcript, glossary: Glossary) -> dict[int, str]:
    """Return the marks of a first draft: word number → the term offered, or nothing.

    A mark stands behind the last word of a passage.
    """
    marks = {passage.last - 1: "" for passage in low_confidence_passages(transcript)}
    for last, (first, term) in glossary.suggestions(transcript.words).items():
        for number in range(first, last):
            marks.pop(number, None)
        marks[last] = term
    return marks


def count_by_reason(passages: Sequence[LowConfidencePassage]) -> dict[LowConfidenceReason, int]:
    """Count the passages of each reason."""
    return dict(Counter(passage.reason for passage in passages))


def _passages(reasons: Sequence[LowConfidenceReason | None]) -> Iterator[LowConfidencePassage]:
    at = 0
    for why, run in groupby(reasons):
        length = len(list(run))
        if why is not None:
            yield LowConfidencePassage(at, at + length, why)
        at += length


def _unsure(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    for number, word in enumerate(words):
        if word.probability < UNSURE_BELOW:
            yield number, number + 1


def _segments(segments: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    for segment in segments:
        if segment.no_speech_probability > NO_SPEECH:
            yield segment.first, segment.last


def _loops(transcript: Transcript) -> Iterator[tuple[int, int]]:
    """Yield stretches that repeat themselves, by their words or by how well they compress."""
    for segment in transcript.segments:
        if segment.compression_ratio > COMPRESSION:
            yield segment.first, segment.last
    words = transcript.words
    heard = [normalised(word.text) for word in words]
    for length in range(1, _LONGEST_LOOP + 1):
        at = 0
        while at + 2 * length <= len(heard):
            times = _repeats(heard, at, length)
            if _is_loop(words, heard, at, length, times):
                yield at, at + length * times
                at += length * times
            else:
                at += 1


def _repeats(heard: Sequence[str], at: int, length: int) -> int:
    """Return how often in a row the `length` words at `at` are said."""
    times = 1
    while heard[at : at + length] == heard[at + times * length : at + (times + 1) * length]:
        times += 1
    return times


def _is_loop(words: Sequence[Word], heard: Sequence[str], at: int, length: int, times: int) -> bool:
    if times < 2:
        return False
    if length > 1:
        return times > 2 or length >= _MIN_LOOP_TWICE
    # “Hello? Hello?” is two sentences; “very, very” is how people speak.
    return times > 3 or (heard[at] not in _DOUBLED and not is_sentence_end(words[at].text))
