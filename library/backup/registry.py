"""The backups a library knows of: `interviews/backups.json`.

It says where copies of recordings lie, so that a withdrawal can name those places.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from library.backup.manifests import KnownBackup
from library.backup.repository import BackupRepository
from library.core import files, lock, struct_file
from library.core.clock import now
from library.core.errors import DiskFailed, NoRoom
from library.core.files import leftovers_of, translate_disk_errors
from library.core.workspace import Workspace


def known_backups(workspace: Workspace) -> tuple[KnownBackup, ...]:
    """Every backup that was made of the library, oldest first. Raises DiskFailed, Damaged."""
    known = struct_file.load_if_present(
        workspace.backups,
        tuple[KnownBackup, ...],
        next_step="Move it away; the next backup writes it anew. Note the places it names.",
    )
    return known or ()


def register_backup(workspace: Workspace, vault: BackupRepository) -> tuple[KnownBackup, ...]:
    """Enter a backup before anything is copied into it. Raises as above, and NoRoom."""
    before = known_backups(workspace)
    mine = next((one for one in before if one.id == vault.head.id), None)
    place = str(vault.folder)
    if mine and mine.place == place:
        return before
    entry = KnownBackup(
        id=vault.head.id,
        place=place,
        sealed=vault.head.sealed,
        begun=mine.begun if mine else now(),
        last=mine.last if mine else "",
    )
    after = tuple(one for one in before if entry.id != one.id and place != one.place)
    return write_known_backups(workspace, [*after, entry])


def note_newest_run(workspace: Workspace, vault: BackupRepository, made: str) -> None:
    """Note when a run was made. It stands without this: a disk that refuses it is only told of."""
    try:
        known = known_backups(workspace)
        noted = (
            msgspec.structs.replace(one, last=made) if one.id == vault.head.id else one
            for one in known
        )
        write_known_backups(workspace, noted)
    except (NoRoom, DiskFailed) as error:
        lock.caller.warn(
            f"{error.what} The backup is made all the same; until the next one, it is asked for as "
            "if it were not. Check the disk."
        )


def write_known_backups(
    workspace: Workspace, known: Iterable[KnownBackup]
) -> tuple[KnownBackup, ...]:
    """Put the list in place. Raises NoRoom, DiskFailed."""
    listed = tuple(known)
    for leftover in leftovers_of(workspace.backups):
        with translate_disk_errors(leftover, "remove"):
            files.system.unlink(leftover)
    struct_file.save(workspace.backups, listed)
    return listed
