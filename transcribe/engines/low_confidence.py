"""Find words that speech recognition may have got wrong or made up, to show them to the editor.

No word is removed. The rules are the ones Whisper itself falls back on (compression ratio,
no-speech probability), and what its users learnt to look for: loops, doubled words, words in
silence, low probabilities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from transcribe.glossary import Glossary, hint_text
from transcribe.words import (
    CHECKED_WITH,
    OtherHearing,
    Segment,
    Transcript,
    Word,
    is_sentence_end,
    normalised,
)

UNSURE_BELOW = 0.5
"""A word whose probability is lower is marked."""
UNSURE_BELOW_IF_CHECKED = 0.2
"""Limit where a second model listened, which tells wrong words better.

These two are where a logistic regression on probability and dispute has one likelihood: a dispute
weighs as much as the way from one to the other (`docs/reference/editors-copy.md`).
"""
SURE_FROM = 0.98
"""A word whose probability is as high stays unmarked though a second model hears another."""
_MAX_PASSED_OVER_WORDS = 2
"""Words without a counterpart that are marked."""
_MAX_OFFERED_WORDS = 5
"""Words of a second model that are offered in a hint; more are no correction of a word."""
MAX_COMPRESSION_RATIO = 2.4  # from which Whisper decodes a segment again
MAX_NO_SPEECH_PROBABILITY = 0.6  # from which Whisper takes a segment for silence
_MAX_LOOP_WORDS = 12
"""Most words in a phrase that is looked for; longer loops show in the compression ratio."""
_MIN_TWICE_WORDS = 4
"""Fewest words of a phrase that count as a loop when said twice; people repeat shorter ones."""
_OFTEN_DOUBLED = frozenset(
    {"very", "no", "yes", "yeah", "really", "so", "that", "had", "well", "now"}
)
"""Words that people say twice."""


class LowConfidenceReason(StrEnum):
    """The reason why a passage may be wrong, in words for the editor."""

    SILENCE = "where the recording is silent"
    NO_SPEECH = "where perhaps nobody spoke"
    LOOP = "said again and again"
    OTHERWISE = "heard otherwise by the second model"
    UNSURE = "heard unsurely"


@dataclass(frozen=True)
class LowConfidencePassage:
    """The words from `first` up to, not including, `last`, and why they may be wrong."""

    first: int
    last: int
    reason: LowConfidenceReason


def low_confidence_passages(transcript: Transcript) -> tuple[LowConfidencePassage, ...]:
    """Return the passages in order. A word is in one at most: the graver reason counts."""
    reasons: list[LowConfidenceReason | None] = [None] * len(transcript.words)
    for reason, ranges in (
        (LowConfidenceReason.UNSURE, _improbable_words(transcript)),
        (LowConfidenceReason.OTHERWISE, _disputed_words(transcript)),
        (LowConfidenceReason.LOOP, _loops(transcript)),
        (LowConfidenceReason.NO_SPEECH, _no_speech_segments(transcript.segments)),
        (LowConfidenceReason.SILENCE, ((number, number + 1) for number in transcript.quiet)),
    ):
        for first, last in ranges:
            reasons[first:last] = [reason] * (min(last, len(reasons)) - first)
    return tuple(_group_passages(reasons))


def draft_marks(transcript: Transcript, glossary: Glossary) -> dict[int, str]:
    """Return the marks of a first draft: word number → the term suggested, or an empty text.

    A mark is placed after the last word of a passage.
    """
    marks = {passage.last - 1: "" for passage in low_confidence_passages(transcript)}
    for hearing in _disputes(transcript):
        if len(hearing.text.split()) <= _MAX_OFFERED_WORDS:
            for number in range(hearing.first, hearing.last):
                marks.pop(number, None)
            marks[hearing.last - 1] = hint_text(hearing.text)
    for last, (first, term) in glossary.suggestions(transcript.words).items():
        for number in range(first, last):
            marks.pop(number, None)
        marks[last] = term
    return marks


def marked_passages(transcript: Transcript, glossary: Glossary) -> dict[int, int]:
    """Return the words that marks of a first draft are about: number of the last → of the first."""
    passages = {passage.last - 1: passage.first for passage in low_confidence_passages(transcript)}
    passages |= {hearing.last - 1: hearing.first for hearing in _disputes(transcript)}
    terms = {last: first for last, (first, _) in glossary.suggestions(transcript.words).items()}
    return passages | terms


def count_by_reason(passages: Sequence[LowConfidencePassage]) -> dict[LowConfidenceReason, int]:
    """Count the passages of each reason."""
    return dict(Counter(passage.reason for passage in passages))


def _group_passages(
    reasons: Sequence[LowConfidenceReason | None],
) -> Iterator[LowConfidencePassage]:
    at = 0
    for reason, run in groupby(reasons):
        length = len(list(run))
        if reason is not None:
            yield LowConfidencePassage(at, at + length, reason)
        at += length


def _improbable_words(transcript: Transcript) -> Iterator[tuple[int, int]]:
    limit = UNSURE_BELOW_IF_CHECKED if CHECKED_WITH in transcript.options else UNSURE_BELOW
    for number, word in enumerate(transcript.words):
        if word.probability < limit:
            yield number, number + 1


def _disputed_words(transcript: Transcript) -> Iterator[tuple[int, int]]:
    for hearing in _disputes(transcript):
        for number in range(hearing.first, hearing.last):
            if transcript.words[number].probability < SURE_FROM:
                yield number, number + 1


def _disputes(transcript: Transcript) -> Iterator[OtherHearing]:
    """Yield where a second model heard other words, and the first was not sure of its own."""
    for hearing in transcript.heard_otherwise:
        # It passed over a stretch, as recognisers do: that says nothing about its words.
        if not hearing.text and hearing.last - hearing.first > _MAX_PASSED_OVER_WORDS:
            continue
        words = transcript.words[hearing.first : hearing.last]
        if any(word.probability < SURE_FROM for word in words):
            yield hearing


def _no_speech_segments(segments: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    for segment in segments:
        if segment.no_speech_probability > MAX_NO_SPEECH_PROBABILITY:
            yield segment.first, segment.last


def _loops(transcript: Transcript) -> Iterator[tuple[int, int]]:
    """Yield ranges of words that repeat themselves, by comparison or by their compression ratio."""
    for segment in transcript.segments:
        if segment.compression_ratio > MAX_COMPRESSION_RATIO:
            yield segment.first, segment.last
    words = transcript.words
    normalised_words = [normalised(word.text) for word in words]
    for length in range(1, _MAX_LOOP_WORDS + 1):
        at = 0
        while at + 2 * length <= len(normalised_words):
            times = _count_repeats(normalised_words, at, length)
            if _is_loop(words, normalised_words, at, length, times):
                yield at, at + length * times
                at += length * times
            else:
                at += 1


def _count_repeats(normalised_words: Sequence[str], at: int, length: int) -> int:
    """Return the number of times in a row that the `length` words at `at` are said."""
    times = 1
    while (
        normalised_words[at : at + length]
        == normalised_words[at + times * length : at + (times + 1) * length]
    ):
        times += 1
    return times


def _is_loop(
    words: Sequence[Word], normalised_words: Sequence[str], at: int, length: int, times: int
) -> bool:
    if times < 2:
        return False
    if length > 1:
        return times > 2 or length >= _MIN_TWICE_WORDS
    # “Hello? Hello?” is two sentences; “very, very” is how people speak.
    return times > 3 or (
        normalised_words[at] not in _OFTEN_DOUBLED and not is_sentence_end(words[at].text)
    )
