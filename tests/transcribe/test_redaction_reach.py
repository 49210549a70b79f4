"""Redactions reach as far as the sound shows that they must, and no film changes by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.word_times import audible_remains
from capture.media.speech import open_speech
from library.core import struct_file
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import Cut
from library.workspace_template import template
from tests.support.speech_samples import RATE, demo_speech, hiss, write_wav
from transcribe.edit_service import ensure_copy, open_edit_session
from transcribe.editing.recording_sound import (
    FURTHEST_MS,
    MOST_FOR_DOUBT_MS,
    REACH_MS,
    RecordingSound,
    span_to_hide,
)
from transcribe.forced_alignment.word_times import align_words
from transcribe.words import ALIGNED, WORD_TIMES, Span, Transcript, Word, read_edited

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]
INTERVIEW = "learning-the-words.webm"


def sound_of(folder: Path, *loud: tuple[float, float]) -> RecordingSound:
    """Four seconds of a quiet room, with loud stretches in seconds."""
    samples = hiss(4, 0.0005)
    for start, end in loud:
        at = slice(round(start * RATE), round(end * RATE))
        samples[at] += hiss(4, 0.1)[: at.stop - at.start]
    return RecordingSound.of(open_speech(write_wav(folder / "speech.wav", samples)))


def test_without_a_pause_a_redaction_reaches_into_its_neighbours(tmp_path: Path) -> None:
    sound = sound_of(tmp_path, (0.5, 3.5))
    assert 2_000 - FURTHEST_MS <= sound.redaction_start(2_000, 2_000) <= 2_000 - REACH_MS
    assert 2_300 + REACH_MS <= sound.redaction_end(2_300, 2_300) <= 2_300 + FURTHEST_MS


def test_it_ends_where_the_voice_pauses(tmp_path: Path) -> None:
    sound = sound_of(tmp_path, (0.5, 1.9), (2.0, 2.3), (2.45, 3.5))
    assert 1_900 < sound.redaction_start(2_000, 1_900) < 2_000
    assert 2_300 < sound.redaction_end(2_300, 2_450) < 2_450


def test_a_word_that_rings_on_past_its_time_is_covered(tmp_path: Path) -> None:
    sound = sound_of(tmp_path, (1.0, 2.4))
    assert sound.redaction_end(2_000, 3_000) > 2_400
    assert sound.redaction_start(1_400, 300) < 1_000


def test_sound_that_no_word_accounts_for_is_covered_too(tmp_path: Path) -> None:
    """Recognition may have taken an “um” for the word, and the word itself for nothing."""
    sound = sound_of(tmp_path, (1.0, 1.3), (1.8, 2.1), (2.6, 3.0))
    assert sound.redaction_end(1_300, 2_600) > 2_100
    assert sound.redaction_end(1_300, 2_600) < 2_600


def test_a_soft_sound_in_a_loud_room_is_no_pause(tmp_path: Path) -> None:
    """The voice is 12 dB above the room here, and the end of the word 4 dB."""
    samples = hiss(4, 0.02)
    samples[RATE : 2 * RATE] += hiss(1, 0.08)
    samples[2 * RATE : 2 * RATE + RATE // 5] += hiss(0.2, 0.025)
    sound = RecordingSound.of(open_speech(write_wav(tmp_path / "speech.wav", samples)))
    assert sound.redaction_end(2_000, 3_500) >= 2_200


def word(text: str, start: int, end: int) -> Word:
    return Word(text=text, start=start, end=end)


@pytest.mark.parametrize(("end", "is_drawn_out"), [(1_800, True), (1_300, False)])
def test_a_word_that_lasts_too_long_beside_it_is_covered(
    tmp_path: Path, end: int, *, is_drawn_out: bool
) -> None:
    """Nobody says “it” for eight tenths of a second: the word itself may be in there."""
    sound = sound_of(tmp_path, (0.5, 3.5))
    neighbour = word("it", 1_000, end)
    before = sound.redaction_span(end, 2_300, [word("but", 800, 1_000), neighbour], [])
    after = sound.redaction_span(500, 1_000, [], [neighbour, word("was", end, end + 200)])
    assert (before.start <= 1_000, after.end >= end) == (is_drawn_out, is_drawn_out)
    far = sound.redaction_span(end + 600, 3_000, [neighbour], [])
    assert far.start > 1_000


@pytest.mark.parametrize("gap", [120, 250, 300])
def test_a_short_gap_is_covered_whole_however_quiet_it_is(tmp_path: Path, gap: int) -> None:
    """Over a telephone the s of “slow” is no louder than the room."""
    sound = sound_of(tmp_path, (0.5, 2.0), (2.0 + gap / 1000, 3.5))
    assert sound.redaction_start(2_000 + gap, 2_000) - 2_000 < 10
    assert sound.redaction_end(2_000, 2_000 + gap) > 2_000 + gap - 10


def test_a_long_pause_is_not_covered_whole(tmp_path: Path) -> None:
    sound = sound_of(tmp_path, (0.5, 2.0), (2.6, 3.5))
    assert sound.redaction_start(2_600, 2_000) > 2_300
    assert sound.redaction_end(2_000, 2_600) < 2_300


def test_where_recognition_was_unsure_the_words_beside_go_too() -> None:
    words = [word("so", 0, 300), word("I", 400, 500), word("probably", 900, 1_200)]
    words += [word("made", 1_300, 1_500), word("it", 1_500, 1_700), word("then", 2_500, 2_800)]
    unsure = [2, 3]
    heard = [
        msgspec.structs.replace(each, probability=0.2 if at in unsure else 0.9)
        for at, each in enumerate(words)
    ]
    assert span_to_hide(heard, 2) == span_to_hide(heard, 3) == Span(start=400, end=1_700)
    assert span_to_hide(heard, 1) == Span(start=400, end=500)
    # A pause says that the word is not beyond it.
    heard[4] = msgspec.structs.replace(heard[4], probability=0.2)
    assert span_to_hide(heard, 4) == Span(start=400, end=1_700)


def test_where_recognition_was_unsure_of_all_not_all_goes() -> None:
    words = [word("mm", 300 * at, 300 * at + 280) for at in range(40)]
    unsure = [msgspec.structs.replace(each, probability=0.1) for each in words]
    assert span_to_hide(unsure, 20) == Span(start=17 * 300, end=23 * 300 + 280)


def test_a_word_that_the_sound_did_not_show_may_lie_anywhere_between_its_neighbours() -> None:
    lost = [word("two", 0, 300), word("words", 8_000, 8_020), word("or", 40_000, 40_200)]
    assert span_to_hide(lost, 1) == Span(start=300, end=18_020)
    alone = span_to_hide(lost[1:2], 0)
    assert 7_500 < alone.start < 8_000
    assert 8_020 < alone.end < 8_500


def test_a_word_found_shorter_than_it_is_said_may_go_on_at_either_end(tmp_path: Path) -> None:
    """In noise the end of “creepy” was taken for its neighbour."""
    sound = sound_of(tmp_path, (0.5, 3.5))
    before, after = [word("another", 1_300, 2_000)], [word("house", 2_200, 2_900)]
    reaches = []
    for said in ("or", "creepy"):
        span = sound.redaction_span(2_000, 2_200, before, after, [word(said, 2_000, 2_200)])
        reaches.append((2_000 - span.start, span.end - 2_200))
    assert max(reaches[0]) <= FURTHEST_MS
    assert min(reaches[1]) >= REACH_MS + 100
    # A pause says that it has ended.
    sound = sound_of(tmp_path, (0.5, 1.9), (2.0, 2.2), (2.5, 3.5))
    span = sound.redaction_span(2_000, 2_200, before, after, [word("creepy", 2_000, 2_200)])
    assert span.end < 2_400
    # Nobody says it in so little time, whatever seems a pause.
    squeezed = [word("creepy", 2_000, 2_120)]
    assert span_to_hide(squeezed, 0).end > 2_200
    assert span_to_hide([word("creepy", 0, 100)], 0).start == 0


def test_without_a_recording_it_reaches_as_far_as_it_may() -> None:
    sound = RecordingSound(None, 3_000)
    assert sound.redaction_start(1_000, 1_000) == 1_000 - FURTHEST_MS
    assert sound.redaction_end(2_900, 2_900) == 3_000
    assert sound.redaction_start(100, 0) == 0


def test_a_cut_between_words_is_made_where_it_is_quietest(tmp_path: Path) -> None:
    sound = sound_of(tmp_path, (0.5, 1.97), (1.985, 3.5))
    assert abs(sound.quietest_near(2_000, 1_500, 2_000) - 1_975) <= 15
    assert sound.quietest_near(2_000, 2_000, 2_000) == 2_000


@pytest.mark.slow
def test_no_word_of_an_interview_is_heard_when_it_is_redacted(tmp_path: Path) -> None:
    """Each by itself, as far off as Whisper is; the times are those of the voice's own maker."""
    rows = json.loads((template().demo / f"{Path(INTERVIEW).stem}.words.json").read_text())
    truth = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    speech = open_speech(write_wav(tmp_path / "speech.wav", demo_speech(tmp_path, INTERVIEW)))
    off = np.random.default_rng(5).integers(-250, 250, len(truth))
    heard = [
        Word(text=word.text, start=max(0, word.start + int(by)), end=max(20, word.end + int(by)))
        for word, by in zip(truth, off, strict=True)
    ]
    remains = audible_remains(speech, align_words(speech, heard), truth)
    assert len(remains.milliseconds) == len(truth)
    assert remains.longer_than(20) <= len(truth) // 100


