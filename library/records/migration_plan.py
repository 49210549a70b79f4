"""The plan of a migration: every new content is made in memory before anything is written."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.core import files, struct_file
from library.core.errors import Damaged
from library.core.version import program_version
from library.core.workspace import Workspace
from library.records import generations, migrations
from library.records.format_stamp import read_stamp, require_not_newer
from library.records.record_types import LIBRARY_TABLES, PRIVATE_TABLES
from library.records.snapshot import Kinds
from library.records.store import Store

WAS_FOLDER, BECOMES_FOLDER, PLAN_FILE = "was", "becomes", "plan.json"
Contents = dict[str, tuple[bytes | None, bytes | None]]
"""Path below `interviews` → the content of a file before and after; None where there is none."""


class Altered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that a migration alters."""

    path: str
    """Below `interviews`, with slashes."""
    mode: int
    was: str
    """SHA-256 of its content before; empty where it was not there."""
    becomes: str
    """SHA-256 of its content afterwards; empty where it is removed."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`plan.json`: what a migration does to files."""

    since: int
    """The format before."""
    until: int
    """The format after."""
    version_before: str
    version: str
    """Of the program that is to have written the files."""
    files: tuple[Altered, ...]


@dataclass(frozen=True)
class Pending:
    """The changes that bring a workspace up, as they stand in memory."""

    plan: Plan
    contents: Contents
    records: tuple[str, ...]
    """Databases that are brought up."""

    @property
    def is_needed(self) -> bool:
        return self.plan.since != self.plan.until or bool(self.records)

    @property
    def summaries(self) -> tuple[str, ...]:
        """Sentences for people on what changes."""
        numbers = range(self.plan.since, self.plan.until)
        return tuple(
            migrations.SUMMARIES.get(number, f"Format {number} becomes {number + 1}.")
            for number in numbers
        )


def pending(workspace: Workspace) -> Pending:
    """Look at everything that is to be altered; writes nothing.

    Raises BadInput for a newer workspace, Damaged for what a step cannot take or makes wrong.
    """
    stamp = read_stamp(workspace)
    require_not_newer(stamp)
    contents: Contents = {}
    for path in _matching(workspace, migrations.patterns(stamp.format)):
        name = path.relative_to(workspace.interviews).as_posix()
        was = read(path)
        becomes = brought_up(path, name, was, stamp.format)
        if becomes != was:
            contents[name] = was, becomes
    plan = Plan(
        since=stamp.format,
        until=migrations.SCHEMA,
        version_before=stamp.version,
        version=program_version(),
        files=tuple(
            altered_file(workspace, name, was, becomes) for name, (was, becomes) in contents.items()
        ),
    )
    return Pending(plan, contents, tuple(_older_records(workspace)))


def _matching(workspace: Workspace, patterns: Iterable[str]) -> list[Path]:
    """Ordinary files of these patterns, each once."""
    with files.translate_disk_errors(workspace.interviews, "read"):
        every = {path for pattern in patterns for path in workspace.interviews.glob(pattern)}
        # No link: it may lead out of the library, and this is to be written.
        return sorted(path for path in every if path.is_file() and not path.is_symlink())


def brought_up(path: Path, name: str, data: bytes, since: int) -> bytes:
    """Return the content of a file in today’s format. Raises Damaged naming the file."""
    try:
        return migrations.file_brought_up(name, data, since)
    except (KeyError, TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise Damaged(
            f"{path} is not as format {since} writes it, so nothing was migrated.",
            "Take it from a backup of interviews, then run this again.",
        ) from error


def _older_records(workspace: Workspace) -> Iterator[str]:
    """Databases of an older schema, every record of which can be read. Raises Damaged, BadInput."""
    databases: tuple[tuple[Path, Kinds], ...] = (
        (workspace.database, LIBRARY_TABLES),
        (workspace.contributors, PRIVATE_TABLES),
    )
    for path, kinds in databases:
        if path.exists():
            Store(path, kinds=kinds).read().check()
            if generations.schema_of(path) != migrations.SCHEMA:
                yield path.relative_to(workspace.interviews).as_posix()


def altered_file(
    workspace: Workspace,
    name: str,
    was: bytes | None,
    becomes: bytes | None,
    mode: int | None = None,
) -> Altered:
    """Return the entry of a file; its mode is that of the file there, where none is given."""
    path = workspace.interviews / name
    if mode is None:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600
    return Altered(path=name, mode=mode, was=sha256(was), becomes=sha256(becomes))


def sha256(data: bytes | None) -> str:
    """64 hexadecimal digits, or nothing for a file that is not there."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def read_plan(folder: Path) -> Plan:
    """Return the plan that lies in the folder of a migration. Raises Damaged, DiskFailed."""
    step = (
        f"The files as they were lie in {folder / WAS_FOLDER}: put them back, and the rest aside."
    )
    plan = struct_file.load(folder / PLAN_FILE, Plan, next_step=step)
    for altered in plan.files:
        if not _is_below(altered.path):
            raise Damaged(f"{folder / PLAN_FILE} names a path outside the library.", step)
    return plan


def _is_below(path: str) -> bool:
    """A plan may come from a backup that somebody else wrote."""
    steps = path.split("/")
    return not any(step in ("", ".", "..") or re.search(r"[\\:\x00]", step) for step in steps)


def read(path: Path) -> bytes:
    """Return the content of a file. Raises DiskFailed."""
    with files.translate_disk_errors(path, "read"):
        return path.read_bytes()
