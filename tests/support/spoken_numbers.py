"""Numbers, codes and dates in the ways in which people say and recognisers write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

_NOUGHTS = ("oh", "zero", "nought", "o")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    "", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
    "seventeenth", "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
PAUSES = (
    " ", " ", ", ", ". ", ", um, ", " er ", " uh, ", ", you know, ", ", erm, let me see, ", " - ",
    " dash ", "… ", ", hang on, ", ". Yes. ",
)  # fmt: skip
CORRECTIONS = (", no, sorry, ", ", no, ", " sorry, no, ", ", I mean ", ", or rather ")
NATO = (
    "Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliet",
    "Kilo", "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango",
    "Uniform", "Victor", "Whisky", "X-ray", "Yankee", "Zulu",
)  # fmt: skip
_LETTER_NAMES = (
    "ay", "bee", "cee", "dee", "ee", "eff", "gee", "aitch", "i", "jay", "kay", "ell", "em", "en",
    "o", "pee", "queue", "ar", "ess", "tee", "you", "vee", "double-you", "ex", "wye", "zed",
)  # fmt: skip
_EXAMPLES = (
    "apple", "bear", "cat", "dog", "egg", "fish", "goat", "hat", "ink", "jam", "king", "lemon",
    "mother", "nut", "orange", "pig", "queen", "rain", "sugar", "tea", "umbrella", "van",
    "water", "x-ray", "yellow", "zebra",
)  # fmt: skip


def _digit(digit: str, nought: str, *, is_written: bool) -> str:
    if is_written:
        return digit
    return nought if digit == "0" else _DIGITS[int(digit)]


@st.composite
def _group(draw: st.DrawFn, digits: str) -> str:
    """Return a few digits in one breath."""
    nought = draw(st.sampled_from(_NOUGHTS))
    kind = draw(st.sampled_from(["written", "digits", "digits", "repeated", "pair", "round"]))
    if kind == "written":
        return digits
    if kind == "round" and digits[0] != "0" and set(digits[1:]) == {"0"} and len(digits) in (3, 4):
        return f"{_DIGITS[int(digits[0])]} {'hundred' if len(digits) == 3 else 'thousand'}"
    if kind == "pair" and len(digits) == 2 and digits[0] != "0":
        if digits[0] == "1":
            return _TEENS[int(digits[1])]
        if digits[1] != "0":
            joint = draw(st.sampled_from(["-", " "]))
            return f"{_TENS[int(digits[0])]}{joint}{_DIGITS[int(digits[1])]}"
    words, at = [], 0
    while at < len(digits):
        same = 1
        while at + same < len(digits) and digits[at + same] == digits[at] and same < 3:
            same += 1
        spoken = _digit(digits[at], nought, is_written=False)
        if kind == "repeated" and same > 1:
            prefix = "double" if same == 2 else draw(st.sampled_from(["treble", "triple"]))
            words.append(f"{prefix} {spoken}")
            at += same
        else:
            words.append(spoken)
            at += 1
    return draw(st.sampled_from([" ", "-", " ", ", "])).join(words)


@st.composite
def spoken_digits(draw: st.DrawFn, digits: str) -> str:
    """Return `digits` as somebody says them: in groups, with pauses, put right once or not."""
    groups, at = [], 0
    while at < len(digits):
        size = draw(st.integers(1, 4))
        groups.append(digits[at : at + size])
        at += size
    wrong_at = draw(st.sampled_from([None, None, *range(len(groups))]))
    text = ""
    for number, group in enumerate(groups):
        said = draw(_group(group))
        if number == wrong_at:
            wrong = "".join(str((int(digit) + 1) % 10) for digit in group)
            # Said in the same way, or it would be a guess what it takes the place of.
            wrong_said = " ".join(_digit(digit, "oh", is_written=False) for digit in wrong)
            said = wrong_said + draw(st.sampled_from(CORRECTIONS)) + said
        text += (draw(st.sampled_from(PAUSES)) if number else "") + said
    return text


@st.composite
def spoken_code(draw: st.DrawFn, code: str) -> str:
    """Return a code of letters and digits, one after the other or in its halves."""
    if draw(st.booleans()):
        at = draw(st.sampled_from([len(code) - 3, len(code)]))
        text = f"{code[:at]}{draw(st.sampled_from([' ', '-', ', ', '']))}{code[at:]}"
        return draw(st.sampled_from([text, text.lower()]))
    alphabet = draw(st.sampled_from(["capitals", "nato", "names", "examples"]))
    spoken, at = [], 0
    while at < len(code):
        sign = code[at]
        if sign.isdigit():
            spoken.append(draw(st.sampled_from([sign, _DIGITS[int(sign)]])))
        elif code[at : at + 2] == sign * 2 and alphabet == "capitals":
            spoken.append(f"double {sign}")
            at += 1
        else:
            spoken.append(_letter(sign, alphabet))
        at += 1
    pauses = st.sampled_from([" ", " ", " ", ", ", ", um, ", " er ", ". "])
    return "".join(
        part + (draw(pauses) if n + 1 < len(spoken) else "") for n, part in enumerate(spoken)
    )


def _letter(letter: str, alphabet: str) -> str:
    number = ord(letter) - ord("A")
    return {
        "capitals": letter,
        "nato": NATO[number],
        "names": _LETTER_NAMES[number],
        "examples": f"{letter} for {_EXAMPLES[number]}",
    }[alphabet]


def _ordinal(day: int) -> str:
    if day <= 20:
        return _ORDINALS[day]
    if day == 30:
        return "thirtieth"
    return f"{_TENS[day // 10]}-{_ORDINALS[day % 10]}"


def _number(value: int) -> str:
    if value < 10:
        return _DIGITS[value]
    if value < 20:
        return _TEENS[value - 10]
    return _TENS[value // 10] + (f"-{_DIGITS[value % 10]}" if value % 10 else "")


def _suffixed(day: int) -> str:
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _years(year: int) -> Sequence[str]:
    """Return the ways to say a year, those with its century first."""
    rest, pair = year % 100, f"{year % 100:02}"
    said = f"oh {_DIGITS[rest]}" if rest < 10 else _number(rest)
    ways = [str(year)]
    if year < 2000:
        ways += [f"nineteen {said}", f"nineteen hundred and {_number(rest)}"] if rest else []
    else:
        ways += [f"two thousand and {_number(rest)}" if rest else "two thousand"]
        ways += [f"twenty {said}"] if rest >= 10 else []
    ways += [pair, f"’{pair}"]
    return [*ways, said, said.replace("-", " ")] if rest >= 20 and rest % 10 else ways


@st.composite
def spoken_dates(draw: st.DrawFn, day: date) -> str:
    """Return a day with month and year in one of the orders and forms that people use."""
    link = st.sampled_from([" ", ", ", ", um, ", " er, ", ", you know, "])
    year = draw(st.sampled_from(_years(day.year)))
    month = MONTHS[day.month]
    forms = [
        str(day.day),
        _suffixed(day.day),
        _ordinal(day.day),
        _ordinal(day.day).replace("-", " "),
    ]
    number = draw(st.sampled_from(forms))
    shape = draw(st.sampled_from(["DMY", "MDY", "YMD", "figures", "iso", "ordinals"]))
    if shape == "figures":
        sign = draw(st.sampled_from("/.-"))
        written = draw(st.sampled_from([str(day.year), f"{day.year % 100:02}"]))
        return f"{day.day}{sign}{day.month}{sign}{written}"
    if shape == "iso":
        return day.isoformat()
    if shape == "ordinals":
        return f"{_ordinal(day.day)} of the {_ordinal(day.month)}{draw(link)}{year}"
    if shape == "MDY":
        the = draw(st.sampled_from(["", "the "]))
        return f"{month} {the}{number}{draw(link)}{year}"
    if shape == "YMD":
        return f"{draw(st.sampled_from(_years(day.year)[:2]))}{draw(link)}{number} of {month}"
    of = draw(st.sampled_from([" ", " of ", ", er, of ", "-"]))
    weekday = draw(st.sampled_from(["", "Tuesday the ", "Friday, "]))
    year_link = draw(
        st.sampled_from([" ", ", ", ", in ", ", um, ", ", er, it was ", ", in the year "])
    )
    return f"{weekday}{number}{of}{month}{year_link}{year}"
