"""The figures of `python -m benchmarks hearing`: references read, words and speakers compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.hearing import compare, time_errors
from benchmarks.references import Reference, TimedText, read_reference, write_reference
from benchmarks.speaker_errors import measure_speakers
from tests.support.known_interview import spoken

TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

0
2.5
<exists>
2
"IntervalTier"
"words"
0
2.5
3
0
1.05
""
1.05
1.2
"this"
1.2
1.9
"is"
"IntervalTier"
"phones"
0
2.5
1
0
1.05
"sil"
"""
LONG_TEXTGRID = """File type = "ooTextFile"
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.5
        intervals: size = 2
        intervals [1]:
            xmin = 1.05
            xmax = 1.2
            text = "this"
        intervals [2]:
            xmin = 1.2
            xmax = 1.9
            text = "is"
"""


def test_what_is_wrong_and_what_is_lost() -> None:
    found = compare(
        ["she", "went", "home", "and", "that", "was", "all"],
        ["she", "went", "home", "that", "war", "all"],
    )
    assert (found.errors, found.total, found.wrong) == (2, 7, {4})
    assert found.lost == ()
    long = [f"word{number}" for number in range(30)]
    assert [round(seconds) for seconds in compare(long, long[:10] + long[24:]).lost] == [5]
    assert [round(seconds) for seconds in compare(long, []).lost] == [10]
    assert compare([], ["word"]).rate == ""


def test_praats_two_forms_say_the_same(tmp_path: Path) -> None:
    for text in (TEXTGRID, LONG_TEXTGRID):
        (tmp_path / "talk.TextGrid").write_text(text, encoding="utf-8")
        reference = read_reference(tmp_path / "talk.wav")
        assert reference.words == (TimedText(1.05, 1.2, "this"), TimedText(1.2, 1.9, "is"))
        assert reference.text == "this is"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    reference = Reference(
        tmp_path / "talk.wav",
        "Well, this is it.",
        (TimedText(1.05, 1.2, "this"),),
        (TimedText(0.5, 2.0, "carer"), TimedText(2.0, 2.5, "interviewer")),
    )
    write_reference(reference)
    read = read_reference(tmp_path / "talk.wav")
    assert read.text.strip() == reference.text
    assert (read.words, read.turns) == (reference.words, reference.turns)


def test_times_and_speakers_are_compared() -> None:
    words = spoken("this is mine")
    known = (TimedText(0.05, 0.3, "this"), TimedText(9.0, 9.2, "mine"))
    assert time_errors(known, words) == ([50.0], [20.0])
    turns = (TimedText(0.0, 0.62, "carer"), TimedText(0.62, 1.0, "interviewer"))
    assert measure_speakers(words, ["A", "A", "B"], turns).wrong_share == 0
    assert measure_speakers(words, ["A"] * 3, turns).wrong_share == pytest.approx(1 / 3, abs=0.02)
