"""Find the words of a story that may name a person, a place, a service, an employer or a school.

Nothing need be listed. A word is asked about if it has a capital that no sentence gave it, if
English does not know it, if it is rather a name than a word, or if what stands beside it says so:
“called”, “my son”, “Dr”, “… Ward”, “works at”. Where nobody wrote capitals, the others carry it.

All the places where a name is said are one `PossibleName`, and so one question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.name_phrases import names_of_ordinary_words
from transcribe.redaction.names_and_words import (
    is_english,
    is_given_name,
    is_ordinary_capital,
    is_organisation,
    is_organisation_or_word,
    is_place,
    is_rare,
    is_rather_a_name,
    is_surname,
)
from transcribe.redaction.normalise import MONTHS, folded_word, is_common, word_set
from transcribe.redaction.talk import (
    MIN_WORDS_FOR_CAPITALS,
    MOSTLY,
    NameFind,
    SaidWord,
    TalkOfNames,
)

_TITLES = word_set(
    "mr mrs ms mx miss dr doctor nurse prof professor pc sergeant sgt inspector councillor cllr "
    "reverend rev father sister matron judge lord lady sir uncle aunt auntie aunty imam rabbi "
    "pastor canon deacon bishop constable consultant director chief headmaster headmistress"
)
_SURE_TITLES = word_set("mr mrs ms mx dr prof pc cllr sgt")
"""Titles after which a name comes, whatever the word is."""
_RELATIONS = word_set(
    """
    son daughter mother father husband wife brother sister uncle aunt auntie aunty niece nephew
    cousin mum dad nan nana gran granny grandma grandad granddad grandpa grandson granddaughter
    partner friend mate neighbour stepson stepdaughter boyfriend girlfriend fiance lad lads boy girl
    boys girls twin twins eldest youngest oldest colleague boss manager our little poor old
    """
)
_NAMING = word_set("called named nicknamed christened name surname hiya dear hello hi")
_OWNERS = word_set("my our his her their your")
_TYPES_OF_PLACE = word_set(
    """
    ward house hospital hall lodge court unit clinic centre surgery school academy college
    university road street lane avenue crescent gardens terrace grove place square mews walk row
    hill park estate cottage farm green rise church chapel mosque temple gurdwara synagogue hospice
    practice nursery primary infants juniors grammar high library close drive way view bungalow
    station infirmary market bridge villas buildings flats lea mount bank end inn arms
    """
)
_TYPES_OF_SERVICE = word_set(
    """
    trust team service services council foundation association society club pharmacy company ltd
    limited charity project federation partnership group network community care support carers
    homecare agency and-sons sons brothers stores
    """
)
_TYPES = _TYPES_OF_PLACE | _TYPES_OF_SERVICE
_SURE_TYPES = word_set(
    "ward hospital road street lane avenue crescent infirmary cottage lodge academy hospice grove "
    "infants juniors grammar college "
    "gardens terrace mews surgery house primary school estate"
)
"""Types before which a name stands where nobody wrote capitals."""
_BEFORE_PLACES = word_set("on onto at to from in near by off down up outside round into of")
_AT_WORK = word_set(
    "works work worked working job jobs shifts hours employed apprentice apprenticeship trained "
    "boss been studied studying volunteer volunteers volunteered volunteering started start starts "
    "temped cleaner drives drove driving driver"
)
_LIVING = word_set(
    "lives live lived living moved move moving born back over up down out come came comes train "
    "bus travelled drove drive went raised grew settled sent originally flat somewhere stayed based"
)
_OF_A_NAME = word_set(
    "de van der den von bin ibn al el la le du da di dos del della ap ab ni mac y"
)
_INSIDE_PHRASES = word_set("of on upon the in under le by next and for")
_FUNCTION_WORDS = word_set(
    """
    a an the this that these those i me my mine myself you your yours yourself he him his himself
    she her hers herself it its itself we us our ours they them their theirs who whom whose which
    what when where why how and or but nor so yet for if because although though unless until while
    whilst as than then there here of in on at by to from with without about into onto over under
    after before since during between among through across against towards up down out off round
    around along near behind beside beyond not no yes never ever always often sometimes just only
    even still already again also too very quite really well now today tomorrow yesterday tonight
    am is are was were be been being have has had having do does did done doing can could will would
    shall should may might must ought need dare let lets get gets got getting go goes going went
    gone come comes came coming say says said saying tell tells told ask asks asked think thinks
    thought know knows knew see sees saw seen look looks looked want wants wanted make makes made
    take takes took taken put puts give gives gave given keep keeps kept find found feel felt
    try tried call called ring rang phone phoned like likes liked love loved one two three four five
    six seven eight nine ten some any all both each every either neither none nobody nothing
    somebody something someone anybody anything anyone everybody everything everyone more most much
    many few less least lot lots bit other others another same such own first second third last next
    good bad big small little old young new great nice poor lovely right wrong long short high low
    oh ah er um erm mm hm yeah yep nah nope okay ok please sorry thanks thank hello hi hiya bye
    maybe perhaps actually basically honestly obviously anyway anyhow im ive id ill youre youve youd
    youll hes hed hell shes shed shell  itd itll  weve wed  theyre theyve theyd theyll
    thats whats wheres whos hows theres heres dont doesnt didnt cant couldnt wont wouldnt shouldnt
    isnt arent wasnt werent havent hasnt hadnt mustnt neednt aint gonna wanna gotta cause cos
    """
)
_WORDS_AND_SURNAMES = word_set(
    "will short long little love good young small best right low high great nice moore new old "
    "rich bell"
)
_AUXILIARIES = word_set("will may might can would could should shall must do does did is are was")
_VERBS_OF_PEOPLE = word_set(
    "said says told tells asked asks came comes went goes rang rings called calls phoned phones "
    "wrote laughed cried shouted knew knows thought thinks wanted wants loved loves liked likes "
    "lived lives worked works helped helps looked looks sat stood walked drove stayed moved died "
    "visited visits smiled got gets took takes gave gives left kept keeps felt feels heard "
    "saw sees tried tries used needed needs played plays who was is has had would wouldn't couldnt "
    "wouldnt didnt doesnt isnt wasnt never always just still put turned    won't wont"
)
_SEEN_BY_PEOPLE = word_set(
    "told asked rang phoned met visited miss missed married ask tell love see"
)
_BEFORE_A_MONTH = word_set(
    "in of since until till by last next this early late mid during before after every for from "
    "to around about end middle beginning and between that the one each or"
)
_GENERIC_BEFORE_TYPES = word_set(
    """
    main local same big little old new nearest whole own other first second third mental general
    private public psychiatric acute locked open mixed male female mens womens secure medical
    surgical geriatric elderly maternity childrens day night care nursing residential sheltered
    supported rehab dementia stroke cancer heart eye dental gp doctors nurses family high primary
    secondary special grammar comprehensive boarding catholic village town city county district
    busy quiet wrong right empty full side back front top bottom council terraced detached
    semi-detached rented safe halfway crisis respite community cottage teaching assessment
    admissions admission observation intensive inpatient outpatient eating disorder disorders
    adolescent adult young peoples baby mother and single two bedroom good bad nice lovely large
    small tiny huge  dirty clean posh rough long short  country dual one way another any
    every each no some this that these those next last previous different ordinary normal state
    """
)
_MIN_LETTERS = 2
_MAX_NAME_WORDS = 6


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


def has_no_capitals(words: Sequence[SaidWord]) -> bool:
    """Return True if capitals tell nothing in most of these words."""
    talk = TalkOfNames(words)
    return len(words) > MIN_WORDS_FOR_CAPITALS and sum(talk.cased) * 2 < len(words)


def possible_names(
    words: Sequence[SaidWord], recognised: Sequence[tuple[int, int]] = ()
) -> list[PossibleName]:
    """Return what may be a name among these words, in the order in which it is first said.

    `recognised` are the places that an entity recogniser found.
    """
    talk = TalkOfNames(words)
    finds = list(_finds(talk))
    at_word = {number: at for at, number in reversed(list(enumerate(talk.numbers)))}
    finds += [NameFind(at_word[first], at_word[last - 1] + 1) for first, last in recognised]
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
            yield from _organisations_at(talk, at)
            yield from _places_at(talk, at)
            if talk.cased[at]:
                yield from _by_capital(talk, at)
            elif is_mostly_english:
                yield from _unknown_at(talk, at)
            yield from _numbered_ward(talk, at)
            yield from names_of_ordinary_words(talk, at)
            yield from _by_context(talk, at)
            yield from _by_type(talk, at)
        at += 1


def _numbered_ward(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
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


def _is_mostly_english(talk: TalkOfNames) -> bool:
    """Return False where the words are of another language, which these rules cannot read."""
    known = [is_english(word) for word in talk.fold if word]
    return sum(known) >= MOSTLY * len(known)


# ------------------------------------------------------------------------------------ capitals


def _goes_on_from_before(talk: TalkOfNames, at: int) -> bool:
    """Return True for a word that is part of a name that begins before it."""
    if not at or not talk.goes_on(at - 1) or talk.starts[at] or not _may_begin(talk, at - 1):
        return False
    return not talk.owns[at - 1] and talk.fold[at - 1] not in _TITLES


def _by_capital(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a name that begins at a word with a capital."""
    if _goes_on_from_before(talk, at):
        return
    is_title = talk.fold[at] in _TITLES - _OPENING_WORDS and talk.goes_on(at)
    if is_title and (talk.capital[at + 1] or talk.capital[at]):
        return
    if not _may_begin(talk, at):
        if not talk.capital[at] and is_rather_or_unlisted(talk.fold[at]):
            yield NameFind(at, at + 1)
        return
    last = _end_of_name(talk, at)
    yield NameFind(at, last, _kind_of(talk, at, last))


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
    if fold in _WORDS_AND_SURNAMES and not talk.starts[at]:
        is_apart = bool(at) and talk.comma_after[at - 1]
        return not is_apart and (not talk.goes_on(at) or not is_ordinary_or_type(talk.after(at)))
    if is_ordinary_capital(fold) or fold in _FUNCTION_WORDS:
        return _is_clearly_named(talk, at) or _opens_name(talk, at)
    if talk.starts[at]:
        return _begins_sentence_as_name(talk, at)
    is_apart = bool(at) and talk.comma_after[at - 1]
    if is_apart and is_common(fold) and not is_given_name(fold):
        return talk.goes_on(at) and talk.capital[at + 1] and talk.after(at) in _TYPES | {"old"}
    if fold in _FORMS_OF_I:
        return False
    return not _is_word_with_hyphen(talk.bare[at]) or not _all_english(talk.bare[at])


