"""Make one backup run: every file of a workspace that cannot be made again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import msgspec

from library.backup.chain import follow_chain, ids_named, link_of, next_link
from library.backup.deleted_sessions import note_deletions_in
from library.backup.hold_notes import note_holds_in
from library.backup.manifests import BackedUpFile, BackupRun, KnownBackup
from library.backup.notes import note_in
from library.backup.put_back import hold_taken_back_elsewhere
from library.backup.registry import note_newest_run, register_backup
from library.backup.repository import BackupRepository, FileChangedError, Report
from library.backup.selection import Selection, belongs_to_any, is_record, select_files
from library.core import files
from library.core.clock import now
from library.core.errors import BadInput, Busy, CarerStoriesError, Damaged, NotAllowed
from library.core.own_folders import require_own_folders
from library.core.version import program_version
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.consent import Withdrawal
from library.records.format_stamp import read_format_stamp
from library.records.ledger import Ledger
from library.records.logged_holds import HELD, RESTORED
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.records.store import Store
from library.records.story import Story
from library.records.withdrawal_notes import read_erasures, read_withdrawal_notes

ProgressBar = Callable[[str, int], AbstractContextManager[Report]]
"""A bar for a label and a number of bytes; yields what is told the bytes done."""
_MIN_UNREAD_BYTES = 1 << 18
"""Bytes from which a file that did not change since the last run is not read again."""
_MAX_PASSES = 3
"""Times that a file which changed while it was copied is copied again."""
_SPARE_BYTES = 8_000_000


@dataclass(frozen=True)
class SaveReport:
    """The result of one run."""

    run: BackupRun
    new_files: int
    new_bytes: int
    """Of contents that the backup did not have yet, before encryption."""
    links: tuple[str, ...]
    """Not kept: links, pipes and devices."""
    changing_files: tuple[str, ...]
    """Files that kept changing while they were copied."""
    still_holding: tuple[str, ...]
    """Erased stories of which earlier runs here still hold something."""
    unreadable: tuple[str, ...]
    """Sentences about earlier runs that cannot be read."""
    missing: tuple[str, ...] = ()
    """Sentences about earlier runs that somebody removed, or put others in place of."""
    held: tuple[str, ...] = ()
    """Ids of stories that are held from now on: the library is older than the newest run here."""


@dataclass
class _Work:
    """The state of a run in progress."""

    vault: BackupRepository
    last: dict[str, BackedUpFile]
    thorough: bool
    report: Report
    saved_files: dict[str, BackedUpFile] = field(default_factory=dict)
    new_files: int = 0
    new_bytes: int = 0
    done: int = 0


def save(
    workspace: Workspace,
    repository: BackupRepository,
    watch: ProgressBar,
    *,
    thorough: bool = False,
) -> SaveReport:
    """Make a run. With `thorough` every file and every object it needs is read again.

    The caller holds the backup’s lock. Raises BadInput for another library’s backup, NotAllowed in
    the middle of a migration, NoRoom before anything is copied, Busy, DiskFailed, Damaged for a
    disk that gives back other bytes; nothing counts then.
    """
    _require_one_format(workspace)
    require_own_folders(workspace)
    # Before the room is looked at, which they may take.
    repository.remove_leftovers()
    earlier, unreadable = repository.readable_runs()
    _require_same_library(workspace, repository, earlier)
    selection = select_files(workspace)
    known_backups = register_backup(workspace, repository)
    # Before anything is copied: of all that is saved they are the smallest, and wait for no room.
    note_in(workspace, repository)
    note_holds_in(workspace, repository)
    note_deletions_in(workspace, repository)
    previous = next_link(repository, earlier)
    held = _hold_if_put_back(workspace, earlier)
    # This backup may know what another, from which the library was put back, does not.
    held = tuple(dict.fromkeys([*held, *hold_taken_back_elsewhere(workspace)]))
    last = {item.path: item for item in earlier[-1].files} if earlier else {}
    files.require_room(
        repository.folder,
        _bytes_needed(repository, selection, last, thorough=thorough) + _SPARE_BYTES,
    )
    with watch("Backing up", selection.size) as report:
        work = _Work(repository, last, thorough, report)
        selection, restless = _copy_until_unchanged(workspace, selection, work)
    made = _run_of(workspace, selection, work, known_backups)
    made = msgspec.structs.replace(
        made,
        id=repository.free_run_id(made.made, ids_named(repository, earlier)),
        is_chained=True,
        previous=previous,
    )
    run = repository.write_run(_without_erased(made))
    repository.note_newest_run(link_of(run))
    note_newest_run(workspace, repository, run.made)
    # What an unreadable run needs is not known, so nothing may be removed beside it.
    if not unreadable:
        repository.remove_unneeded([*earlier, run])
    return SaveReport(
        run=run,
        new_files=work.new_files,
        new_bytes=work.new_bytes,
        links=tuple(selection.links),
        changing_files=restless,
        still_holding=_still_held(run, earlier),
        unreadable=tuple(item.what for item in unreadable),
        missing=tuple(
            follow_chain(repository, [*earlier, run], unreadable=bool(unreadable)).sentences
        ),
        held=held,
    )


def _hold_if_put_back(workspace: Workspace, earlier: Sequence[BackupRun]) -> tuple[str, ...]:
    """Hold every story of a library that was put back by hand, without `restore`; return their ids.

    Such a one does not hold the line of the log with which the newest run ended. It knows nothing
    of what was taken back in between. One that was put back with `restore` was held then.
    """
    if not earlier or not earlier[-1].log_lines:
        return ()
    newest = earlier[-1]
    # A damaged log or database is told of elsewhere, and nothing is built from it.
    with contextlib.suppress(CarerStoriesError):
        lines = list(audit_log.entries(workspace.audit_log))
        is_known = any(
            line.sha256 == newest.log_head or (line.action == RESTORED and line.at >= newest.made)
            for line in lines
        )
        if not lines or is_known:
            return ()
        snapshot = Ledger(workspace).read()
        withdrawals = [*snapshot.withdrawal_notes, *snapshot.all(Withdrawal)]
        taken_back = {item.story for item in withdrawals if item.is_whole}
        held = tuple(story.id for story in snapshot.all(Story) if story.id not in taken_back)
        for story_id in held:
            write_restore_hold(
                workspace, RestoreHold(story=story_id, held=now(), since=lines[-1].at)
            )
        Ledger(workspace).note_each(HELD, held, "editor")
        return held
    return ()


def _require_one_format(workspace: Workspace) -> None:
    """Files of two formats, without the plan that tells them apart, could never be put right."""
    # A stamp that cannot be read says nothing of a migration; what is there is saved.
    with contextlib.suppress(Damaged):
        if read_format_stamp(workspace).migration:
            raise NotAllowed(
                "A migration of this library was broken off and could not be finished.",
                "See what holds it: carer-stories migrate",
            )


def _require_same_library(
    workspace: Workspace, repository: BackupRepository, earlier: Sequence[BackupRun]
) -> None:
    own_start = _log_begins(workspace)
    others = [run for run in earlier if own_start and run.first_log_sha256 not in ("", own_start)]
    if others:
        raise BadInput(
            f"The backup in {repository.folder} is of another library, “{others[-1].library}”.",
            "Name a folder of its own for this one.",
        )


def _log_begins(workspace: Workspace) -> str:
    """Return the SHA-256 of the log's first line, or nothing where it cannot be read."""
    with contextlib.suppress(CarerStoriesError):
        return next((line.sha256 for line in audit_log.entries(workspace.audit_log)), "")
    return ""


