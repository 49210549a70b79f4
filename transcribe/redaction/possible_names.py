"""Find the words of a story that may name a person, a place, a service, an employer or a school.

Nothing need be listed. A word is asked about if it has a capital that no sentence gave it, if
English does not know it, if it is rather a name than a word, or if what stands beside it says so:
“called”, “my son”, “Dr”, “… Ward”, “works at”. Where nobody wrote capitals, the others carry it.

All the places where a name is said are one `PossibleName`, and so one question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.name_phrases import names_of_ordinary_words
from transcribe.redaction.name_signs import (
    DIRECTIONS,
    FUNCTION_WORDS,
    MIN_LETTERS,
    OF_A_NAME,
    OPENING_WORDS,
    TYPES,
    WORDS_AND_SURNAMES,
)
from transcribe.redaction.names_and_words import (
    is_english,
    is_ordinary_capital,
    is_organisation_or_word,
)
from transcribe.redaction.names_by_capital import by_capital
from transcribe.redaction.names_by_context import by_context, unknown_at
from transcribe.redaction.names_by_type import by_type, numbered_ward, organisations_at, places_at
from transcribe.redaction.normalise import is_common
from transcribe.redaction.talk import (
    MIN_WORDS_FOR_CAPITALS,
    MOSTLY,
    NameFind,
    SaidWord,
    TalkOfNames,
)


@dataclass(frozen=True)
class PossibleName:
    """Words that may be a name, with every place where they are said."""

    said: str
    """The folded words of its longest form, with spaces between."""
    parts: frozenset[str]
    """Every form by which it may be said, folded: “ruth marsh”, “ruth”, “marsh”."""
    words: str
    """As it is written where it is said first in its longest form."""
    kind: NameKind
    places: tuple[tuple[int, int], ...]
    """First word, and the one after the last, of each place."""
    labels: tuple[int, ...] = ()
    """First word of each paragraph that shows it as the name of who speaks."""

    @property
    def first_word(self) -> int:
        """Return the number of the word where it is said or shown first."""
        return min([first for first, _ in self.places] + list(self.labels))


def has_no_capitals(words: Sequence[SaidWord]) -> bool:
    """Return True if capitals tell nothing in most of these words."""
    talk = TalkOfNames(words)
    return len(words) > MIN_WORDS_FOR_CAPITALS and sum(talk.cased) * 2 < len(words)


def possible_names(
    words: Sequence[SaidWord],
    recognised: Sequence[tuple[int, int]] = (),
    named: Sequence[tuple[int, int, NameKind]] = (),
) -> list[PossibleName]:
    """Return what may be a name among these words, in the order in which it is first said.

    `recognised` are the places that an entity recogniser found, `named` those that are known to
    name somebody, whatever the words are.
    """
    talk = TalkOfNames(words)
    finds = list(_finds(talk))
    at_word = {number: at for at, number in reversed(list(enumerate(talk.numbers)))}
    finds += [NameFind(at_word[first], at_word[last - 1] + 1) for first, last in recognised]
    finds += [
        NameFind(at_word[first], at_word[last - 1] + 1, kind, is_phrase=True)
        for first, last, kind in named
    ]
    finds = [find for find in _without_overlaps(finds) if _says_something(talk, find)]
    groups = _grouped(talk, finds)
    return _with_places(talk, sorted(groups, key=lambda group: group.places[0]))


def with_places(words: Sequence[SaidWord], names: Sequence[PossibleName]) -> list[PossibleName]:
    """Return the names with every place where one of their forms is said among these words."""
    return _with_places(TalkOfNames(words), names) if names else []


def _with_places(talk: TalkOfNames, names: Sequence[PossibleName]) -> list[PossibleName]:
    return [
        replace(
            name,
            places=tuple(
                (talk.numbers[first], talk.numbers[last - 1] + 1)
                for first, last in _all_places(talk, name)
            ),
        )
        for name in names
    ]


def _finds(talk: TalkOfNames) -> Iterator[NameFind]:
    is_mostly_english = _is_mostly_english(talk)
    at = 0
    while at < len(talk.words):
        if talk.fold[at]:
            yield from organisations_at(talk, at)
            yield from places_at(talk, at)
            if talk.cased[at]:
                yield from by_capital(talk, at)
            elif is_mostly_english:
                yield from unknown_at(talk, at)
            yield from numbered_ward(talk, at)
            yield from names_of_ordinary_words(talk, at)
            yield from by_context(talk, at)
            yield from by_type(talk, at)
        at += 1


def _is_mostly_english(talk: TalkOfNames) -> bool:
    """Return False where the words are of another language, which these rules cannot read."""
    known = [is_english(word) for word in talk.fold if word]
    return sum(known) >= MOSTLY * len(known)


def _says_something(talk: TalkOfNames, find: NameFind) -> bool:
    """Return False for a place all of whose words are ordinary capitals or small words."""
    words = talk.fold[find.first : find.last]
    if find.is_phrase or (find.kind is NameKind.PERSON and len(words) == 1):
        return True
    if words[0] in OPENING_WORDS and len(words) > 1 and words[-1] in TYPES:
        return words[0] not in DIRECTIONS
    if words[0] == "ward" and len(words) == 2:
        return True
    if is_organisation_or_word(" ".join(words)) or WORDS_AND_SURNAMES.intersection(words):
        return True
    return any(
        word
        and not word.isdigit()
        and (not is_ordinary_capital(word) and word not in FUNCTION_WORDS)
        for word in words
    )


def _by_length(find: NameFind) -> tuple[int, int, bool, bool]:
    return find.first - find.last, find.first, not find.is_phrase, not find.kind


def _without_overlaps(finds: Sequence[NameFind]) -> list[NameFind]:
    """Return the longest finds, none of which lies over another."""
    taken: set[int] = set()
    chosen = []
    for find in sorted(
        finds,
        key=lambda find: (find.first - find.last, find.first, not find.is_phrase, not find.kind),
    ):
        span = range(find.first, find.last)
        if taken.isdisjoint(span):
            taken.update(span)
            chosen.append(find)
    return sorted(chosen, key=lambda find: find.first)


def _grouped(talk: TalkOfNames, finds: Sequence[NameFind]) -> list[PossibleName]:
    """Return one name for all the finds that are parts of it."""
    forms: dict[str, NameFind] = {}
    for find in finds:
        forms.setdefault(_key(talk, find), find)
    kinds = {key: _kind_of_form(key, finds, talk) for key in forms}
    groups: dict[str, set[str]] = {}
    owner: dict[str, str] = {}
    for key in sorted(forms, key=lambda key: (-len(key.split()), forms[key].first)):
        whole = owner.get(key)
        if whole is not None:
            groups[whole].add(key)
            continue
        groups[key] = {key}
        for part in _parts(key, kinds[key]):
            owner.setdefault(part, key)
    return [
        PossibleName(
            said=whole,
            parts=frozenset(parts | set(_parts(whole, kinds[whole]))),
            words=_as_written(talk, forms[whole]),
            kind=kinds[whole],
            places=tuple(sorted((forms[part].first, forms[part].last) for part in parts)),
        )
        for whole, parts in groups.items()
    ]


def _kind_of_form(key: str, finds: Sequence[NameFind], talk: TalkOfNames) -> NameKind:
    kinds = [find.kind for find in finds if find.kind and _key(talk, find) == key]
    for kind in (NameKind.SERVICE, NameKind.PLACE):
        if kinds.count(kind) * 2 > len(kinds):
            return kind
    return NameKind.PERSON


def _key(talk: TalkOfNames, find: NameFind) -> str:
    return " ".join(filter(None, talk.fold[find.first : find.last]))


def _parts(key: str, kind: NameKind) -> Iterator[str]:
    """Yield the forms by which a name of several words is said as well: “Ruth”, “Larch”."""
    words = key.split()
    yield key
    if len(words) == 1:
        yield from _plurals(key)
        return
    if kind is NameKind.SERVICE and ("and" in words or is_organisation_or_word(key)):
        return
    telling = [word for word in words if _is_telling(word)]
    if kind is not NameKind.PERSON:
        # Of “Golden Dragon” neither word says anything by itself.
        telling = [word for word in telling if not is_common(word)]
    for word in telling:
        yield word
        yield from _plurals(word)
    if len(telling) > 1:
        yield " ".join(telling)


def _plurals(word: str) -> Iterator[str]:
    """Yield how a family of this name is spoken of: “the Patels”, “the Marshes”."""
    if len(word) > MIN_LETTERS:
        yield f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def _is_telling(word: str) -> bool:
    return (
        len(word) > MIN_LETTERS
        and word not in TYPES
        and word not in FUNCTION_WORDS
        and word not in OF_A_NAME
        and not is_ordinary_capital(word)
    )


def _as_written(talk: TalkOfNames, find: NameFind) -> str:
    return " ".join(talk.bare[find.first : find.last])


def _all_places(talk: TalkOfNames, group: PossibleName) -> Iterator[tuple[int, int]]:
    """Yield every place where a form of the name is said, whatever its capitals."""
    forms = {tuple(part.split()) for part in group.parts}
    longest = max(map(len, forms))
    end = 0
    for at in sorted(
        position for word in {form[0] for form in forms} for position in talk.said_at(word)
    ):
        if at < end:
            continue
        for length in range(longest, 0, -1):
            words = tuple(talk.fold[at : at + length])
            if (
                len(words) == length
                and words in forms
                and (length > 1 or _is_said_as_name(talk, at))
            ):
                yield at, at + length
                end = at + length
                break


def _is_said_as_name(talk: TalkOfNames, at: int) -> bool:
    """Return False for an ordinary word written small where others are not: “will”, “mark”."""
    fold = talk.fold[at]
    return talk.capital[at] or not talk.cased[at] or not is_english(fold)
