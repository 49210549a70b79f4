"""Restore a workspace from a run of a backup, moved to its destination when it is complete.

Withdrawals are never undone: each one known to any run of the backup, to the notes in it or to the
current workspace is noted and recorded in what is restored. A story that was erased since is not
restored. Every other one is held: what else was taken back since the run, nobody here can know.
"""

from __future__ import annotations

import bisect
import contextlib
import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.backup.deleted_sessions import deleted_sessions, without_deleted, write_receipts
from library.backup.encryption import damaged_object
from library.backup.hold_notes import noted_holds
from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.notes import read_notes
from library.backup.paths import require_possible
from library.backup.registry import register_backup, write_known_backups
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar
from library.backup.selection import belongs_to_any, is_copy_of_records
from library.consent.erasure import erase_files, erase_records, finish_erasure
from library.consent.safeguarding import bring_holds, place_again
from library.consent.withdrawals import record_all_noted
from library.core import files
from library.core.clock import now
from library.core.errors import (
    BadInput,
    Busy,
    CarerStoriesError,
    Damaged,
    DiskFailed,
    NotFound,
)
from library.core.files import real_path, translate_disk_errors
from library.core.lock import locked
from library.core.own_folders import require_place_of_its_own
from library.core.removal import holds_nothing, remove, remove_empty_folder
from library.core.workspace import FORMAT_STAMP, STORY_ID, Workspace
from library.records import audit_log
from library.records.consent import Withdrawal
from library.records.format_stamp import decode_format_stamp, require_not_newer
from library.records.kept_fingerprints import (
    carry_erased_fingerprints,
    is_kept_after_erasure,
)
from library.records.ledger import Ledger
from library.records.logged_holds import ALL_HELD, RESTORED
from library.records.other_logs import DECIDING_ACTIONS, lost_decision
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.records.story import Story
from library.records.withdrawal_notes import (
    Erasure,
    read_erasures,
    read_withdrawal_notes,
    write_erasure_note,
    write_withdrawal_note,
)

_SPARE_BYTES = 8_000_000
"""Room for folders, notes and records beside the files of the run."""


@dataclass(frozen=True)
class RestoreReport:
    """The result of a restore."""

    workspace: Workspace
    run: BackupRun
    files: int
    """Number of files."""
    size: int
    """Bytes of all files."""
    withdrawn_since: tuple[str, ...]
    """Ids of stories with a withdrawal that the run does not know of."""
    erased_since: tuple[str, ...]
    """Ids of stories that were erased after the run was made, and are not restored."""
    records_problem: str
    """A sentence about damaged records of the run: withdrawals could then only be noted."""
    unreadable: tuple[str, ...] = ()
    """Sentences about runs and notes that cannot be read: withdrawals that only they know of are
    missing."""
    kept: tuple[str, ...] = ()
    """Ids of stories with a legal hold that the library of now brought along."""
    holds_problem: str = ""
    """A sentence where legal holds that were placed since the run are not known."""
    deleted_since: tuple[str, ...] = ()
    """Ids of sessions that were deleted at the station after the run, and are not restored."""
    held: tuple[str, ...] = ()
    """Ids of stories that are shown to nobody until an editor has said what was taken back."""


def find_run(repository: BackupRepository, when: str | None) -> BackupRun:
    """Return the newest run, or the newest whose time begins with `when`."""
    ids = repository.run_ids()
    if not ids:
        raise NotFound(
            f"The backup in {repository.folder} holds no run: the first one was never finished.",
            "Look in another backup.",
        )
    if when is None:
        return repository.read_run(ids[-1])
    prefix = when.replace(":", "").replace(" ", "T")
    matching = (
        [prefix] if prefix in ids else [run_id for run_id in ids if run_id.startswith(prefix)]
    )
    if not matching or not prefix:
        raise NotFound(
            f"There is no run of “{when}” in {repository.folder}.",
            f"Use one of: {', '.join(ids[-8:])}.",
        )
    return repository.read_run(matching[-1])


