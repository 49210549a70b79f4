"""Recordings known again by their sound, however they come; two stories told apart."""

from __future__ import annotations

import functools
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from capture.media.sound.landmarks import (
    RATE,
    Landmarks,
    Mono,
    landmarks_of_file,
    landmarks_of_samples,
)
from capture.media.sound.same_sound import SharedSound, blocks_of, shared_sound
from tests.support.command_line import ROOT
from tests.support.sample_media import ffmpeg

pytestmark = pytest.mark.usefixtures("kept_memory")

DEMO = {
    path.stem: path
    for path in sorted((ROOT / "interviews/demo").glob("*.*"))
    if path.suffix in (".m4a", ".mp4", ".webm")
}
TOLD = DEMO["a-different-experience"]
ROOM = (
    "[0:a]aecho=0.8:0.7:17|29|43|71:0.5|0.4|0.3|0.2,highpass=120,lowpass=6000,volume=-8dB,"
    "asetrate=44102,aresample=48000[a];anoisesrc=a=0.004:c=pink:seed=7[n];"
    "[a][n]amix=inputs=2:duration=first:normalize=0"
)
"""A microphone across the room, whose clock is a little off."""
COMES_AGAIN = {
    "aac at 64 kbit/s": ("x.m4a", "-c:a", "aac", "-b:a", "64k"),
    "opus at 24 kbit/s": ("x.opus", "-c:a", "libopus", "-b:a", "24k"),
    "mp3 at 32 kbit/s": ("x.mp3", "-c:a", "libmp3lame", "-b:a", "32k"),
    "cut at both ends": ("x.wav", "-ss", "11.137", "-t", "40.3"),
    "a short part of it": ("x.wav", "-ss", "41.7", "-t", "22"),
    "a telephone's rate": ("x.wav", "-ar", "8000"),
    "another rate, stereo": ("x.flac", "-ar", "22050", "-ac", "2"),
    "much softer": ("x.wav", "-filter:a", "volume=-25dB"),
    "far too loud": ("x.mp3", "-filter:a", "volume=25dB"),
    "one channel against the other": ("x.wav", "-filter:a", "pan=stereo|c0=c0|c1=-1*c0"),
    "five channels": ("x.mka", "-filter:a", "pan=5.1|c2=c0", "-c:a", "flac"),
    "another container": ("x.mkv", "-c", "copy"),
    "cleaned and levelled": ("x.m4a", "-filter:a", "highpass=75,afftdn=nr=10,loudnorm"),
    "another microphone": ("x.m4a", "-filter_complex", ROOM),
}  # fmt: skip


@functools.cache
def _landmarks(path: Path) -> Landmarks:
    return landmarks_of_file(path, 90_000)


def _compared(sound: Landmarks, stored: Landmarks) -> SharedSound:
    return shared_sound(sound, sound.numbers, blocks_of(stored, stored.numbers))


@pytest.mark.parametrize("how", COMES_AGAIN)
def test_the_same_recording_is_known_again(how: str, tmp_path: Path) -> None:
    name, *options = COMES_AGAIN[how]
    again = tmp_path / name
    ffmpeg("-t", "64", "-i", TOLD, *options, again)
    heard = landmarks_of_file(again, 90_000)
    shared = _compared(heard, _landmarks(TOLD))
    assert shared.is_same
    assert shared.seconds > 0.6 * heard.seconds


def test_stories_with_the_same_questions_aloud_are_not_the_same() -> None:
    # One voice asks in all of them, and some of its sentences are the very same samples.
    for story, other in permutations(DEMO.values(), 2):
        shared = _compared(_landmarks(story), _landmarks(other))
        assert not shared.is_same, (story.name, other.name, shared)


def test_a_withdrawn_recording_within_a_longer_one_is_found(tmp_path: Path) -> None:
    other = DEMO["what-to-do-at-night"]
    both = tmp_path / "both.wav"
    ffmpeg(
        "-i", other, "-i", TOLD, "-filter_complex",
        "[1:a]atrim=20:60[b];[0:a][b]concat=n=2:v=0:a=1", both,
    )  # fmt: skip
    shared = _compared(landmarks_of_file(both, 130_000), _landmarks(TOLD))
    assert shared.is_same
    # And the parts that are another story’s are not counted.
    assert shared.seconds < 70


def _samples(path: Path, tmp_path: Path) -> Mono:
    raw = tmp_path / "x.s16"
    ffmpeg("-i", path, "-vn", "-ac", "1", "-ar", str(RATE), "-f", "s16le", raw)
    return np.fromfile(raw, "<i2").astype(np.float32) / np.float32(32768)


def test_landmarks_do_not_depend_on_how_the_sound_is_read(tmp_path: Path) -> None:
    samples = _samples(TOLD, tmp_path)
    whole = landmarks_of_samples([samples])
    pieces = landmarks_of_samples(np.array_split(samples, 37))
    assert pieces.seconds == whole.seconds
    assert np.array_equal(pieces.numbers, whole.numbers)
    assert np.array_equal(pieces.at, whole.at)


def test_landmarks_are_placed_over_the_whole_of_a_long_sound(tmp_path: Path) -> None:
    samples = _samples(TOLD, tmp_path)
    once = landmarks_of_samples([samples])
    repeated = landmarks_of_samples([samples] * 3)
    counts = np.histogram(repeated.at, bins=3, range=(0, repeated.seconds))[0]
    assert np.all(np.abs(counts - len(once.numbers)) < 0.05 * len(once.numbers))


@pytest.mark.parametrize("level", [0.0, 1e-4])
def test_silence_is_like_nothing(level: float) -> None:
    noise = np.random.default_rng(3).standard_normal(RATE * 40).astype(np.float32)
    silence = landmarks_of_samples([noise * np.float32(level)])
    assert not _compared(silence, silence).is_same
    assert not _compared(silence, _landmarks(TOLD)).is_same
    assert not _compared(_landmarks(TOLD), silence).is_same


def test_too_little_sound_is_like_nothing() -> None:
    nothing = landmarks_of_samples([np.zeros(100, np.float32)])
    assert len(nothing.numbers) == 0
    assert not _compared(nothing, nothing).is_same


def test_what_is_kept_of_a_sound_has_no_order() -> None:
    landmarks = _landmarks(TOLD)
    blocks = blocks_of(landmarks, landmarks.numbers)
    assert len(blocks) == 5
    as_said = [
        set(landmarks.numbers[(landmarks.at >= start) & (landmarks.at < start + 20)].tolist())
        for start in range(0, 100, 20)
    ]
    stored = [set(block.tolist()) for block in blocks]
    assert sorted(map(sorted, stored)) == sorted(map(sorted, as_said))
    assert stored == sorted(stored, key=lambda block: np.array(sorted(block), np.uint32).tobytes())
    assert all(np.all(np.diff(block.astype(np.int64)) > 0) for block in blocks)
