"""Printed text moves no cursor, colours nothing, turns no letters round and always prints."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.cli import console
from library.consent.contributors import record_contributor
from library.consent.stories import start_story
from library.core.sanitise import printable, printable_json
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult

NASTY = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m Ann \u202eevil\u2066\u200b\u2028 \x00\r\x08"
    "\U000e0041 <script> {{ 7*7 }} =1+1 \ud800 `$(reboot)`"
)
SHOWN = "[2J]0;owned31m Ann evil"
any_text = st.text(
    st.one_of(st.characters(), st.sampled_from(NASTY)), max_size=60
)  # halves of letters among them, as in a file's name that is no text


def _obeyed(message: str) -> list[str]:
    """Characters that a terminal acts on, or that nobody sees; the line end is our own."""
    return [f"U+{ord(character):04X}" for character in message if _is_obeyed(character)]


def _is_obeyed(character: str) -> bool:
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    is_invisible = (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in "\n\t"
    )
    return is_invisible or unicodedata.bidirectional(character) in turns


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(any_text)
def test_nothing_printed_is_obeyed(text: str) -> None:
    assert _obeyed(printable(text)) == []
    printable(text).encode()
    assert printable(printable(text)) == printable(text)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(any_text)
def test_json_means_the_same_and_is_as_safe(text: str) -> None:
    printed = printable_json(json.dumps({"title": text}, ensure_ascii=False, indent=2))
    assert _obeyed(printed) == []
    assert json.loads(printed) == {"title": text}
    printed.encode()


def test_every_way_of_saying_something_goes_through_it(capfd: pytest.CaptureFixture[str]) -> None:
    console.say(NASTY)
    console.say(NASTY, err=True)
    console.table(["Title"], [[NASTY]])
    console.say_json({"title": NASTY.replace("\ud800", "")})
    out, err = capfd.readouterr()
    assert _obeyed(out) == [], out
    assert _obeyed(err) == [], err
    assert SHOWN in out
    assert SHOWN in err


@pytest.mark.parametrize(
    "command",
    [
        ["story", "list"],
        ["story", "show", "STORY"],
        ["status"],
        ["status", "--json"],
        ["status", "STORY"],
        ["retention"],
        ["verify"],
        ["contributor", "show", "STORY"],
        ["capture", "import", "STORY", "FILE"],
        ["transcribe", "STORY", "--from", "FILE"],
        ["captions", "check", "FILE"],
        ["questions", "check", "FILE"],
        ["training", "check", "FILE"],
        ["backup", "FILE"],
        ["restore", "--from", "FILE", "--into", "FILE"],
        ["story", "show", "NASTY"],
        ["NASTY"],
        ["status", "--NASTY"],
    ],
    ids=lambda command: " ".join(command),
)
def test_no_command_passes_on_what_a_title_or_file_name_says(
    workspace: Workspace, run_cli: Callable[..., CommandResult], tmp_path: Path, command: list[str]
) -> None:
    """Titles as somebody may put them into the records, and a file’s name that is not even text."""
    story = start_story(workspace, title="A \x1b[31m\u202e call", questions="being-heard")
    record_contributor(workspace, story.id, name="Ann \x1b[31m\u202e", contact="x", role="editor")
    name = os.fsdecode(b"film\x1b[2J\x9b\xff\xe2\x80\xae.mp4")
    path = tmp_path / name
    path.write_bytes(b"\0" * 64)
    substitutes = {"STORY": story.id, "FILE": str(path), "NASTY": NASTY.replace("\0", "")}
    arguments = [command_word.replace("NASTY", substitutes["NASTY"]) for command_word in command]
    result = run_cli(*(substitutes.get(argument, argument) for argument in arguments))
    assert _obeyed(result.out) == [], result.out
    assert _obeyed(result.err) == [], result.err
    assert result.code != 70, result.err
