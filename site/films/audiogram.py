"""Draw audiograms: the story's title, the question being answered, and the sound as bars.

For a contributor who is heard and not seen, and for recordings of sound alone. Each question has
its own picture, and under it the loudness of its answer as bars that fill up with colour.
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
_BARS = 96
_BARS_PORTRAIT = 48
# Shares of the picture's height.
_BARS_HEIGHT = 0.16
_CAPTION_SPACE = 0.19  # left free below the bars: players put two lines of captions there
_MIN_BAR = 0.06  # of the highest bar: a pause is still a dot on the line
_OVERSAMPLING = 3  # bars are drawn larger and scaled down, for smooth ends
_UNPLAYED_SHARE = 0.34  # of a bar's colour, before it is heard


@dataclass(frozen=True)
class QuestionSegment:
    """A stretch of the film on one question. `first` and `last` are frames of the film."""

    first: int
    last: int
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
    """Draw the pictures of a film, as PNGs in `folder`.

    `samples` is the film's own sound, one channel at `rate` a second. Raises BadInput for a letter
    no font has or more words than fit; NoRoom or DiskFailed.
    """
    style = style or CardStyle()
    loudest = max(
        (max(_levels(samples, segment, rate, fps, size)) for segment in segments), default=0.0
    )
    pictures = []
    for number, answer in enumerate(segments):
        levels = [level / (loudest or 1.0) for level in _levels(samples, answer, rate, fps, size)]
        picture, top = _draw_words(answer.question or title, title, contributor, size, style)
        area = _bars_area(size, top)
        played, unplayed = (folder / f"calm-{number}-{word}.png" for word in ("heard", "unheard"))
        unplayed_picture = _draw_unplayed(picture, levels, area)
        _draw_bars(picture, levels, area, HIGHLIGHT)
        save_png(picture, played)
        save_png(unplayed_picture, unplayed)
        pictures.append(AudiogramPassage(answer.first, answer.last, played, unplayed, area))
    return pictures


def draw_title_poster(
    title: str, contributor: str, samples: Samples, to: Path, style: CardStyle | None = None
) -> None:
    """Draw a JPEG of 1280 × 720 with the title and the whole story's sound, atomically.

    Raises BadInput as `draw_audiogram` does, NoRoom or DiskFailed.
    """
    picture, top = _draw_words(title, "", contributor, _POSTER_SIZE, style or CardStyle())
    whole = QuestionSegment(0, max(1, samples.size))
    levels = _levels(samples, whole, 1, 1, _POSTER_SIZE)
    loudest = max(levels) or 1.0
    _draw_bars(
        picture, [level / loudest for level in levels], _bars_area(_POSTER_SIZE, top), HIGHLIGHT
    )
    with files.replacing(to) as temporary, files.translate_disk_errors(to):
        picture.save(temporary, format="JPEG", quality=88)


def _draw_words(
    headline: str, title: str, contributor: str, size: tuple[int, int], style: CardStyle
) -> tuple[Image.Image, float]:
    """Draw the background with its words; return it and where the bars begin (pixels)."""
    side, edge = min(size), MARGIN * min(size)
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
    stack = fit_blocks(blocks, size[0] - 2 * edge, available, side)
    draw_stack(picture, stack, edge + (available - stack.height) * 0.4, right_to_left)
    return picture, bars_top


def _bars_area(size: tuple[int, int], top: float) -> tuple[int, int, int, int]:
    """Return x, y, width and height of the bars in pixels."""
    # Even numbers: a film's colours are kept for squares of two by two pixels.
    edge = int(MARGIN * min(size)) // 2 * 2
    height = int(size[1] * _BARS_HEIGHT) // 2 * 2
    return edge, int(top) // 2 * 2, (size[0] - 2 * edge) // 2 * 2, height


def _levels(
    samples: Samples, segment: QuestionSegment, rate: int, fps: int, size: tuple[int, int]
) -> list[float]:
    """Return the height of each bar, from 0 to 1."""
    bars = _BARS if size[0] >= size[1] else _BARS_PORTRAIT
    part = samples[segment.first * rate // fps : segment.last * rate // fps]
    pieces = np.array_split(part, bars)
    powers = (
        float(np.mean(np.square(piece, dtype=np.float64))) if piece.size else 0 for piece in pieces
    )
    # About the cube root of the power, as loudness is felt: quiet speech stays visible.
    return [power**0.3 for power in powers]


def _draw_unplayed(
    picture: Image.Image, levels: Sequence[float], area: tuple[int, int, int, int]
) -> Image.Image:
    """Draw the bars as they look before they are heard, and as wide a clear part to their right.

    ffmpeg draws it back to the right over the played bars, which so fill up with colour.
    """
    x, y, width, height = area
    unplayed = picture.copy()
    mixed = tuple(
        round(g + (w - g) * _UNPLAYED_SHARE) for g, w in zip(BACKGROUND, RIPPLE_COLOUR, strict=True)
    )
    _draw_bars(unplayed, levels, area, (mixed[0], mixed[1], mixed[2]))
    overlay = Image.new("RGBA", (2 * width, height))
    overlay.paste(unplayed.crop((x, y, x + width, y + height)), (0, 0))
    return overlay


def _draw_bars(
    picture: Image.Image, levels: Sequence[float], area: tuple[int, int, int, int], colour: Colour
) -> None:
    x, y, width, height = area
    mask = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    for box, radius in _boxes(levels, mask.size):
        _draw_box(mask, box, radius)
    picture.paste(colour, (x, y), mask.resize((width, height), Image.Resampling.LANCZOS))


def _boxes(
    levels: Sequence[float], size: tuple[int, int]
) -> Iterator[tuple[tuple[float, float, float, float], float]]:
    step = size[0] / len(levels)
    bar = step * 0.5
    for number, level in enumerate(levels):
        left = number * step + (step - bar) / 2
        reach = max(bar / 2, max(_MIN_BAR, level) * size[1] / 2)
        yield (left, size[1] / 2 - reach, left + bar, size[1] / 2 + reach), bar / 2


def _draw_box(mask: Image.Image, box: tuple[float, float, float, float], radius: float) -> None:
    ImageDraw.Draw(mask).rounded_rectangle(box, radius=radius, fill=255)
