"""The thesaurus behind the word list: which words of the library a word leads to that it lacks.

`related_words.txt` holds English in general, made by `scripts/related_words.py`; of it a site has
what leads to a word of its library. A word that is typed is written as a number reckoned from it:
no word stands in the pages that nobody in the library says, and none can be a hidden name.

A file of related words is a list of four texts:

    words      words of the library, parted by `|`
    numbers    for each of these: in how many passages it is, and the number of its list
    typed      for each word that leads to some: its number, how many these are, and of each its
               number here times two, and one where it is further away
    usual      the last bits of the numbers of usual words that the library lacks, each as its
               difference from the one before: what is a word is no slip of another

All of them are the weakest relation there is: `search-index.js` says what they count for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from publish.search.inverted_index import SaidWords
from publish.search.signs import Numbers, numbers_as_text
from publish.search.word_list import Nearness, WordList, other_words, phrase_key

_TABLE = Path(__file__).with_name("related_words.txt")
_REMARK = "#"
_MOST_RELATED = 6
"""Words of the library that one word leads to."""
_ENOUGH = 20
"""Passages: a word that is in more of them needs no other. `search-query.js` has the same."""
_WORDS_PER_FILE, _IN_SMALL_LIBRARY = 100, 800
"""Words that lead to others: a question reads one file for each that is said too seldom."""
_SMALL = 4000
"""Passages of a library that has few and larger files: all else that is read of it is small."""
KEY_BITS, _FILE_BITS = 22, 10
_USUAL_BITS = 18
"""Bits that stand for a usual word in its file: two signs, and one word in fifty taken for one."""

N = TypeVar("N", int, Numbers)

Related = tuple[tuple[str, ...], tuple[str, ...]]
"""Stems that one stem leads to, the nearest first: near ones, and those further away."""


@lru_cache(maxsize=1)
def related_stems() -> Mapping[str, Related]:
    """Return what each stem of the thesaurus leads to."""
    related = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(_REMARK):
            stem, _, others = line.partition(":")
            near, _, far = others.partition("|")
            related[stem] = (tuple(near.split()), tuple(far.split()))
    return related


class _Entry(NamedTuple):
    """A stem of the thesaurus: its number, and each stem that it leads to with 1 for a far one."""

    stem: str
    number: int
    others: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1)
def _entries() -> tuple[_Entry, ...]:
    """Return the entries of the thesaurus, the same ones in every build."""
    return tuple(
        _Entry(
            stem, word_number(stem), tuple((dict.fromkeys(near, 0) | dict.fromkeys(far, 1)).items())
        )
        for stem, (near, far) in related_stems().items()
    )


@lru_cache(maxsize=1)
def _entry_numbers() -> Numbers:
    """Return the numbers of all entries, in their order."""
    return np.array([entry.number for entry in _entries()], dtype=np.int64)


@lru_cache(maxsize=1)
def _position_of() -> Mapping[str, int]:
    """Return the position of each stem of the thesaurus."""
    return {entry.stem: at for at, entry in enumerate(_entries())}


@lru_cache(maxsize=1)
def _leading_to() -> Mapping[str, Sequence[int]]:
    """Return for each stem the positions of the entries that lead to it."""
    leading: dict[str, list[int]] = defaultdict(list)
    for at, entry in enumerate(_entries()):
        for other, _ in entry.others:
            leading[other].append(at)
    return leading


def word_number(stem: str) -> int:
    """Return the 32 bits that stand for a stem: FNV-1a, as `search-query.js` reckons it."""
    number = 0x811C9DC5
    for letter in stem.encode():
        number = (number ^ letter) * 0x01000193 & 0xFFFFFFFF
    return number


def file_of(number: N, files: int) -> N:
    """Return which of so many files a word's number, or each of several, is in."""
    return (number >> KEY_BITS) * files >> _FILE_BITS


def related_files(
    said: SaidWords, stems: Mapping[str, int], word_list: WordList, passages: int
) -> list[list[str]]:
    """Return the files of related words for a library of so many passages.

    `stems` are those of the library, with their lists.
    """
    listed = _said_instead(word_list, stems)
    leads: dict[int, list[tuple[str, int]]] = {}
    entries, leading_to = _entries(), _leading_to()
    # Of most words nothing is said in a small library.
    answered = {at for one in chain(stems, listed) for at in leading_to.get(one, ())}
    for stem, number, related in map(entries.__getitem__, sorted(answered)):
        if stem in stems and said.counts[stems[stem]] > _ENOUGH:
            continue
        here = {one: is_far for one, is_far in related if one in stems}
        if len(here) < _MOST_RELATED:
            near, _ = related_stems()[stem]
            for one in near:
                for other in listed.get(one, ()):
                    here.setdefault(other, 1)
        here.pop(stem, None)
        if here:
            leads[number] = list(here.items())[:_MOST_RELATED]
    texts: dict[int, str] = {}
    for words in said.words:
        for word, number in words:
            texts.setdefault(number, word)
    count = -(-len(leads) // (_IN_SMALL_LIBRARY if passages <= _SMALL else _WORDS_PER_FILE))
    files: dict[int, dict[int, list[tuple[str, int]]]] = defaultdict(dict)
    for number in sorted(leads):
        files[file_of(number, count)][number & ((1 << KEY_BITS) - 1)] = leads[number]
    position_of = _position_of()
    here_too = [position_of[stem] for stem in stems if stem in position_of]
    absent = np.delete(_entry_numbers(), here_too)
    in_file, usual = file_of(absent, count), absent & ((1 << _USUAL_BITS) - 1)
    return [
        [*_file(files[at], stems, said, texts), _gaps(usual[in_file == at])] for at in range(count)
    ]


def _gaps(numbers: Numbers) -> str:
    gaps = np.unique(numbers)
    gaps[1:] -= gaps[:-1].copy()
    return numbers_as_text(gaps)


def _said_instead(word_list: WordList, stems: Mapping[str, int]) -> dict[str, list[str]]:
    """Return for words of the list that nobody says what the library says that means the same."""
    instead: dict[str, list[str]] = {}
    for text, others in other_words(word_list).items():
        key = phrase_key(text)
        if " " not in key and key not in stems:
            near = (phrase_key(one.text) for one in others if one.nearness <= Nearness.SAME)
            instead[key] = [one for one in near if one in stems]
    return instead


def _file(
    typed: Mapping[int, list[tuple[str, int]]],
    stems: Mapping[str, int],
    said: SaidWords,
    texts: Mapping[int, str],
) -> list[str]:
    led_to = dict.fromkeys(stem for others in typed.values() for stem, _ in others)
    lists = list(dict.fromkeys(map(stems.__getitem__, led_to)))
    at = {number: position for position, number in enumerate(lists)}
    written = {stem: 2 * at[stems[stem]] for stem in led_to}
    leads: list[int] = []
    for key, others in typed.items():
        leads += (key, len(others))
        leads += [written[stem] + is_far for stem, is_far in others]
    return [
        "|".join(texts[number] for number in lists),
        numbers_as_text([part for number in lists for part in (said.counts[number], number)]),
        numbers_as_text(leads),
    ]
