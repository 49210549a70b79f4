"""A disk that nobody waits for: every flush is checked for what it names, and then not made.

What a flush is for shows only where the power is cut. `tests/faults/powercut.py` plays that from
what the product asked to be flushed, and never from the disk. A real flush waits for whatever all
tests together have written, some thousand times in a run.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from library.core import atomic_swap


def take_its_place() -> None:
    """From now on nothing in this process, and in what is forked from it, waits for a flush."""
    os.fsync = _fsync
    atomic_swap.flush = _flush


def _fsync(handle: int) -> None:
    """Raises OSError for a handle that is closed."""
    os.fstat(handle)


def _flush(folder: Path) -> None:
    """Raises OSError for a folder that is not there."""
    if not stat.S_ISDIR(folder.stat().st_mode):
        raise NotADirectoryError(folder)
