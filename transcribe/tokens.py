"""What a token is: the text of one word, made safe to write anywhere, and compared by its sound."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Zero-width joiners stay: they hold some scripts' letters and emoji together.
_JOINERS = "\u200c\u200d"
_SAME = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


def tokens_of(text: str) -> list[str]:
    """The words of `text`: split at any white space, with invisible characters removed.

    What comes out holds no control, direction-override, surrogate or unassigned character and no
    white space, so it can stand in a text file, a caption and a terminal alike. NFC, so that two
    spellings of one accented letter are one.
    """
    if text.isascii() and text.isprintable():
        return text.split()
    visible = "".join(map(_visible, text))
    return unicodedata.normalize("NFC", visible).split()


def token(text: str) -> str:
    """`text` as one token: white space inside is dropped. Empty if nothing visible is left."""
    return "".join(tokens_of(text))


@lru_cache(maxsize=20_000)
def sound(text: str) -> str:
    """What two tokens are compared by: no capitals, no punctuation around them, plain quotes.

    A token of nothing but punctuation is compared as it is.
    """
    plain = text.casefold().translate(_SAME)
    return _EDGE.sub("", plain) or plain


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this token: not after `Dr.`, `e.g.` or an initial."""
    bare = text.rstrip("\"'’”)]»")
    if bare.endswith(("!", "?", "…")):
        return True
    if not bare.endswith("."):
        return False
    return bare.lower() not in ABBREVIATIONS and not _INITIAL.match(bare)


_INITIAL = re.compile(r"^(?:[A-Z]\.)+$")
ABBREVIATIONS = frozenset(
    f"{short}."
    for short in (
        *("dr", "mr", "mrs", "ms", "prof", "rev", "st", "sr", "jr", "hon", "capt", "sgt", "insp"),
        *("vs", "etc", "e.g", "i.e", "a.m", "p.m", "approx", "dept", "tel", "ext", "inc", "ltd"),
    )
)
"""“No.”, “Ed.” and “Co.” are not here: in speech they end sentences far more often."""


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Cn", "Co") and character not in _JOINERS:
        return ""
    return character
