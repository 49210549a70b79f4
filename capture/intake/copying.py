"""Copy large recordings in resumable steps, hashed on the way and read back from the disk.

A copy grows under a hidden name, `.part-<16 digits>`, made from the size, time and content of the
source. After every block that has reached the disk, a checkpoint holds its length and SHA-256. If
it is interrupted (Ctrl-C, a kill, a power cut, a card that came loose), the next import of the same
file checks the copy against the checkpoint and continues from there: the card is not read twice.

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
from library.core.errors import BadInput, Busy, CarerStoriesError, DiskFailed
from library.core.lock import locked
from library.core.sanitise import printable
from library.core.workspace import StoryFolder

if TYPE_CHECKING:
    from hashlib import _Hash

    from capture.media.run_ffmpeg import Progress

CHECKPOINT_BYTES = 128 << 20
"""Bytes between two checkpoints: about as much may be copied again. A whole number of spans."""
_SPAN_BYTES = 32 << 20
"""Bytes of a span: written, flushed, read back and compared together, and kept in memory."""
_CHUNK_BYTES = 1 << 20
"""Bytes of one read and one write."""
_MAX_WAITING_CHUNKS = 8
"""Chunks that may wait to be hashed, so that memory stays small where the disk is the quicker."""
_IDENTIFYING_BYTES = 1 << 20
"""Bytes at each end of a source that identify it: they go into the name of its partial copy."""
_PART_PREFIX = ".part-"
# Drops a file from the cache. macOS and Windows lack it: there the comparison may read the cache.
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
        checkpoint = self._read_checkpoint()
        return checkpoint.at if checkpoint else 0

    def _read_checkpoint(self) -> _Checkpoint | None:
        """Return the checkpoint, or None if there is none that the copy is long enough for."""
        checkpoint = struct_file.load_if_readable(self.checkpoint_path, _Checkpoint)
        with contextlib.suppress(OSError):
            # A checkpoint beyond the end of the file cannot be believed.
            if checkpoint and 0 < checkpoint.at <= self.path.stat().st_size:
                return checkpoint
        return None

    def write_checkpoint(self, at: int, sha256: str) -> None:
        """Write the checkpoint of the first `at` bytes. Raises NoRoom or DiskFailed."""
        struct_file.save(self.checkpoint_path, _Checkpoint(at=at, sha256=sha256))

    def resume_point(self) -> tuple[int, _Hash]:
        """Return the byte to continue at and the hash up to there; 0 if the checkpoint is wrong."""
        checkpoint = self._read_checkpoint()
        digest = hashlib.sha256()
        if checkpoint is None:
            return 0, digest
        with files.translate_disk_errors(self.path, "read"), self.path.open("rb") as file:
            remaining = checkpoint.at
            while remaining and (chunk := file.read(min(_CHUNK_BYTES, remaining))):
                digest.update(chunk)
                remaining -= len(chunk)
        return (
            (checkpoint.at, digest)
            if digest.hexdigest() == checkpoint.sha256
            else (0, hashlib.sha256())
        )

    def remove(self) -> None:
        """Remove the files; the next import removes one that cannot be removed now."""
        # The copy first: a checkpoint that is left alone is removed by the next import.
        for path in (self.path, self.checkpoint_path):
            with contextlib.suppress(OSError):
                files.system.unlink(path)


def partial_copy_of(folder: Path, source: Path) -> PartialCopy:
    """Return the partial copy of `source` in `folder`, the same every time. Raises SourceLost."""
    # Size, time and both ends: enough to tell recordings apart without reading all of a card.
    with _source_errors_translated(source):
        stat = source.stat()
        digest = hashlib.sha256(f"{stat.st_size}:{stat.st_mtime_ns}".encode())
        with source.open("rb") as file:
            digest.update(file.read(_IDENTIFYING_BYTES))
            file.seek(max(0, stat.st_size - _IDENTIFYING_BYTES))
            digest.update(file.read(_IDENTIFYING_BYTES))
    return PartialCopy(folder / f"{_PART_PREFIX}{digest.hexdigest()[:16]}")


def broken_off_bytes(folder: StoryFolder) -> int:
    """Return the bytes of a story's partial copies; 0 while an import is at work on them."""
    size = 0
    for path in folder.original.glob(f"{_PART_PREFIX}*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    if not size or not folder.import_lock.exists():
        return size
    try:
        with locked(folder.import_lock, busy=Busy("An import is at work.", "Wait for it.")):
            return size
    except Busy:
        return 0


def remove_stale_copies(folder: Path, expected: Collection[PartialCopy]) -> None:
    """Remove partial copies other than `expected`, and checkpoints without a copy."""
    expected_paths = {part.path for part in expected}
    for path in folder.glob(f"{_PART_PREFIX}*"):
        part = PartialCopy(path.with_suffix(""))
        if part.path not in expected_paths or not part.path.exists():
            with (
                files.translate_disk_errors(path, "remove"),
                contextlib.suppress(FileNotFoundError),
            ):
                files.system.unlink(path)


def copy_verified(source: Path, part: PartialCopy, progress: Progress) -> str:
    """Copy `source` to `part`, from where it stopped, and return the SHA-256 of the whole.

    `progress` is called with the bytes copied. The copy was flushed and read back. Raises BadInput
    where the source changes meanwhile, SourceLost, NoRoom or DiskFailed.
    """
    before = _size_and_mtime(source)
    at, digest = part.resume_point()
    progress(at)
    copy = _CopyRun(source, part, at, digest, progress)
    sha256 = copy.run(before[0])
    # Looked at again: a camera may still be writing the file.
    if _size_and_mtime(source) != before:
        raise BadInput(
            f"{printable(source.name)} changed while it was copied.",
            "Wait until the camera or program has finished writing it, then run this again.",
        )
    return sha256


def _size_and_mtime(source: Path) -> tuple[int, int]:
    with _source_errors_translated(source):
        stat = source.stat()
        return stat.st_size, stat.st_mtime_ns


@contextlib.contextmanager
def _source_errors_translated(source: Path) -> Iterator[None]:
    """Raise SourceLost for an OSError of the block, which reads `source`."""
    try:
        yield
    except OSError as error:
        raise SourceLost(
            f"{printable(source.name)} cannot be read to its end: {error.strerror or error}.",
            "Look whether the card or cable sits firmly, then run the same command again: it goes "
            "on where it was.",
        ) from error


class _BackgroundHash:
    """A hash computed in its own thread, in parallel with the disk."""

    def __init__(self, digest: _Hash, pool: ThreadPoolExecutor) -> None:
        self._digest = digest
        self._pool = pool
        self._waiting: deque[Future[None]] = deque()

    def add(self, data: bytes) -> None:
        self._waiting.append(self._pool.submit(self._digest.update, data))
        while len(self._waiting) > _MAX_WAITING_CHUNKS:
            self._waiting.popleft().result()

    def hexdigest(self) -> str:
        """Return the hash of everything added, after waiting for it."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._digest.hexdigest()


class _CopyRun:
    """The copying of a source from byte `at` on, span by span."""

    def __init__(
        self, source: Path, part: PartialCopy, at: int, digest: _Hash, progress: Progress
    ) -> None:
        self._source, self._part, self._at = source, part, at
        self._digest, self._progress = digest, progress

    def run(self, size: int) -> str:
        """Copy the rest, and return the SHA-256 of all. Raises as `copy_verified`."""
        path = self._part.path
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            enter(files.translate_disk_errors(path))
            background_hash = _BackgroundHash(self._digest, enter(ThreadPoolExecutor(1)))
            with _source_errors_translated(self._source):
                source_file: Any = enter(self._source.open("rb", buffering=0))
                source_file.seek(self._at)
            # Without O_TRUNC: what an earlier run has copied stays.
            handle = files.system.open(path, os.O_WRONLY | os.O_CREAT)
            enter(files.closing(handle))
            # Bytes after the checkpoint may not have reached the disk before a power cut.
            files.system.truncate(handle, self._at)
            os.lseek(handle, self._at, os.SEEK_SET)
            read_back = _ReadBack(self._part, handle, enter(ThreadPoolExecutor(1)))
            try:
                self._copy_spans(source_file, handle, size, background_hash, read_back)
            # The last span still gets its checkpoint, so that the next run goes on after it.
            except (KeyboardInterrupt, SourceLost):
                with contextlib.suppress(CarerStoriesError, OSError):
                    read_back.end_check()
                raise
            return background_hash.hexdigest()

    def _copy_spans(
        self,
        source_file: Any,
        handle: int,
        size: int,
        background_hash: _BackgroundHash,
        read_back: _ReadBack,
    ) -> None:
        start = checkpoint_at = self._at
        while chunks := self._copy_span(source_file, handle, background_hash):
            checkpoint = None
            if self._at - checkpoint_at >= CHECKPOINT_BYTES or self._at == size > CHECKPOINT_BYTES:
                checkpoint_at = self._at
                checkpoint = _Checkpoint(at=checkpoint_at, sha256=background_hash.hexdigest())
            read_back.begin_check(start, chunks, checkpoint)
            start = self._at
        read_back.end_check()

    def _copy_span(
        self, source_file: Any, handle: int, background_hash: _BackgroundHash
    ) -> list[bytes]:
        """Copy a span and return its chunks, to compare them; none at the end. Raises OSError."""
        start, chunks = self._at, []
        while self._at < start + _SPAN_BYTES:
            with _source_errors_translated(self._source):
                chunk = source_file.read(min(_CHUNK_BYTES, start + _SPAN_BYTES - self._at))
            if not chunk:
                break
            background_hash.add(chunk)
            files.write_all(handle, chunk)
            chunks.append(chunk)
            self._at += len(chunk)
            self._progress(self._at)
        return chunks


class _ReadBack:
    """Flushes a span and compares it with the disk, while the next one is written."""

    def __init__(self, part: PartialCopy, handle: int, pool: ThreadPoolExecutor) -> None:
        self._part, self._handle, self._pool = part, handle, pool
        self._running: Future[None] | None = None
        self._checkpoint: _Checkpoint | None = None

    def begin_check(self, start: int, chunks: list[bytes], checkpoint: _Checkpoint | None) -> None:
        """Start checking a span. Raises the error of the span before."""
        self.end_check()
        self._running = self._pool.submit(self._compare, start, chunks)
        self._checkpoint = checkpoint

    def end_check(self) -> None:
        """Wait for the span, then write its checkpoint. Raises OSError, DiskFailed or NoRoom."""
        if self._running:
            self._running.result()
        # Behind the check: a checkpoint must never claim what was not read back.
        if self._checkpoint:
            self._part.write_checkpoint(self._checkpoint.at, self._checkpoint.sha256)
        self._running = self._checkpoint = None

    def _compare(self, start: int, chunks: list[bytes]) -> None:
        # Flushed first: the system drops no pages that wait to be written.
        files.system.fsync(self._handle)
        with self._part.path.open("rb", buffering=0) as file:
            if _fadvise:
                length = sum(len(chunk) for chunk in chunks)
                _fadvise(file.fileno(), start, length, os.POSIX_FADV_DONTNEED)
            file.seek(start)
            for chunk in chunks:
                if _read_fully(file.fileno(), len(chunk)) != chunk:
                    raise DiskFailed(
                        "The copy of the recording differs from what was written.",
                        "The disk may be failing. Keep the recording where it is, and use another.",
                    )


def _read_fully(handle: int, count: int) -> bytes:
    """Read `count` bytes, or fewer at the end: a read may return less. Raises OSError."""
    data = os.read(handle, count)
    while len(data) < count and (more := os.read(handle, count - len(data))):
        data += more
    return data
