"""Load the fonts that cards are set in: ours, and a library's own for letters that ours lack.

    serif    Literata: what carers say, titles, questions
    sans     Atkinson Hyperlegible Next: everything that helps to find one's way

Other scripts are set in Noto Sans, which comes with the package. A letter that no font has is
never drawn as an empty box: it is named, and the card is not made.
"""

from __future__ import annotations

import functools
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uharfbuzz

from library.core.errors import BadInput
from library.workspace_template import template

_FONTS = Path(__file__).parent.parent / "fonts"
_LITERATA = ("latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek")
_ATKINSON = ("latin", "latin-ext")
_NOTO_SCRIPTS = ("arabic", "hebrew", "devanagari", "bengali", "gurmukhi", "gujarati", "tamil")
_SIZE_CORRECTION = {"noto-sans-arabic-arabic-500-normal": 1.16}
"""Beside Latin letters of the same size these look smaller, so they are set so much larger."""
_MAX_FONT_BYTES = 30_000_000  # bytes of an own font; Chinese ones are about ten
_ADD_FONT = (
    "Put a font file that has it (.ttf, .otf or .woff2) into interviews and name it in "
    "interviews/settings.yml, under film: fonts:."
)


@dataclass(frozen=True, eq=False)
class Face:
    """A font file at one weight, ready for shaping. Its lengths are in units of an em."""

    path: Path
    font: uharfbuzz.Font
    letters: frozenset[int]
    em: float

    @property
    def ascent(self) -> float:
        return float(self.font.get_font_extents("ltr").ascender) / self.em

    @property
    def descent(self) -> float:
        """Below the line, positive."""
        return -float(self.font.get_font_extents("ltr").descender) / self.em


@dataclass(frozen=True)
class FontFamily:
    """Fonts in the order they are tried; the first gives the text its look."""

    shipped: tuple[Path, ...]
    extra: tuple[Path, ...]
    weight: int

    def faces(self) -> Iterator[Face]:
        """Yield the faces, each read when it is reached: most texts need one or two of them.

        Raises BadInput where an own font cannot be used.
        """
        for path in self.shipped:
            yield load_face(path, self.weight)
        for path in self.extra:
            yield _load_extra(path, self.weight)

    def faces_for(self, letters: str, label: str) -> list[Face]:
        """Return a face for each of some letters that belong together, a letter and its marks.

        One face for all of them if one has them all. Raises BadInput naming the first letter that
        no face has; `label` is what it stands in: “The title”.
        """
        codepoints = {ord(letter) for letter in letters if not is_invisible(letter)}
        for face in self.faces():
            if codepoints <= face.letters:
                return [face] * len(letters)
        if len(letters) > 1:
            return [face for letter in letters for face in self.faces_for(letter, label)]
        raise BadInput(
            f"{label} has a letter that no font of ours has: {_letter_label(letters)}.", _ADD_FONT
        )


def serif(weight: int = 500, extra: Sequence[Path] = ()) -> FontFamily:
    """Return Literata and Noto; `extra` are fonts of the library, asked last."""
    return FontFamily((*_literata(), *_noto()), tuple(extra), weight)


def sans(weight: int = 500, extra: Sequence[Path] = ()) -> FontFamily:
    """Return Atkinson, Literata and Noto; `extra` are fonts of the library, asked last."""
    atkinson = [
        _shipped_path(f"atkinson-hyperlegible-next-{part}-wght-normal") for part in _ATKINSON
    ]
    return FontFamily((*atkinson, *_literata(), *_noto()), tuple(extra), weight)


def is_invisible(letter: str) -> bool:
    """Return True for joiners and variation selectors, which fonts need not have."""
    return letter in "\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\u00ad"


def _literata() -> list[Path]:
    return [_shipped_path(f"literata-{part}-wght-normal") for part in _LITERATA]


def _noto() -> list[Path]:
    return [_shipped_path(f"noto-sans-{script}-{script}-500-normal") for script in _NOTO_SCRIPTS]


def _shipped_path(name: str) -> Path:
    # The site's fonts are part of every workspace's template, the others of this package.
    here = _FONTS / f"{name}.woff2"
    return here if here.is_file() else template().assets / "fonts" / f"{name}.woff2"


def _load_extra(path: Path, weight: int) -> Face:
    try:
        if path.stat().st_size > _MAX_FONT_BYTES:
            raise BadInput(f"{path.name} is too large for a font.", "Use one of less than 30 MB.")
        return load_face(path, weight)
    except BadInput:
        raise
    except OSError as error:
        raise BadInput(
            f"The font {path.name} cannot be read: {error.strerror}.",
            "Name it in interviews/settings.yml under film: fonts:, as a path within interviews.",
        ) from error
    except Exception as error:  # fontTools raises whatever its readers stumble over
        raise BadInput(
            f"{path.name} is not a font we can read.", "Use a .ttf, .otf or .woff2 file."
        ) from error


@functools.cache
def load_face(path: Path, weight: int) -> Face:
    """Read a font, at `weight` if it varies in it."""
    face = uharfbuzz.Face(plain_font(path))
    font = uharfbuzz.Font(face)
    font.set_variations({"wght": float(weight)})
    letters = frozenset(face.unicodes)
    if not letters:
        raise ValueError("a font without letters")
    return Face(path, font, letters, face.upem / _SIZE_CORRECTION.get(path.stem, 1.0))


@functools.cache
def plain_font(path: Path) -> bytes:
    """Return the font's tables unpacked: what is on the web is packed as WOFF."""

    data = path.read_bytes()
    if data[:4] not in (b"wOF2", b"wOFF"):
        return data
    from fontTools.ttLib import TTFont  # heavy, and needed for packed fonts only

    # No new timestamp: the same font must give the same bytes, and so the same film.
    with TTFont(io.BytesIO(data), recalcTimestamp=False, lazy=False) as font:
        font.flavor = None
        unpacked = io.BytesIO()
        font.save(unpacked, reorderTables=None)
    return unpacked.getvalue()


def _letter_label(letter: str) -> str:
    """Name a letter: “漢” (U+6F22 CJK UNIFIED IDEOGRAPH-6F22)."""
    return f"“{letter}” (U+{ord(letter):04X} {unicodedata.name(letter, 'without a name')})"
