"""The current time and day. The only module that asks for them, so that a test can replace it."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime


def now() -> str:
    """Return the time in UTC, ISO 8601 with seconds: `2026-03-01T10:00:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> date:
    """Return the local day: agreements are dated by people's days."""
    return date.today()


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last: 31 January + 1 → 28 February."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))
