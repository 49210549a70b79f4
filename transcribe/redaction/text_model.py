"""The words that are looked over, what is looked for in them, and what is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transcribe.redaction import phonetics
from transcribe.redaction.name_list import ListedName, NameKind
from transcribe.redaction.normalise import folded, is_common, split_token
from transcribe.words import is_sentence_end


@dataclass(frozen=True)
class SpokenWord:
    """One word that is said and left: neither cut nor redacted."""

    text: str
    start: int
    end: int
    opens_paragraph: bool = False
    """Whether it begins a paragraph."""
    after_gap: bool = False
    """Whether something that was redacted lies between it and the word before."""


@dataclass(frozen=True)
class Hit:
    """Words `first` up to, not including, `last`, that are or may be something listed."""

    first: int
    last: int
    is_sure: bool
    key: str = field(repr=False)
    """What it may be, folded: answers are remembered by it."""
    replacement: str
    entry_number: int = 0
    """Of the entry, from 1; 0 where it is in no list."""
    distance: float = 0.0


@dataclass(frozen=True)
class SearchTarget:
    """Something that is looked for."""

    key: str
    replacement: str
    entry_number: int
    sure_spellings: tuple[tuple[str, ...], ...]
    """Spellings, each as its folded words, whose exact hits are sure."""
    unsure_spellings: tuple[tuple[str, ...], ...] = ()
    """Spellings whose exact hits are questions."""
    phonetic_names: tuple[tuple[str, ...], ...] = ()
    """Names, each as its folded words, that are looked for by their sound."""
    is_number: bool = False


def search_targets(entries: Sequence[ListedName]) -> Iterator[SearchTarget]:
    """What a list asks to look for."""
    for number, entry in enumerate(entries, start=1):
        own: list[tuple[str, ...]] = [(folded(part),) for part in entry.single_names]
        whole = [_folded_words(spelling) for spelling in entry.spellings]
        person = entry.effective_kind is NameKind.PERSON
        distinct = [part for part in own if person or not is_common(part[0])]
        names = (
            []
            if entry.effective_kind is NameKind.NUMBER
            else [_folded_words(entry.name), *distinct]
        )
        yield SearchTarget(
            key=folded(entry.name),
            replacement=entry.replacement,
            entry_number=number,
            sure_spellings=tuple(whole + (own if person else [])),
            unsure_spellings=() if person else tuple(distinct),
            phonetic_names=tuple(dict.fromkeys(names)),
            is_number=entry.effective_kind is NameKind.NUMBER,
        )


def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(folded, text.replace("-", " ").split()))) or (folded(text),)


_COMMAS = frozenset(',;:—–()"”“')


class SpokenText:
    """The words that are looked over, with what is known about each."""

    def __init__(self, words: Sequence[SpokenWord]) -> None:
        self.words = words
        bares = [split_token(word.text) for word in words]
        self.bare_words = [word[1] for word in bares]
        self.folds = [folded(one) for one in self.bare_words]
        self.is_possessive = [bool(one[2]) and one[2][:1] in "'’‘ʼ" for one in bares]
        self.has_comma_after = [bool(set(one[2]) & _COMMAS) for one in bares]
        self.is_capitalised = [one[:1].isupper() for one in self.bare_words]
        self.ends_sentence_at = [is_sentence_end(word.text) for word in words]
        self.starts_sentence = [
            number == 0 or word.opens_paragraph or self.ends_sentence_at[number - 1]
            for number, word in enumerate(words)
        ]
        self.is_common = [is_common(fold) for fold in self.folds]
        self.sounds = [phonetics.english_sounds(fold) for fold in self.folds]

    @cached_property
    def is_caseless(self) -> bool:
        """Whether nobody wrote capitals, as some tools do not: then they tell nothing."""
        written = sum(map(bool, self.folds))
        return written > 20 and sum(self.is_capitalised) * 100 < written

    def is_in_one_sentence(self, first: int, last: int) -> bool:
        """Whether a window stays within a sentence and is not broken by a redaction."""
        inside = range(first + 1, last)
        return not any(self.words[at].after_gap or self.ends_sentence_at[at - 1] for at in inside)

    def is_unbroken(self, first: int, last: int) -> bool:
        """Whether nothing that was redacted lies within a window."""
        return not any(self.words[at].after_gap for at in range(first + 1, last))

    def is_phrase(self, first: int, last: int) -> bool:
        """… and no comma divides it either: recognisers put none inside a name."""
        return self.is_in_one_sentence(first, last) and not any(
            self.has_comma_after[first : last - 1]
        )
