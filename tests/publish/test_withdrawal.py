"""Taking a story back: at once, whatever else is broken, and proved."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from library.consent import Audience
from library.errors import ToolFailed
from library.workspace import Workspace
from publish import press as printing
from publish.press import press
from publish.withdrawal import withdraw
from tests.conftest import Ran
from tests.making import released

Cli = Callable[..., Ran]


def places(workspace: Workspace, story_id: str) -> list[Path]:
    """Every file of edition and site that names the story or is named for it."""
    needle = story_id.encode()
    return [
        path
        for folder in (workspace.edition, workspace.public)
        for path in folder.rglob("*")
        if path.is_file() and (story_id in path.as_posix() or needle in path.read_bytes())
    ]


def test_it_leaves_edition_and_site_and_the_others_stay(workspace: Workspace, run_cli: Cli) -> None:
    gone, stays = released(workspace, "Taken back"), released(workspace, "Still shown")
    press(workspace, Audience.TRUST)
    assert places(workspace, gone)
    ran = run_cli("withdraw", gone, "--yes")
    assert ran.code == 0, ran.err
    assert not places(workspace, gone)
    assert places(workspace, stays)
    assert run_cli("site", "check").code == 0


def test_it_is_recorded_even_when_the_site_cannot_be_built(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = released(workspace)
    press(workspace, Audience.TRUST)

    def broken(_workspace: Workspace) -> None:
        raise ToolFailed("MkDocs could not make the pages.", "Mend them.")

    monkeypatch.setattr(printing, "build_site", broken)
    ran = run_cli("withdraw", story_id, "--yes")
    assert ran.code == 4
    assert "MkDocs could not make the pages." in ran.out
    assert f"public/stories/{story_id}" in ran.out, "it says what is still public"
    assert "withdrawn" in run_cli("status", story_id).out
    monkeypatch.undo()
    assert withdraw(workspace, story_id, "contributor").still_public == ()


def test_a_build_that_began_before_is_not_the_last_word(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = released(workspace)
    press(workspace, Audience.TRUST)
    decided, go_on = threading.Event(), threading.Event()
    real = printing.build_site

    def slow(target: Workspace) -> object:
        if threading.current_thread() is early:
            decided.set()
            go_on.wait(30)
        return real(target)

    monkeypatch.setattr(printing, "build_site", slow)
    early = threading.Thread(target=press, args=(workspace, Audience.TRUST))
    early.start()
    assert decided.wait(30), "the early build has its edition, with the story in it"
    late = threading.Thread(target=withdraw, args=(workspace, story_id, "contributor"))
    late.start()
    go_on.set()
    early.join(60)
    late.join(60)
    assert not places(workspace, story_id)
