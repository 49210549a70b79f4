"""A quiet contributor and a loud interviewer brought together: one gain for each of them.

Whoever speaks longest is left as recorded, the others are brought to them; the loudness of the
whole is settled at the end. The gain changes in the pauses between turns, where only the room is
heard, and so smoothly that the change itself is not.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import numpy as np

from capture.media.run_ffmpeg import Progress
from capture.media.sound.loudness import BLOCK_MS, Powers, block_powers, loudness
from capture.media.sound.raw_sound import PER_MS, RawSound, Samples

MOST_DB = 15.0
"""A voice that is farther off than this is as much room as voice: more gain makes more room."""
_LEAST_BLOCKS = 10
"""A second of speech: less says too little about how loud somebody is."""
_SHORTEST, _LONGEST = 20 * PER_MS, 400 * PER_MS  # of a change, in samples


@dataclass(frozen=True)
class Turn:
    """Who speaks from `start` to `end`, in milliseconds of the recording.

    With no name the speaker is not known, and what they say is left as recorded.
    """

    start: int
    end: int
    speaker: str = ""


@dataclass(frozen=True)
class Voice:
    """One speaker: how loud they were, and what is done about it."""

    loudness: float
    """LUFS of their speech as recorded; minus infinity where nothing of it is heard."""
    gain: float
    """Decibels."""


@dataclass(frozen=True)
class Change:
    """From sample `start` to `end` the gain goes from `before` to `after`, in decibels."""

    start: int
    end: int
    before: float
    after: float


@dataclass(frozen=True)
class Levels:
    """The gain at every sample of a recording."""

    voices: Mapping[str, Voice]
    loudness: float
    """LUFS of the speech when the gains are applied; minus infinity for silence."""
    first: float = 0.0
    """Decibels before the first change."""
    changes: tuple[Change, ...] = ()

    def gain(self, start: int, end: int) -> Samples | float:
        """The factor for each sample from `start` to `end`, or one for them all."""
        done = bisect_right(self.changes, start, key=lambda change: change.end)
        before = self.changes[done - 1].after if done else self.first
        begun = list(takewhile(lambda change: change.start < end, self.changes[done:]))
        if not begun:
            return _factor(before)
        decibels = np.full(end - start, before)
        places = np.arange(start, end)
        for change in begun:
            way = np.clip((places - change.start) / (change.end - change.start), 0, 1)
            smooth = (1 - np.cos(np.pi * way)) / 2
            decibels += (change.after - change.before) * smooth
        factors: Samples = (10 ** (decibels / 20)).astype(np.float32)
        return factors


def even_speakers(
    sound: RawSound,
    turns: Sequence[Turn],
    *,
    most: float = MOST_DB,
    progress: Progress | None = None,
) -> Levels:
    """Measure every speaker of `turns` and say what brings them together, `most` decibels at most.

    Where several speak at once, the least of their gains holds. Without turns nothing changes but
    the loudness is known. The same sound and turns give the same levels.
    """
    powers = block_powers(sound, progress)
    spoken = _blocks_of(turns, len(powers))
    heard = {name: loudness(powers[blocks]) for name, blocks in spoken.items()}
    voices = _voices(heard, most)
    gains = {name: voice.gain for name, voice in voices.items()}
    held = _held(turns, gains)
    changes = tuple(_changes(held))
    return Levels(
        voices=voices,
        loudness=_evened(powers, spoken, gains),
        first=held[0].gain if held else 0.0,
        changes=changes,
    )


def _blocks_of(turns: Sequence[Turn], count: int) -> dict[str, list[int]]:
    """The blocks in whose middle one speaker alone is heard, for each who has a name."""
    speaking: list[set[str]] = [set() for _ in range(count)]
    for turn in turns:
        first = max(0, -(-(turn.start - BLOCK_MS // 2) // BLOCK_MS))
        for block in range(first, min(count, -(-(turn.end - BLOCK_MS // 2) // BLOCK_MS))):
            speaking[block].add(turn.speaker)
    blocks: dict[str, list[int]] = {name: [] for name in sorted({one.speaker for one in turns})}
    for number, names in enumerate(speaking):
        if len(names) == 1:
            blocks[next(iter(names))].append(number)
    blocks.pop("", None)
    return blocks


def _voices(heard: Mapping[str, tuple[float, int]], most: float) -> dict[str, Voice]:
    known = {name: level for name, (level, count) in heard.items() if count >= _LEAST_BLOCKS}
    longest = max(known, key=lambda name: heard[name][1], default="")
    voices = {}
    for name, (level, _) in heard.items():
        wanted = known[longest] - level if name in known else 0.0
        voices[name] = Voice(level, round(max(-most, min(most, wanted)), 2))
    return voices


@dataclass(frozen=True)
class _Held:
    """A stretch, in samples, throughout which one gain holds."""

    start: int
    end: int
    gain: float


def _held(turns: Sequence[Turn], gains: Mapping[str, float]) -> list[_Held]:
    """Where somebody speaks, and with what gain; neighbours of one gain are one stretch."""
    turns = [turn for turn in turns if turn.end > turn.start]
    borders = sorted({at for turn in turns for at in (turn.start, turn.end)})
    starting = sorted(turns, key=lambda turn: turn.start)
    speaking: list[Turn] = []
    held: list[_Held] = []
    begun = 0
    for start, end in pairwise(borders):
        while begun < len(starting) and starting[begun].start <= start:
            speaking.append(starting[begun])
            begun += 1
        speaking = [turn for turn in speaking if turn.end > start]
        if not speaking:
            continue
        gain = min(gains.get(turn.speaker, 0.0) for turn in speaking)
        if held and held[-1].gain == gain:
            held[-1] = _Held(held[-1].start, end * PER_MS, gain)
        else:
            held.append(_Held(start * PER_MS, end * PER_MS, gain))
    return held


def _changes(held: Sequence[_Held]) -> Iterator[Change]:
    """In the middle of each pause; where there is none, a short one across the border."""
    for one, other in pairwise(held):
        pause = other.start - one.end
        middle = (one.end + other.start) // 2
        # Never past the middle of a turn: the change after it must not begin before this one ends.
        room = min(one.end - one.start, other.end - other.start) + pause
        half = min(max(_SHORTEST, min(_LONGEST, pause)), room) // 2
        yield Change(middle - half, middle + half, one.gain, other.gain)


def _evened(
    powers: Powers, spoken: Mapping[str, Sequence[int]], gains: Mapping[str, float]
) -> float:
    """The loudness of the whole speech; of all there is where no speaker is known."""
    parts = [powers[blocks] * 10 ** (gains[name] / 10) for name, blocks in spoken.items() if blocks]
    level, _ = loudness(np.concatenate(parts) if parts else powers)
    return level


def _factor(decibels: float) -> float:
    return math.pow(10, decibels / 20)
