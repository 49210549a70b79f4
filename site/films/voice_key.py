"""A story's own secret, by which its contributor's voice is disguised: never shown, never logged.

Whoever has it could come closer to undoing the disguise. It is kept with the recording, which says
far more, and goes with it when the story is erased.
"""

from __future__ import annotations

import secrets

from library.core.errors import Damaged
from library.core.files import refused_plainly, write_atomic
from library.core.workspace import StoryFolder

LENGTH = 32
"""Bytes."""


def of(folder: StoryFolder) -> bytes:
    """The story's secret, made when it is first needed. Raises Damaged, NoRoom or DiskFailed."""
    path = folder.voice_secret
    with refused_plainly(path, "read"):
        kept = path.read_bytes() if path.exists() else b""
    if len(kept) == LENGTH:
        return kept
    if kept:
        raise Damaged(
            f"{path} is not as it was written.",
            "Delete it and make the film again: its voice will be another, to be signed off anew.",
        )
    made = secrets.token_bytes(LENGTH)
    write_atomic(path, made)
    return made
