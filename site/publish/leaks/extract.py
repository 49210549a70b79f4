"""Contents of a file of the site: text, strings among other bytes, and media.

Archives are opened, notes inside pictures and films are taken out. What is packed in a way that
cannot be opened here is told as `Sealed`: unseen is not cleared.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from publish.leaks.readings import decode_escapes

MAX_UNPACKED_BYTES = 64_000_000
"""Bytes: an archive that unpacks to more than this is not one of ours."""
MAX_UNKNOWN_BYTES = 16_000_000
"""Bytes without a form we know; more of them are not looked through, and so not let through."""
# Without an end an archive that holds itself would be unpacked for ever.
MAX_ARCHIVE_DEPTH = 4
"""Archives within archives."""
_TEXT = re.compile(r"\.(html?|m?js|css|jsonl?|xml|txt|vtt|srt|ttml|svg|map|md|csv|yml)")
_ARCHIVE = re.compile(r"\.(zip|docx|xlsx|pptx|odt|odp|ods|epub)")
_FILM = re.compile(r"\.(mp4|m4a|m4v|mov)")
# Zstandard, xz, bzip2, 7-Zip, RAR, LZ4, compress, PDF, CAB: by their first bytes.
_SEALED = re.compile(
    rb"\x28\xb5\x2f\xfd|\xfd7zXZ\0|BZh|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x04\x22\x4d\x18|\x1f\x9d|"
    rb"%PDF-|MSCF"
)
_SEALED_NAME = re.compile(r"\.(br|zst|xz|bz2|7z|rar|lz4|z|pdf|cab)")
_PDF = re.compile(rb"%PDF-\d\.\d")
_PDF_WITHIN = 1024
"""Bytes that may stand before a PDF: readers look for its beginning in so many."""
_FONTS = (b"wOF2", b"wOFF")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
# Boxes of a film that only hold boxes, and those that hold numbers (ISO/IEC 14496-12).
_BOXES = frozenset(b"moov trak mdia minf dinf stbl edts udta mvex moof traf".split())
_NUMBERS = frozenset(b"stts stsz stz2 stco co64 stsc stss ctts sdtp sbgp sgpd elst".split())
_NUMBERS |= frozenset(b"mvhd tkhd mdhd vmhd smhd dref stsd mdat sidx trun tfhd tfdt mfhd".split())
_PICTURE_OR_SOUND = (b"vide", b"soun")

Bytes = bytes | memoryview


@dataclass(frozen=True)
class TextContent:
    """Characters people or programs read."""

    place: str
    text: str


@dataclass(frozen=True)
class StringsInBytes:
    """Bytes with strings in them, in an encoding that nobody says."""

    place: str
    data: bytes


@dataclass(frozen=True)
class MediaBytes:
    """Compressed pictures, sound, letters of a font, numbers."""

    place: str
    data: Bytes


@dataclass(frozen=True)
class Unreadable:
    """Something that cannot be looked into."""

    place: str


@dataclass(frozen=True)
class ArchiveMember:
    """A file in an archive, whole, to be compared with media by its hash, and its name."""

    place: str
    name: str
    data: bytes


FileContent = TextContent | StringsInBytes | MediaBytes | Unreadable | ArchiveMember


def file_contents(location: str, name: str, data: Bytes, depth: int = 0) -> Iterator[FileContent]:
    """Yield every part of a file. `location` says where it is, `name` only what it may be."""
    suffix = PurePosixPath(name).suffix.lower()
    head = bytes(data[:16])
    # By name and by first bytes: neither alone can be relied on.
    if depth > MAX_ARCHIVE_DEPTH or _SEALED_NAME.fullmatch(suffix) or _is_sealed(data):
        yield Unreadable(location)
    elif suffix == ".gz" or head.startswith(b"\x1f\x8b"):
        yield from _in_gzip(location, name, bytes(data), depth)
    elif _ARCHIVE.fullmatch(suffix) or head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _in_zip(location, bytes(data), depth)
    elif _FILM.fullmatch(suffix) or head[4:8] == b"ftyp":
        yield from _in_film(location, data)
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _in_png(location, bytes(data))
    elif head.startswith(b"\xff\xd8\xff"):
        yield from _in_jpeg(location, bytes(data))
    elif head.startswith(_FONTS):
        yield MediaBytes(location, data)
    else:
        yield from _in_plain(location, suffix, bytes(data), depth)


def _is_sealed(data: Bytes) -> bool:
    beginning = bytes(data[:_PDF_WITHIN])
    if _SEALED.match(beginning):
        return True
    # A page that only tells of the sign is a page.
    return _PDF.search(beginning) is not None and b"endobj" in bytes(data)


def _in_plain(location: str, suffix: str, data: bytes, depth: int) -> Iterator[FileContent]:
    text = _characters(data)
    if text is None:
        yield StringsInBytes(location, data)
        if not _TEXT.fullmatch(suffix):
            return
        text = data.decode("utf-8", "replace")
    yield TextContent(location, text)
    if "base64" in (plain := decode_escapes(text)):
        for run in _BASE64.findall(plain):
            yield from _in_base64(location, run, depth)


def _characters(data: bytes) -> str | None:
    """Return the text where the bytes say plainly that they are text."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    # Text has no NUL; UTF-16 without its mark has, and is read as strings in bytes.
    if b"\0" in data and not marked:
        return None
    # The mark of UTF-32 begins with that of UTF-16, so that it is asked first.
    wide = "utf-32" if data.startswith(b"\xff\xfe\0\0") else "utf-16"
    try:
        return data.decode(wide if marked else "utf-8-sig")
    except UnicodeDecodeError:
        return None


