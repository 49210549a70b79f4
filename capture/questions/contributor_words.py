"""The program's own words for a contributor, in the language of their question set.

One file of `words/` holds a language: a line, or a list of lines, under each key. English is the
measure. A line that is missing elsewhere is said in English, and is marked as English, so that it
is read aloud, hyphenated and set in its own direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from library.core import yaml_document
from library.core.isolation import isolated
from library.core.languages import direction

ENGLISH = "en"
_FOLDER = Path(__file__).with_name("words")
_CHECKED = "checked_by"
"""The key that says who, a native speaker, has read the file: nothing that is said."""
_BLANK = re.compile(r"\{(\w+)\}")
Wording = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class SpokenLine:
    """A line and the language that it is in: a BCP 47 tag."""

    text: str
    language: str

    @property
    def dir(self) -> str:
        return direction(self.language.lower())


@dataclass(frozen=True)
class ContributorWords:
    """Every line in one language, with English where that has none."""

    language: str
    """BCP 47 tag of the question set; `en` where it names none."""
    own: Wording

    @property
    def dir(self) -> str:
        return direction(self.language.lower())

    @property
    def is_english(self) -> bool:
        return _plain(self.language) == ENGLISH

    def lines(self, key: str, **values: str | SpokenLine) -> list[SpokenLine]:
        """Return the lines under a key, filled in, with each value isolated from them."""
        own = self.own.get(key, ())
        return [
            SpokenLine(_filled(own[number], values, self.language), self.language)
            if number < len(own) and own[number]
            else SpokenLine(_filled(english, values, ENGLISH), ENGLISH)
            for number, english in enumerate(english_words()[key])
        ]

    def line(self, key: str, **values: str | SpokenLine) -> SpokenLine:
        """Return the one line under a key, filled in."""
        return self.lines(key, **values)[0]

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the keys of lines that are said in English; of a list with the line's number."""
        return tuple(
            key if len(lines) == 1 else f"{key} {number}"
            for key, lines in english_words().items()
            for number in range(1, len(lines) + 1)
            if not (own := self.own.get(key, ())) or number > len(own) or not own[number - 1]
        )


def words_in(language: str) -> ContributorWords:
    """Return the words for a question set of a language; "" is English."""
    tag = language or ENGLISH
    for candidate in (tag.lower(), _plain(tag)):
        if (wording := _read(candidate)) is not None:
            return ContributorWords(tag, wording)
    return ContributorWords(tag, {})


def languages() -> list[str]:
    """Return the tags of the languages that have a file."""
    return sorted(path.stem for path in _FOLDER.glob("*.yml"))


def english_words() -> Wording:
    """Return every line in English, which no other language may lack."""
    return _read(ENGLISH) or {}


def faults(language: str) -> Iterator[str]:
    """Yield what is wrong in the file of a language, as sentences."""
    wording, measure = _read(language) or {}, english_words()
    for key in sorted(wording.keys() - measure.keys()):
        yield f"{language}: there is no “{key}” in English."
    for key, lines in measure.items():
        own = wording.get(key, ())
        if len(own) != len(lines):
            yield f"{language}: “{key}” has {len(own)} lines, and {len(lines)} in English."
        for english, translated in zip(lines, own, strict=False):
            if set(_BLANK.findall(english)) != set(_BLANK.findall(translated)):
                yield f"{language}: “{key}” does not fill in what it does in English."


def _plain(tag: str) -> str:
    return tag.lower().split("-")[0]


def _filled(text: str, values: dict[str, str | SpokenLine], language: str) -> str:
    def value_of(blank: re.Match[str]) -> str:
        value = values.get(blank[1], blank[0])
        if not isinstance(value, SpokenLine):
            return isolated(value, language)
        return value.text if value.language == language else isolated(value.text, language)

    # Not str.format: what is filled in may have braces in it.
    return _BLANK.sub(value_of, text)


@cache
def _read(language: str) -> Wording | None:
    path = _FOLDER / f"{language}.yml"
    if not re.fullmatch(r"[a-z0-9-]{2,20}", language) or not path.is_file():
        return None
    tree, _ = yaml_document.read_tree(path.read_text(encoding="utf-8"))
    return {
        key: tuple(value) if isinstance(value, list) else (value,)
        for key, value in tree.items()
        if key != _CHECKED
    }
