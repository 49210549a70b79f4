"""Changes of a text, with positions in UTF-16 code units: so browsers count characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Annotated

import msgspec
from msgspec import Meta

from library.core.errors import BadInput

_UNIT = 2
"""Bytes of a code unit."""
MAX_UNITS = 2_000_000
"""Units of a text: some thirty hours of talk. A page takes two such texts in one answer."""
_MOST_TOKENS = 2_000
"""Words of a passage that are compared one by one."""
_BETWEEN_PARAGRAPHS = re.compile(r"(?<=\n\n)")
_TOKEN = re.compile(r"\s*\S+|\s+")
_Position = Annotated[int, Meta(ge=0, le=MAX_UNITS)]

Edit = tuple[_Position, _Position, str]
"""From, to (behind the last unit), and what stands there instead."""


class TextChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of the text as one step of its history.

    The positions of all its edits are in the text before it, in order, and none overlaps another.
    """

    edits: tuple[Edit, ...]


class Utf16Text:
    """A text that changes in place, counted in UTF-16 code units."""

    def __init__(self, text: str) -> None:
        self._units = bytearray(text.encode("utf-16-le"))
        self._text: str | None = text

    def copy(self) -> Utf16Text:
        same = Utf16Text("")
        same._units = bytearray(self._units)
        same._text = self._text
        return same

    def __len__(self) -> int:
        return len(self._units) // _UNIT

    def __str__(self) -> str:
        if self._text is None:
            self._text = self._units.decode("utf-16-le")
        return self._text

    def has_units(self, units: bytes) -> bool:
        """Return True if these are its units: quicker than comparing its characters."""
        return self._units == units

    def change(self, change: TextChange) -> None:
        """Change it. Raises BadInput for edits that are no change of it; it then stays as it is."""
        self._check(change.edits)
        # From the end, so that the positions before it stay as they are.
        for start, end, inserted in reversed(change.edits):
            self._units[start * _UNIT : end * _UNIT] = inserted.encode("utf-16-le")
        self._text = None

    def _check(self, edits: Sequence[Edit]) -> None:
        at, growth = 0, 0
        for start, end, inserted in edits:
            if not at <= start <= end <= len(self):
                raise BadInput("A change is not in its place in the text.")
            if self._is_within_character(start) or self._is_within_character(end):
                raise BadInput("A change would part a character.")
            if "\r" in inserted:
                raise BadInput("The end of a line in a change is not a line feed.")
            at, growth = end, growth + _length_in_units(inserted) - (end - start)
        if len(self) + growth > MAX_UNITS:
            raise BadInput("The text would be longer than the desk takes.", "Leave some of it out.")

    def _is_within_character(self, position: int) -> bool:
        # The second half of a pair is between D800 and DFFF, and so is what stands before it.
        second = self._units[position * _UNIT + 1 : position * _UNIT + 2]
        return bool(second) and 0xDC <= second[0] <= 0xDF


def change_between(old: str, new: str) -> TextChange:
    """Return the change that makes `new` of `old` and leaves alone what is the same in both."""
    edits = list(_in_units(old, _merged(_edits_between(old, new))))
    return TextChange(tuple(edits))


def _edits_between(old: str, new: str) -> Iterator[Edit]:
    """Yield edits with positions in characters, in order."""
    start, old_end, new_end = _differing(old, new)
    old_parts = _BETWEEN_PARAGRAPHS.split(old[start:old_end])
    new_parts = _BETWEEN_PARAGRAPHS.split(new[start:new_end])
    for offset, before, after in _replaced_parts(old_parts, new_parts):
        old_tokens, new_tokens = _TOKEN.findall(before), _TOKEN.findall(after)
        if max(len(old_tokens), len(new_tokens)) > _MOST_TOKENS:
            old_tokens, new_tokens = [before], [after]
        for inner, words_before, words_after in _replaced_parts(old_tokens, new_tokens):
            first, last, new_last = _differing(words_before, words_after)
            at = start + offset + inner
            yield at + first, at + last, words_after[first:new_last]


def _replaced_parts(old: list[str], new: list[str]) -> Iterator[tuple[int, str, str]]:
    """Yield where runs of parts differ: the position in `old`, and the run in both."""
    offsets = [0]
    for part in old:
        offsets.append(offsets[-1] + len(part))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_first, old_last, new_first, new_last in matcher.get_opcodes():
        if kind != "equal":
            yield (
                offsets[old_first],
                "".join(old[old_first:old_last]),
                "".join(new[new_first:new_last]),
            )


def _differing(old: str, new: str) -> tuple[int, int, int]:
    """Return where the two begin to differ, and the ends in each of what differs."""
    start = _common_length(old, new)
    same_end = _common_length(old[start:][::-1], new[start:][::-1])
    return start, len(old) - same_end, len(new) - same_end


def _common_length(first: str, second: str) -> int:
    """Return how many characters the beginnings have in common."""
    least, most = 0, min(len(first), len(second))
    while least < most:
        middle = (least + most + 1) // 2
        if first[least:middle] == second[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _merged(edits: Iterator[Edit]) -> Iterator[Edit]:
    """Join edits that touch one another."""
    before: Edit | None = None
    for edit in edits:
        if before is not None and before[1] == edit[0]:
            before = (before[0], edit[1], before[2] + edit[2])
            continue
        if before is not None:
            yield before
        before = edit
    if before is not None:
        yield before


def _in_units(text: str, edits: Iterator[Edit]) -> Iterator[Edit]:
    """Turn positions in characters of `text` into positions in code units."""
    at = units = 0
    for start, end, inserted in edits:
        units += _length_in_units(text[at:start])
        length = _length_in_units(text[start:end])
        yield units, units + length, inserted
        at, units = end, units + length


def _length_in_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // _UNIT
