"""Time copying 1 GB in, hashed, flushed and read back, compared with `cp` and `sha256sum`.

The copying step alone, on random bytes: decoding and the working copy are measured elsewhere
(docs/reference/recording.md), and no disk can make random bytes smaller. `cp` neither hashes,
flushes nor reads anything back; only `cp` and `sync` together have the bytes on the disk. The
source is in memory for all of them, and they take turns, so that other work of the machine slows
all alike.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import BenchRow, Timing, time_once
from capture.intake.copying import copy_verified, partial_copy_of

SIZE_BYTES = int(os.environ.get("BENCH_INGEST_BYTES", 1_000_000_000))
TURNS = 5
MAX_RATIO = 1.15
"""Times the slower of `cp` and `sha256sum`."""


def run() -> Iterator[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="carer-stories-bench-", dir=_folder()) as folder:
        timings = _measured(Path(folder))
    slower = max(timings["cp"], timings["sha256sum"], key=lambda timing: timing.median)
    name = f"copy of {SIZE_BYTES / 1e9:g} GB in"
    yield BenchRow(
        f"{name}: hashed, flushed, read back", timings["ours"], MAX_RATIO * slower.median, slower
    )
    yield BenchRow("  cp", timings["cp"])
    yield BenchRow("  sha256sum", timings["sha256sum"])
    yield BenchRow(
        "  cp, then sync of the copy", timings["cp, sync"], compared_with=timings["ours"]
    )
    yield BenchRow(
        "  cp, sync, then sha256sum of both", timings["by hand"], compared_with=timings["ours"]
    )


def _folder() -> str | None:
    """Return where to write, if not in the system's temporary folder, which may be in memory."""
    return os.environ.get("BENCH_INGEST_FOLDER")


def _measured(folder: Path) -> dict[str, Timing]:
    source = folder / "source.mp4"
    with source.open("wb") as file:
        for _ in range(0, SIZE_BYTES, 1 << 20):
            file.write(os.urandom(1 << 20))
        file.truncate(SIZE_BYTES)
    to = folder / "copy.mp4"

    def tool(*command: str | Path) -> Callable[[], object]:
        words = [str(word) for word in command]
        return lambda: subprocess.run(words, check=True, capture_output=True)

    copy, flush = tool("cp", "--reflink=never", source, to), tool("sync", to)
    hashes = tool("sha256sum", source, to)
    steps: dict[str, Callable[[], object]] = {
        "cp": copy,
        "sha256sum": tool("sha256sum", source),
        "ours": lambda: copy_verified(source, partial_copy_of(folder, source), lambda _done: None),
        "cp, sync": lambda: (copy(), flush()),
        "by hand": lambda: (copy(), flush(), hashes()),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for turn in range(TURNS + 1):
        for name, step in steps.items():
            _clear(folder, source)
            elapsed = time_once(step)
            if turn:  # the first warms up and is not counted
                seconds[name].append(elapsed)
    return {name: Timing.of(times) for name, times in seconds.items()}


def _clear(folder: Path, source: Path) -> None:
    """Remove copies and flush, so that the next step has nothing to overwrite or wait for."""
    for path in folder.iterdir():
        if path != source:
            path.unlink()
    os.sync()
