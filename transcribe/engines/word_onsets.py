"""A word begins when it is heard: recognition counts the pause before a sentence to its first word.

Whisper tells a word's start by where its attention moves on to it, which is early in the pause
before it: of the demonstration's sentences by up to half a second, and so began captions and
chapters. The recording itself tells when the voice sets in. Only starts are moved, only later, and
only where the voice stands clear of the room; a start that is in doubt stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from transcribe.engines.levels import FRAME_MS
from transcribe.engines.protocol import SHORTEST_WORD

if TYPE_CHECKING:
    from transcribe.words import Word

LEAD_MS = 40
"""A soft first sound (the f of “for”) may be under the limit: so much is left before the voice."""
_PAUSE = 100 // FRAME_MS  # frames of quiet before the voice; less is the stop in a p or a t
_CLEAR_DB = 20.0  # by which the word must stand out of the room, or nothing can be told
_ABOVE_DB = 6.0  # over the room, or…
_ABOVE_SHARE = 0.25  # …so much of the way up to the word's loudest frame
_SURE = 3  # frames in a row: a click is no voice…
_CREAK = 3  # …and a voice may have so many frames of quiet in it
_TAIL, _APART = 80 // FRAME_MS, 200 // FRAME_MS
# The word before may ring on for so long, if so much quiet follows.
_ROOM = 5_000 // FRAME_MS  # to either side, where the room is listened to


def begun_when_heard(levels: Any, words: Sequence[Word]) -> tuple[Word, ...]:
    """`words` with the starts that lie in a pause moved to LEAD_MS before the voice sets in.

    `levels` as `transcribe.engines.levels.levels_of` gives them. Pure; order and ends stay as they
    are.
    """
    return tuple(
        msgspec.structs.replace(word, start=_begins(levels, word)) if len(levels) else word
        for word in words
    )


def _begins(levels: Any, word: Word) -> int:
    import numpy as np

    first, last = word.start // FRAME_MS, word.end // FRAME_MS
    own = levels[first:last]
    if len(own) <= _PAUSE:
        return word.start
    around = levels[max(0, first - _ROOM) : last + _ROOM]
    room, peak = float(np.percentile(around, 10)), float(own.max())
    if peak - room < _CLEAR_DB:
        return word.start
    heard = _voice_sets_in(own > room + max(_ABOVE_DB, _ABOVE_SHARE * (peak - room)))
    if heard < _PAUSE:
        return word.start
    begins = (first + heard) * FRAME_MS - LEAD_MS
    return max(word.start, min(begins, word.end - SHORTEST_WORD))


def _voice_sets_in(loud: Any) -> int:
    """The first frame of the voice, after what may be left of the word before; 0 if it is on."""
    runs = _runs(loud)
    if len(runs) > 1 and runs[0][1] <= _TAIL and runs[1][0] - runs[0][1] >= _APART:
        runs = runs[1:]
    return next((start for start, end in runs if end - start >= _SURE), 0)


def _runs(loud: Any) -> list[tuple[int, int]]:
    """First and last + 1 of each stretch of loud frames."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        creaks = bool(runs) and start - runs[-1][1] <= _CREAK
        runs[-1:] = [(runs[-1][0], end)] if creaks else [*runs[-1:], (start, end)]
    return runs
