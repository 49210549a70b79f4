"""A disguised voice.

By the first disguise it gets another pitch and other formants, which no change of speed brings
back. By the stronger one, different voices come out as the same made-up one.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from capture.media.sound import disguise
from capture.media.sound.assembly import BLEEP_HZ, assemble_sound
from capture.media.sound.disguise import DisguiseMethod, disguise_voice
from capture.media.sound.pitch import median_pitch
from capture.media.sound.raw_sound import SAMPLES_PER_MS, SOUND_RATE, RawSound
from capture.media.sound.speaker_gain import SpeakerGains
from capture.media.timeline import Shot, Timeline
from library.core.errors import ToolMissing
from tests.support import synthetic_sound

pytestmark = pytest.mark.usefixtures("kept_memory")
SECRET = b"a secret of one story"
FORMANTS = (600, 1400, 2500, 3500)
METHODS: tuple[DisguiseMethod, ...] = get_args(DisguiseMethod)
both_methods = pytest.mark.parametrize("method", METHODS)


@pytest.mark.parametrize(("pitch", "raised"), [(110, True), (200, False)])
def test_no_change_of_speed_brings_the_voice_back(
    tmp_path: Path, pitch: float, raised: bool
) -> None:
    before = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.vowel(8, pitch, FORMANTS))
    after = disguise_voice(before, tmp_path / "after.f32", SECRET, method="first")
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


@both_methods
def test_it_keeps_its_length_and_its_time(tmp_path: Path, method: DisguiseMethod) -> None:
    for seconds in (0.01, 0.2, 9.7):
        count = int(seconds * SOUND_RATE) + 7
        voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.syllables(10)[:count])
        other = disguise_voice(voice, tmp_path / "after.f32", SECRET, method=method)
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


@both_methods
def test_the_same_secret_gives_the_same_bytes_and_another_others(
    tmp_path: Path, method: DisguiseMethod
) -> None:
    voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.syllables(3))
    versions = []
    for number, secret in enumerate((SECRET, SECRET, SECRET + b"!")):
        other = disguise_voice(voice, tmp_path / f"{number}.f32", secret, method=method)
        versions.append(other.path.read_bytes())
    assert versions[0] == versions[1]
    assert versions[0] != versions[2]
    with pytest.raises(ValueError, match="at least 16"):
        disguise_voice(voice, tmp_path / "short.f32", b"short")


@both_methods
def test_it_wanders_so_that_one_setting_does_not_undo_it(
    tmp_path: Path, method: DisguiseMethod
) -> None:
    voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.vowel(40, 110, FORMANTS))
    other = disguise_voice(voice, tmp_path / "after.f32", SECRET, method=method)
    pitches = []
    for start in range(0, 40, 4):
        part = synthetic_sound.left(other, start * SOUND_RATE, (start + 4) * SOUND_RATE)
        pitches.append(median_pitch(synthetic_sound.raw(tmp_path / "part.f32", part)))
    assert max(pitches) / min(pitches) > 1.03


@both_methods
def test_silence_stays_silence_and_no_voice_is_no_trouble(
    tmp_path: Path, method: DisguiseMethod
) -> None:
    voice = np.concatenate(
        [np.zeros(SOUND_RATE), synthetic_sound.syllables(1), np.zeros(SOUND_RATE)]
    )
    sound = synthetic_sound.raw(tmp_path / "before.f32", voice)
    to = tmp_path / "after.f32"
    disguised = synthetic_sound.left(disguise_voice(sound, to, SECRET, method=method))
    assert synthetic_sound.decibels(disguised[: SOUND_RATE * 9 // 10]) < -90
    assert synthetic_sound.decibels(disguised[-SOUND_RATE * 9 // 10 :]) < -90
    for samples in (np.zeros(SOUND_RATE), 0.1 * synthetic_sound.noise(1)):
        sound = synthetic_sound.raw(tmp_path / "before.f32", samples)
        assert disguise_voice(sound, to, SECRET, method=method).samples == len(samples)


@both_methods
def test_a_bleep_does_not_tell_how_the_voice_was_disguised(
    tmp_path: Path, method: DisguiseMethod
) -> None:
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
        disguise_method=method,
    )
    span = synthetic_sound.left(film_path, 1000 * SAMPLES_PER_MS, 2000 * SAMPLES_PER_MS)
    power = np.abs(np.fft.rfft(span * np.hanning(len(span)))) ** 2
    hertz = np.fft.rfftfreq(len(span), 1 / SOUND_RATE)
    assert hertz[power.argmax()] == BLEEP_HZ
    assert power[np.abs(hertz - BLEEP_HZ) > 30].sum() < 1e-6 * power.sum(), "and nothing else"


AS_IN_0_1_0 = (
    *(-0.4, 25.0, 4.4, 28.4, 26.5, 18.8, 14.2, 16.2),
    *(13.6, -6.6, -4.3, -19.8, -24.5, -28.8, -30.6, -32.3),
)
"""Decibels in thirds of an octave of a vowel, as the disguise of version 0.1.0 made it."""
VOWELS = (
    (270, 2290, 3010, 3500),
    (530, 1840, 2480, 3500),
    (730, 1090, 2440, 3500),
    (570, 840, 2410, 3500),
    (300, 870, 2240, 3500),
)
PER_VOWEL = SOUND_RATE * 2 // 5


def talk(to: Path, pitch: float, throat: float, darker: int = 0) -> RawSound:
    """Write a voice that goes through its vowels four times; `throat` moves all formants."""
    vowels = [
        synthetic_sound.vowel(0.4, pitch, tuple(at * throat for at in formants))
        for formants in VOWELS * 4
    ]
    swell = np.hanning(PER_VOWEL)
    voice = np.concatenate([vowel * swell for vowel in vowels])
    # Brighter than `vowel` makes it, and with some breath: as a microphone hears it.
    voice = np.diff(voice, prepend=0.0)
    voice = voice / np.abs(voice).max() + 0.003 * synthetic_sound.noise(8)
    for _ in range(darker):
        voice = (voice + np.roll(voice, 3)) / 2
    return synthetic_sound.raw(to, 0.3 * voice)


def bands(sound: RawSound) -> synthetic_sound.Sound:
    """Return the decibels of each vowel in thirds of an octave up to 8 kHz, without loudness."""
    edges = 200 * 2 ** (np.arange(17) / 3)
    hertz = np.fft.rfftfreq(PER_VOWEL, 1 / SOUND_RATE)
    rows = []
    for start in range(0, sound.samples - PER_VOWEL + 1, PER_VOWEL):
        part = synthetic_sound.left(sound, start, start + PER_VOWEL)
        power = np.abs(np.fft.rfft(part)) ** 2
        row = [
            10 * np.log10(power[(hertz >= low) & (hertz < high)].mean())
            for low, high in pairwise(edges)
        ]
        rows.append(np.array(row) - np.mean(row))
    return np.array(rows)


def apart(left: RawSound, right: RawSound) -> float:
    """Return by how many decibels the bands of two sounds differ."""
    return float(np.sqrt(((bands(left) - bands(right)) ** 2).mean()))


def test_different_voices_come_out_as_one_that_the_secret_made_up(tmp_path: Path) -> None:
    low = talk(tmp_path / "low.f32", 105, 0.92, darker=2)
    high = talk(tmp_path / "high.f32", 205, 1.1)
    low_after, high_after, other_secret = (
        disguise_voice(voice, tmp_path / f"{number}.f32", secret)
        for number, (voice, secret) in enumerate(
            ((low, SECRET), (high, SECRET), (low, b"a secret of another story"))
        )
    )
    assert 136 < median_pitch(low_after) < 160
    assert abs(median_pitch(low_after) / median_pitch(high_after) - 1) < 0.03
    assert apart(low_after, high_after) < 0.6 * apart(low, high)
    assert apart(low_after, other_secret) > apart(low_after, high_after)
    # And what was said is still to be heard: vowels differ from each other as they did.
    bands_before, bands_after = (
        (each - each.mean(axis=0)).ravel() for each in map(bands, (low, low_after))
    )
    assert np.corrcoef(bands_before, bands_after)[0, 1] > 0.5


def test_nothing_is_left_where_nothing_was_measured(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "before.f32", 0.1 * synthetic_sound.noise(2))
    disguised = synthetic_sound.left(disguise_voice(sound, tmp_path / "after.f32", SECRET))
    power = np.abs(np.fft.rfft(disguised)) ** 2
    hertz = np.fft.rfftfreq(len(disguised), 1 / SOUND_RATE)
    assert power[hertz > 8_400].sum() < 1e-5 * power.sum()


def test_the_first_disguise_is_that_of_0_1_0(tmp_path: Path) -> None:
    before = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.vowel(0.4, 110, FORMANTS))
    after = disguise_voice(before, tmp_path / "after.f32", SECRET, method="first")
    assert np.abs(bands(after)[0] - AS_IN_0_1_0).max() < 0.3


def test_an_ffmpeg_without_rubberband_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = synthetic_sound.raw(tmp_path / "before.f32", synthetic_sound.syllables(1))
    monkeypatch.setattr(disguise, "has_filter", lambda name: name != "rubberband")
    with pytest.raises(ToolMissing, match="cannot disguise a voice"):
        disguise_voice(voice, tmp_path / "after.f32", SECRET)
    assert [path.name for path in tmp_path.iterdir()] == ["before.f32"]
