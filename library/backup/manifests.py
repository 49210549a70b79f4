"""Records of a backup: its header, its runs, and the files of each run."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from library.backup.paths import is_safe
from library.backup.selection import is_of_library
from library.core import struct_file
from library.core.struct_file import UNDECODABLE, explain
from library.core.workspace import STORY_ID
from library.records.consent import Withdrawal
from library.records.withdrawal_notes import Erasure

FORMAT = "carer-stories backup"
SCHEMA = 1
RUN_SCHEMA = 2
"""2: runs are chained. Those of schema 1 are read as they are."""
RUN_ID = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")
MAX_RUN_BYTES = 100_000_000
"""Bytes that the record of a run may have: enough for some 400,000 files."""
MAX_HEADER_BYTES = 100_000
"""Far more than any header has: a longer file is not read."""
_EMPTY_HASH_FIELD = b'"sha256": ""'
"""The last field of a run while its hash is computed."""
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
RelativePath = Annotated[str, Meta(min_length=1, max_length=4096)]
# Without setuid and sticky bits: a restore sets what stands here.
PermissionBits = Annotated[int, Meta(ge=0, le=0o777)]


class InvalidRunError(Exception):
    """The record of a run is damaged, altered or invalid; the text says how."""


class _SchemaOnly(msgspec.Struct):
    """The schema of a header or run, whatever else it has."""

    schema: int = SCHEMA


class RepositoryHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a backup, `carer-stories-backup.json`: written first, and never changed."""

    format: str = FORMAT
    schema: int = SCHEMA
    id: str
    """Of this backup, such as `bk-4k7m2q`."""
    made: str
    """UTC, ISO 8601 with seconds."""
    is_encrypted: bool = msgspec.field(name="sealed")
    check: str = ""
    """Tells the right key from a wrong one; empty where the backup is not encrypted."""


class RunLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run by its id and the hash of its record, as another record names it."""

    id: Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d{6}Z(-\d{1,9})?\Z")]
    sha256: Sha256


class RemovedRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The record of a run that was taken out on purpose: it stays in the chain in its place."""

    id: str
    sha256s: tuple[Sha256, ...]
    """Hashes of its record: as it was last, and as it was before stories were taken out of it."""
    previous: RunLink | None
    removed: str
    """UTC, ISO 8601 with seconds."""
    why: Literal["pruned", "missing"]
    """`missing`: somebody else had removed it, and an editor has taken note of that."""


class BackedUpFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a run, with the object that holds its content."""

    path: RelativePath
    """Below the workspace, with slashes."""
    sha256: Sha256
    size: Annotated[int, Meta(ge=0)]
    mode: PermissionBits
    disk_stamp: tuple[int, int, int] = msgspec.field(name="seen", default=(0, 0, 0))
    """Modification time and change time in nanoseconds, and inode: while all three and the size
    are the same, a large file is not read again."""


class KnownBackup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A backup that a library knows of: `interviews/backups.json` holds a list of these."""

    id: str
    destination: str = msgspec.field(name="place")
    is_encrypted: bool = msgspec.field(name="sealed")
    started: str = msgspec.field(name="begun")
    """UTC, ISO 8601 with seconds."""
    last: str = ""
    """Time its newest run was made, in the same form; empty where that was not noted yet."""
    note_key: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""
    """Seals notes of what was taken back in an encrypted backup (`library.backup.notes`), and opens
    nothing else of it. Empty until a run of this version was made there."""


class BackupRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The record of one backup run: its files, and the state of the library's records."""

    schema: int = RUN_SCHEMA
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
    """SHA-256 of the log’s last line."""
    first_log_sha256: str = msgspec.field(name="log_begins", default="")
    """SHA-256 of the log’s first line, which tells one library from another."""
    records_problem: str = msgspec.field(name="amiss", default="")
    """A sentence about damaged records; empty if they were whole."""
    folders: dict[RelativePath, PermissionBits]
    files: tuple[BackedUpFile, ...]
    withdrawals: tuple[Withdrawal, ...] = ()
    """Withdrawals recorded or noted by then: a restore of any run applies them."""
    erasures: tuple[Erasure, ...] = ()
    forgotten: tuple[str, ...] = ()
    """Ids of erased stories that were removed from this run since it was made."""
    known: tuple[KnownBackup, ...] = ()
    """Every backup that the library knew of."""
    is_chained: bool = msgspec.field(name="chained", default=False)
    """False for a run of an earlier version, which knows nothing of the run before it."""
    previous: RunLink | None = None
    """The run before; None for the first one."""
    earlier_sha256s: tuple[Sha256, ...] = msgspec.field(name="earlier", default=())
    """Hashes of this record before stories were taken out of it (`--forget`), oldest first."""
    sha256: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""
    """Hash of the bytes of this record with this last field empty. Of the bytes, not the fields:
    so a record stays valid when a later version adds fields."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def sha256s(self) -> tuple[str, ...]:
        """Every hash by which another record may name this one, the latest first."""
        return (self.sha256, *reversed(self.earlier_sha256s))

    @property
    def erased(self) -> set[str]:
        """Ids of stories whose erasure was finished when the run was made."""
        return {erasure.story for erasure in self.erasures if erasure.done}


def schema_of(data: bytes) -> int:
    """Return the schema of a header or run, also of a later version's. Raises `UNDECODABLE`."""
    return msgspec.json.decode(data, type=_SchemaOnly).schema


