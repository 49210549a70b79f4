"""Time one more approval in a library of 1,000 stories: until it is on the site, and `status`.

Each is a command of its own, as people run it. Compared with the build that makes everything.
`approval --stories 10000` measures another number.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import ROOT, BenchRow, Timing, Watch
from benchmarks.whole_libraries import lay_whole_library
from library.core.workspace import Workspace
from tests.support.quick_stories import approve
from tests.support.workspaces import make_workspace

COUNTS = (100, 1000)
GOAL_MS = {100: 2_000, 1000: 2_000, 10_000: 5_000}
STATUS_MS = 500


def run(counts: Sequence[int] = COUNTS) -> Iterator[BenchRow]:
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield from _rows(Path(folder), count)


def _rows(folder: Path, count: int) -> Iterator[BenchRow]:
    workspace = make_workspace(folder / "library")
    waiting = lay_whole_library(workspace, count)[-1]
    whole = _timed(workspace, "site", "build")
    approve(workspace, waiting)
    again = _timed(workspace, "site", "build")
    status = _timed(workspace, "status")
    told = f"{count} stories of 6,000 words"
    yield BenchRow(f"{told}: one more approval on the site", again, GOAL_MS.get(count), whole)
    yield BenchRow("  the build that makes everything", whole)
    yield BenchRow("  status", status, STATUS_MS)


def _timed(workspace: Workspace, *command: str) -> Timing:
    with Watch() as watch:
        subprocess.run(
            [sys.executable, "-m", "carer_stories", "--workspace", str(workspace.root), *command],
            check=True,
            cwd=ROOT,
            capture_output=True,
        )
    return watch.timing
