"""Make words comparable: fold their spelling, split off punctuation, know the common ones.

The list of common words keeps questions about names from drowning an editor. It was written by hand
for this project, and holds no word that is a name and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from library.core.look_alikes import as_latin

# Letters that NFKD leaves whole, as people without them on the keyboard write them.
_LETTERS_WITHOUT_MARKS = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe",
        "ı": "i", "ħ": "h", "ŋ": "ng", "ə": "e", "ɛ": "e", "ɔ": "o",
    }
)  # fmt: skip
_APOSTROPHES = "'’‘ʼ`´"
_POSSESSIVE = re.compile(
    rf"(?:[{_APOSTROPHES}](?:s|ll|d|ve|re)|(?<=s)[{_APOSTROPHES}])$", re.IGNORECASE
)
_EDGES = re.compile(r"^[\W_]*(.*?)([\W_]*)$", re.DOTALL)


def word_set(text: str) -> frozenset[str]:
    """Return the words of `text` as a set. Raises ValueError where one stands in it twice."""
    listed = text.split()
    twice = sorted({word for word in listed if listed.count(word) > 1})
    if twice:
        raise ValueError(f"Words that are listed twice: {', '.join(twice)}")
    return frozenset(listed)


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """Return `text` in small letters and digits alone, words run together; empty without any.

    Letters of other scripts stay, so that a name in them can be found.
    """
    plain = _folded_once(text)
    # A small letter may look Latin where its capital does not (Ɯ and ɯ), so until nothing changes.
    while not plain.isascii() and (again := _folded_once(plain)) != plain:
        plain = again
    return plain


def _folded_once(text: str) -> str:
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    # Taken apart after `casefold`, which may leave marks on letters.
    latin = as_latin(unicodedata.normalize("NFKC", text), in_context=False)
    decomposed = unicodedata.normalize("NFKD", latin.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return "".join(filter(str.isalnum, bare.translate(_LETTERS_WITHOUT_MARKS)))


def split_token(token: str) -> tuple[str, str, str]:
    """Return what stands before a token’s word, the word, and what follows: its ’s or ’ll too."""
    match = _EDGES.match(token)
    word, after = (match[1], match[2]) if match else (token, "")
    before = token[: len(token) - len(word) - len(after)]
    # The apostrophe of “James’” is among what the edges took.
    with_apostrophe = word + after[:1] if after[:1] and after[:1] in _APOSTROPHES else word
    possessive = _POSSESSIVE.search(with_apostrophe)
    if possessive and possessive.start() > 0:
        return (
            before,
            with_apostrophe[: possessive.start()],
            token[len(before) + possessive.start() :],
        )
    return before, word, after


@lru_cache(maxsize=50_000)
def folded_word(token: str) -> str:
    """Return a token folded without its possessive: “Daniel’s,” is `daniel`."""
    return folded(split_token(token)[1])


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are written: “Mary-Ann O’Neill” has two."""
    return tuple(part for part in name.split() if folded(part))


_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("es", "e"),
    ("es", ""),
    ("s", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
    ("ily", "y"),
    ("ly", ""),
)
_MIN_BASE_LETTERS = 3

MONTHS = word_set(
    "january february march april may june july august september october november december"
)


@cache
def _common_words() -> frozenset[str]:
    text = (files("transcribe.redaction") / "common_words.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    # Folded as words of a story are, or “don't” would never be found.
    return frozenset(folded(word) for line in lines for word in line.split())


@lru_cache(maxsize=50_000)
def is_common(word: str) -> bool:
    """Return True for a folded word of ordinary talk, a single letter, or a number in digits."""
    words = _common_words()
    if len(word) < 2 or word in words or word.isdigit():
        return True
    return any(
        base in words
        for ending, put in _ENDINGS
        if word.endswith(ending) and len(base := word[: -len(ending)] + put) >= _MIN_BASE_LETTERS
    )
