"""Search lines of letters for the words of stories, however their words are parted or turned.

The other way round than the search by words: the runs of all stories are hashed, and the lines of
the pages are led past them. Hashes are over 16 letters, so that a run of six words is found by its
first ones, and everything found is compared letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from publish.story_words import run_starts

WIDTH = 16
"""Letters that are hashed."""
_CHUNK = 1 << 20
_BITS = 24
_FACTORS = np.array([pow(1_099_511_628_211, power, 1 << 64) for power in range(WIDTH)], np.uint64)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
Hashes = NDArray[np.uint64]


class LetterRuns:
    """The runs of words of some texts, by their letters."""

    def __init__(self, texts: Sequence[Sequence[bytes]]) -> None:
        """Take each text as its words, each by its letters alone."""
        self._letters = [b"".join(words) for words in texts]
        self._ends = [np.cumsum([len(word) for word in words]) for words in texts]
        hashes, owners, starts = [], [], []
        for number, words in enumerate(texts):
            if len(self._letters[number]) < WIDTH:
                continue
            last = len(self._letters[number]) - WIDTH
            offsets = self._offsets(number)
            at = offsets[run_starts(len(words))]
            at = np.unique(np.append(at[at <= last], last))
            hashes.append(_hashes_at(self._letters[number], at))
            owners.append(np.full(len(at), number, np.int32))
            starts.append(at.astype(np.int32))
        joined = np.concatenate(hashes) if hashes else np.empty(0, np.uint64)
        order = np.argsort(joined, kind="stable")
        self._hashes = joined[order]
        self._owners = np.concatenate(owners)[order] if owners else np.empty(0, np.int32)
        self._starts = np.concatenate(starts)[order] if starts else np.empty(0, np.int32)
        # Nearly every place of a page has none of these: a bit for each is asked first.
        self._may_be = np.zeros(1 << _BITS, np.bool_)
        self._may_be[_slot(self._hashes)] = True

    def common_runs(self, line: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield text, first word and word after the last, for each run that the line has as well.

        A run is whole words that stand in the line letter by letter, as long as they go on.
        """
        if not len(self._hashes):
            return
        seen: set[tuple[int, int]] = set()
        for begin in range(0, max(len(line) - WIDTH + 1, 0), _CHUNK):
            part = line[begin : begin + _CHUNK + WIDTH - 1]
            hashes = _hashes_everywhere(part)
            for at in np.flatnonzero(self._may_be[_slot(hashes)]):
                first = int(np.searchsorted(self._hashes, hashes[at], "left"))
                after = int(np.searchsorted(self._hashes, hashes[at], "right"))
                for index in range(first, after):
                    number, start = int(self._owners[index]), int(self._starts[index])
                    key = (number, begin + int(at) - start)
                    if key not in seen:
                        seen.add(key)
                        yield (number, *self._words_alike(number, start, line, begin + int(at)))

    def _words_alike(self, number: int, start: int, line: bytes, at: int) -> tuple[int, int]:
        letters, ends = self._letters[number], self._ends[number]
        after = _shared_prefix_length(letters[start:], line[at : at + len(letters)])
        before = _shared_prefix_length(letters[:start][::-1], line[max(at - start, 0) : at][::-1])
        first = int(np.searchsorted(self._offsets(number), start - before, "left"))
        last = int(np.searchsorted(ends, start + after, "right"))
        return first, max(last, first)

    def _offsets(self, number: int) -> NDArray[np.int64]:
        """Return where each word of a text begins."""
        return np.concatenate(([0], self._ends[number][:-1]))


def _shared_prefix_length(left: bytes, right: bytes) -> int:
    """Return how many first letters are the same."""
    length = min(len(left), len(right))
    if left[:length] == right[:length]:
        return length
    pair = (np.frombuffer(left[:length], np.uint8), np.frombuffer(right[:length], np.uint8))
    return int(np.argmax(pair[0] != pair[1]))


def _hashes_everywhere(line: bytes) -> Hashes:
    letters = np.frombuffer(line, np.uint8).astype(np.uint64)
    places = len(line) - WIDTH + 1
    total = np.zeros(places, np.uint64)
    for power in range(WIDTH):  # slices, which take a fraction of what places one by one take
        total += letters[power : power + places] * _FACTORS[power]
    return total


def _hashes_at(line: bytes, places: NDArray[np.int64]) -> Hashes:
    letters = np.frombuffer(line, np.uint8).astype(np.uint64)
    total = np.zeros(len(places), np.uint64)
    for power in range(WIDTH):
        total += letters[places + power] * _FACTORS[power]
    return total


def _slot(hashes: Hashes) -> NDArray[np.uint64]:
    slots: NDArray[np.uint64] = (hashes * _SPREAD) >> np.uint64(64 - _BITS)
    return slots
