"""Speech that a transcript gives to the wrong person, against turns that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from benchmarks.references import TimedText
from transcribe.words import Word

_FRAME_MS = 10


@dataclass(frozen=True)
class SpeakerErrors:
    """Seconds of speech of one person at a time that has words, and those of the wrong person."""

    seconds: float
    wrong_seconds: float
    voices: int
    """Number of voices in the transcript."""
    speakers: int
    """Number of people in the reference."""

    @property
    def wrong_share(self) -> float:
        return self.wrong_seconds / self.seconds if self.seconds else 0.0


def measure_speakers(
    words: Sequence[Word], voices: Sequence[str], turns: Sequence[TimedText]
) -> SpeakerErrors:
    """Compare the voice of each word with who speaks: each voice is one person at most.

    Speech of two at once is not counted, nor speech without words: that is the recogniser's.
    """
    speakers = sorted({turn.text for turn in turns})
    heard = sorted(set(voices))
    seconds = np.zeros((len(heard), len(speakers)))
    said, told = _frames(turns, speakers), _word_frames(words, [heard.index(v) for v in voices])
    length = min(len(said), len(told))
    known = (said[:length] >= 0) & (told[:length] >= 0)
    np.add.at(seconds, (told[:length][known], said[:length][known]), _FRAME_MS / 1000)
    # Whoever is not matched is a column of nobody.
    padded = np.hstack([seconds, np.zeros((len(heard), len(heard)))])
    best = max(
        (
            sum(padded[row, column] for row, column in enumerate(columns))
            for columns in permutations(range(padded.shape[1]), len(heard))
        ),
        default=0.0,
    )
    total = float(seconds.sum())
    return SpeakerErrors(total, total - float(best), len(heard), len(speakers))


def _frames(turns: Sequence[TimedText], speakers: Sequence[str]) -> np.ndarray:
    """Return who speaks in each frame; -1 where nobody does, or two at once."""
    length = round(max((turn.end for turn in turns), default=0.0) * 1000 / _FRAME_MS) + 1
    said, times = np.full(length, -1), np.zeros(length, dtype=int)
    for turn in turns:
        span = slice(round(turn.start * 1000 / _FRAME_MS), round(turn.end * 1000 / _FRAME_MS))
        said[span] = speakers.index(turn.text)
        times[span] += 1
    return np.where(times > 1, -1, said)


def _word_frames(words: Sequence[Word], voices: Sequence[int]) -> np.ndarray:
    told = np.full(max((word.end for word in words), default=0) // _FRAME_MS + 1, -1)
    for word, voice in zip(words, voices, strict=True):
        told[word.start // _FRAME_MS : max(word.end // _FRAME_MS, word.start // _FRAME_MS + 1)] = (
            voice
        )
    return told