_FORMS_OF_I = word_set("i im ive id ill idve illve")


def _is_said_of_organisation(talk: TalkOfNames, at: int) -> bool:
    """Return True for “at Next” and “Rethink rang”, but not for “Next came the bill”."""
    if talk.starts[at]:
        is_doing = talk.after(at) in _VERBS_OF_PEOPLE | word_set("put let gave made sent are were")
        return is_doing and talk.fold[at] not in _NO_ORGANISATIONS_AT_FIRST
    return bool(at) and not talk.comma_after[at - 1]


_NO_ORGANISATIONS_AT_FIRST = word_set(
    "next three shout sky gap link orange shelter respond imagine"
)


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
        return after in _VERBS_OF_PEOPLE - _AUXILIARIES or talk.owns[at]
    if talk.starts[at]:
        return talk.owns[at] or after in _VERBS_OF_PEOPLE - word_set("was is who")
    return True


def _is_clearly_named(talk: TalkOfNames, at: int) -> bool:
    """Return True for a word after “Mrs” or “called”, whatever it means besides."""
    before, fold = talk.before(at), talk.fold[at]
    if fold in _TITLES or not talk.goes_on(at - 1 if at else 0):
        return False
    if before in _SURE_TITLES:
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
    if fold in _OPENING_WORDS:
        return after not in MONTHS and after not in _FUNCTION_WORDS - _WORDS_AND_SURNAMES
    if talk.owns[at] or fold in _NO_STREETS:
        return False
    return after in _STREETS


