"""A picture that a working copy can carry over as it was recorded, without encoding it again.

Encoding is nearly all the time that an import takes. H.264 as browsers, phones and meetings write
it plays on every browser as it is, where it is upright, within 1080p and of ordinary colours.
Nothing is decoded here, as the bytes may come from anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from capture.media.conform import working_size
from capture.media.probe import open_recording, picture_stream
from capture.media.recording import Recording

_CODEC = "h264"
_CONTAINERS = ("matroska", "mov")
"""Containers that hold H.264 as MP4 does: each unit behind its length."""
_PIXELS = "yuv420p"
"""Eight bits, colour at half the size: what every browser decodes."""
_LATEST_START_MS = 1_000
"""A picture that begins later is a still one until then, which must be encoded."""
_MOST_BETWEEN_KEY_FRAMES_MS = 10_000
"""A player that is sent to a moment decodes from the key frame before it."""
_TOLERANCE_MS = 2
"""Each container rounds times to a tick of its own."""
_FORMAT_UNIT = 7
"""Type of the unit that states the size and kind of pictures (ITU-T H.264, table 7-1)."""


class _NeedsEncoding(Exception):
    """The picture cannot be carried over as it is."""


def times_to_carry_over(source: Path, recording: Recording) -> list[int] | None:
    """Return the times of a recording's pictures; None where they must be encoded again.

    In milliseconds from the recording's start, ascending.
    """
    size = (recording.width, recording.height)
    if (
        (recording.video_codec, recording.rotation, recording.hdr) != (_CODEC, 0, "")
        or recording.container not in _CONTAINERS
        or working_size(*size) != size
    ):
        return None
    try:
        with open_recording(source) as container:
            stream = picture_stream(container)
            _require_plain(stream, size)
            keys, times = _key_and_other_times(container, stream)
    except (av.error.FFmpegError, _NeedsEncoding):
        return None
    if not keys or times[0] > _LATEST_START_MS:
        return None
    apart = (later - key for key, later in pairwise([*keys, times[-1]]))
    return times if max(apart) <= _MOST_BETWEEN_KEY_FRAMES_MS else None


def is_carried_over(made: Path, times: Sequence[int]) -> bool:
    """Return whether a file holds a picture at each of the times, and no other."""
    try:
        with open_recording(made) as container:
            _, made_times = _key_and_other_times(container, picture_stream(container))
    except (av.error.FFmpegError, _NeedsEncoding):
        return False
    return len(made_times) == len(times) and all(
        abs(one - other) <= _TOLERANCE_MS for one, other in zip(times, made_times, strict=True)
    )


def _require_plain(stream: Any, size: tuple[int, int]) -> None:
    codec = stream.codec_context
    is_square = not codec.sample_aspect_ratio or codec.sample_aspect_ratio == 1
    if (codec.width, codec.height, codec.pix_fmt) != (*size, _PIXELS) or not is_square:
        raise _NeedsEncoding


def _key_and_other_times(container: Any, stream: Any) -> tuple[list[int], list[int]]:
    """Return the milliseconds of the key frames, and those of all pictures, ascending.

    Raises _NeedsEncoding.
    """
    start = (container.start_time or 0) / 1000  # microseconds
    stated = set(_format_units(_first_units(stream)))
    keys, times = [], []
    for packet in container.demux(stream):
        if not packet.size:
            continue  # the end
        if packet.pts is None or packet.is_corrupt or packet.is_discard:
            raise _NeedsEncoding
        times.append(round(float(packet.pts * stream.time_base) * 1000 - start))
        if packet.is_keyframe:
            keys.append(times[-1])
            # Of another size from here on: MP4 states one for all.
            if not stated.issuperset(_format_units(_units(bytes(packet), _length_bytes(stream)))):
                raise _NeedsEncoding
    return sorted(keys), sorted(times)


def _length_bytes(stream: Any) -> int:
    """Return the bytes of each unit's length (ISO/IEC 14496-15, 5.3.3.1). Raises _NeedsEncoding."""
    head = stream.codec_context.extradata or b""
    if len(head) < 7 or head[0] != 1:
        raise _NeedsEncoding
    return (head[4] & 3) + 1


def _first_units(stream: Any) -> Iterator[bytes]:
    """Yield the units that stand before the first picture, as the container has them."""
    _length_bytes(stream)
    head = bytes(stream.codec_context.extradata)
    # A byte with how many of them there are, then each behind two bytes of its length.
    rest = head[6:]
    for _ in range(head[5] & 31):
        length = int.from_bytes(rest[:2])
        yield rest[2 : 2 + length]
        rest = rest[2 + length :]


def _units(data: bytes, length_bytes: int) -> Iterator[bytes]:
    at = 0
    while at + length_bytes < len(data):
        length = int.from_bytes(data[at : at + length_bytes])
        at += length_bytes
        yield data[at : at + length]
        at += length


def _format_units(units: Iterator[bytes]) -> Iterator[bytes]:
    return (unit for unit in units if unit and unit[0] & 31 == _FORMAT_UNIT)
