"""In which format the files of a workspace are: `interviews/format.json`.

A new workspace has it from its beginning; one without it is of 0.1.0, which wrote none, and is of
format 1. A migration writes it first and last: while `migration` names a folder, files of both
formats lie there, and it is to be finished before anything else (`library.records.migration`).
"""

from __future__ import annotations

import re

import msgspec

from library.core import struct_file
from library.core.errors import BadInput, Damaged
from library.core.sanitise import printable
from library.core.version import UNKNOWN, program_version
from library.core.workspace import BEFORE_MIGRATION, Workspace
from library.records import migrations

_MAX_VERSION_CHARACTERS = 40
_MIGRATION = re.compile(rf"({BEFORE_MIGRATION}[0-9TZ-]{{1,40}})?")
"""A folder of ours or none: the file may come from a backup that somebody else wrote."""
_NEXT_STEP = "Take it from a backup of interviews, then run this again."


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `format.json`. Fields that a later version added are passed over."""

    format: int = 1
    version: str = "0.1.0"
    """Of the program that made the workspace, or brought it up."""
    migration: str = ""
    """The folder below `interviews` of a migration that is not finished."""


def read_stamp(workspace: Workspace) -> Stamp:
    """Return the stamp, or 0.1.0’s where there is none. Raises Damaged, DiskFailed."""
    path = workspace.format_stamp
    stamp = struct_file.load_if_present(path, Stamp, next_step=_NEXT_STEP)
    return Stamp() if stamp is None else _checked(stamp, str(path))


def decode_stamp(data: bytes, name: str) -> Stamp:
    """Return a stamp that lies elsewhere, such as in a backup. Raises Damaged."""
    return _checked(struct_file.decode(data, Stamp, name=name, next_step=_NEXT_STEP), name)


def write_stamp(workspace: Workspace, stamp: Stamp) -> None:
    """Put the stamp in place. Raises NoRoom, DiskFailed."""
    struct_file.save(workspace.format_stamp, stamp)


def stamp_new(workspace: Workspace) -> None:
    """Stamp a workspace that is being made. Raises NoRoom, DiskFailed."""
    write_stamp(workspace, Stamp(format=migrations.SCHEMA, version=program_version()))


def require_not_newer(stamp: Stamp) -> None:
    """Raises BadInput for a workspace that a later version made or brought up."""
    if stamp.format <= migrations.SCHEMA:
        return
    version = printable(stamp.version[:_MAX_VERSION_CHARACTERS])
    raise BadInput(
        f"This library was made or brought up by carer-stories {version}: its files are of format "
        f"{stamp.format}, and {_this_version()} reads formats up to {migrations.SCHEMA}.",
        f"Install carer-stories {version} or a newer version. Nothing was changed.",
    )


def _this_version() -> str:
    ours = program_version()
    return "this version" if ours == UNKNOWN else f"this version ({ours})"


def _checked(stamp: Stamp, name: str) -> Stamp:
    if stamp.format < 1 or not _MIGRATION.fullmatch(stamp.migration):
        raise Damaged(f"{name} is not as it was written: no version writes that.", _NEXT_STEP)
    return stamp
