"""Where the recording is silent, to tell words that were recognised where nobody spoke."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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


def quiet_words(speech: Speech, words: Sequence[Word]) -> tuple[int, ...]:
    """Numbers of the words throughout which, and a little around which, it is silent."""
    import numpy as np

    if not words:
        return ()
    parts = []
    for block in speech.blocks():
        frames = block[: len(block) // _SAMPLES * _SAMPLES].reshape(-1, _SAMPLES)
        parts.append(np.sqrt((frames**2).mean(axis=1)))
    loud = 20 * np.log10(np.concatenate(parts) + 1e-9) if parts else np.zeros(0)
    if not len(loud):
        return ()
    limit = max(SILENT_DB, float(np.percentile(loud, 95)) - BELOW_SPEECH_DB)
    quiet = []
    for number, word in enumerate(words):
        first = max(0, word.start - _AROUND_MS) // FRAME_MS
        heard = loud[first : (word.end + _AROUND_MS) // FRAME_MS + 1]
        if len(heard) and float(heard.max()) < limit:
            quiet.append(number)
    return tuple(quiet)
