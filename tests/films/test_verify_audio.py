"""A finished film heard again by the real recogniser: a name that is still in it is found.

Twelve seconds of a demonstration interview, in which Ruth says whom she cares for; the film is what
the commands make of it, whole or broken on purpose.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capture.media.timeline import Card, Shot, Timeline
from films.film_spec import FilmChoices, write_choices
from films.timeline import film_spans, recording_time
from films.verify import AudioProof, NameInFilm, SilencedSpan, proof_lines
from library.core.workspace import StoryFolder, Workspace
from library.workspace_template import template
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.imported_words import copy_story, story_with_words
from tests.support.workspaces import make_workspace
from transcribe.editing.recording_sound import FURTHEST_MS, RecordingSound
from transcribe.words import Word

pytestmark = pytest.mark.usefixtures("one_thread")

Cli = Callable[..., CommandResult]
DEMO = template().demo
BEGINS, LENGTH = 8_600, 12_000
"""Of the demonstration’s interview, in ms."""
NAME = 10_361 - BEGINS
SAID = "I care for my son {} He is twenty three. He plays the guitar, and he makes me laugh."


@pytest.fixture(scope="module")
def interview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ruth’s first answer, with a small picture."""
    to = tmp_path_factory.mktemp("interview") / "ruth.mp4"
    sample_media.ffmpeg(
        "-f", "lavfi", "-i", f"testsrc=s=320x240:r=25:d={LENGTH / 1000}",
        "-ss", f"{BEGINS / 1000}", "-i", DEMO / "nobody-would-talk-to-me.mp4",
        "-map", "0:v", "-map", "1:a", *sample_media.H264, "-b:a", "160k", "-t",
        f"{LENGTH / 1000}", to,
    )  # fmt: skip
    return to


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, interview: Path) -> StoryFolder:
    """With the words as they were truly said."""
    truth = json.loads((DEMO / "nobody-would-talk-to-me.words.json").read_text())
    words = (
        Word(text=text, start=start - BEGINS, end=end - BEGINS)
        for text, start, end, *_ in truth
        if start >= BEGINS and end <= BEGINS + LENGTH - 3_000
    )
    new_workspace = make_workspace(tmp_path_factory.mktemp("recorded") / "library")
    return story_with_words(new_workspace, interview, words, model="demo")


@pytest.fixture
def story(workspace: Workspace, recorded: StoryFolder) -> StoryFolder:
    folder = copy_story(recorded, workspace)
    settings = workspace.settings.read_text().replace("\nmodel: small\n", "\nmodel: demo\n")
    workspace.settings.write_text(settings)
    write_choices(folder, FilmChoices(title_card=False, end_card=False))
    return folder


def edit(run_cli: Cli, story: StoryFolder, shown_name: str, tmp_path: Path) -> None:
    copy = tmp_path / "edited.md"
    copy.write_text(f"[00:00] Ruth: {SAID.format(shown_name)}\n")
    result = run_cli("edit", story.root.name, "--apply", copy, "--yes")
    assert result.code == 0, result.err


def put_sound(story: StoryFolder, name: str, sound: Path) -> None:
    """Another sound under the name of one of the film’s files, as a fault of ours would."""
    to, remade = story.root / name, story.root / f".{name}"
    picture = ("-i", to, "-map", "1:v", "-map", "0:a") if name.endswith(".mp4") else ()
    sample_media.ffmpeg("-i", sound, *picture, "-c:v", "copy", "-c:a", "aac", "-f", "mp4", remade)
    remade.replace(to)


def proof(result: CommandResult) -> dict[str, Any]:
    (report,) = json.loads(result.out)
    return dict(report)


