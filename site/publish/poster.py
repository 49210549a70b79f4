"""The poster of a story that is only heard: its sound, drawn calmly."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from library import files
from library.errors import Damaged

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Samples = npt.NDArray[np.float32]
    Colour = tuple[int, int, int]

_WIDTH, _HEIGHT = 1280, 720
_BARS = 72
_BAR, _MARGIN = 9, 130
_TALLEST = 0.34  # of the height, to either side of the middle
_FINER = 2  # drawn larger and reduced, so that edges are smooth
# Above, below, and the bars: dusk, meadow, slate, heather. Light enough for a dark play button.
_PALETTES = (
    ((233, 226, 240), (190, 201, 226), (92, 104, 150)),
    ((235, 241, 229), (188, 212, 200), (74, 117, 106)),
    ((231, 237, 243), (182, 201, 216), (70, 100, 128)),
    ((244, 232, 232), (216, 196, 214), (128, 88, 122)),
)
_PLAIN = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def draw_sound(samples: Samples, to: Path) -> None:
    """A JPEG of 1280 × 720: a soft gradient with the recording's own loudness as bars.

    Which colours it has follows from the sound, so equal recordings have equal posters. Raises
    NoRoom or DiskFailed; `to` appears whole or not at all.
    """
    from PIL import Image

    above, below, ink = _palette(samples)
    picture = _gradient(above, below)
    _draw_bars(picture, _levels(samples), ink)
    picture = picture.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    with files.replacing(to) as temporary, files.refused_plainly(to):
        picture.save(temporary, format="JPEG", quality=82)


def check_poster(path: Path) -> None:
    """Raises Damaged when a poster carries any word beside its picture: place, device, comment."""
    from PIL import Image

    with Image.open(path) as picture:
        strange = sorted(set(map(str, picture.info)) - _PLAIN)
    if strange:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {strange[0]}.",
            "It was not kept. `carer-stories doctor` says which ffmpeg is used.",
        )


def _palette(samples: Samples) -> tuple[Colour, Colour, Colour]:
    digest = hashlib.sha256(samples.tobytes()).digest()
    return _PALETTES[digest[0] % len(_PALETTES)]


def _levels(samples: Samples) -> list[float]:
    """One loudness from 0 to 1 for each bar, the loudest being 1."""
    import numpy as np

    if not samples.size:
        return [0.0] * _BARS
    levels = [
        float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) if part.size else 0.0
        for part in np.array_split(samples, _BARS)
    ]
    loudest = max(levels) or 1.0
    return [(level / loudest) ** 0.7 for level in levels]  # quiet speech stays visible


def _gradient(above: Colour, below: Colour) -> Image:
    from PIL import Image

    column = Image.new("RGB", (1, _HEIGHT * _FINER))
    for row in range(column.height):
        share = row / (column.height - 1)
        mixed = tuple(round(a + (b - a) * share) for a, b in zip(above, below, strict=True))
        column.putpixel((0, row), mixed)
    return column.resize((_WIDTH * _FINER, _HEIGHT * _FINER))


def _draw_bars(picture: Image, levels: list[float], ink: Colour) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    bar = _BAR * _FINER
    step = (_WIDTH - 2 * _MARGIN) * _FINER / (_BARS - 1)
    middle = picture.height / 2
    for number, level in enumerate(levels):
        centre = _MARGIN * _FINER + number * step
        reach = max(bar / 2, level * _TALLEST * picture.height)
        box = (centre - bar / 2, middle - reach, centre + bar / 2, middle + reach)
        draw.rounded_rectangle(box, radius=bar / 2, fill=ink)
