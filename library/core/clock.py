"""The current time and day. The only module that asks for them, so that a test can replace it.

A day is one of the trust’s own time zone, which the settings name. The zone of the computer, and of
the environment (`TZ`), is never asked: whoever sets it would set the day on which a story lapses.
The rules of zones come from the package tzdata, for the same reason, and because Windows has none.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Europe/London"


@dataclass
class House:
    """The house whose days count: its time zone, by its name in tzdata."""

    zone: str = DEFAULT_ZONE


house = House()
"""Used as `clock.house`: set for a workspace (`library.core.trust_zone`), for all threads alike."""


def now() -> str:
    """Return the time in UTC, ISO 8601 with seconds: `2026-03-01T10:00:00Z`."""
    return moment().strftime("%Y-%m-%dT%H:%M:%SZ")


def moment() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the trust's day: agreements are dated by people's days."""
    return day_of(moment())


def day_of(at: datetime) -> date:
    """Return the day of a moment, in the trust's time zone or in UTC: the later of the two.

    So no zone, whoever names it, is behind UTC: none makes a story last longer.
    """
    return max(at.astimezone(time_zone(house.zone)).date(), at.astimezone(UTC).date())


@lru_cache
def time_zone(name: str) -> tzinfo:
    """Return a time zone by its name: `Europe/London`. Raises ValueError for one nobody knows."""
    if name == "UTC":
        return UTC
    parts = name.split("/")
    if not all(re.fullmatch(r"[A-Za-z0-9_+-]+", part) for part in parts):
        raise ValueError(name)
    rules = resources.files("tzdata").joinpath("zoneinfo", *parts)
    try:
        with rules.open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    # A folder of zones (“Europe”), and files that are none, lie there too.
    except (OSError, ValueError) as error:
        raise ValueError(name) from error


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last: 31 January + 1 → 28 February."""
    year, month = divmod(day.month - 1 + months, 12)
    # No period ends after the calendar: what would, holds to its last day.
    if day.year + year > date.max.year:
        return date.max
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))
