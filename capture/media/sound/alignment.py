"""Laying a second microphone beside a take: when it began, and how its clock gains.

Two recordings of one room differ in everything but when something is loud. So their loudness, a
millisecond at a time, is what is compared: first as a whole and roughly, which finds the offset;
then in windows all along, each to a fraction of a millisecond. A straight line through the windows
gives offset and drift; windows that lie off it (a door beside one of the two) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capture.media.sound.raw_sound import PER_MS, RawSound

Curve = npt.NDArray[np.float64]

_QUIETEST = 1e-8
"""Power of full scale (−80 dB) under which everything is silence."""
_ROUGH = 50
"""Milliseconds in a step of the rough comparison."""
_WINDOW = 15_000
_MOST_WINDOWS = 48
_LIKE = 0.35
"""Correlation from which a window counts as found."""
_WORST_CLOCK = 1e-3
"""No recorder’s clock is further off than a thousandth; most are within a twenty-thousandth."""
_OFF = 12.0
"""Milliseconds from the line at which a window is left out."""
_TELLS_DRIFT = 40_000
"""Milliseconds the windows must span: within less, drift is smaller than what it is measured by."""


@dataclass(frozen=True)
class Alignment:
    """Where a microphone’s recording lies on a take’s clock."""

    begins: int
    """Microseconds of the take at which the microphone’s first sample was heard; may be below 0."""
    drift: int
    """Millionths of a second by which its clock gains on the take’s in a thousand seconds."""
    louder: float
    """Decibels by which it is louder than the take’s own sound."""
    clearer: float
    """Decibels by which voices stand further above the room than in the take’s own sound."""

    def microphone_ms(self, at: float) -> float:
        """Milliseconds of the microphone’s recording at `at` milliseconds of the take."""
        return (at - self.begins / 1000) * (1 + self.drift / 1e9)


def align(take: RawSound, microphone: RawSound) -> Alignment | None:
    """How `microphone` lies beside `take`; None where the two do not sound alike."""
    return align_curves(loudness_curve(take), loudness_curve(microphone))


def align_curves(one: Curve, other: Curve) -> Alignment | None:
    """As `align`, of the `loudness_curve` of the take and of the microphone."""
    if min(len(one), len(other)) < 2 * _ROUGH:
        return None
    flat_one, flat_other = _levelled(one), _levelled(other)
    rough = _rough_offset(flat_one, flat_other)
    found = _windows(flat_one, flat_other, rough)
    line = _line(found)
    if line is None:
        return None
    offset, drift = line
    times = np.arange(len(one), dtype=np.float64)
    places = np.round(times * (1 + drift) + offset).astype(np.int64)
    both = (places >= 0) & (places < len(other))
    here, there = one[both], other[places[both]]
    loud = here > np.percentile(here, 70)
    return Alignment(
        begins=round(-offset / (1 + drift) * 1000),
        drift=round(drift * 1e9),
        louder=float(np.median(there[loud] - here[loud])),
        clearer=_clarity(there) - _clarity(here),
    )


def loudness_curve(sound: RawSound) -> Curve:
    """Decibels of full scale, a millisecond at a time."""
    parts = []
    for _, samples in sound.blocks():
        whole = len(samples) // PER_MS * PER_MS
        power = (samples[:whole].astype(np.float64) ** 2).mean(axis=1)
        parts.append(power.reshape(-1, PER_MS).mean(axis=1))
    power = np.concatenate(parts) if parts else np.zeros(0)
    return 10 * np.log10(np.maximum(power, _QUIETEST))


def _levelled(curve: Curve) -> Curve:
    """Smoothed over 8 ms, and without what changes more slowly than in a second or so."""
    return _smooth(curve, 8) - _smooth(curve, 1000)


def _smooth(curve: Curve, width: int) -> Curve:
    width = min(width, len(curve))
    padded = np.pad(curve, (width // 2, width - 1 - width // 2), mode="edge")
    sums = np.cumsum(np.concatenate(([0.0], padded)))
    levelled: Curve = (sums[width:] - sums[:-width]) / width
    return levelled


def _clarity(curve: Curve) -> float:
    """Decibels between what is loud and what is quiet, a tenth of a second at a time."""
    whole = len(curve) // 100 * 100
    steps = 10 ** (curve[:whole].reshape(-1, 100) / 10) if whole else np.ones((1, 1))
    level = 10 * np.log10(steps.mean(axis=1))
    return float(np.percentile(level, 90) - np.percentile(level, 10))


def _rough_offset(one: Curve, other: Curve) -> float:
    """Milliseconds of the microphone at the take’s beginning, to a few steps."""

    def steps(curve: Curve) -> Curve:
        whole = len(curve) // _ROUGH * _ROUGH
        level = curve[:whole].reshape(-1, _ROUGH).mean(axis=1)
        return np.asarray(level - level.mean())

    here, there = steps(one), steps(other)
    alike = _correlate(there, here)
    return float((int(alike.argmax()) - (len(here) - 1)) * _ROUGH)


def _correlate(long: Curve, short: Curve) -> Curve:
    """`numpy.correlate(long, short, "full")`, by Fourier transform."""
    size = 1 << (len(long) + len(short) - 1).bit_length()
    product = np.fft.rfft(long, size) * np.fft.rfft(short[::-1], size)
    return np.asarray(np.fft.irfft(product, size)[: len(long) + len(short) - 1])


def _windows(one: Curve, other: Curve, rough: float) -> list[tuple[float, float]]:
    """Middle of each window that was found, and there the microphone’s time less the take’s."""
    width = min(_WINDOW, max(1000, len(one) // 3))
    reach = int(3 * _ROUGH + 1000 + _WORST_CLOCK * max(len(one), len(other)))
    first = max(0, int(-rough) - reach)
    last = min(len(one), int(len(other) - rough) + reach) - width
    if last < first:
        return []
    count = min(_MOST_WINDOWS, (last - first) * 2 // width + 1)
    found = []
    for start in np.linspace(first, last, count).astype(int):
        offset = _offset_of(one[start : start + width], other, start + rough, reach)
        if offset is not None:
            found.append((start + width / 2, offset - start))
    return found


def _offset_of(window: Curve, other: Curve, expected: float, reach: int) -> float | None:
    """Where in `other` the window’s beginning is heard, within `reach` of `expected`."""
    low = max(0, int(expected) - reach)
    high = min(len(other), int(expected) + reach + len(window))
    place = other[low:high]
    if len(place) < len(window):
        return None
    shape = window - window.mean()
    alike = _correlate(place, shape)[len(window) - 1 : len(place)]
    sums = np.cumsum(np.concatenate(([0.0], place)))
    squares = np.cumsum(np.concatenate(([0.0], place**2)))
    count = len(window)
    total = sums[count:] - sums[:-count]
    spread = np.maximum(squares[count:] - squares[:-count] - total**2 / count, 1e-9)
    alike = alike / np.sqrt(spread * max(float((shape**2).sum()), 1e-9))
    best = int(alike.argmax())
    if alike[best] < _LIKE or best in (0, len(alike) - 1):
        return None
    return low + best + _top(*alike[best - 1 : best + 2])


def _top(before: float, peak: float, after: float) -> float:
    """How far beside the middle one of three points their parabola is highest."""
    bend = before - 2 * peak + after
    return float(0.5 * (before - after) / bend) if bend else 0.0


def _line(found: list[tuple[float, float]]) -> tuple[float, float] | None:
    """Offset at the take’s beginning in milliseconds, and drift; None where no line fits."""
    if not found:
        return None
    at, offsets = (np.asarray(column) for column in zip(*found, strict=True))
    drift = _median_slope(at, offsets)
    for _ in range(3):
        away = np.abs(offsets - drift * at - np.median(offsets - drift * at))
        near = away < _OFF
        if near.sum() * 2 < len(found) or not near.any():
            return None
        if np.ptp(at[near]) >= _TELLS_DRIFT:
            drift = float(np.polyfit(at[near], offsets[near], 1)[0])
    return float(np.mean((offsets - drift * at)[near])), drift


def _median_slope(at: Any, offsets: Any) -> float:
    """The middle one of all slopes between two windows: a few wrong ones do not sway it."""
    if np.ptp(at) < _TELLS_DRIFT:
        return 0.0
    first, second = np.triu_indices(len(at), 1)
    far = at[second] - at[first] > _TELLS_DRIFT / 4
    slopes = (offsets[second] - offsets[first])[far] / (at[second] - at[first])[far]
    slope = float(np.median(slopes))
    return slope if abs(slope) < _WORST_CLOCK else 0.0
