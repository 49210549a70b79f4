"""A queue beside a lock file, so that processes take the lock in the order they began to wait.

`filelock` promises no order: whoever has just released a lock takes it again before a sleeping
waiter wakes. Of fifty processes that each changed a library twenty times, one waited 31 seconds (26
November 2026, on two busy processors). Turns in order are promised (docs/reliability.md),
so this stays our own.

A process that has to wait leaves an empty file beside the lock, named by the time it came, and
touches it as long as it waits. Only the first in the queue tries the lock. A file that is no longer
touched is of a killed process and is ignored. The queue is a courtesy and never the lock itself:
where the disk refuses the file, a process merely waits without a turn.
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

_STALE_NS = 2_000_000_000
"""Nanoseconds after which an untouched file counts for nothing. A waiter touches its own at least
every 0.4 s (`lock._MAX_POLL_S`)."""
_ABANDONED_NS = 60_000_000_000
"""Nanoseconds after which anybody who waits removes an untouched file."""
_TICKET = re.compile(r"\d{20}-[0-9a-f]{6}\.lock")
Ahead = Callable[[], int]
"""Return how many came before and still wait. The call also touches the caller's own file."""


def any_waiting(lock: Path) -> bool:
    """Return True where somebody waits already, whom a newcomer must not overtake."""
    now = time.time_ns()
    return any(now - _touched(lock.parent / name) < _STALE_NS for name in _tickets(lock))


@contextmanager
def queueing(lock: Path) -> Iterator[Ahead]:
    """Stand in the queue for the block. Yields a function that counts those ahead."""
    # Twenty digits, so that names sort as the times do.
    ticket = lock.with_name(f"{lock.stem}.{time.time_ns():020}-{secrets.token_hex(3)}.lock")

    def ahead() -> int:
        with contextlib.suppress(OSError):
            # Made anew where somebody took it for abandoned.
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
    """Count the live tickets before `ticket`, by the disk's clock: a file server has its own."""
    now = _touched(ticket)
    before = 0
    for name in _tickets(lock):
        if name < ticket.name:
            untouched = now - _touched(lock.parent / name)
            before += untouched < _STALE_NS
            if untouched > _ABANDONED_NS:
                with contextlib.suppress(OSError):
                    (lock.parent / name).unlink()
    return before


def _tickets(lock: Path) -> list[str]:
    """Return the file names of the queue."""
    start = f"{lock.stem}."
    with contextlib.suppress(OSError):
        with os.scandir(lock.parent) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(start)]
        return [name for name in names if _TICKET.fullmatch(name, len(start))]
    return []


def _touched(ticket: Path) -> int:
    """Return the time of the last touch in nanoseconds, or 0 where the file has just gone."""
    with contextlib.suppress(OSError):
        return ticket.stat().st_mtime_ns
    return 0
