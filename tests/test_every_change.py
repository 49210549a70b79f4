"""Whole commands, run into faults at the changes they make of the disk, and into power cuts.

A usual run tries some points of every command, drawn by a seed that is always the same; `make soak`
tries them all and says how many there were. What must hold after each:
`tests/faults/invariants.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

import carer_stories
from tests.faults import commands as table
from tests.faults.commands import COMMANDS, NOT_TRIED, Command
from tests.faults.disk_changes import Changes, Kind
from tests.faults.every_point import (
    cut_power,
    cut_power_at,
    fill_disk,
    limit_files,
    try_at,
    try_command,
)
from tests.faults.trials import Bench, bench
from tests.test_commands import commands

SEED = 8
linux = pytest.mark.skipif(sys.platform != "linux", reason="handles are told by /proc")
pytestmark = [pytest.mark.slow, linux]
USUAL = [command for command in COMMANDS if not command.long]


@pytest.fixture(scope="module")
def trials() -> Iterator[Bench]:
    with bench() as hidden_functions:
        yield hidden_functions


def test_every_command_that_changes_something_is_in_the_table() -> None:
    paths = [" ".join(path) for path, _ in commands(carer_stories.root)]
    tried = {
        path
        for path in paths
        for new_bench in COMMANDS
        if f"{new_bench.line} ".startswith(f"{path} ")
    }
    missing = sorted(set(paths) - tried - NOT_TRIED.keys())
    assert not missing, f"add a row to tests/faults/commands.py for: {', '.join(missing)}"
    assert not sorted(NOT_TRIED.keys() - set(paths)), "these are no commands any more"
    assert not sorted(tried & NOT_TRIED.keys()), "these are tried, and said not to be"


@pytest.mark.parametrize("command", USUAL, ids=lambda commands_tried: commands_tried.name)
def test_old_or_new_and_run_again_done(trials: Bench, command: Command) -> None:
    tried = try_command(trials, command, 1 if command.slow else 2, SEED)
    assert tried.points
    assert not tried.troubles, "\n".join(tried.troubles)


@pytest.mark.parametrize(
    "command",
    [command for command in USUAL if command.line in table.LASTING],
    ids=lambda outcome: outcome.name,
)
def test_what_was_done_outlasts_a_power_cut(trials: Bench, command: Command) -> None:
    tried = cut_power(trials, command, 1, SEED)
    assert tried.points
    assert not tried.troubles, "\n".join(tried.troubles)


KEYED = "backup ../away/vault --key-file"
FILM, STICK, SIGNED_OFF, NEW_KEY = (
    next(command.line for command in COMMANDS if command.line.startswith(words))
    for words in ("film {story} --for", "site build --audience trust --offline", "signoff ", KEYED)
)
LOG = "open library/interviews/audit.jsonl"


@pytest.mark.parametrize(
    ("line", "change", "kind"),
    [
        ("transcribe {story} --from ../words.vtt", "rename */transcript.md", "kill"),
        ("transcribe {story} --from ../words.vtt", "rename */doubts.json", "kill"),
        ("captions remove {story} --language fr --yes", LOG, "full"),
        ("contributor forget {one} --yes", LOG, "full"),
        ("capture recover {session} --delete", "write library/interviews/audit.jsonl", "kill"),
        ("export --all ../away --for County --yes", "rename away/*", "kill"),
        ("withdraw {one} --erase --yes", "rmdir library/public.new", "kill"),
        ("capture import-ohms ../archive.xml", "open library/interviews/.library.new-*", "kill"),
        (FILM, "unlink */recording.f32", "once"),
        ("site build --audience trust", "unlink */edition.new/*/film.mp4", "once"),
        ("site build --audience trust", "chmod */assets/js/player.js", "once"),
        (STICK, "chmod */assets/js/player.js", "gone"),
        ("export --csv ../away --for County --yes", "rename away/*", "once"),
        ("redact suggest {story}", "fsync library/interviews/stories/*", "full"),
        ("redact answer {story} 1 no", "rename */doubts.json", "kill"),
        (SIGNED_OFF, "write library/interviews/audit.jsonl", "gone"),
        (NEW_KEY, "rename our.key", "kill"),
        (NEW_KEY, "rename away/vault/carer-stories-backup.json", "kill"),
        (NEW_KEY, "rename library/interviews/backups.json", "kill"),
    ],
)
def test_what_once_was_left_half_done(trials: Bench, line: str, change: str, kind: Kind) -> None:
    outcome = try_at(trials, _command(line), change, kind)
    assert outcome.points == 1
    assert not outcome.troubles, "\n".join(outcome.troubles)


@pytest.mark.parametrize(
    ("line", "change", "trees"),
    [
        ("site build --audience trust", "mkdir library/public.new", 1),
        ("site preview {signed} --zip", "rename */previews/*.zip", 2),
        (NEW_KEY, "rename library/interviews/backups.json", 1),
    ],
)
def test_what_once_was_lost_in_a_power_cut(
    trials: Bench, line: str, change: str, trees: int
) -> None:
    tried = cut_power_at(trials, _command(line), change, trees)
    assert tried.points == trees
    assert not tried.troubles, "\n".join(tried.troubles)


def test_a_disk_that_is_full_under_ffmpeg_as_well(trials: Bench) -> None:
    """A real one, with as many bytes left as are enough for some of the files."""
    command = _command("capture import {story} ../take-1.wav --yes")
    try:
        outcome = fill_disk(trials, command, (0, 12_000))
    except PermissionError as error:
        pytest.skip(f"only root may mount a small disk: {error}")
    assert outcome.points == 2
    assert not outcome.troubles, "\n".join(outcome.troubles)


def test_a_disk_that_takes_no_large_file(trials: Bench) -> None:
    """FAT takes none over four gigabytes; here it is a few thousand bytes, for ffmpeg as for us."""
    outcome = limit_files(trials, _command("capture import {story} ../take-1.wav --yes"), (5_000,))
    assert outcome.points == 1
    assert not outcome.troubles, "\n".join(outcome.troubles)


def _command(line: str) -> Command:
    (outcome,) = [command for command in COMMANDS if command.line == line]
    return outcome


def test_a_change_that_steps_around_the_seam_is_met_as_well(trials: Bench) -> None:
    """Faults under others’ code are met: MkDocs’ pages, and copies that `shutil` makes."""
    command = _command("site build --audience trust")
    trials.lay(command.prepared(trials))
    changes = Changes()
    changes.last = lambda: (trials.base / "met").write_text("\n".join(changes.met)) and None
    assert trials.run(command.arguments(command.prepared(trials)), changes).code == 0
    matching_command = (trials.base / "met").read_text()
    for change in ("mkdir", "open", "write"):
        assert f"{change} library/public.new/" in matching_command
    assert "exchange library/public" in matching_command
