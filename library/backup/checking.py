"""Is all of a backup as it was written: every run, and every byte of every object. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar
from library.core.errors import CarerStoriesError

_NAMED = 10
"""Files named one by one; the rest are counted."""


@dataclass
class CheckReport:
    """What was found."""

    runs: int = 0
    objects: int = 0
    size: int = 0
    """Bytes of all contents, each counted once."""
    loose: int = 0
    """Objects that no run names: what a run that was broken off had already copied."""
    broken: list[str] = field(default_factory=list)
    """Sentences; empty when all is as it was written."""


def check_backup(vault: BackupRepository, watch: ProgressBar) -> CheckReport:
    """Read the whole backup. Raises DiskFailed only where it cannot even be listed."""
    runs, troubles = vault.readable_runs()
    wanted = {(kept.sha256, kept.size): (run, kept) for run in runs for kept in run.files}
    different = {sha256 for sha256, _ in wanted}
    found = CheckReport(
        runs=len(runs),
        objects=len(different),
        size=sum(kept.size for _, kept in wanted.values()),
        broken=[one.what for one in troubles],
    )
    if not runs and not troubles:
        found.broken.append("It holds no run: the first one was never finished.")
    lost = _lost(vault, list(wanted.values()), found.size, watch)
    found.broken += [_said(run, kept, how) for run, kept, how in lost[:_NAMED]]
    if len(lost) > _NAMED:
        found.broken.append(f"So are {len(lost) - _NAMED} more files.")
    named = {vault.object_path(sha256) for sha256 in different}
    found.loose = sum(path not in named for path in vault.all_objects())
    return found


def _lost(
    vault: BackupRepository,
    wanted: Sequence[tuple[BackupRun, BackedUpFile]],
    size: int,
    watch: ProgressBar,
) -> list[tuple[BackupRun, BackedUpFile, str]]:
    lost: list[tuple[BackupRun, BackedUpFile, str]] = []
    done = 0
    with watch("Checking the backup", size) as told:
        for run, kept in wanted:
            try:
                if not vault.object_path(kept.sha256).is_file():
                    lost.append((run, kept, "is missing"))
                elif not vault.is_intact(kept.sha256):
                    lost.append((run, kept, "is not as it was written"))
                elif not vault.has_object(kept.sha256, kept.size):
                    lost.append((run, kept, "is not as long as the run says"))
            except CarerStoriesError as error:
                lost.append((run, kept, f"cannot be read ({error.what})"))
            done += kept.size
            told(done)
    return lost


def _said(run: BackupRun, kept: BackedUpFile, how: str) -> str:
    return f"{kept.path}, of the run {run.id}: its object {how}."
