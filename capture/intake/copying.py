"""Copy recordings that may be 20 GB: read once, hashed on the way, read back from the disk.

A copy grows under a hidden name, `.part-<16 digits>`, made from the size, time and content of the
source. After every block that has reached the disk, a checkpoint holds its length and SHA-256. If
it is interrupted (Ctrl-C, a kill, a power cut, a card that came loose), the next import of the same
file checks the copy against the checkpoint and goes on behind it: the card is not read twice.

Every span that was written is read back and compared while the next one is written, and the system
is asked to drop its cache of it first: a failing disk is noticed before the card is wiped.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from library.core import files, struct_file
from library.core.errors import BadInput, CarerStoriesError, DiskFailed
from library.core.sanitise import printable

if TYPE_CHECKING:
    from hashlib import _Hash

    from capture.media.run_ffmpeg import Progress

BLOCK = 128 << 20
"""Bytes between two checkpoints: as much may have to be copied again. A whole number of spans."""
_SPAN = 32 << 20
"""Bytes that are written, flushed, read back and compared together; they stay in memory."""
_CHUNK = 1 << 20
"""Bytes of one read and one write."""
_MOST_WAITING_CHUNKS = 8
"""Chunks that may wait to be hashed, so that memory stays small where the disk is the quicker."""
_ENDS = 1 << 20
"""Bytes at each end of a source that go into the name of its partial copy."""
_PART = ".part-"
# Neither macOS nor Windows has it: there the comparison may read the system's cache.
_fadvise = getattr(os, "posix_fadvise", None)


class SourceLost(DiskFailed):
    """The recording could not be read to its end. What was copied is kept for the next time."""


class _Checkpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bytes of a copy that have reached the disk, and their SHA-256."""

    at: int
    sha256: str


@dataclass(frozen=True)
class PartialCopy:
    """A growing copy at `path`, and its checkpoint."""

    path: Path

    @property
    def checkpoint_path(self) -> Path:
        return self.path.with_suffix(".json")

    @property
    def bytes_copied(self) -> int:
        """Bytes that need not be copied again, according to the checkpoint."""
        mark = self._checkpoint()
        return mark.at if mark else 0

    def _checkpoint(self) -> _Checkpoint | None:
        mark = struct_file.load_if_readable(self.checkpoint_path, _Checkpoint)
        with contextlib.suppress(OSError):
            if mark and 0 < mark.at <= self.path.stat().st_size:
                return mark
        return None

    def write_checkpoint(self, at: int, sha256: str) -> None:
        """Raises NoRoom or DiskFailed."""
        struct_file.save(self.checkpoint_path, _Checkpoint(at=at, sha256=sha256))

    def resume_point(self) -> tuple[int, _Hash]:
        """Return the byte to go on at, and the hash up to there; 0 for a wrong checkpoint."""
        mark = self._checkpoint()
        digest = hashlib.sha256()
        if mark is None:
            return 0, digest
        with files.translate_disk_errors(self.path, "read"), self.path.open("rb") as file:
            left = mark.at
            while left and (chunk := file.read(min(_CHUNK, left))):
                digest.update(chunk)
                left -= len(chunk)
        return (mark.at, digest) if digest.hexdigest() == mark.sha256 else (0, hashlib.sha256())

    def remove(self) -> None:
        """Remove the files; the next import removes one that cannot be removed now."""
        for path in (self.path, self.checkpoint_path):
            with contextlib.suppress(OSError):
                files.system.unlink(path)


def partial_copy_of(folder: Path, source: Path) -> PartialCopy:
    """Return the partial copy of `source` in `folder`, the same every time. Raises SourceLost."""
    # Size, time and both ends: enough to tell recordings apart without reading all of a card.
    with _reading(source):
        stat = source.stat()
        digest = hashlib.sha256(f"{stat.st_size}:{stat.st_mtime_ns}".encode())
        with source.open("rb") as file:
            digest.update(file.read(_ENDS))
            file.seek(max(0, stat.st_size - _ENDS))
            digest.update(file.read(_ENDS))
    return PartialCopy(folder / f"{_PART}{digest.hexdigest()[:16]}")


def remove_stale_copies(folder: Path, expected: Collection[PartialCopy]) -> None:
    """Remove partial copies other than `expected`, and checkpoints without a copy."""
    expected_paths = {part.path for part in expected}
    for path in folder.glob(f"{_PART}*"):
        part = PartialCopy(path.with_suffix(""))
        if part.path not in expected_paths or not part.path.exists():
            with (
                files.translate_disk_errors(path, "remove"),
                contextlib.suppress(FileNotFoundError),
            ):
                files.system.unlink(path)


def copy_verified(source: Path, part: PartialCopy, progress: Progress) -> str:
    """Copy `source` to `part`, going on where it stopped, and return the SHA-256 of all of it.

    `progress` is called with the bytes copied. The copy was flushed and read back. Raises BadInput
    where the source changes meanwhile, SourceLost, NoRoom or DiskFailed.
    """
    before = _size_and_mtime(source)
    at, digest = part.resume_point()
    progress(at)
    copy = _CopyRun(source, part, at, digest, progress)
    sha256 = copy.run(before[0])
    if _size_and_mtime(source) != before:
        raise BadInput(
            f"{printable(source.name)} changed while it was copied.",
            "Wait until the camera or program has finished writing it, then run this again.",
        )
    return sha256


