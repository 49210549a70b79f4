"""Whether the words on disk are of all that was recorded.

Takes can be joined behind a recording that is transcribed already. What was heard before stays
true, and is not all there is.
"""

from __future__ import annotations

import msgspec

from library.core.sanitise import UNDECODABLE
from library.core.workspace import StoryFolder

_TOLERANCE = 30
"""Milliseconds: less than the shortest take, which is one frame, and more than encoders add."""


class _Recorded(msgspec.Struct):
    """Of `original/manifest.json`: milliseconds of several takes joined; 0 where there is one."""

    length: int = 0


class _Heard(msgspec.Struct):
    """Of `transcript.json`: milliseconds of the speech that was listened to."""

    duration: int


def is_outgrown(folder: StoryFolder) -> bool:
    """Whether a take was joined behind those that `transcript.json` was heard from.

    False without a transcript, and where either file cannot be read: whoever needs it says so.
    """
    try:
        recorded = msgspec.json.decode(folder.manifest.read_bytes(), type=_Recorded)
        if not recorded.length:
            return False
        heard = msgspec.json.decode(folder.transcript.read_bytes(), type=_Heard)
    except (OSError, *UNDECODABLE):
        return False
    return heard.duration + _TOLERANCE < recorded.length
