"""Names that are nearly as they are written, or as they sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from transcribe.redaction import phonetics
from transcribe.redaction.normalise import is_common, word_set
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText

_MAX_WINDOW = 3
"""Words of a window that is compared by its sound."""

_LIMIT_UNKNOWN = 0.33
"""How far apart two sounds may be where a word is unknown and has a capital: most likely a name."""
_LIMIT_JOINED = 0.25
"""… where several words, one of them such, would have to be one name."""
_LIMIT_ODD = 0.18
"""… where the word is unknown without a capital, or ordinary with one inside a sentence."""
_LIMIT_COMMON = 0.08
"""… where all words are those of ordinary talk."""
_MIN_WEIGHT_FOR_COMMON = 2.6  # how much a name must have to sound before ordinary words may be it
_MAX_REPEATS = 3  # times: ordinary words that are said oftener are said, and no name misheard
_MIN_SIMILARITY = 0.7  # of 1: letters that are the same and in place, in names of five and more
_MIN_LETTERS_COMPARED = 5
_MIN_LETTERS_CODED = 4
_NEVER_LAST = word_set("i im ive id ill the a and")


@dataclass(frozen=True)
class _SoundedName:
    """A name that is looked for by its sound."""

    target: SearchTarget
    fold: str
    readings: tuple[str, ...]
    is_common: bool

    @cached_property
    def weight(self) -> float:
        return max(map(phonetics.weight, self.readings))


def phonetic_hits(text: SpokenText, targets: Sequence[SearchTarget]) -> Iterator[Hit]:
    names = [
        _SoundedName(target, "".join(words), _name_readings(words), all(map(is_common, words)))
        for target in targets
        for words in target.phonetic_names
    ]
    if not names:
        return
    windows = _windows(text)
    candidates = _candidates(tuple(windows), names)
    for name, sound in candidates:
        is_frequent = len(windows[sound]) > _MAX_REPEATS
        for first, last in windows[sound]:
            distance = _distance_within_limit(
                text, first, last, name, sound, is_frequent=is_frequent
            )
            if distance is not None:
                target = name.target
                yield Hit(
                    first,
                    last,
                    False,
                    target.key,
                    target.replacement,
                    target.entry_number,
                    distance,
                )
    yield from _spelling_hits(text, names)


def _spelling_hits(text: SpokenText, names: Sequence[_SoundedName]) -> Iterator[Hit]:
    """Unknown words with a capital whose letters, or whose code in the two indexes that librarians
    and registrars use, are those of a name."""
    for at, fold in enumerate(text.folds):
        if text.is_common[at] or not (text.is_capitalised[at] or text.is_caseless):
            continue
        for name in names:
            if fold != name.fold and _is_spelt_alike(fold, name.fold):
                target = name.target
                key, replacement, number = target.key, target.replacement, target.entry_number
                yield Hit(at, at + 1, False, key, replacement, number, _LIMIT_UNKNOWN)


def _name_readings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Of all the words of a name: the first reading of each with the first of the others, and so
    on, and what the words give when they are run together."""
    word_readings = [phonetics.readings(word) for word in words]
    rows = range(max(map(len, word_readings)))
    joined = [
        phonetics.run_together(
            [readings[min(row, len(readings) - 1)] for readings in word_readings]
        )
        for row in rows
    ]
    return tuple(dict.fromkeys([*joined, *(phonetics.readings("".join(words)))]))


def _windows(text: SpokenText) -> dict[str, list[tuple[int, int]]]:
    """Every window of one to three words, by how it sounds."""
    windows: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(text.folds)):
        if not text.folds[first]:
            continue
        sounds: list[str] = []
        for last in range(first + 1, min(first + _MAX_WINDOW, len(text.folds)) + 1):
            if not text.folds[last - 1] or not text.is_phrase(first, last):
                break
            sounds.append(text.sounds[last - 1])
            if last - first > 1 and text.folds[last - 1] in _NEVER_LAST:
                continue
            windows.setdefault(phonetics.run_together(sounds), []).append((first, last))
    return windows


def _candidates(
    windows: tuple[str, ...], names: Sequence[_SoundedName]
) -> Iterator[tuple[_SoundedName, str]]:
    """Pairs that are worth a closer look: their consonants are nearly the same."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    skeletons = [phonetics.skeleton(sound) for sound in windows]
    for name in names:
        close: set[int] = set()
        for skeleton in {phonetics.skeleton(reading) for reading in name.readings}:
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
    """How unlike the window is to the name, or None where it is too unlike for such words."""
    fold = "".join(text.folds[first:last])
    if fold == name.fold:
        return None  # exact hits are another’s to judge
    limit = _distance_limit(text, first, last, name)
    if limit <= 0 or (is_frequent and limit == _LIMIT_COMMON):
        return None
    distance = min(phonetics.distance(reading, sound) for reading in name.readings)
    if distance <= limit:
        return distance + 0.01 * (last - first)
    return None


@lru_cache(maxsize=200_000)
def _is_spelt_alike(word: str, name: str) -> bool:
    from rapidfuzz.distance import OSA

    if (
        len(name) >= _MIN_LETTERS_COMPARED
        and OSA.normalized_similarity(word, name) >= _MIN_SIMILARITY
    ):
        return True
    return len(name) >= _MIN_LETTERS_CODED and bool(_phonetic_codes(word) & _phonetic_codes(name))


@lru_cache(maxsize=50_000)
def _phonetic_codes(word: str) -> set[tuple[str, str]]:
    """Metaphone and NYSIIS; Match Rating would ask about every seventh name there is."""
    import jellyfish

    codes = (("metaphone", jellyfish.metaphone(word)), ("nysiis", jellyfish.nysiis(word)))
    return {(index, code) for index, code in codes if len(code) > 1}


def _distance_limit(text: SpokenText, first: int, last: int, name: _SoundedName) -> float:
    """How unlike words of this sort may be and still be asked about."""
    window = range(first, last)
    unknown = [at for at in window if not text.is_common[at]]
    inside = [at for at in window if text.is_capitalised[at] and not text.starts_sentence[at]]
    if any(text.is_capitalised[at] or text.is_caseless for at in unknown):
        return _LIMIT_UNKNOWN if last - first == 1 else _LIMIT_JOINED
    if unknown or inside:
        return _LIMIT_COMMON if name.is_common else _LIMIT_ODD
    return 0.0 if name.is_common or name.weight < _MIN_WEIGHT_FOR_COMMON else _LIMIT_COMMON
