"""What a recording is, and whether all of it is there."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from capture.media.runner import Progress, TookTooLong, run, time_limit
from capture.media.source import (
    CONTAINERS,
    MOST_PIXELS,
    address,
    lacks_index,
    media_input,
    protections,
    unreadable,
)
from library.core.errors import BadInput, ToolFailed
from library.core.timecode import clock

_COPY_AGAIN = (
    "Copy it again from the camera, phone or recorder, and keep it there until the import is done. "
    "If no better copy exists, run it with --damaged to keep what can be read."
)
_AGAIN = "Nothing was kept of it. Run it again; `carer-stories doctor` checks the parts it needs."
_UNFINISHED = (
    "Wait until the camera or program has saved it, or copy it again. Many cameras mend such a "
    "file themselves when the card is put back in and they are switched on."
)
_HDR = {16: "smpte2084", 18: "arib-std-b67"}  # ITU-T H.273, transfer characteristics
_FIRST_PACKETS = 600
_LONGEST_UNKNOWN = 12 * 3_600_000
_EXACT = ("mov", "matroska", "wav", "flac")
"""Containers whose stated length can be held against them; others only estimate it."""


class Recording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a look into a recording found. `width` and `height` are as displayed, upright."""

    kind: str
    """`video` or `audio`."""
    duration: int
    """Milliseconds; 0 where the container does not say (a browser's WebM)."""
    container: str
    audio_codec: str
    channels: int
    sample_rate: int
    video_codec: str = ""
    width: int = 0
    height: int = 0
    rotation: int = 0
    """Degrees the camera was turned by: 0, 90, 180 or 270."""
    fps: float = 0.0
    """Frames a second on average; phones vary it."""
    hdr: str = ""
    """Transfer of high dynamic range video, `arib-std-b67` or `smpte2084`; else nothing."""

    @property
    def pixels(self) -> str:
        return f"{self.width} × {self.height}" if self.width else ""


def probe(path: Path) -> Recording:
    """Look into a recording without reading all of it.

    Raises BadInput, with a plain reason, for anything that is not one: no container we take, no
    sound, a frame too large, a codec we cannot read. Opened with the protections of
    `capture.media.source`.
    """
    import av

    try:
        with av.open(address(path), options=protections(), metadata_errors="replace") as container:
            return _look_into(path, container)
    except av.error.FFmpegError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: Any) -> BadInput:
    """ffmpeg's reasons in people's words; they never quote the file."""
    import av

    if isinstance(error, av.error.PermissionError):
        return unreadable(path, "it may not be read", "Check that you may read it.")
    if lacks_index(path):
        return unreadable(path, "it was never finished, so its index is missing", _UNFINISHED)
    return unreadable(path, "no sound or pictures were found in it")


def _look_into(path: Path, container: Any) -> Recording:
    sound = _sound(path, container)
    picture = _picture(container)
    facts: dict[str, Any] = {
        "kind": "audio" if picture is None else "video",
        "duration": _duration(container, [one for one in (sound, picture) if one is not None]),
        "container": _container(container),
        "audio_codec": sound.codec_context.name,
        "channels": int(sound.codec_context.channels),
        "sample_rate": int(sound.codec_context.sample_rate),
    }
    if picture is not None:
        facts |= _picture_facts(path, container, picture)
    return Recording(**facts)


def _container(container: Any) -> str:
    """The name in CONTAINERS: ffmpeg answers with all of them, `mov,mp4,m4a,…`."""
    names = str(container.format.name).split(",")
    return next(name for name in CONTAINERS if name in names)


def _sound(path: Path, container: Any) -> Any:
    if not container.streams.audio:
        raise unreadable(
            path,
            "there is no sound in it, and a story needs sound",
            "If sound was recorded apart, import that file instead.",
        )
    sound = container.streams.audio[0]
    if sound.codec_context is None or not sound.codec_context.sample_rate:
        raise unreadable(path, "its sound is in a form we do not know")
    return sound


def _picture(container: Any) -> Any:
    """The first video stream that is film: the cover of a music file is not."""
    import av

    stills = av.stream.Disposition.attached_pic | av.stream.Disposition.still_image
    films = (one for one in container.streams.video if not int(one.disposition) & int(stills))
    return next(films, None)


