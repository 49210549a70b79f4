"""Words of a story with what the rules for names ask about each: capitals, sentences, commas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.normalise import folded_word, split_token
from transcribe.words import is_sentence_end

MIN_WORDS_FOR_CAPITALS = 12
MOSTLY = 0.6


@dataclass(frozen=True)
class SaidWord:
    """A word of a story that is heard, and in which paragraph."""

    text: str
    paragraph: int
    after_gap: bool = False
    """True if something cut or redacted lies between it and the word before."""


@dataclass(frozen=True)
class NameFind:
    """One place where a name may be said."""

    first: int
    last: int
    kind: NameKind | None = None
    is_phrase: bool = False
    """True for what names something as a whole, however ordinary its words are."""


class TalkOfNames:
    """The words of a story, with what the rules ask about each.

    What dashes join are words by themselves: “it—I” is two.
    """

    def __init__(self, words: Sequence[SaidWord]) -> None:
        pieces = [
            (number, piece, rest)
            for number, word in enumerate(words)
            for piece, rest in _pieces(word.text)
        ]
        self.words = [words[number] for number, _, _ in pieces]
        self.numbers = [number for number, _, _ in pieces]
        """Number of the word of the story that each is, or is a piece of."""
        parts = [split_token(piece) for _, piece, _ in pieces]
        self.bare = [bare for _, bare, _ in parts]
        self.fold = [folded_word(piece) for _, piece, _ in pieces]
        self.owns = [after[:1] != "" and after[:1] in "'’‘ʼ" for _, _, after in parts]
        self.comma_after = [
            has_rest or bool(set(after) & _COMMAS)
            for (_, _, after), (_, _, has_rest) in zip(parts, pieces, strict=True)
        ]
        self.capital = [_has_capital(bare) for bare in self.bare]
        quoted = [bool(set(before) & _QUOTES) for before, _, _ in parts]
        self.ends = [
            (is_sentence_end(piece) and not has_rest)
            or at + 1 == len(pieces)
            or self.words[at + 1].paragraph != self.words[at].paragraph
            or (self.words[at + 1].after_gap and not has_rest)
            for at, (_, piece, has_rest) in enumerate(pieces)
        ]
        self.starts = [
            at == 0 or self.ends[at - 1] or quoted[at] or pieces[at - 1][2]
            for at in range(len(pieces))
        ]
        self.cased = self._cased_words()
        self._said_at: dict[str, list[int]] = {}
        for at, fold in enumerate(self.fold):
            self._said_at.setdefault(fold, []).append(at)

    def _cased_words(self) -> list[bool]:
        """Return for each word whether capitals mean something in its paragraph."""
        cased = [False] * len(self.words)
        first = 0
        while first < len(self.words):
            last = first
            while last < len(self.words) and (
                self.words[last].paragraph == self.words[first].paragraph
            ):
                last += 1
            numbers = [n for n in range(first, last) if self.fold[n] and self.fold[n] != "i"]
            capitals = sum(self.capital[n] and not self.fold[n].startswith("i") for n in numbers)
            mostly = len(numbers) >= MIN_WORDS_FOR_CAPITALS and capitals > MOSTLY * len(numbers)
            none = not any(self.capital[n] for n in numbers if n == first or not self.starts[n])
            cased[first:last] = [not mostly and not (none and not self.capital[first])] * (
                last - first
            )
            first = last
        return cased

    def said_at(self, fold: str) -> Sequence[int]:
        """Return where a folded word is said."""
        return self._said_at.get(fold, ())

    def before(self, at: int) -> str:
        return self.fold[at - 1] if at and not self.starts[at] else ""

    def after(self, at: int) -> str:
        return self.fold[at + 1] if at + 1 < len(self.fold) and not self.ends[at] else ""

    def goes_on(self, at: int) -> bool:
        """Return True if the next word is of the same phrase."""
        return not self.ends[at] and not self.comma_after[at]

    def phrase(self, first: int, last: int) -> str:
        return " ".join(self.fold[first:last])


_DASHES = re.compile(r"(?<=\w)[\"”’)]*(?:[—–/…]|\.{2,}|--)+(?=\W*\w)")


@lru_cache(maxsize=50_000)
def _pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """Return what dashes divide a word into, and for each whether another follows."""
    pieces = [piece for piece in _DASHES.split(text) if piece]
    return tuple((piece, number < len(pieces)) for number, piece in enumerate(pieces, start=1))


_COMMAS = frozenset(',;:—–()"”“')
_QUOTES = frozenset("\"“‘'«")


@lru_cache(maxsize=50_000)
def _has_capital(bare: str) -> bool:
    return any(map(str.isupper, bare)) and not bare.isdigit()
