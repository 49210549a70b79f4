"""Question sets: designed by carer volunteers, read strictly, frozen into the session they lead."""

from __future__ import annotations

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question in the words the interviewer says."""

    id: str
    ask: str
    follow_ups: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    content_note: str = ""
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the answer."""


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation in order; the last question runs towards a lighter close."""

    id: str
    version: int
    title: str
    designed_by: str
    opening: str
    closing: str
    questions: tuple[Question, ...]
