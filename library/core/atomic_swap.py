"""Exchange two folders in one step, and flush a whole file system: calls Python lacks.

renameat2(2) with RENAME_EXCHANGE on Linux and renamex_np(2) with RENAME_SWAP on macOS change two
names in one step: whoever looks finds one folder or the other, never none. Where system or file
system cannot (Windows, FAT on some kernels), OSError says so and the caller renames twice.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path

_AT_FDCWD = -100
_LINUX_EXCHANGE = 1 << 1  # linux/fs.h
_MACOS_SWAP = 0x00000002  # sys/stdio.h


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
    """Flush everything written to the file system of `folder`. Raises OSError."""
    call = _library_call("syncfs")
    if call is None:
        # macOS has no syncfs, so everything is flushed; Windows has neither.
        if hasattr(os, "sync"):
            os.sync()
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        if call(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
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
