"""Marks made by listening: read as people write them, kept in time, and used for chapters."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.intake.pipeline import import_recording
from capture.markers.marking import merge_markers, parse_time
from capture.recording.session_markers import Marker, read_session
from library.consent.withdrawals import record_withdrawal
from library.core.errors import BadInput
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult

Cli = Callable[..., CommandResult]


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    story = sample_media.agreed_story(workspace)
    import_recording(workspace, story, sample_media.wav())
    return story


def marks_of(workspace: Workspace, story_id: str) -> list[tuple[int, str, str]]:
    session = read_session(workspace.story(story_id).session)
    return [(marker.at, marker.kind, marker.question or marker.text) for marker in session.markers]


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("0:00", 0),
        ("1:23.4", 83_400),
        ("1:23,45", 83_450),
        ("61:05", 3_665_000),
        ("1:02:03.004", 3_723_004),
    ],
)
def test_times_are_read_as_players_show_them(typed: str, at: int) -> None:
    assert parse_time(typed) == at


@pytest.mark.parametrize("typed", ["", "83", "1:60", "1:61:00", "-1:00", "1:2:3:4", "１:00", "a:b"])
def test_what_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_time(typed)
    assert "1:23" in error.value.next_step


@settings(deadline=None)
@given(st.integers(0, 10**8))
def test_every_time_that_is_shown_is_read_back(at: int) -> None:
    seconds = at // 1000
    typed_time = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{at % 1000:03}"
    assert parse_time(typed_time) == at


kinds = st.sampled_from(["question", "note", "sensitive"])
marks = st.builds(
    Marker, at=st.integers(0, 9), kind=kinds, question=st.sampled_from(["a", "b", ""])
)


@settings(deadline=None)
@given(st.lists(marks), st.lists(marks))
def test_marks_stay_in_time_and_the_new_one_of_a_question_counts(
    before: list[Marker], made: list[Marker]
) -> None:
    merged = merge_markers(before, made)
    assert [marker.at for marker in merged] == sorted(marker.at for marker in merged)
    for name in {marker.question for marker in made if marker.kind == "question"}:
        (only,) = [
            marker for marker in merged if marker.kind == "question" and marker.question == name
        ]
        assert only == [m for m in made if m.kind == "question" and m.question == name][-1]
    assert merge_markers(merged, made) == merged, "marking the same again changes nothing"


def test_options_and_a_file_mark_questions_and_more(
    workspace: Workspace, story_id: str, run_cli: Cli, tmp_path: Path
) -> None:
    marks_file = tmp_path / "marks.txt"
    marks_file.write_text(
        "# from my notebook\n0:00.2\tbeginning\n\n0:01 2\n0:01.5 note She laughs\n"
    )
    options = ("--file", marks_file, "--at", "0:01.2 do-not-use")
    result = run_cli("capture", "mark", story_id, *options)
    assert result.code == 0, result.err
    assert f"carer-stories transcribe {story_id}" in result.out
    assert marks_of(workspace, story_id) == [
        (200, "question", "beginning"),
        (1000, "question", "first-contact"),
        (1200, "do-not-use", ""),
        (1500, "note", "She laughs"),
    ]
    run_cli("capture", "mark", story_id, "--at", "0:01.1 question first-contact", "--remove", 3)
    assert marks_of(workspace, story_id) == [
        (200, "question", "beginning"),
        (1100, "question", "first-contact"),
        (1500, "note", "She laughs"),
    ]
    marks = json.loads(run_cli("capture", "mark", story_id, "--list", "--json").out)
    assert [mark["at"] for mark in marks] == [200, 1100, 1500]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0:00 beginnig", "Did you mean “beginning”?"),
        ("0:00 99", "no question of this set"),
        ("0:00", "no question of this set"),
        ("0:09 beginning", "after the end of the recording (0:02)"),
        ("soon beginning", "is not a time"),
        ("0:00 note", "A note needs words"),
    ],
)
def test_what_is_not_understood_is_said_and_nothing_is_marked(
    workspace: Workspace, story_id: str, run_cli: Cli, typed: str, words: str
) -> None:
    result = run_cli("capture", "mark", story_id, "--at", "0:01 beginning", "--at", typed)
    assert result.code == 2
    assert words in result.err
    assert marks_of(workspace, story_id) == []


def test_a_fault_in_a_file_names_its_line(story_id: str, run_cli: Cli, tmp_path: Path) -> None:
    marks_file = tmp_path / "marks.txt"
    marks_file.write_text("0:00 beginning\n0:01 nobody\n")
    result = run_cli("capture", "mark", story_id, "--file", marks_file)
    assert (result.code, "marks.txt, line 2" in result.err) == (2, True)


def test_a_story_without_recording_or_withdrawn_is_not_marked(
    workspace: Workspace, story_id: str, run_cli: Cli
) -> None:
    other = sample_media.agreed_story(workspace)
    assert run_cli("capture", "mark", other, "--at", "0:01 beginning").code == 3
    record_withdrawal(workspace, story_id, "contributor")
    assert run_cli("capture", "mark", story_id, "--at", "0:01 beginning").code == 4


def test_without_options_it_asks_and_asks_again_for_what_it_does_not_understand(
    workspace: Workspace, story_id: str, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("0:00 1\nwhat?\n0:01.5 good-day\n\n"))
    result = run_cli("capture", "mark", story_id)
    assert result.code == 0, result.err
    assert "working.m4a" in result.out
    assert "Can you tell me who you care for?" in " ".join(result.out.split())
    assert "“what?” is not a time" in result.out
    assert marks_of(workspace, story_id) == [
        (0, "question", "beginning"),
        (1500, "question", "good-day"),
    ]


def test_marks_say_where_chapters_begin(
    workspace: Workspace, story_id: str, run_cli: Cli, tmp_path: Path
) -> None:
    words = tmp_path / "words.vtt"
    words.write_text(
        "WEBVTT\n\n00:00.000 --> 00:00.800\nMy brother is called Tom.\n\n"
        "00:01.000 --> 00:01.900\nWe go to the sea on Sundays.\n"
    )
    run_cli("capture", "mark", story_id, "--at", "0:00 beginning", "--at", "0:01 good-day")
    assert run_cli("transcribe", story_id, "--from", words).code == 0
    text = workspace.story(story_id).editors_copy.read_text()
    first, second = text.index("Can you tell me who you care for?"), text.index("a good day look")
    assert first < text.index("brother") < second < text.index("the sea")
