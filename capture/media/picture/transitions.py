"""How the parts of a reel are joined: one after the other, or faded one into the other.

Every stream is counted in frames: its time base is one frame, and its first frame is 0. Only the
few frames of a fade are mixed; all others pass as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from capture.media.timeline import Card, Part, Reel, Shot

Row = tuple[Part, ...]
"""Parts that follow each other by plain cuts."""
Stretch = tuple[Row, ...]
"""One row; or two of one part each, equally long, the first faded into the second."""


def stretches(reel: Reel) -> Iterator[Stretch]:
    """The reel without overlaps: each frame of the film lies in exactly one stretch."""
    row: Row = ()
    fading: Row = ()
    shared = (0, *reel.overlaps, 0)
    for part, before, after in zip(reel.parts, shared, shared[1:], strict=False):
        if before:
            yield fading, (_piece(part, 0, before),)
        if part.frames > before + after:
            row = (*row, _piece(part, before, part.frames - after))
        if after:
            if row:
                yield (row,)
            row = ()
            fading = (_piece(part, part.frames - after, part.frames),)
    if row:
        yield (row,)


def _piece(part: Part, first: int, last: int) -> Part:
    """Frames `first` to `last` of a part, counted from its own beginning."""
    if isinstance(part, Card):
        return Card(part.name, last - first)
    return Shot(part.first + first, part.first + last)


def splice(reel: Reel, rows: Iterable[Any]) -> Any:
    """The film, from the streams of all rows of its stretches in their order."""
    streams = iter(rows)
    joined = [
        next(streams)
        if len(stretch) == 1
        else _faded(next(streams), next(streams), stretch[0][0].frames, reel.fps)
        for stretch in stretches(reel)
    ]
    return in_a_row(joined, reel.fps)


def in_a_row(streams: Sequence[Any], fps: int) -> Any:
    """One after the other, counted anew."""
    import ffmpeg

    if len(streams) == 1:
        return streams[0]
    return counted(ffmpeg.concat(*streams, v=1, a=0), fps)


def counted(picture: Any, fps: int) -> Any:
    """Times in whole frames from 0 on."""
    return picture.filter("settb", f"1/{fps}").filter("setpts", "N")


def copies(picture: Any, times: int) -> Iterator[Any]:
    """The same stream so many times: ffmpeg wants to be told."""
    if times == 1:
        return iter([picture])
    split = picture.filter_multi_output("split", times)
    return iter([split[number] for number in range(times)])


def _faded(one: Any, other: Any, frames: int, fps: int) -> Any:
    import ffmpeg

    length = f"{round(frames * 1_000_000 / fps)}us"
    mixed = ffmpeg.filter([one, other], "xfade", transition="fade", offset=0, duration=length)
    return counted(mixed.filter("format", "yuv420p"), fps)
