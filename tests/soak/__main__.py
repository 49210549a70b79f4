"""`make soak`: a hundred random kills of the station and of the desk, and what each cost.

Then kills of the browser, of the server, and of both, while Chromium really records. Before both,
fifty processes that change one library at once, with real flushes; after both, ten minutes of
hostile files for every parser (`tests/hostile/long_run.py`), then faults and power cuts at every
change of the disk that any command makes (`tests/faults/long_form.py`). The loss is printed after
each kill, and of all kills at the end.

.venv/bin/python -m tests.soak [ROUNDS] [SEED] [ROUNDS WITH A BROWSER]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from library.core.clock import now
from library.records.store import Store
from library.records.story import Story
from tests.faults import long_form
from tests.hostile import long_run as hostile_files
from tests.soak.desk_kills import (
    TypingPage,
    browser_killed_while_typing,
    killed_while_typing,
)
from tests.soak.page_kills import VICTIMS, killed_page_round
from tests.soak.station_kills import KillRound, killed_round
from tests.support.concurrent_writers import STORY, approve_at_once
from tests.support.live_station import station_process
from tests.support.transcribed_story import heard_interview, transcribed_story
from tests.support.workspaces import make_workspace

KEPT_OF = 10
"""Of so many recordings one is kept as well, through the import. All are decoded."""


def main(rounds: int, seed: int) -> int:
    """0 when every recording plays and none lost more than its last second."""
    chance = random.Random(seed)
    done: list[KillRound] = []
    failures: list[str] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as holder:
        workspace = make_workspace(Path(holder) / "library")
        for number in range(1, rounds + 1):
            goes_on = number % 4 == 0
            try:
                keeps = number % KEPT_OF == 1
                round_ = killed_round(workspace, chance, goes_on=goes_on, keeps=keeps)
            except Exception as error:
                failures.append(f"round {number}: {type(error).__name__}: {error}")
                print(failures[-1], flush=True)
                continue
            done.append(round_)
            _print_so_far("kills of the station", [each.lost for each in done], rounds)
            if round_.lost > 1040 or round_.playable < round_.answered - 40:
                failures.append(f"round {number}: lost {round_.lost} ms of {round_.handed_over}")
                print(failures[-1], flush=True)
    print(
        f"{rounds} kills (seed {seed}) in {time.monotonic() - started:.0f} s: "
        f"{len(done)} recordings play; {loss([round_.lost for round_ in done])}; "
        f"{len(failures)} troubles.",
        flush=True,
    )
    return 1 if failures else 0


def loss(lost: Sequence[float]) -> str:
    """Return the worst and the mean of milliseconds lost, in words."""
    mean = sum(lost) / max(1, len(lost))
    return f"lost at worst {max(lost, default=0):.0f} ms, {mean:.0f} ms on average"


def _print_so_far(killed: str, lost: Sequence[float], rounds: int) -> None:
    """Print the loss after each kill: a run that is stopped has its figures as well."""
    print(f"{len(lost)} of {rounds} {killed}: {loss(lost)}; {lost[-1]:.0f} ms now.", flush=True)


def at_the_desk(rounds: int, seed: int) -> int:
    """0 when no word that was answered is lost, and the file is whole after each kill."""
    chance = random.Random(seed)
    words = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as holder:
        workspace = make_workspace(Path(holder) / "library")
        folder, _ = transcribed_story(workspace, heard_interview())
        with station_process(workspace, command=("desk",)) as process:
            page = TypingPage(process.page, folder)
            page.open()
            try:
                for _ in range(rounds):
                    words += killed_while_typing(process, page, chance)
            except Exception as error:
                print(f"the desk: {type(error).__name__}: {error}", flush=True)
                return 1
    seconds = time.monotonic() - started
    print(
        f"{rounds} kills of the desk (seed {seed}) in {seconds:.0f} s: {words} words typed, none "
        "lost, the file whole after each."
    )
    return 0


def browser_at_the_desk(rounds: int, seed: int) -> int:
    """0 when no killed browser took more than a second of typing with it."""
    chance = random.Random(seed)
    lost: list[float] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as holder:
        workspace = make_workspace(Path(holder) / "library")
        folder, _ = transcribed_story(workspace, heard_interview())
        with station_process(workspace, command=("desk",)) as process:
            for _ in range(rounds):
                lost.append(1000 * browser_killed_while_typing(process, folder, chance))
                _print_so_far("kills of a browser at the desk", lost, rounds)
    print(
        f"{rounds} kills of a browser at the desk (seed {seed}): of typing {loss(lost)}; "
        "the file whole after each.",
        flush=True,
    )
    return 1 if max(lost, default=0.0) > 1000 else 0


def with_browser(rounds: int, seed: int) -> int:
    """0 when every recording plays and none lost more than a second."""
    chance = random.Random(seed)
    lost: list[int] = []
    failures = 0
    for number in range(rounds):
        victim = VICTIMS[number % len(VICTIMS)]
        with tempfile.TemporaryDirectory(prefix="soak-") as holder:
            workspace = make_workspace(Path(holder) / "library")
            try:
                keeps = number % KEPT_OF == 0
                round_ = killed_page_round(workspace, chance, victim, keeps=keeps)
            except Exception as error:
                failures += 1
                print(f"{victim}, round {number + 1}: {type(error).__name__}: {error}", flush=True)
                continue
        lost.append(round_.lost)
        _print_so_far("kills under a real browser", lost, rounds)
        if round_.lost > 1000:
            failures += 1
            print(f"{victim}, round {number + 1}: lost {round_.lost} ms", flush=True)
    print(
        f"{rounds} kills under a real browser (seed {seed}): {len(lost)} recordings play; "
        f"{loss(lost)}; {failures} troubles.",
        flush=True,
    )
    return 1 if failures else 0


def many_at_once(processes: int = 50, each: int = 20) -> int:
    """0 when every change stands and nobody was refused."""
    with tempfile.TemporaryDirectory(prefix="soak-") as holder:
        workspace = make_workspace(Path(holder) / "library")
        with Store(workspace.database).update() as changes:
            changes.add(Story(id=STORY, title="Many", questions="being-heard", created=now()))
        outcome = approve_at_once(workspace, processes, each)
    print(f"{processes} processes of {each} changes at once: {outcome}.", flush=True)
    expected = processes * each
    well = outcome.approvals == outcome.log_lines == expected and outcome.generation == expected + 2
    return 0 if well and outcome.read_what_was_so and not outcome.refused else 1


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    kills, first, real = given + [100, 7, 30][len(given) :]
    sys.exit(
        many_at_once()
        | main(kills, first)
        | at_the_desk(kills, first)
        | browser_at_the_desk(kills, first)
        | with_browser(real, first)
        | hostile_files.main(["10"])
        | long_form.main(seed=first)
    )
