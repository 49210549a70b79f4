"""Copies that left the house."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from library.core.workspace import Workspace
from tests.support.command_line import Ran
from tests.support.quick_stories import filmed, released

Cli = Callable[..., Ran]
STICK = ("--medium", "stick", "--to", "Ward 3, ward manager", "--audience", "training")


def test_a_copy_is_entered_listed_and_settled(run_cli: Cli, workspace: Workspace) -> None:
    one, other = released(workspace, "One"), released(workspace, "Other")
    made = json.loads(run_cli("copies", "add", one, other, *STICK, "--json").out)
    assert made["stories"] == [one, other]
    assert [c["id"] for c in json.loads(run_cli("copies", "list", one, "--json").out)] == [
        made["id"]
    ]
    assert "Ward 3" in run_cli("copies", "list").out
    assert run_cli("copies", "settle", made["id"], "--as", "returned", "--yes").code == 0
    assert "No copy is entered as being out there" in run_cli("copies", "list").out
    assert run_cli("copies", "settle", made["id"], "--as", "returned", "--yes").code == 4


def test_a_lost_copy_stays_on_the_list(run_cli: Cli, workspace: Workspace) -> None:
    made = json.loads(run_cli("copies", "add", filmed(workspace), *STICK, "--json").out)
    assert (
        "stays on the list" in run_cli("copies", "settle", made["id"], "--as", "lost", "--yes").out
    )
    assert made["id"] in run_cli("copies", "list").out


def test_all_shown_are_the_stories_of_that_audience(run_cli: Cli, workspace: Workspace) -> None:
    story_id = released(workspace)
    filmed(workspace, "Not signed off")
    made = json.loads(run_cli("copies", "add", "--all-shown", *STICK, "--json").out)
    assert made["stories"] == [story_id]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", *STICK), 2, "Name the stories"),
        (("add", "--all-shown", *STICK), 2, "No story is shown"),
        (("add", "cs-zzzzzz", *STICK), 3, "no story"),
        (("add", "{story}", *STICK, "--on", "2999-01-01"), 2, "still to come"),
        (("settle", "cp-zzzzzz", "--as", "lost", "--yes"), 3, "no copy"),
    ],
)
def test_what_cannot_be_is_refused(
    run_cli: Cli, workspace: Workspace, arguments: tuple[str, ...], code: int, said: str
) -> None:
    story_id = filmed(workspace)
    ran = run_cli("copies", *(one.format(story=story_id) for one in arguments))
    assert ran.code == code
    assert said in ran.err