def _duration(container: Any, streams: list[Any]) -> int:
    """Milliseconds of the longest of sound and picture; other tracks may run on for hours."""
    stated = [int(1000 * one.duration * one.time_base) for one in streams if one.duration]
    if stated:
        return max(0, *stated)
    return max(0, (container.duration or 0) // 1000)


def _picture_facts(path: Path, container: Any, picture: Any) -> dict[str, Any]:
    if picture.codec_context is None:
        raise unreadable(path, "its pictures are in a form we do not know")
    _check_size(path, picture.codec_context.width, picture.codec_context.height)
    frame = _first_frame(path, container, picture)
    _check_size(path, frame.width, frame.height)
    width, height = _displayed(frame, picture)
    return {
        "video_codec": picture.codec_context.name,
        "width": width,
        "height": height,
        "rotation": int(frame.rotation) % 360,
        "fps": _rate(picture),
        "hdr": _HDR.get(int(frame.color_trc), ""),
    }


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise unreadable(
            path,
            f"its pictures are {width} × {height}, larger than any camera’s",
            "Export it again at 4K or less.",
        )


def _first_frame(path: Path, container: Any, picture: Any) -> Any:
    import av

    nothing = unreadable(path, "its pictures cannot be decoded", _COPY_AGAIN)
    for number, packet in enumerate(container.demux(picture)):
        if number > _FIRST_PACKETS:
            break
        with contextlib.suppress(av.error.InvalidDataError):
            for frame in packet.decode():
                return frame
    raise nothing


def _displayed(frame: Any, picture: Any) -> tuple[int, int]:
    """Width and height of the upright picture with square pixels."""
    aspect = picture.sample_aspect_ratio or 1
    width, height = round(frame.width * float(aspect)), frame.height
    return (height, width) if frame.rotation % 180 else (width, height)


def _rate(picture: Any) -> float:
    rate = picture.average_rate or picture.guessed_rate
    return round(float(rate), 3) if rate else 0.0


def check_decodes(
    path: Path,
    recording: Recording,
    progress: Progress | None = None,
    *,
    called: Path | None = None,
) -> int:
    """Decode all of it and return its true length in milliseconds.

    A file broken off while copying still states its full length and decodes without an error
    unless asked to be strict. Raises BadInput saying where it breaks; `called` is how the message
    names the file.
    """
    name = called or path
    reached = _Reached(progress)
    graph = _decoding(path, recording, strict=True)
    try:
        run(graph, doing="Checking the recording", timeout=_limit(recording), progress=reached)
    except TookTooLong:
        raise
    except ToolFailed as error:
        raise _breaks(name, reached.at, recording.duration) from error
    if recording.container in _EXACT and _falls_short(reached.at, recording.duration):
        raise _breaks(name, reached.at, recording.duration)
    if reached.at == 0:
        raise unreadable(name, "it is of no length", _COPY_AGAIN)
    return reached.at


def readable_length(
    path: Path,
    recording: Recording,
    progress: Progress | None = None,
    *,
    called: Path | None = None,
) -> int:
    """How many milliseconds of a damaged recording can be decoded. Raises BadInput for none."""
    reached = _Reached(progress)
    graph = _decoding(path, recording, strict=False)
    with contextlib.suppress(ToolFailed):
        run(graph, doing="Reading what is left", timeout=_limit(recording), progress=reached)
    if reached.at == 0:
        raise unreadable(called or path, "nothing of it can be decoded", _COPY_AGAIN)
    return reached.at


def require_made(path: Path, kind: str, duration: int, doing: str) -> None:
    """Raises ToolFailed unless what ffmpeg just made is of that kind, whole and long enough."""
    try:
        made = probe(path)
        length = check_decodes(path, made)
    except BadInput as error:
        raise ToolFailed(f"{doing} failed: the result cannot be read.", _AGAIN) from error
    if made.kind != kind or _falls_short(length, duration):
        raise ToolFailed(
            f"{doing} failed: it came out as {clock(length)} of {made.kind}, "
            f"not as {clock(duration)} of {kind}.",
            _AGAIN,
        )


class _Reached:
    """A Progress that remembers how far it was told, and passes it on."""

    def __init__(self, progress: Progress | None) -> None:
        self.at = 0
        self._progress = progress

    def __call__(self, done: int) -> None:
        self.at = done
        if self._progress:
            self._progress(done)


def _limit(recording: Recording) -> float:
    return time_limit(recording.duration or _LONGEST_UNKNOWN)


def _decoding(path: Path, recording: Recording, *, strict: bool) -> Any:
    import ffmpeg

    strictly = {"xerror": None, "err_detect": "explode"} if strict else {}
    source = media_input(path, **strictly)
    streams = [source["V:0"]] if recording.kind == "video" else []
    return ffmpeg.output(*streams, source["a:0"], "-", f="null", fps_mode="passthrough")


def _falls_short(reached: int, stated: int) -> bool:
    return stated - reached > max(2000, stated * 3 // 100)


def _breaks(path: Path, reached: int, stated: int) -> BadInput:
    where = f"at {clock(reached)} of {clock(stated)}" if stated else f"at {clock(reached)}"
    return unreadable(path, f"it breaks off or is damaged {where}", _COPY_AGAIN)