@pytest.fixture(scope="module")
def talk(tmp_path_factory: Any) -> RecordingSound:
    return sound_of(
        tmp_path_factory.mktemp("talk"), (0.3, 1.1), (1.2, 2.0), (2.05, 2.6), (3.0, 3.6)
    )


moments = st.integers(0, 4_000)
spans = st.tuples(moments, moments).map(lambda ends: Span(start=min(ends), end=max(ends)))


@given(hull=spans, heard=spans, beside=st.lists(spans, min_size=4, max_size=4))
def test_where_a_word_may_be_heard_a_silence_only_grows_and_not_far(
    talk: RecordingSound, hull: Span, heard: Span, beside: list[Span]
) -> None:
    near = [
        word("them", span.start, span.end) for span in sorted(beside, key=lambda each: each.start)
    ]
    words = [word("Daniel", hull.start, hull.end)]
    without = talk.silence_over(hull, hull, near[:2], near[2:], words)
    silence = talk.silence_over(hull, heard, near[:2], near[2:], words)
    assert without.start - MOST_FOR_DOUBT_MS <= silence.start <= without.start
    assert without.end <= silence.end <= without.end + MOST_FOR_DOUBT_MS


@pytest.mark.slow
def test_a_word_whose_place_is_in_doubt_is_covered_where_it_is_said(tmp_path: Path) -> None:
    """In noise the best path gives “share” a place that ends too early."""
    rows = json.loads((template().demo / f"{Path(INTERVIEW).stem}.words.json").read_text())
    truth = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    voice = demo_speech(tmp_path, INTERVIEW)
    noise = np.random.default_rng(6).normal(0, 0.5 * np.sqrt((voice**2).mean()), len(voice))
    speech = open_speech(write_wav(tmp_path / "speech.wav", voice + noise.astype(np.float32)))
    off = np.random.default_rng(6).integers(-250, 250, len(truth))
    heard = [
        Word(text=word.text, start=max(0, word.start + int(by)), end=max(20, word.end + int(by)))
        for word, by in zip(truth, off, strict=True)
    ]
    written = [number for number in range(len(truth)) if number % 9 != 4]
    aligned = align_words(speech, [heard[number] for number in written])
    sound, at = RecordingSound.of(speech), 92
    said, within = truth[written[at]], span_to_hide(aligned, at)
    place = sound.may_be_heard(aligned, at)
    assert place is not None
    without, silence = (
        sound.silence_over(within, where, aligned[at - 2 : at], aligned[at + 1 : at + 3])
        for where in (within, place)
    )
    # A third of a second too early, and more than any reach makes good.
    assert said.text == aligned[at].text == "share"
    assert within.end < said.end - 300
    assert without.end < said.end - 100
    assert silence.start <= said.start
    assert silence.end >= said.end


