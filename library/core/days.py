"""Days as people write and read them: `1 May 2026`."""

from __future__ import annotations

import calendar
import contextlib
import re
from datetime import date, datetime

from library.core.clock import today

# Not strftime("%B"): its words depend on the locale of this machine.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAY_EXAMPLES = "2026-05-01, 1 May 2026 or today"
"""The forms in which a day may be typed, for a refusal."""
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Years in which a day may be typed: beyond them nothing can be counted on."""
_IN_FIGURES = re.compile(
    r"(?P<minus>-?)(?P<y>\d{1,9})-(?P<m>\d{1,9})-(?P<d>\d{1,9})"
    r"|(?P<d2>\d{1,9})/(?P<m2>\d{1,9})/(?P<y2>\d{1,9})",
    re.ASCII,
)
_ROUGHLY_IN_WORDS = re.compile(r"(\d{1,9}) ([a-z]+) (\d{1,9})", re.ASCII)
_IN_WORDS = re.compile(r"(\d{1,2}) ([a-z]+) (\d{4})", re.ASCII)


def day_in_words(day: date) -> str:
    """Return a day as written in Britain: 1 May 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def parse_day(typed: str) -> date | None:
    """Return the day typed as 2026-05-01, 1 May 2026, 1/5/2026 or today; None for anything else."""
    text = " ".join(typed.lower().split())
    if text == "today":
        return today()
    # Days before months: 3/1/2026 is the third of January here.
    for written in ("%Y-%m-%d", "%d/%m/%Y"):
        with contextlib.suppress(ValueError):
            return _within_calendar(datetime.strptime(text, written).date())
    words = _IN_WORDS.fullmatch(text)
    months = [month.lower() for month in MONTHS]
    if words and words[2] in months:
        with contextlib.suppress(ValueError):
            return _within_calendar(date(int(words[3]), months.index(words[2]) + 1, int(words[1])))
    return None


def _within_calendar(day: date) -> date:
    """Return the day. Raises ValueError for one in which no story can be told."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(day)
    return day


def no_day(typed: str) -> str:
    """Return sentences that say why `typed` is no day, and how to write one."""
    return f"“{typed}” is not a date. {_why_no_day(typed)}Write {DAY_EXAMPLES}."


def _why_no_day(typed: str) -> str:
    text = " ".join(typed.lower().split())
    figures = _IN_FIGURES.fullmatch(text)
    words = _ROUGHLY_IN_WORDS.fullmatch(text)
    if figures and figures["minus"]:
        return "A year has no minus. "
    if figures:
        year, month, day = (int(figures[name] or figures[f"{name}2"]) for name in ("y", "m", "d"))
    elif words and words[2] in [name.lower() for name in MONTHS]:
        names = [name.lower() for name in MONTHS]
        year, month, day = int(words[3]), names.index(words[2]) + 1, int(words[1])
    else:
        return ""
    if year < 100:
        return "The year needs its four digits. "
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"Years go from {FIRST_YEAR} to {LAST_YEAR}. "
    if not 1 <= month <= 12:
        return f"There is no month {month}. "
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return f"There is no {day} {MONTHS[month - 1]} {year}. "
    return ""
