"""Run every `bench_*.py`, or those named, and print times with goals and ratios.

`search` and `pagefind` take `--stories NUMBER`: a library of 10,000 stories needs many minutes and
6 GB of memory, and is only made where it is asked for.

`hearing FOLDER --model PATH` measures how well people are heard in recordings of your own, and
`names [FILE…]` how many names that nobody listed are asked about. `lighthouse [LIBRARY]` asks
Lighthouse how soon each kind of page is there.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import hearing, lighthouse, unlisted_names
from benchmarks.measure import BenchRow, print_table


def _sections(words: list[str]) -> Iterator[Iterable[BenchRow]]:
    named, _, sizes = " ".join(words).partition("--stories")
    names = named.split()
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if not names or path.stem.removeprefix("bench_") in names:
            run = importlib.import_module(f"benchmarks.{path.stem}").run
            yield run([int(size) for size in sizes.split()]) if sizes else run()


if __name__ == "__main__":
    if sys.argv[1:2] == ["hearing"]:
        hearing.main(sys.argv[2:])
    elif sys.argv[1:2] == ["names"]:
        unlisted_names.main(sys.argv[2:])
    elif sys.argv[1:2] == ["lighthouse"]:
        lighthouse.main(sys.argv[2:])
    else:
        print_table(_sections(sys.argv[1:]))
