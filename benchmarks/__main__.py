"""Run every `bench_*.py` (or those named) and print what was measured, with goals and ratios."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def main(names: list[str]) -> None:
    here = Path(__file__).parent
    table = Table(title="Milliseconds; the last column says how many times longer the other takes")
    table.add_column("")
    for heading in ("median", "quiet", "processor", "goal", "plain"):
        table.add_column(heading, justify="right")
    for path in sorted(here.glob("bench_*.py")):
        if names and path.stem.removeprefix("bench_") not in names:
            continue
        table.add_section()
        for row in importlib.import_module(f"benchmarks.{path.stem}").run():
            missed = row.goal is not None and row.timing.median > row.goal
            median = f"{row.timing.median:.1f}"
            table.add_row(
                escape(row.what),
                f"[red]{median}[/]" if missed else median,
                f"{row.timing.quiet:.1f}",
                f"{row.timing.processor:.1f}",
                "" if row.goal is None else f"≤ {row.goal:g}",
                row.ratio,
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
