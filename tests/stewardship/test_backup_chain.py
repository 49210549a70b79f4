"""A run of a backup that somebody removed, or put another in place of, is noticed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from library.backup.manifests import RUN_SCHEMA, decode_run, encode_run
from library.core import struct_file
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.small_library import recorded_story, small_library

Cli = Callable[..., CommandResult]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_library(tmp_path / "library")


@pytest.fixture(params=["plain", "sealed"])
def backup(
    request: pytest.FixtureRequest, workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> Backup:
    """A backup with three runs."""
    recorded_story(workspace)
    key = tmp_path / "our.key"
    made = Backup(
        run_cli, tmp_path / "backup", ("--key-file", key) if request.param == "sealed" else ()
    )
    made.run(*(["--new-key"] if request.param == "sealed" else []))
    made.run()
    made.run()
    return made


class Backup:
    """A backup, and its command line."""

    def __init__(self, run_cli: Cli, folder: Path, options: tuple[str | Path, ...]) -> None:
        self.run_cli = run_cli
        self.folder = folder
        self.options = options

    def run(self, *words: str) -> CommandResult:
        result = self.run_cli("backup", self.folder, *words, *self.options)
        assert result.code == 0, result.out + result.err
        return result

    def verify(self) -> CommandResult:
        return self.run_cli("backup", self.folder, "--verify", *self.options)

    @property
    def files(self) -> list[Path]:
        """The runs, oldest first."""
        listed = self.run_cli("backup", self.folder, "--list", "--json", *self.options)
        ids = [run["id"] for run in json.loads(listed.out)["runs"]]
        suffix = ".sealed" if self.options else ".json"
        return [self.folder / "runs" / f"{run_id}{suffix}" for run_id in ids]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_run_that_was_removed_is_noticed_and_not_forgotten(backup: Backup, which: int) -> None:
    assert backup.verify().code == 0
    gone = backup.files[which]
    gone.unlink()
    checked = backup.verify()
    assert checked.code == 5
    assert f"The run {gone.stem} is not there" in checked.out
    assert f"The run {gone.stem} is not there" in backup.run().out, "the next run says so at once"
    assert backup.verify().code == 5, "and does not cover it up"
    planned = backup.run("--prune", "--yes")
    assert f"{gone.stem} is not there" in planned.out
    checked = backup.verify()
    assert checked.code == 0, checked.out
    assert f"Noted as missing by an editor: {gone.stem}" in checked.out
    assert "is not there" not in backup.run().out


def test_what_the_program_takes_out_itself_is_no_gap(
    backup: Backup, workspace: Workspace, run_cli: Cli
) -> None:
    erased = recorded_story(workspace, "Goes for good")
    backup.run()
    assert run_cli("withdraw", erased, "--erase", "--yes").code == 0
    backup.run("--forget", erased, "--yes")
    assert backup.verify().code == 0, backup.verify().out
    backup.run("--prune", "--keep", "1", "--yes")
    assert len(backup.files) < 5
    checked = backup.verify()
    assert checked.code == 0, checked.out
    backup.run()
    assert backup.verify().code == 0
    # The record of what was taken out is part of the chain.
    removed = next((backup.folder / "runs").glob("*.removed.*"))
    removed.unlink()
    assert backup.verify().code == 5


def test_a_run_of_the_same_name_that_is_another_is_noticed(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    story = recorded_story(workspace)
    backup = Backup(run_cli, tmp_path / "backup", ())
    backup.run()
    assert run_cli("withdraw", story, "--yes").code == 0
    backup.run()
    path = backup.files[-1]
    backup.run()
    # Somebody who knows the format: the record is whole in itself, and knows of no withdrawal.
    run = decode_run(path.read_bytes(), path.stem)
    path.write_bytes(encode_run(msgspec.structs.replace(run, withdrawals=())))
    checked = backup.verify()
    assert checked.code == 5
    assert f"The run {path.stem} is not the one that was made then" in checked.out


def test_the_newest_run_may_not_be_cut_off_with_its_note(backup: Backup) -> None:
    newest = next(backup.folder.glob("newest-run.*"))
    newest.unlink()
    checked = backup.verify()
    assert checked.code == 5
    assert "Which run is the newest is not noted" in checked.out
    backup.run()
    assert backup.verify().code == 0


def test_runs_of_an_earlier_version_are_taken_as_they_are(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    """As 0.1.0 wrote them: without a chain. From the next run on there is one."""
    recorded_story(workspace)
    backup = Backup(run_cli, tmp_path / "backup", ())
    backup.run()
    backup.run()
    for path in backup.files:
        _as_0_1_0(path)
    next(backup.folder.glob("newest-run.*")).unlink()
    checked = backup.verify()
    assert checked.code == 0, checked.out
    assert "2 runs not chained: made by an earlier version" in checked.out
    backup.run()
    assert backup.verify().code == 0
    first, second, _third = backup.files
    first.rename(tmp_path / "first")
    assert backup.verify().code == 0, "as it says: this one is not noticed"
    shutil.move(second, tmp_path / "second")
    assert backup.verify().code == 5


def _as_0_1_0(path: Path) -> None:
    run = json.loads(path.read_bytes())
    assert run.pop("schema") == RUN_SCHEMA
    for name in ("chained", "previous", "earlier", "sha256"):
        del run[name]
    for known in run["known"]:
        del known["note_key"]
    data = struct_file.encode({"schema": 1, **run, "sha256": ""})
    sha256 = hashlib.sha256(data).hexdigest()
    before, _, after = data.rpartition(b'"sha256": ""')
    path.write_bytes(before + f'"sha256": "{sha256}"'.encode() + after)
