"""Find dates of birth in every order and form in which people say them.

    date   day month year | month day year | month year [“on”] “the” day | year month day
           | day month | month year
    day    [weekday] [“the”] “third” | “3rd” | “3”
    month  “May” | “5”, where a sign or another day stands beside it | “fifth”, after “of the”
    year   “1962” | “nineteen sixty-two” | “’62”

Between the parts may stand what people say while they think, and after each a correction of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from transcribe.redaction.match_numbers import pattern_hit
from transcribe.redaction.normalise import word_set
from transcribe.redaction.number_grammar import SpokenPieces
from transcribe.redaction.number_words import (
    DIGITS,
    FEASTS,
    MONTH_NUMBERS,
    OHS,
    ORDINALS,
    TEENS,
    TENS,
    WEEKDAYS,
)
from transcribe.redaction.text_model import Hit, SpokenText
from transcribe.redaction.year_words import year_at

_BIRTH_DATE_LABEL = "[date of birth]"
_BIRTH_WORDS = word_set("born birthday birthdays birth dob birthdate")
_AGE_WORDS = word_set("turned turns turning aged age old")
_BEING = word_set("was were is be been being")
_CONTEXT_WORDS = 6  # words within which “born” says what a date is, “um” and “on the” not counted
_MONTHS_THAT_ARE_WORDS = word_set("may march mar")
_SIGNS = frozenset("/.-–—\\")


@dataclass(frozen=True, slots=True)
class _DatePart:
    """A day, a month or a year up to, not including, piece `end`."""

    kind: str
    end: int
    is_named: bool = False
    """True for “May”, “3rd” or a year with its century: what a plain number is not."""
    is_plain: bool = True
    is_ordinal: bool = False
    """True for a month that is counted: “the fifth”."""


@dataclass(frozen=True, slots=True)
class _SpokenDate:
    """A date in pieces `first` up to, not including, `end`."""

    first: int
    end: int
    kinds: str
    """Its parts in order: D, M and Y."""
    has_named_month: bool
    has_whole_year: bool
    has_plain_year: bool
    is_written: bool
    """True where signs hold it together: `3/5/62`."""
    has_ordinal: bool
    year_opens_whole: bool = False
    """True if it begins with a year that has its century."""
    crosses_sentence: bool = False
    """True if a sentence ends before its last part: “the third of May. In 1962 …”."""

    @property
    def is_full(self) -> bool:
        return set(self.kinds) == set("DMY")


_FIRST_WORDS = frozenset(
    {
        *ORDINALS,
        *MONTH_NUMBERS,
        *DIGITS,
        *TEENS,
        *WEEKDAYS,
        *(feast[0] for feast in FEASTS),
        "valentine",
    }
)

_Reader = Callable[[SpokenPieces, int], _DatePart | None]


def date_hits(text: SpokenText, spoken: SpokenPieces) -> Iterator[Hit]:
    """Find dates: redacted where “born” stands close by; else a whole date is asked about."""
    at = 0
    while at < len(spoken):
        date = _longest_date_at(text, spoken, at)
        if date is None:
            at += 1
            continue
        spoken_date, is_sure = date
        first, end = spoken_date.first, spoken_date.end
        yield pattern_hit(*spoken.words(first, end), _BIRTH_DATE_LABEL, is_sure)
        if is_sure and "Y" in spoken_date.kinds:
            for year_first, year_end in _years_said_again(text, spoken, spoken_date):
                yield pattern_hit(*spoken.words(year_first, year_end), _BIRTH_DATE_LABEL, True)
        at = end


def _years_said_again(
    text: SpokenText, spoken: SpokenPieces, date: _SpokenDate
) -> Iterator[tuple[int, int]]:
    """Yield the year that follows in the same sentence: “… it says, or ’62 anyway”."""
    last = spoken.pieces[date.end - 1].word
    digits = _digits_of(spoken, date.first, date.end)
    at = date.end
    while at < min(len(spoken), date.end + _CONTEXT_WORDS):
        piece = spoken.pieces[at]
        if piece.is_parted or not text.is_in_one_sentence(last, piece.word + 1):
            return
        year = year_at(spoken, at)
        if year is None:
            at += 1
            continue
        said = _digits_of(spoken, at, year.end)
        is_marked = bool(set(piece.before) & set("'’‘")) and piece.is_digits
        if is_marked or (len(said) >= _YEAR_DIGITS and said[-_YEAR_DIGITS:] in digits):
            yield at, year.end
        at = year.end


def _digits_of(spoken: SpokenPieces, first: int, end: int) -> str:
    """Return the digits that pieces say one after the other, with spaces between numbers."""
    digits, at = [], first
    while at < end:
        number = spoken.digits_at(at)
        digits.append(number.digits if number is not None else "")
        at = number.end if number is not None else at + 1
    return " ".join(digits)


_YEAR_DIGITS = 2


def _longest_date_at(
    text: SpokenText, spoken: SpokenPieces, at: int
) -> tuple[_SpokenDate, bool] | None:
    if not _may_begin_date(spoken.texts[at]):
        return None
    dates = [_with_sentences(text, spoken, date) for date in _dates_at(spoken, at)]
    judged = [
        (date, is_sure) for date in dates if (is_sure := _certainty(text, spoken, date)) is not None
    ]
    return max(judged, key=lambda each: (each[0].end, each[1]), default=None)


@lru_cache(maxsize=20_000)
def _may_begin_date(text: str) -> bool:
    return text[:1].isdecimal() or text in _FIRST_WORDS or text.startswith(tuple(TENS))


def _with_sentences(text: SpokenText, spoken: SpokenPieces, date: _SpokenDate) -> _SpokenDate:
    first, last = spoken.words(date.first, date.end)
    return replace(date, crosses_sentence=not text.is_in_one_sentence(first, last))


def _certainty(text: SpokenText, spoken: SpokenPieces, date: _SpokenDate) -> bool | None:
    """Return whether a date is surely somebody's birthday; None where it need not be asked."""
    if not spoken.is_unparted(date.first, date.end):
        return None
    if _speaks_of(_BIRTH_WORDS, text, spoken, date):
        return True
    if date.crosses_sentence or date.kinds == "MYD":
        return None  # “in March 2019 the first time” is another thing
    if date.kinds[0] == "Y" and not (date.is_written or date.year_opens_whole):
        return None  # “there were twenty on the third of May”
    is_told = date.has_named_month or date.is_written or date.has_ordinal
    if date.is_full and is_told and date.has_plain_year:
        return False
    is_day = date.has_named_month and "D" in date.kinds
    if is_day and (_speaks_of(_AGE_WORDS, text, spoken, date) or _follows_age(spoken, date)):
        return False
    return None


