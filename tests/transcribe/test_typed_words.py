"""Words that an editor types lie where they are said, also after a passage nobody recognised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from capture.media.speech import open_speech
from library.core.errors import BadInput
from library.workspace_template import template
from tests.support.known_interview import QUESTIONS, SPEAKERS, transcript_of
from tests.support.speech_samples import RATE, demo_speech, write_wav
from transcribe.editing.apply_edits import AppliedEdit, apply_copy
from transcribe.editing.recording_sound import RecordingSound
from transcribe.words import ALIGNED, WORD_TIMES, Transcript, Word, normalised

INTERVIEW = "learning-the-words.webm"
FIRST, LAST = 30, 60
"""The passage that was not recognised."""
SILENT_MS = 4_000
SHA = "0" * 64


@pytest.fixture(scope="module")
def recording(tmp_path_factory: Any) -> tuple[RecordingSound, list[Word]]:
    """An interview with four seconds of silence in the middle of the passage, and its words."""
    folder = tmp_path_factory.mktemp("interview")
    rows = json.loads((template().demo / f"{Path(INTERVIEW).stem}.words.json").read_text())
    words = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    middle = next(at for at in range(FIRST + 5, LAST) if words[at].start - words[at - 1].end >= 150)
    at = (words[middle].start + words[middle - 1].end) // 2
    sound = demo_speech(folder, INTERVIEW)
    samples = np.insert(sound, at * RATE // 1000, np.zeros(SILENT_MS * RATE // 1000, np.float32))
    later = [
        msgspec.structs.replace(word, start=word.start + SILENT_MS, end=word.end + SILENT_MS)
        for word in words[middle:]
    ]
    speech = open_speech(write_wav(folder / "speech.wav", samples))
    return RecordingSound.of(speech), [*words[:middle], *later]


def without_passage(words: list[Word], duration: int) -> Transcript:
    transcript = transcript_of([*words[:FIRST], *words[LAST:]])
    return msgspec.structs.replace(transcript, duration=duration, options={WORD_TIMES: ALIGNED})


def edited(transcript: Transcript, text: str, sound: RecordingSound | None) -> AppliedEdit:
    return apply_copy(transcript, SHA, f"[00:00] Carer: {text}\n", QUESTIONS, SPEAKERS, sound)


def test_a_typed_passage_is_found_in_the_sound(
    recording: tuple[RecordingSound, list[Word]],
) -> None:
    sound, words = recording
    transcript = without_passage(words, sound.duration)
    text = " ".join(word.text for word in words)
    spread, found = (
        [
            abs(word.start - truth.start)
            for turn in edited(transcript, text, each).edited.turns
            for word, truth in zip(turn.words[FIRST:LAST], words[FIRST:LAST], strict=True)
        ]
        for each in (None, sound)
    )
    assert max(spread) > 1_000, "else nothing would be tested"
    assert np.median(found) <= 40
    assert np.percentile(found, 90) <= 150


def test_words_of_an_earlier_version_keep_their_times(
    recording: tuple[RecordingSound, list[Word]],
) -> None:
    sound, words = recording
    transcript = msgspec.structs.replace(without_passage(words, sound.duration), options={})
    text = " ".join(word.text for word in words)
    assert edited(transcript, text, sound).edited == edited(transcript, text, None).edited


def test_words_that_were_never_said_are_not_still_heard(
    recording: tuple[RecordingSound, list[Word]],
) -> None:
    sound, words = recording
    whole = msgspec.structs.replace(
        transcript_of(words), duration=sound.duration, options={WORD_TIMES: ALIGNED}
    )
    text = " ".join(word.text for word in [*words[:FIRST], *words[LAST:]])
    (run,) = edited(whole, text, sound).summary.deleted_runs
    assert run.count == LAST - FIRST
    # The same words, put into a silence by recognition.
    gap = next(at for at in range(FIRST, LAST) if words[at].start - words[at - 1].end >= SILENT_MS)
    start = words[gap - 1].end + 500
    invented = [
        Word(text=f"thank{at}", start=start + 200 * at, end=start + 200 * at + 150)
        for at in range(10)
    ]
    looped = msgspec.structs.replace(
        transcript_of([*words[:gap], *invented, *words[gap:]]),
        duration=sound.duration,
        options={WORD_TIMES: ALIGNED},
    )
    text = " ".join(word.text for word in words)
    assert edited(looped, text, None).summary.deleted_runs
    assert not edited(looped, text, sound).summary.deleted_runs


def test_a_passage_that_nobody_had_time_to_say_is_told(
    recording: tuple[RecordingSound, list[Word]],
) -> None:
    sound, words = recording
    transcript = msgspec.structs.replace(
        transcript_of(words), duration=sound.duration, options={WORD_TIMES: ALIGNED}
    )
    text = " ".join(word.text for word in words)
    assert not edited(transcript, text, sound).summary.crowded
    # As it was said, the passage has its time.
    assert not edited(without_passage(words, sound.duration), text, sound).summary.crowded
    invented = "and then we all went to the sea together and had some tea"
    [crowded] = edited(transcript, f"{text} {invented}", sound).summary.crowded
    assert crowded.words == len(invented.split())
    assert crowded.at >= words[-1].end
    middle = " ".join([*text.split()[:10], invented, *text.split()[10:]])
    assert edited(transcript, middle, sound).summary.crowded
    with pytest.raises(BadInput, match="nobody had time to say"):
        edited(transcript, f"{text} {invented * 20}", sound)


def test_a_word_beside_a_long_pause_is_not_put_on_an_um_in_it(tmp_path: Path) -> None:
    """In the midst of twenty seconds of silence somebody says what may be taken for the word."""
    rows = json.loads((template().demo / f"{Path(INTERVIEW).stem}.words.json").read_text())
    words = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    sound = demo_speech(tmp_path, INTERVIEW)
    um = next(word for word in words if normalised(word.text) == "a")
    [at] = [
        number
        for number, word in enumerate(words)
        if word.text == "I" and words[number + 1].text == "am"
    ]
    pause = np.random.default_rng(0).normal(0, 1e-3, 20 * RATE).astype(np.float32)
    said = sound[um.start * RATE // 1000 : um.end * RATE // 1000]
    pause[10 * RATE : 10 * RATE + len(said)] += said
    moment = (words[at - 1].end + words[at].start) // 2
    samples = np.insert(sound, moment * RATE // 1000, pause)
    later = [
        msgspec.structs.replace(word, start=word.start + 20_000, end=word.end + 20_000)
        for word in words[at:]
    ]
    speech = open_speech(write_wav(tmp_path / "speech.wav", samples))
    transcript = msgspec.structs.replace(
        transcript_of([*words[:at], *later[1:]]),
        duration=speech.duration,
        options={WORD_TIMES: ALIGNED},
    )
    text = " ".join(word.text for word in words)
    turns = edited(transcript, text, RecordingSound.of(speech)).edited.turns
    typed = [word for turn in turns for word in turn.words][at]
    assert abs(typed.start - later[0].start) <= 150
