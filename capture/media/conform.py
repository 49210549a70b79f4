"""Filters and options shared by everything we make: steady clock, size, no metadata, same bytes."""

from __future__ import annotations

from typing import Any

_SOUND_RATE = 48_000  # Hz: what video is made with, and both steady rates divide it
_LONG_SIDE, _SHORT_SIDE = 1920, 1080


NO_METADATA: dict[str, str | int] = {
    # Tags, chapters, subtitles (sn) and data streams (dn) stay behind.
    "map_metadata": -1,
    "map_metadata:s": -1,
    "map_chapters": -1,
    "sn": None,  # type: ignore[dict-item]
    "dn": None,  # type: ignore[dict-item]
    # No version, date or random number of ffmpeg's own: equal input gives equal bytes.
    "fflags": "+bitexact",
    "flags:v": "+bitexact",
    "flags:a": "+bitexact",
}


NO_HIDDEN_NOTES: dict[str, str | int] = {"bsf:v": "filter_units=remove_types=6"}
NO_HIDDEN_DATA: dict[str, str | int] = {"a53cc": 0, **NO_HIDDEN_NOTES}
"""H.264 carries captions and notes inside the pictures (SEI, type 6); they are dropped. Encoders
would carry captions over (`a53cc`)."""


REPRODUCIBLE: dict[str, str | int] = {"threads": 4, "x264-params": "sync-lookahead=0"}
"""Encoding whose bytes hang on nothing but its input. Other numbers of threads give other bytes;
so did the lookahead's own thread, about one time in thirty on a busy machine."""


def continuous_sound(sound: Any) -> Any:
    """Convert sound to 48 kHz stereo from the recording's start, gaps filled with silence."""
    # async=1 fills gaps and trims; a larger number would also stretch the sound. first_pts=0 puts
    # silence before sound that begins later than the picture.
    sound = sound.filter("aresample", _SOUND_RATE, **{"async": 1, "first_pts": 0})
    return sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def constant_rate(picture: Any, fps: int, *, from_start: bool = True) -> Any:
    """Put every frame in its place on the recording's clock, which begins at 0.

    Pass `from_start=False` for a stream that is entered later on: nothing is then filled in
    before its first frame.
    """
    start = {"start_time": 0} if from_start else {}
    return picture.filter("fps", fps=fps, **start)


def tone_map(picture: Any) -> Any:
    """Convert high dynamic range to ITU-R BT.709, which any screen shows."""
    # Tones are mapped in linear light, for which 8 bits are too few: 32-bit float. npl: the white
    # of an ordinary screen, in candela per square metre.
    picture = picture.filter("zscale", transfer="linear", npl=100).filter("format", "gbrpf32le")
    picture = picture.filter("zscale", primaries="bt709")
    # desat=0: else highlights, and faces in bright light, lose their colour.
    picture = picture.filter("tonemap", tonemap="hable", desat=0)
    return picture.filter("zscale", transfer="bt709", matrix="bt709", range="tv")


def working_rate(fps: float) -> int:
    """Return 25 or 30: the one whose half, self or multiple the source's rate is nearest to."""
    if not fps:
        return 25
    multiples = (0.5, 1, 2, 4, 8)
    distance = {rate: min(abs(fps - rate * step) for step in multiples) for rate in (25, 30)}
    return 25 if distance[25] <= distance[30] else 30


def working_size(width: int, height: int) -> tuple[int, int]:
    """Return even sides within 1920 × 1080 (or upright) in the same shape, never enlarged."""
    long, short = max(width, height), min(width, height)
    scale = min(1.0, _LONG_SIDE / long, _SHORT_SIDE / short)
    return even_size(width * scale), even_size(height * scale)


def even_size(side: float) -> int:
    """Round a side down to even pixels: chroma is stored for two pixels together."""
    return max(2, int(side) // 2 * 2)
