"""`docs/reliability.md` names tests: they are there, and hold something."""

from __future__ import annotations

import re

from tests.support.command_line import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = [
    line.split("|") for line in PAGE.splitlines() if line.startswith("| ") and "`tests/" in line
]


def test_every_promise_is_held_by_tests_that_exist() -> None:
    assert len(ROWS) > 15
    for row in ROWS:
        named = re.findall(r"`(tests/[^`]+)`", row[2])
        assert named, row[1]
        for name in named:
            path = ROOT / name
            assert path.is_file(), f"{name}, named for:{row[1]}"
            tests = re.findall(
                r"^\s*(?:async )?def test_|^class .*StateMachine", path.read_text(), re.M
            )
            state = re.search(r"TestCase|run_state_machine|@given", path.read_text())
            assert tests or state, f"{name} tests nothing"
