"""Exchange two folders in one step, and flush a whole file system: calls Python lacks.

renameat2(2) with RENAME_EXCHANGE on Linux and renamex_np(2) with RENAME_SWAP on macOS change two
names in one step: whoever looks finds one folder or the other, never none. Where system or file
system cannot (Windows, FAT on some kernels), OSError says so and the caller renames twice.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path

_AT_FDCWD = -100
_LINUX_EXCHANGE = 1 << 1  # linux/fs.h
_MACOS_SWAP = 0x00000002  # sys/stdio.h
_MACOS_WAIT = 0x01 | 0x02  # unistd.h: SYNC_VOLUME_FULLSYNC, SYNC_VOLUME_WAIT


def exchange(first: Path, second: Path) -> None:
    """Exchange two existing folders. Raises OSError with ENOTSUP where one step is impossible."""
    call = _exchange_call()
    if call is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(first))
    names = os.fsencode(first), os.fsencode(second)
    if sys.platform == "darwin":
        failed = call(*names, _MACOS_SWAP)
    else:
        failed = call(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _LINUX_EXCHANGE)
    if failed:
        number = ctypes.get_errno()
        # What kernels and file systems say that do not know the call.
        cannot = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
        number = errno.ENOTSUP if number in cannot else number
        raise OSError(number, os.strerror(number), str(first))


def flush(folder: Path) -> None:
    """Flush everything in `folder`, or all of its file system. Raises OSError."""
    if os.name == "nt":
        _flush_each(folder)
        return
    # macOS’s sync(2) returns before all is written; this call waits, down to the disk’s cache.
    if (call := _library_call("sync_volume_np")) and not call(os.fsencode(folder), _MACOS_WAIT):
        return
    call = _library_call("syncfs")
    if call is None:
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        if call(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def _flush_each(folder: Path) -> None:
    """Flush file by file: Windows flushes a whole volume for its administrator alone."""
    for path in folder.rglob("*"):
        # A read-only one was flushed before it became so: it cannot be opened to be flushed.
        with contextlib.suppress(PermissionError):
            if path.is_file():
                handle = os.open(path, os.O_RDWR)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)


@cache
def _exchange_call() -> ctypes._NamedFuncPointer | None:
    name = {"darwin": "renamex_np", "linux": "renameat2"}.get(sys.platform)
    return _library_call(name) if name else None


@cache
def _library_call(name: str) -> ctypes._NamedFuncPointer | None:
    if os.name == "nt":
        return None
    try:
        function = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (AttributeError, OSError):
        return None
    function.restype = ctypes.c_int
    return function  # type: ignore[no-any-return]
