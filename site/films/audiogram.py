"""Draw audiograms: the story's title, the question being answered, and the sound as bars.

An audiogram is the picture of a film without camera footage: for a contributor who is heard and
not seen, and for recordings of sound alone. Each question has its own picture, and under it the
loudness of its answer as bars that fill up with colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from capture.media.picture.audiogram import AudiogramPassage
from films.cards import (
    BACKGROUND,
    HIGHLIGHT,
    MARGIN,
    RIPPLE_COLOUR,
    SOFT_COLOUR,
    TEXT_COLOUR,
    CardStyle,
    draw_background,
    draw_stack,
    save_png,
)
from films.typesetting import bidi
from films.typesetting.layout import MIN_SIZE, Colour, TextBlock, fit_blocks
from films.typesetting.typefaces import sans, serif
from films.typesetting.typeset import StyledText, tidy
from library.core import files

Samples = npt.NDArray[np.float32]

AUDIOGRAM_SIZE = 1920, 1080
"""Pixels of the film of a story that is only heard."""
_POSTER_SIZE = 1280, 720
_BAR_COUNT = 96
_PORTRAIT_BAR_COUNT = 48
# Shares of the height of the picture.
_BARS_HEIGHT = 0.16
_CAPTION_SPACE = 0.19  # free below the bars: players put two lines of captions there
_MIN_BAR = 0.06  # of the highest bar: a pause is still a dot on the line
_OVERSAMPLING = 3  # bars are drawn larger and scaled down, for smooth ends
_UNPLAYED_SHARE = 0.34  # of a bar's colour, before it is heard


@dataclass(frozen=True)
class QuestionSegment:
    """A stretch of the film on one question: frames from `start` up to, not including, `end`."""

    start: int
    end: int
    question: str = ""
    """The question as asked; empty for what was said before the first."""


def draw_audiogram(
    segments: Sequence[QuestionSegment],
    title: str,
    contributor: str,
    samples: Samples,
    rate: int,
    fps: int,
    folder: Path,
    *,
    size: tuple[int, int] = AUDIOGRAM_SIZE,
    style: CardStyle | None = None,
) -> list[AudiogramPassage]:
    """Draw the pictures of each segment as PNGs in `folder`; return where and when each is shown.

    `samples` is the film's own sound, one channel at `rate` a second. Raises BadInput for a letter
    no font has or more words than fit; NoRoom or DiskFailed.
    """
    style = style or CardStyle()
    loudest = max(
        (max(_bar_levels(samples, segment, rate, fps, size)) for segment in segments), default=0.0
    )
    passages = []
    for number, segment in enumerate(segments):
        # By the loudest of the whole film, so that answers can be compared.
        levels = [
            level / (loudest or 1.0) for level in _bar_levels(samples, segment, rate, fps, size)
        ]
        picture, top = _draw_words(segment.question or title, title, contributor, size, style)
        area = _bars_area(size, top)
        played, unplayed = (
            folder / f"audiogram-{number}-{word}.png" for word in ("heard", "unheard")
        )
        unplayed_picture = _draw_unplayed(picture, levels, area)
        _draw_bars(picture, levels, area, HIGHLIGHT)
        save_png(picture, played)
        save_png(unplayed_picture, unplayed)
        passages.append(AudiogramPassage(segment.start, segment.end, played, unplayed, area))
    return passages


def draw_title_poster(
    title: str, contributor: str, samples: Samples, to: Path, style: CardStyle | None = None
) -> None:
    """Draw a JPEG of 1280 × 720 with the title and the whole story's sound as bars.

    The file appears whole or not at all. Raises BadInput as `draw_audiogram` does, NoRoom or
    DiskFailed.
    """
    picture, top = _draw_words(title, "", contributor, _POSTER_SIZE, style or CardStyle())
    # At one sample a second and one frame a second, frames are samples: the whole sound.
    whole = QuestionSegment(0, max(1, samples.size))
    levels = _bar_levels(samples, whole, 1, 1, _POSTER_SIZE)
    loudest = max(levels) or 1.0
    _draw_bars(
        picture, [level / loudest for level in levels], _bars_area(_POSTER_SIZE, top), HIGHLIGHT
    )
    with files.replacing(to) as temporary, files.translate_disk_errors(to):
        picture.save(temporary, format="JPEG", quality=88)


def _draw_words(
    headline: str, title: str, contributor: str, size: tuple[int, int], style: CardStyle
) -> tuple[Image.Image, float]:
    """Draw the background with its words; return it and the upper edge of the bars in pixels."""
    short_side, edge = min(size), MARGIN * min(size)
    right_to_left = bool(bidi.base_level(tidy(headline)))
    picture = draw_background(size, ripples=False)
    plain = sans(500, style.fonts)
    smaller = [
        TextBlock(StyledText(contributor, plain, "The contributor’s name"), 0.05, SOFT_COLOUR)
    ]
    if title and title != headline:
        smaller.insert(0, TextBlock(StyledText(title, plain, "The title"), MIN_SIZE, SOFT_COLOUR))
    blocks = [
        TextBlock(
            StyledText(headline, serif(560, style.fonts), "The question"), 0.084, TEXT_COLOUR
        ),
        *(TextBlock(block.words, block.size, block.colour, 0.035) for block in smaller),
    ]
    bars_top = size[1] * (1 - _BARS_HEIGHT - _CAPTION_SPACE)
    available = bars_top - 1.4 * edge
    stack = fit_blocks(blocks, size[0] - 2 * edge, available, short_side)
    draw_stack(picture, stack, edge + (available - stack.height) * 0.4, right_to_left)
    return picture, bars_top


def _bars_area(size: tuple[int, int], top: float) -> tuple[int, int, int, int]:
    """Return x, y, width and height of the bars in pixels."""
    # Even numbers: the film (yuv420p) has one colour for each square of two by two pixels.
    edge = int(MARGIN * min(size)) // 2 * 2
    height = int(size[1] * _BARS_HEIGHT) // 2 * 2
    return edge, int(top) // 2 * 2, (size[0] - 2 * edge) // 2 * 2, height


def _bar_levels(
    samples: Samples, segment: QuestionSegment, rate: int, fps: int, size: tuple[int, int]
) -> list[float]:
    """Return the loudness of a segment for each bar, from 0 to 1."""
    bars = _BAR_COUNT if size[0] >= size[1] else _PORTRAIT_BAR_COUNT
    part = samples[segment.start * rate // fps : segment.end * rate // fps]
    pieces = np.array_split(part, bars)
    powers = (
        float(np.mean(np.square(piece, dtype=np.float64))) if piece.size else 0 for piece in pieces
    )
    # About the cube root of the power, as loudness is felt: quiet speech stays visible.
    return [power**0.3 for power in powers]


def _draw_unplayed(
    picture: Image.Image, levels: Sequence[float], area: tuple[int, int, int, int]
) -> Image.Image:
    """Draw the bars in their colour before they are heard; return them as an overlay.

    The overlay is twice as wide, its right half transparent. ffmpeg slides it to the right over
    the bars in their played colour, so that these appear from the left.
    """
    x, y, width, height = area
    unplayed = picture.copy()
    colour = tuple(
        round(back + (bar - back) * _UNPLAYED_SHARE)
        for back, bar in zip(BACKGROUND, RIPPLE_COLOUR, strict=True)
    )
    _draw_bars(unplayed, levels, area, (colour[0], colour[1], colour[2]))
    overlay = Image.new("RGBA", (2 * width, height))
    overlay.paste(unplayed.crop((x, y, x + width, y + height)), (0, 0))
    return overlay


def _draw_bars(
    picture: Image.Image, levels: Sequence[float], area: tuple[int, int, int, int], colour: Colour
) -> None:
    x, y, width, height = area
    mask = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    for box, radius in _bar_boxes(levels, mask.size):
        ImageDraw.Draw(mask).rounded_rectangle(box, radius=radius, fill=255)
    picture.paste(colour, (x, y), mask.resize((width, height), Image.Resampling.LANCZOS))


def _bar_boxes(
    levels: Sequence[float], size: tuple[int, int]
) -> Iterator[tuple[tuple[float, float, float, float], float]]:
    """Yield each bar's box (left, top, right, bottom) and the radius of its rounded ends."""
    step = size[0] / len(levels)
    bar_width = step * 0.5
    for number, level in enumerate(levels):
        left = number * step + (step - bar_width) / 2
        half_height = max(bar_width / 2, max(_MIN_BAR, level) * size[1] / 2)
        yield (
            (left, size[1] / 2 - half_height, left + bar_width, size[1] / 2 + half_height),
            bar_width / 2,
        )
