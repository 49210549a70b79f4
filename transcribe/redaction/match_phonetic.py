"""Find names that are spelt or sound nearly as listed.

No one way is enough: Soundex misses Siobhan and Chevonne, Metaphone misses Niamh and Neve. What any
of them finds is a question for the editor. Common words need to sound far more like a name than
words that nobody knows. The limits were tuned on one half of the names of
`tests/support/misheard_names.txt`; docs/reference/redaction.md says what they find in the other
half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import jellyfish
from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from transcribe.redaction import phonetics
from transcribe.redaction.normalise import is_common, word_set
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText

_MAX_WINDOW = 3
"""Words of a window that is compared by its sound."""

# Largest distance (0 the same, 1 nothing in common) at which a window is still asked about:
_LIMIT_UNKNOWN = 0.33  # an unknown word with a capital, most likely a name
_LIMIT_JOINED = 0.25  # several words, one of them such, that would have to be one name
_LIMIT_ODD = 0.18  # an unknown word without a capital, or a common one with one inside a sentence
_LIMIT_COMMON = 0.08  # common words alone

_MIN_WEIGHT_FOR_COMMON = 2.6  # a shorter name (Anne) would be found in every “and”
_MAX_REPEATS = 3  # common words that are said oftener are meant, and are no name misheard
_MIN_SIMILARITY = 0.7  # share of letters that are the same and in place (OSA)
_MIN_LETTERS_COMPARED = 5  # in shorter names one letter more or less makes another word
_MIN_LETTERS_CODED = 4
# Words that end no name: without them “Siobhan I” and “Siobhan” would both be asked about.
_NEVER_LAST = word_set("i im ive id ill the a and")


@dataclass(frozen=True)
class _SoundedName:
    """A name that is looked for by its sound."""

    target: SearchTarget
    spelling: str
    readings: tuple[str, ...]
    is_common: bool

    @cached_property
    def weight(self) -> float:
        return max(map(phonetics.weight, self.readings))


def phonetic_hits(text: SpokenText, targets: Sequence[SearchTarget]) -> Iterator[Hit]:
    """Find words that sound, or are spelt, like names of `targets`. None of them is sure."""
    names = [
        _SoundedName(target, "".join(words), _name_readings(words), all(map(is_common, words)))
        for target in targets
        for words in target.phonetic_names
    ]
    if not names:
        return
    windows = _windows(text)
    candidates = _candidates(tuple(windows), names)
    hits = []
    for name, sound in candidates:
        is_frequent = len(windows[sound]) > _MAX_REPEATS
        # Each place apart: capitals and sentences there decide how like it must be.
        for first, last in windows[sound]:
            distance = _distance_within_limit(
                text, first, last, name, sound, is_frequent=is_frequent
            )
            if distance is not None:
                hits.append(name.target.hit(first, last, is_sure=False, distance=distance))
    hits += _spelling_hits(text, names)
    yield from hits
    yield from _rests_of_names(text, names, hits)


def _rests_of_names(
    text: SpokenText, names: Sequence[_SoundedName], hits: Sequence[Hit]
) -> Iterator[Hit]:
    """Find the other half of a name beside one that is heard: “dann yull marshe”.

    There a word that English does not know may be further from the name, whatever its capital.
    """
    of_key: dict[str, list[_SoundedName]] = {}
    for name in names:
        of_key.setdefault(name.target.key, []).append(name)
    parts = {name.spelling: name.target for name in names if name.spelling != name.target.key}
    exact = [
        target.hit(at, at + 1, is_sure=True)
        for at, word in enumerate(text.folded_words)
        if (target := parts.get(word)) is not None
    ]
    for hit in (*hits, *exact):
        for at, first, last in (
            (hit.last, hit.first, hit.last + 1),
            (hit.first - 1,) * 2 + (hit.last,),
        ):
            if not 0 <= at < len(text.folded_words) or not text.is_phrase(first, last):
                continue
            if text.is_common[at] or text.folded_words[at] in parts:
                continue
            if not any(_is_near(text, at, name) for name in of_key[hit.key]):
                continue
            if hit.is_sure:
                yield replace(hit, first=at, last=at + 1, is_sure=False, distance=_LIMIT_UNKNOWN)
            else:
                yield replace(hit, first=first, last=last, distance=-1.0)


def _is_near(text: SpokenText, at: int, name: _SoundedName) -> bool:
    distance = min(phonetics.distance(reading, text.sounds[at]) for reading in name.readings)
    return distance <= _LIMIT_UNKNOWN or _is_spelt_alike(text.folded_words[at], name.spelling)


def _spelling_hits(text: SpokenText, names: Sequence[_SoundedName]) -> Iterator[Hit]:
    """Find unknown words with a capital whose letters or phonetic codes are those of a name."""
    for at, word in enumerate(text.folded_words):
        if text.is_common[at] or not (text.is_capitalised[at] or text.is_caseless):
            continue
        for name in names:
            if word != name.spelling and _is_spelt_alike(word, name.spelling):
                yield name.target.hit(at, at + 1, is_sure=False, distance=_LIMIT_UNKNOWN)


def _name_readings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return how a name of several words may be said: its words' first readings together, their
    second ones and so on, and the readings of the words written as one."""
    word_readings = [phonetics.readings(word) for word in words]
    rows = range(max(map(len, word_readings)))
    joined = [
        phonetics.join_sounds([readings[min(row, len(readings) - 1)] for readings in word_readings])
        for row in rows
    ]
    return tuple(dict.fromkeys([*joined, *(phonetics.readings("".join(words)))]))


