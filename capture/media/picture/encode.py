"""Making the pictures: one run of ffmpeg from the originals to every size, then their sound."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from capture.media.derive import CLEAN
from capture.media.film import check_clean
from capture.media.picture.graph import Scene, film_size, pictures
from capture.media.picture.rendition import Encoder, Rendition, output
from capture.media.picture.transitions import copies
from capture.media.runner import Progress, run, time_limit
from capture.media.source import address, media_input, protections
from capture.media.timeline import Reel
from library.core import files
from library.core.errors import ToolFailed

_DOING = "Making the film"
_AGAIN = "Nothing was kept of it. Run it again; `carer-stories doctor` checks the parts it needs."


@dataclass(frozen=True)
class Pace:
    """How many frames a film has, and how many of them in a second."""

    frames: int
    rate: Fraction


@dataclass(frozen=True)
class Burned:
    """Captions drawn into the pictures: an .ass file, and a folder `fonts` beside it."""

    captions: Path


def pace_of(reel: Reel, one_in: int = 1) -> Pace:
    """Of a film that shows every frame of its reel, or `one_in` so many: the first of them."""
    return Pace(-(-reel.frames // one_in), Fraction(reel.fps, one_in))


class _Short(ToolFailed):
    """A reader that skipped came in too late: the film has fewer frames than its reel."""


def encode_pictures(
    scene: Scene,
    reel: Reel,
    stills: Mapping[str, Path],
    to: Mapping[Rendition, Path],
    *,
    burned: Burned | None = None,
    encoder: Encoder = "software",
    progress: Progress | None = None,
) -> None:
    """The film without its sound, in every rendition: exactly the reel's frames, at its rate.

    `stills` has a PNG of the film's size for every card of the reel. `progress` is told
    milliseconds of the film. Raises ToolFailed or NoRoom, ValueError for a reel that goes beyond
    the recording; the files appear whole or not at all.
    """
    recorded = sum(take.recording.duration for take in scene.takes)
    limit = time_limit(recorded + reel.duration)

    def encode(skipping: bool) -> None:
        picture = pictures(scene, reel, stills, skipping=skipping)
        encode_stream(picture, film_size(scene.takes), reel, to, burned, encoder, limit, progress)

    try:
        encode(skipping=True)
    except _Short:
        encode(skipping=False)


def encode_stream(
    picture: Any,
    size: tuple[int, int],
    reel: Reel,
    to: Mapping[Rendition, Path],
    burned: Burned | None,
    encoder: Encoder,
    limit: float,
    progress: Progress | None,
    one_in: int = 1,
) -> None:
    """Encode a finished stream of pictures in every rendition; of each `one_in` frames the first.

    That one is shown for as long as all of them would be.
    """
    import ffmpeg

    pace = pace_of(reel, one_in)
    if one_in > 1:
        picture = picture.filter("framestep", one_in)
    if burned:
        # By names alone, from their own folder: no path passes through a filter's parser.
        picture = picture.filter("ass", burned.captions.name, fontsdir="fonts")
    with ExitStack() as stack:
        made = {one: stack.enter_context(files.replacing(path)) for one, path in to.items()}
        outputs = [
            output(
                _sized(copy, size, one),
                address(path),
                one,
                encoder,
                pace.rate,
                f="mp4",
                **CLEAN,
            )
            for copy, (one, path) in zip(copies(picture, len(to)), made.items(), strict=True)
        ]
        graph = ffmpeg.merge_outputs(*outputs).global_args("-copyts", "-start_at_zero")
        folder = burned.captions.parent if burned else None
        run(graph, doing=_DOING, timeout=limit, progress=progress, folder=folder)
        for path in made.values():
            require_frames(path, pace)


def _sized(picture: Any, size: tuple[int, int], rendition: Rendition) -> Any:
    if size == (rendition.width, rendition.height):
        return picture
    return picture.filter("scale", rendition.width, rendition.height, flags="bicubic")


def require_frames(path: Path, pace: Pace) -> None:
    """Raises ToolFailed unless the pictures are exactly so many, each as long as the other.

    They are counted, not decoded: that would take as long again as a third of the encoding, and
    ffmpeg has told us that it wrote them all.
    """
    import av

    with av.open(address(path), options=protections()) as container:
        stream = container.streams.video[0]
        times = sorted(
            packet.pts * packet.time_base * pace.rate
            for packet in container.demux(stream)
            if packet.pts is not None
        )
    if len(times) < pace.frames:
        raise _Short(f"{_DOING} failed: {pace.frames - len(times)} frames are missing.", _AGAIN)
    if times != list(range(pace.frames)):
        raise ToolFailed(f"{_DOING} failed: its frames do not lie where they should.", _AGAIN)


def mux(video: Path, audio: Path, to: Path, pace: Pace) -> None:
    """Pictures and sound in one file that starts while it loads; neither is encoded again.

    Checked: the pictures are all there, and nothing else is. Raises ToolFailed, NoRoom or
    Damaged; `to` appears whole or not at all.
    """
    import ffmpeg

    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            media_input(video)["v:0"],
            media_input(audio)["a:0"],
            address(temporary),
            f="mp4",
            c="copy",
            movflags="+faststart",
            **CLEAN,
        )
        run(graph, doing=_DOING, timeout=time_limit(int(pace.frames * 1000 / pace.rate)))
        require_frames(temporary, pace)
        check_clean(temporary, ("video", "audio"))
