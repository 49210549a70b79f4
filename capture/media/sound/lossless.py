"""Puts sound that was kept as samples in the place of a browser's Opus, exactly where that lies.

A browser's recorder makes Opus; beside it the page hands over the samples themselves, whose place
on the recording's clock it knows only to a part of a second. Both are the same sound, so the
samples are laid where they equal what the Opus decodes to: in windows all along, each found by
itself. Where they are missing or fit nowhere, what the Opus decodes to is kept. So the result is
as long as the Opus, sample for sample, and cannot slip against the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import numpy.typing as npt

from capture.media.conform import NO_METADATA
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.packets import packet_digests
from capture.media.run_ffmpeg import Progress, run_ffmpeg, time_limit
from capture.media.sound.raw_sound import SAMPLES_PER_MS, SOUND_RATE, scratch_folder
from library.core import files
from library.core.errors import CarerStoriesError

Samples = npt.NDArray[np.int16]

_SAMPLE_BYTES = 2
_WINDOW = SOUND_RATE // 2
_HOP = 2 * SOUND_RATE
_REACH = int(1.5 * SOUND_RATE)
"""Samples by which the page's idea of where sound lies may be wrong."""
_NEAR = SOUND_RATE // 20
"""Samples within which the next window is looked for first: nothing drifts within one device."""
_SAME = SAMPLES_PER_MS
"""Samples by which windows that belong together may lie apart."""
_MIN_LIKENESS = 0.85
_MIN_POWER = 30.0**2
"""Mean square of 16-bit samples below which a window says nothing about where it lies."""
_MAX_GAIN = 1.12
"""Factor by which samples and Opus may differ in level: one decibel."""
_FADE = SOUND_RATE // 200
_BLOCK = 30 * SOUND_RATE
_MIN_SHARE = 0.5
"""Share of the recording that the samples must cover to be worth a track of their own."""


@dataclass(frozen=True)
class KeptSamples:
    """Uncompressed sound without a gap: its place in its file, and about where it was heard.

    All in samples of 48 kHz, of `channels` channels; `heard_at` is of the recording's clock.
    """

    path: Path
    first: int
    count: int
    heard_at: int
    channels: int

    def read(self, start: int, count: int) -> Samples:
        """Return samples from `start` of this stretch, shape (count, channels)."""
        return _read(self.path, self.first + start, count, self.channels)


@dataclass(frozen=True)
class _Run:
    """Samples `start` to `end` of a stretch, that lie `lag` samples further on in the recording."""

    kept: KeptSamples
    start: int
    end: int
    lag: int


def rewrap_with_sound(
    source: Path,
    to: Path,
    length: int,
    kept: Sequence[KeptSamples],
    progress: Progress | None = None,
) -> bool:
    """Write `source` to `to` as `packets.rewrap` does, with the samples as FLAC before its sound.

    False, and nothing is written, where the samples do not fit the recording or anything fails:
    then the recording does without.
    """
    try:
        return bool(kept) and _rewrap(source, to, length, kept, progress)
    except (CarerStoriesError, OSError, ValueError):
        return False


def _rewrap(
    source: Path, to: Path, length: int, kept: Sequence[KeptSamples], progress: Progress | None
) -> bool:
    before = packet_digests(source)
    if not any(name.startswith("a:") for name, _ in before):
        return False
    channels = kept[0].channels
    with scratch_folder(to) as folder:
        decoded, joined = folder / "opus.raw", folder / "joined.raw"
        sound = media_input(source, fflags="+discardcorrupt")["a:0"].filter(
            "aresample", SOUND_RATE, **{"async": 1, "first_pts": 0}
        )
        _run(ffmpeg.output(sound, ffmpeg_url(decoded), **_raw(channels), **NO_METADATA), length)
        total = decoded.stat().st_size // (_SAMPLE_BYTES * channels)
        runs = [run for stretch in kept for run in _runs(stretch, decoded, total)]
        if sum(run.end - run.start for run in runs) < total * _MIN_SHARE:
            return False
        _join(decoded, runs, joined, total, channels)
        with files.replacing(to) as temporary:
            _mux(source, joined, temporary, before, channels, length, progress)
            digests = packet_digests(temporary)
            made = [one for one in digests if not one[0].endswith(":flac")]
            if sorted(made) != sorted(before) or len(digests) != len(before) + 1:
                raise ValueError("the file does not hold all that was recorded")
            again = folder / "again.raw"
            first = media_input(temporary)["a:0"]
            _run(ffmpeg.output(first, ffmpeg_url(again), **_raw(channels), **NO_METADATA), length)
            if files.sha256_of(again) != files.sha256_of(joined):
                raise ValueError("the sound is not read back as it was written")
    return True


def _raw(channels: int) -> dict[str, Any]:
    return {"f": "s16le", "c:a": "pcm_s16le", "ac": channels, "ar": SOUND_RATE}


def _run(graph: Any, length: int, progress: Progress | None = None) -> None:
    run_ffmpeg(graph, activity="Finishing the sound", timeout=time_limit(length), progress=progress)


