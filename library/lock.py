"""One at a time: a lock file that is never removed, and a sentence when somebody else holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from library.errors import Busy
from library.files import refusal


@contextmanager
def held(place: Path, *, busy: Busy, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock file `place` for the block, waiting up to `timeout` seconds for it.

    Raises `busy` when another process does not let go, DiskFailed where the file cannot be made.
    A killed process holds nothing: the system lets go for it.
    """
    from filelock import FileLock, Timeout

    # Not the lock of one thread: a station takes it in one and lets go in another.
    lock = FileLock(place, mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=timeout, poll_interval=0.02)
    except Timeout:
        raise busy from None
    except OSError as error:
        raise refusal(place, error, "lock") from error
    try:
        yield
    finally:
        lock.release()
