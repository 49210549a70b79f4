"""A file that is being sent: asked again and again, while it is sent, if it may still be shown.

Whoever watches a film asks for it once, and takes it in as slowly as it plays. What is taken back
meanwhile, or lapses at midnight, is sent no further.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from publish.serving.gatekeeper import BEING_RENEWED, Gatekeeper

STILL_SHOWN = "carer_stories.still_shown"
"""Key of a request's environment under which its answer's `StillShown` is put."""
CHECK_INTERVAL_S = 2.0


class StillShown:
    """Tells of one file, at most every few seconds, whether it still lies on the site."""

    def __init__(self, file: Path, gatekeeper: Gatekeeper | None) -> None:
        self._file, self._gatekeeper = file, gatekeeper
        self._size = self._size_now()
        self._next_check = time.monotonic() + CHECK_INTERVAL_S

    def __call__(self) -> bool:
        if time.monotonic() < self._next_check:
            return True
        # What lapsed since is taken down by asking. A site that is being renewed is no reason to
        # stop: a story that stays keeps its file.
        refusal = self._gatekeeper.refusal() if self._gatekeeper is not None else ""
        self._next_check = time.monotonic() + CHECK_INTERVAL_S
        if refusal not in ("", BEING_RENEWED):
            return False
        # Not the same file, for a site that was made again has copies: one of the same length.
        return self._size is not None and self._size_now() == self._size

    def _size_now(self) -> int | None:
        with contextlib.suppress(OSError):
            return self._file.stat().st_size
        return None
