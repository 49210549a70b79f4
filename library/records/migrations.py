"""The steps that migrate records and files of an older format to the current one.

The schema is the set of tables and fields of `library.json` and `private/contributors.json`. It
gets a new number when records written before could no longer be read; a table or optional field
that is only added needs none. A step is a pure function of all decoded tables from its schema to
the next. It sees neither files nor times, and ignores a table that is not there, for both files
share their steps.

Reading an older database applies its steps in memory. The first change writes the result, whole,
under the lock, after every record was decoded strictly; the old file is kept beside
(`library.records.store`).

The same number counts the formats of all the other files of a workspace, so that an older program,
which looks at `library.json` alone, refuses a workspace of which only a `cut.json` is newer. Those
files are migrated by `carer-stories migrate` and nothing else (`library.records.migration`). A
change of any of them therefore needs a higher `SCHEMA`, a sentence in `SUMMARIES`, a step in
`STEPS` (`unaltered` where the tables stay as they are), and steps in `FILE_STEPS`: see
`docs/project/migration.md`.
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
file to the next format. A step changes contents, never names; it raises what `migrated_tables`
does."""
SUMMARIES: dict[int, str] = {}
"""Format → a sentence for people on what its steps change."""


def oldest_schema() -> int:
    """Return the oldest schema that can be migrated."""
    return min(STEPS, default=SCHEMA)


def migrated_tables(tables: Tables, schema: int) -> Tables:
    """Return the tables of `schema` in the current schema.

    Raises what a step raises for records it does not expect: KeyError, TypeError, ValueError or
    AttributeError.
    """
    for number in range(schema, SCHEMA):
        tables = STEPS[number](tables)
    return tables


def unaltered(tables: Tables) -> Tables:
    """Return the tables as they are: the step of a format in which only other files changed."""
    return tables


def migrated_file(path: str, data: bytes, from_format: int) -> bytes:
    """Return a file of `from_format` in the current format; `path` is below `interviews`.

    Raises what `migrated_tables` raises.
    """
    for number in range(from_format, SCHEMA):
        for pattern, step in FILE_STEPS.get(number, {}).items():
            if matches_pattern(path, pattern):
                data = step(data)
    return data


def file_patterns(from_format: int) -> tuple[str, ...]:
    """Return the patterns of the files that the steps from `from_format` on change."""
    numbers = range(from_format, SCHEMA)
    # A dict, for each comes once and in order.
    return tuple({pattern: 0 for number in numbers for pattern in FILE_STEPS.get(number, {})})


def matches_pattern(path: str, pattern: str) -> bool:
    """Return True for a path of the pattern, each `*` of which stays within one name."""
    steps, wanted = path.split("/"), pattern.split("/")
    return len(steps) == len(wanted) and all(map(fnmatchcase, steps, wanted))
