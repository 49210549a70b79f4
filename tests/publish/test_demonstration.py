"""The last words of `demo`: what to begin with, as it can be typed here."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core import typed_command
from library.core.errors import CarerStoriesError, DiskFailed, NoRoom, NotAllowed
from library.core.sanitise import shell_quoted
from library.core.typed_command import as_typed, called_as
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.demo import (
    CommandFailed,
    Demonstration,
    demo_stories,
    make_demonstration,
    practice_workspace,
    things_to_try,
)
from tests.support.command_line import CommandResult


def test_an_editor_begins_in_the_story_that_is_not_released(tmp_path: Path) -> None:
    stories = demo_stories(template())
    ids = {story.slug: f"cs-{number}" for number, story in enumerate(stories)}
    (unreleased,) = (story for story in stories if not story.released)
    steps = dict(things_to_try(Demonstration(Workspace(tmp_path), lambda _line: 0, ids)))
    assert f"desk {ids[unreleased.slug]}`" in steps["edit stories"]
    assert unreleased.title in steps["edit stories"]


@pytest.mark.parametrize("refusal", [NoRoom("Full."), NotAllowed("No."), DiskFailed("Broken.")])
def test_a_demonstration_that_stops_does_so_with_the_code_of_its_command(
    tmp_path: Path, refusal: CarerStoriesError
) -> None:
    def refuse(_line: object) -> int:
        raise refusal

    with pytest.raises(CommandFailed, match="stopped at: carer-stories story new") as stopped:
        make_demonstration(tmp_path / "demo", refuse, lambda _line: None)
    assert stopped.value.exit_code == refusal.exit_code


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("started", ["script", "module", "download", "link", "detour"])
def test_a_command_is_named_as_it_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: str, is_known: bool
) -> None:
    program = tmp_path / "a folder" / "carer-stories"
    link = tmp_path / "links" / "carer-stories"
    for path in (program, link):
        path.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    link.symlink_to(program)
    # `..` behind a link leads beside what the link leads to.
    deeper = tmp_path / "deeper"
    (program.parent / "lib").mkdir()
    deeper.symlink_to(program.parent / "lib")
    detour = deeper / ".." / "carer-stories"
    called = {"script": program, "link": link, "detour": detour}.get(
        started, tmp_path / "carer_stories.py"
    )
    monkeypatch.setattr(sys, "argv", [str(called)])
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    if started == "download":
        monkeypatch.setattr(sys, "executable", str(program))
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("PATH", str(link.parent if is_known else tmp_path))
    path = shell_quoted(link if started == "link" else program)
    assert called_as() == ("carer-stories" if is_known else path)
    words = "Install carer-stories again, then: carer-stories init DIR"
    monkeypatch.setattr(typed_command, "commands", ("init",))
    assert as_typed(words).endswith(f"carer-stories again, then: {called_as()} init DIR")
    assert as_typed("That is carer-stories init (process 7).").startswith(
        "That is carer-stories init"
    )
    monkeypatch.setattr(typed_command, "commands", ("in",))
    assert as_typed(words) == words


def test_a_practice_library_is_taken_away_and_no_other(
    run_cli: Callable[..., CommandResult],
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    practice = practice_workspace(tmp_path / "practice")
    story = ("story", "new", "--title", "Ours", "--questions", "being-heard")
    assert run_cli("--workspace", practice.root, *story).code == 0
    for answer in ("", "n", "stop", "back"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
        ran = run_cli("demo", practice.root, "--remove")
        assert (ran.code, practice.database.is_file()) == (130, True)
        assert "Ours" in ran.out
    settings = practice.settings.read_text()
    practice.settings.write_text(settings.replace("fictional: true", "fictional: false"))
    (tmp_path / "empty").mkdir()
    for other in (practice.root, workspace.root, tmp_path, tmp_path / "empty", tmp_path / "none"):
        ran = run_cli("demo", other, "--remove", "--yes")
        assert (ran.code, practice.database.is_file()) == (4, True), ran
    assert workspace.database.is_file()
    practice.settings.write_text(settings)
    assert run_cli("demo", practice.root, "--remove", "--yes").code == 0
    assert not practice.root.exists()