def _in_base64(location: str, run: str, depth: int) -> Iterator[FileContent]:
    try:
        padded = run.rstrip("=") + "=" * (-len(run.rstrip("=")) % 4)
        data = base64.b64decode(padded, altchars=b"-_" if {"-", "_"} & set(run) else None)
    # Any long word looks like base64; what is none was read as text already.
    except (binascii.Error, ValueError):
        return
    yield from file_contents(location, "", data, depth + 1)


def _in_gzip(location: str, name: str, data: bytes, depth: int) -> Iterator[FileContent]:
    # A few kilobytes can unpack to gigabytes, and fill the memory.
    room, remaining, unpacked = MAX_UNPACKED_BYTES, data, []
    try:
        # A gzip may be several one after another; programs read all of them.
        while remaining:
            # 31 is gzip's own head and checksum, in zlib's numbers.
            stream = zlib.decompressobj(wbits=31)
            unpacked.append(stream.decompress(remaining, room))
            room -= len(unpacked[-1])
            if not stream.eof or room <= 0:
                raise zlib.error("cut off, or far too large")
            remaining = stream.unused_data
    except zlib.error:
        yield Unreadable(location)
        return
    yield StringsInBytes(location, _gzip_names(data))
    inner = name[:-3] if name.lower().endswith(".gz") else ""
    yield from file_contents(location, inner, b"".join(unpacked), depth + 1)


def _gzip_names(data: bytes) -> bytes:
    """Return the file name and the comment in a gzip's head, if it has them (RFC 1952)."""
    flags, at = data[3], 10
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    named = [bool(flags & 8), bool(flags & 16)].count(True)
    return b"\0".join(data[at:].split(b"\0", named)[:named]) if named else b""


