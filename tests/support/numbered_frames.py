"""Films whose every frame shows its own number, in twelve squares that are light or dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from capture.media.timeline import Card, Timeline

Squares = npt.NDArray[np.float64]
WIDTH, HEIGHT = 160, 96
_DARK, _LIGHT = 40, 200
_ROWS, _COLUMNS = 3, 4
CARD = 120
"""The grey of a card, in RGB; between dark and light, so that it is no number."""


def film(
    to: Path, frames: int, *, rate: int = 25, first: int = 0, times: Sequence[int] = ()
) -> None:
    """Write a recording of `frames` frames, numbered from `first` (below 4096), with silence.

    `times` are the frames' times, in frames, where the rate is not constant.
    """
    with av.open(str(to), "w") as container:
        video = container.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "10", "preset": "ultrafast", "g": "30"}
        audio = container.add_stream("aac", rate=48_000)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(_drawn(first + number), format="yuv420p")
            frame.pts = times[number] if times else number
            container.mux(video.encode(frame))
        for block in range((times[-1] if times else frames) * 48_000 // rate // 1024):
            sound = av.AudioFrame.from_ndarray(
                np.zeros((2, 1024), np.float32), format="fltp", layout="stereo"
            )
            sound.sample_rate, sound.pts = 48_000, block * 1024
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def card(to: Path) -> Path:
    """Write a card of one grey."""
    Image.new("RGB", (WIDTH, HEIGHT), (CARD,) * 3).save(to)
    return to


def frame_squares(path: Path) -> Iterator[Squares]:
    """Yield the mean luma of each square of every frame, in the order they are shown."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            luma = frame.to_ndarray()[: frame.height].astype(float)
            high, wide = frame.height / _ROWS, frame.width / _COLUMNS
            yield np.array(
                [
                    luma[
                        int((row + 0.25) * high) : int((row + 0.75) * high),
                        int((column + 0.25) * wide) : int((column + 0.75) * wide),
                    ].mean()
                    for row in range(_ROWS)
                    for column in range(_COLUMNS)
                ]
            )


def number_in(squares: Squares) -> int:
    return sum(1 << bit for bit, light in enumerate(squares) if light > (_DARK + _LIGHT) / 2)


def expected(timeline: Timeline) -> list[Squares]:
    """Return the squares of every frame of the timeline's film; fades are even mixtures."""
    film: list[Squares | None] = [None] * timeline.frames
    for number, (start, part) in enumerate(zip(timeline.starts, timeline.parts, strict=True)):
        for step in range(part.frames):
            frame = _of_card() if isinstance(part, Card) else squares_of(part.first + step)
            before = film[start + step]
            if before is not None:
                share = step / timeline.overlaps[number - 1]
                frame = before * (1 - share) + frame * share
            film[start + step] = frame
    return [frame for frame in film if frame is not None]


def squares_of(number: int) -> Squares:
    return np.array([float(_LIGHT if number >> bit & 1 else _DARK) for bit in range(12)])


def _of_card() -> Squares:
    return np.full(12, 16 + 219 * CARD / 255)


def _drawn(number: int) -> npt.NDArray[np.uint8]:
    squares = squares_of(number).reshape(_ROWS, _COLUMNS).astype(np.uint8)
    luma = np.kron(squares, np.ones((HEIGHT // _ROWS, WIDTH // _COLUMNS), np.uint8))
    return np.vstack([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
