"""A story transcribed again, as it lies on the disk: the copy carried, the earlier one kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from capture.recording.session_markers import Marker, read_session, write_session
from library.core.workspace import StoryFolder, Workspace
from tests.support.known_interview import spoken, transcript_of
from transcribe import report
from transcribe.edit_service import open_edit_session
from transcribe.glossary import Glossary, Term
from transcribe.pipeline import write_transcript
from transcribe.words import Transcript, read_edited

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]
HEARD = "He was left in the carp ark. Daniel cried. His see pa was late. Marmalade was there."


def lines_of_second_run(workspace: Workspace, transcript: Transcript, text: str) -> list[str]:

    task = open_edit_session(workspace, transcript.story).task
    second_transcript = msgspec.structs.replace(transcript_of(spoken(text)), story=transcript.story)
    return list(report.transcription_lines(write_transcript(task, second_transcript)))


def test_questions_are_named_by_their_words(transcribed: Made) -> None:
    workspace, _, transcript = transcribed(transcript_of(spoken(HEARD)))
    questions = open_edit_session(workspace, transcript.story).task.questions.questions
    total = len(questions)
    lines = "\n".join(lines_of_second_run(workspace, transcript, HEARD))
    assert f"None of the {total} questions of its set was heard." in lines
    assert f"carer-stories capture mark {transcript.story}" in lines
    wording = questions[0].ask
    lines = "\n".join(lines_of_second_run(workspace, transcript, f"{wording} {HEARD}"))
    assert f"Of the {total} questions of its set 1 heard:" in lines
    assert f"0:00  {wording}\n" in lines
    assert lines.count("  not heard: ") == total - 1
    assert not any(question.id in lines for question in questions if "-" in question.id)
    assert "alike" not in lines


def test_the_editors_work_is_carried_to_the_new_words(run_cli: Any, transcribed: Made) -> None:
    workspace, folder, transcript = transcribed(transcript_of(spoken(HEARD)))
    edited_text = (
        "Grace: He was left in the car park. [[Daniel|My boy]] cried. His CPA was late. "
        "~~Marmalade was there.~~"
    )
    folder.editors_copy.write_text(edited_text, encoding="utf-8")
    assert run_cli("edit", transcript.story, "--as-is").code == 0

    lines = "\n".join(
        lines_of_second_run(workspace, transcript, HEARD.replace("see pa", "sea par"))
    )

    (earlier_copy,) = folder.root.glob("transcript.md.before-*")
    assert earlier_copy.name in lines
    assert "corrections 1, cuts and redactions 2" in lines
    assert "Could not be carried over: the correction at 0:04: “CPA”" in lines
    assert not {"Daniel", "Marmalade"} & {*lines.split()}
    assert not folder.edited.exists()
    assert not folder.captions.exists()
    copy = folder.editors_copy.read_text(encoding="utf-8").partition("-->")[2]
    assert "Grace: He was left in the car park. [[Daniel|My boy]] cried. His sea par was" in copy
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    edited = read_edited(folder.edited)
    assert (
        edited.turns[0].text == "He was left in the car park. My boy cried. His sea par was late."
    )
    assert (len(edited.cuts), len(edited.redactions)) == (1, 1)


def test_a_copy_that_fits_nothing_is_kept_and_said(transcribed: Made) -> None:
    workspace, folder, transcript = transcribed(transcript_of(spoken(HEARD)))
    folder.editors_copy.write_text("Ruth: ~~He was never closed", encoding="utf-8")
    lines = "\n".join(lines_of_second_run(workspace, transcript, HEARD))
    assert "could not be carried" in lines
    assert next(folder.root.glob("transcript.md.before-*")).read_text().startswith("Ruth: ~~He")
    assert "~~" not in folder.editors_copy.read_text(encoding="utf-8").partition("-->")[2]


def test_doubts_are_marked_and_counted_until_they_are_looked_at(
    run_cli: Any, transcribed: Made
) -> None:
    words = spoken(HEARD)
    words[0] = msgspec.structs.replace(words[0], probability=0.2)
    workspace, folder, transcript = transcribed(transcript_of(words))
    terms = Glossary(terms=(Term(term="CPA", mishearings=("see pa",)),))
    workspace.glossary.write_bytes(msgspec.yaml.encode(terms))
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    copy = folder.editors_copy.read_text(encoding="utf-8")
    assert "Ruth: He(?) was" in copy
    assert "see pa(?CPA) was" in copy
    assert "(?" not in read_edited(folder.edited).turns[0].text

    def count_unsure() -> int:
        return int(json.loads(run_cli("status", transcript.story, "--json").out)[0]["unsure"])

    assert count_unsure() == 2
    assert "2 places are still marked as unsure" in run_cli("status", transcript.story).out
    folder.editors_copy.write_text(
        copy.replace("see pa(?CPA)", "CPA(?CPA)").replace("He(?)", "He"), encoding="utf-8"
    )
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    assert count_unsure() == 0
    assert "(?" not in folder.editors_copy.read_text(encoding="utf-8").partition("-->")[2]


def test_marks_of_the_recording_make_the_headings(transcribed: Made) -> None:
    workspace, folder, transcript = transcribed(transcript_of(spoken(HEARD)))
    words = spoken(HEARD)
    marks = tuple(
        Marker(at=words[number].start, kind="question", question=question)
        for number, question in ((0, "beginning"), (7, "staff"))
    )
    session = msgspec.structs.replace(read_session(folder.session), markers=marks)
    write_session(folder.session, session)
    lines = lines_of_second_run(workspace, transcript, HEARD)
    assert any("marked while recording; asked in other words" in line for line in lines)
    copy = folder.editors_copy.read_text(encoding="utf-8")
    assert "## What would you like staff to know?\n\n[00:02] Ruth: Daniel cried." in copy


def test_what_was_marked_while_recording_stands_after_the_words(
    transcribed: Made,
) -> None:
    """“Do not use this” must reach the editor, and be there still when it is heard again."""
    workspace, folder, transcript = transcribed(transcript_of(spoken(HEARD)))
    words = spoken(HEARD)
    marks = (
        Marker(at=words[3].start + 10, kind="do-not-use"),
        Marker(at=words[3].start + 20, kind="note", text="a lorry (loud) [[x|y]] ~~z~~"),
        Marker(at=words[7].start + 10, kind="sensitive"),
        Marker(at=words[7].start + 10, kind="pause"),
    )
    session = msgspec.structs.replace(read_session(folder.session), markers=marks)
    write_session(folder.session, session)
    lines = lines_of_second_run(workspace, transcript, HEARD)
    assert any("1 × asked not to use this" in line for line in lines)
    copy = folder.editors_copy.read_text(encoding="utf-8")
    fourth, eighth = (words[number].text.strip() for number in (3, 7))
    assert f"{fourth}(?asked not to use this; note: a lorry loud x y z)" in copy
    assert f"{eighth}(?marked as sensitive)" in copy
    edited = copy.replace(" cried", " cried a lot")
    folder.editors_copy.write_text(edited, encoding="utf-8")
    lines_of_second_run(workspace, transcript, HEARD)
    text = folder.editors_copy.read_text(encoding="utf-8")
    assert text.count("asked not to use this") == 1