def _in_zip(location: str, data: bytes, depth: int) -> Iterator[FileContent]:
    room = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield StringsInBytes(location, archive.comment)
            for number, info in enumerate(archive.infolist(), start=1):
                inside = f"{location}, file {number} in it"  # its name may be what is hidden
                with archive.open(info) as member:
                    # One more than may be, so that too large is seen without unpacking it all.
                    unpacked = member.read(room + 1)
                room -= len(unpacked)
                if room < 0:
                    raise zipfile.BadZipFile("far too large")
                # Whole as well: it may be a film that is not released.
                yield ArchiveMember(inside, info.filename, unpacked)
                yield StringsInBytes(inside, info.comment + b"\0" + info.extra)
                yield from file_contents(inside, info.filename, unpacked, depth + 1)
    # RuntimeError for a password, NotImplementedError for a method unknown to Python.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, OSError):
        yield Unreadable(location)


def _in_png(location: str, data: bytes) -> Iterator[FileContent]:
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at + 8 : at + 8 + length]
        if kind in {b"IDAT", b"PLTE", b"IHDR", b"fdAT"}:
            yield MediaBytes(location, chunk)
        else:
            yield StringsInBytes(location, chunk)
            if kind in {b"zTXt", b"iTXt", b"iCCP"}:
                yield from _in_packed_notes(location, chunk)
        at += 12 + length
        if kind == b"IEND":
            break
    # What stands after the end of a picture is shown by nothing, and can be read.
    yield StringsInBytes(location, data[at:])


def _in_packed_notes(location: str, chunk: bytes) -> Iterator[FileContent]:
    """Yield what is packed in a note of a PNG.

    A note is a keyword, NUL, and somewhere after it a zlib stream (in iTXt only if it says so).
    """
    after_keyword = chunk.partition(b"\0")[2]
    packed = after_keyword[1:]
    if after_keyword[:1] == b"\1":  # iTXt: compressed, method, language NUL, translated NUL
        packed = after_keyword[2:].split(b"\0", 2)[-1]
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(packed, MAX_UNPACKED_BYTES)
    except zlib.error:
        return  # not compressed: it was looked at as it stands
    yield StringsInBytes(location, unpacked)


def _in_jpeg(location: str, data: bytes) -> Iterator[FileContent]:
    """Yield the notes, in segments APPn and COM; from the start of scan on it is all picture."""
    at = 2  # after the two bytes of the start of image
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        segment = data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xDA:
            break
        noted = 0xE0 <= marker <= 0xEF or marker == 0xFE
        yield StringsInBytes(location, segment) if noted else MediaBytes(location, segment)
    end = data.find(b"\xff\xd9", at)
    end = len(data) if end < 0 else end + 2
    yield MediaBytes(location, data[at:end])
    # Anything after the end of the picture is no picture.
    yield StringsInBytes(location, data[end:])


def _in_film(location: str, data: Bytes) -> Iterator[FileContent]:
    """Yield the boxes within boxes. What is not whole boxes to the end is read as other bytes."""
    view = memoryview(data)
    try:
        yield from _in_boxes(location, view)
    except (struct.error, ValueError):
        yield StringsInBytes(location, bytes(view))


def _in_boxes(location: str, view: memoryview, depth: int = 0) -> Iterator[FileContent]:
    at = 0
    while at < len(view):
        size, kind = struct.unpack_from(">I4s", view, at)
        start = at + 8
        if size == 1:
            size, start = struct.unpack_from(">Q", view, start)[0], start + 8
        # A box of size 0 reaches to the end of the file (ISO/IEC 14496-12).
        size = size or len(view) - at
        # Smaller than its own head, or beyond the end: no film, so it is read as other bytes.
        if size < start - at or at + size > len(view):
            raise ValueError("a box that ends outside its own")
        body = view[start : at + size]
        # No film has so many; without an end a made-up one could exhaust the stack.
        if kind in _BOXES and depth < 12:
            yield from _in_boxes(location, body, depth + 1)
        elif kind in _NUMBERS:
            yield MediaBytes(location, body)
        else:
            yield StringsInBytes(location, kind + b"\0" + bytes(body))
            if kind == b"hdlr" and depth == 3 and bytes(body[8:12]) not in _PICTURE_OR_SOUND:
                yield Unreadable(location)  # a track of text, or of anything else
        at += size