@pytest.fixture
def story_with_sound(transcribed: Made) -> tuple[str, StoryFolder]:
    workspace, folder, transcript = transcribed()
    ensure_copy(open_edit_session(workspace, transcript.story))
    samples = hiss(transcript.duration / 1000, 0.0005)
    # From the first word on, without a pause between it and the next.
    spoken = slice(transcript.words[0].start * RATE // 1000, 3 * RATE)
    samples[spoken] += hiss(3, 0.1)[: spoken.stop - spoken.start]
    write_wav(folder.speech, samples)
    return transcript.story, folder


def redact_first_word(folder: StoryFolder) -> None:
    lines = folder.editors_copy.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("["))
    stamp, speaker, first, rest = lines[at].split(" ", 3)
    lines[at] = f"{stamp} {speaker} [[{first}]] {rest}"
    folder.editors_copy.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_what_a_silence_takes_from_its_neighbours_is_said(
    run_cli: Any, story_with_sound: tuple[str, StoryFolder]
) -> None:
    story, folder = story_with_sound
    redact_first_word(folder)
    result = run_cli("edit", story, "--as-is")
    assert result.code == 0, result.err
    assert "The silence at 0:0" in result.out
    assert "also covers" in result.out
    assert read_edited(folder.edited).reach == "sound"


