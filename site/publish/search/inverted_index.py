"""The inverted index: which word is in which passage, and where, for the whole library.

Passages are numbered through the library in the order of the documents. Each document has an index
of its own (`document_index`); here they are joined: of a document's signs only the first number of
each list rests on what stands before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publish.search.document_index import COMMON_WORDS, DocumentIndex, Vocabulary
from publish.search.signs import Numbers, changed, encode_numbers, gathered, in_order

_SECOND_LETTERS = "dehknor"
"""The last second letter of each bucket of a letter but its last: about as many words in each."""
_PER_LETTER = len(_SECOND_LETTERS) + 1
BUCKETS = 2 + 26 * _PER_LETTER
"""Lists of words: digits, eight for each letter, and one for all others. A question of ten words
reads ten of them, and a slip all of its letter."""
_COMMON_AND_ONE = len(COMMON_WORDS)


def bucket_of(word: str) -> int:
    """Return the number of the word list that a word is in, by its first letters."""
    letter = ord(word[0]) - ord("a")
    if word[0].isascii() and word[0].isdigit():
        return 0
    if not 0 <= letter < 26:
        return BUCKETS - 1
    return 1 + _PER_LETTER * letter + sum(word[1:2] > last for last in _SECOND_LETTERS)


@dataclass(frozen=True)
class PostingLists:
    """Lists of the index in the order of their numbers."""

    keys: Numbers
    """The number of each list."""
    ends: Numbers
    """Bytes of `signs` up to the end of each."""
    signs: bytes
    """Their numbers as signs."""


@dataclass(frozen=True)
class SaidWords:
    """The words of the whole index, and how often they are said: it can be compared."""

    words: tuple[tuple[tuple[str, int], ...], ...]
    """For each bucket its words in order, each with the number of its stem’s list."""
    roots: tuple[str, ...]
    """The stem n as text."""
    counts: tuple[int, ...]
    """In how many passages the stem n is."""


@dataclass(frozen=True)
class InvertedIndex:
    """The whole index, not yet cut into files."""

    said: SaidWords
    passages: PostingLists
    """At n the passages that the stem n is in."""
    places: PostingLists
    """At n the positions of the stem n in each of them."""
    pairs: PostingLists
    """The passages in which two words, one of them common, are neighbours."""


def join_indexes(indexes: Sequence[DocumentIndex], vocabulary: Vocabulary) -> InvertedIndex:
    """Return the index of all documents, by that of each, in the order of the documents."""
    words, roots, stem_of = _numbered(vocabulary, _joined(index.words for index in indexes))
    firsts = np.cumsum([0, *(index.passages for index in indexes)])
    keys = stem_of[_joined(index.stems.word for index in indexes)]
    order = in_order(keys)
    keys = keys[order]
    new = changed(keys)
    counts = _joined(index.stems.count for index in indexes)[order]
    in_passages = np.add.reduceat(counts, np.flatnonzero(new)) if len(keys) else counts
    levels = _joined(index.stems.level for index in indexes)[order]
    gaps = _gaps_between(
        _numbered_on((index.stems.first for index in indexes), firsts),
        _numbered_on((index.stems.last for index in indexes), firsts),
        order,
        new,
    )
    return InvertedIndex(
        said=SaidWords(tuple(map(tuple, words)), tuple(roots), tuple(in_passages.tolist())),
        passages=_lists(
            keys,
            new,
            order,
            _joined(index.stems.rest for index in indexes),
            b"".join(index.stem_signs for index in indexes),
            gaps * 4 + levels,
        ),
        places=_lists(
            keys,
            new,
            order,
            _joined(index.stems.places for index in indexes),
            b"".join(index.place_signs for index in indexes),
        ),
        pairs=_pairs(indexes, stem_of, firsts, len(in_passages)),
    )


def _pairs(
    indexes: Sequence[DocumentIndex], stem_of: Numbers, firsts: Numbers, stem_count: int
) -> PostingLists:
    """Return the lists of pairs. `firsts` are the numbers of the documents' first passages.

    The key of a pair is reckoned as `pairOf` in search-lists.js does it.
    """
    left = _stem_or_common(stem_of, _joined(index.pairs.left for index in indexes))
    right = _stem_or_common(stem_of, _joined(index.pairs.right for index in indexes))
    keys = np.where(
        left >= 0,
        (2 * left + 1) * _COMMON_AND_ONE - 1 - right,
        np.where(
            right >= 0,
            2 * right * _COMMON_AND_ONE - 1 - left,
            2 * stem_count * _COMMON_AND_ONE + (-1 - left) * _COMMON_AND_ONE - 1 - right,
        ),
    )
    order = in_order(keys)
    keys = keys[order]
    new = changed(keys)
    gaps = _gaps_between(
        _numbered_on((index.pairs.first for index in indexes), firsts),
        _numbered_on((index.pairs.last for index in indexes), firsts),
        order,
        new,
    )
    rest = _joined(index.pairs.rest for index in indexes)
    return _lists(keys, new, order, rest, b"".join(index.pair_signs for index in indexes), gaps)


def _stem_or_common(stem_of: Numbers, numbers: Numbers) -> Numbers:
    """Return the stem in the library of each word by its number; common words as they are."""
    own = numbers >= 0
    joined = numbers.copy()
    joined[own] = stem_of[numbers[own]]
    return joined


def _joined(columns: Iterable[Numbers]) -> Numbers:
    # No library has two thousand million of anything: half the memory of longer ones.
    return np.concatenate([np.empty(0, dtype=np.int32), *columns], dtype=np.int32)


def _numbered_on(columns: Iterable[Numbers], firsts: Numbers) -> Numbers:
    """Return passages of documents by their numbers in the library."""
    pairs = zip(columns, firsts.tolist(), strict=False)
    return _joined(column.astype(np.int32) + first for column, first in pairs)


def _gaps_between(
    firsts: Numbers, lasts: Numbers, order: Numbers, new: NDArray[np.bool_]
) -> Numbers:
    """Return the gap before each piece, which at the start of a list is its first passage."""
    firsts, lasts = firsts[order], lasts[order]
    gaps = firsts.copy()
    gaps[1:] -= lasts[:-1] + 1
    gaps[new] = firsts[new]
    return gaps


def _lists(
    keys: Numbers,
    new: NDArray[np.bool_],
    order: Numbers,
    lengths: Numbers,
    signs: bytes,
    before: Numbers | None = None,
) -> PostingLists:
    """Return lists of pieces of `signs`, put in order, each with a number `before` it.

    `lengths` are those of the pieces as they lie there.
    """
    starts, lengths = (np.cumsum(lengths) - lengths)[order], lengths[order]
    sizes = lengths
    if before is not None:
        numbers, at = encode_numbers(before)
        starts = np.stack((at[:-1], starts + len(numbers)), axis=1).ravel()
        sizes = lengths + np.diff(at)
        lengths = np.stack((np.diff(at), lengths), axis=1).ravel()
        signs = numbers + signs
    last_of_list = np.append(np.flatnonzero(new)[1:], len(keys)) - 1 if len(keys) else order
    return PostingLists(keys[new], np.cumsum(sizes)[last_of_list], gathered(signs, starts, lengths))


def _numbered(
    vocabulary: Vocabulary, said: Numbers
) -> tuple[list[list[tuple[str, int]]], list[str], Numbers]:
    """Number the stems of the words that are said by their first word in order.

    Returns for each bucket its words with the number of their stem, each stem as text, and for each
    word of the vocabulary the number of its stem.
    """
    words: list[list[tuple[str, int]]] = [[] for _ in range(BUCKETS)]
    roots: list[str] = []
    known: dict[int, int] = {}
    numbers = np.zeros(len(vocabulary.words), dtype=np.int64)
    spelt = ((vocabulary.words[number], number) for number in np.unique(said).tolist())
    # In order: stems that follow each other in the alphabet share a file.
    for bucket, word, number in sorted((bucket_of(word), word, number) for word, number in spelt):
        of_stem = known.setdefault(vocabulary.stems[number], len(roots))
        if of_stem == len(roots):
            roots.append(vocabulary.roots[number])
        # Lists are called after the first word with their stem, said or not.
        numbers[number] = numbers[vocabulary.stems[number]] = of_stem
        words[bucket].append((word, of_stem))
    return words, roots, numbers
