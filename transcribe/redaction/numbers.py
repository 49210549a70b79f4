"""Numbers as people say them: “oh seven double seven” and “nineteen sixty-two” as digits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

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


def runs(folds: Sequence[str], texts: Sequence[str], breaks: Collection[int] = ()) -> list[Digits]:
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


def year(folds: Sequence[str], at: int) -> tuple[int, int] | None:
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
