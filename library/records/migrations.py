"""From the records of an older schema to today’s.

A schema is which tables and fields `library.json` and `private/contributors.json` have, as far as
records of before could not be read any more: a table or an optional field that is only added needs
none. A step is a pure function of all tables, decoded, from its schema to the next; it sees neither
files nor times, and leaves alone a table that is not there, for the two files share their steps.

An older file is read as what its steps make of it. The first change writes that, whole, under the
lock, after every record was decoded strictly; the file as it was is kept beside
(`library.records.store`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Tables = dict[str, dict[str, dict[str, Any]]]
"""Table → id → record, as JSON has them."""
SCHEMA = 1
"""What this program writes."""
STEPS: dict[int, Callable[[Tables], Tables]] = {}
"""Schema → the step from it to the next, without a gap up to `SCHEMA`. 1 was the first."""


def oldest() -> int:
    """The oldest schema that can be brought up."""
    return min(STEPS, default=SCHEMA)


def brought_up(tables: Tables, schema: int) -> Tables:
    """The tables of `schema` in today’s.

    Raises what a step raises for records it does not expect: KeyError, TypeError, ValueError or
    AttributeError.
    """
    for number in range(schema, SCHEMA):
        tables = STEPS[number](tables)
    return tables
