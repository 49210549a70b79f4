"""Two voices, one quiet and one loud, are brought together without anybody hearing it happen."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.media.sound.encoding import measure_loudness
from capture.media.sound.loudness import block_powers, gated_loudness
from capture.media.sound.raw_sound import SAMPLES_PER_MS, RawSound
from capture.media.sound.speaker_gain import (
    SpeakerGains,
    SpeakerLevel,
    SpeakerTurn,
    _changes,
    _gain_spans,
    match_speakers,
)
from tests.support import synthetic_sound


def conversation(to: Path, loud: float, quiet: float) -> tuple[RawSound, list[SpeakerTurn]]:
    """Questions of two seconds and answers of four, with half a second between."""
    voices = (("interviewer", 2.0, loud, 180.0), ("carer", 4.0, quiet, 120.0))
    parts, turns, at = [np.zeros(0)], [], 0
    for number in range(2):
        for speaker, seconds, factor, pitch in voices:
            parts += [factor * synthetic_sound.syllables(seconds, number, pitch), np.zeros(24_000)]
            turns.append(SpeakerTurn(at, at + int(seconds * 1000), speaker))
            at = turns[-1].end + 500
    return synthetic_sound.raw(to, np.concatenate(parts)), turns


def spoken(
    sound: RawSound, turns: list[SpeakerTurn], levels: SpeakerGains | None = None
) -> dict[str, float]:
    """Each speaker's level, in decibels."""
    parts_by_speaker: dict[str, list[np.ndarray]] = {}
    for turn in turns:
        start, end = turn.start * SAMPLES_PER_MS, turn.end * SAMPLES_PER_MS
        gain = levels.gain(start, end) if levels else 1
        parts_by_speaker.setdefault(turn.speaker, []).append(
            synthetic_sound.left(sound, start, end) * gain
        )
    return {
        speaker: synthetic_sound.decibels(np.concatenate(parts))
        for speaker, parts in parts_by_speaker.items()
    }


def test_a_quiet_contributor_and_a_loud_interviewer_end_equally_loud(tmp_path: Path) -> None:
    sound, turns = conversation(tmp_path / "sound.f32", loud=2.0, quiet=0.5)
    before = spoken(sound, turns)
    assert before["interviewer"] - before["carer"] > 10
    levels = match_speakers(sound, turns)
    after = spoken(sound, turns, levels)
    assert abs(after["interviewer"] - after["carer"]) < 1
    assert levels.speakers["carer"].gain == 0, "who speaks longest stays as recorded"
    assert levels == match_speakers(sound, turns)


def test_nobody_is_moved_farther_than_asked(tmp_path: Path) -> None:
    sound, turns = conversation(tmp_path / "sound.f32", loud=3.0, quiet=0.05)
    assert match_speakers(sound, turns).speakers["interviewer"].gain == -15
    assert match_speakers(sound, turns, max_db=6).speakers["interviewer"].gain == -6


