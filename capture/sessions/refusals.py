"""Errors of a session, each with a code and facts for the page (docs/project/station-page.md)."""

from __future__ import annotations

from library.core.errors import BadInput, DiskFailed, NoRoom, NotAllowed, NotFound
from library.local_page.refusals import CodedRefusal


class NotNow(CodedRefusal, NotAllowed, code="not-now"):
    """The session's state does not permit what was asked."""


class VoiceOnly(CodedRefusal, NotAllowed, code="voice-only", status=403):
    """Only the voice is agreed to, and a picture was to be recorded."""


class TakeClosed(CodedRefusal, NotAllowed, code="take-over"):
    """The take has ended; further chunks belong to the next one."""


class RecordingElsewhere(CodedRefusal, NotAllowed, code="recording-elsewhere"):
    """Another take is still being recorded, perhaps in another tab."""


class MissingChunk(CodedRefusal, BadInput, code="gap"):
    """A chunk before this one is missing."""


class ChunkDiffers(CodedRefusal, BadInput, code="differs"):
    """A chunk of this number was received before, with other bytes."""


class SessionDeleted(CodedRefusal, NotFound, code="gone", status=410):
    """The session was deleted."""


class NoRoomForChunk(CodedRefusal, NoRoom, code="no-room", status=507):
    """The disk is full. Earlier chunks are safe, and the same chunk may be sent again."""


class TakeFailed(CodedRefusal, DiskFailed, code="take-failed", status=503):
    """The disk failed under a take. Acknowledged chunks are safe; a new take has its own file."""