def restore(
    repository: BackupRepository,
    run: BackupRun,
    folder: Path,
    progress_bar: ProgressBar,
    *,
    current: Workspace | None,
    role: str,
) -> RestoreReport:
    """Restore `run` into `folder`, new or empty, which appears when it is complete.

    `current` is the workspace whose withdrawals hold too. An interrupted restore can be run again
    and continues in its `unfinished_folder`. Raises BadInput for a folder with contents or a run of
    a later version, NoRoom before anything is written, Damaged for contents that the backup lost
    or names this disk cannot hold, DiskFailed.
    """
    destination = _require_destination(repository, folder)
    _require_not_newer(repository, run)
    withdrawals, erased = _known_withdrawals(repository, run, current)
    files_to_restore = [
        item
        for item in run.files
        if not belongs_to_any(item.path, erased)
        # Nothing takes the words of an erased story out of a copy of the records.
        and not (erased and is_copy_of_records(item.path))
    ]
    files_to_restore = _with_newest_fingerprints(repository, files_to_restore)
    deleted = deleted_sessions(repository, current)
    files_to_restore, left_out = without_deleted(files_to_restore, deleted)
    staging = unfinished_folder(destination)
    lock = destination.with_name(f"{staging.name}.lock")
    with (
        _removing_lock(lock, staging),
        locked(lock, busy=_busy_error(destination)),
        _staging_folder(staging, run),
    ):
        # What an earlier restore has put there needs no room again.
        files.require_room(
            staging, sum(item.size for item in files_to_restore) - _bytes_in(staging) + _SPARE_BYTES
        )
        _restore_files(repository, run, files_to_restore, staging, progress_bar)
        write_receipts(Workspace(staging), left_out)
        newly_erased = {item: erased[item] for item in erased.keys() - run.erased}
        # Before the folder has its name: at no moment is a story there that was taken back.
        records_problem, known = _apply_withdrawals(
            Workspace(staging), repository, run, withdrawals, newly_erased, role
        )
        held_legally, holds_problem = _bring_holds(
            current, Workspace(staging), repository, run, known, role, records_problem
        )
        if current is not None:
            carry_erased_fingerprints(current, Workspace(staging))
        held_stories = _hold_stories(Workspace(staging), run, known, current)
        _set_folder_modes(run, staging)
        with translate_disk_errors(destination):
            # Empty, as was checked; Windows renames nothing onto a folder.
            if destination.exists():
                remove_empty_folder(destination)
            files.system.replace(staging, destination)
            files.fsync_folder(destination.parent)
    known_to_run = {(item.story, item.scope) for item in run.withdrawals}
    return RestoreReport(
        workspace=Workspace(destination),
        run=run,
        files=len(files_to_restore),
        size=sum(item.size for item in files_to_restore),
        withdrawn_since=_distinct(
            item.story
            for item in withdrawals
            if item.story in known and (item.story, item.scope) not in known_to_run
        ),
        erased_since=tuple(sorted(known & newly_erased.keys())),
        records_problem=records_problem,
        unreadable=(
            *(item.what for item in repository.readable_runs()[1]),
            *read_notes(repository).problems,
        ),
        kept=held_legally,
        holds_problem=holds_problem,
        held=held_stories,
        deleted_since=tuple(each.session for each in left_out),
    )


def _require_not_newer(repository: BackupRepository, run: BackupRun) -> None:
    """Raise BadInput for a run of a library that a later version made or migrated."""
    for file in run.files:
        if file.path == f"interviews/{FORMAT_STAMP}":
            data = b"".join(repository.content(file))
            require_not_newer(decode_format_stamp(data, f"{file.path} in the backup"))


def _require_destination(repository: BackupRepository, folder: Path) -> Path:
    destination = real_path(folder)
    if destination.is_relative_to(repository.folder.resolve()):
        raise BadInput(f"{destination} is part of the backup.", "Name a new folder elsewhere.")
    require_place_of_its_own(destination)
    if destination.is_file() or (destination.is_dir() and not holds_nothing(destination)):
        raise BadInput(
            f"{destination} already holds something; nothing was changed.",
            "Name a new or empty folder.",
        )
    if not destination.parent.is_dir():
        raise NotFound(
            f"There is no folder {destination.parent}.", "Make it, or name another place."
        )
    return destination


def unfinished_folder(destination: Path) -> Path:
    """Return the hidden folder beside `destination` in which a restore is put together."""
    return destination.with_name(f".{destination.name}.restoring")


