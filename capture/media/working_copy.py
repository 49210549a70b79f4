"""The working copy of a recording, and the speech as engines hear it.

All of it can be made again from the originals at any time. Metadata (place, device, names,
chapters, captions hidden in the pictures) stays behind: only sound and picture are carried over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from capture.media.conform import (
    NO_HIDDEN_DATA,
    NO_HIDDEN_NOTES,
    NO_METADATA,
    REPRODUCIBLE,
    constant_rate,
    continuous_sound,
    tone_map,
    working_rate,
    working_size,
)
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.picture.anonymise import AS_FILMED
from capture.media.picture.carried_over import is_carried_over, times_to_carry_over
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene, film_pictures
from capture.media.probe import require_made
from capture.media.recording import Recording
from capture.media.run_ffmpeg import Progress, has_filter, run_ffmpeg, time_limit
from capture.media.sound.decoding import OriginalSound, samples_per_frame
from capture.media.speech import SPEECH_RATE
from capture.media.timeline import Shot, Timeline
from library.core import files
from library.core.errors import NoRoom, ToolFailed


def make_working_copy(
    source: Path,
    to: Path,
    recording: Recording,
    progress: Progress | None = None,
    *,
    sound_source: Path | None = None,
    is_damaged: bool = False,
) -> None:
    """Make the working copy: MP4 for video, M4A for sound alone; 48 kHz stereo.

    A picture that every browser shows as it is, is carried over as it is, unless the recording is
    damaged. Any other gets constant 25 or 30 frames a second, upright, square pixels, even sides,
    at most 1080p and never enlarged. Gaps in the sound are filled, so that sound and picture stay
    together. `sound_source` is another recording of the sound, on the same clock. Raises
    ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    sound = continuous_sound(media_input(sound_source or source)["a:0"])
    with files.replacing(to) as temporary:
        if recording.kind == "video":
            picture = media_input(source)["V:0"]
            times = None if is_damaged else times_to_carry_over(source, recording)
            if times is not None:
                with contextlib.suppress(_NotCarriedOver):
                    _carry_over(picture, sound, temporary, recording, times, progress)
                    return
            streams = [_conformed_picture(picture, recording), sound]
            options = _video_options(recording)
        else:
            streams, options = [sound], {}
        _write(streams, temporary, recording, options, progress)
        require_made(temporary, recording.kind, recording.duration, _ACTIVITY)


_ACTIVITY = "Making the working copy"


class _NotCarriedOver(ToolFailed):
    """The picture did not arrive as it was recorded."""


def _carry_over(
    picture: Any,
    sound: Any,
    to: Path,
    recording: Recording,
    times: Sequence[int],
    progress: Progress | None,
) -> None:
    """Write the picture as it was recorded. Raises _NotCarriedOver or NoRoom.

    What was made is not decoded: the sound is, next, for the speech.
    """
    try:
        _write([picture, sound], to, recording, {"c:v": "copy"} | NO_HIDDEN_NOTES, progress)
    except NoRoom:
        raise
    except ToolFailed as error:
        raise _NotCarriedOver(error.what) from error
    if not is_carried_over(to, times):
        raise _NotCarriedOver(f"{_ACTIVITY} failed: pictures did not arrive as they were.")


def _write(
    streams: Sequence[Any],
    to: Path,
    recording: Recording,
    video_options: Mapping[str, str | int],
    progress: Progress | None,
) -> None:
    graph = ffmpeg.output(
        *streams,
        ffmpeg_url(to),
        f="mp4" if recording.kind == "video" else "ipod",
        movflags="+faststart",
        **{"c:a": "aac", "b:a": "192k"},
        **video_options,
        **NO_METADATA,
    )
    run_ffmpeg(graph, activity=_ACTIVITY, timeout=time_limit(recording.duration), progress=progress)


def _video_options(recording: Recording) -> dict[str, str | int]:
    """Return the encoder's options for the working copy."""
    return {
        "c:v": "libx264",
        "preset": "veryfast",
        "crf": 18,  # cannot be told from the source by eye
        "g": 2 * working_rate(recording.fps),
        **REPRODUCIBLE,
        **NO_HIDDEN_DATA,
    }


def _conformed_picture(picture: Any, recording: Recording) -> Any:
    """Return the filtered picture. ffmpeg turns it upright before the first filter."""
    width, height = working_size(recording.width, recording.height)
    picture = constant_rate(picture, working_rate(recording.fps))
    picture = picture.filter("scale", width, height, flags="bicubic")
    if recording.hdr and has_filter("zscale"):
        picture = tone_map(picture)
    return picture.filter("setsar", 1).filter("format", "yuv420p")


