"""How loud a recording is, moment by moment: where a cut will not be heard."""

from __future__ import annotations

from collections.abc import Callable

from capture.media.speech import SPEECH_RATE, Speech

STEP = 10
"""Milliseconds."""
_AROUND = 2  # steps on either side that count too: a cut is heard for some hundredths of a second


def loudness_of(speech: Speech) -> Callable[[int], float]:
    """A measure (mean square) around any millisecond of the recording; the smaller the quieter."""
    import numpy as np

    size = SPEECH_RATE * STEP // 1000
    parts = []
    for block in speech.blocks():
        whole = block[: len(block) // size * size].reshape(-1, size)
        parts.append(np.mean(np.square(whole, dtype=np.float64), axis=1))
    power = np.concatenate(parts) if parts else np.zeros(1)
    evened = np.convolve(power, np.ones(2 * _AROUND + 1) / (2 * _AROUND + 1), mode="same")

    def loudness(at: int) -> float:
        return float(evened[min(max(at // STEP, 0), len(evened) - 1)]) if len(evened) else 0.0

    return loudness
