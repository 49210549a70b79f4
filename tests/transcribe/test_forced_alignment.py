"""Words are found in the sound: the demonstration's voices, whose word times are known."""

from __future__ import annotations

import json
import random
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from capture.media.speech import Speech, open_speech
from library.workspace_template import template
from tests.support.speech_samples import RATE, demo_speech, hiss, write_wav
from transcribe.forced_alignment.aligner import (
    ExpectedWord,
    align_to_sound,
    state_probabilities,
    widest_place,
)
from transcribe.forced_alignment.pronunciation import is_readable, phones_of
from transcribe.forced_alignment.word_times import align_words
from transcribe.words import Word

INTERVIEW = "nobody-would-talk-to-me.mp4"
OFF_MS = 400
"""Milliseconds by which recognition is off, at most, in these tests."""


@pytest.fixture(scope="module")
def interview(tmp_path_factory: Any) -> tuple[Speech, list[Word]]:
    folder = tmp_path_factory.mktemp("interview")
    sound = demo_speech(folder, INTERVIEW)
    rows = json.loads((template().demo / f"{Path(INTERVIEW).stem}.words.json").read_text())
    words = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    return open_speech(write_wav(folder / "speech.wav", sound)), words


def misplaced(words: list[Word], off: int = OFF_MS) -> list[Word]:
    dice = random.Random(3)
    placed, clock = [], 0
    for word in words:
        start = max(clock, word.start + dice.randint(-off, off))
        clock = max(start + 20, word.end + dice.randint(-off, off))
        placed.append(Word(text=word.text, start=start, end=clock))
    return placed


def test_words_are_found_where_they_are_said(interview: tuple[Speech, list[Word]]) -> None:
    speech, words = interview
    aligned = align_words(speech, misplaced(words))
    starts = [abs(word.start - truth.start) for word, truth in zip(aligned, words, strict=True)]
    ends = [abs(word.end - truth.end) for word, truth in zip(aligned, words, strict=True)]
    assert np.median(starts) <= 40
    assert np.median(ends) <= 40
    assert np.percentile(starts, 90) <= 150
    assert np.percentile(ends, 90) <= 150
    assert [word.text for word in aligned] == [word.text for word in words]
    assert all(word.start < word.end for word in aligned)
    assert all(before.end <= after.start for before, after in pairwise(aligned))


def test_what_nobody_wrote_down_lies_between_the_words(
    interview: tuple[Speech, list[Word]],
) -> None:
    speech, words = interview
    # Two in twenty are missing, as Whisper leaves out an “um”.
    written = [word for number, word in enumerate(words) if number % 20 not in (7, 8)]
    aligned = align_words(speech, misplaced(written))
    starts = [abs(word.start - truth.start) for word, truth in zip(aligned, written, strict=True)]
    assert np.median(starts) <= 40
    assert np.percentile(starts, 90) <= 200


def test_words_beside_one_that_was_misheard_are_not_taken_for_it(
    interview: tuple[Speech, list[Word]],
) -> None:
    speech, words = interview
    # Every sixth is heard as another, and the next not at all: what stands beside them has room.
    written = [word for number, word in enumerate(words) if number % 6 != 1]
    is_right = [number % 6 != 0 for number in range(len(words)) if number % 6 != 1]
    heard = [
        word if right else msgspec.structs.replace(word, text="and")
        for word, right in zip(misplaced(written, 100), is_right, strict=True)
    ]
    off = [
        max(abs(word.start - truth.start), abs(word.end - truth.end))
        for word, truth, right in zip(align_words(speech, heard), written, is_right, strict=True)
        if right
    ]
    assert np.percentile(off, 95) <= 250
    assert max(off) <= 600


def test_a_sound_without_the_words_keeps_the_times_of_the_engine(tmp_path: Path) -> None:
    words = [Word(text=text, start=at, end=at + 300) for at, text in ((500, "so"), (900, "much"))]
    for sound in (np.zeros(2 * RATE, np.float32), hiss(2), np.zeros(0, np.float32)):
        speech = open_speech(write_wav(tmp_path / "speech.wav", sound))
        aligned = align_words(speech, words)
        assert [word.text for word in aligned] == ["so", "much"]
        assert all(before.end <= after.start for before, after in pairwise(aligned))
    other_script = [Word(text="من", start=500, end=900)]
    assert align_words(open_speech(write_wav(tmp_path / "speech.wav", hiss(2))), other_script) == (
        other_script[0],
    )
    assert align_words(speech, []) == ()


def test_more_words_than_there_is_time_for_are_not_aligned() -> None:
    words = [ExpectedWord("unbelievable", 0, 500)] * 20
    assert align_to_sound(hiss(0.5), words, 1_000) is None
    assert align_to_sound(hiss(0.5), [], 1_000) == []


@given(scores=arrays(np.float64, (5, 7), elements=st.floats(-20, 0)))
def test_states_are_as_probable_as_all_the_ways_through_them(scores: Any) -> None:
    """Two words of two states, with gaps: each way from the first state to the last is summed."""
    summed = np.zeros_like(scores)
    for ways in product(range(7), repeat=5):
        steps = [after - before for before, after in pairwise(ways)]
        # Past a gap only into the second word: the first state is a gap too.
        is_way = all(
            step in (0, 1) or (step == 2 and ways[at + 1] == 4) for at, step in enumerate(steps)
        )
        if is_way and ways[0] < 2 and ways[-1] > 4:
            moved = sum(step > 0 for step in steps)
            weight = np.exp(scores[range(5), ways].sum()) * 0.4**moved * 0.6 ** (4 - moved)
            summed[range(5), ways] += weight
    probabilities = state_probabilities(scores, (1, 4))
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.allclose(probabilities, summed / summed.sum(axis=1, keepdims=True), atol=1e-6)


def test_a_word_may_be_heard_where_it_is_said(interview: tuple[Speech, list[Word]]) -> None:
    speech, words = interview
    start, end = words[10].start - 500, words[18].end + 500
    near = [ExpectedWord(word.text, word.start - start, word.end - start) for word in words[10:19]]
    samples = speech.read(start * RATE // 1000, end * RATE // 1000)
    place = widest_place(samples, near, 4, 2_000, 0.05)
    assert place is not None
    assert place.start <= near[4].start + 20
    assert place.end >= near[4].end - 20
    assert place.end - place.start < 3 * (near[4].end - near[4].start)
    assert widest_place(samples[: RATE // 10], near, 4, 2_000, 0.05) is None
    assert state_probabilities(np.zeros((0, 7)), (1, 4)) is None


def test_a_word_is_read_as_it_is_spelt() -> None:
    assert phones_of("Thought") == ("TH", "AO", "T")
    assert phones_of("knife,") == ("N", "IH", "F")
    assert phones_of("I’m") == ("AY", "M")
    assert phones_of("Zoë") == ("Z", "AA", "EH")
    assert phones_of("A4") == ("AE", "F", "AW", "R")
    assert phones_of("…")
    assert is_readable("23")
    assert not is_readable("من")
