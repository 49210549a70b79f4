"""Real names and contacts: kept apart, shown nowhere else, forgotten on request."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable

import pytest

from library.consent.contributors import contributor_of
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released

Cli = Callable[..., CommandResult]
RUTH = ("--name", "Ruth Adeyemi-Clarke", "--contact", "0161 496 0000")


def everything_but_private(workspace: Workspace) -> bytes:
    private = workspace.contributors.parent
    files = (path for path in workspace.root.rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in files if private not in path.parents)


def test_a_name_is_kept_in_one_place_that_only_its_owner_can_read(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    assert run_cli("contributor", "record", story_id, *RUTH).code == 0
    run_cli("site", "build")
    assert "Adeyemi" in run_cli("contributor", "show", story_id).out
    assert b"Adeyemi" not in everything_but_private(workspace)
    for path in (workspace.contributors.parent, workspace.contributors):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def test_it_is_corrected_in_place_and_shared_between_stories(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id, other = filmed(workspace, "One"), filmed(workspace, "Other")
    run_cli("contributor", "record", story_id, *RUTH)
    assert story_id in run_cli("contributor", "record", other, "--same-as", story_id).out
    run_cli("contributor", "record", other, "--contact", "by post")
    shown_contributor = json.loads(run_cli("contributor", "show", story_id, "--json").out)
    assert (shown_contributor["name"], shown_contributor["contact"]) == (
        "Ruth Adeyemi-Clarke",
        "by post",
    )
    assert shown_contributor["stories"] == [story_id, other]


def test_forgetting_leaves_nothing_once_the_last_story_is_gone(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id, other = filmed(workspace, "One"), filmed(workspace, "Other")
    run_cli("contributor", "record", story_id, *RUTH)
    run_cli("contributor", "record", other, "--same-as", story_id)
    run_cli("contributor", "forget", story_id, "--yes")
    contributor = contributor_of(workspace, other)
    assert contributor is not None
    assert contributor.name == "Ruth Adeyemi-Clarke"
    assert contributor_of(workspace, story_id) is None
    run_cli("contributor", "forget", other, "--yes")
    contents = b"".join(p.read_bytes() for p in workspace.contributors.parent.iterdir())
    assert b"Adeyemi" not in contents
    assert b"0161" not in contents
    assert run_cli("contributor", "forget", other, "--yes").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("record", "{story}", "--contact", "by post"), 2, "A name is needed"),
        (("record", "{story}", "--same-as", "{story}"), 3, "Nothing is kept"),
        (("record", "cs-zzzzzz", *RUTH), 3, "no story"),
        (("record", "{story}", "--name", "x" * 201), 2, "longer"),
        (("show", "cs-zzzzzz"), 3, "no story"),
    ],
)
def test_what_cannot_be_is_refused(
    run_cli: Cli, workspace: Workspace, arguments: tuple[str, ...], code: int, message: str
) -> None:
    story_id = filmed(workspace)
    result = run_cli("contributor", *(argument.format(story=story_id) for argument in arguments))
    assert result.code == code
    assert message in result.err


def test_damage_names_the_file_and_a_way_back(run_cli: Cli, workspace: Workspace) -> None:
    story_id = filmed(workspace)
    run_cli("contributor", "record", story_id, *RUTH)
    workspace.contributors.write_bytes(b"{")
    result = run_cli("contributor", "show", story_id)
    assert result.code == 5
    assert "contributors.json" in result.err
    assert "carer-stories restore" not in result.err  # that is for library.json alone
