"""Every command says what it does, shows an example, and refuses in sentences."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import carer_stories
from library.core.workspace import Workspace
from tests.faults import FaultySystem, disk, refuse_with
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import AGREED

Cli = Callable[..., CommandResult]


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{name} is listed and not there"
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def groups(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from groups(command, (*path, name))


def summaries(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each command of a group with its line in the group's help, on a terminal of 80 columns."""
    context = click.Context(group, terminal_width=80)
    names = group.list_commands(context)
    room = context.make_formatter().width - 6 - max(map(len, names))  # as click lays it out
    for name in names:
        command = group.get_command(context, name)
        assert command is not None
        if path:
            yield (*path, name), command.get_short_help_str(room)
        if isinstance(command, click.Group):
            yield from summaries(command, (*path, name))


def test_no_summary_is_cut_short_in_the_help_of_a_group() -> None:
    assert [path for path, summary in summaries(carer_stories.root) if "..." in summary] == []


GROUPS = list(groups(carer_stories.root))
EVERY = [
    pytest.param(path, command, id=" ".join(path)) for path, command in commands(carer_stories.root)
]


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_every_command_and_option_has_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help, "no help"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.opts[0]} has no help"


@pytest.mark.parametrize("path", GROUPS + [parameters.values[0] for parameters in EVERY])
def test_help_ends_in_an_example(run_cli: Cli, path: tuple[str, ...]) -> None:
    """One style: `Example: …` as the last paragraph, or `Examples:` and a line for each."""
    typed = " ".join(("carer-stories", *path))
    end = run_cli(*path, "--help").out.rstrip().split("\n\n")
    if end[-1].strip().startswith("Example: "):
        assert " ".join(end[-1].split()).startswith(f"Example: {typed}")
        return
    assert end[-2].strip() == "Examples:"
    assert all(line.strip().startswith(typed) for line in end[-1].splitlines())


@pytest.mark.parametrize(("path", "command"), EVERY)
def test_every_command_is_in_the_manual(path: tuple[str, ...], command: click.Command) -> None:
    manual = (ROOT / "docs" / "reference" / "commands.md").read_text()
    assert f"`{' '.join(path)}" in manual


def test_help_is_instant_because_nothing_heavy_is_imported() -> None:
    probe = (
        "import sys, carer_stories; carer_stories.run(['--help']);"
        "print([m for m in ('torch','whisper','numpy','mkdocs','av','flask','tinydb','jinja2') "
        "if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "module",
    ["publish.offline", "publish.build_job", "stewardship.withdrawal.workflow"],
)
def test_what_only_looks_after_pages_imports_no_media_library(module: str) -> None:
    """`site check` would wait for what it never uses, and a withdrawal fail with what is broken."""
    probe = (
        f"import sys, {module};"
        "print([m for m in ('torch','whisper','mkdocs','av','flask','imageio_ffmpeg') "
        "if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("contributor record cs-zzzzzz", 3),
        ("contributor forget cs-zzzzzz", 3),
        ("copies settle cp-zzzzzz --as lost", 3),
        ("people decide cs-zzzzzz pe-222222", 3),
        ("people decide {story} pe-222222", 3),
        ("people complete cs-zzzzzz", 3),
        ("safeguarding record cs-zzzzzz", 3),
        ("safeguarding hold cs-zzzzzz", 3),
        ("safeguarding lift {story}", 3),
        ("staff retire st-222222", 3),
        ("captions remove {story} --language pl", 3),
        ("withdraw cs-zzzzzz", 3),
        ("backup {backup} --forget {story}", 4),
        ("approve cs-zzzzzz", 3),
        ("signoff cs-zzzzzz", 3),
    ],
)
def test_what_will_be_refused_is_not_asked_about_first(
    run_cli: Cli,
    story_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
) -> None:
    questions: list[str] = []
    for name in ("confirm", "prompt"):
        monkeypatch.setattr(click, name, lambda text, **_options: questions.append(text))
    backup = tmp_path / "disk" / "backup"
    if "{backup}" in typed:
        backup.parent.mkdir()
        assert run_cli("backup", backup).code == 0
    result = run_cli(*typed.format(story=story_id, backup=backup).split())
    assert result.code == code, result.out + result.err
    assert not questions


