"""Encoded packets, not decoded: a recording put into a sound container, and streams compared.

A browser, or ffmpeg into a pipe, cannot go back and write a file's length and index. Here the very
same encoded sound and pictures are put into Matroska, which states both; then both files are read
again and compared.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import av
import ffmpeg

from capture.media.input_files import ffmpeg_url, media_input, safe_input_options
from capture.media.run_ffmpeg import Progress, run_ffmpeg, time_limit
from library.core import files
from library.core.errors import Damaged, ToolFailed

_ACTIVITY = "Finishing the recording"
_CONTAINER_DEPENDENT_CODECS = ("h264", "hevc")
"""Whose packets a container may hold in another form: they are counted, not compared."""
_WHOLE_PACKETS = {"fflags": "+discardcorrupt"}
"""Leave out the packet in which a file breaks off: half of it may be copied or not, as it happens
to look, and then what was read and what was made could not be compared."""


def rewrap(source: Path, to: Path, length: int, progress: Progress | None = None) -> bool:
    """Write all that can be read of `source` to `to` as Matroska; False if nothing can be.

    `source` may be torn at its end: the packet it breaks off in is left out. `length`
    (milliseconds) is what it is thought to hold. Nothing is decoded, so nothing is lost. Raises
    ToolFailed when their `packet_digests` differ, or NoRoom; `to` appears whole or not at all.
    """
    before = packet_digests(source)
    if not before:
        return False
    _copy_streams(source, to, before, length, progress)
    return True


def write_sound_alone(source: Path, to: Path, length: int) -> bool:
    """Write the sound of a Matroska file of ours to `to`; False where it has no picture.

    Nothing is decoded. Raises ToolFailed where it is not the same sound, or NoRoom; `to` appears
    whole or not at all.
    """
    before = packet_digests(source)
    sound = [stream for stream in before if stream[0].startswith("a:")]
    if sound == before:
        return False
    _copy_streams(source, to, sound, length, None)
    return True


def _copy_streams(
    source: Path,
    to: Path,
    digests: list[tuple[str, str]],
    length: int,
    progress: Progress | None,
) -> None:
    """Copy the streams of these digests, and compare what was written with them."""
    with files.replacing(to) as temporary:
        output = ffmpeg.output(
            *_streams(source, digests),
            ffmpeg_url(temporary),
            f="matroska",
            c="copy",
            map_metadata=-1,
            fflags="+bitexact",
        )
        run_ffmpeg(output, activity=_ACTIVITY, timeout=time_limit(length), progress=progress)
        if packet_digests(temporary) != digests:
            raise ToolFailed(
                f"{_ACTIVITY} failed: the finished file does not hold all that was recorded.",
                "The recording is still there. Finish it again: carer-stories capture recover",
            )


def _streams(source: Path, stream_digests: list[tuple[str, str]]) -> list[Any]:
    opened = media_input(source, **_WHOLE_PACKETS)
    kinds = [name.partition(":")[0] for name, _ in stream_digests]
    return [opened[f"{kind}:{kinds[:number].count(kind)}"] for number, kind in enumerate(kinds)]


def packet_digests(path: Path) -> list[tuple[str, str]]:
    """Return the kind and codec of each stream, with the number of its packets and their SHA-256.

    Of H.264 and HEVC the number alone. Empty where nothing can be read. Never raises for what is
    in the file.
    """
    try:
        options = safe_input_options() | _WHOLE_PACKETS
        with av.open(ffmpeg_url(path), options=options, metadata_errors="replace") as container:
            return _digest_streams(container)
    except (av.error.FFmpegError, IndexError):
        return []


def _digest_streams(container: Any) -> list[tuple[str, str]]:
    streams = [stream for stream in container.streams if stream.type in ("video", "audio")]
    digests = {stream.index: hashlib.sha256() for stream in streams}
    counts = dict.fromkeys(digests, 0)
    try:
        for packet in container.demux(streams):
            if packet.size:
                counts[packet.stream.index] += 1
                digests[packet.stream.index].update(bytes(packet))
    except av.error.FFmpegError:
        pass  # broken off here: what came before is what there is
    digests_by_stream = []
    for stream in streams:
        codec = stream.codec_context.name
        if counts[stream.index]:
            packet_digest = f"{counts[stream.index]}"
            if codec not in _CONTAINER_DEPENDENT_CODECS:
                packet_digest += f" {digests[stream.index].hexdigest()}"
            digests_by_stream.append((f"{stream.type[0]}:{codec}", packet_digest))
    return digests_by_stream


def sound_digest(path: Path) -> str:
    """Return the SHA-256 of the encoded sound, whatever container it is in.

    A film and the sound file it was made from have the same one. Raises Damaged where the sound
    cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with av.open(
            ffmpeg_url(path), options=safe_input_options(), metadata_errors="replace"
        ) as container:
            for packet in container.demux(container.streams.audio[0]):
                digest.update(bytes(packet))
    except (av.FFmpegError, IndexError, OSError) as error:
        raise Damaged(
            f"The sound of {path.name} cannot be read.",
            f"Make the film again: carer-stories film {path.parent.name}",
        ) from error
    return digest.hexdigest()
