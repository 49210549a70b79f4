"""Find names by their capitals, where a sentence did not give them, and where each ends."""

from __future__ import annotations

from collections.abc import Iterator

from transcribe.redaction.name_signs import (
    AUXILIARIES,
    FUNCTION_WORDS,
    GENERIC_BEFORE_TYPES,
    MAX_NAME_WORDS,
    NO_ORGANISATIONS_AT_FIRST,
    OF_A_NAME,
    OPENING_WORDS,
    RELATIONS,
    STREETS,
    SURE_TITLES,
    TITLES,
    TYPES,
    VERBS_OF_PEOPLE,
    WORDS_AND_SURNAMES,
    all_english,
    is_day,
    is_word_with_hyphen,
    kind_of,
)
from transcribe.redaction.names_and_words import (
    is_english,
    is_given_name,
    is_ordinary_capital,
    is_organisation_or_word,
    is_place,
    is_rare,
    is_rather_a_name,
    is_surname,
)
from transcribe.redaction.normalise import MONTHS, is_common, word_set
from transcribe.redaction.talk import (
    NameFind,
    TalkOfNames,
)

_INSIDE_PHRASES = word_set("of on upon the in under le by next and for")
_BEFORE_A_MONTH = word_set(
    "in of since until till by last next this early late mid during before after every for from "
    "to around about end middle beginning and between that the one each or"
)


def _goes_on_from_before(talk: TalkOfNames, at: int) -> bool:
    """Return True for a word that is part of a name that begins before it."""
    if not at or not talk.goes_on(at - 1) or talk.starts[at] or not _may_begin(talk, at - 1):
        return False
    return not talk.owns[at - 1] and talk.fold[at - 1] not in TITLES


