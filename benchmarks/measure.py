"""Measure work and print a table: medians, goals, and ratios to a bare tool doing the same."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a piece of work, by the clock and of the processor.

    `quiet` is the best tenth, for a machine that does other things as well.
    """

    median: float
    quiet: float
    processor: float

    @classmethod
    def of(cls, seconds: list[tuple[float, float]]) -> Timing:
        """Return the timing of repeated work, from wall and processor seconds of each time."""
        wall = sorted(wall * 1000 for wall, _ in seconds)
        return cls(
            median(wall),
            wall[len(wall) // 10],
            median(processor * 1000 for _, processor in seconds),
        )


@dataclass(frozen=True)
class BenchRow:
    """A row of the table. `compared_with` is a timing of the same run, for the ratio of medians."""

    label: str
    timing: Timing
    goal_ms: float | None = None
    """Milliseconds that it may take at most."""
    compared_with: Timing | None = None

    @property
    def ratio(self) -> str:
        return (
            ""
            if self.compared_with is None
            else f"{self.compared_with.median / self.timing.median:.1f}×"
        )


def time_of(work: Callable[[], object], times: int = 31, *, warm_up: bool = True) -> Timing:
    """Time `work` in this process, by default after one call that is not counted."""
    if warm_up:
        work()
    return Timing.of([time_once(work) for _ in range(times)])


def time_once(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


@dataclass
class Watch:
    """Times a block by the clock and the processor, with the programs it starts."""

    timing: Timing = field(default_factory=lambda: Timing(0, 0, 0))
    _began: tuple[float, float] = (0, 0)

    def __enter__(self) -> Watch:
        self._began = _clocks()
        return self

    def __exit__(self, *_error: object) -> None:
        wall, processor = _clocks()
        self.timing = Timing.of([(wall - self._began[0], processor - self._began[1])])


def _clocks() -> tuple[float, float]:
    used = [
        resource.getrusage(process) for process in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return time.perf_counter(), sum(usage.ru_utime + usage.ru_stime for usage in used)


def in_fresh_processes(imports: str, work: str, arguments: list[str], times: int = 21) -> Timing:
    """Time `work` as the first thing that a process does after its `imports`.

    Timed within the process: starting an interpreter takes longer, and varies by more, than what
    is measured here.
    """
    program = (
        f"{imports}\nimport time\n"
        f"wall, processor = time.perf_counter(), time.process_time()\n{work}\n"
        "print(time.perf_counter() - wall, time.process_time() - processor)"
    )
    seconds = []
    for _ in range(times):
        command = [sys.executable, "-c", program, *arguments]
        run = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
        wall, processor = map(float, run.stdout.split())
        seconds.append((wall, processor))
    return Timing.of(seconds)


def print_table(sections: Iterable[Iterable[BenchRow]]) -> None:
    """Print a section for each benchmark, when all of them are done."""
    table = Table(title="Milliseconds; the last column says how many times longer the other takes")
    table.add_column("")
    for heading in ("median", "quiet", "processor", "goal", "plain"):
        table.add_column(heading, justify="right")
    for measurements in sections:
        table.add_section()
        for row in measurements:
            is_missed = row.goal_ms is not None and row.timing.median > row.goal_ms
            median_text = f"{row.timing.median:.1f}"
            table.add_row(
                escape(row.label),
                f"[red]{median_text}[/]" if is_missed else median_text,
                f"{row.timing.quiet:.1f}",
                f"{row.timing.processor:.1f}",
                "" if row.goal_ms is None else f"≤ {row.goal_ms:.6g}",
                row.ratio,
            )
    Console(width=120).print(table)
