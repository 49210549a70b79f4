"""The audiogram: the film of a voice, a still drawing in which played bars fill with colour.

Bars show how loud each moment is; those that were heard are coloured, from left to right, no faster
than the voice. Nothing flickers and nothing jumps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from capture.media.picture.encode import (
    BurnedCaptions,
    Encoder,
    FrameCount,
    Rendition,
    encode_stream,
    frame_count,
)
from capture.media.picture.graph import (
    card_streams,
    concatenate,
    count_in_frames,
    image_stream,
    splice,
    split_stream,
    stretches,
)
from capture.media.run_ffmpeg import Progress, time_limit
from capture.media.timeline import Card, Part, Timeline

_FRAME_STEP = 2
"""One in so many of the timeline's frames is drawn: bars fill a few pixels at a time either way,
and the film takes half as long to make."""


@dataclass(frozen=True)
class AudiogramPassage:
    """A stretch of the film with one drawing: frames from `start` up to, not including, `end`."""

    start: int
    end: int
    played: Path
    """PNG of the film's size with every bar in the colour of what was heard."""
    unplayed: Path
    """PNG of the bars alone before they are heard, then an equally wide transparent area."""
    bars: tuple[int, int, int, int]
    """Area of the bars: x, y, width and height in pixels, all even."""

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class _PassagePart:
    """A part of a passage, on the film's own frames."""

    passage: AudiogramPassage
    start: int
    end: int


def audiogram_frame_count(timeline: Timeline) -> FrameCount:
    """Return the frames and rate of the film that `encode_audiogram` makes."""
    return frame_count(timeline, _FRAME_STEP)


def encode_audiogram(
    passages: Sequence[AudiogramPassage],
    timeline: Timeline,
    stills: Mapping[str, Path],
    size: tuple[int, int],
    to: Mapping[Rendition, Path],
    *,
    burned: BurnedCaptions | None = None,
    encoder: Encoder = "software",
    progress: Progress | None = None,
) -> None:
    """Encode the film of a voice in every rendition, as `encode_pictures` does pictures.

    It has every second frame of the timeline, each shown for twice as long. `passages` cover
    every frame of the timeline that is no card. Raises as `encode_pictures` does.
    """
    sequences = list(_passage_sequences(timeline, passages))
    passage_parts = [
        item for sequence in sequences for item in sequence if isinstance(item, _PassagePart)
    ]
    passage_streams = {
        passage: split_stream(_passage_stream(passage, size, timeline.fps), uses)
        for passage in passages
        if (uses := sum(item.passage == passage for item in passage_parts))
    }
    cards = card_streams(
        [item for sequence in sequences for item in sequence if isinstance(item, Card)],
        stills,
        size,
        timeline.fps,
    )

    def stream(item: _PassagePart | Card) -> Any:
        if isinstance(item, Card):
            return next(cards)
        passage_start = item.passage.start
        moving = next(passage_streams[item.passage])
        part = moving.filter(
            "trim", start_pts=item.start - passage_start, end_pts=item.end - passage_start
        )
        return count_in_frames(part, timeline.fps)

    joined = (
        concatenate([stream(item) for item in sequence], timeline.fps) for sequence in sequences
    )
    picture = splice(timeline, joined)
    limit = time_limit(timeline.duration)
    if encoder == "software":
        encoder = "still"  # as good for pictures that hardly move, in half the time
    encode_stream(picture, size, timeline, to, burned, encoder, limit, progress, _FRAME_STEP)


def _passage_stream(passage: AudiogramPassage, size: tuple[int, int], fps: int) -> Any:
    """Return a passage's picture: the unplayed bars lie on top and draw back to the right."""
    x, y, bars_width, bars_height = passage.bars
    # Even steps, or the edges would shimmer: chroma is subsampled, one value for two pixels. By
    # time, for the two filters do not count their frames alike. A hundredth of a frame later: a
    # time may come out a rounding short of its frame.
    played_width = f"2*floor((t*{fps}+0.01)*{bars_width}/{2 * passage.frames})"
    unplayed = count_in_frames(
        image_stream(passage.unplayed, (2 * bars_width, bars_height), fps, transparent=True), fps
    )
    unplayed = unplayed.filter("crop", bars_width, bars_height, played_width, 0)
    played = count_in_frames(image_stream(passage.played, size, fps), fps)
    moving = ffmpeg.filter(
        [played, unplayed], "overlay", x=f"{x}+{played_width}", y=y, format="yuv420"
    )
    return count_in_frames(moving.filter("format", "yuv420p"), fps)


def _passage_sequences(
    timeline: Timeline, passages: Sequence[AudiogramPassage]
) -> Iterator[list[_PassagePart | Card]]:
    """Yield the sequences of the timeline's stretches, each divided into parts of passages."""
    start = 0
    for stretch in stretches(timeline):
        for sequence in stretch:
            yield list(_passages_of_sequence(sequence, start, passages))
        # Two sequences of a stretch are crossfaded into each other, and are of one length.
        start += sum(part.frames for part in stretch[0])


def _passages_of_sequence(
    sequence: Sequence[Part], start: int, passages: Sequence[AudiogramPassage]
) -> Iterator[_PassagePart | Card]:
    for part in sequence:
        end = start + part.frames
        if isinstance(part, Card):
            yield part
        else:
            yield from _passages_of_shot(start, end, passages)
        start = end


def _passages_of_shot(
    start: int, end: int, passages: Sequence[AudiogramPassage]
) -> Iterator[_PassagePart]:
    """Yield the passages of a shot. Raises ValueError where a frame lies in none."""
    for passage in passages:
        part_start, part_end = max(start, passage.start), min(end, passage.end)
        if part_start < part_end:
            if part_start != start:
                break
            yield _PassagePart(passage, part_start, part_end)
            start = part_end
    if start != end:
        raise ValueError("The passages leave a frame out.")
