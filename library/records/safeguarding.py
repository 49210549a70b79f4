"""Safeguarding: what was disclosed and to whom it was referred, and holds that forbid deleting.

Kept in the private database beside real names, and nowhere else: no page, export for an archive,
receipt or line of the log says what was disclosed. Records are only ever added.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec


class PrivateRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a private record about one story."""

    id: str
    story: str
    recorded: str
    """Time this record was written: UTC, ISO 8601 with seconds."""
    on: date
    role: str
    """The role of whoever recorded it."""
    by: str = ""
    """Opaque id of who signed it, or nothing: `library.records.staff`."""


class SafeguardingRecord(PrivateRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something disclosed that had to be passed on. `on` is the day it was disclosed."""

    disclosed: str
    at_risk: str = ""
    """The relation of the person at risk to the contributor: “her mother”."""
    referred_to: str
    referred_on: date


class LegalHold(PrivateRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ban on deleting anything of the story, from this day until the hold is lifted."""

    reason: str


class HoldLifted(PrivateRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of a hold."""

    hold: str
    """Id of the `LegalHold`."""
    reason: str


class AccessExemption(PrivateRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision, on the day of a subject access request, not to hand over these records.

    `by` is never empty: somebody answers for it by name.
    """

    reason: str
    withheld: tuple[str, ...]
    """Ids of the records that were left out."""


def open_holds(holds: Iterable[LegalHold], lifted: Iterable[HoldLifted]) -> tuple[LegalHold, ...]:
    """Return the holds that stand, oldest first."""
    ended = {record.hold for record in lifted}
    return tuple(hold for hold in holds if hold.id not in ended)
