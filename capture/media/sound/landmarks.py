"""Landmarks of a sound: pairs of spectral peaks, by which the same recording is known again.

The rule is that of A. Wang, “An industrial-strength audio search algorithm” (ISMIR 2003), with the
densities of D. Ellis’s audfprint (2014): peaks of the spectrogram outlast lossy codecs, another
level, noise and a room; each peak is paired with a few that follow, and a pair is one number of
twenty bits, its first frequency, the step in frequency and the time between the two. No number
depends on where the sound begins, so a part that was cut out has the same ones.

Chromaprint was looked at first: not every ffmpeg we may run has it, it is made for music, and its
numbers are compared by differing bits, so that none of them could be kept under a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ffmpeg
import numpy as np
import numpy.typing as npt

from capture.media.input_files import media_input
from capture.media.run_ffmpeg import Progress, stream_from_ffmpeg, time_limit
from capture.media.sound.mixing import mono_at
from library.core.errors import ToolFailed

Numbers = npt.NDArray[np.uint32]
Mono = npt.NDArray[np.float32]

_Part = TypeVar("_Part")
RATE = 8000
"""Samples a second that are listened to: what a telephone carries."""
_MIX = "mono|c0=0.5*c0+0.3*c1+0.4*c2"
"""Unequal parts of the channels: equal ones would be silent where one is the other’s negative."""
_WINDOW, _HOP = 512, 128  # samples: 64 ms of sound, every 16 ms
_BANDS = slice(16, 218)
"""Bands of 15.6 Hz that are looked at, 250 to 3400 Hz: every codec and room lets them through."""
_PEAK_FRAMES, _PEAK_BANDS = 12, 10
"""Frames and bands on each side within which a peak is the highest."""
_MEAN_FRAMES = 63
"""Frames on each side, a second, over which a band’s mean level is taken."""
_ABOVE_MEAN_DB = 9.0
_FLOOR_DB = -40.0
"""Level under which everything is silence."""
_PAIRS_PER_PEAK = 4
_SHORTEST, _LONGEST = 4, 60
"""Frames between the two peaks of a pair: 64 ms to a second."""
_WIDEST = 48
"""Bands between them at most."""
_MOST_BETWEEN = 40
"""Peaks between the two of a pair at most: in a second there are fewer."""
_CORE_FRAMES = 1 << 12
"""Frames that are looked at together, about a minute."""
_MARGIN_FRAMES = _MEAN_FRAMES + _PEAK_FRAMES


@dataclass(frozen=True)
class Landmarks:
    """The landmarks of one sound."""

    at: npt.NDArray[np.float64]
    """Second of the sound at which each begins."""
    numbers: Numbers
    seconds: float
    """Length of the sound."""


def landmarks_of_file(
    path: Path,
    duration: int,
    progress: Progress | None = None,
    *,
    track_channels: Sequence[int] = (),
) -> Landmarks:
    """Return the landmarks of a recording’s sound, as far as it can be decoded.

    `duration` (milliseconds, 0 if it is not known) sets the time limit. Where `track_channels` are
    several, all of them are listened to. Raises ToolMissing where there is no ffmpeg.
    """
    if len(track_channels) > 1 or sum(track_channels) > 1:
        mixed = mono_at(path, track_channels, RATE)
        return landmarks_of_samples(_until_it_breaks_off(mixed))
    sound = media_input(path)["a:0"].filter("pan", args=_MIX)
    graph = ffmpeg.output(sound, "pipe:1", f="s16le", ac=1, ar=RATE, acodec="pcm_s16le")
    chunks = stream_from_ffmpeg(
        graph, activity="Listening to the recording", timeout=time_limit(duration)
    )
    return landmarks_of_samples(_samples(_until_it_breaks_off(chunks), progress))


def _until_it_breaks_off(chunks: Iterator[_Part]) -> Iterator[_Part]:
    """Yield what can be decoded; that the rest cannot is for the import itself to say."""
    try:
        yield from chunks
    except ToolFailed:
        return


def _samples(chunks: Iterable[bytes], progress: Progress | None) -> Iterator[Mono]:
    heard, odd = 0, b""
    for chunk in chunks:
        data = odd + chunk
        whole = len(data) // 2 * 2
        odd = data[whole:]
        heard += whole // 2
        if progress:
            progress(heard * 1000 // RATE)
        yield np.frombuffer(data[:whole], "<i2").astype(np.float32) / np.float32(32768)


def landmarks_of_samples(blocks: Iterable[Mono]) -> Landmarks:
    """Return the landmarks of mono sound at `RATE`, full scale 1."""
    frames, bands, samples = _peaks(blocks)
    at, numbers = _pairs(frames, bands)
    return Landmarks(at * (_HOP / RATE), numbers, samples / RATE)


def _peaks(blocks: Iterable[Mono]) -> tuple[Any, Any, int]:
    """Return frame and band of every peak, in order of time, and the number of samples.

    Worked on in stretches with a margin on both sides, so that an hour needs little memory.
    """
    peaks: list[tuple[Any, Any]] = []
    held = np.zeros(0, np.float32)
    first_held = first_wanted = samples = 0  # frames of the whole sound
    core = _CORE_FRAMES + 2 * _MARGIN_FRAMES
    needed = core * _HOP + _WINDOW - _HOP
    for block in blocks:
        samples += len(block)
        held = np.concatenate((held, block))
        while len(held) >= needed:
            until = first_held + core - _MARGIN_FRAMES
            peaks.append(_peaks_between(held[:needed], first_held, first_wanted, until))
            step = until - _MARGIN_FRAMES - first_held
            held, first_held, first_wanted = held[step * _HOP :], first_held + step, until
    peaks.append(_peaks_between(held, first_held, first_wanted, 1 << 60))
    frames, bands = (np.concatenate(parts) for parts in zip(*peaks, strict=True))
    return frames, bands, samples


def _peaks_between(sound: Mono, first: int, wanted: int, until: int) -> tuple[Any, Any]:
    """Return the peaks of a stretch whose first frame is `first`, from `wanted` to `until`."""
    if len(sound) < _WINDOW:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    shape = np.hanning(_WINDOW).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(windows * shape, axis=1)[:, _BANDS])
    level = (20 * np.log10(spectrum + 1e-5)).astype(np.float32)
    highest = _running_maximum(_running_maximum(level, _PEAK_FRAMES).T, _PEAK_BANDS).T
    is_peak = (level >= highest) & (level > _FLOOR_DB)
    is_peak &= level > _running_mean(level) + _ABOVE_MEAN_DB
    frames, bands = np.nonzero(is_peak)
    frames = frames + first
    inside = (frames >= wanted) & (frames < until)
    return frames[inside], bands[inside]


def _running_maximum(level: Any, reach: int) -> Any:
    """Return the maximum over `reach` rows on each side, by doubling the width that is covered."""
    width = 2 * reach + 1
    padding = np.full((reach, level.shape[1]), -np.inf, level.dtype)
    highest = np.concatenate((padding, level, padding))
    covered = 1
    while covered < width:
        step = min(covered, width - covered)
        highest = np.maximum(highest[:-step], highest[step:])
        covered += step
    return highest


def _running_mean(level: Any) -> Any:
    count = len(level)
    sums = np.cumsum(np.concatenate((np.zeros((1, level.shape[1])), level)), axis=0)
    rows = np.arange(count)
    start = np.maximum(rows - _MEAN_FRAMES, 0)
    end = np.minimum(rows + _MEAN_FRAMES + 1, count)
    return ((sums[end] - sums[start]) / (end - start)[:, None]).astype(np.float32)


def _pairs(frames: Any, bands: Any) -> tuple[Any, Numbers]:
    """Return frame and number of every pair: each peak with the next few that are near enough."""
    taken = np.zeros(len(frames), np.int64)
    starts: list[Any] = [np.zeros(0, np.int64)]
    numbers: list[Any] = [np.zeros(0, np.uint32)]
    for ahead in range(1, min(_MOST_BETWEEN, len(frames))):
        later = frames[ahead:] - frames[:-ahead]
        wider = bands[ahead:] - bands[:-ahead]
        is_near = (later >= _SHORTEST) & (later <= _LONGEST) & (np.abs(wider) <= _WIDEST)
        index = np.nonzero(is_near & (taken[:-ahead] < _PAIRS_PER_PEAK))[0]
        taken[index] += 1
        starts.append(frames[index])
        # 8 bits of frequency, 7 of its change, 5 of time: two frames are one step of time.
        number = (bands[index] << 12) | ((wider[index] + _WIDEST) << 5) | (later[index] >> 1)
        numbers.append(number.astype(np.uint32))
    return np.concatenate(starts), np.concatenate(numbers)
