"""The film of a voice: a drawn picture that stands still but for the sound filling up in colour.

Bars show how loud each moment is; those that were heard are coloured, from left to right, no
faster than the voice. Nothing flickers and nothing jumps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture.media.picture.encode import Burned, Pace, encode_stream, pace_of
from capture.media.picture.graph import still, still_cards
from capture.media.picture.rendition import Encoder, Rendition
from capture.media.picture.transitions import copies, counted, in_a_row, splice, stretches
from capture.media.runner import Progress, time_limit
from capture.media.timeline import Card, Part, Reel

_ONE_IN = 2
"""Of the reel's frames one in so many is drawn: what fills up moves a few pixels at a time either
way, and a film takes half as long to make."""


@dataclass(frozen=True)
class Passage:
    """A stretch of the film with one drawing. `first` and `last` are the film's own frames."""

    first: int
    last: int
    heard: Path
    """PNG of the film's size with every bar in the colour of what was heard."""
    unheard: Path
    """PNG of the bars alone before they are heard, and to their right as much that is clear."""
    place: tuple[int, int, int, int]
    """Where the bars are: x, y, width and height in pixels, all even."""

    @property
    def frames(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class _Piece:
    """A part of a passage, on the film's own frames."""

    passage: Passage
    first: int
    last: int


def calm_pace(reel: Reel) -> Pace:
    """Of the film that `encode_calm` makes."""
    return pace_of(reel, _ONE_IN)


def encode_calm(
    passages: Sequence[Passage],
    reel: Reel,
    stills: Mapping[str, Path],
    size: tuple[int, int],
    to: Mapping[Rendition, Path],
    *,
    burned: Burned | None = None,
    encoder: Encoder = "software",
    progress: Progress | None = None,
) -> None:
    """The film of a voice in every rendition, as `encode_pictures` makes that of a picture.

    It has every second frame of the reel, each shown for twice as long. `passages` cover every
    frame of the reel that is no card. Raises as `encode_pictures` does.
    """
    rows = list(_rows(reel, passages))
    pieces = [piece for row in rows for piece in row if isinstance(piece, _Piece)]
    used = {
        passage: copies(_moving(passage, size, reel.fps), times)
        for passage in passages
        if (times := sum(piece.passage == passage for piece in pieces))
    }
    cards = still_cards(
        [piece for row in rows for piece in row if isinstance(piece, Card)], stills, size, reel.fps
    )

    def stream(piece: _Piece | Card) -> Any:
        if isinstance(piece, Card):
            return next(cards)
        begins = piece.passage.first
        moving = next(used[piece.passage])
        shown = moving.filter("trim", start_pts=piece.first - begins, end_pts=piece.last - begins)
        return counted(shown, reel.fps)

    joined = (in_a_row([stream(piece) for piece in row], reel.fps) for row in rows)
    picture = splice(reel, joined)
    limit = time_limit(reel.duration)
    if encoder == "software":
        encoder = "still"
    encode_stream(picture, size, reel, to, burned, encoder, limit, progress, _ONE_IN)


def _moving(passage: Passage, size: tuple[int, int], fps: int) -> Any:
    """The picture of a passage: what is not heard yet lies over it and draws back to the right."""
    import ffmpeg

    x, y, wide, high = passage.place
    # Colours are kept for two pixels together: even steps, or the edges would shimmer. By time, for
    # the two filters do not count their frames alike.
    reached = f"2*floor((t*{fps}+0.01)*{wide}/{2 * passage.frames})"
    over = counted(still(passage.unheard, (2 * wide, high), fps, clear=True), fps)
    over = over.filter("crop", wide, high, reached, 0)
    under = counted(still(passage.heard, size, fps), fps)
    moving = ffmpeg.filter([under, over], "overlay", x=f"{x}+{reached}", y=y, format="yuv420")
    return counted(moving.filter("format", "yuv420p"), fps)


def _rows(reel: Reel, passages: Sequence[Passage]) -> Iterator[list[_Piece | Card]]:
    """The rows of the reel's stretches in terms of passages."""
    at = 0
    for stretch in stretches(reel):
        for row in stretch:
            yield list(_of_row(row, at, passages))
        at += sum(part.frames for part in stretch[0])


def _of_row(row: Sequence[Part], at: int, passages: Sequence[Passage]) -> Iterator[_Piece | Card]:
    for part in row:
        until = at + part.frames
        if isinstance(part, Card):
            yield part
        else:
            yield from _of_shot(at, until, passages)
        at = until


def _of_shot(at: int, until: int, passages: Sequence[Passage]) -> Iterator[_Piece]:
    """Raises ValueError where a frame lies in no passage."""
    for passage in passages:
        first, last = max(at, passage.first), min(until, passage.last)
        if first < last:
            if first != at:
                break
            yield _Piece(passage, first, last)
            at = last
    if at != until:
        raise ValueError("The passages leave a frame out.")
