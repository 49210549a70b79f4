"""The inverted index: which word is in which passage, and where, for the whole library.

Passages are numbered through the library in the order of the documents. A word's position in a
passage counts from 0; between two paragraphs, and before the heading, one position is left empty,
so that no phrase reaches across. Words that nearly every passage contains (`tokens.STOP_WORDS`)
have no list of their own; each pair of neighbours with one of them in it has.

Lists are written as signs that no word can be read from. The leak check reads every file for words
that must not be shown. Numbers in letters or digits would spell such a word sooner or later, by
chance, and stop a build for nothing; these signs spell nothing, and neither need a backslash in a
script nor mean anything to a browser. A number below 13 is one sign, below 205 two, below 1,357
three, any other six; the first sign says how many. `site/assets/js/search-lists.js` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

# numpy at the top: this module is only imported by a build, and all of it is numpy.
import numpy as np
from numpy.typing import NDArray

from publish.render.facts import is_interviewer
from publish.search import tokens
from publish.search.documents import SearchDocument

Numbers = NDArray[np.int64]

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

_SECOND_LETTERS = "dehknor"
"""The last second letter of each bucket of a letter but its last: about as many words in each."""
_PER_LETTER = len(_SECOND_LETTERS) + 1
BUCKETS = 2 + 26 * _PER_LETTER
"""Lists of words: digits, eight for each letter, and one for all others. A question of ten words
reads ten of them, and a slip all of its letter."""
COMMON_WORDS = {word: number for number, word in enumerate(sorted(tokens.STOP_WORDS))}
"""The number of each word that has no list of its own."""
_COMMON_AND_ONE = len(COMMON_WORDS)
_UNSEARCHABLE = -1 - len(COMMON_WORDS)
"""Stands for a word that cannot be looked for; from there up to -1 are the common ones."""
_HEADING = 3
"""Level of a passage with the word in its heading. Below: 0 where only the interviewer says it, 1
where it is told once, 2 where more often."""
_TOLD, _IN_HEADING, _ASKED = range(3)
_SHORT_BITS = 16
"""Bits: numpy sorts integers of this size by counting, in one pass."""


def bucket_of(word: str) -> int:
    """Return the number of the word list that a word is in, by its first letters."""
    letter = ord(word[0]) - ord("a")
    if word[0].isascii() and word[0].isdigit():
        return 0
    if not 0 <= letter < 26:
        return BUCKETS - 1
    return 1 + _PER_LETTER * letter + sum(word[1:2] > last for last in _SECOND_LETTERS)


@dataclass(frozen=True)
class PostingList:
    """A list of the index: its number, and its numbers as signs."""

    key: int
    data: bytes


@dataclass(frozen=True)
class SaidWords:
    """The words of the whole index, and how often they are said: it can be compared."""

    words: tuple[tuple[tuple[str, int], ...], ...]
    """As in `InvertedIndex`, like the counts."""
    counts: tuple[int, ...]


@dataclass(frozen=True)
class InvertedIndex:
    """The whole index, not yet cut into files."""

    words: list[list[tuple[str, int]]]
    """For each bucket its words in order, each with the number of its stem’s list."""
    counts: list[int]
    """In how many passages the stem n is."""
    passages: list[PostingList]
    """At n the passages that the stem n is in."""
    places: list[PostingList]
    """At n the positions of the stem n in each of them."""
    pairs: list[PostingList]
    """The passages in which two words, one of them common, are neighbours."""

    @property
    def said(self) -> SaidWords:
        return SaidWords(tuple(map(tuple, self.words)), tuple(self.counts))


class _Codes(dict[str, int]):
    """Gives a number to every different word as written; `folded[number]` is the word."""

    def __init__(self) -> None:
        super().__init__()
        self.folded: list[str] = []
        self._known: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        plain = tokens.fold_word(word)
        code = self._known.setdefault(plain, len(self.folded))
        if code == len(self.folded):
            self.folded.append(plain)
        self[word] = code
        return code


@dataclass
class _LibraryWords:
    """Every word of the library by its code, and each run of words that stand together."""

    codes: list[int] = field(default_factory=list)
    runs: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Of each run: its passage, the position of its first word, how many words, and who says it:
    told, in the heading, or asked."""


def build_index(documents: Iterable[SearchDocument]) -> InvertedIndex:
    """Return the index of all documents."""
    codes = _Codes()
    words_of_library = _read_words(documents, codes)
    words, number_of = _numbered(codes.folded)
    stems = number_of[np.asarray(words_of_library.codes, dtype=np.int64)]
    runs = np.asarray(words_of_library.runs, dtype=np.int64).reshape(-1, 4)
    passages, first, counts, sayers = runs.T
    of_run = np.repeat(np.arange(len(runs)), counts)
    run_starts = np.cumsum(counts) - counts
    positions = np.arange(len(stems)) - run_starts[of_run] + first[of_run]
    passage_of, sayer = passages[of_run], sayers[of_run]
    in_passages, lists, places = _stem_lists(stems, passage_of, positions, sayer)
    return InvertedIndex(
        words=words,
        counts=in_passages,
        passages=lists,
        places=places,
        pairs=list(_pair_lists(stems, passage_of, of_run, int(stems.max(initial=-1)) + 1)),
    )


def _read_words(documents: Iterable[SearchDocument], codes: _Codes) -> _LibraryWords:
    library, passage_number = _LibraryWords(), 0
    for document in documents:
        for passage in document.passages:
            position = 0
            # Whoever asks says the question’s words, and not what is told.
            texts = [
                (said.text, _ASKED if is_interviewer(said.speaker) else _TOLD)
                for said in passage.utterances
            ]
            others = [(text, _TOLD) for text in passage.also]
            for text, sayer in (*texts, (passage.heading, _IN_HEADING), *others):
                run = [codes[word] for word in tokens.words_in(text)]
                if run:
                    library.codes += run
                    library.runs.append((passage_number, position, len(run), sayer))
                    position += len(run) + 1
            passage_number += 1
    return library


