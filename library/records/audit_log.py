"""The audit log: one line of JSON per decision, each bound to the line before by its hash.

Only opaque ids, roles, states and hashes can stand in it: the patterns below leave no room for a
name, a file name or a sentence. Lines are only ever added. A line torn by `kill -9` or a power cut
was never acknowledged; the next append removes it. Every other departure is Damaged, naming the
line. That lines were cut off the end cannot be seen in the log alone: the database holds the line
that belongs to its generation (`library.records.ledger`), and a printed receipt can hold the head's
hash.

Where no backup has the log as it was, an editor can say that they know: a line `confirm-log` with
the hash of all bytes before it. Lines are checked from there on; what stands before it stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from library.core import files
from library.core.clock import now
from library.core.counting import counted
from library.core.errors import BadInput, Damaged
from library.core.struct_file import UNDECODABLE, explain

GENESIS_HASH = "0" * 64
"""Value of `previous` in the first line."""
_TAIL_BYTES = 1 << 16  # far longer than any line can be
_BEGINS = b'{"sequence":'
CONFIRM_ACTION = "confirm-log"
"""Action of the line with which an editor says that they know of the log before it."""
CONFIRM_COMMAND = "carer-stories upkeep --confirm-log"
_CONFIRMATION = f'"action":"{CONFIRM_ACTION}"'.encode()
_NEXT_STEP = (
    "Restore the log from a backup and compare its head with your last receipt. If no backup has "
    f"it, find out what happened, then: {CONFIRM_COMMAND}"
)

Word = Annotated[str, Meta(pattern=r"\A([a-z]{1,20}(-[a-z]{1,20}){0,4})?\Z")]
StaffId = Annotated[str, Meta(pattern=r"\Ame-[a-z0-9]{6}\Z")]
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the log. Words are lower case with hyphens: `carer-volunteer`, `signed-off`."""

    sequence: Annotated[int, Meta(ge=1)]
    at: Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
    action: Annotated[str, Meta(pattern=r"\A[a-z]{2,20}(-[a-z]{1,20}){0,3}\Z")]
    subject: Annotated[str, Meta(pattern=r"\A([a-z]{2}-[a-z0-9-]{1,37})?\Z")]
    """The opaque id it is about, or nothing for the library as a whole."""
    role: Word
    by: StaffId | msgspec.UnsetType = msgspec.UNSET
    """Opaque id of who signed. Where nobody did, as in all lines of 0.1.0, the field is left out:
    bytes and hash stay what they were."""
    was: Word = ""
    became: Word = ""
    hashes: Annotated[
        dict[Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,29}\Z")], Sha256],
        Meta(max_length=64),
    ] = {}
    """Kind of file (`cut`, `film`, `form`: never a file's name) → SHA-256."""
    generation: Annotated[int, Meta(ge=0)]
    """Of the database, when this line was written."""
    previous: Sha256
    sha256: str = ""
    """Of this line, while this field is empty."""

    @property
    def line(self) -> bytes:
        """The bytes of the line, without its line end."""
        return msgspec.json.encode(self)


@dataclass(frozen=True)
class LogHead:
    """The last whole line, or none yet."""

    sequence: int = 0
    sha256: str = GENESIS_HASH
    generation: int = 0
    unfinished: bool = False
    """A torn line follows, which the next append will remove, or one waits in the database."""

    def __str__(self) -> str:
        lines = counted(self.sequence, "line")
        return f"{lines}, head {self.sha256[:12]}"


@dataclass
class Signature:
    """The member of staff who answers for what this process does."""

    by: str = ""
    """Opaque id of a member of staff, or nothing."""


signature = Signature()
"""Used as `audit_log.signature`: set once by the command line, for threads and commands alike."""


_DECODER = msgspec.json.Decoder(AuditEntry)


def next_entry(
    head: LogHead,
    *,
    action: str,
    subject: str,
    role: str,
    by: str = "",
    was: str = "",
    became: str = "",
    hashes: Mapping[str, str] | None = None,
    generation: int,
) -> AuditEntry:
    """Return the line after `head`. Raises BadInput for anything that might be a name or text."""
    entry = AuditEntry(
        sequence=head.sequence + 1,
        at=now(),
        action=action,
        subject=subject,
        role=role,
        by=by or msgspec.UNSET,
        # States such as “signed off” stand in the log with a hyphen.
        was=was.replace(" ", "-"),
        became=became.replace(" ", "-"),
        hashes=dict(hashes or {}),
        generation=generation,
        previous=head.sha256,
    )
    # Read back, for msgspec checks patterns only where it decodes.
    try:
        _DECODER.decode(entry.line)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BadInput(
            f"This cannot stand in the audit log: {explain(error)}.",
            "Use small letters and hyphens, such as carer-volunteer.",
        ) from error
    return msgspec.structs.replace(entry, sha256=_hash(entry))


def decode(line: bytes) -> AuditEntry:
    """Return a line that is exactly as it was written. Raises ValueError saying what is wrong."""
    try:
        entry = _DECODER.decode(line)
    except UNDECODABLE as error:
        raise ValueError(explain(error)) from error
    # Byte for byte: other spaces or another order of fields were written by somebody else.
    if entry.line != line or entry.sha256 != _hash(entry):
        raise ValueError("it was changed after it was written")
    return entry


