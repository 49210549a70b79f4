"""Streams of frames or packets without a container: where a new recording begins, how each ends.

AMR, AAC, AC-3, WavPack and transport streams state the length of each frame or packet and of
nothing else. A recorder that is switched off leaves half of one at the end: all that was recorded
before it is whole, and players play it. A fault anywhere else is another matter.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.core.files import translate_disk_errors

_Data = mmap.mmap


@dataclass(frozen=True)
class LastFrame:
    """The end of sound that is made of frames."""

    whole_ms: int
    """Milliseconds of the frames that are whole; 0 where a frame does not say."""
    bytes_of_part: int
    """Bytes of a last frame that is not whole."""


_AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5, 0, 0, 0, 0, 0, 0, 0)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, 0, 0, 0, 0, 0, 0)
_AMR_FRAME_MS = 20.0
_AAC_RATES = (96, 88.2, 64, 48, 44.1, 32, 24, 22.05, 16, 12, 11.025, 8, 7.35)
_AC3_RATES = (48.0, 44.1, 32.0)
_AC3_KILOBITS = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640),
)
_MAX_FRAMES = 20_000_000


def last_frame(path: Path, container: str) -> LastFrame | None:
    """Return how sound made of frames ends; None for any other, or where a frame is broken."""
    measure = _MEASURES.get(container)
    if measure is None or not path.stat().st_size:
        return None
    with (
        translate_disk_errors(path, "read"),
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        start, frame = measure(data)
        return _walk(data, start, frame) if frame else None


_Frame = Callable[[_Data, int], tuple[int, float]]
"""Given the place of a frame: its bytes, 0 where there is none, and its milliseconds."""


def _walk(data: _Data, at: int, frame: _Frame) -> LastFrame | None:
    size, duration = len(data), 0.0
    for _ in range(_MAX_FRAMES):
        if at >= size:
            return LastFrame(round(duration), 0)
        length, ms = frame(data, at)
        if length <= 0:
            # Too little is left to say what it was.
            is_part = size - at < _HEAD_BYTES
            return LastFrame(round(duration), size - at) if is_part else None
        if at + length > size:
            return LastFrame(round(duration), size - at)
        at, duration = at + length, duration + ms
    return None


_HEAD_BYTES = 32


def _amr(data: _Data) -> tuple[int, _Frame | None]:
    if data[:6] == b"#!AMR\n":
        return 6, _amr_frame(_AMR)
    if data[:9] == b"#!AMR-WB\n":
        return 9, _amr_frame(_AMR_WIDE)
    return 0, None


def _amr_frame(sizes: tuple[int, ...]) -> _Frame:
    return lambda data, at: (1 + sizes[data[at] >> 3 & 15], _AMR_FRAME_MS)


def _aac(data: _Data) -> tuple[int, _Frame | None]:
    return _after_tag(data), _aac_frame


def _aac_frame(data: _Data, at: int) -> tuple[int, float]:
    form, length = _adts_frame(data, at)
    rate = form >> 4
    return length, 1024 / _AAC_RATES[rate] if length and rate < len(_AAC_RATES) else 0.0


def _adts_frame(data: _Data | bytes, at: int) -> tuple[int, int]:
    """Return rate and channels of a frame of ISO/IEC 13818-7 as one number, and its bytes.

    The number's last four bits are the channels.
    """
    head = data[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0, 0
    form = (head[2] & 0x3D) << 2 | head[3] >> 6
    return form, (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5


def _ac3(_data: _Data) -> tuple[int, _Frame | None]:
    return 0, _ac3_frame


def _ac3_frame(data: _Data, at: int) -> tuple[int, float]:
    head = data[at : at + 5]
    if len(head) < 5 or head[:2] != b"\x0b\x77":
        return 0, 0.0
    rate, code = head[4] >> 6, head[4] & 63
    if rate >= len(_AC3_RATES) or code // 2 >= len(_AC3_KILOBITS):
        return 0, 0.0
    kilobits = _AC3_KILOBITS[code // 2]
    words = (2 * kilobits, 320 * kilobits // 147 + code % 2, 3 * kilobits)[rate]
    return 2 * words, 1536 / _AC3_RATES[rate]


def _eac3(_data: _Data) -> tuple[int, _Frame | None]:
    return 0, _eac3_frame


def _eac3_frame(data: _Data, at: int) -> tuple[int, float]:
    head = data[at : at + 4]
    if len(head) < 4 or head[:2] != b"\x0b\x77":
        return 0, 0.0
    return 2 * (((head[2] & 7) << 8 | head[3]) + 1), 0.0


def _packets(data: _Data) -> tuple[int, _Frame | None]:
    """Packets of an MPEG transport stream, which are all as long."""
    length, _ = _packet_form(data)
    if not length:
        return 0, None
    return len(data) - len(data) % length, lambda data, at: (len(data) - at + 1, 0.0)


def _packet_form(data: _Data | bytes) -> tuple[int, int]:
    """Return the bytes of a packet, and of what precedes its own; 0 where it is none."""
    for length, offset in ((188, 0), (192, 4)):
        if all(data[offset + n * length : offset + n * length + 1] == b"G" for n in range(4)):
            return length, offset
    return 0, 0


def _wavpack(_data: _Data) -> tuple[int, _Frame | None]:
    return 0, _wavpack_block


_APE_HEAD = 32


def _wavpack_block(data: _Data, at: int) -> tuple[int, float]:
    if data[at : at + 8] == b"APETAGEX":
        return _APE_HEAD + int.from_bytes(data[at + 12 : at + 16], "little"), 0.0
    if data[at : at + 4] != b"wvpk" or at + 8 > len(data):
        return 0, 0.0
    return 8 + int.from_bytes(data[at + 4 : at + 8], "little"), 0.0


def _after_tag(data: _Data) -> int:
    return id3_bytes(data, 0) if data[:3] == b"ID3" and len(data) >= 10 else 0


def id3_bytes(data: _Data | bytes, at: int) -> int:
    """Return the bytes of a tag (ID3v2), its head among them."""
    size = 0
    for byte in data[at + 6 : at + 10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


_MEASURES: dict[str, Callable[[_Data], tuple[int, _Frame | None]]] = {
    "amr": _amr,
    "aac": _aac,
    "ac3": _ac3,
    "eac3": _eac3,
    "mpegts": _packets,
    "wv": _wavpack,
}


def kind_of_stream(beginning: bytes) -> str:
    """Return the kind of a stream that begins without any header, as ffmpeg names it, or ""."""
    if any(_packet_form(beginning)):
        return "mpegts"
    length = _adts_frame(beginning, 0)[1]
    return "aac" if length and _adts_frame(beginning, length)[1] else ""


def _form_changes(data: _Data) -> list[int]:
    """Return where the frames of an AAC without a container change their rate or channels."""
    changes: list[int] = []
    at, before = 0, 0
    while True:
        form, length = _adts_frame(data, at)
        if length < 7:
            return changes
        if at and before != form:
            changes.append(at)
        before = form
        at += length


def _clock_restarts(data: _Data) -> list[int]:
    length, offset = _packet_form(data)
    if not length:
        return []
    # With NumPy, which takes longer to import than most files to describe.
    from capture.media.transport_stream import clock_restarts

    return clock_restarts(data, length, offset)


RESTARTS: dict[str, Callable[[_Data], list[int]]] = {
    "mpegts": _clock_restarts,
    "aac": _form_changes,
}
"""The places at which a new recording begins in a stream that has no header."""
