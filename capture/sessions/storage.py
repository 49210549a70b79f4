"""The files of a session: its journal, and the takes as they grow.

The journal has one line of JSON for each event, flushed to the disk, and lines are only ever added.
A line that a kill tore was never acknowledged: it is left out when the journal is read, and cut off
before the next one is added. Any other unreadable line is Damaged.

A take is one file to which chunk after chunk is appended, each flushed. The journal says up to
which byte a take is safe; bytes after that are the torn end of a chunk that was never
acknowledged. Its sender sends it again, and the torn end is cut off first.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from capture.sessions.events import AnyEvent, SessionPrepared
from capture.sessions.refusals import NoRoomForChunk, TakeFailed
from capture.sessions.state import SessionState, apply_event, initial_state
from library.core import files
from library.core.errors import CarerStoriesError, Damaged, NoRoom, NotFound
from library.core.struct_file import UNDECODABLE, explain

_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_ENCODER = msgspec.json.Encoder()


class Journal:
    """The journal at `path`. One writer at a time: the holder of the story's session lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0

    def create(self, first: SessionPrepared) -> SessionState:
        """Create the file with its first line, whole or not at all. Raises NoRoom or DiskFailed."""
        line = _line(first)
        files.write_atomic(self._path, line)
        self._end = len(line)
        return initial_state(first)

    def read(self) -> SessionState:
        """Return the state after all whole lines.

        Raises NotFound, Damaged naming the line, or DiskFailed.
        """
        with files.translate_disk_errors(self._path, "read"):
            if not self._path.is_file():
                raise NotFound("There is no such session.", "carer-stories capture recover")
            data = self._path.read_bytes()
        # Behind the last line end is what a kill tore: it was never acknowledged.
        whole = data[: data.rfind(b"\n") + 1]
        self._end = len(whole)
        return self._replay(whole.splitlines())

    def _replay(self, lines: list[bytes]) -> SessionState:
        state: SessionState | None = None
        for number, line in enumerate(lines, 1):
            try:
                event = _DECODER.decode(line)
                if state is None and isinstance(event, SessionPrepared):
                    state = initial_state(event)
                elif state is not None and not isinstance(event, SessionPrepared):
                    apply_event(state, event)
                else:
                    raise ValueError("it is out of place")
            # NotFound: the line speaks of a take that never began.
            except (*UNDECODABLE, ValueError, NotFound) as error:
                raise self._damaged(number, explain(error)) from None
        if state is None:
            raise self._damaged(1, "it is not there")
        return state

    def _damaged(self, number: int, reason: str) -> Damaged:
        return Damaged(
            f"Line {number} of {self._path} is not as we wrote it: {reason}.",
            "Bring in the recording beside it, which is untouched: "
            "carer-stories capture import STORY FILE",
        )

    def add(self, event: AnyEvent) -> None:
        """Write the event to the disk; when this returns, it outlasts a power cut.

        Raises NoRoom or DiskFailed, and then the event did not happen.
        """
        line = _line(event)
        files.write_behind(self._path, self._end, line)
        self._end += len(line)


def _line(event: AnyEvent) -> bytes:
    return _ENCODER.encode(event) + b"\n"


RESERVED_BYTES = 32_000_000
"""Bytes that stay free, so that a journal can still be written and a session ended."""
SOUND_RESERVED_BYTES = 500_000_000
"""Bytes that uncompressed sound leaves free: a disk that fills up is a take’s first."""
_SAFE = "What came before this part is safe."


def append_chunk(
    path: Path, end: int, data: bytes, *, number: int, reserved: int = RESERVED_BYTES
) -> None:
    """Write `data` at byte `end` of the take's file, and flush it; `reserved` bytes stay free.

    Raises NoRoomForChunk when the disk is full: the same chunk may be sent again. Raises TakeFailed
    for any other error, and when the file is shorter than it was.
    """
    # After a failed fsync nobody knows which bytes are on the disk, and a second one may succeed
    # without them. So no byte is tried twice on such a file: the rest belongs to another take.
    _require_room(path, len(data) + reserved, number)
    try:
        _append(path, end, data)
    except _DiskFull as error:
        raise _no_room(path, number) from error
    except OSError as error:
        raise _failed(number, error.strerror or str(error)) from error


class _DiskFull(Exception):
    """The disk had room for a part of the bytes only; the file was cut back."""


def _append(path: Path, end: int, data: bytes) -> None:
    fresh = end == 0
    # A file that is gone is not begun anew: the bytes before this chunk would be missing.
    handle = files.system.open(path, os.O_WRONLY | (os.O_CREAT if fresh else 0))
    with files.closing(handle):
        size = os.fstat(handle).st_size
        if size < end:
            raise OSError(0, f"only {size} of {end} bytes are there")
        # The torn end of a chunk that was never acknowledged.
        if size > end:
            files.system.truncate(handle, end)
        os.lseek(handle, end, os.SEEK_SET)
        try:
            files.write_all(handle, data)
        except OSError as error:
            with contextlib.suppress(OSError):
                files.system.truncate(handle, end)
            if isinstance(files.refusal(path, error), NoRoom):
                raise _DiskFull from error
            raise
        files.system.fsync(handle)
    # A new file’s name is sure only once its folder was flushed.
    if fresh:
        files.fsync_folder(path.parent)


def _require_room(path: Path, size: int, number: int) -> None:
    if files.free_bytes(path) < size:
        raise _no_room(path, number)


def _no_room(path: Path, number: int) -> NoRoomForChunk:
    free = 0
    with contextlib.suppress(CarerStoriesError):
        free = files.free_bytes(path)
    return NoRoomForChunk(
        f"The disk of this computer is full. {_SAFE}",
        "Make room on it, then go on; or stop here.",
        next=number,
        free_bytes=free,
    )


def _failed(number: int, reason: str) -> TakeFailed:
    return TakeFailed(
        f"The disk failed while this was recorded ({reason}). {_SAFE}",
        "Go on: the rest is kept in a file of its own.",
        next=number,
    )
