"""Numbers, postcodes, addresses and birthdays."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from transcribe.redaction.normalise import MONTHS, word_set
from transcribe.redaction.text_model import Hit, Talk, Target

PHONE = "[phone number]"
NHS = "[NHS number]"
POSTCODE = "[postcode]"
BIRTH = "[date of birth]"
EMAIL = "[e-mail address]"
WEB = "[web address]"
NUMBER = "[number]"

_NHS_LENGTH = 10
_PUBLIC = ("03", "080", "084", "087", "09")
"""Numbers of organisations and helplines: the editor is asked."""
_HELPLINES = word_set("116123 116000")
_LEAST_LISTED = 3
_LOCAL = range(6, 9)  # digits of a number within its own town
_POSTCODE = re.compile(
    r"^(?:(?:[a-pr-uwyz]\d[\da-hjkpstuw]?)|(?:[a-pr-uwyz][a-hk-y]\d[\dabehmnprvwxy]?)|gir)"
    r"\d[abd-hjlnp-uw-z]{2}$"
)
_WHOLE_EMAIL = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")
_ENDINGS = word_set("com org net uk co nhs gov ac info eu ie")
_WEB = re.compile(
    r"^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|co\.uk|nhs\.uk)\b"
)
_CALLING = word_set("phone phoned ring rang call called number mobile text dial extension landline")
_HEALTH = word_set("nhs hospital patient")
_BORN = word_set("born birthday birth dob")
_NEAR = 6  # words before in which “born” or “number” says what follows
_SHORT_DATE = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$")


def pattern_hits(talk: Talk, targets: Sequence[Target] = ()) -> Iterator[Hit]:
    """Every place where such a thing is said, sure or asked about, and every listed number."""
    yield from _listed(talk, targets)
    for sort in (_digits, _postcodes, _dates, _addresses):
        yield from (hit for hit in sort(talk) if talk.unbroken(hit.first, hit.last))


def _listed(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Numbers of the list, however they are said."""
    wanted = [(re.sub(r"\D", "", one.about), one) for one in targets if one.is_number]
    if not wanted:
        return
    for run in _digit_runs(talk):
        for digits, target in wanted:
            if len(digits) >= _LEAST_LISTED and digits in run.digits:
                yield Hit(run.first, run.last, True, target.about, target.shown, target.number)


def _digits(talk: Talk) -> Iterator[Hit]:
    for run in _digit_runs(talk):
        told = _kind_of(run, talk)
        if told:
            shown, sure = told
            yield _hit(run.first, run.last, shown, sure)


def _digit_runs(talk: Talk) -> list[Digits]:
    texts = [word.text for word in talk.words]
    breaks = {number for number, word in enumerate(talk.words) if word.after_gap}
    return digit_runs(talk.folds, texts, breaks)


def _kind_of(run: Digits, talk: Talk) -> tuple[str, bool] | None:
    """What these digits are, and whether that is sure."""
    from stdnum.gb import nhs

    before = talk.folds[max(0, run.first - _NEAR) : run.first]
    digits = run.digits
    if digits in _HELPLINES:
        return None
    if len(digits) == _NHS_LENGTH and not digits.startswith("0") and not run.plus:
        return NHS, bool(nhs.is_valid(digits)) or not _HEALTH.isdisjoint(before)
    if run.plus or digits.startswith(("0", "44")):
        sort = _phone(digits, plus=run.plus)
        if sort is not None:
            return PHONE, sort
    if len(digits) in _LOCAL and not _CALLING.isdisjoint(before):
        return PHONE, False
    # Nothing that is counted or dated has so many digits.
    return (NUMBER, False) if len(digits) > _LOCAL.stop else None


