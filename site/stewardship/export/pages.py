"""The page `index.html` of a subject access export: all that is held about a contributor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from library.core.files import human_size
from library.core.settings import Retention
from library.core.workspace import StoryFolder
from publish.print_record import print_record
from stewardship.export import plain_english
from stewardship.export.collect import StoryRecords, SubjectData

_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class ExportedFile:
    """A file of the export: its path below the page, its bytes, and what it is."""

    path: str
    size: int
    description: str = ""

    @property
    def name(self) -> str:
        """The path in the story’s folder."""
        return self.path.split("/", 1)[1]


@dataclass(frozen=True)
class StoryExport:
    """A story with its records, its files and its words as text."""

    records: StoryRecords
    folder: StoryFolder
    files: tuple[ExportedFile, ...]
    literal: str = ""
    edited: str = ""
    notes: str = ""
    """The editor’s copy, with every mark in it."""

    @property
    def texts(self) -> tuple[tuple[str, list[str]], ...]:
        """The words in each form that is kept, by what it is: in paragraphs."""
        texts = (
            ("The words, as corrected and shown", self.edited),
            ("The words, as a program heard them", self.literal),
            ("The editor’s copy, with every mark and note", self.notes),
        )
        return tuple((title, text.split("\n\n")) for title, text in texts if text)

    def path_of(self, what: str) -> str:
        """Return the path of the story’s `film`, `poster` and so on, or "" where it has none."""
        name = getattr(self.folder, what).name
        return next((file.path for file in self.files if file.name == name), "")


def subject_page(subject: SubjectData, parts: Sequence[StoryExport], retention: Retention) -> str:
    """Return the page. All text is escaped, and it loads nothing from another place."""
    who = subject.responsible
    return print_record(
        "subject_access.html",
        _TEMPLATES,
        title="What is held about you",
        foot=f"{who.library} · {who.trust} · {subject.gathered}",
        subject=subject,
        who=who,
        stories=parts,
        retention=retention,
        human_size=human_size,
        words=plain_english,
    )
