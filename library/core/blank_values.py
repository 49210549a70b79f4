"""Recognise values that stand for something still to be written: “TODO”, “[name]”, “Our trust”.

An agreement that prints one of these says nothing, however full its field looks.
"""

from __future__ import annotations

import re
import unicodedata

from library.core.look_alikes import as_latin

_WHOLE = frozenset(
    """
    trust ourtrust yourtrust mytrust thetrust atrust trustname nameoftrust nameofthetrust
    nameofyourtrust nhs nhstrust annhstrust thenhstrust yournhstrust ournhstrust nhsfoundationtrust
    yourorganisation ourorganisation organisation yourname name contact contactdetails yourcontact
    phone telephone phonenumber email emailaddress address support supportline supportlines
    yoursupportline lawfulbasis article6 article9 condition withdrawal
    na notapplicable none nil null no yes ok unknown notknown undefined blank empty missing default
    test tests testing sample example examples dummy foo bar foobar asdf qwerty abc xyz
    pending later soon tofollow comingsoon inprogress awaiting awaited seelater asabove seeabove
    confirm tobe todo tba tbc tbd fixme wip tk tkk draft tobc tobeconfirmed ditto same idem whatever
    dontknow idontknow notsure noidea dunno various insert insertname insertnamehere namehere here
    willfollow detailstofollow seebelow seeform seewebsite seeattached attached asbefore asdiscussed
    enter pressenter hitenter return skip stop back quit exit cancel next continue
    details info information team person someone somebody anyone lead thelead
    """.split()  # noqa: SIM905 - a hundred quotes are harder to read
)
"""Values that are nothing but these, with spaces, signs and capitals left out."""
_ANYWHERE = re.compile(
    r"""
    \b(?: to[-_.]?do | t[\W_]?b[\W_]?[acd] | fixme | x{3,} | placeholder | lorem\ ipsum
        | change[\ _-]?me | fill(?:ed)?\ (?:this\ |it\ |me\ )?in
        | to\ be\ (?:confirmed|decided|agreed|added|advised|completed|determined|filled|announced
                    |supplied|provided|inserted|appointed)
        | not\ yet\ \w+ | not\ (?:decided|confirmed|agreed|filled)
        | (?:insert|enter|type)\ (?:\w+\ ){,4}here
        | your[\ _.-]?(?:trust|organisation) | your[._-](?:name|address|e-?mail)@\S+
    )(?!\w)
    """,
    re.VERBOSE,
)
_LEFT_OPEN = re.compile(r"[…]|\.{2,}|_{2,}|\?{2,}|-{3,}|\*{3,}|#{2,}")
"""Dots, lines and signs of a form that wait to be written on."""
_BRACKETS = re.compile(
    r"\[[^\]]*\]|\{[^}]*\}|<(?![^<>\s]*[@:/])[^<>]*\w{3}[^<>]*>|«[^»]*»|【[^】]*】"
)
"""Brackets that forms set round words to be replaced; an address within < > is one."""
_SPELT = re.compile(r"(?<!\w)[^\W_](?:[\W_]+[^\W_](?!\w)){2,}")
"""A word in single letters: “T O D O”, “t.b.c.”."""
_DIGITS_AS_LETTERS = str.maketrans("0134578$", "oleastbs")
_FEW_WORDS = 6
_PUT_OFF = re.compile(
    r"""
    \b(?: to\ (?:follow|do|come|confirm|check|ask|be\ \w+) | (?:will|shall)\ (?:follow|come|be\ \w+)
        | pending | await\w* | asap | unknown | no\ idea | in\ progress | waiting\ (?:for|on)
        | see\ (?:above|below|form|website|attached|e-?mail|file|sheet|other)
        | as\ (?:above|below|before|discussed|agreed) | not\ (?:applicable|known|sure|relevant)
        | do(?:n'?t|\ not)\ know | (?:when|once)\ (?:known|agreed|decided)
        | (?:ask|asking|check|checking|confirm|query|chase)\ (?:with\ )?(?:the\ |our\ )?
          (?:ig|i\.g|dpo|legal|(?:information\ )?governance|caldicott|solicitors?|manager|comms
            |boss|it)
    )(?!\w)
    | \?\s*$
    """,
    re.VERBOSE,
)
"""Words that put the matter off, in a text too short to say more."""
_ADDRESS_ON_THE_NET = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|\b(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*"
    r"\.(?:uk|com|org|net|info|eu|ie|wales|scot|nhs|health|care)\b"
)
_PLACE = re.compile(
    r"\b(?:room|ward|office|desk|house|street|road|lane|avenue|hospital|centre|center|unit|floor|clinic"
    r"|reception|bleep|extension|ext|building|block|corridor|chaplaincy|library|box|intranet|teams"
    r"|switchboard|freepost|letterbox|pigeonhole|surgery|headquarters|hq)\b"
)
"""Words of places in a trust: an address need not have a number."""
_FEWEST_DIGITS = 3
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?", r"(?:19|20)\d\d"
_DATES_AND_HOURS = re.compile(
    rf"""
    (?<![\w.+-])(?: {_YEAR}\s*[-/.]\s*(?:0?[1-9]|1[0-2])\s*[-/.]\s*{_DAY}
        | {_DAY}\s*[-/.]\s*(?:0?[1-9]|1[0-2]|{_MONTH})\s*[-/.]\s*(?:{_YEAR}|\d\d)
        | (?:{_DAY}\s+(?:of\s+)?)?{_MONTH}\.?(?:\s+{_DAY}(?!\d))?,?(?:\s+{_YEAR})?
        | (?:[01]\d|2[0-4])[.:]?[0-5]\d\s*(?:-|–|to|until)\s*(?:[01]\d|2[0-4])[.:]?[0-5]\d
    )(?![\w-]|\s*\d)
    """,
    re.VERBOSE,
)
"""Days and hours: their digits reach nobody."""
_RESERVED = re.compile(
    r"\bexample\.(?:com|org|net|edu|co\.uk|org\.uk|nhs\.uk)\b"
    r"|\.(?:example|invalid|test|localhost)\b|@example\b",
)
"""Domains that nobody can own (RFC 2606)."""
_INVENTED = re.compile(
    r"\blarchfield\b|\bdemonstration\b|\binvented\b|\bfictional\b|\bfictitious\b"
)
"""Words of the demonstration’s settings."""
_INVENTED_NUMBERS = re.compile(
    r"01(?:1[3-8]|21|31|41|51|61)4960\d{3}|01914980\d{3}|02079460\d{3}|02890180\d{3}|02920180\d{3}"
    r"|01632960\d{3}|07700900\d{3}|08081570\d{3}|0909879\d{4}|03069990\d{3}"
)
"""Telephone numbers that Ofcom keeps for drama."""
_NO_NUMBER = re.compile(r"(\d)\1{5,}|^0?123456(?:7(?:8(?:90?)?)?)?$|^(\d)\2*$")
"""Digits that nobody dials: the same one over and over, or 1, 2, 3 …"""