def test_an_unknown_command_suggests_the_nearest(run_cli: Cli) -> None:
    leaf = run_cli("aprove", "cs-222222")
    assert leaf.code == 2
    assert "Did you mean “approve”?" in leaf.err


def test_outside_a_workspace_it_says_how_to_get_one(
    run_cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    result = run_cli("status")
    assert result.code == 3
    assert "carer-stories init DIR" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("story", "show", "cs-zzzzzz"), 3, "cs-zzzzzz"),
        (("story", "show", "../../etc"), 2, "is not a story id"),
        (
            ("story", "new", "--title", "A", "--questions", "nowhere"),
            3,
            "no question set “nowhere”",
        ),
        (("story", "new", "--title", " ", "--questions", "being-heard"), 2, "needs a title"),
        (("consent", "record", "cs-zzzzzz", *AGREED), 3, "cs-zzzzzz"),
        (("signoff", "cs-zzzzzz", "--audience", "trust", "--yes"), 3, "cs-zzzzzz"),
        (("approve", "cs-zzzzzz", "--yes"), 3, "cs-zzzzzz"),
        (("withdraw", "cs-zzzzzz", "--yes"), 3, "cs-zzzzzz"),
        (("film", "cs-zzzzzz"), 3, "cs-zzzzzz"),
        (("edit", "cs-zzzzzz", "--yes"), 3, "cs-zzzzzz"),
        (("transcribe", "cs-zzzzzz"), 3, "cs-zzzzzz"),
        (("capture", "import", "cs-zzzzzz", "nothing.mp4"), 3, ""),
        (("site", "check"), 3, "carer-stories site build"),
        (("site", "serve"), 3, "carer-stories site build"),
    ],
)
def test_a_refusal_is_a_sentence_and_a_next_step(
    run_cli: Cli, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = run_cli(*arguments)
    assert (result.code, "Traceback" in result.err) == (code, False)
    assert message in result.err
    assert len(result.err.strip().splitlines()) >= 2, "no next step"
    assert "\nNext: " in result.err


@pytest.fixture
def story_id(run_cli: Cli) -> str:
    import json

    result = run_cli("story", "new", "--title", "A story", "--questions", "being-heard", "--json")
    assert result.code == 0, result.err
    return str(json.loads(result.out)["id"])


def test_a_new_story_is_asked_for_a_question_set_by_name_and_names_the_form_first(
    run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("nowhere\nbeing-heard\n"))
    result = run_cli("story", "new", "--title", "A story")
    assert result.code == 0, result.err
    assert "admission-and-discharge, being-heard, first-contact" in result.out
    step = next(line for line in result.out.splitlines() if line.startswith("Next: "))
    assert step.index("consent form") < step.index("consent record")


def test_nothing_goes_on_without_an_agreement(run_cli: Cli, story_id: str) -> None:
    for arguments in (
        ("capture", "import", story_id, str(ROOT / "README.md")),
        ("film", story_id),
        ("signoff", story_id, "--audience", "trust", "--yes"),
        ("approve", story_id, "--yes"),
    ):
        result = run_cli(*arguments)
        assert result.code == 4, arguments
        assert f"carer-stories consent record {story_id}" in result.err


def test_each_step_names_the_next(run_cli: Cli, story_id: str) -> None:
    assert f"carer-stories consent record {story_id}" in run_cli("status", story_id).out
    assert run_cli("consent", "record", story_id, *AGREED).code == 0
    assert f"carer-stories capture import {story_id}" in run_cli("status", story_id).out
    result = run_cli("film", story_id)
    assert result.code == 4
    assert f"carer-stories capture import {story_id}" in result.err


def test_status_as_json_has_the_promised_fields(run_cli: Cli, story_id: str) -> None:
    import json

    (record,) = json.loads(run_cli("status", "--json").out)
    assert record["id"] == story_id
    assert record["state"] == "new"
    assert record["audiences"] == []
    assert record["title"] == "A story"
    assert "No participation agreement is recorded." in record["reasons"]
    assert story_id in record["next"]


def test_dates_to_come_and_consent_without_capacity_are_refused(
    run_cli: Cli, story_id: str
) -> None:
    result = run_cli("consent", "record", story_id, "--on", "2999-01-01", *AGREED)
    assert result.code == 2
    result = run_cli("consent", "record", story_id, *AGREED, "--capacity-not-considered")
    assert result.code == 2
    result = run_cli("consent", "record", story_id, "--taken-by", "Jane Smith", "--yes")
    assert result.code == 2
    assert "is not a role" in result.err
    assert '"state": "new"' in run_cli("status", "--json").out


def test_withdrawal_is_effective_whatever_is_missing(run_cli: Cli, story_id: str) -> None:
    assert run_cli("withdraw", story_id, "--yes").code == 0
    assert '"state": "withdrawn"' in run_cli("status", "--json").out
    assert run_cli("consent", "record", story_id, *AGREED).code == 4
    assert run_cli("withdraw", story_id, "--yes").code == 0, "asking twice is not an error"


def test_titles_cannot_play_tricks_in_the_terminal(run_cli: Cli) -> None:
    title = "Red \x1b[31mtext\u202e reversed"
    assert run_cli("story", "new", "--title", title, "--questions", "being-heard").code == 0
    for arguments in (("status",), ("story", "list")):
        out = run_cli(*arguments).out
        assert "\x1b[31m" not in out
        assert "\u202e" not in out


def test_init_never_writes_over_anything(
    run_cli: Cli, tmp_path_factory: pytest.TempPathFactory
) -> None:
    full = tmp_path_factory.mktemp("full")
    (full / "mine.txt").write_text("mine")
    status = run_cli("init", full)
    assert status.code == 2
    assert [path.name for path in full.iterdir()] == ["mine.txt"]


def test_a_library_is_made_in_no_library_and_in_no_download(
    run_cli: Cli, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for inside in (workspace.root / "new", workspace.interviews / "deeper" / "new"):
        result = run_cli("init", inside)
        assert (result.code, "would lie within the library" in result.err) == (2, True)
        assert f"Name a folder beside it: {workspace.root.with_name('new')}" in result.err
        assert not inside.exists()
    monkeypatch.chdir(workspace.root)
    result = run_cli("init", ".")
    assert (result.code, "is a library already" in result.err) == (2, True)
    program = tmp_path / "program"
    program.mkdir()
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setattr("sys.executable", str(program / "carer-stories"))
    result = run_cli("init", program / "our-library")
    assert (result.code, "would lie in the program’s folder" in result.err) == (2, True)
    assert run_cli("init", tmp_path / "our-library").code == 0


def test_a_library_is_made_and_put_back_in_no_clone_of_the_project(
    run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "carer-stories"
    (clone / "deeper").mkdir(parents=True)
    (clone / "carer_stories.py").touch()
    disk = tmp_path / "disk"
    assert run_cli("backup", disk).code == 0
    monkeypatch.chdir(clone)
    for words, instead in (
        (("init", "."), "our-library"),
        (("init", "deeper"), "deeper"),
        (("init", "deeper/new-library"), "new-library"),
        (("restore", "--from", disk, "--into", "new-library"), "new-library"),
    ):
        result = run_cli(*words)
        sentence = " ".join(result.err.split())
        assert result.code == 2, words
        assert f"would lie in the program’s folder {clone}, where git would take" in sentence
        assert f"Name a folder elsewhere: {Path.home() / instead}" in sentence
    assert {path.name for path in clone.iterdir()} == {"deeper", "carer_stories.py"}
    assert not any((clone / "deeper").iterdir())


def test_init_on_a_full_disk_says_so_and_leaves_nothing(
    run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.mkdir

    def full(path: Path, *arguments: int, **options: bool) -> None:
        if path.name == "css":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        make(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", full)
    result = run_cli("init", tmp_path / "new" / "library")
    assert result.code == 7
    assert f"There was no room to make {tmp_path / 'new' / 'library'}." in result.err
    assert not any((tmp_path / "new").iterdir())


def test_a_torn_database_is_refused_naming_what_to_restore_and_restored(
    run_cli: Cli, story_id: str, workspace: Workspace
) -> None:
    assert run_cli("consent", "record", story_id, *AGREED).code == 0
    data = workspace.database.read_bytes()
    workspace.database.write_bytes(data[: len(data) // 2])
    result = run_cli("status")
    assert result.code == 5
    match = re.search(r"carer-stories restore --generation (\d+)", result.err)
    assert match, result.err
    restored = run_cli("restore", "--generation", match[1], "--yes")
    assert restored.code == 0
    assert f"agreement  {story_id}" in restored.out, "what was done since is to be recorded again"
    assert story_id in run_cli("status", "--json").out
    assert run_cli("verify").code == 0


def test_a_restore_never_brings_back_what_was_withdrawn(
    run_cli: Cli, story_id: str, workspace: Workspace
) -> None:
    before = run_cli("restore").out
    assert run_cli("withdraw", story_id, "--yes").code == 0
    generations = [int(number) for number in re.findall(r"\d+", run_cli("restore").out)]
    assert generations, before
    assert run_cli("restore", "--generation", str(max(generations)), "--yes").code == 0
    assert '"state": "withdrawn"' in run_cli("status", "--json").out
    assert run_cli("verify").code == 0


def test_a_library_in_use_says_so_and_changes_nothing(
    run_cli: Cli, story_id: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functools import partial

    import library.consent.decisions
    from library.records.ledger import Ledger
    from library.records.store import Store

    monkeypatch.setattr(library.consent.decisions, "Ledger", partial(Ledger, lock_timeout=0.1))
    with Store(workspace.database).locked():
        match = run_cli("consent", "record", story_id, *AGREED)
    assert match.code == 6
    assert "Another command is at work" in match.err
    assert '"state": "new"' in run_cli("status", "--json").out


def test_a_full_disk_says_so_and_changes_nothing(run_cli: Cli, story_id: str) -> None:
    with disk(FaultySystem(1, refuse_with(errno.ENOSPC), stay=True)):
        generations = run_cli("consent", "record", story_id, *AGREED)
    assert generations.code == 7
    assert "no room" in generations.err
    assert '"state": "new"' in run_cli("status", "--json").out
    assert run_cli("consent", "record", story_id, *AGREED).code == 0


class _LogRefused(FaultySystem):
    """A disk that goes when it comes to the log."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        if path.name == "audit.jsonl":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return super().open(path, flags, mode)


def test_what_is_recorded_and_not_yet_in_the_log_says_so(run_cli: Cli, story_id: str) -> None:
    with disk(_LogRefused()):
        result = run_cli("consent", "record", story_id, *AGREED)
    assert result.code == 0
    assert "audit.jsonl" in result.err
    assert "the next command adds it" in result.err
    assert run_cli("story", "edit", story_id, "--title", "Told anew").code == 0
    assert run_cli("verify").code == 0


def test_a_disk_that_fails_where_nobody_looked_is_no_fault_of_ours(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(workspace.database))

    monkeypatch.setattr("library.records.store.Store.read", refuse)
    result = run_cli("status")
    assert result.code == 10
    assert "library.json: Input/output error" in result.err
    assert "Check the disk" in result.err


def test_versions_and_hashes_are_printed_with_verbose_alone(
    run_cli: Cli, workspace: Workspace
) -> None:
    version, head = f"Python {sys.version.split()[0]}", "head "
    plain = run_cli("doctor").out
    assert "OK       Python is ready." in plain
    assert version not in plain
    assert head not in plain
    verbose = run_cli("--verbose", "doctor").out
    assert version in verbose
    assert head in verbose
