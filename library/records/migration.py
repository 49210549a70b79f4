"""Migrate a workspace to the format of this version, whole or not at all, or undo that.

The steps are pure functions (`library.records.migrations`); this module changes the disk:

    interviews/before-migration-2027-01-31T101500Z/
        was/         each file that will be altered, as it was
        becomes/     each file as it will be
        plan.json    the list of these files, each with its mode and two hashes

1. Every new content is made in memory, and every record decoded strictly. If a step meets something
   unexpected, the migration is refused before anything is written.
2. The folder is filled, flushed and then named in the stamp (`library.records.format_stamp`). That
   is the instant of decision: until then the workspace is the old one, and a broken-off migration
   is removed.
3. Every file of `becomes/` is renamed into its place, which needs no room; then the stamp is
   rewritten. After a kill in between, the next command of any kind does the rest first (`finish`).
4. The two databases are migrated, with a line in the log. If this fails, the first change of each
   does it (`library.records.store`).

`was/` is kept. To undo a migration is the same in the other direction: the files of `was/`, with
the databases and the log, are put in place.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from library.core import files
from library.core.errors import CarerStoriesError, Damaged, DiskFailed, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.workspace import BEFORE_MIGRATION, Workspace
from library.records import audit_log, generations, migrations
from library.records.format_stamp import read_format_stamp, require_not_newer
from library.records.ledger import Ledger
from library.records.migration_apply import (
    COMMAND,
    apply_plan,
    exclusive,
    finish,
    finish_locked,
    remove_undecided,
)
from library.records.migration_plan import (
    PLAN_FILE,
    WAS_FOLDER,
    ContentChanges,
    MigrationPlan,
    pending_migration,
    plan_entry,
    read_content,
    read_plan,
)
from library.records.record_types import PRIVATE_TABLES
from library.records.store import Store


def require_usable(workspace: Workspace) -> None:
    """Raise BadInput for a newer workspace, NotAllowed for one that must be migrated first.

    A decided migration that was broken off is finished here.
    """
    stamp = read_format_stamp(workspace)
    require_not_newer(stamp)
    if stamp.migration:
        finish(workspace)
        stamp = read_format_stamp(workspace)
    if needs_migration(workspace):
        raise NotAllowed(
            f"This library was made by carer-stories {printable(stamp.version)}, and must be "
            "changed to work with this version. Until then it can be backed up, and a story "
            "withdrawn.",
            f"See what changes, and change it: {COMMAND}",
        )


def needs_migration(workspace: Workspace) -> bool:
    """Return whether this version can work only after a migration of files. Raises Damaged."""
    return bool(migrations.file_patterns(read_format_stamp(workspace).format))


def require_not_later_version(workspace: Workspace) -> None:
    """Raise BadInput for a newer workspace; finish a broken-off migration, as far as possible.

    For commands that must work whatever else is broken: a stamp that cannot be read is no obstacle.
    """
    with contextlib.suppress(Damaged, DiskFailed):
        require_not_newer(read_format_stamp(workspace))
    with contextlib.suppress(CarerStoriesError):
        finish(workspace)


def migrate(workspace: Workspace, role: str) -> Path | None:
    """Migrate everything; return the folder with the old files, or None if nothing was to be done.

    A migration that was broken off is finished first, or removed. Raises what `pending_migration`
    raises, Busy while another command is at work, NoRoom and DiskFailed; the workspace is then the
    old one.
    """
    with exclusive(workspace):
        finish_locked(workspace)
        remove_undecided(workspace)
        changes = pending_migration(workspace)
        if not changes.is_needed:
            return None
        folder = apply_plan(
            workspace, changes.plan, changes.contents, _databases_and_log(workspace)
        )
    # Under their own locks: if this fails, the first change of each does it.
    Ledger(workspace).migrate(role)
    if workspace.contributors.exists():
        Store(workspace.contributors, kinds=PRIVATE_TABLES).migrate()
    return folder


def undo_migration(workspace: Workspace, name: str, role: str) -> Path:
    """Put everything back, records and log too, as it was before the migration in folder `name`.

    Returns the folder with the files that were there until now. Raises NotFound, NotAllowed where
    they cannot be put back, and what `migrate` raises.
    """
    with exclusive(workspace):
        finish_locked(workspace)
        remove_undecided(workspace)
        folder, plan = _migration_to_undo(workspace, name)
        contents = _contents_to_put_back(workspace, folder)
        back = MigrationPlan(
            from_format=plan.to_format,
            to_format=plan.from_format,
            version_before=plan.version,
            version=plan.version_before,
            files=tuple(
                plan_entry(workspace, path, was, becomes, _mode_in_plan(plan, path))
                for path, (was, becomes) in contents.items()
            ),
        )
        replaced = apply_plan(workspace, back, contents, ())
        # Of the log that was put back, not of the one that was replaced.
        head = audit_log.head_of(workspace.audit_log)
        line = audit_log.next_entry(
            head, action="migrate-back", subject="", role=role, generation=head.generation
        )
        audit_log.append(workspace.audit_log, line)
        return replaced


def changes_since(workspace: Workspace, name: str) -> list[audit_log.AuditEntry]:
    """Return the lines that the log got after the migration of the folder `name`.

    Raises NotFound, NotAllowed, Damaged.
    """
    folder, _ = _migration_to_undo(workspace, name)
    log = folder / WAS_FOLDER / workspace.audit_log.name
    last = audit_log.head_of(log).sequence if log.exists() else 0
    entries = audit_log.entries(workspace.audit_log)
    return [entry for entry in entries if entry.sequence > last and entry.action != "migrate"]


def _databases_and_log(workspace: Workspace) -> tuple[Path, ...]:
    """Return the databases and the log, to be kept too: they change outside of the plan."""
    every = (workspace.database, workspace.contributors, workspace.audit_log)
    return tuple(path for path in every if path.exists())


# Undoing


def _migration_to_undo(workspace: Workspace, name: str) -> tuple[Path, MigrationPlan]:
    """Return folder and plan of a migration to undo. Raises NotFound, NotAllowed, Damaged."""
    # A shell may have completed it to a path with a slash at its end.
    name = name.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    folder = workspace.interviews / name
    if not name.startswith(BEFORE_MIGRATION) or not (folder / PLAN_FILE).is_file():
        there = ", ".join(path.name for path in workspace.migrations)
        raise NotFound(
            f"No migration is kept in “{printable(name)}”.",
            f"Use one of: {there}." if there else "None is kept in this library.",
        )
    plan, stamp = read_plan(folder), read_format_stamp(workspace)
    if plan.to_format != stamp.format or plan.from_format > plan.to_format:
        raise NotAllowed(
            f"{folder.name} is not from the last migration. Nothing was changed.",
            "Undo the newest migration first.",
        )
    was = folder / WAS_FOLDER
    for database in (workspace.database, workspace.contributors):
        if database.exists() and not (was / database.relative_to(workspace.interviews)).is_file():
            raise NotAllowed(
                f"{was} has no {database.name} any more, because a story was erased since then. "
                "Nothing was changed.",
                "Restore a backup from that time, with the version from that time.",
            )
    return folder, plan


def _contents_to_put_back(workspace: Workspace, folder: Path) -> ContentChanges:
    """Return each file as it is now and as it was; later generations of the databases go."""
    was = folder / WAS_FOLDER
    with files.translate_disk_errors(was, "read"):
        copies = sorted(path for path in was.rglob("*") if path.is_file())
    contents: ContentChanges = {}
    for copy in copies:
        name = copy.relative_to(was).as_posix()
        path = workspace.interviews / name
        # A story that was erased since has no folder: nothing of it is put back.
        if path.parent.is_dir():
            contents[name] = (read_content(path) if path.exists() else None, read_content(copy))
    for database in (workspace.database, workspace.contributors):
        name = database.relative_to(workspace.interviews).as_posix()
        if name in contents:
            last = generations.parse_file(was / name, read_content(was / name)).header.generation
            for number, path in generations.earlier_files(database).items():
                if number > last:
                    contents[path.relative_to(workspace.interviews).as_posix()] = (
                        read_content(path),
                        None,
                    )
    return contents


def _mode_in_plan(plan: MigrationPlan, path: str) -> int | None:
    return next((altered.mode for altered in plan.files if altered.path == path), None)
