"""Refusals of a session, each with a code and facts for the station's page (docs/station.md)."""

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
    """A refusal that the page tells from others by its code."""

    code = "refused"

    def __init__(self, what: str, next_step: str = "", **facts: Any) -> None:
        super().__init__(what, next_step)
        self.facts = facts


class NotNow(SessionRefusal, NotAllowed):
    """The session's state does not permit it."""

    code = "not-now"


class TakeClosed(SessionRefusal, NotAllowed):
    """The take has ended; further chunks belong to the next one."""

    code = "take-over"


class RecordingElsewhere(SessionRefusal, NotAllowed):
    """Another take is still growing, in another tab perhaps."""

    code = "recording-elsewhere"


class MissingChunk(SessionRefusal, BadInput):
    """A chunk before this one is missing."""

    code = "gap"


class ChunkDiffers(SessionRefusal, BadInput):
    """A chunk of this number was received before, with other bytes."""

    code = "differs"


class SessionDeleted(SessionRefusal, NotFound):
    """The session was deleted."""

    code = "gone"


class NoRoomForChunk(SessionRefusal, NoRoom):
    """The disk is full. Earlier chunks are safe, and the same chunk may be sent again."""

    code = "no-room"


class TakeFailed(SessionRefusal, DiskFailed):
    """The disk failed under a take. Acknowledged chunks are safe; a new take has its own file."""

    code = "take-failed"
