"""Read years as people say them: “1962”, “nineteen sixty-two”, “two thousand and five”, “’62”."""

from __future__ import annotations

from dataclasses import dataclass

from transcribe.redaction.number_grammar import SpokenPieces
from transcribe.redaction.number_words import DIGITS, OHS, TEENS, TENS

_FIRST_YEAR, _LAST_YEAR = 1900, 2099  # in which somebody alive may have been born


@dataclass(frozen=True, slots=True)
class SpokenYear:
    """A year up to, not including, piece `end`."""

    end: int
    is_whole: bool
    """True with its century: “1962”."""
    is_plain: bool = True
    """False for “sixty” or “twelve”, which is a year after a day and a month alone."""


def year_at(spoken: SpokenPieces, at: int) -> SpokenYear | None:
    """Return the year that begins with piece `at`, the whole one first."""
    return _whole_year_at(spoken, at) or _short_year_at(spoken, at)


def _whole_year_at(spoken: SpokenPieces, at: int) -> SpokenYear | None:
    text = spoken.text_at(at) if at < len(spoken) else ""
    if text.isdecimal() and len(text) == 4 and _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        return SpokenYear(at + 1, is_whole=True)
    century = {"nineteen": 19, "twenty": 20, "19": 19, "20": 20}.get(text)
    if century is not None:
        # “nineteen, um, sixty-two”, “nineteen hundred and sixty-two”
        rest_at = spoken.interlude(at + 1).end
        if century == 19 and spoken.text_at(at + 1) == "hundred":
            rest_at = at + 3 if spoken.text_at(at + 2) == "and" else at + 2
        rest = _short_year_at(spoken, rest_at)
        return SpokenYear(rest.end, is_whole=True) if rest else None
    return _two_thousand_at(spoken, at) or _year_by_digits_at(spoken, at)


def _two_thousand_at(spoken: SpokenPieces, at: int) -> SpokenYear | None:
    """Return “two thousand”, “two thousand and five”, “two thousand twelve”."""
    if spoken.text_at(at) not in ("two", "2") if at < len(spoken) else True:
        return None
    if spoken.text_at(at + 1) != "thousand":
        return None
    has_and = spoken.text_at(at + 2) == "and"
    rest_at = at + 3 if has_and else at + 2
    rest = spoken.digits_at(rest_at) if spoken.text_at(rest_at) else None
    # “two thousand 1 of January” is the year 2000.
    is_joined = has_and or not spoken.text_at(rest_at).isdecimal()
    if rest is not None and is_joined and rest.digits == rest.value and len(rest.value) <= 2:
        return SpokenYear(rest.end, is_whole=True)
    return SpokenYear(at + 2, is_whole=True)


def _year_by_digits_at(spoken: SpokenPieces, at: int) -> SpokenYear | None:
    """Return “one nine six two”."""
    digits = "".join(_single_digit(spoken, at + step) for step in range(4))
    if len(digits) == 4 and _FIRST_YEAR <= int(digits) <= _LAST_YEAR:
        return SpokenYear(at + 4, is_whole=True)
    return None


def _single_digit(spoken: SpokenPieces, at: int) -> str:
    text = spoken.text_at(at)
    return text if text.isdecimal() and len(text) == 1 else DIGITS.get(text, "")


def _short_year_at(spoken: SpokenPieces, at: int) -> SpokenYear | None:
    """Return two digits: “62”, “sixty-two”, “oh five”."""
    text = spoken.text_at(at) if at < len(spoken) else ""
    if text.isdecimal():
        is_joined = at + 1 < len(spoken) and spoken.pieces[at + 1].is_glued
        is_joined = is_joined or spoken.is_time(at)
        return SpokenYear(at + 1, is_whole=False) if len(text) == 2 and not is_joined else None
    if text in OHS or text in ("zero", "nought"):
        digit = spoken.text_at(at + 1)
        is_digit = digit in DIGITS or (digit.isdecimal() and len(digit) == 1)
        return SpokenYear(at + 2, is_whole=False) if is_digit else None
    if text in TEENS or any(text.startswith(tens) for tens in TENS):
        number = spoken.digits_at(at)
        if number is not None and len(number.value) == 2:
            is_plain = number.end > at + 1 or text not in (*TEENS, *TENS)
            return SpokenYear(number.end, is_whole=False, is_plain=is_plain)
    if _single_digit(spoken, at) and _single_digit(spoken, at + 1):
        return SpokenYear(at + 2, is_whole=False, is_plain=False)
    return None


def is_row_of_years(spoken: SpokenPieces, first: int, end: int) -> bool:
    """Return True if pieces `first` to `end` say years and nothing else."""
    at = first
    while at < end:
        year = _whole_year_at(spoken, at)
        if year is None or year.end > end:
            return False
        at = spoken.interlude(year.end, with_links=True).end if year.end < end else end
    return True
