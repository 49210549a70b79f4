"""A backup of 300 MB: the first run, one with nothing new, checking, and putting it back.

Beside them the same bytes copied and flushed with `cp` and `sync`, which looks at nothing.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Row, Timing
from library.backup.checking import check_backup
from library.backup.opening import create_repository
from library.backup.repository import BackupRepository
from library.backup.restoring import find_run, restore
from library.backup.saving import save
from library.core.workspace import Workspace
from library.workspace_template import make_workspace

FILMS, FILM = 60, 5_000_000
TIMES = 3
KEY = bytes(range(32))


@contextmanager
def unwatched(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None


def make_films(workspace: Workspace) -> None:
    """Noise in the place of films: what a backup does never depends on what is in them."""
    chance = random.Random(5)
    for number in range(FILMS):
        folder = workspace.stories / f"cs-{number:06d}"
        folder.mkdir(mode=0o700)
        (folder / "film.mp4").write_bytes(chance.randbytes(FILM))


def timed(work: Callable[[], object], times: int = TIMES) -> Timing:
    """Without a run that is not counted: each begins from nothing."""
    taken = []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    return Timing.of(taken)


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-backup-") as holder:
        place = Path(holder)
        workspace = make_workspace(place / "library")
        make_films(workspace)
        copied = timed(lambda: _copy(workspace, place / "copy"))
        yield Row("backup: 300 MB with cp and sync, for comparison", copied)
        for key, how in ((None, "plain"), (KEY, "sealed")):
            first = timed(lambda key=key: _first(workspace, place / "backup", key))  # type: ignore[misc]
            vault = _first(workspace, place / "backup", key)
            yield Row(f"backup: first run, {how}", first, than=copied)
            again = timed(lambda vault=vault: save(workspace, vault, unwatched))  # type: ignore[misc]
            yield Row(f"backup: a run with nothing new, {how}", again, than=copied)
            checked = timed(lambda vault=vault: check_backup(vault, unwatched))  # type: ignore[misc]
            yield Row(f"backup: every byte checked, {how}", checked, than=copied)
            back = timed(lambda vault=vault: _restore(vault, place / "back"))  # type: ignore[misc]
            yield Row(f"backup: put back, {how}", back, than=copied)


def _copy(workspace: Workspace, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "-a", workspace.root, to], check=True)
    subprocess.run(["sync", "-f", to], check=True)


def _first(workspace: Workspace, to: Path, key: bytes | None) -> BackupRepository:
    shutil.rmtree(to, ignore_errors=True)
    vault = create_repository(to, key)
    save(workspace, vault, unwatched)
    return vault


def _restore(vault: BackupRepository, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    restore(vault, find_run(vault, None), to, unwatched, at_hand=None, role="editor")
