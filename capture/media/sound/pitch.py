"""How high a voice is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capture.media.sound.raw import SOUND_RATE, RawSound

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from capture.media.sound.raw import Samples

    Pitches = npt.NDArray[np.float64]

LOWEST_HZ, HIGHEST_HZ = 70, 400
UNKNOWN_HZ = 0.0
_THINNED = 6  # to 8 kHz
_RATE = SOUND_RATE // _THINNED
_WINDOW, _HOP, _LENGTH = _RATE // 20, _RATE // 50, 1024  # 50 ms, 20 ms
_VOICED = 0.75
"""How like itself a voiced sound is one period later, 1 being the same."""


def median_pitch(sound: RawSound) -> float:
    """Hertz, over all that is voiced; 0 where nothing is."""
    import numpy as np

    found = [_pitches(samples) for _, samples in sound.blocks()]
    pitches = np.concatenate(found) if found else np.zeros(0)
    return float(np.median(pitches)) if len(pitches) else UNKNOWN_HZ


def _pitches(samples: Samples) -> Pitches:
    """The pitch of each voiced twentieth of a second, by autocorrelation."""
    import numpy as np

    mono = samples.mean(axis=1)
    thin = mono[: len(mono) // _THINNED * _THINNED].reshape(-1, _THINNED).mean(axis=1)
    if len(thin) < _WINDOW:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(thin, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    likeness = _autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window)
    likeness /= _autocorrelation(window[None, :])  # the window makes later ones look less alike
    power = np.maximum(likeness[:, 0], 1e-12)
    first, last = _RATE // HIGHEST_HZ, _RATE // LOWEST_HZ
    periods = likeness[:, first : last + 1].argmax(axis=1) + first
    alike = likeness[np.arange(len(periods)), periods] / power
    loud = power > max(1e-8, float(np.percentile(power, 60)))
    pitches: Pitches = _RATE / periods[(alike > _VOICED) & loud]
    return pitches


def _autocorrelation(frames: Pitches) -> Pitches:
    import numpy as np

    spectra = np.abs(np.fft.rfft(frames, _LENGTH, axis=1)) ** 2
    alike: Pitches = np.fft.irfft(spectra, axis=1)[:, : _WINDOW // 2]
    return alike
