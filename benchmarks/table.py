"""Rows of measurements as a table on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.measure import Row


def show(sections: Iterable[Iterable[Row]]) -> None:
    """One section for each benchmark, printed when all of them are done."""
    table = Table(title="Milliseconds; the last column says how many times longer the other takes")
    table.add_column("")
    for heading in ("median", "quiet", "processor", "goal", "plain"):
        table.add_column(heading, justify="right")
    for rows in sections:
        table.add_section()
        for row in rows:
            missed = row.goal is not None and row.timing.median > row.goal
            median = f"{row.timing.median:.1f}"
            table.add_row(
                escape(row.what),
                f"[red]{median}[/]" if missed else median,
                f"{row.timing.quiet:.1f}",
                f"{row.timing.processor:.1f}",
                "" if row.goal is None else f"≤ {row.goal:.6g}",
                row.ratio,
            )
    Console(width=120).print(table)
