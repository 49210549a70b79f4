"""Answers that a contributor sent back from a preview: remarks, and yes or no to the cut they saw.

They are evidence for whoever signs off, and never the sign-off itself: a yes in them signs nothing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from library.core import struct_file
from library.core.counting import counted
from library.core.days import day_in_words
from library.core.workspace import StoryFolder

ANSWERS_ACTION = "preview-answers"
"""Action of the line in the log."""
RemarkKind = Literal["cut", "name", "wrong", "good"]
PreviewDecision = Literal["yes", "changes", "no", "undecided"]
Landing = Literal["words", "card", "redaction", "cut", "nowhere"]
"""The moment of a remark: at words that are heard, on a card, at words that are silenced or are cut
since, or in a film without words."""

KIND_SENTENCES: dict[RemarkKind, str] = {
    "cut": "Please cut this",
    "name": "Not this name",
    "wrong": "This is wrong",
    "good": "This is good",
}
"""Kinds of remarks, as the page and the file say them."""
DECISION_SENTENCES: dict[PreviewDecision, str] = {
    "yes": "Yes",
    "changes": "Yes, with these changes",
    "no": "No",
    "undecided": "I have not decided yet",
}
"""Decisions, as the page and the file say them."""
_ASKS_FOR_NOTHING = "good"


class PreviewRemark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark at a moment of the film, as the contributor made it."""

    at: int
    """Milliseconds on the film's clock."""
    kind: RemarkKind
    words: str = ""
    """Words that the page showed with it."""
    text: str = ""
    """Their own sentence; mostly empty."""

    @property
    def asks(self) -> bool:
        """True where something is to be done about it."""
        return self.kind != _ASKS_FOR_NOTHING


class PreviewAnswers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a contributor says about one cut, as their file holds it."""

    story: str
    cut: str
    """The whole hash of the cut that they saw."""
    written: date
    decision: PreviewDecision
    more: str = ""
    """Anything else they wrote."""
    remarks: tuple[PreviewRemark, ...] = ()

    @property
    def sentence(self) -> str:
        """Their answer in a few words: “Yes” on 1 May 2026, with 3 remarks."""
        remarks = counted(len(self.remarks), "remark")
        answer = f"“{DECISION_SENTENCES[self.decision]}” on {day_in_words(self.written)}"
        return f"{answer}, with {remarks}" if self.remarks else answer

    @property
    def asked_changes(self) -> int:
        """Number of remarks that ask for something."""
        return sum(remark.asks for remark in self.remarks)


class NumberedRemark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark in the editor's copy, under the number that its mark shows."""

    number: int
    remark: PreviewRemark
    landing: Landing = "words"
    after: str = ""
    """The word after which its mark was put."""


class ReceivedAnswers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of answers that was brought in."""

    sha256: str
    """Of the file, which lies under this name."""
    on: date
    role: str
    answers: PreviewAnswers
    remarks: tuple[NumberedRemark, ...] = ()
    """The remarks that no earlier file of the same cut had."""


class AnswersRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `answers.json`: every file of answers about a story, the oldest first."""

    schema: int = 1
    story: str
    files: tuple[ReceivedAnswers, ...] = ()

    @property
    def remarks(self) -> tuple[NumberedRemark, ...]:
        return tuple(remark for received in self.files for remark in received.remarks)

    def about(self, cut_hash: str) -> tuple[ReceivedAnswers, ...]:
        """Return those about one cut."""
        return tuple(received for received in self.files if received.answers.cut == cut_hash)


def latest_answers(folder: StoryFolder, cut_hash: str) -> ReceivedAnswers | None:
    """Return the answers about a cut that came last, or None; also where they cannot be read.

    For courtesies alone: nothing is decided by them.
    """
    record = struct_file.load_if_readable(folder.answers_record, AnswersRecord)
    about = record.about(cut_hash) if record else ()
    return about[-1] if about else None


def answers_file(folder: StoryFolder, sha256: str) -> Path:
    """Return the file of answers as it came, by its SHA-256."""
    return folder.answers / f"{sha256}.txt"


def read_answers_record(folder: StoryFolder) -> AnswersRecord:
    """Return the record of a story, empty where no answers came. Raises Damaged, DiskFailed."""
    record = struct_file.load_if_present(
        folder.answers_record, AnswersRecord, next_step="Put it back from a backup of interviews."
    )
    return record or AnswersRecord(story=folder.root.name)
