"""Every point of every command, for `make soak`; and power cuts at each.

.venv/bin/python -m tests.faults.long_form [POINTS] [SEED] [WORDS OF A COMMAND]

Without POINTS, or with 0, all of them: where a folder is filled that the next run throws away, one
change in twenty stands for the others. Else as many of each command, drawn by SEED.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from .commands import COMMANDS, Command
from .everywhere import Tried, cut_power, try_command
from .trials import Bench, bench

FORMS: tuple[tuple[str, Callable[[Bench, Command, int, int], Tried]], ...] = (
    ("faults and kills", try_command),
    ("trees after a power cut", cut_power),
)


def main(points: int = 0, seed: int = 8, words: str = "") -> int:
    """0 when every promise held at every point."""
    chosen = [one for one in COMMANDS if words in one.line]
    troubles: list[str] = []
    with bench() as trials:
        for told, form in FORMS:
            begun, done, of = time.monotonic(), 0, 0
            before = len(troubles)
            for command in chosen:
                tried = form(trials, command, points, seed)
                done, of = done + tried.points, of + tried.of
                troubles += tried.troubles
                print(f"{tried.points:6} of {tried.of:5} changes: {command.name}", flush=True)
                for trouble in tried.troubles:
                    print(f"       {trouble}", flush=True)
            print(
                f"{done} {told} in {len(chosen)} commands, which change the disk {of} times: "
                f"{len(troubles) - before} troubles (seed {seed}, "
                f"{time.monotonic() - begun:.0f} s).",
                flush=True,
            )
    return 1 if troubles else 0


if __name__ == "__main__":
    given = [*sys.argv[1:], *("0", "8", "")[len(sys.argv) - 1 :]]
    sys.exit(main(int(given[0]), int(given[1]), given[2]))