def _bytes_needed(
    repository: BackupRepository,
    selection: Selection,
    last: dict[str, BackedUpFile],
    *,
    thorough: bool,
) -> int:
    """Return the bytes needed at most: a changed file may turn out to be stored already."""
    return sum(
        repository.cipher.stored_size(status.st_size)
        for path, status in selection.files.items()
        # As `_copy` decides later, so that the sum is of what will be written.
        if thorough or not _is_as_before(repository, last.get(path), status)
    )


def _copy_until_unchanged(
    workspace: Workspace, selection: Selection, work: _Work
) -> tuple[Selection, tuple[str, ...]]:
    """Copy all files, look again, and copy what changed; records together, under their lock."""
    pending = list(selection.files)
    for _ in range(_MAX_PASSES):
        if any(is_record(path) for path in pending):
            with _records_held(workspace):
                # Under the lock, so that database, log and notes are of one moment.
                selection = select_files(workspace)
                for path in [path for path in work.saved_files if is_record(path)]:
                    del work.saved_files[path]
                _copy(
                    workspace,
                    [path for path in selection.files if is_record(path)],
                    selection,
                    work,
                )
        _copy(workspace, [path for path in pending if not is_record(path)], selection, work)
        selection = select_files(workspace)
        for missing in work.saved_files.keys() - selection.files.keys():
            del work.saved_files[missing]
        pending = [path for path in selection.files if _has_changed(selection, work, path)]
        if not pending:
            break
    return selection, tuple(pending)


