"""A recording as it grows: chunk after chunk put behind each other in one file, each flushed.

The journal says up to which byte a take is safe. What lies behind that is the torn end of a chunk
that was never answered for; its sender sends it again, and the end is cut off before that.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from capture.sessions.refusals import ChunkNoRoom, TakeFailed
from library.core import files
from library.core.errors import CarerStoriesError, NoRoom

RESERVE = 32_000_000
"""Bytes that stay free, so that a journal can still be written and a session ended."""
_SAFE = "Everything recorded up to now is safe."


def append(path: Path, end: int, data: bytes, *, number: int) -> None:
    """Put `data` at byte `end` of the take's file, and flush it.

    Raises ChunkNoRoom when the disk is full: the same chunk may come again. Raises TakeFailed for
    anything else the disk says, and when a file is shorter than it was: no byte is tried twice on
    a file whose flushing failed, so what comes next belongs to another take.
    """
    _require_room(path, len(data), number)
    try:
        _append(path, end, data)
    except _Full as error:
        raise _no_room(path, number) from error
    except OSError as error:
        raise _failed(number, error.strerror or str(error)) from error


class _Full(Exception):
    """The disk took only a part of the bytes, and gave it back."""


def _append(path: Path, end: int, data: bytes) -> None:
    fresh = end == 0
    handle = files.system.open(path, os.O_WRONLY | (os.O_CREAT if fresh else 0))
    with files.closing(handle):
        size = os.fstat(handle).st_size
        if size < end:
            raise OSError(0, f"only {size} of {end} bytes are there")
        if size > end:
            files.system.truncate(handle, end)
        os.lseek(handle, end, os.SEEK_SET)
        try:
            files.write_all(handle, data)
        except OSError as error:
            with contextlib.suppress(OSError):
                files.system.truncate(handle, end)
            if isinstance(files.refusal(path, error), NoRoom):
                raise _Full from error
            raise
        files.system.fsync(handle)
    if fresh:
        files.fsync_folder(path.parent)


def _require_room(path: Path, size: int, number: int) -> None:
    if files.free_bytes(path) < size + RESERVE:
        raise _no_room(path, number)


def _no_room(path: Path, number: int) -> ChunkNoRoom:
    free = 0
    with contextlib.suppress(CarerStoriesError):
        free = files.free_bytes(path)
    return ChunkNoRoom(
        f"The disk of this computer is full. {_SAFE}",
        "Make room on it, then go on; or stop here.",
        next=number,
        free_bytes=free,
    )


def _failed(number: int, why: str) -> TakeFailed:
    return TakeFailed(
        f"The disk failed while this was recorded ({why}). {_SAFE}",
        "Go on: what comes now is kept in a file of its own.",
        next=number,
    )
