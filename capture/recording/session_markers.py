"""The session: which questions led the conversation, and when on the media clock."""

from __future__ import annotations

from pathlib import Path

import msgspec

from capture.questions.question_set import QuestionSet
from library.core.errors import Damaged, NotFound
from library.core.files import refused_plainly, write_atomic
from library.core.sanitise import UNDECODABLE


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
    """Raises NotFound where nothing was recorded yet, and Damaged naming the field."""
    story_id = path.parent.name
    try:
        with refused_plainly(path, "read"):
            data = path.read_bytes() if path.exists() else None
        if data is not None:
            return msgspec.json.decode(data, type=Session)
    except UNDECODABLE as error:
        raise Damaged(
            f"{path} is not as we wrote it: {error}.", "Take it from a backup of interviews."
        ) from None
    raise NotFound(
        f"There is no recording of {story_id} yet.",
        f"Bring it in: carer-stories capture import {story_id} FILE",
    )


def write_session(path: Path, session: Session) -> None:
    """Put the session in place, whole. Raises NoRoom or DiskFailed."""
    write_atomic(path, msgspec.json.format(msgspec.json.encode(session), indent=1) + b"\n")
