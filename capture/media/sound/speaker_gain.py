"""Brings a quiet contributor and a loud interviewer together: one gain for each speaker.

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
from capture.media.sound.loudness import BLOCK_MS, Powers, block_powers, gated_loudness
from capture.media.sound.raw_sound import SAMPLES_PER_MS, RawSound, Samples

MAX_GAIN_DB = 15.0
"""A voice that is farther off than this is as much room as voice: more gain makes more room."""
_MIN_BLOCKS = 10
"""A second of speech: less says too little about how loud somebody is."""
# Samples. A change in less would click; in more it would sound no smoother.
_MIN_CHANGE_SAMPLES, _MAX_CHANGE_SAMPLES = 20 * SAMPLES_PER_MS, 400 * SAMPLES_PER_MS


@dataclass(frozen=True)
class SpeakerTurn:
    """A speaker's turn from `start` to `end`, in milliseconds of the recording.

    With no name the speaker is not known, and the turn is left as recorded.
    """

    start: int
    end: int
    speaker: str = ""


@dataclass(frozen=True)
class SpeakerLevel:
    """One speaker's loudness, and the gain that is applied."""

    loudness: float
    """LUFS of their speech as recorded; minus infinity where nothing of it is heard."""
    gain: float
    """Decibels."""


@dataclass(frozen=True)
class GainChange:
    """A change of gain from `before` to `after` decibels, from sample `start` to `end`."""

    start: int
    end: int
    before: float
    after: float


@dataclass(frozen=True)
class SpeakerGains:
    """The gain at every sample of a recording."""

    speakers: Mapping[str, SpeakerLevel]
    loudness: float
    """LUFS of the speech when the gains are applied; minus infinity for silence."""
    initial_gain: float = 0.0
    """Decibels before the first change."""
    changes: tuple[GainChange, ...] = ()

    def gain(self, start: int, end: int) -> Samples | float:
        """Return the factor for each sample from `start` to `end`, or one for them all."""
        past_changes = bisect_right(self.changes, start, key=lambda change: change.end)
        before = self.changes[past_changes - 1].after if past_changes else self.initial_gain
        changes = list(takewhile(lambda change: change.start < end, self.changes[past_changes:]))
        if not changes:
            return _factor(before)
        decibels = np.full(end - start, before)
        samples = np.arange(start, end)
        for change in changes:
            progress = np.clip((samples - change.start) / (change.end - change.start), 0, 1)
            # Half a cosine: it starts and ends without a corner that could be heard.
            smooth = (1 - np.cos(np.pi * progress)) / 2
            decibels += (change.after - change.before) * smooth
        factors: Samples = (10 ** (decibels / 20)).astype(np.float32)
        return factors


def match_speakers(
    sound: RawSound,
    turns: Sequence[SpeakerTurn],
    *,
    max_db: float = MAX_GAIN_DB,
    progress: Progress | None = None,
) -> SpeakerGains:
    """Measure every speaker and return the gains that bring them together.

    No gain is more than `max_db` decibels either way. Where several speak at once, the least of
    their gains holds. Without turns nothing changes but the loudness is known. The same sound
    and turns give the same gains.
    """
    powers = block_powers(sound, progress)
    blocks_by_speaker = _blocks_of(turns, len(powers))
    levels = {name: gated_loudness(powers[blocks]) for name, blocks in blocks_by_speaker.items()}
    speakers = _speaker_levels(levels, max_db)
    gains = {name: speaker.gain for name, speaker in speakers.items()}
    spans = _gain_spans(turns, gains)
    changes = tuple(_changes(spans))
    return SpeakerGains(
        speakers=speakers,
        loudness=_matched_loudness(powers, blocks_by_speaker, gains),
        initial_gain=spans[0].gain if spans else 0.0,
        changes=changes,
    )


def _blocks_of(turns: Sequence[SpeakerTurn], count: int) -> dict[str, list[int]]:
    """Return, for each named speaker, the blocks in whose middle nobody else is heard."""
    speaking: list[set[str]] = [set() for _ in range(count)]
    for turn in turns:
        first = max(0, -(-(turn.start - BLOCK_MS // 2) // BLOCK_MS))
        for block in range(first, min(count, -(-(turn.end - BLOCK_MS // 2) // BLOCK_MS))):
            speaking[block].add(turn.speaker)
    blocks: dict[str, list[int]] = {name: [] for name in sorted({turn.speaker for turn in turns})}
    # A block in which two speak says nothing of how loud either is.
    for number, names in enumerate(speaking):
        if len(names) == 1:
            blocks[next(iter(names))].append(number)
    blocks.pop("", None)
    return blocks


def _speaker_levels(
    levels: Mapping[str, tuple[float, int]], max_db: float
) -> dict[str, SpeakerLevel]:
    known = {name: level for name, (level, count) in levels.items() if count >= _MIN_BLOCKS}
    longest = max(known, key=lambda name: levels[name][1], default="")
    speakers = {}
    for name, (level, _) in levels.items():
        difference = known[longest] - level if name in known else 0.0
        speakers[name] = SpeakerLevel(level, round(max(-max_db, min(max_db, difference)), 2))
    return speakers


@dataclass(frozen=True)
class _GainSpan:
    """A stretch, in samples, throughout which one gain holds."""

    start: int
    end: int
    gain: float


def _gain_spans(turns: Sequence[SpeakerTurn], gains: Mapping[str, float]) -> list[_GainSpan]:
    """Return where somebody speaks and with what gain; neighbours of one gain are joined."""
    turns = [turn for turn in turns if turn.end > turn.start]
    borders = sorted({at for turn in turns for at in (turn.start, turn.end)})
    starting = sorted(turns, key=lambda turn: turn.start)
    speaking: list[SpeakerTurn] = []
    spans: list[_GainSpan] = []
    next_turn = 0
    for start, end in pairwise(borders):
        while next_turn < len(starting) and starting[next_turn].start <= start:
            speaking.append(starting[next_turn])
            next_turn += 1
        speaking = [turn for turn in speaking if turn.end > start]
        if not speaking:
            continue
        gain = min(gains.get(turn.speaker, 0.0) for turn in speaking)
        if spans and spans[-1].gain == gain:
            spans[-1] = _GainSpan(spans[-1].start, end * SAMPLES_PER_MS, gain)
        else:
            spans.append(_GainSpan(start * SAMPLES_PER_MS, end * SAMPLES_PER_MS, gain))
    return spans


def _changes(spans: Sequence[_GainSpan]) -> Iterator[GainChange]:
    """Yield the changes: in the middle of each pause, or a short one across the border."""
    for span, following in pairwise(spans):
        pause = following.start - span.end
        middle = (span.end + following.start) // 2
        # Never past the middle of a turn: the change after it must not begin before this one ends.
        room = min(span.end - span.start, following.end - following.start) + pause
        half = min(max(_MIN_CHANGE_SAMPLES, min(_MAX_CHANGE_SAMPLES, pause)), room) // 2
        yield GainChange(middle - half, middle + half, span.gain, following.gain)


def _matched_loudness(
    powers: Powers, blocks_by_speaker: Mapping[str, Sequence[int]], gains: Mapping[str, float]
) -> float:
    """Return the loudness of the whole speech; of all sound where no speaker is known."""
    parts = [
        powers[blocks] * 10 ** (gains[name] / 10)
        for name, blocks in blocks_by_speaker.items()
        if blocks
    ]
    level, _ = gated_loudness(np.concatenate(parts) if parts else powers)
    return level


def _factor(decibels: float) -> float:
    return math.pow(10, decibels / 20)
