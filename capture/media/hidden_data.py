"""Check that a file we made holds sound and pictures and nothing else.

Everything is held against lists of what is allowed, not of what is forbidden: places, names and
notes have been put into files in more ways than anybody lists. Boxes of an MP4 are those of ISO/IEC
14496-12.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import av

from capture.media.input_files import ffmpeg_url, safe_input_options
from library.core.errors import Damaged

_NOT_KEPT = "See which ffmpeg is used: carer-stories --verbose doctor. It was not kept."
# Tags that say nothing of the recording; ffmpeg writes them into every file.
_CONTAINER_TAGS = {"major_brand", "minor_version", "compatible_brands"}
_STREAM_TAGS = {
    "language": {"und"},
    "handler_name": {"VideoHandler", "SoundHandler"},
    "vendor_id": {"[0][0][0][0]"},
    "encoder": {"Lavc libx264"},  # the kind of compressor, without a version
}


def check_clean(path: Path, kinds: tuple[str, ...]) -> None:
    """Raise Damaged unless a made file holds exactly the streams `kinds` and no hidden data.

    `kinds` is such as `("video", "audio")`. Tags, MP4 boxes and bytes are held against lists of
    what is allowed: place, device, title, notes, chapters and captions have no business in what
    staff download, nor have notes inside the pictures.
    """
    try:
        problems = [*unexpected_boxes(path)] or [*_unexpected_contents(path, kinds)]
    except av.error.FFmpegError as error:
        raise Damaged(f"{path.name} was made and cannot be read.", _NOT_KEPT) from error
    if problems:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {problems[0]}.",
            _NOT_KEPT,
        )


def _unexpected_contents(path: Path, kinds: tuple[str, ...]) -> Iterator[str]:
    with av.open(
        ffmpeg_url(path), options=safe_input_options(), metadata_errors="replace"
    ) as container:
        yield from _unexpected_streams(container, kinds)
        yield from (f"the tag {tag}" for tag in container.metadata if tag not in _CONTAINER_TAGS)
        yield from _unexpected_tags(container)
        yield from ("chapters" for _ in container.chapters()[:1])
        yield from unexpected_packets(path, container)


def _unexpected_streams(container: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    kinds_in_file = tuple(stream.type for stream in container.streams)
    if kinds_in_file != kinds:
        yield f"streams of {', '.join(kinds_in_file) or 'nothing'}"


def _unexpected_tags(container: Any) -> Iterator[str]:
    for stream in container.streams:
        for name, value in stream.metadata.items():
            if value not in _STREAM_TAGS.get(name, ()):
                yield f"the tag {name} of its {stream.type}"


# Each box, and what may lie in it: all that ffmpeg writes for H.264 and AAC, and no more.
_ALLOWED_BOXES: dict[bytes, frozenset[bytes]] = {
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
_FIXED_FIELDS = {b"meta": 4, b"stsd": 8, b"avc1": 78, b"mp4a": 28}
"""Bytes of fixed fields before the boxes inside."""
_SEI = 6  # ITU-T H.264, table 7-1: supplemental enhancement information


def unexpected_boxes(path: Path) -> Iterator[str]:
    """Yield descriptions of MP4 boxes that are not allowed, for the end of a sentence."""
    size = path.stat().st_size
    with path.open("rb") as file:
        yield from _walk_boxes(file, b"", 0, size)


def _walk_boxes(file: IO[bytes], holder: bytes, at: int, end: int) -> Iterator[str]:
    while at < end:
        file.seek(at)
        head = file.read(16)
        size, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:  # the true size follows, in eight bytes
            size, header = int.from_bytes(head[8:16], "big"), 16
        if size < header or at + size > end:
            yield "bytes after its last part"
            return
        if name not in _ALLOWED_BOXES[holder]:
            yield f"the part {name.decode('ascii', 'replace')!r}"
        elif name == b"free" and size > header:  # unused room, where notes can be kept
            yield "room that is filled"
        elif name in _ALLOWED_BOXES:
            yield from _walk_boxes(file, name, at + header + _FIXED_FIELDS.get(name, 0), at + size)
        at += size


def media_bytes(path: Path) -> int:
    """Return the number of bytes that the file's `mdat` boxes hold."""
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


def unexpected_packets(path: Path, container: Any) -> Iterator[str]:
    """Yield descriptions of notes inside pictures, and of bytes that belong to no stream."""
    stream_bytes, has_sei = 0, False
    for packet in container.demux():
        stream_bytes += packet.size
        if packet.stream.type == "video" and packet.size and not has_sei:
            has_sei = _has_sei(memoryview(packet))
    if has_sei:
        yield "words inside its pictures"
    if stream_bytes != media_bytes(path):
        yield "bytes that are neither sound nor picture"


def _has_sei(picture: memoryview) -> bool:
    """Check for SEI units. H.264 in MP4 puts the length of each unit before it, in four bytes."""
    at = 0
    while at + 5 <= len(picture):
        if picture[at + 4] & 0x1F == _SEI:
            return True
        at += 4 + int.from_bytes(picture[at : at + 4], "big")
    return False
