"""The list of words that the search takes for each other: `interviews/search-words.yml`.

    forms:                       # forms of one word, as good as the word itself
      - [ring, rang, rung]
    same:                        # words that say the same: found further down, and shown as such
      - [sectioned, Mental Health Act, MHA]
    related:                     # one way: below those
      - words: [hospital]
        also: [ward, bed]
    short:                       # what staff write short: read as the words in full
      - words: [hx, h/x]
        means: history
    support:                     # typed by somebody who may ask for themselves
      - I can't cope

A library without the file uses the one of this version; with an empty one it has no such words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import msgspec

from library.core import yaml_document
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import Workspace
from library.core.yaml_document import FieldPath, Problem, YamlFile, ended, parse_yaml
from library.workspace_template import template
from publish.search.tokens import NOT_A_WORD, STOP_WORDS, fold_word, stem, words_in

WORD_LIST_FILE = "interviews/search-words.yml"
_MAX_CHARACTERS = 60
MAX_WORDS = 6
"""Words in a phrase: the browser looks for longer ones in no question."""
_MOST_SAME, _MOST_RELATED = 24, 12
"""Words that are looked for besides one that was typed."""


class RelatedWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words, and what else is looked for when somebody looks for one of them."""

    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class ShortForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Abbreviations, and the words in full that a question with one of them is read as."""

    words: tuple[str, ...] = ()
    means: str = ""


class WordList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`search-words.yml`."""

    forms: tuple[tuple[str, ...], ...] = ()
    same: tuple[tuple[str, ...], ...] = ()
    related: tuple[RelatedWords, ...] = ()
    short: tuple[ShortForm, ...] = ()
    support: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Every word and phrase of the list."""
        groups = (*self.forms, *self.same, *(one.words + one.also for one in self.related))
        short = ((*one.words, one.means) for one in self.short)
        return (*(text for group in (*groups, *short) for text in group), *self.support)


WordListFile = YamlFile[WordList]
"""The file, with everything that is wrong in it."""


class Nearness(IntEnum):
    """Relation of a word to the one that was typed. `search-index.js` knows the numbers."""

    FORM = 0
    SAME = 1
    RELATED = 2


@dataclass(frozen=True)
class OtherWord:
    """A word or phrase that is looked for as well."""

    text: str
    nearness: Nearness


def word_list(workspace: Workspace) -> WordList:
    """Return the list of a library, or that of this version where it has none.

    Raises BadInput with every fault of the file.
    """
    return _record(read_word_list(workspace))


def _record(file: WordListFile) -> WordList:
    if file.record is None or file.problems:
        faults = " ".join(ended(f"{WORD_LIST_FILE}, {problem}") for problem in file.problems)
        raise BadInput(faults, "Mend that and check it with: carer-stories site search-words")
    return file.record


def shipped_word_list() -> WordList:
    """Return the list of this version."""
    return _record(_read(template().search_words))


def in_full(words: WordList, text: str) -> str:
    """Return what an abbreviation is read as; any other text as it is."""
    return short_forms(words).get(" ".join(_words(text)), text)


def read_word_list(workspace: Workspace) -> WordListFile:
    """Return the file with its faults; that of this version where the library has none."""
    own = workspace.search_words
    return _read(own if own.is_file() else template().search_words)


def _read(path: Path) -> WordListFile:
    return parse_word_list(yaml_document.read_bytes(path, shown_as=WORD_LIST_FILE), path)


def parse_word_list(data: bytes, path: Path) -> WordListFile:
    """Return `data` as a list of words, or with what is wrong. Never raises for what is in it."""
    # A `#` that may be meant for a remark is said in each run: so such a list is read in each.
    parse = _parsed.__wrapped__ if _parsed(data).lines.unclear else _parsed
    return replace(parse(data), path=path)


@lru_cache(maxsize=4)  # a build asks for the list of the library and for the shipped one, often
def _parsed(data: bytes) -> WordListFile:
    path = Path(WORD_LIST_FILE)
    fields = sorted({*WordList.__struct_fields__, "words", "also", "means"})
    file = parse_yaml(data, path, WordList, fields=fields)
    if file.record is None:
        faults = _problems(file, file.draft) if file.draft else ()
        return file.with_problems_of_draft(faults)
    return file.with_problems(_problems(file, file.record))


@lru_cache(maxsize=16_384)  # a build asks for those of the list some five times
def phrase_key(text: str) -> str:
    """Return the stems of a phrase, parted by blanks: its spellings and endings are equal."""
    return " ".join(stem(word) for word in _words(text))


def without(words: WordList, hidden: Collection[str]) -> WordList:
    """Return the list without entries that hold one of the `hidden` texts."""
    keys = [f" {key} " for key in map(phrase_key, hidden) if key]
    if not keys:
        return words

    def shown(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(
            text for text in texts if not any(key in f" {phrase_key(text)} " for key in keys)
        )

    related = (RelatedWords(words=shown(one.words), also=shown(one.also)) for one in words.related)
    return WordList(
        forms=tuple(map(shown, words.forms)),
        same=tuple(map(shown, words.same)),
        related=tuple(related),
        short=tuple(
            ShortForm(words=shown(one.words), means=one.means)
            for one in words.short
            if shown((one.means,))
        ),
        support=shown(words.support),
    )


@lru_cache(maxsize=4)
def short_forms(words: WordList) -> Mapping[str, str]:
    """Return for each abbreviation, as its folded words parted by blanks, the words in full."""
    return {
        " ".join(_words(text)): " ".join(_words(one.means))
        for one in words.short
        for text in one.words
    }


@lru_cache(maxsize=4)
def other_words(words: WordList) -> Mapping[str, tuple[OtherWord, ...]]:
    """Return what is looked for besides each word or phrase of the list, nearest first.

    Words that differ by their endings alone are one.
    """
    forms, same, written = _groups(words.forms), _groups(words.same), _written(words)
    related = _related(words, forms, same)
    others: dict[str, tuple[OtherWord, ...]] = {}
    for key, text in written.items():
        own = forms.get(key, (key,))
        equal = _merged(same, own)
        near = [form for one in equal for form in forms.get(one, (one,))]
        far = [form for one in _merged(related, (*own, *equal)) for form in forms.get(one, (one,))]
        nearness: dict[str, Nearness] = dict.fromkeys(own, Nearness.FORM)
        for number, some, most in (
            (Nearness.SAME, near, _MOST_SAME),
            (Nearness.RELATED, far, _MOST_RELATED),
        ):
            for one in [one for one in dict.fromkeys(some) if one not in nearness][:most]:
                nearness[one] = number
        nearness.pop(key, None)
        if nearness:
            others[text] = tuple(OtherWord(written[one], how) for one, how in nearness.items())
    return others


def others_of(words: WordList, text: str) -> tuple[OtherWord, ...]:
    """Return what is looked for besides a word or phrase that somebody types."""
    by_key = {phrase_key(typed): others for typed, others in other_words(words).items()}
    return by_key.get(phrase_key(text), ())


def _groups(groups: Iterable[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return for each key of a group all keys of it."""
    by_key: dict[str, tuple[str, ...]] = {}
    for group in groups:
        keys = tuple(dict.fromkeys(map(phrase_key, group)))
        for key in keys:
            by_key[key] = tuple(dict.fromkeys((*by_key.get(key, ()), *keys)))
    return by_key


