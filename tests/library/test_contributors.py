"""Real names and contacts: kept apart, shown nowhere else, forgotten on request."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable

import pytest

from library.consent.contributors import contributor_of
from library.core.workspace import Workspace
from tests.support.command_line import Ran
from tests.support.quick_stories import filmed, released

Cli = Callable[..., Ran]
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
    one, other = filmed(workspace, "One"), filmed(workspace, "Other")
    run_cli("contributor", "record", one, *RUTH)
    assert one in run_cli("contributor", "record", other, "--same-as", one).out
    run_cli("contributor", "record", other, "--contact", "by post")
    told = json.loads(run_cli("contributor", "show", one, "--json").out)
    assert (told["name"], told["contact"]) == ("Ruth Adeyemi-Clarke", "by post")
    assert told["stories"] == [one, other]


def test_forgetting_leaves_nothing_once_the_last_story_is_gone(
    run_cli: Cli, workspace: Workspace
) -> None:
    one, other = filmed(workspace, "One"), filmed(workspace, "Other")
    run_cli("contributor", "record", one, *RUTH)
    run_cli("contributor", "record", other, "--same-as", one)
    run_cli("contributor", "forget", one, "--yes")
    known = contributor_of(workspace, other)
    assert known is not None
    assert known.name == "Ruth Adeyemi-Clarke"
    assert contributor_of(workspace, one) is None
    run_cli("contributor", "forget", other, "--yes")
    kept = b"".join(p.read_bytes() for p in workspace.contributors.parent.iterdir())
    assert b"Adeyemi" not in kept
    assert b"0161" not in kept
    assert run_cli("contributor", "forget", other, "--yes").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("record", "{story}", "--contact", "by post"), 2, "A name is needed"),
        (("record", "{story}", "--same-as", "{story}"), 3, "Nothing is kept"),
        (("record", "cs-zzzzzz", *RUTH), 3, "no story"),
        (("record", "{story}", "--name", "x" * 201), 2, "longer"),
        (("show", "cs-zzzzzz"), 3, "no story"),
    ],
)
def test_what_cannot_be_is_refused(
    run_cli: Cli, workspace: Workspace, arguments: tuple[str, ...], code: int, said: str
) -> None:
    story_id = filmed(workspace)
    ran = run_cli("contributor", *(one.format(story=story_id) for one in arguments))
    assert ran.code == code
    assert said in ran.err


def test_damage_names_the_file_and_a_way_back(run_cli: Cli, workspace: Workspace) -> None:
    story_id = filmed(workspace)
    run_cli("contributor", "record", story_id, *RUTH)
    workspace.contributors.write_bytes(b"{")
    ran = run_cli("contributor", "show", story_id)
    assert ran.code == 5
    assert "contributors.json" in ran.err
    assert "carer-stories restore" not in ran.err  # that is for library.json alone
