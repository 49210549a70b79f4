"""Many processes that change one library at the same time, and what each of them saw."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from library.core.workspace import Workspace
from library.records.consent import Approval
from library.records.ledger import Ledger
from library.records.story import Story

STORY = "cs-aaaaaa"


@dataclass(frozen=True)
class Outcome:
    """Of all processes together."""

    refused: int
    """Processes that came to no good end."""
    approvals: int
    generation: int
    log_lines: int
    read_what_was_so: bool
    """True if each had read under the lock exactly what the change before it had left."""
    longest_wait: float
    """Seconds from asking for the lock to having it."""
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.approvals} changes stand in generation {self.generation}, "
            f"{self.log_lines} lines in the log; {self.refused} processes were refused; "
            f"the longest wait was {self.longest_wait:.1f} s; {self.seconds:.0f} s in all"
        )


def approve_at_once(workspace: Workspace, processes: int, each: int) -> Outcome:
    """`processes` of `each` approvals, all begun at once, with the patience that commands have."""
    waiting_file = workspace.root / "waits"
    waiting_file.mkdir()
    started_at = time.monotonic()
    children = [
        forked(lambda name=name: _approve(workspace, name, each, waiting_file))  # type: ignore[misc]
        for name in range(processes)
    ]
    refused_count = sum(ended(child) != 0 for child in children)
    snapshot = Ledger(workspace).read()
    approvals = snapshot.all(Approval)
    return Outcome(
        refused=refused_count,
        approvals=len({approval.id for approval in approvals}),
        generation=snapshot.generation,
        log_lines=Ledger(workspace).verify().sequence,
        read_what_was_so=[int(approval.checked[0]) for approval in approvals]
        == list(range(len(approvals))),
        longest_wait=max(float(path.read_text()) for path in waiting_file.iterdir()),
        seconds=time.monotonic() - started_at,
    )


def _approve(workspace: Workspace, name: int, each: int, waiting_file: Path) -> None:
    longest = 0.0
    ledger = Ledger(workspace)
    for number in range(each):
        asked_at = time.monotonic()
        with ledger.update("approve", STORY, "editor") as changes:
            longest = max(longest, time.monotonic() - asked_at)
            count = len(changes.of_story(Approval, STORY))
            changes.add(_approval(f"ap-{name}-{number}", count))
    (waiting_file / str(name)).write_text(str(longest))


def _approval(key: str, count: int) -> Approval:
    return Approval(
        id=key,
        story=STORY,
        role="editor",
        recorded="2026-03-01T10:00:00Z",
        cut="ab" * 32,
        audience="trust",
        on=date(2026, 3, 1),
        checked=(str(count),),
    )


def read_until(workspace: Workspace, over: Callable[[], bool]) -> list[tuple[int, list[str]]]:
    """Read without a pause, as `status` does: generation → what stood in it, every record whole."""
    snapshots: list[tuple[int, list[str]]] = []
    while not over():
        snapshot = Ledger(workspace).read()
        snapshot.check()
        assert [story.id for story in snapshot.all(Story)] == [STORY]
        snapshots.append(
            (snapshot.generation, [approval.id for approval in snapshot.all(Approval)])
        )
    return snapshots


def forked(work: Callable[[], object]) -> int:
    """A child of this process that does `work`; 0 if it comes to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def ended(child: int) -> int:
    """Return the exit code of a child, after waiting for it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def has_ended(child: int) -> bool:
    """Return True if a child has ended; without waiting, and without forgetting how."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
