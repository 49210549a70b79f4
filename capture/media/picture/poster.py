"""Choose and draw the poster: a frame of the finished film, so it shows nothing the film does not.

Faces are not detected. Eyes are open most of the time, so within two seconds the frame nearest to
the median of all (pixel by pixel) has no blink, turn of the head or blur; of several such frames
the sharpest is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import ffmpeg
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

from capture.media.conform import NO_METADATA
from capture.media.input_files import ffmpeg_url, media_input, safe_input_options
from capture.media.run_ffmpeg import run_ffmpeg
from library.core import files

Pixels = npt.NDArray[np.uint8]

TimeSpan = tuple[int, int]
"""Milliseconds of the film, from and to."""

_MAX_WINDOWS = 12  # spread over the film; none overlaps another
_WINDOW_MS = 2_000
_FRAME_STEP = 2
"""Every second frame is enough: a blink lasts for several."""
_CONTEXT_MS = 1_000
"""Milliseconds on either side that are compared, never chosen: a short span may be all blink."""
_ANALYSIS_WIDTH = 320
"""Width in pixels to compare frames at: enough for an eye, while noise averages out."""
_MIN_LUMA, _MAX_LUMA = 45, 215  # mean of a frame that is neither too dark nor too bright


def draw_film_poster(
    film: Path,
    to: Path,
    spans: Sequence[TimeSpan],
    *,
    at: int | None = None,
    smaller: Path | None = None,
) -> int:
    """Write one frame of the film as a JPEG and return the frame's time in milliseconds.

    `spans` are where the contributor is seen speaking and nothing is blurred. `at` is the
    moment somebody chose instead. `smaller` is a lower rendition of the same film, quicker to
    look through. Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    moment = best_frame_time(smaller or film, spans) if at is None else at
    # 10 ms early, less than half a frame, so that rounding cannot reach the next one.
    picture = media_input(film, ss=max(0.0, moment / 1000 - 0.01))["v:0"]
    draw_frame(picture, to)
    return moment


def best_frame_time(film: Path, spans: Sequence[TimeSpan]) -> int:
    """Return the time of the film's best frame within `spans`, in milliseconds."""
    scored = [_most_typical_frame(frames, span) for frames, span in _windows(film, spans)]
    if not scored:
        return spans[0][0] if spans else 0
    # Of equals the earliest: the same film has the same poster.
    return max(scored, key=lambda score_and_time: (score_and_time[0], -score_and_time[1]))[1]


def _windows(
    film: Path, spans: Sequence[TimeSpan]
) -> Iterator[tuple[list[tuple[int, Pixels]], TimeSpan]]:
    """Yield the frames in and around each window, with the window to choose from."""
    with av.open(ffmpeg_url(film), options=safe_input_options()) as container:
        for start, end in _spread_windows(spans):
            yield list(_frames(container, start - _CONTEXT_MS, end + _CONTEXT_MS)), (start, end)


