"""Notes of what was taken back, written into every backup that can be reached, at once.

    DEST/taken-back/cs-4k7m2q.all.withdrawn.json    in a backup that is not encrypted
                    3f9c0b71….sealed                in one that is

A run knows of what was taken back before it; a note says it from the moment of the withdrawal on,
whatever run is restored. In an encrypted backup a note is sealed with a key of its own, derived
from the backup's key: the library keeps that one, so that a withdrawal needs no key file. It opens
nothing but notes, which say no more than the library itself. Nobody without it can write a note,
change one or learn what it says.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar, get_args

import msgspec
from msgspec import Meta

from library.backup.encryption import Cipher, DecryptionError, Encrypted, Unencrypted
from library.backup.manifests import KnownBackup
from library.backup.opening import read_header
from library.backup.registry import known_backups
from library.backup.repository import BackupRepository, has_own_folder, stat_own_file
from library.core import files, struct_file
from library.core.errors import CarerStoriesError, Damaged
from library.core.files import translate_disk_errors, write_atomic
from library.core.struct_file import UNDECODABLE
from library.core.unforeseen import as_refusal
from library.core.workspace import Workspace
from library.records.consent import Scope, Withdrawal
from library.records.ledger import Ledger
from library.records.story import new_id
from library.records.withdrawal_notes import Erasure, read_erasures, read_withdrawal_notes

NOTES_FOLDER = "taken-back"
"""Name of the folder of a backup in which its notes lie."""
_PLAIN_NAME = re.compile(
    rf"(cs-[a-z0-9-]{{1,37}})\.({'|'.join(get_args(Scope))})\.(withdrawn|erased)\.json"
)
_SEALED_NAME = re.compile(r"[0-9a-f]{64}\.sealed")
_MAX_NOTE_BYTES = 10_000
"""Far more bytes than any note has: a longer file is not read."""
Kind = Literal["withdrawn", "erased"]


class NoteInBackup(Protocol):
    """A note of any kind: which folder of a backup it lies in, its name without an ending."""

    @property
    def folder(self) -> str: ...

    @property
    def stem(self) -> str: ...


N = TypeVar("N")


class TakenBackNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note in a backup: a story, or showing it to `scope` and wider, was taken back."""

    kind: Kind
    story: Annotated[str, Meta(pattern=r"\Acs-[a-z0-9-]{1,37}\Z")]
    scope: Scope
    on: date
    recorded: Annotated[str, Meta(pattern=r"\A(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?\Z")]
    """UTC, ISO 8601 with seconds; empty where it is not known."""
    asked_by: Annotated[str, Meta(pattern=r"\A[a-z]{1,20}(-[a-z]{1,20}){0,4}\Z")]
    """A role, never a name."""
    id: Annotated[str, Meta(pattern=r"\A(wi-[a-z0-9-]{1,37})?\Z")] = ""
    """Of the withdrawal's record; empty for an erasure."""

    @property
    def folder(self) -> str:
        return NOTES_FOLDER

    @property
    def stem(self) -> str:
        return f"{self.story}.{self.scope}.{self.kind}"


@dataclass(frozen=True)
class UnreachedBackup:
    """A backup that did not get a note, and why, as the end of a sentence."""

    backup: KnownBackup
    why: str


@dataclass(frozen=True)
class ReadNotes:
    """The notes of one backup, and sentences about those that cannot be relied on."""

    notes: tuple[TakenBackNote, ...] = ()
    problems: tuple[str, ...] = ()

    def withdrawals(self) -> list[Withdrawal]:
        """Return what the notes say as records; an erasure is a withdrawal of everything.

        Those that have a record of their own come first.
        """
        return [
            Withdrawal(
                id=note.id or new_id("wi"),
                story=note.story,
                recorded=note.recorded or "1970-01-01T00:00:00Z",
                on=note.on,
                asked_by=note.asked_by,
                scope=note.scope,
            )
            for note in sorted(self.notes, key=lambda note: not note.id)
        ]

    def erasures(self) -> list[Erasure]:
        return [
            Erasure(story=note.story, asked=note.recorded, asked_by=note.asked_by)
            for note in self.notes
            if note.kind == "erased"
        ]


