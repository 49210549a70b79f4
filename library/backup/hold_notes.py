"""Notes of legal holds, written into every backup that can be reached, at once.

    DEST/must-be-kept/cs-4k7m2q.lh-7xk2p9.json    in a backup that is not encrypted
                      3f9c0b71….sealed            in one that is

A run knows of the holds that were placed before it; a note says it from the moment of the hold on,
and that it was lifted. Why a story must be kept stands in the private records alone. Sealing, and
who may write a note: `library.backup.notes`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from library.backup.encryption import Cipher
from library.backup.notes import (
    UnreachedBackup,
    note_path,
    notes_cipher,
    reached,
    read_note,
    write_notes,
)
from library.backup.registry import known_backups
from library.backup.repository import BackupRepository, has_own_folder, stat_own_file
from library.consent.safeguarding import all_holds, lifted_holds
from library.core.errors import CarerStoriesError
from library.core.files import translate_disk_errors
from library.core.unforeseen import as_refusal
from library.core.workspace import Workspace
from library.records.safeguarding import LegalHold

HOLDS_FOLDER = "must-be-kept"
"""Name of the folder of a backup in which notes of legal holds lie."""
_PLAIN_NAME = re.compile(r"(cs-[a-z0-9-]{1,37})\.(lh-[a-z0-9-]{1,37})\.json")
_SEALED_NAME = re.compile(r"[0-9a-f]{64}\.sealed")
_TIME = r"\A(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?\Z"
_WHY = "It was placed after this backup was made. Why stands in the records of then alone."


class HoldNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note in a backup: a legal hold stands on a story, or was lifted."""

    id: Annotated[str, Meta(pattern=r"\Alh-[a-z0-9-]{1,37}\Z")]
    story: Annotated[str, Meta(pattern=r"\Acs-[a-z0-9-]{1,37}\Z")]
    on: date
    recorded: Annotated[str, Meta(pattern=_TIME)]
    """UTC, ISO 8601 with seconds."""
    role: Annotated[str, Meta(pattern=r"\A([a-z]{1,20}(-[a-z]{1,20}){0,4})?\Z")]
    lifted: bool = False

    @property
    def folder(self) -> str:
        return HOLDS_FOLDER

    @property
    def stem(self) -> str:
        return f"{self.story}.{self.id}"


def note_holds(workspace: Workspace) -> tuple[UnreachedBackup, ...]:
    """Write into every known backup which holds stand, and which of those it notes were lifted.

    Never raises: the next run there writes the notes. Returns the backups that did not get them.
    """
    unreached: list[UnreachedBackup] = []
    with contextlib.suppress(CarerStoriesError):
        standing, lifted = _notes_of(workspace)
        for backup in known_backups(workspace) if standing or lifted else ():
            try:
                folder, cipher = reached(backup)
                _write(folder, cipher, standing, lifted)
            except CarerStoriesError as error:
                unreached.append(UnreachedBackup(backup, error.what))
            # Whatever another disk, or its driver, comes up with.
            except OSError as error:
                unreached.append(UnreachedBackup(backup, as_refusal(error).what))
    return tuple(unreached)


def note_holds_in(workspace: Workspace, repository: BackupRepository) -> None:
    """Write the notes that this backup lacks. Raises NoRoom, DiskFailed, Damaged."""
    _write(repository.folder, notes_cipher(repository), *_notes_of(workspace))


def noted_holds(repository: BackupRepository) -> tuple[tuple[LegalHold, ...], tuple[str, ...]]:
    """Return the holds that stand by the notes of an open backup, and sentences about bad notes.

    Raises as `read_hold_notes`.
    """
    return read_hold_notes(repository.folder, notes_cipher(repository))


def read_hold_notes(backup: Path, cipher: Cipher) -> tuple[tuple[LegalHold, ...], tuple[str, ...]]:
    """Return what the notes in the backup at a folder say, and sentences about bad ones.

    Raises DiskFailed, and Damaged for a folder that leads elsewhere.
    """
    folder = backup / HOLDS_FOLDER
    if not has_own_folder(folder):
        return (), ()
    with translate_disk_errors(folder, "read"):
        names = sorted(path.name for path in folder.iterdir())
    pattern = _SEALED_NAME if cipher.is_encrypted else _PLAIN_NAME
    holds, problems = [], []
    for name in names:
        if not (match := pattern.fullmatch(name)):
            continue
        note = read_note(folder / name, cipher, HoldNote)
        if note is None or note_path(backup, cipher, note).name != name:
            problems.append(f"The note {name} in {folder} is not as it was written.")
            # Its name still says whose it is, and what is not known to be free is kept.
            note = None if cipher.is_encrypted else _by_name(match[1], match[2])
        if note and not note.lifted:
            holds.append(
                LegalHold(
                    id=note.id,
                    story=note.story,
                    recorded=note.recorded or "1970-01-01T00:00:00Z",
                    on=note.on,
                    role=note.role,
                    reason=_WHY,
                )
            )
    return tuple(holds), tuple(problems)


def _notes_of(workspace: Workspace) -> tuple[list[HoldNote], list[HoldNote]]:
    """Return a note for each hold that stands, and for each that was lifted."""
    standing = [_note_of(hold, lifted=False) for hold in all_holds(workspace)]
    return standing, [_note_of(hold, lifted=True) for hold in lifted_holds(workspace)]


def _note_of(hold: LegalHold, *, lifted: bool) -> HoldNote:
    return HoldNote(
        id=hold.id,
        story=hold.story,
        on=hold.on,
        recorded=hold.recorded,
        role=hold.role,
        lifted=lifted,
    )


def _write(
    folder: Path, cipher: Cipher, standing: Collection[HoldNote], lifted: Collection[HoldNote]
) -> None:
    write_notes(folder, cipher, [*standing, *_noted_there(folder, cipher, lifted)])


def _noted_there(folder: Path, cipher: Cipher, lifted: Collection[HoldNote]) -> Iterator[HoldNote]:
    # One that no note speaks of needs none that says it is over.
    if has_own_folder(folder / HOLDS_FOLDER):
        yield from (note for note in lifted if stat_own_file(note_path(folder, cipher, note)))


def _by_name(story_id: str, hold_id: str) -> HoldNote:
    return HoldNote(id=hold_id, story=story_id, on=date(1970, 1, 1), recorded="", role="")
