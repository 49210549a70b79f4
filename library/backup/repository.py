"""The folder of a backup: objects under their hashes, runs under their times."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from library.backup.encryption import Cipher, DecryptionError, damaged_object
from library.backup.manifests import (
    MAX_RUN_BYTES,
    RUN_ID,
    BackedUpFile,
    BackupRun,
    InvalidRunError,
    RemovedRun,
    RepositoryHeader,
    RunLink,
    decode_run,
    encode_run,
)
from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import Busy, Damaged, NotFound
from library.core.files import translate_disk_errors
from library.core.lock import locked
from library.core.removal import remove
from library.core.sanitise import shell_quoted
from library.core.struct_file import UNDECODABLE

_CHUNK_BYTES = 1 << 20
_MAX_BYTES_IN_MEMORY = 1 << 20
"""Bytes up to which a file is read whole before anything of it is written."""
FOLDER_MODE = 0o700
_OBJECT = "object"
_MAX_RECORD_BYTES = 100_000
"""Far more bytes than a record of the chain has: a longer file is not read."""
Report = Callable[[int], None]
R = TypeVar("R")

OBJECTS_FOLDER, RUNS_FOLDER = "objects", "runs"
"""Names of the two folders of a backup."""


def stat_own_file(path: Path) -> os.stat_result | None:
    """Return the stat of an ordinary file; None where nothing has its name.

    Raises Damaged for a link, a pipe or anything else: a backup may come from somebody else, and
    what a link leads to is no part of it.
    """
    status = _own(path)
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise _foreign(path, "is no ordinary file")
    return status


def has_own_folder(path: Path) -> bool:
    """Return True where `path` is a folder of the backup's own. Raises as `stat_own_file`."""
    status = _own(path)
    if status is not None and not stat.S_ISDIR(status.st_mode):
        raise _foreign(path, "is no folder")
    return status is not None


def _own(path: Path) -> os.stat_result | None:
    with translate_disk_errors(path, "read"):
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
    leads_elsewhere = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)  # a junction on Windows
    # Off Windows, 0 is compared with None: never equal.
    if stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == leads_elsewhere:
        raise _foreign(path, "is a link")
    return status


def _foreign(path: Path, how: str) -> Damaged:
    return Damaged(
        f"{path} {how}, and no backup makes one: nothing is read, written or removed there.",
        "Put what belongs there in its place, or use another copy of this backup.",
    )


class FileChangedError(Exception):
    """A file that is gone, or no ordinary file any more, since it was listed."""


