"""What tells who somebody is and stands in no list: numbers, postcodes, addresses, birthdays.

NHS numbers are checked as the NHS Data Dictionary says (Modulus 11, through python-stdnum), phone
numbers by the numbering plans in `phonenumbers`, postcodes by the form that Royal Mail gives them.
Everything is looked for as it is written and as it is said, digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from transcribe.redaction import numbers
from transcribe.redaction.common_words import MONTHS
from transcribe.redaction.folding import words
from transcribe.redaction.numbers import Digits
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
_HELPLINES = words("116123 116000")
_LEAST_LISTED = 3
_LOCAL = range(6, 9)  # digits of a number within its own town
_POSTCODE = re.compile(
    r"^(?:(?:[a-pr-uwyz]\d[\da-hjkpstuw]?)|(?:[a-pr-uwyz][a-hk-y]\d[\dabehmnprvwxy]?)|gir)"
    r"\d[abd-hjlnp-uw-z]{2}$"
)
_WHOLE_EMAIL = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")
_ENDINGS = words("com org net uk co nhs gov ac info eu ie")
_WEB = re.compile(
    r"^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|co\.uk|nhs\.uk)\b"
)
_CALLING = words("phone phoned ring rang call called number mobile text dial extension landline")
_HEALTH = words("nhs hospital patient")
_BORN = words("born birthday birth dob")
_NEAR = 6  # words before in which “born” or “number” says what follows
_SHORT_DATE = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$")


def find(talk: Talk, targets: Sequence[Target] = ()) -> Iterator[Hit]:
    """Every place where such a thing is said, sure or asked about, and every listed number."""
    yield from _listed(talk, targets)
    for sort in (_digits, _postcodes, _dates, _addresses):
        yield from (hit for hit in sort(talk) if talk.unbroken(hit.first, hit.last))


def _listed(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Numbers of the list, however they are said."""
    wanted = [(re.sub(r"\D", "", one.about), one) for one in targets if one.is_number]
    if not wanted:
        return
    for run in _runs(talk):
        for digits, target in wanted:
            if len(digits) >= _LEAST_LISTED and digits in run.digits:
                yield Hit(run.first, run.last, True, target.about, target.shown, target.number)


def _digits(talk: Talk) -> Iterator[Hit]:
    for run in _runs(talk):
        told = _kind_of(run, talk)
        if told:
            shown, sure = told
            yield _hit(run.first, run.last, shown, sure)


def _runs(talk: Talk) -> list[Digits]:
    texts = [word.text for word in talk.words]
    breaks = {number for number, word in enumerate(talk.words) if word.after_gap}
    return numbers.runs(talk.folds, texts, breaks)


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
    took = numbers.digits_at([fold], 0) if fold.isalpha() and len(fold) > 2 else None
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
    day = numbers.day_of_month(folds, behind) if behind < len(folds) else None
    if day and (year := numbers.year(folds, behind + day[1])):
        yield month, behind + day[1] + year[1]
        return
    year = numbers.year(folds, month + 1)
    if not year:
        return
    end = month - 1 if month and folds[month - 1] == "of" else month
    for length in (2, 1):
        first = end - length
        if first >= 0 and (day := numbers.day_of_month(folds, first)) and day[1] == length:
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
