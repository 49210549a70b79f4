"""Scores of phones in a sound: how well each hundredth of a second fits each sound of speech.

The model is that of CMU Sphinx for English, without context: 42 phones of three states, each a
mixture of normal distributions over cepstra and their first and second differences. The heaviest
parts of each mixture are kept; with all of them, words were found no more exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.speech import SPEECH_RATE, Samples

FRAME_MS = 10
STATES = 3
"""States of a phone, in order: its beginning, middle and end."""
SILENCE = "SIL"
_MODEL = Path(__file__).with_name("phone_model.npz")
_STREAMS = 3  # cepstra, their differences, and the differences of those
_CEPSTRA, _FILTERS, _FFT = 13, 25, 512
_LOWEST_HZ, _HIGHEST_HZ = 130.0, 6_800.0
_HOP = SPEECH_RATE * FRAME_MS // 1000
_WINDOW = 410  # samples: 25.6 ms
_PRE_EMPHASIS = 0.97
_LIFTER = 22
_FULL_SCALE = 32_768.0  # Sphinx counts in whole numbers of 16 bits
_LOG_FLOOR = 1e-4
_BLOCK_FRAMES = 256
"""Frames whose spectrum is computed at once: they fit the cache, which is four times as quick."""


@dataclass(frozen=True)
class _Mixture:
    """A stream of a phone: log densities of its parts are `densities @ (frames², frames, 1)`."""

    weights: Any
    """A row for each state, a column for each part."""
    densities: Any
    """A row for each part."""


def sound_features(samples: Samples) -> Any:
    """Return what the phones are compared with, for each frame of 16 kHz `samples`."""
    cepstra = _cepstra(samples)
    if not len(cepstra):
        return np.zeros((_STREAMS, 0, _CEPSTRA), np.float32)
    # The mean is the room, the microphone and the voice's colour, not what is said.
    cepstra = cepstra - cepstra.mean(axis=0)
    padded = np.pad(cepstra, ((3, 3), (0, 0)), mode="edge")

    def at(offset: int) -> Any:
        return padded[3 + offset : 3 + offset + len(cepstra)]

    difference = at(2) - at(-2)
    second_difference = (at(3) - at(-1)) - (at(1) - at(-3))
    return np.stack([cepstra, difference, second_difference]).astype(np.float32)


def phone_scores(features: Any, phones: Sequence[str]) -> Any:
    """Return log likelihoods: a row for each frame, STATES columns for each of `phones`."""
    if not phones:
        return np.zeros((features.shape[1], 0), np.float32)
    # A column for each frame: on many frames at once, NumPy is quickest along rows.
    streams = [_terms(frames) for frames in features]
    return np.ascontiguousarray(np.vstack([_scores_of(streams, phone) for phone in phones]).T)


def all_phones() -> tuple[str, ...]:
    """Return the names of the phones, silence among them, without Sphinx's two kinds of noise."""
    return tuple(name for name in _mixtures() if name[0].isalpha())


def _terms(frames: Any) -> Any:
    """Return what log densities are sums of: a column for each frame."""
    ones = np.ones((1, len(frames)), np.float32)
    return np.ascontiguousarray(np.concatenate([(frames * frames).T, frames.T, ones]))


def _scores_of(streams: Sequence[Any], phone: str) -> Any:
    total: Any = 0.0
    for terms, mixture in zip(streams, _mixtures()[phone], strict=True):
        densities = mixture.densities @ terms
        best = densities.max(axis=0)
        densities -= best
        np.exp(densities, out=densities)
        total = total + np.log(mixture.weights @ densities + np.float32(1e-30)) + best
    return total


@lru_cache(maxsize=1)
def _mixtures() -> dict[str, list[_Mixture]]:
    with np.load(_MODEL) as model:
        means = model["means"].astype(np.float32)
        variances = model["variances"].astype(np.float32)
        weights = model["weights"].astype(np.float32)
        names = model["phones"].tolist()
    normal = np.log(2 * np.pi * variances).sum(axis=-1) + (means**2 / variances).sum(axis=-1)
    square, linear, bias = -0.5 / variances, means / variances, -0.5 * normal[..., None]
    return {
        name: [
            _Mixture(
                np.ascontiguousarray(weights[number, stream].T),
                np.hstack([square[number, stream], linear[number, stream], bias[number, stream]]),
            )
            for stream in range(_STREAMS)
        ]
        for number, name in enumerate(names)
    }


def _cepstra(samples: Samples) -> Any:
    """Return mel cepstra as Sphinx computes them, each of the window about its frame's middle."""
    frame_count = len(samples) // _HOP
    if not frame_count:
        return np.zeros((0, _CEPSTRA), np.float32)
    filters, cosines = _filters_and_cosines()
    scaled = samples * np.float32(_FULL_SCALE)
    emphasised = np.append(scaled[:1], scaled[1:] - np.float32(_PRE_EMPHASIS) * scaled[:-1])
    before = (_WINDOW - _HOP) // 2
    padded = np.pad(emphasised, (before, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:frame_count]
    taper = np.hamming(_WINDOW).astype(np.float32)
    tapered = np.zeros((_BLOCK_FRAMES, _FFT), np.float32)
    parts = []
    for first in range(0, frame_count, _BLOCK_FRAMES):
        block = windows[first : first + _BLOCK_FRAMES]
        np.multiply(block, taper, out=tapered[: len(block), :_WINDOW])
        spectra = np.fft.rfft(tapered[: len(block)])
        powers = spectra.real**2 + spectra.imag**2
        parts.append(np.log(powers @ filters + np.float32(_LOG_FLOOR)) @ cosines)
    return np.concatenate(parts)


@lru_cache(maxsize=1)
def _filters_and_cosines() -> tuple[Any, Any]:
    """Return the mel filters, and the lifted cosines that make cepstra of their logarithms."""
    hz_per_bin = SPEECH_RATE / _FFT
    lowest, highest = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    edges_hz = 700 * (10 ** (np.linspace(lowest, highest, _FILTERS + 2) / 2595) - 1)
    edges = np.round(edges_hz / hz_per_bin) * hz_per_bin
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    bins = (np.arange(_FFT // 2 + 1) * hz_per_bin)[:, None]
    triangles = np.minimum((bins - left) / (middle - left), (right - bins) / (right - middle))
    filters = np.maximum(0, triangles) * 2 / (right - left)
    angles = np.pi * np.outer(np.arange(_FILTERS) + 0.5, np.arange(_CEPSTRA)) / _FILTERS
    cosines = np.cos(angles) * np.sqrt(2 / _FILTERS)
    cosines[:, 0] *= np.sqrt(0.5)
    lifter = 1 + _LIFTER / 2 * np.sin(np.arange(_CEPSTRA) * np.pi / _LIFTER)
    return filters.astype(np.float32), (cosines * lifter).astype(np.float32)
