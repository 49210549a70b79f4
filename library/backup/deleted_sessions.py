"""Recordings that were deleted at the station before anybody kept them: a restore leaves them out.

    DEST/deleted-recordings/cs-4k7m2q.se-8xk3vp.json    in a backup that is not encrypted
                            3f9c0b71….sealed            in one that is

A run may have been made while the recording still lay in the library. That it was deleted since is
known from its receipt, here or in a later run, and from the note that is written into every backup
that can be reached, at once. Sealing, and who may write a note: `library.backup.notes`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from library.backup.encryption import Cipher
from library.backup.manifests import BackedUpFile
from library.backup.notes import note_path, notes_cipher, reached, read_note, write_notes
from library.backup.registry import known_backups
from library.backup.repository import BackupRepository, has_own_folder
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.files import translate_disk_errors
from library.core.workspace import Workspace

DELETIONS_FOLDER = "deleted-recordings"
"""Name of the folder of a backup in which these notes lie."""
_STORY, _SESSION = r"cs-[a-z0-9-]{1,37}", r"se-[a-z0-9]{1,37}"
_PLAIN_NAME = re.compile(rf"({_STORY})\.({_SESSION})\.json")
_SEALED_NAME = re.compile(r"[0-9a-f]{64}\.sealed")
_RECEIPT_NAME = re.compile(rf"deleted-({_STORY})-({_SESSION})\.json")


class DeletedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A note, or the part of a receipt, that says which recording was deleted.

    A receipt has more fields (`capture.sessions.finalise`), which are none of a backup's business.
    """

    session: Annotated[str, Meta(pattern=rf"\A{_SESSION}\Z")]
    story: Annotated[str, Meta(pattern=rf"\A{_STORY}\Z")]
    deleted: str = ""
    """UTC, ISO 8601 with seconds; empty where it is not known."""

    @property
    def folder(self) -> str:
        return DELETIONS_FOLDER

    @property
    def stem(self) -> str:
        return f"{self.story}.{self.session}"

    @property
    def files(self) -> str:
        """The start of the paths of its files in a workspace."""
        return f"interviews/stories/{self.story}/sessions/{self.session}/"


def receipts_of_deletions(workspace: Workspace) -> Iterator[DeletedSession]:
    """Yield the recordings of which the library has a receipt, as far as its folder can be read."""
    with contextlib.suppress(OSError):
        for path in sorted(workspace.receipts.iterdir()):
            if named := _by_name(_RECEIPT_NAME, path.name):
                # A name says all that counts, also of a receipt that cannot be read.
                yield struct_file.load_if_readable(path, DeletedSession) or named


def note_deletions(workspace: Workspace) -> None:
    """Write into every backup that can be reached which recordings were deleted.

    Never raises: a disk in a drawer is no reason to stop, and the next run there writes the notes.
    """
    deleted = list(receipts_of_deletions(workspace))
    with contextlib.suppress(CarerStoriesError):
        for backup in known_backups(workspace) if deleted else ():
            with contextlib.suppress(CarerStoriesError, OSError):
                folder, cipher = reached(backup)
                write_notes(folder, cipher, deleted)


def note_deletions_in(workspace: Workspace, repository: BackupRepository) -> None:
    """Write the notes that this backup lacks. Raises NoRoom, DiskFailed, Damaged."""
    deleted = receipts_of_deletions(workspace)
    write_notes(repository.folder, notes_cipher(repository), deleted)


def deleted_sessions(
    repository: BackupRepository, current: Workspace | None
) -> tuple[DeletedSession, ...]:
    """Return every deleted recording that the backup or the current workspace knows of.

    Raises DiskFailed, and Damaged for a folder of notes that leads elsewhere.
    """
    runs, _ = repository.readable_runs()
    receipts = (Path(file.path).name for run in runs for file in run.files if _is_receipt(file))
    in_runs = (_by_name(_RECEIPT_NAME, name) for name in receipts)
    deleted = [each for each in in_runs if each]
    deleted += receipts_of_deletions(current) if current is not None else ()
    deleted += read_deletions(repository.folder, notes_cipher(repository))
    return tuple({each.stem: each for each in deleted}.values())


def without_deleted(
    files: Iterable[BackedUpFile], deleted: Collection[DeletedSession]
) -> tuple[list[BackedUpFile], tuple[DeletedSession, ...]]:
    """Return the files that are of no deleted recording, and the recordings that had some."""
    wanted, left_out = [], {}
    for file in files:
        of = next((each for each in deleted if file.path.startswith(each.files)), None)
        if of is None:
            wanted.append(file)
        else:
            left_out[of.stem] = of
    return wanted, tuple(left_out.values())


def write_receipts(restored: Workspace, deleted: Iterable[DeletedSession]) -> None:
    """Give a restored library the receipts of what was left out. Raises NoRoom, DiskFailed."""
    for each in deleted:
        path = restored.receipts / f"deleted-{each.story}-{each.session}.json"
        if not path.exists():
            with translate_disk_errors(path):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            struct_file.save(path, each)


def _is_receipt(file: BackedUpFile) -> bool:
    return file.path.startswith("interviews/receipts/deleted-")


def _by_name(pattern: re.Pattern[str], name: str) -> DeletedSession | None:
    match = pattern.fullmatch(name)
    return DeletedSession(story=match[1], session=match[2]) if match else None


def read_deletions(backup: Path, cipher: Cipher) -> Iterator[DeletedSession]:
    """Yield what the notes in the backup at a folder say.

    Raises DiskFailed, and Damaged for a folder that leads elsewhere.
    """
    folder = backup / DELETIONS_FOLDER
    if not has_own_folder(folder):
        return
    with translate_disk_errors(folder, "read"):
        names = sorted(path.name for path in folder.iterdir())
    pattern = _SEALED_NAME if cipher.is_encrypted else _PLAIN_NAME
    for name in filter(pattern.fullmatch, names):
        note = read_note(folder / name, cipher, DeletedSession)
        if note is not None and note_path(backup, cipher, note).name == name:
            yield note
        elif not cipher.is_encrypted and (named := _by_name(_PLAIN_NAME, name)):
            yield named  # it is not as it was written: its name still says which it is
