"""Numbers as signs that no word can be read from, and columns of numbers.

The leak check reads every file for words that must not be shown. Numbers in letters or digits would
spell such a word sooner or later, by chance, and stop a build for nothing; these signs spell
nothing, and neither need a backslash in a script nor mean anything to a browser. A number below 13
is one sign, below 205 two, below 1,357 three, any other six; the first sign says how many.
`site/assets/js/search-lists.js` reads them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# numpy at the top: this module is only imported by a build, and all of it is numpy.
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.integer[Any]]

# The order is the code: `search-lists.js` has the same, and both must change together.
SIGNS = "!#$()*+,./:;=?@[]^_`{|}~"
_BASE = len(SIGNS)
_SIGNS = np.frombuffer(SIGNS.encode(), dtype=np.uint8)
# How many signs; the first number that needs them; the first sign that tells of them.
_FORMS = ((1, 0, 0), (2, 13, 13), (3, 13 + 8 * _BASE, 21), (6, 13 + 8 * _BASE + 2 * _BASE**2, 23))
NUMBER_LIMIT = _FORMS[-1][1] + _BASE**5
"""Numbers from here on cannot be written: a library has no such number of anything."""
_FEW_NUMBERS = 200
"""Up to so many, mostly small ones, are looked up sooner than numpy has begun."""
_SHORT_BITS = 16
"""Bits: numpy sorts integers of this size by counting, in one pass."""

_PIECES_AT_ONCE = 1 << 16
"""Pieces that are gathered at once: the numbers for that take twenty times their bytes."""


def in_order(numbers: Numbers) -> Numbers:
    """Return the positions that put the numbers in order; equal ones stay as they stand.

    By the last sixteen bits, then by those before: numbers that short numpy sorts by counting.
    """
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    for _ in range((int(numbers.max(initial=0)).bit_length() - 1) // _SHORT_BITS):
        numbers = numbers >> _SHORT_BITS
        order = order[np.argsort(numbers[order].astype(np.uint16), kind="stable")]
    return order


def changed(*columns: Numbers) -> NDArray[np.bool_]:
    """Return True for each row that differs from the one before in any of the columns."""
    new = np.ones(len(columns[0]), dtype=bool)
    if len(new):
        new[1:] = False
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def starts_of(*columns: Numbers) -> Numbers:
    """Return the rows that differ from the one before in any of the columns."""
    return np.flatnonzero(changed(*columns))


def gaps(numbers: Numbers, new: NDArray[np.bool_]) -> Numbers:
    """Return rising numbers as the gaps between them, the first of each group as it is."""
    gaps = numbers.copy()
    gaps[1:] -= numbers[:-1] + 1
    gaps[new] = numbers[new]
    return gaps


def gathered(source: bytes, starts: Numbers, lengths: Numbers) -> bytes:
    """Return pieces of `source`, each of so many bytes from so far on, one behind the other."""
    signs = np.frombuffer(source, dtype=np.uint8)
    parts = []
    for first in range(0, len(starts), _PIECES_AT_ONCE):
        begins = starts[first : first + _PIECES_AT_ONCE]
        sizes = lengths[first : first + _PIECES_AT_ONCE]
        ends = np.cumsum(sizes)
        at = np.arange(int(ends[-1])) + np.repeat(begins - (ends - sizes), sizes)
        parts.append(signs[at].tobytes())
    return b"".join(parts)


def encode_numbers(numbers: Numbers) -> tuple[bytes, Numbers]:
    """Return all numbers as signs, and the position at which each begins, with the end of the last.

    Raises ValueError for a number outside 0 to LIMIT.
    """
    # Written wrongly it would be read as another number, without a word.
    if len(numbers) and (int(numbers.min()) < 0 or int(numbers.max()) >= NUMBER_LIMIT):
        raise ValueError("a number that the search index cannot hold")
    firsts = np.array([first for _, first, _ in _FORMS])
    form = np.searchsorted(firsts, numbers, side="right") - 1
    lengths = np.array([length for length, _, _ in _FORMS])[form]
    starts = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    signs = np.zeros(int(starts[-1]), dtype=np.uint8)
    for number, (length, first, sign) in enumerate(_FORMS):
        here = form == number
        remainders, at = numbers[here] - first, starts[:-1][here]
        for digit in range(length - 1, 0, -1):
            signs[at + digit] = remainders % _BASE
            remainders = remainders // _BASE
        signs[at] = remainders + sign
    return _SIGNS[signs].tobytes(), starts


def numbers_as_text(numbers: Numbers | list[int]) -> str:
    """Return numbers as signs in one text."""
    if isinstance(numbers, list) and len(numbers) <= _FEW_NUMBERS:
        return "".join(map(_number_as_text, numbers))
    return _encoded_as_text(numbers)


@lru_cache(maxsize=16_384)
def _number_as_text(number: int) -> str:
    return _encoded_as_text([number])


def _encoded_as_text(numbers: Numbers | list[int]) -> str:
    return encode_numbers(np.asarray(numbers, dtype=np.int64))[0].decode()
