"""The session: which questions led the conversation, and where on the media clock they were asked."""

from __future__ import annotations

import msgspec

from capture.questions import QuestionSet


class Marker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment noted while recording, in milliseconds on the media clock."""

    at: int
    kind: str
    """`question`, `sensitive` or `do-not-use`."""
    question: str = ""


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`session.json`: a snapshot of the question set as used, and the markers."""

    schema: int = 1
    story: str
    question_set: QuestionSet
    markers: tuple[Marker, ...] = ()
