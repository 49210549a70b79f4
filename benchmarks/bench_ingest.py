"""Copying 1 GB in, hashed, flushed and read back from the disk, beside `cp` and `sha256sum`.

The copying step alone, on random bytes: decoding and the working copy are measured elsewhere
(docs/recording.md), and no disk can make random bytes smaller. `cp` neither hashes, flushes nor
reads anything back; `cp` and `sync` together is what it takes to have the bytes on the disk at all.
The source is in memory for all of them, and they take turns, so that what else the machine does
meets each of them.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Row, Timing
from capture.intake.copying import copy_verified, partial_copy_of

SIZE = int(os.environ.get("BENCH_INGEST_BYTES", 1_000_000_000))
TURNS = 5
MOST = 1.15
"""Times the slower of `cp` and `sha256sum`: the goal."""


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="carer-stories-bench-", dir=_place()) as folder:
        timings = _measured(Path(folder))
    slower = max(timings["cp"], timings["sha256sum"], key=lambda one: one.median)
    name = f"copy of {SIZE / 1e9:g} GB in"
    yield Row(f"{name}: hashed, flushed, read back", timings["ours"], MOST * slower.median, slower)
    yield Row("  cp", timings["cp"])
    yield Row("  sha256sum", timings["sha256sum"])
    yield Row("  cp, then sync of the copy", timings["cp, sync"], than=timings["ours"])
    yield Row("  cp, sync, then sha256sum of both", timings["by hand"], than=timings["ours"])


def _place() -> str | None:
    """Where to write: on the disk that is asked about, not in memory."""
    return os.environ.get("BENCH_INGEST_FOLDER")


def _measured(folder: Path) -> dict[str, Timing]:
    source = folder / "source.mp4"
    with source.open("wb") as file:
        for _ in range(0, SIZE, 1 << 20):
            file.write(os.urandom(1 << 20))
        file.truncate(SIZE)
    to = folder / "copy.mp4"

    def tool(*command: str | Path) -> Callable[[], object]:
        words = [str(word) for word in command]
        return lambda: subprocess.run(words, check=True, capture_output=True)

    copy, flush = tool("cp", "--reflink=never", source, to), tool("sync", to)
    hashes = tool("sha256sum", source, to)
    ways: dict[str, Callable[[], object]] = {
        "cp": copy,
        "sha256sum": tool("sha256sum", source),
        "ours": lambda: copy_verified(source, partial_copy_of(folder, source), lambda _done: None),
        "cp, sync": lambda: (copy(), flush()),
        "by hand": lambda: (copy(), flush(), hashes()),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(TURNS + 1):
        for name, way in ways.items():
            _clear(folder, source)
            wall, processor = time.perf_counter(), time.process_time()
            way()
            if turn:  # the first is not counted
                took = time.perf_counter() - wall, time.process_time() - processor
                taken[name].append(took)
    return {name: Timing.of(found) for name, found in taken.items()}


def _clear(folder: Path, source: Path) -> None:
    """Nothing is left to write or to overwrite when the next one begins."""
    for path in folder.iterdir():
        if path != source:
            path.unlink()
    os.sync()
