"""A reel in samples: which stretch of the recording is heard where in the film, and how much of it.

At a plain cut each side is faded within its own last or first 8 ms, so that nothing clicks and
nothing that was cut away is heard. Shots that follow each other in the recording as well are not
cut at all. Overlapping parts fade into each other at equal power; cards are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from capture.media.run_ffmpeg import Progress
from capture.media.sound.decoding import samples_per_frame
from capture.media.sound.disguise import disguise_voice
from capture.media.sound.raw_sound import (
    PER_MS,
    SOUND_RATE,
    RawSound,
    Samples,
    bench_beside,
    write_raw,
)
from capture.media.sound.speaker_gain import Levels
from capture.media.timeline import Part, Shot, Timeline
from library.core import files

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
    if not fade.samples:
        return 1.0
    rising = np.sin(np.pi / 2 * np.clip(way, 0, 1))
    return rising if fade.shared else rising**2


def pieces_of(reel: Timeline) -> tuple[Piece, ...]:
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


def film_samples(reel: Timeline) -> int:
    """The exact length of the film’s sound."""
    return reel.frames * samples_per_frame(reel.fps)


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
    share = np.full(end - start, -1, np.float32)
    for piece, begin, stop in touching(pieces, start, end):
        shift = piece.source - piece.at
        there = share[begin - start : stop - start]
        np.maximum(there, silent.gate(begin + shift, stop + shift), out=there)
    share[share < 0] = 1  # between shots is a card, where nothing need be hidden
    return share


_BLOCK = 10 * SOUND_RATE


def assemble_sound(
    sound: RawSound,
    reel: Timeline,
    to: Path,
    *,
    levels: Levels,
    redactions: Sequence[tuple[int, int]] = (),
    how: How = "mute",
    disguise: bytes | None = None,
    progress: Progress | None = None,
) -> RawSound:
    """The sound of the film that `reel` plans, exactly as long as its frames.

    `redactions` are spans in milliseconds of the recording: within them is silence, or with `how`
    “bleep” a tone, and nothing else; the film’s length does not change. `disguise` is the story’s
    own secret, as for `disguise_voice`. `progress` is told milliseconds of the film.

    Raises ValueError for a reel that goes on beyond the recording, NoRoom, DiskFailed, and as
    `disguise_voice`; `to` appears whole or not at all.
    """
    pieces = pieces_of(reel)
    if any(piece.source + piece.samples > sound.samples for piece in pieces):
        raise ValueError("A shot goes on beyond the end of the recording.")
    silent = silences(redactions)
    bleeps = Bleeps(pieces, silent, levels.loudness) if how == "bleep" else None
    edited = _edited(sound, pieces, film_samples(reel), levels, silent)
    if disguise is None:
        return write_raw(to, _with_tones(edited, bleeps), _milliseconds(progress))
    with bench_beside(to) as bench:
        plain = write_raw(bench / "plain.f32", edited)
        other = disguise_voice(plain, bench / "other.f32", disguise, progress=progress)
        files.take_away(plain.path)
        # A tone that everybody knows, disguised, would tell how to undo it: bleeps come last.
        return write_raw(to, _with_tones(_silenced(other, pieces, silent), bleeps))


def _edited(
    sound: RawSound, pieces: Sequence[Piece], length: int, levels: Levels, silent: Silences
) -> Iterator[Samples]:
    """The film’s sound, block after block."""
    for start in range(0, length, _BLOCK):
        end = min(start + _BLOCK, length)
        block = np.zeros((end - start, 2), np.float32)
        for piece, begin, stop in touching(pieces, start, end):
            shift = piece.source - piece.at
            first, last = begin + shift, stop + shift
            gain = piece.share(begin, stop) * silent.gate(first, last) * levels.gain(first, last)
            block[begin - start : stop - start] += _times(sound.read(first, last), gain)
        yield block


def _silenced(sound: RawSound, pieces: Sequence[Piece], silent: Silences) -> Iterator[Samples]:
    """Silence once more where the disguise spread a span’s neighbours into it."""
    for start, samples in sound.blocks(_BLOCK):
        yield _times(samples, opening(pieces, silent, start, start + len(samples)))


def _with_tones(blocks: Iterator[Samples], bleeps: Bleeps | None) -> Iterator[Samples]:
    start = 0
    for block in blocks:
        if bleeps:
            tone = bleeps.tone(start, start + len(block))
            block += tone[:, None] if tone.ndim else tone
        start += len(block)
        yield block


def _times(samples: Samples, gain: Any) -> Samples:
    """Both channels by one gain, or one for each sample; no copy is made."""
    gain = np.asarray(gain, np.float32)
    samples *= gain[:, None] if gain.ndim else gain
    return samples


def _milliseconds(progress: Progress | None) -> Callable[[int], None] | None:
    return (lambda samples: progress(samples // PER_MS)) if progress else None
