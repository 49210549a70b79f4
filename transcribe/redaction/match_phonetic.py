"""Names that are nearly as they are written, or as they sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from transcribe.redaction import phonetics
from transcribe.redaction.normalise import is_ordinary, word_set
from transcribe.redaction.text_model import Hit, Talk, Target

WIDEST = 3
"""Words of a window that is compared by its sound."""

LIKE_UNKNOWN = 0.33
"""How far apart two sounds may be where a word is unknown and has a capital: most likely a name."""
LIKE_JOINED = 0.25
"""… where several words, one of them such, would have to be one name."""
LIKE_ODD = 0.18
"""… where the word is unknown without a capital, or ordinary with one inside a sentence."""
LIKE_ORDINARY = 0.08
"""… where all words are those of ordinary talk."""
_LEAST_ORDINARY = 2.6  # how much a name must have to sound before ordinary words may be it
_SELDOM = 3  # times: ordinary words that are said oftener are said, and no name misheard
_LEAST_SPELLING = 0.7  # of 1: letters that are the same and in place, in names of five and more
_LEAST_LETTERS = 5
_LEAST_CODED = 4
_NEVER_LAST = word_set("i im ive id ill the a and")


@dataclass(frozen=True)
class _Name:
    """A name that is looked for by its sound."""

    target: Target
    fold: str
    readings: tuple[str, ...]
    ordinary: bool

    @cached_property
    def weight(self) -> float:
        return max(map(phonetics.weight, self.readings))


def sounding_hits(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    names = [
        _Name(target, "".join(words), _readings(words), all(map(is_ordinary, words)))
        for target in targets
        for words in target.sounding
    ]
    if not names:
        return
    windows = _windows(talk)
    near = _near(tuple(windows), names)
    for name, sound in near:
        often = len(windows[sound]) > _SELDOM
        for first, last in windows[sound]:
            unlike = _unlike(talk, first, last, name, sound, often=often)
            if unlike is not None:
                target = name.target
                yield Hit(first, last, False, target.about, target.shown, target.number, unlike)
    yield from _spelt(talk, names)


def _spelt(talk: Talk, names: Sequence[_Name]) -> Iterator[Hit]:
    """Unknown words with a capital whose letters, or whose code in the two indexes that librarians
    and registrars use, are those of a name."""
    for at, fold in enumerate(talk.folds):
        if talk.ordinary[at] or not (talk.capital[at] or talk.caseless):
            continue
        for name in names:
            if fold != name.fold and _alike(fold, name.fold):
                target = name.target
                about, shown, number = target.about, target.shown, target.number
                yield Hit(at, at + 1, False, about, shown, number, LIKE_UNKNOWN)


def _readings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Of all the words of a name: the first reading of each with the first of the others, and so
    on, and what the words give when they are run together."""
    each = [phonetics.readings(word) for word in words]
    rows = range(max(map(len, each)))
    said = [phonetics.run_together([one[min(row, len(one) - 1)] for one in each]) for row in rows]
    return tuple(dict.fromkeys([*said, *(phonetics.readings("".join(words)))]))


def _windows(talk: Talk) -> dict[str, list[tuple[int, int]]]:
    """Every window of one to three words, by how it sounds."""
    windows: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(talk.folds)):
        if not talk.folds[first]:
            continue
        said: list[str] = []
        for last in range(first + 1, min(first + WIDEST, len(talk.folds)) + 1):
            if not talk.folds[last - 1] or not talk.joined(first, last):
                break
            said.append(talk.heard[last - 1])
            if last - first > 1 and talk.folds[last - 1] in _NEVER_LAST:
                continue
            windows.setdefault(phonetics.run_together(said), []).append((first, last))
    return windows


def _near(windows: tuple[str, ...], names: Sequence[_Name]) -> Iterator[tuple[_Name, str]]:
    """Pairs that are worth a closer look: their consonants are nearly the same."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    skeletons = [phonetics.skeleton(sound) for sound in windows]
    for name in names:
        close: set[int] = set()
        for skeleton in {phonetics.skeleton(reading) for reading in name.readings}:
            most = 0 if len(skeleton) < 2 else 1 if len(skeleton) < 5 else 2
            found = process.extract(
                skeleton, skeletons, scorer=Levenshtein.distance, score_cutoff=most, limit=None
            )
            close.update(index for _, _, index in found)
        for index in sorted(close):
            yield name, windows[index]


def _unlike(
    talk: Talk, first: int, last: int, name: _Name, sound: str, *, often: bool
) -> float | None:
    """How unlike the window is to the name, or None where it is too unlike for such words."""
    fold = "".join(talk.folds[first:last])
    if fold == name.fold:
        return None  # exact hits are another’s to judge
    most = _most(talk, first, last, name)
    if most <= 0 or (often and most == LIKE_ORDINARY):
        return None
    apart_by = min(phonetics.distance(reading, sound) for reading in name.readings)
    if apart_by <= most:
        return apart_by + 0.01 * (last - first)
    return None


@lru_cache(maxsize=200_000)
def _alike(one: str, name: str) -> bool:
    from rapidfuzz.distance import OSA

    if len(name) >= _LEAST_LETTERS and OSA.normalized_similarity(one, name) >= _LEAST_SPELLING:
        return True
    return len(name) >= _LEAST_CODED and bool(_codes(one) & _codes(name))


@lru_cache(maxsize=50_000)
def _codes(word: str) -> set[tuple[str, str]]:
    """Metaphone and NYSIIS; Match Rating would ask about every seventh name there is."""
    import jellyfish

    codes = (("metaphone", jellyfish.metaphone(word)), ("nysiis", jellyfish.nysiis(word)))
    return {(index, code) for index, code in codes if len(code) > 1}


def _most(talk: Talk, first: int, last: int, name: _Name) -> float:
    """How unlike words of this sort may be and still be asked about."""
    window = range(first, last)
    unknown = [at for at in window if not talk.ordinary[at]]
    inside = [at for at in window if talk.capital[at] and not talk.opening[at]]
    if any(talk.capital[at] or talk.caseless for at in unknown):
        return LIKE_UNKNOWN if last - first == 1 else LIKE_JOINED
    if unknown or inside:
        return LIKE_ORDINARY if name.ordinary else LIKE_ODD
    return 0.0 if name.ordinary or name.weight < _LEAST_ORDINARY else LIKE_ORDINARY
