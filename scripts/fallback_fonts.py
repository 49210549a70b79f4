"""Make the typefaces of `type.css` that stand in while ours are loading.

    python -m scripts.fallback_fonts site/assets/css/type.css

Each is a typeface that a device has, drawn as wide and as tall as ours, so that no line breaks
elsewhere when ours arrives. The part of the sheet between its two comments is written anew.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "site" / "assets" / "fonts"
BEGIN, END = "/* Made by scripts/fallback_fonts.py. */", "/* End of what it made. */"
_SAMPLE = (
    "Carers know what works at home, and what they have seen before. When somebody asks them, and "
    "writes down what they say, a ward learns in ten minutes what would else take a week. Nothing "
    "in a promise to keep things private stops you from listening: it is about what you tell, not "
    "about what you hear. Ask who else should know. Say when you will ring back, and do it. If you "
    "do not know yet, say that too; “I will find out by Thursday” is an answer. What did Ruth need "
    "on the first night? Which of these would have been possible on your own team, with the people "
    "who were there? Take two or three minutes, choose one thing, and try it within the next month."
)
"""English as our pages have it."""
_WIDTHS = {
    "Georgia": (0.4444, 0.5163),
    "Noto Serif": (0.4822, 0.5099),
    "Times New Roman": (0.4066, 0.4309),
    "DejaVu Serif": (0.5159, 0.5678),
    "Segoe UI": (0.4434, 0.4758),
    "Roboto": (0.4433, 0.4498),
    "Helvetica Neue": (0.4501, 0.4807),
    "Arial": (0.4459, 0.4806),
    "DejaVu Sans": (0.5099, 0.5763),
}
"""Width of a letter of the sample in em, plain and bold. Measured in the typefaces, or in free ones
of the same widths: Gelasio, Tinos, Arimo (npm, @fontsource 5). Those of Segoe UI and Helvetica Neue
are taken from @capsizecss/metrics, by what it says of Arial."""
_SAME_WIDTHS = {
    "Georgia": ("Gelasio",),
    "Times New Roman": ("Liberation Serif", "Tinos"),
    "Arial": ("Liberation Sans", "Arimo"),
}
_STAND_INS = {
    "Literata": ("Georgia", "Noto Serif", "Times New Roman", "DejaVu Serif"),
    "Atkinson Hyperlegible Next": (
        "Segoe UI",
        "Roboto",
        "Helvetica Neue",
        "Arial",
        "DejaVu Sans",
    ),
}
"""Of each of our typefaces, in the order in which they are tried."""
_FILES = {
    "Literata": "literata-latin-wght-normal.woff2",
    "Atkinson Hyperlegible Next": "atkinson-hyperlegible-next-latin-wght-normal.woff2",
}
_WEIGHTS = {"Literata": (400, 560), "Atkinson Hyperlegible Next": (400, 650)}
"""Weights of running text and of headings, for which a device has plain and bold letters alone."""
_RANGE = "U+0-2FF, U+2000-206F, U+20A0-20C0"
"""Letters that ours have. Arrows and the like stay the device’s own, as large as they are."""


def font_faces() -> str:
    """Return the rules of all stand-ins, a line each."""
    return "".join(f"{rule}\n" for family in _STAND_INS for rule in _faces(family))


def _faces(family: str) -> Iterator[str]:
    for bold, weight in enumerate(_WEIGHTS[family]):
        font = TTFont(FONTS / _FILES[family])
        width, units = width_of(font, weight), font["head"].unitsPerEm
        tall = (font["hhea"].ascent / units, -font["hhea"].descent / units)
        for name in _STAND_INS[family]:
            scale = width / _WIDTHS[name][bold]
            ascent, descent = (f"{part / scale:.1%}" for part in tall)
            yield (
                f'@font-face {{ font-family: "{family} as {name}"; '
                f"font-weight: {'501 900' if bold else '200 500'}; src: {_sources(name, bold)}; "
                f"size-adjust: {scale:.1%}; ascent-override: {ascent}; "
                f"descent-override: {descent}; line-gap-override: 0%; unicode-range: {_RANGE}; }}"
            )


def width_of(font: TTFont, weight: int) -> float:
    """Return the mean width of a letter of the sample in em, with the spaces between pairs."""
    font.flavor = None
    plain = io.BytesIO()
    font.save(plain)
    face = uharfbuzz.Face(plain.getvalue())
    shaped = uharfbuzz.Font(face)
    shaped.set_variations({"wght": weight})
    buffer = uharfbuzz.Buffer()
    buffer.add_str(_SAMPLE)
    buffer.guess_segment_properties()
    uharfbuzz.shape(shaped, buffer)
    total = sum(glyph.x_advance for glyph in buffer.glyph_positions)
    return float(total / face.upem / len(_SAMPLE))


def _sources(name: str, bold: int) -> str:
    names = (name, *_SAME_WIDTHS.get(name, ()))
    return ", ".join(f'local("{each} Bold")' if bold else f'local("{each}")' for each in names)


def main() -> None:
    sheet = Path(sys.argv[1])
    before, _, rest = sheet.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    sheet.write_text(f"{before}{BEGIN}\n{font_faces()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
