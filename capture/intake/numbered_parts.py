"""Parts of one recording that a camera or recorder gave the next number, told by their clocks.

    C0001.MP4 C0002.MP4     Sony          MVI_0007.MOV MVI_0008.MOV      Canon
    00001.MTS 00002.MTS     camcorders    DJI_…_0001_D.MP4 DJI_…_0002_D  DJI
    IMG_0412.MOV IMG_0413   iPhone        ZOOM0001.WAV STE-000.wav       recorders

Names like these say that one follows the other, not that they belong together. They do where the
second begins at the moment at which the first ends: by the time that the file states, else by the
time at which it was written. Where neither tells, a person is asked.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from capture.intake.camera_splits import is_named_part
from capture.media.probe_subprocess import probe_in_subprocess, start_in_subprocess
from library.core.errors import CarerStoriesError

# The last number of three to seven digits; a date and time before it differs from part to part.
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{3,7})(?P<tail>[^0-9]*(?:[0-9]{1,2})?)")
_DATE_AND_TIME = re.compile(r"[0-9]{8}[_-]?[0-9]{6}")
_MAX_PARTS = 30
_GAP_SECONDS = (-2.0, 3.0)
"""Between two parts: clocks of cameras count whole seconds, those of cards every second one."""
_UNSURE_GAP_SECONDS = 60.0
"""A file may be written as long after its recording ended, by a program that copied it."""

_CLOCK_TOLERANCE_SECONDS = 60.0
_LONGEST_RECORDING_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class NumberedParts:
    """Files beside those that were named: parts of the same recording, or perhaps so."""

    sure: tuple[Path, ...] = ()
    unsure: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Clip:
    """The clock of one file, in seconds."""

    duration: float
    started: float | None
    written: float


def numbered_parts(files: Iterable[Path]) -> NumberedParts:
    """Return the files whose numbers follow those of `files`, or precede them, in their folders."""
    named = [file for file in files if not is_named_part(file)]
    sure: dict[Path, None] = {}
    unsure: dict[Path, None] = {}
    for file in named:
        for step in (-1, 1):
            _follow(file, step, {*named}, sure, unsure)
    return NumberedParts(
        tuple(sorted(sure, key=_sort_key)),
        tuple(file for file in unsure if file not in sure),
    )


def _follow(
    file: Path, step: int, named: set[Path], sure: dict[Path, None], unsure: dict[Path, None]
) -> None:
    here = file
    for _ in range(_MAX_PARTS):
        neighbour = _neighbour(here, step)
        if neighbour is None or neighbour in named:
            return
        earlier, later = (here, neighbour) if step > 0 else (neighbour, here)
        answer = _continues(earlier, later)
        if answer is None:
            unsure[neighbour] = None
        if not answer:
            return
        sure[neighbour] = None
        here = neighbour


def in_clock_order(files: Sequence[Path]) -> list[Path]:
    """Return the files with parts that follow each other by number and clock in their order."""
    ordered = list(files)
    for series in _series(files).values():
        by_number = sorted(series, key=_sort_key)
        if len(series) < 2 or by_number == series:
            continue
        if all(_is_next(a, b) and _continues(a, b) for a, b in pairwise(by_number)):
            places = [at for at, file in enumerate(ordered) if file in series]
            for at, file in zip(places, by_number, strict=True):
                ordered[at] = file
    return ordered


def _series(files: Iterable[Path]) -> dict[tuple[Path, str, str], list[Path]]:
    series: dict[tuple[Path, str, str], list[Path]] = {}
    for file in files:
        if (parts := _read(file)) and not is_named_part(file):
            series.setdefault(parts[0], []).append(file)
    return series


def _read(file: Path) -> tuple[tuple[Path, str, str], int] | None:
    """Return what the names of a series have in common, and the number; None without one."""
    match = _NUMBERED.fullmatch(_DATE_AND_TIME.sub("#", file.stem))
    if match is None:
        return None
    common = f"{match['before']}|{match['tail']}|{len(match['number'])}".upper()
    return (file.absolute().parent, common, file.suffix.upper()), int(match["number"])


def _sort_key(file: Path) -> tuple[str, int]:
    read = _read(file)
    return (str(read[0]), read[1]) if read else (str(file), 0)


def _is_next(file: Path, other: Path) -> bool:
    first, second = _read(file), _read(other)
    return (
        first is not None
        and second is not None
        and first[0] == second[0]
        and second[1] == first[1] + 1
    )


def _neighbour(file: Path, step: int) -> Path | None:
    """Return the file in the same folder with the next number, or the one before."""
    first, second = (lambda other: (file, other)), (lambda other: (other, file))
    in_order: Callable[[Path], tuple[Path, Path]] = first if step > 0 else second
    with contextlib.suppress(OSError):
        for other in sorted(file.absolute().parent.iterdir()):
            if _is_next(*in_order(other)) and other.is_file() and not other.is_symlink():
                return other
    return None


def _continues(earlier: Path, later: Path) -> bool | None:
    """Return whether a file begins where another ends; None where their clocks do not tell."""
    try:
        first, second = _clip(earlier), _clip(later)
    except (CarerStoriesError, OSError):
        return False  # it is no recording, or none that we can read
    if not (first.duration and second.duration):
        return None
    if first.started is not None and second.started is not None:
        step = second.started - first.started
        # Some cameras state when a part began, others when it was finished.
        if any(_fits(step - length) for length in (first.duration, second.duration)):
            return True
        if step:  # the same moment in both: that of the whole recording, or of a conversion
            return False
    gap = second.written - second.duration - first.written
    if _fits(gap) and second.written - first.written >= 1:
        return True
    # Written sooner than it could be recorded: copies, which have the time of their copying.
    return False if gap > _UNSURE_GAP_SECONDS else None


def is_of_another_time(file: Path, others: Iterable[Path]) -> bool:
    """Return whether a file cannot be of one recording with others, by the times that they state.

    A camera begins its numbers anew, and then names of two recordings may look like one’s.
    """
    return any(_are_apart(*sorted((file, other))) for other in others)


def _are_apart(earlier: Path, later: Path) -> bool:
    first, second = _stated_start(earlier), _stated_start(later)
    if first is None or second is None:
        return False
    return not -_CLOCK_TOLERANCE_SECONDS <= second - first <= _LONGEST_RECORDING_SECONDS


@functools.lru_cache(maxsize=128)
def _stated_start(file: Path) -> float | None:
    try:
        return start_in_subprocess(file)
    except (CarerStoriesError, OSError):
        return None  # the import says what is wrong


def _fits(gap: float) -> bool:
    return _GAP_SECONDS[0] <= gap <= _GAP_SECONDS[1]


def _clip(file: Path) -> _Clip:
    return _Clip(
        probe_in_subprocess(file).duration / 1000,
        start_in_subprocess(file),
        file.stat().st_mtime,
    )
