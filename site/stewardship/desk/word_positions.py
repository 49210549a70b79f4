"""Words of a text ↔ its characters ↔ the milliseconds at which they are said.

Places are those that reading the text gave its words; nothing is searched for. They are counted in
UTF-16 code units, as browsers count.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import msgspec

from transcribe.editing.apply_edits import AlignedCopy
from transcribe.editing.inline_markup import CopyWord
from transcribe.editing.text_places import Place

_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")

SAID, CUT, REDACTED, ASKED_ABOUT, TYPED = ".", "c", "r", "q", "t"
"""States of a word; TYPED is one that has no time of its own from recognition."""


class Utf16Offsets:
    """Offsets of a text's characters in UTF-16 code units."""

    def __init__(self, text: str) -> None:
        # Mostly none: then both counts are the same.
        self._wide = [found.start() for found in _TWO_UNITS.finditer(text)]

    def of(self, at: int) -> int:
        """Return the offset in code units of the character number `at`."""
        return at + bisect_left(self._wide, at) if self._wide else at

    def place(self, place: Place) -> tuple[int, int]:
        return self.of(place.start), self.of(place.end)


class WordPositions(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a text in order: characters, times on the media clock, and state."""

    from_: list[int] = msgspec.field(name="from")
    to: list[int]
    start: list[int]
    end: list[int]
    state: str
    """One letter for each word."""


NO_WORDS = WordPositions(from_=[], to=[], start=[], end=[], state="")


def word_positions(aligned: AlignedCopy, offsets: Utf16Offsets) -> WordPositions:
    """Return where each word of a copy stands, and when it is said."""
    words = [word for paragraph in aligned.copy.paragraphs for word in paragraph.words]
    places = [word.place or Place(0, 0) for word in words]
    return WordPositions(
        from_=[offsets.of(place.start) for place in places],
        to=[offsets.of(place.end) for place in places],
        start=[word.start for word in aligned.words],
        end=[word.end for word in aligned.words],
        state="".join(_states(words, _recognised(aligned))),
    )


def _states(words: Sequence[CopyWord], recognised: Sequence[bool]) -> Iterator[str]:
    for word, is_recognised in zip(words, recognised, strict=True):
        if word.is_cut:
            yield CUT
        elif word.redaction is not None:
            yield REDACTED
        elif word.question is not None:
            yield ASKED_ABOUT
        else:
            yield SAID if is_recognised else TYPED


def _recognised(aligned: AlignedCopy) -> list[bool]:
    recognised: list[bool] = []
    for block in aligned.blocks:
        recognised += [block.is_same] * (block.new_end - block.new_start)
    return recognised
