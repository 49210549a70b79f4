"""Run every `bench_*.py` (or those named) and print what was measured, with goals and ratios."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.table import show


def main(names: list[str]) -> None:
    show(_sections(names))


def _sections(names: list[str]) -> Iterator[Iterable[Row]]:
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if not names or path.stem.removeprefix("bench_") in names:
            yield importlib.import_module(f"benchmarks.{path.stem}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
