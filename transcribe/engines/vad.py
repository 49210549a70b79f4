"""Voice activity: a check before the engine, which invents words where nobody speaks.

Made to err on one side. A voice in noise or over music is never held back; silence, steady noise
and held or plucked notes are. What slips through meets the engine's own figures afterwards.

Measured per five seconds (level: spread of the loudness in dB; still: how alike the fine structure
of the spectrum is after 48 ms, where a voice's pitch has moved on; held: the share of frames alike
even after 128 ms). The figures on which the limits stand are in `docs/reference/word-times.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from capture.media.speech import Samples

SILENCE_PEAK = 0.001
"""Below this peak (−60 dBFS) there is nothing to hear."""
STEADY_DB = 1.0
"""A loudness that varies by less than this is a machine, or the air."""
STILL, HELD = 0.57, 0.33
"""Notes stand still and are held; of voices both together are never so high."""

BLOCK_SAMPLES = 5 * 16_000
"""Samples measured together: shorter than any sentence with the pauses about it."""
_MIN_SAMPLES = 16_000  # a second: less says nothing about steadiness, so it is left to the engine
_WINDOW, _HOP = 1024, 256  # 64 ms, of which 16 ms are new
_LAGS = (3, 8)  # hops: 48 ms and 128 ms
_BANDS = (6, 9, 13, 19, 28, 41, 60, 88, 129, 190)  # bins of 15.6 Hz: 100 Hz to 3 kHz
_ENVELOPE_BINS = 9  # bins to either side that make the smooth part of a spectrum
_TINY = 1e-10  # so that silence has a logarithm


@dataclass(frozen=True)
class SoundTraits:
    """Measures of a block of sound: `level`, `still` and `held` of the module's docstring."""

    level: float
    still: float
    held: float


def may_be_speech(samples: Samples) -> bool:
    """Check for a voice in any five seconds of `samples`; the first such block ends it."""
    return any(_may_be_speech(block) for block in _blocks(samples))


def _blocks(samples: Samples) -> Iterable[Samples]:
    for start in range(0, len(samples), BLOCK_SAMPLES):
        block = samples[start : start + BLOCK_SAMPLES]
        if len(block) < BLOCK_SAMPLES and start:
            # The last one reaches back, so that a short end is judged with its surroundings.
            block = samples[-BLOCK_SAMPLES:]
        yield block


def _may_be_speech(block: Samples) -> bool:
    if len(block) == 0 or max(float(block.max()), -float(block.min())) < SILENCE_PEAK:
        return False
    if len(block) < _MIN_SAMPLES:
        return True
    traits = measure_traits(block)
    notes = traits.still > STILL and traits.held > HELD
    return traits.level >= STEADY_DB and not notes


def measure_traits(block: Samples) -> SoundTraits:
    """Measure a block of a second or more."""
    frames = np.lib.stride_tricks.sliding_window_view(block, _WINDOW)[::_HOP]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)) ** 2
    spectra = spectra[:, : _BANDS[-1]] + _TINY
    # Of all bands alike: a rumble is not steadier or less steady than a hiss.
    bands = np.add.reduceat(spectra, _BANDS[:-1], axis=1)
    loudness = 10 * np.log10(bands).mean(axis=1)
    fine = _fine_structure(np.log(spectra[:, _BANDS[0] :]))
    soon, later = ((fine[lag:] * fine[:-lag]).sum(axis=1) for lag in _LAGS)
    return SoundTraits(float(loudness.std()), float(np.median(soon)), float((later > 0.6).mean()))


def _fine_structure(spectra: Any) -> Any:
    """Return log spectra less their smooth part, of length one: products are correlations."""
    wide = 2 * _ENVELOPE_BINS + 1
    padded = np.pad(spectra, ((0, 0), (_ENVELOPE_BINS + 1, _ENVELOPE_BINS)), mode="edge")
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    fine = spectra - (sums[:, wide:] - sums[:, :-wide]) / wide
    fine -= fine.mean(axis=1, keepdims=True)
    return fine / (np.sqrt((fine**2).sum(axis=1, keepdims=True)) + _TINY)
