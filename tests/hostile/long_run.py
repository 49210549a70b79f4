"""Hostile input for as long as one likes: `python -m tests.hostile.long_run [MINUTES] [PARSER …]`.

With `--atheris MINUTES PARSER …` coverage leads the changes, for so many minutes each: `pip install
atheris` first. It has no wheels for every Python we support, so nothing asks for it, and it pays
where the parsing is Python's own; what msgspec decodes it cannot see into.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from library.core.workspace import Workspace
from tests.hostile.mutations import renamed
from tests.hostile.parser_property import check_parser
from tests.hostile.parsers import BY_NAME, ParserUnderTest
from tests.hostile.typed_values import examples_of
from tests.support.workspaces import make_workspace

_ROUND = 100


def _round(parser: ParserUnderTest, library: Workspace, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=_ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(examples_of(parser))
    def count_trial(data: bytes) -> None:
        check_parser(parser, library, data)

    count_trial()


def _in_turn(library: Workspace, minutes: float, names: list[str]) -> int:
    """Every parser in turn until the time is over; each fault is printed as it is found."""
    end = time.monotonic() + 60 * minutes
    counts: Counter[str] = Counter()
    faults = 0
    number = random.SystemRandom().randrange(10**9)
    while time.monotonic() < end:
        for name in names:
            number += 1
            try:
                _round(BY_NAME[name], library, number)
            except Exception as error:
                faults += 1
                print(f"seed {number}: {error}"[:1_000], flush=True)
            counts[name] += _ROUND
    print(f"{sum(counts.values()):,} files for {len(counts)} parsers; {faults} rounds with a fault")
    return 1 if faults else 0


def _led_by_coverage(minutes: float, names: list[str]) -> int:
    """Each parser in a process of its own, for a fuzzer ends with its process."""
    faults = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
            seconds = str(round(60 * minutes))
            words = [sys.executable, "-m", "tests.hostile.long_run", "--led", name, seconds, folder]
            result = subprocess.run(words, capture_output=True, text=True, check=False)
        units = re.search(r"number_of_executed_units: (\d+)", result.stderr)
        print(f"{name}: {int(units[1]) if units else 0:,} files led by coverage", flush=True)
        if result.returncode or not units:
            faults += 1
            print(result.stderr[-3_000:], flush=True)
    return 1 if faults else 0


def _lead(name: str, seconds: str, folder: str) -> None:
    import atheris  # type: ignore[import-not-found,unused-ignore]

    parser, library = BY_NAME[name], make_workspace(Path(folder) / "library")
    corpus = Path(folder) / "corpus"
    corpus.mkdir()
    for number, data in enumerate(map(renamed, parser.examples())):
        check_parser(parser, library, data)  # which imports what is to be watched
        (corpus / str(number)).write_bytes(data)
    atheris.instrument_all()
    options = (f"-max_total_time={seconds}", f"-artifact_prefix={folder}/", "-max_len=20000")
    arguments = [sys.argv[0], str(corpus), *options, "-print_final_stats=1"]
    atheris.Setup(arguments, lambda data: check_parser(parser, library, data) and None)
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--led"]:
        _lead(*arguments[1:])
        return 0
    if arguments[:1] == ["--atheris"]:
        return _led_by_coverage(float(arguments[1]), arguments[2:])
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        library = make_workspace(Path(folder) / "library")
        minutes = float(arguments[0]) if arguments else 10.0
        return _in_turn(library, minutes, arguments[1:] or list(BY_NAME))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
