"""A second microphone is laid beside a take: within 20 ms at both ends, whatever its clock does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.media.sound.alignment import Alignment, align
from capture.media.sound.raw_sound import SAMPLES_PER_MS, SOUND_RATE, RawSound
from capture.media.sound.second_microphone import (
    _LEAD_SAMPLES,
    align_microphone,
    resample_to_take,
    write_aligned_sound,
)
from tests.support import sample_media, synthetic_sound

pytestmark = pytest.mark.usefixtures("kept_memory")


def heard_elsewhere(
    room: synthetic_sound.Sound, begins: float, drift: float, seconds: float
) -> synthetic_sound.Sound:
    """Return another recorder's sound of `room`, from `begins` seconds on, with its own clock."""
    at = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE / (1 + drift) + begins
    sound = np.interp(at * SOUND_RATE, np.arange(len(room)), room, left=0, right=0)
    echo = np.concatenate([np.zeros(900), sound[:-900]])
    return 0.3 * (sound + 0.4 * echo) + 0.001 * synthetic_sound.noise(seconds, 5)[: len(sound)]


def camera(room: synthetic_sound.Sound) -> synthetic_sound.Sound:
    """Far away, and the room hums."""
    distant = np.convolve(room, np.ones(24) / 24, mode="same")
    return 0.1 * distant + 0.004 * synthetic_sound.noise(len(room) / SOUND_RATE, 9)[: len(room)]


def loudness(sound: synthetic_sound.Sound) -> synthetic_sound.Sound:
    """By the millisecond, about its mean: a voice is like itself a pitch period later."""
    shape = synthetic_sound.loudness_shape(sound)
    return shape - shape.mean()


def wrong_by(alignment: Alignment, begins: float, drift: float, at: float) -> float:
    """Milliseconds between where a moment of the take is found and where it truly is."""
    return abs(alignment.microphone_ms(at * 1000) - (at - begins) * (1 + drift) * 1000)


@pytest.fixture(scope="module")
def room() -> synthetic_sound.Sound:
    """160 seconds of somebody who speaks."""
    return synthetic_sound.syllables(160, seed=3)


@pytest.mark.parametrize(
    ("begins", "drift", "length"),
    [
        (0.0, 0.0, 40),
        (3.217, 0.0, 40),
        (-7.5, 100e-6, 165),
        (11.3, -180e-6, 160),
        (12.0, 40e-6, 60),
    ],
)
def test_offset_and_drift_are_found_to_20_ms_at_both_ends(
    tmp_path: Path, room: synthetic_sound.Sound, begins: float, drift: float, length: float
) -> None:
    take = synthetic_sound.raw(tmp_path / "take.f32", camera(room))
    other = heard_elsewhere(room, begins, drift, length)
    alignment = align(take, synthetic_sound.raw(tmp_path / "other.f32", other))
    assert alignment is not None
    first, last = max(0, begins), min(160, begins + length)
    assert wrong_by(alignment, begins, drift, first) < 10
    assert wrong_by(alignment, begins, drift, last) < 10
    assert alignment.snr_gain_db > 3


def test_a_recording_of_another_conversation_is_not_taken_for_one_of_this(tmp_path: Path) -> None:
    take = synthetic_sound.raw(tmp_path / "one.f32", synthetic_sound.syllables(60, seed=1))
    other = synthetic_sound.raw(
        tmp_path / "other.f32", synthetic_sound.syllables(60, seed=2, pitch=180)
    )
    assert align(take, other) is None
    silent = synthetic_sound.raw(tmp_path / "silent.f32", np.zeros(60 * SOUND_RATE))
    assert align(take, silent) is None
    assert align(silent, take) is None
    tiny = synthetic_sound.raw(tmp_path / "tiny.f32", np.zeros(100))
    assert align(take, tiny) is None


def test_the_laid_sound_is_on_the_takes_clock_at_both_ends(tmp_path: Path) -> None:
    begins, drift = 4.321, 150e-6
    room = synthetic_sound.syllables(150, seed=8)
    wavs = []
    for name, microphone in (
        ("take", camera(room)),
        ("other", heard_elsewhere(room, begins, drift, 140)),
    ):
        raw = synthetic_sound.raw(tmp_path / f"{name}.f32", microphone)
        wavs.append(tmp_path / f"{name}.wav")
        form = ("-f", "f32le", "-ar", str(SOUND_RATE), "-ac", "2")
        sample_media.ffmpeg(*form, "-i", raw.path, "-c:a", "pcm_s24le", wavs[-1])
    take, other = wavs
    alignment = align_microphone(take, 150_000, other, 140_000, tmp_path)
    assert alignment is not None
    to = tmp_path / "laid.flac"
    write_aligned_sound(take, 150_000, other, alignment, to)
    laid_sound = synthetic_sound.decoded(to)[:, 0]
    assert len(laid_sound) == 150 * SOUND_RATE
    for start in (6, 60, 135):
        part = slice(start * SOUND_RATE, (start + 8) * SOUND_RATE)
        late = synthetic_sound.shift(loudness(laid_sound[part]), loudness(room[part]), 100)
        assert abs(late) < 10, f"{late} ms at {start} s"
    before = slice(0, 4 * SOUND_RATE)
    inside = slice(10 * SOUND_RATE, 60 * SOUND_RATE)
    assert (
        abs(
            synthetic_sound.decibels(laid_sound[before])
            - synthetic_sound.decibels(laid_sound[inside])
        )
        < 8
    )
    assert sorted(path.name for path in tmp_path.iterdir() if "new" in path.name) == []


@settings(deadline=None, max_examples=25)
@given(st.integers(-20_000, 0), st.integers(-180_000, 180_000), st.floats(100, 12_000))
def test_the_microphone_sounds_at_each_sample_of_the_take_as_it_does_there(
    tmp_path_factory: pytest.TempPathFactory, begins: int, drift: int, hertz: float
) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(2 * SOUND_RATE) / SOUND_RATE)
    sound: RawSound = synthetic_sound.raw(tmp_path_factory.mktemp("tone") / "tone.f32", tone)
    alignment = Alignment(offset_us=begins, drift=drift, level_db=0.0, snr_gain_db=0.0)
    exact = alignment.microphone_ms(0) * SAMPLES_PER_MS
    first = round(exact - _LEAD_SAMPLES * alignment.speed) + _LEAD_SAMPLES * alignment.speed
    assert abs(first - exact) <= 0.5, "to the sample"
    resampled = np.concatenate(list(resample_to_take(sound, alignment, SOUND_RATE)))[:, 0]
    assert len(resampled) == SOUND_RATE
    expected = np.sin(
        2 * np.pi * hertz * (first + np.arange(len(resampled)) * alignment.speed) / 48_000
    )
    # Before and after the tone is silence: a filter must ring there.
    inside = slice(1000, None)
    assert float(np.abs(resampled - expected)[inside].max()) < 2e-3
