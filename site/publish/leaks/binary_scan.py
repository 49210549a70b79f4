"""Looking for a few words in bytes that are no text: films, pictures, fonts. Gigabytes of them.

A word's first four bytes are looked for in all places at once; only where they are found are the
others compared. Numbers, so that a library's films take seconds and not minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_WORD_BYTES = 8
"""Bytes: in a terabyte of compressed film a shorter word turns up by chance."""
# Four megabytes: a film is never in memory as a whole, and numpy still has enough to do.
_CHUNK_BYTES = 1 << 22


class ByteSearch:
    """Finds some of `words` (small letters) in bytes; shorter than MIN_WORD_BYTES, none is."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self.words: list[bytes] = []
        self.longest = 0
        self.beginnings: dict[bytes, tuple[int, ...]] = {}
        # One place for each pair of bytes: a look-up instead of a comparison.
        self.first, self.second = np.zeros(1 << 16, dtype=bool), np.zeros(1 << 16, dtype=bool)
        self._add(words)

    def with_words(self, words: Sequence[bytes]) -> ByteSearch:
        """Return a search for these and some more words, numbered on from here."""
        more = copy(self)
        more.words, more.beginnings = [*self.words], {**self.beginnings}
        # Copies, or one story's own words would be looked for in all stories.
        more.first, more.second = self.first.copy(), self.second.copy()
        more._add(words)
        return more

    def _add(self, words: Sequence[bytes]) -> None:
        for number, word in enumerate(words, start=len(self.words)):
            self.longest = max(self.longest, len(word))
            if len(word) >= MIN_WORD_BYTES:
                start = word[:MIN_WORD_BYTES]
                self.beginnings[start] = (*self.beginnings.get(start, ()), number)
                self.first[_pair(word[0:2])] = self.second[_pair(word[2:4])] = True
        self.words += words

    def numbers_in(self, data: bytes | memoryview) -> set[int]:
        """Return which of the words, counted from 0, are in `data`."""
        if not self.beginnings or len(data) < MIN_WORD_BYTES:
            return set()
        whole = np.frombuffer(data, dtype=np.uint8)
        return {
            number
            for start in range(0, len(whole), _CHUNK_BYTES)
            # A word may lie across two pieces, so each reaches into the next.
            for number in self._in_piece(whole[start : start + _CHUNK_BYTES + self.longest])
        }

    def _in_piece(self, piece: NDArray[np.uint8]) -> Iterator[int]:
        lower_case = (
            piece | 0x20
        )  # capitals become small letters; that others change too does no harm
        candidates: list[int] = []
        # Bytes are read in pairs, so a word is looked for from even and from odd places.
        for odd in (0, 1):
            pairs = lower_case[odd : odd + (len(lower_case) - odd) // 2 * 2].view("<u2")
            starts = np.flatnonzero(self.first[pairs[:-1]])
            matches = starts[self.second[pairs[starts + 1]]]
            candidates += (matches * 2 + odd).tolist()
        # Only where something may be found: nearly no piece needs it.
        plain = piece.tobytes().lower() if candidates else b""
        for at in candidates:
            for number in self.beginnings.get(plain[at : at + MIN_WORD_BYTES], ()):
                if plain.startswith(self.words[number], at):
                    yield number


def _pair(two: bytes) -> int:
    return (two[0] | 0x20) | (two[1] | 0x20) << 8
