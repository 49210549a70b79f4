"""Words that are signs of a name, or speak against one, and the kind that a name is of."""

from __future__ import annotations

from functools import lru_cache

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.names_and_words import (
    is_english,
    is_given_name,
    is_ordinary_capital,
    is_organisation_or_word,
    is_place,
    is_rather_a_name,
    is_surname,
)
from transcribe.redaction.normalise import MONTHS, folded_word, word_set
from transcribe.redaction.talk import (
    TalkOfNames,
)

TITLES = word_set(
    "mr mrs ms mx miss dr doctor nurse prof professor pc sergeant sgt inspector councillor cllr "
    "reverend rev father sister matron judge lord lady sir uncle aunt auntie aunty imam rabbi "
    "pastor canon deacon bishop constable consultant director chief headmaster headmistress"
)
SURE_TITLES = word_set("mr mrs ms mx dr prof pc cllr sgt")
"""Titles after which a name comes, whatever the word is."""
RELATIONS = word_set(
    """
    son daughter mother father husband wife brother sister uncle aunt auntie aunty niece nephew
    cousin mum dad nan nana gran granny grandma grandad granddad grandpa grandson granddaughter
    partner friend mate neighbour stepson stepdaughter boyfriend girlfriend fiance lad lads boy girl
    boys girls twin twins eldest youngest oldest colleague boss manager our little poor old
    """
)
_NAMING = word_set("called named nicknamed christened name surname hiya dear hello hi")
OWNERS = word_set("my our his her their your")
TYPES_OF_PLACE = word_set(
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
TYPES = TYPES_OF_PLACE | _TYPES_OF_SERVICE
BEFORE_PLACES = word_set("on onto at to from in near by off down up outside round into of")
AT_WORK = word_set(
    "works work worked working job jobs shifts hours employed apprentice apprenticeship trained "
    "boss been studied studying volunteer volunteers volunteered volunteering started start starts "
    "temped cleaner drives drove driving driver"
)
OF_A_NAME = word_set("de van der den von bin ibn al el la le du da di dos del della ap ab ni mac y")
FUNCTION_WORDS = word_set(
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
WORDS_AND_SURNAMES = word_set(
    "will short long little love good young small best right low high great nice moore new old "
    "rich bell"
)
AUXILIARIES = word_set("will may might can would could should shall must do does did is are was")
VERBS_OF_PEOPLE = word_set(
    "said says told tells asked asks came comes went goes rang rings called calls phoned phones "
    "wrote laughed cried shouted knew knows thought thinks wanted wants loved loves liked likes "
    "lived lives worked works helped helps looked looks sat stood walked drove stayed moved died "
    "visited visits smiled got gets took takes gave gives left kept keeps felt feels heard "
    "saw sees tried tries used needed needs played plays who was is has had would wouldn't couldnt "
    "wouldnt didnt doesnt isnt wasnt never always just still put turned    won't wont"
)
GENERIC_BEFORE_TYPES = word_set(
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
MIN_LETTERS = 2
MAX_NAME_WORDS = 6
NO_ORGANISATIONS_AT_FIRST = word_set("next three shout sky gap link orange shelter respond imagine")
STREETS = word_set("road street lane avenue crescent drive terrace grove mews")
OPENING_WORDS = word_set(
    "st saint royal queen queens king kings prince princes princess bishop pope cardinal new north "
    "south east west northern southern eastern western great victoria mount"
)


def is_word_with_hyphen(bare: str) -> bool:
    return "-" in bare.strip("-")


@lru_cache(maxsize=20_000)
def all_english(bare: str) -> bool:
    """Return True if each part of a word with hyphens is ordinary: “twenty-two”, “Co-op” is."""
    parts = [folded_word(part) for part in bare.replace("‑", "-").split("-")]
    return all(
        is_english(part) and not is_rather_a_name(part) for part in parts if part
    ) and not all(part[:1].isupper() for part in bare.split("-"))


def is_day(word: str) -> bool:
    return word.removesuffix("s").endswith("day") and is_ordinary_capital(word)


def is_strange(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    if len(fold) < MIN_LETTERS or fold in FUNCTION_WORDS or fold in MONTHS:
        return False
    if any(map(str.isdigit, fold)):
        return False
    if is_rather_a_name(fold):
        return True
    if is_word_with_hyphen(talk.bare[at]):
        return not all_english(talk.bare[at])
    return not is_english(fold)


def is_surname_here(talk: TalkOfNames, at: int) -> bool:
    """Return True for an ordinary word after a given name that is a surname as well."""
    fold = talk.fold[at]
    return (
        is_given_name(talk.fold[at - 1])
        and not talk.owns[at - 1]
        and is_surname(fold)
        and fold not in FUNCTION_WORDS
        and not is_ordinary_capital(fold)
        and fold not in VERBS_OF_PEOPLE
    )


def kind_of(talk: TalkOfNames, first: int, last: int) -> NameKind:
    words, phrase = talk.fold[first:last], talk.phrase(first, last)
    if words[-1] in TYPES_OF_PLACE and len(words) > 1:
        return NameKind.PLACE
    is_service = words[-1] in _TYPES_OF_SERVICE and len(words) > 1
    if is_service or is_organisation_or_word(phrase):
        return NameKind.SERVICE
    before, earlier = talk.before(first), talk.before(first - 1) if first else ""
    if before in RELATIONS | TITLES | _NAMING:
        return NameKind.PERSON
    if before in ("at", "for") and earlier in AT_WORK:
        return NameKind.SERVICE
    given = is_given_name(words[0])
    if is_place(phrase) and (before in BEFORE_PLACES or not given):
        return NameKind.PLACE
    if before in ("in", "near") and not given:
        return NameKind.PLACE
    return NameKind.PERSON


DIRECTIONS = word_set("mount new north south east west northern southern eastern western great")
