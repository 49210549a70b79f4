"""Every change of the disk fails, or the process is killed there: old or new, and it goes on.

The library is a small one. To try every single change:
EVERY_FAULT=1 .venv/bin/pytest tests/library/test_backup_faults.py
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from library.backup.checking import check_backup
from library.backup.opening import HEADER_FILE, create_repository, open_repository
from library.backup.pruning import forget_story
from library.backup.repository import BackupRepository
from library.backup.restoring import find_run, restore
from library.backup.saving import save
from library.consent.erasure import erase_files, erase_records, finish_erasure, request_erasure
from library.consent.stories import start_story
from library.consent.withdrawals import record_withdrawal
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.records.withdrawal_notes import read_erasure
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with
from tests.support.small_library import everything, small_library, told, unwatched

pytestmark = pytest.mark.slow
KEY = bytes(range(32))


def _vault(dest: Path) -> BackupRepository:
    return (
        open_repository(dest, KEY)
        if (dest / HEADER_FILE).exists()
        else create_repository(dest, KEY)
    )


def _save(workspace: Workspace, dest: Path) -> None:
    vault = _vault(dest)
    with vault.locked():
        save(workspace, vault, unwatched)


def _is_whole(dest: Path, runs: int) -> bool:
    found = check_backup(_vault(dest), unwatched)
    return found.runs >= runs and not [one for one in found.problems if "no run" not in one]


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process loses nothing it wrote: only a power cut does, and none is played here."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = small_library(tmp_path / "library")
    told(workspace)
    return workspace


@pytest.fixture
def dest(tmp_path: Path, workspace: Workspace) -> Path:
    """A backup with a first run, after which a little has changed."""
    dest = tmp_path / "backup"
    _save(workspace, dest)
    (workspace.interviews / "glossary.yml").write_text("words: []\n")
    start_story(workspace, title="Another", questions="being-heard")
    return dest


def _faults(command: Callable[[], object], fresh: Callable[[], None]) -> Iterator[str]:
    """Run `command` with a fault at one change after the other, each from the same beginning.

    In a usual run of the tests at every thirteenth change and at the last ones; with EVERY_FAULT
    set at all of them.
    """
    fresh()
    count_changes(command)  # the first time it also enters the backup in the library
    fresh()
    changes = count_changes(command)
    assert changes > 10
    for number in range(1, changes + 1):
        if number % 13 and number <= changes - 4 and not os.environ.get("EVERY_FAULT"):
            continue
        fresh()
        if not killed_at(number, command):
            assert number > changes - 24, number  # names by chance need fewer folders, now and then
            return
        yield f"killed at change {number} of {changes}"
        for stay in (False, True) if number % 4 == 0 else (False,):
            fresh()
            faulty = FaultySystem(number, refuse_with(errno.ENOSPC), stay=stay)
            with disk(faulty), contextlib.suppress(CarerStoriesError):
                command()
            yield f"no room at change {number} of {changes}{', and from then on' if stay else ''}"


def _fresh(*pairs: tuple[Path, Path]) -> Callable[[], None]:
    """Puts folders back as they were kept."""

    def put_back() -> None:
        for kept, place in pairs:
            shutil.rmtree(place, ignore_errors=True)
            if kept.exists():
                shutil.copytree(kept, place)

    return put_back


def _kept(place: Path) -> tuple[Path, Path]:
    kept = place.with_name(f"{place.name}-kept")
    if place.exists():
        shutil.copytree(place, kept)
    return kept, place


def test_a_first_backup_that_is_stopped_anywhere_is_finished_by_the_next(
    tmp_path: Path, workspace: Workspace
) -> None:
    place = tmp_path / "new"
    originals = everything(workspace.root)
    for fault in _faults(lambda: _save(workspace, place), _fresh(_kept(place))):
        if (place / HEADER_FILE).exists():
            assert _is_whole(place, 0), fault
        assert everything(workspace.root) == originals, fault
        _save(workspace, place)
        assert _is_whole(place, 1), fault


def test_a_later_backup_that_is_stopped_anywhere_leaves_the_earlier_whole(
    workspace: Workspace, dest: Path
) -> None:
    for fault in _faults(lambda: _save(workspace, dest), _fresh(_kept(dest))):
        assert _is_whole(dest, 1), fault
        _save(workspace, dest)
        assert _is_whole(dest, 2), fault
        assert check_backup(_vault(dest), unwatched).unneeded == 0, fault


def test_a_restore_that_is_stopped_anywhere_is_there_whole_or_not_at_all(
    tmp_path: Path, workspace: Workspace, dest: Path
) -> None:
    _save(workspace, dest)
    expected, back = everything(workspace.root), tmp_path / "back"
    beside = tmp_path / ".back.restoring"

    def put_back() -> None:
        vault = _vault(dest)
        run = find_run(vault, None)
        restore(vault, run, back, unwatched, current=None, role="editor")

    for fault in _faults(put_back, _fresh(_kept(back), _kept(beside))):
        if back.exists():
            assert everything(back) == expected, fault
        else:
            put_back()
        assert everything(back) == expected, fault
        assert not beside.exists(), fault
        assert _is_whole(dest, 2), fault


def test_forgetting_that_is_stopped_anywhere_keeps_the_others_and_is_finished(
    tmp_path: Path, workspace: Workspace, dest: Path
) -> None:
    stays = next(workspace.stories.iterdir())
    kept = everything(stays)
    goes = told(workspace, "Goes for good")
    _save(workspace, dest)
    record_withdrawal(workspace, goes, "contributor")
    erasure = request_erasure(workspace, goes, "contributor")
    erase_files(workspace, goes)
    erase_records(workspace, goes, "contributor")
    finish_erasure(workspace, erasure)
    assert read_erasure(workspace, goes)

    def take_out() -> None:
        vault = _vault(dest)
        with vault.locked():
            forget_story(workspace, vault, goes, unwatched)

    for fault in _faults(take_out, _fresh(_kept(dest))):
        assert _is_whole(dest, 2), fault
        take_out()
        assert _is_whole(dest, 3), fault
        vault = _vault(dest)
        for run in vault.readable_runs()[0]:
            assert not [
                one for one in run.files if goes in one.path and "withdrawn" not in one.path
            ]
    back = tmp_path / "back"
    vault = _vault(dest)
    oldest = vault.read_run(vault.run_ids()[0])
    restore(vault, oldest, back, unwatched, current=None, role="editor")
    assert everything(back / "interviews/stories" / stays.name) == kept
