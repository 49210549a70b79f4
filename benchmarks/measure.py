"""What every benchmark is made of: rows, medians, and processes started for nothing else."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one piece of work: what it takes on the clock, and of the processor.

    `quiet` is the best tenth, for a machine that does other things as well.
    """

    median: float
    quiet: float
    processor: float

    @classmethod
    def of(cls, taken: list[tuple[float, float]]) -> Timing:
        """From wall and processor seconds of each time."""
        wall = sorted(one[0] * 1000 for one in taken)
        return cls(median(wall), wall[len(wall) // 10], median(one[1] * 1000 for one in taken))


@dataclass(frozen=True)
class Row:
    """One line of the table. `than` was measured in the same run, for the ratio of the medians."""

    what: str
    timing: Timing
    goal: float | None = None
    """Milliseconds, not more than this."""
    than: Timing | None = None

    @property
    def ratio(self) -> str:
        return "" if self.than is None else f"{self.than.median / self.timing.median:.1f}×"


def time_of(work: Callable[[], object], times: int = 31) -> Timing:
    """Wall time of one call in this process, after one that is not counted."""
    work()
    taken = []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    return Timing.of(taken)


def in_fresh_processes(imports: str, work: str, arguments: list[str], times: int = 21) -> Timing:
    """What `work` takes as the first and only thing that a process does after its `imports`.

    Timed within the process: starting an interpreter takes longer, and varies by more, than what
    is measured here.
    """
    timed = (
        f"{imports}\nimport time\n"
        f"wall, processor = time.perf_counter(), time.process_time()\n{work}\n"
        "print(time.perf_counter() - wall, time.process_time() - processor)"
    )
    taken = []
    for _ in range(times):
        command = [sys.executable, "-c", timed, *arguments]
        done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
        wall, processor = map(float, done.stdout.split())
        taken.append((wall, processor))
    return Timing.of(taken)
