"""Recognised words in British spelling: what is offered, what is left alone, and what stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from tests.support.known_interview import QUESTIONS, SPEAKERS, spoken, transcript_of
from tests.support.speech_samples import write_speech
from transcribe.british_spelling import SpelledWord, american_spellings, comparable
from transcribe.editing.rebase_edits import rebase_copy
from transcribe.editing.transcript_markdown import parse_copy
from transcribe.words import Transcript, read_edited

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]
SAID = "I realized that the color had gone. Honored neighbors (organized) came to the center."


def british(text: str, *names: str) -> str:
    words = [SpelledWord(token) for token in text.split()]
    changes = american_spellings(words, names)
    return " ".join(changes.texts.get(at, word.text) for at, word in enumerate(words))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("It is an honor, I realized.", "It is an honour, I realised."),
        ("Color matters. “Neighbors’ colors.”", "Colour matters. “Neighbours’ colours.”"),
        ("My neighbor’s color-blind", "My neighbour’s colour-blind"),
        ("HONOR. The", "HONOUR. The"),
        # British in some sense, or said otherwise.
        ("I practice a program, mom said, a story", "I practice a program, mom said, a story"),
        ("The meter and the license", "The meter and the license"),
        # Names.
        ("We saw Honor there.", "We saw Honor there."),
        ("Honor came. We saw Honor.", "Honor came. We saw Honor."),
        ("Honor, my sister, rang. Gray’s car came.", "Honor, my sister, rang. Gray’s car came."),
        ("We saw Taylor’s Color. Color was there.", "We saw Taylor’s Color. Color was there."),
        ("Harbor House was shut.", "Harbor House was shut."),
        ("Center for Carers helped. So", "Center for Carers helped. So"),
        ("Center for mental health", "Center for mental health"),
        ("Theater of the Absurd", "Theater of the Absurd"),
        ("Traveling for hours. Organized by us", "Travelling for hours. Organised by us"),
        ("It was “color me beautiful.” Colors", "It was “color me beautiful.” Colours"),
        ('a book, "the gray harbor", in gray', 'a book, "the gray harbor", in grey'),
        ("“Color me beautiful” was gray.", "“Color me beautiful” was grey."),
        ("“Color me beautiful,” he said.", "“Colour me beautiful,” he said."),
        ("a book called 'gray harbor', in gray", "a book called 'gray harbor', in grey"),
        ("She said, “I realized it.”", "She said, “I realised it.”"),
        ("Center I liked.", "Centre I liked."),
        ("at color.com and honor@color.org", "at color.com and honor@color.org"),
    ],
)
def test_words_and_not_names_are_written_as_in_britain(text: str, reads: str) -> None:
    assert british(text) == reads
    assert british(reads) == reads


def test_listed_names_and_terms_keep_their_spelling() -> None:
    assert british("Honor came to harbor in color.", "Honor Smith", "the Harbor") == (
        "Honor came to harbor in colour."
    )


def test_the_table_leads_from_one_spelling_to_another_and_no_further() -> None:
    text = (files("transcribe") / "british_spelling.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    table = {row[0]: row[1] for row in rows}
    assert len(table) == len(rows) > 2_000
    assert not set(table) & set(table.values())
    assert all(word.isascii() and word.isalpha() and word.islower() for row in rows for word in row)
    assert comparable("Honor,") == comparable("honour") == "honour"


def test_one_command_spells_all_and_every_time_stands(run_cli: Any, transcribed: Made) -> None:
    _, folder, transcript = transcribed(transcript_of(spoken(SAID)))
    literal = folder.transcript.read_bytes()
    offered = run_cli("edit", transcript.story, "--as-is")
    assert "6 words in American spelling" in offered.out
    assert f"edit {transcript.story} --british" in offered.out

    spelled = run_cli("edit", transcript.story, "--british", "--as-is")

    assert spelled.code == 0, spelled.err
    assert "6 words spelled as in Britain" in spelled.out
    assert "realized → realised" in spelled.out
    edited = read_edited(folder.edited)
    words = [word for turn in edited.turns for word in turn.words]
    assert " ".join(word.text for word in words) == (
        "I realised that the colour had gone. Honoured neighbours (organised) came to the centre."
    )
    assert [(word.start, word.end, word.probability) for word in words] == [
        (word.start, word.end, word.probability) for word in transcript.words
    ]
    assert folder.transcript.read_bytes() == literal
    assert edited.transcript_sha256 == sha256_of(folder.transcript)
    assert "colour" in folder.captions.read_text(encoding="utf-8")

    before = folder.editors_copy.read_bytes()
    again = run_cli("edit", transcript.story, "--british", "--as-is", "--json")
    record = json.loads(again.out)
    assert (record["corrected"], record["respelled"], record["american"]) == (0, 6, 0)
    assert folder.editors_copy.read_bytes() == before


def test_transcribe_offers_it(run_cli: Any, transcribed: Made, tmp_path: Path) -> None:
    _, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_speech(folder.speech, bytes(32_000))
    captions = tmp_path / "talk.srt"
    captions.write_text("1\n00:00:00,000 --> 00:00:00,400\nI realized.\n", encoding="utf-8")
    result = run_cli("transcribe", transcript.story, "--from", captions)
    assert result.code == 0, result.err
    assert "1 word in American spelling: realized → realised." in result.out
    assert f"carer-stories edit {transcript.story} --british" in result.out


def test_what_was_typed_or_hidden_is_left_as_it_is(run_cli: Any, transcribed: Made) -> None:
    _, folder, transcript = transcribed(transcript_of(spoken(SAID)))
    run_cli("edit", transcript.story, "--as-is")
    text = folder.editors_copy.read_text(encoding="utf-8")
    for old, new in (
        ("realized", "~~realized~~"),
        ("color", "[[color|shade]]"),
        ("Honored", "[[?Honored|somebody]]"),
        ("came", "favored"),
        ("center", "center(?)"),
    ):
        text = text.replace(f"{old}", new)
    folder.editors_copy.write_text(text, encoding="utf-8")
    assert run_cli("edit", transcript.story, "--british", "--as-is").code == 0
    text = folder.editors_copy.read_text(encoding="utf-8")
    assert "~~realized~~" in text
    assert "[[color|shade]]" in text
    assert "[[?Honored|somebody]]" in text
    assert "neighbours (organised) favored to the centre" in text
    assert "centre.(?)" in text


def test_an_editor_who_opens_the_text_finds_it_spelled(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, folder, transcript = transcribed(transcript_of(spoken(SAID)))
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    folder.name_list.write_text("names:\n  - name: Honored House\n", encoding="utf-8")
    result = run_cli("edit", transcript.story, "--british", "--yes")
    assert result.code == 0, result.err
    assert "In British spelling now: realized → realised" in result.out
    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert "I realised that the colour had gone. Honored neighbours" in seen


def test_where_another_language_was_listened_for_nothing_is_offered(
    run_cli: Any, transcribed: Made
) -> None:
    french = msgspec.structs.replace(transcript_of(spoken(SAID)), options={"language": "fr"})
    _, folder, transcript = transcribed(french)
    result = run_cli("edit", transcript.story, "--british", "--as-is")
    assert (result.code, "Brit" in result.out) == (0, False)
    assert "realized" in folder.editors_copy.read_text(encoding="utf-8")


def test_names_that_cannot_be_read_hold_no_editor_up(run_cli: Any, transcribed: Made) -> None:
    _, folder, transcript = transcribed(transcript_of(spoken(SAID)))
    folder.name_list.write_text("names: 5\n", encoding="utf-8")
    assert run_cli("edit", transcript.story, "--as-is").code == 0


def test_transcribed_again_a_word_keeps_the_spelling_it_was_given() -> None:
    old = transcript_of(spoken(SAID))
    text = "Ruth: " + SAID.replace("color", "colour").replace("realized", "realised")
    copy = parse_copy(text, QUESTIONS, SPEAKERS)
    new = transcript_of(spoken(SAID.replace("had gone", "was gone")))
    rebased = rebase_copy(old, copy, new, {})
    assert not rebased.lost
    words = " ".join(word.text for paragraph in rebased.paragraphs for word in paragraph.words)
    assert words.startswith("I realised that the colour was gone. Honored")
