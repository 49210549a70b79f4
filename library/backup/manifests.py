"""Records of a backup: its header, its runs, and the files of each run."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from library.backup.paths import is_safe
from library.backup.selection import is_of_library
from library.core import struct_file
from library.core.struct_file import UNDECODABLE
from library.core.workspace import STORY_ID
from library.records.consent import Withdrawal
from library.records.withdrawal_notes import Erasure

FORMAT = "carer-stories backup"
SCHEMA = 1
RUN_ID = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")
LARGEST_RUN = 100_000_000
"""Bytes of a run: some 400,000 files."""
LARGEST_HEADER = 100_000
_UNSIGNED = b'"sha256": ""'
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Path = Annotated[str, Meta(min_length=1, max_length=4096)]
Mode = Annotated[int, Meta(ge=0, le=0o777)]


class InvalidRunError(Exception):
    """Bytes that are no run as it was written; the text says how."""


class _Stamp(msgspec.Struct):
    schema: int = SCHEMA


class RepositoryHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`carer-stories-backup.json`: written first, and never changed."""

    format: str = FORMAT
    schema: int = SCHEMA
    id: str
    """Of this backup, such as `bk-4k7m2q`."""
    made: str
    is_encrypted: bool = msgspec.field(name="sealed")
    check: str = ""
    """Tells the right key from another, where it is sealed."""


class BackedUpFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a run, with the object that holds its content."""

    path: Path
    """Below the workspace, with slashes."""
    sha256: Sha256
    size: Annotated[int, Meta(ge=0)]
    mode: Mode
    disk_stamp: tuple[int, int, int] = msgspec.field(name="seen", default=(0, 0, 0))
    """When it was last written and changed, in nanoseconds, and its number on that disk: while all
    three and the size are the same, a large file is not read again."""


class KnownBackup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A backup that a library knows of: `interviews/backups.json` holds a list of these."""

    id: str
    destination: str = msgspec.field(name="place")
    is_encrypted: bool = msgspec.field(name="sealed")
    started: str = msgspec.field(name="begun")
    """UTC, ISO 8601 with seconds."""
    last: str = ""
    """When its newest run was made, in the same form; empty where that was not noted yet."""


class BackupRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The record of one backup run: its files, and the state of the library's records."""

    schema: int = SCHEMA
    id: str
    made: str
    """UTC, ISO 8601 with seconds."""
    version: str
    """Of this software."""
    library: str
    """Name of the workspace's folder."""
    generation: int
    """Of the database; 0 where it could not be read."""
    log_lines: int
    log_head: str
    first_log_sha256: str = msgspec.field(name="log_begins", default="")
    """SHA-256 of the log’s first line, which tells one library from another."""
    records_problem: str = msgspec.field(name="amiss", default="")
    """What was the matter with the records, in a sentence."""
    folders: dict[Path, Mode]
    files: tuple[BackedUpFile, ...]
    withdrawals: tuple[Withdrawal, ...] = ()
    """All that were recorded or noted by then: they hold over every restore."""
    erasures: tuple[Erasure, ...] = ()
    forgotten: tuple[str, ...] = ()
    """Stories taken out of this run since it was made."""
    known: tuple[KnownBackup, ...] = ()
    """Every backup of the library, as far as it knew."""
    sha256: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""
    """Of the bytes of this record while this field, its last, is empty: a later version may add
    fields, and what an earlier one wrote still holds."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


def schema_of(data: bytes) -> int:
    """Return the schema of a header or run, also of a later version's. Raises `UNDECODABLE`."""
    return msgspec.json.decode(data, type=_Stamp).schema


def encode_run(run: BackupRun) -> bytes:
    """Return `run` as it is written, with its own hash."""
    bare = msgspec.structs.replace(run, sha256="")
    data = struct_file.encode(bare)
    before, _, after = data.rpartition(_UNSIGNED)
    return before + _signature(data) + after


def decode_run(data: bytes, run_id: str) -> BackupRun:
    """Return the run in `data`, checked byte for byte. Raises InvalidRunError."""
    try:
        if schema_of(data) > SCHEMA:
            raise InvalidRunError("a newer version of carer-stories wrote it: install the newest")
        run = msgspec.json.decode(data, type=BackupRun)
    except UNDECODABLE as error:
        raise InvalidRunError(f"it cannot be read ({error})") from error
    before, signed, after = data.rpartition(_signed_as(run.sha256))
    if not signed or _signature(before + _UNSIGNED + after) != signed:
        raise InvalidRunError("it was changed after it was written")
    if run.id != run_id:
        raise InvalidRunError(f"it is the run of {run.id}")
    if not _is_time(run.made):
        raise InvalidRunError(f"it was made at no time that there is: {run.made!r}")
    if unsafe := next((path for path in _paths(run) if not is_safe(path)), None):
        raise InvalidRunError(f"it names a path that is outside a workspace, or unsafe: {unsafe!r}")
    if foreign := next((path for path in _paths(run) if not is_of_library(path)), None):
        raise InvalidRunError(f"it names what is no part of a library: {foreign!r}")
    if nobody := next(
        (story_id for story_id in _stories(run) if not STORY_ID.match(story_id)), None
    ):
        raise InvalidRunError(f"it speaks of a story whose id is none: {nobody!r}")
    if clash := _clash(run):
        raise InvalidRunError(f"two of its paths cannot both be: {clash!r}")
    return run


def _clash(run: BackupRun) -> str:
    """Return a path that is there twice or is a folder as well; nothing where every path can be.

    In this order whatever lies in a folder comes right after it.
    """
    folders = [(path.split("/"), False) for path in run.folders]
    files = [(file.path.split("/"), True) for file in run.files]
    for (steps, is_file), (later, _) in itertools.pairwise(sorted([*folders, *files])):
        if later[: len(steps)] == steps and (is_file or len(later) == len(steps)):
            return "/".join(steps)
    return ""


def _is_time(made: str) -> bool:
    with contextlib.suppress(ValueError):
        return made == f"{datetime.strptime(made, '%Y-%m-%dT%H:%M:%SZ'):%Y-%m-%dT%H:%M:%SZ}"
    return False


def _stories(run: BackupRun) -> list[str]:
    taken_back = [record.story for record in run.withdrawals]
    return [*taken_back, *(record.story for record in run.erasures), *run.forgotten]


def _paths(run: BackupRun) -> list[str]:
    return [*run.folders, *(file.path for file in run.files)]


def _signature(unsigned: bytes) -> bytes:
    return _signed_as(hashlib.sha256(unsigned).hexdigest())


def _signed_as(sha256: str) -> bytes:
    return b'"sha256": "' + sha256.encode() + b'"'
