"""First come, first served among those who wait for a lock: a courtesy, and never the lock itself.

Whoever has to wait leaves an empty file beside the lock, named by when they came, and touches it
as long as they wait. Only the one who came first tries the lock; a newcomer stands behind them.
Without it whoever has just let go takes the lock again before a sleeper wakes: of fifty processes
that each changed a library twenty times, one waited 31 seconds (26 November 2026, on two busy
processors).

A file that is not touched any more is of a killed process and counts for nothing. Nothing here
keeps anybody safe: where the disk refuses, one is without a place in the queue, and no worse.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_GONE_NS = 2_000_000_000
"""A waiter touches its file far more often: see `library.core.lock`."""
_ABANDONED_NS = 60_000_000_000
_TICKET = re.compile(r"\d{20}-[0-9a-f]{6}\.lock")
Ahead = Callable[[], int]
"""How many came before and are still waiting. Asking says that one is waiting oneself."""


def any_waiting(lock: Path) -> bool:
    """Whether a newcomer would push in."""
    now = time.time_ns()
    return any(now - _touched(lock.parent / name) < _GONE_NS for name in _tickets(lock))


@contextmanager
def queueing(lock: Path) -> Iterator[Ahead]:
    """Stand in the queue for the block."""
    ticket = lock.with_name(f"{lock.stem}.{time.time_ns():020}-{secrets.token_hex(3)}.lock")

    def ahead() -> int:
        with contextlib.suppress(OSError):
            os.close(os.open(ticket, os.O_WRONLY | os.O_CREAT, 0o600))
            os.utime(ticket)
            return _waiting_before(ticket, lock)
        return 0

    try:
        yield ahead
    finally:
        with contextlib.suppress(OSError):
            ticket.unlink()


def _waiting_before(ticket: Path, lock: Path) -> int:
    """Compared by the disk's own clock: a server of files may go by another than ours."""
    now = _touched(ticket)
    before = 0
    for name in _tickets(lock):
        if name < ticket.name:
            untouched = now - _touched(lock.parent / name)
            before += untouched < _GONE_NS
            if untouched > _ABANDONED_NS:
                with contextlib.suppress(OSError):
                    (lock.parent / name).unlink()
    return before


def _tickets(lock: Path) -> list[str]:
    """The name of every place in the queue."""
    start = f"{lock.stem}."
    with contextlib.suppress(OSError):
        with os.scandir(lock.parent) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(start)]
        return [name for name in names if _TICKET.fullmatch(name, len(start))]
    return []


def _touched(ticket: Path) -> int:
    """When, in nanoseconds; long ago where it was just taken away."""
    with contextlib.suppress(OSError):
        return ticket.stat().st_mtime_ns
    return 0