def by_capital(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a name that begins at a word with a capital."""
    if _goes_on_from_before(talk, at):
        return
    is_title = talk.fold[at] in TITLES - OPENING_WORDS and talk.goes_on(at)
    if is_title and (talk.capital[at + 1] or talk.capital[at]):
        return
    if not _may_begin(talk, at):
        if not talk.capital[at] and is_rather_or_unlisted(talk.fold[at]):
            yield NameFind(at, at + 1)
        return
    last = _end_of_name(talk, at)
    yield NameFind(at, last, kind_of(talk, at, last))


def is_rather_or_unlisted(word: str) -> bool:
    """Return True for a word written small that is a name, and nothing else, or hardly anything."""
    if is_english(word):
        return False
    return is_given_name(word) or is_surname(word) or is_place(word)


def _may_begin(talk: TalkOfNames, at: int) -> bool:
    """Return True if the word has a capital that makes it part of a name."""
    fold = talk.fold[at]
    if not talk.capital[at] or not fold or any(map(str.isdigit, fold)):
        return False
    if len(fold) == 1:
        return _is_initial(talk, at)
    if fold in MONTHS:
        return _is_month_name(talk, at)
    if is_organisation_or_word(fold) and _is_said_of_organisation(talk, at):
        return True
    if fold in WORDS_AND_SURNAMES and not talk.starts[at]:
        is_apart = bool(at) and talk.comma_after[at - 1]
        return not is_apart and (not talk.goes_on(at) or not is_ordinary_or_type(talk.after(at)))
    if is_ordinary_capital(fold) or fold in FUNCTION_WORDS:
        return _is_clearly_named(talk, at) or _opens_name(talk, at)
    if talk.starts[at]:
        return _begins_sentence_as_name(talk, at)
    is_apart = bool(at) and talk.comma_after[at - 1]
    if is_apart and is_common(fold) and not is_given_name(fold):
        return talk.goes_on(at) and talk.capital[at + 1] and talk.after(at) in TYPES | {"old"}
    if fold in _FORMS_OF_I:
        return False
    return not is_word_with_hyphen(talk.bare[at]) or not all_english(talk.bare[at])


_FORMS_OF_I = word_set("i im ive id ill idve illve")


def _is_said_of_organisation(talk: TalkOfNames, at: int) -> bool:
    """Return True for “at Next” and “Rethink rang”, but not for “Next came the bill”."""
    if talk.starts[at]:
        is_doing = talk.after(at) in VERBS_OF_PEOPLE | word_set("put let gave made sent are were")
        return is_doing and talk.fold[at] not in NO_ORGANISATIONS_AT_FIRST
    return bool(at) and not talk.comma_after[at - 1]


def _is_initial(talk: TalkOfNames, at: int) -> bool:
    """Return True for “J.” before a name."""
    return (
        talk.fold[at] not in "ai"
        and talk.goes_on(at)
        and at + 1 < len(talk.fold)
        and talk.capital[at + 1]
        and not is_english(talk.fold[at + 1])
    )


def _is_month_name(talk: TalkOfNames, at: int) -> bool:
    if talk.fold[at] not in ("april", "may", "june", "august"):
        return False
    before, after = talk.before(at), talk.after(at)
    if before in _BEFORE_A_MONTH or before.isdigit() or after.isdigit():
        return False
    if talk.fold[at] == "may" and talk.starts[at]:
        return after in VERBS_OF_PEOPLE - AUXILIARIES or talk.owns[at]
    if talk.starts[at]:
        return talk.owns[at] or after in VERBS_OF_PEOPLE - word_set("was is who")
    return True


def _is_clearly_named(talk: TalkOfNames, at: int) -> bool:
    """Return True for a word after “Mrs” or “called”, whatever it means besides."""
    before, fold = talk.before(at), talk.fold[at]
    if fold in TITLES or not talk.goes_on(at - 1 if at else 0):
        return False
    if before in SURE_TITLES:
        return True
    return before in ("called", "named") and is_given_name(fold)


def _opens_name(talk: TalkOfNames, at: int) -> bool:
    """Return True for an ordinary word with a capital before words that are none: “Royal Oak”."""
    following = at + 1
    if following >= len(talk.fold) or not talk.goes_on(at):
        return False
    fold, after = talk.fold[at], talk.fold[following]
    if not talk.capital[following]:
        return False
    if fold in OPENING_WORDS:
        return after not in MONTHS and after not in FUNCTION_WORDS - WORDS_AND_SURNAMES
    if talk.owns[at] or fold in _NO_STREETS:
        return False
    return after in STREETS


_NO_STREETS = FUNCTION_WORDS | word_set("main side back day night home")


def _begins_sentence_as_name(talk: TalkOfNames, at: int) -> bool:
    fold, after = talk.fold[at], talk.after(at)
    if is_word_with_hyphen(talk.bare[at]) and all_english(talk.bare[at]):
        return False
    if not is_english(fold):
        return True
    if is_rather_a_name(fold):
        return True
    if fold in OPENING_WORDS and _opens_name(talk, at):
        return True
    follows = at + 1 < len(talk.fold) and talk.goes_on(at)
    next_has_capital = follows and talk.capital[at + 1] and not is_ordinary_capital(after)
    may_be_name = is_given_name(fold) or is_surname(fold) or is_place(fold) or after in TYPES
    if next_has_capital and after not in FUNCTION_WORDS and may_be_name:
        return True
    if fold in GENERIC_BEFORE_TYPES or is_ordinary_capital(fold):
        return False
    if follows and talk.capital[at + 1] and (after in TYPES or after in ("st", "saint")):
        return True
    if follows and talk.capital[at + 1] and not is_common(fold):
        return talk.fold[_end_of_name(talk, at) - 1] in TYPES
    if is_given_name(fold) or is_rare(fold):
        return talk.owns[at] or (after in VERBS_OF_PEOPLE and fold not in AUXILIARIES)
    return False


def _end_of_name(talk: TalkOfNames, first: int) -> int:
    """Return the end of the name that begins at `first`."""
    last = first + 1
    while last < len(talk.words) and last - first < MAX_NAME_WORDS:
        if not talk.goes_on(last - 1):
            break
        fold = talk.fold[last]
        is_royal = last - 1 == first and talk.fold[first] in OPENING_WORDS
        if talk.owns[last - 1] and not (talk.capital[last] and (is_royal or fold in TYPES)):
            break
        if talk.capital[last] and may_continue(talk, last):
            last += 1
            continue
        step = _connector(talk, first, last)
        if not step:
            break
        last += step
    while last - first > 1 and _is_droppable(talk, last - 1):
        last -= 1
    return last


def may_continue(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    if fold in TYPES:
        return True
    if fold in FUNCTION_WORDS - WORDS_AND_SURNAMES or fold in ("i", "im", "ive", "id", "ill"):
        return False
    is_title = fold in TITLES and not (is_surname(fold) and not _has_capital_after(talk, at))
    return fold not in MONTHS and not is_day(fold) and not is_title


def _has_capital_after(talk: TalkOfNames, at: int) -> bool:
    return talk.goes_on(at) and talk.capital[at + 1]


def _is_droppable(talk: TalkOfNames, at: int) -> bool:
    """Return True for somebody’s part at the end of a name: “Ruth Mum”."""
    return talk.fold[at] in RELATIONS and not is_given_name(talk.fold[at])


def _connector(talk: TalkOfNames, first: int, at: int) -> int:
    """Return how many words join what stands before and after: “Stoke on Trent”, “van der Berg”."""
    step = 1
    while step <= 2 and at + step < len(talk.words) and talk.goes_on(at + step - 1):
        words = talk.fold[at : at + step]
        if talk.capital[at + step] and _may_begin_after(talk, at + step):
            whole = talk.phrase(first, at + step + 1)
            if all(word in OF_A_NAME for word in words):
                return step + 1
            if is_place(whole) or is_organisation_or_word(whole):
                return step + 1
            if words == ["of"] and is_ordinary_or_type(talk.fold[at - 1]):
                return step + 1
        if talk.fold[at + step - 1] not in _INSIDE_PHRASES | OF_A_NAME:
            break
        step += 1
    return 0


def _may_begin_after(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    return fold not in MONTHS and not is_day(fold) and fold not in FUNCTION_WORDS


def is_ordinary_or_type(word: str) -> bool:
    return is_ordinary_capital(word) or word in TYPES
