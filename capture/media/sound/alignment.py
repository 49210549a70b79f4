"""Aligns a second microphone with a take: offset and drift, from the loudness of both.

Two recordings of one room differ in everything but when something is loud. So their loudness, a
millisecond at a time, is what is compared: first as a whole and roughly, which gives the offset;
then in windows all along, each to a fraction of a millisecond. A straight line through the windows
gives offset and drift; windows that lie off it (a door near one of the two) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from capture.media.sound.raw_sound import SAMPLES_PER_MS, RawSound

Curve = npt.NDArray[np.float64]

_MIN_POWER = 1e-8
"""Power of full scale (−80 dB) under which everything is silence."""
_ROUGH_STEP_MS = 50
"""Milliseconds in a step of the rough comparison."""
_WINDOW_MS = 15_000  # long enough for several sentences
_MAX_WINDOWS = 48
_MIN_CORRELATION = 0.35
"""Correlation from which a window counts as found."""
_MAX_DRIFT = 1e-3
"""No recorder’s clock is further off than a thousandth; most are within a twenty-thousandth."""
_MAX_DISTANCE_MS = 12.0
"""Milliseconds from the line at which a window is left out."""
_MIN_DRIFT_SPAN_MS = 40_000
"""Milliseconds the windows must span: within less, drift is smaller than what it is measured by."""


@dataclass(frozen=True)
class Alignment:
    """Position of a microphone’s recording on a take’s clock."""

    offset_us: int
    """Microseconds of the take at which the microphone’s first sample was heard; may be below 0."""
    drift: int
    """Millionths of a second by which its clock gains on the take’s in a thousand seconds."""
    level_db: float
    """Decibels by which it is louder than the take’s own sound."""
    snr_gain_db: float
    """Decibels by which voices stand further above the room than in the take’s own sound."""

    @property
    def speed(self) -> float:
        """Seconds of the microphone’s clock in a second of the take’s."""
        return 1 + self.drift / 1e9

    def microphone_ms(self, at: float) -> float:
        """Return the microphone’s time at `at` on the take’s clock; both in milliseconds."""
        return (at - self.offset_us / 1000) * self.speed


def align(take: RawSound, microphone: RawSound) -> Alignment | None:
    """Align two sounds; None where they do not sound alike."""
    return align_curves(loudness_curve(take), loudness_curve(microphone))


def align_curves(take: Curve, microphone: Curve) -> Alignment | None:
    """Align as `align` does, from the `loudness_curve` of the take and of the microphone."""
    if min(len(take), len(microphone)) < 2 * _ROUGH_STEP_MS:
        return None
    flat_take, flat_microphone = _level_changes(take), _level_changes(microphone)
    rough = _rough_offset(flat_take, flat_microphone)
    offsets = _window_offsets(flat_take, flat_microphone, rough)
    line = _fit_line(offsets)
    if line is None:
        return None
    offset, drift = line
    times = np.arange(len(take), dtype=np.float64)
    positions = np.round(times * (1 + drift) + offset).astype(np.int64)
    both = (positions >= 0) & (positions < len(microphone))
    here, there = take[both], microphone[positions[both]]
    # Where it is loudest both hear the voice; where it is quiet, each hears its own noise.
    loud = here > np.percentile(here, 70)
    return Alignment(
        offset_us=round(-offset / (1 + drift) * 1000),
        drift=round(drift * 1e9),
        level_db=float(np.median(there[loud] - here[loud])),
        snr_gain_db=_dynamic_range(there) - _dynamic_range(here),
    )


def loudness_curve(sound: RawSound) -> Curve:
    """Return the decibels of full scale of each millisecond."""
    parts = []
    for _, samples in sound.blocks():
        whole = len(samples) // SAMPLES_PER_MS * SAMPLES_PER_MS
        power = (samples[:whole].astype(np.float64) ** 2).mean(axis=1)
        parts.append(power.reshape(-1, SAMPLES_PER_MS).mean(axis=1))
    power = np.concatenate(parts) if parts else np.zeros(0)
    return 10 * np.log10(np.maximum(power, _MIN_POWER))


def _level_changes(curve: Curve) -> Curve:
    """Smooth over 8 ms, and remove what changes more slowly than in about a second."""
    return _smooth(curve, 8) - _smooth(curve, 1000)


def _smooth(curve: Curve, width: int) -> Curve:
    width = min(width, len(curve))
    padded = np.pad(curve, (width // 2, width - 1 - width // 2), mode="edge")
    sums = np.cumsum(np.concatenate(([0.0], padded)))
    levelled: Curve = (sums[width:] - sums[:-width]) / width
    return levelled


def _dynamic_range(curve: Curve) -> float:
    """Return the decibels between loud and quiet tenths of a second (90th, 10th percentile)."""
    whole = len(curve) // 100 * 100
    steps = 10 ** (curve[:whole].reshape(-1, 100) / 10) if whole else np.ones((1, 1))
    level = 10 * np.log10(steps.mean(axis=1))
    return float(np.percentile(level, 90) - np.percentile(level, 10))


def _rough_offset(take: Curve, microphone: Curve) -> float:
    """Return the microphone’s time (ms) at the take’s beginning, to a few steps of 50 ms."""

    def steps(curve: Curve) -> Curve:
        whole = len(curve) // _ROUGH_STEP_MS * _ROUGH_STEP_MS
        level = curve[:whole].reshape(-1, _ROUGH_STEP_MS).mean(axis=1)
        return np.asarray(level - level.mean())

    here, there = steps(take), steps(microphone)
    alike = _correlate(there, here)
    return float((int(alike.argmax()) - (len(here) - 1)) * _ROUGH_STEP_MS)


def _correlate(long: Curve, short: Curve) -> Curve:
    """Return `numpy.correlate(long, short, "full")`, computed by Fourier transform."""
    size = 1 << (len(long) + len(short) - 1).bit_length()
    product = np.fft.rfft(long, size) * np.fft.rfft(short[::-1], size)
    return np.asarray(np.fft.irfft(product, size)[: len(long) + len(short) - 1])


def _window_offsets(take: Curve, microphone: Curve, rough: float) -> list[tuple[float, float]]:
    """Return each found window's middle, and the microphone’s time less the take’s (ms)."""
    width = min(_WINDOW_MS, max(1000, len(take) // 3))
    # As far as the rough offset may be wrong, a second more, and what the clocks drift apart by.
    reach = int(3 * _ROUGH_STEP_MS + 1000 + _MAX_DRIFT * max(len(take), len(microphone)))
    first = max(0, int(-rough) - reach)
    last = min(len(take), int(len(microphone) - rough) + reach) - width
    if last < first:
        return []
    # Windows overlap by half, as far as so many of them go.
    count = min(_MAX_WINDOWS, (last - first) * 2 // width + 1)
    offsets = []
    for start in np.linspace(first, last, count).astype(int):
        offset = _find_window(take[start : start + width], microphone, start + rough, reach)
        if offset is not None:
            offsets.append((start + width / 2, offset - start))
    return offsets


def _find_window(window: Curve, microphone: Curve, expected: float, reach: int) -> float | None:
    """Return where in `microphone` the window’s beginning is heard (ms), near `expected`."""
    low = max(0, int(expected) - reach)
    high = min(len(microphone), int(expected) + reach + len(window))
    search = microphone[low:high]
    if len(search) < len(window):
        return None
    pattern = window - window.mean()
    correlation = _correlate(search, pattern)[len(window) - 1 : len(search)]
    sums = np.cumsum(np.concatenate(([0.0], search)))
    squares = np.cumsum(np.concatenate(([0.0], search**2)))
    count = len(window)
    total = sums[count:] - sums[:-count]
    spread = np.maximum(squares[count:] - squares[:-count] - total**2 / count, 1e-9)
    correlation = correlation / np.sqrt(spread * max(float((pattern**2).sum()), 1e-9))
    best = int(correlation.argmax())
    if correlation[best] < _MIN_CORRELATION or best in (0, len(correlation) - 1):
        return None
    return low + best + _parabola_peak(*correlation[best - 1 : best + 2])


def _parabola_peak(before: float, peak: float, after: float) -> float:
    """Return how far the peak of a parabola through three points lies beside the middle one."""
    bend = before - 2 * peak + after
    return float(0.5 * (before - after) / bend) if bend else 0.0


def _fit_line(windows: list[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the offset at the take’s beginning (ms) and the drift; None where no line fits."""
    if not windows:
        return None
    at, offsets = (np.asarray(column) for column in zip(*windows, strict=True))
    drift = _median_slope(at, offsets)
    for _ in range(3):
        distance = np.abs(offsets - drift * at - np.median(offsets - drift * at))
        near = distance < _MAX_DISTANCE_MS
        if near.sum() * 2 < len(windows) or not near.any():
            return None
        if np.ptp(at[near]) >= _MIN_DRIFT_SPAN_MS:
            drift = float(np.polyfit(at[near], offsets[near], 1)[0])
    return float(np.mean((offsets - drift * at)[near])), drift


def _median_slope(at: Any, offsets: Any) -> float:
    """Return the median of the slopes between all pairs of windows (Theil–Sen).

    A few wrong windows do not sway it.
    """
    if np.ptp(at) < _MIN_DRIFT_SPAN_MS:
        return 0.0
    first, second = np.triu_indices(len(at), 1)
    far = at[second] - at[first] > _MIN_DRIFT_SPAN_MS / 4
    slopes = (offsets[second] - offsets[first])[far] / (at[second] - at[first])[far]
    slope = float(np.median(slopes))
    return slope if abs(slope) < _MAX_DRIFT else 0.0
