"""What must not be heard: silence over the whole of each span, and not one sample more lost.

The span itself is digital silence from its first sample to its last. What lies beside it fades
within 5 ms outside the span, because a sound that stops at once clicks; that is a tenth of the
shortest syllable. A bleep lies wholly within the span.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from capture.media.sound.raw import PER_MS, SOUND_RATE
from capture.media.sound.segments import Piece, touching

How = Literal["mute", "bleep"]
GUARD = 5 * PER_MS
"""Samples beside a span within which its neighbours fade."""

BLEEP_HZ = 640
BLEEP_BELOW_SPEECH = 6.0
"""Decibels. A steady tone is heard more easily than speech that is equally loud."""
_LOUDEST_BLEEP = 0.25  # of full scale
_BLEEP_FADE = 10 * PER_MS
_SHORTEST_BLEEP = 40 * PER_MS  # less is a tick: it stays silent


@dataclass(frozen=True)
class Silences:
    """Spans of the recording, in samples, sorted and apart."""

    spans: tuple[tuple[int, int], ...]

    def gate(self, start: int, end: int) -> Any:
        """0 within a span, 1 away from all, for each sample of the recording from `start`."""
        import numpy as np

        near = [(a, b) for a, b in self.spans if a - GUARD < end and b + GUARD > start]
        if not near:
            return np.float32(1)
        gate = np.ones(end - start, np.float32)
        for first, last in near:
            begin, stop = max(start, first - GUARD), min(end, last + GUARD)
            places = np.arange(begin, stop)
            # How far outside the span the middle of each sample is.
            away = np.maximum(first - places, places - last + 1) - 0.5
            rising = np.sin(np.pi / 2 * np.clip(away / GUARD, 0, 1)) ** 2
            gate[begin - start : stop - start] *= rising.astype(np.float32)
        return gate

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of the spans that lie between two samples."""
        for first, last in self.spans:
            if first < end and last > start:
                yield max(start, first), min(end, last)


def silences(redactions: Sequence[tuple[int, int]]) -> Silences:
    """From spans in milliseconds of the recording; they may touch, overlap and be out of order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((a * PER_MS, b * PER_MS) for a, b in redactions if b > a):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return Silences(tuple(merged))


@dataclass(frozen=True)
class _Covered:
    """A stretch of a piece, in samples of the film, that is redacted."""

    piece: Piece
    start: int
    end: int


class Bleeps:
    """The tone over everything of a film that is redacted.

    `speech` is how loud the speech is about it, in LUFS; the tone goes by that.
    """

    def __init__(self, pieces: Sequence[Piece], silent: Silences, speech: float) -> None:
        self._covered = tuple(_covered(pieces, silent))
        self._spans = _joined(self._covered)
        # A tone on two channels, near 1 kHz, is as loud in LUFS as its peak is in decibels.
        self._peak = min(_LOUDEST_BLEEP, 10 ** ((speech - BLEEP_BELOW_SPEECH) / 20))

    def tone(self, start: int, end: int) -> Any:
        """What is added to each sample of the film from `start` to `end`; 0 for nothing."""
        import numpy as np

        near = [(a, b) for a, b in self._spans if a < end and b > start]
        if not near:
            return np.float32(0)
        tone = np.zeros(end - start, np.float64)
        for first, last in near:
            begin, stop = max(start, first), min(end, last)
            places = np.arange(begin, stop)
            fade = min(_BLEEP_FADE, (last - first) // 2)
            edge = np.minimum(places - first, last - 1 - places) / fade
            swell = np.sin(np.pi / 2 * np.clip(edge, 0, 1)) ** 2
            # Counted from the bleep's own beginning: the same however the film is read.
            wave = np.sin(2 * np.pi * BLEEP_HZ / SOUND_RATE * (places - first))
            tone[begin - start : stop - start] = self._peak * swell * wave
        return (tone * self._share(start, end)).astype(np.float32)

    def _share(self, start: int, end: int) -> Any:
        """In a crossfade a bleep comes and goes with the shot it belongs to."""
        import numpy as np

        share = np.zeros(end - start)
        for one in self._covered:
            if one.start < end and one.end > start:
                begin, stop = max(start, one.start), min(end, one.end)
                there = share[begin - start : stop - start]
                np.maximum(there, one.piece.share(begin, stop, cuts=False), out=there)
        return share


def _covered(pieces: Sequence[Piece], silent: Silences) -> Iterator[_Covered]:
    for piece in pieces:
        for first, last in silent.within(piece.source, piece.source + piece.samples):
            shift = piece.at - piece.source
            yield _Covered(piece, first + shift, last + shift)


def _joined(covered: Sequence[_Covered]) -> tuple[tuple[int, int], ...]:
    """Spans of the film; a redaction that goes on across a cut is one bleep."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((one.start, one.end) for one in covered):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple((a, b) for a, b in joined if b - a >= _SHORTEST_BLEEP)


def opening(pieces: Sequence[Piece], silent: Silences, start: int, end: int) -> Any:
    """0 where redacted sound alone lies in the film, 1 away from it, for each sample."""
    import numpy as np

    share = np.full(end - start, -1, np.float32)
    for piece, begin, stop in touching(pieces, start, end):
        shift = piece.source - piece.at
        there = share[begin - start : stop - start]
        np.maximum(there, silent.gate(begin + shift, stop + shift), out=there)
    share[share < 0] = 1  # between shots is a card, where nothing need be hidden
    return share