@dataclass
class BackupRepository:
    """The folder of one backup. `cipher` encrypts and decrypts it."""

    folder: Path
    header: RepositoryHeader
    cipher: Cipher

    @property
    def objects(self) -> Path:
        return self.folder / OBJECTS_FOLDER

    @property
    def runs(self) -> Path:
        return self.folder / RUNS_FOLDER

    def object_path(self, sha256: str) -> Path:
        name = self.cipher.name_of(sha256)
        return self.objects / name[:2] / name

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the backup's lock, for anything that writes or removes. Raises Busy."""
        busy = Busy(
            f"Another command is at work on the backup in {self.folder}.",
            "Wait until it is done, then run this again; nothing was changed.",
        )
        with locked(self.folder / ".lock", busy=busy):
            yield

    def require_own_folders(self) -> None:
        """Raises Damaged where a folder of it is none, or leads elsewhere."""
        has_own_folder(self.objects)
        has_own_folder(self.runs)

    # Objects

    def has_object(self, sha256: str, size: int) -> bool:
        """Return True where an object of this content and length is there. Raises Damaged."""
        status = self._object_stat(sha256)
        return status is not None and status.st_size == self.cipher.stored_size(size)

    def _object_stat(self, sha256: str) -> os.stat_result | None:
        path = self.object_path(sha256)
        return stat_own_file(path) if has_own_folder(path.parent) else None

    def store_file(
        self, source: Path, report: Report, *, verify: bool = False
    ) -> tuple[BackedUpFile, bool]:
        """Store an ordinary file. Returns its entry, without a path, and whether it was new.

        With `verify` an object that is there is read, and replaced where it is not as it should be.
        Raises FileChangedError, NoRoom, DiskFailed, and Damaged for what reads back otherwise.
        """
        handle = _open(source)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise FileChangedError
            # Small: its hash is known first, and mostly nothing needs to be written.
            if status.st_size <= _MAX_BYTES_IN_MEMORY:
                data = b"".join(_reading(handle, source))
                report(len(data))
                sha256, size, is_new = self._put_bytes(data, verify=verify)
            else:
                # Large: read once only, hashed and written in the same pass.
                sha256, size, is_new = self._put_large(handle, source, report, verify=verify)
        finally:
            os.close(handle)
        stored = BackedUpFile(
            path=source.name,
            sha256=sha256,
            size=size,
            mode=stat.S_IMODE(status.st_mode) & 0o777,
            disk_stamp=(status.st_mtime_ns, status.st_ctime_ns, status.st_ino),
        )
        return stored, is_new

    def _put_bytes(self, data: bytes, *, verify: bool) -> tuple[str, int, bool]:
        sha256 = hashlib.sha256(data).hexdigest()
        if self._is_stored(sha256, len(data), verify=verify):
            return sha256, len(data), False
        with self._temporary_object(iter([data])) as temporary:
            self._give_name(temporary, sha256)
        return sha256, len(data), True

    def _put_large(
        self, handle: int, source: Path, report: Report, *, verify: bool
    ) -> tuple[str, int, bool]:
        digest, done = hashlib.sha256(), 0

        def hashed() -> Iterator[bytes]:
            nonlocal done
            for chunk in _reading(handle, source):
                digest.update(chunk)
                done += len(chunk)
                report(done)
                yield chunk

        with self._temporary_object(hashed()) as temporary:
            sha256 = digest.hexdigest()
            is_new = not self._is_stored(sha256, done, verify=verify)
            if is_new:
                self._give_name(temporary, sha256)
        return sha256, done, is_new

    def _is_stored(self, sha256: str, size: int, *, verify: bool) -> bool:
        if not self.has_object(sha256, size):
            return False
        return not verify or self.is_intact(sha256)

    @contextlib.contextmanager
    def _temporary_object(self, content: Iterator[bytes]) -> Iterator[Path]:
        """A temporary file with `content`, flushed; gone at the end unless it was renamed."""
        # Not in the folder of its name: that is known only once all of it was hashed.
        temporary = files.temporary_beside(self.objects / _OBJECT)
        try:
            with translate_disk_errors(temporary):
                handle = files.system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with files.closing(handle):
                    for piece in self.cipher.encrypt(content, _OBJECT):
                        files.write_all(handle, piece)
                    # Flushed, then dropped from the cache: reading back must ask the disk.
                    files.system.fsync(handle)
                    _forget_cached(handle)
            yield temporary
        finally:
            with contextlib.suppress(OSError):
                if temporary.exists():
                    files.system.unlink(temporary)

    def _give_name(self, temporary: Path, sha256: str) -> None:
        """Read a temporary file back, and only then give it its name."""
        if self._hash_of(temporary) != sha256:
            raise Damaged(
                f"The disk of {self.folder} gave back other bytes than were written.",
                "Do not rely on that disk. Back up to another one.",
            )
        path = self.object_path(sha256)
        with translate_disk_errors(path):
            # The folder’s own name is sure before anything is put into it.
            if not has_own_folder(path.parent):
                path.parent.mkdir(mode=FOLDER_MODE)
                files.fsync_folder(self.objects)
            files.system.replace(temporary, path)
            files.fsync_folder(path.parent)

    def is_intact(self, sha256: str) -> bool:
        """Return True where the object is there with this content. Raises DiskFailed, Damaged."""
        return (
            self._object_stat(sha256) is not None
            and self._hash_of(self.object_path(sha256)) == sha256
        )

    def _hash_of(self, path: Path) -> str:
        """Return the SHA-256 of a stored file's content, or nothing where it is torn."""
        digest = hashlib.sha256()
        with contextlib.suppress(DecryptionError):
            for piece in self._opened(path, _OBJECT):
                digest.update(piece)
            return digest.hexdigest()
        return ""

    def content(self, file: BackedUpFile) -> Iterator[bytes]:
        """Yield the content of an object, whose hash is the caller’s to compare. Raises Damaged.

        It is as long as the run says, and not a byte of more is given out: a disk is not filled by
        what only says that it is small.
        """
        path = self.object_path(file.sha256)
        if self._object_stat(file.sha256) is None:
            raise Damaged(
                f"The backup lacks {file.path}: its object is not there.",
                "See what is still whole: carer-stories backup DEST --verify. An earlier run, or "
                "another backup, may have it.",
            )
        length = 0
        try:
            for piece in self._opened(path, _OBJECT):
                length += len(piece)
                # Too long: broken off here, and refused below.
                if length > file.size:
                    break
                yield piece
        except DecryptionError:
            raise damaged_object(f"In the backup, {file.path}") from None
        if length != file.size:
            raise Damaged(
                f"In the backup, {file.path} is not as long as its run says.",
                "See what is still whole: carer-stories backup DEST --verify",
            )

    def _opened(self, path: Path, about: str) -> Iterator[bytes]:
        yield from self.cipher.decrypt(_chunks(path), about)

    def all_objects(self) -> list[Path]:
        """Return every stored object. Raises DiskFailed, and Damaged for a link among them."""
        if not has_own_folder(self.objects):
            return []
        with translate_disk_errors(self.objects, "read"):
            shards = sorted(path for path in self.objects.iterdir() if path.is_dir())
            paths = [
                path
                for shard in shards
                if has_own_folder(shard)
                for path in sorted(shard.iterdir())
            ]
        return [path for path in paths if stat_own_file(path)]

    def remove_unneeded(self, needed: Iterable[BackupRun]) -> tuple[int, int]:
        """Remove objects that no run needs. Returns how many, and their bytes. Raises DiskFailed.

        The caller has read every run; with one that cannot be read nothing may be removed.
        """
        needed_objects = {self.object_path(file.sha256) for run in needed for file in run.files}
        count = size = 0
        for path in self.all_objects():
            if path not in needed_objects:
                length = path.lstat().st_size
                if failures := remove(path):
                    raise files.refusal(path, OSError(failures[0].reason), "remove")
                count, size = count + 1, size + length
        return count, size

    def remove_leftovers(self) -> None:
        """Remove temporary files of killed runs. The caller holds the lock."""
        for folder in (self.folder, self.objects, self.runs):
            for path in files.leftovers(folder) if folder.is_dir() else ():
                with translate_disk_errors(path, "remove"):
                    files.system.unlink(path)

    # Runs

    def run_ids(self) -> list[str]:
        """Return the ids of all runs, oldest first. Raises DiskFailed."""
        with translate_disk_errors(self.runs, "read"):
            names = [path.name for path in self.runs.iterdir()] if self.runs.is_dir() else []
        ids = (name.removesuffix(self._suffix) for name in names if name.endswith(self._suffix))
        return sorted((run_id for run_id in ids if RUN_ID.fullmatch(run_id)), key=_in_time)

    def read_run(self, run_id: str) -> BackupRun:
        """Raises NotFound, DiskFailed, and Damaged for one that is not as it was written."""
        path = self.run_file(run_id)
        status = stat_own_file(path)
        if status is None:
            raise NotFound(
                f"There is no run {run_id} in {self.folder}.",
                f"See which there are: carer-stories backup {shell_quoted(self.folder)} --list",
            )
        if status.st_size > self.cipher.stored_size(MAX_RUN_BYTES):
            raise _no_run(path, f"it is larger than any run: {status.st_size:,} bytes")
        try:
            data = b"".join(self._opened(path, f"run {run_id}"))
            return decode_run(data, run_id)
        except DecryptionError:
            raise _no_run(path, "it is torn, or was changed after it was written") from None
        except InvalidRunError as error:
            raise _no_run(path, str(error)) from None

    def readable_runs(self) -> tuple[list[BackupRun], list[Damaged]]:
        """Return every readable run, oldest first, and the errors of the others."""
        runs, errors = [], []
        for run_id in self.run_ids():
            try:
                runs.append(self.read_run(run_id))
            except Damaged as error:
                errors.append(error)
        return runs, errors

    def write_run(self, run: BackupRun) -> BackupRun:
        """Write a run and return it as it reads back. Raises NoRoom, DiskFailed, Damaged."""
        data = b"".join(self.cipher.encrypt([encode_run(run)], f"run {run.id}"))
        # Read back below: a run counts only when the disk gives it back as written.
        files.write_atomic(self.run_file(run.id), data)
        return self.read_run(run.id)

    # The chain of runs: each names the one before, and what was taken out leaves its link

    def remove_run(self, run: RunLink | BackupRun, why: Literal["pruned", "missing"]) -> None:
        """Take a run out; its link in the chain stays. Raises NoRoom, DiskFailed."""
        removed = RemovedRun(
            id=run.id,
            sha256s=run.sha256s if isinstance(run, BackupRun) else (run.sha256,),
            previous=run.previous if isinstance(run, BackupRun) else None,
            removed=now(),
            why=why,
        )
        # Written first: broken off between, the run is still there, and counts.
        self._write_record(self._removed_file(run.id), struct_file.encode(removed))
        path = self.run_file(run.id)
        if path.exists():
            with translate_disk_errors(path, "remove"):
                files.system.unlink(path)

    def removed_runs(self) -> tuple[dict[str, RemovedRun], list[str]]:
        """Return every run that was taken out, by its id, and sentences about unreadable ones."""
        removed, problems = {}, []
        with translate_disk_errors(self.runs, "read"):
            names = sorted(path.name for path in self.runs.iterdir()) if self.runs.is_dir() else []
        for name in names:
            run_id = name.removesuffix(f".removed{self._suffix}")
            if run_id == name or not RUN_ID.fullmatch(run_id):
                continue
            record = self._read_record(self.runs / name, RemovedRun)
            if record is None or record.id != run_id:
                problems.append(f"The note that the run {run_id} was taken out cannot be read.")
            else:
                removed[run_id] = record
        return removed, problems

    def newest_run(self) -> RunLink | None:
        """Return which run was made last, as it is noted beside the runs, or None."""
        return self._read_record(self._newest_file, RunLink)

    def has_newest_run(self) -> bool:
        return stat_own_file(self._newest_file) is not None

    def note_newest_run(self, run: RunLink) -> None:
        """Note which run was made last. Raises NoRoom, DiskFailed."""
        self._write_record(self._newest_file, struct_file.encode(run))

    @property
    def _newest_file(self) -> Path:
        return self.folder / f"newest-run{self._suffix}"

    def _removed_file(self, run_id: str) -> Path:
        return self.runs / f"{run_id}.removed{self._suffix}"

    def _write_record(self, path: Path, data: bytes) -> None:
        files.write_atomic(path, b"".join(self.cipher.encrypt([data], f"record {path.name}")))

    def _read_record(self, path: Path, kind: type[R]) -> R | None:
        """Return a small record, or None where it is not there or not as it was written."""
        try:
            status = stat_own_file(path)
            if status is None or status.st_size > _MAX_RECORD_BYTES:
                return None
            return msgspec.json.decode(
                b"".join(self._opened(path, f"record {path.name}")), type=kind
            )
        except (Damaged, DecryptionError, *UNDECODABLE):
            return None

    def free_run_id(self, made: str, taken: Collection[str] = ()) -> str:
        """Return an id for a run made at `made`: two runs in one second get different ids.

        `taken` are those of runs that are gone, which no other may get.
        """
        stem = made.replace(":", "")
        return next(
            name
            for name in files.numbered(stem)
            if name not in taken and not self.run_file(name).exists()
        )

    def run_file(self, run_id: str) -> Path:
        return self.runs / f"{run_id}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return ".sealed" if self.cipher.is_encrypted else ".json"


def _in_time(run_id: str) -> tuple[str, int]:
    stem, _, number = run_id.partition("Z")
    return stem, int(number.removeprefix("-") or 1)


def _open(source: Path) -> int:
    """Open a source to read, without blocking on a pipe and without following a link."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(source, flags | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, IsADirectoryError):
        raise FileChangedError from None
    except OSError as error:
        if source.is_symlink():
            raise FileChangedError from None
        raise files.refusal(source, error, "read") from error


def _reading(handle: int, source: Path) -> Iterator[bytes]:
    while True:
        with translate_disk_errors(source, "read"):
            chunk = os.read(handle, _CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


def _chunks(path: Path) -> Iterator[bytes]:
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _forget_cached(handle: int) -> None:
    """Drop cached pages, so that reading back asks the disk, where the system allows it."""
    with contextlib.suppress(AttributeError, OSError):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _no_run(path: Path, how: str) -> Damaged:
    return Damaged(
        f"The run {path.name} of the backup cannot be relied on: {how}.",
        "Use another run (--list shows them), and back up again. Nothing is removed from this "
        "backup while one of its runs cannot be read.",
    )
