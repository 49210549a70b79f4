"""From the records of an older schema to today’s.

A schema is which tables and fields `library.json` and `private/contributors.json` have, as far as
records of before could not be read any more: a table or an optional field that is only added needs
none. A step is a pure function of all tables, decoded, from its schema to the next; it sees neither
files nor times, and leaves alone a table that is not there, for the two files share their steps.

An older database is read as what its steps make of it. The first change writes that, whole, under
the lock, after every record was decoded strictly; the file as it was is kept beside
(`library.records.store`).

The same number counts the formats of all the other files of a workspace, so that an older program,
which looks at `library.json` alone, refuses a workspace of which only a `cut.json` is newer. Those
files are brought up by `carer-stories migrate` and nothing else (`library.records.migration`). A
change of any of them is therefore: `SCHEMA` one higher, a sentence in `SUMMARIES`, a step in
`STEPS` (`unaltered` where the tables stay as they are), and steps in `FILE_STEPS`:
`docs/migration.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

Tables = dict[str, dict[str, dict[str, Any]]]
"""Table → id → record, as JSON has them."""
SCHEMA = 1
"""The format this program writes: of the tables, and of all other files of a workspace."""
STEPS: dict[int, Callable[[Tables], Tables]] = {}
"""Schema → the step from it to the next, without a gap up to `SCHEMA`. 1 was the first."""
FILE_STEPS: dict[int, dict[str, Callable[[bytes], bytes]]] = {}
"""Format → pattern of paths below `interviews`, such as `stories/*/cut.json` → the step of such a
file to the next format. A step changes contents, never names; it raises what `brought_up` does."""
SUMMARIES: dict[int, str] = {}
"""Format → a sentence for people on what its steps change."""


def oldest() -> int:
    """Return the oldest schema that can be brought up."""
    return min(STEPS, default=SCHEMA)


def brought_up(tables: Tables, schema: int) -> Tables:
    """Return the tables of `schema` in today’s.

    Raises what a step raises for records it does not expect: KeyError, TypeError, ValueError or
    AttributeError.
    """
    for number in range(schema, SCHEMA):
        tables = STEPS[number](tables)
    return tables


def unaltered(tables: Tables) -> Tables:
    """Return the step of a format in which only other files changed."""
    return tables


def file_brought_up(path: str, data: bytes, since: int) -> bytes:
    """Return a file of format `since` in today’s; `path` is below `interviews`, with slashes.

    Raises what a step raises, as `brought_up`.
    """
    for number in range(since, SCHEMA):
        for pattern, step in FILE_STEPS.get(number, {}).items():
            if is_of(path, pattern):
                data = step(data)
    return data


def patterns(since: int) -> tuple[str, ...]:
    """Return the patterns of the files that the steps from `since` on change."""
    numbers = range(since, SCHEMA)
    # A dict, for each comes once and in order.
    return tuple({pattern: 0 for number in numbers for pattern in FILE_STEPS.get(number, {})})


def is_of(path: str, pattern: str) -> bool:
    """Return True for a path of the pattern, each `*` of which stays within one name."""
    steps, wanted = path.split("/"), pattern.split("/")
    return len(steps) == len(wanted) and all(map(fnmatchcase, steps, wanted))
