"""Question sets are read strictly; messages name the file, the question and what was expected."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.questions.advice import known_themes, suggestions
from capture.questions.question_set import (
    Question,
    QuestionSet,
    find_question_set,
    list_question_sets,
    load_question_set,
    parse_question_set,
    question_set_files,
    read_question_set_file,
)
from capture.recording.session_markers import Marker, Session, read_session, write_session
from library.core.errors import BadInput, Damaged, NotFound
from library.core.workspace import Workspace

GOOD = """\
id: x
version: 1
title: First contact
designed_by: Volunteers
opening: Thank you for being here.
closing: Thank you for telling us.
questions:
  - id: beginning
    ask: Who do you care for?
    follow_ups: ["How long?"]
  - id: end
    ask: What are you looking forward to?
"""


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "x.yml"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        load_question_set(path)
    assert error.value.next_step
    return error.value.what


def test_a_good_set_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(GOOD)
    questions = load_question_set(path)
    assert [question.id for question in questions.questions] == ["beginning", "end"]
    assert questions.questions[0].follow_ups == ("How long?",)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("    ask: What are", "    task: What are", 12, "did you mean “ask”?"),
        ("    ask: Who do you care for?\n", "", 8, "questions 1 → ask: this field is missing"),
        ("version: 1", "version: one", 2, "version: write a whole number here"),
        ("version: 1", "version: 0", 2, "counted from 1"),
        ("id: x", "id: y", 1, "must be the file’s own name, x"),
        ("id: x", "id: X y", 1, "small letters"),
        ("id: end", "id: beginning", 11, "questions 2 → id: “beginning” is question 1’s already"),
        ("id: end", "id: the end", 11, "questions 2 → id"),
        ("ask: Who do you care for?", 'ask: "  "', 9, "questions 1 → ask: there must be words"),
        ("ask: Who do you", "ask: TO WRITE", 9, "questions 1 → ask: this is still to be written"),
        ('["How long?"]', "How long", 10, "each line begins with a hyphen"),
        ("ask: Who do", "ask: now: who do", 9, "there is a colon in the text"),
        ("closing: Thank", "colour: red\nclosing: Thank", 6, "no field of that name"),
        ("designed_by", "designedby", 4, "did you mean “designed_by”?"),
        ('follow_ups: ["How long?"]', "themes: [Being Heard]", 10, "questions 1 → themes 1"),
        ("    ask: Who", "    lighter: maybe\n    ask: Who", 9, "write true or false here"),
        ("title: First contact", "title: [", 4, "text in brackets needs"),
        ("title: First contact", "title: !!python/name:os.system", 3, "! has a meaning"),
        ("title: First contact", "title: A\ntitle: B", 4, "is given twice, first in line 3"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    message = refusal(tmp_path, GOOD.replace(old, new, 1))
    assert message.startswith("interviews/questions/x.yml, line ")
    assert words in message
    named = int(message.split("line ")[1].split(":")[0].split(",")[0])
    assert abs(named - line) <= 1, message


def test_everything_that_is_wrong_is_told_at_once(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    text = GOOD.replace("id: x", "id: y").replace("id: end", "id: The End")
    (workspace.questions / "x.yml").write_text(text)
    checked = run_cli("questions", "check", "x")
    assert checked.code == 2
    assert "x: 2 things to mend." in checked.out
    assert "line 1, id" in checked.out
    assert "line 11, questions 2 → id" in checked.out


def test_what_is_no_yaml_hides_no_other_fault(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    text = GOOD.replace("title: First", "titel: !!str First").replace("id: end", "id: The End")
    text = text.replace("questions:", "question:").replace("closing: ", "closing: now: ")
    (workspace.questions / "x.yml").write_text(text)
    checked = run_cli("questions", "check", "x")
    assert checked.code == 2
    for fault in (
        "line 3: ! has a meaning",
        "line 6: there is a colon in the text",
        "line 7, question: there is no field of that name; did you mean “questions”?",
        "line 11, questions 2 → id",
    ):
        assert fault in checked.out, checked.out
    assert "<block" not in checked.out


def test_no_questions_and_no_words_are_refused(tmp_path: Path) -> None:
    assert "at least one" in refusal(tmp_path, GOOD[: GOOD.index("questions:")] + "questions: []\n")
    assert "x.yml" in refusal(tmp_path, "")
    assert "megabyte" in refusal(tmp_path, "#" * 1_100_000)
    assert "begins with lines such as" in refusal(tmp_path, "- a\n- b\n")


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_whatever_bytes_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    reading = parse_question_set(data, tmp_path_factory.getbasetemp() / "x.yml")
    assert reading.problems
    assert all(problem.line >= 1 and problem.what for problem in reading.problems)


def test_an_unknown_set_is_answered_with_the_ones_there_are(workspace: Workspace) -> None:
    with pytest.raises(NotFound) as error:
        find_question_set(workspace, "being-herd")
    assert "Did you mean “being-heard”?" in error.value.next_step
    assert find_question_set(workspace, "being-heard").id == "being-heard"


def test_every_set_that_comes_with_the_product_can_be_used(workspace: Workspace) -> None:
    sets = list_question_sets(workspace)
    assert len(sets) >= 3
    assert all(len(question_set.questions) >= 3 for question_set in sets)


def test_the_sets_that_come_with_the_product_follow_our_own_advice(workspace: Workspace) -> None:
    themes = known_themes(workspace)
    assert "being-heard" in themes
    for path in question_set_files(workspace):
        reading = read_question_set_file(path)
        assert suggestions(reading, themes) == [], path.name
        assert reading.record is not None
        assert reading.record.about
        assert reading.record.reflection
        assert reading.record.questions[-1].lighter


def test_advice_names_its_line_and_keeps_no_set_from_being_used(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    heavy = GOOD + "    content_note: You may pause.\n    themes: [confidentialty]\n"
    (workspace.questions / "x.yml").write_text(heavy)
    checked = run_cli("questions", "check", "x")
    assert checked.code == 0
    assert (
        "Advice: x.yml, line 11, questions 2: the last question has a content note" in checked.out
    )
    assert "did you mean “confidentiality”?" in checked.out
    assert "”?." not in checked.out
    assert "content_note: staff read this" in checked.out


def test_what_is_asked_twice_is_told(workspace: Workspace) -> None:
    path = workspace.questions / "x.yml"
    path.write_text(GOOD.replace("What are you looking forward to?", "“WHO do you  care for”"))
    told = [str(one) for one in suggestions(read_question_set_file(path), frozenset())]
    assert [one for one in told if "the same words as question 1; ask it once" in one]
    path.write_text(GOOD)
    told = [str(one) for one in suggestions(read_question_set_file(path), frozenset())]
    assert not [one for one in told if "the same words" in one]


def test_the_commands_list_and_check(workspace: Workspace, run_cli: Callable[..., Any]) -> None:
    result = run_cli("questions", "list", "--json")
    assert {question_set["id"] for question_set in json.loads(result.out)} >= {"being-heard"}
    assert run_cli("questions", "check").code == 0
    (workspace.questions / "broken.yml").write_text("id: broken\n")
    (workspace.questions / "x.yml").write_text(GOOD)
    checked = run_cli("questions", "check", "--json")
    assert checked.code == 2
    problems = {finding["id"]: finding["problem"] for finding in json.loads(checked.out)}
    assert problems["x"] == ""
    assert "version" in problems["broken"]
    assert run_cli("questions", "check", "x").code == 0
    assert run_cli("questions", "check", "none").code == 3


ids = st.from_regex(r"\A[a-z0-9-]{1,40}\Z")
# PyYAML writes every character it can read back but some line ends; people type none of those.
words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff"
    ),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() != "")
texts = st.lists(words, max_size=3).map(tuple)
question = st.builds(
    Question,
    id=ids,
    ask=words,
    follow_ups=texts,
    themes=st.lists(ids, max_size=2).map(tuple),
    content_note=words,
    take_care=words,
    reflection=texts,
)
question_sets = st.builds(
    QuestionSet,
    id=st.just("x"),
    version=st.integers(1, 10**6),
    title=words,
    designed_by=words,
    opening=words,
    closing=words,
    questions=st.lists(question, min_size=1, max_size=4, unique_by=lambda case: case.id).map(tuple),
)


def test_all_faults_of_a_set_are_told_at_once(workspace: Workspace) -> None:
    path = workspace.questions / "ward.yml"
    path.write_text(
        "id: Ward\nversion: one\ntitel: A\ndesigned_by: Us\nopening: ''\nclosing: b\nquestions:\n"
        "  - id: x\n    ask: Why?\n    lighter: maybe\n  - id: x\n    asks: And then?\n",
        encoding="utf-8",
    )
    faults = [(problem.line, problem.field) for problem in read_question_set_file(path).problems]
    assert faults == [
        *((1, "id"), (2, "version"), (3, "titel"), (5, "opening"), (10, "questions 1 → lighter")),
        *((11, "questions 2 → id"), (12, "questions 2 → asks")),
    ]


@settings(deadline=None, max_examples=40)
@given(question_sets)
def test_a_set_written_as_yaml_is_read_back_word_for_word(
    tmp_path_factory: pytest.TempPathFactory, questions: QuestionSet
) -> None:
    path = tmp_path_factory.mktemp("sets") / "x.yml"
    path.write_text(yaml.safe_dump(msgspec.to_builtins(questions), allow_unicode=True), "utf-8")
    assert load_question_set(path) == questions


@settings(deadline=None, max_examples=40)
@given(question_sets, st.lists(st.builds(Marker, at=st.integers(0), kind=st.just("question"))))
def test_a_session_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, questions: QuestionSet, markers: list[Marker]
) -> None:
    path = tmp_path_factory.mktemp("sessions") / "session.json"
    session = Session(story="cs-4k7m2q", question_set=questions, markers=tuple(markers))
    write_session(path, session)
    assert read_session(path) == session


def test_a_missing_or_changed_session_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cs-4k7m2q" / "session.json"
    with pytest.raises(NotFound, match="no recording of cs-4k7m2q"):
        read_session(path)
    path.parent.mkdir()
    path.write_text('{"schema": 1, "story": "cs-4k7m2q"}')
    with pytest.raises(Damaged, match="question_set"):
        read_session(path)