def test_a_redacted_name_is_not_heard_and_a_broken_film_is_found_out(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    story_id = story.root.name
    assert run_cli("redact", "add", story_id, "Daniel", "--shown", "my son").code == 0
    edit(run_cli, story, "[[Daniel|my son]].", tmp_path)
    result = run_cli("film", story_id, "--prove")
    assert result.code == 0, result.err
    assert "Nothing of the private list" in result.out
    assert "The one redacted place holds silence or the bleep" in result.out
    assert "nothing was found to be left of its words" in result.out
    assert "Listen to the whole film" in result.out
    assert "Daniel" not in result.out + result.err
    cut = story.cut.read_bytes()

    clean = tmp_path / "clean.mp4"
    shutil.copyfile(story.film, clean)
    put_sound(story, "film.mp4", story.working)
    result = run_cli("film", story_id, "--prove", "--json")
    assert result.code == 4
    assert "still heard in the film" in result.err
    report = proof(result)
    assert story.cut.read_bytes() == cut, "what stands is proved, not made again"
    assert report["changed"] == ["film.mp4"]
    (heard_name,) = (name for name in report["heard"] if name["sure"])
    assert heard_name["files"] == ["film.mp4"]
    assert heard_name["number"] == 1
    assert abs(heard_name["recording"] - NAME) <= 300
    assert (
        abs(heard_name["film"] - (heard_name["recording"] - timeline_of(story).parts[0].first * 40))
        <= 40
    )
    loud_spans = [span for span in report["silenced"] if not span["quiet"]]
    assert [span["files"] for span in loud_spans] == [["film.mp4"]]
    # The silence begins in the word before, where there is no pause between the two.
    assert NAME - FURTHEST_MS - 40 <= loud_spans[0]["recording"] <= NAME
    assert "Daniel" not in result.out + result.err
    assert not list(story.root.glob(".audio*")), "nothing of the hearing is left"
    for path in (story.root.parent.parent / "audit.jsonl", story.cut):
        assert "Daniel" not in path.read_text()


def timeline_of(story: StoryFolder) -> Any:
    from films.timeline import current_film

    film = current_film(story)
    assert film is not None
    return film.timeline


def test_a_name_that_nobody_redacted_is_found_and_one_like_it_is_perhaps(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    story_id = story.root.name
    edit(run_cli, story, "Daniel.", tmp_path)
    assert run_cli("film", story_id).code == 0
    data = story.film.read_bytes()
    run_cli("redact", "add", story_id, "Danielle", "--shown", "my son")
    result = run_cli("film", story_id, "--prove")
    assert result.code == 0
    assert "Perhaps heard: name 1 of the private list, at 0:01 of the film" in result.out
    assert "Nothing of this film is redacted." in result.out
    run_cli("redact", "add", story_id, "Daniel", "--shown", "my son")
    result = run_cli("film", story_id, "--prove")
    assert result.code == 4
    assert "Still heard: name 2 of the private list" in result.out
    assert f"carer-stories redact suggest {story_id}" in result.err
    assert story.film.read_bytes() == data


def test_what_is_not_of_today_is_made_first(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    edit(run_cli, story, "Daniel.", tmp_path)
    assert run_cli("film", story.root.name).code == 0
    before = story.cut.read_bytes()
    edit(run_cli, story, "[[Daniel|my son]].", tmp_path)
    result = run_cli("film", story.root.name, "--prove", "--json")
    assert result.code == 0, result.err
    assert story.cut.read_bytes() != before
    report = proof(result)
    assert report["holds"]
    assert [span["quiet"] for span in report["silenced"]] == [True]
    assert report["understood"] >= report["words"] - 3


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--prove", "--preview"), 2, "either --preview or --prove"),
        (("--model", "small"), 2, "how --prove hears"),
        (("--prove", "--model", "nowhere.pt"), 3, "no model file"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(
    run_cli: Cli,
    story: StoryFolder,
    tmp_path: Path,
    options: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    edit(run_cli, story, "Daniel.", tmp_path)
    result = run_cli("film", story.root.name, *options)
    assert result.code == code
    assert message in result.err
    assert not story.cut.exists()


TIMELINE = Timeline(25, (Card("title", 50), Shot(100, 200), Shot(300, 400)), (10, 0))


def test_what_is_left_of_a_word_beside_its_silence_is_said(
    run_cli: Cli, story: StoryFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = story.root.name
    with monkeypatch.context() as late:
        # As a redaction begins whose word was recognised too late.
        late.setattr(RecordingSound, "redaction_start", lambda _, first, *__: first + 150)
        edit(run_cli, story, "[[Daniel|my son]].", tmp_path)
    result = run_cli("film", story_id, "--prove")
    assert "Perhaps left of what was redacted" in result.out
    assert "before its silence" in result.out
    assert "Daniel" not in result.out + result.err
    (left,) = proof(run_cli("film", story_id, "--prove", "--json"))["left"]
    assert 80 <= left["before"] <= 220
    assert left["after"] == 0


def test_moments_of_the_film_are_told_on_the_recording_s_clock() -> None:
    assert recording_time(TIMELINE, 0) == 4_000, "on the card: what comes after it"
    assert recording_time(TIMELINE, 1_600) == 4_000
    assert recording_time(TIMELINE, 5_000) == 7_400
    assert recording_time(TIMELINE, 6_000) == 12_400
    assert recording_time(TIMELINE, 99_000) == 16_000
    assert film_spans(TIMELINE, 7_000, 13_000) == ((4_600, 5_600), (5_600, 6_600))
    assert film_spans(TIMELINE, 9_000, 11_000) == ()


def test_a_proof_that_understood_little_says_so() -> None:
    heard_name = NameInFilm(
        film_time=61_000, recording_time=70_000, is_sure=False, entry_number=0, files=("film.mp4",)
    )
    quiet = SilencedSpan(
        film_time=0, recording_time=0, length=400, level=-80.4, files=("audio.m4a",)
    )
    proof = AudioProof(
        story="cs-4k7m2q",
        cut="0" * 64,
        files=("audio.m4a", "film.mp4"),
        engine="whisper",
        model="tiny",
        names=(heard_name,),
        spans=(quiet,),
        caption_words=100,
        understood_words=20,
        is_disguised=True,
        changed=(),
    )
    report_text = "\n".join(proof_lines(proof))
    assert "hardly anything" in report_text
    assert "disguised" in report_text
    assert "1:01 of the film (1:10 of the recording). Listen there. In film.mp4." in report_text
    assert proof.passes
    loud_span = SilencedSpan(0, 0, 400, -20.0, ("film.mp4",))
    assert not AudioProof(**{**vars(proof), "spans": (loud_span,)}).passes
