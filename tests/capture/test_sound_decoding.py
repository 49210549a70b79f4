"""The sound of a film is that of the original, in step with the working copy, and clean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from capture.media.conform import working_rate
from capture.media.probe import probe
from capture.media.sound.decoding import Cleaning, OriginalSound, decode_sound
from capture.media.sound.raw_sound import SOUND_RATE, open_raw_sound, write_raw_sound
from capture.media.working_copy import make_working_copy
from library.core.errors import Damaged, NotFound
from tests.support import sample_media, synthetic_sound

UNTOUCHED = Cleaning(rumble=0, noise=0)


@pytest.mark.parametrize(
    "sample",
    [
        sample_media.video,
        sample_media.late_sound,
        sample_media.webm,
        sample_media.variable,
        sample_media.m4a,
    ],
)
def test_it_is_in_step_with_the_working_copy(tmp_path: Path, sample: Callable[[], Path]) -> None:
    """Words are timed on the working copy: a redaction must not begin a moment too late."""
    recording = probe(sample())
    working_copy = tmp_path / ("working.mp4" if recording.kind == "video" else "working.m4a")
    make_working_copy(sample(), working_copy, recording)
    working_sound = synthetic_sound.decoded(working_copy)[:, 0]
    fps = working_rate(recording.fps)
    original = OriginalSound(sample(), len(working_sound) * fps // SOUND_RATE)
    for cleaning in (UNTOUCHED, Cleaning()):
        sound = decode_sound([original], fps, tmp_path / "sound.f32", cleaning=cleaning)
        assert (
            abs(synthetic_sound.shift(synthetic_sound.left(sound), working_sound, SOUND_RATE // 10))
            < SOUND_RATE / 1000
        )


def test_every_original_has_exactly_the_length_of_its_frames(tmp_path: Path) -> None:
    short, long = OriginalSound(sample_media.wav(), 30), OriginalSound(sample_media.video(), 100)
    sound = decode_sound([short, long], 25, tmp_path / "sound.f32")
    assert sound.samples == 130 * 1920
    assert sound.path.stat().st_size == 130 * 1920 * 8
    decoded_alone = decode_sound([long], 25, tmp_path / "alone.f32")
    assert np.array_equal(sound.read(30 * 1920, 130 * 1920), decoded_alone.read(0, 100 * 1920))
    assert synthetic_sound.decibels(synthetic_sound.left(decoded_alone, 90 * 1920)) < -200, (
        "what is missing is silence"
    )


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    decoded = []
    for name in ("one", "two"):
        to = tmp_path / f"{name}.f32"
        decode_sound([OriginalSound(sample_media.video(), 60)], 30, to)
        decoded.append(to.read_bytes())
    assert decoded[0] == decoded[1]


@pytest.mark.parametrize("floor", [-40.0, -50.0, -60.0])
def test_steady_noise_goes_down_and_speech_stays(tmp_path: Path, floor: float) -> None:
    voice = 2 * synthetic_sound.syllables(8)
    pauses = np.abs(voice) < 1e-9
    noisy = voice + synthetic_sound.noise(8) * 10 ** (floor / 20)
    source = tmp_path / "noisy.wav"
    form = ("-f", "f32le", "-ar", "48000", "-ac", "2")
    sample_media.ffmpeg(
        *form, "-i", synthetic_sound.raw(tmp_path / "noisy.f32", noisy).path, source
    )
    before, after = (
        synthetic_sound.left(
            decode_sound([OriginalSound(source, 200)], 25, tmp_path / "x.f32", cleaning=how)
        )
        for how in (UNTOUCHED, Cleaning(rumble=0))
    )
    lowered = synthetic_sound.decibels(before[pauses]) - synthetic_sound.decibels(after[pauses])
    assert 5 < lowered < 11
    is_voice = np.abs(voice) > 0.03
    change = synthetic_sound.decibels(after[is_voice]) - synthetic_sound.decibels(before[is_voice])
    assert abs(change) < 0.3


def test_rumble_goes_and_the_deepest_voice_stays(tmp_path: Path) -> None:
    for hertz, least, most in ((25, -60, -15), (100, -2.5, 0)):
        source = tmp_path / f"{hertz}.wav"
        sample_media.ffmpeg("-f", "lavfi", "-i", f"sine=f={hertz}:d=2:r=48000", source)
        before, after = (
            synthetic_sound.decibels(
                synthetic_sound.left(
                    decode_sound([OriginalSound(source, 50)], 25, tmp_path / "x.f32", cleaning=how)
                )[SOUND_RATE:]
            )
            for how in (UNTOUCHED, Cleaning(noise=0))
        )
        assert least < after - before < most


@pytest.mark.parametrize(("right", "heard"), [(0.0, 1.0), (0.01, 1.0), (0.1, 0.1), (1.0, 1.0)])
def test_a_microphone_on_one_channel_is_heard_in_both_ears(
    tmp_path: Path, right: float, heard: float
) -> None:
    voice = synthetic_sound.syllables(2)
    both = write_raw_sound(tmp_path / "both.f32", [np.stack([voice, right * voice], axis=1)])
    source = tmp_path / "both.wav"
    form = ("-f", "f32le", "-ar", "48000", "-ac", "2", "-i", both.path)
    sample_media.ffmpeg(*form, "-c:a", "pcm_f32le", source)
    sound = decode_sound(
        [OriginalSound(source, 50)], 25, tmp_path / "sound.f32", cleaning=UNTOUCHED
    )
    left, other = sound.read(0, sound.samples).T
    assert np.abs(other - heard * left).max() < 1e-6


def test_rates_without_whole_samples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whole number"):
        decode_sound([OriginalSound(sample_media.wav(), 10)], 29, tmp_path / "sound.f32")


def test_raw_sound_says_when_it_is_not_there_or_not_whole(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_raw_sound(tmp_path / "sound.f32")
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.zeros(10))
    with pytest.raises(Damaged):
        sound.read(5, 11)
    sound.path.write_bytes(sound.path.read_bytes()[:-1])
    with pytest.raises(Damaged):
        open_raw_sound(sound.path)
