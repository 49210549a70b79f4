"""Apply the plan of a migration to the disk, whole or not at all.

`library.records.migration` describes the order and the reasons.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import Busy, Damaged, DiskFailed
from library.core.lock import locked
from library.core.removal import remove
from library.core.workspace import Workspace
from library.records.format_stamp import FormatStamp, read_format_stamp, write_format_stamp
from library.records.migration_plan import (
    BECOMES_FOLDER,
    PLAN_FILE,
    WAS_FOLDER,
    AlteredFile,
    ContentChanges,
    MigrationPlan,
    migrated_content,
    read_content,
    read_plan,
    sha256_or_blank,
)
from library.records.store import Store

COMMAND = "carer-stories migrate"
_SPARE_BYTES = 1_000_000
"""Bytes beside what is written: folders, the stamp, a line of the log."""


@contextlib.contextmanager
def exclusive(workspace: Workspace) -> Iterator[None]:
    """Hold every lock of the library for the block: records, stories, station and site.

    Raises Busy.
    """
    with ExitStack() as locks:
        locks.enter_context(Store(workspace.database).locked())
        for lock in _other_locks(workspace):
            busy = Busy(
                "Another command is at work in this library.",
                "Wait until it is done, or end the capture station, then run this again; nothing "
                "was changed.",
            )
            locks.enter_context(locked(lock, busy=busy))
        yield


def _other_locks(workspace: Workspace) -> list[Path]:
    """Return the lock files of site, station, films, imports, sessions and private records.

    Only those that are there: a lock that was never taken has no file.
    """
    private = workspace.contributors.with_name(f"{workspace.contributors.name}.lock")
    hidden = (workspace.interviews.glob(".*.lock"), workspace.stories.glob("cs-*/.*.lock"))
    every = sorted(itertools.chain(*hidden))
    return [*every, *([private] if private.exists() else [])]


def apply_plan(
    workspace: Workspace,
    plan: MigrationPlan,
    contents: ContentChanges,
    also_kept: Iterable[Path],
) -> Path:
    """Keep the old files and stage the new ones, decide, and put the new ones in their places.

    Returns the folder with the old files, `also_kept` among them. Raises NoRoom, DiskFailed.
    """
    folder = _new_folder(workspace)
    records = {
        path.relative_to(workspace.interviews).as_posix(): read_content(path) for path in also_kept
    }
    sizes = (len(data or b"") for pair in contents.values() for data in pair)
    files.require_room(folder, sum(sizes) + sum(map(len, records.values())) + _SPARE_BYTES)
    try:
        with files.translate_disk_errors(folder, "make"):
            files.make_folder(
                folder / BECOMES_FOLDER
            )  # also when empty: it marks what is not decided
            for name, data in records.items():
                _stage(folder / WAS_FOLDER / name, data)
            for name, (was, becomes) in contents.items():
                if was is not None:
                    _stage(folder / WAS_FOLDER / name, was)
                if becomes is not None:
                    _stage(folder / BECOMES_FOLDER / name, becomes)
        # The stamp last: it decides, so all that it leads to must lie there.
        struct_file.save(folder / PLAN_FILE, plan)
        decided = FormatStamp(
            format=max(plan.from_format, plan.to_format),
            version=plan.version,
            migration=folder.name,
        )
        write_format_stamp(workspace, decided)
    except BaseException:
        with contextlib.suppress(Damaged, DiskFailed):
            # Once decided, a migration is finished and never removed.
            if read_format_stamp(workspace).migration != folder.name:
                remove(folder)
        raise
    _complete(workspace, folder, plan)
    return folder


def _new_folder(workspace: Workspace) -> Path:
    when = now().replace(":", "")
    names = (when, *(f"{when}-{number}" for number in range(2, 1_000)))
    folders = map(workspace.before_migration, names)
    return next(folder for folder in folders if not folder.exists())


def _stage(path: Path, data: bytes) -> None:
    files.make_folder(path.parent)
    files.write_atomic(path, data)


def _complete(workspace: Workspace, folder: Path, plan: MigrationPlan) -> None:
    """Put every file in its place, and write the new stamp. Can be run again after a kill."""
    for altered in plan.files:
        _put_in_place(workspace, folder, altered, plan)
    for failure in remove(folder / BECOMES_FOLDER):
        raise DiskFailed(
            f"{failure.path} could not be removed: {failure.reason}.",
            f"Mend what holds it, then run: {COMMAND}",
        )
    # Last: until then the next command does all of this again.
    write_format_stamp(workspace, FormatStamp(format=plan.to_format, version=plan.version))


def _put_in_place(
    workspace: Workspace, folder: Path, altered: AlteredFile, plan: MigrationPlan
) -> None:
    """Put one file in its place, unless that is done already or it was erased meanwhile."""
    path, staged = workspace.interviews / altered.path, folder / BECOMES_FOLDER / altered.path
    is_forward = plan.from_format < plan.to_format
    with files.translate_disk_errors(path):
        if not altered.sha256_after:
            with contextlib.suppress(FileNotFoundError):
                files.system.unlink(path)
                files.fsync_folder(path.parent)
            return
        if not staged.exists() or not (path if is_forward else path.parent).exists():
            return
        if is_forward and sha256_or_blank(read_content(path)) not in (
            altered.sha256_before,
            altered.sha256_after,
        ):
            # It was changed after the plan was made: the changed file is migrated instead.
            data = migrated_content(path, altered.path, read_content(path), plan.from_format)
            files.write_atomic(path, data, mode=altered.mode)
            return
        files.system.chmod(staged, altered.mode)
        files.system.replace(staged, path)
        files.fsync_folder(path.parent)


def remove_undecided(workspace: Workspace) -> None:
    """Remove migrations that were staged and never decided. Raises DiskFailed."""
    for folder in workspace.migrations:
        is_begun = (folder / BECOMES_FOLDER).is_dir() or not (folder / PLAN_FILE).is_file()
        for failure in remove(folder) if is_begun else ():
            raise DiskFailed(
                f"{failure.path}, of a migration that was broken off, could not be removed: "
                f"{failure.reason}.",
                "Remove it by hand, then run this again.",
            )


def finish(workspace: Workspace) -> None:
    """Finish a migration that was decided and broken off, if the stamp names one.

    Raises Damaged where its plan cannot be read, DiskFailed.
    """
    if not read_format_stamp(workspace).migration:
        return
    with Store(workspace.database).locked():
        finish_locked(workspace)


def finish_locked(workspace: Workspace) -> None:
    """Do what `finish` does, for a caller that holds the library’s lock."""
    stamp = read_format_stamp(workspace)
    if stamp.migration:
        folder = workspace.interviews / stamp.migration
        _complete(workspace, folder, read_plan(folder))
