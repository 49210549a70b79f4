"""Speakers of a meeting are told apart by their sound files, and none of their names is kept."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.media.sound.second_microphone import track_levels
from library.core.workspace import Workspace
from library.workspace_template import template
from tests.support.command_line import CommandResult
from tests.support.sample_media import agreed_story
from tests.support.speech_samples import RATE, demo_speech, hiss, write_wav
from transcribe.editing.speaker_turns import assign_voices
from transcribe.words import Segment, Word

SLUG = "nobody-would-talk-to-me"
SECONDS = 40
INTERVIEWER, CARER = "1", "2"


@dataclass(frozen=True)
class Meeting:
    """The beginning of an interview as a meeting program leaves it, and who says what."""

    folder: Path
    words: list[Word]
    speakers: list[str]
    """The speaker of each word."""
    mixed_sound: Any
    tracks: dict[str, Any]
    """Each speaker's own sound."""


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Meeting:
    root = tmp_path_factory.mktemp("meeting")
    sound = demo_speech(root, f"{SLUG}.mp4")[: SECONDS * RATE]
    rows = json.loads((template().demo / f"{SLUG}.words.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if row[2] < SECONDS * 1000]
    words = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    speakers = [INTERVIEWER if who == "interviewer" else CARER for *_, who in rows]
    tracks = {who: _track_of(sound, words, speakers, who) for who in (INTERVIEWER, CARER)}
    folder = root / "2026-05-12 10.00.11 Ann Example's Meeting"
    (folder / "Audio Record").mkdir(parents=True)
    write_wav(folder / "audio1234567.wav", sound)
    write_wav(folder / "Audio Record" / "audioAnnExample11234567.wav", tracks[INTERVIEWER])
    write_wav(folder / "Audio Record" / "audioRuthExample21234567.wav", tracks[CARER])
    (folder / "audio1234567.transcript.vtt").write_text(_captions(words), encoding="utf-8")
    return Meeting(folder, words, speakers, sound, tracks)


def _track_of(mixed_sound: Any, words: list[Word], speakers: list[str], who: str) -> Any:
    """Return the sound of one microphone: the other speaker is silent, the interviewer loud."""
    sound = hiss(SECONDS, 0.0001)
    for word, voice in zip(words, speakers, strict=True):
        if voice == who:
            at = slice(word.start * RATE // 1000, word.end * RATE // 1000)
            sound[at] += mixed_sound[at] * (2.0 if who == INTERVIEWER else 0.3)
    return sound


def _captions(words: list[Word]) -> str:
    """Return captions as a meeting program writes them without speakers, a cue a sentence."""
    lines, first = ["WEBVTT", ""], 0
    for at, word in enumerate(words):
        if word.text[-1] in ".?":
            times = " --> ".join(
                f"00:{ms // 60_000:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
                for ms in (words[first].start, word.end)
            )
            lines += [times, " ".join(word.text for word in words[first : at + 1]), ""]
            first = at + 1
    return "\n".join(lines)


def one_segment(words: list[Word]) -> list[Segment]:
    figures = {"compression_ratio": 1.0, "no_speech_probability": 0.0, "average_logprob": 0.0}
    return [Segment(first=0, last=len(words), start=0, end=words[-1].end, **figures)]


def voices_of(words: list[Word], segments: tuple[Segment, ...]) -> list[str]:
    assert [at for segment in segments for at in range(segment.first, segment.last)] == [
        *range(len(words))
    ]
    return [segment.speaker for segment in segments for _ in range(segment.first, segment.last)]


def measure_levels(meeting: Meeting, sounds: dict[str, Any], folder: Path) -> dict[str, Any]:
    take = write_wav(folder / "take.wav", meeting.mixed_sound)
    voices = [
        (write_wav(folder / f"voice-{who}.wav", sound), len(sound) * 1000 // RATE)
        for who, sound in sounds.items()
    ]
    return dict(zip(sounds, track_levels(take, SECONDS * 1000, voices, folder), strict=True))


def test_each_word_is_given_to_the_voice_that_says_it(meeting: Meeting, tmp_path: Path) -> None:
    """Also where both are heard in both files, and one of them began later."""
    both = {
        INTERVIEWER: meeting.tracks[INTERVIEWER] + 0.05 * meeting.tracks[CARER],
        CARER: (meeting.tracks[CARER] + 0.02 * meeting.tracks[INTERVIEWER])[3 * RATE :],
    }
    measured = measure_levels(meeting, both, tmp_path)
    segments = assign_voices(meeting.words, one_segment(meeting.words), measured)
    assert voices_of(meeting.words, segments) == meeting.speakers
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_one_voice_or_none_tells_nothing(meeting: Meeting, tmp_path: Path) -> None:
    silent = {INTERVIEWER: hiss(SECONDS, 0.0001), CARER: meeting.tracks[CARER]}
    segments = tuple(one_segment(meeting.words))
    measured = measure_levels(meeting, silent, tmp_path)
    assert assign_voices(meeting.words, segments, measured) == segments
    assert assign_voices(meeting.words, segments, {}) == segments
    assert assign_voices([], (), {"1": np.zeros(9), "2": np.zeros(9)}) == ()


def test_a_voice_of_another_meeting_has_no_place(meeting: Meeting, tmp_path: Path) -> None:
    other = demo_speech(tmp_path, "what-to-do-at-night.mp4")[40 * RATE : 60 * RATE]
    measured = measure_levels(meeting, {INTERVIEWER: other}, tmp_path)
    assert measured[INTERVIEWER] is None


def test_a_meeting_without_names_is_told_apart(
    workspace: Workspace, meeting: Meeting, run_cli: Callable[..., CommandResult]
) -> None:
    story = agreed_story(workspace)
    result = run_cli("capture", "import", story, meeting.folder)
    assert result.code == 0, result.err
    folder = workspace.story(story)
    result = run_cli("transcribe", story, "--from", folder.original / "words-1.vtt")
    assert result.code == 0, result.err
    output = " ".join(result.out.split())
    assert "Speakers come from the meeting’s own sound files: speaker-1 is Interviewer" in output
    copy = folder.editors_copy.read_text(encoding="utf-8")
    assert "Example" not in copy + folder.transcript.read_text(encoding="utf-8")
    interviewer_lines = [line for line in copy.splitlines() if "Interviewer:" in line]
    questions = [
        word.text for word, who in zip(meeting.words, meeting.speakers, strict=True) if who == "1"
    ]
    assert all(any(word in line for line in interviewer_lines) for word in questions)
    carers = {
        word.text for word, who in zip(meeting.words, meeting.speakers, strict=True) if who == "2"
    } - {*questions}
    assert not any(word in carers for line in interviewer_lines for word in line.split())


@pytest.mark.parametrize("heard_across", [0.06, 1.0])
def test_a_stereo_recording_with_one_voice_a_side_is_told_apart_by_its_sides(
    workspace: Workspace,
    meeting: Meeting,
    run_cli: Callable[..., CommandResult],
    tmp_path: Path,
    heard_across: float,
) -> None:
    """`heard_across` is how much of each voice the other side hears: all of it in plain stereo."""
    asking, answering = meeting.tracks[INTERVIEWER], meeting.tracks[CARER]
    recording = tmp_path / "stereo.wav"
    sides = [asking + heard_across * answering, answering + heard_across * asking]
    _write_stereo(recording, sides)
    story = agreed_story(workspace)
    assert run_cli("capture", "import", story, recording).code == 0
    words = meeting.folder / "audio1234567.transcript.vtt"
    result = run_cli("transcribe", story, "--from", words)
    assert result.code == 0, result.err
    output = " ".join(result.out.split())
    is_told_apart = "Speakers were told apart by the two sides of the sound" in output
    assert is_told_apart == (heard_across < 1)
    if is_told_apart:
        copy = workspace.story(story).editors_copy.read_text(encoding="utf-8")
        labels = re.findall(r"^(?:\[[^\]]*\] )?([A-Z][^:\n]{0,39}):", copy, re.MULTILINE)
        # The captions end with the last whole sentence.
        last = max(at for at, word in enumerate(meeting.words) if word.text[-1] in ".?")
        expected = ["Interviewer" if who == INTERVIEWER else "Carer" for who in meeting.speakers]
        turns = [who for who, _ in groupby(expected[: last + 1])]
        assert [who for who, _ in groupby(labels)] == turns


def _write_stereo(path: Path, sides: Sequence[Any]) -> None:
    samples = (np.clip(np.stack(sides, axis=1), -1, 1) * 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
