"""`film --preview`: quick and small, cut as the film would be, and nowhere but with the editor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from capture.media.hidden_data import check_clean
from capture.media.probe import probe
from capture.media.run_ffmpeg import Progress
from capture.media.speech import read_speech
from capture.media.working_copy import extract_speech
from films import render_film
from films.render_film import run_beside
from library.core.errors import ToolFailed
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from publish.forbidden import forbidden_content
from stewardship.export.collect import files_of
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.imported_words import copy_story, story_with_words
from tests.support.workspaces import leave_blank, make_workspace
from transcribe.words import Word

Cli = Callable[..., CommandResult]
WORDS = ("Nobody", "asked", "Daniel", "what", "he", "knew.")
EVERY = 700
LENGTH = 5_000


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> StoryFolder:
    """Five seconds in 960 × 540 of a steady tone: what is silenced shows."""
    folder = tmp_path_factory.mktemp("recording")
    sample_media.ffmpeg(
        "-f", "lavfi", "-i", f"testsrc=s=960x540:r=25:d={LENGTH / 1000}",
        "-f", "lavfi", "-i", f"sine=1500:r=48000:d={LENGTH / 1000}", *sample_media.H264,
        folder / "tone.mp4",
    )  # fmt: skip
    words = (
        Word(text=text, start=500 + EVERY * at, end=900 + EVERY * at)
        for at, text in enumerate(WORDS)
    )
    workspace = make_workspace(folder / "library")
    story = story_with_words(workspace, folder / "tone.mp4", words)
    leave_blank(workspace)  # with nobody to talk to there is no end card
    return story


@pytest.fixture
def story(workspace: Workspace, recorded: StoryFolder, run_cli: Cli, tmp_path: Path) -> StoryFolder:
    folder = copy_story(recorded, workspace)
    edit(run_cli, folder, "Nobody asked [[Daniel|my son]] ~~what he~~ knew.", tmp_path)
    return folder


def edit(run_cli: Cli, story: StoryFolder, text: str, tmp_path: Path) -> None:
    copy = tmp_path / "edited.md"
    copy.write_text(f"[00:00] Ruth: {text}\n")
    result = run_cli("edit", story.root.name, "--apply", copy, "--yes")
    assert result.code == 0, result.err


def contents(story: StoryFolder) -> dict[str, bytes]:
    """All files of the story; who held its lock last is none of its contents."""
    files = (path for path in story.root.iterdir() if path.is_file() and path.suffix != ".lock")
    return {path.name: path.read_bytes() for path in files}


def test_it_is_the_film_in_small_and_leaves_the_film_alone(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    story_id = story.root.name
    assert run_cli("film", story_id).code == 0
    before = contents(story)
    result = run_cli("film", story_id, "--preview")
    assert result.code == 0, result.err
    assert f"The preview of {story_id} is ready: {story.preview}" in result.out
    small, film = probe(story.preview), probe(story.film)
    assert (small.width, small.height) == (640, 360)
    assert small.duration == film.duration
    assert story.preview.stat().st_mode & 0o777 == 0o600
    check_clean(story.preview, ("video", "audio"))
    assert silent_at(story.preview, tmp_path) == silent_at(story.film, tmp_path)
    after = contents(story)
    assert {name: data for name, data in after.items() if name != "preview.mp4"} == before
    assert not list(story.root.glob(".preview*"))
    assert story.preview not in files_of(story, without_others=False)
    assert sha256_of(story.preview) in forbidden_content(workspace, [story_id]).media
    assert run_cli("film", story_id).code == 0
    assert not story.preview.exists(), "the film is there to be looked at"


def silent_at(film: Path, tmp_path: Path) -> list[int]:
    """Tenths of a second in which the tone of the recording is not heard."""
    to = tmp_path / "heard.wav"
    to.unlink(missing_ok=True)
    extract_speech(film, to, LENGTH)
    sound = read_speech(to)
    tenths = sound[: len(sound) // 1600 * 1600].reshape(-1, 1600)
    tone = np.exp(-2j * np.pi * 1500 * np.arange(1600) / 16_000)
    strength = np.abs(tenths @ tone) / 1600
    return [int(at) for at in np.flatnonzero(strength < strength.max() / 30)]


def test_choices_are_tried_and_not_kept(run_cli: Cli, story: StoryFolder) -> None:
    story_id = story.root.name
    options = ("--picture", "voice-only", "--to", "2", "--no-title-card")
    result = run_cli("film", story_id, "--preview", *options)
    assert result.code == 0, result.err
    preview_media = probe(story.preview)
    assert preview_media.kind == "audio"
    assert preview_media.duration < 2_100
    assert not story.film_choices.exists()
    assert not story.cut.exists()


def test_it_goes_with_the_story(run_cli: Cli, story: StoryFolder) -> None:
    story_id = story.root.name
    assert run_cli("film", story_id, "--preview").code == 0
    assert run_cli("withdraw", story_id, "--yes").code == 0
    assert not story.preview.exists()
    result = run_cli("film", story_id, "--preview")
    assert result.code == 4
    assert "withdrawn" in result.err


@pytest.mark.parametrize("step", ["_draft_sound", "_draft_pictures"])
def test_a_preview_that_fails_leaves_the_one_before(
    run_cli: Cli, story: StoryFolder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    assert run_cli("film", story.root.name, "--preview").code == 0
    before = story.preview.read_bytes()
    names_there = sorted(path.name for path in story.root.iterdir())

    def fail(*_arguments: object) -> None:
        raise ToolFailed("It broke.", "Mend it.")

    monkeypatch.setattr(render_film, step, fail)
    result = run_cli("film", story.root.name, "--preview")
    assert result.code == 9
    assert "It broke." in result.err
    assert story.preview.read_bytes() == before
    assert sorted(path.name for path in story.root.iterdir()) == names_there


def test_one_at_a_time_and_what_a_killed_run_left_goes(run_cli: Cli, story: StoryFolder) -> None:
    with FileLock(story.film_lock):
        assert run_cli("film", story.root.name, "--preview").code == 6
    left = story.root / ".preview.new-killed"
    left.mkdir()
    (left / "recording.f32").write_bytes(b"half")
    assert run_cli("film", story.root.name, "--preview").code == 0
    assert not left.exists()


def test_work_beside_ends_with_what_it_is_beside() -> None:
    has_gone_on = threading.Event()

    def work(progress: Progress) -> None:
        while not has_gone_on.wait(0.01):
            progress(0)

    with pytest.raises(KeyboardInterrupt), run_beside(work):
        raise KeyboardInterrupt

    def fail(_progress: Progress) -> None:
        raise ToolFailed("It broke.", "Mend it.")

    def wait(progress: Progress) -> None:
        while not has_gone_on.wait(0.01):
            progress(0)

    with pytest.raises(ToolFailed), run_beside(fail) as other:
        wait(other.stopping_on_failure(lambda _done: None))
    with run_beside(lambda _progress: 7) as other:
        pass
    assert other.result() == 7
