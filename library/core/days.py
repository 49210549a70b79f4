"""Days as people write and read them: `1 May 2026`."""

from __future__ import annotations

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
            return datetime.strptime(text, written).date()
    words = _IN_WORDS.fullmatch(text)
    months = [month.lower() for month in MONTHS]
    if words and words[2] in months:
        with contextlib.suppress(ValueError):
            return date(int(words[3]), months.index(words[2]) + 1, int(words[1]))
    return None
