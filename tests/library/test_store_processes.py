"""Several real processes at one library: nothing is lost, and nobody reads half of anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from library.core import files
from library.core.workspace import Workspace
from library.records.consent import Approval
from library.records.ledger import Ledger
from library.records.store import Store
from tests.faults import UnflushedSystem
from tests.support.concurrent_writers import approve_at_once, ended, forked, has_ended, read_until
from tests.support.valid_records import library, story

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """With one story. Only a power cut would ask for a flush, and none is cut here."""
    monkeypatch.setattr(files, "system", UnflushedSystem())
    new_workspace = library(tmp_path)
    with Store(new_workspace.database).update() as changes:
        changes.add(story())
    return new_workspace


def test_twelve_processes_at_once_lose_nothing_and_none_is_refused(workspace: Workspace) -> None:
    """The whole of it, fifty processes of twenty changes, is in `make soak`."""
    counts = approve_at_once(workspace, processes=12, each=10)
    assert counts.refused == 0
    assert counts.approvals == counts.log_lines == 120
    assert counts.generation == 122
    assert counts.read_what_was_so


def test_a_reader_beside_writers_never_sees_half(workspace: Workspace) -> None:
    writing = forked(lambda: approve_at_once(workspace, processes=3, each=15))
    snapshots = read_until(workspace, lambda: has_ended(writing))
    assert ended(writing) == 0
    final = [approval.id for approval in Ledger(workspace).read().all(Approval)]
    assert len(final) == 45
    for (
        generation,
        approvals,
    ) in snapshots:  # generation 2 held the story, and each after it one more
        assert approvals == final[: generation - 2]
    generations = [generation for generation, _ in snapshots]
    assert generations == sorted(generations)
    assert len(set(generations)) > 5, "the reader hardly met the writers"


def test_a_process_that_died_lets_go_of_the_lock(tmp_path: Path) -> None:
    workspace = library(tmp_path)
    program = """
import os, signal, sys
from pathlib import Path
from library.records.store import Store
with Store(Path(sys.argv[1])).update():
    os.kill(os.getpid(), signal.SIGKILL)
"""
    result = subprocess.run([sys.executable, "-c", program, str(workspace.database)], cwd=ROOT)
    assert result.returncode == -9
    with Store(workspace.database, lock_timeout=1).update() as changes:
        changes.add(story())
    assert len(Store(workspace.database).read().all(type(story()))) == 1
