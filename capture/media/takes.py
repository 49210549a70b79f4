"""Several takes as one: joined on one clock, each a whole number of frames.

One run of ffmpeg reads the originals and joins what they decode to. Joining the files themselves
would carry over the stretch of silence that AAC puts before every file, and words would come later
with every take.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from capture.media.derive import CLEAN, NO_HIDDEN_DATA, steady_sound, working_video
from capture.media.picture.anonymise import SHOWN
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene, pictures
from capture.media.probe import Recording, require_made
from capture.media.runner import Progress, run, time_limit
from capture.media.sound.decoding import Original, samples_per_frame
from capture.media.source import address, media_input
from capture.media.timeline import Reel, Shot
from library.core import files

STILL = "0x20242c"
"""What is seen while nothing was filmed: dusk, so that nobody takes it for a fault."""


def frames_for(duration: int, fps: int) -> int:
    """Frames that hold `duration` milliseconds altogether: nothing of a take is cut off."""
    return max(1, -(-duration * fps // 1000))


def join_takes(
    seen: Sequence[Footage],
    heard: Sequence[Original],
    fps: int,
    to: Path,
    progress: Progress | None = None,
) -> None:
    """The working copy of several takes, as `normalise` makes that of one.

    `seen` is empty where nothing was filmed. Pictures have the size of the first take, the others
    fitted into it. Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    import ffmpeg

    frames = sum(one.frames for one in heard)
    duration = frames * 1000 // fps
    kind = "video" if seen else "audio"
    options: dict[str, Any] = {"c:a": "aac", "b:a": "192k", "movflags": "+faststart"}
    streams = [_joined_sound(heard, fps)]
    if seen:
        reel = Reel(fps, (Shot(0, frames),))
        streams.insert(0, pictures(Scene(seen, SHOWN), reel, {}))
        options |= working_video(seen[0].recording) | NO_HIDDEN_DATA
    doing = "Joining the takes"
    with files.replacing(to) as temporary:
        container = "mp4" if seen else "ipod"
        graph = ffmpeg.output(*streams, address(temporary), f=container, **options, **CLEAN)
        run(graph, doing=doing, timeout=time_limit(duration), progress=progress)
        require_made(temporary, kind, duration, doing)


def _joined_sound(heard: Sequence[Original], fps: int) -> Any:
    """Each take exactly as long as its frames: filled up with silence, or cut off."""
    import ffmpeg

    takes = []
    for one in heard:
        length = one.frames * samples_per_frame(fps)
        sound = steady_sound(media_input(one.path)["a:0"])
        sound = sound.filter("apad", whole_len=length).filter("atrim", end_sample=length)
        takes.append(sound.filter("asetpts", "PTS-STARTPTS"))
    return ffmpeg.concat(*takes, v=0, a=1)


def draw_still(to: Path, size: tuple[int, int], fps: int, frames: int) -> Footage:
    """Footage for a take that was only heard: one quiet colour, a picture a second.

    A picture a second, so that a reader may enter it anywhere. Raises ToolFailed or NoRoom; `to`
    appears whole or not at all.
    """
    import ffmpeg

    width, height = size
    duration = frames * 1000 // fps
    if not to.exists():
        picture = ffmpeg.input(
            f"color={STILL}:s={width}x{height}:r=1:d={duration // 1000 + 1}", f="lavfi"
        )
        encoding = {"c:v": "libx264", "preset": "ultrafast", "crf": 18, "g": 1, "threads": 1}
        with files.replacing(to) as temporary:
            graph = ffmpeg.output(
                picture.filter("format", "yuv420p"),
                address(temporary),
                f="matroska",
                **encoding,
                **CLEAN,
            )
            run(graph, doing="Drawing a still picture", timeout=time_limit(duration))
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
