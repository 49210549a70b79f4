"""Old runs are taken out by a plain rule, never what is needed; a backup is asked for in time."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from library.backup import saving
from library.backup.checking import check_backup
from library.backup.opening import HEADER_FILE, create_repository, open_repository
from library.backup.pruning import plan_pruning, prune
from library.backup.registry import known_backups, write_known_backups
from library.backup.repository import BackupRepository
from library.backup.saving import save
from library.core import clock
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.records import audit_log
from stewardship.withdrawal.workflow import withdraw
from tests.faults import FaultySystem, UnflushedSystem, disk, killed_at, refuse_with
from tests.support.command_line import CommandResult
from tests.support.small_library import recorded_story, small_library, without_progress

Cli = Callable[..., CommandResult]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr("library.core.files.system", UnflushedSystem())  # no power is cut
    return small_library(tmp_path / "library")


@pytest.fixture
def vault(tmp_path: Path) -> BackupRepository:
    return create_repository(tmp_path / "backup", None)


@pytest.fixture
def run_on(
    workspace: Workspace, vault: BackupRepository, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """A run that says it was made on that day; something has changed before each."""

    def run(day: str) -> str:
        monkeypatch.setattr(saving, "now", lambda: f"{day}T18:00:00Z")
        workspace.settings.write_text(f"# {day}\n")
        return save(workspace, vault, without_progress).run.id[:10]

    return run


def _days(vault: BackupRepository) -> list[str]:
    return [run_id[:10] for run_id in vault.run_ids()]


def test_the_last_of_each_month_and_every_run_of_the_newest_month_stay(
    workspace: Workspace,
    vault: BackupRepository,
    run_on: Callable[[str], str],
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded_story(workspace)
    for day in ("2026-01-05", "2026-01-30", "2026-02-01", "2026-02-27", "2026-04-20"):
        run_on(day)
    recent_runs = [run_on(day) for day in ("2026-05-18", "2026-05-20", "2026-06-18", "2026-06-19")]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    told_first_result = run_cli("backup", vault.folder, "--prune")
    assert "3 runs go, 6 stay" in told_first_result.out
    assert told_first_result.code == 130
    assert len(_days(vault)) == 9
    result = run_cli("backup", vault.folder, "--prune", "--yes", "--json")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert _days(vault) == ["2026-01-30", "2026-02-27", "2026-04-20", *recent_runs[1:]]
    assert [run_id[:10] for run_id in report["removed"]] == [
        "2026-01-05",
        "2026-02-01",
        "2026-05-18",
    ]
    assert report["size"] > 0
    assert not check_backup(vault, without_progress).problems
    second = run_cli("backup", vault.folder, "--prune", "--yes")
    assert (second.code, "no run to be removed" in second.out) == (0, True)


def test_a_run_that_alone_has_a_recording_or_knows_of_a_withdrawal_stays(
    workspace: Workspace, vault: BackupRepository, run_on: Callable[[str], str], run_cli: Cli
) -> None:
    kept_id, lost_id = recorded_story(workspace), recorded_story(workspace, "Deleted by mistake")
    run_on("2026-01-01")
    run_on("2026-01-02")
    shutil.rmtree(workspace.story(lost_id).original)
    run_on("2026-01-03")
    assert withdraw(workspace, kept_id).exit_code == 0
    run_on("2026-01-04")
    for path in workspace.withdrawn.iterdir():
        path.unlink()
    _forget_withdrawals(workspace)
    run_on("2026-01-05")
    run_on("2026-01-06")
    result = run_cli("backup", vault.folder, "--prune", "--keep", "1", "--yes")
    assert result.code == 0, result.err
    assert _days(vault) == ["2026-01-02", "2026-01-04", "2026-01-06"]
    assert not check_backup(vault, without_progress).problems


def _forget_withdrawals(workspace: Workspace) -> None:
    """Leave a library as one put together by hand from an older state."""
    generations = sorted(workspace.interviews.glob("library.json.g*"))
    shutil.copyfile(generations[-1], workspace.database)
    generations[-1].unlink()


def test_a_newest_run_that_lost_something_leaves_the_newest_whole_one(
    workspace: Workspace, vault: BackupRepository, run_on: Callable[[str], str], run_cli: Cli
) -> None:
    recorded_story(workspace)
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        run_on(day)
    (only,) = [
        file
        for file in vault.read_run(vault.run_ids()[-1]).files
        if file.path == "interviews/settings.yml"
    ]
    vault.object_path(only.sha256).unlink()
    assert run_cli("backup", vault.folder, "--prune", "--keep", "1", "--yes").code == 0
    assert _days(vault) == ["2026-01-02", "2026-01-03"]


def test_nothing_is_pruned_while_a_run_cannot_be_read(
    workspace: Workspace, vault: BackupRepository, run_on: Callable[[str], str], run_cli: Cli
) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        run_on(day)
    torn = vault.run_file(vault.run_ids()[0])
    torn.write_bytes(torn.read_bytes()[:100])
    result = run_cli("backup", vault.folder, "--prune", "--keep", "1", "--yes")
    assert result.code == 5
    assert "Nothing is removed from this backup" in result.err
    assert len(_days(vault)) == 3


def test_a_backup_or_a_run_of_a_newer_version_is_left_alone_and_says_to_update(
    workspace: Workspace, vault: BackupRepository, run_on: Callable[[str], str], run_cli: Cli
) -> None:
    run_on("2026-01-01")
    run = vault.run_file(vault.run_ids()[0])
    head = vault.folder / HEADER_FILE
    for path, code in ((run, 5), (head, 2)):
        before = path.read_bytes()
        newer = re.sub(rb'"schema": \d', b'"schema": 3, "more": "of it"', before, count=1)
        assert newer != before
        path.write_bytes(newer)
        result = run_cli("backup", vault.folder, "--prune", "--yes")
        assert result.code == code, result.err
        assert "newer version of carer-stories" in result.err
        assert "nstall the newest" in result.err
        assert path.read_bytes() == newer
        path.write_bytes(before)


def test_words_that_do_not_go_together_are_refused(run_cli: Cli, vault: BackupRepository) -> None:
    for words in (("--keep", "3"), ("--prune", "--list"), ("--prune", "--keep", "0")):
        assert run_cli("backup", vault.folder, *words).code == 2, words


def test_a_prune_that_is_stopped_anywhere_harms_nothing_and_is_finished(
    workspace: Workspace, vault: BackupRepository, run_on: Callable[[str], str], tmp_path: Path
) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        run_on(day)
    start = vault.folder.rename(tmp_path / "start")

    def fresh_backup() -> BackupRepository:
        shutil.rmtree(vault.folder, ignore_errors=True)
        shutil.copytree(start, vault.folder)
        return open_repository(vault.folder, None)

    def pruned(repository: BackupRepository) -> None:
        prune(repository, plan_pruning(repository, keep=1), keep=1)

    with disk(FaultySystem()) as counting:
        pruned(fresh_backup())
    assert len(counting.calls) > 5
    for at in range(1, len(counting.calls) + 1):
        backup = fresh_backup()
        if at % 2:
            assert killed_at(at, lambda repository=backup: pruned(repository))  # type: ignore[misc]
        else:
            faulty = FaultySystem(at, refuse_with(errno.EIO))
            with disk(faulty), contextlib.suppress(CarerStoriesError):
                pruned(backup)
        assert not check_backup(backup, without_progress).problems
        pruned(backup)
        assert _days(backup) == ["2026-01-03"]
        assert save(workspace, backup, without_progress).new_files <= 1
        assert not check_backup(backup, without_progress).unneeded


# Asked for


def _brought_in(workspace: Workspace, days_ago: int, action: str = "import") -> None:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    real = audit_log.now
    audit_log.now = lambda: at.strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[assignment]
    try:
        from library.records.ledger import Ledger

        with Ledger(workspace).update(action, "cs-aaaaaa", "editor"):
            pass
    finally:
        audit_log.now = real  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("action", "days_ago", "overdue"),
    [("import", 0, False), ("import", 2, True), ("film", 2, False), ("film", 8, True)],
)
def test_doctor_and_status_ask_for_a_backup_in_time(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, action: str, days_ago: int, overdue: bool
) -> None:
    recorded_story(workspace)
    _brought_in(workspace, days_ago, action)
    findings = {
        finding["what"]: finding["well"] for finding in json.loads(run_cli("doctor", "--json").out)
    }
    (backup_finding,) = [title for title in findings if "backup" in title]
    assert backup_finding.startswith("No backup of this library was made yet; ")
    assert backup_finding.endswith(" would be lost with it.")
    assert not findings[backup_finding], "a library without any backup is never well"
    status = run_cli("status").out
    assert (backup_finding in status) is overdue
    assert ("carer-stories backup /media" in status) is overdue
    assert run_cli("backup", tmp_path / "disk").code == 0
    findings = {
        finding["what"]: finding["well"] for finding in json.loads(run_cli("doctor", "--json").out)
    }
    (backup_finding,) = [title for title in findings if "backup" in title]
    assert backup_finding.startswith("The last backup was made on ")
    assert "nothing was decided or recorded since" in backup_finding
    assert findings[backup_finding]
    assert json.loads(workspace.backups.read_text())[0]["last"][:10] == clock.now()[:10]
    assert "backup" not in run_cli("status").out
    # As if that backup were older than what was recorded.
    known = [
        msgspec.structs.replace(backup, last="2020-01-01T00:00:00Z")
        for backup in known_backups(workspace)
    ]
    write_known_backups(workspace, known)
    findings = {
        finding["what"]: finding["well"] for finding in json.loads(run_cli("doctor", "--json").out)
    }
    (backup_finding,) = [title for title in findings if "backup" in title]
    assert findings[backup_finding] is not overdue


def test_a_recording_since_the_last_backup_is_asked_for(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    assert run_cli("backup", tmp_path / "disk").code == 0
    backups = json.loads(workspace.backups.read_text())
    backups[0]["last"] = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    workspace.backups.write_text(json.dumps(backups))
    recorded_story(workspace)
    _brought_in(workspace, 2)
    assert "; since then 1 recording." in run_cli("status").out
