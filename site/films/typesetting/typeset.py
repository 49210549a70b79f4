"""Set words into lines of placed letters: shaped, broken, balanced, in any direction.

Shaping is HarfBuzz's, which joins Arabic and orders Indic letters as their readers expect; the
direction is `bidi`'s. Lengths are pixels. Nothing here draws.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import uharfbuzz

from films.typesetting import bidi
from films.typesetting.typefaces import Face, FontFamily, is_invisible

_DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAK_AFTER = re.compile(r"(?<=[-–—/\u200b])(?=\w)|(?<=\w@)(?=\w)")


@dataclass(frozen=True)
class PlacedGlyph:
    """A glyph; `x` and `y` are its origin from the line's left end and baseline, in pixels."""

    face: Face
    glyph: int
    x: float
    y: float


@dataclass(frozen=True)
class TypesetLine:
    """A line of glyphs. Lengths are pixels; `ascent` and `descent` are both positive."""

    glyphs: tuple[PlacedGlyph, ...]
    width: float
    ascent: float
    descent: float


@dataclass(frozen=True)
class StyledText:
    """A text in one font family. `label` is how an error names it: “The title”."""

    text: str
    family: FontFamily
    label: str

    @cached_property
    def paragraphs(self) -> tuple[_LineBreaker, ...]:
        """Raises BadInput for a letter no font has."""
        lines = (tidy(line) for line in self.text.splitlines())
        return tuple(_LineBreaker(line, self.family, self.label) for line in lines if line)


def tidy(text: str) -> str:
    """Compose letters, make spaces single, and remove marks that turn the direction of others."""
    text = _DIRECTION_MARKS.sub("", unicodedata.normalize("NFC", text))
    text = "".join(" " if letter.isspace() and letter != "\u00a0" else letter for letter in text)
    printable = (letter for letter in text if unicodedata.category(letter) != "Cc")
    return re.sub(" +", " ", "".join(printable)).strip(" ")


def set_lines(
    words: StyledText, size: float, width: float, *, break_words: bool = False
) -> list[TypesetLine]:
    """Set the text in lines no wider than `width` (pixels), as even as they can be.

    Raises DoesNotFit if a word is wider, unless `break_words`.
    """
    return [
        line
        for paragraph in words.paragraphs
        for line in paragraph.lines(size, width, break_words=break_words)
    ]


class DoesNotFit(Exception):
    """Raised for a word that is wider than the line."""


