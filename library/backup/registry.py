"""The backups a library knows of (`interviews/backups.json`), and what is in none of them yet.

It says where copies of recordings lie, so that a withdrawal can name those places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from library.backup.manifests import KnownBackup
from library.backup.opening import HEADER_FILE
from library.backup.repository import BackupRepository
from library.core import files, lock, struct_file
from library.core.clock import now
from library.core.counting import counted
from library.core.days import day_in_words
from library.core.errors import DiskFailed, NoRoom, NotFound
from library.core.files import leftovers_of, translate_disk_errors
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace
from library.records import audit_log


def known_backups(workspace: Workspace) -> tuple[KnownBackup, ...]:
    """Return every backup of the library, oldest first. Raises DiskFailed, Damaged."""
    known = struct_file.load_if_present(
        workspace.backups,
        tuple[KnownBackup, ...],
        next_step="Move it away; the next backup writes it anew. Note the places it names.",
    )
    return known or ()


def require_not_lost(workspace: Workspace, destination: Path) -> None:
    """Raise NotFound where a backup of the library should be in `destination`, and none is there.

    Begun there anew, it would lie on another disk, or in the folder that a pulled one left.
    """
    known = next((b for b in known_backups(workspace) if b.destination == str(destination)), None)
    if known is None or (destination / HEADER_FILE).exists():
        return
    day = day_in_words(datetime.fromisoformat(known.last or known.started).astimezone().date())
    raise NotFound(
        f"The backup that was made in {destination} ({day}) is not there; nothing was changed. It "
        "may be on another disk.",
        "Plug the right disk in, and run the same command again. Where that backup is lost, begin "
        f"another in its place: add --anew{' --new-key' if known.is_encrypted else ''}.",
    )


def register_backup(workspace: Workspace, repository: BackupRepository) -> tuple[KnownBackup, ...]:
    """Add a backup to the list before anything is copied. Raises DiskFailed, Damaged, NoRoom."""
    before = known_backups(workspace)
    existing = next((backup for backup in before if backup.id == repository.header.id), None)
    destination = str(repository.folder)
    note_key = repository.cipher.notes_key
    if existing and (existing.destination, existing.note_key) == (destination, note_key):
        return before
    updated = KnownBackup(
        id=repository.header.id,
        destination=destination,
        is_encrypted=repository.header.is_encrypted,
        started=existing.started if existing else now(),
        last=existing.last if existing else "",
        note_key=note_key,
    )
    # Another backup at the same place is gone: this one has taken it.
    after = tuple(
        backup for backup in before if updated.id != backup.id and destination != backup.destination
    )
    return write_known_backups(workspace, [*after, updated])


def note_newest_run(workspace: Workspace, repository: BackupRepository, made: str) -> None:
    """Note when a run was made. It stands without this: a disk that refuses it is only told of."""
    try:
        known = known_backups(workspace)
        updated = (
            msgspec.structs.replace(backup, last=made)
            if backup.id == repository.header.id
            else backup
            for backup in known
        )
        write_known_backups(workspace, updated)
    except (NoRoom, DiskFailed) as error:
        lock.caller.warn(
            f"{error.what} The backup is made all the same; until the next one, it is asked for as "
            "if it were not. Check the disk."
        )


def write_known_backups(
    workspace: Workspace, known: Iterable[KnownBackup]
) -> tuple[KnownBackup, ...]:
    """Write the list of backups. Raises NoRoom, DiskFailed."""
    listed = tuple(known)
    for leftover in leftovers_of(workspace.backups):
        with translate_disk_errors(leftover, "remove"):
            files.system.unlink(leftover)
    struct_file.save(workspace.backups, listed)
    return listed


RECORDING_WAITS = timedelta(days=1)
"""A recording can never be made again: the evening after it is late enough."""
CHANGES_WAIT = timedelta(days=7)
_IMPORT_ACTION = "import"
"""Action of the log for a recording that was brought in, or kept at the station."""


@dataclass(frozen=True)
class BackupStatus:
    """Recordings and changes since the newest run of any backup."""

    last: str
    """Time that run was made: UTC, ISO 8601 with seconds; empty where there was none."""
    destination: str
    """Of that backup, as it was called then."""
    is_encrypted: bool
    recordings: int
    changes: int
    """Lines of the log, recordings among them."""
    overdue: bool

    @property
    def advice(self) -> str:
        """The command that saves what is in no backup yet: encrypted, unless that one is not."""
        folder = shell_quoted(self.destination) if self.last else "/media/backup/Carer-Stories"
        key = " --key-file ~/carer-stories.key" if self.is_encrypted else ""
        new = "" if self.last else " --new-key"
        return f"Save it: carer-stories backup {folder}{key}{new} (docs/it/backup.md)"

    @property
    def sentence(self) -> str:
        """The status in one sentence, without the names of stories."""
        since = counted(self.recordings, "recording") if self.recordings else ""
        if not since and self.changes:
            since = counted(self.changes, "change")
        if not self.last:
            holds = f"; {since} would be lost with it" if since else ""
            return f"No backup of this library was made yet{holds}."
        at = datetime.fromisoformat(self.last).astimezone()
        day = day_in_words(at.date())
        news = f"; since then {since}" if since else "; nothing was decided or recorded since"
        return f"The last backup was made on {day} in {self.destination}{news}."


def backup_status(workspace: Workspace) -> BackupStatus:
    """Return what is in no backup yet. Raises DiskFailed, and Damaged for the log or the list."""
    runs = [
        (backup.last or backup.started, backup.destination, backup.is_encrypted)
        for backup in known_backups(workspace)
    ]
    last, destination, is_encrypted = max(runs, default=("", "", True))
    lines = [line for line in audit_log.entries(workspace.audit_log) if line.at > last]
    recordings = [line for line in lines if line.action == _IMPORT_ACTION]
    return BackupStatus(
        last=last,
        destination=destination,
        is_encrypted=is_encrypted,
        recordings=len(recordings),
        changes=len(lines),
        overdue=_waits(recordings, RECORDING_WAITS) or _waits(lines, CHANGES_WAIT),
    )


def _waits(lines: list[audit_log.AuditEntry], patience: timedelta) -> bool:
    """Return True where the oldest of `lines` is older than `patience`."""
    if not lines:
        return False
    first = min(line.at for line in lines)
    return datetime.now(UTC) - datetime.fromisoformat(first) > patience
