"""A question set is begun, and printed for the table and for the person who is invited to it."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.questions.printing import preview_page, sheets_page
from capture.questions.question_set import find_question_set, list_question_sets, parse_question_set
from capture.questions.scaffold import QuestionDraft, QuestionSetDraft, draft_yaml
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace

BEGIN = ("--title", "Living with medication", "--designed-by", "Volunteers", "--yes")


def test_a_set_is_begun_with_what_is_still_to_be_written(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    result = run_cli("questions", "new", "medication", *BEGIN)
    assert result.code == 0, result.err
    assert "this is still to be written" in result.out
    checked = run_cli("questions", "check", "medication")
    assert checked.code == 2
    assert "still to be written" in checked.out


def test_questions_given_as_options_stand_in_their_order(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    asked_questions = (
        "How did it begin?",
        "What helps: rest, food, walks?",
        "What do you look forward to?",
    )
    options = [word for question in asked_questions for word in ("--question", question)]
    run_cli("questions", "new", "rest", *BEGIN, "--about", "Resting.", *options)
    path = workspace.questions / "rest.yml"
    reading = parse_question_set(path.read_bytes(), path)
    assert reading.record is not None
    assert tuple(question.ask for question in reading.record.questions) == asked_questions
    assert [question.lighter for question in reading.record.questions] == [False, False, True]
    finished = re.sub(r'"TO WRITE: [^"]*"', '"What do you notice?"', path.read_text())
    path.write_text(finished)
    assert find_question_set(workspace, "rest").title == "Living with medication"


def test_a_set_that_is_there_is_never_written_over(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    before = (workspace.questions / "being-heard.yml").read_bytes()
    for name in ("being-heard", "Being Heard", "../escape", ""):
        result = run_cli("questions", "new", name, *BEGIN)
        assert result.code == 2, name
        assert "Traceback" not in result.err
    assert (workspace.questions / "being-heard.yml").read_bytes() == before
    assert not (workspace.questions.parent / "escape.yml").exists()


def test_a_script_is_told_which_options_are_missing(run_cli: Callable[..., Any]) -> None:
    result = run_cli("questions", "new", "--yes")
    assert result.code == 2
    assert "NAME, --title are missing" in result.err


typed_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=80)


@settings(deadline=None, max_examples=150)
@given(title=typed_text, questions=st.lists(typed_text, max_size=3), follow_up=typed_text)
def test_whatever_is_typed_the_file_is_read_back_with_those_words(
    title: str, questions: list[str], follow_up: str
) -> None:
    draft = QuestionSetDraft(
        id="x",
        title=title,
        designed_by="Volunteers",
        questions=tuple(QuestionDraft(question, (follow_up,)) for question in questions),
    )
    reading = parse_question_set(draft_yaml(draft).encode(), Path("x.yml"))
    if reading.record is None:  # a character that no file of words may hold
        assert "cannot be read" in reading.problems[0].what
        return
    assert reading.record.title.split() == _plain(title).split()
    for question, typed in zip(reading.record.questions, questions, strict=False):
        if typed:
            assert question.ask.split() == _plain(typed).split()


def _plain(text: str) -> str:
    from library.core.sanitise import printable

    return printable(text)


def test_the_sheets_and_the_preview_hold_every_word_of_the_set(
    workspace: Workspace, run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    result = run_cli("questions", "print", "admission-and-discharge", "--to", tmp_path / "out")
    assert result.code == 0, result.err
    questions = find_question_set(workspace, "admission-and-discharge")
    sheets, preview = sorted(path.read_text() for path in (tmp_path / "out").iterdir())
    for page in (sheets, preview):
        for question in questions.questions:
            for words in (question.ask, *question.follow_ups, question.take_care):
                assert words in page
            if question.content_note:
                assert question.content_note not in page  # that is for staff
        assert questions.opening in page
        assert questions.closing in page
        assert "http:" not in page
        assert "https:" not in page
        assert "<script" not in page
        assert "default-src 'none'" in page


def test_a_set_that_has_one_note_for_everybody_still_shows_it_on_paper(
    workspace: Workspace,
) -> None:
    """Sets were written before `take_care` was there, and frozen into sessions."""
    import msgspec

    question_set = find_question_set(workspace, "being-heard")
    (old, *_) = question_set.questions
    old = msgspec.structs.replace(old, content_note="A crisis may come up here.", take_care="")
    page = sheets_page(
        workspace, msgspec.structs.replace(question_set, questions=(old,)), Settings()
    )
    assert "A crisis may come up here." in page


def test_the_sheets_name_the_trust_of_the_settings_and_no_other(workspace: Workspace) -> None:
    for question_set in list_question_sets(workspace):
        for own in (Settings(), Settings(trust="Northfield NHS Trust")):
            for page in (
                sheets_page(workspace, question_set, own),
                preview_page(workspace, question_set, own),
            ):
                assert "Larchfield" not in page
                assert "Our trust" not in page
                assert ("Northfield" in page) is ("Northfield" in own.trust)


def test_reflection_for_staff_is_not_sent_to_the_contributor(workspace: Workspace) -> None:
    questions = find_question_set(workspace, "being-heard")
    page = preview_page(workspace, questions, load_settings(workspace))
    assert questions.questions[0].reflection[0] not in page


@pytest.mark.parametrize(
    "words",
    ["<script>alert(1)</script>", "{{ 7*7 }}", "[x](javascript:alert(1))", "-->", "a\u202eb"],
)
def test_words_are_shown_as_typed_and_do_nothing(workspace: Workspace, words: str) -> None:
    import msgspec

    questions = msgspec.structs.replace(
        find_question_set(workspace, "being-heard"), title=words, opening=words, about=words
    )
    pages = (
        sheets_page(workspace, questions, Settings(contact=words)),
        preview_page(workspace, questions, Settings(contact=words)),
    )
    for page in pages:
        assert "<script" not in page
        assert "\u202e" not in page
        assert "<a " not in page


def test_guided_on_the_terminal_each_thing_is_asked_and_shown_before_it_is_written(
    workspace: Workspace, run_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        "being-heard",  # taken: asked again
        "night-shifts",
        "Nights",
        "",  # Carer volunteers
        "What nights are like, and who answers.",
        "",
        "",
        "yes",
        "What is a night like?",
        "Who is awake?",
        "",
        "Tells of fear.",
        "There is no hurry.",
        "What helps in the morning?",
        "",
        "",
        "",
        "",
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    result = run_cli("questions", "new")
    assert result.code == 0, result.err
    assert "There is a question set being-heard.yml already" in result.out
    path = workspace.questions / "night-shifts.yml"
    reading = parse_question_set(path.read_bytes(), path)
    assert reading.record is not None
    first, last = reading.record.questions
    assert (first.ask, first.follow_ups) == ("What is a night like?", ("Who is awake?",))
    assert (first.content_note, first.take_care) == ("Tells of fear.", "There is no hurry.")
    assert (last.ask, last.lighter) == ("What helps in the morning?", True)
    assert reading.record.designed_by == "Carer volunteers"
