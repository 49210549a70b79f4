"""The register of people in a story, as an editor keeps it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, sign_off

Cli = Callable[..., CommandResult]


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return filmed(workspace)


def register(run_cli: Cli, story_id: str) -> dict[str, object]:
    listing: dict[str, object] = json.loads(run_cli("people", "list", story_id, "--json").out)
    return listing


def add(run_cli: Cli, story_id: str, decision: str = "undecided") -> str:
    result = run_cli(
        "people", "add", story_id, "--relation", "son", "--told", "his illness", "--as", decision
    )
    assert result.code == 0, result.err
    return result.out.split(":")[0]


def test_a_person_is_entered_decided_about_and_the_register_said_to_be_complete(
    run_cli: Cli, story_id: str
) -> None:
    person = add(run_cli, story_id)
    output = run_cli("people", "list", story_id).out
    assert "(son) nothing is decided yet" in output
    assert f"people decide {story_id} {person}" in output
    assert run_cli("people", "decide", story_id, person, "--as", "pseudonym").code == 0
    assert not register(run_cli, story_id)["settled"]  # somebody came after it was complete
    assert run_cli("people", "complete", story_id, "--yes").code == 0
    assert register(run_cli, story_id) == {
        "people": [
            {
                **register(run_cli, story_id)["people"][0],  # type: ignore[index]
                "person": person,
                "relation": "son",
                "told": "his illness",
                "decided": "pseudonym",
            }
        ],
        "settled": True,
        "troubles": [],
    }


NOTED = (
    *("--evidence", "she read the page with her nurse and said yes", "--capacity", "has-capacity"),
    *("--capacity-note", "asked twice, a week apart", "--informed", "2026-05-01"),
    *("--route", "her care coordinator rings the library"),
)


def test_of_the_person_cared_for_more_is_asked_and_shown(run_cli: Cli, story_id: str) -> None:
    other = add(run_cli, story_id, "agreed")
    assert "still to be noted" not in run_cli("people", "list", story_id).out
    person = add(run_cli, story_id, "agreed")
    decide = ("people", "decide", story_id, person)
    assert run_cli(*decide, "--cared-for").code == 0
    for output in (run_cli("people", "list", story_id).out, run_cli("status", story_id).out):
        for option in ("--evidence", "--capacity", "--informed", "--route"):
            assert option in output, option
        assert other not in output.partition("still to be noted")[2]
    assert run_cli("people", "complete", story_id, "--yes").code == 0
    lacking = run_cli("people", "list", story_id).out
    assert "settled" not in lacking
    assert lacking.splitlines()[-1].startswith(f"Next: carer-stories people decide {story_id}")
    assert run_cli(*decide, *NOTED).code == 0
    listed = run_cli("people", "list", story_id).out
    assert "The register is settled." in listed
    assert "still to be noted" not in listed + run_cli("status", story_id).out
    for words in ("said yes", "can decide this", "a week apart", "1 May 2026", "coordinator"):
        assert words in listed
    entry = register(run_cli, story_id)["people"][-1]  # type: ignore[index]
    assert (entry["decided"], entry["cared_for"]) == ("agreed", True), "notes decided something"


def test_one_who_cannot_decide_or_was_not_told_needs_a_reason(run_cli: Cli, story_id: str) -> None:
    decide = ("people", "decide", story_id, add(run_cli, story_id, "agreed"))
    lacking = (*NOTED, "--cared-for", "--capacity", "lacks-capacity", "--capacity-note", "")
    assert run_cli(*decide, *lacking).code == 0
    assert "best interests" in run_cli("people", "list", story_id).out
    both = run_cli(*decide, "--informed", "2026-05-01", "--not-informed", "it would harm her")
    assert (both.code, "either told or not" in both.err) == (2, True)
    assert run_cli(*decide, "--informed", "2999-01-01").code == 2
    assert run_cli(*decide, "--route", "x" * 501).code == 2
    assert run_cli(*decide, "--not-informed", "it would harm her").code == 0
    listed = run_cli("people", "list", story_id).out
    assert "not told, because: it would harm her" in listed
    assert "1 May 2026" not in listed


def test_notes_open_no_approval_and_leave_with_the_words(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    person = add(run_cli, story_id, "agreed")
    assert run_cli("people", "complete", story_id, "--yes").code == 0
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    decide = ("people", "decide", story_id, person, "--cared-for")
    assert run_cli(*decide, *NOTED).code == 0
    assert json.loads(run_cli("status", story_id, "--json").out)[0]["audiences"]
    assert run_cli("export", story_id, "--subject-access").code == 0
    for path in workspace.exports.rglob("*"):
        assert path.is_dir() or b"week apart" not in path.read_bytes(), "the patient's, not theirs"
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert b"week apart" not in workspace.database.read_bytes()
    assert b"2026-05-01" not in workspace.database.read_bytes()


def test_nobody_else_is_a_register_too(run_cli: Cli, workspace: Workspace) -> None:
    story_id = json.loads(
        run_cli("story", "new", "--title", "T", "--questions", "being-heard", "--json").out
    )["id"]
    assert "Nobody is in the register." in run_cli("people", "list", story_id).out
    assert "complete: nobody" in run_cli("people", "complete", story_id, "--yes").out
    assert "settled" in run_cli("people", "list", story_id).out


def test_an_objection_takes_a_released_story_from_the_next_build(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    person = add(run_cli, story_id, "agreed")
    run_cli("people", "complete", story_id, "--yes")
    assert "decided about the people in it since" in run_cli("status", story_id).out
    approve(workspace, story_id)
    assert '"state": "released"' in run_cli("status", "--json").out
    result = run_cli("people", "decide", story_id, person, "--as", "objected")
    assert "not shown" in result.out
    assert "site build" not in result.out, "it is put right after the command"
    assert (
        f"Next: Decide about the people in it: carer-stories people list {story_id}"
        in run_cli("status", story_id).out
    )
    assert "(son) objected" in run_cli("status", story_id).out
    # What is taken out of the film afterwards must be looked at before it is shown again.
    run_cli("people", "decide", story_id, person, "--as", "redacted")
    assert '"state": "approved"' in run_cli("status", "--json").out
    assert "decided about the people in it since" in run_cli("status", story_id).out


def test_an_objection_that_is_turned_back_needs_a_new_approval(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    person = add(run_cli, story_id, "agreed")
    run_cli("people", "complete", story_id, "--yes")
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    assert run_cli("doctor").out.count("No story waits for a new approval.") == 1
    decide = ("people", "decide", story_id, person, "--as")
    assert run_cli(*decide, "objected").code == 0
    assert run_cli(*decide, "agreed").code == 0
    (status,) = json.loads(run_cli("status", story_id, "--json").out)
    assert status["audiences"] == []
    assert status["reasons"] == [
        "Something else was decided about the people in it since it was approved."
    ]
    output = run_cli("status", story_id).out
    assert "before something else was decided about people" in output
    waiting = " ".join(run_cli("doctor").out.split())
    assert "1 story waits for a new approval" in waiting
    assert f"Next: See what it needs: carer-stories status {story_id}" in waiting
    # The same decision once more, or other notes, is no other decision.
    approve(workspace, story_id)
    assert run_cli(*decide, "agreed").code == 0
    assert json.loads(run_cli("status", story_id, "--json").out)[0]["audiences"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("people", "list", "cs-zzzzzz"), 3, "no story"),
        (("people", "decide", "{story}", "pe-nobody", "--as", "agreed"), 3, "nobody “pe-nobody”"),
        (("people", "decide", "{story}", "pe-nobody", "--as", "fine"), 2, "fine"),
        (("people", "add", "{story}", "--relation", " ", "--told", "x"), 2, "what they are"),
        (("people", "add", "{story}", "--relation", "son", "--told", "x" * 501), 2, "longer"),
        (("people", "add", "cs-zzzzzz", "--relation", "son", "--told", "x"), 3, "no story"),
        (("people", "complete", "not an id", "--yes"), 2, "not a story id"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    run_cli: Cli, story_id: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = run_cli(*(argument.format(story=story_id) for argument in arguments))
    assert result.code == code
    assert message in result.err
    assert "Traceback" not in result.err


def test_somebody_is_entered_answer_by_answer(
    run_cli: Cli, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ("back", "Enter", "", "son", "back", "", "TODO", "his illness", "", "", "yes")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join((*lines, ""))))
    result = run_cli("people", "add", story_id)
    assert result.code == 0, result.err
    for words in (
        "This is the first question.",
        "Press the Enter key alone",
        "“TODO” says nothing",
    ):
        assert words in result.out, words
    (entry,) = register(run_cli, story_id)["people"]  # type: ignore[misc]
    assert (entry["relation"], entry["told"], entry["decided"]) == (
        "son",
        "his illness",
        "undecided",
    )
    for left in ("stop", "son\nstop", "son\nhis illness\n\nstop"):
        monkeypatch.setattr("sys.stdin", io.StringIO(left + "\n"))
        assert run_cli("people", "add", story_id).code == 130
    assert len(register(run_cli, story_id)["people"]) == 1  # type: ignore[arg-type]


def test_an_entry_is_corrected_and_what_was_approved_waits(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace)
    person = add(run_cli, story_id, "agreed")
    run_cli("people", "complete", story_id, "--yes")
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    result = run_cli("people", "correct", story_id, person, "--relation", "daughter")
    assert f"{person}: daughter; his illness." in result.out
    assert "As before: they agreed" in result.out
    assert f"people decide {story_id} {person}" in result.out
    assert "Next: " in result.out
    (status,) = json.loads(run_cli("status", story_id, "--json").out)
    assert status["audiences"] == []
    approve(workspace, story_id)
    # What Enter keeps is no change.
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\nyes\n"))
    assert run_cli("people", "correct", story_id, person).code == 0
    assert json.loads(run_cli("status", story_id, "--json").out)[0]["audiences"]
    refused = run_cli("people", "correct", story_id, person, "--relation", "")
    assert (refused.code, "what they are" in refused.err) == (2, True)
    assert run_cli("people", "correct", story_id, "pe-nobody", "--told", "x").code == 3


def test_a_wrong_entry_is_removed_and_the_register_said_anew(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    person = add(run_cli, story_id)
    result = run_cli("people", "remove", story_id, person, "--yes")
    assert f"{person} (son) is no longer in the register" in result.out
    assert register(run_cli, story_id)["people"] == []
    assert "is no longer" not in run_cli("people", "list", story_id).out
    assert run_cli("people", "decide", story_id, person, "--as", "agreed").code == 3
    assert run_cli("people", "remove", story_id, person, "--yes").code == 3
    # Somebody was thought to be in it: an editor looks once more.
    assert json.loads(run_cli("status", story_id, "--json").out)[0]["audiences"] == []
    run_cli("people", "complete", story_id, "--yes")
    approve(workspace, story_id)
    assert json.loads(run_cli("status", story_id, "--json").out)[0]["audiences"]
    assert '"became":"removed"' in workspace.audit_log.read_text()


def test_nobody_is_removed_on_whom_something_rests(run_cli: Cli, workspace: Workspace) -> None:
    story_id = filmed(workspace)
    person = add(run_cli, story_id, "agreed")
    run_cli("people", "complete", story_id, "--yes")
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    refused = run_cli("people", "remove", story_id, person, "--yes")
    assert refused.code == 4
    assert "The approval of" in refused.err
    assert f"Next: If the entry says the wrong thing: carer-stories people correct {story_id}" in (
        refused.err
    )
    objecting = add(run_cli, story_id, "objected")
    run_cli("people", "decide", story_id, objecting, "--as", "redacted")
    refused = run_cli("people", "remove", story_id, objecting, "--yes")
    assert refused.code == 4
    assert "objected once" in refused.err
    assert len(register(run_cli, story_id)["people"]) == 2  # type: ignore[arg-type]


def test_the_log_learns_the_decision_and_none_of_the_words(
    run_cli: Cli, story_id: str, workspace: Workspace
) -> None:
    add(run_cli, story_id, "redacted")
    log = workspace.audit_log.read_text()
    assert '"became":"redacted"' in log
    assert "his illness" not in log
    assert '"son"' not in log


def test_a_complete_register_says_what_is_still_undecided(run_cli: Cli, story_id: str) -> None:
    person = add(run_cli, story_id)
    output = run_cli("people", "complete", story_id, "--yes").out
    assert "It is not settled" in output
    assert f"Next: carer-stories people decide {story_id} {person}\n" in output + "\n"
    run_cli("people", "decide", story_id, person, "--as", "agreed")
    output = run_cli("people", "complete", story_id, "--yes").out
    assert "not settled" not in output
    assert "Next: " in output


def test_who_is_in_a_story_is_not_known_before_it_is_told(
    run_cli: Cli, workspace: Workspace
) -> None:
    made = run_cli("story", "new", "--title", "T", "--questions", "being-heard", "--json")
    story_id = json.loads(made.out)["id"]
    output = run_cli("people", "complete", story_id, "--yes").out
    assert f"Warning: {story_id} has no recording yet." in output
    workspace.story(story_id).manifest.parent.mkdir(parents=True)
    workspace.story(story_id).manifest.touch()
    assert "Warning" not in run_cli("people", "complete", story_id, "--yes").out
