"""Commands that are told can be pasted, whatever a folder is called."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core import typed_command
from library.core.errors import BadInput, NoRoom, NotFound
from library.core.sanitise import shell_quoted
from library.core.typed_command import as_typed
from library.core.workspace import Workspace
from tests.support.command_line import ROOT, CommandResult


@pytest.mark.parametrize("name", ["USB STICK", "Ruth’s", "Ruth's", "a;b", "$HOME"])
def test_a_shell_reads_the_same_path(tmp_path: Path, name: str) -> None:
    assert shlex.split(f"cd {shell_quoted(tmp_path / name)}") == ["cd", str(tmp_path / name)]


def test_a_plain_path_is_left_plain(tmp_path: Path) -> None:
    assert shell_quoted(tmp_path) == str(tmp_path)


def test_what_is_told_of_a_stick_with_a_space_can_be_pasted(
    run_cli: Callable[..., CommandResult], tmp_path: Path
) -> None:
    usb_stick = tmp_path / "USB STICK"
    usb_stick.mkdir()
    result = run_cli("restore", "--from", usb_stick, "--into", tmp_path / "back", "--yes")
    _, message, command = result.err.partition("make one: ")
    assert message, result
    program, *arguments = shlex.split(command)
    assert program == "carer-stories"
    assert arguments == ["backup", str(usb_stick)]
    assert run_cli(*arguments, "--yes").code == 0


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("film --fast", "There is no option “--fast” here.\n"),
        (
            "signoff --audiense",
            "There is no option “--audiense” here. Did you mean “--audience”?\n",
        ),
        ("signoff --aud", "There is no option “--aud” here. Did you mean “--audience”?\n"),
        ("captions lnt", "There is no command “lnt” here. Did you mean “lint”?\n"),
        ("film", "STORY is missing.\n"),
        ("captions import a b", "--language is missing.\n"),
        ("site build --audience all", "--audience: “all” is not one of “training”"),
        ("transcribe a --jobs many", "--jobs: “many” is not a whole number.\n"),
        ("transcribe a --jobs 99", "--jobs: 99 is not from 1 to 64.\n"),
        ("redact answer a 0 no", "N: 0 is too small: at least 1.\n"),
        ("film --to", "--to needs a value.\n"),
        ("verify all", "It is not clear what is meant by “all” here.\n"),
    ],
)
def test_what_is_typed_wrongly_is_told_in_our_own_words(
    run_cli: Callable[..., CommandResult], typed: str, message: str
) -> None:
    ran = run_cli(*typed.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)
    assert "\nNext: " in ran.err


def test_details_may_be_asked_for_after_the_command(run_cli: Callable[..., CommandResult]) -> None:
    before, after = run_cli("--verbose", "doctor"), run_cli("doctor", "--verbose")
    assert "Python 3" in after.out
    assert (before.code, before.out) == (after.code, after.out)
    assert "Workspace: " in after.err


def test_the_library_may_be_named_after_the_command(
    run_cli: Callable[..., CommandResult], workspace: Workspace, tmp_path: Path
) -> None:
    before = run_cli("--workspace", workspace.root, "--by", "anna", "story", "list")
    for typed in (
        ("story", "list", "--workspace", workspace.root, "--by", "anna"),
        ("story", f"--workspace={workspace.root}", "--by=anna", "list"),
    ):
        assert run_cli(*typed) == before
    assert "needs a value" in run_cli("status", "--workspace").err
    assert str(tmp_path / "none") in run_cli("status", "--workspace", tmp_path / "none").err


def test_a_page_that_is_named_is_one_that_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert as_typed("See docs/it/backup.md.") == f"See {ROOT}/docs/it/backup.md."
    assert as_typed("in our/docs/it/backup.md, docs/no-such.md") == (
        "in our/docs/it/backup.md, docs/no-such.md"
    )
    page = tmp_path / "handbooks" / "hosting.html"
    page.parent.mkdir()
    page.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "program" / "carer-stories"))
    assert as_typed("(docs/hosting.md)") == f"({page})"


def test_a_full_disk_at_the_first_step_is_told_as_one(
    run_cli: Callable[..., CommandResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    ran = run_cli("init", tmp_path / "ours", "--yes")
    assert ran.code == NoRoom.exit_code
    assert len(ran.err) < 400 + 2 * len(str(tmp_path))
    assert not (tmp_path / "ours").exists()


def test_details_of_a_refusal_name_its_cause(
    run_cli: Callable[..., CommandResult], tmp_path: Path
) -> None:
    plain = run_cli("story", "show", "cs-zzzzzz")
    detailed = run_cli("story", "show", "cs-zzzzzz", "--verbose")
    assert "Cause: " not in plain.err
    assert "Cause: NotFound (" in detailed.err


def test_the_handbooks_are_copied_to_where_a_browser_can_open_them(
    run_cli: Callable[..., CommandResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "ours" / "read"
    unmade = run_cli("handbooks", target)
    assert (unmade.code, "make handbooks" in unmade.err) == (NotFound.exit_code, True)
    assert not target.parent.exists()
    site = tmp_path / "package" / "handbooks"
    (site / "it").mkdir(parents=True)
    (site / "index.html").write_text("Start here")
    (site / "it" / "backup.html").write_text("Backups")
    code = site.parent / "core" / "typed_command.py"
    monkeypatch.setattr(typed_command, "__file__", str(code))
    assert as_typed("See docs/it/backup.md.") == f"See {site}/it/backup.html."
    made = run_cli("handbooks", target)
    assert (made.code, f"Open {target}/index.html in a browser." in made.out) == (0, True), made
    assert (target / "it" / "backup.html").read_text() == "Backups"
    again = run_cli("handbooks", target)
    assert (again.code, "already holds something" in again.err) == (BadInput.exit_code, True)
