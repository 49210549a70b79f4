"""The words that are looked over, what is looked for in them, and what is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transcribe.redaction import phonetics
from transcribe.redaction.name_list import Entry, Kind
from transcribe.redaction.normalise import bare, folded, is_ordinary
from transcribe.words import is_sentence_end


@dataclass(frozen=True)
class Heard:
    """One word that is said and left: neither cut nor redacted."""

    text: str
    start: int
    end: int
    opens: bool = False
    """Whether it begins a paragraph."""
    after_gap: bool = False
    """Whether something that was redacted lies between it and the word before."""


@dataclass(frozen=True)
class Hit:
    """Words `first` up to, not including, `last`, that are or may be something listed."""

    first: int
    last: int
    sure: bool
    about: str = field(repr=False)
    """What it may be, folded: answers are remembered by it."""
    shown: str
    number: int = 0
    """Of the entry, from 1; 0 where it is in no list."""
    unlike: float = 0.0


@dataclass(frozen=True)
class Target:
    """Something that is looked for."""

    about: str
    shown: str
    number: int
    exact: tuple[tuple[str, ...], ...]
    """Spellings, each as its folded words, whose exact hits are sure."""
    asked: tuple[tuple[str, ...], ...] = ()
    """Spellings whose exact hits are questions."""
    sounding: tuple[tuple[str, ...], ...] = ()
    """Names, each as its folded words, that are looked for by their sound."""
    is_number: bool = False


def targets_of(entries: Sequence[Entry]) -> Iterator[Target]:
    """What a list asks to look for."""
    for number, entry in enumerate(entries, start=1):
        own: list[tuple[str, ...]] = [(folded(part),) for part in entry.own_parts]
        whole = [_words(spelling) for spelling in entry.spellings]
        person = entry.sort is Kind.PERSON
        distinct = [part for part in own if person or not is_ordinary(part[0])]
        names = [] if entry.sort is Kind.NUMBER else [_words(entry.name), *distinct]
        yield Target(
            about=folded(entry.name),
            shown=entry.stands,
            number=number,
            exact=tuple(whole + (own if person else [])),
            asked=() if person else tuple(distinct),
            sounding=tuple(dict.fromkeys(names)),
            is_number=entry.sort is Kind.NUMBER,
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(folded, text.replace("-", " ").split()))) or (folded(text),)


_COMMAS = frozenset(',;:—–()"”“')


class Talk:
    """The words that are looked over, with what is known about each."""

    def __init__(self, words: Sequence[Heard]) -> None:
        self.words = words
        bares = [bare(word.text) for word in words]
        self.plain = [one[1] for one in bares]
        self.folds = [folded(one) for one in self.plain]
        self.owning = [bool(one[2]) and one[2][:1] in "'’‘ʼ" for one in bares]
        self.commas = [bool(set(one[2]) & _COMMAS) for one in bares]
        self.capital = [one[:1].isupper() for one in self.plain]
        self.ends = [is_sentence_end(word.text) for word in words]
        self.opening = [
            number == 0 or word.opens or self.ends[number - 1] for number, word in enumerate(words)
        ]
        self.ordinary = [is_ordinary(fold) for fold in self.folds]
        self.heard = [phonetics.english_sounds(fold) for fold in self.folds]

    @cached_property
    def caseless(self) -> bool:
        """Whether nobody wrote capitals, as some tools do not: then they tell nothing."""
        written = sum(map(bool, self.folds))
        return written > 20 and sum(self.capital) * 100 < written

    def flat(self, first: int, last: int) -> bool:
        """Whether a window stays within a sentence and is not broken by a redaction."""
        inside = range(first + 1, last)
        return not any(self.words[at].after_gap or self.ends[at - 1] for at in inside)

    def unbroken(self, first: int, last: int) -> bool:
        """Whether nothing that was redacted lies within a window."""
        return not any(self.words[at].after_gap for at in range(first + 1, last))

    def joined(self, first: int, last: int) -> bool:
        """… and no comma divides it either: recognisers put none inside a name."""
        return self.flat(first, last) and not any(self.commas[first : last - 1])
