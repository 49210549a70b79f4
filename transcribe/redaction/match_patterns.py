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

_PHONE_LABEL = "[phone number]"
_NHS_LABEL = "[NHS number]"
_POSTCODE_LABEL = "[postcode]"
_BIRTH_DATE_LABEL = "[date of birth]"
_EMAIL_LABEL = "[e-mail address]"
_WEB_ADDRESS_LABEL = "[web address]"
_NUMBER_LABEL = "[number]"

_NHS_LENGTH = 10
# By Ofcom's plan: 03 and 08 are of organisations, 09 is charged at a premium.
_ORGANISATION_PREFIXES = ("03", "080", "084", "087", "09")
"""Numbers of organisations and helplines: the editor is asked."""
# Samaritans and missing children: they are said so that people call them.
_HELPLINES = word_set("116123 116000")
_MIN_LISTED_DIGITS = 3
_LOCAL_NUMBER_LENGTHS = range(6, 9)  # digits of a number within its own town
_MIN_UNKNOWN_DIGITS = 10
"""Asked about, whatever they are. Nobody dates with so many, and amounts come to fewer as they are
said: “twenty-five thousand two hundred” to eight (25 000 2 00)."""
_POSTCODE_PATTERN = re.compile(
    r"^(?:(?:[a-pr-uwyz]\d[\da-hjkpstuw]?)|(?:[a-pr-uwyz][a-hk-y]\d[\dabehmnprvwxy]?)|gir)"
    r"\d[abd-hjlnp-uw-z]{2}$"
)
_EMAIL_PATTERN = re.compile(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$")
_SPOKEN_SIGNS = word_set("dot at underscore dash")
_DOMAIN_ENDINGS = word_set("com org net uk co nhs gov ac info eu ie")
_WEB_PATTERN = re.compile(
    r"^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|co\.uk|nhs\.uk)\b"
)
_PHONE_WORDS = word_set(
    "phone phoned ring rang call called number mobile text dial extension landline"
)
_HEALTH_WORDS = word_set("nhs hospital patient")
_BIRTH_WORDS = word_set("born birthday birth dob")
_CONTEXT_WORDS = 6  # words within which “born” or “number” says what a date or number is
_SHORT_DATE_PATTERN = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$")


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
            if len(digits) < _MIN_LISTED_DIGITS:
                continue
            if digits in run.digits:
                yield target.hit(run.first, run.last, is_sure=True)
            # A listed “0123”, said “oh one two three”: that “oh” is no sigh.
            elif digits in "0" * run.leading_ohs + run.digits:
                yield target.hit(run.first - run.leading_ohs, run.last, is_sure=True)


def _number_hits(text: SpokenText) -> Iterator[Hit]:
    for run in _digit_runs(text):
        classified = _classify_digits(run, text)
        if classified:
            label, is_sure = classified
            yield _hit(run.first, run.last, label, is_sure)


def _digit_runs(text: SpokenText) -> list[_DigitRun]:
    texts = [word.text for word in text.words]
    breaks = {at for at, word in enumerate(text.words) if word.after_gap}
    return _find_digit_runs(text.folded_words, texts, breaks)


def _classify_digits(run: _DigitRun, text: SpokenText) -> tuple[str, bool] | None:
    """Return the label of what these digits are, and whether that is sure; None if nothing."""
    before = text.folded_words[max(0, run.first - _CONTEXT_WORDS) : run.first]
    digits = run.digits
    if digits in _HELPLINES:
        return None
    # Before telephones: ten digits without a leading nought are none in Britain.
    if len(digits) == _NHS_LENGTH and not digits.startswith("0") and not run.has_plus:
        return _NHS_LABEL, bool(nhs.is_valid(digits)) or not _HEALTH_WORDS.isdisjoint(before)
    if run.has_plus or digits.startswith(("0", "44")):
        is_sure = _phone_certainty(digits, plus=run.has_plus)
        if is_sure is not None:
            return _PHONE_LABEL, is_sure
    if len(digits) in _LOCAL_NUMBER_LENGTHS and not _PHONE_WORDS.isdisjoint(before):
        return _PHONE_LABEL, False
    return (_NUMBER_LABEL, False) if len(digits) >= _MIN_UNKNOWN_DIGITS else None


def _phone_certainty(digits: str, *, plus: bool) -> bool | None:
    """Return whether these digits are surely a private person's phone number; None if no phone's.

    False, so that the editor is asked, for a number of an organisation and for one that is too
    short to have its area code.
    """
    written = f"+{digits}" if plus or digits.startswith("44") else digits
    try:
        # Without the code of a country it is a British one.
        number = phonenumbers.parse(written, "GB")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    if number.country_code == 44 and not plus and len(digits) < 10:
        return False
    return not f"0{number.national_number}".startswith(_ORGANISATION_PREFIXES)


def _postcode_hits(text: SpokenText) -> Iterator[Hit]:
    """Find `LS1 4AP`, `ls14ap`, and a code said letter by letter: “L S one four A P”."""
    parts = [_postcode_part(word) for word in text.folded_words]
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
    if not all(words) or not _POSTCODE_PATTERN.match("".join(words)):
        return False
    inward = "".join(words)[-3:]
    # “so 1 in 2 …” is none: what is said apart is single letters, or the two halves.
    is_spelt_out = all(len(word) == 1 or word.isdecimal() for word in words)
    is_written = any(
        any(map(str.isalpha, word)) and any(map(str.isdecimal, word)) for word in words
    )
    return is_written or (is_spelt_out and last - first > 2 and inward[1:].isalpha())


def _postcode_part(word: str) -> str:
    """Return a word as part of a postcode: the digit it says, itself if short, else nothing."""
    spoken = _digits_at([word], 0) if word.isalpha() and len(word) > 2 else None
    return spoken[0] if spoken else word if len(word) <= 8 else ""


def _date_hits(text: SpokenText) -> Iterator[Hit]:
    """Find days with month and year: redacted where “born” stands close by, else asked about."""
    folded_words = text.folded_words
    for at, word in enumerate(folded_words):
        short = _SHORT_DATE_PATTERN.match(text.bare_words[at])
        if short and 1 <= int(short[1]) <= 31 and 1 <= int(short[2]) <= 31:
            # Up to 31 in both places: day and month, or month and day.
            yield _hit(at, at + 1, _BIRTH_DATE_LABEL, _is_birth_date(text, at, at + 1))
        if word not in MONTHS:
            continue
        for first, last in _date_spans(folded_words, at):
            yield _hit(first, last, _BIRTH_DATE_LABEL, _is_birth_date(text, first, last))


def _date_spans(folded_words: Sequence[str], month: int) -> Iterator[tuple[int, int]]:
    """Find the whole date that the word `month` is part of.

    “the fourth of March 1962” or “March the fourth, nineteen sixty-two”.
    """
    day_at = month + 2 if folded_words[month + 1 : month + 2] == ["the"] else month + 1
    day = _day_of_month_at(folded_words, day_at) if day_at < len(folded_words) else None
    if day and (year := _year_at(folded_words, day_at + day[1])):
        yield month, day_at + day[1] + year[1]
        return
    year = _year_at(folded_words, month + 1)
    if not year:
        return
    end = month - 1 if month and folded_words[month - 1] == "of" else month
    for length in (2, 1):
        first = end - length
        if first >= 0 and (day := _day_of_month_at(folded_words, first)) and day[1] == length:
            yield first, month + 1 + year[1]
            return


def _is_birth_date(text: SpokenText, first: int, last: int) -> bool:
    """Return True if “born” or “birthday” stands before the date, or after it in its sentence."""
    before = text.folded_words[max(0, first - _CONTEXT_WORDS) : first]
    # Before the date it may have ended a sentence: “When was he born? The fourth of March 1962.”
    after = (
        word
        for at, word in enumerate(text.folded_words[last : last + _CONTEXT_WORDS], start=last)
        if text.is_in_one_sentence(last - 1, at + 1)
    )
    return not _BIRTH_WORDS.isdisjoint([*before, *after])


def _address_hits(text: SpokenText) -> Iterator[Hit]:
    """Find e-mail and web addresses, also said: “jo dot smith at gmail dot com”."""
    for at, word in enumerate(text.bare_words):
        if _EMAIL_PATTERN.match(word):
            yield _hit(at, at + 1, _EMAIL_LABEL, is_sure=True)
        elif _WEB_PATTERN.match(word):
            yield _hit(at, at + 1, _WEB_ADDRESS_LABEL, is_sure=False)
    folded_words, at = text.folded_words, 0
    while at + 2 < len(folded_words):
        last = at + 1
        while last + 1 < len(folded_words) and folded_words[last] in _SPOKEN_SIGNS:
            last += 2
        words = folded_words[at:last]
        if "dot" in words and words[-1] in _DOMAIN_ENDINGS and last - at >= 3:
            is_email = "at" in words
            yield _hit(at, last, _EMAIL_LABEL if is_email else _WEB_ADDRESS_LABEL, is_sure=is_email)
        at = max(last - 1, at + 1)


def _hit(first: int, last: int, label: str, is_sure: bool) -> Hit:
    key = label.strip("[]").casefold()
    return Hit(first, last, is_sure, key, label)


_DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1",
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9",
}  # fmt: skip
_TEEN_WORDS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS_WORDS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_REPEAT_WORDS = {"double": 2, "treble": 3, "triple": 3}
_ORDINAL_WORDS = {
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
    leading_ohs: int = 0
    """Count of words “oh” before `first` that were left out: more often a sigh."""


def _find_digit_runs(
    folded_words: Sequence[str], texts: Sequence[str], breaks: Collection[int] = ()
) -> list[_DigitRun]:
    """Return every longest run of words that say digits: `07700 900 123`, “oh seven double oh”.

    `texts` are the words as they stand. Words like “and”, “er” end a run, and no run goes over
    one of `breaks`, the positions of words before which something was taken out.
    """
    runs: list[_DigitRun] = []
    at = 0
    while at < len(folded_words):
        digits, last = "", at
        while last < len(folded_words) and (spoken := _digits_at(folded_words, last)):
            if not _crosses_break(last, last + spoken[1], at, breaks):
                digits += spoken[0]
                last += spoken[1]
            else:
                break
        # A leading “oh” is more often a sigh, and a leading “o” a letter.
        leading_ohs = 0
        while last > at and folded_words[at] in ("oh", "o") and len(digits) < _MIN_DIGITS_WITH_OH:
            digits, at, leading_ohs = digits[1:], at + 1, leading_ohs + 1
        if digits:
            has_plus = "+" in texts[at][:2]
            runs.append(_DigitRun(at, last, digits, has_plus, leading_ohs))
        at = max(last, at + 1)
    return runs


_MIN_DIGITS_WITH_OH = _LOCAL_NUMBER_LENGTHS.start
"""The oh counted: from so many on, the digits may be a telephone number."""


def _crosses_break(first: int, last: int, run_start: int, breaks: Collection[int]) -> bool:
    """Return True if something was taken out inside a run, at one of these words."""
    return any(at in breaks for at in range(first, last) if at > run_start)


def _digits_at(folded_words: Sequence[str], at: int) -> tuple[str, int] | None:
    """Return the digits that begin with word `at`, and how many words say them."""
    word = folded_words[at]
    following = folded_words[at + 1] if at + 1 < len(folded_words) else ""
    if word.isdecimal():
        return word, 1
    if word in _REPEAT_WORDS:
        digit = (
            following
            if len(following) == 1 and following.isdecimal()
            else _DIGIT_WORDS.get(following)
        )
        return (digit * _REPEAT_WORDS[word], 2) if digit else None
    if word in _DIGIT_WORDS:
        return _DIGIT_WORDS[word], 1
    if word in _TEEN_WORDS:
        return str(_TEEN_WORDS[word]), 1
    for tens, value in _TENS_WORDS.items():
        if word == tens:
            unit = _DIGIT_WORDS.get(following, "") if following not in ("oh", "o", "zero") else ""
            return (str(value + int(unit)), 2) if unit and unit != "0" else (str(value), 1)
        if word.startswith(tens) and _DIGIT_WORDS.get(word[len(tens) :], "0") != "0":
            return str(value + int(_DIGIT_WORDS[word[len(tens) :]])), 1  # “sixty-two”
    # “oh eight hundred …”: telephone numbers are said so.
    if word == "hundred" or word == "thousand":
        return {"hundred": "00", "thousand": "000"}[word], 1
    return None


def _day_of_month_at(folded_words: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return the day (1 to 31) that begins with word `at`, and how many words say it."""
    word = folded_words[at]
    plain = word[:-2] if word[-2:] in ("st", "nd", "rd", "th") else word
    if plain.isdecimal() and len(plain) <= 2 and 1 <= int(plain) <= 31:
        return int(plain), 1
    if word in _ORDINAL_WORDS:
        return _ORDINAL_WORDS[word], 1
    for tens in ("twenty", "thirty"):
        ordinal = word.removeprefix(tens)
        if ordinal != word and ordinal in _ORDINAL_WORDS and _ORDINAL_WORDS[ordinal] < 10:
            return _TENS_WORDS[tens] + _ORDINAL_WORDS[ordinal], 1
        following = folded_words[at + 1] if at + 1 < len(folded_words) else ""
        if word == tens and _ORDINAL_WORDS.get(following, 10) < 10:
            return _TENS_WORDS[tens] + _ORDINAL_WORDS[following], 2
    return None


def _year_at(folded_words: Sequence[str], at: int) -> tuple[int, int] | None:
    """Return the year that begins with word `at`, and how many words say it."""
    # Longest first: “nineteen sixty two” is more than “nineteen sixty”.
    for last in range(min(len(folded_words), at + 4), at, -1):
        words = folded_words[at:last]
        value = _year_said(words)
        if value and _FIRST_YEAR <= value <= _LAST_YEAR:
            return value, last - at
    return None


_FIRST_YEAR, _LAST_YEAR = 1900, 2099  # in which somebody alive may have been born


def _year_said(words: Sequence[str]) -> int | None:
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) == 4:
        return int(words[0])
    if tuple(words) == ("two", "thousand"):
        return 2000
    if tuple(words[:2]) == ("two", "thousand"):
        rest = _joined_digits(words[3:] if words[2] == "and" else words[2:])
        return 2000 + int(rest) if 1 <= len(rest) <= 2 else None
    if words[0] in ("nineteen", "twenty") and len(words) > 1:
        rest_digits = _joined_digits(words[1:])
        if rest_digits and len(rest_digits) == 2:
            return (19 if words[0] == "nineteen" else 20) * 100 + int(rest_digits)
    return None


def _joined_digits(folded_words: Sequence[str]) -> str:
    """Return the digits that the words say; nothing if one of them says none."""
    digits, at = "", 0
    while at < len(folded_words):
        spoken = _digits_at(folded_words, at)
        if spoken is None:
            return ""
        digits += spoken[0]
        at += spoken[1]
    return digits
