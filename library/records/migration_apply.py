"""Doing to the disk what a migration has planned, so that it is whole or not done.

`library.records.migration` says in which order, and why.
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
from library.records.format_stamp import Stamp, read_stamp, write_stamp
from library.records.migration_plan import (
    BECOMES_FOLDER,
    PLAN_FILE,
    WAS_FOLDER,
    Altered,
    Contents,
    Plan,
    brought_up,
    read,
    read_plan,
    sha256,
)
from library.records.store import Store

COMMAND = "carer-stories migrate"
_SPARE_BYTES = 1_000_000
"""Bytes beside what is written: folders, the stamp, a line of the log."""


@contextlib.contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Hold every lock of the library: of records, stories, station and site. Raises Busy."""
    with ExitStack() as locks:
        locks.enter_context(Store(workspace.database).locked())
        for lock in _locks_of_others(workspace):
            busy = Busy(
                "Another command is at work in this library.",
                "Wait until it is done, or end the capture station, then run this again; nothing "
                "was changed.",
            )
            locks.enter_context(locked(lock, busy=busy))
        yield


def _locks_of_others(workspace: Workspace) -> list[Path]:
    """Locks of the site, the station, films, imports, sessions and private records.

    A lock that was never taken is held by nobody.
    """
    private = workspace.contributors.with_name(f"{workspace.contributors.name}.lock")
    hidden = (workspace.interviews.glob(".*.lock"), workspace.stories.glob("cs-*/.*.lock"))
    every = sorted(itertools.chain(*hidden))
    return [*every, *([private] if private.exists() else [])]


def carry_out(
    workspace: Workspace,
    plan: Plan,
    contents: Contents,
    also_kept: Iterable[Path],
) -> Path:
    """Keep and stage the files of a plan, decide, and put them in their places.

    Returns the folder of what was, `also_kept` among it. Raises NoRoom, DiskFailed.
    """
    folder = _free_name(workspace)
    records = {path.relative_to(workspace.interviews).as_posix(): read(path) for path in also_kept}
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
        decided = Stamp(
            format=max(plan.since, plan.until), version=plan.version, migration=folder.name
        )
        write_stamp(workspace, decided)
    except BaseException:
        with contextlib.suppress(Damaged, DiskFailed):
            # Once it is decided, it is finished and never taken away.
            if read_stamp(workspace).migration != folder.name:
                remove(folder)
        raise
    _settle(workspace, folder, plan)
    return folder


def _free_name(workspace: Workspace) -> Path:
    when = now().replace(":", "")
    names = (when, *(f"{when}-{number}" for number in range(2, 1_000)))
    folders = map(workspace.before_migration, names)
    return next(folder for folder in folders if not folder.exists())


def _stage(path: Path, data: bytes) -> None:
    files.make_folder(path.parent)
    files.write_atomic(path, data)


def _settle(workspace: Workspace, folder: Path, plan: Plan) -> None:
    """Put everything in its place, and say in the stamp that it is done. Can be run again."""
    for altered in plan.files:
        _put_in_place(workspace, folder, altered, plan)
    for failure in remove(folder / BECOMES_FOLDER):
        raise DiskFailed(
            f"{failure.path} could not be removed: {failure.reason}.",
            f"Mend what holds it, then run: {COMMAND}",
        )
    # Last: until then the next command does all of this again.
    write_stamp(workspace, Stamp(format=plan.until, version=plan.version))


def _put_in_place(workspace: Workspace, folder: Path, altered: Altered, plan: Plan) -> None:
    """Put one file in its place; leave it where that is done, or it was erased meanwhile."""
    path, staged = workspace.interviews / altered.path, folder / BECOMES_FOLDER / altered.path
    is_forward = plan.since < plan.until
    with files.translate_disk_errors(path):
        if not altered.becomes:
            with contextlib.suppress(FileNotFoundError):
                files.system.unlink(path)
                files.fsync_folder(path.parent)
            return
        if not staged.exists() or not (path if is_forward else path.parent).exists():
            return
        if is_forward and sha256(read(path)) not in (altered.was, altered.becomes):
            # Somebody wrote it after it was looked at: that is brought up, and not what it was.
            data = brought_up(path, altered.path, read(path), plan.since)
            files.write_atomic(path, data, mode=altered.mode)
            return
        files.system.chmod(staged, altered.mode)
        files.system.replace(staged, path)
        files.fsync_folder(path.parent)


def forget_begun(workspace: Workspace) -> None:
    """Take away what was staged and never decided. Raises DiskFailed."""
    for folder in workspace.migrations:
        is_begun = (folder / BECOMES_FOLDER).is_dir() or not (folder / PLAN_FILE).is_file()
        for failure in remove(folder) if is_begun else ():
            raise DiskFailed(
                f"{failure.path}, of a migration that was broken off, could not be removed: "
                f"{failure.reason}.",
                "Remove it by hand, then run this again.",
            )


def finish(workspace: Workspace) -> None:
    """Do what is left of a migration that the stamp says was decided, if there is one.

    Raises Damaged where its plan cannot be read, DiskFailed.
    """
    if not read_stamp(workspace).migration:
        return
    with Store(workspace.database).locked():
        finish_alone(workspace)


def finish_alone(workspace: Workspace) -> None:
    """Finish a migration as `finish` does, for a caller that holds the library’s lock."""
    stamp = read_stamp(workspace)
    if stamp.migration:
        folder = workspace.interviews / stamp.migration
        _settle(workspace, folder, read_plan(folder))
