"""Commands that are told can be pasted, whatever a folder is called."""

from __future__ import annotations

import ast
import errno
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import carer_stories
from library.cli.usage import whole_commands
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


@pytest.mark.parametrize(
    ("typed", "next_step"),
    [
        (["--list"], "carer-stories backup '{disk}' --list --key-file FILE"),
        (["--list", "--verbose"], "carer-stories backup '{disk}' --list --verbose --key-file FILE"),
        (["--list", "--"], "carer-stories backup '{disk}' --list --key-file FILE --"),
    ],
)
def test_an_option_that_is_lacking_is_named_in_the_command_that_was_typed(
    run_cli: Callable[..., CommandResult], tmp_path: Path, typed: list[str], next_step: str
) -> None:
    disk = tmp_path / "our disk"
    assert run_cli("backup", disk, "--new-key", "--key-file", tmp_path / "key").code == 0
    ran = run_cli("backup", disk, *typed)
    assert f"\nNext: Name its key: {next_step.format(disk=disk)}\n" in ran.err


@pytest.mark.parametrize(
    "title", [["--title", " "], ["--title= "], ["--title", "A", "--title", "\t"]]
)
def test_an_option_that_is_given_anew_takes_the_place_of_what_was_typed(
    run_cli: Callable[..., CommandResult], title: list[str]
) -> None:
    ran = run_cli("story", "new", "--questions", "being-heard", *title)
    assert ran.err.endswith(
        'carer-stories story new --questions being-heard --title "What it is about"\n'
    )


@pytest.mark.parametrize(
    "step",
    [
        "Name a folder: --share /mnt/shared, or --share s3://bucket/folder.",
        "Give both: --support-name and --support-contact.",
        "Choose one: --keep",
        'Say it: --title "half',
        "Leave out --title.",
    ],
)
def test_options_that_are_no_command_stay_as_they_are(step: str) -> None:
    assert whole_commands(step, ["story", "new"], carer_stories.root) == step


_COMMAND_IN_A_SENTENCE = re.compile(r"(?<!Example): carer-stories((?: [^ \n,;)`]+)+)(?! )")
"""A command at the end of a sentence, and not the beginning of one that code goes on with."""


def test_every_command_in_a_sentence_has_what_it_needs() -> None:
    incomplete = []
    for package in ("library", "capture", "transcribe", "site"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for line, text in _sentences(ast.parse(path.read_text(encoding="utf-8"))):
                for mention in _COMMAND_IN_A_SENTENCE.finditer(text):
                    lacking = _lacking([word.strip(".") for word in mention[1].split()])
                    if lacking:
                        where = f"{path.relative_to(ROOT)}:{line}"
                        incomplete.append(f"{where}{mention[0]} lacks {lacking}")
    assert not incomplete


def _sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each text of a module with its line, and a word in the place of each of its values."""
    parts = {
        id(value)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for value in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in parts:
            values = node.values if isinstance(node, ast.JoinedStr) else [node]
            words = [
                str(value.value) if isinstance(value, ast.Constant) else "VALUE" for value in values
            ]
            yield node.lineno, "".join(words)


def _lacking(words: list[str]) -> list[str]:
    """The arguments and options that a command needs and that are not among the words."""
    command: click.Command = carer_stories.root
    while isinstance(command, click.Group) and words:
        below = command.get_command(click.Context(command), words[0])
        if below is None:
            break
        command, words = below, words[1:]
    needed = [parameter for parameter in command.params if parameter.required]
    arguments = [each for each in needed if isinstance(each, click.Argument)]
    values = [word for word in words if not word.startswith("-")]
    if "--help" in words:
        return []
    return [str(each.name) for each in arguments[len(values) :]] + [
        each.opts[0]
        for each in needed
        if isinstance(each, click.Option) and not set(each.opts) & set(words)
    ]


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
