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
from tests.support.small_library import kept_files, recorded_story, small_library, without_progress

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
        save(workspace, vault, without_progress)


def _is_whole(dest: Path, runs: int) -> bool:
    report = check_backup(_vault(dest), without_progress)
    return report.runs >= runs and not [
        problem for problem in report.problems if "no run" not in problem
    ]


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process loses nothing it wrote: only a power cut does, and none is played here."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = small_library(tmp_path / "library")
    recorded_story(workspace)
    return workspace


@pytest.fixture
def dest(tmp_path: Path, workspace: Workspace) -> Path:
    """A backup with a first run, after which a little has changed."""
    dest = tmp_path / "backup"
    _save(workspace, dest)
    (workspace.interviews / "glossary.yml").write_text("words: []\n")
    start_story(workspace, title="Another", questions="being-heard")
    return dest


def _faults(command: Callable[[], object], make_fresh: Callable[[], None]) -> Iterator[str]:
    """Run `command` with a fault at one change after the other, each from the same beginning.

    In a usual run of the tests at every thirteenth change and at the last ones; with EVERY_FAULT
    set at all of them.
    """
    make_fresh()
    count_changes(command)  # the first time it also enters the backup in the library
    make_fresh()
    changes = count_changes(command)
    assert changes > 10
    for number in range(1, changes + 1):
        if number % 13 and number <= changes - 4 and not os.environ.get("EVERY_FAULT"):
            continue
        make_fresh()
        if not killed_at(number, command):
            assert number > changes - 24, number  # names by chance need fewer folders, now and then
            return
        yield f"killed at change {number} of {changes}"
        for stays_full in (False, True) if number % 4 == 0 else (False,):
            make_fresh()
            faulty = FaultySystem(number, refuse_with(errno.ENOSPC), stay=stays_full)
            with disk(faulty), contextlib.suppress(CarerStoriesError):
                command()
            ending = ", and from then on" if stays_full else ""
            yield f"no room at change {number} of {changes}{ending}"


def _fresh(*pairs: tuple[Path, Path]) -> Callable[[], None]:
    """Puts folders back as they were kept."""

    def put_back() -> None:
        for saved, path in pairs:
            shutil.rmtree(path, ignore_errors=True)
            if saved.exists():
                shutil.copytree(saved, path)

    return put_back


def _originals(path: Path) -> tuple[Path, Path]:
    saved = path.with_name(f"{path.name}-kept")
    if path.exists():
        shutil.copytree(path, saved)
    return saved, path


def test_a_first_backup_that_is_stopped_anywhere_is_finished_by_the_next(
    tmp_path: Path, workspace: Workspace
) -> None:
    dest = tmp_path / "new"
    originals = kept_files(workspace.root)
    for fault in _faults(lambda: _save(workspace, dest), _fresh(_originals(dest))):
        if (dest / HEADER_FILE).exists():
            assert _is_whole(dest, 0), fault
        assert kept_files(workspace.root) == originals, fault
        _save(workspace, dest)
        assert _is_whole(dest, 1), fault


def test_a_later_backup_that_is_stopped_anywhere_leaves_the_earlier_whole(
    workspace: Workspace, dest: Path
) -> None:
    for fault in _faults(lambda: _save(workspace, dest), _fresh(_originals(dest))):
        assert _is_whole(dest, 1), fault
        _save(workspace, dest)
        assert _is_whole(dest, 2), fault
        assert check_backup(_vault(dest), without_progress).unneeded == 0, fault


def test_a_restore_that_is_stopped_anywhere_is_there_whole_or_not_at_all(
    tmp_path: Path, workspace: Workspace, dest: Path
) -> None:
    _save(workspace, dest)
    expected, restored = kept_files(workspace.root), tmp_path / "back"
    unfinished = tmp_path / ".back.restoring"

    def put_back() -> None:
        vault = _vault(dest)
        run = find_run(vault, None)
        restore(vault, run, restored, without_progress, current=None, role="editor")

    for fault in _faults(put_back, _fresh(_originals(restored), _originals(unfinished))):
        if restored.exists():
            assert kept_files(restored) == expected, fault
        else:
            put_back()
        assert kept_files(restored) == expected, fault
        assert not unfinished.exists(), fault
        assert _is_whole(dest, 2), fault


def test_forgetting_that_is_stopped_anywhere_keeps_the_others_and_is_finished(
    tmp_path: Path, workspace: Workspace, dest: Path
) -> None:
    kept_story = next(workspace.stories.iterdir())
    contents = kept_files(kept_story)
    erased_id = recorded_story(workspace, "Goes for good")
    _save(workspace, dest)
    record_withdrawal(workspace, erased_id, "contributor")
    erasure = request_erasure(workspace, erased_id, "contributor")
    erase_files(workspace, erased_id)
    erase_records(workspace, erased_id, "contributor")
    finish_erasure(workspace, erasure)
    assert read_erasure(workspace, erased_id)

    def take_out() -> None:
        vault = _vault(dest)
        with vault.locked():
            forget_story(workspace, vault, erased_id, without_progress)

    for fault in _faults(take_out, _fresh(_originals(dest))):
        assert _is_whole(dest, 2), fault
        take_out()
        assert _is_whole(dest, 3), fault
        vault = _vault(dest)
        for run in vault.readable_runs()[0]:
            assert not [
                file
                for file in run.files
                if erased_id in file.path and "withdrawn" not in file.path
            ]
    restored = tmp_path / "back"
    vault = _vault(dest)
    oldest = vault.read_run(vault.run_ids()[0])
    restore(vault, oldest, restored, without_progress, current=None, role="editor")
    assert kept_files(restored / "interviews/stories" / kept_story.name) == contents