def _has_changed(selection: Selection, work: _Work, path: str) -> bool:
    copied, status = work.saved_files.get(path), selection.files[path]
    # Without the time of change: a generation’s second name (a hard link) alters that alone.
    return copied is None or (copied.size, copied.disk_stamp[0], copied.disk_stamp[2]) != (
        status.st_size,
        status.st_mtime_ns,
        status.st_ino,
    )


@contextlib.contextmanager
def _records_held(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of the records. A library without a database has none."""
    if not workspace.database.parent.is_dir():
        yield
        return
    with Store(workspace.database).locked():
        yield


def _copy(workspace: Workspace, paths: Sequence[str], selection: Selection, work: _Work) -> None:
    for path in paths:
        status = selection.files.get(path)
        if status is None:
            continue
        before = work.last.get(path)
        if before and not work.thorough and _is_as_before(work.vault, before, status):
            work.saved_files[path] = msgspec.structs.replace(before, mode=status.st_mode & 0o777)
        else:
            _store(workspace, path, work)
        work.done += status.st_size
        work.report(work.done)


def _is_as_before(
    repository: BackupRepository, before: BackedUpFile | None, status: os.stat_result
) -> bool:
    if before is None or status.st_size < _MIN_UNREAD_BYTES or status.st_size != before.size:
        return False
    is_same = before.disk_stamp == (status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return is_same and repository.has_object(before.sha256, before.size)


def _store(workspace: Workspace, path: str, work: _Work) -> None:
    try:
        stored, is_new = work.vault.store_file(
            workspace.root / path,
            lambda done: work.report(work.done + done),
            verify=work.thorough,
        )
    except FileChangedError:
        work.saved_files.pop(path, None)
        return
    work.saved_files[path] = msgspec.structs.replace(stored, path=path)
    work.new_files += is_new
    work.new_bytes += stored.size if is_new else 0


def _run_of(
    workspace: Workspace,
    selection: Selection,
    work: _Work,
    known_backups: tuple[KnownBackup, ...],
) -> BackupRun:
    made = now()
    generation, head, withdrawals, problem = _state_of_records(workspace)
    return BackupRun(
        id="",  # given once it is known which are free
        made=made,
        version=program_version(),
        library=workspace.root.name,
        generation=generation,
        log_lines=head.sequence,
        log_head=head.sha256,
        first_log_sha256=_log_begins(workspace),
        records_problem=problem,
        folders=dict(sorted(selection.folders.items())),
        files=tuple(work.saved_files[path] for path in sorted(work.saved_files)),
        withdrawals=withdrawals,
        erasures=read_erasures(workspace),
        known=known_backups,
    )


def _state_of_records(
    workspace: Workspace,
) -> tuple[int, audit_log.LogHead, tuple[Withdrawal, ...], str]:
    """Return the generation, the log's head, all withdrawals, and any problem of the records."""
    noted = list(read_withdrawal_notes(workspace))
    try:
        ledger = Ledger(workspace)
        head = ledger.verify()
        snapshot = ledger.read()
        withdrawals = {
            (withdrawal.story, withdrawal.scope): withdrawal
            for withdrawal in [*noted, *snapshot.all(Withdrawal)]
        }
        return snapshot.generation, head, tuple(withdrawals.values()), ""
    # Not a fault of the records: a run without them would count as whole.
    except Busy:
        raise
    except CarerStoriesError as error:
        return 0, audit_log.LogHead(), tuple(noted), error.what


def _without_erased(run: BackupRun) -> BackupRun:
    """Return the run without stories that were erased while it was made."""
    erased = {item.story for item in run.erasures}
    return msgspec.structs.replace(
        run,
        files=tuple(item for item in run.files if not belongs_to_any(item.path, erased)),
        folders={
            path: mode for path, mode in run.folders.items() if not belongs_to_any(path, erased)
        },
    )


def _still_held(run: BackupRun, earlier: Sequence[BackupRun]) -> tuple[str, ...]:
    """Return erased stories of which an earlier run may still hold files or words."""
    erased = {erasure.story for erasure in run.erasures}
    held = (erased - set(before.forgotten) - before.erased for before in earlier)
    return tuple(sorted(set().union(*held)))
