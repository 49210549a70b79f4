"""The layout of a media file: how many recordings lie in it, and whether it ends where it says.

Files are put one behind another by copying (`cat`, `copy /b`), by recorders that go on in the same
file, and by browsers that begin anew. Players and ffmpeg read the first recording of such a file,
or mix the two. A header may also state another length than the file has: a recorder lost its power,
or a program wrote a length in advance. Only sizes and signatures are looked at; nothing is decoded.
"""

from __future__ import annotations

import functools
import mmap
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from capture.media.framed_streams import RESTARTS, id3_bytes, kind_of_stream
from capture.media.sample_span import SampleSpan, is_chunk_name, sample_span
from library.core.files import translate_disk_errors

ByteSpan = tuple[int, int]
"""From a byte up to, not including, another."""

_MAX_PARTS = 20
_MAX_PIECES = 20_000  # boxes or chunks of one file that are looked at
_MIN_PART_BYTES = 64
_SNIFFED_BYTES = 1024
_TRAILER_BYTES = 4096
"""Bytes after the end that are too few for words: tags, padding, what a camera notes."""
_MAX_DELAY_MS = 500
"""Milliseconds that an edit list leaves out because of how sound is encoded: no words."""
_KNOWN_BOXES = (
    *(b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"meta", b"uuid"),
    *(b"sidx", b"styp", b"udta", b"emsg", b"pnot"),
)
_RAW_SOUND = ("aiff", "au", "caf", "w64")
_READ_TO_THE_END = ("au", "nistsphere")
"""Containers that ffmpeg reads to the end of the file, whatever they state."""
_PLACEHOLDER = 0x7FFFF000
"""Sizes from here on are written in advance, by programs that do not know the length yet."""


@dataclass(frozen=True)
class FileLayout:
    """The recordings in a file, by the bytes that each is made of."""

    parts: tuple[tuple[ByteSpan, ...], ...]
    """One for each recording; a part that has no header of its own begins with the first one’s."""
    missing: int = 0
    """Bytes that its header promises and that are not there."""
    is_whole: bool = False
    """Its last piece ends within the file."""
    is_size_unknown: bool = False
    """A size that means “until the end of the file” stands in its header."""
    understates: bool = False
    """Sound goes on after the stated end, without a header of its own."""
    bytes_beyond: int = 0
    """Bytes after the end that belong to no recording we know."""
    samples: SampleSpan | None = None
    """The samples of the last recording, where their kind can be read without its container."""
    overstated: int = 0
    """Bytes that one size in its header promises beyond the end, and another denies."""
    tag_bytes: int = 0
    """Bytes of tags of music players before a recording of a kind that has none."""

    @property
    def is_cut(self) -> bool:
        return self.missing > 0


_Data = mmap.mmap
_EndFinder = Callable[[_Data, int, int], int | None]
"""Given data, the start of a recording and the file’s size: where it ends; None if unknown."""

