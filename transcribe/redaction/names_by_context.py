"""Find names by what stands beside them (“called”, “my son”), and words that are no English."""

from __future__ import annotations

from collections.abc import Iterator

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.name_signs import (
    AT_WORK,
    AUXILIARIES,
    BEFORE_PLACES,
    FUNCTION_WORDS,
    GENERIC_BEFORE_TYPES,
    MAX_NAME_WORDS,
    MIN_LETTERS,
    NO_ORGANISATIONS_AT_FIRST,
    OF_A_NAME,
    OPENING_WORDS,
    OWNERS,
    RELATIONS,
    SURE_TITLES,
    TITLES,
    TYPES,
    VERBS_OF_PEOPLE,
    is_strange,
    is_surname_here,
    is_word_with_hyphen,
    kind_of,
)
from transcribe.redaction.names_and_words import (
    is_given_name,
    is_ordinary_capital,
    is_organisation_or_word,
    is_place,
    is_rare,
    is_surname,
)
from transcribe.redaction.names_by_capital import may_continue
from transcribe.redaction.normalise import is_common, word_set
from transcribe.redaction.talk import (
    NameFind,
    TalkOfNames,
)

_LIVING = word_set(
    "lives live lived living moved move moving born back over up down out come came comes train "
    "bus travelled drove drive went raised grew settled sent originally flat somewhere stayed based"
)
_SEEN_BY_PEOPLE = word_set(
    "told asked rang phoned met visited miss missed married ask tell love see"
)


