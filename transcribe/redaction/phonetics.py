"""How a spelling sounds: one letter a sound, so that what is heard alike is near each other.

Not phonetics but what recognisers make of names: a name is read as English readers would, and,
where its spelling asks for it, as in the language it looks like; what the recogniser wrote is read
as English. Then the two are compared sound by sound, where like sounds cost little (b and v, a
vowel and another) and unlike ones much.

Consonants  p b t d k g f v s z m n l r w y h
            S (sh) Z (measure) C (church) J (judge) N (sing) T (thin)
Vowels      a e i o u, A (day) I (my) O (no) W (now)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from transcribe.redaction.phonetic_languages import OTHER_READINGS
from transcribe.redaction.phonetic_rules import ENGLISH, Rule
from transcribe.redaction.respellings import RESPELLINGS

VOWELS = frozenset("aeiouAIOW")
_VOWEL_MASS = 0.55

_NEAR = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.5, "lr kC gJ hk bw pf kS lw rw dJ tC nl hS dn zT fh tk yg"),
        (0.35, "vw bv mn fT sT sS zZ SJ Cs vT ZC zJ zS yJ hw wu yi Ns"),
        (0.25, "pb td kg fv SZ SC CJ JZ nN dT"),
        (0.15, "sz tT"),
    )
    for pair in pairs.split()
}
_VOWEL_PLACE = {"i": 0, "e": 1, "A": 0.7, "I": 1.4, "a": 2, "W": 2.4, "o": 3, "O": 3.2, "u": 4}
_DROPPED = {"h": 0.35, "y": 0.35, "w": 0.4, "r": 0.45, "T": 0.8}
_DROPPED_VOWEL = 0.4
_DOUBLE = re.compile(r"(.)\1+")
_SWALLOWED = 0.62  # of the longest reading: less of it is left
_OPENING = 0.25  # more, for a first sound that is another or missing: names are told by it


@lru_cache(maxsize=5_000)
def readings(word: str) -> tuple[str, ...]:
    """Every way in which one folded word of a name may be said."""
    every = tuple(dict.fromkeys(_readings(word)))
    # A rule of another language may swallow half of a name: what is left sounds like anything.
    least = _SWALLOWED * max(map(_mass, every))
    known = {heard(respelt) for respelt in RESPELLINGS.get(word, ())}
    return tuple(one for one in every if _mass(one) >= least or one in known)


def _readings(word: str) -> Iterator[str]:
    yield heard(word)
    for respelt in RESPELLINGS.get(word, ()):
        yield heard(respelt)
    for looks_like, rules in OTHER_READINGS:
        if looks_like.search(word):
            yield _read(word, rules)


@lru_cache(maxsize=200_000)
def heard(word: str) -> str:
    """The sounds of a folded word, read as English."""
    return _read(word, ENGLISH)


def run_together(readings: Sequence[str]) -> str:
    """Words said one after the other: a sound that ends one and begins the next is said once."""
    return _DOUBLE.sub(r"\1", "".join(readings))


def _read(text: str, rules: tuple[Rule, ...]) -> str:
    sounds: list[str] = []
    at = 0
    while at < len(text):
        for pattern, sound in rules:
            found = pattern.match(text, at)
            if found and found.end() > at:
                sounds.append(sound)
                at = found.end()
                break
        else:
            at += 1
    return _DOUBLE.sub(r"\1", "".join(sounds))


@lru_cache(maxsize=200_000)
def distance(one: str, other: str) -> float:
    """How far two readings are apart: 0 the same, 1 nothing in common."""
    if one == other:
        return 0.0
    whole = max(_mass(one), _mass(other))
    if not whole:
        return 1.0
    row = [0.0]
    for sound in other:
        row.append(row[-1] + _lost(sound))
    for left in one:
        above = row
        row = [above[0] + _lost(left)]
        for b, right in enumerate(other):
            row.append(
                min(
                    above[b] + _unlike(left, right),
                    above[b + 1] + _lost(left),
                    row[b] + _lost(right),
                )
            )
    opening = min(_OPENING, _unlike(one[0], other[0])) if one and other else _OPENING
    return min(1.0, (row[-1] + opening) / whole)


def weight(reading: str) -> float:
    """How much there is to tell a name by: a consonant counts 1, a vowel about half."""
    return _mass(reading)


def skeleton(reading: str) -> str:
    """The consonants of a reading, voiced ones as their voiceless twins."""
    return reading.translate(_SKELETON)


_SKELETON = str.maketrans("bdgvzZJNT", "ptkfsSSnt", "".join(VOWELS) + "hwy")


def _mass(reading: str) -> float:
    return sum(_VOWEL_MASS if sound in VOWELS else 1.0 for sound in reading)


def _lost(sound: str) -> float:
    return _DROPPED_VOWEL if sound in VOWELS else _DROPPED.get(sound, 1.0)


@lru_cache(maxsize=1_000)
def _unlike(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in _VOWEL_PLACE and other in _VOWEL_PLACE:
        return min(0.4, 0.12 + 0.08 * abs(_VOWEL_PLACE[one] - _VOWEL_PLACE[other]))
    return _NEAR.get(frozenset((one, other)), 1.0)
