"""Find what identifies people and stands in no list: numbers, postcodes, addresses, birthdays.

NHS numbers are checked as the NHS Data Dictionary says (Modulus 11, through python-stdnum), phone
numbers by the numbering plans in `phonenumbers`, postcodes by the form that Royal Mail gives them.
Everything is looked for as it is written and as it is said, digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import phonenumbers
from stdnum.gb import nhs

from transcribe.redaction.normalise import MONTHS, word_set
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText

_PHONE = "[phone number]"
_NHS = "[NHS number]"
_POSTCODE_LABEL = "[postcode]"
_BIRTH = "[date of birth]"
_EMAIL = "[e-mail address]"
_WEB_ADDRESS = "[web address]"
_NUMBER = "[number]"

_NHS_LENGTH = 10
# By Ofcom's plan: 03 and 08 are of organisations, 09 is charged at a premium.
_ORGANISATION_PREFIXES = ("03", "080", "084", "087", "09")
"""Numbers of organisations and helplines: the editor is asked."""
# Samaritans and missing children: they are said so that people call them.
_HELPLINES = word_set("116123 116000")
_MIN_LISTED_DIGITS = 3
_LOCAL_NUMBER_LENGTHS = range(6, 9)  # digits of a number within its own town
_POSTCODE = re.compile(
    r"^(?:(?:[a-pr-uwyz]\d[\da-hjkpstuw]?)|(?:[a-pr-uwyz][a-hk-y]\d[\dabehmnprvwxy]?)|gir)"
    r"\d[abd-hjlnp-uw-z]{2}$"
)
_EMAIL_PATTERN = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")
_DOMAIN_ENDINGS = word_set("com org net uk co nhs gov ac info eu ie")
_WEB_PATTERN = re.compile(
    r"^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|co\.uk|nhs\.uk)\b"
)
_PHONE_WORDS = word_set(
    "phone phoned ring rang call called number mobile text dial extension landline"
)
_HEALTH_WORDS = word_set("nhs hospital patient")
_BIRTH_WORDS = word_set("born birthday birth dob")
_CONTEXT_WORDS = 6  # words before in which “born” or “number” says what follows
_SHORT_DATE = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$")


def pattern_hits(text: SpokenText, targets: Sequence[SearchTarget] = ()) -> Iterator[Hit]:
    """Find every number, postcode, date and address, and the listed numbers of `targets`."""
    # The list first: what it says is sure, whatever the digits look like.
    yield from _listed_number_hits(text, targets)
    for find in (_number_hits, _postcode_hits, _date_hits, _address_hits):
        yield from (hit for hit in find(text) if text.is_unbroken(hit.first, hit.last))


def _listed_number_hits(text: SpokenText, targets: Sequence[SearchTarget]) -> Iterator[Hit]:
    """Find the numbers of the list, written or said."""
    listed = [(re.sub(r"\D", "", target.key), target) for target in targets if target.is_number]
    if not listed:
        return
    for run in _digit_runs(text):
        for digits, target in listed:
            if len(digits) >= _MIN_LISTED_DIGITS and digits in run.digits:
                yield target.hit(run.first, run.last, is_sure=True)


def _number_hits(text: SpokenText) -> Iterator[Hit]:
    for run in _digit_runs(text):
        classified = _classify_digits(run, text)
        if classified:
            label, is_sure = classified
            yield _hit(run.first, run.last, label, is_sure)


def _digit_runs(text: SpokenText) -> list[_DigitRun]:
    texts = [word.text for word in text.words]
    breaks = {number for number, word in enumerate(text.words) if word.after_gap}
    return _find_digit_runs(text.folds, texts, breaks)


def _classify_digits(run: _DigitRun, text: SpokenText) -> tuple[str, bool] | None:
    """Return the label of what these digits are, and whether that is sure; None if nothing."""
    before = text.folds[max(0, run.first - _CONTEXT_WORDS) : run.first]
    digits = run.digits
    if digits in _HELPLINES:
        return None
    # Before telephones: ten digits without a leading nought are none in Britain.
    if len(digits) == _NHS_LENGTH and not digits.startswith("0") and not run.has_plus:
        return _NHS, bool(nhs.is_valid(digits)) or not _HEALTH_WORDS.isdisjoint(before)
    if run.has_plus or digits.startswith(("0", "44")):
        is_private = _is_private_phone(digits, plus=run.has_plus)
        if is_private is not None:
            return _PHONE, is_private
    if len(digits) in _LOCAL_NUMBER_LENGTHS and not _PHONE_WORDS.isdisjoint(before):
        return _PHONE, False
    # Nothing that people count or date has ten digits and more.
    return (_NUMBER, False) if len(digits) > _LOCAL_NUMBER_LENGTHS.stop else None


def _is_private_phone(digits: str, *, plus: bool) -> bool | None:
    """Return True for a private person's phone number; None if it is no phone number."""
    written = f"+{digits}" if plus or digits.startswith("44") else digits
    try:
        # Without the code of a country it is a British one.
        number = phonenumbers.parse(written, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    # Too short for a number with its area code: the editor is asked.
    if number.country_code == 44 and not plus and len(digits) < 10:
        return False
    return not f"0{number.national_number}".startswith(_ORGANISATION_PREFIXES)


def _postcode_hits(text: SpokenText) -> Iterator[Hit]:
    """Find `LS1 4AP`, `ls14ap`, and a code said letter by letter: “L S one four A P”."""
    parts = [_postcode_part(fold) for fold in text.folds]
    at = 0
    while at < len(parts):
        # Longest first; a code said letter by letter has at most seven parts.
        last = next(
            (
                last
                for last in range(min(len(parts), at + 7), at, -1)
                if _is_postcode(parts, at, last)
            ),
            None,
        )
        if last:
            yield _hit(at, last, _POSTCODE_LABEL, is_sure=True)
        at = last or at + 1


def _is_postcode(parts: Sequence[str], first: int, last: int) -> bool:
    words = parts[first:last]
    if not all(words) or not _POSTCODE.match("".join(words)):
        return False
    inward = "".join(words)[-3:]
    # “so 1 in 2 …” is none: what is said apart is single letters, or the two halves.
    is_spelt_out = all(len(word) == 1 or word.isdecimal() for word in words)
    is_written = any(
        any(map(str.isalpha, word)) and any(map(str.isdecimal, word)) for word in words
    )
    return is_written or (is_spelt_out and last - first > 2 and inward[1:].isalpha())


def _postcode_part(fold: str) -> str:
    """Return a word as part of a postcode: the digit it says, itself if short, else nothing."""
    spoken = _digits_at([fold], 0) if fold.isalpha() and len(fold) > 2 else None
    return spoken[0] if spoken else fold if len(fold) <= 8 else ""


def _date_hits(text: SpokenText) -> Iterator[Hit]:
    """Find days with month and year. Next to “born” they are redacted, else asked about."""
    folds = text.folds
    for at, fold in enumerate(folds):
        short = _SHORT_DATE.match(text.bare_words[at])
        if short and 1 <= int(short[1]) <= 31 and 1 <= int(short[2]) <= 31:
            # Up to 31 in both places: day and month, or month and day.
            yield _hit(at, at + 1, _BIRTH, _is_birth_date(text, at))
        if fold not in MONTHS:
            continue
        for first, last in _date_spans(folds, at):
            yield _hit(first, last, _BIRTH, _is_birth_date(text, first))


def _date_spans(folds: Sequence[str], month: int) -> Iterator[tuple[int, int]]:
    """Find the whole date that the word `month` is part of.

    “the fourth of March 1962” or “March the fourth, nineteen sixty-two”.
    """
    behind = month + 2 if folds[month + 1 : month + 2] == ["the"] else month + 1
    day = _day_of_month_at(folds, behind) if behind < len(folds) else None
    if day and (year := _year_at(folds, behind + day[1])):
        yield month, behind + day[1] + year[1]
        return
    year = _year_at(folds, month + 1)
    if not year:
        return
    end = month - 1 if month and folds[month - 1] == "of" else month
    for length in (2, 1):
        first = end - length
        if first >= 0 and (day := _day_of_month_at(folds, first)) and day[1] == length:
            yield first, month + 1 + year[1]
            return


def _is_birth_date(text: SpokenText, at: int) -> bool:
    return not _BIRTH_WORDS.isdisjoint(text.folds[max(0, at - _CONTEXT_WORDS) : at])


def _address_hits(text: SpokenText) -> Iterator[Hit]:
    """Find e-mail and web addresses, also said: “jo dot smith at gmail dot com”."""
    for at, word in enumerate(text.bare_words):
        if _EMAIL_PATTERN.match(word):
            yield _hit(at, at + 1, _EMAIL, is_sure=True)
        elif _WEB_PATTERN.match(word):
            yield _hit(at, at + 1, _WEB_ADDRESS, is_sure=False)
    folds, at = text.folds, 0
    while at + 2 < len(folds):
        last = at + 1
        while last + 1 < len(folds) and folds[last] in ("dot", "at", "underscore", "dash"):
            last += 2
        words = folds[at:last]
        if "dot" in words and words[-1] in _DOMAIN_ENDINGS and last - at >= 3:
            is_email = "at" in words
            yield _hit(at, last, _EMAIL if is_email else _WEB_ADDRESS, is_sure=is_email)
        at = max(last - 1, at + 1)


def _hit(first: int, last: int, label: str, is_sure: bool) -> Hit:
    key = label.strip("[]").casefold()
    return Hit(first, last, is_sure, key, label)


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
class _DigitRun:
    """Words `first` up to, not including, `last`, and the digits that they say one by one."""

    first: int
    last: int
    digits: str
    has_plus: bool = False
    """True where a plus stands before them: a number with the code of its country."""


def _find_digit_runs(
    folds: Sequence[str], texts: Sequence[str], breaks: Collection[int] = ()
) -> list[_DigitRun]:
    """Return every longest run of words that say digits: `07700 900 123`, “oh seven double oh”.

    `folds` are the words folded, `texts` as they stand. Words like “and”, “er” end a run, and no
    run goes over one of `breaks`, the numbers of words before which something was taken out.
    """
    runs: list[_DigitRun] = []
    at = 0
    while at < len(folds):
        digits, last = "", at
        while last < len(folds) and (spoken := _digits_at(folds, last)):
            if not _crosses_break(last, last + spoken[1], at, breaks):
                digits += spoken[0]
                last += spoken[1]
            else:
                break
        # A leading “oh” is more often a sigh, and a leading “o” a letter.
        while last > at and folds[at] in ("oh", "o") and len(digits) < _MIN_DIGITS_AFTER_OH:
            digits, at = digits[1:], at + 1
        if digits:
            runs.append(_DigitRun(at, last, digits, has_plus="+" in texts[at][:2]))
        at = max(last, at + 1)
    return runs


_MIN_DIGITS_AFTER_OH = 6


def _crosses_break(first: int, last: int, run_start: int, breaks: Collection[int]) -> bool:
    """Return True if something was taken out inside a run, at one of these words."""
    return any(at in breaks for at in range(first, last) if at > run_start)


def _digits_at(folds: Sequence[str], at: int) -> tuple[str, int] | None:
    """Return the digits that begin with word `at`, and how many words say them."""
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
    # “oh eight hundred …”: telephone numbers are said so.
    if fold == "hundred" or fold == "thousand":
        return {"hundred": "00", "thousand": "000"}[fold], 1
    return None


def _day_of_month_at(folds: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return the day (1 to 31) that begins with word `at`, and how many words say it."""
    fold = folds[at]
    plain = fold[:-2] if fold[-2:] in ("st", "nd", "rd", "th") else fold
    if plain.isdecimal() and len(plain) <= 2 and 1 <= int(plain) <= 31:
        return int(plain), 1
    if fold in _ORDINALS:
        return _ORDINALS[fold], 1
    for tens in ("twenty", "thirty"):
        ordinal = fold.removeprefix(tens)
        if ordinal != fold and ordinal in _ORDINALS and _ORDINALS[ordinal] < 10:
            return _TENS[tens] + _ORDINALS[ordinal], 1
        following = folds[at + 1] if at + 1 < len(folds) else ""
        if fold == tens and _ORDINALS.get(following, 10) < 10:
            return _TENS[tens] + _ORDINALS[following], 2
    return None


def _year_at(folds: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return the year that begins with word `at`, and how many words say it."""
    # Longest first: “nineteen sixty two” is more than “nineteen sixty”.
    for last in range(min(len(folds), at + 4), at, -1):
        words = folds[at:last]
        value = _year_said(words)
        if value and _FIRST_YEAR <= value <= _LAST_YEAR:
            return value, last - at
    return None


_FIRST_YEAR, _LAST_YEAR = 1900, 2099  # in which somebody alive may have been born


def _year_said(words: Sequence[str]) -> int | None:
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) == 4:
        return int(words[0])
    if tuple(words[:2]) == ("two", "thousand"):
        after_thousand = [word for word in words[2:] if word != "and"]
        return (
            2000 + (int(_joined_digits(after_thousand) or 0) if after_thousand else 0)
            if len(after_thousand) < 3
            else None
        )
    if words[0] in ("nineteen", "twenty") and len(words) > 1:
        rest_digits = _joined_digits(words[1:])
        if rest_digits and len(rest_digits) == 2:
            return (19 if words[0] == "nineteen" else 20) * 100 + int(rest_digits)
    return None


def _joined_digits(folds: Sequence[str]) -> str:
    """Return the digits that the words say; nothing if one of them says none."""
    digits, at = "", 0
    while at < len(folds):
        spoken = _digits_at(folds, at)
        if spoken is None:
            return ""
        digits += spoken[0]
        at += spoken[1]
    return digits
