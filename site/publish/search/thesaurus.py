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
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from publish.search.inverted_index import InvertedIndex, Numbers, numbers_as_text
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
_KEY_BITS, _FILE_BITS = 22, 10
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


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, int]:
    """Return the number of each stem of the thesaurus: the same ones in every build."""
    return {stem: word_number(stem) for stem in related_stems()}


def word_number(stem: str) -> int:
    """Return the 32 bits that stand for a stem: FNV-1a, as `search-query.js` reckons it."""
    number = 0x811C9DC5
    for letter in stem.encode():
        number = (number ^ letter) * 0x01000193 & 0xFFFFFFFF
    return number


def file_of(number: N, files: int) -> N:
    """Return which of so many files a word's number, or each of several, is in."""
    return (number >> _KEY_BITS) * files >> _FILE_BITS


def related_files(
    index: InvertedIndex, stems: Mapping[str, int], word_list: WordList, passages: int
) -> list[list[str]]:
    """Return the files of related words for a library of so many passages.

    `stems` are those of the library, with their lists.
    """
    listed = _said_instead(word_list, stems)
    leads: dict[int, list[tuple[str, int]]] = {}
    here_is_none_of, listed_is_none_of = stems.keys().isdisjoint, listed.keys().isdisjoint
    for stem, (near, far) in related_stems().items():
        # Of most words nothing is said in a library; in a small one, of nearly all.
        if here_is_none_of(near) and here_is_none_of(far) and listed_is_none_of(near):
            continue
        if stem in stems and index.counts[stems[stem]] > _ENOUGH:
            continue
        here = {one: 0 for one in near if one in stems} | {one: 1 for one in far if one in stems}
        if len(here) < _MOST_RELATED:
            for one in near:
                for other in listed.get(one, ()):
                    here.setdefault(other, 1)
        here.pop(stem, None)
        if here:
            leads[_numbers()[stem]] = list(here.items())[:_MOST_RELATED]
    texts: dict[int, str] = {}
    for words in index.words:
        for word, number in words:
            texts.setdefault(number, word)
    count = -(-len(leads) // (_IN_SMALL_LIBRARY if passages <= _SMALL else _WORDS_PER_FILE))
    files: dict[int, dict[int, list[tuple[str, int]]]] = defaultdict(dict)
    for number, others in sorted(leads.items()):
        files[file_of(number, count)][number & ((1 << _KEY_BITS) - 1)] = others
    absent = np.array(
        [number for stem, number in _numbers().items() if stem not in stems], dtype=np.int64
    )
    in_file, usual = file_of(absent, count), absent & ((1 << _USUAL_BITS) - 1)
    return [
        [*_file(files[at], stems, index, texts), _gaps(usual[in_file == at])] for at in range(count)
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
    index: InvertedIndex,
    texts: Mapping[int, str],
) -> list[str]:
    lists = list(dict.fromkeys(stems[stem] for others in typed.values() for stem, _ in others))
    at = {number: position for position, number in enumerate(lists)}
    leads: list[int] = []
    for key, others in typed.items():
        leads += [key, len(others), *(2 * at[stems[stem]] + is_far for stem, is_far in others)]
    return [
        "|".join(texts[number] for number in lists),
        numbers_as_text([part for number in lists for part in (index.counts[number], number)]),
        numbers_as_text(leads),
    ]