_STREETS = word_set("road street lane avenue crescent drive terrace grove mews")
_NO_STREETS = _FUNCTION_WORDS | word_set("main side back day night home")
_OPENING_WORDS = word_set(
    "st saint royal queen queens king kings prince princes princess bishop pope cardinal new north "
    "south east west northern southern eastern western great victoria mount"
)


def _begins_sentence_as_name(talk: TalkOfNames, at: int) -> bool:
    fold, after = talk.fold[at], talk.after(at)
    if _is_word_with_hyphen(talk.bare[at]) and _all_english(talk.bare[at]):
        return False
    if not is_english(fold):
        return True
    if is_rather_a_name(fold):
        return True
    if fold in _OPENING_WORDS and _opens_name(talk, at):
        return True
    follows = at + 1 < len(talk.fold) and talk.goes_on(at)
    next_has_capital = follows and talk.capital[at + 1] and not is_ordinary_capital(after)
    may_be_name = is_given_name(fold) or is_surname(fold) or is_place(fold) or after in _TYPES
    if next_has_capital and after not in _FUNCTION_WORDS and may_be_name:
        return True
    if fold in _GENERIC_BEFORE_TYPES or is_ordinary_capital(fold):
        return False
    if follows and talk.capital[at + 1] and (after in _TYPES or after in ("st", "saint")):
        return True
    if follows and talk.capital[at + 1] and not is_common(fold):
        return talk.fold[_end_of_name(talk, at) - 1] in _TYPES
    if is_given_name(fold) or is_rare(fold):
        return talk.owns[at] or (after in _VERBS_OF_PEOPLE and fold not in _AUXILIARIES)
    return False


