"""Names that are made of ordinary words: “Northern General”, “the Red Lion”, “on Market Street”.

No list of names has their words, and where nobody wrote capitals they have none. What gives them
away is the phrase: how hospitals, churches, streets, inns and houses are called in Britain.
"""

from __future__ import annotations

from collections.abc import Iterator

from transcribe.redaction.name_list import NameKind
from transcribe.redaction.names_and_words import (
    is_english,
    is_given_name,
    is_place,
    is_rare,
    is_rather_a_name,
    is_surname,
)
from transcribe.redaction.normalise import is_common, word_set
from transcribe.redaction.talk import NameFind, TalkOfNames

_PREPOSITIONS = word_set("on at to from in near by off down up outside round into of along")
_HOSPITALS = word_set("general royal infirmary")
_BEFORE_HOSPITALS = word_set(
    "north south east west northern southern eastern western central great greater royal victoria "
    "county queen alexandra princess"
)
_AFTER_GENERAL = word_set("election elections manager practice strike public knowledge secretary")
_STREETS = word_set("road street lane avenue crescent terrace grove mews")
_NO_STREETS = word_set(
    "main side back high day night home busy dusty long quiet own same next other little whole "
    "country one wrong right memory garden fast slow bus cycle middle outside inside this that the "
    "a an my our your his her their every each any which what no some another narrow dark dirt "
    "private public new old good bad only first second third last local open opposite nearest "
    "entire empty wide steep nice lovely rough dead motor rail ring access slip"
)
_BEFORE_STREETS = word_set("old new pleasant mount upper lower great little")
_OF_DEDICATIONS = {
    "holy": word_set("ghost trinity family cross rood name redeemer innocents law apostles"),
    "sacred": word_set("heart"), "all": word_set("saints souls hallows"),
    "our": word_set("lady ladys"), "christ": word_set("church"), "good": word_set("shepherd"),
    "immaculate": word_set("conception"), "corpus": word_set("christi"),
    "english": word_set("martyrs"), "blessed": word_set("sacrament"),
    "precious": word_set("blood"),
}  # fmt: skip
_TO_A_CHURCH = word_set("at from to near up down attend attended attends in")
_HOUSES = word_set(
    "elms limes laurels beeches firs oaks willows cedars poplars hollies birches sycamores "
    "chestnuts maples larches rowans yews hawthorns lindens gables paddocks dales brambles "
    "orchards maltings grange priory limetrees hollins heathers ferns mount lawns hawthornes "
    "cottages almshouses granary coppice spinney copse"
)
_INNS_ALONE = word_set(
    "crown plough swan ship bell anchor bull fleece fox lamb lion feathers railway grapes "
    "wheatsheaf beehive greyhound talbot george masons cricketers barley woolpack shears bridge"
)
_OLD_HOUSES = word_set(
    "vicarage rectory schoolhouse forge manse parsonage smithy creamery dairy tannery granary "
    "bakehouse brewery deanery toll-house gatehouse courthouse"
)
_TO_A_HOUSE = word_set("in at to from called into near")
_INN_FIRST = word_set(
    "red white black blue green golden royal three five seven old flying jolly running crossed "
    "grey dun marquis kings queens"
)
_INN_SECOND = word_set(
    "lion lions hart horse dragon bull swan bell bells cow boar stag cock fox hounds oak tuns "
    "anchor plough crown griffin unicorn lamb horseshoes feathers keys sailor farmer granby "
    "head arms eagle greyhound falcon"
)
_INN_PAIRS = {
    "fox": "hounds", "rose": "crown", "dog": "duck", "coach": "horses", "hare": "hounds",
    "horse": "groom", "horses": "hounds", "elephant": "castle", "crown": "anchor",
    "star": "garter", "bull": "bush", "lion": "unicorn", "eagle": "child", "hen": "chickens",
    "goat": "compasses", "owl": "thistle", "plough": "harrow", "barley": "mow", "sun": "stars",
    "ship": "anchor", "lamb": "flag", "thistle": "rose",
    "fleece": "lamb", "anchor": "hope", "cat": "fiddle", "swan": "cygnet", "pig": "whistle",
}  # fmt: skip
_CENTRES = word_set("centre estate")
_NO_CENTRES = word_set(
    "leisure sports sport garden civic shopping health medical day vaccination recycling call job "
    "town city detention conference visitor visitors visiting activity activities resource "
    "resources community arts heritage rehab urgent treatment cancer fertility fitness swimming "
    "childrens children family families youth advice learning education training birth breast "
    "blood dialysis renal trauma dementia carers carer council housing industrial trading real "
    "whole new old big little rough private same local main next nearest other wrong right own "
    "support drop-in walk-in wellbeing welfare drug alcohol recovery testing assessment respite "
    "care neighbourhood village business retail outdoor art craft music science research "
    "information contact distribution sorting data crisis women's womens day-care stroke memory "
    "mother's very dead early the a an this that my our your his her their one each every any "
    "no which what some social islamic hindu sikh jewish adult adults elderly older specialist "
    "regional national international disability diagnostic county country farm 's"
)
_PEOPLES = word_set(
    "polish ukrainian chinese somali greek turkish bengali pakistani indian ghanaian nigerian "
    "romanian russian italian irish welsh portuguese spanish korean vietnamese jamaican caribbean "
    "african kurdish iranian iraqi syrian afghan arab tamil punjabi gujarati bangladeshi filipino "
    "hungarian lithuanian latvian serbian german french danish swedish coptic armenian eritrean "
    "ethiopian sudanese yemeni asian hindu sikh jewish islamic muslim"
)
_OF_PEOPLES = word_set(
    "church mosque temple centre association society club action evangelical orthodox cultural "
    "women's womens community school federation"
)
_ENDS_OF_FIRMS = word_set("sons son nephew co company partners daughters")
_TRADE = word_set(
    "typewriters biscuits fabrics crisps textiles carpets motors engineering bakery foods coaches "
    "buses taxis cars tyres steel steels shoes mills brewery brewers potteries pottery plastics "
    "electronics bakers butchers builders furniture garage nurseries stores logistics couriers "
    "haulage shipping chemicals printers hosiery knitwear"
)
_NO_FIRMS = word_set(
    "the a an my our his her their your some any this that local nearest private used company "
    "own two three other same new old hire police second-hand fast frozen tinned dog model"
)
_PERSONS = word_set(
    "one somebody someone lady woman man girl boy lad lass lassie fella feller fellow bloke chap "
    "guy gentleman nurse worker doctor carer friend person volunteer physio therapist chaplain "
    "dietician dietitian psychologist psychiatrist teacher tutor helper midwife cleaner driver "
    "manager assistant student counsellor advocate mentor dog cat horse"
)
_WORK = word_set(
    "physio physiotherapist therapist dietician dietitian chaplain volunteer psychologist "
    "psychiatrist manager teacher tutor carer helper worker midwife driver cleaner lady woman man "
    "bloke chap fella feller lass lassie guy gentleman assistant caretaker minister receptionist "
    "counsellor advocate mentor girl lad boy nurse dog"
)
_BEFORE_WORK = word_set("a the my our this that his her their new lovely little young same")
_NO_NAMES = word_set(
    "a an the this that these those i me my it its we us you your he him his she her they them "
    "their who which what when where how and or but so if because as than then there here of in on "
    "at by to from with about not no yes never always just only back up down out off over names "
    "later again today tomorrow yesterday love dear one for is was are will can may would could "
    "called liar mad lazy stupid crazy"
)
_CALLING = word_set("call calls called calling")
_CALLED = word_set("me him her them us it")
_LONE_LETTERS = word_set("l d q e g h j k n s w y")