def test_what_an_earlier_version_applied_stays_until_it_is_asked_for(
    run_cli: Any, story_with_sound: tuple[str, StoryFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    story, folder = story_with_sound
    redact_first_word(folder)
    with monkeypatch.context() as earlier:
        earlier.setattr("transcribe.edit_service._sound_of", lambda _: None)
        assert run_cli("edit", story, "--as-is").code == 0
    before = folder.edited.read_bytes()
    assert b'"reach"' not in before
    assert run_cli("edit", story, "--as-is").code == 0
    assert folder.edited.read_bytes() == before
    folder.cut.write_bytes(struct_file.encode(Cut(story=story, artefacts={})))
    assert "the edge of a word may be heard" in run_cli("status", story).out
    short = read_edited(folder.edited).redactions[0]
    assert run_cli("edit", story, "--as-is", "--widen").code == 0
    wide = read_edited(folder.edited).redactions[0]
    assert wide.end > short.end
    assert wide.start <= short.start
    assert run_cli("edit", story, "--as-is").code == 0
    assert read_edited(folder.edited).redactions[0] == wide
    assert "may be heard" not in run_cli("status", story).out


def test_spans_by_the_best_path_alone_stay_until_it_is_asked_for(
    run_cli: Any, transcribed: Made, heard: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    aligned = msgspec.structs.replace(heard, options={**heard.options, WORD_TIMES: ALIGNED})
    workspace, folder, transcript = transcribed(aligned)
    story, first = transcript.story, transcript.words[0]
    ensure_copy(open_edit_session(workspace, story))
    write_wav(folder.speech, hiss(transcript.duration / 1000, 0.0005))
    redact_first_word(folder)
    far = Span(start=first.start, end=first.end + 900)
    monkeypatch.setattr("transcribe.editing.recording_sound._widest_span", lambda *_: far)
    sound = RecordingSound.of_story(folder, transcript.duration)
    with monkeypatch.context() as earlier:
        by_path = replace(sound, weighs_borders=False)
        earlier.setattr("transcribe.edit_service._sound_of", lambda _: by_path)
        assert run_cli("edit", story, "--as-is").code == 0
    before = folder.edited.read_bytes()
    assert run_cli("edit", story, "--as-is").code == 0
    assert folder.edited.read_bytes() == before
    (short,) = read_edited(folder.edited).redactions
    result = run_cli("edit", story, "--as-is", "--widen")
    assert "also covers" in result.out
    (wide,) = read_edited(folder.edited).redactions
    assert short.end < far.end <= wide.end
    assert run_cli("edit", story, "--as-is").code == 0
    assert read_edited(folder.edited).redactions == (wide,)
