"""The journal of a session at the desk: a line for each request, on the disk before it is answered.

Each line begins with a checksum over its number and what it says. The torn end of a line that was
never answered is left out when the journal is read, and cut off before the next line is added. Any
other unreadable line is Damaged.
"""

from __future__ import annotations

import contextlib
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from library.core import files
from library.core.errors import BadInput, Damaged
from library.core.sanitise import printable
from library.core.struct_file import UNDECODABLE
from stewardship.desk.text_changes import TextChange, Utf16Text

_SUM_BYTES = 8


class DeskSessionBegun(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="begun"
):
    """The first line: the text as it was when the session began."""

    session: str
    """A random name, so that nobody takes its versions for those of another session."""
    text: str
    story: str = ""
    """The story whose text it is; empty in those of the first days."""


class ChangesMade(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="changed"
):
    """The changes of one request."""

    key: str
    """Named by whoever asks: the same request that comes again is known by it."""
    changes: tuple[TextChange, ...]
    in_file: Annotated[int, Meta(ge=0)]
    """The version that stood in the file when this was written."""
    reason: str = ""
    """Empty for what a person typed, else why the desk itself changed the text."""


@dataclass(frozen=True)
class JournalLines:
    """All whole lines of a journal."""

    begun: DeskSessionBegun
    made: tuple[ChangesMade, ...]


_DECODER: msgspec.json.Decoder[DeskSessionBegun | ChangesMade] = msgspec.json.Decoder(
    DeskSessionBegun | ChangesMade
)
_ENCODER = msgspec.json.Encoder()


class DeskJournal:
    """The journal at `path`. One writer at a time: the desk that holds the library's desk lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._story = path.parent.name
        self._end = self._count = 0

    def is_whole(self) -> bool:
        """Return True if all that was written into it is there: nobody removed or cut it."""
        try:
            status = self._path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and 0 < self._end <= status.st_size

    def begin(self, first: DeskSessionBegun, made: Iterable[ChangesMade] = ()) -> None:
        """Create it, or write it anew: whole, or not at all. Raises NoRoom or DiskFailed."""
        first = msgspec.structs.replace(first, story=self._story)
        lines = [line_of(1, first), *(line_of(number, line) for number, line in enumerate(made, 2))]
        files.write_atomic(self._path, b"".join(lines))
        self._end, self._count = sum(map(len, lines)), len(lines)

    def read(self) -> JournalLines | None:
        """Return its whole lines; None where there is none. Raises Damaged, or DiskFailed."""
        with files.translate_disk_errors(self._path, "read"):
            try:
                # A pipe that is opened is waited for without end, and a link leads elsewhere.
                if not stat.S_ISREG(self._path.lstat().st_mode):
                    raise self._refused(f"{self._path} is no ordinary file")
                data = self._path.read_bytes()
            except FileNotFoundError:
                return None
        lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
        readable = [_read_line(number, line) for number, line in enumerate(lines, 1)]
        # A kill or a power cut tears one line, the last, which was never answered.
        whole = readable[:-1] if readable and readable[-1] is None else readable
        if None in whole or not whole:
            raise self.damaged([*whole, None].index(None) + 1)
        begun, *made = whole
        if not isinstance(begun, DeskSessionBegun):
            raise self.damaged(1)
        if begun.story not in ("", self._story):
            raise self._refused(f"{self._path} is of another story ({printable(begun.story)})")
        self._end, self._count = sum(map(len, lines[: len(whole)])), len(whole)
        changes = tuple(line for line in made if isinstance(line, ChangesMade))
        if len(changes) != len(made):
            raise self.damaged(2)
        return JournalLines(begun, changes)

    def newest_text(self) -> str | None:
        """Return the text after all its changes; None where none was made. Raises as `read`."""
        lines = self.read()
        if lines is None or not lines.made:
            return None
        text = Utf16Text(lines.begun.text)
        for number, made in enumerate(lines.made, 2):
            for _ in self.make_again(text, made, number):
                pass
        return str(text)

    def make_again(self, text: Utf16Text, made: ChangesMade, number: int) -> Iterator[TextChange]:
        """Make the changes of a line, one after the other. Raises Damaged for one that is none."""
        for change in made.changes:
            try:
                text.change(change)
            except BadInput:
                raise self.damaged(number) from None
            yield change

    def add(self, line: ChangesMade) -> None:
        """Write a line to the disk; when this returns, it outlasts a power cut.

        Raises NoRoom or DiskFailed, and then nothing was added.
        """
        data = line_of(self._count + 1, line)
        files.write_behind(self._path, self._end, data)
        self._end, self._count = self._end + len(data), self._count + 1

    def remove(self) -> None:
        """Remove it, where it is there. Raises DiskFailed."""
        with files.translate_disk_errors(self._path, "remove"):
            with contextlib.suppress(FileNotFoundError):
                files.system.unlink(self._path)
            files.fsync_folder(self._path.parent)
        self._end = self._count = 0

    def age_s(self) -> float:
        """Return the seconds since it was last added to; 0 where that is not known."""
        try:
            return max(0.0, time.time() - self._path.stat().st_mtime)
        except OSError:
            return 0.0

    def damaged(self, number: int) -> Damaged:
        """Return the refusal for one of its lines."""
        return self._refused(f"Line {number} of {self._path} is not as the desk wrote it")

    def _refused(self, why: str) -> Damaged:
        return Damaged(
            f"{why}. The text itself is in transcript.md.",
            f"Look through transcript.md, move {self._path.name} out of the story’s folder, then "
            "open the story again.",
        )


def line_of(number: int, content: DeskSessionBegun | ChangesMade) -> bytes:
    data = _ENCODER.encode(content)
    return _checksum(number, data) + b" " + data + b"\n"


def _read_line(number: int, line: bytes) -> DeskSessionBegun | ChangesMade | None:
    """Return what a line says, or None if it is not as it was written there."""
    checksum, between, data = line[:_SUM_BYTES], line[_SUM_BYTES:][:1], line[_SUM_BYTES + 1 : -1]
    if between != b" " or checksum != _checksum(number, data):
        return None
    try:
        return _DECODER.decode(data)
    except UNDECODABLE:
        return None


def _checksum(number: int, data: bytes) -> bytes:
    return b"%0*x" % (_SUM_BYTES, zlib.crc32(data, number))
