"""Write files atomically: under a temporary name, flushed to the disk, then renamed.

At every instant a reader finds the old file or the new one. A full disk raises NoRoom, any other
refusal of the disk DiskFailed, both with the path and a next step. After a failed `fsync` nothing
is tried again on the same file: the kernel may have dropped the pages and would then say all is
well (see fsync(2)); the temporary file is thrown away and the error reported.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeGuard

from library.core import atomic_swap, system_calls
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError, DiskFailed, NoRoom, NotFound

TEMPORARY_MARK = ".new-"
"""In the name of every temporary file, so that one a killed process left can be recognised."""

_CHUNK_BYTES = 1 << 20
_SMALL_FILE_BYTES = 1 << 16
_BINARY = getattr(os, "O_BINARY", 0)  # Windows alone would translate line ends
_MAX_NAME_BYTES = 255  # bytes, on every file system we know
_DISK_FULL_ERRORS = {errno.ENOSPC, errno.EDQUOT}  # no room on the disk, or none in the user's quota
_DISK_FAILED_ERRORS = {
    getattr(errno, name)
    for name in (
        *("EIO", "EFBIG", "EROFS", "ENODEV", "ENXIO", "ESTALE", "EREMOTEIO", "EHOSTDOWN"),
        *("EACCES", "EPERM"),
    )
    if hasattr(errno, name)
}
"""Error numbers of a disk that is dying, gone, or on a network that is; or another account's."""


