"""A reel in samples: which stretch of the recording is heard where in the film, and how much of it.

At a plain cut each side is faded within its own last or first 8 ms, so that nothing clicks and
nothing that was cut away is heard. Shots that follow each other in the recording as well are not
cut at all. Overlapping parts fade into each other at equal power; cards are silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from capture.media.sound.decoding import samples_per_frame
from capture.media.sound.raw import PER_MS
from capture.media.timeline import Part, Reel, Shot

CUT_FADE = 8 * PER_MS
"""Samples on each side of a plain cut."""


@dataclass(frozen=True)
class Fade:
    """How a piece begins or ends, in samples; none where it goes on unbroken."""

    samples: int = 0
    shared: bool = False
    """Into or out of its neighbour, rather than into silence."""


@dataclass(frozen=True)
class Piece:
    """A shot in samples: heard from `at` in the film on, taken from `source` in the recording."""

    at: int
    source: int
    samples: int
    before: Fade
    after: Fade

    @property
    def end(self) -> int:
        """Where in the film it has ended."""
        return self.at + self.samples

    def share(self, start: int, end: int, *, cuts: bool = True) -> Any:
        """How much of the piece is heard at each sample of the film, 0 to 1, or 1 for all of it.

        `start` and `end` lie within the piece. Without `cuts`, fades at plain cuts are left out.
        """
        import numpy as np

        into = self.before if cuts or self.before.shared else Fade()
        out = self.after if cuts or self.after.shared else Fade()
        if start >= self.at + into.samples and end <= self.end - out.samples:
            return np.float32(1)
        places = np.arange(start, end)
        # The middle of each sample, so that both ends of a fade are alike.
        rising = _curve((places - self.at + 0.5) / max(1, into.samples), into)
        falling = _curve((self.end - places - 0.5) / max(1, out.samples), out)
        return (rising * falling).astype(np.float32)


def _curve(way: Any, fade: Fade) -> Any:
    """0 to 1. Equal power where two parts share it; else with a soft beginning and end."""
    import numpy as np

    if not fade.samples:
        return 1.0
    rising = np.sin(np.pi / 2 * np.clip(way, 0, 1))
    return rising if fade.shared else rising**2


def pieces_of(reel: Reel) -> tuple[Piece, ...]:
    """The shots of a reel in samples. Raises ValueError for a rate without whole samples."""
    each = samples_per_frame(reel.fps)
    joins = [
        _join(one, other, shared * each)
        for (one, other), shared in zip(pairwise(reel.parts), reel.overlaps, strict=True)
    ]
    fades = [Fade(CUT_FADE), *joins, Fade(CUT_FADE)]
    return tuple(
        Piece(start * each, part.first * each, part.frames * each, before, after)
        for start, part, before, after in zip(
            reel.starts, reel.parts, fades, fades[1:], strict=False
        )
        if isinstance(part, Shot)
    )


def _join(one: Part, other: Part, shared: int) -> Fade:
    if shared:
        return Fade(shared, shared=True)
    if isinstance(one, Shot) and isinstance(other, Shot) and one.last == other.first:
        return Fade()
    return Fade(CUT_FADE)


def touching(pieces: Sequence[Piece], start: int, end: int) -> Iterator[tuple[Piece, int, int]]:
    """The pieces heard between two samples of the film, each with where it is heard there."""
    for piece in pieces:
        if piece.at < end and piece.end > start:
            yield piece, max(start, piece.at), min(end, piece.end)


def film_samples(reel: Reel) -> int:
    """The exact length of the film’s sound."""
    return reel.frames * samples_per_frame(reel.fps)
