"""Encode a film's pictures in every size with one run of ffmpeg, and add the sound.

H.264 High in yuv420p is what every browser and hospital laptop of the last ten years plays; the bit
rate is capped so that a film also starts where the network is slow.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import ffmpeg

from capture.media.conform import NO_HIDDEN_DATA, NO_METADATA, REPRODUCIBLE, even_size
from capture.media.hidden_data import check_clean
from capture.media.input_files import ffmpeg_url, media_input, safe_input_options
from capture.media.picture.graph import Scene, film_pictures, film_size, split_stream
from capture.media.run_ffmpeg import RUN_AGAIN, Progress, run_ffmpeg, time_limit
from capture.media.timeline import Timeline
from library.core import files
from library.core.counting import counted_is
from library.core.errors import ToolFailed

Encoder = Literal["software", "still", "draft", "nvenc", "videotoolbox", "qsv", "vaapi"]
"""The encoder to use, on the processor or the graphics card.

`software` gives equal bytes for equal inputs; a graphics card's encoder may not. `still` is as
good for pictures that hardly move, in half the time; a `draft` is quick and coarse, for judging
cuts."""

_LOWER_SIDES = (720, 360)  # pixels of the shorter side
_MAX_LOWER_SHARE = 0.8
"""Largest share of the film's shorter side for a lower rendition: a larger one saves too little."""
_TRIAL_TIMEOUT_SECONDS = 60  # seconds for an encoder to make ten frames
EncoderOptions = dict[str, str | int]


@dataclass(frozen=True)
class Rendition:
    """One size of the film. `name` is that of its file in the story's folder."""

    name: str
    width: int
    height: int

    @property
    def shorter_side(self) -> int:
        return min(self.width, self.height)

    @property
    def max_kbps(self) -> int:
        """Highest bit rate in kilobits a second, over any two seconds."""
        return 4_000 if self.shorter_side > 800 else 2_000 if self.shorter_side > 500 else 700


def renditions(width: int, height: int) -> tuple[Rendition, ...]:
    """Return `film.mp4` in the full size, and those of 720 and 360 that are clearly smaller.

    Counted by the shorter side, so that upright films are treated alike; never enlarged.
    """
    shorter_side = min(width, height)
    lower = [
        Rendition(
            f"film-{side}.mp4",
            even_size(width * side / shorter_side),
            even_size(height * side / shorter_side),
        )
        for side in _LOWER_SIDES
        if side <= shorter_side * _MAX_LOWER_SHARE
    ]
    return (Rendition("film.mp4", width, height), *lower)


def encoder_options(rendition: Rendition, encoder: Encoder, rate: Fraction | int) -> EncoderOptions:
    """Return the options for one output of `rate` frames a second."""
    max_kbps = rendition.max_kbps
    common: EncoderOptions = {
        "g": round(2 * rate),  # seeking from the transcript lands at once
        "maxrate": f"{max_kbps}k",
        "bufsize": f"{2 * max_kbps}k",  # the rate may rise above its cap for two seconds
        "bsf:v": str(NO_HIDDEN_DATA["bsf:v"]),
    }
    return (
        common
        | _CODEC_OPTIONS[encoder]
        | ({"b:v": f"{max_kbps}k"} if encoder in _NEEDS_BITRATE else {})
    )


# a53cc, sei: captions and notes inside the pictures are not carried over (see NO_HIDDEN_DATA).
_CODEC_OPTIONS: dict[Encoder, EncoderOptions] = {
    "software": {
        "c:v": "libx264",
        "profile:v": "high",
        "preset": "fast",
        "crf": 22,
        "a53cc": 0,
        **REPRODUCIBLE,
    },
    "still": {
        "c:v": "libx264",
        "profile:v": "high",
        "preset": "superfast",
        "crf": 22,
        "a53cc": 0,
        "bf": 0,  # no smaller with frames that look ahead, and a quarter slower
        **REPRODUCIBLE,
    },
    "draft": {"c:v": "libx264", "preset": "ultrafast", "crf": 30, "a53cc": 0, **REPRODUCIBLE},
    "nvenc": {"c:v": "h264_nvenc", "profile:v": "high", "preset": "p5", "cq": 24, "a53cc": 0},
    "videotoolbox": {"c:v": "h264_videotoolbox", "profile:v": "high", "a53cc": 0},
    "qsv": {"c:v": "h264_qsv", "profile:v": "high", "preset": "medium", "a53cc": 0},
    "vaapi": {"c:v": "h264_vaapi", "profile:v": "high", "sei": 0},
}
# These have no constant quality: the highest rate is given as their target.
_NEEDS_BITRATE = ("videotoolbox", "qsv", "vaapi")


