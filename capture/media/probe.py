"""Describe a recording, and check that all of it is there and can be decoded."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import ffmpeg

from capture.media.file_layout import (
    FileLayout,
    begins_later,
    left_out_by_edits,
    read_layout,
    samples_to_read,
)
from capture.media.framed_streams import last_frame
from capture.media.input_files import (
    CONTAINERS,
    MAX_PIXELS,
    ffmpeg_url,
    is_broken_recording,
    is_missing_index,
    length_options,
    media_input,
    safe_input_options,
    unreadable_file,
)
from capture.media.recording import Recording
from capture.media.run_ffmpeg import RUN_AGAIN, Progress, TookTooLong, run_ffmpeg, time_limit
from library.core.errors import BadInput, ToolFailed
from library.core.files import human_size
from library.core.timecode import clock

_COPY_IT_AGAIN = (
    "Copy it again from the camera, phone or recorder, and keep it there until the import is done. "
    "If no better copy exists, import it with --damaged to keep what can be read."
)
_WAIT_OR_COPY_AGAIN = (
    "Wait until the camera or program has saved it, or copy it again. Many cameras mend such a "
    "file themselves when the card is put back in and they are switched on."
)
_YEAR_OF_UNSET_CLOCKS = 1980
_DAY_LENGTH = len("2026-05-12")
_CONVERT = "Convert it to WAV or MP4, for example with VLC (Media, Convert), and use that."
_COPY_OR_CONVERT = f"Copy it again from the camera or recorder. If it is the same there: {_CONVERT}"
_KINDS_NOT_TAKEN = (
    "ape,tta,tak,mpc,mpc8,voc,gsm,adx,aea,oma,dsf,dff,iff,ircam,mmf,nut,nuv,swf,ty,wtv,gxf,lxf,nsv,"
    "pva,shn,sox,vqf,bink,smk,act,ilbc,paf,pvf,sds,xwma,rl2,r3d,cine,mtv,ivr,dts,dtshd,truehd,"
    "loas,wsaud,wsvqa,xa,svs,wve,avr,sbg,kux,dhav,ipmovie,xmv,amv,live_flv,ivf,hevc,h264,m4v"
)
_HDR_TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}  # ITU-T H.273, transfer characteristics
_MAX_PACKETS_TO_FIRST_FRAME = 600  # twenty seconds at 30 pictures a second
_ASSUMED_LENGTH_MS = 12 * 3_600_000  # for the time limit, where no length is stated
_EXACT_LENGTH_CONTAINERS = (
    "mov", "matroska", "wav", "flac", "aiff", "caf", "au", "w64", "nistsphere", "avi", "asf", "wv",
    "mxf",
)  # fmt: skip
"""Containers whose stated length can be held against them; others only estimate it."""
_LENGTH_AND_SIZE = ("matroska",)
"""Containers that state their size as well: where that is right, only the length is wrong."""
_MAX_LOST_SHARE = 0.03
_RAW_SOUND = ("wav", "w64", "aiff", "caf", "au", "nistsphere")


def probe(path: Path) -> Recording:
    """Describe a recording without reading all of it.

    Raises BadInput, with a plain reason, for anything that is not one: no container we take, no
    sound, a frame too large, a codec we cannot read. Opened with the protections of
    `capture.media.input_files`.
    """
    try:
        with open_recording(path) as container:
            return _describe(path, container)
    except av.error.FFmpegError as error:
        raise _why_unreadable(path, error) from error


def open_recording(path: Path) -> Any:
    options = safe_input_options() | length_options(path)
    kind = options.pop("f", None)
    return av.open(ffmpeg_url(path), format=kind, options=options, metadata_errors="replace")


def stated_start(path: Path) -> float | None:
    """Return the moment at which a recording began as its file states it, in seconds of its clock.

    None where it states none. It is compared with that of other files and stored nowhere. Raises
    BadInput.
    """
    try:
        with open_recording(path) as container:
            tags = {name.lower(): value for name, value in container.metadata.items()}
            for stream in container.streams:
                tags |= {k.lower(): v for k, v in stream.metadata.items() if k not in tags}
            readable = [each for each in container.streams.audio if each.codec_context]
            rate = readable[0].rate if readable else 0
    except av.error.FFmpegError as error:
        raise _why_unreadable(path, error) from error
    return _moment(tags, rate)


def _moment(tags: dict[str, str], rate: int) -> float | None:
    """Return the moment in a file’s tags: of a film, or of a recorder’s `bext` chunk."""
    day, time = (tags.get(name, "").replace("_", ":") for name in ("date", "creation_time"))
    samples = tags.get("time_reference", "")
    with contextlib.suppress(ValueError, OverflowError):
        # A recorder states day and time apart, and finer the samples since midnight.
        if len(day) == _DAY_LENGTH and "-" not in time:
            midnight = datetime.fromisoformat(day.replace(":", "-"))
            if rate and samples.isdecimal() and int(samples):
                return midnight.timestamp() + int(samples) / rate
            hours, minutes, seconds = (int(part) for part in time.replace("-", ":").split(":"))
            return midnight.timestamp() + hours * 3600 + minutes * 60 + seconds
        moment = datetime.fromisoformat(time)
        # 1904 and 1970 are what a clock says that was never set.
        return moment.timestamp() if moment.year > _YEAR_OF_UNSET_CLOCKS else None
    return None


def _why_unreadable(path: Path, error: Any) -> BadInput:
    """Put ffmpeg's reason into people's words; it never quotes the file."""
    if isinstance(error, av.error.PermissionError):
        return unreadable_file(path, "it may not be read", "Check that you may read it.")
    if is_missing_index(path):
        return unreadable_file(
            path, "it was never finished, so its index is missing", _WAIT_OR_COPY_AGAIN
        )
    if kind := _kind_not_taken(path):
        return unreadable_file(path, f"it is a kind of recording we do not take ({kind})", _CONVERT)
    if is_broken_recording(path):
        return unreadable_file(
            path, "it begins as a recording does, and is damaged or unfinished", _WAIT_OR_COPY_AGAIN
        )
    if begins_later(path):
        return unreadable_file(
            path, "a recording begins in it, but only behind other data", _COPY_OR_CONVERT
        )
    return unreadable_file(path, "no sound or pictures were found in it")


def _kind_not_taken(path: Path) -> str:
    """Return ffmpeg’s name of a recording that it knows and we do not take; else nothing."""
    options = safe_input_options() | {"format_whitelist": _KINDS_NOT_TAKEN}
    try:
        with av.open(ffmpeg_url(path), options=options, metadata_errors="replace") as container:
            known = any(
                stream.type in ("audio", "video") and stream.codec_context is not None
                for stream in container.streams
            )
            return str(container.format.long_name) if known else ""
    except (av.error.FFmpegError, ValueError):
        return ""


def _describe(path: Path, container: Any) -> Recording:
    sound = _sound_stream(path, container)
    picture = picture_stream(container)
    facts: dict[str, Any] = {
        "kind": "audio" if picture is None else "video",
        "duration": _duration(
            path, container, [stream for stream in (sound, picture) if stream is not None]
        ),
        "container": _container(path, container),
        "audio_codec": sound.codec_context.name,
        "channels": int(sound.codec_context.channels),
        "sample_rate": int(sound.codec_context.sample_rate),
        "track_channels": tuple(
            int(stream.codec_context.channels)
            if stream.codec_context and stream.codec_context.sample_rate
            else 0
            for stream in container.streams.audio
        ),
    }
    if picture is not None:
        facts |= _picture_facts(path, container, picture)
    return Recording(**facts)


def _container(path: Path, container: Any) -> str:
    """Return the name in CONTAINERS: ffmpeg answers with all of them, `mov,mp4,m4a,…`."""
    if wrong := samples_to_read(path):
        return wrong[0]  # opened without its container
    names = str(container.format.name).split(",")
    return next(name for name in CONTAINERS if name in names)


def _sound_stream(path: Path, container: Any) -> Any:
    if not container.streams.audio:
        raise unreadable_file(
            path,
            "there is no sound in it, and a story needs sound",
            "If sound was recorded apart, import that file instead.",
        )
    for sound in container.streams.audio:
        # A phone may write a second track in a form of its own, before or behind the other.
        if sound.codec_context is not None and sound.codec_context.sample_rate:
            return sound
    raise unreadable_file(path, "its sound is in a form we do not know", _CONVERT)


def picture_stream(container: Any) -> Any:
    """Return the first video stream that is film, as ffmpeg's `V:0`; None without one.

    The cover of a music file is not.
    """
    still_flags = av.stream.Disposition.attached_pic | av.stream.Disposition.still_image
    films = (
        stream
        for stream in container.streams.video
        if not int(stream.disposition) & int(still_flags)
    )
    return next(films, None)


def _duration(path: Path, container: Any, streams: list[Any]) -> int:
    """Return the milliseconds of the longer of sound and picture.

    Other tracks do not count: a camera's data track may run on for hours.
    """
    stated = [
        int(1000 * stream.duration * stream.time_base) for stream in streams if stream.duration
    ]
    if stated:
        return max(0, *stated)
    length = (container.duration or 0) // 1000
    if _container(path, container) == "matroska":
        # It states where its clock ends, which may have begun late.
        length -= max(0, (container.start_time or 0) // 1000)
    return max(0, length)


def _picture_facts(path: Path, container: Any, picture: Any) -> dict[str, Any]:
    if picture.codec_context is None:
        raise unreadable_file(path, "its pictures are in a form we do not know")
    _check_frame_size(path, picture.codec_context.width, picture.codec_context.height)
    frame = _first_frame(path, container, picture)
    _check_frame_size(path, frame.width, frame.height)
    width, height = _display_size(frame, picture)
    return {
        "video_codec": picture.codec_context.name,
        "width": width,
        "height": height,
        "rotation": int(frame.rotation) % 360,
        "fps": _frame_rate(picture),
        "hdr": _HDR_TRANSFERS.get(int(frame.color_trc), ""),
    }


def _check_frame_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise unreadable_file(
            path,
            f"its pictures are {width} × {height}, larger than any camera’s",
            "Export it again at 4K or less.",
        )


def _first_frame(path: Path, container: Any, picture: Any) -> Any:
    refusal = unreadable_file(path, "its pictures cannot be decoded", _COPY_IT_AGAIN)
    for number, packet in enumerate(container.demux(picture)):
        if number > _MAX_PACKETS_TO_FIRST_FRAME:
            break
        with contextlib.suppress(av.error.InvalidDataError):
            for frame in packet.decode():
                return frame
    raise refusal


def _display_size(frame: Any, picture: Any) -> tuple[int, int]:
    """Return width and height of the upright picture with square pixels."""
    aspect = picture.sample_aspect_ratio or 1
    width, height = round(frame.width * float(aspect)), frame.height
    return (height, width) if frame.rotation % 180 else (width, height)


def _frame_rate(picture: Any) -> float:
    rate = picture.average_rate or picture.guessed_rate
    return round(float(rate), 3) if rate else 0.0


def check_decodes(
    path: Path,
    recording: Recording,
    progress: Progress | None = None,
    *,
    shown_as: Path | None = None,
) -> int:
    """Decode all of a recording and return its true length in milliseconds.

    A file broken off while copying still states its full length and decodes without an error
    unless ffmpeg is asked to be strict. Raises BadInput saying where it breaks; the message
    names the file as `shown_as`.
    """
    name = shown_as or path
    reached = _ProgressPosition(progress)
    layout = read_layout(path, recording.container)
    graph = _decode_graph(path, recording, strict=not _is_forgiving(path, recording, layout))
    try:
        run_ffmpeg(
            graph,
            activity="Checking the recording",
            timeout=_decoding_time_limit(path, recording),
            progress=reached,
        )
    except TookTooLong:
        raise
    except ToolFailed as error:
        broke_at = reached.at
        length = _length_of_whole_frames(path, recording, progress, broke_at)
        if length is not None:
            return length
        raise _breaks_off_error(name, broke_at, recording.duration, layout) from error
    if _is_short_for_its_header(recording, layout, reached.at):
        raise _breaks_off_error(name, reached.at, recording.duration, layout)
    if reached.at == 0:
        raise unreadable_file(name, "it has no length", _COPY_IT_AGAIN)
    return reached.at


def _length_of_whole_frames(
    path: Path, recording: Recording, progress: Progress | None, read_strictly: int
) -> int | None:
    """Return the length of sound of which only the last frame is not whole; None for any other.

    `read_strictly` are the milliseconds up to the first fault.
    """
    end = last_frame(path, recording.container)
    if end is None or not end.bytes_of_part:
        return None
    try:
        length = readable_length(path, recording, progress)
    except BadInput:
        return None
    is_all = length >= end.whole_ms - _FRAME_TOLERANCE_MS
    # Read strictly, it goes as far: nothing is wrong but the end.
    return length if is_all and read_strictly >= length - _TAIL_MS else None


_FRAME_TOLERANCE_MS = 200
_TAIL_MS = 1_000


def states_far_too_much(path: Path, recording: Recording) -> bool:
    """Return whether a header promises so much uncompressed sound that it must be wrong.

    A copy that broke off has more of the recording, as a rule.
    """
    layout = read_layout(path, recording.container)
    is_raw = recording.container in _RAW_SOUND and recording.audio_codec.startswith("pcm_")
    return is_raw and layout.missing >= _FAR_TOO_MUCH * path.stat().st_size


_FAR_TOO_MUCH = 8


def _is_forgiving(path: Path, recording: Recording, layout: FileLayout) -> bool:
    """Return whether the one fault that sound without compression can have is not one.

    That is a last block that is not a full one, where a recorder lost its power or a length was
    not stated.
    """
    is_open = layout.is_size_unknown or layout.understates
    is_raw = recording.container in _RAW_SOUND and (
        is_open or recording.audio_codec.startswith("pcm_")
    )
    return is_raw and layout.missing <= path.stat().st_size * _MAX_LOST_SHARE


def readable_length(
    path: Path,
    recording: Recording,
    progress: Progress | None = None,
    *,
    shown_as: Path | None = None,
) -> int:
    """Return how many milliseconds of a damaged recording can be decoded.

    Raises BadInput where nothing can.
    """
    reached = _ProgressPosition(progress)
    graph = _decode_graph(path, recording, strict=False)
    with contextlib.suppress(ToolFailed):
        run_ffmpeg(
            graph,
            activity="Reading what is left",
            timeout=_decoding_time_limit(path, recording),
            progress=reached,
        )
    if reached.at == 0:
        raise unreadable_file(shown_as or path, "nothing of it can be decoded", _COPY_IT_AGAIN)
    return reached.at


def require_made(path: Path, kind: str, duration: int, activity: str) -> None:
    """Raise ToolFailed unless what ffmpeg just made is of that kind, whole and long enough."""
    try:
        made = probe(path)
        length = check_decodes(path, made)
    except BadInput as error:
        raise ToolFailed(f"{activity} failed: the result cannot be read.", RUN_AGAIN) from error
    if made.kind != kind or _is_too_short(length, duration):
        raise ToolFailed(
            f"{activity} failed: it came out as {clock(length)} of {made.kind}, "
            f"not as {clock(duration)} of {kind}.",
            RUN_AGAIN,
        )


class _ProgressPosition:
    """A Progress that remembers the position last reported, and passes it on."""

    def __init__(self, progress: Progress | None) -> None:
        self.at = 0
        self._progress = progress

    def __call__(self, done: int) -> None:
        self.at = done
        if self._progress:
            self._progress(done)


def _is_short_for_its_header(recording: Recording, layout: FileLayout, reached: int) -> bool:
    """Return whether less can be played than there must be, rather than the header being wrong."""
    if recording.container not in _EXACT_LENGTH_CONTAINERS:
        return False
    is_whole = recording.container == "flac" or (
        recording.container in _LENGTH_AND_SIZE and layout.is_whole
    )
    return not is_whole and _is_too_short(reached, recording.duration)


def lying_length(path: Path, recording: Recording, length: int) -> str:
    """Say what a file states and does not have, or has and does not state; "" if it is right.

    `length` is what can be played, in milliseconds.
    """
    layout = read_layout(path, recording.container)
    stated = recording.duration
    sentences = []
    end = last_frame(path, recording.container)
    if layout.overstated:
        sentences.append(
            f"Its header states {human_size(layout.overstated)} more than there is, and is wrong: "
            "all of the sound is used."
        )
    if layout.tag_bytes:
        sentences.append("A tag of music players stands before it, which is passed over.")
    if end is not None and end.bytes_of_part:
        sentences.append(
            "It ends within a frame, as where a recorder is switched off: all before it is used."
        )
    if layout.is_cut and not layout.is_size_unknown:
        sentences.append(f"It breaks off: its header promises more than the {clock(length)} there.")
    elif _is_too_short(length, stated):
        sentences.append(f"It states a length of {clock(stated)}, and ends after {clock(length)}.")
    if recording.container == "mov" and (trimmed := left_out_by_edits(path)):
        sentences.append(
            f"{clock(trimmed)} of what was recorded was trimmed away in the file, and is not used."
        )
    if len(layout.parts) > 1:
        sentences.append("Another recording begins behind it, which cannot be read.")
    if layout.bytes_beyond:
        sentences.append(
            f"After the end that it states lie {human_size(layout.bytes_beyond)} more, which are "
            "not used."
        )
    return " ".join(sentences)


def _decoding_time_limit(path: Path, recording: Recording) -> float:
    # A length may be stated too short: no more than 32 kb a second is a slow recording.
    by_size = min(_ASSUMED_LENGTH_MS, path.stat().st_size // 4)
    return time_limit(max(recording.duration, by_size) or _ASSUMED_LENGTH_MS)


def _decode_graph(path: Path, recording: Recording, *, strict: bool) -> Any:
    strict_options = {"xerror": None, "err_detect": "explode"} if strict else {}
    source = media_input(path, **strict_options)
    streams = [source["V:0"]] if recording.kind == "video" else []
    sound = source[f"a:{recording.first_track}"]
    return ffmpeg.output(*streams, sound, "-", f="null", fps_mode="passthrough")


def _is_too_short(reached: int, stated: int) -> bool:
    # A stated length is rounded by up to a second or two, or by a share of a long recording.
    return stated - reached > max(2000, stated * 3 // 100)


def _breaks_off_error(path: Path, reached: int, stated: int, layout: FileLayout) -> BadInput:
    where = f"at {clock(reached)} of {clock(stated)}" if stated else f"at {clock(reached)}"
    if layout.is_cut and not layout.is_size_unknown:
        where += f", and {human_size(layout.missing)} that its header promises are not there"
    return unreadable_file(path, f"it breaks off or is damaged {where}", _COPY_IT_AGAIN)