def encode_run(run: BackupRun) -> bytes:
    """Return `run` as it is written, with its own hash."""
    without_hash = msgspec.structs.replace(run, sha256="")
    data = struct_file.encode(without_hash)
    # The last one: every file of the run has a field of that name before it.
    before, _, after = data.rpartition(_EMPTY_HASH_FIELD)
    return before + _hash_field_of(data) + after


def decode_run(data: bytes, run_id: str) -> BackupRun:
    """Return the run in `data`, checked byte for byte. Raises InvalidRunError."""
    try:
        # First: strict decoding would only complain about fields that are not known.
        if schema_of(data) > RUN_SCHEMA:
            raise InvalidRunError("a newer version of carer-stories wrote it: install the newest")
        run = msgspec.json.decode(data, type=BackupRun)
    except UNDECODABLE as error:
        raise InvalidRunError(explain(error)) from error
    before, hash_field, after = data.rpartition(_hash_field(run.sha256))
    if not hash_field or _hash_field_of(before + _EMPTY_HASH_FIELD + after) != hash_field:
        raise InvalidRunError("it was changed after it was written")
    # An older run under a newer one’s name would take decisions back.
    if run.id != run_id:
        raise InvalidRunError(f"it is the run of {run.id}")
    if not _is_utc_time(run.made):
        raise InvalidRunError(f"it was made at an impossible time: {run.made!r}")
    if unsafe := next((path for path in _paths(run) if not is_safe(path)), None):
        raise InvalidRunError(f"it names a path that is outside a workspace, or unsafe: {unsafe!r}")
    if not_of_library := next((path for path in _paths(run) if not is_of_library(path)), None):
        raise InvalidRunError(f"it names a path that is not part of a library: {not_of_library!r}")
    if invalid_id := next(
        (story_id for story_id in _story_ids(run) if not STORY_ID.match(story_id)), None
    ):
        raise InvalidRunError(f"it names a story with an invalid id: {invalid_id!r}")
    if conflicting := _conflicting_path(run):
        raise InvalidRunError(f"two of its paths cannot exist together: {conflicting!r}")
    return run


def _conflicting_path(run: BackupRun) -> str:
    """Return a path that occurs twice, or as a file and a folder; empty if there is none.

    Sorted by their parts, the contents of a folder come directly after it.
    """
    folders = [(path.split("/"), False) for path in run.folders]
    files = [(file.path.split("/"), True) for file in run.files]
    for (parts, is_file), (next_parts, _) in itertools.pairwise(sorted([*folders, *files])):
        if next_parts[: len(parts)] == parts and (is_file or len(next_parts) == len(parts)):
            return "/".join(parts)
    return ""


def _is_utc_time(made: str) -> bool:
    """Return whether a text is a time in UTC, written as this version writes it."""
    with contextlib.suppress(ValueError):
        # There and back: strptime also takes “2026-1-2T3:4:5Z”, which no run says.
        return made == f"{datetime.strptime(made, '%Y-%m-%dT%H:%M:%SZ'):%Y-%m-%dT%H:%M:%SZ}"
    return False


def _story_ids(run: BackupRun) -> list[str]:
    withdrawn = [record.story for record in run.withdrawals]
    return [*withdrawn, *(record.story for record in run.erasures), *run.forgotten]


def _paths(run: BackupRun) -> list[str]:
    return [*run.folders, *(file.path for file in run.files)]


def _hash_field_of(data: bytes) -> bytes:
    return _hash_field(hashlib.sha256(data).hexdigest())


def _hash_field(sha256: str) -> bytes:
    return b'"sha256": "' + sha256.encode() + b'"'
