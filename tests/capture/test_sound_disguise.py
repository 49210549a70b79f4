"""A disguised voice: another pitch and other formants, which no change of speed brings back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capture.media.sound import disguise
from capture.media.sound.assembly import BLEEP_HZ, assemble_sound
from capture.media.sound.disguise import disguise_voice, median_pitch
from capture.media.sound.raw_sound import SAMPLES_PER_MS, SOUND_RATE
from capture.media.sound.speaker_gain import SpeakerGains
from capture.media.timeline import Shot, Timeline
from library.core.errors import ToolMissing
from tests.support import synthetic_sound

SECRET = b"a secret of one story"
FORMANTS = (600, 1400, 2500, 3500)


@pytest.mark.parametrize(("pitch", "raised"), [(110, True), (200, False)])
def test_no_change_of_speed_brings_the_voice_back(
    tmp_path: Path, pitch: float, raised: bool
) -> None:
    before = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.vowel(8, pitch, FORMANTS))
    after = disguise_voice(before, tmp_path / "after.f32", SECRET)
    pitch_shift = median_pitch(after) / median_pitch(before)
    assert 1.2 < pitch_shift < 1.4 if raised else 0.7 < pitch_shift < 0.83
    own_formants, disguised_formants = (
        np.array(synthetic_sound.formants(synthetic_sound.left(sound))[:2])
        for sound in (before, after)
    )
    formant_shifts = disguised_formants / own_formants
    assert (formant_shifts < 0.95).all() if raised else (formant_shifts > 1.05).all(), (
        "the other way"
    )
    # At the speed at which the pitch is right, every formant is far from where it was.
    restored_formants = np.array(
        synthetic_sound.formants(
            synthetic_sound.faster(synthetic_sound.left(after), 1 / pitch_shift)
        )[:2]
    )
    assert (np.abs(np.log(restored_formants / own_formants)) > 0.2).all()
    # And at the speed at which the formants are right, the pitch is.
    assert abs(np.log(pitch_shift / np.median(formant_shifts))) > 0.25


def test_it_keeps_its_length_and_its_time(tmp_path: Path) -> None:
    for seconds in (0.01, 0.2, 9.7):
        count = int(seconds * SOUND_RATE) + 7
        voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.syllables(10)[:count])
        other = disguise_voice(voice, tmp_path / "after.f32", SECRET)
        assert other.samples == count
    before, after = (
        synthetic_sound.loudness_shape(synthetic_sound.left(sound)) for sound in (voice, other)
    )
    assert abs(synthetic_sound.shift(after, before, 300)) <= 20
    for start in range(0, len(before) - 3000, 3000):
        part = slice(start, start + 3000)
        assert abs(synthetic_sound.shift(after[part], before[part], 300)) <= 20
    smoothing = np.hanning(40) / np.hanning(40).sum()
    before, after = (np.convolve(sound, smoothing, mode="same") for sound in (before, after))
    assert np.corrcoef(before, after)[0, 1] > 0.95, "rhythm and stress are kept"


def test_the_same_secret_gives_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.syllables(3))
    versions = []
    for number, secret in enumerate((SECRET, SECRET, SECRET + b"!")):
        versions.append(disguise_voice(voice, tmp_path / f"{number}.f32", secret).path.read_bytes())
    assert versions[0] == versions[1]
    assert versions[0] != versions[2]
    with pytest.raises(ValueError, match="at least 16"):
        disguise_voice(voice, tmp_path / "short.f32", b"short")


def test_it_wanders_so_that_one_setting_does_not_undo_it(tmp_path: Path) -> None:
    voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.vowel(40, 110, FORMANTS))
    other = disguise_voice(voice, tmp_path / "after.f32", SECRET)
    pitches = []
    for start in range(0, 40, 4):
        part = synthetic_sound.left(other, start * SOUND_RATE, (start + 4) * SOUND_RATE)
        pitches.append(median_pitch(synthetic_sound.raw(tmp_path / "part.f32", part)))
    assert max(pitches) / min(pitches) > 1.03


def test_silence_stays_silence_and_no_voice_is_no_trouble(tmp_path: Path) -> None:
    voice = np.concatenate(
        [np.zeros(SOUND_RATE), synthetic_sound.syllables(1), np.zeros(SOUND_RATE)]
    )
    sound = synthetic_sound.raw(tmp_path / "before.f32", voice)
    disguised = synthetic_sound.left(disguise_voice(sound, tmp_path / "after.f32", SECRET))
    assert synthetic_sound.decibels(disguised[: SOUND_RATE * 9 // 10]) < -90
    assert synthetic_sound.decibels(disguised[-SOUND_RATE * 9 // 10 :]) < -90
    for samples in (np.zeros(SOUND_RATE), 0.1 * synthetic_sound.noise(1)):
        sound = synthetic_sound.raw(tmp_path / "before.f32", samples)
        assert disguise_voice(sound, tmp_path / "after.f32", SECRET).samples == len(samples)


def test_a_bleep_does_not_tell_how_the_voice_was_disguised(tmp_path: Path) -> None:
    """Everybody knows a bleep: disguised with the voice, its pitch would be the key."""
    sound = synthetic_sound.raw(tmp_path / "sound.f32", synthetic_sound.syllables(4))
    film_path = assemble_sound(
        sound,
        Timeline(25, (Shot(0, 100),)),
        tmp_path / "film.f32",
        gains=SpeakerGains({}, -20.0),
        redactions=[(1000, 2000)],
        redaction_sound="bleep",
        disguise_secret=SECRET,
    )
    span = synthetic_sound.left(film_path, 1000 * SAMPLES_PER_MS, 2000 * SAMPLES_PER_MS)
    power = np.abs(np.fft.rfft(span * np.hanning(len(span)))) ** 2
    hertz = np.fft.rfftfreq(len(span), 1 / SOUND_RATE)
    assert hertz[power.argmax()] == BLEEP_HZ
    assert power[np.abs(hertz - BLEEP_HZ) > 30].sum() < 1e-6 * power.sum(), "and nothing else"


def test_an_ffmpeg_without_rubberband_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.syllables(1))
    monkeypatch.setattr(disguise, "has_filter", lambda name: name != "rubberband")
    with pytest.raises(ToolMissing, match="cannot disguise a voice"):
        disguise_voice(voice, tmp_path / "after.f32", SECRET)
    assert [path.name for path in tmp_path.iterdir()] == ["before.f32"]
