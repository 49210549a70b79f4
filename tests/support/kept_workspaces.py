"""Workspaces of earlier versions, unpacked from `tests/fixtures` for a test to work on."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from library.core.workspace import Workspace
from library.records.store import Store
from library.records.story import Story

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
MADE = date(2026, 11, 28)
"""The day on which 0.1.0’s was made: its review dates are judged as of then."""


@dataclass(frozen=True)
class Unpacked:
    """The fixture’s folders, by the names that its README gives them."""

    home: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home / "library")

    def story(self, title: str) -> str:
        """The id of the first story whose title begins so."""
        stories = Store(self.workspace.database).read().all(Story)
        return next(story.id for story in stories if story.title.startswith(title))


def unpack(folder: Path, version: str = "0.1.0") -> Unpacked:
    """Unpack the fixture of a version into a new folder, with its modes."""
    folder.mkdir(parents=True)
    with tarfile.open(FIXTURES / f"workspace-{version}.tar.xz") as archive:
        # Python before 3.11.4 knows no filter. The modes are wanted, and the archive is our own.
        archive.extraction_filter = getattr(tarfile, "tar_filter", None)
        archive.extractall(folder)  # noqa: S202
    return Unpacked(folder)


def in_format(workspace: Workspace, number: int, version: str) -> None:
    """Stamp it as a version of that format would."""
    stamp = {"format": number, "version": version, "migration": "", "later": "unknown to us"}
    workspace.format_stamp.write_bytes(msgspec.json.encode(stamp))
