"""How a session refuses. Each has a code for the station's page (docs/station.md) and its facts."""

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
    """A refusal the page must tell from others."""

    code = "refused"

    def __init__(self, what: str, next_step: str = "", **facts: Any) -> None:
        super().__init__(what, next_step)
        self.facts = facts


class NotNow(SessionRefusal, NotAllowed):
    """The session's state does not permit it."""

    code = "not-now"


class TakeClosed(SessionRefusal, NotAllowed):
    """The take has ended; what comes now belongs to the next one."""

    code = "take-over"


class RecordingElsewhere(SessionRefusal, NotAllowed):
    """Another take is still growing, in another tab perhaps."""

    code = "recording-elsewhere"


class MissingChunk(SessionRefusal, BadInput):
    """A chunk is missing before this."""

    code = "gap"


class ChunkDiffers(SessionRefusal, BadInput):
    """A chunk of this number came before, with other bytes."""

    code = "differs"


class SessionDeleted(SessionRefusal, NotFound):
    """The session was deleted."""

    code = "gone"


class NoRoomForChunk(SessionRefusal, NoRoom):
    """The disk is full. What came before is safe, and the same chunk may be sent again."""

    code = "no-room"


class TakeFailed(SessionRefusal, DiskFailed):
    """The disk failed under a take. What was answered for is safe; the next take has its own."""

    code = "take-failed"
