"""The last words of `demo`: what to begin with, as it can be typed here."""

from __future__ import annotations

from pathlib import Path

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
