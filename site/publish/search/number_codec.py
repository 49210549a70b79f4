"""Numbers in signs: what the lists of the index are written in.

The last look at the pages reads every file for words that must not be shown. Numbers in letters or
digits would spell such a word sooner or later, by chance, and stop a build for nothing; these signs
spell nothing, and neither need a backslash in a script nor mean anything to a browser.

A number below 13 is one sign, below 205 two, below 1,357 three, any other six; the first sign tells
how many. `site/assets/js/search-index.js` reads them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

SIGNS = "!#$()*+,./:;=?@[]^_`{|}~"
_BASE = len(SIGNS)
_SIGNS = np.frombuffer(SIGNS.encode(), dtype=np.uint8)
# How many signs; the first number that needs them; the first sign that tells of them.
_FORMS = ((1, 0, 0), (2, 13, 13), (3, 13 + 8 * _BASE, 21), (6, 13 + 8 * _BASE + 2 * _BASE**2, 23))
LIMIT = _FORMS[-1][1] + _BASE**5
"""Numbers from here on cannot be written: a library has no such number of anything."""


def encoded(numbers: Numbers) -> tuple[bytes, Numbers]:
    """All numbers one after the other, and where each begins, with the end of the last."""
    if len(numbers) and (int(numbers.min()) < 0 or int(numbers.max()) >= LIMIT):
        raise ValueError("a number that the search index cannot hold")
    firsts = np.array([first for _, first, _ in _FORMS])
    form = np.searchsorted(firsts, numbers, side="right") - 1
    lengths = np.array([length for length, _, _ in _FORMS])[form]
    starts = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    signs = np.zeros(int(starts[-1]), dtype=np.uint8)
    for number, (length, first, sign) in enumerate(_FORMS):
        here = form == number
        rest, at = numbers[here] - first, starts[:-1][here]
        for place in range(length - 1, 0, -1):
            signs[at + place] = rest % _BASE
            rest = rest // _BASE
        signs[at] = rest + sign
    return _SIGNS[signs].tobytes(), starts


def written(numbers: Numbers | list[int]) -> str:
    """The same as text alone."""
    return encoded(np.asarray(numbers, dtype=np.int64))[0].decode()


def read(text: str) -> list[int]:
    """The numbers again."""
    numbers, at = [], 0
    while at < len(text):
        sign = SIGNS.index(text[at])
        length, first, from_sign = next(form for form in reversed(_FORMS) if form[2] <= sign)
        number = sign - from_sign
        for place in range(1, length):
            number = number * _BASE + SIGNS.index(text[at + place])
        numbers.append(number + first)
        at += length
    return numbers