def usable_encoder(encoder: Encoder) -> tuple[Encoder, str]:
    """Return the requested encoder, or `software` and a sentence if this computer cannot use it."""
    if encoder in ("software", "still", "draft") or _can_encode(encoder):
        return encoder, ""
    return "software", (
        f"This computer cannot encode with {encoder}; the film is made without it, which is slower."
    )


@functools.cache
def _can_encode(encoder: Encoder) -> bool:
    """Try to encode a few frames: the driver may be missing though ffmpeg lists the encoder."""
    # Not smaller: vaapi and others refuse very small frames.
    picture = ffmpeg.input("color=gray:size=640x360:rate=25:duration=0.4", f="lavfi")
    picture = picture.filter("format", "yuv420p")
    try:
        run_ffmpeg(
            encoded_output(picture, "-", Rendition("film.mp4", 640, 360), encoder, 25, f="null"),
            activity=f"Trying {encoder}",
            timeout=_TRIAL_TIMEOUT_SECONDS,
        )
    except ToolFailed:
        return False
    return True


def encoded_output(
    picture: object,
    to: str,
    rendition: Rendition,
    encoder: Encoder,
    rate: Fraction | int,
    **container_options: str | int,
) -> object:
    """Return one encoded output of a graph; `container_options` are for its muxer."""
    if encoder == "vaapi":
        picture = picture.filter("format", "nv12").filter("hwupload")  # type: ignore[attr-defined]
    options = encoder_options(rendition, encoder, rate) | container_options
    stream = ffmpeg.output(picture, to, fps_mode="passthrough", **options)
    return stream.global_args("-vaapi_device", _VAAPI_DEVICE) if encoder == "vaapi" else stream


_VAAPI_DEVICE = "/dev/dri/renderD128"
"""The first graphics card, as Linux names it."""


_ACTIVITY = "Making the film"


@dataclass(frozen=True)
class FrameCount:
    """Number of frames of a film, and frames a second."""

    frames: int
    rate: Fraction


@dataclass(frozen=True)
class BurnedCaptions:
    """Captions drawn into the pictures: an .ass file, and a folder `fonts` beside it."""

    captions: Path


