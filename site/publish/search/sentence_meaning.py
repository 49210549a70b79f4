"""Vectors of sentences, by which the search knows the moments near in meaning to a question.

A sentence's vector is the sum of its words', from `word_vectors.npz`, which `scripts/
word_vectors.py` makes of English in general; the nearer two sentences are in meaning, the greater
is the cosine of their vectors. The page adds up those of the words that are typed, and compares.
Only what a moment shows goes into its sentences' vectors, and only words that the table holds, in
which there are no names. The words' own vectors are the same in each library, and numbers stand for
the words.

A vector is written in codes: each few of its numbers as the nearest of CODES points, in one sign.
Sentences that are alike share a file, so that a question reads a few of them. Files:

    meaning      sizes, codebooks, and of each file of sentences what these have in common
    vectors-3    for words: a number reckoned from each, its length, and codes, in so many signs
    sentences-5  for sentences: the passage that each is in, where in it, and codes, likewise

`site/assets/js/search-meaning.js` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from publish.render.facts import is_interviewer
from publish.search import tokens
from publish.search.documents import STORY, Passage, SearchDocument
from publish.search.inverted_index import SIGNS, numbers_as_text
from publish.search.thesaurus import KEY_BITS, SMALL, file_of

DIMENSIONS = 384
NARROW = 96
"""The first dimensions: what sentences in one file have in common is told in these."""
CODED_DIMENSIONS = (4, 6)
"""Numbers in one code: of words, and of sentences."""
CODES = len(SIGNS)
_TABLE = Path(__file__).with_name("word_vectors.npz")
_QUESTION = 0.2
"""Share of the question that a sentence answers in its vector."""
_SHORTEST, _SHORTEST_OF_MANY = 6, 30
"""Words: a shorter sentence is taken with those after it; the second in a large library."""
_WORDS_PER_FILE, _OF_MANY = 100, 32
_SENTENCES_PER_FILE = 150
_MOST_PARTS, _ROUNDS, _SAMPLE = 16, 6, 4000
_CHUNK, _SUMMED = 20_000, 1000
"""Runs that are coded, and sentences that are summed at once: memory."""
_LENGTH, _LENGTH_SIGNS, _KEY_SIGNS, _PASSAGE_SIGNS = 500, 2, 5, 5
_FIXED = 1000
"""Factor by which numbers below 1 are written as whole ones."""
_SHARES = 12
"""Parts of what is told in a passage, by letters: in which of them a sentence begins."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_PLAIN = 1e-9

Vectors = NDArray[np.float32]
Codes = NDArray[np.uint8]


def nearest_codes(vectors: Vectors, book: Vectors) -> Codes:
    """Return for each run of numbers of each vector the nearest point of the book."""
    runs = vectors.reshape(-1, book.shape[1])
    half = (book**2).sum(1) / 2
    nearest = [
        (half - runs[first : first + _CHUNK] @ book.T).argmin(1)
        for first in range(0, len(runs), _CHUNK)
    ]
    codes: Codes = np.concatenate([np.empty(0, int), *nearest]).astype(np.uint8)
    return codes.reshape(len(vectors), -1)


@dataclass(frozen=True)
class WordVectors:
    """The shipped table."""

    stems: Mapping[str, int]
    numbers: NDArray[np.int64]
    """At each stem’s row its `word_number`."""
    codes: Codes
    lengths: NDArray[np.int64]
    """In parts of 1 / _LENGTH."""
    sizes: Vectors
    """Root mean square of each dimension in vectors of length 1."""
    word_book: Vectors
    sentence_book: Vectors

    def sums(self, groups: Sequence[Sequence[int]]) -> Vectors:
        """Return the sum of the vectors of each group of rows; no group may be empty."""
        rows = np.fromiter(chain.from_iterable(groups), np.int64)
        used, at = np.unique(rows, return_inverse=True)
        vectors = self.word_book[self.codes[used]].reshape(len(used), -1) * self.sizes
        vectors *= (self.lengths[used] / _LENGTH).astype(np.float32)[:, None]
        starts = np.cumsum([0, *map(len, groups[:-1])])
        sums: Vectors = np.add.reduceat(vectors[at], starts)
        return sums


