"""The film's pictures as one ffmpeg graph: readers, shots, cards, and how they are joined.

Every stream is counted in frames: its time base is one frame, and its first frame is 0. Only the
few frames of a fade are mixed; all others pass as they are. Shots that follow each other by plain
cuts come from one reader in one go, so that a film of a hundred cuts costs hardly more than one of
none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from capture.media.conform import constant_rate, even_size, tone_map, working_size
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.picture.anonymise import (
    Anonymisation,
    FrameSpan,
    apply_anonymisation,
    blur_spans,
    time_condition,
)
from capture.media.picture.footage import (
    Clip,
    Footage,
    TakeReader,
    clips_of,
    frame_colours,
    plan_readers,
)
from capture.media.run_ffmpeg import has_filter
from capture.media.timeline import Card, Part, Shot, Timeline

PartSequence = tuple[Part, ...]
"""Parts that follow each other by plain cuts."""
Stretch = tuple[PartSequence, ...]
"""One sequence; or two of one part each, equally long, the first faded into the second."""


def stretches(timeline: Timeline) -> Iterator[Stretch]:
    """Yield the timeline without overlaps: each frame lies in exactly one stretch."""
    sequence: PartSequence = ()
    fading: PartSequence = ()
    shared = (0, *timeline.overlaps, 0)
    for part, before, after in zip(timeline.parts, shared, shared[1:], strict=False):
        if before:
            yield fading, (_part_of(part, 0, before),)
        if part.frames > before + after:
            sequence = (*sequence, _part_of(part, before, part.frames - after))
        if after:
            if sequence:
                yield (sequence,)
            sequence = ()
            fading = (_part_of(part, part.frames - after, part.frames),)
    if sequence:
        yield (sequence,)


def _part_of(part: Part, first: int, last: int) -> Part:
    """Return frames `first` to `last` of a part, counted from its own beginning."""
    if isinstance(part, Card):
        return Card(part.name, last - first)
    return Shot(part.first + first, part.first + last)


def splice(timeline: Timeline, sequences: Iterable[Any]) -> Any:
    """Join the streams of all sequences of the timeline's stretches, in order, into the film."""
    streams = iter(sequences)
    joined = [
        next(streams)
        if len(stretch) == 1
        else _crossfade(next(streams), next(streams), stretch[0][0].frames, timeline.fps)
        for stretch in stretches(timeline)
    ]
    return concatenate(joined, timeline.fps)


def concatenate(streams: Sequence[Any], fps: int) -> Any:
    """Join streams one after the other, and count their frames anew."""
    if len(streams) == 1:
        return streams[0]
    return count_in_frames(ffmpeg.concat(*streams, v=1, a=0), fps)


def count_in_frames(picture: Any, fps: int) -> Any:
    """Set a stream's times to whole frames from 0 on."""
    return picture.filter("settb", f"1/{fps}").filter("setpts", "N")


def split_stream(picture: Any, count: int) -> Iterator[Any]:
    """Return `count` copies of a stream: ffmpeg lets each output be used once only."""
    if count == 1:
        return iter([picture])
    split = picture.filter_multi_output("split", count)
    return iter([split[number] for number in range(count)])


def _crossfade(leaving: Any, coming: Any, frames: int, fps: int) -> Any:
    # In microseconds: rounded to less, the fade could come out a frame longer or shorter.
    length = f"{round(frames * 1_000_000 / fps)}us"
    mixed = ffmpeg.filter([leaving, coming], "xfade", transition="fade", offset=0, duration=length)
    return count_in_frames(mixed.filter("format", "yuv420p"), fps)


_BT709 = {
    "colorspace": "bt709",
    "color_primaries": "bt709",
    "color_trc": "bt709",
    "range": "tv",
}


@dataclass(frozen=True)
class Scene:
    """The takes to show, how the contributor is anonymised, and which spans are blurred.

    `blurred_spans` are frames of the whole recording, the takes joined.
    """

    takes: Sequence[Footage]
    anonymisation: Anonymisation
    blurred_spans: Sequence[FrameSpan] = ()


@dataclass
class _ClipRun:
    """Clips of one reader that follow each other by plain cuts: one stream."""

    reader: int
    clips: list[Clip]


def film_size(takes: Sequence[Footage]) -> tuple[int, int]:
    """Return width and height of the film: the first take's; the others are fitted into it."""
    first = takes[0].recording
    return working_size(first.width, first.height)


def film_pictures(
    scene: Scene, timeline: Timeline, stills: Mapping[str, Path], *, allow_seeking: bool = True
) -> Any:
    """Return the film's pictures as a stream.

    `stills` has a PNG for every card. `allow_seeking=False` reads every take from its beginning.
    """
    sequences = [sequence for stretch in stretches(timeline) for sequence in stretch]
    clips = [clip for sequence in sequences for clip in _clips(sequence, scene.takes)]
    readers = plan_readers(clips, scene.takes, timeline.fps, allow_seeking=allow_seeking)
    reader_of = {clip: number for number, reader in enumerate(readers) for clip in reader.clips}
    runs_and_cards = [
        list(_runs_and_cards(sequence, scene.takes, reader_of)) for sequence in sequences
    ]
    runs = [item for sequence in runs_and_cards for item in sequence if isinstance(item, _ClipRun)]
    # Readers follow the timeline as runs do, so the streams come in the order they are wanted in.
    shots = (
        stream
        for number, reader in enumerate(readers)
        for stream in _run_streams(
            scene, reader, [run for run in runs if run.reader == number], timeline.fps
        )
    )
    cards_in_order = [part for sequence in sequences for part in sequence if isinstance(part, Card)]
    cards = card_streams(cards_in_order, stills, film_size(scene.takes), timeline.fps)
    streams = (
        concatenate(
            [next(cards if isinstance(item, Card) else shots) for item in sequence], timeline.fps
        )
        for sequence in runs_and_cards
    )
    return splice(timeline, streams)