@contextlib.contextmanager
def _removing_lock(lock: Path, staging: Path) -> Iterator[None]:
    """Remove the lock at the end, unless an unfinished restore is left to continue."""
    try:
        yield
    finally:
        if not staging.is_dir():
            with contextlib.suppress(OSError):
                files.system.unlink(lock)


@contextlib.contextmanager
def _staging_folder(staging: Path, run: BackupRun) -> Iterator[None]:
    """Make the staging folder, for this account alone; if the block fails, remove it when empty.

    Raises BadInput where another account, or a link, has taken its name, and what
    `require_possible` raises.
    """
    with translate_disk_errors(staging, "make"):
        if not (staging.is_symlink() or staging.exists()):
            staging.mkdir(mode=0o700)
        if not _is_own_folder(staging):
            raise BadInput(
                f"{staging} is not a folder that a restore began.",
                "Remove it, or restore elsewhere.",
            )
        files.set_mode(staging, 0o700)
    try:
        require_possible([*run.folders, *(file.path for file in run.files)], staging)
        yield
    # Only while it is empty: else the same restore can go on from it.
    except BaseException:
        with contextlib.suppress(OSError):
            files.system.rmdir(staging)
        raise


def _is_own_folder(staging: Path) -> bool:
    status = staging.lstat()
    # Windows has no getuid.
    is_mine = getattr(os, "getuid", lambda: status.st_uid)() == status.st_uid
    return stat.S_ISDIR(status.st_mode) and is_mine


def _busy_error(destination: Path) -> Busy:
    return Busy(f"Another restore into {destination} is still running.", "Wait until it is done.")


# Withdrawals and erasures


def _known_withdrawals(
    repository: BackupRepository, run: BackupRun, current: Workspace | None
) -> tuple[tuple[Withdrawal, ...], dict[str, Erasure]]:
    """Return every withdrawal and erasure that the backup or the current workspace knows of."""
    runs, _ = repository.readable_runs()
    withdrawals = [item for known_run in [run, *runs] for item in known_run.withdrawals]
    erasures = [item for known_run in [run, *runs] for item in known_run.erasures]
    if current is not None:
        withdrawals += [*read_withdrawal_notes(current), *_recorded_withdrawals(current)]
        erasures += read_erasures(current)
    # Last: of the same withdrawal a record of the library counts before a note in the backup.
    noted = read_notes(repository)
    withdrawals += noted.withdrawals()
    erasures = [*noted.erasures(), *erasures]
    # Reversed, so that of the same withdrawal the first one wins.
    first_withdrawals = {(item.story, item.scope): item for item in reversed(withdrawals)}
    return tuple(first_withdrawals.values()), {item.story: item for item in erasures}


def _with_newest_fingerprints(
    repository: BackupRepository, wanted: list[BackedUpFile]
) -> list[BackedUpFile]:
    """Return the files with what the newest run knows of erased recordings, and no other.

    The run to restore may be older: what was erased since must be known again, and what was
    forgotten since must not come back.
    """
    runs, _ = repository.readable_runs()
    newest = [item for item in runs[-1].files if is_kept_after_erasure(item.path)] if runs else []
    if not newest:
        return wanted
    return [*(item for item in wanted if not is_kept_after_erasure(item.path)), *newest]


def _recorded_withdrawals(workspace: Workspace) -> list[Withdrawal]:
    # Records that cannot be read: what was noted beside them counts all the same.
    with contextlib.suppress(CarerStoriesError):
        return Ledger(workspace).read().all(Withdrawal)
    return []


def _apply_withdrawals(
    restored: Workspace,
    repository: BackupRepository,
    run: BackupRun,
    withdrawals: Iterable[Withdrawal],
    erased: dict[str, Erasure],
    role: str,
) -> tuple[str, set[str]]:
    """Note and record withdrawals, delete erased stories, and log the restore.

    Returns a sentence if the records of the run are damaged, so that only notes could be written,
    and the ids of the stories that the run knows.
    """
    if not restored.interviews.is_dir():
        raise Damaged(
            f"The run {run.id} has no folder interviews: it is no backup of a library.",
            "Choose another run; --list shows them.",
        )
    # Before the records are looked at: they may not be whole, and copies must be findable.
    # The run holds the list as it was before it: what it brings back is in a backup.
    known_backups = [
        msgspec.structs.replace(backup, last=run.made)
        if backup.id == repository.header.id
        else backup
        for backup in run.known
    ]
    write_known_backups(restored, known_backups)
    register_backup(restored, repository)
    try:
        known = {item.id for item in Ledger(restored).read().all(Story)}
        Ledger(restored).verify()
    except CarerStoriesError as error:
        _write_notes(restored, withdrawals, erased.values())
        return error.what, {*erased, *(item.story for item in withdrawals)}
    _write_notes(
        restored,
        [item for item in withdrawals if item.story in known],
        [item for item in erased.values() if item.story in known],
    )
    record_all_noted(restored)
    for story in sorted(known & erased.keys()):
        erase_files(restored, story)
        erase_records(restored, story, role)
        finish_erasure(restored, erased[story])
    with Ledger(restored).update(RESTORED, "", role, became=ALL_HELD):
        pass  # no record changes: the line alone says that it was done, and who is held
    return "", known