def note_taken_back(workspace: Workspace) -> tuple[UnreachedBackup, ...]:
    """Write into every known backup what was taken back and is not noted there yet.

    Never raises: a disk in a drawer is no reason to stop, and the next run there writes the notes.
    Returns the backups that did not get all of them.
    """
    try:
        known = known_backups(workspace)
    # The list is damaged: whoever lists the backups says so.
    except CarerStoriesError:
        return ()
    notes = notes_of(workspace)
    unreached = []
    for backup in known if notes else ():
        try:
            folder, cipher = reached(backup)
            write_notes(folder, cipher, notes)
        except CarerStoriesError as error:
            unreached.append(UnreachedBackup(backup, error.what))
        # Whatever another disk, or its driver, comes up with.
        except OSError as error:
            unreached.append(UnreachedBackup(backup, as_refusal(error).what))
    return tuple(unreached)


def note_in(workspace: Workspace, repository: BackupRepository) -> None:
    """Write the notes that this backup lacks. Raises NoRoom, DiskFailed, Damaged."""
    write_notes(repository.folder, notes_cipher(repository), notes_of(workspace))


def notes_of(workspace: Workspace) -> tuple[TakenBackNote, ...]:
    """Return a note for everything that is withdrawn or to be erased, as far as can be read."""
    withdrawals: list[Withdrawal] = []
    erasures: tuple[Erasure, ...] = ()
    with contextlib.suppress(CarerStoriesError):
        withdrawals += read_withdrawal_notes(workspace)
        erasures = read_erasures(workspace)
    with contextlib.suppress(CarerStoriesError):
        withdrawals += Ledger(workspace).read().all(Withdrawal)
    notes = [
        TakenBackNote(
            kind="withdrawn",
            story=item.story,
            scope=item.scope,
            on=item.on,
            recorded=item.recorded,
            asked_by=item.asked_by,
            id=item.id,
        )
        for item in withdrawals
    ]
    notes += [
        TakenBackNote(
            kind="erased",
            story=item.story,
            scope="all",
            on=_day_of(item.asked),
            recorded=item.asked,
            asked_by=item.asked_by,
        )
        for item in erasures
    ]
    # Reversed, so that of the same withdrawal the first one wins: it was noted first.
    return tuple({note.stem: note for note in reversed(notes)}.values())


def _day_of(time: str) -> date:
    with contextlib.suppress(ValueError):
        return date.fromisoformat(time[:10])
    return date(1970, 1, 1)


def notes_cipher(repository: BackupRepository) -> Cipher:
    """Return what seals the notes of an open backup."""
    cipher = repository.cipher
    if isinstance(cipher, Unencrypted):
        return cipher
    return Encrypted(bytes.fromhex(cipher.notes_key), repository.header.id)


def reached(backup: KnownBackup) -> tuple[Path, Cipher]:
    """Return the folder of a backup and what seals its notes. Raises Damaged, NotFound, …"""
    folder = Path(backup.destination)
    header = read_header(folder)
    # Another disk may be plugged in at the same place.
    if header.id != backup.id or header.is_encrypted != backup.is_encrypted:
        raise Damaged(f"Another backup lies in {folder}.")
    if not backup.is_encrypted:
        return folder, Unencrypted()
    if not backup.note_key:
        raise Damaged("No run was made there since notes are written: only its key can begin that.")
    return folder, Encrypted(bytes.fromhex(backup.note_key), backup.id)


