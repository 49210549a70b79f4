"""Make a person unrecognisable in the picture: the frame, or a region, pixelated and smoothed.

Pixelating averages over large squares, then over their neighbours: what was in a square is gone,
not hidden. A face that fills half the frame's height is left with five squares from chin to hair.
It takes away the face, not the clothes, the room, the way of moving or the voice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ffmpeg

SQUARES_ACROSS = 10
"""Across the shorter side of a whole frame."""
_SQUARES_ACROSS_REGION = 6
"""Across the longer side of a region: it is drawn round the face."""
_MIN_SQUARE_PIXELS = 8

FrameSpan = tuple[int, int]
"""Frames: the first, and the one after the last."""


@dataclass(frozen=True)
class Region:
    """A part of the picture, in percent of its width and height from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        inside = self.x >= 0 and self.y >= 0 and self.width > 0 and self.height > 0
        if not inside or self.x + self.width > 100 or self.y + self.height > 100:
            raise ValueError("A region lies within 0 to 100 percent of the picture.")

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return x, y, width and height in even pixels, never smaller than was asked.

        Even, because chroma is stored for two pixels together.
        """
        left, top = _even_below(self.x * width / 100), _even_below(self.y * height / 100)
        right = min(_even_above((self.x + self.width) * width / 100), width)
        bottom = min(_even_above((self.y + self.height) * height / 100), height)
        return left, top, right - left, bottom - top


@dataclass(frozen=True)
class Anonymisation:
    """The treatment of the picture. `blurred` without a region covers the whole frame."""

    blurred: bool = False
    region: Region | None = None


AS_FILMED = Anonymisation()


def _even_below(side: float) -> int:
    return int(side) // 2 * 2


def _even_above(side: float) -> int:
    return -(-int(-(-side // 1)) // 2) * 2


def apply_anonymisation(picture: Any, anonymisation: Anonymisation, width: int, height: int) -> Any:
    """Return the picture as the contributor agreed to be seen."""
    if not anonymisation.blurred:
        return picture
    if anonymisation.region is None:
        return pixelate(picture, min(width, height) // SQUARES_ACROSS)
    x, y, region_width, region_height = anonymisation.region.pixels(width, height)
    split = picture.filter_multi_output("split", 2)
    face = split[1].filter("crop", region_width, region_height, x, y)
    face = pixelate(face, max(region_width, region_height) // _SQUARES_ACROSS_REGION)
    return ffmpeg.filter([split[0], face], "overlay", x=x, y=y)


def blur_spans(picture: Any, spans: Iterable[FrameSpan], fps: int, shorter_side: int) -> Any:
    """Pixelate the whole frame during `spans` of the picture's own frames: lips are gone.

    `shorter_side` is the frame's, in pixels.
    """
    condition = time_condition(spans, fps)
    return (
        pixelate(picture, shorter_side // SQUARES_ACROSS, enable=condition)
        if condition
        else picture
    )


def time_condition(spans: Iterable[FrameSpan], fps: int) -> str:
    """Return an ffmpeg expression that is true during `spans` of frames.

    Borders lie half a frame before, so that no rounding of times can reach the next frame.
    """
    return "+".join(
        f"gte(t,{(first - 0.5) / fps:.6f})*lt(t,{(last - 0.5) / fps:.6f})"
        for first, last in sorted(spans)
    )


def pixelate(picture: Any, square: int, **timeline_options: str) -> Any:
    """Average the picture over squares of `square` pixels, and smooth their borders away."""
    square = max(_MIN_SQUARE_PIXELS, min(square, 1024))
    picture = picture.filter("pixelize", width=square, height=square, **timeline_options)
    for _ in range(2):
        picture = picture.filter("avgblur", sizeX=square // 2, **timeline_options)
    return picture
