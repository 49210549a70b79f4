"""What staff see and hear: nothing in the files but sound and picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from capture.media.mp4_boxes import strange_boxes, strange_packets
from capture.media.source import address, protections
from library.core.errors import Damaged

_NOT_KEPT = "It was not kept. `carer-stories doctor` says which ffmpeg is used."
_CONTAINER_TAGS = {"major_brand", "minor_version", "compatible_brands"}
_STREAM_TAGS = {
    "language": {"und"},
    "handler_name": {"VideoHandler", "SoundHandler"},
    "vendor_id": {"[0][0][0][0]"},
    "encoder": {"Lavc libx264"},  # the kind of compressor, without a version
}


def check_clean(path: Path, kinds: tuple[str, ...]) -> None:
    """Raises Damaged unless a made file holds exactly `kinds` of streams and no word too many.

    `kinds` is such as `("video", "audio")`. Tags and parts of the file are held against lists of
    allowed ones: place, device, title, notes, chapters and captions have no business in what staff
    download, nor have notes inside the pictures or bytes that are neither sound nor picture.
    """
    import av

    try:
        problems = [*strange_boxes(path)] or [*_strange_contents(path, kinds)]
    except av.error.FFmpegError as error:
        raise Damaged(f"{path.name} was made and cannot be read.", _NOT_KEPT) from error
    if problems:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {problems[0]}.",
            _NOT_KEPT,
        )


def _strange_contents(path: Path, kinds: tuple[str, ...]) -> Iterator[str]:
    import av

    with av.open(address(path), options=protections(), metadata_errors="replace") as container:
        yield from _strange_streams(container, kinds)
        yield from (f"the tag {one}" for one in container.metadata if one not in _CONTAINER_TAGS)
        yield from _strange_tags(container)
        yield from ("chapters" for _ in container.chapters()[:1])
        yield from strange_packets(path, container)


def _strange_streams(container: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    found = tuple(stream.type for stream in container.streams)
    if found != kinds:
        yield f"streams of {', '.join(found) or 'nothing'}"


def _strange_tags(container: Any) -> Iterator[str]:
    for stream in container.streams:
        for name, value in stream.metadata.items():
            if value not in _STREAM_TAGS.get(name, ()):
                yield f"the tag {name} of its {stream.type}"
