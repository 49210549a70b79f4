"""Types of the search for names: the words of a story, what is looked for, and what is found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transcribe.redaction import phonetics
from transcribe.redaction.name_list import ListedName, NameKind
from transcribe.redaction.normalise import folded, is_common, split_token
from transcribe.words import is_sentence_end


@dataclass(frozen=True)
class SpokenWord:
    """A word that is heard: neither cut nor redacted. Times are milliseconds."""

    text: str
    start: int
    end: int
    opens_paragraph: bool = False
    after_gap: bool = False
    """True if something that was redacted lies between it and the word before."""


@dataclass(frozen=True)
class Hit:
    """Words `first` up to, not including, `last`, that are or may be something listed."""

    first: int
    last: int
    is_sure: bool
    key: str = field(repr=False)
    """Name or number it may be, folded: answers are remembered by it."""
    replacement: str
    entry_number: int = 0
    """Of the entry, from 1; 0 where it is in no list."""
    distance: float = 0.0


@dataclass(frozen=True)
class SearchTarget:
    """A name or number that is looked for."""

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
    small_word: str = ""
    """An ordinary word that was listed without a capital: asked about wherever it is said."""
    initials: str = ""
    """First letters of a person's name, as “rm”: asked about where they stand for the name."""

    def hit(self, first: int, last: int, *, is_sure: bool, distance: float = 0.0) -> Hit:
        """Return a hit of this target on words `first` up to, not including, `last`."""
        return Hit(first, last, is_sure, self.key, self.replacement, self.entry_number, distance)


def search_targets(entries: Sequence[ListedName]) -> Iterator[SearchTarget]:
    """Yield what is looked for on behalf of each listed name."""
    for number, entry in enumerate(entries, start=1):
        own: list[tuple[str, ...]] = [(folded(part),) for part in entry.single_names]
        short = [(folded(part),) for part in entry.short_names]
        whole = [
            _folded_words(said)
            for spelling in entry.spellings
            for said in (spelling, *_said_signs(spelling))
        ]
        person = entry.effective_kind is NameKind.PERSON
        # Of “Larch House” only “Larch”: “house” would be asked about all the time.
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
            sure_spellings=tuple(
                dict.fromkeys([*whole, *(own if person else []), *short, *entry.whole_parts])
            ),
            unsure_spellings=tuple(
                [(folded(part),) for part in entry.bare_names] if person else distinct
            ),
            phonetic_names=tuple(dict.fromkeys(names)),
            is_number=entry.effective_kind is NameKind.NUMBER,
            small_word=folded(entry.name) if entry.name == entry.name.casefold() else "",
            initials=entry.initials,
        )


def _said_signs(name: str) -> Iterator[str]:
    """Yield how a name with signs and digits is said: “Ward number four”, “C sharp”, “R and B”."""
    said = name
    for pattern, words in _SIGNS:
        said = pattern.sub(words, said)
    plain = _NUMBER_SIGN.sub(" ", name)
    for form in dict.fromkeys((said, plain)):
        with_words = _SMALL_NUMBER.sub(lambda match: NUMBER_NAMES[int(match[0])], form)
        yield from (each for each in (form, with_words) if each != name)


_NUMBER_SIGN = re.compile(r"(?:#|№|\b[Nn]o\.?|\b[Nn]umber)\s*(?=\d)")
_SIGNS = (
    (_NUMBER_SIGN, " number "),
    (re.compile(r"(?<=[A-Za-z])#"), " sharp "),
    (re.compile(r"\+"), " plus "),
    (re.compile(r"&"), " and "),
    (re.compile(r"@"), " at "),
)
_SMALL_NUMBER = re.compile(r"(?<!\d)(?:1?\d|20)(?!\d)")
NUMBER_NAMES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)


def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(folded, text.replace("-", " ").split()))) or (folded(text),)


_APOSTROPHES = frozenset("'’‘ʼ")


def _begins_possessive(parts: Sequence[tuple[str, str, str]], at: int) -> bool:
    """Return True where ’s is a word of its own, as at a cue’s end: “Daniel | ’s”."""
    before, bare, _ = parts[at] if at < len(parts) else ("", "", "")
    return before[-1:] != "" and before[-1:] in _APOSTROPHES and bare.casefold() == "s"


_COMMAS = frozenset(',;:—–()"”“')


class SpokenText:
    """The words of a story, with lists of what is known about each, index by index."""

    def __init__(self, words: Sequence[SpokenWord]) -> None:
        self.words = words
        parts = [split_token(word.text) for word in words]
        self.bare_words = [bare for _, bare, _ in parts]
        self.folded_words = [folded(bare) for bare in self.bare_words]
        self.is_possessive = [
            after[:1] in _APOSTROPHES if after else _begins_possessive(parts, number + 1)
            for number, (_, _, after) in enumerate(parts)
        ]
        self.has_comma_after = [bool(set(after) & _COMMAS) for _, _, after in parts]
        self.is_capitalised = [bare[:1].isupper() for bare in self.bare_words]
        self.ends_sentence_at = [is_sentence_end(word.text) for word in words]
        self.starts_sentence = [
            number == 0 or word.opens_paragraph or self.ends_sentence_at[number - 1]
            for number, word in enumerate(words)
        ]
        self.is_common = [is_common(word) for word in self.folded_words]
        self.sounds = [phonetics.english_sounds(word) for word in self.folded_words]

    @cached_property
    def is_caseless(self) -> bool:
        """True if nobody wrote capitals, as some tools do not: their absence then tells nothing."""
        written = sum(map(bool, self.folded_words))
        # Fewer than one word in a hundred; in 20 words there may be none by chance.
        return written > 20 and sum(self.is_capitalised) * 100 < written

    def is_in_one_sentence(self, first: int, last: int) -> bool:
        """Return True if words `first` to `last` lie in a sentence, and no redaction in them."""
        inside = range(first + 1, last)
        return not any(self.words[at].after_gap or self.ends_sentence_at[at - 1] for at in inside)

    def is_unbroken(self, first: int, last: int) -> bool:
        """Return True if no redaction lies within words `first` to `last`."""
        return not any(self.words[at].after_gap for at in range(first + 1, last))

    def is_phrase(self, first: int, last: int) -> bool:
        """Return True if no comma divides them either: recognisers put none inside a name."""
        return self.is_in_one_sentence(first, last) and not any(
            self.has_comma_after[first : last - 1]
        )
