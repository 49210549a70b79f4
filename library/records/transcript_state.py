"""The state of a story's transcript: places still to review, and takes not transcribed yet.

A small record beside the transcript, so that `status` can tell without reading an editor's copy.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.workspace import StoryFolder


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


_TOLERANCE = 30
"""Milliseconds: less than the shortest take, which is one frame, and more than encoders add."""


class _Recorded(msgspec.Struct):
    """Milliseconds of several takes joined, of `original/manifest.json`; 0 where there is one."""

    length: int = 0


class _Heard(msgspec.Struct):
    """Milliseconds of speech that was transcribed, of `transcript.json`."""

    duration: int


def is_transcript_outdated(folder: StoryFolder) -> bool:
    """Return True where a take was joined behind those that `transcript.json` was made from.

    False without a transcript, and where either file cannot be read: whoever needs it says so.
    """
    recorded = struct_file.load_if_readable(folder.manifest, _Recorded)
    if recorded is None or not recorded.length:
        return False
    heard = struct_file.load_if_readable(folder.transcript, _Heard)
    return heard is not None and heard.duration + _TOLERANCE < recorded.length
