"""A word begins when it is heard: the demonstration's voices, whose word times are known."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from capture.media.speech import open_speech
from library.workspace_template import template
from tests.support.speech_samples import RATE, demo_speech, hiss, write_wav
from transcribe.editing.removals import REDACTION_REACH_MS
from transcribe.engines.levels import LEAD_MS, frame_levels, move_starts_to_onset
from transcribe.words import Word

INTERVIEWS = (
    "a-different-experience.m4a",
    "learning-the-words.webm",
    "nobody-would-talk-to-me.mp4",
    "what-to-do-at-night.mp4",
)
EARLIEST = 520
"""Milliseconds before its voice that a sentence's first word was seen to be put by recognition."""


@pytest.fixture(scope="module", params=INTERVIEWS)
def interview(request: Any, tmp_path_factory: Any) -> tuple[Any, list[Word]]:
    """The sound of an interview and its words as they were spoken."""
    name: str = request.param
    sound = demo_speech(tmp_path_factory.mktemp("sound"), name)
    rows = json.loads((template().demo / f"{Path(name).stem}.words.json").read_text())
    return sound, [Word(text=text, start=start, end=end) for text, start, end, _ in rows]


def levels(folder: Path, sound: Any) -> Any:
    return frame_levels(open_speech(write_wav(folder / "speech.wav", sound)))


def as_recognised(words: list[Word]) -> list[Word]:
    """Each sentence's first word begins somewhere in the pause before it."""
    dice = random.Random(5)
    first = [True, *(before.text[-1] in ".?" for before in words)]
    word_ends = [0, *(word.end for word in words)]
    return [
        msgspec.structs.replace(
            word,
            start=max(end, word.start - dice.randint(60, EARLIEST)) if is_first else word.start,
        )
        for word, is_first, end in zip(words, first, word_ends, strict=False)
    ]


def missed(moved_words: tuple[Word, ...], words: list[Word]) -> list[int]:
    return [word.start - truth.start for word, truth in zip(moved_words, words, strict=True)]


def test_a_sentence_begins_with_its_voice(
    interview: tuple[Any, list[Word]], tmp_path: Path
) -> None:
    sound, words = interview
    early = as_recognised(words)
    assert min(missed(tuple(early), words)) < -400, "else nothing would be tested"
    moved_words = move_starts_to_onset(levels(tmp_path, sound), early)
    late = missed(moved_words, words)
    assert min(late) >= -110
    assert max(late) <= LEAD_MS
    assert [(word.text, word.end) for word in moved_words] == [
        (word.text, word.end) for word in words
    ]
    assert all(before.end <= after.start for before, after in pairwise(moved_words))


def test_noise_leaves_a_start_too_early_rather_than_too_late(
    interview: tuple[Any, list[Word]], tmp_path: Path
) -> None:
    sound, words = interview
    for level in (0.002, 0.02, 0.05):
        noisy = sound + hiss(len(sound) / RATE + 1, level)[: len(sound)]
        early = as_recognised(words)
        moved_words = move_starts_to_onset(levels(tmp_path, noisy), early)
        assert max(missed(moved_words, words)) <= 110 < REDACTION_REACH_MS
        assert all(
            after.start >= before.start for after, before in zip(moved_words, early, strict=True)
        )


def test_what_cannot_be_told_stays(tmp_path: Path) -> None:
    words = [Word(text="so", start=100, end=900), Word(text="short", start=900, end=950)]
    for sound in (np.zeros(RATE * 2, np.float32), hiss(2), np.zeros(0, np.float32)):
        assert move_starts_to_onset(levels(tmp_path, sound), words) == tuple(words)
    assert move_starts_to_onset(levels(tmp_path, hiss(2)), []) == ()


def test_what_is_left_of_the_word_before_is_not_the_voice(tmp_path: Path) -> None:
    """And a click is none; but a short word followed by a pause is."""
    room = hiss(3, 0.0005)
    tail, click, voice = (room.copy() for _ in range(3))
    for sound, stretches in ((tail, [(1.0, 1.03)]), (click, [(1.3, 1.31)]), (voice, [(1.0, 1.12)])):
        for stretch_start, end in [*stretches, (1.6, 2.0)]:
            at = slice(round(stretch_start * RATE), round(end * RATE))
            sound[at] += hiss(1, 0.1)[: at.stop - at.start]
    word = Word(text="illness", start=1_000, end=2_000)
    word_starts = [
        move_starts_to_onset(levels(tmp_path, sound), [word])[0].start for sound in (tail, click)
    ]
    assert word_starts == [1_600 - LEAD_MS] * 2
    assert move_starts_to_onset(levels(tmp_path, voice), [word]) == (word,)
