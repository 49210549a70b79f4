"""The last words of `demo`: what to begin with, as it can be typed here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from library.core.installation import as_typed, called_as
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.demo import Demonstration, demo_stories, things_to_try


def test_an_editor_begins_in_the_story_that_is_not_released(tmp_path: Path) -> None:
    stories = demo_stories(template())
    ids = {story.slug: f"cs-{number}" for number, story in enumerate(stories)}
    (unreleased,) = (story for story in stories if not story.released)
    steps = dict(things_to_try(Demonstration(Workspace(tmp_path), lambda _line: 0, ids)))
    assert f"desk {ids[unreleased.slug]}`" in steps["edit stories"]
    assert unreleased.title in steps["edit stories"]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("started", ["script", "module", "download", "link"])
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
    called = {"script": program, "link": link}.get(started, tmp_path / "carer_stories.py")
    monkeypatch.setattr(sys, "argv", [str(called)])
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    if started == "download":
        monkeypatch.setattr(sys, "executable", str(program))
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("PATH", str(link.parent if is_known else tmp_path))
    path = shell_quoted(link if started == "link" else program)
    assert called_as() == ("carer-stories" if is_known else path)
    words = "Install carer-stories again, then: carer-stories init DIR"
    assert as_typed(words, ["init"]).endswith(f"carer-stories again, then: {called_as()} init DIR")
    assert as_typed(words, ["in"]) == words
