"""A real film of a recording with a mark for every word: each is heard where the captions say.

The recording has a short tone of its own pitch for every word. What was cut or redacted must not
be heard; what was kept must be heard within 40 ms of its caption, on film and in the sound alone.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from capture.media.probe import probe
from films import make_cut
from films.page_text import read_page
from films.timeline import current_film
from library.consent.register import complete_register
from library.consent.stories import change_story
from library.core import struct_file
from library.core.workspace import StoryFolder, Workspace
from tests.support.command_line import CommandResult
from tests.support.quick_stories import AGREED, sign_off
from tests.support.tone_story import (
    PITCH,
    WORDS,
    edit,
    heard,
    marks,
    tone_level,
    toned_film,
    toned_story,
)
from transcribe.formats.caption_files import read_captions
from transcribe.words import read_edited

Cli = Callable[..., CommandResult]


@pytest.fixture
def story(workspace: Workspace) -> StoryFolder:
    return toned_story(workspace)


def caption_times(story: StoryFolder) -> list[int]:
    return [cue.start for cue in read_captions(story.captions)]


def test_every_kept_word_is_heard_where_its_caption_says_and_no_other(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    text = "Nobody asked [[Daniel|my son]] what he ~~knew. Nobody ever~~ did. Never."
    edit(run_cli, story, text, tmp_path)
    result = run_cli("film", story.root.name)
    assert result.code == 0, result.err
    page = read_page(story.page)
    paragraphs = [part for chapter in page.chapters for part in chapter.paragraphs]
    for path in (story.film, story.audio):
        sound = heard(path, tmp_path)
        heard_at = [marks(sound, pitch) for pitch in PITCH]
        for cut_number in (2, 5, 6, 7):
            assert heard_at[cut_number] == [], f"“{WORDS[cut_number]}” is heard"
        kept_times = [heard_at[number] for number in (0, 1, 3, 4, 8, 9)]
        assert all(len(times) == 1 for times in kept_times), kept_times
        times = [times for (times,) in kept_times]
        assert abs(times[0] - paragraphs[0].start) <= 40
        assert times == sorted(times)
        gaps = [b - a for a, b in pairwise(times)]
        assert abs(gaps[0] - 1_000) <= 40
        assert abs(gaps[1] - 2_000) <= 40  # the bleep keeps its time
        assert gaps[3] < 2_000  # the cut is gone
        last = caption_times(story)[-1]
        assert min(abs(last - moment) for moment in times) <= 40
    film = probe(story.film)
    assert abs(film.duration - page.duration) <= 40


def test_the_same_edit_gives_the_same_bytes(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    text = "Nobody asked [[Daniel|my son]]{-700,} what he knew. ~~Nobody ever did.~~{-150,} Never."
    edit(run_cli, story, text, tmp_path)
    run_cli("redact", "suggest", story.root.name)
    run_cli("redact", "answer", story.root.name, "1", "no")  # the label, “Ruth”
    change_story(workspace, story.root.name, {"content_note": "Nothing hard to hear."})
    run_cli("film", story.root.name)
    _assert_edges_lie_where_they_were_put(story, tmp_path)
    first = story.cut.read_bytes()
    complete_register(workspace, story.root.name, role="editor")
    sign_off(workspace, story.root.name, "training")
    result = run_cli("film", story.root.name)
    assert story.cut.read_bytes() == first
    assert "Next: Check and approve it" in result.out, (
        "nobody is asked to view the same bytes twice"
    )


def _assert_edges_lie_where_they_were_put(story: StoryFolder, tmp_path: Path) -> None:
    """The silence reaches over the end of “asked”; the cut takes more of the pause than it would.

    “asked” is a tone from 2.5 to 2.8 s of the recording, and the cut words begin at 7.5 s.
    """
    edited, film = read_edited(story.edited), current_film(story)
    assert film is not None
    (silence,), (cut,) = edited.redactions, edited.cuts
    assert 2_600 < silence.start < 2_700
    assert edited.placed_borders == (cut.start,)
    before, after = [shot for _, shot in film.timeline.shots()]
    # 25 frames a second: the last whole one before the cut is shown, to its end.
    assert before.last == cut.start * 25 // 1000
    assert after.first * 40 >= cut.end
    starts_at = film.timeline.film_time(silence.start)
    assert starts_at is not None
    sound = heard(story.audio, tmp_path)
    beside = [tone_level(sound, PITCH[1], starts_at + shift) for shift in (-70, 30)]
    # AAC spreads what lies beside the silence over 22 ms of it, and a bleep of 640 Hz is in it.
    assert beside[0] > 0.05
    assert beside[1] < beside[0] / 20


def test_another_summary_is_another_cut_and_the_same_film(
    run_cli: Cli,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from films import make_cut

    story = toned_film(workspace)
    film_bytes, before = story.film.read_bytes(), story.cut.read_bytes()
    change_story(workspace, story.root.name, {"summary": "Tones, in their order."})

    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("no frame of it has changed")

    with monkeypatch.context() as patched:
        patched.setattr(make_cut, "make_film", never)
        assert run_cli("film", story.root.name).code == 0
    assert story.film.read_bytes() == film_bytes
    assert story.cut.read_bytes() != before
    story.film.write_bytes(b"touched")
    run_cli("film", story.root.name)
    assert story.film.read_bytes() == film_bytes


def test_what_is_chosen_once_is_kept(run_cli: Cli, story: StoryFolder, tmp_path: Path) -> None:
    edit(run_cli, story, " ".join(WORDS), tmp_path)
    no_cards = ("--no-title-card", "--no-end-card")
    options = ("--picture", "blurred", "--from", "0:01.2", "--to", "9")
    run_cli("film", story.root.name, *options, *no_cards)
    once = story.film.read_bytes()
    assert probe(story.film).duration == pytest.approx(7_800, abs=60)
    run_cli("film", story.root.name)
    assert story.film.read_bytes() == once
    run_cli("film", story.root.name, "--picture", "shown", "--from", "auto", "--to", "auto")
    assert probe(story.film).duration > 9_000


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--region", "1,2,3"), 2, "not a part of the picture"),
        (("--region", "90,0,20,10"), 2, "not a part of the picture"),
        (("--from", "soon"), 2, "not a moment"),
        (("--from", "9", "--to", "3"), 2, "end before it begins"),
        (("--poster-at", "0.1"), 2, "is not in the film"),
        (("--for", "everybody"), 2, "is not one of"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_made(
    run_cli: Cli,
    story: StoryFolder,
    tmp_path: Path,
    options: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    edit(run_cli, story, " ".join(WORDS), tmp_path)
    result = run_cli("film", story.root.name, *options)
    assert result.code == code
    assert message in result.err
    assert not story.film.exists()


def test_cutting_everything_is_said(run_cli: Cli, story: StoryFolder, tmp_path: Path) -> None:
    edit(run_cli, story, " ".join(WORDS), tmp_path)
    result = run_cli("film", story.root.name, "--from", "12.5", "--to", "12.8")
    assert result.code == 2
    assert "is left to show" in result.err


def test_marks_on_times_nobody_measured_make_no_film(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    import msgspec

    from transcribe.words import read_transcript

    guessed = msgspec.structs.replace(
        read_transcript(story.transcript), options={"guessed_times": len(WORDS)}
    )
    story.transcript.write_bytes(struct_file.encode(guessed))
    edit(run_cli, story, "Nobody ~~asked Daniel~~ what he knew.", tmp_path)
    result = run_cli("film", story.root.name)
    assert result.code == 4
    assert "without times of their own" in result.err
    assert "--again" in result.err
    assert not story.film.exists()


def test_the_same_words_applied_again_leave_the_film_as_it_was(
    workspace: Workspace, run_cli: Cli
) -> None:
    """Somebody who looked, and pressed “Apply”, must not take a released story down."""
    story = toned_film(workspace)
    before = {path: path.read_bytes() for path in (story.captions, story.chapters)}
    name = story.root.name
    same = run_cli("edit", name, "--apply", story.editors_copy, "--yes")
    assert "the film was made of: it stays as it is" in same.out
    assert {path: path.read_bytes() for path in before} == before
    text = story.editors_copy.read_text(encoding="utf-8").replace("Never.", "Not ever.")
    story.editors_copy.write_text(text, encoding="utf-8")
    other = run_cli("edit", name, "--as-is", "--yes")
    assert "make it again" in other.out
    assert story.captions.read_bytes() != before[story.captions]


def test_no_film_shows_whoever_agreed_to_their_voice_alone(
    run_cli: Cli, workspace: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    edit(run_cli, story, "Nobody asked.", tmp_path)
    assert run_cli("consent", "record", story.root.name, *AGREED, "--record", "voice").code == 0
    for option in ((), ("--preview",)):
        refused = run_cli("film", story.root.name, *option)
        assert (refused.code, "Only the voice was agreed to" in refused.err) == (4, True)
        assert "--picture voice-only" in refused.err
    assert not story.film.exists()


def test_a_film_begun_before_only_the_voice_was_agreed_to_is_none(
    run_cli: Cli,
    workspace: Workspace,
    story: StoryFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edit(run_cli, story, "Nobody asked.", tmp_path)
    narrow = ("consent", "record", story.root.name, *AGREED, "--record", "voice")
    make = make_cut.make_film

    def make_slowly(*given: Any) -> Any:
        film = make(*given)
        assert run_cli(*narrow).code == 0
        return film

    monkeypatch.setattr(make_cut, "make_film", make_slowly)
    refused = run_cli("film", story.root.name)
    assert (refused.code, "Only the voice was agreed to" in refused.err) == (4, True)
    assert not story.cut.exists()
    assert not [*story.root.glob("film*.mp4"), *story.root.glob("poster.jpg")]
    assert not story.audio.exists(), "nothing is left of a film that was refused"
    assert run_cli("site", "preview", story.root.name).code == 4
    monkeypatch.setattr(make_cut, "make_film", make)
    assert run_cli("film", story.root.name, "--picture", "voice-only").code == 0
