"""The number and seeds of random histories of a run, and a clock for them."""

from __future__ import annotations

import os
from datetime import date

from hypothesis import HealthCheck, settings

MORE = "HISTORIES"
"""Set it to a number to tell that many histories that were never told before, in each test."""


FIRST_DAY = date(2026, 3, 1)


class Calendar:
    """A calendar: the day it is, wherever the product asks."""

    def __init__(self) -> None:
        self.today = FIRST_DAY

    def __call__(self) -> date:
        return self.today

    def now(self) -> str:
        """The time that the log's lines have: noon of that day."""
        return f"{self.today.isoformat()}T12:00:00Z"


def histories(count: int, *, steps: int) -> settings:
    """Settings for a state machine that tells `count` histories of up to `steps` steps.

    Without `HISTORIES` every run tells the same ones, so that a change that is red is red for
    everybody, and nobody's change is red for what was there before.
    """
    example_count = int(os.environ.get(MORE, "0"))
    return settings(
        max_examples=example_count or count,
        stateful_step_count=steps,
        derandomize=not example_count,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
