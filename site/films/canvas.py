"""Drawing set lines into a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from films.typeset import Line

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]


def draw_line(
    picture: Image, line: Line, size: float, left: float, baseline: float, colour: Colour
) -> None:
    """One line, its beginning at `left` and its letters on `baseline`, in pixels from the top."""
    import uharfbuzz
    from PIL import Image

    if not line.glyphs:
        return
    raster = uharfbuzz.RasterDraw()
    for one in line.glyphs:
        scale = size / one.face.em
        # Upwards is positive here, as in fonts.
        raster.transform = (scale, 0, 0, scale, left + one.x, picture.height - baseline + one.y)
        raster.draw_glyph(one.face.font, one.glyph)
    drawn = raster.render()
    if drawn is None or not drawn.extents.width:
        return
    area = drawn.extents
    mask = Image.frombuffer(
        "L", (area.width, area.height), drawn.buffer, "raw", "L", area.stride, -1
    )
    picture.paste(colour, (area.x_origin, picture.height - area.y_origin - area.height), mask)
