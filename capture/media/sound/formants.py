"""Formants, which the length and shape of somebody’s throat and mouth make, moved by themselves.

The smooth part of each short spectrum is stretched along the frequencies, its fine part, which is
the pitch, stays. rubberband itself has a setting to keep formants where they are. Measured on made
vowels, the two that matter moved with the pitch all the same: changing the speed would have undone
the whole disguise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from capture.media.sound.raw import SOUND_RATE, RawSound

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from capture.media.sound.raw import Samples

    Mono = npt.NDArray[np.float64]

_WINDOW, _HOP = 1024, 256  # 21 ms: as long as a consonant, so that little is smeared
_BLOCK = 2048 * _HOP
_SMOOTH = 115
"""Samples of the cepstrum, 2.4 ms: less than the period of nearly any voice. At 1.2 ms formants
were too blurred to be moved: the first stayed where it was."""
_FAINT = 1e-7
_MOST = 8.0  # nepers at most in one bin, so that nothing is made of silence

Factors = Callable[[Any], Any]
"""For each of an array of times, in seconds, by how much the formants are moved."""


def moved_formants(sound: RawSound, factors: Factors) -> Iterator[Samples]:
    """The left channel of `sound` with its formants moved, on both channels, block after block.

    As long as it was, no sample later or earlier, each 21 ms as loud as before.
    """
    import numpy as np

    for start in range(0, sound.samples, _BLOCK):
        end = min(start + _BLOCK, sound.samples)
        around = _padded(sound, start - _WINDOW, start + _BLOCK + _WINDOW)
        moved = _moved(around, (start - _WINDOW) / SOUND_RATE, factors)
        kept = moved[_WINDOW : _WINDOW + end - start].astype(np.float32)
        yield np.repeat(kept[:, None], 2, axis=1)


def _padded(sound: RawSound, start: int, end: int) -> Mono:
    import numpy as np

    first, last = max(0, start), min(end, sound.samples)
    samples = sound.read(first, last)[:, 0].astype(np.float64)
    return np.pad(samples, (first - start, end - last))


def _moved(samples: Mono, begins: float, factors: Factors) -> Mono:
    """Windows are placed alike whatever block they are read in: equal input gives equal bytes."""
    import numpy as np

    window = np.sqrt(np.hanning(_WINDOW + 1)[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * window
    spectra = np.fft.rfft(frames, axis=1)
    middles = begins + (np.arange(len(frames)) * _HOP + _WINDOW / 2) / SOUND_RATE
    shaped = spectra * _gains(np.abs(spectra), factors(middles))
    frames = np.fft.irfft(shaped, axis=1) * window
    overlaps = _WINDOW // _HOP
    added = np.zeros((len(frames) + overlaps - 1, _HOP))
    for number in range(overlaps):
        part = frames[:, number * _HOP : (number + 1) * _HOP]
        added[number : number + len(frames)] += part
    whole: Mono = added.ravel() * (2 / overlaps)
    return whole


def _gains(sizes: Any, factors: Any) -> Any:
    """What makes the smooth part of each spectrum its stretched self, and keeps its power."""
    import numpy as np

    smooth = _smooth_part(np.log(sizes + _FAINT))
    bins = sizes.shape[1]
    # Formant at bin k came from bin k / factor.
    places = np.clip(np.arange(bins) / factors[:, None], 0, bins - 1)
    below = np.minimum(places.astype(np.intp), bins - 2)
    rows = np.arange(len(sizes))[:, None]
    part = places - below
    stretched = smooth[rows, below] * (1 - part) + smooth[rows, below + 1] * part
    gains = np.exp(np.clip(stretched - smooth, -_MOST, _MOST))
    before, after = (sizes**2).sum(axis=1), ((sizes * gains) ** 2).sum(axis=1)
    return gains * np.sqrt(before / np.maximum(after, _FAINT**2))[:, None]


def _smooth_part(logs: Any) -> Any:
    import numpy as np

    cepstra = np.fft.irfft(logs, axis=1)
    cepstra[:, _SMOOTH : _WINDOW - _SMOOTH + 1] = 0
    return np.fft.rfft(cepstra, axis=1).real
