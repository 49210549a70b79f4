"""The pitch of a voice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capture.media.sound.mixing import mixed_down
from capture.media.sound.raw_sound import SOUND_RATE, RawSound, Samples

Pitches = npt.NDArray[np.float64]

MIN_PITCH_HZ, MAX_PITCH_HZ = 70, 400
UNVOICED_HZ = 0.0  # where nothing is voiced
_DECIMATION = 6  # to 8 kHz
_PITCH_RATE = SOUND_RATE // _DECIMATION
_PITCH_WINDOW, _PITCH_HOP, _PITCH_FFT = _PITCH_RATE // 20, _PITCH_RATE // 50, 1024  # 50 ms, 20 ms
_VOICED = 0.75
"""Least likeness of a voiced sound to itself one period later; 1 is the same."""


def median_pitch(sound: RawSound) -> float:
    """Return the median pitch of all voiced sound in hertz; 0 where nothing is voiced."""
    pitches_by_block = [_pitches(samples) for _, samples in sound.blocks()]
    pitches = np.concatenate(pitches_by_block) if pitches_by_block else np.zeros(0)
    return float(np.median(pitches)) if len(pitches) else UNVOICED_HZ


def _pitches(samples: Samples) -> Pitches:
    """Return the pitch of each voiced twentieth of a second, by autocorrelation."""
    mono = mixed_down(samples, SOUND_RATE)
    thin = mono[: len(mono) // _DECIMATION * _DECIMATION].reshape(-1, _DECIMATION).mean(axis=1)
    if len(thin) < _PITCH_WINDOW:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(thin, _PITCH_WINDOW)[::_PITCH_HOP]
    window = np.hanning(_PITCH_WINDOW)
    likeness = _autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window)
    likeness /= _autocorrelation(window[None, :])  # the window makes later ones look less alike
    power = np.maximum(likeness[:, 0], 1e-12)
    first, last = _PITCH_RATE // MAX_PITCH_HZ, _PITCH_RATE // MIN_PITCH_HZ
    periods = likeness[:, first : last + 1].argmax(axis=1) + first
    alike = likeness[np.arange(len(periods)), periods] / power
    loud = power > max(1e-8, float(np.percentile(power, 60)))
    pitches: Pitches = _PITCH_RATE / periods[(alike > _VOICED) & loud]
    return pitches


def _autocorrelation(frames: Pitches) -> Pitches:
    spectra = np.abs(np.fft.rfft(frames, _PITCH_FFT, axis=1)) ** 2
    alike: Pitches = np.fft.irfft(spectra, axis=1)[:, : _PITCH_WINDOW // 2]
    return alike
