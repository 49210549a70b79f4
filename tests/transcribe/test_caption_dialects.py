"""Every dialect of captions is read as it is meant, and any text written in one is read back."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.formats.caption_dialects import (
    ARROWS,
    CHARACTERS,
    DASHES,
    MARKS,
    STAMPS,
    MarkDialect,
    StampDialect,
)
from transcribe.formats.caption_words import words_from_captions
from transcribe.formats.source_file import SourceTranscript

WORDS = ("I waited", "at home.")
_SCRIPTS = ["Latin", "Greek", "Cyrillic", "Arabic", "Han"]
spoken = st.text(
    st.characters(categories=("L", "Nd", "Po"), exclude_characters="&<>{}[]\\:;*#")
    | st.sampled_from("’“”—éłßж中ع"),
    min_size=1,
    max_size=12,
).filter(lambda word: any(map(str.isalpha, word)))
texts = st.lists(spoken, min_size=1, max_size=8).map(" ".join)


def heard(source: SourceTranscript) -> list[str]:
    return [word.text for passage in source.passages for word in passage.words]


def caption(times: str, text: str) -> str:
    return f"1\n{times}\n{text}\n\n2\n{times}\nThe end.\n"


@pytest.mark.parametrize("stamp", STAMPS, ids=lambda stamp: stamp.name)
@pytest.mark.parametrize("as_vtt", [True, False])
def test_each_way_to_write_a_time(stamp: StampDialect, as_vtt: bool) -> None:
    start, end = 61_000 + 12 * stamp.step, 3_723_000 - 2 * stamp.step
    times = f"{stamp.write(start)} --> {stamp.write(end)}"
    header = "WEBVTT\n\n" if as_vtt else ""
    source = words_from_captions(header + caption(times, " ".join(WORDS)), as_vtt=as_vtt)
    assert [(passage.start, passage.end) for passage in source.passages] == [(start, end)] * 2
    assert not source.faults


@pytest.mark.parametrize("arrow", [*(f" {arrow} " for arrow in ARROWS), *ARROWS, *DASHES])
def test_each_arrow(arrow: str) -> None:
    source = words_from_captions(caption(f"00:00:01,000{arrow}00:00:03,000", "Yes."), as_vtt=False)
    assert heard(source) == ["Yes.", "The", "end."]
    assert (source.passages[0].start, source.passages[0].end) == (1_000, 3_000)
    assert not source.faults


@pytest.mark.parametrize(
    ("mark", "written"),
    [(mark, written) for mark in MARKS for written in mark.written],
    ids=lambda part: getattr(part, "name", part),
)
@pytest.mark.parametrize("as_vtt", [True, False])
def test_each_mark_is_no_word(mark: MarkDialect, written: str, as_vtt: bool) -> None:
    header = "WEBVTT\n\n" if as_vtt else ""
    text = caption("00:00:01.000 --> 00:00:03.000", written.format(*WORDS))
    source = words_from_captions(header + text, as_vtt=as_vtt)
    assert heard(source) == ["I", "waited", "at", "home.", "The", "end."]
    assert not source.faults


@pytest.mark.parametrize(("written", "letter"), CHARACTERS)
@pytest.mark.parametrize("as_vtt", [True, False])
def test_each_letter_that_is_written_otherwise(written: str, letter: str, as_vtt: bool) -> None:
    text = caption("00:00:01.000 --> 00:00:03.000", f"a{written}b")
    source = words_from_captions("WEBVTT\n\n" * as_vtt + text, as_vtt=as_vtt)
    assert heard(source)[:-2] == f"a{letter}b".split()


@given(
    text=texts,
    stamp=st.sampled_from(STAMPS),
    arrow=st.sampled_from([*(f" {arrow} " for arrow in ARROWS), *DASHES]),
    written=st.sampled_from([written for mark in MARKS for written in mark.written]),
    line_end=st.sampled_from(["\n", "\n\n"]),
    has_numbers=st.booleans(),
    start=st.integers(0, 4_000),
)
def test_any_text_in_any_dialect_is_read_back(
    text: str,
    stamp: StampDialect,
    arrow: str,
    written: str,
    line_end: str,
    has_numbers: bool,
    start: int,
) -> None:
    begin, end = start * stamp.step, (start + 9) * stamp.step
    times = f"{stamp.write(begin)}{arrow}{stamp.write(end)}"
    words = text.split()
    parts = " ".join(words[: len(words) // 2]) or "so", " ".join(words[len(words) // 2 :])
    number = ["7"] * has_numbers
    lines = [*number, times, *written.format(*parts).split("\n"), "", *number, times, "The end."]
    source = words_from_captions(line_end.join(lines), as_vtt=False)
    assert heard(source) == [*" ".join(parts).split(), "The", "end."]
    assert source.passages[0].start == begin
    assert not source.faults


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("I <3 him, 2 > 1 & a < b", "I <3 him, 2 > 1 & a < b"),
        ("<laughs> I did", "<laughs> I did"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("at 10:30 - 11:30 we went", "at 10:30 - 11:30 we went"),
        ("10:30 - 11:30\nwe went", "10:30 - 11:30 we went"),
        ("{he paused} I did", "{he paused} I did"),
    ],
)
def test_what_is_no_mark_stays(said: str, words: str) -> None:
    for as_vtt in (True, False):
        text = caption("00:00:01.000 --> 00:00:03.000", said)
        source = words_from_captions("WEBVTT\n\n" * as_vtt + text, as_vtt=as_vtt)
        assert heard(source) == [*words.split(), "The", "end."]


def test_words_on_the_line_of_times_are_words_and_settings_are_none() -> None:
    """As whisper.cpp and openai-whisper print them, and as WebVTT places them."""
    printed = (
        "[00:00.000 --> 00:02.500]  I waited\n[00:02.500 --> 00:04.000]  at home.\n"
        "00:05.000 --> 00:06.000 align:start position:0% line: 90%\nThen he came.\n"
        "00:07.000 --> 00:08.000 X1:40 X2:600 Y1:20 Y2:50\nYes.\n"
    )
    source = words_from_captions(printed, as_vtt=False)
    assert heard(source) == ["I", "waited", "at", "home.", "Then", "he", "came.", "Yes."]


def test_a_number_on_the_line_of_times_is_no_word() -> None:
    text = "1 00:00:01,000 --> 00:00:02,000\nYes.\n\n2) 00:00:03,000 -> 00:00:04,000 No.\n"
    source = words_from_captions(text, as_vtt=False)
    assert heard(source) == ["Yes.", "No."]
    assert [passage.start for passage in source.passages] == [1_000, 3_000]


def test_a_number_that_is_said_is_a_word() -> None:
    numbered = "1\n00:01,000 --> 00:02,000\nHow old?\n\n2\n00:03,000 --> 00:04,000\n23\n\n3\n"
    source = words_from_captions(numbered + "00:05,000 --> 00:06,000\nOh.\n", as_vtt=False)
    assert heard(source) == ["How", "old?", "23", "Oh."]
    bare = (
        "00:01,000 --> 00:02,000\nHow?\n00:03,000 --> 00:04,000\n23\n00:05,000 --> 00:06,000\nOh."
    )
    assert heard(words_from_captions(bare, as_vtt=False)) == ["How?", "23", "Oh."]
    parted = "1\n00:01,000 --> 00:02,000\nHe was\n\n23\n\n2\n00:03,000 --> 00:04,000\nYes."
    assert heard(words_from_captions(parted, as_vtt=False)) == ["He", "was", "23", "Yes."]


@pytest.mark.parametrize("first", ["", "<v Karen>"])
@pytest.mark.parametrize("second", ["", "<v Ruth>", ">> ", "- "])
def test_two_who_say_the_same_short_word_are_both_heard(first: str, second: str) -> None:
    said = [word for word in ("Yes.", "No.", "Right.", "Mm.") for _ in range(2)]
    voices = [first, second] * 4
    blocks = [
        f"00:{n * 2:02}.000 --> 00:{n * 2 + 1:02}.500\n{voice}{word}\n"
        for n, (voice, word) in enumerate(zip(voices, said, strict=True))
    ]
    source = words_from_captions("WEBVTT\n\n" + "\n".join(blocks), as_vtt=True)
    assert [word for word in heard(source) if word != "-"] == said


def test_what_is_escaped_twice_is_read() -> None:
    text = caption(
        "00:01.000 --> 00:02.000", "I don&amp;#39;t, &amp;quot;no&amp;quot;, A&amp;amp;E"
    )
    assert heard(words_from_captions(text, as_vtt=False))[:4] == ["I", "don't,", '"no",', "A&E"]


def test_every_pair_of_a_stamp_and_an_arrow_is_one_line_of_times() -> None:
    for stamp, arrow in product(STAMPS, [*ARROWS, *DASHES]):
        times = f"{stamp.write(2_000)}{arrow}{stamp.write(5_000)}"
        source = words_from_captions(caption(times, "Yes."), as_vtt=False)
        assert source.passages[0].start == 2_000, times


@pytest.mark.parametrize("sign", [" ... ", "…", " ", " | ", " bis ", " until ", " / ", "\t"])
def test_two_times_alone_on_a_line_are_times_whatever_is_between(sign: str) -> None:
    text = caption("00:00:01,000 --> 00:00:02,000", "Yes.")
    text += f"\n2\n00:00:03,000{sign}00:00:04,500\nNo.\n"
    assert heard(words_from_captions(text, as_vtt=False)) == ["Yes.", "The", "end.", "No."]


def test_words_after_an_empty_line_of_an_empty_caption_are_its_words() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n\nI was\n\ntold.\n\n00:03.000 --> 00:04.000\nYes.\n"
    source = words_from_captions(text, as_vtt=True)
    assert heard(source) == ["I", "was", "told.", "Yes."]
    assert not source.faults