_SIGNATURES: dict[str, bytes] = {
    "mov": rb"\x00\x00\x00[\x10-\x60]ftyp[ -~]{4}",
    "matroska": rb"\x1a\x45\xdf\xa3.{1,48}?\x42\x82[\x84\x88](?:webm|matroska)",
    "wav": rb"(?:RIFF|RF64|BW64).{4}WAVE(?:fmt |ds64|bext|JUNK|junk|LIST|iXML|PAD )",
    "avi": rb"RIFF.{4}AVI LIST",
    "aiff": rb"FORM.{4}AIF[FC](?:COMM|FVER|COMT|SSND|MARK|ID3 |NAME)",
    "caf": rb"caff\x00\x01\x00\x00desc\x00{7}\x20",
    "w64": rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00",
    "au": (
        rb"\.snd\x00\x00.{2}.{4}\x00\x00\x00[\x01-\x1b]"
        rb"\x00[\x00-\x0b].{2}\x00\x00\x00[\x01-\x10]"
    ),
    "nistsphere": rb"NIST_1A\n {0,7}[0-9]{3,7}\n",
    "asf": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    "flv": rb"FLV\x01[\x01\x04\x05]\x00\x00\x00\x09\x00{4}",
    "amr": rb"#!AMR(?:-WB)?\n",
    "flac": rb"fLaC[\x00\x80]\x00\x00\x22",
    "ogg": rb"OggS\x00\x02\x00{8}",
    "mxf": rb"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02[\x01-\x04]\x00",
    "wv": rb"wvpk.{5}\x04\x00.{5}\x00{4}",
    "mp3": (
        rb"ID3[\x02-\x04][\x00-\x0a][\x00-\xf0][\x00-\x7f]{4}"
        rb"|\xff[\xe2-\xfb][\x10-\xeb].(?:.{9}|.{17}|.{32})(?:Xing|Info)\x00{3}[\x00-\x0f]"
    ),
}
_ANCHORS: tuple[tuple[bytes, tuple[int, ...]], ...] = (
    *((each, (0,)) for each in (b"\x1a\x45\xdf\xa3", b"RIFF", b"RF64", b"BW64", b"FORM")),
    *((each, (0,)) for each in (b"caff\0\1", b"riff\x2e\x91", b".snd\0\0", b"NIST_1A\n")),
    *((each, (0,)) for each in (b"\x30\x26\xb2\x75\x8e\x66", b"FLV\1", b"#!AMR", b"fLaC")),
    *((each, (0,)) for each in (b"OggS\0\2", b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d", b"wvpk")),
    *((each, (0,)) for each in (b"ID3\2", b"ID3\3", b"ID3\4")),
    (b"ftyp", (4,)),
    *((each, (13, 21, 36)) for each in (b"Xing", b"Info")),
)
"""Bytes by which a signature is found quickly, and how many of it may come before them."""
_BLOCK_BYTES = 1 << 23
_ANCHOR_REACH = 64
"""Bytes of two blocks that overlap: no signature is cut in two."""


@functools.cache
def _any_signature() -> re.Pattern[bytes]:
    """Compile the pattern of all signatures: only some files are looked through for it."""
    return re.compile(b"|".join(b"(?:" + each + b")" for each in _SIGNATURES.values()), re.DOTALL)


def recordings_in(path: Path) -> tuple[tuple[ByteSpan, ...], ...]:
    """Return the bytes of each recording in a file; all of them belong to one."""
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        file.seek(leading_tag(path))
        beginning = file.read(_SNIFFED_BYTES)
    size = path.stat().st_size
    container = _container_at(beginning, 0) or kind_of_stream(beginning)
    *parts, last = read_layout(path, container).parts
    return (*parts, (*last[:-1], (last[-1][0], size)))


def leading_tag(path: Path) -> int:
    """Return the bytes of tags (ID3) before a recording of a kind that is not written with them.

    ffmpeg passes over them in music alone. 0 for any other file.
    """
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        end = 0
        for _ in range(_MAX_PARTS):
            file.seek(end)
            head = file.read(10)
            if head[:3] != b"ID3" or len(head) < 10:
                break
            end += id3_bytes(head, 0)
        file.seek(end)
        beginning = file.read(_SNIFFED_BYTES) if end else b""
    return end if _container_at(beginning, 0) in _BEHIND_TAGS else 0


_BEHIND_TAGS = ("wav", "aiff", "au", "caf", "w64", "wv", "asf", "matroska")


def goes_on_after_its_end(path: Path) -> bool:
    """Return whether a WAV has sound after the length that it states. False for any other file."""
    with path.open("rb") as file:
        file.seek(leading_tag(path))
        beginning = file.read(12)
    if beginning[:4] not in (b"RIFF", b"RF64", b"BW64") or beginning[8:] != b"WAVE":
        return False
    layout = read_layout(path, "wav")
    # Of a large WAV ffmpeg believes a size of 0.
    is_large_and_open = beginning[:4] != b"RIFF" and layout.is_size_unknown
    return len(layout.parts) == 1 and (layout.understates or is_large_and_open)


def samples_to_read(path: Path) -> tuple[str, SampleSpan] | None:
    """Return the container and the samples of uncompressed sound whose stated length is wrong."""
    with path.open("rb") as file:
        file.seek(leading_tag(path))
        container = _container_at(file.read(_SNIFFED_BYTES), 0)
    if container not in _RAW_SOUND:
        return None
    layout = read_layout(path, container)
    is_wrong = layout.is_size_unknown or layout.understates
    return (
        (container, layout.samples)
        if len(layout.parts) == 1 and layout.samples and is_wrong
        else None
    )


def read_layout(path: Path, container: str) -> FileLayout:
    """Return the layout of a file of a container that `capture.media.input_files` names."""
    status = path.stat()
    return _layout_at(path, container, status.st_size, status.st_mtime_ns)


# An import asks several times, and some files must be looked through.
@functools.lru_cache(maxsize=128)
def _layout_at(path: Path, container: str, size: int, _modified: int) -> FileLayout:
    if not size:
        return FileLayout(((((0, 0)),),))
    with (
        translate_disk_errors(path, "read"),
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return _layout_of(data, len(data), container, leading_tag(path))


def _layout_of(data: _Data, size: int, container: str, tag_bytes: int) -> FileLayout:
    if container in RESTARTS:
        starts = [0, *RESTARTS[container](data)][:_MAX_PARTS]
        spans = zip(starts, [*starts[1:], size], strict=True)
        return FileLayout(tuple((span,) for span in spans))
    starts = [tag_bytes]
    end = _end_of(data, tag_bytes, size, container)
    while len(starts) < _MAX_PARTS:
        start = _next_start(data, starts[-1], end, size)
        if start is None:
            break
        starts.append(start)
        end = _end_of(data, start, size, _container_at(data, start))
    last = container if len(starts) == 1 else _container_at(data, starts[-1])
    parts: list[tuple[ByteSpan, ...]] = [
        ((start, following),) for start, following in zip(starts, [*starts[1:], size], strict=True)
    ]
    beyond, understates, overstated = 0, False, 0
    is_open = end is None and last in _END_FINDERS
    samples = sample_span(data, starts[-1], size, last)
    if samples:
        is_open, understates, end = samples.is_open, samples.understates, samples.end
    elif last == "wav":
        parts[-1:], is_open, understates, end = _wav_parts(data, starts[-1], size)
        if end is not None and not is_open and _is_overstated(data, starts[-1], end, size):
            overstated, is_open = end - size, True
    if last not in ("wav", *_READ_TO_THE_END) and not (is_open or understates):
        beyond = _beyond(data, _end_of(data, starts[-1], size, last), size)
        parts[-1] = ((starts[-1], size - beyond),)
    # The tag is kept with what it stands before.
    first, *others = parts[0]
    parts[0] = ((0, first[1]), *others) if first[0] == tag_bytes else parts[0]
    return FileLayout(
        tuple(parts),
        missing=0 if end is None or is_open else max(0, end - size),
        is_whole=end is not None and end <= size,
        is_size_unknown=is_open,
        understates=understates,
        bytes_beyond=beyond,
        samples=samples,
        overstated=overstated,
        tag_bytes=tag_bytes,
    )


def _beyond(data: _Data, end: int | None, size: int) -> int:
    if end is None or size - end < _TRAILER_BYTES:
        return 0
    return size - end if _has_content(data, end, size) else 0


def _has_content(data: _Data, start: int, size: int) -> bool:
    return any(data[start : min(size, start + (1 << 20))])


def _end_of(data: _Data, start: int, size: int, container: str) -> int | None:
    finder = _END_FINDERS.get(container)
    return finder(data, start, size) if finder else None


def _next_start(data: _Data, start: int, end: int | None, size: int) -> int | None:
    """Return where the next recording begins."""
    at = start + _MIN_PART_BYTES if end is None else end
    at = max(at, _end_of_head(data, start, size))
    while (beginning := _next_signature(data, at, size)) is not None:
        if size - beginning < _MIN_PART_BYTES:
            return None
        if _is_beginning(data, beginning, size):
            return beginning
        at = beginning + 1
    return None


def _next_signature(data: _Data, at: int, size: int) -> int | None:
    """Return where the next signature begins: anchors are found much faster than patterns."""
    for first in range(at, size, _BLOCK_BYTES):
        block = data[first : first + _BLOCK_BYTES + _ANCHOR_REACH]
        places = [
            first + offset - before
            for anchor, reach in _ANCHORS
            for offset in _places(block, anchor)
            for before in reach
        ]
        for offset in sorted(places):
            if offset >= at and _any_signature().match(data, offset):
                return offset
    return None


def _places(block: bytes, anchor: bytes) -> Iterator[int]:
    at = block.find(anchor)
    while at >= 0:
        yield at
        at = block.find(anchor, at + 1)


def _container_at(data: _Data | bytes, start: int) -> str:
    for name, signature in _SIGNATURES.items():
        if re.compile(signature, re.DOTALL).match(data, start):
            return name
    return ""


def begins_later(path: Path) -> bool:
    """Return whether a recording begins behind bytes of something else."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return _next_start(data, 0, 1, len(data)) is not None


def begins_as_recording(beginning: bytes) -> bool:
    """Return whether a file with this beginning says that it is a recording."""
    return bool(_container_at(beginning, 0))


def _end_of_head(data: _Data, start: int, size: int) -> int:
    """Return where the beginnings end that belong together: streams of an Ogg, tags of an MP3."""
    at = start
    if data[at : at + 3] == b"ID3":
        at += id3_bytes(data, at)
        return min(size, at + _MIN_PART_BYTES)
    while data[at : at + 6] == b"OggS\0\2":
        at += _ogg_page_bytes(data, at)
    return min(size, at)


def _is_beginning(data: _Data, at: int, size: int) -> bool:
    if data[at : at + 3] == b"ID3":  # a tag of ten bytes is no proof: sound must follow it
        sound = at + id3_bytes(data, at)
        return sound + 2 <= size and data[sound] == 0xFF and data[sound + 1] & 0xE0 == 0xE0
    if data[at : at + 4] == b"fLaC":  # other containers hold these bytes in their header
        return _has_flac_frame(data, at + 4, size)
    if data[at : at + 4] == b"wvpk":  # the first of a block’s channels, and not a tag
        return any(data[at + 20 : at + 24]) and data[at + 25] & 8 > 0
    return True


def _has_flac_frame(data: _Data, at: int, size: int) -> bool:
    for _ in range(_MAX_PIECES):
        if at + 4 > size:
            return False
        is_last = data[at] & 0x80
        at += 4 + _big(data, at + 1, 3)
        if is_last:
            return data[at : at + 1] == b"\xff" and data[at + 1] & 0xFC == 0xF8
    return False


def _ogg_page_bytes(data: _Data, at: int) -> int:
    segments = data[at + 26] if at + 26 < len(data) else 0
    return 27 + segments + sum(data[at + 27 : at + 27 + segments])


def _little(data: _Data, at: int, length: int = 4) -> int:
    return int.from_bytes(data[at : at + length], "little")


def _big(data: _Data, at: int, length: int = 4) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _stated_end(end: int, stated: int, size: int) -> int | None:
    """Return the end, or None where the size in the header was only written in advance."""
    return None if not stated or (stated >= _PLACEHOLDER and end > size) else end


def _end_of_boxes(data: _Data, start: int, size: int) -> int | None:
    """ISO/IEC 14496-12: boxes follow each other until another file’s `ftyp`, or no box."""
    at, has_index_or_media = start, False
    for _ in range(_MAX_PIECES):
        if at + 8 > size:
            return at
        length, name = _big(data, at), data[at + 4 : at + 8]
        if length == 1:
            length = _big(data, at + 8, 8)
        if length == 0:
            return size if is_chunk_name(name) else at
        if length < 8 or not (is_chunk_name(name) or name[:1] == b"\xa9"):
            return at
        if name == b"ftyp" and has_index_or_media:
            return at
        if at + length > size and name not in _KNOWN_BOXES:
            return at  # letters that happen to stand behind the last box
        has_index_or_media |= name in (b"moov", b"mdat")
        at += length
    return None


def left_out_by_edits(path: Path) -> int:
    """Return the milliseconds of an MP4 that its edit list does not show; 0 for any other file.

    Phones and editors trim a recording so: everything is still in the file.
    """
    size = path.stat().st_size
    if size < _MIN_PART_BYTES:
        return 0
    with (
        translate_disk_errors(path, "read"),
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        index = next(_boxes(data, 0, size, b"moov"), None)
        if index is None:
            return 0
        clock = _clock_of(data, index, b"mvhd")
        tracks = list(_boxes(data, *index, b"trak"))[:_MAX_PARTS]
        return max((_left_out_of_track(data, track, clock) for track in tracks), default=0)


def _left_out_of_track(data: _Data, track: ByteSpan, clock: int) -> int:
    media = next(_boxes(data, *track, b"mdia"), None)
    edits = _inner_box(data, track, b"edts", b"elst")
    times = _inner_box(data, media, b"minf", b"stbl", b"stts") if media else None
    media_clock = _clock_of(data, media, b"mdhd") if media else 0
    if not (edits and times and clock and media_clock):
        return 0
    count = min(_big(data, times[0] + 4), (times[1] - times[0] - 8) // 8)
    pairs = struct.iter_unpack(">II", data[times[0] + 8 : times[0] + 8 + 8 * count])
    recorded = sum(frames * ticks for frames, ticks in pairs) * 1000 // media_clock
    is_long = data[edits[0]] == 1
    width, field = (20, 8) if is_long else (12, 4)
    entries = min(_big(data, edits[0] + 4), (edits[1] - edits[0] - 8) // width)
    shown = 0
    for at in range(edits[0] + 8, edits[0] + 8 + width * min(entries, _MAX_PIECES), width):
        if data[at + field : at + 2 * field] != b"\xff" * field:  # that one is a pause
            shown += _big(data, at, field)
    left_out = recorded - shown * 1000 // clock
    return left_out if shown and left_out > _MAX_DELAY_MS else 0


def _clock_of(data: _Data, holder: ByteSpan, name: bytes) -> int:
    """Return the ticks a second that a box `mvhd` or `mdhd` states; 0 without one."""
    box = next(_boxes(data, *holder, name), None)
    return _big(data, box[0] + (20 if data[box[0]] == 1 else 12)) if box else 0


def _inner_box(data: _Data, holder: ByteSpan, *names: bytes) -> ByteSpan | None:
    box: ByteSpan | None = holder
    for name in names:
        box = next(_boxes(data, *box, name), None) if box else None
    return box


def _boxes(data: _Data, start: int, end: int, name: bytes) -> Iterator[ByteSpan]:
    """Yield what is inside each box of that name."""
    at = start
    for _ in range(_MAX_PIECES):
        length, header = _big(data, at), 8
        if length == 1:
            length, header = _big(data, at + 8, 8), 16
        if at + 8 > end or length < header or at + length > end:
            return
        if data[at + 4 : at + 8] == name and length >= header + 8:
            yield at + header, at + length
        at += length


def _end_of_ebml(data: _Data, start: int, size: int) -> int | None:
    """RFC 8794: a header, then one Segment, whose size may be left open."""
    at = start
    for _ in range(8):
        identity_bytes = _vint_bytes(data, at)
        length_at = at + identity_bytes
        length_bytes = _vint_bytes(data, length_at)
        if not identity_bytes or not length_bytes or length_at + length_bytes > size:
            return None
        length = _big(data, length_at, length_bytes) & ((1 << 7 * length_bytes) - 1)
        if data[at : at + 4] == b"\x18\x53\x80\x67":
            is_open = length == (1 << 7 * length_bytes) - 1
            return None if is_open else length_at + length_bytes + length
        at = length_at + length_bytes + length
    return None


def _vint_bytes(data: _Data, at: int) -> int:
    first = data[at] if at < len(data) else 0
    return 9 - first.bit_length() if first else 0


def _end_of_riff(data: _Data, start: int, size: int) -> int | None:
    at, end = start, None
    # An AVI over 1 GB goes on in further RIFFs, of the form AVIX.
    while at + 12 <= size and (at == start or data[at + 8 : at + 12] == b"AVIX"):
        stated = _little(data, at + 4)
        if data[at : at + 4] in (b"RF64", b"BW64") and data[at + 12 : at + 16] == b"ds64":
            stated = _little(data, at + 20, 8)
        end = _stated_end(at + 8 + stated + stated % 2, stated, size)
        if end is None:
            return None
        at = end
    # The odd byte at the end is often left out.
    return size if end == size + 1 else end


def _end_of_form(data: _Data, start: int, size: int) -> int | None:
    stated = _big(data, start + 4)
    return _stated_end(start + 8 + stated + stated % 2, stated, size)


def _end_of_caf(data: _Data, start: int, size: int) -> int | None:
    at = start + 8
    for _ in range(_MAX_PIECES):
        name = data[at : at + 4]
        if at + 12 > size or not is_chunk_name(name) or name == b"caff":
            return at
        length = _big(data, at + 4, 8)
        if name == b"data" and (length >> 63 or not length):  # −1: until the end of the file
            return None
        if at + 12 + length > size and name != b"data":
            return at  # letters that happen to stand behind the last chunk
        at += 12 + length
    return None


def _end_of_w64(data: _Data, start: int, size: int) -> int | None:
    stated = _little(data, start + 16, 8)
    return _stated_end(start + stated, stated, size) if stated < 1 << 62 else None


def _end_of_au(data: _Data, start: int, size: int) -> int | None:
    stated = _big(data, start + 8)
    return _stated_end(start + _big(data, start + 4) + stated, stated, size)


def _end_of_sphere(data: _Data, start: int, size: int) -> int | None:
    header = data[start : start + 16].split(b"\n")
    length = int(header[1]) if len(header) > 2 and header[1].strip().isdigit() else 1024
    text = data[start : min(size, start + length, start + 65536)].decode("latin-1")
    fields = dict(re.findall(r"^(\w+) -i (\d{1,12})\s*$", text, re.MULTILINE))
    if "shorten" in text or "sample_count" not in fields:
        return None
    sample_bytes = int(fields.get("sample_n_bytes", 1)) * int(fields.get("channel_count", 1))
    return start + length + int(fields["sample_count"]) * sample_bytes


_ASF_OBJECTS = (
    *(b"\x36\x26\xb2\x75", b"\x90\x08\x00\x33", b"\xd3\x29\xe2\xd6"),
    *(b"\xf8\x03\xb1\xfe", b"\xd0\x3f\xb7\x3c"),
)
"""Beginnings of what may follow the header of ASF: the data, then indexes."""


def _end_of_mxf(data: _Data, start: int, size: int) -> int | None:
    """SMPTE ST 377-1: the header says where the footer begins; its end is not looked for."""
    length = data[start + 16] if start + 16 < size else 0
    at = start + 17 + (length & 0x7F if length & 0x80 else 0)
    footer = start + _big(data, at + 24, 8)
    return footer + _MIN_PART_BYTES if footer > size - _MIN_PART_BYTES else None


def _end_of_asf(data: _Data, start: int, size: int) -> int | None:
    at = start
    for number in range(_MAX_PIECES):
        if at + 24 > size or (number and data[at : at + 4] not in _ASF_OBJECTS):
            return at
        stated = _little(data, at + 16, 8)
        if stated < 24 or stated >= 1 << 62:
            return None if number < 2 else at
        at += stated
    return None


_END_FINDERS: dict[str, _EndFinder] = {
    "mov": _end_of_boxes,
    "matroska": _end_of_ebml,
    "wav": _end_of_riff,
    "avi": _end_of_riff,
    "aiff": _end_of_form,
    "caf": _end_of_caf,
    "w64": _end_of_w64,
    "au": _end_of_au,
    "nistsphere": _end_of_sphere,
    "asf": _end_of_asf,
    "mxf": _end_of_mxf,
}


def _wav_parts(
    data: _Data, start: int, size: int
) -> tuple[list[tuple[ByteSpan, ...]], bool, bool, int | None]:
    """Return a part for each `data` chunk, and how the last chunk ends.

    Whether it states no size; whether it states too small a one; and where it ends. ffmpeg reads
    one of several `data` chunks, and none of the others.
    """
    chunks = list(_riff_chunks(data, start, size))
    sound_starts = [at for name, _, at in chunks if name == b"data"]
    if not sound_starts:
        return [((start, size),)], False, False, None
    name, length, last = chunks[-1]
    end = last + 8 + length + length % 2
    is_open = name == b"data" and (not length or (length >= _PLACEHOLDER and end > size))
    # What follows the last chunk was never given a length: the recorder went on.
    understates = not is_open and size - end >= _MIN_PART_BYTES and _has_content(data, end, size)
    header = (start, sound_starts[0])
    first, *others = zip(sound_starts, [*sound_starts[1:], size], strict=True)
    parts = [((start, first[1]),), *((header, span) for span in others)]
    # The odd byte at the end is often left out.
    return parts, is_open, understates, size if end == size + 1 else end


def _is_overstated(data: _Data, start: int, end: int, size: int) -> bool:
    """Return whether the length of a WAV’s sound is wrong, rather than some of it missing.

    The size of the whole may be right, other chunks may end with the file, or nobody can have
    spoken for so long.
    """
    if end <= size + 1:
        return False
    whole = start + 8 + _little(data, start + 4)
    if abs(whole - size) <= 1 and data[start : start + 4] == b"RIFF":
        return True
    if any(_ends_with_file(data, at, size) for at in _last_chunks(data, size)):
        return True
    a_second = _bytes_of_a_second(data, start, size)
    return bool(a_second) and (end - start) // a_second > _LONGEST_SECONDS


_LONGEST_SECONDS = 24 * 3600
_LAST_CHUNKS = re.compile(rb"LIST|id3 |ID3 |bext|iXML|cue |smpl|JUNK|PAD |afsp|_PMX|axml")
_LAST_BYTES = 1 << 16


def _last_chunks(data: _Data, size: int) -> list[int]:
    first = max(0, size - _LAST_BYTES)
    return [first + match.start() for match in _LAST_CHUNKS.finditer(data[first:size])]


def _ends_with_file(data: _Data, at: int, size: int) -> bool:
    length = _little(data, at + 4)
    # One that begins the file states more than the last bytes.
    return length > 0 and at + 8 + length in (size - 1, size) and at > _SNIFFED_BYTES


def _bytes_of_a_second(data: _Data, start: int, size: int) -> int:
    for name, _, at in _riff_chunks(data, start, size):
        if name == b"fmt ":
            return _little(data, at + 16)
    return 0


def _riff_chunks(data: _Data, start: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, length and position of each chunk that lies in the file."""
    at = start + 12
    for _ in range(_MAX_PIECES):
        name = data[at : at + 4]
        if at + 8 > size or not is_chunk_name(name):
            return
        length = _wav_data_bytes(data, start, at) if name == b"data" else _little(data, at + 4)
        yield name, length, at
        if name == b"data" and not length:
            return
        at += 8 + length + length % 2


def _wav_data_bytes(data: _Data, start: int, at: int) -> int:
    stated = _little(data, at + 4)
    is_large = data[start : start + 4] in (b"RF64", b"BW64") and stated == 0xFFFFFFFF
    if is_large and data[start + 12 : start + 16] == b"ds64":
        return _little(data, start + 28, 8)
    return stated