def _spread_windows(spans: Sequence[TimeSpan]) -> Iterator[TimeSpan]:
    """Yield windows spread evenly over all spans; none extends beyond its span."""
    total = sum(end - start for start, end in spans)
    window_count = min(_MAX_WINDOWS, -(-total // _WINDOW_MS))
    for number in range(window_count):
        position = total * (2 * number + 1) // (2 * window_count)
        for start, end in spans:
            if position < end - start:
                first = max(start, min(start + position - _WINDOW_MS // 2, end - _WINDOW_MS))
                yield first, min(end, first + _WINDOW_MS)
                break
            position -= end - start


def _frames(container: Any, start: int, end: int) -> Iterator[tuple[int, Pixels]]:
    """Yield frames that begin from `start` to `end` ms, small and grey, each with its time."""
    stream = container.streams.video[0]
    # One for all frames, and in this thread: a frame's own would be set up anew for each, threads
    # and all, which takes several times as long as making it smaller.
    scaler: Any = VideoReformatter()
    container.seek(max(0, int(start / 1000 / stream.time_base)), stream=stream, backward=True)
    for number, frame in enumerate(container.decode(stream)):
        time = round(frame.pts * stream.time_base * 1000)
        if time >= end:
            return
        if time >= start and number % _FRAME_STEP == 0:
            height = max(2, frame.height * _ANALYSIS_WIDTH // frame.width)
            small = scaler.reformat(
                frame, _ANALYSIS_WIDTH, height, "gray", interpolation="AREA", threads=1
            )
            yield time, small.to_ndarray()


def _most_typical_frame(frames: list[tuple[int, Pixels]], span: TimeSpan) -> tuple[float, int]:
    """Return a score of the most typical frame within `span`, and its time."""
    inside = [number for number, (time, _) in enumerate(frames) if span[0] <= time < span[1]]
    if not inside:
        return -1.0, span[0]
    stack = np.stack([pixels for _, pixels in frames])
    median = np.partition(stack, len(stack) // 2, axis=0)[len(stack) // 2].astype(np.int16)
    distances = np.abs(stack - median).mean(axis=(1, 2))
    typical = min(inside, key=lambda number: float(distances[number]))
    time, pixels = frames[typical]
    # Sharp, and with little movement. A frame too dark or bright is taken only if all are.
    score = _sharpness(pixels) / (1 + float(distances[inside].mean()))
    if not _MIN_LUMA <= float(pixels.mean()) <= _MAX_LUMA:
        score /= 10
    return score, time


def _sharpness(pixels: Pixels) -> float:
    """Return the variance of the Laplacian (Pech-Pacheco et al., 2000)."""
    luma = pixels.astype(np.float32)
    inner = luma[1:-1, 1:-1]
    neighbours = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float(np.var(neighbours - 4 * inner))


_MAX_SIDE = 1280  # pixels of the poster's longer side
_DRAW_TIMEOUT_SECONDS = 60  # seconds to draw one frame


def draw_poster(working: Path, to: Path, duration: int) -> None:
    """Write a JPEG of a typical frame of the working copy, a fifth of the way in.

    `duration` in milliseconds. Raises ToolFailed or NoRoom.
    """
    at = duration // 5
    # The sound may go on for long after the last picture.
    if at >= (pictures_end := _pictures_end(working)):
        at = pictures_end // 5
    # V: no cover picture. thumbnail: of 50 frames (two seconds) the one nearest to their average.
    picture = media_input(working, ss=at / 1000)["V:0"].filter("thumbnail", 50)
    draw_frame(picture, to, _DRAW_TIMEOUT_SECONDS + duration / 1000)


def _pictures_end(film: Path) -> int:
    """Return the milliseconds at which the last picture begins to be shown."""
    with av.open(ffmpeg_url(film), options=safe_input_options()) as container:
        stream: Any = container.streams.video[0]
        end = int(1000 * (stream.duration or 0) * stream.time_base)
        frame = 1000 / float(stream.average_rate or 25)
    return max(0, int(end - frame))


def draw_frame(picture: Any, to: Path, timeout: float = _DRAW_TIMEOUT_SECONDS) -> None:
    """Write a stream's first frame as a JPEG, at most 1280 a side, without metadata.

    Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    side = f"min({_MAX_SIDE},{{}})"
    picture = picture.filter(
        "scale",
        side.format("iw"),
        side.format("ih"),
        force_original_aspect_ratio="decrease",
        out_color_matrix="bt601",  # the only one that JPEG has
        out_range="pc",
    )
    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            picture,
            ffmpeg_url(temporary),
            f="image2",
            update=1,
            vframes=1,
            pix_fmt="yuvj420p",
            **{"c:v": "mjpeg", "q:v": 3},
            **NO_METADATA,
        )
        run_ffmpeg(graph, activity="Drawing the poster", timeout=timeout)