def _follows_age(spoken: SpokenPieces, date: _SpokenDate) -> bool:
    """Return True after “he was forty on”: on such a day somebody has a birthday."""
    before = spoken.texts[max(0, date.first - 6) : date.first]
    for at in range(date.first - 1, max(0, date.first - 6), -1):
        age = spoken.digits_at(at)
        if (
            age is not None
            and age.value == age.digits
            and _after_links(spoken, age.end) == date.first
        ):
            return not _BEING.isdisjoint(before)
    return False


def _speaks_of(
    words: frozenset[str], text: SpokenText, spoken: SpokenPieces, date: _SpokenDate
) -> bool:
    """Return True if one of `words` stands before the date, or after it in its sentence."""
    # Before the date it may have ended a sentence: “When was he born? The fourth of March 1962.”
    if not words.isdisjoint(_words_before(spoken, date.first)):
        return True
    last = spoken.pieces[date.end - 1].word
    after = (
        spoken.texts[at]
        for at in range(date.end, min(len(spoken), date.end + _CONTEXT_WORDS))
        if text.is_in_one_sentence(last, spoken.pieces[at].word + 1)
    )
    return not words.isdisjoint(after)


def _words_before(spoken: SpokenPieces, first: int) -> list[str]:
    at, words = max(0, first - 4 * _CONTEXT_WORDS), []
    while at < first:
        text = spoken.texts[at]
        if text in _BIRTH_WORDS:
            words.append(text)
            at += 1
            continue
        between = spoken.interlude(at, dates=True, with_links=True)
        if between.end > at:
            # “born”, “birth” and “age” may stand in what links the parts of a date.
            inside = spoken.texts[at : between.end]
            words.extend(word for word in inside if word in _BIRTH_WORDS)
            at = between.end
        else:
            words.append(text)
            at += 1
    return words[-_CONTEXT_WORDS:]


def _dates_at(spoken: SpokenPieces, first: int) -> Iterator[_SpokenDate]:
    """Yield the dates that begin with piece `first`."""
    start = first + 1 if spoken.texts[first] in WEEKDAYS and first + 1 < len(spoken) else first
    if start > first:
        start = spoken.interlude(start, dates=True).end
    for feast_end in _feast_ends(spoken, start):
        yield from _feast_dates(spoken, first, feast_end)
    yield from _run_together_at(spoken, first)
    for order in _ORDERS:
        if (date := _date_in_order(spoken, first, start, order)) is not None:
            yield date


_ORDERS = ("DMY", "MDY", "MYD", "YMD", "YDM", "DM", "MD", "MY")


