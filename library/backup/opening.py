"""Check a backup's destination, open the backup with its key, or create a new one."""

from __future__ import annotations

from pathlib import Path

import msgspec

from library.backup.encryption import Cipher, Encrypted, Unencrypted, wrong_key
from library.backup.manifests import FORMAT, MAX_HEADER_BYTES, SCHEMA, RepositoryHeader, schema_of
from library.backup.repository import (
    FOLDER_MODE,
    OBJECTS_FOLDER,
    RUNS_FOLDER,
    BackupRepository,
    stat_own_file,
)
from library.core import files, struct_file
from library.core.clock import now
from library.core.cloud_folders import cloud_service_of
from library.core.errors import BadInput, Damaged, NotFound
from library.core.files import real_path, translate_disk_errors
from library.core.sanitise import shell_quoted
from library.core.struct_file import UNDECODABLE, explain
from library.core.workspace import Workspace
from library.records.story import new_id


def open_repository(folder: Path, key: bytes | None) -> BackupRepository:
    """Open an existing backup. Raises NotFound, Damaged, or BadInput for another key or none."""
    head = read_header(folder)
    repository = BackupRepository(folder, head, _sealer(folder, head, key))
    repository.require_own_folders()
    return repository


def read_header(folder: Path) -> RepositoryHeader:
    """Return the header of the backup in `folder`, which needs no key. Raises as above."""
    path = folder / HEADER_FILE
    status = stat_own_file(path)
    if status is None:
        raise NotFound(
            f"There is no backup in {folder}.",
            f"Name the folder in which {HEADER_FILE} lies, or make one: "
            f"carer-stories backup {shell_quoted(folder)}",
        )
    # Before it is read: a backup may come from somebody else.
    if status.st_size > MAX_HEADER_BYTES:
        raise _no_backup(path, f"no head of a backup has {status.st_size:,} bytes")
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    try:
        # First: strict decoding would only complain about fields that are not known.
        if (schema := schema_of(data)) > SCHEMA:
            raise BadInput(
                f"{path} is of a newer version of carer-stories (schema {schema}; this one has "
                f"{SCHEMA}).",
                "Install the newest carer-stories, then run this again; nothing was changed.",
            )
        head = msgspec.json.decode(data, type=RepositoryHeader)
    except UNDECODABLE as error:
        raise _no_backup(path, explain(error)) from None
    if head.format != FORMAT or head.schema != SCHEMA:
        raise _no_backup(path, "it is no head of a backup")
    return head


def _sealer(folder: Path, head: RepositoryHeader, key: bytes | None) -> Cipher:
    if not head.is_encrypted:
        if key is not None:
            raise BadInput(
                f"The backup in {folder} is not encrypted, and cannot be encrypted later.",
                "Leave --key-file out, or begin an encrypted one in another folder.",
            )
        return Unencrypted()
    if key is None:
        raise BadInput(f"The backup in {folder} is encrypted.", "Name its key: --key-file FILE")
    sealer = Encrypted(key, head.id)
    if sealer.check() != head.check:
        raise wrong_key(folder)
    return sealer


def create_repository(folder: Path, key: bytes | None) -> BackupRepository:
    """Create an empty backup in a checked destination. Raises NoRoom, DiskFailed."""
    backup_id = new_id("bk")
    sealer = Encrypted(key, backup_id) if key is not None else None
    head = RepositoryHeader(
        id=backup_id,
        made=now(),
        is_encrypted=sealer is not None,
        check=sealer.check() if sealer else "",
    )
    make_folders(folder)
    struct_file.save(folder / HEADER_FILE, head)
    return BackupRepository(folder, head, sealer or Unencrypted())


def make_folders(folder: Path) -> None:
    """Make the folders of a backup, sure on the disk. Raises NoRoom, DiskFailed."""
    with translate_disk_errors(folder, "make"):
        for path in (folder, folder / OBJECTS_FOLDER, folder / RUNS_FOLDER):
            # They may be there: DEST is a folder that somebody made.
            path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        files.fsync_folder(folder)
        files.fsync_folder(folder.parent)


def is_begun(folder: Path) -> bool:
    """Return whether a first run made the folders of a backup there, and was then broken off."""
    folders = (folder / OBJECTS_FOLDER, folder / RUNS_FOLDER)
    return not (folder / HEADER_FILE).exists() and all(path.is_dir() for path in folders)


def _no_backup(path: Path, how: str) -> Damaged:
    return Damaged(
        f"{path} is not as it was written: {how}.",
        "Take it from another copy of this backup, or begin a backup in another folder.",
    )


HEADER_FILE = "carer-stories-backup.json"


def require_destination(workspace: Workspace, typed: Path, *, synced: bool = False) -> Path:
    """Return the folder of a backup. Raises BadInput or NotFound, naming a better destination."""
    # A link may lead into the library, or to a service that copies folders.
    destination = real_path(typed)
    # It would be lost with the library, and would save itself.
    if destination.is_relative_to(workspace.root.resolve()):
        raise BadInput(
            f"A backup must not lie in {destination}: it is part of the library it is to save.",
            "Name a folder on another disk: carer-stories backup /media/backup/Carer-Stories",
        )
    if not synced and (service := cloud_service_of(destination)):
        raise BadInput(
            f"{destination} seems to be copied to other computers by itself (“{service}”): "
            "recordings would leave the house.",
            "Name a folder that is not. If your trust has agreed to this place, encrypt the backup "
            "(--key-file) and add --synced.",
        )
    if destination.is_mount():
        raise BadInput(
            f"{destination} is the whole disk.",
            f"Name a folder on it: {destination / 'Carer-Stories-backup'}",
        )
    if not destination.is_dir() and destination.exists():
        raise BadInput(f"{destination} is not a folder.", "Name a folder.")
    if not destination.parent.is_dir():
        raise NotFound(
            f"There is no folder {destination.parent}.", "Plug the disk in, and run this again."
        )
    if (
        destination.is_dir()
        and not (destination / HEADER_FILE).exists()
        and any(_things_in(destination))
    ):
        raise BadInput(
            f"{destination} already holds something else; nothing was changed.",
            "Name a new or empty folder.",
        )
    return destination


def on_same_disk(workspace: Workspace, destination: Path) -> bool:
    """Return True where one broken disk would take library and backup."""
    return workspace.root.stat().st_dev == destination.stat().st_dev


def _things_in(destination: Path) -> list[Path]:
    """Return what lies there, without the leftovers of a first run that was killed.

    Those are the lock, temporary files, and the folders for objects and runs, still empty.
    """
    return [
        path
        for path in destination.iterdir()
        if not path.name.startswith(".")
        and not (
            path.name in (OBJECTS_FOLDER, RUNS_FOLDER) and path.is_dir() and not any(path.iterdir())
        )
    ]