def write_notes(folder: Path, cipher: Cipher, notes: Iterable[NoteInBackup]) -> None:
    """Write the notes that the backup at `folder` lacks, each into the folder of its kind.

    Raises NoRoom, DiskFailed, and Damaged for a folder that leads elsewhere.
    """
    for note in notes:
        path = note_path(folder, cipher, note)
        # A folder or file that leads elsewhere is refused: what is there is no part of the backup.
        if not has_own_folder(path.parent):
            with translate_disk_errors(path.parent, "make"):
                files.make_folder(path.parent)
        if stat_own_file(path) is not None and read_note(path, cipher, type(note)) == note:
            continue
        for leftover in files.leftovers_of(path):
            with translate_disk_errors(leftover, "remove"):
                files.system.unlink(leftover)
        data = b"".join(cipher.encrypt([struct_file.encode(note)], f"note {path.name}"))
        write_atomic(path, data)


def note_path(folder: Path, cipher: Cipher, note: NoteInBackup) -> Path:
    """Return where a note lies in the backup at `folder`."""
    return folder / note.folder / _name_of(note, cipher)


def _name_of(note: NoteInBackup, cipher: Cipher) -> str:
    if not cipher.is_encrypted:
        return f"{note.stem}.json"
    return f"{cipher.name_of(hashlib.sha256(note.stem.encode()).hexdigest())}.sealed"


def read_notes_of_known(workspace: Workspace) -> tuple[dict[str, ReadNotes], list[UnreachedBackup]]:
    """Return the notes of every known backup by its id, and the backups that cannot be reached.

    Raises DiskFailed and Damaged for the list of backups.
    """
    read: dict[str, ReadNotes] = {}
    unreached = []
    for backup in known_backups(workspace):
        try:
            folder, cipher = reached(backup)
            read[backup.id] = read_all_notes(folder, cipher)
        except CarerStoriesError as error:
            unreached.append(UnreachedBackup(backup, error.what))
    return read, unreached


def read_notes(repository: BackupRepository) -> ReadNotes:
    """Return the notes of an open backup. Raises DiskFailed, and Damaged for a linked folder."""
    return read_all_notes(repository.folder, notes_cipher(repository))


def read_all_notes(folder: Path, cipher: Cipher) -> ReadNotes:
    """Return the notes in the backup at `folder`. Raises as `read_notes`."""
    if not has_own_folder(folder / NOTES_FOLDER):
        return ReadNotes()
    pattern = _SEALED_NAME if cipher.is_encrypted else _PLAIN_NAME
    with translate_disk_errors(folder / NOTES_FOLDER, "read"):
        names = sorted(path.name for path in (folder / NOTES_FOLDER).iterdir())
    notes, problems = [], []
    for name in names:
        if not (match := pattern.fullmatch(name)):
            continue
        note = read_note(folder / NOTES_FOLDER / name, cipher, TakenBackNote)
        if note is None or _name_of(note, cipher) != name:
            problems.append(f"The note {name} in {folder / NOTES_FOLDER} is not as it was written.")
            # Its name still says whose it is: as in the library, it then takes back everything.
            note = None if cipher.is_encrypted else _by_name(match[1])
        if note:
            notes.append(note)
    return ReadNotes(tuple(notes), tuple(problems))


def _by_name(story_id: str) -> TakenBackNote:
    # Never as an erasure, which cannot be undone: it is kept from everybody, and that is enough.
    return TakenBackNote(
        kind="withdrawn",
        story=story_id,
        scope="all",
        on=date(1970, 1, 1),
        recorded="",
        asked_by="contributor",
    )


def read_note(path: Path, cipher: Cipher, kind: type[N]) -> N | None:
    """Return a note, or None for one that cannot be relied on."""
    try:
        status = stat_own_file(path)
        if status is None or status.st_size > _MAX_NOTE_BYTES:
            return None
        with translate_disk_errors(path, "read"):
            data = b"".join(cipher.decrypt([path.read_bytes()], f"note {path.name}"))
        return msgspec.json.decode(data, type=kind)
    except (CarerStoriesError, DecryptionError, *UNDECODABLE):
        return None
