"""Every sample of a film is where its plan says, or is not in it at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.media.sound.assembly import (
    BLEEP_HZ,
    CUT_FADE_SAMPLES,
    REDACTION_FADE_SAMPLES,
    assemble_sound,
)
from capture.media.sound.decoding import samples_per_frame
from capture.media.sound.encoding import encode_audio
from capture.media.sound.raw_sound import SAMPLES_PER_MS, SOUND_RATE, RawSound
from capture.media.sound.speaker_gain import GainChange, SpeakerGains, SpeakerLevel
from capture.media.timeline import Card, Part, Shot, Timeline
from tests.support import synthetic_sound

pytestmark = pytest.mark.usefixtures("kept_memory")
EVEN = SpeakerGains({}, -20.0)
FRAME = 1920
IN_PLACE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def film(sound: RawSound, timeline: Timeline, to: Path, **options: object) -> np.ndarray:
    """The left channel of the assembled sound."""
    film_sound = assemble_sound(sound, timeline, to / "film.f32", gains=EVEN, **options)  # type: ignore[arg-type]
    assert film_sound.samples == timeline.frames * samples_per_frame(timeline.fps)
    return synthetic_sound.left(film_sound)


@st.composite
def reels(draw: st.DrawFn) -> Timeline:
    """Cards and shots of a recording of 60 frames, some faded into each other."""
    parts: list[Part] = []
    at = 0
    for number in range(draw(st.integers(1, 6))):
        first = at + draw(st.integers(0, 6))
        if draw(st.booleans()) or first >= 59:
            parts.append(Card(f"card-{number}", draw(st.integers(1, 8))))
        else:
            at = min(60, first + draw(st.integers(1, 16)))
            parts.append(Shot(first, at))
    overlaps = []
    left = parts[0].frames
    for part in parts[1:]:
        overlaps.append(draw(st.integers(0, min(left, part.frames))))
        left = part.frames - overlaps[-1]
    return Timeline(draw(st.sampled_from([25, 30])), tuple(parts), tuple(overlaps))


spans = st.lists(st.tuples(st.integers(0, 2400), st.integers(0, 300)), max_size=4)


@IN_PLACE
@given(reels(), spans, st.booleans())
def test_every_moment_lies_where_the_timeline_says(
    tmp_path: Path, timeline: Timeline, drawn: list[tuple[int, int]], bleep: bool
) -> None:
    per_frame = samples_per_frame(timeline.fps)
    redactions = [(start, start + length) for start, length in drawn]
    recording = np.zeros(60 * per_frame)
    marks = range(3, 60 * 1000 // timeline.fps, 7)
    for mark in marks:
        recording[mark * SAMPLES_PER_MS] = 0.5
    sound = synthetic_sound.raw(tmp_path / "sound.f32", recording)
    film_sound = film(sound, timeline, tmp_path, redactions=redactions)
    expected = set()
    for start, shot in timeline.shots():
        for mark in marks:
            position = mark * SAMPLES_PER_MS - shot.first * per_frame
            is_hidden = any(a <= mark < b for a, b in redactions)
            if 0 <= position < shot.frames * per_frame and not is_hidden:
                expected.add(start * per_frame + position)
                edge = 500 // timeline.fps  # at a border it may be found in another shot as well
                if (
                    shot.first * 1000 / timeline.fps + edge
                    < mark
                    < shot.last * 1000 / timeline.fps - edge
                ):
                    film_time = timeline.film_time(mark)
                    assert film_time is not None
                    assert (
                        abs(film_time * SAMPLES_PER_MS - (start * per_frame + position))
                        <= SAMPLES_PER_MS / 2
                    )
    audible = set(np.flatnonzero(film_sound).tolist())
    assert audible <= expected, "nothing redacted or cut away is heard"
    if not any(timeline.overlaps):
        full = {at for at in expected if film_sound[at] == 0.5}
        assert expected - audible == set(), "and nothing else is lost"
        assert len(full) >= len(expected) - 2 * (len(timeline.parts) + len(redactions)) * 3
    if bleep:
        with_tones = film(sound, timeline, tmp_path, redactions=redactions, redaction_sound="bleep")
        assert len(with_tones) == len(film_sound)


@IN_PLACE
@given(reels(), spans)
def test_a_redacted_span_is_silent_to_the_sample_and_no_wider(
    tmp_path: Path, timeline: Timeline, drawn: list[tuple[int, int]]
) -> None:
    """A recording of one steady value shows what each sample was multiplied by."""
    per_frame = samples_per_frame(timeline.fps)
    plain = Timeline(timeline.fps, (Shot(0, 60),))
    redactions = [(start, start + length) for start, length in drawn if length]
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.full(60 * per_frame, 0.5))
    film_sound = film(sound, plain, tmp_path, redactions=redactions)
    positions = np.arange(len(film_sound))
    silent, faded = np.zeros(len(film_sound), bool), np.zeros(len(film_sound), bool)
    for start, end in redactions:
        silent |= (positions >= start * SAMPLES_PER_MS) & (positions < end * SAMPLES_PER_MS)
        faded |= (positions >= start * SAMPLES_PER_MS - REDACTION_FADE_SAMPLES) & (
            positions < end * SAMPLES_PER_MS + REDACTION_FADE_SAMPLES
        )
    edges = (positions < CUT_FADE_SAMPLES) | (positions >= len(film_sound) - CUT_FADE_SAMPLES)
    assert not film_sound[silent].any()
    assert (film_sound[~silent] > 0).all()
    assert (film_sound[~faded & ~edges] == 0.5).all()


def test_cuts_do_not_click(tmp_path: Path) -> None:
    """A low tone cut at its height: a click would be heard far above it."""
    tone = 0.5 * np.cos(2 * np.pi * 62.5 * np.arange(50 * FRAME) / SOUND_RATE)
    sound = synthetic_sound.raw(tmp_path / "sound.f32", tone)
    timeline = Timeline(25, (Shot(5, 20), Shot(23, 40), Card("end", 5)))
    film_sound = film(sound, timeline, tmp_path, redactions=[(1100, 1300)])
    step = 0.5 * np.pi / 2 / REDACTION_FADE_SAMPLES + 0.5 * 2 * np.pi * 62.5 / SOUND_RATE
    assert np.abs(np.diff(film_sound, prepend=0)).max() <= step
    naive = np.concatenate([tone[5 * FRAME : 20 * FRAME], tone[23 * FRAME + 300 : 40 * FRAME]])

    def above_speech(samples: np.ndarray) -> float:
        frames = np.lib.stride_tricks.sliding_window_view(samples, 4096)[::512] * np.hanning(4096)
        powers = np.abs(np.fft.rfft(frames, axis=1)) ** 2
        return float(10 * np.log10(powers[:, 340:].sum(axis=1).max() / powers.max()))

    assert above_speech(film_sound) < -100
    assert above_speech(naive) > -70


def test_shots_that_follow_each_other_in_the_recording_go_on_unbroken(tmp_path: Path) -> None:
    voice = synthetic_sound.noise(2)
    sound = synthetic_sound.raw(tmp_path / "sound.f32", voice)
    unbroken = film(sound, Timeline(25, (Shot(0, 50),)), tmp_path)
    joined = film(sound, Timeline(25, (Shot(0, 20), Shot(20, 50))), tmp_path)
    assert np.array_equal(unbroken, joined)


def test_cards_are_silent(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", synthetic_sound.noise(2))
    timeline = Timeline(25, (Card("title", 10), Shot(0, 20), Card("question", 10), Shot(20, 50)))
    film_sound = film(sound, timeline, tmp_path)
    assert not film_sound[: 10 * FRAME].any()
    assert not film_sound[30 * FRAME : 40 * FRAME].any()
    assert film_sound[40 * FRAME + CUT_FADE_SAMPLES]


def test_crossfades_keep_the_power(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", 0.1 * synthetic_sound.noise(4))
    timeline = Timeline(25, (Shot(0, 40), Shot(50, 100)), (25,))
    film_sound = film(sound, timeline, tmp_path)
    levels = [
        synthetic_sound.decibels(part) for part in np.split(film_sound[15 * FRAME : 40 * FRAME], 25)
    ]
    assert all(abs(level + 20) < 0.7 for level in levels)


def test_a_redaction_in_a_crossfade_silences_its_own_shot_alone(tmp_path: Path) -> None:
    recording = np.concatenate([np.full(50 * FRAME, 0.5), np.full(50 * FRAME, 0.25)])
    sound = synthetic_sound.raw(tmp_path / "sound.f32", recording)
    timeline = Timeline(25, (Shot(0, 50), Shot(50, 100)), (25,))
    film_sound = film(sound, timeline, tmp_path, redactions=[(1400, 2000)])
    both = film_sound[36 * FRAME : 50 * FRAME]
    assert (both > 0).all()
    assert (both <= 0.25).all(), "only the second shot is heard"


def test_levels_are_laid_over_the_recording_not_the_film(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.full(100 * FRAME, 0.1))
    change = GainChange(1000 * SAMPLES_PER_MS, 1100 * SAMPLES_PER_MS, 0.0, 6.0)
    levels = SpeakerGains({"carer": SpeakerLevel(-20, 6)}, -20, 0.0, (change,))
    timeline = Timeline(25, (Card("title", 5), Shot(10, 20), Shot(30, 60)))
    film_path = assemble_sound(sound, timeline, tmp_path / "film.f32", gains=levels)
    film_sound = synthetic_sound.left(film_path)
    assert film_sound[10 * FRAME] == pytest.approx(0.1)
    assert film_sound[20 * FRAME] == pytest.approx(0.1 * 10 ** (6 / 20))


def test_a_bleep_fills_its_span_and_nothing_else(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.zeros(100 * FRAME))
    timeline = Timeline(25, (Shot(0, 100),))
    redactions = [(1000, 1500), (3000, 3020)]
    film_sound = film(sound, timeline, tmp_path, redactions=redactions, redaction_sound="bleep")
    positions = np.flatnonzero(film_sound)
    assert 1000 * SAMPLES_PER_MS <= positions[0] < positions[-1] < 1500 * SAMPLES_PER_MS, (
        "20 ms would only be a tick"
    )
    tone = film_sound[1000 * SAMPLES_PER_MS : 1500 * SAMPLES_PER_MS]
    power = np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) ** 2
    hertz = np.fft.rfftfreq(len(tone), 1 / SOUND_RATE)
    assert hertz[power.argmax()] == pytest.approx(BLEEP_HZ, abs=2)
    assert power[np.abs(hertz - BLEEP_HZ) > 60].sum() < 1e-6 * power.sum()
    assert synthetic_sound.decibels(tone) == pytest.approx(-20 - 6 - 3, abs=0.5), "below the speech"
    assert (
        np.abs(np.diff(film_sound)).max()
        < 2 * np.pi * BLEEP_HZ / SOUND_RATE * np.abs(tone).max() * 1.1
    )


def test_a_bleep_across_a_cut_is_one_bleep(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.zeros(100 * FRAME))
    timeline = Timeline(25, (Shot(0, 25), Shot(50, 100)))
    film_sound = film(sound, timeline, tmp_path, redactions=[(800, 2200)], redaction_sound="bleep")
    positions = np.flatnonzero(film_sound)
    assert (positions[0] // SAMPLES_PER_MS, positions[-1] // SAMPLES_PER_MS) == (800, 1199)
    beats = (
        np.abs(film_sound[820 * SAMPLES_PER_MS : 1180 * SAMPLES_PER_MS])
        .reshape(-1, SAMPLES_PER_MS * 5)
        .max(axis=1)
    )
    assert beats.min() > 0.9 * beats.max(), "without a gap at the cut"


SPANS = [(2000, 2300), (3010, 4000), (4600, 6400), (9000, 9120)]
CUT = Timeline(25, (Card("title", 25), Shot(0, 120), Shot(150, 300)))


def test_what_staff_hear_is_silent_over_a_muted_span(tmp_path: Path) -> None:
    """After the encoder, whose window of 43 ms spreads what lies beside a span into its edges."""
    voice = synthetic_sound.syllables(12, pitch=120) + 0.001 * synthetic_sound.noise(12)
    sound = synthetic_sound.raw(tmp_path / "sound.f32", voice)
    film_path = assemble_sound(sound, CUT, tmp_path / "film.f32", gains=EVEN, redactions=SPANS)
    encode_audio(film_path, tmp_path / "audio.m4a", film_path.duration)
    audible = synthetic_sound.decoded(tmp_path / "audio.m4a")[:, 0].astype(np.float64)
    assert synthetic_sound.shift(audible, synthetic_sound.left(film_path), 4800) == 0
    assert film_path.samples <= len(audible) < film_path.samples + 1024, (
        "the last of the encoder’s frames"
    )
    for span in SPANS:
        film_span = CUT.film_span(*span)
        assert film_span is not None
        start, end = (at * SAMPLES_PER_MS for at in film_span)
        margin = 22 * SAMPLES_PER_MS
        assert synthetic_sound.decibels(audible[start:end]) < -60
        assert synthetic_sound.decibels(audible[start + margin : end - margin]) < -120


@pytest.mark.parametrize("redaction_sound", ["mute", "bleep"])
@pytest.mark.parametrize("secret", [None, b"only for this story"])
def test_what_was_said_in_a_span_leaves_no_trace(
    tmp_path: Path, redaction_sound: str, secret: bytes | None
) -> None:
    """Two recordings that differ in the redacted words alone give the same bytes."""
    versions = []
    for word in (1, 2):
        voice = synthetic_sound.syllables(12, pitch=120)
        for start, end in SPANS:
            other = synthetic_sound.syllables(12, word, 170)[
                start * SAMPLES_PER_MS : end * SAMPLES_PER_MS
            ]
            voice[start * SAMPLES_PER_MS : end * SAMPLES_PER_MS] = other
        sound = synthetic_sound.raw(tmp_path / f"sound-{word}.f32", voice)
        options = {"gains": EVEN, "redactions": SPANS, "redaction_sound": redaction_sound}
        options["disguise_secret"] = secret
        film = assemble_sound(sound, CUT, tmp_path / "film.f32", **options)  # type: ignore[arg-type]
        to = tmp_path / f"{word}.m4a"
        encode_audio(film, to, film.duration)
        versions.append(to.read_bytes())
    assert versions[0] == versions[1]


def test_no_more_than_ten_seconds_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.zeros(25 * SOUND_RATE))
    most = 0
    read = RawSound.read

    def counted(self: RawSound, start: int, end: int) -> object:
        nonlocal most
        most = max(most, end - start)
        return read(self, start, end)

    monkeypatch.setattr(RawSound, "read", counted)
    assemble_sound(sound, Timeline(25, (Shot(0, 625),)), tmp_path / "film.f32", gains=EVEN)
    assert most <= 10 * SOUND_RATE


def test_a_shot_beyond_the_recording_is_refused(tmp_path: Path) -> None:
    sound = synthetic_sound.raw(tmp_path / "sound.f32", np.zeros(10 * FRAME))
    with pytest.raises(ValueError, match="beyond"):
        film(sound, Timeline(25, (Shot(0, 11),)), tmp_path)
    assert not (tmp_path / "film.f32").exists()
