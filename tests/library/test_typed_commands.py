"""Commands that are told can be pasted, whatever a folder is called."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.sanitise import shell_quoted
from tests.support.command_line import Ran


@pytest.mark.parametrize("name", ["USB STICK", "Ruth’s", "Ruth's", "a;b", "$HOME"])
def test_a_shell_reads_the_same_path(tmp_path: Path, name: str) -> None:
    assert shlex.split(f"cd {shell_quoted(tmp_path / name)}") == ["cd", str(tmp_path / name)]


def test_a_plain_path_is_left_plain(tmp_path: Path) -> None:
    assert shell_quoted(tmp_path) == str(tmp_path)


def test_what_is_told_of_a_stick_with_a_space_can_be_pasted(
    run_cli: Callable[..., Ran], tmp_path: Path
) -> None:
    stick = tmp_path / "USB STICK"
    stick.mkdir()
    refused = run_cli("restore", "--from", stick, "--into", tmp_path / "back", "--yes")
    _, told, command = refused.err.partition("make one: ")
    assert told, refused
    program, *arguments = shlex.split(command)
    assert program == "carer-stories"
    assert arguments == ["backup", str(stick)]
    assert run_cli(*arguments, "--yes").code == 0
