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

Key = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}\Z")]
"""The sender's own name for a thing it sends: sent twice, it is taken once."""
Clock = Annotated[int, Meta(ge=0, le=_LONGEST_TAKE)]
"""Milliseconds on the media clock of a take: what it has recorded, without its pauses."""
Number = Annotated[int, Meta(ge=1, le=1_000)]
Mime = Annotated[
    str,
    Meta(pattern=r"^(video|audio)/(webm|mp4|x-matroska)(;\s?codecs=[A-Za-z0-9.,\"_-]{1,60})?\Z"),
]
Text = Annotated[str, Meta(max_length=LONGEST_NOTE)]
QuestionId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{0,40}\Z")]

Record = Literal["picture-and-voice", "voice"]
When = Literal["before", "after"]
Feeling = Literal["well", "unsure", "unwell"]
Kind = Literal[
    "question", "follow-up", "skipped", "back", "do-not-use", "sensitive", "note", "device-lost"
]
"""What somebody marks; pauses, resumptions and takes are marked by what happens."""
OF_QUESTIONS = ("question", "follow-up", "skipped", "back")
Reason = Literal["stopped", "device-lost", "failed", "closed", "next"]


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """`written` is UTC, ISO 8601 with seconds."""

    written: str = msgspec.field(default_factory=now)


class Prepared(Event, frozen=True, tag="prepare"):
    """The first line: what the session is, with its question set as it was then."""

    session: Annotated[str, Meta(pattern=SESSION_ID)]
    story: str
    title: str
    question_set: QuestionSet
    key: Key


class Agreed(Event, frozen=True, tag="agree"):
    """The participation agreement stands, and says what may be recorded."""

    record: Record
    paper: bool = False
    """A printed copy was signed as well."""


class Wellbeing(Event, frozen=True, tag="wellbeing"):
    """How somebody said they were; kept here and published nowhere."""

    when: When
    answer: Feeling
    note: Text = ""


class TakeBegun(Event, frozen=True, tag="take"):
    number: Number
    mime: Mime
    key: Key


class ChunkKept(Event, frozen=True, tag="chunk"):
    """Bytes of a take are on the disk. Written after them, so that it is never more than is so."""

    take: Number
    number: Annotated[int, Meta(ge=0)]
    offset: Annotated[int, Meta(ge=0)]
    bytes: Annotated[int, Meta(ge=0)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    until: Clock


class TakeEnded(Event, frozen=True, tag="end"):
    take: Number
    at: Clock
    reason: Reason


class Marked(Event, frozen=True, tag="mark"):
    key: Key
    take: Number
    at: Clock
    kind: Kind
    question: QuestionId = ""
    text: Text = ""


class Paused(Event, frozen=True, tag="pause"):
    take: Number
    at: Clock


class Resumed(Event, frozen=True, tag="resume"):
    take: Number


class Stopped(Event, frozen=True, tag="stop"):
    """No take is open; what becomes of the recording is to be decided."""


class PutOff(Event, frozen=True, tag="later"):
    """To be decided another day."""


class KeepAsked(Event, frozen=True, tag="keep"):
    """It is being made the story's recording."""


class Kept(Event, frozen=True, tag="kept"):
    """It is the story's recording: the hashes are those of the originals."""

    originals: tuple[str, ...]
    unreadable: tuple[int, ...] = ()
    """Takes in which nothing could be read; their files stay in the session's folder."""


class DeleteAsked(Event, frozen=True, tag="delete"):
    """It is being deleted; nothing undoes that."""


AnyEvent = (
    Prepared
    | Agreed
    | Wellbeing
    | TakeBegun
    | ChunkKept
    | TakeEnded
    | Marked
    | Paused
    | Resumed
    | Stopped
    | PutOff
    | KeepAsked
    | Kept
    | DeleteAsked
)
