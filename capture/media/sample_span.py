"""Find the samples in a file of uncompressed sound whose header states their length wrongly.

A recorder that lost its power, or a program that writes as it goes, leaves 0, a placeholder or the
length of some moment before. ffmpeg refuses such AIFF and W64, or stops where the stated length
ends; told where the samples begin and of what kind they are, it reads all of them. WAV and SPHERE
are not read here: for them ffmpeg has ways of its own.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_Data = mmap.mmap
_MAX_CHUNKS = 2000
_TRAILER_BYTES = 4096
"""Bytes after the end that are too few for words."""
_PLACEHOLDER = 0x7FFFF000
"""Sizes from here on are written in advance, by programs that do not know the length yet."""
_W64_TAIL = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE  # WAVEFORMATEX
_AU_FORMATS = {
    1: "mulaw", 2: "s8", 3: "s16be", 4: "s24be", 5: "s32be", 6: "f32be", 7: "f64be", 27: "alaw",
}  # fmt: skip
_AIFC_FORMATS = {
    b"fl32": "f32be", b"FL32": "f32be", b"fl64": "f64be", b"FL64": "f64be",
    b"alaw": "alaw", b"ALAW": "alaw", b"ulaw": "mulaw", b"ULAW": "mulaw",
}  # fmt: skip
_CAF_LAWS = {b"alaw": "alaw", b"ulaw": "mulaw"}


@dataclass(frozen=True)
class SampleSpan:
    """The samples of uncompressed sound, as far as its header describes them."""

    sample_format: str
    """ffmpeg’s name, `s16be`."""
    rate: int
    channels: int
    start: int
    """Byte at which they begin."""
    end: int
    """Byte at which they end by the header."""
    is_open: bool
    """The header states no length."""
    understates: bool
    """They go on after the stated end."""


@dataclass(frozen=True)
class _Form:
    sample_format: str
    rate: int
    channels: int


_Chunk = tuple[bytes, int, int]
"""Name, first byte of what is inside, and how long that is by its header."""


def sample_span(data: _Data, start: int, size: int, container: str) -> SampleSpan | None:
    """Return the samples of a recording that begins at `start`; None if it is of another kind."""
    reader = _READERS.get(container)
    try:
        span = reader(data, start, size) if reader else None
    except (struct.error, IndexError, OverflowError, ValueError):  # a header that breaks off
        return None
    if span is None:
        return None
    form, first, stated = span
    if form.sample_format not in _KNOWN_FORMATS or form.rate < 1 or form.channels < 1:
        return None
    end = first + max(0, stated)
    has_more = not _chunk_follows(data, end, size, container)
    is_open = size > first and (
        (stated <= 0 and has_more) or (stated >= _PLACEHOLDER and end > size)
    )
    understates = (
        not is_open
        and has_more
        and size - end >= _TRAILER_BYTES
        and any(data[end : min(size, end + (1 << 20))])
    ) or _stated_form_end(data, start, container) < min(end, size)
    return SampleSpan(
        form.sample_format, form.rate, form.channels, first, end, is_open, understates
    )


def _pcm(bits: int, *, is_big: bool, is_float: bool = False, is_signed_byte: bool = True) -> str:
    if bits <= 8:
        return "s8" if is_signed_byte else "u8"
    rounded = (bits + 7) // 8 * 8
    return f"{'f' if is_float else 's'}{rounded}{'be' if is_big else 'le'}"


_KNOWN_FORMATS = {
    *("s8", "u8", "alaw", "mulaw"),
    *(f"s{bits}{order}" for bits in (16, 24, 32) for order in ("be", "le")),
    *(f"f{bits}{order}" for bits in (32, 64) for order in ("be", "le")),
}


def _aiff(data: _Data, start: int, size: int) -> tuple[_Form, int, int] | None:
    form = None
    for name, at, length in _form_chunks(data, start + 12, size):
        if name == b"COMM":
            channels, _, bits, exponent, mantissa = struct.unpack(">hIhHQ", data[at : at + 18])
            rate = round(mantissa * 2.0 ** ((exponent & 0x7FFF) - 16383 - 63))
            coded = data[at + 18 : at + 22] if data[start + 8 : start + 12] == b"AIFC" else b"NONE"
            if coded in (b"NONE", b"twos", b"sowt"):
                form = _Form(_pcm(bits, is_big=coded != b"sowt"), rate, channels)
            else:
                form = _Form(_AIFC_FORMATS.get(coded, ""), rate, channels)
        elif name == b"SSND" and form:
            offset = int.from_bytes(data[at : at + 4], "big")
            return form, at + 8 + offset, length - 8 - offset
    return None


def _form_chunks(data: _Data, at: int, size: int) -> Iterator[_Chunk]:
    for _ in range(_MAX_CHUNKS):
        if at + 8 > size or not is_chunk_name(data[at : at + 4]):
            return
        length = int.from_bytes(data[at + 4 : at + 8], "big")
        yield data[at : at + 4], at + 8, length
        at += 8 + length + length % 2


def _au(data: _Data, start: int, _size: int) -> tuple[_Form, int, int]:
    offset, stated, coded, rate, channels = struct.unpack(">5I", data[start + 4 : start + 24])
    return _Form(_AU_FORMATS.get(coded, ""), rate, channels), start + offset, stated


def _caf(data: _Data, start: int, size: int) -> tuple[_Form, int, int] | None:
    form, at = None, start + 8
    for _ in range(_MAX_CHUNKS):
        if at + 12 > size:
            return None
        name = data[at : at + 4]
        (length,) = struct.unpack(">q", data[at + 4 : at + 12])
        if name == b"desc":
            rate, coded, flags, _, _, channels, bits = struct.unpack(
                ">d4s5I", data[at + 12 : at + 44]
            )
            pcm = _pcm(bits, is_big=not flags & 2, is_float=bool(flags & 1))
            law = _CAF_LAWS.get(coded, "")
            form = _Form(pcm if coded == b"lpcm" else law, round(rate), channels)
        elif name == b"data" and form:
            return form, at + 16, length - 4
        if length < 0:
            return None
        at += 12 + length
    return None


def _w64(data: _Data, start: int, size: int) -> tuple[_Form, int, int] | None:
    form, at = None, start + 40
    for _ in range(_MAX_CHUNKS):
        if at + 24 > size:
            return None
        name = data[at : at + 4]
        (length,) = struct.unpack("<Q", data[at + 16 : at + 24])
        if name == b"fmt ":
            coded, channels, rate = struct.unpack("<HHI", data[at + 24 : at + 32])
            (bits,) = struct.unpack("<H", data[at + 38 : at + 40])
            if coded == _EXTENSIBLE:
                (coded,) = struct.unpack("<H", data[at + 48 : at + 50])
            form = _Form(_wave_format(coded, bits), rate, channels)
        elif name == b"data" and form:
            # Its length counts its own header.
            return form, at + 24, length - 24
        if length < 24:
            return None
        at += (length + 7) // 8 * 8
    return None


def _wave_format(coded: int, bits: int) -> str:
    if coded in (_PCM, _FLOAT):
        return _pcm(bits, is_big=False, is_float=coded == _FLOAT, is_signed_byte=False)
    return {_ALAW: "alaw", _MULAW: "mulaw"}.get(coded, "")


def _chunk_follows(data: _Data, end: int, size: int, container: str) -> bool:
    """Return whether another chunk of the same file begins where the samples end."""
    if container == "aiff":
        at = end + end % 2
        length = int.from_bytes(data[at + 4 : at + 8], "big")
        return is_chunk_name(data[at : at + 4]) and at + 8 + length <= size + 1
    if container == "caf":
        length = int.from_bytes(data[end + 4 : end + 12], "big")
        return is_chunk_name(data[end : end + 4]) and end + 12 + length <= size
    if container == "w64":
        at = (end + 7) // 8 * 8
        return any(data[each + 4 : each + 16] == _W64_TAIL for each in (at, end))
    return False


def _stated_form_end(data: _Data, start: int, container: str) -> int:
    """Return where all of a file ends by its first field; ffmpeg looks no further."""
    if container == "aiff":
        return start + 8 + int.from_bytes(data[start + 4 : start + 8], "big")
    if container == "w64":
        return start + int.from_bytes(data[start + 16 : start + 24], "little")
    return 1 << 63


def is_chunk_name(name: bytes) -> bool:
    """Return True for four letters or signs, as all names of chunks and boxes are."""
    return len(name) == 4 and all(32 <= byte < 127 for byte in name)


_Reader = Callable[[_Data, int, int], tuple[_Form, int, int] | None]
_READERS: dict[str, _Reader] = {"aiff": _aiff, "au": _au, "caf": _caf, "w64": _w64}
