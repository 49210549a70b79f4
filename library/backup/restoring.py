"""A workspace from a run of a backup, whole before it is in its place.

What was taken back stays so: every withdrawal that any run of the backup knows, or the workspace at
hand, is noted and recorded in what is restored; a story that was erased since is not restored.
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

from library.backup.encryption import damaged_object
from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.paths import require_possible
from library.backup.registry import register_backup, write_known_backups
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar
from library.backup.selection import belongs_to_any
from library.consent.erasure import erase_files, erase_records, finish_erasure
from library.consent.withdrawals import record_all_noted
from library.core import files
from library.core.errors import BadInput, Busy, CarerStoriesError, Damaged, NotFound
from library.core.files import translate_disk_errors
from library.core.lock import held
from library.core.removal import remove
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.records.ledger import Ledger
from library.records.story import Story
from library.records.withdrawal_notes import (
    Erasure,
    read_erasures,
    read_withdrawal_notes,
    write_erasure_note,
    write_withdrawal_note,
)

ACTION = "restore-backup"
_SPARE = 8_000_000


@dataclass(frozen=True)
class RestoreReport:
    """What was put back."""

    workspace: Workspace
    run: BackupRun
    files: int
    size: int
    withdrawn_since: tuple[str, ...]
    """Stories whose withdrawal the run did not know of yet."""
    erased_since: tuple[str, ...]
    """Stories that are in the run and were not put back."""
    amiss: str
    """Why withdrawals are only noted, where the records of the run are not whole."""
    unreadable: tuple[str, ...] = ()
    """Sentences about runs that cannot be read: what they knew of withdrawals is not known here."""


def find_run(vault: BackupRepository, when: str | None) -> BackupRun:
    """The newest run, or the newest whose time begins with `when`. Raises NotFound, Damaged."""
    ids = vault.run_ids()
    if not ids:
        raise NotFound(
            f"The backup in {vault.folder} holds no run: the first one was never finished.",
            "Look in another backup.",
        )
    if when is None:
        return vault.read_run(ids[-1])
    asked = when.replace(":", "").replace(" ", "T")
    found = [asked] if asked in ids else [one for one in ids if one.startswith(asked)]
    if not found or not asked:
        raise NotFound(
            f"There is no run of “{when}” in {vault.folder}.",
            f"There are: {', '.join(ids[-8:])}.",
        )
    return vault.read_run(found[-1])


def restore(
    vault: BackupRepository,
    run: BackupRun,
    folder: Path,
    watch: ProgressBar,
    *,
    at_hand: Workspace | None,
    role: str,
) -> RestoreReport:
    """Put `run` into `folder`, new or empty, which appears when everything is in it.

    Broken off, the same restore goes on from what was put back, which lies in `unfinished` until
    then. Raises BadInput for another folder, NoRoom before anything is written, Damaged for what
    the backup lost or this disk cannot hold, DiskFailed.
    """
    place = _place(vault, folder)
    taken, erased = _taken_back(vault, run, at_hand)
    wanted = [one for one in run.files if not belongs_to_any(one.path, erased)]
    beside = unfinished_folder(place)
    lock = place.with_name(f"{beside.name}.lock")
    with _gone_with(lock, beside), held(lock, busy=_busy(place)), _begun(beside, run):
        files.require_room(beside, sum(one.size for one in wanted) - _held_by(beside) + _SPARE)
        _put_all(vault, run, wanted, beside, watch)
        fresh = {one: erased[one] for one in erased.keys() - _erased_by(run)}
        amiss, known = _settle(Workspace(beside), vault, run, taken, fresh, role)
        _shut_folders(run, beside)
        with translate_disk_errors(place):
            if place.exists():
                files.system.rmdir(place)
            files.system.replace(beside, place)
            files.fsync_folder(place.parent)
    before = {(one.story, one.scope) for one in run.withdrawals}
    return RestoreReport(
        workspace=Workspace(place),
        run=run,
        files=len(wanted),
        size=sum(one.size for one in wanted),
        withdrawn_since=_distinct(
            one.story
            for one in taken
            if one.story in known and (one.story, one.scope) not in before
        ),
        erased_since=tuple(sorted(known & fresh.keys())),
        amiss=amiss,
        unreadable=tuple(one.what for one in vault.readable_runs()[1]),
    )


def _place(vault: BackupRepository, folder: Path) -> Path:
    place = folder.expanduser().resolve()
    if place.is_relative_to(vault.folder.resolve()):
        raise BadInput(f"{place} is part of the backup.", "Name a new folder elsewhere.")
    if place.is_file() or (place.is_dir() and any(place.iterdir())):
        raise BadInput(
            f"{place} already holds something; nothing was changed.", "Name a new or empty folder."
        )
    if not place.parent.is_dir():
        raise NotFound(f"There is no folder {place.parent}.", "Make it, or name another place.")
    return place


def unfinished_folder(place: Path) -> Path:
    """Where a restore into `place` puts everything until it is whole: hidden, beside it."""
    return place.with_name(f".{place.name}.restoring")


@contextlib.contextmanager
def _gone_with(lock: Path, beside: Path) -> Iterator[None]:
    """The lock stays while there is something to go on with."""
    try:
        yield
    finally:
        if not beside.is_dir():
            with contextlib.suppress(OSError):
                files.system.unlink(lock)


@contextlib.contextmanager
def _begun(beside: Path, run: BackupRun) -> Iterator[None]:
    """The folder for what is put back, of this account alone; gone again while nothing is in it.

    Raises BadInput where another account, or a link, has taken its name, and what
    `require_possible` raises.
    """
    with translate_disk_errors(beside, "make"):
        if not (beside.is_symlink() or beside.exists()):
            beside.mkdir(mode=0o700)
        if not _is_own_folder(beside):
            raise BadInput(
                f"{beside} is not a folder that a restore began.",
                "Remove it, or restore elsewhere.",
            )
        beside.chmod(0o700)
    try:
        require_possible([*run.folders, *(one.path for one in run.files)], beside)
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            files.system.rmdir(beside)
        raise


def _is_own_folder(beside: Path) -> bool:
    seen = beside.lstat()
    mine = getattr(os, "getuid", lambda: seen.st_uid)() == seen.st_uid
    return stat.S_ISDIR(seen.st_mode) and mine


def _busy(place: Path) -> Busy:
    return Busy(f"Another restore into {place} is still running.", "Wait until it is done.")


# What was taken back


def _taken_back(
    vault: BackupRepository, run: BackupRun, at_hand: Workspace | None
) -> tuple[tuple[Withdrawal, ...], dict[str, Erasure]]:
    """Every withdrawal and erasure that the backup or the workspace at hand knows of."""
    runs, _ = vault.readable_runs()
    withdrawals = [one for each in [run, *runs] for one in each.withdrawals]
    erasures = [one for each in [run, *runs] for one in each.erasures]
    if at_hand is not None:
        withdrawals += [*read_withdrawal_notes(at_hand), *_recorded(at_hand)]
        erasures += read_erasures(at_hand)
    first = {(one.story, one.scope): one for one in reversed(withdrawals)}
    return tuple(first.values()), {one.story: one for one in erasures}


def _erased_by(run: BackupRun) -> set[str]:
    """Stories of which nothing was left when the run was made."""
    return {one.story for one in run.erasures if one.done}


def _recorded(workspace: Workspace) -> list[Withdrawal]:
    with contextlib.suppress(CarerStoriesError):
        return Ledger(workspace).read().all(Withdrawal)
    return []


def _settle(
    back: Workspace,
    vault: BackupRepository,
    run: BackupRun,
    taken: Iterable[Withdrawal],
    erased: dict[str, Erasure],
    role: str,
) -> tuple[str, set[str]]:
    """Note and record what was taken back, forget what was erased, and log the restore.

    Where the records of the run are not whole, the notes alone must hold; returns why, and the
    stories that are known.
    """
    if not back.interviews.is_dir():
        raise Damaged(
            f"The run {run.id} has no folder interviews: it is no backup of a library.",
            "Choose another run; --list shows them.",
        )
    write_known_backups(back, run.known)
    register_backup(back, vault)
    try:
        known = {one.id for one in Ledger(back).read().all(Story)}
        Ledger(back).verify()
    except CarerStoriesError as error:
        _note(back, taken, erased.values())
        return error.what, {*erased, *(one.story for one in taken)}
    _note(
        back,
        [one for one in taken if one.story in known],
        [one for one in erased.values() if one.story in known],
    )
    record_all_noted(back)
    for story in sorted(known & erased.keys()):
        erase_files(back, story)
        erase_records(back, story, role)
        finish_erasure(back, erased[story])
    with Ledger(back).update(ACTION, "", role):
        pass  # no record changes: the line alone says that it was done
    return "", known


def _note(back: Workspace, taken: Iterable[Withdrawal], erased: Iterable[Erasure]) -> None:
    noted = {(one.story, one.scope) for one in read_withdrawal_notes(back)}
    for one in taken:
        if (one.story, one.scope) not in noted:
            write_withdrawal_note(back, one)
    for erasure in erased:
        write_erasure_note(back, erasure)


# Files


def _put_all(
    vault: BackupRepository,
    run: BackupRun,
    wanted: list[BackedUpFile],
    beside: Path,
    watch: ProgressBar,
) -> None:
    """Every file below `beside`; what an earlier restore put there and is so is kept."""
    folders = _folders(run, wanted)
    with translate_disk_errors(beside, "make"):
        _remove_strays(beside, beside, {one.path for one in wanted}, _Sorted(folders))
        for path in folders:
            (beside / path).mkdir(mode=0o700, parents=True, exist_ok=True)
            (beside / path).chmod(0o700)
    done = 0
    with watch("Restoring", sum(one.size for one in wanted)) as told:
        for kept in wanted:
            target = beside / kept.path
            with translate_disk_errors(target):
                there = _is_there(target, kept)
            if not there:
                _put(vault, kept, target)
            done += kept.size
            told(done)


def _folders(run: BackupRun, wanted: Iterable[BackedUpFile]) -> list[str]:
    """Those of the run that something is in, and those that were empty.

    Not one that held files in the run, of which none is wanted: of an erased story.
    """
    held, kept = _Sorted(one.path for one in run.files), _Sorted(one.path for one in wanted)
    needed = {Path(path).parent.as_posix() for path in kept.paths} - {"."}
    gone = {one for one in run.folders if held.any_in(one) and not kept.any_in(one)}
    return sorted({*run.folders, *needed} - gone)


class _Sorted:
    """Paths among which one looks for those in a folder without going through all."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = sorted(paths)

    def any_in(self, folder: str) -> bool:
        at = bisect.bisect_left(self.paths, f"{folder}/")
        return at < len(self.paths) and self.paths[at].startswith(f"{folder}/")

    def has_or_leads_to(self, folder: str) -> bool:
        at = bisect.bisect_left(self.paths, folder)
        return self.paths[at : at + 1] == [folder] or self.any_in(folder)


