"""What can happen in a session: each is one line of its journal, and nothing else is kept of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from capture.questions.question_set import QuestionSet
from library.core.clock import now

SESSION_ID = r"^se-[a-z0-9]{6}\Z"
LONGEST_NOTE = 2_000
"""Characters of a note."""
_LONGEST_TAKE = 24 * 3_600_000

RequestKey = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]
"""The sender's own name for a thing it sends: sent twice, it is taken once."""
TakeClock = Annotated[int, Meta(ge=0, le=_LONGEST_TAKE)]
"""Milliseconds on the media clock of a take: what it has recorded, without its pauses."""
TakeNumber = Annotated[int, Meta(ge=1, le=1_000)]
MimeType = Annotated[
    str,
    Meta(pattern=r"^(video|audio)/(webm|mp4|x-matroska)(;\s?codecs=[A-Za-z0-9.,\"_-]{1,60})?\Z"),
]
NoteText = Annotated[str, Meta(max_length=LONGEST_NOTE)]
QuestionId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{0,40}\Z")]

RecordedMedia = Literal["picture-and-voice", "voice"]
WellbeingTime = Literal["before", "after"]
Feeling = Literal["well", "unsure", "unwell"]
MarkerKind = Literal[
    "question", "follow-up", "skipped", "back", "do-not-use", "sensitive", "note", "device-lost"
]
"""What somebody marks; pauses, resumptions and takes are marked by what happens."""
QUESTION_KINDS = ("question", "follow-up", "skipped", "back")
EndReason = Literal["stopped", "device-lost", "failed", "closed", "next"]


class SessionEvent(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"
):
    """`written` is UTC, ISO 8601 with seconds."""

    written: str = msgspec.field(default_factory=now)


class SessionPrepared(SessionEvent, frozen=True, tag="prepare"):
    """The first line: what the session is, with its question set as it was then."""

    session: Annotated[str, Meta(pattern=SESSION_ID)]
    story: str
    title: str
    question_set: QuestionSet
    key: RequestKey


class AgreementConfirmed(SessionEvent, frozen=True, tag="agree"):
    """The participation agreement stands, and says what may be recorded."""

    record: RecordedMedia
    paper: bool = False
    """A printed copy was signed as well."""


class WellbeingNoted(SessionEvent, frozen=True, tag="wellbeing"):
    """How somebody said they were; kept here and published nowhere."""

    when: WellbeingTime
    answer: Feeling
    note: NoteText = ""


class TakeStarted(SessionEvent, frozen=True, tag="take"):
    number: TakeNumber
    mime: MimeType
    key: RequestKey


class ChunkStored(SessionEvent, frozen=True, tag="chunk"):
    """Bytes of a take are on the disk. Written after them, so that it is never more than is so."""

    take: TakeNumber
    number: Annotated[int, Meta(ge=0)]
    offset: Annotated[int, Meta(ge=0)]
    bytes: Annotated[int, Meta(ge=0)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    until: TakeClock


class TakeEnded(SessionEvent, frozen=True, tag="end"):
    take: TakeNumber
    at: TakeClock
    reason: EndReason


class MarkerAdded(SessionEvent, frozen=True, tag="mark"):
    key: RequestKey
    take: TakeNumber
    at: TakeClock
    kind: MarkerKind
    question: QuestionId = ""
    text: NoteText = ""


class TakePaused(SessionEvent, frozen=True, tag="pause"):
    take: TakeNumber
    at: TakeClock


class TakeResumed(SessionEvent, frozen=True, tag="resume"):
    take: TakeNumber


class SessionStopped(SessionEvent, frozen=True, tag="stop"):
    """No take is open; what becomes of the recording is to be decided."""


class DecisionDeferred(SessionEvent, frozen=True, tag="later"):
    """To be decided another day."""


class KeepRequested(SessionEvent, frozen=True, tag="keep"):
    """It is being made the story's recording."""


class SessionKept(SessionEvent, frozen=True, tag="kept"):
    """It is the story's recording: the hashes are those of the originals."""

    originals: tuple[str, ...]
    unreadable: tuple[int, ...] = ()
    """Takes in which nothing could be read; their files stay in the session's folder."""


class DeleteRequested(SessionEvent, frozen=True, tag="delete"):
    """It is being deleted; nothing undoes that."""


AnyEvent = (
    SessionPrepared
    | AgreementConfirmed
    | WellbeingNoted
    | TakeStarted
    | ChunkStored
    | TakeEnded
    | MarkerAdded
    | TakePaused
    | TakeResumed
    | SessionStopped
    | DecisionDeferred
    | KeepRequested
    | SessionKept
    | DeleteRequested
)
