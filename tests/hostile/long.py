"""Hostile input for as long as one likes: `python -m tests.hostile.long [MINUTES] [PARSER …]`.

Where atheris is installed (it has no wheels for every Python we support, so nothing asks for it),
`--atheris PARSER` lets coverage lead the changes; else they are the suite's own, with other seeds.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from library.template import make_workspace
from library.workspace import Workspace
from tests.hostile.doors import BY_NAME, Door
from tests.hostile.property import check
from tests.hostile.values import examples_of

_ROUND = 100


def _round(door: Door, library: Workspace, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=_ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(examples_of(door))
    def tried(data: bytes) -> None:
        check(door, library, data)

    tried()


def _in_turn(library: Workspace, minutes: float, names: list[str]) -> int:
    """Every parser in turn until the time is over; each fault is printed as it is found."""
    until = time.monotonic() + 60 * minutes
    tried: Counter[str] = Counter()
    faults = 0
    number = random.SystemRandom().randrange(10**9)
    while time.monotonic() < until:
        for name in names:
            number += 1
            try:
                _round(BY_NAME[name], library, number)
            except Exception as error:
                faults += 1
                print(f"seed {number}: {error}"[:1_000], flush=True)
            tried[name] += _ROUND
    print(f"{sum(tried.values()):,} files for {len(tried)} parsers; {faults} rounds with a fault")
    return 1 if faults else 0


def _led_by_coverage(library: Workspace, name: str) -> None:
    import atheris  # type: ignore[import-not-found]

    door = BY_NAME[name]
    atheris.instrument_all()
    atheris.Setup([sys.argv[0]], lambda data: check(door, library, data))
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        library = make_workspace(Path(folder) / "library")
        if arguments[:1] == ["--atheris"]:
            _led_by_coverage(library, arguments[1])
            return 0
        minutes = float(arguments[0]) if arguments else 10.0
        return _in_turn(library, minutes, arguments[1:] or list(BY_NAME))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
