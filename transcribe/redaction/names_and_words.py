"""Tell ordinary English words from names: tables of words, of names in use, and of organisations.

`names_and_words.txt.xz` is made by `scripts/names_and_words.py`; the other lists were written by
hand. It is read when first asked for, and stays one sorted text in which a word is looked for by
halves: a dictionary of two hundred thousand words takes four times as long to make, and 50 MB.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from transcribe.redaction.normalise import folded, is_common, word_set

_ENGLISH, _RARE, _RATHER_A_NAME, _GIVEN, _SURNAME, _PLACE = "e", "r", "n", "f", "s", "p"

# Names that are on the list of common words as well, and are seldom said as words.
_RATHER_NAMES = word_set(
    "jack heather robin hazel holly warren lily chris iris ivy ruby rob ray pat sue don nick dawn "
    "jo al ed li wu xu ng bo ty vi ali abu ibrahim khan khans singh shah begum rani devi raja kaur "
    "imran yang omar amir rashid malik hussain sultana mina mo zed uma asha dev ravi"
)
_ENDINGS = ("s", "ness", "less", "like", "wise", "wide", "ish", "able", "ful", "ers", "er")
_BEGINNINGS = ("un", "re", "non", "over", "under", "mis", "pre", "anti", "super", "self", "semi")
_MIN_BASE_LETTERS = 4


@cache
def _table() -> bytes:
    """Return the lines of the table, sorted by their bytes: each a word, a tab and its letters."""
    return lzma.decompress((files("transcribe.redaction") / "names_and_words.txt.xz").read_bytes())


@lru_cache(maxsize=100_000)
def _letters_of(word: str) -> str:
    """Return the letters of a folded word, "" for one that the table lacks."""
    table, wanted = _table(), word.encode("utf-8", "surrogatepass")
    start, end = 0, len(table)
    while start < end:
        line = table.rfind(b"\n", start, (start + end) // 2) + 1 or start
        tab = table.index(b"\t", line)
        line_end = table.index(b"\n", tab)
        entry = table[line:tab]
        if entry == wanted:
            return table[tab + 1 : line_end].decode()
        if entry < wanted:
            start = line_end + 1
        else:
            end = line
    return ""


@cache
def _spoken_words() -> frozenset[str]:
    return frozenset(folded(word) for line in lines_of("spoken_words.txt") for word in line.split())


@cache
def _ordinary_capitals() -> frozenset[str]:
    lines = lines_of("ordinary_capitals.txt")
    return frozenset(folded(word) for line in lines for word in line.split())


@cache
def _organisations() -> dict[str, bool]:
    """Return words of organisations, folded, with True for those that are ordinary words."""
    return {
        " ".join(map(folded, line.removesuffix("?").split())): line.endswith("?")
        for line in lines_of("known_organisations.txt")
    }


def lines_of(name: str) -> list[str]:
    """Return the lines of a list in this folder, without comments."""
    text = (files("transcribe.redaction") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=50_000)
def is_english(word: str) -> bool:
    """Return True for a folded word that English has, or ordinary talk, or a number in digits."""
    if is_common(word) or _ENGLISH in _letters_of(word) or word in _spoken_words():
        return True
    if word in _ordinary_capitals() or not any(map(str.isalpha, word)):
        return True
    if _letters_of(word):
        return False  # a name, however much it looks like a form of a word
    return any(map(_is_plain_word, _bases(word)))


def _bases(word: str) -> Iterator[str]:
    """Yield the words that `word` may be made from by rule: “systemwide”, “unlistened”."""
    for ending in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= _MIN_BASE_LETTERS:
            yield base
    for beginning in _BEGINNINGS:
        base = word.removeprefix(beginning)
        if base != word and len(base) >= _MIN_BASE_LETTERS:
            yield base


def _is_plain_word(word: str) -> bool:
    letters = _letters_of(word)
    known = is_common(word) or _ENGLISH in letters or word in _spoken_words()
    return known and _RATHER_A_NAME not in letters


@lru_cache(maxsize=50_000)
def is_rather_a_name(word: str) -> bool:
    """Return True for an English word that is seldom said but as a name: “Heather”, “Lewis”."""
    letters = _letters_of(word)
    if word in _RATHER_NAMES or _RATHER_A_NAME in letters:
        return True
    return is_rare(word) and bool({_GIVEN, _SURNAME, _PLACE}.intersection(letters))


def is_rare(word: str) -> bool:
    """Return True for an English word that is hardly ever said: “larch”, “fulmar”."""
    return _RARE in _letters_of(word) and word not in _spoken_words()


def is_given_name(word: str) -> bool:
    """Return True for a folded word that people are called by, whatever else it means."""
    return word in _RATHER_NAMES or _GIVEN in _letters_of(word)


def is_surname(word: str) -> bool:
    return _SURNAME in _letters_of(word)


def is_place(words: str) -> bool:
    """Return True for the folded words, with spaces between, of a place or a country."""
    return _PLACE in _letters_of(words)


def is_ordinary_capital(word: str) -> bool:
    """Return True for a folded word that has a capital and tells nothing: “Monday”, “NHS”."""
    known = _ordinary_capitals()
    return word in known or (word.endswith("s") and len(word) > 4 and word[:-1] in known)


def is_organisation(words: str) -> bool:
    """Return True for the folded words of a known organisation that are nothing else."""
    return _organisations().get(words) is False


def is_organisation_or_word(words: str) -> bool:
    """Return True for those of any known organisation: “Mind”, “Boots”."""
    return words in _organisations()
