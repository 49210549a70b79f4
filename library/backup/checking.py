"""Verify a backup: every run, and every byte of every object. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from library.backup.chain import follow_chain
from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.notes import read_notes
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar
from library.core.counting import counted
from library.core.errors import CarerStoriesError

_MAX_FILES_NAMED = 10
"""Files named one by one; the rest are counted."""


@dataclass
class CheckReport:
    """The result of verifying a backup."""

    runs: int = 0
    objects: int = 0
    size: int = 0
    """Bytes of all contents, each counted once."""
    unneeded: int = 0
    """Objects that no run names: what a run that was broken off had already copied."""
    unchained: int = 0
    """Runs of an earlier version: one of them could be removed unnoticed."""
    accepted: tuple[str, ...] = ()
    """Ids of runs that were missing, of which an editor has taken note."""
    problems: list[str] = field(default_factory=list)
    """Sentences; empty when all is as it was written."""


def check_backup(vault: BackupRepository, watch: ProgressBar) -> CheckReport:
    """Read the whole backup. Raises DiskFailed only where it cannot even be listed."""
    runs, errors = vault.readable_runs()
    # Each content once, whatever number of runs need it.
    needed_files = {(file.sha256, file.size): (run, file) for run in runs for file in run.files}
    different = {sha256 for sha256, _ in needed_files}
    report = CheckReport(
        runs=len(runs),
        objects=len(different),
        size=sum(file.size for _, file in needed_files.values()),
        problems=[error.what for error in errors],
    )
    if not runs and not errors:
        report.problems.append("It holds no run: the first one was never finished.")
    chain = follow_chain(vault, runs, unreadable=bool(errors))
    report.unchained, report.accepted = chain.unchained, chain.accepted
    report.problems += [*chain.sentences, *read_notes(vault).problems]
    broken = _damaged_files(vault, list(needed_files.values()), report.size, watch)
    report.problems += [_sentence(run, file, how) for run, file, how in broken[:_MAX_FILES_NAMED]]
    if len(broken) > _MAX_FILES_NAMED:
        report.problems.append(f"So with {counted(len(broken) - _MAX_FILES_NAMED, 'more file')}.")
    named = {vault.object_path(sha256) for sha256 in different}
    report.unneeded = sum(path not in named for path in vault.all_objects())
    return report


def _damaged_files(
    vault: BackupRepository,
    needed: Sequence[tuple[BackupRun, BackedUpFile]],
    size: int,
    watch: ProgressBar,
) -> list[tuple[BackupRun, BackedUpFile, str]]:
    broken: list[tuple[BackupRun, BackedUpFile, str]] = []
    done = 0
    with watch("Checking the backup", size) as report:
        for run, file in needed:
            try:
                if not vault.object_path(file.sha256).is_file():
                    broken.append((run, file, "is missing"))
                elif not vault.is_intact(file.sha256):
                    broken.append((run, file, "is not as it was written"))
                elif not vault.has_object(file.sha256, file.size):
                    broken.append((run, file, "is not as long as the run says"))
            except CarerStoriesError as error:
                broken.append((run, file, f"cannot be read ({error.what})"))
            done += file.size
            report(done)
    return broken


def _sentence(run: BackupRun, file: BackedUpFile, problem: str) -> str:
    return f"{file.path}, of the run {run.id}: its object {problem}."