def unknown_at(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a word that English does not know, or that is rather a name, and its surname."""
    if not is_strange(talk, at):
        return
    last = at + 1
    while last < len(talk.words) and talk.goes_on(last - 1) and last - at < MAX_NAME_WORDS:
        fold = talk.fold[last]
        is_end = fold in _ENDS_OF_PLACES or is_rare(fold)
        if is_strange(talk, last) or is_surname_here(talk, last) or is_end:
            last += 1
        elif fold in OF_A_NAME and last + 1 < len(talk.words) and is_strange(talk, last + 1):
            last += 2
        else:
            break
    first = at
    while first and talk.goes_on(first - 1) and _leads_in(talk, first - 1):
        first -= 1
    yield NameFind(first, last, kind_of(talk, first, last))


_ENDS_OF_PLACES = word_set(
    "cross grange manor hall hill heath moor gate vale dale mill ford field fields wood woods "
    "brook heart oak oaks lodge tower towers wharf bay green common foods motors engineering "
    "bakery water girls juniors infants ward hospital house road street lane avenue close court"
)
_BEGINS_OF_NAMES = (OF_A_NAME | word_set("o mc st saint guru central greater")) - word_set("a y")


def _leads_in(talk: TalkOfNames, at: int) -> bool:
    """Return True for what begins a name before a word that English does not know."""
    fold = talk.fold[at]
    if fold in _BEGINS_OF_NAMES:
        return True
    if fold in FUNCTION_WORDS or fold in GENERIC_BEFORE_TYPES or fold in TYPES:
        return False
    before = talk.before(at)
    if before == "at" and not (is_ordinary_capital(fold) and fold not in OPENING_WORDS):
        return True
    is_institution = fold in OPENING_WORDS or (is_surname(fold) and not is_common(fold))
    return is_institution and before in ("to", "from", "on", "for", "rang", "")


def by_context(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a word that what stands before it makes a name: “my son mark”, “dr young”."""
    fold, before = talk.fold[at], talk.before(at)
    if _is_initial_after_title(talk, at):
        last = at + 1
        while last < len(talk.words) and len(talk.fold[last]) == 1 and talk.capital[last]:
            if not talk.goes_on(last - 1) and not talk.bare[last - 1].isupper():
                break
            last += 1
        yield NameFind(at - 1, last, NameKind.PERSON, is_phrase=True)
    if fold.isdigit() or len(fold) < MIN_LETTERS:
        return
    if not before or not talk.goes_on(at - 1):
        if not talk.cased[at] and _is_spoken_of(talk, at):
            yield NameFind(at, _with_surname(talk, at), NameKind.PERSON)
        return
    if talk.cased[at] and not talk.capital[at]:
        return
    if before in SURE_TITLES:
        if fold not in FUNCTION_WORDS or is_surname(fold):
            yield NameFind(at, _with_surname(talk, at), NameKind.PERSON)
    elif _is_named(talk, at) or (not talk.cased[at] and _is_spoken_of(talk, at)):
        # “at Bishop Young” is a school, and its name begins with the title.
        is_institution = before in OPENING_WORDS and talk.before(at - 1) in BEFORE_PLACES
        yield NameFind(at - is_institution, _with_surname(talk, at), NameKind.PERSON)
    elif not talk.cased[at] and _is_ordinary_place_here(talk, at):
        yield NameFind(at, at + 1, NameKind.PLACE)
    elif not talk.cased[at] and _is_workplace(talk, at):
        yield NameFind(at, at + 1, NameKind.SERVICE)


def _is_initial_after_title(talk: TalkOfNames, at: int) -> bool:
    """Return True for the letter of “Mr M.”, “Doctor P” and “Nurse J”."""
    fold, before = talk.fold[at], talk.before(at)
    is_title = before in SURE_TITLES or (before in TITLES and before not in _NO_TITLES_OF_LETTERS)
    if not (is_title and len(fold) == 1 and fold.isalpha()) or not talk.goes_on(at - 1):
        return False
    return talk.capital[at] or (not talk.cased[at] and fold not in ("i", "a"))


_NO_TITLES_OF_LETTERS = word_set("chief director consultant")


def _with_surname(talk: TalkOfNames, at: int) -> int:
    last = at + 1
    while last < len(talk.words) and talk.goes_on(last - 1) and last - at < MAX_NAME_WORDS:
        if talk.owns[last - 1]:
            break
        if talk.cased[last]:
            if not (talk.capital[last] and may_continue(talk, last)):
                break
        elif not (is_strange(talk, last) or is_surname_here(talk, last)):
            break
        last += 1
    return last


def _is_named(talk: TalkOfNames, at: int) -> bool:
    """Return True after a title, a relation or “called”, for a word that people are called."""
    fold, before = talk.fold[at], talk.before(at)
    if fold in AUXILIARIES and talk.after(at) not in VERBS_OF_PEOPLE - AUXILIARIES:
        return False
    may_be_person = _may_be_called(fold) or (before in TITLES and is_surname(fold))
    if not may_be_person or fold in _NOT_AFTER_RELATIONS:
        return False
    earlier = talk.before(at - 1)
    says_name = before in ("is", "was") and earlier in ("name", "names")
    if says_name or (before in ("name", "names") and talk.owns[at - 1]):
        return fold not in FUNCTION_WORDS
    if before == "im":
        return is_given_name(fold) and (not talk.goes_on(at) or is_surname(talk.after(at)))
    if before in ("called", "named", "christened", "nicknamed"):
        return True
    if before in TITLES:
        return fold not in FUNCTION_WORDS and not (
            is_common(fold)
            and earlier in ("the", "a", "my", "this", "that")
            and before in ("doctor", "nurse", "sister", "father", "consultant", "judge")
            and talk.after(at) not in VERBS_OF_PEOPLE
        )
    if before in RELATIONS:
        owners = OWNERS | _OWNERS_OF_DIALECT
        has_owner = earlier in owners or before == "our" or talk.before(at - 2) in owners
        has_owner = has_owner or (earlier in ("this", "that", "a") and not is_common(fold))
        return has_owner and fold not in FUNCTION_WORDS - AUXILIARIES
    return False


_OWNERS_OF_DIALECT = word_set("me us wor mi ma")
_NOT_AFTER_RELATIONS = word_set(
    "art case major junior senior baby unique van precious chance buddy"
)


def _is_apposition(talk: TalkOfNames, at: int) -> bool:
    """Return True after “my partner,” and “that’s”, before a comma or the end."""
    if talk.goes_on(at) or not at or talk.starts[at]:
        return False
    last = talk.fold[at - 1]
    if last in RELATIONS and talk.before(at - 1) in OWNERS:
        return True
    return last in ("thats", "oh", "that") and not is_common(talk.fold[at])


def _is_filed_under(talk: TalkOfNames, at: int) -> bool:
    """Return True after “it’s under” and “put down as”, and before “family”, for a surname."""
    fold, before, earlier = talk.fold[at], talk.before(at), talk.before(at - 1)
    if fold in GENERIC_BEFORE_TYPES or is_ordinary_capital(fold):
        return False
    if talk.after(at) == "family" and before == "the":
        return is_surname(fold) and fold != "royal"
    is_filed = (before == "under" and earlier in ("its", "it", "is", "listed", "filed")) or (
        before == "as" and earlier == "down"
    )
    return is_filed and not talk.goes_on(at) and (is_surname(fold) or not is_common(fold))


def _is_entitled(talk: TalkOfNames, at: int) -> bool:
    """Return True after a title for a word that is hardly an ordinary one: “doctor pickles”."""
    fold, before = talk.fold[at], talk.before(at)
    if before not in TITLES or is_common(fold) or is_ordinary_capital(fold):
        return False
    return before not in ("miss", "judge") or talk.before(at - 1) not in ("i", "we", "you", "to")


def _may_be_called(word: str) -> bool:
    """Return True for a word that somebody may be called by, though English has it as well."""
    if is_ordinary_capital(word) and word not in ("april", "june"):
        return False
    return is_given_name(word) or is_rare(word)


def _is_spoken_of(talk: TalkOfNames, at: int) -> bool:
    """Return True for a word that is a given name as well, where people are spoken of."""
    fold, before, after = talk.fold[at], talk.before(at), talk.after(at)
    if fold in FUNCTION_WORDS:
        return False
    if _is_filed_under(talk, at) or _is_entitled(talk, at):
        return True
    if not _may_be_called(fold):
        return False
    if _is_apposition(talk, at):
        return True
    if before in ("does", "did") and talk.starts[at - 1] is False and not is_common(fold):
        return True
    if before in OWNERS | word_set("the a an of this that no some any"):
        return False
    if talk.owns[at]:
        return True
    if before in _SEEN_BY_PEOPLE and (not talk.goes_on(at) or after in FUNCTION_WORDS):
        return True
    if before == "and" and at >= 2 and is_strange(talk, at - 2):
        return True
    return after in VERBS_OF_PEOPLE - word_set(
        "was is has had who would never always just still used"
    ) and (not before or before in ("and", "but", "so", "then", "when", "because", "that", "well"))


def _is_ordinary_place_here(talk: TalkOfNames, at: int) -> bool:
    """Return True for a town that is a word as well, where it is lived in: “reading”, “bath”."""
    fold, before = talk.fold[at], talk.before(at)
    if not is_place(fold) or fold in FUNCTION_WORDS or is_ordinary_capital(fold) or fold in TYPES:
        return False
    earlier = talk.before(at - 1)
    if before in ("in", "from", "to", "near") and not is_common(fold):
        return True
    return before in ("in", "to", "near", "from") and earlier in _LIVING


_DOINGS_OF_SERVICES = word_set("took rang came sent gave started got phoned wrote")


def _is_workplace(talk: TalkOfNames, at: int) -> bool:
    fold, before = talk.fold[at], talk.before(at)
    earlier = talk.before(at - 1)
    if fold == "next" and before in ("at", "for"):
        return earlier in AT_WORK
    if fold in FUNCTION_WORDS or is_ordinary_capital(fold) or fold in GENERIC_BEFORE_TYPES:
        return False
    if is_organisation_or_word(fold):
        if before in ("at", "from", "rang", "phoned", "called", "via"):
            return True
        if (
            fold not in NO_ORGANISATIONS_AT_FIRST
            and before == "to"
            and (not talk.goes_on(at) or talk.after(at) in ("on", "and", "every", "first", "then"))
        ):
            return True
        if before == "then" and fold not in NO_ORGANISATIONS_AT_FIRST:
            return not talk.goes_on(at) or talk.after(at) in _DOINGS_OF_SERVICES
        if before in ("was", "is") and talk.after(at) in ("who", "that"):
            return True
    is_worked_for = before in ("at", "for") and earlier in AT_WORK
    if is_word_with_hyphen(talk.bare[at]):
        return False
    return not is_common(fold) and (is_worked_for or before in ("rang", "phoned"))
