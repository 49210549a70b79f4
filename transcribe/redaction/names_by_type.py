"""Find names of places, services and schools by the type that ends them: “… Ward”, “… Road”."""

from __future__ import annotations

from collections.abc import Iterator

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.name_signs import (
    BEFORE_PLACES,
    DIRECTIONS,
    FUNCTION_WORDS,
    GENERIC_BEFORE_TYPES,
    MIN_LETTERS,
    OPENING_WORDS,
    OWNERS,
    STREETS,
    TYPES,
    TYPES_OF_PLACE,
    VERBS_OF_PEOPLE,
    is_strange,
)
from transcribe.redaction.names_and_words import (
    is_given_name,
    is_ordinary_capital,
    is_organisation,
    is_place,
    is_rare,
    is_surname,
)
from transcribe.redaction.normalise import is_common, word_set
from transcribe.redaction.talk import (
    NameFind,
    TalkOfNames,
)

_SURE_TYPES = word_set(
    "ward hospital road street lane avenue crescent infirmary cottage lodge academy hospice grove "
    "infants juniors grammar college "
    "gardens terrace mews surgery house primary school estate"
)
"""Types before which a name stands where nobody wrote capitals."""


def numbered_ward(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Ward 17”, which one hospital has and others have not."""
    if talk.fold[at] == "ward" and talk.goes_on(at):
        after = talk.fold[at + 1]
        is_letter = len(after) == 1 and after not in "ais"
        if any(map(str.isdigit, after)) or after in _NUMBERS_OF_WARDS or is_letter:
            letter = talk.fold[at + 2] if at + 2 < len(talk.fold) and talk.goes_on(at + 1) else ""
            has_letter = len(letter) == 1 and letter.isalpha() and letter not in "ai"
            yield NameFind(at, at + 2 + has_letter, NameKind.PLACE)


_NUMBERS_OF_WARDS = word_set(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty"
)


def organisations_at(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    for last in range(min(len(talk.words), at + 4), at, -1):
        if any(not talk.goes_on(number) for number in range(at, last - 1)):
            continue
        phrase = talk.phrase(at, last)
        if is_organisation(phrase) and not is_ordinary_capital(phrase):
            yield NameFind(at, last, NameKind.SERVICE)
            return


def places_at(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a place of several words: “bury st edmunds”."""
    for last in range(min(len(talk.words), at + 4), at + 1, -1):
        if any(not talk.goes_on(number) for number in range(at, last - 1)):
            continue
        if (
            talk.fold[at] != "the"
            and is_place(talk.phrase(at, last))
            and not all(
                word in FUNCTION_WORDS or is_ordinary_capital(word) for word in talk.fold[at:last]
            )
        ):
            is_ordinary = not talk.cased[at] and all(map(is_common, talk.fold[at:last]))
            if talk.cased[at] and not talk.capital[at]:
                continue
            if is_ordinary and talk.before(at) not in BEFORE_PLACES:
                continue
            yield NameFind(at, last, NameKind.PLACE)
            return


def by_type(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find what stands before “ward” or “street”, where nobody wrote capitals."""
    fold = talk.fold[at]
    if talk.cased[at] or fold not in TYPES or not talk.before(at):
        return
    first = at
    is_numbered_ward = fold == "ward" and talk.goes_on(at - 1) and talk.fold[at - 1].isdigit()
    if is_numbered_ward:
        first -= 1  # “Priory 2 ward”
    while first > 0 and at - first < _MAX_BEFORE_TYPE and not talk.starts[first]:
        if talk.comma_after[first - 1] or not _may_stand_before_type(talk, first - 1):
            break
        first -= 1
    if first == at and fold in STREETS and talk.before(at) in _NAMES_OF_STREETS:
        first -= 1
    if first == at:
        yield from _royal_place(talk, at)
        return
    if talk.before(first) in OPENING_WORDS and talk.goes_on(first - 1):
        first -= 1
    named, before = talk.fold[first:at], talk.before(first)
    is_known = any(is_strange(talk, number) for number in range(first, at))
    is_uncommon = not any(map(is_common, named))
    is_free = before not in _DETERMINERS
    is_sure = fold == "ward" or (fold in _SURE_TYPES and before in BEFORE_PLACES)
    if is_known or (is_free and (is_uncommon or is_sure)):
        kind = NameKind.PLACE if fold in TYPES_OF_PLACE else NameKind.SERVICE
        yield NameFind(first, at + 1, kind)


def _royal_place(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “queen’s medical centre”, whose words are all ordinary."""
    for first in range(max(0, at - _MAX_BEFORE_TYPE), at):
        is_phrase = all(talk.goes_on(number) for number in range(first, at))
        if is_phrase and talk.fold[first] in OPENING_WORDS - DIRECTIONS:
            yield NameFind(first, at + 1, NameKind.PLACE)
            return


_NAMES_OF_STREETS = word_set(
    "church station mill park market school chapel king queen kings queens victoria bridge "
    "hospital college club court bank battle"
)
_MAX_BEFORE_TYPE = 3
_DETERMINERS = OWNERS | word_set("the a an this that these those each every another no some any")


def _may_stand_before_type(talk: TalkOfNames, at: int) -> bool:
    word = talk.fold[at]
    if word in ("st", "saint", "royal", "queen", "queens", "king", "kings", "prince"):
        return True
    is_school = _schools_follow(talk, at)
    if (
        word in FUNCTION_WORDS
        or (word in GENERIC_BEFORE_TYPES and not is_school)
        or (is_school and word in _GENERIC_BEFORE_SCHOOLS)
        or is_ordinary_capital(word)
        or word.isdigit()
        or word in VERBS_OF_PEOPLE
        or len(word) < MIN_LETTERS
    ):
        return False
    may_be_name = is_surname(word) or is_given_name(word) or is_place(word) or is_rare(word)
    is_free = talk.fold[at + 1] == "ward" or is_school
    return may_be_name or not is_common(word) or is_free


_SCHOOLS = word_set("primary infants juniors grammar academy comprehensive")
_GENERIC_BEFORE_SCHOOLS = word_set(
    "local special boarding secondary high night day nursery village sunday big little old new own "
    "whole other first second state private public nearest main"
)


def _schools_follow(talk: TalkOfNames, at: int) -> bool:
    return any(
        talk.fold[number] in _SCHOOLS for number in range(at + 1, min(at + 3, len(talk.fold)))
    )
