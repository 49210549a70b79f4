"""Text as nothing but its words, so that two ways of writing the same words are the same bytes.

Small letters, no accents, no apostrophes, no invisible characters; a possessive “’s” is dropped;
every other character that is no letter or digit is a space. Hyphens are kept to the last, because
“Mary-Jane” is read as two words and as one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

_FEW = 40
"""Up to so many different characters, replacing one after the other is quicker than translating."""
_SPECIAL = {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i"}
"""Letters that Unicode does not take apart into a letter and an accent."""
_SPECIAL |= {"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ð": "d", "Ð": "d"}
_APOSTROPHES = "'’‘ʼ`´ʹ′＇"
_ASCII = bytes(
    ord(chr(byte).lower()) if chr(byte).isalnum() or byte in b"'-" or byte > 127 else 32
    for byte in range(128)
) + bytes(range(128, 256))
_APOSTROPHE = re.compile(rb"'(?:s\b)?")
_BROKEN = re.compile(rb"-\s+")


@dataclass(frozen=True)
class Folded:
    """Folded text in UTF-8. `line` still has its hyphens; `spaced` and `joined` have none."""

    line: bytes

    @cached_property
    def words(self) -> set[bytes]:
        """Every word there is, those with a hyphen both in their parts and as one."""
        words = set(self.line.split())
        for word in [word for word in words if b"-" in word]:
            words.update(word.split(b"-"))
            words.add(word.replace(b"-", b""))
        return words

    @cached_property
    def spaced(self) -> bytes:
        """The words one space apart, and a space at each end; hyphens part words."""
        return _one_space_apart(self.line.replace(b"-", b" "))

    @cached_property
    def joined(self) -> bytes:
        """The same; hyphens are nothing."""
        return _one_space_apart(self.line.replace(b"-", b""))


def fold(text: str) -> Folded:
    """The words of `text`."""
    if not text.isascii():
        text = _plain(text)
    line = text.encode("utf-8", "replace").translate(_ASCII)
    return Folded(_BROKEN.sub(b"-", _APOSTROPHE.sub(b"", line)))


def _plain(text: str) -> str:
    strange = {character for character in set(text) if character > "\x7f"}
    if len(strange) > _FEW:
        return text.translate({ord(character): _folded(character) for character in strange})
    for character in strange:
        text = text.replace(character, _folded(character))
    return text


@lru_cache(maxsize=100_000)
def _folded(character: str) -> str:
    """Without accent and case; what is no letter or digit is an apostrophe, a hyphen or a space."""
    if character in _APOSTROPHES:
        return "'"
    if character in _SPECIAL:
        return _SPECIAL[character]
    if unicodedata.category(character) == "Pd":
        return "-"
    return "".join(_part(part) for part in unicodedata.normalize("NFKD", character).casefold())


def _part(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return ""
    return character if character.isalnum() or character in "'-" else " "


def _one_space_apart(line: bytes) -> bytes:
    return b" " + b" ".join(line.split()) + b" "
