"""Several real processes at one library: nothing is lost, and nobody reads half of anything."""

import subprocess
import sys
from pathlib import Path

import pytest
from records_for_tests import library, story

from library.consent import Approval
from library.ledger import Ledger
from library.store import Store

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from datetime import date
from pathlib import Path
from library.consent import Approval
from library.ledger import Ledger
from library.workspace import Workspace

ledger = Ledger(Workspace(Path(sys.argv[1])), lock_timeout=120)
for number in range(50):
    with ledger.update("approve", "cs-aaaaaa", "editor") as changes:
        known = len(changes.of(Approval, "cs-aaaaaa"))
        changes.add(Approval(id=f"ap-{sys.argv[2]}-{number}", story="cs-aaaaaa", role="editor",
            recorded="2026-03-01T10:00:00Z", cut="ab" * 32, audience="trust", on=date(2026, 3, 1),
            checked=(str(known),)))
"""


@pytest.mark.slow
def test_four_processes_of_fifty_updates_leave_two_hundred(tmp_path: Path) -> None:
    workspace = library(tmp_path)
    store = Store(workspace.database)
    with store.update() as changes:
        changes.add(story())
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(number)], cwd=ROOT) for number in range(4)]
    seen = 0
    while any(writer.poll() is None for writer in writers):
        read = len(store.read().all(Approval))  # without the lock, and whole every time
        assert read >= seen
        seen = read
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    approvals = store.read().all(Approval)
    assert len({one.id for one in approvals}) == 200
    # What each read under the lock was still so when it wrote.
    assert [int(one.checked[0]) for one in approvals] == list(range(200))
    assert store.read().generation == 202
    head = Ledger(workspace).verify()
    assert (head.sequence, head.generation) == (200, 202)


def test_a_process_that_died_lets_go_of_the_lock(tmp_path: Path) -> None:
    workspace = library(tmp_path)
    program = """
import os, signal, sys
from pathlib import Path
from library.store import Store
with Store(Path(sys.argv[1])).update():
    os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run([sys.executable, "-c", program, str(workspace.database)], cwd=ROOT)
    assert died.returncode == -9
    with Store(workspace.database, lock_timeout=1).update() as changes:
        changes.add(story())
    assert len(Store(workspace.database).read().all(type(story()))) == 1
