"""Read a film’s frames as small grey squares, a few of each second.

ffmpeg makes them so small at once: of an hour nothing larger than some megabytes ever lies on the
disk, and a file that was made to do harm meets ffmpeg’s limits.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import ffmpeg
import numpy as np
import numpy.typing as npt

from capture.media.input_files import ffmpeg_url, media_input
from capture.media.run_ffmpeg import run_ffmpeg

FRAMES_PER_SECOND = 4
"""A hand that is raised, or a head that turns, takes as long."""


def sampled_frames(
    film: Path, side: int, timeout: float, *, is_ours: bool
) -> npt.NDArray[np.uint8]:
    """Return frames of a film, `side` × `side` pixels of grey each, one after another.

    Of a film that `is_ours` only the pictures that others are made from are decoded; there are
    several in each second. Raises ToolFailed, TookTooLong or NoRoom.
    """
    options = {"skip_loop_filter": "all", "skip_frame": "noref"} if is_ours else {}
    picture = media_input(film, **options)["v:0"].filter("fps", FRAMES_PER_SECOND, round="up")
    picture = picture.filter("scale", side, side, flags="area").filter("format", "gray")
    with tempfile.TemporaryDirectory(prefix="carer-stories-") as folder:
        raw = Path(folder) / "frames"
        graph = ffmpeg.output(picture, ffmpeg_url(raw), f="rawvideo", pix_fmt="gray")
        run_ffmpeg(graph, activity="Looking at the pictures of a film", timeout=timeout)
        pixels = np.fromfile(raw, np.uint8)
    whole = len(pixels) // (side * side)
    return pixels[: whole * side * side].reshape(whole, side, side)
