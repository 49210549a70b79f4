"""Tell the encodings of languages with Latin letters apart, where a file does not say its own.

Every byte means something in each of them, so a wrong reading is always possible. What tells is
how well the letters fit one language: which ones there are, whether they stand within words, and
whether signs stand where signs do. All of that is added up as logarithms of likelihoods.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class LatinReading:
    """A text in one encoding, as one language."""

    text: str
    codec: str
    language: str
    likelihood: float
    """Logarithm; only to be compared with that of another reading of the same bytes."""

    @property
    def name(self) -> str:
        """Return the language, as far as it shows in the letters, with the encoding."""
        is_western = self.language in _WESTERN
        return f"{'Western European' if is_western else self.language} ({self.codec})"


# Letters beyond ASCII from the most frequent on, roughly.
_LANGUAGES = {
    "French": "éèêàçâîôûùëïœ",
    "German": "üäßö",
    "Spanish": "óíáéñúü",
    "Portuguese": "ãçáéíóêõâúàô",
    "Italian": "èàùòìé",
    "Swedish": "äåöé",
    "Danish": "åøæé",
    "Welsh": "âôêîûïö",
    "Irish": "áíéóú",
    "Icelandic": "ðáíþéöóúæý",
    "Estonian": "äõüöšž",
    "Dutch": "ëéïóèö",
    "Polish": "łąężśćóńź",
    "Czech": "íáěéčřžýšůúďťňó",
    "Slovak": "áíčéžýšľúťďôňäŕĺó",
    "Hungarian": "éáőöíóúüű",
    "Romanian": "ăîşţâșț",
    "Croatian": "čšžćđ",
    "Turkish": "ıişğüöçâî",
    "Latvian": "āīšēžņļķģčū",
    "Lithuanian": "ėžųšįąūčę",
}
_WESTERN = (
    *("French", "German", "Spanish", "Portuguese", "Italian", "Swedish", "Danish", "Welsh"),
    *("Irish", "Icelandic", "Dutch"),
)
_CENTRAL = ("Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian")
_ENCODINGS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("cp1252", (*_WESTERN, "Estonian"), 0.0),
    ("cp1250", _CENTRAL, -2.0),
    ("cp1254", ("Turkish",), -2.0),
    ("cp1257", ("Latvian", "Lithuanian", "Estonian", "Polish"), -3.0),
    ("iso8859_2", _CENTRAL, -3.0),
    ("iso8859_16", ("Romanian",), -4.0),
    ("mac_roman", _WESTERN, -4.0),
    ("cp850", _WESTERN, -4.0),
    ("cp852", _CENTRAL, -5.0),
    ("cp857", ("Turkish",), -5.0),
    ("mac_latin2", _CENTRAL, -5.0),
    ("mac_turkish", ("Turkish",), -5.0),
)
"""Each codec, the languages written in it, and how much rarer it is than the first (logarithm)."""
_QUOTES = frozenset("‘’“”„‚«»‹›")
_SIGNS = frozenset("–—…°£€§©®™•·½¼¾±×÷¿¡¢¥ºª¹²³µ\xa0\u00ad−†‡‰")
_AFTER_APOSTROPHE = ("s", "t", "m", "d", "re", "ve", "ll")
_CONTRACTION, _PLACED, _SIGN, _WRONG = (math.log(each) for each in (0.9, 0.3, 0.1, 0.0005))
_CAPITAL, _ALONE = math.log(0.1), math.log(0.05)
_MIN_DIFFERENCE = 3.0
"""Logarithm of how much likelier a reading must be for no other to be named."""


def latin_readings(data: bytes) -> list[LatinReading]:
    """Return how the bytes can be read in encodings of Latin letters, the likeliest first."""
    readings = []
    for codec, languages, prior in _ENCODINGS:
        try:
            # A byte that Windows-1252 lacks speaks against it, and does not rule it out.
            text = data.decode(codec, errors="replace" if codec == "cp1252" else "strict")
        except UnicodeDecodeError:
            continue
        parts = [(at, sign) for at, sign in enumerate(text) if sign > "\x7f"][:_MAX_JUDGED]
        for language in languages:
            chances = _chances(language)
            likelihood = prior + sum(_likelihood(text, at, chances) for at, _ in parts)
            readings.append(LatinReading(text, codec, language, likelihood))
    return sorted(readings, key=lambda reading: -reading.likelihood)


_MAX_JUDGED = 3_000


def is_in_doubt(best: LatinReading, other: LatinReading) -> bool:
    """Return True if another reading, with other letters, is nearly as likely."""
    return best.text != other.text and best.likelihood - other.likelihood < _MIN_DIFFERENCE


@cache
def _chances(language: str) -> dict[str, float]:
    letters = _LANGUAGES[language]
    weights = [1 / (rank + 1) for rank in range(len(letters))]
    return {
        letter: math.log(0.85 * weight / sum(weights))
        for letter, weight in zip(letters, weights, strict=True)
    }


def _likelihood(text: str, at: int, chances: dict[str, float]) -> float:
    sign = text[at]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if not sign.isalpha() or sign in "ºª":
        return _likelihood_of_sign(text, at, before, after)
    chance = chances.get(sign.lower(), _WRONG)
    if before.islower() and sign.isupper() and not after.isupper():
        return _WRONG
    if before.isdigit() or after.isdigit():
        chance += _ALONE
    if sign.isupper() and not (before.isupper() or after.isupper()):
        chance += _CAPITAL
    # A letter by itself is a word in few languages.
    if not before.isalpha() and not after.isalpha():
        chance += _ALONE
    return chance


def _likelihood_of_sign(text: str, at: int, before: str, after: str) -> float:
    sign = text[at]
    is_inside = before.isalpha() and after.isalpha()
    if sign == "’" and is_inside:
        rest = text[at + 1 : at + 3].lower()
        ends = any(rest.startswith(each) for each in _AFTER_APOSTROPHE)
        return _CONTRACTION if ends else _PLACED
    if sign in "–—…£€" and not is_inside:
        return _PLACED
    if sign in "–—…·\u00ad\xa0":
        return _SIGN
    if is_inside or (sign not in _QUOTES and sign not in _SIGNS):
        return _WRONG
    if sign in _QUOTES:
        opens = sign in "‘“„‚«‹"
        is_placed = not before.isalnum() if opens else not after.isalnum()
        return _PLACED if is_placed else _SIGN
    if sign in "¹²³ºª" and not before.isalnum():
        return _WRONG
    return _SIGN if unicodedata.category(sign)[0] != "L" else _WRONG
