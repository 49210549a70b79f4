"""Find the stretches of each take that a film shows, and plan how their files are opened.

A take's frames are counted on the recording's clock: the steady rate from its first moment on, the
very clock of the working copy. Several takes follow each other, each a whole number of frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from capture.media.input_files import ffmpeg_url, safe_input_options
from capture.media.recording import Recording
from capture.media.timeline import Shot

SEEKABLE_CONTAINERS = ("mov", "matroska")
"""Containers whose every picture states its own time. Others are read from their beginning."""
_MIN_SKIP_SECONDS = 20
"""A gap between two clips longer than this is skipped by a second reader, which seeks."""
_SEEK_MARGIN_SECONDS = 2
"""A reader seeks to this long before its first clip; ffmpeg goes back to a key frame from there."""
_MAX_READERS = 8
"""Readers open at a time: each holds some dozens of frames in memory."""
_MIN_HD_LINES = 720  # smaller pictures that name no matrix are read as ITU-R BT.601, as players do
# Matrix coefficients of ITU-T H.273, as PyAV reports them → ffmpeg's names.
_MATRIX_NAMES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}


@dataclass(frozen=True)
class Footage:
    """One take: its original file, its description, and its length in frames of the timeline.

    Where the file has fewer pictures than that, its last one is held; pictures beyond are
    left out.
    """

    path: Path
    recording: Recording
    frames: int


@dataclass(frozen=True)
class Clip:
    """Frames `first` to `last` (excluded) of one take, on the take's own clock."""

    take: int
    first: int
    last: int

    @property
    def frames(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class TakeReader:
    """A planned opening of a take's file: the clips read from it, and the second to seek to."""

    take: int
    clips: tuple[Clip, ...]
    seek: float = 0.0


@dataclass(frozen=True)
class FrameColours:
    """Interlacing and colour matrix of a take, read from its first picture."""

    interlaced: bool
    matrix: str
    """ffmpeg's name of the matrix its colours were made with."""


def clips_of(shot: Shot, takes: Sequence[Footage]) -> Iterator[Clip]:
    """Yield the clips that a shot of the joined recording consists of, one for each take it spans.

    Raises ValueError for a shot that goes beyond the end of the last take.
    """
    take_start = 0
    for number, take in enumerate(takes):
        first, last = max(shot.first, take_start), min(shot.last, take_start + take.frames)
        if first < last:
            yield Clip(number, first - take_start, last - take_start)
        take_start += take.frames
    if shot.last > take_start:
        raise ValueError("A shot goes beyond the end of the recording.")


def plan_readers(
    clips: Sequence[Clip], takes: Sequence[Footage], fps: int, *, allow_seeking: bool = True
) -> list[TakeReader]:
    """Plan how to open the takes so that no long stretch is decoded for nothing.

    Shots of an hour's recording may lie far apart: the longest gaps are skipped, and only where
    every take can be entered exactly (`SEEKABLE_CONTAINERS`).
    """
    can_seek = allow_seeking and all(
        takes[clip.take].recording.container in SEEKABLE_CONTAINERS for clip in clips
    )
    reader_starts = {
        at for at, clip in enumerate(clips) if at == 0 or clips[at - 1].take != clip.take
    }
    gaps = {
        at: clips[at].first - clips[at - 1].last
        for at in range(len(clips))
        if at not in reader_starts
    }
    longest_gaps = sorted(
        (at for at in gaps if gaps[at] > _MIN_SKIP_SECONDS * fps), key=lambda at: (-gaps[at], at)
    )
    # Of two equal gaps the earlier: the same timeline is always read in the same way.
    if can_seek:
        reader_starts.update(longest_gaps[: max(0, _MAX_READERS - len(reader_starts))])
    borders = [*sorted(reader_starts), len(clips)]
    return [
        TakeReader(
            clips[start].take,
            tuple(clips[start:end]),
            _seek_seconds(clips[start], fps) if can_seek else 0,
        )
        for start, end in pairwise(borders)
    ]


def _seek_seconds(clip: Clip, fps: int) -> float:
    """Return the second to seek to for a clip: 0 near the beginning, where reading is as quick."""
    return clip.first / fps - _SEEK_MARGIN_SECONDS if clip.first > _MIN_SKIP_SECONDS * fps else 0.0


def frame_colours(footage: Footage) -> FrameColours:
    """Read interlacing and colour matrix of the first picture; a missing matrix is guessed."""
    options = safe_input_options()
    with av.open(ffmpeg_url(footage.path), options=options, metadata_errors="replace") as container:
        frame: Any = next(iter(container.decode(video=0)), None)
    if frame is None:
        return FrameColours(False, "bt709")
    guessed_matrix = "bt709" if min(frame.width, frame.height) >= _MIN_HD_LINES else "smpte170m"
    return FrameColours(
        bool(frame.interlaced_frame), _MATRIX_NAMES.get(int(frame.colorspace), guessed_matrix)
    )
