"""An average voice, and what in a voice differs from it.

Speech is sorted into 64 kinds of sound, as found in 131 readers of LibriSpeech, men and women. For
each kind the average voice says what its envelope is. How somebody makes each kind, how long their
throat is, and the colour of their voice and microphone are what a program that recognises speakers
goes by; what kind of sound follows which is what was said.

`average_voice.npz` holds no recording and nobody's voice: only the averages over all readers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from capture.media.sound.raw_sound import RawSound, Samples
from capture.media.sound.spectra import BIN_HZ, BINS, FAINT, envelope, spectra_of

Table = npt.NDArray[np.float64]

TOP_HZ = 8000.0
"""Above, nothing was measured."""
_BANDS = 40
_LOW_BAND_HZ, _HIGH_BAND_HZ = 80.0, 7800.0
_COEFFICIENTS = 20
_MAX_WINDOWS = 12_000
"""Windows from which a voice is measured; two minutes of it, spread over the film."""
_MIN_HOP = 512
_SPEECH_DB = 35.0
"""Speech is at most so far below the loudest twentieth of a film."""
_STRETCHES = np.arange(0.80, 1.26, 0.03)
_RELEVANCE = 2.0
"""Windows of a kind of sound below which its average is not believed."""


def mel(hertz: Any) -> Any:
    """Return heights as they are heard."""
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)


def _hertz(heights: Any) -> Any:
    return 700 * (10 ** (heights / 2595) - 1)


_BAND_HZ = _hertz(np.linspace(mel(_LOW_BAND_HZ), mel(_HIGH_BAND_HZ), _BANDS))
_COSINES: Table = np.sqrt(2 / _BANDS) * np.cos(
    np.pi * np.outer(np.arange(1, _COEFFICIENTS + 1), np.arange(_BANDS) + 0.5) / _BANDS
)
"""From bands to coefficients; its transpose leads back."""


def band_places(hertz: Any) -> Any:
    """Return for each frequency how far up the bands it lies, from 0."""
    low, high = mel(_LOW_BAND_HZ), mel(_HIGH_BAND_HZ)
    places = (mel(np.clip(hertz, _LOW_BAND_HZ, _HIGH_BAND_HZ)) - low) / (high - low)
    return places * (_BANDS - 1)


def bands_of(smooth: Any, stretch: float) -> Table:
    """Return the bands of logarithmic envelopes whose formants lie at `stretch` of the usual."""
    places = np.clip(_BAND_HZ * stretch / BIN_HZ, 0, BINS - 1.001)
    below = places.astype(np.intp)
    part = places - below
    bands: Table = smooth[:, below] * (1 - part) + smooth[:, below + 1] * part
    return bands


def coefficients_of(bands: Table) -> Table:
    """Return the shape of envelopes, without how loud they are."""
    shapes: Table = bands @ _COSINES.T
    return shapes


def bands_from(coefficients: Table) -> Table:
    """Return the bands of a shape; smoother than those it was made from."""
    bands: Table = coefficients @ _COSINES
    return bands


@dataclass(frozen=True)
class AverageVoice:
    """The kinds of sound of speech, and how an average voice makes them."""

    weights: Table
    centres: Table
    """A row of coefficients for each kind."""
    variances: Table
    colour: Table
    """Coefficients of the whole of an average voice."""
    colour_spread: Table
    """By how much those of voices differ."""

    def kinds(self, shapes: Table) -> tuple[Table, Table]:
        """Return for each shape how surely it is of each kind, and how usual it is at all."""
        precisions = 1 / self.variances
        logs = np.log(self.weights) - 0.5 * np.log(2 * np.pi * self.variances).sum(axis=1)
        squares = (shapes**2) @ precisions.T - 2 * shapes @ (self.centres * precisions).T
        logs = logs - 0.5 * (squares + (self.centres**2 * precisions).sum(axis=1))
        highest = logs.max(axis=1, keepdims=True)
        parts = np.exp(logs - highest)
        totals = parts.sum(axis=1, keepdims=True)
        return parts / totals, (highest + np.log(totals))[:, 0]


@cache
def average_voice() -> AverageVoice:
    """Return the average voice."""
    with np.load(Path(__file__).with_name("average_voice.npz"), allow_pickle=False) as tables:
        return AverageVoice(**{name: tables[name].astype(np.float64) for name in tables.files})


@dataclass(frozen=True)
class MeasuredVoice:
    """A voice, by what it differs from the average in."""

    stretch: float
    """Its formants as a multiple of the average: a short throat has high ones."""
    colour: Table
    centres: Table


def measure_voice(sound: RawSound, pitch_factor: float) -> MeasuredVoice:
    """Measure the voice of `sound`, whose pitch and formants were moved by `pitch_factor`.

    Raises as `RawSound.read`.
    """
    average = average_voice()
    smooth = speech_envelopes(sound)
    if not len(smooth):
        return MeasuredVoice(1.0, average.colour, average.centres)

    def shapes_at(stretch: float) -> Table:
        return coefficients_of(bands_of(smooth, stretch * pitch_factor))

    stretch = max(_STRETCHES.tolist(), key=lambda each: _usualness(average, shapes_at(each)))
    shapes = shapes_at(stretch)
    colour = shapes.mean(axis=0)
    kinds, _ = average.kinds(shapes - colour)
    counts = kinds.sum(axis=0)[:, None]
    differences = kinds.T @ (shapes - colour) - counts * average.centres
    return MeasuredVoice(stretch, colour, average.centres + differences / (counts + _RELEVANCE))


def _usualness(average: AverageVoice, shapes: Table) -> float:
    _, usual = average.kinds(shapes - shapes.mean(axis=0))
    return float(usual.mean())


def speech_envelopes(sound: RawSound) -> Samples:
    """Return the envelopes of windows of speech, evenly from all of `sound`.

    Raises as `RawSound.read`.
    """
    hop = max(_MIN_HOP, -(-sound.samples // _MAX_WINDOWS))
    smooth, powers = [np.zeros((0, BINS), np.float32)], [np.zeros(0)]
    for sizes in spectra_of(sound, hop):
        # Half the memory: what is averaged needs no more digits.
        smooth.append(envelope(np.log(sizes + FAINT)).astype(np.float32))
        powers.append((sizes**2).sum(axis=1))
    power = np.concatenate(powers)
    if not len(power):
        return smooth[0]
    loudest = float(np.percentile(power, 95))
    is_speech = power > max(loudest * 10 ** (-_SPEECH_DB / 10), FAINT)
    envelopes: Samples = np.concatenate(smooth)[is_speech]
    return envelopes
