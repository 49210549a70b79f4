"""The pictures of a reel as one graph of ffmpeg's: readers, shots, cards, and how they are joined.

Shots that follow each other by plain cuts come from one reader in one go, so that a film of a
hundred cuts is hardly dearer than one of none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture.media.derive import even, steady, tone_mapped, working_size
from capture.media.picture.anonymise import Look, Span, apply_look, cover, within
from capture.media.picture.footage import Clip, Footage, Reader, clips_of, colours, readers
from capture.media.picture.transitions import Row, copies, counted, in_a_row, splice, stretches
from capture.media.source import address, media_input
from capture.media.timeline import Card, Reel, Shot
from capture.media.tool import has_filter

_BT709 = {
    "colorspace": "bt709",
    "color_primaries": "bt709",
    "color_trc": "bt709",
    "range": "tv",
}


@dataclass(frozen=True)
class Scene:
    """What is filmed: the takes, how they are shown, and which spans are covered.

    `covered` is frames of the whole recording, the takes joined.
    """

    takes: Sequence[Footage]
    look: Look
    covered: Sequence[Span] = ()


@dataclass
class _Run:
    """Clips of one reader that follow each other by plain cuts: one stream."""

    reader: int
    clips: list[Clip]


def film_size(takes: Sequence[Footage]) -> tuple[int, int]:
    """Width and height of the film: the first take's; the others are fitted into it."""
    first = takes[0].recording
    return working_size(first.width, first.height)


def pictures(scene: Scene, reel: Reel, stills: Mapping[str, Path], *, skipping: bool = True) -> Any:
    """The film's pictures as a stream. `skipping=False` reads every take from its beginning."""
    rows = [row for stretch in stretches(reel) for row in stretch]
    clips = [clip for row in rows for clip in _clips(row, scene.takes)]
    opened = readers(clips, scene.takes, reel.fps, skipping=skipping)
    reader_of = {clip: number for number, reader in enumerate(opened) for clip in reader.clips}
    pieces = [list(_pieces(row, scene.takes, reader_of)) for row in rows]
    runs = [piece for row in pieces for piece in row if isinstance(piece, _Run)]
    # Readers follow the reel as runs do, so the streams come in the order they are wanted in.
    shots = (
        stream
        for number, reader in enumerate(opened)
        for stream in _read_runs(scene, reader, [r for r in runs if r.reader == number], reel.fps)
    )
    drawn = [part for row in rows for part in row if isinstance(part, Card)]
    cards = still_cards(drawn, stills, film_size(scene.takes), reel.fps)
    streams = (
        in_a_row([next(cards if isinstance(one, Card) else shots) for one in row], reel.fps)
        for row in pieces
    )
    return splice(reel, streams)


def still_cards(
    cards: Sequence[Card], stills: Mapping[str, Path], size: tuple[int, int], fps: int
) -> Iterator[Any]:
    """The stream of every card, in their order."""
    drawn = {
        path: copies(still(path, size, fps), times)
        for path, times in Counter(stills[card.name] for card in cards).items()
    }
    for card in cards:
        yield counted(next(drawn[stills[card.name]]).filter("trim", end_frame=card.frames), fps)


def still(path: Path, size: tuple[int, int], fps: int, *, clear: bool = False) -> Any:
    """A PNG that stands for ever. It is read and converted once. `clear`: see-through in parts."""
    import ffmpeg

    picture = ffmpeg.input(
        address(path),
        f="png_pipe",
        framerate=fps,
        protocol_whitelist="file",
        format_whitelist="png_pipe",
    )["v:0"]
    picture = picture.filter("scale", *size, out_color_matrix="bt709", out_range="tv")
    finished = _finished(picture, size, size, "yuva420p" if clear else "yuv420p")
    return finished.filter("loop", loop=-1, size=1)


def _clips(row: Row, takes: Sequence[Footage]) -> Iterator[Clip]:
    for part in row:
        if isinstance(part, Shot):
            yield from clips_of(part, takes)


def _pieces(
    row: Row, takes: Sequence[Footage], reader_of: Mapping[Clip, int]
) -> Iterator[_Run | Card]:
    """A row in terms of readers: each card, and each run of shots."""
    run: _Run | None = None
    for part in row:
        if isinstance(part, Card):
            run = None
            yield part
            continue
        for clip in clips_of(part, takes):
            if run is None or run.reader != reader_of[clip]:
                run = _Run(reader_of[clip], [])
                yield run
            run.clips.append(clip)


def _read_runs(scene: Scene, reader: Reader, runs: Sequence[_Run], fps: int) -> Iterator[Any]:
    """A reader's frames parted into its runs."""
    for run, copy in zip(runs, copies(_read(scene, reader, fps), len(runs)), strict=True):
        # What lies between the clips of a run was left out by the reader.
        first, last = run.clips[0].first, run.clips[-1].last
        yield counted(copy.filter("trim", start_pts=first, end_pts=last), fps)


def _read(scene: Scene, reader: Reader, fps: int) -> Any:
    """The frames of a reader on the take's clock: only those that are shown, as they are shown."""
    take, size = scene.takes[reader.take], film_size(scene.takes)
    skipped = {"ss": f"{reader.seek:.3f}", "noaccurate_seek": None} if reader.seek else {}
    seen = colours(take)
    picture = media_input(take.path, **skipped)["V:0"]
    if seen.interlaced:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    picture = steady(picture, fps, from_start=not reader.seek)
    # The sound may go on for longer than the pictures: the last of them stands.
    picture = picture.filter("tpad", stop=-1, stop_mode="clone")
    picture = picture.filter("trim", end_pts=reader.clips[-1].last)
    picture = picture.filter("select", within([(c.first, c.last) for c in reader.clips], fps))
    picture = _fitted(picture, take, seen.matrix, size)
    picture = apply_look(picture, scene.look, *size)
    return cover(picture, _spans_of_take(scene, reader.take), fps, min(size))


def _spans_of_take(scene: Scene, number: int) -> list[Span]:
    """The covered spans on the clock of one take."""
    begins = sum(take.frames for take in scene.takes[:number])
    ends = begins + scene.takes[number].frames
    return [
        (max(first, begins) - begins, min(last, ends) - begins)
        for first, last in scene.covered
        if first < ends and last > begins
    ]


def _fitted(picture: Any, take: Footage, matrix: str, size: tuple[int, int]) -> Any:
    """Within the film's size, the shape kept; in the colours of any screen (ITU-R BT.709)."""
    width, height = take.recording.width, take.recording.height
    share = min(size[0] / width, size[1] / height)
    inner = even(width * share), even(height * share)
    if take.recording.hdr and has_filter("zscale"):
        picture = tone_mapped(picture.filter("scale", *inner, flags="bicubic"))
    else:
        given = {"in_color_matrix": matrix, "out_color_matrix": "bt709", "out_range": "tv"}
        picture = picture.filter("scale", *inner, flags="bicubic", **given)
    return _finished(picture, inner, size)


def _finished(
    picture: Any, inner: tuple[int, int], size: tuple[int, int], pixels: str = "yuv420p"
) -> Any:
    """Every stream of the film alike, so that nothing is converted behind our back."""
    picture = picture.filter("format", pixels)
    if inner != size:
        picture = picture.filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")
    return picture.filter("setsar", 1).filter("setparams", **_BT709)