def verify(path: Path, expected: AuditEntry | None = None) -> LogHead:
    """Check every line and the chain; changes nothing. Returns the last line's place and hash.

    `expected` is the line the database holds: it must stand in the log, or be the very next one.
    Raises Damaged naming the line, DiskFailed.
    """
    data = _read(path, 0)
    confirmed = _confirmed(data)
    head, start, passed = LogHead(), 0, 0
    if confirmed:
        # What stands before it was looked into: its own hash holds it to those very bytes.
        head, start = _head(confirmed.entry), confirmed.end
        passed = data.count(b"\n", 0, start)
    *lines, tail = data[start:].split(b"\n")
    for number, line in enumerate(lines, passed + 1):
        head = _check_line(path, head, line, f"line {number}")
        if expected and head.sequence == expected.sequence and head.sha256 != expected.sha256:
            raise damaged(path, f"line {number}", "it is not the line the database holds")
    head = _with_tail(path, head, tail)
    return reconcile(path, head, expected)[0] if expected else head


def entries(path: Path) -> Iterator[AuditEntry]:
    """Yield every line, oldest first. Raises Damaged naming one that is not whole, DiskFailed.

    What is not whole before a confirmation is passed over.
    """
    data = _read(path, 0)
    confirmed = _confirmed(data)
    passed = data.count(b"\n", 0, confirmed.end) if confirmed else 0
    *lines, _ = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            yield decode(line)
        except ValueError as error:
            if number > passed:
                raise damaged(path, f"line {number}", str(error)) from error


def whole_until(path: Path) -> str:
    """Return the time of the last line up to which the chain holds; empty where none does."""
    data, head, at = _read(path, 0), LogHead(), ""
    with contextlib.suppress(ValueError, Damaged):
        for line in data.split(b"\n")[:-1]:
            entry = decode(line)
            head, at = _check_line(path, head, line, ""), entry.at
    return at


def newest_whole(path: Path) -> LogHead:
    """Return the line of the latest generation among those that are whole in themselves."""
    heads = [LogHead()]
    for line in _read(path, 0).split(b"\n"):
        with contextlib.suppress(ValueError):
            heads.append(_head(decode(line)))
    return max(heads, key=lambda head: head.generation)


def confirmation(path: Path) -> AuditEntry | None:
    """Return the last line that confirms what stands before it, or None. Raises DiskFailed."""
    confirmed = _confirmed(_read(path, 0))
    return confirmed.entry if confirmed else None


def confirm(
    path: Path, expected: AuditEntry | None, *, role: str, by: str, above: int, generation: int
) -> AuditEntry:
    """Add the line that confirms all bytes before it, and flush it. The caller holds the lock.

    `expected` is the line that the database holds, and is put back where it is missing. The new
    line's number is over that of every line that is known, and over `above`. Raises NoRoom or
    DiskFailed.
    """
    data = _read(path, 0)
    lines = data.split(b"\n")
    whole = []
    for line in lines:
        with contextlib.suppress(ValueError):
            whole.append(decode(line))
    added = b"\n" if data and not data.endswith(b"\n") else b""
    if expected and expected.line not in lines:
        added += expected.line + b"\n"
        whole.append(expected)
    last = whole[-1] if whole else None
    entry = next_entry(
        LogHead(
            max([above, *(each.sequence for each in whole)]),
            last.sha256 if last else GENESIS_HASH,
        ),
        action=CONFIRM_ACTION,
        subject="",
        role=role,
        by=by,
        hashes={"log": hashlib.sha256(data + added).hexdigest()},
        generation=generation,
    )
    with files.translate_disk_errors(path):
        is_new = not path.exists()
        handle = files.system.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with files.closing(handle):
            _write_line(handle, len(data), added + entry.line + b"\n")
        if is_new:
            files.fsync_folder(path.parent)
    return entry


class _Confirmed(NamedTuple):
    """A line that confirms all bytes before it, and where it ends."""

    entry: AuditEntry
    end: int


def _confirmed(data: bytes) -> _Confirmed | None:
    """Return the last line that confirms exactly what stands before it; None where none does."""
    if _CONFIRMATION not in data:
        return None
    confirmed, start, before = None, 0, hashlib.sha256()
    # Without the last: a line that has no end yet confirms nothing.
    for line in data.split(b"\n")[:-1]:
        if _CONFIRMATION in line:
            with contextlib.suppress(ValueError):
                entry = decode(line)
                is_confirmation = entry.action == CONFIRM_ACTION
                if is_confirmation and entry.hashes.get("log") == before.hexdigest():
                    confirmed = _Confirmed(entry, start + len(line) + 1)
        before.update(line + b"\n")
        start += len(line) + 1
    return confirmed


def head_of(path: Path) -> LogHead:
    """Return the last whole line, from the end of the file only. Raises Damaged or DiskFailed."""
    return _last_line(path)[0]


