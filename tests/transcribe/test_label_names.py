"""Names of those who speak: told at import, asked about once, hidden wherever labels are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from capture.recording.session_markers import read_session
from films.page_text import build_page, encode_page
from library.consent.stories import read_history
from library.core.timecode import webvtt_time
from library.core.workspace import StoryFolder, Workspace
from publish.search.segments import moments
from tests.support.known_interview import spoken, transcript_of
from tests.support.speech_samples import write_speech
from transcribe.edit_service import open_edit_session
from transcribe.pipeline import write_transcript
from transcribe.redaction.checks import name_problems, unlisted_name_problems
from transcribe.redaction.label_names import name_in_label
from transcribe.words import Transcript, read_edited

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]

TURNS = (
    *(("Ruth", "I was at home that day."), ("Ruth", "He was not well."), ("Dr Patel", "Come in.")),
    *(("Ruth", "We went in at two."), ("Ruth", "I told Patel all of it."), ("Ruth", "I waited.")),
    *(("Ruth", "Then he spoke."), ("Dr Patel", "He can go home."), ("Ruth", "So we did.")),
    ("Ruth", "It was late by then."),
)
SAID = " ".join(text for _, text in TURNS)


def ok(result: Any) -> str:
    assert result.code == 0, result.err
    return str(result.out)


def captions(path: Path, turns: tuple[tuple[str, str], ...], *, only: str = "") -> Path:
    """The turns as a program writes them; with `only`, that speaker’s alone have a label."""
    blocks = [
        f"{webvtt_time(n * 4000)} --> {webvtt_time(n * 4000 + 3500)}\n"
        f"{f'{name}: ' if not only or only == name else ''}{text}\n"
        for n, (name, text) in enumerate(turns)
    ]
    path.write_text("WEBVTT\n\n" + "\n".join(blocks), encoding="utf-8")
    return path


@pytest.fixture
def story(transcribed: Made) -> StoryFolder:
    """A story told by Ruth, in which an editor wrote who else speaks."""
    _, folder, _ = transcribed(transcript_of(spoken(SAID)))
    lines = []
    at = 0
    for name, text in TURNS:
        seconds = at // 1000
        lines.append(f"[00:{seconds:02}] {name}: {text}\n")
        at = spoken(text, at)[-1].end + 490
    folder.editors_copy.write_text("\n".join(lines), encoding="utf-8")
    return folder


def shown_anywhere(folder: StoryFolder) -> str:
    """Words of the captions, the page, the search and the film, with their labels."""
    edited, session = read_edited(folder.edited), read_session(folder.session)
    story = read_history(Workspace(folder.root.parents[2]), folder.root.name).story
    page = build_page(story, session, edited, size=(640, 360))
    parts = (repr(moments(page)), encode_page(page).decode(), folder.captions.read_text())
    return "".join((*parts, folder.edited.read_text()))


@pytest.mark.parametrize("only", ["", "Dr Patel"])
def test_every_speaker_of_a_file_is_told(
    run_cli: Any, transcribed: Made, tmp_path: Path, only: str
) -> None:
    _, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_speech(folder.speech, b"\x10\x00" * 16_000 * 45)
    source = captions(tmp_path / "zoom.vtt", TURNS, only=only)
    out = ok(run_cli("transcribe", transcript.story, "--from", source))
    assert "“Dr Patel” is who speaks in 2 passages." in out
    label = "Speaker 1" if only else "Speaker 2"
    assert f"“Dr Patel” is {label}" in out
    copy = folder.editors_copy.read_text()
    assert "Patel:" not in copy
    said: dict[str, str] = {}
    for line in copy.splitlines():
        if line.startswith("[") and "] " in line:
            name, _, words = line.partition("] ")[2].partition(": ")
            said[name] = f"{said.get(name, '')} {words}".strip()
    assert said[label] == "Come in. He can go home."
    assert "home." not in said["Ruth"]


@pytest.mark.parametrize("named", ["Ruth", "Ruth Marsh", "Interviewee"])
def test_a_file_that_says_who_is_who_is_believed(
    run_cli: Any, transcribed: Made, tmp_path: Path, named: str
) -> None:
    _, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_speech(folder.speech, b"\x10\x00" * 16_000 * 45)
    asked = "Tell me about that, as long as you like, and all that came after it."
    turns = [(("Interviewer", asked), (named, "I went."))[n % 2] for n in range(6)]
    source = captions(tmp_path / "zoom.vtt", tuple(turns))
    out = ok(run_cli("transcribe", transcript.story, "--from", source))
    assert f"“Interviewer” is Interviewer, “{named}” is Ruth" in out
    assert "] Ruth: I went." in folder.editors_copy.read_text()
    assert "Marsh" not in folder.transcript.read_text()


def possible(folder: StoryFolder, run_cli: Any) -> dict[str, int]:
    listed = json.loads(ok(run_cli("redact", "list", folder.root.name, "--json")))
    return {entry["words"]: entry["number"] for entry in listed["possible"]}


def left(folder: StoryFolder) -> list[str]:
    workspace = Workspace(folder.root.parents[2])
    return [*name_problems(folder), *unlisted_name_problems(workspace, folder, "Ruth")]


def test_a_label_is_asked_about_once_and_hidden_everywhere(
    story: StoryFolder, run_cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = story.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    assert "Patel" in shown_anywhere(story)
    (sentence,) = left(story)
    assert "1 word" in sentence
    assert "Patel" not in sentence
    answers = iter(["o", "the doctor"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    out = ok(run_cli("redact", "review", story_id))
    assert "shown as the name of who speaks, before 2 paragraphs" in out
    assert "Your answer holds for 3 places" in out
    copy = story.editors_copy.read_text()
    assert copy.count("] The doctor: ") == 2
    assert "I told [[Patel|the doctor]] all" in copy
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(story) == []
    assert "Patel" not in shown_anywhere(story)
    assert shown_anywhere(story).count("The doctor") >= 2
    # Somebody writes it back, and somebody transcribes again.
    story.editors_copy.write_text(copy.replace("The doctor:", "Dr Patel:"), encoding="utf-8")
    ok(run_cli("edit", story_id, "--as-is"))
    assert "is shown before what is said at 0:04" in left(story)[0]
    assert "is shown before what is said at 0:04" in ok(run_cli("redact", "list", story_id))
    assert "hidden as the name of who speaks: 2" in ok(run_cli("redact", "suggest", story_id))
    task = open_edit_session(Workspace(story.root.parents[2]), story_id).task
    again = SAID.replace("So we did.", "So we did. Patel rang.")
    write_transcript(task, msgspec.structs.replace(transcript_of(spoken(again)), story=story_id))
    assert "Patel:" not in story.editors_copy.read_text()
    ok(run_cli("redact", "suggest", story_id))
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(story) == []
    assert "Patel" not in shown_anywhere(story)


def test_a_label_may_be_shown(story: StoryFolder, run_cli: Any) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    (number,) = possible(story, run_cli).values()
    ok(run_cli("redact", "answer", story_id, str(number), "no"))
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(story) == []
    assert not possible(story, run_cli)
    assert "Patel" in shown_anywhere(story)


@pytest.mark.parametrize(
    "label", ["Sunny", "Nurse Bell", "Ruth Marsh", "Ana and Sam", "Dr. Okafor"]
)
def test_a_label_alone_is_asked_about_and_numbered(
    story: StoryFolder, run_cli: Any, label: str
) -> None:
    story_id = story.root.name
    text = story.editors_copy.read_text().replace("Dr Patel:", f"{label}:").replace("Patel", "him")
    story.editors_copy.write_text(text, encoding="utf-8")
    ok(run_cli("redact", "suggest", story_id))
    ((words, number),) = possible(story, run_cli).items()
    assert words == label
    ok(run_cli("redact", "answer", story_id, str(number), "yes"))
    ok(run_cli("edit", story_id, "--as-is"))
    shown = shown_anywhere(story)
    assert left(story) == []
    assert label not in shown
    assert "Speaker 2" in shown


def test_labels_without_times_are_hidden_too(story: StoryFolder, run_cli: Any) -> None:
    story_id = story.root.name
    text = re.sub(r"\[[\d:]+\] ", "", story.editors_copy.read_text())
    story.editors_copy.write_text(text, encoding="utf-8")
    ok(run_cli("redact", "suggest", story_id))
    (number,) = possible(story, run_cli).values()
    ok(run_cli("redact", "answer", story_id, str(number), "yes", "--shown", "a friend of mine"))
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(story) == []
    assert "Patel" not in shown_anywhere(story)
    assert "A friend of mine" in shown_anywhere(story)


def test_a_listed_name_is_hidden_as_a_label_too(story: StoryFolder, run_cli: Any) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "add", story_id, "Anjali Patel", "--shown", "my doctor"))
    ok(run_cli("redact", "suggest", story_id))
    ok(run_cli("edit", story_id, "--as-is"))
    assert left(story) == []
    assert "Patel" not in shown_anywhere(story)
    assert "My doctor" in shown_anywhere(story)


def test_two_of_a_name_stay_two_speakers(story: StoryFolder, run_cli: Any) -> None:
    story_id = story.root.name
    text = story.editors_copy.read_text().replace("Dr Patel:", "Ana Patel:", 1)
    story.editors_copy.write_text(text, encoding="utf-8")
    ok(run_cli("redact", "add", story_id, "Patel", "--shown", "a friend"))
    ok(run_cli("redact", "suggest", story_id))
    copy = story.editors_copy.read_text()
    assert copy.count("] A friend: ") == 1
    assert copy.count("] Speaker 3: ") == 1


def test_words_of_a_service_are_no_names_by_themselves(story: StoryFolder, run_cli: Any) -> None:
    story_id = story.root.name
    text = story.editors_copy.read_text().replace("Dr Patel:", "Home Carers Leeds:")
    story.editors_copy.write_text(text.replace("at home", "at home with carers"), encoding="utf-8")
    ok(run_cli("redact", "suggest", story_id))
    numbers = possible(story, run_cli)
    ok(run_cli("redact", "answer", story_id, str(numbers["Home Carers Leeds"]), "yes"))
    copy = story.editors_copy.read_text()
    assert "Home Carers Leeds" not in copy
    assert "at home with carers that day" in copy


@pytest.mark.parametrize(
    ("label", "name"),
    [
        *(("Interviewer", ""), ("Carer", ""), ("Speaker 2", ""), ("SPEAKER_00", ""), ("Q", "")),
        *(("Support worker", ""), ("My daughter", ""), ("Ward Sister", ""), ("Nurse 2", "")),
        *(("Second carer", ""), ("Me", ""), ("GP", ""), ("Mum (she/her)", ""), ("iPhone (2)", "")),
        *(("Dr Patel", "Patel"), ("ruth’s iPhone", "ruth’s"), ("MARSH, JR.", "MARSH, JR.")),
        *(
            ("+44 7700 900123", "+44 7700 900123"),
            ("محمد", "محمد"),
            ("李华", "李华"),
            ("J. K.", "J. K."),
        ),
    ],
)
def test_roles_are_no_names(label: str, name: str) -> None:
    assert " ".join(name_in_label(label)) == name
