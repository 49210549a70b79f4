"""Captions and transcripts in other kinds of lines keep their words, times and speakers."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

import pytest

from library.core.errors import BadInput
from tests.support.caption_lines import FILES, I_WENT, NOBODY, WHY
from transcribe.formats.speaker_labels import LabelAnswers
from transcribe.import_transcript import ImportedTranscript, read_transcript_file, turns_of


def read(folder: Path, text: str, name: str) -> ImportedTranscript:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_transcript_file(path, answers=LabelAnswers())


def said(imported: ImportedTranscript) -> list[tuple[str, str]]:
    return [
        (speaker, " ".join(word.text for turn in turns for word in turn.words))
        for speaker, turns in groupby(turns_of(imported), lambda turn: turn.speaker)
    ]


@pytest.mark.parametrize("name", FILES)
def test_words_and_speakers_are_those_of_the_file(tmp_path: Path, name: str) -> None:
    text, expected = FILES[name]
    imported = read(tmp_path, text, name)
    assert said(imported) == expected
    starts = [word.start for word in imported.recognised.words if word.text in ("I", "And")]
    if name not in ("Zoom.txt", "marks.txt"):
        assert [round(start, -3) for start in starts] == [1000, 4000]
    assert "faster-whisper" not in imported.format


def test_times_of_the_day_begin_with_the_recording(tmp_path: Path) -> None:
    imported = read(tmp_path, FILES["Zoom.txt"][0], "zoom.txt")
    assert imported.recognised.words[0].start == 0
    assert any("those of a day" in fault.sentence for fault in imported.faults)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.srt", "", "is empty"),
        ("a.srt", "<!DOCTYPE html><html><body>Sign in</body></html>", "this is a web page"),
        ("a.txt", f"Ruth: {I_WENT}\nAna: {WHY}\n", "this holds no times"),
        ("a.txt", "We met at (10:30).\nThen (11:45) came.\n", "this holds no times"),
        ("a.txt", "%PDF-1.4\n", "this is a PDF"),
        ("a.txt", "{\\rtf1\\ansi Ruth 0:03}", "this is rich text"),
        ("a.json", json.dumps({"text": I_WENT}), "has words and no times"),
        ("a.ttml", "<tt><body><p>", "this TTML is torn"),
        ("a.ttml", "<tt><body><div/></body></tt>", "has no captions"),
        ("a.ttml", f"<tt><body><p>{I_WENT}</p></body></tt>", "has no times"),
    ],
)
def test_what_cannot_be_read_is_refused_by_what_it_is(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        read(tmp_path, text, name)


def test_a_name_that_comes_once_above_words_is_told(tmp_path: Path) -> None:
    turns = [("Ana de Souza", "Hello."), ("Ruth", "I did."), ("Ana de Souza", "Good.")]
    turns += [("Ruth", "Yes: it is."), ("Dr Okoro", "Only once.")]
    text = "".join(
        f"0:0:{at}.120 --> 0:0:{at}.980\n{name}\n{words}\n"
        for at, (name, words) in enumerate(turns)
    )
    imported = read(tmp_path, text, "teams.txt")
    assert said(imported) == turns
    assert [label.name for label in imported.unsure_labels] == ["Dr Okoro"]


def test_an_answer_without_a_question_is_said(tmp_path: Path) -> None:
    turns = [
        "Sarah: I went in.",
        "Jo: And then?",
        "Sarah: Why us?",
        "Answer: nobody knows.",
        "Jo: No.",
    ]
    text = "".join(
        f"00:00:{at:02},000 --> 00:00:{at:02},900\n{words}\n\n" for at, words in enumerate(turns)
    )
    imported = read(tmp_path, text, "zoom.srt")
    assert ("Sarah", "Why us? Answer: nobody knows.") in said(imported)
    assert [label.name for label in imported.unsure_labels] == ["Answer"]


def test_names_that_are_words_are_names_where_nearly_all_begins_with_them(tmp_path: Path) -> None:
    turns = ["Faith: I went in.", "Hope: And then?", "Faith: Nobody came.", "Hope: Patience: wait."]
    text = "".join(
        f"00:00:{at:02},000 --> 00:00:{at:02},900\n{words}\n\n" for at, words in enumerate(turns)
    )
    assert said(read(tmp_path, text, "zoom.srt")) == [
        ("Faith", "I went in."),
        ("Hope", "And then?"),
        ("Faith", "Nobody came."),
        ("Hope", "Patience: wait."),
    ]


def test_numbers_with_an_empty_line_behind_them_are_not_told(tmp_path: Path) -> None:
    first = f"1\n\n00:00:01,000 --> 00:00:03,000\n\n{I_WENT}\n\n\n"
    text = f"{first}2\n\n00:00:04,000 --> 00:00:06,000\n\n{WHY}\n"
    imported = read(tmp_path, text, "mailed.srt")
    assert said(imported) == NOBODY
    assert not imported.faults


def test_columns_that_are_not_taken_are_named(tmp_path: Path) -> None:
    head = "Start,End,Items,Text,Translation,\n"
    imported = read(tmp_path, f'{head}1,3,2,"{I_WENT}",Bin rein,x\n4,6,,{WHY},Und?,\n', "a.csv")
    assert said(imported) == NOBODY
    (note,) = imported.notes
    assert note == (
        "3 columns were not taken: “Items”, “Translation”, the one that begins with “x”."
    )
    without_heads = f'0:01,0:03,Ruth,7,"{I_WENT}"\n0:04,0:06,Ana,8,{WHY}\n'
    (note,) = read(tmp_path, without_heads, "b.csv").notes
    assert note == "A column was not taken: the one that begins with “7”."
    assert not read(tmp_path, FILES["sheet.csv"][0], "c.csv").notes
    french = f"Début;Fin;Locuteur;Ton;Texte\n0:01;0:03;Ruth;bas;{I_WENT}\n0:04;0:06;Ana;;{WHY}\n"
    imported = read(tmp_path, french, "d.csv")
    assert said(imported) == [("Ruth", I_WENT), ("Ana", WHY)]
    assert imported.notes == ("A column was not taken: “Ton”.",)


@pytest.mark.parametrize("name", ["readings.ttml", "readings.vtt"])
def test_readings_beside_words_are_said_to_be_left_out(tmp_path: Path, name: str) -> None:
    (note,) = read(tmp_path, FILES[name][0], name).notes
    assert "2 readings beside words (ruby) left out" in note


def test_a_tag_of_readings_beside_no_word_takes_no_words(tmp_path: Path) -> None:
    imported = read(
        tmp_path, "00:01,000 --> 00:03,000\nI <rt>went in, at eight. And then?\n", "a.srt"
    )
    assert said(imported) == NOBODY
    assert not imported.notes


def test_a_tape_begins_at_its_hour(tmp_path: Path) -> None:
    imported = read(tmp_path, FILES["tape.scc"][0], "tape.scc")
    assert any("begin at hour 1" in fault.sentence for fault in imported.faults)
    codes = FILES["broadcast.scc"][0].replace("942f 942f", "942f 942f 0203", 1) + "\nnonsense\n"
    faults = [str(fault) for fault in read(tmp_path, codes, "broken.scc").faults]
    assert len(faults) == 2
    assert "is no line of codes" in faults[0]
    with pytest.raises(BadInput, match="shows no captions"):
        read(tmp_path, "Scenarist_SCC V1.0\n\n00:00:01:00\tzz\n", "empty.scc")


OTTER_WORDS = [
    {"word": word, "start": n * 0.5, "end": n * 0.5 + 0.4}
    for n, word in enumerate(["I", "went", "in,", "at", "eight."])
]
OTTER = {
    "start_offset": 16_000, "end_offset": 56_000, "transcript": I_WENT, "speaker_id": 7,
    "speaker_model_label": "1", "label": "0", "alignment": OTTER_WORDS,
}  # fmt: skip
OTTER_NEXT = {
    "start_offset": 64_000, "end_offset": 96_000, "transcript": WHY, "speaker_id": None,
    "speaker_model_label": "2", "alignment": [],
}  # fmt: skip


@pytest.mark.parametrize("is_wrapped", [False, True, None])
@pytest.mark.parametrize("per_ms", [16, 1])
def test_otters_own_answer_counts_samples(
    tmp_path: Path, is_wrapped: bool | None, per_ms: int
) -> None:
    outline = [{"text": "Ruth talks about a visit.", "start_offset": 0, "end_offset": 96_000}]
    segments = [
        {
            **each,
            "start_offset": each["start_offset"] * per_ms // 16,
            "end_offset": each["end_offset"] * per_ms // 16,
        }
        for each in (OTTER, OTTER_NEXT)
    ]
    speech = {
        "speech_outline": outline,
        "speakers": [{"id": 7, "speaker_name": "Ruth"}],
        "transcripts": segments,
    }
    data: object = {"status": "OK", "speech": speech} if is_wrapped else speech
    if is_wrapped is None:
        data = [{**segments[0], "speaker_name": "Ruth"}, segments[1]]
    imported = read(tmp_path, json.dumps(data), "otter.json")
    assert imported.format == "Otter"
    assert said(imported) == [("Ruth", I_WENT), ("Speaker 2", WHY)]
    starts = [word.start for word in imported.recognised.words]
    assert starts[:5] == [1000, 1500, 2000, 2500, 3000]
    assert starts[5] == 4000
    assert not imported.faults


def test_captions_of_a_tape_begin_at_its_hour(tmp_path: Path) -> None:
    text = f"10:00:01,000 --> 10:00:03,000\n{I_WENT}\n\n10:00:04,000 --> 10:00:06,000\n{WHY}\n"
    path = tmp_path / "tape.srt"
    path.write_text(text, encoding="utf-8")
    imported = read_transcript_file(path, 9_000)
    assert said(imported) == NOBODY
    assert [str(fault) for fault in imported.faults] == [
        "the times begin at hour 10; that was taken for the beginning."
    ]
    with pytest.raises(BadInput, match="of another recording"):
        read_transcript_file(path, 500)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "older Office program"),
        ("a.stl", b"437STL25.01" + bytes(600), "captions in EBU’s form"),
        ("a.xlsx", b"PK\3\4xl/workbook.xml", "damaged or locked|Excel"),
    ],
)
def test_files_of_other_programs_are_called_what_they_are(
    tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadInput, match=why):
        read_transcript_file(path)


def test_a_titled_name_before_one_caption_is_asked_about(tmp_path: Path) -> None:
    lines = ["I was at home.", "He came.", "Dr Patel: Come in.", *["It was late."] * 7]
    text = "".join(
        f"00:00:{at:02},000 --> 00:00:{at:02},900\n{words}\n\n" for at, words in enumerate(lines)
    )
    imported = read(tmp_path, text, "zoom.srt")
    assert [(label.name, label.is_taken) for label in imported.unsure_labels] == [
        ("Dr Patel", False)
    ]
