"""The terms to look for: hidden terms and the ids of stories that are not released.

Titles of stories that are not released are not looked for. Most are made of everyday words
(“Nobody would talk to me”), which another story may well say; their ids, their media and their
hidden terms are looked for, and these cannot be anybody else’s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from library.core.look_alikes import as_latin
from library.records.hidden_terms import HiddenTerm
from library.records.story import ID_ALPHABET
from publish.leaks.binary_scan import ByteSearch
from publish.leaks.readings import (
    TEXT_BREAK,
    FoldedText,
    fold,
    folded_words,
    quick_readings,
    readings,
    sentence_readings,
)

MIN_DIGITS = 6
"""A number of at least so many digits is the same number however its digits are grouped."""
# Anything of an id's shape, known or not (docs/reference/what-people-write.md, “The last look”).
_ID = re.compile(rf"cs-[{ID_ALPHABET}]{{6}}(?![a-z0-9])".encode())
_DIGITS = re.compile(rb"\d(?:[\d ]*\d)?")
_WITHIN = re.compile(r"(?:[\w,;)’] |[\w,;] [(–—-]|[–—-] )$")
"""Pattern before a word that no sentence begins with."""
# Alone it is no sentence: who speaks, a name in a list, an attribute. “Will’s” is nobody’s verb.
_ALONE_BEFORE = re.compile(rf"(?:^|{TEXT_BREAK.strip()}|[\"“=]) ?$")
_ALONE_AFTER = re.compile(rf" ?(?:$|{TEXT_BREAK.strip()}|[\"”:])")
_POSSESSIVE = re.compile(r"['’]s(?!\w)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class LeakReason:
    """A finding in words that never hold the term itself."""

    words: str
    is_term: bool = True
    """True if it was a hidden term, so that even a file’s name must not be repeated."""

    def __str__(self) -> str:
        return self.words


UNRELEASED_ID = LeakReason("the id of a story that is not released", is_term=False)


def reason_of_term(term: HiddenTerm) -> LeakReason:
    """Return which entry of which private list a term is."""
    if term.number:
        return LeakReason(f"names.yml of {term.story}, entry {term.number}")
    return LeakReason(f"words redacted in {term.story}")


@dataclass(frozen=True)
class _Needle:
    """A term folded: its words one space apart, with a space at each end."""

    words: bytes
    why: LeakReason
    digits: bytes
    """All of it without spaces, where it is a number long enough to be told by its digits."""

    @classmethod
    def from_words(cls, words: bytes, why: LeakReason) -> _Needle:
        bare = words.replace(b" ", b"")
        return cls(words, why, bare if bare.isdigit() and len(bare) >= MIN_DIGITS else b"")

    @property
    def rare_words(self) -> tuple[bytes, ...]:
        """Words without one of which it cannot be in a text: the longest, taken for the rarest."""
        grouped = (self.digits[:length] for length in range(3, len(self.digits) + 1))
        return (max(self.words.split(), key=len), *grouped)


@dataclass(frozen=True)
class _CapitalisedName:
    """A term that is an ordinary word as well: it counts with its capital, within a sentence."""

    rare_words: tuple[bytes, ...]
    pattern: re.Pattern[str]
    why: LeakReason


def quick_folds(text: str) -> list[FoldedText]:
    """Return the quick readings of a text, folded."""
    return [fold(reading) for reading in quick_readings(text)]


@dataclass(frozen=True)
class Needles:
    """All terms to look for in one file."""

    released: frozenset[str]
    needles: tuple[_Needle, ...]
    names: tuple[_CapitalisedName, ...]
    as_bytes: tuple[tuple[bytes, LeakReason], ...]
    """Each term and hidden id in small ASCII letters, in UTF-8 and UTF-16, for what is no text."""
    everywhere: Needles | None = None
    """Needles for all files, where this adds some to it."""

    @classmethod
    def from_terms(
        cls, released: Collection[str], known: Collection[str], terms: Collection[HiddenTerm]
    ) -> Needles:
        hidden = [(story_id, UNRELEASED_ID) for story_id in sorted(set(known) - set(released))]
        firm = [(term.text, reason_of_term(term)) for term in terms if not term.ordinary]
        words = {
            needle: why for text, why in (*hidden, *firm) for needle in _folded_spellings(text)
        }
        names = {term.text: reason_of_term(term) for term in terms if term.ordinary}
        return cls(
            frozenset(released),
            tuple(_Needle.from_words(needle, why) for needle, why in words.items()),
            tuple(name for text, why in names.items() for name in _capitalised_names(text, why)),
            tuple((word, why) for text, why in (*hidden, *firm) for word in _encodings(text)),
        )

    def with_terms(self, terms: Collection[HiddenTerm]) -> Needles:
        """Return these and some more terms, without going through all that there is again."""
        added = Needles.from_terms((), (), terms)
        as_bytes = (*self.as_bytes, *added.as_bytes)
        return Needles(self.released, added.needles, added.names, as_bytes, self)

    @cached_property
    def byte_search(self) -> ByteSearch:
        if self.everywhere is None:
            return ByteSearch([word for word, _ in self.as_bytes])
        known = self.everywhere.byte_search
        return known.with_words([word for word, _ in self.as_bytes[len(known.words) :]])

    @cached_property
    def _needles_by_word(self) -> dict[bytes, list[_Needle | _CapitalisedName]]:
        by_word: dict[bytes, list[_Needle | _CapitalisedName]] = {}
        needles: list[_Needle | _CapitalisedName] = [*self.needles, *self.names]
        for needle in needles:
            for word in needle.rare_words:
                by_word.setdefault(word, []).append(needle)
        return by_word

    def in_text(self, text: str) -> set[LeakReason]:
        """Return the reasons to refuse a text, however a term is written in it."""
        quick = quick_folds(text)
        reasons = (
            {UNRELEASED_ID}
            if any(self._has_strange_id(text_folded) for text_folded in quick)
            else set()
        )
        candidates = {
            text_folded for folded in quick for text_folded in self._suspects(folded.words)
        }
        reasons.update(
            _reasons_of_needles(
                text,
                [text_folded for text_folded in candidates if isinstance(text_folded, _Needle)],
            )
        )
        reasons.update(
            _reasons_of_names(
                text,
                [
                    text_folded
                    for text_folded in candidates
                    if isinstance(text_folded, _CapitalisedName)
                ],
            )
        )
        return reasons

    def _suspects(self, words: set[bytes]) -> Iterator[_Needle | _CapitalisedName]:
        for word in self._needles_by_word.keys() & words:
            yield from self._needles_by_word[word]
        if self.everywhere is not None:
            yield from self.everywhere._suspects(words)

    def _has_strange_id(self, folded: FoldedText) -> bool:
        line = folded.line
        return any(
            match[0].decode() not in self.released
            for match in _ID.finditer(line)
            if not line[max(match.start() - 1, 0) : match.start()].isalnum()
        )


def _reasons_of_needles(text: str, needles: list[_Needle]) -> Iterator[LeakReason]:
    # Slow, so only for texts that hold one of the rare words.
    for reading in readings(text) if needles else ():
        folded = fold(reading)
        # The times of captions are digits too, and no telephone number.
        runs = _DIGITS.findall(folded.spaced) if "-->" not in reading else []
        numbers = [run.replace(b" ", b"") for run in runs]
        for needle in needles:
            lines = (folded.spaced, folded.joined)
            grouped = bool(needle.digits) and any(needle.digits in number for number in numbers)
            if grouped or any(needle.words in line for line in lines):
                yield needle.why


def _reasons_of_names(text: str, names: list[_CapitalisedName]) -> Iterator[LeakReason]:
    for reading in sentence_readings(text) if names else ():
        flat = " ".join(_visible_text(reading).split())
        for name in names:
            if any(_is_name(flat, match) for match in name.pattern.finditer(flat)):
                yield name.why


def _visible_text(text: str) -> str:
    """Return text as an eye reads it: letters in one form, without characters of no shape."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", as_latin(text)))


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Return True where a word has its capital as a name, not because a sentence begins."""
    before, after = (
        text[max(match.start() - 4, 0) : match.start()],
        text[match.end() : match.end() + 3],
    )
    # The name is the end of a longer word.
    if before[-1:].isalnum():
        return False
    if _POSSESSIVE.match(after) or _WITHIN.search(before):
        return True
    return bool(_ALONE_BEFORE.search(before) and _ALONE_AFTER.match(after))


@lru_cache(maxsize=10_000)
def _folded_spellings(text: str) -> frozenset[bytes]:
    """Return a term’s words as they may come out of folding."""
    # O’Brien is also written O Brien, St Mary’s also St Marys.
    spellings = {text, re.sub(r"['’]", " ", text), re.sub(r"['’]", "", text)}
    folded = [fold(spelling) for spelling in spellings]
    # A name that is really of another script, among other words of it.
    folded += [fold(spelling, look_alikes=False) for spelling in spellings]
    # Mary-Ann may be written as two words or as one.
    ways = {words for spelling in folded for words in (spelling.spaced, spelling.joined)}
    return frozenset(words for words in ways if words.strip())


def _encodings(text: str) -> Iterator[bytes]:
    yield text.encode().lower()
    # Without its last zero it is found in both byte orders.
    yield text.encode("utf-16-le").lower()[:-1]


def _capitalised_names(text: str, why: LeakReason) -> Iterator[_CapitalisedName]:
    words = text.split()
    folded = folded_words(text)
    # A term of signs alone: it would be found everywhere.
    if not folded:
        return
    # The text has every white space made one blank before.
    spelling = r"\s".join(re.escape(unicodedata.normalize("NFKC", word)) for word in words)
    pattern = re.compile(rf"{spelling}(?!\w)")
    yield _CapitalisedName((max(folded, key=len),), pattern, why)