def _written(words: WordList) -> dict[str, str]:
    """Return each key with the text that is shown for it, the first as it was written."""
    texts: dict[str, str] = {}
    groups = (*words.same, *words.forms, *(one.words + one.also for one in words.related))
    for group in groups:
        for text in group:
            texts.setdefault(phrase_key(text), text)
    texts.pop("", None)
    return texts


def _related(
    words: WordList, forms: dict[str, tuple[str, ...]], same: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return for each key what is related; whatever says the same has the same related words."""
    related: dict[str, list[str]] = defaultdict(list)
    for entry in words.related:
        also = [phrase_key(text) for text in entry.also]
        for text in entry.words:
            key = phrase_key(text)
            for one in {key, *forms.get(key, ()), *same.get(key, ())}:
                related[one] += also
    return {key: tuple(dict.fromkeys(also)) for key, also in related.items()}


def _merged(groups: dict[str, tuple[str, ...]], keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(other for key in keys for other in groups.get(key, ())))


@lru_cache(maxsize=16_384)  # of the same entry it is asked up to four times
def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in map(fold_word, words_in(text)) if word != NOT_A_WORD)


def _problems(file: WordListFile, words: WordList) -> Iterator[Problem]:
    for name, groups in (("forms", words.forms), ("same", words.same)):
        lines: dict[str, FieldPath] = {}
        for number, group in enumerate(groups):
            yield from _group_problems(file, (name, number), group, lines)
            if name == "forms":
                for at, text in enumerate(group):
                    if len(_words(text)) > 1:
                        yield file.problem((name, number, at), f"“{_shown(text)}” is not one word")
    for number, entry in enumerate(words.related):
        yield from _related_problems(file, number, entry)
    yield from _short_problems(file, words)
    for number, text in enumerate(words.support):
        what = _length_problem(text)
        if what:
            yield file.problem(("support", number), what)


def _group_problems(
    file: WordListFile, path: FieldPath, group: Sequence[str], lines: dict[str, FieldPath]
) -> Iterator[Problem]:
    """Yield the faults of a group. `lines` are the keys of all groups before, and is added to."""
    if len(group) < 2:
        yield file.problem(path, "there must be at least two words in a group")
    own: dict[str, FieldPath] = {}
    written: set[str] = set()
    for at, text in enumerate(group):
        what = _word_problem(text)
        key, spelling = phrase_key(text), " ".join(_words(text))
        if not what and spelling in written:
            what = f"“{_shown(text)}” is in this group twice"
        elif not what and key in lines:
            line = file.lines.of(lines[key])
            what = f"“{_shown(text)}” is in line {line} already; keep it in one of the two"
        if what:
            yield file.problem((*path, at), what)
        written.add(spelling)
        own.setdefault(key, (*path, at))
    lines.update((key, at) for key, at in own.items() if key not in lines)


def _related_problems(file: WordListFile, number: int, entry: RelatedWords) -> Iterator[Problem]:
    keys = {phrase_key(text) for text in entry.words}
    for name, texts in (("words", entry.words), ("also", entry.also)):
        if not texts:
            yield file.problem(("related", number), f"there must be words under “{name}”")
        for at, text in enumerate(texts):
            what = _word_problem(text)
            if not what and name == "also" and phrase_key(text) in keys:
                what = f"“{_shown(text)}” stands under “words” too"
            if what:
                yield file.problem(("related", number, name, at), what)


def _short_problems(file: WordListFile, words: WordList) -> Iterator[Problem]:
    lines: dict[str, FieldPath] = {}
    for number, entry in enumerate(words.short):
        if not entry.words:
            yield file.problem(("short", number), "there must be words under “words”")
        what = _length_problem(entry.means)
        if what:
            yield file.problem(("short", number, "means"), what)
        for at, text in enumerate(entry.words):
            path: FieldPath = ("short", number, "words", at)
            key = " ".join(_words(text))
            what = _length_problem(text)
            if not what and key in STOP_WORDS:
                what = f"“{_shown(text)}” is in nearly every story and cannot be short for another"
            elif not what and key in lines:
                line = file.lines.of(lines[key])
                what = f"“{_shown(text)}” is in line {line} already; keep it in one of the two"
            if what:
                yield file.problem(path, what)
            lines.setdefault(key, path)


def _word_problem(text: str) -> str:
    what = _length_problem(text)
    if not what and all(STOP_WORDS & {word, stem(word)} for word in _words(text)):
        what = f"“{_shown(text)}” is in nearly every story; nobody can look for it"
    return what


def _length_problem(text: str) -> str:
    words = _words(text)
    if not words:
        return "there must be a word"
    if len(text) > _MAX_CHARACTERS:
        return f"longer than {_MAX_CHARACTERS} characters"
    if len(words) > MAX_WORDS:
        return f"longer than {MAX_WORDS} words"
    return ""


def _shown(text: str) -> str:
    return printable(text)
