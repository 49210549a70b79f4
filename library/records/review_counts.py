"""How many places of a story's transcript still ask something: counted where they are made.

A small record beside the transcript, so that `status` can tell without reading an editor's copy.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from library.core import struct_file


class ReviewCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`doubts.json`: derived, and written anew with every editor's copy."""

    schema: int = 1
    words: int
    unsure: int
    """Marks of doubt that stand in the editor's copy."""
    questions: int = 0
    """Words that may be a name nobody must hear, not answered yet: they block approval."""


def read_review_counts(path: Path) -> ReviewCounts | None:
    """None where nothing is counted, or the count cannot be read: no decision rests on it."""
    return struct_file.load_if_readable(path, ReviewCounts)