def _phone(digits: str, *, plus: bool) -> bool | None:
    """Whether these digits are surely somebody’s phone number; None where they are none."""

    import phonenumbers

    written = f"+{digits}" if plus or digits.startswith("44") else digits
    try:
        number = phonenumbers.parse(written, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    if number.country_code == 44 and not plus and len(digits) < 10:
        return False
    return not f"0{number.national_number}".startswith(_PUBLIC)


def _postcodes(talk: Talk) -> Iterator[Hit]:
    """`LS1 4AP`, `ls14ap`, and letters and digits said one by one: “L S one four A P”."""
    parts = [_lettered(fold) for fold in talk.folds]
    at = 0
    while at < len(parts):
        found = next(
            (last for last in range(min(len(parts), at + 7), at, -1) if _is_code(parts, at, last)),
            None,
        )
        if found:
            yield _hit(at, found, POSTCODE, sure=True)
        at = found or at + 1


def _is_code(parts: Sequence[str], first: int, last: int) -> bool:
    said = parts[first:last]
    if not all(said) or not _POSTCODE.match("".join(said)):
        return False
    inward = "".join(said)[-3:]
    # “so 1 in 2 …” is none: what is said apart is single letters, or the two halves.
    single = all(len(one) == 1 or one.isdecimal() for one in said)
    written = any(any(map(str.isalpha, one)) and any(map(str.isdecimal, one)) for one in said)
    return written or (single and last - first > 2 and inward[1:].isalpha())


def _lettered(fold: str) -> str:
    """A word as part of a code: itself where it is short, a digit where it says one."""
    took = digits_at([fold], 0) if fold.isalpha() and len(fold) > 2 else None
    return took[0] if took else fold if len(fold) <= 8 else ""


def _dates(talk: Talk) -> Iterator[Hit]:
    """Days with a month and a year. Next to “born” they are redacted, else asked about."""
    folds = talk.folds
    for at, fold in enumerate(folds):
        short = _SHORT_DATE.match(talk.plain[at])
        if short and 1 <= int(short[1]) <= 31 and 1 <= int(short[2]) <= 31:
            yield _hit(at, at + 1, BIRTH, _of_birth(talk, at))
        if fold not in MONTHS:
            continue
        for first, last in _whole_dates(folds, at):
            yield _hit(first, last, BIRTH, _of_birth(talk, first))


def _whole_dates(folds: Sequence[str], month: int) -> Iterator[tuple[int, int]]:
    """“the fourth of March 1962” and “March the fourth, nineteen sixty-two”, by their month."""
    behind = month + 2 if folds[month + 1 : month + 2] == ["the"] else month + 1
    day = day_of_month(folds, behind) if behind < len(folds) else None
    if day and (year := year_at(folds, behind + day[1])):
        yield month, behind + day[1] + year[1]
        return
    year = year_at(folds, month + 1)
    if not year:
        return
    end = month - 1 if month and folds[month - 1] == "of" else month
    for length in (2, 1):
        first = end - length
        if first >= 0 and (day := day_of_month(folds, first)) and day[1] == length:
            yield first, month + 1 + year[1]
            return


def _of_birth(talk: Talk, at: int) -> bool:
    return not _BORN.isdisjoint(talk.folds[max(0, at - _NEAR) : at])


def _addresses(talk: Talk) -> Iterator[Hit]:
    """E-mail and web addresses, also as “jo dot smith at gmail dot com”."""
    for at, word in enumerate(talk.plain):
        if _WHOLE_EMAIL.match(word):
            yield _hit(at, at + 1, EMAIL, sure=True)
        elif _WEB.match(word):
            yield _hit(at, at + 1, WEB, sure=False)
    folds, at = talk.folds, 0
    while at + 2 < len(folds):
        last = at + 1
        while last + 1 < len(folds) and folds[last] in ("dot", "at", "underscore", "dash"):
            last += 2
        said = folds[at:last]
        if "dot" in said and said[-1] in _ENDINGS and last - at >= 3:
            mail = "at" in said
            yield _hit(at, last, EMAIL if mail else WEB, sure=mail)
        at = max(last - 1, at + 1)


def _hit(first: int, last: int, shown: str, sure: bool) -> Hit:
    about = shown.strip("[]").casefold()
    return Hit(first, last, sure, about, shown)


_DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1",
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9",
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_TIMES = {"double": 2, "treble": 3, "triple": 3}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip


@dataclass(frozen=True)
class Digits:
    """Words `first` up to, not including, `last`, and the digits that they say one by one."""

    first: int
    last: int
    digits: str
    plus: bool = False
    """Whether a plus stands before them: a number with the code of its country."""


def digit_runs(
    folds: Sequence[str], texts: Sequence[str], breaks: Collection[int] = ()
) -> list[Digits]:
    """Every longest run of words that say digits: `07700 900 123`, “oh seven double oh”.

    `folds` are the words folded, `texts` as they stand. Words like “and”, “er” end a run, and no
    run goes over one of `breaks`, the numbers of words before which something was taken out.
    """
    found: list[Digits] = []
    at = 0
    while at < len(folds):
        digits, last = "", at
        while last < len(folds) and (took := digits_at(folds, last)):
            if not breaks_off(last, last + took[1], at, breaks):
                digits += took[0]
                last += took[1]
            else:
                break
        # A leading “oh” is more often a sigh, and a leading “o” a letter.
        while last > at and folds[at] in ("oh", "o") and len(digits) < _OH_COUNTS:
            digits, at = digits[1:], at + 1
        if digits:
            found.append(Digits(at, last, digits, plus="+" in texts[at][:2]))
        at = max(last, at + 1)
    return found


_OH_COUNTS = 6


def breaks_off(first: int, last: int, begun: int, breaks: Collection[int]) -> bool:
    """Whether something was taken out before one of these words, other than the first of a run."""
    return any(at in breaks for at in range(first, last) if at > begun)


def digits_at(folds: Sequence[str], at: int) -> tuple[str, int] | None:
    """The digits that begin with word `at`, and how many words say them."""
    fold = folds[at]
    following = folds[at + 1] if at + 1 < len(folds) else ""
    if fold.isdecimal():
        return fold, 1
    if fold in _TIMES:
        digit = (
            following if len(following) == 1 and following.isdecimal() else _DIGITS.get(following)
        )
        return (digit * _TIMES[fold], 2) if digit else None
    if fold in _DIGITS:
        return _DIGITS[fold], 1
    if fold in _TEENS:
        return str(_TEENS[fold]), 1
    for tens, value in _TENS.items():
        if fold == tens:
            unit = _DIGITS.get(following, "") if following not in ("oh", "o", "zero") else ""
            return (str(value + int(unit)), 2) if unit and unit != "0" else (str(value), 1)
        if fold.startswith(tens) and _DIGITS.get(fold[len(tens) :], "0") != "0":
            return str(value + int(_DIGITS[fold[len(tens) :]])), 1  # “sixty-two”
    if fold == "hundred" or fold == "thousand":
        return {"hundred": "00", "thousand": "000"}[fold], 1
    return None


def day_of_month(folds: Sequence[str], at: int) -> tuple[int, int] | None:
    """A day from 1 to 31 that is said as an ordinal or written in digits, and its words."""
    fold = folds[at]
    plain = fold[:-2] if fold[-2:] in ("st", "nd", "rd", "th") else fold
    if plain.isdecimal() and len(plain) <= 2 and 1 <= int(plain) <= 31:
        return int(plain), 1
    if fold in _ORDINALS:
        return _ORDINALS[fold], 1
    for tens in ("twenty", "thirty"):
        rest = fold.removeprefix(tens)
        if rest != fold and rest in _ORDINALS and _ORDINALS[rest] < 10:
            return _TENS[tens] + _ORDINALS[rest], 1
        following = folds[at + 1] if at + 1 < len(folds) else ""
        if fold == tens and _ORDINALS.get(following, 10) < 10:
            return _TENS[tens] + _ORDINALS[following], 2
    return None


def year_at(folds: Sequence[str], at: int) -> tuple[int, int] | None:
    """A year in which somebody alive may have been born, said or written, and its words."""
    for last in range(min(len(folds), at + 4), at, -1):
        said = folds[at:last]
        value = _year(said)
        if value and EARLIEST <= value <= LATEST:
            return value, last - at
    return None


EARLIEST, LATEST = 1900, 2099


def _year(said: Sequence[str]) -> int | None:
    if len(said) == 1 and said[0].isdecimal() and len(said[0]) == 4:
        return int(said[0])
    if tuple(said[:2]) == ("two", "thousand"):
        rest = [word for word in said[2:] if word != "and"]
        return 2000 + (int(_together(rest) or 0) if rest else 0) if len(rest) < 3 else None
    if said[0] in ("nineteen", "twenty") and len(said) > 1:
        rest_digits = _together(said[1:])
        if rest_digits and len(rest_digits) == 2:
            return (19 if said[0] == "nineteen" else 20) * 100 + int(rest_digits)
    return None


def _together(said: Sequence[str]) -> str:
    """The digits of words that all say some."""
    digits, at = "", 0
    while at < len(said):
        took = digits_at(said, at)
        if took is None:
            return ""
        digits += took[0]
        at += took[1]
    return digits