def _numbered(folded: Sequence[str]) -> tuple[list[list[tuple[str, int]]], Numbers]:
    """Number the stems by their first word in order.

    Returns for each bucket its words with the number of their stem, and for each code the number of
    its stem: below 0 for a common word (`COMMON_WORDS`), `_UNSEARCHABLE` for one nobody can look
    for.
    """
    words: list[list[tuple[str, int]]] = [[] for _ in range(BUCKETS)]
    known: dict[str, int] = {}
    numbers = np.full(len(folded), _UNSEARCHABLE, dtype=np.int64)
    spelt = [(bucket_of(word), word, code) for code, word in enumerate(folded) if word]
    # In order: stems that follow each other in the alphabet share a file.
    for bucket, word, code in sorted(spelt):
        root = tokens.stem(word)
        if root in COMMON_WORDS:
            numbers[code] = -1 - COMMON_WORDS[root]
        else:
            numbers[code] = known.setdefault(root, len(known))
            words[bucket].append((word, int(numbers[code])))
    return words, numbers


def _stem_lists(
    stems: Numbers, passages: Numbers, positions: Numbers, sayer: Numbers
) -> tuple[list[int], list[PostingList], list[PostingList]]:
    """Return for each stem in how many passages it is, these, and its positions in them."""
    uncommon = np.flatnonzero(stems >= 0)
    order = uncommon[_in_order(stems[uncommon])]
    stems, passages = stems[order], passages[order]
    positions, sayer = positions[order], sayer[order]
    if not len(stems):
        return [], [], []
    starts = _starts(stems, passages)
    per_passage = np.diff(np.append(starts, len(stems)))
    level = np.minimum(np.add.reduceat(sayer == _TOLD, starts, dtype=np.int64), _HEADING - 1)
    level[np.add.reduceat(sayer == _IN_HEADING, starts, dtype=np.int64) > 0] = _HEADING
    gaps = _gaps(passages[starts], _changed(stems[starts]))
    passage_signs, at_passage = encode_numbers(gaps * 4 + level)
    steps = _gaps(positions, _changed(stems, passages))
    position_signs, at_position = encode_numbers(np.insert(steps, starts, per_passage - 1))
    firsts = np.flatnonzero(_changed(stems[starts]))  # of each stem, counted in passages
    lasts = np.append(firsts[1:], len(starts))
    words_before = np.append(starts, len(stems))
    lists, places = [], []
    for stem, first, last in zip(
        stems[starts[firsts]].tolist(), firsts.tolist(), lasts.tolist(), strict=True
    ):
        lists.append(PostingList(stem, passage_signs[at_passage[first] : at_passage[last]]))
        begin, end = words_before[first] + first, words_before[last] + last
        places.append(PostingList(stem, position_signs[at_position[begin] : at_position[end]]))
    return (lasts - firsts).tolist(), lists, places


def _pair_lists(
    stems: Numbers, passages: Numbers, of_run: Numbers, stem_count: int
) -> Iterator[PostingList]:
    """Yield the passages in which a common word has each neighbour.

    The key of a pair is reckoned as `pairOf` in search-lists.js does it.
    """
    left, right = stems[:-1], stems[1:]
    # Neighbours in the arrays may be of two paragraphs; a phrase is not.
    is_pair = of_run[:-1] == of_run[1:]
    is_pair &= (left > _UNSEARCHABLE) & (right > _UNSEARCHABLE) & ((left < 0) | (right < 0))
    left, right, passages = left[is_pair], right[is_pair], passages[:-1][is_pair]
    keys = np.where(
        left >= 0,
        (2 * left + 1) * _COMMON_AND_ONE - 1 - right,
        np.where(
            right >= 0,
            2 * right * _COMMON_AND_ONE - 1 - left,
            2 * stem_count * _COMMON_AND_ONE + (-1 - left) * _COMMON_AND_ONE - 1 - right,
        ),
    )
    order = _in_order(keys)
    keys, passages = keys[order], passages[order]
    starts = _starts(keys, passages)
    if not len(starts):
        return
    keys, passages = keys[starts], passages[starts]
    new = _changed(keys)
    signs, at = encode_numbers(_gaps(passages, new))
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(keys))
    for key, first, last in zip(
        keys[firsts].tolist(), at[firsts].tolist(), at[lasts].tolist(), strict=True
    ):
        yield PostingList(key, signs[first:last])


def _in_order(numbers: Numbers) -> Numbers:
    """Return the positions that put the numbers in order; equal ones stay as they stand.

    By the last sixteen bits, then by those before: numbers that short numpy sorts by counting.
    """
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    for _ in range((int(numbers.max(initial=0)).bit_length() - 1) // _SHORT_BITS):
        numbers = numbers >> _SHORT_BITS
        order = order[np.argsort(numbers[order].astype(np.uint16), kind="stable")]
    return order


def _changed(*columns: Numbers) -> NDArray[np.bool_]:
    """Return True for each row that differs from the one before in any of the columns."""
    new = np.ones(len(columns[0]), dtype=bool)
    if len(new):
        new[1:] = False
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def _starts(*columns: Numbers) -> Numbers:
    return np.flatnonzero(_changed(*columns))


def _gaps(numbers: Numbers, new: NDArray[np.bool_]) -> Numbers:
    """Return rising numbers as the gaps between them, the first of each group as it is."""
    gaps = numbers.copy()
    gaps[1:] -= numbers[:-1] + 1
    gaps[new] = numbers[new]
    return gaps


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