def is_blank(text: str, *, invented_counts: bool = True) -> bool:
    """Return True for nothing, and for words that only stand where something is to be written.

    With `invented_counts`, values that cannot be real are blanks too: those of the demonstration,
    domains and telephone numbers that are reserved for examples.
    """
    return _holds_a_place(text) or (invented_counts and bool(invention_in(text)))


def invention_in(text: str) -> str:
    """Return in words what makes a value one that cannot be real; “” where nothing does."""
    words = " ".join(_visible(text).split())
    if has_number_kept_for_drama(words):
        return "it has a telephone number that is kept for films and plays"
    if _RESERVED.search(words):
        return "it has an address that is kept for examples"
    return "it has a word of the demonstration" if _INVENTED.search(words) else ""


def why_not_real(text: str) -> str:
    """Return in words why a value that looks filled in is none; “” where it may be one."""
    numbers = [number for number in _numbers(_visible(text)) if len(number) > _FEWEST_DIGITS]
    is_undialled = any(_NO_NUMBER.search(number) for number in numbers)
    return invention_in(text) or ("it has a number that nobody can dial" if is_undialled else "")


def _holds_a_place(text: str) -> bool:
    words = " ".join(_visible(text).split())
    letters = "".join(filter(str.isalnum, words))
    if len(letters) < 2 or letters in _WHOLE or letters.translate(_DIGITS_AS_LETTERS) in _WHOLE:
        return True
    # One letter over and over, as somebody types who wants to get past.
    if len(set(letters)) == 1 and letters.isalpha():
        return True
    spelt = _SPELT.sub(lambda match: "".join(filter(str.isalnum, match[0])), words)
    if spelt != words and _ANYWHERE.search(spelt):
        return True
    if len(words.split()) <= _FEW_WORDS and not can_be_reached(words) and _PUT_OFF.search(words):
        return True
    digits = _numbers(words)
    if _ANYWHERE.search(words) or _LEFT_OPEN.search(words) or _BRACKETS.search(words):
        return True
    return any(_NO_NUMBER.search(number) for number in digits if len(number) > 3)


def can_be_reached(text: str) -> bool:
    """Return True for words with a number, an address or a place at which somebody is reached."""
    words = _without_dates(_visible(text))
    return bool(_ADDRESS_ON_THE_NET.search(words) or _PLACE.search(words)) or any(
        len(number) >= _FEWEST_DIGITS for number in _numbers(words)
    )


def has_number_kept_for_drama(text: str) -> bool:
    """Return True for words with a telephone number that Ofcom keeps for drama."""
    national = [re.sub(r"^(?:00)?44(?:0)?", "0", number) for number in _numbers(_visible(text))]
    return any(_INVENTED_NUMBERS.search(number) for number in national)


def is_only_a_date(text: str) -> bool:
    """Return True for a day or hours, and nothing else: what a neighbouring question asks for."""
    words = _visible(text)
    return bool(words.strip()) and not any(map(str.isalnum, _without_dates(words)))


def _without_dates(words: str) -> str:
    return _DATES_AND_HOURS.sub(" ", words)


def _numbers(words: str) -> list[str]:
    """Return the digits of each number, as it is dialled."""
    numbers = re.findall(r"\+?\d(?:[\s().-]*\d)*", words)
    return ["".join(filter(str.isdecimal, number)) for number in numbers]


def _visible(text: str) -> str:
    """Return the text in small Latin letters of the usual width, without what nobody sees.

    Letters that only look Latin are Latin ones, and lines struck through letters are left out.
    """
    usual = unicodedata.normalize("NFKC", text.replace("…", "..."))
    seen = "".join(
        letter
        for letter in as_latin(usual, in_context=False)
        if letter.isspace() or unicodedata.category(letter) not in {"Cf", "Cc", "Mn", "Me"}
    )
    return seen.casefold()