def card_streams(
    cards: Sequence[Card], stills: Mapping[str, Path], size: tuple[int, int], fps: int
) -> Iterator[Any]:
    """Yield the stream of every card, in their order."""
    # Each picture is decoded once, however often it is shown.
    drawn = {
        path: split_stream(image_stream(path, size, fps), uses)
        for path, uses in Counter(stills[card.name] for card in cards).items()
    }
    for card in cards:
        yield count_in_frames(
            next(drawn[stills[card.name]]).filter("trim", end_frame=card.frames), fps
        )


def image_stream(path: Path, size: tuple[int, int], fps: int, *, transparent: bool = False) -> Any:
    """Return an endless stream of a PNG, which is read and converted once.

    With `transparent`, its alpha channel is kept.
    """
    # Named as PNG and nothing else: ffmpeg would guess other formats by what is inside.
    picture = ffmpeg.input(
        ffmpeg_url(path),
        f="png_pipe",
        framerate=fps,
        protocol_whitelist="file",
        format_whitelist="png_pipe",
    )["v:0"]
    picture = picture.filter("scale", *size, out_color_matrix="bt709", out_range="tv")
    finished = _unify(picture, size, size, "yuva420p" if transparent else "yuv420p")
    return finished.filter("loop", loop=-1, size=1)


def _clips(sequence: PartSequence, takes: Sequence[Footage]) -> Iterator[Clip]:
    for part in sequence:
        if isinstance(part, Shot):
            yield from clips_of(part, takes)


def _runs_and_cards(
    sequence: PartSequence, takes: Sequence[Footage], reader_of: Mapping[Clip, int]
) -> Iterator[_ClipRun | Card]:
    """Yield a sequence in terms of readers: each card, and each run of shots."""
    run: _ClipRun | None = None
    for part in sequence:
        if isinstance(part, Card):
            run = None
            yield part
            continue
        for clip in clips_of(part, takes):
            if run is None or run.reader != reader_of[clip]:
                run = _ClipRun(reader_of[clip], [])
                yield run
            run.clips.append(clip)


def _run_streams(
    scene: Scene, reader: TakeReader, runs: Sequence[_ClipRun], fps: int
) -> Iterator[Any]:
    """Yield a reader's frames divided into its runs."""
    for run, copy in zip(
        runs, split_stream(_reader_stream(scene, reader, fps), len(runs)), strict=True
    ):
        # What lies between the clips of a run was left out by the reader.
        first, last = run.clips[0].first, run.clips[-1].last
        yield count_in_frames(copy.filter("trim", start_pts=first, end_pts=last), fps)


def _reader_stream(scene: Scene, reader: TakeReader, fps: int) -> Any:
    """Return a reader's frames that are in the film, on the take's clock, as they are shown."""
    take, size = scene.takes[reader.take], film_size(scene.takes)
    # noaccurate_seek keeps the frames from the key frame before on; `select` below picks by time.
    seek_options = {"ss": f"{reader.seek:.3f}", "noaccurate_seek": None} if reader.seek else {}
    colours = frame_colours(take)
    picture = media_input(take.path, **seek_options)["V:0"]
    if colours.interlaced:  # camcorders' 1080i: else movement is combed
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    picture = constant_rate(picture, fps, from_start=not reader.seek)
    # The sound may go on for longer than the pictures: the last of them stands.
    picture = picture.filter("tpad", stop=-1, stop_mode="clone")
    picture = picture.filter("trim", end_pts=reader.clips[-1].last)
    picture = picture.filter(
        "select", time_condition([(clip.first, clip.last) for clip in reader.clips], fps)
    )
    picture = _fit(picture, take, colours.matrix, size)
    picture = apply_anonymisation(picture, scene.anonymisation, *size)
    return blur_spans(picture, _spans_of_take(scene, reader.take), fps, min(size))


def _spans_of_take(scene: Scene, number: int) -> list[FrameSpan]:
    """Return the blurred spans on the clock of one take."""
    take_start = sum(take.frames for take in scene.takes[:number])
    take_end = take_start + scene.takes[number].frames
    return [
        (max(first, take_start) - take_start, min(last, take_end) - take_start)
        for first, last in scene.blurred_spans
        if first < take_end and last > take_start
    ]


def _fit(picture: Any, take: Footage, matrix: str, size: tuple[int, int]) -> Any:
    """Fit a take into the film's size, its shape kept, and convert it to ITU-R BT.709."""
    width, height = take.recording.width, take.recording.height
    scale = min(size[0] / width, size[1] / height)
    inner = even_size(width * scale), even_size(height * scale)
    if take.recording.hdr and has_filter("zscale"):
        picture = tone_map(picture.filter("scale", *inner, flags="bicubic"))
    else:
        matrices = {"in_color_matrix": matrix, "out_color_matrix": "bt709", "out_range": "tv"}
        picture = picture.filter("scale", *inner, flags="bicubic", **matrices)
    return _unify(picture, inner, size)


def _unify(
    picture: Any, inner: tuple[int, int], size: tuple[int, int], pixels: str = "yuv420p"
) -> Any:
    """Give every stream the same format, so that ffmpeg converts nothing by itself."""
    picture = picture.filter("format", pixels)
    if inner != size:
        picture = picture.filter("pad", *size, "(ow-iw)/2", "(oh-ih)/2")
    return picture.filter("setsar", 1).filter("setparams", **_BT709)
