"""The timeline of a film: its parts in whole frames, and where each moment then lies.

    Timeline(fps=25, parts=(Card("title", 125), Shot(40, 900), Shot(1100, 4000)), overlaps=(12, 0))

A shot is a stretch of the recording, a card a still picture shown in silence. Borders lie on the
frames of the recording's steady rate, so that sound and picture are cut at the very same instant
and no rounding ever adds up. Two parts that overlap are faded into each other; 0 is a plain cut.
Nothing here knows a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Shot:
    """Frames `first` (included) to `last` (not included) of the recording."""

    first: int
    last: int

    @property
    def frames(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class Card:
    """A still picture of `frames` length. `name` tells which: `title`, `end`, a question's id."""

    name: str
    frames: int


Part = Shot | Card


@dataclass(frozen=True)
class Timeline:
    """A film's parts in the order they are shown. Raises ValueError for impossible ones."""

    fps: int
    parts: tuple[Part, ...]
    overlaps: tuple[int, ...] = ()
    """Frames that each part shares with the next; as many as there are joins, or none at all."""

    def __post_init__(self) -> None:
        joins = len(self.parts) - 1
        if not self.parts or self.fps < 1:
            raise ValueError("A timeline needs a rate and a part.")
        if not self.overlaps:
            object.__setattr__(self, "overlaps", (0,) * joins)
        if len(self.overlaps) != joins or min(self.overlaps, default=0) < 0:
            raise ValueError("A timeline needs one overlap for each join.")
        overlaps_around = (0, *self.overlaps, 0)
        for part, before, after in zip(
            self.parts, overlaps_around, overlaps_around[1:], strict=False
        ):
            if part.frames < 1 or before + after > part.frames:
                raise ValueError("A part is shorter than what it shares with its neighbours.")
        shots = [part for part in self.parts if isinstance(part, Shot)]
        if any(shot.last > following.first for shot, following in pairwise(shots)):
            raise ValueError("Shots go backwards.")

    @property
    def starts(self) -> tuple[int, ...]:
        """The film's frame at which each part begins, with the fade into it; then the end."""
        starts = [0]
        for part, overlap in zip(self.parts, self.overlaps, strict=False):
            starts.append(starts[-1] + part.frames - overlap)
        return tuple(starts)

    @property
    def frames(self) -> int:
        """Length of the film in frames."""
        return self.starts[-1] + self.parts[-1].frames

    @property
    def duration(self) -> int:
        """Length of the film in milliseconds."""
        return self.milliseconds(self.frames)

    def milliseconds(self, frame: int) -> int:
        """Return when a frame begins: exact at 25 a second, else rounded."""
        return (frame * 1000 + self.fps // 2) // self.fps

    def shots(self) -> Iterator[tuple[int, Shot]]:
        """Yield each shot with the film's frame at which it begins."""
        for start, part in zip(self.starts, self.parts, strict=True):
            if isinstance(part, Shot):
                yield start, part

    def film_time(self, moment: int) -> int | None:
        """Return the film's time of a moment of the recording (both ms); None if it is cut.

        The end of a shot belongs to it: a word may end exactly there.
        """
        for start, shot in self.shots():
            first_ms, last_ms = shot.first * 1000, shot.last * 1000
            if first_ms <= moment * self.fps <= last_ms:
                return (start * 1000 + moment * self.fps - first_ms + self.fps // 2) // self.fps
        return None

    def film_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the span of the film that shows a span of the recording (all ms).

        From its first moment that is shown to its last; None where nothing of it is.
        """
        spans = [
            (self.film_time(max(start, shot_start)), self.film_time(min(end, shot_end)))
            for _, shot in self.shots()
            if (shot_start := self._frame_start(shot.first)) <= end
            and start <= (shot_end := shot.last * 1000 // self.fps)
        ]
        times = [at for span in spans for at in span if at is not None]
        return (min(times), max(times)) if times else None

    def _frame_start(self, frame: int) -> int:
        return -(-frame * 1000 // self.fps)