class System:
    """The calls by which the product changes the disk.

    It is one object, `files.system`, so that a test can make the Nth call fail, or kill the
    process there (`tests/faults/`), and so that no call can be forgotten. Use it as
    `files.system.fsync(…)`; importing the name itself would step around a test's replacement.
    """

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        return os.open(path, flags | _BINARY, mode)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        return os.write(handle, data)

    def fsync(self, handle: int) -> None:
        system_calls.flush_file(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def chmod(self, path: Path, mode: int) -> None:
        path.chmod(mode)

    def truncate(self, handle: int, length: int) -> None:
        os.ftruncate(handle, length)

    def link(self, source: Path, to: Path) -> None:
        to.hardlink_to(source)

    def replace(self, source: Path, to: Path) -> None:
        system_calls.change_name(lambda: source.replace(to), to)

    def unlink(self, path: Path) -> None:
        system_calls.change_name(path.unlink, path)

    def mkdir(self, path: Path, mode: int) -> None:
        path.mkdir(mode)

    def rmdir(self, path: Path) -> None:
        system_calls.change_name(path.rmdir, path)

    def exchange(self, first: Path, second: Path) -> None:
        atomic_swap.exchange(first, second)

    def flush(self, folder: Path) -> None:
        atomic_swap.flush(folder)


system = System()


def refusal(path: Path, error: OSError, doing: str = "write") -> CarerStoriesError:
    """Return the refusal for what the disk said about `path`."""
    if error.errno in _DISK_FULL_ERRORS:
        return NoRoom(
            f"There was no room to {doing} {path}.",
            "Free some space (`carer-stories doctor` says how much there is) and run it again.",
        )
    if error.errno == errno.EFBIG:
        return NoRoom(
            f"{path} became larger than the disk or this account allows.",
            "Use another disk, or format it as exFAT: disks in FAT format take no file over 4 GB.",
        )
    if system_calls.is_held_open(error):
        step = "Close what may have it open: a film, a folder’s window. Then run the command again."
    elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
        step = f"Check that you may {doing} it, then run the command again."
    elif isinstance(error, FileNotFoundError):
        step = "Check that its folder is there, then run the command again."
    else:
        step = "Check the disk, then run the command again; what was there before is kept."
    return DiskFailed(f"The disk refused to {doing} {path}: {error.strerror or error}.", step)


def is_disk_error(error: BaseException) -> TypeGuard[OSError]:
    """Return True for an error of the disk, rather than a fault of the program."""
    return isinstance(error, OSError) and (
        error.errno in _DISK_FULL_ERRORS | _DISK_FAILED_ERRORS or system_calls.is_failed_disk(error)
    )


@contextlib.contextmanager
def translate_disk_errors(path: Path, doing: str = "write") -> Iterator[None]:
    """Raise an OSError of the block as NoRoom or DiskFailed about `path`."""
    try:
        yield
    except OSError as error:
        raise refusal(path, error, doing) from error


def temporary_beside(path: Path) -> Path:
    """Return a fresh hidden name beside `path`; with its suffix, by which tools choose."""
    token = secrets.token_hex(4)
    room = _MAX_NAME_BYTES - len(f".{TEMPORARY_MARK}{token}{path.suffix}".encode())
    # A letter of several bytes may be cut in two.
    stem = path.stem.encode()[: max(room, 0)].decode(errors="ignore")
    return path.with_name(f".{stem}{TEMPORARY_MARK}{token}{path.suffix}")


def leftovers(folder: Path) -> list[Path]:
    """Return temporary files that killed processes left in `folder`."""
    return sorted(p for p in folder.glob(f".*{TEMPORARY_MARK}*") if p.is_file())


def leftover_folders(folder: Path) -> list[Path]:
    """Return temporary folders that killed processes left in `folder`."""
    return sorted(p for p in folder.glob(f".*{TEMPORARY_MARK}*") if p.is_dir())


def leftovers_of(path: Path) -> list[Path]:
    """Return leftover temporary files of `path`."""
    start = f".{path.stem}{TEMPORARY_MARK}"
    return [p for p in leftovers(path.parent) if p.name.startswith(start)]


def write_new_file(path: Path, data: bytes | memoryview, *, mode: int = 0o600) -> None:
    """Create `path`, which must not exist, write all of `data` and flush it. Raises OSError."""
    handle = system.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with closing(handle):
        write_all(handle, data)
        system.fsync(handle)


def write_behind(path: Path, end: int, data: bytes) -> None:
    """Write `data` behind the first `end` bytes of a file; on return it outlasts a power cut.

    What stood behind them, such as the torn line of a failed write, is cut off first. Raises NoRoom
    or DiskFailed, and then nothing was added.
    """
    with translate_disk_errors(path):
        handle = system.open(path, os.O_WRONLY)
        with closing(handle):
            try:
                # Not in append mode, which would write behind what is to be cut off.
                if os.fstat(handle).st_size != end:
                    system.truncate(handle, end)
                os.lseek(handle, end, os.SEEK_SET)
                write_all(handle, data)
                system.fsync(handle)
            except OSError:
                # If it cannot be cut now, the next call does it.
                with contextlib.suppress(OSError):
                    system.truncate(handle, end)
                raise


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` to `path` atomically. Raises NoRoom or DiskFailed.

    Should the very last step fail (flushing the folder after the rename), the error is raised
    although a reader already finds the new file: old or new, never between.
    """
    with translate_disk_errors(path):
        temporary = temporary_beside(path)
        try:
            write_new_file(temporary, data, mode=mode)
            system.replace(temporary, path)
        except BaseException:  # KeyboardInterrupt too: no half-written file may stay
            _discard(temporary)
            raise
        # The rename is in the folder, not in the file: only flushing the folder keeps it.
        fsync_folder(path.parent)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int | None = 0o600) -> Iterator[Path]:
    """Yield a temporary path for a tool to write; it replaces `path` at a clean end of the block.

    On any exception, KeyboardInterrupt among them, the temporary file is removed and `path` stays
    as it was. `mode=None` keeps the permissions the tool gave. Raises NoRoom or DiskFailed, also
    when the tool wrote nothing.
    """
    temporary = temporary_beside(path)
    try:
        yield temporary
        with translate_disk_errors(path):
            # Before it has its name: after a power cut the name might lead to an empty file.
            fsync_file(temporary)
            if mode is not None:
                set_mode(temporary, mode)
            system.replace(temporary, path)
    except BaseException:
        _discard(temporary)
        raise
    with translate_disk_errors(path):
        fsync_folder(path.parent)


def set_mode(path: Path, mode: int) -> None:
    """Set the permissions of a file or folder, where its disk keeps any. Raises OSError.

    A stick with FAT or exFAT refuses as Linux refuses a stranger (EPERM): whoever has it can read
    it, whatever is set. Its owner is refused nowhere else.
    """
    try:
        system.chmod(path, mode)
    except PermissionError:
        if os.name != "posix" or path.stat().st_uid != os.geteuid():
            raise


def delete_file(path: Path) -> None:
    """Remove a file that is needed no more. Raises DiskFailed."""
    with translate_disk_errors(path, "remove"):
        system.unlink(path)


def numbered(stem: str) -> Iterator[str]:
    """Yield names to try until one is free: `stem`, `stem-2`, `stem-3` and so on."""
    yield stem
    for number in itertools.count(2):
        yield f"{stem}-{number}"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises NotFound or DiskFailed."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            # Most files are small: `file_digest` lays out 256 KB for each, which takes longer than
            # to hash them. A site of a thousand stories has forty thousand to look at.
            while part := file.read(_SMALL_FILE_BYTES):
                digest.update(part)
                if len(part) == _SMALL_FILE_BYTES:
                    return hashlib.file_digest(file, lambda: digest).hexdigest()
            return digest.hexdigest()
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there.", "Check the path.") from error
    except OSError as error:
        raise refusal(path, error, "read") from error


def entries_below(folder: Path, within: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield everything below a folder, by its path in it; what links lead to is not gone into.

    A site has tens of thousands of files, and as `Path` each takes ten times as long.
    """
    with os.scandir(folder / within) as entries:
        for entry in entries:
            name = within + entry.name
            yield name, entry
            if entry.is_dir(follow_symlinks=False):
                yield from entries_below(folder, f"{name}/")


def steps_of(path: str) -> list[str]:
    """Return the steps of a path below a folder, as a key to sort by: folders as paths sort."""
    return path.split("/")


def copy_hashed(
    source: Path,
    dest: Path,
    *,
    mode: int = 0o600,
    progress: Callable[[int], None] | None = None,
    is_flushed_with_folder: bool = False,
) -> str:
    """Copy an ordinary file and return the SHA-256 of exactly the bytes that were written.

    `dest` appears whole or not at all. `progress` is told the bytes copied so far. With
    `is_flushed_with_folder` it is written as it stands, into a fresh folder that is flushed as a
    whole before anybody is shown it. Raises NotFound, BadInput for a folder, a pipe or a device,
    NoRoom or DiskFailed.
    """
    digest = hashlib.sha256()
    done = 0
    with (
        _open_regular_file(source) as reading,
        # Without a mode: `open` below sets it.
        contextlib.nullcontext(dest)
        if is_flushed_with_folder
        else replacing(dest, mode=None) as to,
        translate_disk_errors(dest),
    ):
        # O_EXCL: the name is fresh, and nobody else’s file is written over.
        writing = system.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with closing(writing):
            while chunk := _read_chunk(reading, source):
                digest.update(chunk)
                write_all(writing, chunk)
                done += len(chunk)
                if progress:
                    progress(done)
    return digest.hexdigest()


def linked(source: Path, to: Path) -> bool:
    """Give a file a second name; False where the disk, FAT or one on a network, knows no links.

    Raises OSError where the disk is full or fails.
    """
    try:
        system.link(source, to)
    except OSError as error:
        if error.errno in _DISK_FULL_ERRORS or error.errno == errno.EIO:
            raise
        return False
    return True


def fsync_file(path: Path) -> None:
    """Flush a file that something else wrote. Raises OSError."""
    # Not O_RDONLY: Windows flushes nothing through a handle that cannot write.
    handle = system.open(path, os.O_RDWR)
    with closing(handle):
        system.fsync(handle)


def fsync_folder(folder: Path) -> None:
    """Make names in `folder` (a rename, a removal) outlast a power cut. Raises OSError."""
    if os.name == "nt":  # Windows has no handle to flush a folder by
        return
    handle = system.open(folder, os.O_RDONLY)
    with closing(handle):
        system.fsync(handle)


def make_folder(folder: Path, *, mode: int = 0o700) -> None:
    """Make a folder, and those above it that are missing, so that they outlast a power cut.

    What is put into a folder is lost with it, however well it was flushed itself. A folder that is
    there stays as it is. Raises OSError.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for missing_folder in reversed(missing):
        try:
            system.mkdir(missing_folder, mode)
        # Another process may make the same folder.
        except FileExistsError:
            if not missing_folder.is_dir():
                raise
        fsync_folder(missing_folder.parent)


def free_bytes(path: Path) -> int:
    """Return the bytes this user may still write where `path` is, or would be."""
    folder = path
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    with translate_disk_errors(path, "measure the room for"):
        return shutil.disk_usage(folder).free


def expanded(path: Path | str) -> Path:
    """Return a path with the home folder that its `~` is for. Raises BadInput for nobody’s."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        person = Path(path).parts[0]
        raise BadInput(
            f"Nobody here has the home folder {person}.", f"For a folder of that name: ./{path}"
        ) from None


def real_path(path: Path | str) -> Path:
    """Return the whole path of what was typed, through every link.

    Raises BadInput for a home folder that nobody has, and for links that lead in a ring, for which
    `Path.resolve` raises RuntimeError.
    """
    typed = expanded(path)
    try:
        typed.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise BadInput(f"{path} is a link that leads to itself.", "Name another one.") from None
    return Path(os.path.realpath(typed))


def require_room(path: Path, needed: int) -> None:
    """Raise NoRoom unless `needed` bytes can be written where `path` is, or would be."""
    free = free_bytes(path)
    if free < needed:
        raise NoRoom(
            f"There is no room for {path}: it needs {human_size(needed)}, and "
            f"{human_size(free)} are free.",
            f"Free at least {human_size(needed - free)} and run it again.",
        )


def write_all(handle: int, data: bytes | memoryview) -> None:
    """Write every byte: the system may take fewer than it was given. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[system.write(handle, left) :]


@contextlib.contextmanager
def closing(handle: int) -> Iterator[None]:
    """Close at the end; a failed close is an error only if nothing failed before it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            system.close(handle)
        raise
    system.close(handle)


@contextlib.contextmanager
def _open_regular_file(source: Path) -> Iterator[int]:
    """Open a regular file to read, without blocking, so that a named pipe cannot hang a command."""
    try:
        handle = os.open(source, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise NotFound(f"{source} is not there.", "Check the path.") from error
    except OSError as error:
        raise refusal(source, error, "read") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BadInput(f"{source} is not an ordinary file.", "Name a file.")
        yield handle
    finally:
        os.close(handle)  # nothing was written: there is no error to hear about


def _read_chunk(handle: int, source: Path) -> bytes:
    try:
        return os.read(handle, _CHUNK_BYTES)
    except OSError as error:
        raise refusal(source, error, "read") from error


def _discard(temporary: Path) -> None:
    """Remove a temporary file. Failing is no second error: its name marks it as a leftover."""
    with contextlib.suppress(OSError):
        system.unlink(temporary)


def human_size(count: int) -> str:
    """Return bytes as people read them: `305.0 kB`, `1.2 GB`."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return counted(count, "byte")
