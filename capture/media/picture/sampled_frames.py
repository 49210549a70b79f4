"""Read a film’s frames as small grey squares: often where its picture moves, else now and then."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import ffmpeg
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

from capture.media.input_files import ffmpeg_url, media_input, safe_input_options
from capture.media.run_ffmpeg import run_ffmpeg
from library.core.errors import Damaged

Pixels = npt.NDArray[np.uint8]

FRAMES_PER_SECOND = 4
"""A hand that is raised, or a head that turns, takes as long."""
_LONGEST_STILL_SECONDS = 3.0
"""Between two key frames: a film has one every two seconds."""
_Span = tuple[float, float]


def sampled_frames(film: Path, side: int, timeout_s: float) -> Pixels:
    """Return four frames a second of a film from outside, `side` × `side` pixels of grey each.

    ffmpeg makes them so small at once, in a process held to limits. Raises ToolFailed, TookTooLong
    or NoRoom.
    """
    picture = media_input(film)["v:0"].filter("fps", FRAMES_PER_SECOND, round="up")
    picture = picture.filter("scale", side, side, flags="area").filter("format", "gray")
    with tempfile.TemporaryDirectory(prefix="carer-stories-") as folder:
        raw = Path(folder) / "frames"
        graph = ffmpeg.output(picture, ffmpeg_url(raw), f="rawvideo", pix_fmt="gray")
        run_ffmpeg(graph, activity="Looking at the pictures of a film", timeout=timeout_s)
        pixels = np.fromfile(raw, np.uint8)
    whole = len(pixels) // (side * side)
    return pixels[: whole * side * side].reshape(whole, side, side)


def frames_of_own_film(film: Path, side: int, differ: Callable[[Pixels, Pixels], bool]) -> Pixels:
    """Return frames of a film that we made, `side` × `side` pixels of grey each.

    Its key frames, and four a second between two that `differ` or lie far apart: somebody who sits
    and talks looks much the same for an hour, and decoding all of it would take minutes. Raises
    Damaged.
    """
    try:
        keys = list(_frames(film, side, "NONKEY", (0.0, float("inf"))))
        moving = [
            frame
            for span in _moving_spans(keys, differ)
            for _, frame in _frames(film, side, "NONREF", span)
        ]
    except (av.error.FFmpegError, OSError, IndexError, ValueError) as error:
        raise Damaged(f"{film.name} cannot be looked at.", "Make it again.") from error
    frames = [*(frame for _, frame in keys), *moving]
    return np.stack(frames) if frames else np.empty((0, side, side), np.uint8)


def _moving_spans(
    keys: Sequence[tuple[float, Pixels]], differ: Callable[[Pixels, Pixels], bool]
) -> list[_Span]:
    """Return the seconds in which the picture may change, those that meet as one."""
    spans: list[_Span] = []
    for (start, before), (end, after) in pairwise(keys):
        if end - start > _LONGEST_STILL_SECONDS or differ(before, after):
            is_next = bool(spans) and spans[-1][1] == start
            spans[-1:] = [(spans[-1][0], end)] if is_next else [*spans[-1:], (start, end)]
    # What follows the last key frame has nothing after it to be compared with.
    last = keys[-1][0] if keys else 0.0
    return [*spans, (last, float("inf"))]


def _frames(film: Path, side: int, skip: str, span: _Span) -> Iterator[tuple[float, Pixels]]:
    """Yield frames of a span, at most four a second, each with its second."""
    start, end = span
    with av.open(ffmpeg_url(film), options=safe_input_options()) as container:
        stream: Any = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.skip_frame = skip
        if start > 0:
            container.seek(int(start / stream.time_base), stream=stream, backward=True)
        # One for all frames: a frame's own would be set up anew for each, threads and all.
        scaler: Any = VideoReformatter()
        wanted = start
        for frame in container.decode(stream):
            at = float(frame.time or 0.0)
            if at >= end:
                return
            if at >= wanted or skip == "NONKEY":
                wanted = at + 1 / FRAMES_PER_SECOND
                small = scaler.reformat(frame, side, side, "gray", interpolation="AREA", threads=1)
                yield at, small.to_ndarray()
