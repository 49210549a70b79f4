"""How loud the recording is, and which words were recognised where it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from transcribe.words import Word

if TYPE_CHECKING:
    from capture.media import Speech

FRAME_MS = 10
BELOW_SPEECH_DB = 35.0
"""A word this far below the loud passages is not spoken: a whisper is some 20 dB below a voice."""
SILENT_DB = -60.0
"""Of full scale: below this there is nothing to hear, however quiet the rest."""
_AROUND_MS = 60  # word times are not exact
_SAMPLES = 16 * FRAME_MS


def levels_of(speech: Speech) -> Any:
    """Decibels below full scale in each FRAME_MS of `speech`: a NumPy array, one entry a frame."""
    import numpy as np

    parts = [np.zeros(0)]
    for block in speech.blocks():
        frames = block[: len(block) // _SAMPLES * _SAMPLES].reshape(-1, _SAMPLES)
        parts.append(np.sqrt((frames**2).mean(axis=1)))
    return 20 * np.log10(np.concatenate(parts) + 1e-9)


def quiet_words(levels: Any, words: Sequence[Word]) -> tuple[int, ...]:
    """Numbers of the words throughout which, and a little around which, it is silent."""
    import numpy as np

    if not words or not len(levels):
        return ()
    limit = max(SILENT_DB, float(np.percentile(levels, 95)) - BELOW_SPEECH_DB)
    quiet = []
    for number, word in enumerate(words):
        first = max(0, word.start - _AROUND_MS) // FRAME_MS
        heard = levels[first : (word.end + _AROUND_MS) // FRAME_MS + 1]
        if len(heard) and float(heard.max()) < limit:
            quiet.append(number)
    return tuple(quiet)
