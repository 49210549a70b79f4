"""People who sign for what they do: editors, volunteers, witnesses.

A real name stands in the private database alone. The log holds the opaque id, so that it can be
read by anybody and still say who answers for a line.
"""

from __future__ import annotations

from datetime import date

import msgspec


class StaffMember(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who signs; edited in place, and never removed: earlier lines name them."""

    id: str
    """Opaque, such as `me-7hj3kd`."""
    recorded: str
    """Time it was first written: UTC, ISO 8601 with seconds."""
    name: str
    role: str
    retired: date | None = None
    """The day from which they sign no more."""
