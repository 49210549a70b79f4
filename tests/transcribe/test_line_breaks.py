"""Phrases that British English never divides stay together, in every line and every cue."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.known_interview import spoken
from transcribe.captions.layout import lay_out
from transcribe.captions.line_breaks import stays_with_next
from transcribe.cue import MAX_CPS, MAX_LINE_CHARS, MAX_START_ERROR_MS, MIN_GAP_MS
from transcribe.words import Turn, Word

TOGETHER = (
    "Dr Smith", "Dr. J. K. Rowling", "Mr and Mrs Jones", "St Mary’s", "Sister Ruth",
    "Professor Green", "Cllr O’Neill", "10 a.m.", "10.30 pm", "five o’clock", "half past two",
    "quarter to nine", "ten to nine", "£3 million", "£1.9 million pounds", "ten per cent", "5 mg",
    "two hundred and fifty pounds", "twenty three", "half an hour", "three quarters of an hour",
    "two and a half", "Section 3", "section three", "Ward B", "Act 1983", "No. 10", "Band 6",
    "23 March", "the 23rd of March 2024", "March 2024", "Monday 3 March", "A & E", "A and E",
    "e.g. sleeping", "5 to 10 minutes", "07700 900 123",
)  # fmt: skip
APART = (
    "High St then", "I may march", "one of us", "No one", "was one. Two", "In March, 10",
    "section. Three", "said no. I", "two, three", "the doctor said", "past the ward",
)  # fmt: skip


@pytest.mark.parametrize("text", TOGETHER)
def test_what_belongs_together_is_held(text: str) -> None:
    words = text.removeprefix("the ").split()
    assert stays_with_next(words) == [True] * (len(words) - 1) + [False]


@pytest.mark.parametrize("text", APART)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert not any(stays_with_next(text.split()))


SAID = (
    "I rang the ward and nobody answered, so we went home again. My son was asleep by then; they "
    "said that she would come when he was ready, with the crisis team or without it"
)
FILLER = st.sampled_from(SAID.split())
SPEECH = st.lists(
    st.one_of(st.lists(FILLER, min_size=1, max_size=9).map(" ".join), st.sampled_from(TOGETHER)),
    min_size=1,
    max_size=40,
)


@given(parts=SPEECH, pace=st.sampled_from([150, 250, 400]))
def test_no_line_and_no_cue_divides_it(parts: list[str], pace: int) -> None:
    words = spoken(" ".join(parts), pace=pace)
    texts = [word.text for word in words]
    kept_together = stays_with_next(texts)
    cues = lay_out([Turn(speaker="Ruth", words=tuple(words))])
    last = -1
    for line in (line for cue in cues for line in cue.lines):
        last += len(line.split())
        assert (
            not kept_together[last] or len(run_about(last, texts, kept_together)) > MAX_LINE_CHARS
        ), line


def run_about(at: int, texts: list[str], kept_together: list[bool]) -> str:
    """Return the whole run of words that are bound together: neighbouring phrases may join."""
    first = last = at
    while first and kept_together[first - 1]:
        first -= 1
    while kept_together[last]:
        last += 1
    return " ".join(texts[first : last + 1])


@given(count=st.integers(1, 400), word=st.sampled_from(["one", "Dr", "£3", "e.g."]))
def test_what_is_held_without_end_is_divided_all_the_same(count: int, word: str) -> None:
    cues = lay_out([Turn(speaker="", words=tuple(spoken(" ".join([word] * count))))])
    assert sum(len(cue.text.split()) for cue in cues) == count


def test_a_cue_too_fast_to_read_takes_time_from_its_neighbours() -> None:
    slow = "We waited for a long time."
    before = spoken(slow, 0, pace=400)
    start = before[-1].end + 100
    quick = "Somebody telephoned from the hospital."
    length = round(len(quick) * 1000 / 20.4) + MIN_GAP_MS  # with the gap taken off, 20.4 a second
    texts = quick.split()
    step = length // len(texts)
    words_between = [
        Word(text=text, start=start + n * step, end=start + (n + 1) * step)
        for n, text in enumerate(texts)
    ]
    after = spoken(slow, start + length, pace=400)
    cues = lay_out(
        [Turn(speaker="", words=tuple(words)) for words in (before, words_between, after)]
    )
    assert [cue.text for cue in cues] == [slow, quick, slow]
    assert max(cue.cps for cue in cues) <= MAX_CPS
    assert all(abs(cue.start - (cue.first_word_start or 0)) <= MAX_START_ERROR_MS for cue in cues)
    assert cues[1].start < start
