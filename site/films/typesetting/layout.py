"""Blocks of words made to fit a picture, and drawn into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uharfbuzz
from PIL import Image

from films.typesetting.typeset import DoesNotFit, StyledText, TypesetLine, set_lines
from library.core.counting import counted
from library.core.errors import BadInput

Colour = tuple[int, int, int]


def draw_line(
    picture: Image.Image,
    line: TypesetLine,
    size: float,
    left: float,
    baseline: float,
    colour: Colour,
) -> None:
    """Draw a line from `left` (pixels), its letters on `baseline` (pixels from the top)."""
    if not line.glyphs:
        return
    raster = uharfbuzz.RasterDraw()
    for placed in line.glyphs:
        scale = size / placed.face.em
        # Upwards is positive here, as in fonts.
        raster.transform = (
            scale,
            0,
            0,
            scale,
            left + placed.x,
            picture.height - baseline + placed.y,
        )
        raster.draw_glyph(placed.face.font, placed.glyph)
    bitmap = raster.render()
    if bitmap is None or not bitmap.extents.width:
        return
    area = bitmap.extents
    mask = Image.frombuffer(
        "L", (area.width, area.height), bitmap.buffer, "raw", "L", area.stride, -1
    )
    picture.paste(colour, (area.x_origin, picture.height - area.y_origin - area.height), mask)


MIN_SIZE = 0.042
"""45 of 1080 lines: the size of subtitles."""
_LEADING = 1.3  # from line to line; scripts that reach further up and down are given more
_STEPS = 40


@dataclass(frozen=True)
class TextBlock:
    """Words of one size and colour. `gap` is the space above, in shares as `size` is."""

    words: StyledText
    size: float
    colour: Colour
    gap: float = 0.0


@dataclass(frozen=True)
class PlacedLine:
    line: TypesetLine
    size: float
    top: float
    baseline: float
    """Both from the top of the stack, in pixels."""
    colour: Colour


@dataclass(frozen=True)
class TextStack:
    """Lines from top to bottom, `height` pixels altogether."""

    lines: tuple[PlacedLine, ...]
    height: float


def fit_blocks(blocks: Sequence[TextBlock], width: float, height: float, side: int) -> TextStack:
    """Return the blocks as large as they can be within `width` and `height` (pixels).

    `side` is the picture's shorter one. Raises BadInput for more words than a card can hold, or a
    letter no font has.
    """
    blocks = [block for block in blocks if block.words.paragraphs]
    # From large to small; only the last and smallest may break words.
    for step in range(_STEPS, -1, -1):
        try:
            stack = _stack(blocks, width, side, step / _STEPS, break_words=step == 0)
        except DoesNotFit:
            continue
        if stack.height <= height:
            return stack
    longest = max(blocks, key=lambda block: len(block.words.text)).words
    raise BadInput(
        f"{longest.label} is too long for a card: {counted(len(longest.text), 'letter')}, beside "
        "what else stands there.",
        "Shorten it, so that it can be read from the back of a room.",
    )


def _stack(
    blocks: Sequence[TextBlock], width: float, side: int, share: float, *, break_words: bool
) -> TextStack:
    lines = list(_place_lines(blocks, width, side, share, break_words=break_words))
    return TextStack(tuple(lines), _bottom(lines[-1]) if lines else 0.0)


def _place_lines(
    blocks: Sequence[TextBlock], width: float, side: int, share: float, *, break_words: bool
) -> Iterator[PlacedLine]:
    top = 0.0
    for number, block in enumerate(blocks):
        size = max(MIN_SIZE, block.size * share) * side
        top += block.gap * side * max(share, 0.4) if number else 0.0
        for line in set_lines(block.words, size, width, break_words=break_words):
            high = max(_LEADING * size, line.ascent + line.descent)
            baseline = top + (high - line.ascent - line.descent) / 2 + line.ascent
            yield PlacedLine(line, size, top, baseline, block.colour)
            top += high


def _bottom(last: PlacedLine) -> float:
    return last.top + max(_LEADING * last.size, last.line.ascent + last.line.descent)
