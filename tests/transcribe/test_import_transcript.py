"""Transcripts of other tools: every word that can be read is read, and what cannot be is listed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from library.core import struct_file
from library.core.errors import BadInput, CarerStoriesError, NotFound
from transcribe.captions import lint
from transcribe.captions.layout import lay_out
from transcribe.formats import json_words
from transcribe.import_transcript import ImportedTranscript, read_transcript_file, turns_of

Write = Callable[..., ImportedTranscript]

TEAMS = """\
WEBVTT

8f1c/12-0
00:00:01.000 --> 00:00:03.000
<v Karen Jones>Can you tell me who you care for?</v>

8f1c/13-0
00:00:03.500 --> 00:00:06.000
<v Ruth O&#39;Hara>I care for my son
&amp; he is twenty three.</v>

8f1c/14-0
00:00:06.500 --> 00:00:08.000
<v Karen Jones>I see.</v>
<v Ruth O&#39;Hara>Yes.</v>
"""
ZOOM = """\
WEBVTT

1
00:00:01.000 --> 00:00:03.000
Karen Jones: Can you tell me who you care for?

2
00:00:03.500 --> 00:00:06.000
Ruth O'Hara: I care for my son. He said: no.

3
00:00:06.500 --> 00:00:08.000
Karen Jones: I see.
"""
YOUTUBE = """\
WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.389 align:start position:0%
~
I<00:00:00.480><c> care</c><00:00:00.640><c> for</c><00:00:01.000><c> him</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
I care for him
~

00:00:02.399 --> 00:00:04.000 align:start position:0%
I care for him
every<00:00:02.700><c> day</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
every day
~

00:00:04.010 --> 00:00:06.000 align:start position:0%
every day
every<00:00:04.400><c> day</c>
""".replace("~", " ")
SRT = """\
1
00:00:01,000 --> 00:00:03,000
<i>I was</i> told
to wait.

