"""The inverted index of one document: which of its words is in which of its passages, and where.

Passages are counted from the document's own first one, so that it says nothing of other documents.
`inverted_index` joins those of a whole library, whose words have one `Vocabulary`.

A word's position in a passage counts from 0; between two paragraphs, and before the heading, one
position is left empty, so that no phrase reaches across. Words that nearly every passage contains
(`tokens.STOP_WORDS`) have no list of their own; each pair of neighbours with one of them in it has.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from publish.render.facts import is_interviewer
from publish.search.documents import Passage
from publish.search.signs import Numbers, changed, encode_numbers, gaps, in_order, starts_of
from publish.search.tokens import NOT_A_WORD, STOP_WORDS, fold_word, stem, words_in

COMMON_WORDS = {word: number for number, word in enumerate(sorted(STOP_WORDS))}
"""The number of each word that has no list of its own."""
_UNSEARCHABLE = -1 - len(COMMON_WORDS)
"""Stands for a word that cannot be looked for; from there up to -1 are the common ones."""
_HEADING = 3
"""Level of a passage with the word in its heading. Below: 0 where only the interviewer says it, 1
where it is told once, 2 where more often."""
_TOLD, _IN_HEADING, _ASKED = range(3)


@dataclass(frozen=True)
class StemColumns:
    """The stems of a document, each a row: arrays of one length."""

    word: Numbers
    """Number of the first word with this stem."""
    first: Numbers
    """The first passage that it is in."""
    level: Numbers
    """Of that passage."""
    last: Numbers
    count: Numbers
    """The number of passages."""
    rest: Numbers
    """Signs of the passages after the first."""
    places: Numbers
    """Signs of its positions."""


@dataclass(frozen=True)
class PairColumns:
    """Neighbours of which one is common, each pair a row: arrays of one length."""

    left: Numbers
    right: Numbers
    """Number of the first word with this stem, or below 0 a common word's."""
    first: Numbers
    last: Numbers
    rest: Numbers
    """As of stems."""


@dataclass(frozen=True)
class DocumentIndex:
    """The index of one document. Signs are of the rows in their order, one behind the other."""

    passages: int
    words: Numbers
    """The number of every different word of it, common ones apart."""
    stems: StemColumns
    stem_signs: bytes
    place_signs: bytes
    pairs: PairColumns
    pair_signs: bytes


class Vocabulary:
    """The words of a library, each with a number, and the number of the first word with its stem.

    Common words are below 0 (`COMMON_WORDS`), and so is what nobody can look for.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self.roots: list[str] = []
        """For each word its stem as text, which may be no word."""
        self.stems = array("q")
        """For each word the number of the first one with its stem."""
        self._spelt = _Spellings(self)
        self._folded: dict[str, int] = {NOT_A_WORD: _UNSEARCHABLE}
        self._roots: dict[str, int] = {}

    def numbers_in(self, text: str) -> list[int]:
        """Return the number of each word of a text, in order."""
        spelt = self._spelt
        return [spelt[word] for word in words_in(text)]

    def number_of(self, folded: str, root: str = "") -> int:
        """Return the number of a folded word, a new one for one that is new.

        `root` is its stem, where that is known: to find it takes longer than all else.
        """
        number = self._folded.get(folded)
        if number is None:
            root = root or stem(folded)
            number = -1 - COMMON_WORDS[root] if root in COMMON_WORDS else len(self.words)
            self._folded[folded] = number
            if number >= 0:
                self.words.append(folded)
                self.roots.append(root)
                self.stems.append(self._roots.setdefault(root, number))
        return number

    def numbers_of(self, folded: Sequence[str], roots: Sequence[str]) -> list[int]:
        """Return the number of each of these folded words.

        `roots` are their stems, an empty one where it is the word itself. Raises ValueError where
        these are not as many.
        """
        if len(folded) != len(roots):
            raise ValueError("not as many stems as words")
        numbers = [*map(self._folded.get, folded)]
        # Few are new: nearly all words of a story are those of the stories before it.
        for at in [at for at, number in enumerate(numbers) if number is None]:
            numbers[at] = self.number_of(folded[at], roots[at] or folded[at])
        return numbers  # type: ignore[return-value]  # none of them is None any more

    def stems_of(self, numbers: Numbers) -> Numbers:
        """Return for each word the number of the first with its stem; those below 0 stay."""
        stems = numbers.copy()
        own = numbers >= 0
        # A view of all of them, and no copy: each document asks.
        stems[own] = np.frombuffer(self.stems, dtype=np.int64)[numbers[own]]
        return stems


class _Spellings(dict[str, int]):
    """Keeps the number of every word as written: to fold it takes twenty times as long."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def __missing__(self, word: str) -> int:
        number = self[word] = self._vocabulary.number_of(fold_word(word))
        return number


