"""Words of the library and of the word list, in buckets by their first letters.

A bucket is a list of five texts, so that a browser reads it without parsing:

    words      each word of the library, with the number of its stem’s list and how many passages
               that has: `ward` and two numbers in signs, then the next
    others     words and phrases that may be looked for besides those typed, parted by `|`
    numbers    for each of these: in how many passages it may be, how many words it has, and of each
               word the number of its list, after those of the common words; in order of the first
               word’s, which is written as the step from the one before
    typed      words and phrases that the list knows, parted by `|`
    relations  for each of these: how many others it has, maybe none, and of each its number here
               and its nearness in one

Only what the library’s own words can answer is written: an other word of which a part is nowhere in
the library is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from publish.search.document_index import COMMON_WORDS
from publish.search.inverted_index import SaidWords, bucket_of
from publish.search.signs import numbers_as_text
from publish.search.tokens import ASKING_WORDS, fold_word, stem, words_in
from publish.search.word_list import Nearness, OtherWord, WordList, other_words, phrase_key

_ASKING_STEMS = frozenset(map(stem, ASKING_WORDS))
_PARTS = "|"  # a sign, so that no word has it
_NEARNESSES = len(Nearness)
_FIRST_PART = 2
"""Of a phrase’s numbers, after its passages and its words."""


class _Listed(NamedTuple):
    """A word or phrase of the list, and folded, and its key."""

    text: str
    name: str
    key: str
    is_phrase: bool
    others: tuple[OtherWord, ...]


def word_buckets(said: SaidWords, word_list: WordList) -> dict[int, list[str]]:
    """Return each bucket that is not empty, by its number."""
    list_of = {root: number for number, root in enumerate(said.roots)}
    targets: dict[str, tuple[int, ...]] = {}
    typed: dict[int, dict[str, Sequence[OtherWord]]] = defaultdict(dict)
    written = set()
    for text, name, key, is_phrase, others in _led_on(word_list):
        for other in others:
            if other.text not in targets:
                targets[other.text] = _numbers_of(other.text, list_of, said.counts)
        usable = [other for other in others if targets[other.text]]
        # A phrase without others is still one thing by its name: its words apart are not it.
        if usable or is_phrase:
            typed[_bucket_of_phrase(text)][name] = usable
            written.add(key)
    # What the list knows is no slip of another word, even where nobody says anything like it.
    for text, name, key, _, _ in _known(word_list):
        if key not in written:
            typed[_bucket_of_phrase(text)][name] = ()
            written.add(key)
    buckets = {}
    for number, words in enumerate(said.words):
        if words or number in typed:
            buckets[number] = [
                _words_text(words, said.counts),
                *_others_texts(typed.get(number, {}), targets),
            ]
    return buckets


@lru_cache(maxsize=4)
def _led_on(word_list: WordList) -> tuple[_Listed, ...]:
    """Return what of the list leads to others, or to none."""
    return tuple(_listed(text, others) for text, others in other_words(word_list).items())


@lru_cache(maxsize=4)
def _known(word_list: WordList) -> tuple[_Listed, ...]:
    """Return the single words of the list, but for the common ones."""
    words = (_listed(text) for text in word_list.texts if len(_folded(text)) == 1)
    return tuple(word for word in words if word.key not in COMMON_WORDS)


def _listed(text: str, others: tuple[OtherWord, ...] = ()) -> _Listed:
    folded = _folded(text)
    return _Listed(text, " ".join(folded), phrase_key(text), len(folded) > 1, others)


@lru_cache(maxsize=4)
def asking_phrases(word_list: WordList) -> tuple[str, ...]:
    """Return the keys of the list's phrases that hold only words with which one asks."""
    phrases = (text for text in other_words(word_list) if len(_folded(text)) > 1)
    return tuple(
        sorted(phrase_key(text) for text in phrases if _name_of_phrase(text) in _ASKING_STEMS)
    )


@lru_cache(maxsize=16_384)
def _bucket_of_phrase(text: str) -> int:
    return bucket_of(_name_of_phrase(text))


def _name_of_phrase(text: str) -> str:
    """Return the stem of the first word with which nobody asks, or of the first with a list."""
    stems = [part for part in _stems(text) if part not in COMMON_WORDS]
    return next((part for part in stems if part not in _ASKING_STEMS), stems[0])


@lru_cache(maxsize=16_384)  # of a list's phrases: most stand among the others of several words
def _folded(text: str) -> tuple[str, ...]:
    return tuple(word for word in map(fold_word, words_in(text)) if word)


@lru_cache(maxsize=16_384)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(map(stem, _folded(text)))


def _numbers_of(text: str, list_of: Mapping[str, int], counts: Sequence[int]) -> tuple[int, ...]:
    """Return the numbers of a phrase as they are written; none where the library lacks a word."""
    stems = _stems(text)
    for part in stems:
        if part not in list_of and part not in COMMON_WORDS:
            return ()
    fewest = min((counts[list_of[part]] for part in stems if part in list_of), default=0)
    of_words = [
        COMMON_WORDS[part] if part in COMMON_WORDS else len(COMMON_WORDS) + list_of[part]
        for part in stems
    ]
    return (fewest, len(of_words), *of_words)


def _words_text(words: Sequence[tuple[str, int]], counts: Sequence[int]) -> str:
    parts, highest = [], -1
    for word, number in words:
        # Mostly the next number, which is one sign; a word with an earlier stem is below 0.
        step = number - highest - 1
        parts += [word, numbers_as_text([2 * step if step >= 0 else -2 * step - 1, counts[number]])]
        highest = max(highest, number)
    return "".join(parts)


def _with_first_as_steps(targets: Iterable[tuple[int, ...]]) -> Iterator[int]:
    """Yield all numbers of all targets, the first part of each as the step from that before it."""
    before = 0
    for target in targets:
        first = target[_FIRST_PART]
        yield from (*target[:_FIRST_PART], first - before, *target[_FIRST_PART + 1 :])
        before = first


def _others_texts(
    typed: Mapping[str, Sequence[OtherWord]], targets: Mapping[str, tuple[int, ...]]
) -> tuple[str, str, str, str]:
    texts = sorted(
        dict.fromkeys(other.text for others in typed.values() for other in others),
        key=lambda text: targets[text][_FIRST_PART],
    )
    number_of = {text: number for number, text in enumerate(texts)}
    relations: list[int] = []
    for others in typed.values():
        relations.append(len(others))
        relations += [number_of[other.text] * _NEARNESSES + other.nearness for other in others]
    return (
        _PARTS.join(texts),
        numbers_as_text(list(_with_first_as_steps(targets[text] for text in texts))),
        _PARTS.join(typed),
        numbers_as_text(relations),
    )