2
00:00:03,083 --> 00:00:05,000
So I did.
"""
OPENAI = {
    "text": " My mother-in-law waited.",
    "segments": [
        {"id": 0, "seek": 0, "start": 0.5, "end": 2.0, "text": " My mother-in-law waited.",
         "tokens": [1], "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.4,
         "no_speech_prob": 0.02, "words": [
             {"word": " My", "start": 0.5, "end": 0.7, "probability": 0.9},
             {"word": " mother", "start": 0.7, "end": 1.0, "probability": 0.8},
             {"word": "-in-law", "start": 1.0, "end": 1.4, "probability": 0.7},
             {"word": " waited.", "start": 1.5, "end": 2.0, "probability": 0.95}]},
    ],
    "language": "en",
}  # fmt: skip
FASTER = [
    {"id": 1, "seek": 0, "start": 0.5, "end": 2.0, "text": " We waited.", "avg_logprob": -0.2,
     "compression_ratio": 1.1, "no_speech_prob": 0.3,
     "words": [[0.5, 1.0, " We", 0.9], [1.0, 2.0, " waited.", 0.8]]},
    {"id": 2, "start": 3.0, "end": 4.0, "text": " Nobody came.", "words": None},
]  # fmt: skip
WHISPERX = {
    "segments": [
        {"start": 0.4, "end": 3.0, "text": " At the June 13 meeting. Yes.", "speaker": "SPEAKER_01",
         "words": [
             {"word": "At", "start": 0.4, "end": 0.5, "score": 0.9, "speaker": "SPEAKER_01"},
             {"word": "the", "start": 0.5, "end": 0.6, "score": 0.9, "speaker": "SPEAKER_01"},
             {"word": "June", "start": 0.7, "end": 1.0, "score": 0.9, "speaker": "SPEAKER_01"},
             {"word": "13"},
             {"word": "meeting.", "start": 1.5, "end": 2.0, "score": 0.9, "speaker": "SPEAKER_01"},
             {"word": "Yes.", "start": 2.5, "end": 3.0, "score": 0.9, "speaker": "SPEAKER_02"}]},
    ],
    "word_segments": [],
}  # fmt: skip


@pytest.fixture
def imported(tmp_path: Path) -> Write:
    """Write a file and read it as a transcript."""

    def write(
        content: object, name: str = "a.vtt", duration: int | None = None
    ) -> ImportedTranscript:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path.write_text(json.dumps(content), encoding="utf-8")
        return read_transcript_file(path, duration)

    return write


def texts(imported: ImportedTranscript) -> list[str]:
    return [word.text for word in imported.recognised.words]


def times(imported: ImportedTranscript) -> list[tuple[str, int, int]]:
    return [(word.text, word.start, word.end) for word in imported.recognised.words]


def says(imported: ImportedTranscript) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in turns_of(imported)]


def faults(imported: ImportedTranscript) -> list[str]:
    return [str(fault) for fault in imported.faults]


# What other tools write


def test_teams_tells_who_speaks(imported: Write) -> None:
    read = imported(TEAMS)
    assert says(read) == [
        ("Karen Jones", "Can you tell me who you care for?"),
        ("Ruth O'Hara", "I care for my son & he is twenty three."),
        ("Karen Jones", "I see."),
        ("Ruth O'Hara", "Yes."),
    ]
    assert faults(read) == []


def test_zooms_labels_are_speakers_and_a_colon_in_speech_is_none(imported: Write) -> None:
    read = imported(ZOOM)
    assert says(read) == [
        ("Karen Jones", "Can you tell me who you care for?"),
        ("Ruth O'Hara", "I care for my son. He said: no."),
        ("Karen Jones", "I see."),
    ]
    passage = imported("WEBVTT\n\n00:01.000 --> 00:03.000\nHe said: no.\n")
    assert says(passage) == [("", "He said: no.")]


def test_youtubes_rolling_lines_are_taken_once_with_the_words_own_times(imported: Write) -> None:
    read = imported(YOUTUBE)
    assert times(read) == [
        ("I", 160, 480),
        ("care", 480, 640),
        ("for", 640, 1000),
        ("him", 1000, 1750),
        ("every", 2399, 2700),
        ("day", 2700, 3450),
        ("every", 4010, 4400),
        ("day", 4400, 5150),
    ]
    assert faults(read) == []
    assert "taken once" in read.notes[0]


def test_rolling_lines_without_times_are_taken_once(imported: Write) -> None:
    lines = ["I care for him", "every day", "and every night", "when he lets me", "sit there"]
    cues = [
        f"{n + 1}\n00:00:{2 * n:02},000 --> 00:00:{2 * n + 2:02},000\n{before}\n{line}\n"
        for n, (before, line) in enumerate(zip(["Well,", *lines], lines, strict=False))
    ]
    read = imported("\n".join(cues), "a.srt")
    assert " ".join(texts(read)) == "Well, " + " ".join(lines)


def test_an_answer_given_twice_is_no_rolling_line(imported: Write) -> None:
    answers = ["Yes.", "Yes.", "I was told.", "No.", "They came.", "He slept.", "I went home."]
    blocks = [f"00:{n:02}.000 --> 00:{n:02}.900\n{answer}\n" for n, answer in enumerate(answers)]
    assert texts(imported("WEBVTT\n\n" + "\n".join(blocks))) == " ".join(answers).split()


def test_subrip_shares_a_cues_time_among_its_words_by_length(imported: Write) -> None:
    read = imported(SRT, "a.srt")
    words = read.recognised.words
    assert texts(read) == ["I", "was", "told", "to", "wait.", "So", "I", "did."]
    assert (words[0].start, words[4].end, words[5].start) == (1_000, 3_000, 3_083)
    assert words[2].end - words[2].start > words[0].end - words[0].start
    assert read.format == "SubRip"


def test_a_caption_that_stands_long_is_not_all_speech(imported: Write) -> None:
    read = imported("WEBVTT\n\n00:01.000 --> 00:09.000\nNo.\n")
    assert times(read) == [("No.", 1_000, 1_750)]


def test_openai_whisper_keeps_probabilities_figures_and_parts_of_words(imported: Write) -> None:
    read = imported(OPENAI, "a.json")
    assert read.format == "openai-whisper"
    assert times(read) == [
        ("My", 500, 700), ("mother-in-law", 700, 1_400), ("waited.", 1_500, 2_000),
    ]  # fmt: skip
    assert read.recognised.words[1].probability == 0.7
    (segment,) = read.recognised.segments
    assert (segment.compression_ratio, segment.no_speech_probability) == (1.4, 0.02)


def test_faster_whisper_with_words_as_lists_or_without_words(imported: Write) -> None:
    for data in (FASTER, {"segments": FASTER, "language": "en"}):
        read = imported(data, "a.json")
        assert read.format == "faster-whisper"
        assert texts(read) == ["We", "waited.", "Nobody", "came."]
        assert read.recognised.words[2].start == 3_000
        assert read.recognised.words[3].end == 4_000


def test_whisperx_gives_a_word_without_times_the_pause_it_stands_in(imported: Write) -> None:
    read = imported(WHISPERX, "a.json")
    assert read.format == "WhisperX"
    assert times(read)[3] == ("13", 1_000, 1_500)
    assert read.guessed_times == 1
    assert says(read) == [("SPEAKER_01", "At the June 13 meeting."), ("SPEAKER_02", "Yes.")]


def test_our_own_transcript_is_read_as_it_is(imported: Write, heard: Any) -> None:

    read = imported(struct_file.encode(heard), "transcript.json")
    assert [(w.text, w.start, w.probability) for w in read.recognised.words] == [
        (w.text, w.start, w.probability) for w in heard.words
    ]


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="UTF-8 with its mark"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(lambda text: text.encode("utf-16-le"), id="UTF-16 without"),
        pytest.param(lambda text: text.encode("utf-16-be"), id="UTF-16 the other way round"),
        pytest.param(lambda text: text.encode("utf-32"), id="UTF-32"),
        pytest.param(lambda text: text.encode("cp1252"), id="Windows-1252"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="Windows’ line ends"),
        pytest.param(lambda text: text.replace("\n", "\r").encode(), id="old line ends"),
    ],
)
def test_encodings(imported: Write, encoded: Callable[[str], bytes]) -> None:
    text = "1\n00:00:01,000 --> 00:00:03,000\nHe’s at the café – £5.\n"
    read = imported(encoded(text), "a.srt")
    assert texts(read) == ["He’s", "at", "the", "café", "–", "£5."]
    assert bool(read.faults) == (b"\x92" in encoded(text) and b"\x00" not in encoded(text)[:4])


# What is broken


@pytest.mark.parametrize(
    ("broken", "words", "fault"),
    [
        pytest.param(
            "WEBVTT\n\n00:01.000 --> 00:0x.000\nLost words\n\n00:03.000 --> 00:04.000\nKept.\n",
            ["Kept."], "Line 3: the times “00:01.000 --> 00:0x.000” cannot be read. "
            "Its words were left out: “Lost words”.", id="a torn time",
        ),
        pytest.param(
            "WEBVTT\n\n00:01.000 --> 00:02.000\nOne.\n00:03.000 --> 00:04.000\nTwo.\n",
            ["One.", "Two."], None, id="no empty line between",
        ),
        pytest.param(
            "WEBVTT\n00:01.000 --> 00:02.000\nOne.\n", ["One."], None, id="no line after WEBVTT",
        ),
        pytest.param(
            "00:01.000 --> 00:02.000\nOne.\n", ["One."], "Line 1: a WebVTT file begins with WEBVTT",
            id="no WEBVTT",
        ),
        pytest.param(
            "WEBVTT\n\nNOTE a comment\nof two lines\n\n00:01.000 --> 00:02.000\nOne.\n\nStray.\n",
            ["One."], "Line 9: “Stray.” belongs to no caption.", id="stray words",
        ),
        pytest.param(
            "WEBVTT\n\n00:05.000 --> 00:06.000\nTwo.\n\n00:01.000 --> 00:02.000\nOne.\n",
            ["One.", "Two."], "put into the order of time", id="out of order",
        ),
        pytest.param(
            "WEBVTT\n\n00:05.000 --> 00:04.000\nTwo.\n", ["Two."],
            "Line 3: a caption ends before it begins", id="ends before it begins",
        ),
        pytest.param(
            "WEBVTT\n\n00:01.000 --> 00:02.000\nI <3 him & a < b\n",
            ["I", "<3", "him", "&", "a", "<", "b"], None, id="marks that are none",
        ),
    ],
)  # fmt: skip
def test_broken_captions(imported: Write, broken: str, words: list[str], fault: str | None) -> None:
    read = imported(broken)
    assert texts(read) == words
    assert len(read.faults) == (fault is not None)
    assert (fault or "") in "".join(faults(read))


def test_an_empty_line_inside_a_subrip_caption_loses_nothing(imported: Write) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:03,000\nI was\n\ntold.\n2\n00:00:04,000 --> 00:00:05,000\nYes."
    )
    assert texts(imported(text, "a.srt")) == ["I", "was", "told.", "Yes."]


def test_a_torn_json_is_read_as_far_as_it_goes(imported: Write) -> None:
    complete = json.dumps({"text": "x", "segments": [*OPENAI["segments"], *FASTER]}, indent=1)  # type: ignore[misc]
    torn_json = complete[: complete.index("Nobody")]
    read = imported(torn_json, "a.json")
    assert texts(read) == ["My", "mother-in-law", "waited.", "We", "waited."]
    assert "the file is torn here; before it 2 segments read" in faults(read)[0]
    assert read.faults[0].line > 10


def test_segments_and_words_that_cannot_be_read_are_listed(imported: Write) -> None:
    segments = [
        {"start": 0, "end": 1, "text": "One."},
        {"text": "No times."},
        "nonsense",
        {"start": 2, "end": 3, "words": [{"word": "Two."}, {"start": 2}, 7]},
        {"start": float("nan"), "end": 4, "text": "Three.", "avg_logprob": "x"},
        {"start": 1e300, "end": 1e301, "text": "Four."},
    ]
    read = imported({"segments": segments}, "a.json")
    assert texts(read) == ["One.", "Two."]
    fault_text = "\n".join(faults(read))
    assert "segment 2 has no times and was left out: “No times.”" in fault_text
    assert "segment 3 is no segment" in fault_text
    assert fault_text.count("a word of segment 4 cannot be read") == 2
    assert "segment 5 has no times and was left out: “Three.”" in fault_text
    assert "segment 6 has no times and was left out: “Four.”" in fault_text


def test_what_begins_after_the_recording_is_left_out_and_listed(imported: Write) -> None:
    read = imported(SRT + "\n3\n00:01:00,000 --> 00:01:02,000\nToo late.\n", "a.srt", 10_000)
    assert texts(read)[-1] == "did."
    assert faults(read) == [
        "Line 11: at 1:00, after the recording’s end, “Too late.” was left out."
    ]
    with pytest.raises(BadInput, match="another recording"):
        imported(SRT, "a.srt", 500)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.vtt", b""),
        ("a.vtt", b"not captions"),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> soon\nAll of it is lost.\n"),
        ("a.vtt", b"WEBVTT\n\nOnly words, and no times.\n"),
        ("a.json", b'{"segments": [{"text": "I was there."}, {"text": "No times."}]}'),
        ("a.json", b'{"words": [{"word": "I"}, {"word": "was"}]}'),
        ("a.srt", b"nothing --> here"),
        ("a.txt", b"An ordinary letter."),
        ("a.json", b"{}"),
        ("a.json", b"[1, 2]"),
        ("a.json", b'{"segments": 7}'),
        ("a.json", b'{"segments": ['),
        ("a.json", b"[" * 100_000),
        ("a.json", b'{"segments": [' + b"1" * 5_000 + b"]}"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00"),
    ],
)
def test_what_is_none_of_these_is_refused(imported: Write, name: str, data: bytes) -> None:
    with pytest.raises(BadInput) as error:
        imported(data, name)
    assert name in error.value.what
    assert error.value.next_step


@pytest.mark.parametrize(
    "text", ["<v a" * 40_000, "<v" + " " * 80_000, "{\\" * 40_000, "<b" * 40_000]
)
def test_unclosed_marks_without_end_are_read_in_no_time(imported: Write, text: str) -> None:
    started_at = time.process_time()
    imported(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}\n")
    imported(f"1\n00:00:00,000 --> 00:00:01,000\n{text}\n", "a.srt")
    assert time.process_time() - started_at < 5  # measured 0.6 s of the processor at most


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_transcript_file(tmp_path / "none.vtt")
    with pytest.raises(NotFound):
        read_transcript_file(tmp_path)


def test_an_empty_transcript_is_no_fault(imported: Write) -> None:
    for content, name in (("WEBVTT\n", "a.vtt"), ({"text": "", "segments": []}, "a.json")):
        read = imported(content, name)
        assert (texts(read), read.faults) == ([], ())


# Whatever it is

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["segments", "words", "word", "text", "start", "end", "speaker", "score",
                         "probability", "audio_sha256", "first", "last", "avg_logprob"]),
        inner, max_size=6),
    max_leaves=30,
)  # fmt: skip
ANYTHING = st.one_of(
    st.binary(max_size=300),
    st.tuples(st.sampled_from([TEAMS, ZOOM, YOUTUBE, SRT, json.dumps(OPENAI)]), st.integers(0, 900),
              st.binary(max_size=20)).map(
        lambda torn: torn[0].encode()[: torn[1]] + torn[2] + torn[0].encode()[torn[1] + 9 :]),
    JSON.map(lambda value: json.dumps({"segments": [value, *FASTER]}).encode()),
    JSON.map(lambda value: json.dumps(value).encode()),
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=ANYTHING, name=st.sampled_from(["a.vtt", "a.srt", "a.json", "a"]))
@example(data=b'{"words": [{"text": "a", "start": 0, "end": 1}], "audio_sha256": 1}', name="a")
def test_any_bytes_are_read_or_refused_and_words_stay_in_time(
    tmp_path: Path, data: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    try:
        read = read_transcript_file(path)
    except CarerStoriesError:
        return
    clock = 0
    for word in read.recognised.words:
        assert clock <= word.start <= word.end
        clock = word.start
    issues = lint.lint_cues(lay_out(turns_of(read)))
    assert {f.rule for f in issues if f.is_error} <= {lint.Rule.SYNC}
    assert sum(len(turn.words) for turn in turns_of(read)) == len(read.recognised.words)


@given(values=st.lists(JSON, max_size=5))
def test_no_segment_vanishes_without_a_word(values: list[Any]) -> None:
    """Whatever stands beside them, segments that can be read are."""
    data: list[Any] = [*values, *FASTER]
    read = json_words.words_from_json(json.dumps(data))
    assert [word.text for passage in read.passages[-2:] for word in passage.words] == [
        " We", " waited.", "Nobody", "came.",
    ]  # fmt: skip
