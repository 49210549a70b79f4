"""Search texts for the words of every story that may not be shown.

Hand-written pages are short and stories are many, so it goes the other way round than the search of
a withdrawal: the runs of words of the pages are kept, and the words of each story are led past them
once. That takes milliseconds a story, and no more memory than its folded words.

A story is found by eight of its words in a row, by a title of four words, and by a name of two
that are no everyday words: shorter ones turn up by chance among the words of a thousand stories.
One that was withdrawn is looked for as its withdrawal does: by a title or name of two words, a text
of four, a run of six. Words that released stories, questions asked or the shipped pages have as
well are nobody's.

That holds however the words are parted or turned: without blanks, backwards, a word to an attribute
or to a rule of a style sheet, between others that are hidden (`leaks.letter_readings`).
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from library.core.errors import CarerStoriesError
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from library.records.consent import Withdrawal
from library.records.store import Snapshot, Store
from library.records.story import Story
from library.records.withdrawal_notes import read_withdrawal_notes
from publish.leaks.letter_readings import (
    letter_lines,
    letter_words,
    letters_of,
    shown_letter_lines,
)
from publish.leaks.readings import decode_escapes, folded_words, readings
from publish.letter_search import WIDTH, LetterRuns
from publish.story_words import (
    MIN_WORDS,
    RUN_WORDS,
    CommonTexts,
    Kind,
    StoryText,
    common_texts,
    questions_asked,
    run_starts,
    shown_texts,
    texts_of_folder,
    texts_of_records,
    texts_of_shipped_pages,
)
from transcribe.redaction.normalise import is_common

LONG_RUN_WORDS = 8
"""Words in a row by which a story that was not withdrawn is known."""
_TAGS = frozenset((b"a", b"b", b"bdi", b"em", b"i", b"li", b"p", b"q", b"s", b"span", b"u"))
"""Tags that stand directly beside what people say, as words: of a page every sign is read."""
_MIN_BARE_WORDS = 4
"""Of a run, between the tags at its ends, and beside a question that was asked."""
_MIN_WORD_LETTERS = 4
"""Of a word, where nothing parts it from what follows: “he” begins many."""
MIN_TITLE_WORDS = 4
MIN_LETTERS = 24
"""Of a run, where nothing parts the words: eight of two letters stand everywhere then."""
MIN_SHORT_LETTERS = 12
"""Of a title or a name, where nothing parts the words."""
_PLAIN = re.compile(r"[A-Za-z' -]*")
"""Text that can be read in one way alone, but for the order of its words."""
_ENTRY_LENGTH = 60
"""Characters of a text whose readings are remembered, as those of an entry of a list."""
_MOST_ENTRIES = 32_768
"""Several times those of the shipped list: with one fewer than there are, none is remembered."""
_FACTOR, _SPREAD = np.uint64(1_099_511_628_211), np.uint64(0x9E3779B97F4A7C15)
"""Odd numbers that spread hashes over all 64 bits."""
_END = b"\0"
"""Stands between texts, so that no run goes from one into the next: no word is that."""


class _KnownText(NamedTuple):
    story: str
    kind: Kind
    words: bytes
    """Folded, one space apart."""
    letters: bytes
    """The letters of each word alone, one space apart."""


class UnreleasedWords:
    """The words of all stories but the released ones. It holds them: never print or log it."""

    def __init__(self, workspace: Workspace, released: Collection[str]) -> None:
        self._workspace, self._released = workspace, frozenset(released)

    def found_in(
        self, places: Mapping[str, Collection[str]], *, is_built: bool = False
    ) -> dict[str, tuple[str, ...]]:
        """Return each place with words of a story, and the ids of those stories.

        What people wrote is looked through letter by letter as well, in every order in which it may
        be read; of pages that were built from it (`is_built`) as they are seen, both directions.
        """
        if not self._texts:
            return {}
        pages = _Pages(places)
        findings: dict[str, set[str]] = defaultdict(set)
        for text in self._texts:
            for name in self._places_with(text, pages):
                findings[name].add(text.story)
        lines_of = shown_letter_lines if is_built else _letter_lines_of
        for name, texts in places.items():
            lines = dict.fromkeys(line for text in texts for line in lines_of(text))
            findings[name].update(self._stories_by_letters(list(lines)))
        return {
            name: tuple(sorted(stories)) for name, stories in sorted(findings.items()) if stories
        }

    def _places_with(self, text: _KnownText, pages: _Pages) -> Iterator[str]:
        is_withdrawn = text.story in self._withdrawn
        words = text.words.split()
        if len(words) >= RUN_WORDS and text.kind == "said":
            window = RUN_WORDS if is_withdrawn else LONG_RUN_WORDS
            for name, run in pages.common_runs(words):
                starts = range(len(run) - window + 1)
                if any(not self._is_common_run(run[start : start + window]) for start in starts):
                    yield name
        elif self._is_known_by(words, text.kind, is_withdrawn=is_withdrawn):
            places = pages.places_with(words)
            if places and not self._is_common(words):
                yield from places

    def _stories_by_letters(self, lines: Sequence[bytes]) -> Iterator[str]:
        """Yield the stories of which a run of words, a title or a name stands in these lines."""
        texts = self._texts
        # All at once, which is many times as quick; no run goes on over what is no letter.
        long_enough = b"\0".join(line for line in lines if len(line) >= WIDTH)
        for number, first, last in self._letter_runs.common_runs(long_enough):
            if self._is_told_by(texts[number], first, last):
                yield texts[number].story
        everything = b"\0".join(lines)
        for text, letters in self._short_letters:
            if letters in everything and letters not in self._common_letters:
                yield text.story

    def _is_told_by(self, text: _KnownText, first: int, last: int) -> bool:
        """Return True where the words from `first` to `last` are enough to know the story by."""
        words, is_withdrawn = text.letters.split(), text.story in self._withdrawn
        if text.kind != "said" or len(words) < RUN_WORDS:
            is_whole = (first, last) == (0, len(words))
            return (
                is_whole
                and self._is_known_by(text.words.split(), text.kind, is_withdrawn=is_withdrawn)
                and b"".join(words) not in self._common_letters
            )
        window = RUN_WORDS if is_withdrawn else LONG_RUN_WORDS
        runs = (words[at : at + window] for at in range(first, last - window + 1))
        return any(
            len(b"".join(run)) >= MIN_LETTERS
            and b"".join(run) not in self._common_letters
            and b"".join(_without_tags(run)) not in self._common_letters
            and not self._is_beside_question(run, min_letters=_MIN_WORD_LETTERS)
            for run in runs
        )

    @cached_property
    def _letter_runs(self) -> LetterRuns:
        return LetterRuns([text.letters.split() for text in self._texts])

    @cached_property
    def _short_letters(self) -> list[tuple[_KnownText, bytes]]:
        """The titles and names that have too few letters to be hashed."""
        joined = ((text, text.letters.replace(b" ", b"")) for text in self._texts)
        return [
            (text, letters)
            for text, letters in joined
            if MIN_SHORT_LETTERS <= len(letters) < WIDTH
            and text.kind != "said"
            and self._is_known_by(
                text.words.split(), text.kind, is_withdrawn=text.story in self._withdrawn
            )
        ]

    @cached_property
    def _common_letters(self) -> CommonTexts:
        texts = shown_texts(self._workspace, sorted(self._released))
        shipped = map(_letters_of_shipped, texts_of_shipped_pages(self._workspace))
        return CommonTexts(chain(map(_letters_of, texts), shipped))

    def _is_known_by(self, words: Sequence[bytes], kind: Kind, *, is_withdrawn: bool) -> bool:
        if is_withdrawn:
            return len(words) >= MIN_WORDS[kind]
        if kind == "name":
            # “A carer” is nobody's name.
            return len(words) >= MIN_WORDS[kind] and not any(
                is_common(word.decode()) for word in words
            )
        return kind == "title" and len(words) >= MIN_TITLE_WORDS

    def _is_common_run(self, run: Sequence[bytes]) -> bool:
        return (
            self._is_common(run)
            or self._is_common(_without_tags(run))
            or self._is_beside_question(run)
        )

    def _is_beside_question(self, run: Sequence[bytes], *, min_letters: int = 0) -> bool:
        """Return True for a question asked, or its end, with few words that are anybody's.

        A page that shows what a released story was asked goes on with words of its own, and stories
        that may not be shown were asked the same. `min_letters`: shorter words count as anybody's.
        """
        length = len(run)
        for others in range(1, min(_MIN_BARE_WORDS, length)):
            for before in range(others + 1):
                after = others - before
                question = [b"\0"] * bool(before) + [*run[before : length - after]]
                question += [b"\0"] * bool(after)
                if b" %s " % b" ".join(question) in self._questions:
                    beside = (*run[:before], *run[length - after :])
                    return all(
                        len(word) < min_letters or self._is_of_anybody(word) for word in beside
                    )
        return False

    def _is_of_anybody(self, word: bytes) -> bool:
        return is_common(word.decode("utf-8", "replace")) or self._is_common([word])

    @cached_property
    def _questions(self) -> bytes:
        """The questions asked, each between two marks: as words, and as the letters of each."""
        lines = {
            b" ".join(words)
            for text in set(questions_asked(self._workspace, sorted(self._released)))
            for words in (folded_words(text), letter_words(text))
        }
        return b" \0 %s \0 " % b" \0 ".join(sorted(lines))

    def _is_common(self, words: Sequence[bytes]) -> bool:
        return b" %s " % b" ".join(words) in self._common

    @cached_property
    def _common(self) -> CommonTexts:
        texts = shown_texts(self._workspace, sorted(self._released))
        return common_texts(self._workspace, texts)

    @cached_property
    def _texts(self) -> tuple[_KnownText, ...]:
        snapshot = self._snapshot
        ids = {path.name for path in self._workspace.stories.glob("cs-*") if path.is_dir()}
        if snapshot:
            ids |= {story.id for story in snapshot.all(Story)}
        return tuple(
            text
            for story_id in sorted(ids - self._released)
            if STORY_ID.match(story_id)
            for text in dict.fromkeys(self._texts_of(story_id, snapshot))
        )

    def _texts_of(self, story_id: str, snapshot: Snapshot | None) -> Iterator[_KnownText]:
        sources: list[Iterable[StoryText]] = [
            texts_of_folder(StoryFolder(self._workspace.stories / story_id), each_word_once=True)
        ]
        if snapshot:
            sources.append(texts_of_records(snapshot, story_id))
        for texts in sources:
            for kind, text in texts:
                if words := folded_words(text):
                    letters = b" ".join(letter_words(text))
                    yield _KnownText(story_id, kind, b" ".join(words), letters)

    @cached_property
    def _snapshot(self) -> Snapshot | None:
        # Records that cannot be read hold few words that the folders do not.
        with contextlib.suppress(CarerStoriesError):
            return Store(self._workspace.database).read()
        return None

    @cached_property
    def _withdrawn(self) -> frozenset[str]:
        withdrawals: list[Withdrawal] = []
        with contextlib.suppress(CarerStoriesError):
            withdrawals += read_withdrawal_notes(self._workspace)
        if self._snapshot:
            withdrawals += self._snapshot.all(Withdrawal)
        return frozenset(withdrawal.story for withdrawal in withdrawals) - self._released


def _letters_of(text: str) -> bytes:
    return letters_of(decode_escapes(text))


_letters_of_shipped = lru_cache(maxsize=512)(_letters_of)


def _without_tags(run: Sequence[bytes]) -> Sequence[bytes]:
    """Return a run without what may be a tag at its ends: a link ends in the word “a”.

    A question that is asked in many stories, and a tag after it, are nobody's words; whoever tells
    more of a story has other runs as well.
    """
    first, last = 0, len(run)
    while last > first and run[last - 1] in _TAGS:
        last -= 1
    while first < last and run[first] in _TAGS:
        first += 1
    return run[first:last] if last - first >= _MIN_BARE_WORDS else run


class _Pages:
    """The folded words of hand-written texts, and where each run of six stands in them."""

    def __init__(self, places: Mapping[str, Iterable[str]]) -> None:
        self._words: list[bytes] = [_END]
        self._starts: list[int] = []
        self._names: list[str] = []
        for name, texts in places.items():
            self._starts.append(len(self._words))
            self._names.append(name)
            for words in _ways_to_read(texts):
                self._words += [*words, _END]
        self._line = b" " + b" ".join(self._words) + b" "

    @cached_property
    def _runs(self) -> _WordRuns:
        # Only where a story has as many words.
        return _WordRuns(self._words)

    def common_runs(self, words: Sequence[bytes]) -> Iterator[tuple[str, Sequence[bytes]]]:
        """Yield the longest runs of words that stand in a place as well, and the place."""
        seen: set[tuple[int, int]] = set()
        for start, places in self._runs.of(words, run_starts(len(words))):
            for at in places:
                before, after = 0, RUN_WORDS
                while start > before and words[start - before - 1] == self._words[at - before - 1]:
                    before += 1
                while (
                    start + after < len(words) and words[start + after] == self._words[at + after]
                ):
                    after += 1
                if (key := (start - before, at - before)) not in seen:
                    seen.add(key)
                    yield self._name_at(at), words[start - before : start + after]

    def places_with(self, words: Sequence[bytes]) -> list[str]:
        """Return the places in which these words stand in a row."""
        if b" %s " % b" ".join(words) not in self._line:
            return []
        ends = range(len(self._words) - len(words) + 1)
        return list(
            dict.fromkeys(
                self._name_at(at)
                for at in ends
                if self._words[at] == words[0] and self._words[at : at + len(words)] == [*words]
            )
        )

    def _name_at(self, at: int) -> str:
        return self._names[bisect_right(self._starts, at) - 1]


class _WordRuns:
    """Every run of six words of a list, by a hash: a library's pages have millions of them."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = words
        self._numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
        hashes = _hashes_of_runs([*map(self._numbers.__getitem__, words)])
        # Stable: places of the same run stay in their order.
        self._places = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._places]

    def of(self, words: Sequence[bytes], starts: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """Yield each of these starts of a run that stands in the list, and its places there."""
        # Of a word that is nowhere in the list no run is: what its hash leads to is compared.
        numbers = [self._numbers.get(word, -1) for word in words]
        hashes = _hashes_of_runs(numbers)[starts]
        firsts = np.searchsorted(self._hashes, hashes, "left")
        ends = np.searchsorted(self._hashes, hashes, "right")
        for row in np.flatnonzero(firsts < ends).tolist():
            start, run = starts[row], [*words[starts[row] : starts[row] + RUN_WORDS]]
            places = self._places[firsts[row] : ends[row]].tolist()
            if alike := [at for at in places if self._words[at : at + RUN_WORDS] == run]:
                yield start, alike


def _hashes_of_runs(numbers: Sequence[int]) -> NDArray[np.uint64]:
    """Return the hash of each run of six of these numbers of words, by where it begins."""
    words = np.asarray(numbers, dtype=np.int64).astype(np.uint64) * _SPREAD
    count = max(len(words) - RUN_WORDS + 1, 0)
    total = np.zeros(count, np.uint64)
    for number in range(RUN_WORDS):
        total = total * _FACTOR + words[number : number + count]
    return total


def _ways_to_read(texts: Iterable[str]) -> Iterator[list[bytes]]:
    """Yield the words of every reading of the texts; most readings of one have the same words."""
    known: set[int] = set()
    for text in texts:
        for words in _words_of_entry(text) if len(text) <= _ENTRY_LENGTH else _words_read(text):
            key = hash(tuple(words))
            if words and key not in known:
                known.add(key)
                yield words


def _words_read(text: str) -> Iterator[list[bytes]]:
    return map(folded_words, readings(text))


# The library's list for the search has thousands of entries, in each build the same.


@lru_cache(maxsize=_MOST_ENTRIES)
def _words_of_entry(text: str) -> tuple[list[bytes], ...]:
    return (folded_words(text),) if _PLAIN.fullmatch(text) else tuple(_words_read(text))


def _letter_lines_of(text: str) -> Iterable[bytes]:
    # Read in whichever order, it has fewer letters than anything is known by.
    if len(text) < MIN_SHORT_LETTERS and _PLAIN.fullmatch(text):
        return ()
    return _letter_lines_of_entry(text) if len(text) <= _ENTRY_LENGTH else letter_lines(text)


@lru_cache(maxsize=_MOST_ENTRIES)
def _letter_lines_of_entry(text: str) -> tuple[bytes, ...]:
    return tuple(letter_lines(text))
