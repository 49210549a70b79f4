"""Whether the words on disk are of all that was recorded.

Takes can be joined behind a recording that is transcribed already. What was heard before stays
true, and is not all there is.
"""

from __future__ import annotations

import msgspec

from library.core import struct_file
from library.core.workspace import StoryFolder

_TOLERANCE = 30
"""Milliseconds: less than the shortest take, which is one frame, and more than encoders add."""


class _Recorded(msgspec.Struct):
    """Of `original/manifest.json`: milliseconds of several takes joined; 0 where there is one."""

    length: int = 0


class _Heard(msgspec.Struct):
    """Of `transcript.json`: milliseconds of the speech that was listened to."""

    duration: int


def is_transcript_outdated(folder: StoryFolder) -> bool:
    """Whether a take was joined behind those that `transcript.json` was heard from.

    False without a transcript, and where either file cannot be read: whoever needs it says so.
    """
    recorded = struct_file.load_if_readable(folder.manifest, _Recorded)
    if recorded is None or not recorded.length:
        return False
    heard = struct_file.load_if_readable(folder.transcript, _Heard)
    return heard is not None and heard.duration + _TOLERANCE < recorded.length