def _remove_strays(folder: Path, beside: Path, wanted: Collection[str], folders: _Sorted) -> None:
    """What an earlier restore of another run, or a killed one, left there. No link is followed."""
    folder.chmod(0o700)
    for path in sorted(folder.iterdir()):
        name, is_link = path.relative_to(beside).as_posix(), path.is_symlink()
        if path.is_dir() and not is_link and folders.has_or_leads_to(name):
            _remove_strays(path, beside, wanted, folders)
        elif not (path.is_file() and not is_link and name in wanted):
            remove(path)


def _is_there(target: Path, kept: BackedUpFile) -> bool:
    if not target.is_file() or target.stat().st_size != kept.size:
        return False
    return target.stat().st_mode & 0o777 == kept.mode and files.sha256_of(target) == kept.sha256


def _put(vault: BackupRepository, kept: BackedUpFile, target: Path) -> None:
    """The content of an object under its own name and mode, if it is what was kept."""
    digest = hashlib.sha256()
    with files.replacing(target, mode=kept.mode) as temporary, translate_disk_errors(target):
        handle = files.system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with files.closing(handle):
            for piece in vault.content(kept):
                digest.update(piece)
                files.write_all(handle, piece)
        if digest.hexdigest() != kept.sha256:
            raise damaged_object(f"In the backup, {kept.path}")


def _shut_folders(run: BackupRun, beside: Path) -> None:
    """Folders as they were: deepest first, for one that is read-only takes nothing more."""
    with translate_disk_errors(beside):
        for path in sorted(run.folders, key=lambda one: one.count("/"), reverse=True):
            folder = beside / path
            if folder.is_dir():
                files.fsync_folder(folder)
                files.system.chmod(folder, run.folders[path])


def _held_by(beside: Path) -> int:
    """Bytes an earlier restore has put there already."""
    if not beside.is_dir():
        return 0
    return sum(path.lstat().st_size for path in beside.rglob("*") if path.is_file())


def _distinct(stories: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stories))
