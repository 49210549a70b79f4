"""The disguise of a film: the stronger one where it is chosen today, else the one it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from films import video
from films.film_spec import FilmChoices, read_choices
from library.core.workspace import StoryFolder, Workspace
from tests.support.command_line import CommandResult
from tests.support.tone_story import toned_film

Cli = Callable[..., CommandResult]
QUICK = ("--picture", "voice-only", "--to", "3", "--no-title-card", "--no-end-card")


@pytest.fixture
def story(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> StoryFolder:
    monkeypatch.setattr(video, "AUDIOGRAM_SIZE", (640, 360))  # all that is asked of is the sound
    return toned_film(workspace)


def test_a_film_keeps_its_disguise_until_the_stronger_one_is_chosen(
    run_cli: Cli, story: StoryFolder
) -> None:
    story_id = story.root.name
    # As version 0.1.0 left it.
    story.film_choices.write_bytes(
        b'{"schema":1,"picture":"voice-only","voice":"disguised","end":3000,'
        b'"title_card":false,"end_card":false}'
    )
    result = run_cli("film", story_id)
    assert result.code == 0, result.err
    assert "first disguise" in result.out
    assert f"carer-stories film {story_id} --disguise stronger" in result.out
    signed_off = story.audio.read_bytes(), story.cut.read_bytes()

    assert run_cli("film", story_id, "--voice", "disguised").code == 0
    assert (story.audio.read_bytes(), story.cut.read_bytes()) == signed_off

    result = run_cli("film", story_id, "--disguise", "stronger")
    assert result.code == 0, result.err
    assert "first disguise" not in result.out
    assert story.audio.read_bytes() != signed_off[0]
    assert read_choices(story).disguise_method == "stronger"
    # Making it again changes nothing.
    stronger = story.audio.read_bytes(), story.cut.read_bytes()
    assert run_cli("film", story_id).code == 0
    assert (story.audio.read_bytes(), story.cut.read_bytes()) == stronger


def test_who_chooses_a_disguise_today_gets_the_stronger_one(
    run_cli: Cli, story: StoryFolder
) -> None:
    story_id = story.root.name
    result = run_cli("film", story_id, "--voice", "disguised", *QUICK)
    assert result.code == 0, result.err
    assert "first disguise" not in result.out
    assert b'"disguise": "stronger"' in story.film_choices.read_bytes()
    assert read_choices(story).disguise_method == "stronger"


def test_their_own_voice_has_no_disguise(run_cli: Cli, story: StoryFolder) -> None:
    result = run_cli("film", story.root.name, "--voice", "own", "--disguise", "stronger")
    assert result.code == 2
    assert "Their own voice has no disguise." in result.err
    assert read_choices(story) == FilmChoices()
