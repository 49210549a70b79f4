"""The events of a session. Each is one line of its journal, and the journal is all its state."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from capture.questions.question_set import QuestionSet
from library.core.clock import now

# \Z and not $: that would let a line end through.
SESSION_ID = r"^se-[a-z0-9]{6}\Z"
MAX_NOTE_CHARACTERS = 2_000
"""Characters of a note."""
# A day in milliseconds, longer than anybody records.
MAX_TAKE_MS = 24 * 3_600_000

RequestKey = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]
"""The sender's own id for a request, so that a repeated one is applied once."""
TakeClock = Annotated[int, Meta(ge=0, le=MAX_TAKE_MS)]
"""Milliseconds on the media clock of a take: the time it has recorded, without its pauses."""
# More than `state.MAX_TAKES`: this only bounds what may be sent.
TakeNumber = Annotated[int, Meta(ge=1, le=1_000)]
MimeType = Annotated[
    str,
    Meta(pattern=r"^(video|audio)/(webm|mp4|x-matroska)(;\s?codecs=[A-Za-z0-9.,\"_-]{1,60})?\Z"),
]
NoteText = Annotated[str, Meta(max_length=MAX_NOTE_CHARACTERS)]
# Empty for a marker of no question.
QuestionId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{0,40}\Z")]

RecordedMedia = Literal["picture-and-voice", "voice"]
WellbeingTime = Literal["before", "after"]
Feeling = Literal["well", "unsure", "unwell"]
MarkerKind = Literal[
    "question", "follow-up", "skipped", "back", "do-not-use", "sensitive", "note", "device-lost"
]
"""Kinds that a person marks; pauses and takes have events of their own."""
QUESTION_KINDS = ("question", "follow-up", "skipped", "back")
EndReason = Literal["stopped", "device-lost", "failed", "closed", "next"]


class SessionEvent(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"
):
    """An event, tagged in JSON by its name under `do`."""

    written: str = msgspec.field(default_factory=now)
    """UTC, ISO 8601 with seconds."""


class SessionPrepared(SessionEvent, frozen=True, tag="prepare"):
    """The first event: the session's ids, and its question set as it was then."""

    session: Annotated[str, Meta(pattern=SESSION_ID)]
    story: str
    title: str
    question_set: QuestionSet
    key: RequestKey


class AgreementConfirmed(SessionEvent, frozen=True, tag="agree"):
    """The participation agreement stands, for these media."""

    record: RecordedMedia
    paper: bool = False
    """A printed copy was signed as well."""


class QuestionsChosen(SessionEvent, frozen=True, tag="questions"):
    """Another question set, before anything is recorded; as it was then."""

    question_set: QuestionSet


class WellbeingNoted(SessionEvent, frozen=True, tag="wellbeing"):
    """An answer to “How are you?”; kept here and published nowhere."""

    when: WellbeingTime
    answer: Feeling
    note: NoteText = ""


class FilmingWished(SessionEvent, frozen=True, tag="seen"):
    """A wish of the contributor about being filmed, within what was agreed; the last one holds."""

    voice_only: bool
    self_view: bool
    """True where they see their own picture meanwhile."""


class TakeStarted(SessionEvent, frozen=True, tag="take"):
    number: TakeNumber
    mime: MimeType
    key: RequestKey


class ChunkStored(SessionEvent, frozen=True, tag="chunk"):
    """Bytes of a take are on the disk. Written after them, so that it never claims too many."""

    take: TakeNumber
    number: Annotated[int, Meta(ge=0)]
    offset: Annotated[int, Meta(ge=0)]
    bytes: Annotated[int, Meta(ge=0)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    until: TakeClock
    covers: TakeClock | None = None
    """Milliseconds that the take's bytes hold up to here, as read from them; None where not."""
    empty: TakeClock = 0
    """Milliseconds of those without sound or picture: the recorder stood still."""


class SoundStored(SessionEvent, frozen=True, tag="sound"):
    """Uncompressed sound of a take is on the disk, beside the take; it may be missing or have gaps.

    16 bits at 48 kHz, in a file of its own (`SessionFolder.lossless_sound`).
    """

    take: TakeNumber
    number: Annotated[int, Meta(ge=0)]
    at: Annotated[int, Meta(ge=0, le=MAX_TAKE_MS * 48)]
    """The first sample’s number on the take’s clock, as the page counted it: to a part of a second.

    Exact from one to the next where they follow each other."""
    channels: Annotated[int, Meta(ge=1, le=2)]
    offset: Annotated[int, Meta(ge=0)]
    bytes: Annotated[int, Meta(ge=1)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


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
    """The recording has ended; it is to be kept or deleted."""


class DecisionDeferred(SessionEvent, frozen=True, tag="later"):
    """The decision to keep or delete is left for another day."""


class KeepRequested(SessionEvent, frozen=True, tag="keep"):
    """The session is being made the story's recording."""


class SessionKept(SessionEvent, frozen=True, tag="kept"):
    """The session is the story's recording; `originals` are SHA-256 of the imported files."""

    originals: tuple[str, ...]
    unreadable: tuple[int, ...] = ()
    """Takes in which nothing could be read; their files stay in the session's folder."""


class DeleteRequested(SessionEvent, frozen=True, tag="delete"):
    """The session is being deleted, which cannot be undone."""


AnyEvent = (
    SessionPrepared
    | AgreementConfirmed
    | QuestionsChosen
    | WellbeingNoted
    | FilmingWished
    | TakeStarted
    | ChunkStored
    | SoundStored
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
