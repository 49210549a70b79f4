"""The takes a film is made from, and which stretches of them are read.

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

SEEKABLE = ("mov", "matroska")
"""Containers whose every picture states its own time. Others are read from their beginning."""
_SKIP_SECONDS = 20
"""Seconds left out that are worth a reader of their own."""
_SEEK_MARGIN_SECONDS = 2
"""Seconds before a stretch at which its reader begins; it then goes back to a key frame."""
_MAX_READERS = 8
"""Each holds some dozens of frames in memory."""
_HD_LINES = 720  # what is smaller and says nothing is read as ITU-R BT.601, as players do
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}


@dataclass(frozen=True)
class Footage:
    """One take: its original file, its description, and its length in frames of the timeline.

    Where the file has fewer pictures than that, its last one stands; what goes beyond is left
    out.
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
    """One opening of a take's file: the clips read from it, and the second to seek to."""

    take: int
    clips: tuple[Clip, ...]
    seek: float = 0.0


@dataclass(frozen=True)
class FrameColours:
    """Facts of a first picture that `Recording` leaves out."""

    interlaced: bool
    matrix: str
    """ffmpeg's name of the matrix its colours were made with."""


def clips_of(shot: Shot, takes: Sequence[Footage]) -> Iterator[Clip]:
    """Yield a shot in terms of its takes. Raises ValueError beyond the last take's end."""
    take_start = 0
    for number, take in enumerate(takes):
        first, last = max(shot.first, take_start), min(shot.last, take_start + take.frames)
        if first < last:
            yield Clip(number, first - take_start, last - take_start)
        take_start += take.frames
    if shot.last > take_start:
        raise ValueError("A shot goes beyond the end of the recording.")


def plan_readers(
    clips: Sequence[Clip], takes: Sequence[Footage], fps: int, *, skipping: bool = True
) -> list[TakeReader]:
    """Plan how to open the takes so that no long stretch is decoded for nothing.

    Shots of an hour's recording may lie far apart: the longest gaps are skipped, and only where
    every take can be entered exactly (`SEEKABLE`).
    """
    can_skip = skipping and all(takes[clip.take].recording.container in SEEKABLE for clip in clips)
    starts = {at for at, clip in enumerate(clips) if at == 0 or clips[at - 1].take != clip.take}
    gaps = {
        at: clips[at].first - clips[at - 1].last for at in range(len(clips)) if at not in starts
    }
    longest_gaps = sorted(
        (at for at in gaps if gaps[at] > _SKIP_SECONDS * fps), key=lambda at: (-gaps[at], at)
    )
    # Of two equal gaps the earlier: the same timeline is always read in the same way.
    if can_skip:
        starts.update(longest_gaps[: max(0, _MAX_READERS - len(starts))])
    borders = [*sorted(starts), len(clips)]
    return [
        TakeReader(
            clips[start].take,
            tuple(clips[start:end]),
            _seek_seconds(clips[start], fps) if can_skip else 0,
        )
        for start, end in pairwise(borders)
    ]


def _seek_seconds(clip: Clip, fps: int) -> float:
    """Return 0 for a clip near the beginning: reading on is as quick as seeking."""
    return clip.first / fps - _SEEK_MARGIN_SECONDS if clip.first > _SKIP_SECONDS * fps else 0.0


def frame_colours(footage: Footage) -> FrameColours:
    """Read the first picture's colours; a missing matrix is guessed as players guess it."""
    options = safe_input_options()
    with av.open(ffmpeg_url(footage.path), options=options, metadata_errors="replace") as container:
        frame: Any = next(iter(container.decode(video=0)), None)
    if frame is None:
        return FrameColours(False, "bt709")
    default = "bt709" if min(frame.width, frame.height) >= _HD_LINES else "smpte170m"
    return FrameColours(bool(frame.interlaced_frame), _MATRICES.get(int(frame.colorspace), default))
