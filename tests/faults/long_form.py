"""Every point of every command, for `make soak`; and power cuts at each.

.venv/bin/python -m tests.faults.long_form [POINTS] [SEED] [WORDS OF A COMMAND]

Without POINTS, or with 0, all of them: where a folder is filled that the next run throws away, one
change in twenty stands for the others. Else as many of each command, drawn by SEED.

As many processes as there are processors try them, each at a place of its own; what was found of a
command is told when all its shares are through.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.faults.commands import COMMANDS, Command
from tests.faults.every_point import Share, Tried, cut_power, try_command
from tests.faults.trials import Bench, in_memory, take_in

Form = Callable[[Bench, Command, int, int, Share], Tried]
FORMS: dict[str, Form] = {
    "faults and kills": try_command,
    "trees after a power cut": cut_power,
}


@dataclass(frozen=True)
class Task:
    """The work that one process does at a time."""

    form: str
    command: int
    """Its place in the table."""
    share: Share
    points: int
    seed: int


def main(points: int = 0, seed: int = 8, words: str = "", processes: int | None = None) -> int:
    """0 when every promise held at every point."""
    at_once = processes or os.cpu_count() or 1
    chosen = [at for at, each in enumerate(COMMANDS) if words in each.line]
    started = time.monotonic()
    done: dict[str, list[Tried]] = {form: [] for form in FORMS}
    with (
        tempfile.TemporaryDirectory(prefix="faults-", dir=in_memory()) as base,
        ProcessPoolExecutor(at_once, get_context("spawn"), _begin, (base,)) as pool,
    ):
        for form, tried in _through(pool, _tasks(chosen, points, seed, at_once)):
            done[form].append(tried)
            print(f"{tried.points:6} of {tried.of:5} changes: {tried.command}", flush=True)
            for trouble in tried.troubles:
                print(f"       {trouble}", flush=True)
    troubles = 0
    for form, all_tried in done.items():
        count = sum(len(each.troubles) for each in all_tried)
        troubles += count
        print(
            f"{sum(each.points for each in all_tried)} {form} in {len(all_tried)} commands, which "
            f"change the disk {sum(each.of for each in all_tried)} times: {count} troubles "
            f"(seed {seed})."
        )
    print(f"{time.monotonic() - started:.0f} s in {at_once} processes.", flush=True)
    return 1 if troubles else 0


def _tasks(chosen: list[int], points: int, seed: int, at_once: int) -> list[Task]:
    """The slow ones first, in as many shares as there are processes."""
    tasks = []
    for form in FORMS:
        for at in chosen:
            parts = 1 if points else at_once if COMMANDS[at].slow else -(-at_once // 4)
            tasks += [Task(form, at, Share(part, parts), points, seed) for part in range(parts)]
    return sorted(tasks, key=lambda task: not COMMANDS[task.command].slow)


def _through(pool: ProcessPoolExecutor, tasks: list[Task]) -> Iterator[tuple[str, Tried]]:
    """Each command once, when the last of its shares is through."""
    running: dict[Future[Tried], Task] = {pool.submit(_try, part): part for part in tasks}
    finished: dict[tuple[str, int], list[Tried]] = defaultdict(list)
    for future in as_completed(running):
        task = running[future]
        name = COMMANDS[task.command].name
        error = future.exception()
        tried = Tried(name, troubles=[f"{name}: {error}"]) if error else future.result()
        shares = finished[task.form, task.command]
        shares.append(tried)
        if len(shares) == task.share.of:
            yield (
                task.form,
                Tried(
                    name,
                    points=sum(part.points for part in shares),
                    of=max(part.of for part in shares),
                    troubles=[trouble for part in shares for trouble in part.troubles],
                ),
            )


_here: list[Bench] = []


def _begin(base: str) -> None:
    take_in()
    own = Path(base) / str(os.getpid())
    own.mkdir()
    _here.append(Bench(own))


def _try(task: Task) -> Tried:
    (bench,) = _here
    return FORMS[task.form](bench, COMMANDS[task.command], task.points, task.seed, task.share)


if __name__ == "__main__":
    given = [*sys.argv[1:], *("0", "8", "")[len(sys.argv) - 1 :]]
    sys.exit(main(int(given[0]), int(given[1]), given[2]))