def _windows(text: SpokenText) -> dict[str, list[tuple[int, int]]]:
    """Return every window of one to three words, by its sounds."""
    windows: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(text.folded_words)):
        if not text.folded_words[first]:
            continue
        sounds: list[str] = []
        for last in range(first + 1, min(first + _MAX_WINDOW, len(text.folded_words)) + 1):
            if not text.folded_words[last - 1] or not text.is_phrase(first, last):
                break
            sounds.append(text.sounds[last - 1])
            if last - first > 1 and text.folded_words[last - 1] in _NEVER_LAST:
                continue
            windows.setdefault(phonetics.join_sounds(sounds), []).append((first, last))
    return windows


def _candidates(
    windows: tuple[str, ...], names: Sequence[_SoundedName]
) -> Iterator[tuple[_SoundedName, str]]:
    """Yield pairs of name and sounds whose consonants are nearly the same.

    Comparing only these keeps 10,000 words and 20 names under a second.
    """
    skeletons = [phonetics.consonant_skeleton(sound) for sound in windows]
    for name in names:
        close: set[int] = set()
        for skeleton in {phonetics.consonant_skeleton(reading) for reading in name.readings}:
            # The shorter, the fewer: with two edits a short skeleton is any other.
            max_edits = 0 if len(skeleton) < 2 else 1 if len(skeleton) < 5 else 2
            matches = process.extract(
                skeleton, skeletons, scorer=Levenshtein.distance, score_cutoff=max_edits, limit=None
            )
            close.update(index for _, _, index in matches)
        for index in sorted(close):
            yield name, windows[index]


def _distance_within_limit(
    text: SpokenText, first: int, last: int, name: _SoundedName, sound: str, *, is_frequent: bool
) -> float | None:
    """Return the distance of a window from a name, or None if it is too far for such words."""
    spelling = "".join(text.folded_words[first:last])
    if spelling == name.spelling:
        return None  # `match_exact` judges those
    limit = _distance_limit(text, first, last, name)
    if limit <= 0 or (is_frequent and limit == _LIMIT_COMMON):
        return None
    distance = min(phonetics.distance(reading, sound) for reading in name.readings)
    if distance <= limit:
        # Of windows that are as like, the one with fewer words is preferred.
        return distance + 0.01 * (last - first)
    return None


@lru_cache(maxsize=200_000)
def _is_spelt_alike(word: str, name: str) -> bool:
    if (
        len(name) >= _MIN_LETTERS_COMPARED
        and OSA.normalized_similarity(word, name) >= _MIN_SIMILARITY
    ):
        return True
    return len(name) >= _MIN_LETTERS_CODED and bool(_phonetic_codes(word) & _phonetic_codes(name))


@lru_cache(maxsize=50_000)
def _phonetic_codes(word: str) -> set[tuple[str, str]]:
    # Match Rating was tried and left out: it asked about 19 places in 1,000 words by itself.
    codes = (("metaphone", jellyfish.metaphone(word)), ("nysiis", jellyfish.nysiis(word)))
    return {(index, code) for index, code in codes if len(code) > 1}


def _distance_limit(text: SpokenText, first: int, last: int, name: _SoundedName) -> float:
    """Return how far words of this sort may be from a name and still be asked about."""
    window = range(first, last)
    unknown = [at for at in window if not text.is_common[at]]
    inside = [at for at in window if text.is_capitalised[at] and not text.starts_sentence[at]]
    if any(text.is_capitalised[at] or text.is_caseless for at in unknown):
        return _LIMIT_UNKNOWN if last - first == 1 else _LIMIT_JOINED
    if unknown or inside:
        return _LIMIT_COMMON if name.is_common else _LIMIT_ODD
    return 0.0 if name.is_common or name.weight < _MIN_WEIGHT_FOR_COMMON else _LIMIT_COMMON
