"""The calm picture of a voice: the story's title, the question being answered, and its sound.

For a contributor who is heard and not seen, and for recordings of sound alone. Each question has
its own picture, and under it the loudness of its answer as bars that fill up with colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capture.media.picture.audiogram import AudiogramPassage
from films.cards import GROUND, LAMP, MARGIN, RIPPLE, SOFT, WORDS, Style, draw_stack, ground, save
from films.typesetting import bidi
from films.typesetting.layout import SMALLEST, Block, Colour, fitted
from films.typesetting.typefaces import sans, serif
from films.typesetting.typeset import Words, tidy
from library.core import files

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Samples = npt.NDArray[np.float32]

SIZE = 1920, 1080
"""Of the film of a story that was only heard."""
_BARS = 96
_BARS_UPRIGHT = 48
_HIGH = 0.16
"""Of the picture's height: the bars, from the lowest to the highest."""
_CAPTIONS = 0.19
"""Of the picture's height, left free below the bars: players put two lines of captions there."""
_FAINTEST = 0.06  # a pause is still a dot on the line
_FINER = 3
_UNHEARD = 0.34  # how much of the words' colour a bar has before it is heard
_POSTER = 1280, 720


@dataclass(frozen=True)
class Answer:
    """A stretch of the film on one question. `first` and `last` are frames of the film."""

    first: int
    last: int
    question: str = ""
    """As asked; empty for what was said before the first."""


def draw_passages(
    answers: Sequence[Answer],
    title: str,
    contributor: str,
    samples: Samples,
    rate: int,
    fps: int,
    folder: Path,
    *,
    size: tuple[int, int] = SIZE,
    style: Style | None = None,
) -> list[AudiogramPassage]:
    """The pictures of a film, as PNGs in `folder`.

    `samples` is the film's own sound, one channel at `rate` a second. Raises BadInput for a letter
    no font has or more words than fit; NoRoom or DiskFailed.
    """
    style = style or Style()
    loudest = max((max(_levels(samples, one, rate, fps, size)) for one in answers), default=0.0)
    passages = []
    for number, answer in enumerate(answers):
        levels = [level / (loudest or 1.0) for level in _levels(samples, answer, rate, fps, size)]
        picture, top = _worded(answer.question or title, title, contributor, size, style)
        place = _place(size, top)
        heard, unheard = (folder / f"calm-{number}-{word}.png" for word in ("heard", "unheard"))
        over = _unheard(picture, levels, place)
        _draw_bars(picture, levels, place, LAMP)
        save(picture, heard)
        save(over, unheard)
        passages.append(AudiogramPassage(answer.first, answer.last, heard, unheard, place))
    return passages


def draw_calm_poster(
    title: str, contributor: str, samples: Samples, to: Path, style: Style | None = None
) -> None:
    """A JPEG of 1280 × 720: the title, and the whole story's sound.

    Raises BadInput as `draw_passages` does, NoRoom or DiskFailed; `to` appears whole or not at all.
    """
    picture, top = _worded(title, "", contributor, _POSTER, style or Style())
    whole = Answer(0, max(1, samples.size))
    levels = _levels(samples, whole, 1, 1, _POSTER)
    loudest = max(levels) or 1.0
    _draw_bars(picture, [level / loudest for level in levels], _place(_POSTER, top), LAMP)
    with files.replacing(to) as temporary, files.translate_disk_errors(to):
        picture.save(temporary, format="JPEG", quality=88)


def _worded(
    main: str, title: str, contributor: str, size: tuple[int, int], style: Style
) -> tuple[Image, float]:
    """The ground with its words, and where the room for the bars begins."""
    side, edge = min(size), MARGIN * min(size)
    backwards = bool(bidi.base_level(tidy(main)))
    picture = ground(size, ripples=False)
    plain = sans(500, style.fonts)
    above = [Block(Words(contributor, plain, "The contributor’s name"), 0.05, SOFT)]
    if title and title != main:
        above.insert(0, Block(Words(title, plain, "The title"), SMALLEST, SOFT))
    blocks = [
        Block(Words(main, serif(560, style.fonts), "The question"), 0.084, WORDS),
        *(Block(one.words, one.size, one.colour, 0.035) for one in above),
    ]
    bars = size[1] * (1 - _HIGH - _CAPTIONS)
    room = bars - 1.4 * edge
    stack = fitted(blocks, size[0] - 2 * edge, room, side)
    draw_stack(picture, stack, edge + (room - stack.height) * 0.4, backwards)
    return picture, bars


def _place(size: tuple[int, int], top: float) -> tuple[int, int, int, int]:
    """The bars' x, y, width and height, even as the film's colours want them."""
    edge = int(MARGIN * min(size)) // 2 * 2
    high = int(size[1] * _HIGH) // 2 * 2
    return edge, int(top) // 2 * 2, (size[0] - 2 * edge) // 2 * 2, high


def _levels(
    samples: Samples, answer: Answer, rate: int, fps: int, size: tuple[int, int]
) -> list[float]:
    """How loud each bar's stretch is, from 0 to 1; quiet speech stays visible."""
    import numpy as np

    bars = _BARS if size[0] >= size[1] else _BARS_UPRIGHT
    part = samples[answer.first * rate // fps : answer.last * rate // fps]
    pieces = np.array_split(part, bars)
    powers = (float(np.mean(np.square(one, dtype=np.float64))) if one.size else 0 for one in pieces)
    return [power**0.3 for power in powers]


def _unheard(picture: Image, levels: Sequence[float], place: tuple[int, int, int, int]) -> Image:
    """The bars in the ground's own colours; to their right as much again that is clear."""
    from PIL import Image

    x, y, wide, high = place
    bare = picture.copy()
    mixed = tuple(round(g + (w - g) * _UNHEARD) for g, w in zip(GROUND, RIPPLE, strict=True))
    _draw_bars(bare, levels, place, (mixed[0], mixed[1], mixed[2]))
    over = Image.new("RGBA", (2 * wide, high))
    over.paste(bare.crop((x, y, x + wide, y + high)), (0, 0))
    return over


def _draw_bars(
    picture: Image, levels: Sequence[float], place: tuple[int, int, int, int], colour: Colour
) -> None:
    from PIL import Image

    x, y, wide, high = place
    mask = Image.new("L", (wide * _FINER, high * _FINER))
    for box, radius in _boxes(levels, mask.size):
        _draw_box(mask, box, radius)
    picture.paste(colour, (x, y), mask.resize((wide, high), Image.Resampling.LANCZOS))


def _boxes(
    levels: Sequence[float], size: tuple[int, int]
) -> Iterator[tuple[tuple[float, float, float, float], float]]:
    step = size[0] / len(levels)
    bar = step * 0.5
    for number, level in enumerate(levels):
        left = number * step + (step - bar) / 2
        reach = max(bar / 2, max(_FAINTEST, level) * size[1] / 2)
        yield (left, size[1] / 2 - reach, left + bar, size[1] / 2 + reach), bar / 2


def _draw_box(mask: Image, box: tuple[float, float, float, float], radius: float) -> None:
    from PIL import ImageDraw

    ImageDraw.Draw(mask).rounded_rectangle(box, radius=radius, fill=255)
