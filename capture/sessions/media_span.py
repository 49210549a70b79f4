"""The time that the bytes of a take hold, read from the bytes themselves as they come.

Only the headers of WebM and Matroska are looked at: the times of clusters and blocks. The sound
counts, where there is any. Whatever a page says about its clock, this is what is on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GAP_MS = 1_000
"""Milliseconds without any sound or picture from which on a stretch counts as empty."""
_HEAD, _SEGMENT, _INFO = 0x1A45DFA3, 0x18538067, 0x1549A966
_CLUSTER, _BLOCK_GROUP = 0x1F43B675, 0xA0
_TRACKS, _TRACK, _TRACK_NUMBER, _TRACK_TYPE = 0x1654AE6B, 0xAE, 0xD7, 0x83
_SOUND_TYPE = 2
_ENTERED = {_SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER, _BLOCK_GROUP}
"""Elements whose children are read. A recorder, which cannot go back, gives them no size."""
_SCALE, _CLUSTER_TIME = 0x2AD7B1, 0xE7
_SIMPLE_BLOCK, _BLOCK = 0xA3, 0xA1
_NOTED = {_SCALE, _CLUSTER_TIME, _SIMPLE_BLOCK, _BLOCK, _TRACK_NUMBER, _TRACK_TYPE}
_BLOCK_HEADER_BYTES = 10
"""A track's number of up to eight bytes, and the two of the time."""
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class SpanSoFar:
    """The span of a take so far, in milliseconds."""

    covers: int
    """From the first moment to the last."""
    empty: int
    """Of that without anything: the recorder stood still."""
    ahead: int = 0
    """By which the picture is ahead of the sound, where the browser closed up the sound alone."""


class MediaSpan:
    """Reads the bytes of a take, piece by piece. `so_far` is None where they cannot be read."""

    def __init__(self) -> None:
        self._left = bytearray()
        self._skip = 0
        self._is_readable = True
        self._is_begun = False
        self._scale = 1_000_000
        self._cluster = 0
        self._track = 0
        self._sound_tracks: set[int] = set()
        self._first: int | None = None
        self._last = 0
        self._picture = 0
        self._empty = 0

    @property
    def so_far(self) -> SpanSoFar | None:
        if not self._is_readable or self._first is None:
            return None
        covers, ahead = self._last - self._first, self._picture - self._last
        return SpanSoFar(self._in_ms(covers), self._in_ms(self._empty), self._in_ms(ahead))

    def _in_ms(self, ticks: int) -> int:
        return max(0, ticks * self._scale // 1_000_000)

    def feed(self, data: bytes) -> None:
        """Read on. Never raises for what is in the bytes."""
        if not self._is_readable:
            return
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._left += data[skipped:]
        at = 0
        while (after := self._element(at)) is not None:
            at = after
            if at > len(self._left):
                self._skip, at = at - len(self._left), len(self._left)
                break
        del self._left[:at]

    def feed_file(self, path: Path, size: int) -> None:
        """Read the first `size` bytes of a file. Raises OSError."""
        with path.open("rb") as file:
            while size > 0 and (data := file.read(min(size, _READ_BYTES))):
                self.feed(data)
                size -= len(data)

    def _element(self, at: int) -> int | None:
        """Read the element at `at`; return where the next one is, or None until more has come."""
        head = _number(self._left, at, keep_marker=True)
        if head is None:
            self._require_number(at)
            return None
        name, after = head
        if not self._is_begun and name != _HEAD:
            self._is_readable = False
            return None
        sized = _number(self._left, after)
        if sized is None:
            self._require_number(after)
            return None
        size, start = sized
        if name in _ENTERED:
            return start
        if size < 0:
            self._is_readable = False
            return None
        self._is_begun = True
        if name in _NOTED:
            wanted = min(size, _BLOCK_HEADER_BYTES)
            if len(self._left) < start + wanted:
                return None
            self._note(name, bytes(self._left[start : start + wanted]))
        return start + size

    def _require_number(self, at: int) -> None:
        """Give up where what has come can begin no number, however much more comes."""
        if len(self._left) > at and not self._left[at]:
            self._is_readable = False

    def _note(self, name: int, value: bytes) -> None:
        if name == _SCALE:
            self._scale = int.from_bytes(value, "big") or self._scale
        elif name == _CLUSTER_TIME:
            self._cluster = int.from_bytes(value, "big")
        elif name == _TRACK_NUMBER:
            self._track = int.from_bytes(value, "big")
        elif name == _TRACK_TYPE:
            # Browsers write the number first.
            if int.from_bytes(value, "big") == _SOUND_TYPE:
                self._sound_tracks.add(self._track)
        else:
            track = _number(bytearray(value), 0)
            if track is None or len(value) < track[1] + 2:
                return
            offset = int.from_bytes(value[track[1] : track[1] + 2], "big", signed=True)
            # A picture goes on, or is shown again and again, where no sound comes any more.
            if self._sound_tracks and track[0] not in self._sound_tracks:
                self._picture = max(self._picture, self._cluster + offset)
            else:
                self._moment(self._cluster + offset)

    def _moment(self, ticks: int) -> None:
        if self._first is None:
            self._first = self._last = ticks
        if self._in_ms(ticks - self._last) >= GAP_MS:
            self._empty += ticks - self._last
        self._last = max(self._last, ticks)


def _number(data: bytearray, at: int, *, keep_marker: bool = False) -> tuple[int, int] | None:
    """Return a number of EBML at `at`, and where it ends; None where it is not whole.

    −1 stands for an unknown size.
    """
    if at >= len(data) or not data[at]:
        return None
    length = 9 - data[at].bit_length()
    if len(data) < at + length:
        return None
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            value = -1
    return value, at + length
