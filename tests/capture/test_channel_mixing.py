"""Channels and sound tracks: whatever is spoken in any of them is heard in the one that is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.intake.pipeline import import_recording
from capture.media.sound.disguise import disguise_voice
from capture.media.sound.mixing import ChannelMixer, choose_tracks, mixed_down
from capture.media.sound.raw_sound import SOUND_RATE, write_raw_sound
from capture.media.speech import read_speech
from library.core.workspace import Workspace
from tests.support import media_forms, sample_media

RATE = 8000
_DRAW = np.random.default_rng(7)
_SWELL = (0.55 + 0.45 * np.sin(np.arange(2 * RATE) * 2 * np.pi * 3 / RATE)).astype(np.float32)


def _voice(level: float = 0.2) -> Any:
    return (level * _DRAW.standard_normal(2 * RATE) * _SWELL).astype(np.float32)


ANN, BEN = _voice(), _voice()
HISS, NONE = _voice(0.001), np.zeros(2 * RATE, np.float32)
_HALFWAY = np.where(np.arange(2 * RATE) < RATE, 1, -1).astype(np.float32)
CASES: dict[str, tuple[list[Any], list[Any], bool]] = {
    "one voice on both sides": ([ANN, ANN], [ANN], False),
    "a voice a side": ([ANN, BEN], [ANN, BEN], False),
    "one side silent": ([NONE, ANN], [ANN], False),
    "left minus right": ([ANN, -ANN], [ANN], True),
    "left minus some of right": ([ANN, -0.6 * ANN], [ANN], True),
    "turned about halfway": ([ANN, _HALFWAY * ANN], [ANN], True),
    "middle and side": ([ANN + BEN, ANN - BEN], [ANN], False),
    "side alone": ([BEN, -BEN + HISS], [BEN], True),
    "four microphones, one turned": ([ANN, ANN, -ANN, ANN], [ANN], True),
    "the sixth alone": ([NONE] * 5 + [ANN], [ANN], False),
    "the third of three": ([HISS, HISS, ANN], [ANN], False),
    "ten, two of them speaking": ([NONE] * 4 + [ANN, -ANN, BEN] + [NONE] * 3, [ANN, BEN], True),
    "nothing": ([NONE, NONE], [], False),
    "hiss against hiss": ([HISS, -HISS], [], True),
}  # fmt: skip


def _mixed(channels: list[Any], size: int = 1000) -> tuple[Any, ChannelMixer]:
    samples = np.stack(channels, axis=1).astype(np.float32)
    mixer = ChannelMixer(RATE, samples.shape[1])
    blocks = [samples[at : at + size] for at in range(0, len(samples), size)]
    return np.concatenate(list(mixer.mixed(blocks))), mixer


@pytest.mark.parametrize("case", CASES)
def test_every_voice_is_in_the_mix(case: str) -> None:
    channels, voices, cancels = CASES[case]
    mixed, mixer = _mixed(channels)
    assert len(mixed) == 2 * RATE
    for voice in voices:
        halves = zip(np.split(mixed, 2), np.split(voice, 2), strict=True)
        shares = [abs(float(part @ own)) / float(own @ own) for part, own in halves]
        assert min(shares) > 0.8, "a voice is as loud as in its own channel"
    assert mixer.measured().cancels == cancels


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_how_the_blocks_are_cut_makes_no_difference(sizes: list[int]) -> None:
    samples = np.stack([ANN, _HALFWAY * ANN], axis=1)
    bounds = np.minimum(np.cumsum([0, *sizes]), len(samples))
    blocks = [samples[a:b] for a, b in zip(bounds, [*bounds[1:], len(samples)], strict=True)]
    mixed = np.concatenate(list(ChannelMixer(RATE, 2).mixed(blocks)))
    assert np.array_equal(mixed, _mixed([ANN, _HALFWAY * ANN])[0])


def test_an_ordinary_mean_is_the_same_to_the_bit() -> None:
    samples = np.stack([ANN, BEN], axis=1)
    assert np.array_equal(mixed_down(samples, RATE), samples.mean(axis=1))


FILES = {
    "anti.wav": (("-af", "pan=stereo|c0=c0|c1=-1*c0"), "cancel each other"),
    "left.wav": (("-af", "pan=stereo|c0=c0|c1=0*c0"), "1 of its 2 channels is silent"),
    "six.wav": (("-af", "pan=5.1|c3=c0"), "5 of its 6 channels are silent"),
    "twice.mov": (
        ("-map", "0:a", "-map", "0:a", "-c:a", "pcm_s16le"),
        "1 and 2 are heard together",
    ),
    "other.m4a": (("-map", "1:a", "-map", "0:a"), "first sound track is silent: track 2"),
    "stereo.wav": (("-ac", "2"), ""),
}


def _file(name: str, to: Path) -> Path:
    sound = ("-i", media_forms.folder() / "plain.wav", "-f", "lavfi", "-i", "anullsrc=r=44100:d=2")
    first = () if "-map" in FILES[name][0] else ("-map", "0:a")
    sample_media.ffmpeg(*sound, *first, *FILES[name][0], to / name)
    return to / name


@pytest.mark.parametrize("name", FILES)
def test_silent_and_cancelling_channels_are_told(name: str, tmp_path: Path) -> None:
    path = _file(name, tmp_path)
    counts = {"six.wav": (6,), "twice.mov": (1, 1), "other.m4a": (2, 1)}.get(name, (2,))
    choice = choose_tracks(path, counts, 2000)
    reason = FILES[name][1]
    assert reason in choice.reason
    assert bool(choice.tracks) == bool(reason)


@pytest.mark.parametrize("louder_db", [0, 6])
def test_a_sound_that_the_station_keeps_twice_is_used_once(louder_db: int, tmp_path: Path) -> None:
    """FLAC and what the browser made of it; a second microphone is another loudness."""
    path = tmp_path / "take.mkv"
    twice = ("-map", "0:a", "-map", "0:a", "-c:a:0", "flac", "-c:a:1", "libopus")
    louder = ("-filter:a:1", f"volume={louder_db}dB,aresample=48000")
    sample_media.ffmpeg("-i", media_forms.folder() / "plain.wav", *twice, *louder, path)
    choice = choose_tracks(path, (1, 1), 2000, may_be_kept_twice=True)
    assert choice.tracks == (() if louder_db == 0 else (0, 1))
    assert bool(choice.reason) == bool(louder_db)


@pytest.mark.parametrize("name", ["anti.wav", "other.m4a"])
def test_speech_is_heard_and_the_editor_told(
    name: str, workspace: Workspace, tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, _file(name, tmp_path))
    assert FILES[name][1] in " ".join(result.out.split())
    heard = read_speech(workspace.story(story_id).speech)
    plain = sample_media.agreed_story(workspace)
    import_recording(workspace, plain, media_forms.folder() / "plain.wav")
    expected = read_speech(workspace.story(plain).speech)
    likeness = float(np.corrcoef(heard[: len(expected)], expected[: len(heard)])[0, 1])
    assert abs(likeness) > 0.95
    assert float(np.abs(heard).max()) > 0.8 * float(np.abs(expected).max())


def test_a_voice_that_cancels_is_disguised_and_not_lost(tmp_path: Path) -> None:
    voice = np.repeat(ANN, SOUND_RATE // RATE)[:SOUND_RATE]
    sound = write_raw_sound(tmp_path / "anti.f32", [np.stack([voice, -voice], axis=1)])
    made = disguise_voice(sound, tmp_path / "made.f32", bytes(32))
    assert float(np.abs(made.read(0, made.samples)).max()) > 0.05