def _is_word_with_hyphen(bare: str) -> bool:
    return "-" in bare.strip("-")


@lru_cache(maxsize=20_000)
def _all_english(bare: str) -> bool:
    """Return True if each part of a word with hyphens is ordinary: “twenty-two”, “Co-op” is."""
    parts = [folded_word(part) for part in bare.replace("‑", "-").split("-")]
    return all(
        is_english(part) and not is_rather_a_name(part) for part in parts if part
    ) and not all(part[:1].isupper() for part in bare.split("-"))


def _end_of_name(talk: TalkOfNames, first: int) -> int:
    """Return the end of the name that begins at `first`."""
    last = first + 1
    while last < len(talk.words) and last - first < _MAX_NAME_WORDS:
        if not talk.goes_on(last - 1):
            break
        fold = talk.fold[last]
        is_royal = last - 1 == first and talk.fold[first] in _OPENING_WORDS
        if talk.owns[last - 1] and not (talk.capital[last] and (is_royal or fold in _TYPES)):
            break
        if talk.capital[last] and _may_continue(talk, last):
            last += 1
            continue
        step = _connector(talk, first, last)
        if not step:
            break
        last += step
    while last - first > 1 and _is_droppable(talk, last - 1):
        last -= 1
    return last


def _may_continue(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    if fold in _TYPES:
        return True
    if fold in _FUNCTION_WORDS - _WORDS_AND_SURNAMES or fold in ("i", "im", "ive", "id", "ill"):
        return False
    is_title = fold in _TITLES and not (is_surname(fold) and not _has_capital_after(talk, at))
    return fold not in MONTHS and not is_day(fold) and not is_title


def _has_capital_after(talk: TalkOfNames, at: int) -> bool:
    return talk.goes_on(at) and talk.capital[at + 1]


def is_day(word: str) -> bool:
    return word.removesuffix("s").endswith("day") and is_ordinary_capital(word)


def _is_droppable(talk: TalkOfNames, at: int) -> bool:
    """Return True for somebody’s part at the end of a name: “Ruth Mum”."""
    return talk.fold[at] in _RELATIONS and not is_given_name(talk.fold[at])


def _connector(talk: TalkOfNames, first: int, at: int) -> int:
    """Return how many words join what stands before and after: “Stoke on Trent”, “van der Berg”."""
    step = 1
    while step <= 2 and at + step < len(talk.words) and talk.goes_on(at + step - 1):
        words = talk.fold[at : at + step]
        if talk.capital[at + step] and _may_begin_after(talk, at + step):
            whole = talk.phrase(first, at + step + 1)
            if all(word in _OF_A_NAME for word in words):
                return step + 1
            if is_place(whole) or is_organisation_or_word(whole):
                return step + 1
            if words == ["of"] and is_ordinary_or_type(talk.fold[at - 1]):
                return step + 1
        if talk.fold[at + step - 1] not in _INSIDE_PHRASES | _OF_A_NAME:
            break
        step += 1
    return 0


def _may_begin_after(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    return fold not in MONTHS and not is_day(fold) and fold not in _FUNCTION_WORDS


def is_ordinary_or_type(word: str) -> bool:
    return is_ordinary_capital(word) or word in _TYPES


# ------------------------------------------------------------------- lists, where nothing is big


def _unknown_at(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a word that English does not know, or that is rather a name, and its surname."""
    if not _is_strange(talk, at):
        return
    last = at + 1
    while last < len(talk.words) and talk.goes_on(last - 1) and last - at < _MAX_NAME_WORDS:
        fold = talk.fold[last]
        is_end = fold in _ENDS_OF_PLACES or is_rare(fold)
        if _is_strange(talk, last) or _is_surname_here(talk, last) or is_end:
            last += 1
        elif fold in _OF_A_NAME and last + 1 < len(talk.words) and _is_strange(talk, last + 1):
            last += 2
        else:
            break
    first = at
    while first and talk.goes_on(first - 1) and _leads_in(talk, first - 1):
        first -= 1
    yield NameFind(first, last, _kind_of(talk, first, last))


_ENDS_OF_PLACES = word_set(
    "cross grange manor hall hill heath moor gate vale dale mill ford field fields wood woods "
    "brook heart oak oaks lodge tower towers wharf bay green common foods motors engineering "
    "bakery water girls juniors infants ward hospital house road street lane avenue close court"
)
_BEGINS_OF_NAMES = (_OF_A_NAME | word_set("o mc st saint guru central greater")) - word_set("a y")


def _leads_in(talk: TalkOfNames, at: int) -> bool:
    """Return True for what begins a name before a word that English does not know."""
    fold = talk.fold[at]
    if fold in _BEGINS_OF_NAMES:
        return True
    if fold in _FUNCTION_WORDS or fold in _GENERIC_BEFORE_TYPES or fold in _TYPES:
        return False
    before = talk.before(at)
    if before == "at" and not (is_ordinary_capital(fold) and fold not in _OPENING_WORDS):
        return True
    is_institution = fold in _OPENING_WORDS or (is_surname(fold) and not is_common(fold))
    return is_institution and before in ("to", "from", "on", "for", "rang", "")


def _is_strange(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    if len(fold) < _MIN_LETTERS or fold in _FUNCTION_WORDS or fold in MONTHS:
        return False
    if any(map(str.isdigit, fold)):
        return False
    if is_rather_a_name(fold):
        return True
    if _is_word_with_hyphen(talk.bare[at]):
        return not _all_english(talk.bare[at])
    return not is_english(fold)


def _is_surname_here(talk: TalkOfNames, at: int) -> bool:
    """Return True for an ordinary word after a given name that is a surname as well."""
    fold = talk.fold[at]
    return (
        is_given_name(talk.fold[at - 1])
        and not talk.owns[at - 1]
        and is_surname(fold)
        and fold not in _FUNCTION_WORDS
        and not is_ordinary_capital(fold)
        and fold not in _VERBS_OF_PEOPLE
    )


# ------------------------------------------------------------------------------------- contexts


def _by_context(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a word that what stands before it makes a name: “my son mark”, “dr young”."""
    fold, before = talk.fold[at], talk.before(at)
    if fold.isdigit() or len(fold) < _MIN_LETTERS:
        return
    if not before or not talk.goes_on(at - 1):
        if not talk.cased[at] and _is_spoken_of(talk, at):
            yield NameFind(at, _with_surname(talk, at), NameKind.PERSON)
        return
    if talk.cased[at] and not talk.capital[at]:
        return
    if before in _SURE_TITLES:
        if fold not in _FUNCTION_WORDS or is_surname(fold):
            yield NameFind(at, _with_surname(talk, at), NameKind.PERSON)
    elif _is_named(talk, at) or (not talk.cased[at] and _is_spoken_of(talk, at)):
        # “at Bishop Young” is a school, and its name begins with the title.
        is_institution = before in _OPENING_WORDS and talk.before(at - 1) in _BEFORE_PLACES
        yield NameFind(at - is_institution, _with_surname(talk, at), NameKind.PERSON)
    elif not talk.cased[at] and _is_ordinary_place_here(talk, at):
        yield NameFind(at, at + 1, NameKind.PLACE)
    elif not talk.cased[at] and _is_workplace(talk, at):
        yield NameFind(at, at + 1, NameKind.SERVICE)


def _with_surname(talk: TalkOfNames, at: int) -> int:
    last = at + 1
    while last < len(talk.words) and talk.goes_on(last - 1) and last - at < _MAX_NAME_WORDS:
        if talk.owns[last - 1]:
            break
        if talk.cased[last]:
            if not (talk.capital[last] and _may_continue(talk, last)):
                break
        elif not (_is_strange(talk, last) or _is_surname_here(talk, last)):
            break
        last += 1
    return last


def _is_named(talk: TalkOfNames, at: int) -> bool:
    """Return True after a title, a relation or “called”, for a word that people are called."""
    fold, before = talk.fold[at], talk.before(at)
    if fold in _AUXILIARIES and talk.after(at) not in _VERBS_OF_PEOPLE - _AUXILIARIES:
        return False
    may_be_person = _may_be_called(fold) or (before in _TITLES and is_surname(fold))
    if not may_be_person or fold in _NOT_AFTER_RELATIONS:
        return False
    earlier = talk.before(at - 1)
    says_name = before in ("is", "was") and earlier in ("name", "names")
    if says_name or (before in ("name", "names") and talk.owns[at - 1]):
        return fold not in _FUNCTION_WORDS
    if before == "im":
        return is_given_name(fold) and (not talk.goes_on(at) or is_surname(talk.after(at)))
    if before in ("called", "named", "christened", "nicknamed"):
        return True
    if before in _TITLES:
        return fold not in _FUNCTION_WORDS and not (
            is_common(fold)
            and earlier in ("the", "a", "my", "this", "that")
            and before in ("doctor", "nurse", "sister", "father", "consultant", "judge")
            and talk.after(at) not in _VERBS_OF_PEOPLE
        )
    if before in _RELATIONS:
        owners = _OWNERS | _OWNERS_OF_DIALECT
        has_owner = earlier in owners or before == "our" or talk.before(at - 2) in owners
        has_owner = has_owner or (earlier in ("this", "that", "a") and not is_common(fold))
        return has_owner and fold not in _FUNCTION_WORDS - _AUXILIARIES
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
    if last in _RELATIONS and talk.before(at - 1) in _OWNERS:
        return True
    return last in ("thats", "oh", "that") and not is_common(talk.fold[at])


def _is_filed_under(talk: TalkOfNames, at: int) -> bool:
    """Return True after “it’s under” and “put down as”, and before “family”, for a surname."""
    fold, before, earlier = talk.fold[at], talk.before(at), talk.before(at - 1)
    if fold in _GENERIC_BEFORE_TYPES or is_ordinary_capital(fold):
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
    if before not in _TITLES or is_common(fold) or is_ordinary_capital(fold):
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
    if fold in _FUNCTION_WORDS:
        return False
    if _is_filed_under(talk, at) or _is_entitled(talk, at):
        return True
    if not _may_be_called(fold):
        return False
    if _is_apposition(talk, at):
        return True
    if before in ("does", "did") and talk.starts[at - 1] is False and not is_common(fold):
        return True
    if before in _OWNERS | word_set("the a an of this that no some any"):
        return False
    if talk.owns[at]:
        return True
    if before in _SEEN_BY_PEOPLE and (not talk.goes_on(at) or after in _FUNCTION_WORDS):
        return True
    if before == "and" and at >= 2 and _is_strange(talk, at - 2):
        return True
    return after in _VERBS_OF_PEOPLE - word_set(
        "was is has had who would never always just still used"
    ) and (not before or before in ("and", "but", "so", "then", "when", "because", "that", "well"))


def _is_ordinary_place_here(talk: TalkOfNames, at: int) -> bool:
    """Return True for a town that is a word as well, where it is lived in: “reading”, “bath”."""
    fold, before = talk.fold[at], talk.before(at)
    if not is_place(fold) or fold in _FUNCTION_WORDS or is_ordinary_capital(fold) or fold in _TYPES:
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
        return earlier in _AT_WORK
    if fold in _FUNCTION_WORDS or is_ordinary_capital(fold) or fold in _GENERIC_BEFORE_TYPES:
        return False
    if is_organisation_or_word(fold):
        if before in ("at", "from", "rang", "phoned", "called", "via"):
            return True
        if (
            fold not in _NO_ORGANISATIONS_AT_FIRST
            and before == "to"
            and (not talk.goes_on(at) or talk.after(at) in ("on", "and", "every", "first", "then"))
        ):
            return True
        if before == "then" and fold not in _NO_ORGANISATIONS_AT_FIRST:
            return not talk.goes_on(at) or talk.after(at) in _DOINGS_OF_SERVICES
        if before in ("was", "is") and talk.after(at) in ("who", "that"):
            return True
    is_worked_for = before in ("at", "for") and earlier in _AT_WORK
    if _is_word_with_hyphen(talk.bare[at]):
        return False
    return not is_common(fold) and (is_worked_for or before in ("rang", "phoned"))


# ---------------------------------------------------------------------------- phrases of lists


def _organisations_at(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    for last in range(min(len(talk.words), at + 4), at, -1):
        if any(not talk.goes_on(number) for number in range(at, last - 1)):
            continue
        phrase = talk.phrase(at, last)
        if is_organisation(phrase) and not is_ordinary_capital(phrase):
            yield NameFind(at, last, NameKind.SERVICE)
            return


def _places_at(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a place of several words: “bury st edmunds”."""
    for last in range(min(len(talk.words), at + 4), at + 1, -1):
        if any(not talk.goes_on(number) for number in range(at, last - 1)):
            continue
        if (
            talk.fold[at] != "the"
            and is_place(talk.phrase(at, last))
            and not all(
                word in _FUNCTION_WORDS or is_ordinary_capital(word) for word in talk.fold[at:last]
            )
        ):
            is_ordinary = not talk.cased[at] and all(map(is_common, talk.fold[at:last]))
            if talk.cased[at] and not talk.capital[at]:
                continue
            if is_ordinary and talk.before(at) not in _BEFORE_PLACES:
                continue
            yield NameFind(at, last, NameKind.PLACE)
            return


def _by_type(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find what stands before “ward” or “street”, where nobody wrote capitals."""
    fold = talk.fold[at]
    if talk.cased[at] or fold not in _TYPES or not talk.before(at):
        return
    first = at
    is_numbered_ward = fold == "ward" and talk.goes_on(at - 1) and talk.fold[at - 1].isdigit()
    if is_numbered_ward:
        first -= 1  # “Priory 2 ward”
    while first > 0 and at - first < _MAX_BEFORE_TYPE and not talk.starts[first]:
        if talk.comma_after[first - 1] or not _may_stand_before_type(talk, first - 1):
            break
        first -= 1
    if first == at and fold in _STREETS and talk.before(at) in _NAMES_OF_STREETS:
        first -= 1
    if first == at:
        yield from _royal_place(talk, at)
        return
    if talk.before(first) in _OPENING_WORDS and talk.goes_on(first - 1):
        first -= 1
    named, before = talk.fold[first:at], talk.before(first)
    is_known = any(_is_strange(talk, number) for number in range(first, at))
    is_uncommon = not any(map(is_common, named))
    is_free = before not in _DETERMINERS
    is_sure = fold == "ward" or (fold in _SURE_TYPES and before in _BEFORE_PLACES)
    if is_known or (is_free and (is_uncommon or is_sure)):
        kind = NameKind.PLACE if fold in _TYPES_OF_PLACE else NameKind.SERVICE
        yield NameFind(first, at + 1, kind)


def _royal_place(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “queen’s medical centre”, whose words are all ordinary."""
    for first in range(max(0, at - _MAX_BEFORE_TYPE), at):
        is_phrase = all(talk.goes_on(number) for number in range(first, at))
        if is_phrase and talk.fold[first] in _OPENING_WORDS - _DIRECTIONS:
            yield NameFind(first, at + 1, NameKind.PLACE)
            return


_NAMES_OF_STREETS = word_set(
    "church station mill park market school chapel king queen kings queens victoria bridge "
    "hospital college club court bank battle"
)
_MAX_BEFORE_TYPE = 3
_DETERMINERS = _OWNERS | word_set("the a an this that these those each every another no some any")


def _may_stand_before_type(talk: TalkOfNames, at: int) -> bool:
    word = talk.fold[at]
    if word in ("st", "saint", "royal", "queen", "queens", "king", "kings", "prince"):
        return True
    is_school = _schools_follow(talk, at)
    if (
        word in _FUNCTION_WORDS
        or (word in _GENERIC_BEFORE_TYPES and not is_school)
        or (is_school and word in _GENERIC_BEFORE_SCHOOLS)
        or is_ordinary_capital(word)
        or word.isdigit()
        or word in _VERBS_OF_PEOPLE
        or len(word) < _MIN_LETTERS
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


# -------------------------------------------------------------------------------------- groups


def _kind_of(talk: TalkOfNames, first: int, last: int) -> NameKind:
    words, phrase = talk.fold[first:last], talk.phrase(first, last)
    if words[-1] in _TYPES_OF_PLACE and len(words) > 1:
        return NameKind.PLACE
    is_service = words[-1] in _TYPES_OF_SERVICE and len(words) > 1
    if is_service or is_organisation_or_word(phrase):
        return NameKind.SERVICE
    before, earlier = talk.before(first), talk.before(first - 1) if first else ""
    if before in _RELATIONS | _TITLES | _NAMING:
        return NameKind.PERSON
    if before in ("at", "for") and earlier in _AT_WORK:
        return NameKind.SERVICE
    given = is_given_name(words[0])
    if is_place(phrase) and (before in _BEFORE_PLACES or not given):
        return NameKind.PLACE
    if before in ("in", "near") and not given:
        return NameKind.PLACE
    return NameKind.PERSON


def _says_something(talk: TalkOfNames, find: NameFind) -> bool:
    """Return False for a place all of whose words are ordinary capitals or small words."""
    words = talk.fold[find.first : find.last]
    if find.is_phrase or (find.kind is NameKind.PERSON and len(words) == 1):
        return True
    if words[0] in _OPENING_WORDS and len(words) > 1 and words[-1] in _TYPES:
        return words[0] not in _DIRECTIONS
    if words[0] == "ward" and len(words) == 2:
        return True
    if is_organisation_or_word(" ".join(words)) or _WORDS_AND_SURNAMES.intersection(words):
        return True
    return any(
        word
        and not word.isdigit()
        and (not is_ordinary_capital(word) and word not in _FUNCTION_WORDS)
        for word in words
    )


_DIRECTIONS = word_set("mount new north south east west northern southern eastern western great")


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
    if len(word) > _MIN_LETTERS:
        yield f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def _is_telling(word: str) -> bool:
    return (
        len(word) > _MIN_LETTERS
        and word not in _TYPES
        and word not in _FUNCTION_WORDS
        and word not in _OF_A_NAME
        and not is_ordinary_capital(word)
    )


def _as_written(talk: TalkOfNames, find: NameFind) -> str:
    return " ".join(talk.bare[find.first : find.last])


def _all_places(talk: TalkOfNames, group: PossibleName) -> Iterator[tuple[int, int]]:
    """Yield every place where a form of the name is said, whatever its capitals."""
    forms = {tuple(part.split()) for part in group.parts}
    longest = max(map(len, forms))
    end = 0
    for at in sorted(place for word in {form[0] for form in forms} for place in talk.said_at(word)):
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
