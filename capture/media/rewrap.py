"""A recording that was written as it happened, in a container that states its length.

A browser, or ffmpeg into a pipe, cannot go back and write the length and the index. Here the very
same encoded sound and pictures are put into Matroska, and both are read again and compared.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from capture.media.runner import Progress, run, time_limit
from capture.media.source import address, media_input, protections
from library.core import files
from library.core.errors import ToolFailed

_DOING = "Finishing the recording"
_REWRITTEN = ("h264", "hevc")
"""Whose packets a container may hold in another form: they are counted, not compared."""
_WHOLE_PACKETS = {"fflags": "+discardcorrupt"}
"""Leave out the packet in which a file breaks off: half of it may be copied or not, as it happens
to look, and then what was read and what was made could not be compared."""


def rewrap(source: Path, to: Path, length: int, progress: Progress | None = None) -> bool:
    """Make `to` of everything that can be read in `source`; False, and no file, if nothing can.

    `source` may be torn at its end: the packet it breaks off in is left out. `length` in
    milliseconds is what it is thought to hold. Nothing is decoded, so nothing is lost. Raises
    ToolFailed when the two do not hold the same, or NoRoom; `to` appears whole or not at all.
    """
    import ffmpeg

    before = packets(source)
    if not before:
        return False
    with files.replacing(to) as temporary:
        made = ffmpeg.output(
            *_streams(source, before),
            address(temporary),
            f="matroska",
            c="copy",
            map_metadata=-1,
            fflags="+bitexact",
        )
        run(made, doing=_DOING, timeout=time_limit(length), progress=progress)
        if packets(temporary) != before:
            raise ToolFailed(
                f"{_DOING} failed: what was made does not hold all that was recorded.",
                "Nothing was removed. Run it again: carer-stories capture recover",
            )
    return True


def _streams(source: Path, found: list[tuple[str, str]]) -> list[Any]:
    opened = media_input(source, **_WHOLE_PACKETS)
    kinds = [name.partition(":")[0] for name, _ in found]
    return [opened[f"{kind}:{kinds[:number].count(kind)}"] for number, kind in enumerate(kinds)]


def packets(path: Path) -> list[tuple[str, str]]:
    """Of each stream of sound or pictures: its kind and codec, and what tells its packets.

    Empty where nothing can be read. Never raises for what is in the file.
    """
    import av

    try:
        options = protections() | _WHOLE_PACKETS
        with av.open(address(path), options=options, metadata_errors="replace") as container:
            return _told(container)
    except (av.error.FFmpegError, IndexError):
        return []


def _told(container: Any) -> list[tuple[str, str]]:
    import av

    streams = [one for one in container.streams if one.type in ("video", "audio")]
    digests = {one.index: hashlib.sha256() for one in streams}
    counts = dict.fromkeys(digests, 0)
    try:
        for packet in container.demux(streams):
            if packet.size:
                counts[packet.stream.index] += 1
                digests[packet.stream.index].update(bytes(packet))
    except av.error.FFmpegError:
        pass  # broken off here: what came before is what there is
    found = []
    for one in streams:
        codec = one.codec_context.name
        if counts[one.index]:
            told = f"{counts[one.index]}"
            if codec not in _REWRITTEN:
                told += f" {digests[one.index].hexdigest()}"
            found.append((f"{one.type[0]}:{codec}", told))
    return found
