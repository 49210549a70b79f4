"""What lies in an MP4 beside sound and picture: nothing may, and this looks.

A list of allowed boxes (ISO/IEC 14496-12), not of forbidden ones: places, names and notes have
been put into files in more ways than anybody lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_HOLDS: dict[bytes, frozenset[bytes]] = {
    b"": frozenset({b"ftyp", b"free", b"mdat", b"moov"}),
    b"moov": frozenset({b"mvhd", b"trak", b"udta"}),
    b"udta": frozenset({b"meta"}),
    b"meta": frozenset({b"hdlr", b"ilst"}),
    b"ilst": frozenset(),  # ffmpeg writes an empty list of notes
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(
        {b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64", b"sgpd", b"sbgp"}
    ),
    b"stsd": frozenset({b"avc1", b"mp4a"}),
    b"avc1": frozenset({b"avcC", b"pasp", b"colr", b"btrt"}),
    b"mp4a": frozenset({b"esds", b"btrt"}),
}
_FIELDS_FIRST = {b"meta": 4, b"stsd": 8, b"avc1": 78, b"mp4a": 28}
"""Bytes of fixed fields before the boxes inside."""
_NOTES_IN_PICTURES = 6  # ITU-T H.264, table 7-1: supplemental enhancement information


def strange_boxes(path: Path) -> Iterator[str]:
    """What does not belong, for “… something in it that does not belong: …”."""
    size = path.stat().st_size
    with path.open("rb") as file:
        yield from _look(file, b"", 0, size)


def _look(file: IO[bytes], holder: bytes, at: int, end: int) -> Iterator[str]:
    while at < end:
        file.seek(at)
        head = file.read(16)
        size, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        if size < header or at + size > end:
            yield "bytes after its last part"
            return
        if name not in _HOLDS[holder]:
            yield f"the part {name.decode('ascii', 'replace')!r}"
        elif name == b"free" and size > header:
            yield "room that is filled"
        elif name in _HOLDS:
            yield from _look(file, name, at + header + _FIELDS_FIRST.get(name, 0), at + size)
        at += size


def media_bytes(path: Path) -> int:
    """How many bytes the file keeps for sound and pictures."""
    total, at, end = 0, 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size, header = int.from_bytes(head[:4], "big"), 8
            if size == 1:
                size, header = int.from_bytes(head[8:16], "big"), 16
            if head[4:8] == b"mdat":
                total += size - header
            at += max(size, header)
    return total


def strange_packets(path: Path, container: Any) -> Iterator[str]:
    """Notes inside the pictures, and bytes that belong to neither picture nor sound."""
    belonging, noted = 0, False
    for packet in container.demux():
        belonging += packet.size
        if packet.stream.type == "video" and packet.size and not noted:
            noted = _has_notes(memoryview(packet))
    if noted:
        yield "words inside its pictures"
    if belonging != media_bytes(path):
        yield "bytes that are neither sound nor picture"


def _has_notes(picture: memoryview) -> bool:
    """H.264 as MP4 keeps it: each unit after its length in four bytes."""
    at = 0
    while at + 5 <= len(picture):
        if picture[at + 4] & 0x1F == _NOTES_IN_PICTURES:
            return True
        at += 4 + int.from_bytes(picture[at : at + 4], "big")
    return False
