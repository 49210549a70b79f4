"""Withdrawal notes: one small file each beside the database, valid whatever else is broken.

A withdrawal is noted here before anything else is tried. The gate counts a note like a record, so
a damaged database, a log that does not fit or a library that is busy cannot keep a story shown.
A note that cannot be read still says whose it is by its name: it then takes back everything.

That a story is to be erased is noted here too, and stays noted: an erasure that was broken off can
so be finished, and a folder that is not there is known to have been erased.
"""

from __future__ import annotations

import contextlib
import re
from datetime import date
from pathlib import Path
from typing import get_args

import msgspec

from library.core import struct_file
from library.core.files import make_folder, translate_disk_errors
from library.core.struct_file import UNDECODABLE
from library.core.workspace import STORY_ID, Workspace
from library.records.consent import Scope, Withdrawal

_ERASURE_SUFFIX = ".erase.json"
# A story id and the scope of its withdrawal; also as a program calls a note that keeps the folders
# of two computers alike: `cs-4k7m2q.all (conflicted copy).json`.
_NOTE_NAME = re.compile(
    rf"(?!\.)(.*[^a-z0-9])?(?P<story>cs-[a-z0-9-]{{1,37}})\."
    rf"(?P<scope>{'|'.join(get_args(Scope))})(?![a-z]).*\.json",
    re.IGNORECASE,
)


def write_withdrawal_note(workspace: Workspace, withdrawal: Withdrawal) -> None:
    """Write the note of a withdrawal, whole and flushed. Raises NoRoom or DiskFailed."""
    with translate_disk_errors(workspace.withdrawn):
        make_folder(workspace.withdrawn)
    path = workspace.withdrawn / f"{withdrawal.story}.{withdrawal.scope}.json"
    struct_file.save(path, withdrawal)


def read_withdrawal_notes(workspace: Workspace) -> tuple[Withdrawal, ...]:
    """Return every noted withdrawal, by story. Raises DiskFailed if the notes cannot be listed."""
    with translate_disk_errors(workspace.withdrawn, "read"):
        if not workspace.withdrawn.is_dir():
            return ()
        paths = sorted(workspace.withdrawn.iterdir())
    return tuple(
        _read_note(path, name["story"].lower(), name["scope"].lower())
        for path in paths
        if (name := _NOTE_NAME.fullmatch(path.name))
    )


class Erasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request to erase a story, and when it was finished."""

    story: str
    asked: str
    """Time of the request: UTC, ISO 8601 with seconds; empty where the note cannot be read."""
    asked_by: str
    """The role of whoever asked, never a name."""
    done: str = ""
    """Time at which it was finished; empty until then."""


def write_erasure_note(workspace: Workspace, erasure: Erasure) -> None:
    """Write the note of an erasure, whole and flushed. Raises NoRoom or DiskFailed."""
    path = _erasure_note_path(workspace, erasure.story)
    with translate_disk_errors(path.parent):
        make_folder(path.parent)
    struct_file.save(path, erasure)


def read_erasure(workspace: Workspace, story_id: str) -> Erasure | None:
    """Return the erasure of a story, asked for or done, or None if nobody asked for one.

    A note that cannot be read counts as a request of the contributor. Raises DiskFailed.
    """
    path = _erasure_note_path(workspace, story_id)
    with translate_disk_errors(path, "read"):
        if not path.exists():
            return None
        data = path.read_bytes()
    with contextlib.suppress(*UNDECODABLE):
        noted = msgspec.json.decode(data, type=Erasure)
        # One that names another story is not believed, and counts as unreadable.
        if noted.story == story_id:
            return noted
    return Erasure(story=story_id, asked="", asked_by="contributor")


def read_erasures(workspace: Workspace) -> tuple[Erasure, ...]:
    """Return every erasure that was asked for, by story. Raises DiskFailed."""
    with translate_disk_errors(workspace.withdrawn, "read"):
        names = sorted(path.name for path in workspace.withdrawn.glob(f"cs-*{_ERASURE_SUFFIX}"))
    ids = (name.removesuffix(_ERASURE_SUFFIX) for name in names)
    erasures = (read_erasure(workspace, story_id) for story_id in ids if STORY_ID.match(story_id))
    return tuple(erasure for erasure in erasures if erasure)


def _erasure_note_path(workspace: Workspace, story_id: str) -> Path:
    return workspace.withdrawn / f"{story_id}{_ERASURE_SUFFIX}"


def _read_note(path: Path, story: str, scope: str) -> Withdrawal:
    """Return the withdrawal of a note; one that cannot be read withdraws the whole story."""
    noted = struct_file.load_if_readable(path, Withdrawal)
    # One that does not agree with its own name is not believed: it takes back everything.
    if noted and noted.story == story and noted.scope == scope:
        return noted
    return Withdrawal(
        id=f"wi-{story}"[:40],  # the most that an id may have
        story=story,
        recorded="1970-01-01T00:00:00Z",  # unknown
        on=date(1970, 1, 1),
        asked_by="contributor",
    )
