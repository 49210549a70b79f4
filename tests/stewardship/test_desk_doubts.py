"""Doubts of a text at the desk: what is asked, in order of time, and what each answer does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from library.core.errors import BadInput, NotFound
from library.core.workspace import Workspace
from stewardship.desk.desk_analyser import DeskAnalyser
from stewardship.desk.doubts import Doubt
from stewardship.desk.open_stories import Desk
from tests.support.command_line import CommandResult
from tests.support.known_interview import spoken, transcript_of
from tests.support.transcribed_story import transcribed_story
from transcribe.redaction.checks import name_problems

SAID = (
    "I care for my sister Siobhan. Then Chevonne came home to Larchwood. The see pa team rang. "
    "We asked for Ahmed. Nobody said a thing to us about what would happen next, and we waited."
)
COPY = (
    "Ruth: I care for my sister Siobhan. Then [[?Chevonne|my sister]] came home to Larchwood.\n\n"
    "Interviewer: The(?who speaks?) see pa(?CPA) team rang(?asked not to use this; contributor 2: "
    "not this name).\n\n[00:07–00:08: somebody speaks here] \n\n"
    "Ruth: We asked for Ahmed. Nobody said a thing(?) to us about what would happen next, and we "
    "waited."
)


@pytest.fixture
def analyser(workspace: Workspace) -> DeskAnalyser:
    folder, _ = transcribed_story(workspace, transcript_of(spoken(SAID)))
    workspace.glossary.write_text("terms:\n- term: CPA\n  mishearings: [see pa]\n")
    folder.editors_copy.write_text(COPY, encoding="utf-8")
    return DeskAnalyser(workspace, folder.root.name)


def doubts_of(analyser: DeskAnalyser, text: str) -> dict[str, Doubt]:
    return {f"{each.kind} {each.text}": each for each in analyser.analyse_fully(text).doubts}


def answered(analyser: DeskAnalyser, doubt: str, key: str, shown: str = "") -> str:
    return analyser.answer(COPY, doubts_of(analyser, COPY)[doubt].id, key, shown)


def test_all_that_is_open_stands_in_order_of_time(analyser: DeskAnalyser) -> None:
    analysis = analyser.analyse_fully(COPY)
    asked = [(each.kind, COPY[each.from_ : each.to]) for each in analysis.doubts]
    assert asked == [
        ("name", "Siobhan."),
        ("name", "[[?Chevonne|my sister]]"),
        ("name", "Larchwood."),
        ("voice", "The(?who speaks?)"),
        ("confidence", "see pa(?CPA)"),
        ("marker", "rang(?asked not to use this; contributor 2: not this name)"),
        ("remark", "rang(?asked not to use this; contributor 2: not this name)"),
        ("unheard", "[00:07–00:08: somebody speaks here]"),
        ("name", "Ahmed."),
        ("confidence", "thing(?)"),
    ]
    assert [each.start for each in analysis.doubts] == sorted(
        each.start for each in analysis.doubts
    )
    assert analysis.summary.doubts_left == len(analysis.doubts)
    assert len({each.id for each in analysis.doubts}) == len(analysis.doubts)


@pytest.mark.parametrize(
    ("doubt", "key", "before", "after"),
    [
        ("confidence see pa", "y", "see pa(?CPA) team", "see pa team"),
        ("confidence see pa", "t", "see pa(?CPA) team", "CPA team"),
        ("confidence thing", "y", "thing(?)", "thing"),
        ("voice The", "y", "The(?who speaks?)", "The"),
        ("voice The", "1", "Interviewer: The(?who speaks?)", "Ruth: The"),
        ("marker rang.", "y", "(?asked not to use this; contributor 2: not this name)",
         "(?contributor 2: not this name)"),
        ("remark rang.", "y", "(?asked not to use this; contributor 2: not this name)",
         "(?asked not to use this)"),
        ("unheard ", "y", "[00:07–00:08: somebody speaks here] \n\n", ""),
        ("name Chevonne", "y", "[[?Chevonne|my sister]]", "[[Chevonne|my sister]]"),
        ("name Chevonne", "n", "[[?Chevonne|my sister]]", "Chevonne"),
    ],
)  # fmt: skip
def test_an_answer_changes_the_text_as_an_editor_would(
    analyser: DeskAnalyser, doubt: str, key: str, before: str, after: str
) -> None:
    assert answered(analyser, doubt, key) == COPY.replace(before, after, 1)


@pytest.mark.parametrize(
    ("doubt", "key", "before", "after"),
    [
        ("confidence thing", "y", "thing (?) to", "thing to"),
        ("name Chevonne", "y", "[[?— Chevonne|my sister]]", "[[— Chevonne|my sister]]"),
        ("name Chevonne", "n", "[[?— Chevonne|my sister]]", "— Chevonne"),
    ],
)
def test_what_somebody_typed_beside_a_mark_stays(
    analyser: DeskAnalyser, doubt: str, key: str, before: str, after: str
) -> None:
    text = COPY.replace("thing(?)", "thing (?)").replace("[[?Chevonne", "[[?— Chevonne")
    given = analyser.answer(text, doubts_of(analyser, text)[doubt].id, key)
    assert given == text.replace(before, after, 1)


def test_a_name_is_answered_as_by_redact_review(
    analyser: DeskAnalyser, run_cli: Callable[..., CommandResult]
) -> None:
    story = analyser.folder.root.name
    text = answered(analyser, "name Siobhan.", "o", "my daughter")
    assert "my sister [[Siobhan|my daughter]]." in text
    # The text is for whoever holds it to write.
    assert analyser.folder.editors_copy.read_text(encoding="utf-8") == COPY
    assert "Siobhan" in analyser.folder.name_list.read_text(encoding="utf-8")
    assert "name Siobhan." not in doubts_of(analyser, text)
    analyser.folder.editors_copy.write_text(text, encoding="utf-8")
    doubts = doubts_of(analyser, text)
    assert analyser.answer(text, doubts["name Larchwood."].id, "e") == text
    assert "Larchwood" in analyser._workspace.may_be_said.read_text(encoding="utf-8")
    assert analyser.answer(text, doubts["name Ahmed."].id, "n") == text
    assert "name Ahmed." not in doubts_of(analyser, text)
    listed = json.loads(run_cli("redact", "list", story, "--json").out)
    assert listed["possible"] == []
    assert [question["words"] for question in listed["questions"]] == ["Chevonne"]
    assert name_problems(analyser.folder) == []


def test_names_of_the_list_that_are_not_marked_are_marked_with_one_key(
    analyser: DeskAnalyser, run_cli: Callable[..., CommandResult]
) -> None:
    story = analyser.folder.root.name
    assert run_cli("redact", "add", story, "Ahmed Larch", "--shown", "a nurse").code == 0
    assert run_cli("redact", "add", story, "Siobhan", "--shown", "my sister").code == 0
    doubts = {each.id: each for each in analyser.analyse_fully(COPY).doubts}
    unmarked = doubts["unmarked"]
    assert (COPY[unmarked.from_ : unmarked.to], unmarked.places) == ("Siobhan.", 2)
    text = analyser.answer(COPY, "unmarked", "y")
    assert "my sister [[Siobhan|my sister]]." in text
    assert "for [[Ahmed|a nurse]]." in text
    assert "unmarked" not in {each.id for each in analyser.analyse(text).doubts}
    analyser.folder.editors_copy.write_text(text, encoding="utf-8")
    assert "nothing new" in run_cli("redact", "suggest", story).out


def test_names_are_known_at_once_while_the_text_changes(analyser: DeskAnalyser) -> None:
    assert not analyser.analyse(COPY).is_complete
    analyser.analyse_fully(COPY)
    changed = COPY.replace("I care", "I really do care").replace("Larchwood", "[[Larchwood|there]]")
    analysis = analyser.analyse(changed)
    assert not analysis.is_complete
    shown = [each.text for each in analysis.doubts if each.kind == "name"]
    assert shown == ["Siobhan.", "Chevonne", "Ahmed."]
    assert all(changed[each.from_ : each.to].startswith(("S", "[[?C", "A"))
               for each in analysis.doubts if each.kind == "name")  # fmt: skip
    assert analyser.analyse_fully(changed).is_complete
    assert analyser.analyse(changed).is_complete


def test_what_is_no_longer_open_or_no_answer_is_refused(analyser: DeskAnalyser) -> None:
    with pytest.raises(NotFound, match="no longer open"):
        analyser.answer(COPY, "name-999", "y")
    with pytest.raises(BadInput, match="none of the answers"):
        answered(analyser, "name Chevonne", "x")
    with pytest.raises(BadInput, match="shown instead"):
        answered(analyser, "name Chevonne", "o", "  ")


def test_a_text_that_is_refused_still_tells_its_doubts(analyser: DeskAnalyser) -> None:
    analysis = analyser.analyse(COPY + " ~~and")
    assert {each.kind for each in analysis.doubts} == {
        "voice", "confidence", "marker", "remark", "unheard",
    }  # fmt: skip
    assert analysis.summary.problems == 1


def test_a_long_look_follows_the_quick_one_where_nobody_types_on(analyser: DeskAnalyser) -> None:
    desk = Desk(analyser._workspace, DeskAnalyser)
    story = desk.open_story(analyser.folder.root.name)
    newest = story.newest_analysis
    assert not newest.wait_for(0).is_complete
    with story.changed:
        assert story.changed.wait_for(lambda: newest.made_count > 1, 60)
    assert newest.wait_for(0).is_complete
    newest.renew()
    assert newest.wait_for(0).is_complete
    assert newest.made_count == 3
    # An answer that leaves the text as it is.
    (ahmed,) = (each for each in newest.wait_for(0).doubts if each.text == "Ahmed.")
    assert newest.answer(COPY, ahmed.id, "n", "") == COPY
    assert ahmed.text not in {each.text for each in newest.wait_for(0).doubts}
    with story.changing() as document:
        document.change_by_desk(COPY.replace("I care", "I do care"), "test", 0)
    assert not newest.wait_for(1).is_complete
    desk.close()