def _mux(
    source: Path,
    joined: Path,
    to: Path,
    streams: Sequence[tuple[str, str]],
    channels: int,
    length: int,
    progress: Progress | None,
) -> None:
    opened = media_input(source, fflags="+discardcorrupt")
    sound = ffmpeg.input(
        ffmpeg_url(joined),
        f="s16le",
        ar=SOUND_RATE,
        ac=channels,
        protocol_whitelist="file",
        format_whitelist="s16le",
    )
    kinds = [name.partition(":")[0] for name, _ in streams]
    pictures = [opened[f"v:{number}"] for number in range(kinds.count("v"))]
    sounds = [opened[f"a:{number}"] for number in range(kinds.count("a"))]
    options: dict[str, Any] = {"c": "copy", "c:a:0": "flac", "disposition:a:0": "default"}
    options |= {f"disposition:a:{number}": 0 for number in range(1, len(sounds) + 1)}
    _run(
        ffmpeg.output(
            *pictures,
            sound["a:0"],
            *sounds,
            ffmpeg_url(to),
            f="matroska",
            map_metadata=-1,
            fflags="+bitexact",
            **options,
        ),
        length,
        progress,
    )


def _read(path: Path, start: int, count: int, channels: int) -> Samples:
    with path.open("rb") as file:
        file.seek(start * _SAMPLE_BYTES * channels)
        data = np.fromfile(file, "<i2", count * channels)
    if len(data) != count * channels:
        raise ValueError(f"{path.name} is shorter than it was")
    return data.reshape(-1, channels)


def _runs(kept: KeptSamples, decoded: Path, total: int) -> Iterator[_Run]:
    """Yield the parts of a stretch that lie in the recording without a jump, and where."""
    windows = _windows(kept, decoded, total)
    # A tone is like itself a wave further on: where most windows lie, it lies as well.
    usual = int(np.median([place for _, place in windows])) if windows else 0
    found = []
    for start, place in windows:
        usually = (
            _place(kept, start, decoded, total, usual, _SAME)
            if abs(place - usual) > _SAME
            else None
        )
        found.append((start, place if usually is None else usually))
    group: list[tuple[int, int]] = []
    for start, place in found:
        if group and abs(place - group[0][1]) > _SAME:
            yield from _run_of(kept, group, total, is_last=False)
            group = []
        group.append((start, place))
    yield from _run_of(kept, group, total, is_last=True)


def _windows(kept: KeptSamples, decoded: Path, total: int) -> list[tuple[int, int]]:
    """Return the start of each window that was found, and the lag at which it was."""
    windows: list[tuple[int, int]] = []
    lag = None
    for start in range(0, max(1, kept.count - _WINDOW), _HOP):
        place = None if lag is None else _place(kept, start, decoded, total, lag, _NEAR)
        if place is None:
            expected = kept.heard_at if lag is None else lag
            place = _place(kept, start, decoded, total, expected, _REACH)
        if place is not None:
            lag = place
            windows.append((start, place))
    return windows


def _run_of(
    kept: KeptSamples, group: Sequence[tuple[int, int]], total: int, *, is_last: bool
) -> Iterator[_Run]:
    """Yield the run of windows that agree; alone, a window proves too little."""
    if len(group) < 2 and kept.count > 2 * _HOP:
        return
    if not group:
        return
    lag = int(np.median([place for _, place in group]))
    is_first = group[0][0] < _HOP
    start = 0 if is_first else group[0][0]
    end = kept.count if is_last else group[-1][0] + _WINDOW
    start, end = max(start, -lag), min(end, total - lag)
    if end - start > 4 * _FADE:
        yield _Run(kept, start, end, lag)


def _place(
    kept: KeptSamples, start: int, decoded: Path, total: int, lag: int, reach: int
) -> int | None:
    """Return the lag, near the given one, at which a window equals the recording.

    None where it does so nowhere, or is too quiet to tell.
    """
    size = min(_WINDOW, kept.count - start)
    window = kept.read(start, size).astype(np.float64).mean(axis=1)
    first = max(0, start + lag - reach)
    last = min(total, start + lag + reach + size)
    if last - first <= size or float((window**2).mean()) < _MIN_POWER:
        return None
    heard = _read(decoded, first, last - first, kept.channels).astype(np.float64).mean(axis=1)
    at, likeness, gain = _most_alike(heard, window)
    is_same = likeness >= _MIN_LIKENESS and 1 / _MAX_GAIN <= gain <= _MAX_GAIN
    return first + at - start if is_same else None


def _most_alike(
    heard: npt.NDArray[np.float64], window: npt.NDArray[np.float64]
) -> tuple[int, float, float]:
    """Return where in `heard` the window is most alike, its correlation, and the gain there."""
    size = 1 << (len(heard) + len(window)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(window, size)), size)
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    powers = sums[len(window) :] - sums[: -len(window)]
    own = float((window**2).sum())
    alike = products[: len(powers)] / np.sqrt(np.maximum(powers, 1.0) * own)
    at = int(alike.argmax())
    return at, float(alike[at]), float(np.sqrt(max(powers[at], 1.0) / own))


def _join(decoded: Path, runs: Sequence[_Run], to: Path, total: int, channels: int) -> None:
    """Write the decoded Opus with the runs laid over it, each faded in and out."""
    with to.open("wb") as file:
        for first in range(0, total, _BLOCK):
            last = min(total, first + _BLOCK)
            block = _read(decoded, first, last - first, channels).astype(np.float64)
            for run in runs:
                start, end = max(first, run.start + run.lag), min(last, run.end + run.lag)
                if end <= start:
                    continue
                samples = run.kept.read(start - run.lag, end - start).astype(np.float64)
                edges = np.arange(start, end)
                share = np.minimum(edges - (run.start + run.lag), run.end + run.lag - 1 - edges)
                weight = np.clip(share / _FADE, 0, 1)[:, None]
                here = block[start - first : end - first]
                block[start - first : end - first] = here * (1 - weight) + samples * weight
            file.write(np.round(block).astype("<i2").tobytes())
