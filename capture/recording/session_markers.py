"""A story's `session.json`: its question set, and the markers on the media clock."""

from __future__ import annotations

from pathlib import Path

import msgspec

from capture.questions.question_set import QuestionSet
from library.core import struct_file
from library.core.errors import NotFound


class Marker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment noted while recording, in milliseconds on the media clock."""

    at: int
    kind: str
    """`question`, `follow-up`, `skipped`, `back`, `sensitive`, `do-not-use`, `note`, `pause`,
    `take` (a further one begins) or `device-lost`."""
    question: str = ""
    text: str = ""
    """A note, or the follow-up that was asked; private."""


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`session.json`: a snapshot of the question set as used, and the markers."""

    schema: int = 1
    story: str
    question_set: QuestionSet
    markers: tuple[Marker, ...] = ()


def read_session(path: Path) -> Session:
    """Read the session. Raises NotFound where nothing was recorded, Damaged naming the field."""
    story_id = path.parent.name
    return struct_file.load(
        path,
        Session,
        missing=NotFound(
            f"There is no recording of {story_id} yet.",
            f"Bring it in: carer-stories capture import {story_id} FILE",
        ),
        next_step="Take it from a backup of interviews.",
    )


def write_session(path: Path, session: Session) -> None:
    """Write the session, whole. Raises NoRoom or DiskFailed."""
    struct_file.save(path, session)
