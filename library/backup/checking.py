"""Is all of a backup as it was written: every run, and every byte of every object. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from library.backup.manifests import Kept, Run
from library.backup.repository import Vault
from library.backup.saving import Watch
from library.core.errors import CarerStoriesError

_NAMED = 10
"""Files named one by one; the rest are counted."""


@dataclass
class Checked:
    """What was found."""

    runs: int = 0
    objects: int = 0
    size: int = 0
    """Bytes of all contents, each counted once."""
    loose: int = 0
    """Objects that no run names: what a run that was broken off had already copied."""
    broken: list[str] = field(default_factory=list)
    """Sentences; empty when all is as it was written."""


def check(vault: Vault, watch: Watch) -> Checked:
    """Read the whole backup. Raises DiskFailed only where it cannot even be listed."""
    runs, troubles = vault.readable_runs()
    wanted = {(kept.sha256, kept.size): (run, kept) for run in runs for kept in run.files}
    different = {sha256 for sha256, _ in wanted}
    found = Checked(
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
    named = {vault.object(sha256) for sha256 in different}
    found.loose = sum(path not in named for path in vault.all_objects())
    return found


def _lost(
    vault: Vault, wanted: Sequence[tuple[Run, Kept]], size: int, watch: Watch
) -> list[tuple[Run, Kept, str]]:
    lost: list[tuple[Run, Kept, str]] = []
    done = 0
    with watch("Checking the backup", size) as told:
        for run, kept in wanted:
            try:
                if not vault.object(kept.sha256).is_file():
                    lost.append((run, kept, "is missing"))
                elif not vault.is_whole(kept.sha256):
                    lost.append((run, kept, "is not as it was written"))
                elif not vault.has(kept.sha256, kept.size):
                    lost.append((run, kept, "is not as long as the run says"))
            except CarerStoriesError as error:
                lost.append((run, kept, f"cannot be read ({error.what})"))
            done += kept.size
            told(done)
    return lost


def _said(run: Run, kept: Kept, how: str) -> str:
    return f"{kept.path}, of the run {run.id}: its object {how}."