def _bring_holds(
    current: Workspace | None,
    restored: Workspace,
    repository: BackupRepository,
    run: BackupRun,
    known: Collection[str],
    role: str,
    records_problem: str,
) -> tuple[tuple[str, ...], str]:
    """Place the legal holds again that were placed since the run; return the stories.

    From the library one is in, with their reasons, and from the notes in the backup. And a
    sentence where they are not all known, for then nothing keeps these stories.
    """
    since = f"Legal holds that were placed after {run.made[:10]}"
    if records_problem:
        return (), f"{since} are not known here: its records are not whole."
    brought: list[str] = []
    try:
        if current is not None:
            brought += bring_holds(current, restored, known, role)
        holds, problems = noted_holds(repository)
        brought += place_again(holds, restored, known, role)
    except (Damaged, DiskFailed) as error:
        return tuple(brought), f"{since} are not known here. {error.what}"
    if problems:
        return tuple(dict.fromkeys(brought)), f"{since} are not known here. {problems[0]}"
    # A backup that could not be reached when one was placed has no note of it.
    unnoted = f"{since}, and are not noted in this backup, are not known here."
    return tuple(dict.fromkeys(brought)), "" if current else unnoted


def _hold_stories(
    restored: Workspace, run: BackupRun, known: set[str], current: Workspace | None
) -> tuple[str, ...]:
    """Hold every story that was brought and is not taken back as a whole; return their ids.

    Also those of which there are only files: records may be damaged, and put right later. What the
    log of the library one is in has of them, and the run has not, is named in the hold.
    """
    taken_back = {item.story for item in read_withdrawal_notes(restored) if item.is_whole}
    taken_back |= {item.story for item in _recorded_withdrawals(restored) if item.is_whole}
    with_files = {path.name for path in restored.stories.glob("cs-*") if STORY_ID.match(path.name)}
    held = tuple(sorted((known | with_files) - taken_back))
    at = now()
    lost = _decided_since(restored, current) if current else {}
    for story_id in held:
        write_restore_hold(
            restored,
            RestoreHold(
                story=story_id,
                held=at,
                since=run.made,
                cause="backup",
                lost=tuple(lost.get(story_id, ())),
            ),
        )
    return held


def _decided_since(restored: Workspace, current: Workspace) -> dict[str, list[str]]:
    """Return by story what the log of `current` says was decided, and the restored one does not.

    As far as both can be read: it only says what to look at before a story is let go.
    """
    decided: dict[str, list[str]] = {}
    with contextlib.suppress(CarerStoriesError):
        known = {entry.sha256 for entry in audit_log.entries(restored.audit_log)}
        for entry in audit_log.entries(current.audit_log):
            if entry.sha256 not in known and entry.action in DECIDING_ACTIONS - {"withdraw"}:
                decided.setdefault(entry.subject, []).append(lost_decision(entry))
    return decided


def _write_notes(
    restored: Workspace, withdrawals: Iterable[Withdrawal], erased: Iterable[Erasure]
) -> None:
    noted = {(withdrawal.story, withdrawal.scope) for withdrawal in read_withdrawal_notes(restored)}
    for withdrawal in withdrawals:
        if (withdrawal.story, withdrawal.scope) not in noted:
            write_withdrawal_note(restored, withdrawal)
    for erasure in erased:
        write_erasure_note(restored, erasure)


# Files