@lru_cache(maxsize=1)
def word_vectors() -> WordVectors:
    """Return the shipped table."""
    with np.load(_TABLE, allow_pickle=False) as table:
        narrow, wide = table["sizes"]
        sizes = np.where(np.arange(DIMENSIONS) < NARROW, narrow, wide).astype(np.float32)
        stems = str(table["stems"]).split(" ")
        return WordVectors(
            stems={stem: number for number, stem in enumerate(stems)},
            numbers=table["numbers"].astype(np.int64),
            codes=table["codes"],
            lengths=np.minimum(np.rint(table["lengths"] * _LENGTH), CODES**2 - 1).astype(np.int64),
            sizes=sizes,
            word_book=table["word_book"],
            sentence_book=table["sentence_book"],
        )


def meaning_files(documents: Sequence[SearchDocument]) -> tuple[dict[str, object], int]:
    """Return files by their path, and how many of words there are; none where no story has words.

    `documents` stand in the order of the index.
    """
    is_large = sum(len(document.passages) for document in documents) > SMALL
    sentences = _sentences_of(documents, _SHORTEST_OF_MANY if is_large else _SHORTEST)
    if not sentences.passages:
        return {}, 0
    vectors = sentences.vectors()
    table = word_vectors()
    codes = nearest_codes(vectors / table.sizes, table.sentence_book)
    groups = list(_alike(vectors[:, :NARROW]))
    common = _units(np.array([vectors[group, :NARROW].mean(0) for group in groups]))
    passages = _in_signs(np.array(sentences.passages), _PASSAGE_SIGNS)
    shares = np.array(sentences.shares, np.uint8)[:, None]
    records = np.hstack([passages, shares, codes])
    files: dict[str, object] = {
        f"search/sentences-{number}": _signs(records[group]) for number, group in enumerate(groups)
    }
    files["search/meaning"] = {
        "sizes": numbers_as_text(_fixed(table.sizes[[0, -1]])),
        "narrow": NARROW,
        "words": _book(table.word_book),
        "sentences": _book(table.sentence_book),
        "common": _signs(nearest_codes(common / table.sizes[:NARROW], table.sentence_book)),
    }
    words = _word_files(_OF_MANY if is_large else _WORDS_PER_FILE)
    files.update((f"search/vectors-{number}", part) for number, part in enumerate(words))
    return files, len(words)


@dataclass
class _Sentences:
    """Sentences, or some short ones together: of each its passage, where in it, and its words."""

    passages: list[int] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    words: list[list[int]] = field(default_factory=list)
    """Rows of the table."""
    questions: list[tuple[int, ...]] = field(default_factory=list)

    def vectors(self) -> Vectors:
        """Return their vectors, of length 1, each with something of the question it answers."""
        table = word_vectors()
        numbers = {words: number for number, words in enumerate(dict.fromkeys(self.questions))}
        asked = np.zeros((len(numbers), DIMENSIONS), np.float32)
        some = {words: number for words, number in numbers.items() if words}
        if some:
            asked[list(some.values())] = _units(table.sums(list(some)))
        vectors = np.empty((len(self.words), DIMENSIONS), np.float32)
        for first in range(0, len(vectors), _SUMMED):
            sums = table.sums(self.words[first : first + _SUMMED])
            of = [numbers[question] for question in self.questions[first : first + _SUMMED]]
            vectors[first : first + _SUMMED] = _units(_units(sums) + _QUESTION * asked[of])
        return vectors


def sentence_vectors(documents: Sequence[SearchDocument]) -> Vectors:
    """Return the vectors of what is told in the stories, each of a sentence or some short ones."""
    return _sentences_of(documents, _SHORTEST).vectors()


def _sentences_of(documents: Sequence[SearchDocument], shortest: int) -> _Sentences:
    """Return what is told in the stories in sentences of so many words at least."""
    sentences, rows, number = _Sentences(), _Rows(), 0
    for document in documents:
        for passage in document.passages:
            if document.kind == STORY and passage is not document.passages[0]:
                question = tuple(rows.of(passage.question))
                for share, sentence in _parts_told(passage, shortest):
                    known = rows.of(sentence)
                    if known:
                        sentences.passages.append(number)
                        sentences.shares.append(share)
                        sentences.words.append(known)
                        sentences.questions.append(question)
            number += 1
    return sentences