def names_of_ordinary_words(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find a phrase that begins at a word and is a name, though English has each of its words."""
    for rule in (
        _hospital,
        _church,
        _place_of_worship,
        _welsh_school,
        _parkland,
        _called_by_its_end,
        _surname_of_ordinary_word,
        _street,
        _house,
        _inn,
        _centre,
        _of_a_people,
        _firm,
        _person_called,
        _person_at_work,
        _in_a_list,
        _joined_to_unknown,
        _two_letters,
    ):
        yield from rule(talk, at)


def _is_unknown(talk: TalkOfNames, at: int) -> bool:
    fold = talk.fold[at]
    return len(fold) > 1 and (is_rather_a_name(fold) or not is_english(fold))


def _is_small(talk: TalkOfNames, at: int) -> bool:
    return talk.cased[at] and not talk.capital[at]


def _found(first: int, last: int, kind: NameKind = NameKind.PLACE) -> NameFind:
    return NameFind(first, last, kind, is_phrase=True)


def _hospital(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Northern General”, “Burnley General”, “North Manchester General Hospital”."""
    if _is_small(talk, at):
        return
    fold = talk.fold[at]
    if not (fold in _BEFORE_HOSPITALS or _is_unknown(talk, at) or _is_uncommon_place(fold)):
        return
    for last in range(at + 1, min(at + 4, len(talk.fold))):
        if not talk.goes_on(last - 1) or talk.owns[last - 1]:
            return
        last_word = talk.fold[last]
        if last_word in _HOSPITALS and not _is_small(talk, last):
            if talk.after(last) in _AFTER_GENERAL:
                return
            follows = talk.after(last) if talk.goes_on(last) else ""
            yield _found(at, last + 1 + (follows in ("hospital", "infirmary")))
            return
        if not (
            _is_unknown(talk, last)
            or _is_uncommon_place(last_word)
            or last_word in _BEFORE_HOSPITALS
        ):
            return


def _is_uncommon_place(word: str) -> bool:
    return is_place(word) and not is_common(word)


def _church(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Holy Ghost”, “Our Lady of Lourdes”, “Mother of God”: a church, or its school."""
    fold = talk.fold[at]
    if _is_small(talk, at) or not talk.goes_on(at):
        return
    before = talk.before(at)
    before = talk.before(at - 1) if before == "the" else before
    if before not in _TO_A_CHURCH | {"of"}:
        return
    after = talk.fold[at + 1]
    if after in _OF_DEDICATIONS.get(fold, ()):
        yield _found(at, at + 2)
    elif (fold, after) == ("mother", "of") and talk.after(at + 1) == "god":
        yield _found(at, at + 3)


def _place_of_worship(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Green Lane Masjid”, “House of Praise”, “the Prince of Wales”."""
    fold = talk.fold[at]
    if _is_small(talk, at):
        return
    if fold in _WORSHIP and not talk.cased[at]:
        first = at
        while first and at - first < 3 and talk.goes_on(first - 1) and not talk.owns[first - 1]:
            if talk.fold[first - 1] in _NO_WORSHIP | _NO_NAMES | _PREPOSITIONS:
                break
            first -= 1
        if first < at:
            yield _found(first, at + 1)
    following = talk.fold[at + 1 : at + 3] if at + 2 < len(talk.fold) else ["", ""]
    is_phrase = following[0] == "of" and talk.goes_on(at) and talk.goes_on(at + 1)
    if is_phrase and fold in _HOUSES_OF and following[1] in _OF_WORSHIP:
        yield _found(at, at + 3)
    is_prince = is_phrase and (fold, following[1]) == ("prince", "wales")
    is_inn = is_prince and talk.before(at) == "the"
    if is_inn and talk.before(at - 1) in ("at", "in", "to", "from", "outside"):
        yield _found(at, at + 3)


_WORSHIP = word_set("masjid mandir gurdwara mosque synagogue shul kirk")
_NO_WORSHIP = word_set(
    "local nearest big main new old same other whole grand little islamic hindu sikh jewish went go"
)
_HOUSES_OF = word_set("house church temple chapel tabernacle assembly mountain assemblies")
_OF_WORSHIP = word_set("praise prayer god faith grace mercy christ fire redeemed")


def _welsh_school(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Ysgol y Pant”."""
    if talk.fold[at] == "ysgol" and talk.goes_on(at):
        is_longer = talk.fold[at + 1] in ("y", "yr", "gyfun", "bro") and talk.goes_on(at + 1)
        yield _found(at, at + 2 + is_longer)


def _parkland(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “to Small Heath Park”: what is not named has “the” before it."""
    if talk.cased[at] or talk.fold[at] != "park" or at < 2 or not talk.goes_on(at - 1):
        return
    for first in (at - 1, at - 2):
        words = talk.fold[first:at]
        if first < 1 or not talk.goes_on(first) or not _NO_PARKS.isdisjoint(words):
            return
        if talk.before(first) in _PREPOSITIONS and talk.goes_on(first - 1):
            yield _found(first, at + 1)
            return


_NO_PARKS = word_set(
    "car theme water retail business caravan holiday science national the a an my our his her your "
    "their this that to and in at on trailer safari local skate"
)


def _called_by_its_end(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “at Heartlands”, “near Riverside”: hospitals and homes are called so."""
    fold = talk.fold[at]
    if talk.cased[at] or is_common(fold) or not fold.endswith(_ENDS_OF_HOUSES):
        return
    is_place_here = talk.before(at) in ("at", "near", "from", "to", "into", "in")
    if is_place_here and talk.goes_on(at - 1) and fold not in _NO_HOUSES and len(fold) > 6:
        yield _found(at, at + 1)


_ENDS_OF_HOUSES = (
    "lands", "fields", "woods", "dene", "croft", "brook", "dale", "dales", "mead", "meads",
    "holme", "riverside", "lakeside", "hillside", "parkside", "woodside", "bankside", "view",
    "haven", "lea", "leigh", "hurst", "bourne", "gate",
)  # fmt: skip
_NO_HOUSES = word_set(
    "islands highlands lowlands midlands borders review interview overview preview navigate "
    "investigate irrigate tailgate delegate seagate floodgate fleas grasslands woodlands-walk "
    "peoples homelands wetlands playing-fields coalfields hillside battlefields cornfields fields "
    "mid-interview surrogate aggregate propagate mitigate castigate interrogate instigate "
    "segregate congregate litigate fumigate obligate plea flea guinea subgate badlands "
    "airfields backwoods minefields oilfields glands"
)


def _surname_of_ordinary_word(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Geoffrey Boycott said”, “Jonno Wade, his name was”, where nothing has a capital."""
    if talk.cased[at] or not _is_unknown(talk, at) or not talk.goes_on(at) or talk.owns[at]:
        return
    fold, after = talk.fold[at], talk.fold[at + 1]
    if is_place(fold) and not is_given_name(fold):
        return
    following = talk.after(at + 1)
    says_name = (following, talk.after(at + 2) if at + 2 < len(talk.fold) else "") in (
        ("his", "name"), ("her", "name"), ("was", "his"), ("was", "her"),
    )  # fmt: skip
    is_surname_here = is_surname(after) and says_name
    is_told = is_given_name(fold) and not is_common(after) and following in _TELLING
    is_ordinary = is_english(after) and after not in _NO_NAMES
    if is_ordinary and (is_surname_here or (is_told and not after.endswith(("ed", "ing", "ly")))):
        yield _found(at, at + 2, NameKind.PERSON)


_TELLING = word_set("said says told came went rang phoned talked asked who wrote called")


def _street(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “on Market Street”, “in Mount Pleasant Road”, whose words are all ordinary."""
    if talk.fold[at] not in _STREETS or not talk.before(at) or not talk.goes_on(at - 1):
        return
    name = talk.fold[at - 1]
    is_no_name = name in _NO_STREETS or not name.isalpha() or talk.owns[at - 1]
    if _is_small(talk, at) or (is_no_name and name not in _BEFORE_STREETS):
        return
    first = at - 1
    while first and talk.goes_on(first - 1) and not talk.starts[first] and at - first < 3:
        is_part = talk.fold[first] in _BEFORE_STREETS or talk.fold[first - 1] in ("mount", "upper")
        if not is_part or talk.fold[first - 1] in _PREPOSITIONS | _NO_NAMES:
            break
        first -= 1
    if first == at - 1 and talk.fold[first] in _BEFORE_STREETS and not talk.capital[first]:
        return
    is_written = all(talk.capital[first : at + 1])
    before = talk.before(first)
    is_named = before in _PREPOSITIONS or before.isdigit() or is_place(talk.fold[first])
    if (talk.cased[at] and is_written) or (not talk.cased[at] and is_named):
        yield _found(first, at + 1)


def _house(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “at The Limes”, “the Laurels in Oadby”, “the Crown in Ossett”: homes, and inns."""
    is_old = talk.fold[at] in _OLD_HOUSES and talk.before(at) == "old"
    if is_old and not _is_small(talk, at) and at > 1 and talk.before(at - 1) == "the":
        yield _found(at - 2, at + 1)
        return
    is_inn = talk.fold[at] in _INNS_ALONE
    if not (is_inn or talk.fold[at] in _HOUSES) or _is_small(talk, at) or talk.before(at) != "the":
        return
    if talk.owns[at] or not talk.goes_on(at - 1):
        return
    after = talk.after(at)
    in_place = after in ("in", "at", "on", "near") and at + 2 < len(talk.fold)
    if (talk.before(at - 1) in _TO_A_HOUSE and not is_inn) or (
        in_place and _is_unknown(talk, at + 2)
    ):
        yield _found(at - 1, at + 1)


def _inn(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “the Red Lion” and “the Fox and Hounds”."""
    fold = talk.fold[at]
    if talk.before(at) not in ("the", "at", "called") or _is_small(talk, at):
        return
    if not talk.goes_on(at):
        return
    after = talk.fold[at + 1]
    if fold in _INN_FIRST and after in _INN_SECOND and not _is_small(talk, at + 1):
        if (fold, after) not in (("old", "fox"), ("old", "cow"), ("old", "horse"), ("old", "head")):
            yield _found(at, at + 2)
    elif after == "and" and talk.goes_on(at + 1) and _INN_PAIRS.get(fold) == talk.fold[at + 2]:
        yield _found(at, at + 3)


def _centre(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “the Orchard Centre”, “the Marsh Farm estate”."""
    if talk.cased[at] or talk.fold[at] not in _CENTRES or at < 2 or not talk.goes_on(at - 1):
        return
    first = at - 1
    is_no_name = talk.fold[first] in _NO_CENTRES | _NO_NAMES or talk.owns[first]
    if is_no_name and talk.fold[first] != "farm":
        return
    if talk.before(first) not in ("the", "in", "at"):
        first -= 1
        if not talk.goes_on(first) or talk.before(first) not in ("the", "in", "at"):
            return
        if talk.fold[first] in _NO_CENTRES | _NO_NAMES:
            return
    if talk.fold[first] == "farm":
        return
    yield _found(first, at + 1)


def _of_a_people(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “the Ukrainian church”: there is one in a town."""
    if talk.fold[at] not in _PEOPLES or not talk.goes_on(at):
        return
    last = at + 1
    while last < min(at + 4, len(talk.fold)) and talk.fold[last] in _OF_PEOPLES:
        last += 1
        if not talk.goes_on(last - 1):
            break
    if last == at + 1 or (
        talk.fold[last - 1] in ("community", "club", "action") and last == at + 2
    ):
        return
    yield _found(at, last)


def _firm(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “at Imperial Typewriters”, “Fox's Biscuits”, “Hobson and Sons”."""
    fold, after = talk.fold[at], talk.after(at)
    if _is_small(talk, at) or not after or not talk.goes_on(at):
        return
    is_name = _is_unknown(talk, at) or is_surname(fold) or is_rare(fold)
    if after == "and" and is_name and not is_common(fold) and at + 2 < len(talk.fold):
        if talk.fold[at + 2] in _ENDS_OF_FIRMS and talk.goes_on(at + 1):
            yield _found(at, at + 3, NameKind.SERVICE)
        return
    if after not in _TRADE or fold in _NO_FIRMS:
        return
    is_at = talk.before(at) in ("at", "for") and not is_common(fold)
    if _is_unknown(talk, at) or is_at or (talk.owns[at] and is_surname(fold)):
        yield _found(at, at + 2, NameKind.SERVICE)


def _person_called(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “one called Praise”, “they call me Dimps”, “known as Chap”."""
    fold, before, earlier = talk.fold[at], talk.before(at), talk.before(at - 1) if at else ""
    if len(fold) < 3 or not fold.isalpha() or fold in _NO_NAMES or _is_small(talk, at):
        return
    if not before or not talk.goes_on(at - 1):
        return
    is_one = before in ("called", "named") and earlier in _PERSONS
    is_so = before in _CALLED and earlier in _CALLING and not is_common(fold)
    is_known = (earlier, before) == ("known", "as") and not is_common(fold)
    if is_one or is_so or is_known:
        yield _found(at, at + 1, NameKind.PERSON)


def _person_at_work(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “a dietician Verity”, “the physio Josh”, where nobody wrote capitals."""
    fold, before = talk.fold[at], talk.before(at)
    is_told = before in ("is", "was") and talk.before(at - 1) in _WORK | {"coordinator"}
    may_be_called = (is_given_name(fold) or is_rare(fold)) and not is_common(fold)
    if is_told and may_be_called and not talk.cased[at] and not talk.goes_on(at):
        yield _found(at, at + 1, NameKind.PERSON)
    if talk.cased[at] or before not in _WORK or fold in _NO_NAMES or not talk.goes_on(at - 1):
        return
    if talk.before(at - 1) not in _BEFORE_WORK | _WORK | {"therapy"}:
        return
    if is_given_name(fold) or is_rare(fold):
        is_apart = not talk.goes_on(at) or talk.after(at) in ("and", "who", "she", "he", "from")
        if not is_common(fold) or is_apart:
            yield _found(at, at + 1, NameKind.PERSON)


def _in_a_list(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Blessing” in “Agnieszka, Blessing, Comfort and Joy”."""
    fold = talk.fold[at]
    if at == 0 or talk.starts[at] or not talk.comma_after[at - 1] or _is_small(talk, at):
        return
    if talk.goes_on(at) and talk.after(at) != "and":
        return
    if talk.after(at) in ("who", "whos") and is_given_name(fold) and not talk.goes_on(at):
        yield _found(at, at + 1, NameKind.PERSON)
    may_be_name = is_given_name(fold) or is_rare(fold) or is_surname(fold)
    if not may_be_name or fold in _NO_NAMES or talk.ends[at]:
        return
    before = [n for n in (at - 1, at - 2) if n >= 0 and (n == at - 1 or talk.comma_after[n])]
    names = [n for n in before if _is_unknown(talk, n) and is_given_name(talk.fold[n])]
    if names:
        yield _found(at, at + 1, NameKind.PERSON)


def _joined_to_unknown(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “Patience Chikowore” and “Chloe Wing Yan”, of which English has a part."""
    if talk.cased[at] or at + 1 >= len(talk.fold) or not talk.goes_on(at) or talk.owns[at]:
        return
    fold, before = talk.fold[at], talk.before(at)
    if fold in _NO_NAMES or not _is_unknown(talk, at + 1):
        return
    if is_place(talk.fold[at + 1]) and not is_surname(talk.fold[at + 1]):
        return
    is_free = before not in _NO_NAMES - {"a", "the", "and", "is", "was", "with", "for", "but", "to"}
    if is_given_name(fold) and is_free and not _is_unknown(talk, at):
        yield _found(at, _end_of_unknown(talk, at + 1), NameKind.PERSON)
    elif at and talk.goes_on(at - 1) and _is_unknown(talk, at - 1) and not talk.owns[at - 1]:
        is_part = len(fold) <= 4 and (is_surname(fold) or is_place(fold))
        if is_part and is_given_name(talk.fold[at - 1]):
            yield _found(at - 1, _end_of_unknown(talk, at + 1), NameKind.PERSON)


def _end_of_unknown(talk: TalkOfNames, at: int) -> int:
    last = at + 1
    while last < len(talk.fold) and talk.goes_on(last - 1) and not talk.owns[last - 1]:
        if not _is_unknown(talk, last):
            break
        last += 1
    return last


def _two_letters(talk: TalkOfNames, at: int) -> Iterator[NameFind]:
    """Find “the L and D”: hospitals are called so."""
    if talk.before(at) != "the" or talk.fold[at] not in _LONE_LETTERS or not talk.goes_on(at):
        return
    if talk.after(at) == "and" and talk.after(at + 1) in _LONE_LETTERS:
        yield _found(at, at + 3)