def _restore_files(
    repository: BackupRepository,
    run: BackupRun,
    files_to_restore: list[BackedUpFile],
    staging: Path,
    progress_bar: ProgressBar,
) -> None:
    """Write every file below `staging`, except those an interrupted restore wrote correctly."""
    folders = _folders(run, files_to_restore)
    with translate_disk_errors(staging, "make"):
        _remove_leftovers(
            staging, staging, {item.path for item in files_to_restore}, _SortedPaths(folders)
        )
        for path in folders:
            (staging / path).mkdir(mode=0o700, parents=True, exist_ok=True)
            files.set_mode(staging / path, 0o700)
    bytes_done = 0
    with progress_bar("Restoring", sum(item.size for item in files_to_restore)) as report:
        for file in files_to_restore:
            target = staging / file.path
            with translate_disk_errors(target):
                is_restored = _is_restored(target, file)
            if not is_restored:
                _restore_file(repository, file, target)
            bytes_done += file.size
            report(bytes_done)


def _folders(run: BackupRun, files_to_restore: Iterable[BackedUpFile]) -> list[str]:
    """Return the folders to make: those of the restored files, and those empty in the run.

    A folder of an erased story is left out: it held files, and none of them is restored.
    """
    all_files, restored = (
        _SortedPaths(item.path for item in run.files),
        _SortedPaths(item.path for item in files_to_restore),
    )
    needed = {Path(path).parent.as_posix() for path in restored.paths} - {"."}
    unwanted = {
        item for item in run.folders if all_files.has_any_in(item) and not restored.has_any_in(item)
    }
    return sorted({*run.folders, *needed} - unwanted)


class _SortedPaths:
    """Sorted paths, in which those of a folder are found by bisection."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = sorted(paths)

    def has_any_in(self, folder: str) -> bool:
        """Return whether any path lies in `folder`, at any depth."""
        at = bisect.bisect_left(self.paths, f"{folder}/")
        return at < len(self.paths) and self.paths[at].startswith(f"{folder}/")

    def has_or_is_above(self, folder: str) -> bool:
        """Return whether `folder` is one of the paths, or contains one."""
        at = bisect.bisect_left(self.paths, folder)
        return self.paths[at : at + 1] == [folder] or self.has_any_in(folder)


def _remove_leftovers(
    folder: Path, staging: Path, wanted_paths: Collection[str], folders: _SortedPaths
) -> None:
    """Remove leftovers of an interrupted restore of another run. No link is followed."""
    # An earlier restore may have made it read-only already.
    files.set_mode(folder, 0o700)
    for path in sorted(folder.iterdir()):
        name, is_link = path.relative_to(staging).as_posix(), path.is_symlink()
        if path.is_dir() and not is_link and folders.has_or_is_above(name):
            _remove_leftovers(path, staging, wanted_paths, folders)
        elif not (path.is_file() and not is_link and name in wanted_paths):
            remove(path)


def _is_restored(target: Path, file: BackedUpFile) -> bool:
    """Return whether `target` has the size, mode and hash of `file`."""
    if not target.is_file() or target.stat().st_size != file.size:
        return False
    return target.stat().st_mode & 0o777 == file.mode and files.sha256_of(target) == file.sha256


def _restore_file(repository: BackupRepository, file: BackedUpFile, target: Path) -> None:
    """Write the content of a file to `target`, with its mode, if its hash is right."""
    digest = hashlib.sha256()
    with files.replacing(target, mode=file.mode) as temporary, translate_disk_errors(target):
        handle = files.system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with files.closing(handle):
            for piece in repository.content(file):
                digest.update(piece)
                files.write_all(handle, piece)
        if digest.hexdigest() != file.sha256:
            raise damaged_object(f"In the backup, {file.path}")


def _set_folder_modes(run: BackupRun, staging: Path) -> None:
    """Set the modes of folders, deepest first: a read-only one cannot be changed any more."""
    with translate_disk_errors(staging):
        for path in sorted(run.folders, key=lambda path: path.count("/"), reverse=True):
            folder = staging / path
            if folder.is_dir():
                files.fsync_folder(folder)
                files.set_mode(folder, run.folders[path])


def _bytes_in(staging: Path) -> int:
    """Return the bytes that an interrupted restore has written already."""
    if not staging.is_dir():
        return 0
    return sum(path.lstat().st_size for path in staging.rglob("*") if path.is_file())


def _distinct(stories: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stories))