def frame_count(timeline: Timeline, every_nth: int = 1) -> FrameCount:
    """Return frames and rate of a film with every `every_nth` frame of its timeline."""
    return FrameCount(-(-timeline.frames // every_nth), Fraction(timeline.fps, every_nth))


class _TooFewFrames(ToolFailed):
    """The film has fewer frames than its timeline, because seeking in a take landed too late."""


def encode_pictures(
    scene: Scene,
    timeline: Timeline,
    stills: Mapping[str, Path],
    to: Mapping[Rendition, Path],
    *,
    burned: BurnedCaptions | None = None,
    encoder: Encoder = "software",
    progress: Progress | None = None,
) -> None:
    """Encode the film without sound in every rendition: exactly the timeline's frames and rate.

    `stills` has a PNG of the film's size for every card of the timeline. `progress` gets
    milliseconds of the film. Raises ToolFailed or NoRoom, ValueError for a timeline that goes
    beyond the recording; the files appear whole or not at all.
    """
    recorded_ms = sum(take.recording.duration for take in scene.takes)
    timeout = time_limit(recorded_ms + timeline.duration)

    def encode(allow_seeking: bool) -> None:
        picture = film_pictures(scene, timeline, stills, allow_seeking=allow_seeking)
        encode_stream(
            picture, film_size(scene.takes), timeline, to, burned, encoder, timeout, progress
        )

    try:
        encode(allow_seeking=True)
    except _TooFewFrames:
        encode(allow_seeking=False)


def encode_stream(
    picture: Any,
    size: tuple[int, int],
    timeline: Timeline,
    to: Mapping[Rendition, Path],
    burned: BurnedCaptions | None,
    encoder: Encoder,
    timeout: float,
    progress: Progress | None,
    every_nth: int = 1,
) -> None:
    """Encode a finished picture stream in every rendition, only every `every_nth` frame of it.

    Each frame is then shown for as long as those that were left out.
    """
    expected = frame_count(timeline, every_nth)
    if every_nth > 1:
        picture = picture.filter("framestep", every_nth)
    if burned:
        # By names alone, with their folder as working directory: a filter parses no path.
        picture = picture.filter("ass", burned.captions.name, fontsdir="fonts")
    with ExitStack() as stack:
        temporaries = {
            rendition: stack.enter_context(files.replacing(path)) for rendition, path in to.items()
        }
        outputs = [
            encoded_output(
                copy, ffmpeg_url(temporaries[rendition]), rendition, encoder, expected.rate,
                f="mp4", **NO_METADATA,
            )
            for rendition, copy in _scaled(picture, size, tuple(to))
        ]  # fmt: skip
        graph = ffmpeg.merge_outputs(*outputs).global_args("-copyts", "-start_at_zero")
        folder = burned.captions.parent if burned else None
        run_ffmpeg(graph, activity=_ACTIVITY, timeout=timeout, progress=progress, folder=folder)
        for path in temporaries.values():
            require_frames(path, expected)


def _scaled(
    picture: Any, size: tuple[int, int], to: Sequence[Rendition]
) -> Iterator[tuple[Rendition, Any]]:
    """Yield each rendition with the picture in its size, scaled from that of the one before.

    The largest comes first: to scale 360 lines from 720 takes half as long as from 1080.
    """
    largest_first = sorted(to, key=lambda rendition: -rendition.width * rendition.height)
    for rendition in largest_first:
        if size != (rendition.width, rendition.height):
            size = rendition.width, rendition.height
            picture = picture.filter("scale", *size, flags="bicubic")
        if rendition is largest_first[-1]:
            yield rendition, picture
            return
        copy, picture = split_stream(picture, 2)
        yield rendition, copy


def require_frames(path: Path, expected: FrameCount) -> None:
    """Raise ToolFailed unless the file has exactly the expected frames, evenly spaced.

    Packets are counted, not decoded: decoding would take a third as long again as the encoding,
    and ffmpeg has reported that it wrote them all.
    """
    with av.open(ffmpeg_url(path), options=safe_input_options()) as container:
        stream = container.streams.video[0]
        frame_numbers = sorted(
            packet.pts * packet.time_base * expected.rate
            for packet in container.demux(stream)
            if packet.pts is not None
        )
    if len(frame_numbers) < expected.frames:
        raise _TooFewFrames(
            f"{_ACTIVITY} failed: "
            f"{counted_is(expected.frames - len(frame_numbers), 'frame')} missing.",
            RUN_AGAIN,
        )
    if frame_numbers != list(range(expected.frames)):
        raise ToolFailed(f"{_ACTIVITY} failed: its frames do not lie where they should.", RUN_AGAIN)


def mux(video: Path, audio: Path, to: Path, expected: FrameCount) -> None:
    """Put pictures and sound into one file that plays while it loads; nothing is encoded again.

    Checks that every frame is there, and no hidden data. Raises ToolFailed, NoRoom or
    Damaged; `to` appears whole or not at all.
    """
    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            media_input(video)["v:0"],
            media_input(audio)["a:0"],
            ffmpeg_url(temporary),
            f="mp4",
            c="copy",
            movflags="+faststart",
            **NO_METADATA,
        )
        run_ffmpeg(
            graph,
            activity=_ACTIVITY,
            timeout=time_limit(int(expected.frames * 1000 / expected.rate)),
        )
        require_frames(temporary, expected)
        check_clean(temporary, ("video", "audio"))
