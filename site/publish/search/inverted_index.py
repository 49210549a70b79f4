"""Which word is in which piece, and where: counted once, with numbers, for the whole library.

Pieces are numbered through the library in the order of what can be found. A word's place in a piece
counts from 0; between two paragraphs, and before the heading, one place is left empty, so that no
phrase reaches across. Words that nearly every piece holds (`tokens.COMMON`) have no list of their
own; each pair of neighbours with one of them in it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from publish.search import tokens
from publish.search.documents import Findable
from publish.search.number_codec import Numbers, encoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUCKETS = 2 + 26 * 3
"""Lists of words: digits, three for each letter, and one for all others."""
_COMMON = {word: number for number, word in enumerate(sorted(tokens.COMMON))}
_COMMON_AND_ONE = len(_COMMON)
_UNSAID = -1 - len(_COMMON)
"""Stands for a word that cannot be looked for; from there up to -1 are the common ones."""
_HEADING = 3
_SHORT = 16
"""Bits."""


def bucket_of(word: str) -> int:
    """Which list a word is in, by its first letters."""
    letter = ord(word[0]) - ord("a")
    if word[0].isascii() and word[0].isdigit():
        return 0
    if not 0 <= letter < 26:
        return BUCKETS - 1
    second = word[1:2]
    return 1 + 3 * letter + (0 if second < "i" else 1 if second < "p" else 2)


@dataclass(frozen=True)
class Entry:
    """One list of the index: its number, and its signs."""

    key: int
    data: bytes


@dataclass(frozen=True)
class Marshalled:
    """The whole index, not yet cut into files."""

    words: list[list[tuple[str, int]]]
    """For each bucket its words in order, each with the number of its stem’s list."""
    lists: list[Entry]
    """At 2·n in which pieces the stem n is, at 2·n + 1 at which places in each."""
    pairs: list[Entry]


class _Codes(dict[str, int]):
    """A number for every different word as written; `folded[number]` is the word."""

    def __init__(self) -> None:
        super().__init__()
        self.folded: list[str] = []
        self._known: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        plain = tokens.folded(word)
        code = self._known.setdefault(plain, len(self.folded))
        if code == len(self.folded):
            self.folded.append(plain)
        self[word] = code
        return code


@dataclass
class _Said:
    """Every word of the library, by its code, and each run of them that stands together."""

    codes: list[int] = field(default_factory=list)
    runs: list[tuple[int, int, int, bool]] = field(default_factory=list)
    """Of each run: its piece, the place of its first word, how many, whether it is a heading."""


def marshalled(found: Iterable[Findable]) -> Marshalled:
    """The index of everything that can be found."""
    codes = _Codes()
    said = _read(found, codes)
    words, number_of = _numbered(codes.folded)
    stems = number_of[np.asarray(said.codes, dtype=np.int64)]
    runs = np.asarray(said.runs, dtype=np.int64).reshape(-1, 4)
    pieces, first, counts, headings = runs.T
    of_run = np.repeat(np.arange(len(runs)), counts)
    begun = np.cumsum(counts) - counts
    places = np.arange(len(stems)) - begun[of_run] + first[of_run]
    piece_of, heading = pieces[of_run], headings[of_run]
    return Marshalled(
        words=words,
        lists=list(_lists(stems, piece_of, places, heading)),
        pairs=list(_pairs(stems, piece_of, of_run, int(stems.max(initial=-1)) + 1)),
    )


def _read(found: Iterable[Findable], codes: _Codes) -> _Said:
    said, piece_number = _Said(), 0
    for one in found:
        for piece in one.pieces:
            place = 0
            texts = [(part.text, False) for part in piece.said]
            for text, is_heading in (*texts, (piece.heading, True)):
                run = [codes[word] for word in tokens.words_in(text)]
                if run:
                    said.codes += run
                    said.runs.append((piece_number, place, len(run), is_heading))
                    place += len(run) + 1
            piece_number += 1
    return said


def _numbered(folded: Sequence[str]) -> tuple[list[list[tuple[str, int]]], Numbers]:
    """Stems numbered by their first word in order, and each code’s number, or which common one."""
    words: list[list[tuple[str, int]]] = [[] for _ in range(BUCKETS)]
    known: dict[str, int] = {}
    numbers = np.full(len(folded), _UNSAID, dtype=np.int64)
    spelt = [(bucket_of(word), word, code) for code, word in enumerate(folded) if word]
    for bucket, word, code in sorted(spelt):
        root = tokens.stem(word)
        if root in _COMMON:
            numbers[code] = -1 - _COMMON[root]
        else:
            numbers[code] = known.setdefault(root, len(known))
            words[bucket].append((word, int(numbers[code])))
    return words, numbers


def _lists(stems: Numbers, pieces: Numbers, places: Numbers, heading: Numbers) -> Iterator[Entry]:
    """For each stem first its pieces, then its places in them."""
    uncommon = np.flatnonzero(stems >= 0)
    order = uncommon[_in_order(stems[uncommon])]
    stems, pieces, places, heading = stems[order], pieces[order], places[order], heading[order]
    if not len(stems):
        return
    starts = _starts(stems, pieces)
    per_piece = np.diff(np.append(starts, len(stems)))
    level = np.minimum(per_piece, _HEADING) - 1
    level[np.maximum.reduceat(heading, starts) > 0] = _HEADING
    gaps = _gaps(pieces[starts], _changed(stems[starts]))
    piece_signs, at_piece = encoded(gaps * 4 + level)
    leaps = _gaps(places, _changed(stems, pieces))
    place_signs, at_place = encoded(np.insert(leaps, starts, per_piece - 1))
    firsts = np.flatnonzero(_changed(stems[starts]))  # of each stem, counted in pieces
    lasts = np.append(firsts[1:], len(starts))
    words_before = np.append(starts, len(stems))
    for stem, first, last in zip(
        stems[starts[firsts]].tolist(), firsts.tolist(), lasts.tolist(), strict=True
    ):
        yield Entry(2 * stem, piece_signs[at_piece[first] : at_piece[last]])
        begin, end = words_before[first] + first, words_before[last] + last
        yield Entry(2 * stem + 1, place_signs[at_place[begin] : at_place[end]])


def _pairs(stems: Numbers, pieces: Numbers, of_run: Numbers, lists: int) -> Iterator[Entry]:
    """In which pieces a common word has which neighbour (`pair_key`)."""
    left, right = stems[:-1], stems[1:]
    beside = of_run[:-1] == of_run[1:]
    beside &= (left > _UNSAID) & (right > _UNSAID) & ((left < 0) | (right < 0))
    left, right, pieces = left[beside], right[beside], pieces[:-1][beside]
    keys = np.where(
        left >= 0,
        (2 * left + 1) * _COMMON_AND_ONE - 1 - right,
        np.where(
            right >= 0,
            2 * right * _COMMON_AND_ONE - 1 - left,
            2 * lists * _COMMON_AND_ONE + (-1 - left) * _COMMON_AND_ONE - 1 - right,
        ),
    )
    order = _in_order(keys)
    keys, pieces = keys[order], pieces[order]
    starts = _starts(keys, pieces)
    if not len(starts):
        return
    keys, pieces = keys[starts], pieces[starts]
    new = _changed(keys)
    signs, at = encoded(_gaps(pieces, new))
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(keys))
    for key, first, last in zip(
        keys[firsts].tolist(), at[firsts].tolist(), at[lasts].tolist(), strict=True
    ):
        yield Entry(key, signs[first:last])


def _in_order(numbers: Numbers) -> Numbers:
    """Where each is in the order of them, those that are the same as they stand.

    By the last sixteen bits, then by those before: numbers that short numpy sorts by counting.
    """
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    for _ in range((int(numbers.max(initial=0)).bit_length() - 1) // _SHORT):
        numbers = numbers >> _SHORT
        order = order[np.argsort(numbers[order].astype(np.uint16), kind="stable")]
    return order


def _changed(*columns: Numbers) -> NDArray[np.bool_]:
    """Where a row is another than the one before, in any of the columns."""
    new = np.ones(len(columns[0]), dtype=bool)
    if len(new):
        new[1:] = False
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def _starts(*columns: Numbers) -> Numbers:
    return np.flatnonzero(_changed(*columns))


def _gaps(numbers: Numbers, new: NDArray[np.bool_]) -> Numbers:
    """Rising numbers as what lies between them; the first of each group as it is."""
    gaps = numbers.copy()
    gaps[1:] -= numbers[:-1] + 1
    gaps[new] = numbers[new]
    return gaps