def _date_in_order(spoken: SpokenPieces, first: int, start: int, order: str) -> _SpokenDate | None:
    if start >= len(spoken) or spoken.texts[start] == "the":
        return None
    parts: list[_DatePart] = []
    at = start
    for kind in order:
        if at >= len(spoken):
            return None
        begin = at if not parts else _after_links(spoken, at)
        part = _part_with_corrections(spoken, begin, kind)
        if part is None:
            return None
        parts.append(part)
        at = part.end
    if not _holds_together(spoken, start, parts):
        return None
    if order == "MYD" and not _is_day_behind_year(spoken, parts):
        return None
    date = _SpokenDate(
        first,
        at,
        order,
        has_named_month=any(part.kind == "M" and part.is_named for part in parts),
        has_whole_year=any(part.kind == "Y" and part.is_named for part in parts),
        has_plain_year=all(part.is_plain for part in parts if part.kind == "Y"),
        is_written=_is_written(spoken, start, at),
        has_ordinal=any(part.kind == "D" and part.is_named for part in parts),
        year_opens_whole=parts[0].kind == "Y" and parts[0].is_named,
    )
    return _with_year_said_again(spoken, date)


def _is_day_behind_year(spoken: SpokenPieces, parts: list[_DatePart]) -> bool:
    """Return True for “May 1962, the third”, but not for “in May 1962 three of us”."""
    day_words = spoken.texts[parts[-2].end : parts[-1].end]
    return parts[-1].is_named and ("the" in day_words or day_words[-1][:1].isdecimal())


def _after_links(spoken: SpokenPieces, at: int) -> int:
    return spoken.interlude(at, dates=True, with_links=True).end


def _with_year_said_again(spoken: SpokenPieces, date: _SpokenDate) -> _SpokenDate:
    """Return the date with a year after its end that corrects or repeats its own."""
    while "Y" in date.kinds:
        between = spoken.interlude(date.end)
        year = year_at(spoken, between.end) if between.end < len(spoken) else None
        is_repeated = year is not None and year.is_whole and not date.has_whole_year
        if year is None or not (is_repeated or (between.is_correction and year.is_plain)):
            break
        date = replace(date, end=year.end, has_whole_year=date.has_whole_year or year.is_whole)
    return date


def _part_with_corrections(spoken: SpokenPieces, at: int, kind: str) -> _DatePart | None:
    """Return the part with what it was corrected to: “the third, no, the fourth”."""
    read = _READERS[kind]
    part = read(spoken, at) if at < len(spoken) else None
    while part is not None:
        between = spoken.interlude(part.end, dates=True, with_links=True)
        if not between.is_correction or between.end >= len(spoken):
            break
        corrected = read(spoken, between.end)
        if corrected is None:
            break
        part = corrected
    return part


def _day_at(spoken: SpokenPieces, at: int) -> _DatePart | None:
    text = spoken.text_at(at)
    if text in WEEKDAYS and at + 1 < len(spoken):
        return _day_at(spoken, spoken.interlude(at + 1, dates=True).end)
    if text == "the" and at + 1 < len(spoken):
        return _day_at(spoken, at + 1)
    if (ordinal := _ordinal_at(spoken, at)) is not None:
        return ordinal
    return _small_number_at(spoken, at, 31, "D")


def _ordinal_at(spoken: SpokenPieces, at: int, largest: int = 31) -> _DatePart | None:
    text, following = spoken.text_at(at), spoken.text_at(at + 1)
    if text[-2:] in ("st", "nd", "rd", "th") and text[:-2].isdecimal():
        return _DatePart("D", at + 1, is_named=True) if 1 <= int(text[:-2]) <= largest else None
    if text in ORDINALS:
        return _DatePart("D", at + 1, is_named=True) if ORDINALS[text] <= largest else None
    for tens in ("twenty", "thirty"):
        joined = ORDINALS.get(text.removeprefix(tens), 10) if text.startswith(tens) else 10
        if text == tens and ORDINALS.get(following, 10) < 10:
            value, end = TENS[tens] + ORDINALS[following], at + 2
        elif joined < 10:
            value, end = TENS[tens] + joined, at + 1
        else:
            continue
        return _DatePart("D", end, is_named=True) if value <= largest else None
    return None