def index_document(passages: Sequence[Passage], vocabulary: Vocabulary) -> DocumentIndex:
    """Return the index of the passages of one document, its words numbered by `vocabulary`."""
    numbers, runs = _read_words(passages, vocabulary)
    words = np.asarray(numbers, dtype=np.int64)
    stems = vocabulary.stems_of(words)
    passage_numbers, first, counts, sayers = np.asarray(runs, dtype=np.int64).reshape(-1, 4).T
    of_run = np.repeat(np.arange(len(runs)), counts)
    run_starts = np.cumsum(counts) - counts
    positions = np.arange(len(stems)) - run_starts[of_run] + first[of_run]
    passage_of = passage_numbers[of_run]
    columns, stem_signs, place_signs = _stem_columns(stems, passage_of, positions, sayers[of_run])
    pairs, pair_signs = _pair_columns(stems, passage_of, of_run)
    used = np.unique(words[words >= 0])
    return DocumentIndex(len(passages), used, columns, stem_signs, place_signs, pairs, pair_signs)


def _read_words(
    passages: Sequence[Passage], vocabulary: Vocabulary
) -> tuple[list[int], list[tuple[int, int, int, int]]]:
    """Return every word by its number, and each run of words that stand together.

    Of each run: its passage, the position of its first word, how many words, and who says it: told,
    in the heading, or asked.
    """
    numbers: list[int] = []
    runs = []
    for number, passage in enumerate(passages):
        position = 0
        # Whoever asks says the question’s words, and not what is told.
        texts = [
            (said.text, _ASKED if is_interviewer(said.speaker) else _TOLD)
            for said in passage.utterances
        ]
        others = [(text, _TOLD) for text in passage.also]
        for text, sayer in (*texts, (passage.heading, _IN_HEADING), *others):
            run = vocabulary.numbers_in(text)
            if run:
                numbers += run
                runs.append((number, position, len(run), sayer))
                position += len(run) + 1
    return numbers, runs


def _stem_columns(
    stems: Numbers, passages: Numbers, positions: Numbers, sayer: Numbers
) -> tuple[StemColumns, bytes, bytes]:
    """Return the stems, the signs of the passages of each after the first, and of its positions."""
    uncommon = np.flatnonzero(stems >= 0)
    order = uncommon[in_order(stems[uncommon])]
    stems, passages = stems[order], passages[order]
    positions, sayer = positions[order], sayer[order]
    if not len(stems):
        return StemColumns(*[stems] * 7), b"", b""
    starts = starts_of(stems, passages)
    per_passage = np.diff(np.append(starts, len(stems)))
    level = np.minimum(np.add.reduceat(sayer == _TOLD, starts, dtype=np.int64), _HEADING - 1)
    level[np.add.reduceat(sayer == _IN_HEADING, starts, dtype=np.int64) > 0] = _HEADING
    first_of_stem = changed(stems[starts])
    in_passages = passages[starts]
    signs, at = encode_numbers((gaps(in_passages, first_of_stem) * 4 + level)[~first_of_stem])
    steps = gaps(positions, changed(stems, passages))
    place_signs, at_place = encode_numbers(np.insert(steps, starts, per_passage - 1))
    firsts = np.flatnonzero(first_of_stem)  # of each stem, counted in passages
    lasts = np.append(firsts[1:], len(starts))
    words_before = np.append(starts, len(stems))
    # Passages that are no stem's first, before each of its own.
    followers = np.append(firsts - np.arange(len(firsts)), len(starts) - len(firsts))
    return (
        StemColumns(
            word=stems[starts[firsts]],
            first=in_passages[firsts],
            level=level[firsts],
            last=in_passages[lasts - 1],
            count=lasts - firsts,
            rest=np.diff(at[followers]),
            places=at_place[words_before[lasts] + lasts] - at_place[words_before[firsts] + firsts],
        ),
        signs,
        place_signs,
    )


def _pair_columns(stems: Numbers, passages: Numbers, of_run: Numbers) -> tuple[PairColumns, bytes]:
    """Return the pairs, and the signs of the passages of each after the first."""
    left, right = stems[:-1], stems[1:]
    # Neighbours in the arrays may be of two paragraphs; a phrase is not.
    is_pair = of_run[:-1] == of_run[1:]
    is_pair &= (left > _UNSEARCHABLE) & (right > _UNSEARCHABLE) & ((left < 0) | (right < 0))
    left, right, passages = left[is_pair], right[is_pair], passages[:-1][is_pair]
    if not len(left):
        return PairColumns(*[left] * 5), b""
    low = _UNSEARCHABLE
    order = in_order((left - low) * (int(right.max()) - low + 1) + right - low)
    left, right, passages = left[order], right[order], passages[order]
    starts = starts_of(left, right, passages)
    left, right, passages = left[starts], right[starts], passages[starts]
    new = changed(left, right)
    signs, at = encode_numbers(gaps(passages, new)[~new])
    firsts = np.flatnonzero(new)
    lasts = np.append(firsts[1:], len(left))
    followers = np.append(firsts - np.arange(len(firsts)), len(left) - len(firsts))
    return (
        PairColumns(
            left=left[firsts],
            right=right[firsts],
            first=passages[firsts],
            last=passages[lasts - 1],
            rest=np.diff(at[followers]),
        ),
        signs,
    )
