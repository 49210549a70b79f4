"""Word times beside a reference's, and what redacting each word would leave to be heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capture.media.speech import Speech
from transcribe.editing.recording_sound import RecordingSound, span_to_hide
from transcribe.engines.levels import frame_levels
from transcribe.words import LEVEL_FRAME_MS, Word, normalised

ABOVE_ROOM_DB = 6.0
"""A frame is audible from so far above the room."""
_ROOM_PERCENTILE = 10
_MATCH, _MOST_FOR_DISTANCE, _MS_PER_POINT = 10.0, 9.0, 300.0
"""Points for two words alike; fewer the further they are apart, so that “words, words” pair up."""


@dataclass(frozen=True)
class WordTimeErrors:
    """Errors of word times in milliseconds, of the words that were recognised rightly."""

    words: int
    start_median: float
    start_nine_in_ten: float
    end_median: float
    end_nine_in_ten: float


@dataclass(frozen=True)
class AudibleRemains:
    """Milliseconds of each word, redacted by itself, that are heard above the room."""

    milliseconds: tuple[int, ...]

    def longer_than(self, limit: int) -> int:
        return sum(left > limit for left in self.milliseconds)


def word_time_errors(recognised: Sequence[Word], reference: Sequence[Word]) -> WordTimeErrors:
    """Compare the times of the words that both have."""
    pairs = pair_words(recognised, reference)
    starts = [abs(recognised[at].start - reference[to].start) for at, to in pairs] or [0]
    ends = [abs(recognised[at].end - reference[to].end) for at, to in pairs] or [0]
    return WordTimeErrors(
        len(pairs),
        float(np.median(starts)),
        float(np.percentile(starts, 90)),
        float(np.median(ends)),
        float(np.percentile(ends, 90)),
    )


def audible_remains(
    speech: Speech, recognised: Sequence[Word], reference: Sequence[Word]
) -> AudibleRemains:
    """Redact each word by itself, as an edit would, and measure what the reference says is left."""
    sound, levels = RecordingSound.of(speech), frame_levels(speech)
    limit = float(np.percentile(levels, _ROOM_PERCENTILE)) + ABOVE_ROOM_DB
    left = []
    for at, to in pair_words(recognised, reference):
        within = span_to_hide(recognised, at)
        heard = sound.may_be_heard(recognised, at) or within
        before, after = recognised[max(0, at - 2) : at], recognised[at + 1 : at + 3]
        span = sound.silence_over(within, heard, before, after, recognised[at : at + 1])
        left.append(_audible_outside(levels, limit, reference[to], span.start, span.end))
    return AudibleRemains(tuple(left))


def _audible_outside(levels: Any, limit: float, said: Word, start: int, end: int) -> int:
    middles = LEVEL_FRAME_MS * np.arange(len(levels)) + LEVEL_FRAME_MS // 2
    is_left = (middles >= said.start) & (middles < said.end)
    is_left &= (middles < start) | (middles >= end)
    return LEVEL_FRAME_MS * int((is_left & (levels > limit)).sum())


def pair_words(recognised: Sequence[Word], reference: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the numbers of words that are alike, in order: as many as can be, and near in time."""
    texts = np.array([normalised(word.text) for word in recognised])
    starts = np.array([word.start for word in recognised], np.float64)
    scores = np.zeros((len(reference) + 1, len(recognised) + 1))
    for row, word in enumerate(reference):
        distance = np.minimum(_MOST_FOR_DISTANCE, abs(starts - word.start) / _MS_PER_POINT)
        points = np.where(texts == normalised(word.text), _MATCH - distance, 0)
        best = np.maximum(scores[row, 1:], scores[row, :-1] + points)
        scores[row + 1, 1:] = np.maximum.accumulate(best) if len(best) else best
    pairs = []
    row, column = len(reference), len(recognised)
    while row and column:
        if scores[row, column] == scores[row - 1, column]:
            row -= 1
        elif scores[row, column] == scores[row, column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            pairs.append((column, row))
    return pairs[::-1]
