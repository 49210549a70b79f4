"""The stamp that says in which format the files of a workspace are: `interviews/format.json`.

Every new workspace has one. A workspace without it is from 0.1.0, which wrote none, and is of
format 1. A migration writes it first and last: while `migration` names a folder, there are files of
both formats, and the migration is finished before anything else (`library.records.migration`).
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
"""Folder of a migration, or nothing: the file may come from a backup that somebody else wrote."""
_NEXT_STEP = "Take it from a backup of interviews, then run this again."


class FormatStamp(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `format.json`. Fields that a later version added are ignored."""

    format: int = 1
    version: str = "0.1.0"
    """Version of the program that made or migrated the workspace."""
    migration: str = ""
    """Name of the folder below `interviews` of a migration that is not finished."""


def read_format_stamp(workspace: Workspace) -> FormatStamp:
    """Return the stamp, or 0.1.0’s where there is none. Raises Damaged, DiskFailed."""
    path = workspace.format_stamp
    stamp = struct_file.load_if_present(path, FormatStamp, next_step=_NEXT_STEP)
    return FormatStamp() if stamp is None else _checked(stamp, str(path))


def decode_format_stamp(data: bytes, name: str) -> FormatStamp:
    """Return a stamp that is kept elsewhere, such as in a backup. Raises Damaged."""
    return _checked(struct_file.decode(data, FormatStamp, name=name, next_step=_NEXT_STEP), name)


def write_format_stamp(workspace: Workspace, stamp: FormatStamp) -> None:
    """Put the stamp in place. Raises NoRoom, DiskFailed."""
    struct_file.save(workspace.format_stamp, stamp)


def stamp_new(workspace: Workspace) -> None:
    """Stamp a workspace that is being made. Raises NoRoom, DiskFailed."""
    write_format_stamp(workspace, FormatStamp(format=migrations.SCHEMA, version=program_version()))


def require_not_newer(stamp: FormatStamp) -> None:
    """Raise BadInput for a workspace that a later version made or migrated."""
    if stamp.format <= migrations.SCHEMA:
        return
    version = printable(stamp.version[:_MAX_VERSION_CHARACTERS])
    raise BadInput(
        f"This library was made or migrated by carer-stories {version}: its files are of format "
        f"{stamp.format}, and {_this_version()} reads formats up to {migrations.SCHEMA}.",
        f"Install carer-stories {version} or a newer version. Nothing was changed.",
    )


def _this_version() -> str:
    ours = program_version()
    return "this version" if ours == UNKNOWN else f"this version ({ours})"


def _checked(stamp: FormatStamp, name: str) -> FormatStamp:
    if stamp.format < 1 or not _MIGRATION.fullmatch(stamp.migration):
        raise Damaged(f"{name} is not as it was written: no version writes that.", _NEXT_STEP)
    return stamp
