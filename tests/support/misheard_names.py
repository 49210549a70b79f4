"""Names as a recogniser writes them, in ordinary talk: the set that recall is measured on.

Two sources, kept apart: what was written by ear (`misheard_names.txt`), and what rules make of a
name (letters doubled and dropped, sounds written otherwise, words split and joined). Names are
drawn by a seed: one half to look at while the matcher is made, and the other to tell how it does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAMES = Path(__file__).with_name("misheard_names.txt")
CARRIERS = (
    "and then {} came to see us in the afternoon",
    "I rang {} because nobody else would answer the phone",
    "we had to wait with {} until the morning",
    "It was {} who told me what had happened that night",
    "I said to {} that I could not go on like this",
    "they asked whether {} had taken the tablets",
    "because {} was the only one who listened",
    "My sister and {} were sitting in the corridor",
    "so I called {} again and there was no answer",
    "Nobody had told {} about the meeting on the ward",
    "the nurse looked at {} and said we should go home",
    "When {} came home the house was so quiet",
    "I think {} knew that something was wrong",
    "we walked to the shop with {} every single day",
)
OWNED = ("I found {}’s coat in the car park", "it was {}’s idea and not mine")
_WRITTEN_OTHERWISE = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("c", "k"), ("k", "c"), ("ie", "y"), ("y", "ie"),
    ("y", "i"), ("i", "y"), ("ee", "ea"), ("ea", "ee"), ("ai", "ay"), ("ei", "ay"), ("sh", "ch"),
    ("s", "z"), ("z", "s"), ("j", "g"), ("oo", "u"), ("u", "oo"), ("a", "e"), ("e", "a"),
    ("o", "a"), ("e", "i"), ("qu", "kw"), ("x", "ks"), ("v", "f"), ("th", "t"), ("d", "t"),
    ("gh", "g"), ("kh", "k"), ("bh", "b"), ("dh", "d"), ("w", "v"), ("er", "a"), ("a", "er"),
)  # fmt: skip


@dataclass(frozen=True)
class Misheard:
    """One name in one sentence."""

    name: str
    """As it is listed."""
    written: str
    """As the recogniser wrote it; empty capitals where it took it for ordinary words."""
    text: str
    first: int
    """Number of the word with which it begins …"""
    last: int
    """… and one past that with which it ends."""
    by_ear: bool


def by_ear() -> dict[str, tuple[str, ...]]:
    """Names and what was written for them."""
    pairs = {}
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, sounds_like = line.partition(":")
            pairs[name.strip()] = tuple(word.strip() for word in sounds_like.split(","))
    return pairs


def halves(seed: int) -> tuple[list[str], list[str]]:
    """The names in two halves."""
    names = sorted(by_ear())
    random.Random(seed).shuffle(names)
    middle = len(names) // 2
    return sorted(names[:middle]), sorted(names[middle:])


def misheard(names: list[str], seed: int, by_rule: int = 3) -> Iterator[Misheard]:
    """Each name in a sentence for every way it was written by ear, and `by_rule` ways by rule."""
    dice = random.Random(seed)
    heard_names = by_ear()
    for name in names:
        for heard_as in heard_names[name]:
            yield _misheard_as(name, heard_as, dice, by_ear=True)
        for _ in range(by_rule):
            yield _misheard_as(name, _by_rule(name, dice), dice, by_ear=False)


def _misheard_as(name: str, heard_as: str, dice: random.Random, *, by_ear: bool) -> Misheard:
    carrier = dice.choice(CARRIERS) if dice.random() < 0.85 else dice.choice(OWNED)
    before, _, after = carrier.partition("{}")
    first = len(before.split())
    text = f"{before}{heard_as}{after}."
    return Misheard(name, heard_as, text, first, first + len(heard_as.split()), by_ear)


def _by_rule(name: str, dice: random.Random) -> str:
    """One or two changes of spelling that leave the sound more or less as it was."""
    plain = name.lower()
    for _ in range(dice.choice((1, 1, 2))):
        plain = _changed(plain, dice)
    written_name = " ".join(part.capitalize() for part in plain.split())
    if len(plain) >= 7 and " " not in plain and dice.random() < 0.25:
        at = _syllable(plain, dice)
        written_name = f"{plain[:at]} {plain[at:]}".title()
    return (
        written_name
        if dice.random() < 0.9
        else written_name.lower()
        if " " in written_name
        else written_name
    )


def _changed(plain: str, dice: random.Random) -> str:
    kind = dice.choice(("otherwise", "otherwise", "otherwise", "double", "single", "drop"))
    if kind == "otherwise":
        replacements = [(a, b) for a, b in _WRITTEN_OTHERWISE if a in plain[1:]]
        if replacements:
            a, b = dice.choice(replacements)
            at = dice.choice([match.start() for match in re.finditer(a, plain) if match.start()])
            return plain[:at] + b + plain[at + len(a) :]
    if kind == "single" and (doubled := re.search(r"([a-z])\1", plain)):
        return plain[: doubled.start()] + plain[doubled.end() - 1 :]
    if kind == "drop" and len(plain) >= 6:
        silent = [at for at in range(1, len(plain)) if plain[at] in "aeiouh"]
        if silent:
            at = dice.choice(silent)
            return plain[:at] + plain[at + 1 :]
    middle = [
        at
        for at in range(1, len(plain) - 1)
        if plain[at] in "lnmrtspd" and plain[at - 1] in "aeiou" and plain[at + 1] in "aeiou"
    ]
    if not middle:
        return plain
    at = dice.choice(middle)
    return plain[:at] + plain[at] + plain[at:]


def _syllable(plain: str, dice: random.Random) -> int:
    """Return a place at which a word may fall apart: before a consonant that follows a vowel."""
    vowel_positions = [
        at
        for at in range(3, len(plain) - 2)
        if plain[at - 1] in "aeiou" and plain[at] not in "aeiou"
    ]
    return dice.choice(vowel_positions or [len(plain) // 2])
