"""Bringing a workspace of an earlier format up to today’s, whole or not at all, and going back.

The steps are pure functions (`library.records.migrations`); this is what happens to the disk:

    interviews/before-migration-2027-01-31T101500Z/
        was/         every file that will be altered, as it was
        becomes/     what each will be
        plan.json    which those are, each with its mode and two hashes

1. Every new content is made in memory, and every record decoded strictly: a step that meets what it
   does not expect is refused before anything is written.
2. The folder is filled, flushed and then named in the stamp (`library.records.format_stamp`). That
   is the one instant at which it is decided: until then the workspace is the old one, and what was
   begun is taken away.
3. Every file of `becomes/` is renamed into its place, which needs no room; then the stamp is
   today’s. Killed in between, the next command of any kind does the rest first (`finish`).
4. The database and the private one are brought up as their first change would, with a line in the
   log (`library.records.store`); left undone, their first change does it.

`was/` stays. Going back is the same in the other direction, with the files of `was/` as what is to
be, the databases and the log among them.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from library.core import files
from library.core.errors import CarerStoriesError, Damaged, DiskFailed, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.workspace import BEFORE_MIGRATION, Workspace
from library.records import audit_log, generations, migrations
from library.records.format_stamp import read_stamp, require_not_newer
from library.records.ledger import Ledger
from library.records.migration_apply import (
    COMMAND,
    alone,
    carry_out,
    finish,
    finish_alone,
    forget_begun,
)
from library.records.migration_plan import (
    PLAN_FILE,
    WAS_FOLDER,
    Contents,
    Plan,
    altered_file,
    pending,
    read,
    read_plan,
)
from library.records.record_types import PRIVATE_TABLES
from library.records.store import Store


def require_usable(workspace: Workspace) -> None:
    """Raises BadInput for a newer workspace, NotAllowed for one that is to be migrated first.

    A migration that was broken off is finished here: what is left of it is renaming.
    """
    stamp = read_stamp(workspace)
    require_not_newer(stamp)
    if stamp.migration:
        finish(workspace)
        stamp = read_stamp(workspace)
    if is_to_be_migrated(workspace):
        raise NotAllowed(
            f"This library was made by carer-stories {printable(stamp.version)}, and must be "
            "changed to work with this version. Until then it can be backed up, and a story "
            "withdrawn.",
            f"See what changes, and change it: {COMMAND}",
        )


def is_to_be_migrated(workspace: Workspace) -> bool:
    """Return whether its files must be brought up before this version can work. Raises Damaged."""
    return bool(migrations.patterns(read_stamp(workspace).format))


def require_not_of_later(workspace: Workspace) -> None:
    """Raises BadInput for a newer workspace, and finishes what was broken off, as far as it goes.

    For what must work whatever else is broken: a stamp that cannot be read is no obstacle here.
    """
    with contextlib.suppress(Damaged, DiskFailed):
        require_not_newer(read_stamp(workspace))
    with contextlib.suppress(CarerStoriesError):
        finish(workspace)


def migrate(workspace: Workspace, role: str) -> Path | None:
    """Bring everything up; returns where what was is kept, or None where nothing was to be done.

    What was broken off before is finished, or taken away, first. Raises as `pending`, Busy while
    another command is at work, NoRoom and DiskFailed; the workspace is then the old one.
    """
    with alone(workspace):
        finish_alone(workspace)
        forget_begun(workspace)
        changes = pending(workspace)
        if not changes.is_needed:
            return None
        folder = carry_out(workspace, changes.plan, changes.contents, _records_of(workspace))
    # Under their own locks: left undone, their first change does it.
    Ledger(workspace).migrate(role)
    if workspace.contributors.exists():
        Store(workspace.contributors, kinds=PRIVATE_TABLES).migrate()
    return folder


def go_back(workspace: Workspace, name: str, role: str) -> Path:
    """Put back everything as the migration of the folder `name` met it, records and log too.

    Returns the folder that keeps what was there until now. Raises NotFound, NotAllowed where that
    cannot be put back, and as `migrate`.
    """
    with alone(workspace):
        finish_alone(workspace)
        forget_begun(workspace)
        folder, plan = _earlier(workspace, name)
        contents = _contents_back(workspace, folder)
        back = Plan(
            since=plan.until,
            until=plan.since,
            version_before=plan.version,
            version=plan.version_before,
            files=tuple(
                altered_file(workspace, path, was, becomes, _mode_in(plan, path))
                for path, (was, becomes) in contents.items()
            ),
        )
        replaced = carry_out(workspace, back, contents, ())
        # Of the log that was put back, not of the one that was replaced.
        head = audit_log.head_of(workspace.audit_log)
        line = audit_log.next_entry(
            head, action="migrate-back", subject="", role=role, generation=head.generation
        )
        audit_log.append(workspace.audit_log, line)
        return replaced


def since_then(workspace: Workspace, name: str) -> list[audit_log.AuditEntry]:
    """Return the log’s lines of what was done after the migration of the folder `name`.

    Raises NotFound, NotAllowed, Damaged.
    """
    folder, _ = _earlier(workspace, name)
    log = folder / WAS_FOLDER / workspace.audit_log.name
    last = audit_log.head_of(log).sequence if log.exists() else 0
    entries = audit_log.entries(workspace.audit_log)
    return [entry for entry in entries if entry.sequence > last and entry.action != "migrate"]


def _records_of(workspace: Workspace) -> tuple[Path, ...]:
    """The databases and the log: they are altered without being in the plan, and kept as well."""
    every = (workspace.database, workspace.contributors, workspace.audit_log)
    return tuple(path for path in every if path.exists())


# Going back


def _earlier(workspace: Workspace, name: str) -> tuple[Path, Plan]:
    """Return a migration that can be undone. Raises NotFound, NotAllowed, Damaged."""
    # A shell may have completed it to a path with a slash at its end.
    name = name.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    folder = workspace.interviews / name
    if not name.startswith(BEFORE_MIGRATION) or not (folder / PLAN_FILE).is_file():
        there = ", ".join(path.name for path in workspace.migrations) or "none"
        raise NotFound(f"No migration is kept in “{printable(name)}”.", f"Use one of: {there}.")
    plan, stamp = read_plan(folder), read_stamp(workspace)
    if plan.until != stamp.format or plan.since > plan.until:
        raise NotAllowed(
            f"{folder.name} is not of the last migration. Nothing was changed.",
            "Go back through the newest first.",
        )
    was = folder / WAS_FOLDER
    for database in (workspace.database, workspace.contributors):
        if database.exists() and not (was / database.relative_to(workspace.interviews)).is_file():
            raise NotAllowed(
                f"{was} has no {database.name} any more: something was erased since. Nothing was "
                "changed.",
                "Restore a backup of that time, with the version of that time.",
            )
    return folder, plan


def _contents_back(workspace: Workspace, folder: Path) -> Contents:
    """Each file as it is now, and as it was; generations of the databases since then go."""
    was = folder / WAS_FOLDER
    with files.translate_disk_errors(was, "read"):
        copies = sorted(path for path in was.rglob("*") if path.is_file())
    contents: Contents = {}
    for copy in copies:
        name = copy.relative_to(was).as_posix()
        path = workspace.interviews / name
        # A story that was erased since has no folder, and nothing of it comes back.
        if path.parent.is_dir():
            contents[name] = (read(path) if path.exists() else None, read(copy))
    for database in (workspace.database, workspace.contributors):
        name = database.relative_to(workspace.interviews).as_posix()
        if name in contents:
            last = generations.parse_file(was / name, read(was / name)).header.generation
            for number, path in generations.earlier_files(database).items():
                if number > last:
                    contents[path.relative_to(workspace.interviews).as_posix()] = read(path), None
    return contents


def _mode_in(plan: Plan, path: str) -> int | None:
    return next((altered.mode for altered in plan.files if altered.path == path), None)