def extract_speech(
    working: Path, to: Path, duration: int, progress: Progress | None = None
) -> None:
    """Write the sound as 16 kHz mono 16-bit WAV, on the working copy's clock.

    `duration` in milliseconds. Raises ToolFailed or NoRoom.
    """
    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            media_input(working)["a:0"],
            ffmpeg_url(temporary),
            f="wav",
            ac=1,
            ar=SPEECH_RATE,
            **{"c:a": "pcm_s16le"},
            **NO_METADATA,
        )
        run_ffmpeg(
            graph, activity="Taking out the speech", timeout=time_limit(duration), progress=progress
        )


STILL_COLOUR = "0x20242c"
"""Picture shown while nothing was filmed: dusk, so that nobody takes it for a fault."""


def frames_for(duration: int, fps: int) -> int:
    """Return the frames that hold all of `duration` ms: nothing of a take is cut off."""
    return max(1, -(-duration * fps // 1000))


def join_takes(
    pictures: Sequence[Footage],
    sounds: Sequence[OriginalSound],
    fps: int,
    to: Path,
    progress: Progress | None = None,
) -> None:
    """Make the working copy of several takes, as `make_working_copy` makes that of one.

    One run of ffmpeg reads the originals and joins what they decode to. Joining the files
    themselves would carry over the silence that AAC puts before every file, and words would
    come later with every take. `pictures` is empty where nothing was filmed; they have the size
    of the first take, the others fitted into it. Raises ToolFailed or NoRoom; `to` appears
    whole or not at all.
    """
    frames = sum(sound.frames for sound in sounds)
    duration = frames * 1000 // fps
    kind = "video" if pictures else "audio"
    options: dict[str, Any] = {"c:a": "aac", "b:a": "192k", "movflags": "+faststart"}
    streams = [_joined_sound(sounds, fps)]
    if pictures:
        timeline = Timeline(fps, (Shot(0, frames),))
        streams.insert(0, film_pictures(Scene(pictures, AS_FILMED), timeline, {}))
        options |= _video_options(pictures[0].recording)
    activity = "Joining the takes"
    with files.replacing(to) as temporary:
        container = "mp4" if pictures else "ipod"
        graph = ffmpeg.output(
            *streams, ffmpeg_url(temporary), f=container, **options, **NO_METADATA
        )
        run_ffmpeg(graph, activity=activity, timeout=time_limit(duration), progress=progress)
        require_made(temporary, kind, duration, activity)


def _joined_sound(sounds: Sequence[OriginalSound], fps: int) -> Any:
    """Return the takes' sound, each filled with silence or cut off to its frames."""
    takes = []
    for original in sounds:
        length = original.frames * samples_per_frame(fps)
        sound = continuous_sound(media_input(original.path)["a:0"])
        sound = sound.filter("apad", whole_len=length).filter("atrim", end_sample=length)
        takes.append(sound.filter("asetpts", "PTS-STARTPTS"))
    return ffmpeg.concat(*takes, v=0, a=1)


def make_still_footage(to: Path, size: tuple[int, int], fps: int, frames: int) -> Footage:
    """Make footage for a take that has only sound: one dark colour, one picture a second.

    One a second, so that a reader may enter it anywhere. Raises ToolFailed or NoRoom; `to`
    appears whole or not at all.
    """
    width, height = size
    duration = frames * 1000 // fps
    if not to.exists():
        picture = ffmpeg.input(
            f"color={STILL_COLOUR}:s={width}x{height}:r=1:d={duration // 1000 + 1}", f="lavfi"
        )
        encoding = {"c:v": "libx264", "preset": "ultrafast", "crf": 18, "g": 1, "threads": 1}
        with files.replacing(to) as temporary:
            graph = ffmpeg.output(
                picture.filter("format", "yuv420p"),
                ffmpeg_url(temporary),
                f="matroska",
                **encoding,
                **NO_METADATA,
            )
            run_ffmpeg(graph, activity="Drawing a still picture", timeout=time_limit(duration))
    recording = Recording(
        kind="video",
        duration=duration,
        container="matroska",
        audio_codec="",
        channels=0,
        sample_rate=0,
        video_codec="h264",
        width=width,
        height=height,
        fps=float(fps),
    )
    return Footage(to, recording, frames)
