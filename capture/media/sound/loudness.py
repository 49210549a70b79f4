"""Loudness of each tenth of a second, and of the speech in them taken together.

Weighted as ITU-R BS.1770-4 weights, by its two filters (annex 1, tables 1 and 2, at 48 kHz), and
gated as there: nothing below −70 LUFS, nothing 10 LU below the rest. Turns are short, so the blocks
are tenths of a second apart rather than four tenths that overlap.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from capture.media.run_ffmpeg import Progress
from capture.media.sound.raw_sound import SOUND_RATE, RawSound

Powers = npt.NDArray[np.float64]

BLOCK_MS = 100
_BLOCK_SAMPLES = SOUND_RATE * BLOCK_MS // 1000
_READ_SAMPLES = 300 * _BLOCK_SAMPLES  # half a minute at once
_HIGH_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (-1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))
_OFFSET = -0.691  # so that a full-scale tone of 1 kHz on one channel is −3.01 LUFS (BS.1770)
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = 10.0


def block_powers(sound: RawSound, progress: Progress | None = None) -> Powers:
    """Return the weighted power of each whole tenth of a second, both channels together."""
    parts = []
    for start, samples in sound.blocks(_READ_SAMPLES):
        whole = len(samples) // _BLOCK_SAMPLES
        blocks = samples[: whole * _BLOCK_SAMPLES].reshape(whole, _BLOCK_SAMPLES, samples.shape[1])
        parts.append(_weighted(blocks))
        if progress:
            progress((start + len(samples)) * 1000 // SOUND_RATE)
    return np.concatenate(parts) if parts else np.zeros(0)


def _weighted(blocks: Any) -> Powers:
    spectra = np.fft.rfft(blocks, axis=1)
    powers = (spectra.real**2 + spectra.imag**2).sum(axis=2)
    powers[:, 1:-1] *= 2  # the frequencies below zero, which are not kept
    weighed: Powers = (powers @ _weights()) / _BLOCK_SAMPLES**2
    return weighed


@functools.cache
def _weights() -> Any:
    """Return the power gain of the two filters at each frequency of a block."""
    turn = np.exp(-2j * np.pi * np.arange(_BLOCK_SAMPLES // 2 + 1) / _BLOCK_SAMPLES)
    gain = np.ones(len(turn))
    for (b0, b1, b2), (a1, a2) in (_HIGH_SHELF, _HIGH_PASS):
        gain *= np.abs((b0 + b1 * turn + b2 * turn**2) / (1 + a1 * turn + a2 * turn**2)) ** 2
    return gain


def gated_loudness(powers: Powers) -> tuple[float, int]:
    """Return the LUFS of the blocks that hold speech, and their number.

    Minus infinity and 0 where there is nothing to be heard.
    """
    heard = powers[powers > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(heard):
        return -math.inf, 0
    heard = heard[heard > heard.mean() * 10 ** (-_RELATIVE_GATE_LU / 10)]
    return lufs(float(heard.mean())), len(heard)


def lufs(power: float) -> float:
    """Return the loudness of a weighted power, which is above 0."""
    return _OFFSET + 10 * math.log10(power)


def _power(loud: float) -> float:
    return float(10 ** ((loud - _OFFSET) / 10))
