"""Time a backup of 300 MB: the first run, one with nothing new, checking, and restoring.

Compared with the same bytes copied and flushed with `cp` and `sync`, which check nothing.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import BenchRow, Timing, time_of
from library.backup.checking import check_backup
from library.backup.opening import create_repository
from library.backup.repository import BackupRepository
from library.backup.restoring import find_run, restore
from library.backup.saving import save
from library.core.workspace import Workspace
from tests.support.workspaces import make_workspace

FILMS, FILM_BYTES = 60, 5_000_000
TIMES = 3
KEY = bytes(range(32))


@contextmanager
def _no_progress(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None


def make_films(workspace: Workspace) -> None:
    """Write noise in place of films: a backup handles all bytes alike."""
    rng = random.Random(5)
    for number in range(FILMS):
        folder = workspace.stories / f"cs-{number:06d}"
        folder.mkdir(mode=0o700)
        (folder / "film.mp4").write_bytes(rng.randbytes(FILM_BYTES))


def _timed(work: Callable[[], object]) -> Timing:
    """Time work that begins from an empty folder each time, so without a warm-up."""
    return time_of(work, TIMES, warm_up=False)


def run() -> Iterator[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="bench-backup-") as holder:
        root = Path(holder)
        workspace = make_workspace(root / "library")
        make_films(workspace)
        copied = _timed(lambda: _copy(workspace, root / "copy"))
        yield BenchRow("backup: 300 MB with cp and sync, for comparison", copied)
        for key, how in ((None, "plain"), (KEY, "sealed")):
            first = _timed(lambda key=key: _back_up_anew(workspace, root / "backup", key))  # type: ignore[misc]
            repository = _back_up_anew(workspace, root / "backup", key)
            yield BenchRow(f"backup: first run, {how}", first, compared_with=copied)
            again = _timed(lambda repository=repository: save(workspace, repository, _no_progress))  # type: ignore[misc]
            yield BenchRow(f"backup: a run with nothing new, {how}", again, compared_with=copied)
            checked = _timed(lambda repository=repository: check_backup(repository, _no_progress))  # type: ignore[misc]
            yield BenchRow(f"backup: every byte checked, {how}", checked, compared_with=copied)
            back = _timed(lambda repository=repository: _restore(repository, root / "back"))  # type: ignore[misc]
            yield BenchRow(f"backup: put back, {how}", back, compared_with=copied)


def _copy(workspace: Workspace, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "-a", workspace.root, to], check=True)
    subprocess.run(["sync", "-f", to], check=True)


def _back_up_anew(workspace: Workspace, to: Path, key: bytes | None) -> BackupRepository:
    shutil.rmtree(to, ignore_errors=True)
    repository = create_repository(to, key)
    save(workspace, repository, _no_progress)
    return repository


def _restore(repository: BackupRepository, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    restore(repository, find_run(repository, None), to, _no_progress, current=None, role="editor")
