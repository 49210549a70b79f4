"""The folder of a backup: objects under their names, runs under their times."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from library.backup.encryption import NotSealedSoError, Sealer, torn
from library.backup.manifests import (
    LARGEST_RUN,
    RUN_ID,
    Head,
    Kept,
    Run,
    WrongRunError,
    decode_run,
    encode_run,
)
from library.core import files
from library.core.errors import Busy, Damaged, NotFound
from library.core.files import refused_plainly
from library.core.lock import held
from library.core.removal import remove
from library.core.shell_quote import typed

_CHUNK = 1 << 20
_SMALL = 1 << 20
"""Bytes up to which a file is read whole before anything of it is written."""
FOLDER_MODE = 0o700
_OBJECT = "object"
Told = Callable[[int], None]


def own_file(path: Path) -> os.stat_result | None:
    """An ordinary file, with what the disk says of it; None where nothing has its name.

    Raises Damaged for a link, a pipe or anything else: a backup may come from somebody else, and
    what a link leads to is no part of it.
    """
    seen = _own(path)
    if seen is not None and not stat.S_ISREG(seen.st_mode):
        raise _strange(path, "is no ordinary file")
    return seen


def own_folder(path: Path) -> bool:
    """Whether there is such a folder. Raises as `own_file`."""
    seen = _own(path)
    if seen is not None and not stat.S_ISDIR(seen.st_mode):
        raise _strange(path, "is no folder")
    return seen is not None


def _own(path: Path) -> os.stat_result | None:
    with refused_plainly(path, "read"):
        try:
            seen = path.lstat()
        except FileNotFoundError:
            return None
    leads_elsewhere = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)  # a junction on Windows
    if stat.S_ISLNK(seen.st_mode) or getattr(seen, "st_reparse_tag", 0) == leads_elsewhere:
        raise _strange(path, "is a link")
    return seen


def _strange(path: Path, how: str) -> Damaged:
    return Damaged(
        f"{path} {how}, and no backup makes one: nothing is read, written or removed there.",
        "Put what belongs there in its place, or use another copy of this backup.",
    )


class ChangedMeanwhileError(Exception):
    """A file that is gone, or no ordinary file any more, since it was listed."""


@dataclass
class Vault:
    """One backup. `sealer` reads and writes it."""

    folder: Path
    head: Head
    sealer: Sealer

    @property
    def objects(self) -> Path:
        return self.folder / "objects"

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def object(self, sha256: str) -> Path:
        name = self.sealer.name_of(sha256)
        return self.objects / name[:2] / name

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Held while anything is written or taken out. Raises Busy."""
        busy = Busy(
            f"Another command is at work on the backup in {self.folder}.",
            "Wait until it is done, then run this again; nothing was changed.",
        )
        with held(self.folder / ".lock", busy=busy):
            yield

    def require_own_folders(self) -> None:
        """Raises Damaged where a folder of it is none, or leads elsewhere."""
        own_folder(self.objects)
        own_folder(self.runs)

    # Objects

    def has(self, sha256: str, size: int) -> bool:
        """Whether an object of the right length has this content’s name. Raises Damaged."""
        seen = self._seen(sha256)
        return seen is not None and seen.st_size == self.sealer.stored_size(size)

    def _seen(self, sha256: str) -> os.stat_result | None:
        path = self.object(sha256)
        return own_file(path) if own_folder(path.parent) else None

    def put(self, source: Path, told: Told, *, anew: bool = False) -> tuple[Kept, bool]:
        """Keep an ordinary file; what was kept, without its path, and whether it was new.

        With `anew` an object that is there is read, and replaced where it is not as it should be.
        Raises ChangedMeanwhileError, NoRoom, DiskFailed, and Damaged for what reads back otherwise.
        """
        handle = _open(source)
        try:
            seen = os.fstat(handle)
            if not stat.S_ISREG(seen.st_mode):
                raise ChangedMeanwhileError
            if seen.st_size <= _SMALL:
                data = b"".join(_reading(handle, source))
                told(len(data))
                sha256, size, new = self._put_bytes(data, anew=anew)
            else:
                sha256, size, new = self._put_large(handle, source, told, anew=anew)
        finally:
            os.close(handle)
        kept = Kept(
            path=source.name,
            sha256=sha256,
            size=size,
            mode=stat.S_IMODE(seen.st_mode) & 0o777,
            seen=(seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino),
        )
        return kept, new

    def _put_bytes(self, data: bytes, *, anew: bool) -> tuple[str, int, bool]:
        sha256 = hashlib.sha256(data).hexdigest()
        if self._stands(sha256, len(data), anew=anew):
            return sha256, len(data), False
        with self._written(iter([data])) as temporary:
            self._name(temporary, sha256)
        return sha256, len(data), True

    def _put_large(
        self, handle: int, source: Path, told: Told, *, anew: bool
    ) -> tuple[str, int, bool]:
        digest, done = hashlib.sha256(), 0

        def hashed() -> Iterator[bytes]:
            nonlocal done
            for chunk in _reading(handle, source):
                digest.update(chunk)
                done += len(chunk)
                told(done)
                yield chunk

        with self._written(hashed()) as temporary:
            sha256 = digest.hexdigest()
            new = not self._stands(sha256, done, anew=anew)
            if new:
                self._name(temporary, sha256)
        return sha256, done, new

    def _stands(self, sha256: str, size: int, *, anew: bool) -> bool:
        if not self.has(sha256, size):
            return False
        return not anew or self.is_whole(sha256)

    @contextlib.contextmanager
    def _written(self, content: Iterator[bytes]) -> Iterator[Path]:
        """A temporary file with `content`, flushed; gone at the end unless it was renamed."""
        temporary = files.temporary_beside(self.objects / _OBJECT)
        try:
            with refused_plainly(temporary):
                handle = files.system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with files.closing(handle):
                    for piece in self.sealer.seal(content, _OBJECT):
                        files.write_all(handle, piece)
                    files.system.fsync(handle)
                    _forget_cached(handle)
            yield temporary
        finally:
            with contextlib.suppress(OSError):
                if temporary.exists():
                    files.system.unlink(temporary)

    def _name(self, temporary: Path, sha256: str) -> None:
        """Read it back, and only then give it its name."""
        if self._hash_of(temporary) != sha256:
            raise Damaged(
                f"The disk of {self.folder} gave back other bytes than were written.",
                "Do not rely on that disk. Back up to another one.",
            )
        path = self.object(sha256)
        with refused_plainly(path):
            if not own_folder(path.parent):
                path.parent.mkdir(mode=FOLDER_MODE)
                files.fsync_folder(self.objects)
            files.system.replace(temporary, path)
            files.fsync_folder(path.parent)

    def is_whole(self, sha256: str) -> bool:
        """Whether the object is there with this content. Raises DiskFailed, Damaged."""
        return self._seen(sha256) is not None and self._hash_of(self.object(sha256)) == sha256

    def _hash_of(self, path: Path) -> str:
        """Of what is in it, or nothing where it is torn."""
        digest = hashlib.sha256()
        with contextlib.suppress(NotSealedSoError):
            for piece in self._opened(path, _OBJECT):
                digest.update(piece)
            return digest.hexdigest()
        return ""

    def content(self, kept: Kept) -> Iterator[bytes]:
        """The content of an object, whose hash is the caller’s to compare. Raises Damaged.

        It is as long as the run says, and not a byte of more is given out: a disk is not filled by
        what only says that it is small.
        """
        path = self.object(kept.sha256)
        if self._seen(kept.sha256) is None:
            raise Damaged(
                f"The backup lacks {kept.path}: its object is not there.",
                "See what is still whole: carer-stories backup DEST --verify. An earlier run, or "
                "another backup, may have it.",
            )
        length = 0
        try:
            for piece in self._opened(path, _OBJECT):
                length += len(piece)
                if length > kept.size:
                    break
                yield piece
        except NotSealedSoError:
            raise torn(f"In the backup, {kept.path}") from None
        if length != kept.size:
            raise Damaged(
                f"In the backup, {kept.path} is not as long as its run says.",
                "See what is still whole: carer-stories backup DEST --verify",
            )

    def _opened(self, path: Path, about: str) -> Iterator[bytes]:
        yield from self.sealer.opened(_chunks(path), about)

    def all_objects(self) -> list[Path]:
        """Every object that has a name. Raises DiskFailed, and Damaged for a link among them."""
        if not own_folder(self.objects):
            return []
        with refused_plainly(self.objects, "read"):
            shards = sorted(path for path in self.objects.iterdir() if path.is_dir())
            found = [path for one in shards if own_folder(one) for path in sorted(one.iterdir())]
        return [path for path in found if own_file(path)]

    def sweep(self, needed: Iterable[Run]) -> tuple[int, int]:
        """Remove every object that no run needs: how many, and their bytes. Raises DiskFailed.

        The caller has read every run; with one that cannot be read nothing may be removed.
        """
        wanted = {self.object(kept.sha256) for run in needed for kept in run.files}
        count = size = 0
        for path in self.all_objects():
            if path not in wanted:
                length = path.lstat().st_size
                if refused := remove(path):
                    raise files.refusal(path, OSError(refused[0].why), "remove")
                count, size = count + 1, size + length
        return count, size

    def remove_leftovers(self) -> None:
        """What a killed run left: never part of the backup. The caller holds the lock."""
        for folder in (self.folder, self.objects, self.runs):
            for path in files.leftovers(folder) if folder.is_dir() else ():
                with refused_plainly(path, "remove"):
                    files.system.unlink(path)

    # Runs

    def run_ids(self) -> list[str]:
        """Every run, oldest first. Raises DiskFailed."""
        with refused_plainly(self.runs, "read"):
            names = [path.name for path in self.runs.iterdir()] if self.runs.is_dir() else []
        ids = (name.removesuffix(self._suffix) for name in names if name.endswith(self._suffix))
        return sorted((one for one in ids if RUN_ID.fullmatch(one)), key=_in_time)

    def read_run(self, run_id: str) -> Run:
        """Raises NotFound, DiskFailed, and Damaged for one that is not as it was written."""
        path = self.run_file(run_id)
        seen = own_file(path)
        if seen is None:
            raise NotFound(
                f"There is no run {run_id} in {self.folder}.",
                f"See which there are: carer-stories backup {typed(self.folder)} --list",
            )
        if seen.st_size > self.sealer.stored_size(LARGEST_RUN):
            raise _no_run(path, f"it is larger than any run: {seen.st_size:,} bytes")
        try:
            data = b"".join(self._opened(path, f"run {run_id}"))
            return decode_run(data, run_id)
        except NotSealedSoError:
            raise _no_run(path, "it is torn, or was changed after it was written") from None
        except WrongRunError as error:
            raise _no_run(path, str(error)) from None

    def readable_runs(self) -> tuple[list[Run], list[Damaged]]:
        """Every run that can be read, oldest first, and what is the matter with the others."""
        runs, troubles = [], []
        for run_id in self.run_ids():
            try:
                runs.append(self.read_run(run_id))
            except Damaged as error:
                troubles.append(error)
        return runs, troubles

    def write_run(self, run: Run) -> None:
        """Put a run in place, whole, and read it back. Raises NoRoom, DiskFailed, Damaged."""
        data = b"".join(self.sealer.seal([encode_run(run)], f"run {run.id}"))
        files.write_atomic(self.run_file(run.id), data)
        self.read_run(run.id)

    def free_run_id(self, made: str) -> str:
        """Two runs in one second are two."""
        stem = made.replace(":", "")
        names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
        return next(name for name in names if not self.run_file(name).exists())

    def run_file(self, run_id: str) -> Path:
        return self.runs / f"{run_id}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return ".sealed" if self.sealer.sealed else ".json"


def _in_time(run_id: str) -> tuple[str, int]:
    stem, _, number = run_id.partition("Z")
    return stem, int(number.removeprefix("-") or 1)


def _open(source: Path) -> int:
    """Without blocking and without following a link."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(source, flags | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, IsADirectoryError):
        raise ChangedMeanwhileError from None
    except OSError as error:
        if source.is_symlink():
            raise ChangedMeanwhileError from None
        raise files.refusal(source, error, "read") from error


def _reading(handle: int, source: Path) -> Iterator[bytes]:
    while True:
        with refused_plainly(source, "read"):
            chunk = os.read(handle, _CHUNK)
        if not chunk:
            return
        yield chunk


def _chunks(path: Path) -> Iterator[bytes]:
    with refused_plainly(path, "read"), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _forget_cached(handle: int) -> None:
    """So that reading back asks the disk, where the system lets us say so."""
    with contextlib.suppress(AttributeError, OSError):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _no_run(path: Path, how: str) -> Damaged:
    return Damaged(
        f"The run {path.name} of the backup cannot be relied on: {how}.",
        "Use another run (--list shows them), and back up again. Nothing is removed from this "
        "backup while one of its runs cannot be read.",
    )
