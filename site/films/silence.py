"""How silent a redacted span is in the finished film, once the bleep in it is set aside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from capture.media.sound.redactions import BLEEP_HZ
from capture.media.speech import SPEECH_RATE, Speech

if TYPE_CHECKING:
    from capture.media.speech import Samples

QUIET = -50.0
"""Decibels of full scale. Speech lies at about −20 in our films; what is softer than a hundredth
part of that, for so short a time, nobody understands."""
NOTHING = -120.0
_WINDOW = SPEECH_RATE // 25  # 40 ms: long enough to tell the bleep from a voice
_STEP = _WINDOW // 4
_SMEARED = SPEECH_RATE * 22 // 1000
"""AAC spreads what lies beside a span over its blocks of 1024 samples, and the bleep swells and
fades: so much at each end tells nothing of what is in between."""
_OF_THE_BLEEP = 110  # Hz to either side, and about its first overtones, that a limiter adds
_OVERTONES = 4


def left_over(speech: Speech, start: int, end: int) -> float:
    """The loudest 40 ms between two moments (ms), in decibels of full scale, the bleep set aside.

    Of a span too short to be told from its neighbours, its middle. Never under `NOTHING`.
    """
    first, last = start * SPEECH_RATE // 1000, end * SPEECH_RATE // 1000
    inner = (first + _SMEARED, last - _SMEARED)
    if inner[1] - inner[0] < _WINDOW:
        middle = (first + last) // 2
        inner = (middle - _WINDOW // 2, middle + _WINDOW // 2)
    begin = max(0, min(inner[0], speech.samples - _WINDOW))
    samples = speech.read(begin, max(begin, min(inner[1], speech.samples)))
    return max(
        (_beside_the_bleep(samples[at : at + _WINDOW]) for at in _windows(len(samples))),
        default=NOTHING,
    )


def _windows(length: int) -> range:
    return range(0, max(0, length - _WINDOW) + 1, _STEP)


def _beside_the_bleep(samples: Samples) -> float:
    import numpy as np

    if len(samples) < _WINDOW:
        return NOTHING
    taper, keep = _tools()
    spectrum = np.abs(np.fft.rfft(samples * taper)) ** 2
    power = 2 * float(spectrum[keep].sum()) / (float((taper**2).sum()) * _WINDOW)
    return max(NOTHING, 10 * math.log10(power)) if power else NOTHING


def _tools() -> tuple[Any, Any]:
    """The window, and which of its frequencies are not the bleep’s."""
    import numpy as np

    frequencies = np.fft.rfftfreq(_WINDOW, 1 / SPEECH_RATE)
    bleep = BLEEP_HZ * np.arange(1, _OVERTONES + 1)
    away = np.abs(frequencies[:, None] - bleep[None, :]).min(axis=1)
    return np.blackman(_WINDOW), away > _OF_THE_BLEEP