def _size_and_mtime(source: Path) -> tuple[int, int]:
    with _reading(source):
        stat = source.stat()
        return stat.st_size, stat.st_mtime_ns


@contextlib.contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceLost(
            f"{printable(source.name)} cannot be read to its end: {error.strerror or error}.",
            "Look whether the card or cable sits firmly, then run the same command again: it goes "
            "on where it was.",
        ) from error


class _BackgroundHash:
    """A hash computed in a thread of its own, so that hashing and the disk work side by side."""

    def __init__(self, digest: _Hash, pool: ThreadPoolExecutor) -> None:
        self._digest = digest
        self._pool = pool
        self._waiting: deque[Future[None]] = deque()

    def add(self, data: bytes) -> None:
        self._waiting.append(self._pool.submit(self._digest.update, data))
        while len(self._waiting) > _MOST_WAITING_CHUNKS:
            self._waiting.popleft().result()

    def now(self) -> str:
        while self._waiting:
            self._waiting.popleft().result()
        return self._digest.hexdigest()


class _CopyRun:
    """A run of copying, from byte `at` on, span by span."""

    def __init__(
        self, source: Path, part: PartialCopy, at: int, digest: _Hash, progress: Progress
    ) -> None:
        self._source, self._part, self._at = source, part, at
        self._digest, self._progress = digest, progress

    def run(self, size: int) -> str:
        """Copy the rest, and return the SHA-256 of all. Raises as `copy_verified`."""
        path = self._part.path
        with contextlib.ExitStack() as open_things:
            enter = open_things.enter_context
            enter(files.translate_disk_errors(path))
            hashing = _BackgroundHash(self._digest, enter(ThreadPoolExecutor(1)))
            with _reading(self._source):
                reading: Any = enter(self._source.open("rb", buffering=0))
                reading.seek(self._at)
            handle = files.system.open(path, os.O_WRONLY | os.O_CREAT)
            enter(files.closing(handle))
            # Bytes behind the checkpoint may not have reached the disk before a power cut.
            files.system.truncate(handle, self._at)
            os.lseek(handle, self._at, os.SEEK_SET)
            checking = _ReadBack(self._part, handle, enter(ThreadPoolExecutor(1)))
            try:
                self._spans(reading, handle, size, hashing, checking)
            except (KeyboardInterrupt, SourceLost):
                with contextlib.suppress(CarerStoriesError, OSError):
                    checking.end()
                raise
            return hashing.now()

    def _spans(
        self, reading: Any, handle: int, size: int, hashing: _BackgroundHash, checking: _ReadBack
    ) -> None:
        start = marked = self._at
        while written := self._write(reading, handle, hashing):
            mark = None
            if self._at - marked >= BLOCK or self._at == size > BLOCK:
                marked = self._at
                mark = _Checkpoint(at=marked, sha256=hashing.now())
            checking.begin(start, written, mark)
            start = self._at
        checking.end()

    def _write(self, reading: Any, handle: int, hashing: _BackgroundHash) -> list[bytes]:
        """Copy a span; return its chunks, for comparing. Raises OSError."""
        start, written = self._at, []
        while self._at < start + _SPAN:
            with _reading(self._source):
                chunk = reading.read(min(_CHUNK, start + _SPAN - self._at))
            if not chunk:
                break
            hashing.add(chunk)
            files.write_all(handle, chunk)
            written.append(chunk)
            self._at += len(chunk)
            self._progress(self._at)
        return written


class _ReadBack:
    """Flushes a span and compares it with the disk, while the next one is written."""

    def __init__(self, part: PartialCopy, handle: int, pool: ThreadPoolExecutor) -> None:
        self._part, self._handle, self._pool = part, handle, pool
        self._running: Future[None] | None = None
        self._mark: _Checkpoint | None = None

    def begin(self, start: int, written: list[bytes], mark: _Checkpoint | None) -> None:
        """Start checking a span. Raises the error of the span before."""
        self.end()
        self._running = self._pool.submit(self._check, start, written)
        self._mark = mark

    def end(self) -> None:
        """Wait for the span, then write its checkpoint. Raises OSError, DiskFailed or NoRoom."""
        if self._running:
            self._running.result()
        if self._mark:
            self._part.write_checkpoint(self._mark.at, self._mark.sha256)
        self._running = self._mark = None

    def _check(self, start: int, written: list[bytes]) -> None:
        files.system.fsync(self._handle)
        with self._part.path.open("rb", buffering=0) as file:
            if _fadvise:
                length = sum(len(chunk) for chunk in written)
                _fadvise(file.fileno(), start, length, os.POSIX_FADV_DONTNEED)
            file.seek(start)
            for chunk in written:
                if _read(file.fileno(), len(chunk)) != chunk:
                    raise DiskFailed(
                        "The copy of the recording differs from what was written.",
                        "The disk may be failing. Keep the recording where it is, and use another.",
                    )


def _read(handle: int, count: int) -> bytes:
    """Read `count` bytes, or fewer at the end: a read may return less. Raises OSError."""
    data = os.read(handle, count)
    while len(data) < count and (more := os.read(handle, count - len(data))):
        data += more
    return data