def reconcile(path: Path, head: LogHead, expected: AuditEntry | None) -> tuple[LogHead, bool]:
    """Compare the log's head with the line the database holds; say whether it is still to come.

    It is when a process was killed after it had committed its change and before it wrote its
    line. Raises Damaged where lines were cut off the end, or another line stands there: then the
    database may be another library’s.
    """
    if expected is None:
        return head, False
    if expected.sequence <= head.sequence:
        if not holds(path, expected.line):
            wrong = "it is not the line the database holds"
            raise damaged(path, f"line {expected.sequence}", wrong)
        return head, False
    if expected.sequence == head.sequence + 1 and expected.previous == head.sha256:
        waiting = LogHead(head.sequence, head.sha256, head.generation, unfinished=True)
        return waiting, True
    wrong = f"the database holds line {expected.sequence}, which is missing here or another"
    raise damaged(path, f"after line {head.sequence}", wrong)


def holds(path: Path, line: bytes) -> bool:
    """Return True where exactly this line is in the log. Raises DiskFailed."""
    tail = _read(path, max(0, _size(path) - _TAIL_BYTES))  # where it nearly always is
    return line in tail.split(b"\n") or line in _read(path, 0).split(b"\n")


def append(path: Path, entry: AuditEntry) -> LogHead:
    """Add a line and flush it to the disk. The caller holds the library's lock.

    What a killed process left half written after the last whole line is removed first. Raises
    Damaged when `entry` does not follow the head; NoRoom or DiskFailed, and then the log is as it
    was, or ends in a torn line that the next append removes.
    """
    head, length, ends = _last_line(path)
    # The line was made before; under the lock nobody can have come between.
    if (entry.sequence, entry.previous) != (head.sequence + 1, head.sha256):
        raise damaged(path, f"line {entry.sequence}", "another line was written in between")
    data = (b"" if ends else b"\n") + entry.line + b"\n"
    with files.translate_disk_errors(path):
        is_new = not path.exists()
        handle = files.system.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with files.closing(handle):
            _write_line(handle, length, data)
        # A new file’s name is sure only once its folder was flushed.
        if is_new:
            files.fsync_folder(path.parent)
    return LogHead(entry.sequence, entry.sha256, entry.generation)


def _write_line(handle: int, length: int, data: bytes) -> None:
    """Write after the first `length` bytes; on failure leave only those, if the disk will."""
    if os.fstat(handle).st_size != length:
        files.system.truncate(handle, length)
    try:
        files.write_all(handle, data)
        files.system.fsync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            files.system.truncate(handle, length)
        raise


def _last_line(path: Path) -> tuple[LogHead, int, bool]:
    """Return the head, the length of what is whole, and whether that ends with a line end."""
    size = _size(path)
    start = max(0, size - _TAIL_BYTES)
    *lines, tail = _read(path, start).split(b"\n")
    if start and len(lines) < 2:
        raise damaged(path, "its last line", "it is too long")
    head = LogHead()
    if lines:
        try:
            head = _head(decode(lines[-1]))
        except ValueError as error:
            raise damaged(path, "its last line", str(error)) from error
    whole = _with_tail(path, head, tail)
    # Whole but for its line end, which the next line brings.
    if tail and not whole.unfinished:
        return whole, size, False
    return whole, size - len(tail), True


def _with_tail(path: Path, head: LogHead, tail: bytes) -> LogHead:
    """Return the head after judging the tail: nothing, a torn line, or one without its line end."""
    if not tail:
        return head
    with contextlib.suppress(ValueError):
        entry = decode(tail)
        if (entry.sequence, entry.previous) == (head.sequence + 1, head.sha256):
            return _head(entry)
    is_torn = tail[: len(_BEGINS)] == _BEGINS[: len(tail)]
    if not is_torn and tail.strip(
        b"\0"
    ):  # zeros: a file that grew before its bytes reached the disk
        raise damaged(path, f"after line {head.sequence}", "something else stands there")
    return LogHead(head.sequence, head.sha256, head.generation, unfinished=True)


def _check_line(path: Path, head: LogHead, line: bytes, position: str) -> LogHead:
    try:
        entry = decode(line)
    except ValueError as error:
        raise damaged(path, position, str(error)) from error
    if entry.sequence != head.sequence + 1:
        wrong = f"it is number {entry.sequence}, not {head.sequence + 1}: a line is missing"
        raise damaged(path, position, wrong)
    if entry.previous != head.sha256:
        raise damaged(path, position, "the line before it was changed")
    return _head(entry)


def _head(entry: AuditEntry) -> LogHead:
    return LogHead(entry.sequence, entry.sha256, entry.generation)


def _hash(entry: AuditEntry) -> str:
    return hashlib.sha256(msgspec.structs.replace(entry, sha256="").line).hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(path: Path, start: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise files.refusal(path, error, "read") from error


def gone(path: Path) -> Damaged:
    """Return the refusal of a library whose log is not there any more."""
    return Damaged(f"There is no log: {path} is gone.", _NEXT_STEP)


def damaged(path: Path, position: str, how: str) -> Damaged:
    """Return the refusal of a log that is not as it was written at a place."""
    return Damaged(f"{path}, {position}: {how}.", _NEXT_STEP)
