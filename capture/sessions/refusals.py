"""Errors of a session, each with a code and facts for the station's page (docs/station.md)."""

from __future__ import annotations

from typing import Any

from library.core.errors import (
    BadInput,
    CarerStoriesError,
    DiskFailed,
    NoRoom,
    NotAllowed,
    NotFound,
)


class SessionRefusal(CarerStoriesError):
    """An error that the page tells from others by its code."""

    code = "refused"

    def __init_subclass__(cls, *, code: str) -> None:
        super().__init_subclass__()
        cls.code = code

    def __init__(self, what: str, next_step: str = "", **facts: Any) -> None:
        super().__init__(what, next_step)
        self.facts = facts


class NotNow(SessionRefusal, NotAllowed, code="not-now"):
    """The session's state does not permit what was asked."""


class TakeClosed(SessionRefusal, NotAllowed, code="take-over"):
    """The take has ended; further chunks belong to the next one."""


class RecordingElsewhere(SessionRefusal, NotAllowed, code="recording-elsewhere"):
    """Another take is still being recorded, perhaps in another tab."""


class MissingChunk(SessionRefusal, BadInput, code="gap"):
    """A chunk before this one is missing."""


class ChunkDiffers(SessionRefusal, BadInput, code="differs"):
    """A chunk of this number was received before, with other bytes."""


class SessionDeleted(SessionRefusal, NotFound, code="gone"):
    """The session was deleted."""


class NoRoomForChunk(SessionRefusal, NoRoom, code="no-room"):
    """The disk is full. Earlier chunks are safe, and the same chunk may be sent again."""


class TakeFailed(SessionRefusal, DiskFailed, code="take-failed"):
    """The disk failed under a take. Acknowledged chunks are safe; a new take has its own file."""
