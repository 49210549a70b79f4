"""Transcripts as Teams, Meet and Otter write them: words under names and times."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from library.core.errors import BadInput
from tests.support.word_documents import word_document
from transcribe.import_transcript import read_transcript_file

TEAMS = [
    ["Interview-20260512_101112-Meeting Recording"], ["May 12, 2026, 10:11AM"], ["1h 0m 20s"],
    ["Ruth Smith started transcription"],
    ["Ruth Smith   0:03", "I rang the ward at 10:30"], ["de Souza, Ana   0:09", "And then?"],
    ["Ruth Smith   1:00:12", "Nobody <answered> & rang."], ["Ruth Smith stopped transcription"],
]  # fmt: skip
OLDER = [
    ["0:0:0.0 --> 0:0:2.830", "Ruth Smith", "I rang the ward at 10:30"],
    ["0:0:3.0 --> 0:0:5.0", "de Souza, Ana", "And then?"],
    ["1:0:12.0 --> 1:0:14.0", "Ruth Smith", "Nobody <answered> & rang."],
]  # fmt: skip
MEET = [
    ["Interview (2026-05-12 at 10:11 GMT+1) - Transcript"], ["Attendees"], ["Ruth, Ana"],
    ["00:00:00"], [""], ["Ruth: I rang the ward at 10:30"], ["Ana: And then?"],
    ["01:00:12"], ["Ruth: Nobody <answered> & rang."], ["Meeting ended after 01:00:20"],
]  # fmt: skip
OTTER = [
    ["Ruth Smith  0:03"], ["I rang the ward at 10:30"], ["Speaker 2  0:09"], ["And then?"],
    ["Ruth Smith  1:00:12"], ["Nobody <answered> & rang."],
]  # fmt: skip
BRACKETS = [
    ["[00:00:03] Ruth: I rang the ward at 10:30"], ["[00:00:09] Ana: And then?"],
    ["[01:00:12] Ruth: Nobody <answered> & rang."],
]  # fmt: skip
REV = [
    ["Ruth Smith (00:03):"], ["I rang the ward at 10:30"], ["Ana Souza (00:09):"], ["And then?"],
    ["Ruth Smith (01:00:12):"], ["Nobody <answered> & rang."],
]  # fmt: skip
FORMS = {
    "teams": TEAMS, "older": OLDER, "meet": MEET, "otter": OTTER, "brackets": BRACKETS, "rev": REV,
}  # fmt: skip
_CASES = [(form, "docx") for form in FORMS] + [(form, "txt") for form in FORMS if form != "older"]


@pytest.mark.parametrize(("form", "kind"), _CASES)
def test_every_turn_has_its_words_time_and_speaker(form: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"meeting.{kind}"
    text = "\n".join(line for paragraph in FORMS[form] for line in paragraph)
    path.write_bytes(word_document(FORMS[form]) if kind == "docx" else text.encode())
    read = read_transcript_file(path)
    words, segments = read.recognised.words, read.recognised.segments
    assert [" ".join(word.text for word in words[s.first : s.last]) for s in segments] == [
        "I rang the ward at 10:30", "And then?", "Nobody <answered> & rang.",
    ]  # fmt: skip
    assert words[-1].start >= 3_612_000
    names = [segment.speaker for segment in segments]
    assert names[0] == names[2] != names[1]
    assert all(names)


def test_words_that_were_deleted_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "meeting.docx"
    gone = "<w:p><w:del><w:r><w:t>0:01 gone</w:t></w:r></w:del></w:p>"
    path.write_bytes(word_document(OTTER, extra=gone))
    assert "gone" not in " ".join(word.text for word in read_transcript_file(path).recognised.words)


def _rewritten(old: bytes, new: bytes) -> bytes:
    return word_document(OTTER, zipfile.ZIP_STORED).replace(old, new)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (word_document([["Notes by Gemini"], ["Ruth rang the ward."]]), "holds no times"),
        (word_document(OTTER)[:-200], "damaged or locked"),
        (_rewritten(b"word/document.xml", b"word/another1.xml"), "no Word"),
        (_rewritten(b"<w:document", b"<!DOCTYPE x"), "damaged or locked"),
        (word_document(OTTER, extra="<!-- -->" * 4_000_000), "far longer"),
    ],
    ids=["no-times", "torn", "zip", "doctype", "huge"],
)
def test_a_document_that_is_no_transcript_is_refused(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "meeting.docx"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=why) as refusal:
        read_transcript_file(path)
    assert refusal.value.next_step


def test_readings_beside_words_are_left_out_and_said(tmp_path: Path) -> None:
    ruby = (
        "<w:p><w:r><w:t>Ruth   0:01</w:t></w:r></w:p><w:p><w:r><w:ruby>"
        "<w:rt><w:r><w:t>ai</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>I went in.</w:t></w:r>"
        "</w:rubyBase></w:ruby></w:r></w:p>"
    )
    path = tmp_path / "talk.docx"
    path.write_bytes(word_document([["Ana   0:04"], ["And then?"]], extra=ruby))
    imported = read_transcript_file(path)
    assert [word.text for word in imported.recognised.words][:3] == ["I", "went", "in."]
    assert any("1 reading beside words" in note for note in imported.notes)
