"""What the rest of the product works with: a working copy, the speech as engines hear it, a still.

All of it can be made again from the original at any time. Metadata (place, device, names, chapters,
captions hidden in the pictures) stays behind: nothing but sound and picture is carried over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from capture.media.probe import Recording, require_made
from capture.media.runner import Progress, run, time_limit
from capture.media.source import address, media_input
from capture.media.speech import SPEECH_RATE
from capture.media.tool import has_filter
from library.core import files

_SOUND_RATE = 48_000
_LONG_SIDE, _SHORT_SIDE = 1920, 1080
_POSTER_SIDE = 1280
_STILL_SECONDS = 60

CLEAN: dict[str, str | int] = {
    # Everything but sound and picture stays behind, and equal input gives equal bytes.
    "map_metadata": -1,
    "map_metadata:s": -1,
    "map_chapters": -1,
    "sn": None,  # type: ignore[dict-item]
    "dn": None,  # type: ignore[dict-item]
    "fflags": "+bitexact",
    "flags:v": "+bitexact",
    "flags:a": "+bitexact",
}
NO_HIDDEN_DATA = {"a53cc": 0, "bsf:v": "filter_units=remove_types=6"}
"""H.264 carries captions and notes inside the pictures (SEI, type 6); they are dropped."""

SAME_BYTES: dict[str, str | int] = {"threads": 4, "x264-params": "sync-lookahead=0"}
"""Encoding whose bytes hang on nothing but its input. Other numbers of threads give other bytes;
so did the lookahead's own thread, about one time in thirty on a busy machine."""


def normalise(
    source: Path,
    to: Path,
    recording: Recording,
    progress: Progress | None = None,
    *,
    heard: Path | None = None,
) -> None:
    """The working copy: MP4 for video, M4A for sound alone; 48 kHz stereo on one steady clock.

    Video gets constant 25 or 30 frames a second, upright, square pixels, even sides, at most
    1080p and never enlarged. Gaps in the sound are filled, so that sound and picture stay
    together. `heard` is another recording of the sound, on the same clock. Raises ToolFailed or
    NoRoom; `to` appears whole or not at all.
    """
    import ffmpeg

    opened = media_input(source)
    sound = steady_sound((media_input(heard) if heard else opened)["a:0"])
    sound_options = {"c:a": "aac", "b:a": "192k"}
    with files.replacing(to) as temporary:
        if recording.kind == "video":
            graph = ffmpeg.output(
                _steady_picture(opened["V:0"], recording),
                sound,
                address(temporary),
                f="mp4",
                movflags="+faststart",
                **sound_options,
                **working_video(recording),
                **NO_HIDDEN_DATA,
                **CLEAN,
            )
        else:
            graph = ffmpeg.output(
                sound,
                address(temporary),
                f="ipod",
                movflags="+faststart",
                **sound_options,
                **CLEAN,
            )
        doing = "Making the working copy"
        run(graph, doing=doing, timeout=time_limit(recording.duration), progress=progress)
        require_made(temporary, recording.kind, recording.duration, doing)


def working_video(recording: Recording) -> dict[str, str | int]:
    """Options of the working copy. CRF 18 cannot be told from the source by eye."""
    return {
        "c:v": "libx264",
        "preset": "veryfast",
        "crf": 18,
        "g": 2 * steady_rate(recording.fps),
        **SAME_BYTES,
    }


def steady_sound(sound: Any) -> Any:
    """48 kHz stereo from the recording's first moment on, its gaps filled with silence."""
    sound = sound.filter("aresample", _SOUND_RATE, **{"async": 1, "first_pts": 0})
    return sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def _steady_picture(picture: Any, recording: Recording) -> Any:
    """The chain of filters for the picture. ffmpeg turns it upright before the first of them."""
    width, height = working_size(recording.width, recording.height)
    picture = steady(picture, steady_rate(recording.fps))
    picture = picture.filter("scale", width, height, flags="bicubic")
    if recording.hdr and has_filter("zscale"):
        picture = tone_mapped(picture)
    return picture.filter("setsar", 1).filter("format", "yuv420p")


def steady(picture: Any, fps: int, *, from_start: bool = True) -> Any:
    """Every frame in its place on the recording's clock, which begins at 0.

    Entered later on (`from_start` false), nothing is filled in before the first frame there is.
    """
    begins = {"start_time": 0} if from_start else {}
    return picture.filter("fps", fps=fps, **begins)


def tone_mapped(picture: Any) -> Any:
    """High dynamic range to what any screen shows (ITU-R BT.709); else faces come out grey."""
    picture = picture.filter("zscale", transfer="linear", npl=100).filter("format", "gbrpf32le")
    picture = picture.filter("zscale", primaries="bt709")
    picture = picture.filter("tonemap", tonemap="hable", desat=0)
    return picture.filter("zscale", transfer="bt709", matrix="bt709", range="tv")


def steady_rate(fps: float) -> int:
    """25 or 30, whichever the source's rate is nearest to a half, once, or a multiple of."""
    if not fps:
        return 25
    steps = (0.5, 1, 2, 4, 8)
    away = {rate: min(abs(fps - rate * step) for step in steps) for rate in (25, 30)}
    return 25 if away[25] <= away[30] else 30


def working_size(width: int, height: int) -> tuple[int, int]:
    """Even sides within 1920 × 1080 (or upright), the shape kept, never enlarged."""
    long, short = max(width, height), min(width, height)
    scale = min(1.0, _LONG_SIDE / long, _SHORT_SIDE / short)
    return even(width * scale), even(height * scale)


def even(side: float) -> int:
    """Colours are kept for two pixels together."""
    return max(2, int(side) // 2 * 2)


def extract_speech(
    working: Path, to: Path, duration: int, progress: Progress | None = None
) -> None:
    """16 kHz mono 16-bit WAV on the working copy's clock. Raises ToolFailed or NoRoom."""
    import ffmpeg

    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            media_input(working)["a:0"],
            address(temporary),
            f="wav",
            ac=1,
            ar=SPEECH_RATE,
            **{"c:a": "pcm_s16le"},
            **CLEAN,
        )
        run(graph, doing="Taking out the speech", timeout=time_limit(duration), progress=progress)


def draw_poster(working: Path, to: Path, duration: int) -> None:
    """A JPEG of one telling frame, a fifth of the way in, at most 1280 a side, without metadata.

    Raises ToolFailed or NoRoom.
    """
    picture = media_input(working, ss=duration / 5000)["V:0"].filter("thumbnail", 50)
    draw_frame(picture, to, _STILL_SECONDS + duration / 1000)


def draw_frame(picture: Any, to: Path, timeout: float = _STILL_SECONDS) -> None:
    """A JPEG of a stream's first frame, at most 1280 a side, without metadata.

    Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    import ffmpeg

    side = f"min({_POSTER_SIDE},{{}})"
    picture = picture.filter(
        "scale",
        side.format("iw"),
        side.format("ih"),
        force_original_aspect_ratio="decrease",
        out_color_matrix="bt601",  # JPEG knows no other
        out_range="pc",
    )
    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            picture,
            address(temporary),
            f="image2",
            update=1,
            vframes=1,
            pix_fmt="yuvj420p",
            **{"c:v": "mjpeg", "q:v": 3},
            **CLEAN,
        )
        run(graph, doing="Drawing the poster", timeout=timeout)
