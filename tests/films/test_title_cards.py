"""A real film with what is put round a story: cards, a calm picture, captions in the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from capture.media.probe import probe
from films.cards import BACKGROUND
from films.page_text import read_page
from library.consent.stories import change_story
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import read_cut
from tests.support.command_line import CommandResult
from tests.support.tone_story import PITCH, WORDS, edit, heard, marks, toned_film, toned_story

Cli = Callable[..., CommandResult]
Pixels = npt.NDArray[np.int64]
QUICK = ("--to", "5", "--no-title-card", "--no-end-card")
"""Choices of a film that is soon made, for what shows in any."""
SUPPORT = """
support:
  - {name: Carers’ line, contact: 01632 960 123, checked: 2026-01-31}
"""


@pytest.fixture
def story(workspace: Workspace) -> StoryFolder:
    return toned_story(workspace)


@pytest.fixture
def filmed(workspace: Workspace) -> StoryFolder:
    """With the film that is made of it where nobody chooses anything."""
    return toned_film(workspace)


def name_support(workspace: Workspace) -> None:
    """Without somebody to talk to there is no end card."""
    settings = workspace.settings.read_text().replace("support: []", SUPPORT)
    workspace.settings.write_text(settings)


def frame_at(film: Path, at: int) -> Pixels:
    """The frame shown at a moment (ms): height × width × RGB."""
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time * 1000 >= at - 1:
                pixels: Pixels = frame.to_ndarray(format="rgb24").astype(int)
                return pixels
    raise AssertionError(f"The film has no frame at {at} ms.")


def is_card(pixels: Pixels) -> bool:
    """Drawn on pine: its upper corner is, and the test picture’s bars are not."""
    corner = pixels[:8, :8].reshape(-1, 3).mean(axis=0)
    return bool(np.abs(corner - np.array(BACKGROUND)).max() < 25)


def test_a_film_opens_with_its_title_and_ends_with_somebody_to_talk_to(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    name_support(workspace)
    edit(run_cli, story, " ".join(WORDS), tmp_path)
    result = run_cli("film", story.root.name, "--for", "trust")
    assert result.code == 0, result.err
    length = probe(story.film).duration
    assert is_card(frame_at(story.film, 100))
    assert is_card(frame_at(story.film, length - 200))
    first = read_page(story.page).chapters[0].paragraphs[0].start
    assert first > 4_000, "time to read it"
    assert not is_card(frame_at(story.film, first))
    cut = read_cut(story.cut)
    assert cut is not None
    assert cut.recipe["level"] == "trust"


def test_no_card_is_made_that_nobody_wants(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    name_support(workspace)
    edit(run_cli, story, " ".join(WORDS), tmp_path)
    result = run_cli("film", story.root.name, "--no-title-card", "--no-end-card")
    assert result.code == 0, result.err
    length = probe(story.film).duration
    assert not is_card(frame_at(story.film, 0))
    assert not is_card(frame_at(story.film, length - 200))
    cut = read_cut(story.cut)
    assert cut is not None
    assert cut.recipe["level"] == ""


@pytest.mark.parametrize("transitions", ["fade", "cut"])
def test_a_card_asks_in_place_of_the_interviewer(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path, transitions: str
) -> None:
    settings_text = workspace.settings.read_text().replace(
        "transitions: fade", f"transitions: {transitions}"
    )
    workspace.settings.write_text(settings_text)
    copy = tmp_path / "edited.md"
    copy.write_text(
        "## Can you tell me who you care for?\n\n[00:01] Interviewer: Nobody asked Daniel\n\n"
        "[00:04] Carer: what he knew. Nobody ever did. Never.\n"
    )
    result = run_cli("edit", story.root.name, "--apply", copy, "--yes")
    assert result.code == 0, result.err
    result = run_cli("film", story.root.name, "--question-cards")
    assert result.code == 0, result.err
    sound = heard(story.film, tmp_path)
    times = [marks(sound, pitch) for pitch in PITCH]
    assert times[:3] == [[], [], []], "the interviewer is not heard"
    assert all(len(moment) == 1 for moment in times[3:]), times
    page = read_page(story.page)
    (chapter,) = page.chapters
    assert chapter.title == "Can you tell me who you care for?"
    assert [part.speaker for part in chapter.paragraphs] == ["Carer"]
    assert abs(chapter.paragraphs[0].start - times[3][0]) <= 40
    assert is_card(frame_at(story.film, chapter.start + 1_000))
    assert chapter.start >= 4_000 - 500, "after the title"
    assert not is_card(frame_at(story.film, times[3][0]))


def test_captions_in_the_picture_itself(run_cli: Cli, filmed: StoryFolder) -> None:
    result = run_cli("film", filmed.root.name, *QUICK)
    assert result.code == 0, result.err
    at = read_page(filmed.page).chapters[0].paragraphs[0].start + 500
    bare_frame = frame_at(filmed.film, at)
    result = run_cli("film", filmed.root.name, "--burn-captions")
    assert result.code == 0, result.err
    burned = frame_at(filmed.film, at)
    changed = np.abs(burned - bare_frame).max(axis=2) > 60
    height = changed.shape[0]
    assert changed[int(height * 0.75) :].sum() > 200, "the words"
    assert changed[: int(height * 0.6)].sum() < 50, "nothing else"
    run_cli("film", filmed.root.name, "--no-burn-captions")
    assert (frame_at(filmed.film, at) == bare_frame).all()


def test_the_poster_is_of_the_moment_that_was_chosen(run_cli: Cli, filmed: StoryFolder) -> None:
    data = filmed.poster.read_bytes()
    result = run_cli("film", filmed.root.name, "--poster-at", "8")
    assert result.code == 0, result.err
    assert filmed.poster.read_bytes() != data
    first = read_page(filmed.page).chapters[0].paragraphs[0].start
    poster = frame_at(filmed.poster, 0)
    expected_frame = frame_at(filmed.film, first - 1_500 + 8_000)
    assert poster.shape == expected_frame.shape
    assert np.abs(poster - expected_frame).mean() < 12
    run_cli("film", filmed.root.name, "--poster-at", "auto")
    assert filmed.poster.read_bytes() == data


def test_silence_instead_of_a_bleep_by_the_settings(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    edit(run_cli, story, " ".join(WORDS).replace("Daniel", "[[Daniel|my son]]"), tmp_path)
    run_cli("film", story.root.name, *QUICK)
    start = read_page(story.page).chapters[0].paragraphs[0].start
    redacted_part = slice((start + 2_080) * 16, (start + 2_220) * 16)
    assert np.abs(heard(story.film, tmp_path)[redacted_part]).max() > 0.02, "a bleep"
    settings_text = workspace.settings.read_text().replace("redactions: bleep", "redactions: mute")
    workspace.settings.write_text(settings_text)
    run_cli("film", story.root.name)
    assert np.abs(heard(story.film, tmp_path)[redacted_part]).max() < 0.001


def test_a_card_that_cannot_be_is_said_and_the_film_before_stays(
    run_cli: Cli, workspace: Workspace, filmed: StoryFolder
) -> None:
    before = filmed.film.read_bytes()
    change_story(workspace, filmed.root.name, {"title": "Nobody asked 没有人问"})
    result = run_cli("film", filmed.root.name)
    assert result.code == 2
    assert "title" in result.err
    assert "fonts" in result.err
    assert filmed.film.read_bytes() == before
    assert not list(filmed.root.glob(".film.new-*"))


def test_a_graphics_card_that_is_not_there_is_said_and_done_without(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    edit(run_cli, story, " ".join(WORDS), tmp_path)
    settings_text = workspace.settings.read_text().replace(
        "encoder: software", "encoder: videotoolbox"
    )
    workspace.settings.write_text(settings_text)
    result = run_cli("film", story.root.name)
    assert result.code == 0, result.err
    assert "cannot encode with videotoolbox" in result.err
    assert story.film.exists()
