"""Write captions that ffmpeg draws into the pictures, for players that cannot show any.

The words go to ffmpeg in a file of our own beside our own fonts, both by bare names. Each stretch
of letters names the font that has them, so that nothing is taken from whatever the computer has.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from capture.media.picture.encode import BurnedCaptions
from films.typesetting.typefaces import Face, FontFamily, plain_font, sans
from films.typesetting.typeset import faces_of, tidy
from library.core import files
from library.core.timecode import substation
from transcribe.cue import Cue

_SIZE = 0.05  # of an em, in shares of the shorter side, whichever font
_BOTTOM_MARGIN = 0.05  # in shares of the height
_WEIGHT = 400  # libass draws a font whose weight varies at its default, regular
_HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 0
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Words,{font},{size},&H00FFFFFF,&H00FFFFFF,&H00000000,&H30000000,0,0,0,0,100,100,0,0,4,\
0,{around},2,{side},{side},{below},-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def write_burned_captions(
    cues: Sequence[Cue], size: tuple[int, int], folder: Path, extra_fonts: Sequence[Path] = ()
) -> BurnedCaptions:
    """Write the cues as an .ass file in `folder`, with the fonts it needs in `folder/fonts`.

    `size` is the film's. `extra_fonts` are the library's. Raises BadInput for a letter that no font
    has; NoRoom or DiskFailed.
    """
    fonts = _RenamedFonts(sans(_WEIGHT, extra_fonts), min(size) * _SIZE)
    lines = [_dialogue(cue, fonts) for cue in cues]
    with files.translate_disk_errors(folder):
        # It may be there from a run that was killed.
        (folder / "fonts").mkdir(exist_ok=True)
    for name, data in fonts.renamed.values():
        files.write_atomic(folder / "fonts" / f"{name}.ttf", data)
    files.write_atomic(folder / "captions.ass", (_head(size) + "".join(lines)).encode())
    return BurnedCaptions(folder / "captions.ass")


class _RenamedFonts:
    """Fonts that were needed so far, each under a name that no font of the computer has."""

    def __init__(self, family: FontFamily, size: float) -> None:
        self.family = family
        self.renamed: dict[Face, tuple[str, bytes]] = {}
        self._size = size
        self._switches: dict[Face, str] = {}

    def switch(self, face: Face) -> str:
        """Return the command that switches to a face, at the size that gives the same em in all."""
        if face not in self._switches:
            # A name that no font of the computer has, or libass might take that one.
            name = f"carer-stories-{len(self.renamed)}"
            data, height = _rename_font(face, name)
            self.renamed[face] = name, data
            self._switches[face] = f"{{\\fn{name}\\fs{self._size * height:.1f}}}"
        return self._switches[face]


def _rename_font(face: Face, name: str) -> tuple[bytes, float]:
    """Return the font under another name, and how many em libass takes a size to be of it."""
    from fontTools.ttLib import TTFont  # heavy, and needed for burned captions only

    with TTFont(io.BytesIO(plain_font(face.path)), recalcTimestamp=False) as font:
        for record in font["name"].names:
            # The names by which a font is found: family, id, full, PostScript, typographic.
            if record.nameID in (1, 3, 4, 6, 16):
                record.string = name
            # Regular, as the style in `_HEADER` asks for: Bold 0, Italic 0.
            elif record.nameID in (2, 17):
                record.string = "Regular"
        metrics = font["OS/2"]
        written = io.BytesIO()
        font.save(written)
        # Sizes there are from the highest letter's top to the lowest one's foot, as in VSFilter.
        height = (metrics.usWinAscent + metrics.usWinDescent) / face.em
    return written.getvalue(), height


def _head(size: tuple[int, int]) -> str:
    side = min(size)
    return _HEADER.format(
        width=size[0],
        height=size[1],
        font="carer-stories-0",
        size=round(side * _SIZE),
        around=round(side * 0.012),
        side=round(size[0] * 0.08),
        below=round(size[1] * _BOTTOM_MARGIN),
    )


def _dialogue(cue: Cue, fonts: _RenamedFonts) -> str:
    text = r"\N".join("".join(_in_fonts(tidy(line), fonts)) for line in cue.lines)
    return f"Dialogue: 0,{substation(cue.start)},{substation(cue.end)},Words,,0,0,0,,{text}\n"


def _in_fonts(text: str, fonts: _RenamedFonts) -> Iterator[str]:
    faces = faces_of(text, fonts.family, "A caption")
    for face, run in groupby(zip(faces, text, strict=True), key=lambda pair: pair[0]):
        plain = "".join(letter for _, letter in run)
        # Braces and backslashes are commands there, and nobody says any of them.
        plain = plain.replace("\\", "/").replace("{", "(").replace("}", ")")
        yield fonts.switch(face) + plain