def _small_number_at(spoken: SpokenPieces, at: int, largest: int, kind: str) -> _DatePart | None:
    """Return a number from 1 to `largest`: “5”, “05”, “five”, “oh five”."""
    text = spoken.text_at(at)
    if text.isdecimal():
        # Letters may follow where they are the month: `3May1962`.
        is_day = len(text) <= 2 and 1 <= int(text) <= largest and not spoken.is_time(at)
        return _DatePart(kind, at + 1) if is_day else None
    if text in OHS or text in ("zero", "nought"):
        digit = DIGITS.get(spoken.text_at(at + 1), spoken.text_at(at + 1))
        is_digit = digit.isdecimal() and len(digit) == 1 and digit != "0"
        return _DatePart(kind, at + 2) if is_digit and int(digit) <= largest else None
    number = spoken.digits_at(at) if text else None
    if number is None or number.digits != number.value or not 1 <= int(number.value) <= largest:
        return None
    return _DatePart(kind, number.end)


def _month_at(spoken: SpokenPieces, at: int) -> _DatePart | None:
    text = spoken.text_at(at)
    if text in MONTH_NUMBERS:
        return _DatePart("M", at + 1, is_named=True)
    if (ordinal := _ordinal_at(spoken, at, largest=12)) is not None:
        return _DatePart("M", ordinal.end, is_ordinal=True)
    return _small_number_at(spoken, at, 12, "M")


def _year_part_at(spoken: SpokenPieces, at: int) -> _DatePart | None:
    year = year_at(spoken, at)
    return (
        _DatePart("Y", year.end, is_named=year.is_whole, is_plain=year.is_plain) if year else None
    )


_READERS: dict[str, _Reader] = {"D": _day_at, "M": _month_at, "Y": _year_part_at}


def _holds_together(spoken: SpokenPieces, start: int, parts: list[_DatePart]) -> bool:
    """Return True if the parts are a date and no numbers that happen to stand side by side."""
    kinds = "".join(part.kind for part in parts)
    end = parts[-1].end
    month = parts[kinds.index("M")]
    if month.is_named:
        day = parts[kinds.index("D")] if "D" in kinds else None
        # “march 20 miles”, “two may come”: month or day must be one plainly.
        return "Y" in kinds or (day is not None and day.is_named) or _is_surely_month(spoken, parts)
    if "D" not in kinds:
        return False
    day = parts[kinds.index("D")]
    if day.is_named:
        # “the third of the fifth”, `3rd/5th/62`, but no “second of four”
        is_linked = spoken.text_at(day.end) in ("of", "the", "day") or "Y" in kinds
        return kinds[:2] == "DM" and month.is_ordinal and is_linked
    # Plain numbers: all three, as `3/5/62`, or “three, five, sixty-two” where that is expected.
    return len(parts) == 3 and (kinds in ("DMY", "MDY", "YMD")) and end > start + 2


def _is_surely_month(spoken: SpokenPieces, parts: list[_DatePart]) -> bool:
    """Return True where the month is no other word, or has the capital of a name."""
    end = next(part.end for part in parts if part.kind == "M")
    month = spoken.pieces[end - 1]
    return month.text not in _MONTHS_THAT_ARE_WORDS or month.written[:1].isupper()


def _is_written(spoken: SpokenPieces, start: int, end: int) -> bool:
    """Return True if signs hold all the parts together in one word."""
    inner = spoken.pieces[start + 1 : end]
    return bool(inner) and all(
        not piece.is_first and (not piece.before or set(piece.before) <= _SIGNS) for piece in inner
    )


def _run_together_at(spoken: SpokenPieces, at: int) -> Iterator[_SpokenDate]:
    """Yield a date in digits alone: `03051962`, `030562`, `19620503`."""
    text = spoken.texts[at]
    if not text.isdecimal() or len(text) not in (6, 8):
        return
    year_first = len(text) == 8 and text[:2] in ("19", "20")
    day, month = (text[6:], text[4:6]) if year_first else (text[:2], text[2:4])
    if 1 <= int(day) <= 31 and 1 <= int(month) <= 12:
        yield _SpokenDate(at, at + 1, "DMY", False, len(text) == 8, True, False, False)


def _feast_ends(spoken: SpokenPieces, at: int) -> Iterator[int]:
    for feast in FEASTS:
        spoken_words = (text.removesuffix("s") for text in spoken.texts[at : at + len(feast)])
        # “New Year’s Day”: the ’s is no part of a word.
        if tuple(spoken_words) == tuple(word.removesuffix("s") for word in feast):
            yield at + len(feast)


def _feast_dates(spoken: SpokenPieces, first: int, end: int) -> Iterator[_SpokenDate]:
    """Yield a day that has a name, with its year if one follows."""
    year_start = _after_links(spoken, end)
    year = year_at(spoken, year_start) if year_start < len(spoken) else None
    if year is not None:
        yield _SpokenDate(first, year.end, "DMY", True, year.is_whole, year.is_plain, False, True)
    yield _SpokenDate(first, end, "DM", True, False, False, False, False)
