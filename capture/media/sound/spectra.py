"""Filter a sound window by window: what is done to its spectra, nothing is to its time.

The smooth part of a short spectrum, its envelope, is what the shape of a throat and mouth makes;
the fine part is the pitch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from capture.media.sound.raw_sound import SOUND_RATE, RawSound, Samples

Mono = npt.NDArray[np.float64]
Sizes = npt.NDArray[np.float64]
"""Magnitudes of spectra: a row for each window, a column for each of `BINS` frequencies."""
Gains = Callable[[Sizes, Mono], Sizes]
"""For spectra and the times of their middles, in seconds: by what to multiply each bin."""

WINDOW, HOP = 1024, 256  # 21 ms: as long as a consonant, so that little is smeared
BINS = WINDOW // 2 + 1
BIN_HZ = SOUND_RATE / WINDOW
FAINT = 1e-7
"""Added before a logarithm, so that silence has one."""
_BLOCK = 2048 * HOP
_SMOOTH = 115
"""Samples of the cepstrum, 2.4 ms: less than the period of nearly any voice. At 1.2 ms formants
were too blurred to be moved: the first stayed where it was."""


def filter_spectra(sound: RawSound, gains: Gains) -> Iterator[Samples]:
    """Yield the left channel of `sound`, filtered, on both channels.

    As long as it was, no sample later or earlier, each 21 ms as loud as before.
    """
    for start in range(0, sound.samples, _BLOCK):
        end = min(start + _BLOCK, sound.samples)
        around = sound.read_padded(start - WINDOW, start + _BLOCK + WINDOW)[:, 0]
        filtered = _filter_block(around.astype(np.float64), (start - WINDOW) / SOUND_RATE, gains)
        block = filtered[WINDOW : WINDOW + end - start].astype(np.float32)
        yield np.repeat(block[:, None], 2, axis=1)


def _filter_block(samples: Mono, start_seconds: float, gains: Gains) -> Mono:
    """Filter one block.

    Windows lie at the same places whatever block they are read in: equal input gives equal
    bytes.
    """
    window = np.sqrt(np.hanning(WINDOW + 1)[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP] * window
    spectra = np.fft.rfft(frames, axis=1)
    middles = start_seconds + (np.arange(len(frames)) * HOP + WINDOW / 2) / SOUND_RATE
    sizes = np.abs(spectra)
    shaped = spectra * _as_loud_as_before(sizes, gains(sizes, middles))
    frames = np.fft.irfft(shaped, axis=1) * window
    overlaps = WINDOW // HOP
    added = np.zeros((len(frames) + overlaps - 1, HOP))
    for number in range(overlaps):
        part = frames[:, number * HOP : (number + 1) * HOP]
        added[number : number + len(frames)] += part
    whole: Mono = added.ravel() * (2 / overlaps)
    return whole


def _as_loud_as_before(sizes: Sizes, gains: Sizes) -> Any:
    before, after = (sizes**2).sum(axis=1), ((sizes * gains) ** 2).sum(axis=1)
    return gains * np.sqrt(before / np.maximum(after, FAINT**2))[:, None]


def spectra_of(sound: RawSound, hop: int) -> Iterator[Sizes]:
    """Yield the magnitudes of a window every `hop` samples, block after block."""
    window = np.sqrt(np.hanning(WINDOW + 1)[:-1])
    block = hop * max(1, _BLOCK // hop)
    for start in range(0, sound.samples, block):
        mono = sound.read_padded(start, start + block + WINDOW)[:, 0].astype(np.float64)
        frames = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[:block:hop]
        yield np.abs(np.fft.rfft(frames * window, axis=1))


def envelope(logs: Any) -> Any:
    """Return the smooth part of logarithmic spectra."""
    cepstra = np.fft.irfft(logs, axis=1)
    cepstra[:, _SMOOTH : WINDOW - _SMOOTH + 1] = 0
    return np.fft.rfft(cepstra, axis=1).real
