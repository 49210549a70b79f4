"""Lock files: one process at a time, with a sentence on who holds the lock.

Whoever holds a lock writes into its file which command they are, and since when; nothing that was
told. Whoever waits is told so after a second, and is refused with both once their patience is out.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from library.core.errors import Busy
from library.core.files import refusal
from library.core.lock_queue import any_waiting, queueing
from library.core.struct_file import UNDECODABLE
from library.core.system_calls import IS_WINDOWS

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_TIMEOUT_S = 10.0
"""Seconds a command waits for the records while nobody before it has its turn. As long as the
queue moves it waits: on a busy machine fifty commands ahead can take more than ten seconds."""
NOTICE_AFTER_S = 1.0
_MIN_POLL_S = 0.004
"""Seconds between two tries of the first in the queue; others try more rarely."""
_TURN_S = 0.02
_MAX_POLL_S = 0.4
_NOTE_BYTES = 199
"""Bytes of a note, always the same: one is written over the other, which costs a disk the least."""
_NOTE_AT = 1 if IS_WINDOWS else 0
"""The byte at which a note begins. The first one is what is locked, and Windows lets nobody read or
write there, not even its holder through another handle."""


class Caller:
    """The program around a lock. The command line installs its own."""

    def command(self) -> str:
        """Return the command being run, without its arguments: `carer-stories film`."""
        return "carer-stories"

    def report_waiting(self, sentence: str) -> None:
        """Report, once, that a lock is waited for."""

    def warn(self, sentence: str) -> None:
        """Report a problem beside a change that was made all the same."""


caller = Caller()
"""Used as `lock.caller`, so that another can be put in its place."""


class LockHolder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The holder of a lock, as written into the lock file."""

    command: Annotated[str, Meta(pattern=r"\Acarer-stories( [a-z-]{1,30}){0,3}\Z")]
    process: Annotated[int, Meta(ge=1)]
    since: Annotated[datetime, Meta(tz=True)]

    def __str__(self) -> str:
        at = self.since.astimezone()
        when = f"{at:%H:%M:%S}" if at.date() == datetime.now().date() else f"{at:%d %B, %H:%M}"
        return f"{self.command} (process {self.process}), since {when}"


class Lock:
    """A lock file. Its holder may take it again; `each_thread` makes another thread another holder.

    A killed process holds nothing: the system lets go for it.
    """

    def __init__(self, path: Path, *, each_thread: bool) -> None:
        # filelock brings asyncio with it, which would slow the start of every command.
        from filelock import FileLock

        self._place = path
        self._lock: BaseFileLock = FileLock(path, mode=0o600, thread_local=each_thread)

    @contextmanager
    def locked(self, *, busy: Busy, timeout: float) -> Iterator[None]:
        """Hold it for the block, waiting until nothing has moved for `timeout` seconds.

        Raises `busy` when nobody lets go, DiskFailed where the file cannot be made.
        """
        if self._lock.is_locked:
            # Held by us already: filelock counts how often, and lets go at the last release.
            self._lock.acquire(timeout=0)
        elif not self._take_if_free(timeout):
            self._wait_and_take(busy, timeout)
        try:
            yield
        finally:
            self._lock.release()

    def _take_if_free(self, timeout: float) -> bool:
        """Take the lock and return True where it is free and nobody is queueing."""
        # Whoever does not wait stands in no queue.
        return not (timeout and any_waiting(self._place)) and self._try_lock()

    def _wait_and_take(self, busy: Busy, timeout: float) -> None:
        started = last_moved = time.monotonic()
        fewest, reported = sys.maxsize, False
        with queueing(self._place) as ahead:
            while True:
                now = time.monotonic()
                waiting_before = ahead() if timeout else 0
                if waiting_before < fewest:
                    fewest, last_moved = waiting_before, now
                out_of_patience = now - last_moved >= timeout
                if (waiting_before == 0 or out_of_patience) and self._try_lock():
                    return
                if out_of_patience:
                    busy.what += _holder_sentence(holder_of(self._place))
                    raise busy
                if now - started >= NOTICE_AFTER_S and not reported:
                    reported = True
                    caller.report_waiting(_waiting_sentence(busy, holder_of(self._place), timeout))
                pause = min(_TURN_S * waiting_before, _MAX_POLL_S) or _MIN_POLL_S
                time.sleep(min(pause, max(timeout - (now - last_moved), 0)))

    def _try_lock(self) -> bool:
        from filelock import SoftFileLock, Timeout

        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise refusal(self._place, error, "lock") from error
        if not isinstance(self._lock, SoftFileLock):  # that one keeps its own note in the file
            _write_note(self._place)
        return True


@contextmanager
def locked(path: Path, *, busy: Busy, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` for the block, waiting until nothing moved for `timeout` seconds.

    Raises `busy` when another process does not let go, DiskFailed where the file cannot be made.
    """
    # Not the lock of one thread: a station takes it in one and lets go in another.
    with Lock(path, each_thread=False).locked(busy=busy, timeout=timeout):
        yield


def holder_of(path: Path) -> LockHolder | None:
    """Return the holder that wrote last, if readable. Only true while the lock is held."""
    # Unbuffered: a buffer would be filled from the beginning of the file.
    with contextlib.suppress(OSError, *UNDECODABLE), path.open("rb", buffering=0) as file:
        file.seek(_NOTE_AT)
        return msgspec.json.decode(file.read(_NOTE_BYTES + 1), type=LockHolder)
    return None


def _write_note(path: Path) -> None:
    """Write the holder into the lock file. A disk that refuses the note stops nobody."""
    with contextlib.suppress(OSError):
        holder = LockHolder(
            command=caller.command(),
            process=os.getpid(),
            since=datetime.now(UTC).replace(microsecond=0),
        )
        handle = os.open(path, os.O_WRONLY)
        try:
            os.lseek(handle, _NOTE_AT, os.SEEK_SET)
            os.write(handle, msgspec.json.encode(holder).ljust(_NOTE_BYTES) + b"\n")
        finally:
            os.close(handle)


def _holder_sentence(holder: LockHolder | None) -> str:
    with contextlib.suppress(ValueError, OverflowError, OSError):  # a time that is none here
        return f" That is {holder}." if holder else ""
    return ""


def _waiting_sentence(busy: Busy, holder: LockHolder | None, timeout: float) -> str:
    patience = f"{timeout / 60:.0f} minutes" if timeout >= 120 else f"{timeout:.0f} seconds"
    return (
        f"{busy.what}{_holder_sentence(holder)} Waiting; this gives up when nothing moves for "
        f"{patience}."
    )
