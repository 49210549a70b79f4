"""Places of what is read in the editor's copy: at which characters of the file it stands.

Reading takes lines apart and joins them again, strips spaces and leaves marks out. Each character
keeps the place that it has in the file meanwhile, so that nothing is searched for afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from library.core.errors import BadInput

LINE_NAMED = re.compile(r"Line (\d+): ")
"""Beginning of a sentence that is about a line."""


class Place(NamedTuple):
    """Characters of a file, from `start` up to, not including, `end`."""

    start: int
    end: int


class Repair(NamedTuple):
    """Characters to put in the place of as many others, so that a text can be read on."""

    place: Place
    text: str


def blank(place: Place) -> Repair:
    """Return the repair that puts spaces in the place of what stands there."""
    return Repair(place, " " * (place.end - place.start))


class CopyRefused(BadInput):
    """A text that cannot be read as an editor's copy, with the line that it is about.

    `place` is what is wrong, where it is less than the line. With `repairs` made, the rest of the
    text can be looked at.
    """

    def __init__(
        self,
        line: int,
        what: str,
        next_step: str,
        *,
        place: Place | None = None,
        repairs: Iterable[Repair] = (),
    ) -> None:
        super().__init__(f"Line {line}: {what}", next_step)
        self.line = line
        self.place = place
        self.repairs = tuple(repairs)

    @classmethod
    def at(cls, refused: BadInput, line: int, place: Place) -> CopyRefused:
        """Return a refusal with its place; without what stands there the text can be read on."""
        named = LINE_NAMED.match(refused.what)
        return cls(
            int(named[1]) if named else line,
            LINE_NAMED.sub("", refused.what, count=1),
            refused.next_step,
            place=place,
            repairs=[blank(place)],
        )


@dataclass(frozen=True)
class PlacedText:
    """A part of the copy as it is read, and where each of its characters stands in the file."""

    text: str
    places: Sequence[int]

    @classmethod
    def at(cls, text: str, start: int) -> PlacedText:
        """Return a text that stands in the file as it is, from `start`."""
        return cls(text, range(start, start + len(text)))

    def __bool__(self) -> bool:
        return bool(self.text)

    def part(self, start: int, end: int | None = None) -> PlacedText:
        """Return the characters `start` up to, not including, `end`."""
        return PlacedText(self.text[start:end], self.places[start:end])

    def stripped(self) -> PlacedText:
        """Return the text without the spaces about it."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, start + len(self.text.strip()))

    def ending(self, end: str) -> PlacedText:
        """Return `end`, with which this text ends."""
        return self.part(len(self.text) - len(end))

    def place_of(self, start: int, end: int) -> Place:
        """Return where the characters `start` up to, not including, `end` stand."""
        return Place(self.places[start], self.places[end - 1] + 1)


def joined_lines(lines: Sequence[PlacedText], between: str = "\n") -> PlacedText:
    """Return lines as one text, with `between` at the end of each but the last."""
    if len(lines) == 1:
        return lines[0]
    places: list[int] = []
    for line in lines:
        if places:
            places += [places[-1] + 1] * len(between)
        places += line.places
    return PlacedText(between.join(line.text for line in lines), places)
