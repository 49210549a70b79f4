"""The journal of a session: one line of JSON for each thing that happened, flushed to the disk.

Lines are only ever added. A line that a kill tore was never answered for: it is left out when the
journal is read, and cut off before the next one is added. Any other line that cannot be read is
Damaged, naming it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from capture.sessions.events import AnyEvent, Prepared
from capture.sessions.state import SessionState, applied, begun
from library.core import files
from library.core.errors import Damaged, NotFound
from library.core.sanitise import UNDECODABLE

_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_ENCODER = msgspec.json.Encoder()


class Journal:
    """The lines at `path`. One writer at a time: whoever holds the story's session lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0

    def create(self, first: Prepared) -> SessionState:
        """Begin it with its first line, whole or not at all. Raises NoRoom or DiskFailed."""
        line = _line(first)
        files.write_atomic(self._path, line)
        self._end = len(line)
        return begun(first)

    def read(self) -> SessionState:
        """What its whole lines make. Raises NotFound, Damaged naming the line, or DiskFailed."""
        with files.refused_plainly(self._path, "read"):
            if not self._path.is_file():
                raise NotFound("There is no such session.", "carer-stories capture recover")
            data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        self._end = len(whole)
        return self._told(whole.splitlines())

    def _told(self, lines: list[bytes]) -> SessionState:
        state: SessionState | None = None
        for number, line in enumerate(lines, 1):
            try:
                event = _DECODER.decode(line)
                if state is None and isinstance(event, Prepared):
                    state = begun(event)
                elif state is not None and not isinstance(event, Prepared):
                    applied(state, event)
                else:
                    raise ValueError("it is out of place")
            except (*UNDECODABLE, ValueError, NotFound) as error:
                raise self._damaged(number, str(error)) from None
        if state is None:
            raise self._damaged(1, "it is not there")
        return state

    def _damaged(self, number: int, why: str) -> Damaged:
        return Damaged(
            f"Line {number} of {self._path} is not as we wrote it: {why}.",
            "The recording beside it is untouched: bring its files in with "
            "carer-stories capture import.",
        )

    def add(self, event: AnyEvent) -> None:
        """Put the event on the disk; at the end of this call it outlasts a power cut.

        Raises NoRoom or DiskFailed, and then the event did not happen.
        """
        line = _line(event)
        with files.refused_plainly(self._path):
            handle = files.system.open(self._path, os.O_WRONLY)
            with files.closing(handle):
                try:
                    if os.fstat(handle).st_size != self._end:
                        files.system.truncate(handle, self._end)
                    os.lseek(handle, self._end, os.SEEK_SET)
                    files.write_all(handle, line)
                    files.system.fsync(handle)
                except OSError:
                    with contextlib.suppress(OSError):
                        files.system.truncate(handle, self._end)
                    raise
        self._end += len(line)


def _line(event: AnyEvent) -> bytes:
    return _ENCODER.encode(event) + b"\n"