def test_loudness_is_measured_as_the_standard_says(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", 0.1 * synthetic_sound.noise(5))
    level, _ = gated_loudness(block_powers(sound))
    assert level == pytest.approx(measure_loudness(sound, 5000).integrated, abs=0.1)


@pytest.mark.parametrize("over", [0, 1, 960, 4_799, 4_800])
def test_a_little_more_than_half_a_minute_is_measured_too(tmp_path: Path, over: int) -> None:
    """Sound is read half a minute at once: what is left over may be less than is measured."""
    sound = synthetic_sound.raw(
        tmp_path / "sound.f32", 0.1 * synthetic_sound.noise(31)[: 30 * 48_000 + over]
    )
    assert len(block_powers(sound)) == 300 + over // 4_800
    assert match_speakers(sound, [SpeakerTurn(0, 30_000, "Ruth")]).loudness > -30


def test_without_names_nothing_changes_but_the_loudness_is_known(tmp_path: Path) -> None:
    sound, turns = conversation(tmp_path / "sound.f32", loud=2.0, quiet=0.5)
    for unknown in ([], [SpeakerTurn(turn.start, turn.end) for turn in turns]):
        levels = match_speakers(sound, unknown)
        assert (levels.speakers, levels.changes) == ({}, ())
        assert levels.gain(0, 1000) == 1
        assert levels.loudness == gated_loudness(block_powers(sound))[0]
    silence = synthetic_sound.raw(tmp_path / "silence.f32", np.zeros(48_000))
    assert match_speakers(silence, turns).loudness == -np.inf


def test_somebody_hardly_heard_is_left_alone(tmp_path: Path) -> None:
    sound, turns = conversation(tmp_path / "sound.f32", loud=2.0, quiet=0.5)
    turns = [
        *turns,
        SpeakerTurn(13_300, 13_700, "neighbour"),
        SpeakerTurn(90_000, 99_000, "nobody"),
    ]
    levels = match_speakers(sound, turns)
    assert levels.speakers["neighbour"].gain == levels.speakers["nobody"].gain == 0


spans = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 900), st.sampled_from(["a", "b", "c", ""])),
    max_size=12,
)
GAINS = {"a": 0.0, "b": 6.0, "c": -9.0}


@given(spans)
def test_the_gain_changes_smoothly_and_only_where_it_must(
    drawn: list[tuple[int, int, str]],
) -> None:
    turns = [SpeakerTurn(start, start + length, speaker) for start, length, speaker in drawn]
    gain_spans = _gain_spans(turns, GAINS)
    changes = tuple(_changes(gain_spans))
    levels = SpeakerGains(
        {"a": SpeakerLevel(-20, 0)}, -20, gain_spans[0].gain if gain_spans else 0.0, changes
    )
    end = 5000 * SAMPLES_PER_MS
    gain = np.broadcast_to(np.asarray(levels.gain(0, end), np.float64), end)
    decibels = 20 * np.log10(gain)
    assert all(turn.end <= other.start for turn, other in pairwise(changes))
    if changes:
        shortest = min(change.end - change.start for change in changes)
        assert np.abs(np.diff(decibels)).max() <= 15 * np.pi / 2 / shortest + 1e-4
    for turn in turns:
        middle = (turn.start + turn.end) // 2
        speaking = [turn for turn in turns if turn.start <= middle < turn.end]
        if turn.end > turn.start:
            for turn in speaking:  # nobody is ever louder than their own gain, where they have room
                near = [c for c in changes if c.start < middle * SAMPLES_PER_MS < c.end]
                assert (
                    near or decibels[middle * SAMPLES_PER_MS] <= GAINS.get(turn.speaker, 0) + 1e-4
                )
    parts = [
        np.broadcast_to(np.asarray(levels.gain(start, start + 7919), np.float32), 7919)
        for start in range(0, end - 7919, 7919)
    ]
    assert np.array_equal(np.concatenate(parts), gain[: len(parts) * 7919].astype(np.float32))


def test_the_change_lies_in_the_pause() -> None:
    gain_spans = _gain_spans(
        [SpeakerTurn(0, 1000, "a"), SpeakerTurn(1600, 2000, "b"), SpeakerTurn(2100, 3000, "b")],
        GAINS,
    )
    (change,) = _changes(gain_spans)
    assert 1000 * SAMPLES_PER_MS <= change.start < change.end <= 1600 * SAMPLES_PER_MS
    levels = SpeakerGains({}, -20, 0.0, (change,))
    assert levels.gain(0, 1000 * SAMPLES_PER_MS) == 1
    assert levels.gain(1600 * SAMPLES_PER_MS, 3000 * SAMPLES_PER_MS) == pytest.approx(
        10 ** (6 / 20)
    )


def test_where_two_speak_at_once_the_lesser_gain_holds() -> None:
    gain_spans = _gain_spans([SpeakerTurn(0, 2000, "a"), SpeakerTurn(1000, 3000, "c")], GAINS)
    assert [(span.start // SAMPLES_PER_MS, span.gain) for span in gain_spans] == [
        (0, 0.0),
        (1000, -9.0),
    ]
