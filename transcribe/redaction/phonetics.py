"""Turn spellings into sounds, one letter a sound, and measure how far two readings are apart.

This is no science of phonetics but what recognisers make of names: a name is read as English
readers would and, where its spelling looks like that of another language, as in that language too.
The recogniser's words are read as English. Then the two are compared sound by sound: replacing a
sound by one that is like it (b by v, a vowel by another) costs little, by any other much.

Consonants  p b t d k g f v s z m n l r w y h
            S (sh) Z (measure) C (church) J (judge) N (sing) T (thin)
Vowels      a e i o u, A (day) I (my) O (no) W (now)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

VOWELS = frozenset("aeiouAIOW")
_VOWEL_WEIGHT = 0.55

# The limits of `match_phonetic` go with these costs: who changes one changes the other.
_CONSONANT_SUBSTITUTION_COST = {
    frozenset(pair): cost
    for cost, pairs in (
        (0.5, "lr kC gJ hk bw pf kS lw rw dJ tC nl hS dn zT fh tk yg"),
        (0.35, "vw bv mn fT sT sS zZ SJ Cs vT ZC zJ zS yJ hw wu yi Ns"),
        (0.25, "pb td kg fv SZ SC CJ JZ nN dT"),
        (0.15, "sz tT"),
    )
    for pair in pairs.split()
}
# Places of the tongue from the front of the mouth (i) to the back (u), diphthongs at their middle.
_VOWEL_POSITION = {"i": 0, "e": 1, "A": 0.7, "I": 1.4, "a": 2, "W": 2.4, "o": 3, "O": 3.2, "u": 4}
_CONSONANT_DELETION_COST = {"h": 0.35, "y": 0.35, "w": 0.4, "r": 0.45, "T": 0.8}
_VOWEL_DELETION_COST = 0.4
_DOUBLED_SOUND = re.compile(r"(.)\1+")
# Vowels and h, w, y are left out: they cost least to drop.
_TO_SKELETON = str.maketrans("bdgvzZJNT", "ptkfsSSnt", "".join(VOWELS) + "hwy")
_MIN_WEIGHT_SHARE = 0.62  # of the weightiest reading: a lighter one is no reading of the name
_FIRST_SOUND_COST = 0.25  # added where the first sound differs: names are told apart by it


Rule = tuple[re.Pattern[str], str]
"""A pattern of letters, and the sounds they stand for."""


@dataclass(frozen=True)
class _ReadingTables:
    """The reading rules and respellings that are shipped with the package."""

    english: tuple[Rule, ...]
    other_readings: tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...]
    """For each other language, the pattern of its spellings, and its rules."""
    respellings: dict[str, tuple[str, ...]]
    """Folded name → ways an English ear would write it."""


@cache
def _load_tables() -> _ReadingTables:
    """Read `phonetic_rules.toml` and `respellings.tsv`."""
    folder = files("transcribe.redaction")
    reading_tables = tomllib.loads((folder / "phonetic_rules.toml").read_text(encoding="utf-8"))
    shared = {name: _parse_rules(text) for name, text in reading_tables["tables"].items()}
    readings = tuple(
        (
            re.compile(reading["when"]),
            (
                *_parse_rules(reading.get("rules", "")),
                *(rule for name in reading["then"] for rule in shared[name]),
            ),
        )
        for reading in reading_tables["reading"]
    )
    lines = (folder / "respellings.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return _ReadingTables(
        english=(*shared["consonants"], *shared["vowels"]),
        other_readings=readings,
        respellings={name: tuple(respelt.split(",")) for name, respelt in pairs},
    )


def _parse_rules(text: str) -> tuple[Rule, ...]:
    # One rule a line: a pattern, a space, and the sounds it stands for (`-` for none).
    rules = []
    for line in text.strip().splitlines():
        pattern, _, sounds = line.rpartition(" ")
        rules.append((re.compile(pattern), "" if sounds == "-" else sounds))
    return tuple(rules)


def is_respelt(word: str) -> bool:
    """Return True if the table of respellings holds this folded word."""
    return word in _load_tables().respellings


@lru_cache(maxsize=5_000)
def readings(word: str) -> tuple[str, ...]:
    """Return every way in which one folded word of a name may be said."""
    candidates = tuple(dict.fromkeys(_readings(word)))
    # A rule of another language may swallow half of a name: what is left sounds like anything.
    least = _MIN_WEIGHT_SHARE * max(map(weight, candidates))
    respelt = {english_sounds(other) for other in _load_tables().respellings.get(word, ())}
    return tuple(
        reading for reading in candidates if weight(reading) >= least or reading in respelt
    )


def _readings(word: str) -> Iterator[str]:
    yield english_sounds(word)
    for respelt in _load_tables().respellings.get(word, ()):
        yield english_sounds(respelt)
    for looks_like, rules in _load_tables().other_readings:
        if looks_like.search(word):
            yield _sounds_by_rules(word, rules)


@lru_cache(maxsize=200_000)
def english_sounds(word: str) -> str:
    """Return the sounds of a folded word, read as English."""
    return _sounds_by_rules(word, _load_tables().english)


def join_sounds(readings: Sequence[str]) -> str:
    """Join the sounds of words said one after the other; a sound that ends one and begins the
    next is said once."""
    return _DOUBLED_SOUND.sub(r"\1", "".join(readings))


def _sounds_by_rules(text: str, rules: tuple[Rule, ...]) -> str:
    sounds: list[str] = []
    position = 0
    while position < len(text):
        for pattern, sound in rules:
            match = pattern.match(text, position)
            # A rule that matches nothing would hold up the loop for ever.
            if match and match.end() > position:
                # The first rule that matches wins, so that their order in the file counts.
                sounds.append(sound)
                position = match.end()
                break
        else:
            # A letter that no rule knows has no sound.
            position += 1
    return _DOUBLED_SOUND.sub(r"\1", "".join(sounds))


@lru_cache(maxsize=200_000)
def distance(first: str, other: str) -> float:
    """Return how far two readings are apart: 0 the same, 1 nothing in common.

    An edit distance in which like sounds cost little (b and v, one vowel and another).
    """
    if first == other:
        return 0.0
    total = max(weight(first), weight(other))
    if not total:
        return 1.0
    costs = [0.0]
    for sound in other:
        costs.append(costs[-1] + _deletion_cost(sound))
    for left in first:
        previous = costs
        costs = [previous[0] + _deletion_cost(left)]
        for position, right in enumerate(other):
            costs.append(
                min(
                    previous[position] + _substitution_cost(left, right),
                    previous[position + 1] + _deletion_cost(left),
                    costs[position] + _deletion_cost(right),
                )
            )
    first_sound_cost = (
        min(_FIRST_SOUND_COST, _substitution_cost(first[0], other[0]))
        if first and other
        else _FIRST_SOUND_COST
    )
    return min(1.0, (costs[-1] + first_sound_cost) / total)


def weight(reading: str) -> float:
    """Return how much there is to tell a name by: a consonant counts 1, a vowel about half."""
    return sum(_VOWEL_WEIGHT if sound in VOWELS else 1.0 for sound in reading)


def consonant_skeleton(reading: str) -> str:
    """Return the consonants of a reading without h, w and y, voiced ones as voiceless."""
    return reading.translate(_TO_SKELETON)


def _deletion_cost(sound: str) -> float:
    return _VOWEL_DELETION_COST if sound in VOWELS else _CONSONANT_DELETION_COST.get(sound, 1.0)


@lru_cache(maxsize=1_000)
def _substitution_cost(first: str, other: str) -> float:
    if first == other:
        return 0.0
    if first in _VOWEL_POSITION and other in _VOWEL_POSITION:
        # As far as a vowel that is dropped, at most: from bit to boot.
        return min(
            _VOWEL_DELETION_COST, 0.12 + 0.08 * abs(_VOWEL_POSITION[first] - _VOWEL_POSITION[other])
        )
    return _CONSONANT_SUBSTITUTION_COST.get(frozenset((first, other)), 1.0)
