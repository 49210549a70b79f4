"""Who the contributors are: the only place with a real name or a way to reach somebody.

Kept apart from everything else, in a database of its own that only its owner can read
(`interviews/private/contributors.json`). No page, no log and no other record holds any of it.
Unlike what was decided, a name can be wrong, change or be asked to be forgotten: these records are
edited in place, and erasing one leaves nothing of it behind.
"""

from __future__ import annotations

import msgspec


class Contributor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person and the stories they told."""

    id: str
    recorded: str
    """When it was first written: UTC, ISO 8601 with seconds."""
    name: str
    contact: str = ""
    """How they want to be reached: a telephone number, an address."""
    stories: tuple[str, ...]
