"""The one place that asks what day it is, so that a test can answer."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> str:
    """UTC, ISO 8601 with seconds: `2026-03-01T10:00:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> date:
    """The day by this machine's own calendar: agreements are dated by people's days."""
    return date.today()


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day: 31 January + 1 → 28 February."""
    import calendar

    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))
