"""The sizes a film is made in, and how each is encoded.

H.264 High in yuv420p is what every browser and hospital laptop of the last ten years plays; the
rate is capped so that a film also starts where the network is slow.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from capture.media.derive import NO_HIDDEN_DATA, SAME_BYTES, even
from capture.media.runner import run
from library.core.errors import ToolFailed

Encoder = Literal["software", "still", "draft", "nvenc", "videotoolbox", "qsv", "vaapi"]
"""`software` gives equal bytes for equal inputs; a graphics card's encoder promises nothing.
`still` is as true for pictures that hardly move, in half the time; a `draft` is quick and plain,
for judging cuts by."""

_LOWER = (720, 360)
_WORTH_IT = 0.8  # a lower rendition has at most so much of the film's shorter side
_TRY_SECONDS = 60
Options = dict[str, str | int]


@dataclass(frozen=True)
class Rendition:
    """One size of the film. `name` is its file's, in the story's folder."""

    name: str
    width: int
    height: int

    @property
    def side(self) -> int:
        return min(self.width, self.height)

    @property
    def highest_rate(self) -> int:
        """Kilobits a second, over any two seconds."""
        return 4_000 if self.side > 800 else 2_000 if self.side > 500 else 700


def renditions(width: int, height: int) -> tuple[Rendition, ...]:
    """`film.mp4` in the full size, and those of 720 and 360 that are clearly smaller.

    Counted by the shorter side, so that upright films are told alike; never enlarged.
    """
    short = min(width, height)
    lower = [
        Rendition(f"film-{side}.mp4", even(width * side / short), even(height * side / short))
        for side in _LOWER
        if side <= short * _WORTH_IT
    ]
    return (Rendition("film.mp4", width, height), *lower)


def encoding(rendition: Rendition, encoder: Encoder, rate: Fraction | int) -> Options:
    """Options for one output of so many frames a second."""
    highest = rendition.highest_rate
    common: Options = {
        "g": round(2 * rate),  # seeking from the transcript lands at once
        "maxrate": f"{highest}k",
        "bufsize": f"{2 * highest}k",
        "bsf:v": str(NO_HIDDEN_DATA["bsf:v"]),
    }
    return common | _QUALITY[encoder] | ({"b:v": f"{highest}k"} if encoder in _BY_RATE else {})


_QUALITY: dict[Encoder, Options] = {
    "software": {
        "c:v": "libx264",
        "profile:v": "high",
        "preset": "fast",
        "crf": 22,
        "a53cc": 0,
        **SAME_BYTES,
    },
    "still": {
        "c:v": "libx264",
        "profile:v": "high",
        "preset": "superfast",
        "crf": 22,
        "a53cc": 0,
        **SAME_BYTES,
    },
    "draft": {"c:v": "libx264", "preset": "ultrafast", "crf": 30, "a53cc": 0, **SAME_BYTES},
    "nvenc": {"c:v": "h264_nvenc", "profile:v": "high", "preset": "p5", "cq": 24, "a53cc": 0},
    "videotoolbox": {"c:v": "h264_videotoolbox", "profile:v": "high", "a53cc": 0},
    "qsv": {"c:v": "h264_qsv", "profile:v": "high", "preset": "medium", "a53cc": 0},
    "vaapi": {"c:v": "h264_vaapi", "profile:v": "high", "sei": 0},
}
_BY_RATE = ("videotoolbox", "qsv", "vaapi")


def usable_encoder(wanted: Encoder) -> tuple[Encoder, str]:
    """The encoder to use, and a sentence where it is not the one that was asked for."""
    if wanted in ("software", "still", "draft") or _works(wanted):
        return wanted, ""
    return "software", (
        f"This computer cannot encode with {wanted}; the film is made without it, which is slower."
    )


@functools.cache
def _works(encoder: Encoder) -> bool:
    """Whether a few frames can be encoded. A driver may be missing, whatever ffmpeg knows."""
    import ffmpeg

    # vaapi and others refuse very small frames.
    picture = ffmpeg.input("color=gray:size=640x360:rate=25:duration=0.4", f="lavfi")
    picture = picture.filter("format", "yuv420p")
    try:
        run(
            output(picture, "-", Rendition("film.mp4", 640, 360), encoder, 25, f="null"),
            doing=f"Trying {encoder}",
            timeout=_TRY_SECONDS,
        )
    except ToolFailed:
        return False
    return True


def output(
    picture: object,
    to: str,
    rendition: Rendition,
    encoder: Encoder,
    rate: Fraction | int,
    **more: str | int,
) -> object:
    """One output of a graph, encoded."""
    import ffmpeg

    if encoder == "vaapi":
        picture = picture.filter("format", "nv12").filter("hwupload")  # type: ignore[attr-defined]
    options = encoding(rendition, encoder, rate) | more
    made = ffmpeg.output(picture, to, fps_mode="passthrough", **options)
    return made.global_args("-vaapi_device", _CARD) if encoder == "vaapi" else made


_CARD = "/dev/dri/renderD128"
