"""Plan a migration: make every new content in memory before anything is written."""

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
from library.records.format_stamp import read_format_stamp, require_not_newer
from library.records.record_types import LIBRARY_TABLES, PRIVATE_TABLES
from library.records.snapshot import RecordTables
from library.records.store import Store

WAS_FOLDER, BECOMES_FOLDER, PLAN_FILE = "was", "becomes", "plan.json"
ContentChanges = dict[str, tuple[bytes | None, bytes | None]]
"""Path below `interviews` → the content of a file before and after; None where there is none."""


class AlteredFile(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"sha256_before": "was", "sha256_after": "becomes"},
):
    """A file that a migration alters."""

    path: str
    """Path below `interviews`, with slashes."""
    mode: int
    """Permissions that the file gets."""
    sha256_before: str
    """SHA-256 of its content before; empty where it was not there."""
    sha256_after: str
    """SHA-256 of its content afterwards; empty where it is removed."""


class MigrationPlan(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_format": "since", "to_format": "until"},
):
    """The content of `plan.json`: the files that a migration alters."""

    from_format: int
    """Number of the format before."""
    to_format: int
    """Number of the format afterwards."""
    version_before: str
    """Version of the program that wrote the files before."""
    version: str
    """Version of the program whose format the files get."""
    files: tuple[AlteredFile, ...]


@dataclass(frozen=True)
class PendingMigration:
    """The changes that a workspace needs, with the new contents in memory."""

    plan: MigrationPlan
    contents: ContentChanges
    databases: tuple[str, ...]
    """Paths below `interviews` of the databases that are migrated."""

    @property
    def is_needed(self) -> bool:
        return self.plan.from_format != self.plan.to_format or bool(self.databases)

    @property
    def summaries(self) -> tuple[str, ...]:
        """Return sentences for people on the changes."""
        numbers = range(self.plan.from_format, self.plan.to_format)
        return tuple(
            migrations.SUMMARIES.get(number, f"Format {number} becomes {number + 1}.")
            for number in numbers
        )


def pending_migration(workspace: Workspace) -> PendingMigration:
    """Return the changes that the workspace needs. Writes nothing.

    Raises BadInput for a newer workspace, Damaged for a file that a step cannot read or breaks.
    """
    stamp = read_format_stamp(workspace)
    require_not_newer(stamp)
    contents: ContentChanges = {}
    for path in _matching(workspace, migrations.file_patterns(stamp.format)):
        name = path.relative_to(workspace.interviews).as_posix()
        was = read_content(path)
        becomes = migrated_content(path, name, was, stamp.format)
        if becomes != was:
            contents[name] = was, becomes
    plan = MigrationPlan(
        from_format=stamp.format,
        to_format=migrations.SCHEMA,
        version_before=stamp.version,
        version=program_version(),
        files=tuple(
            plan_entry(workspace, name, was, becomes) for name, (was, becomes) in contents.items()
        ),
    )
    return PendingMigration(plan, contents, tuple(_older_records(workspace)))


def _matching(workspace: Workspace, patterns: Iterable[str]) -> list[Path]:
    """Return the ordinary files of these patterns, each once."""
    with files.translate_disk_errors(workspace.interviews, "read"):
        every = {path for pattern in patterns for path in workspace.interviews.glob(pattern)}
        # No link: it may lead out of the library, and these files are written to.
        return sorted(path for path in every if path.is_file() and not path.is_symlink())


def migrated_content(path: Path, name: str, data: bytes, from_format: int) -> bytes:
    """Return the content of a file in the current format. Raises Damaged naming the file."""
    try:
        return migrations.migrated_file(name, data, from_format)
    except (KeyError, TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise Damaged(
            f"{path} is not as format {from_format} writes it, so nothing was migrated.",
            "Take it from a backup of interviews, then run this again.",
        ) from error


def _older_records(workspace: Workspace) -> Iterator[str]:
    """Yield databases of an older schema, after reading every record. Raises Damaged, BadInput."""
    databases: tuple[tuple[Path, RecordTables], ...] = (
        (workspace.database, LIBRARY_TABLES),
        (workspace.contributors, PRIVATE_TABLES),
    )
    for path, kinds in databases:
        if path.exists():
            Store(path, kinds=kinds).read().check()
            if generations.schema_of(path) != migrations.SCHEMA:
                yield path.relative_to(workspace.interviews).as_posix()


def plan_entry(
    workspace: Workspace,
    name: str,
    was: bytes | None,
    becomes: bytes | None,
    mode: int | None = None,
) -> AlteredFile:
    """Return a file's entry for the plan; without `mode` it keeps the mode that it has."""
    path = workspace.interviews / name
    if mode is None:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600
    return AlteredFile(
        path=name,
        mode=mode,
        sha256_before=sha256_or_blank(was),
        sha256_after=sha256_or_blank(becomes),
    )


def sha256_or_blank(data: bytes | None) -> str:
    """Return 64 hexadecimal digits; empty for a file that is not there."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def read_plan(folder: Path) -> MigrationPlan:
    """Return the plan that lies in the folder of a migration. Raises Damaged, DiskFailed."""
    step = (
        f"The files as they were lie in {folder / WAS_FOLDER}: put them back, and the rest aside."
    )
    plan = struct_file.load(folder / PLAN_FILE, MigrationPlan, next_step=step)
    for altered in plan.files:
        if not _is_below(altered.path):
            raise Damaged(f"{folder / PLAN_FILE} names a path outside the library.", step)
    return plan


def _is_below(path: str) -> bool:
    """Return True for a path that stays in the library: a plan may come from another's backup."""
    steps = path.split("/")
    return not any(step in ("", ".", "..") or re.search(r"[\\:\x00]", step) for step in steps)


def read_content(path: Path) -> bytes:
    """Return the content of a file. Raises DiskFailed."""
    with files.translate_disk_errors(path, "read"):
        return path.read_bytes()