def _parts_told(passage: Passage, shortest: int) -> Iterator[tuple[int, str]]:
    """Yield what a passage tells in parts of so many words, with the share at which each begins."""
    told = [said.text for said in passage.utterances if not is_interviewer(said.speaker)]
    letters, before, gathered = max(1, sum(map(len, told))), 0, ""
    share = 0
    for text in told:
        for sentence in _SENTENCE_END.split(text):
            if not gathered:
                share = min(_SHARES, _SHARES * before // letters)
            gathered = f"{gathered} {sentence}"
            before += len(sentence) + 1
            if gathered.count(" ") >= shortest:
                yield share, gathered
                gathered = ""
    if gathered:
        yield share, gathered


class _Rows(dict[str, int]):
    """The row of the table that each word as written has; -1 for one that it lacks."""

    def __missing__(self, word: str) -> int:
        row = word_vectors().stems.get(tokens.stem(tokens.fold_word(word)), -1)
        self[word] = row
        return row

    def of(self, text: str) -> list[int]:
        return [row for word in tokens.words_in(text) if (row := self[word]) >= 0]


def _units(vectors: Vectors) -> Vectors:
    lengths = np.sqrt((vectors**2).sum(1, keepdims=True))
    units: Vectors = vectors / np.maximum(lengths, np.float32(_PLAIN))
    return units


def _alike(vectors: Vectors) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of vectors that are alike, in their order, some for each file."""
    waiting = [np.arange(len(vectors))]
    while waiting:
        numbers = waiting.pop()
        if len(numbers) <= _SENTENCES_PER_FILE:
            yield numbers
            continue
        parts = min(_MOST_PARTS, -(-3 * len(numbers) // (2 * _SENTENCES_PER_FILE)))
        nearest = _nearest_means(vectors[numbers], parts)
        groups = [numbers[nearest == part] for part in range(parts)]
        if max(map(len, groups)) == len(numbers):  # all the same: cut anywhere
            groups = np.array_split(numbers, parts)
        waiting += [group for group in reversed(groups) if len(group)]


def _nearest_means(vectors: Vectors, parts: int) -> NDArray[np.int64]:
    """Return for each vector which of so many means is nearest (k-means, by cosine)."""
    step = max(1, len(vectors) // _SAMPLE)
    some = vectors[::step]
    means = some[:: max(1, len(some) // parts)][:parts].copy()
    for _ in range(_ROUNDS):
        nearest = (some @ means.T).argmax(1)
        for part in set(nearest):
            means[part] = some[nearest == part].mean(0)
        means = _units(means)
    return np.asarray((vectors @ means.T).argmax(1))


@lru_cache(maxsize=2)
def _word_files(per_file: int) -> list[str]:
    table = word_vectors()
    count = -(-len(table.stems) // per_file)
    order = np.argsort(table.numbers)
    numbers = table.numbers[order]
    keys = _in_signs(numbers & ((1 << KEY_BITS) - 1), _KEY_SIGNS)
    lengths = _in_signs(table.lengths[order], _LENGTH_SIGNS)
    words = np.hstack([keys, lengths, table.codes[order]])
    files = np.array([file_of(int(number), count) for number in numbers])
    ends = np.searchsorted(files, np.arange(count + 1))
    return [_signs(words[first:last]) for first, last in pairwise(ends)]


def _in_signs(numbers: NDArray[np.int64], signs: int) -> Codes:
    """Return each number in so many signs, the greatest first."""
    powers = CODES ** np.arange(signs)[::-1]
    return (numbers[:, None] // powers % CODES).astype(np.uint8)


def _fixed(numbers: Vectors) -> list[int]:
    return [round(float(number) * _FIXED) for number in numbers]


def _book(book: Vectors) -> str:
    """Return the points of a codebook as text: 10 more and times 100, whole and above 0."""
    return numbers_as_text([round((float(number) + 10) * 100) for number in book.flat])


def _signs(codes: Codes) -> str:
    return np.frombuffer(SIGNS.encode(), np.uint8)[codes.ravel()].tobytes().decode()