class _LineBreaker:
    """Breaks a paragraph of text into lines."""

    def __init__(self, text: str, family: FontFamily, where: str) -> None:
        self._text = text
        self._faces = faces_of(text, family, where)
        self._base = bidi.base_level(text)
        # Shaping is slow, and each size tried asks for the same words.
        self._advances: dict[tuple[int, int], float] = {}

    def lines(self, size: float, width: float, *, break_words: bool) -> Iterator[TypesetLine]:
        em_width = width / size
        spans = self._broken(em_width, break_words)
        if len(spans) > 1:
            spans = self._balanced(em_width, len(spans), break_words)
        return (self._line(start, end, size) for start, end in spans)

    def _balanced(self, width: float, count: int, break_words: bool) -> list[tuple[int, int]]:
        """Return as many lines, made as narrow as they can be: no word is left alone at the end."""
        low, high = width / count, width
        best = self._broken(width, break_words)
        for _ in range(7):  # halved so often, the width is right to a hundredth
            middle = (low + high) / 2
            try:
                spans = self._broken(middle, break_words=False)
            except DoesNotFit:
                spans = []
            if spans and len(spans) == count:
                best, high = spans, middle
            else:
                low = middle
        return best

    def _broken(self, width: float, break_words: bool) -> list[tuple[int, int]]:
        """Return start and end of each line, without the space between them."""
        spans: list[tuple[int, int]] = []
        start = end = 0
        for word_start, word_end in self._unbreakable_parts(width, break_words):
            if end > start and self._advance(start, word_end) > width:
                spans.append((start, end))
                start = word_start
            elif end == start:
                start = word_start
            end = word_end
        return [*spans, (start, end)]

    def _unbreakable_parts(self, width: float, break_words: bool) -> Iterator[tuple[int, int]]:
        """Yield the parts of the text that may not be broken: start and end."""
        for word in re.finditer("[^ ]+", self._text):
            at = word.start()
            for part in _BREAK_AFTER.split(word[0]):
                start, end = at, at + len(part)
                at = end
                if self._advance(start, end) <= width:
                    yield start, end
                elif break_words:
                    yield from self._split_word(start, end, width)
                else:
                    raise DoesNotFit(part)

    def _split_word(self, start: int, end: int, width: float) -> Iterator[tuple[int, int]]:
        """Break a word that is wider than a line between letters."""
        part_start = start
        # Between clusters: a mark must not be parted from its letter.
        clusters = [at for at in range(start + 1, end) if not _joins_previous(self._text, at)]
        for at, until in zip(clusters, [*clusters[1:], end], strict=True):
            if self._advance(part_start, until) > width:
                yield part_start, at
                part_start = at
        yield part_start, end

    def _advance(self, start: int, end: int) -> float:
        """Return the width in em."""
        key = start, end
        if key not in self._advances:
            self._advances[key] = self._line(start, end, 1.0).width
        return self._advances[key]

    def _line(self, start: int, end: int, size: float) -> TypesetLine:
        text = self._text[start:end]
        glyphs: list[PlacedGlyph] = []
        at = 0.0
        for first, last, level in bidi.runs(bidi.levels(text, self._base)):
            parts = list(self._runs_by_face(start + first, start + last))
            # Within a run from the right the last face stands first.
            for face, piece in parts[::-1] if level % 2 else parts:
                shaped, advance = _shape(piece, face, backwards=bool(level % 2))
                glyphs += [
                    PlacedGlyph(face, glyph, (at + x) * size, y * size) for glyph, x, y in shaped
                ]
                at += advance
        faces = set(self._faces[start:end])
        ascent = max(face.ascent for face in faces) * size
        descent = max(face.descent for face in faces) * size
        return TypesetLine(tuple(glyphs), at * size, ascent, descent)

    def _runs_by_face(self, start: int, end: int) -> Iterator[tuple[Face, str]]:
        first = start
        for at in range(start + 1, end + 1):
            if at == end or self._faces[at] is not self._faces[first]:
                yield self._faces[first], self._text[first:at]
                first = at


def faces_of(text: str, family: FontFamily, label: str) -> list[Face]:
    """Return the face of every letter. Signs and spaces take that of the letter before, if it has
    them."""
    faces: list[Face] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _joins_previous(text, end):
            end += 1
        cluster = text[start:end]
        common = all(unicodedata.category(letter)[0] in "ZPSCN" for letter in cluster)
        before = faces[-1] if faces and common else None
        if before and all(
            ord(letter) in before.letters or is_invisible(letter) for letter in cluster
        ):
            faces += [before] * len(cluster)
        else:
            faces += family.faces_for(cluster, label)
        start = end
    return faces


def _joins_previous(text: str, at: int) -> bool:
    """Return True if the letter is a mark on the one before, or joined to it."""
    if unicodedata.category(text[at])[0] == "M" or is_invisible(text[at]):
        return True
    return is_invisible(text[at - 1]) or unicodedata.combining(text[at - 1]) == 9  # a virama


def _shape(
    text: str, face: Face, *, backwards: bool
) -> tuple[list[tuple[int, float, float]], float]:
    """Return glyphs with their positions in em, left to right, and how far they reach."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    # First what it guesses, then our own direction: it would be written over.
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if backwards else "ltr"
    uharfbuzz.shape(face.font, buffer)
    at = 0.0
    glyphs = []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyphs.append(
            (info.codepoint, (at + position.x_offset) / face.em, position.y_offset / face.em)
        )
        at += position.x_advance
    return glyphs, at / face.em
