"""Levels of a recording: words recognised in silence, and where a word's voice sets in.

Recognition counts the pause before a sentence to its first word: Whisper says that a word begins
where its attention moves on to it, which is early in that pause. In the demonstration, sentences
began up to half a second too early, and with them captions and chapters. The recording itself tells
when the voice sets in. Only starts are moved, only later, and only where the voice stands clear of
the background; a start that is in doubt stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from capture.media.speech import Samples, Speech
from transcribe.engines.protocol import MIN_TIMED_WORD_MS
from transcribe.words import LEVEL_FRAME_MS, Word

BELOW_SPEECH_DB = 35.0
"""A word this far below the loud passages is not spoken: a whisper is some 20 dB below a voice."""
SILENT_DB = -60.0
"""Of full scale: below this there is nothing to hear, however quiet the rest."""
_AROUND_MS = 60  # word times are not exact
_SAMPLES_PER_FRAME = 16 * LEVEL_FRAME_MS  # at 16 kHz


def frame_levels(speech: Speech) -> Any:
    """Return the decibels of full scale in each LEVEL_FRAME_MS of `speech`, as a NumPy array."""
    return np.concatenate([np.zeros(0), *map(levels_of, speech.blocks())])


def levels_of(samples: Samples) -> Any:
    """Return the decibels of full scale in each whole LEVEL_FRAME_MS of 16 kHz `samples`."""
    whole = len(samples) // _SAMPLES_PER_FRAME * _SAMPLES_PER_FRAME
    frames = samples[:whole].reshape(-1, _SAMPLES_PER_FRAME)
    return 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-9)


def silent_words(levels: Any, words: Sequence[Word]) -> tuple[int, ...]:
    """Return the numbers of the words at whose times, and just before and after, it is silent."""
    if not words or not len(levels):
        return ()
    # The loudest twentieth stands for the voice: a cough or a door in it does no harm.
    limit = max(SILENT_DB, float(np.percentile(levels, 95)) - BELOW_SPEECH_DB)
    numbers = []
    for number, word in enumerate(words):
        first = max(0, word.start - _AROUND_MS) // LEVEL_FRAME_MS
        around = levels[first : (word.end + _AROUND_MS) // LEVEL_FRAME_MS + 1]
        if len(around) and float(around.max()) < limit:
            numbers.append(number)
    return tuple(numbers)


LEAD_MS = 40
"""A soft first sound (the f of “for”) may be under the limit: so much is left before the voice."""
_MIN_CONTRAST_DB = 20.0  # between the word and the background, or nothing can be told
_MIN_ABOVE_BACKGROUND_DB = 6.0
_MIN_SHARE_OF_CONTRAST = 0.25
"""A frame is loud from so far above the background, and from this share of the word's contrast."""
_BACKGROUND_FRAMES = 5_000 // LEVEL_FRAME_MS
"""To either side of a word, in which the level of the background is measured."""
_MIN_PAUSE_FRAMES = 100 // LEVEL_FRAME_MS
"""Quiet before the voice: less is the stop in a p or a t."""
_MIN_VOICE_FRAMES = 3
"""Loud frames in a row that are a voice: fewer are a click."""
_MAX_GAP_IN_VOICE_FRAMES = 3
"""Quiet frames within one voice: a creaking voice has such gaps."""
_MAX_TAIL_FRAMES = 80 // LEVEL_FRAME_MS
"""Loud frames at the start that may be the word before ringing on, if enough quiet follows."""
_MIN_GAP_AFTER_TAIL_FRAMES = 200 // LEVEL_FRAME_MS
"""Quiet that must follow them."""


def move_starts_to_onset(levels: Any, words: Sequence[Word]) -> tuple[Word, ...]:
    """Move starts that lie in a pause to LEAD_MS before the voice sets in.

    `levels` are those of `frame_levels`. Order and ends of the words stay as they are.
    """
    return tuple(
        msgspec.structs.replace(word, start=_start_at_onset(levels, word)) if len(levels) else word
        for word in words
    )


def _start_at_onset(levels: Any, word: Word) -> int:
    start_frame, end_frame = word.start // LEVEL_FRAME_MS, word.end // LEVEL_FRAME_MS
    own = levels[start_frame:end_frame]
    if len(own) <= _MIN_PAUSE_FRAMES:
        return word.start
    around = levels[max(0, start_frame - _BACKGROUND_FRAMES) : end_frame + _BACKGROUND_FRAMES]
    background_db, peak_db = float(np.percentile(around, 10)), float(own.max())
    if peak_db - background_db < _MIN_CONTRAST_DB:
        return word.start
    above_db = max(_MIN_ABOVE_BACKGROUND_DB, _MIN_SHARE_OF_CONTRAST * (peak_db - background_db))
    onset = _onset_frame(own > background_db + above_db)
    if onset < _MIN_PAUSE_FRAMES:
        return word.start
    start = (start_frame + onset) * LEVEL_FRAME_MS - LEAD_MS
    return max(word.start, min(start, word.end - MIN_TIMED_WORD_MS))


def _onset_frame(loud: Any) -> int:
    """Return the frame in which the voice sets in; 0 if it is on from the start.

    What may ring on of the word before is skipped.
    """
    runs = _loud_runs(loud)
    if (
        len(runs) > 1
        and runs[0][1] <= _MAX_TAIL_FRAMES
        and runs[1][0] - runs[0][1] >= _MIN_GAP_AFTER_TAIL_FRAMES
    ):
        runs = runs[1:]
    return next((start for start, end in runs if end - start >= _MIN_VOICE_FRAMES), 0)


def _loud_runs(loud: Any) -> list[tuple[int, int]]:
    """Return the first frame, and the one after the last, of each stretch of loud frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        is_same_voice = bool(runs) and start - runs[-1][1] <= _MAX_GAP_IN_VOICE_FRAMES
        runs[-1:] = [(runs[-1][0], end)] if is_same_voice else [*runs[-1:], (start, end)]
    return runs
