"""Make the Nth change of the disk fail, or kill the process there: for every N in turn.

Random kills rarely hit the window that matters; counting does not miss it. Every changing call of
the product goes through `library.core.files.system`, which is replaced here by one that counts.

    def command() -> None: ...
    for fault in every_fault(command, prepare=fresh): check(fault)
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from library.core import files

CHANGES = (
    "open",
    "write",
    "fsync",
    "close",
    "chmod",
    "truncate",
    "link",
    "replace",
    "unlink",
    "mkdir",
    "rmdir",
    "exchange",
    "flush",
)


class FaultySystem(files.System):
    """Counts changes from 1; at number `at` it calls `fault` instead of, or after half of, them.

    `at=0` never fails and only counts. With `stay=True` every call from then on fails as well, as
    on a disk that is full or gone.
    """

    def __init__(
        self, at: int = 0, fault: Callable[[], None] | None = None, *, stay: bool = False
    ) -> None:
        self.at = at
        self.fault = fault
        self.stay = stay
        self.calls: list[str] = []
        self.held_open: list[str] = []
        """Files open in this process when they were renamed or deleted: Windows refuses it."""

    def _due(self, name: str) -> bool:
        self.calls.append(name)
        number = len(self.calls)
        return bool(self.at) and (number >= self.at if self.stay else number == self.at)

    def _fail(self) -> None:
        assert self.fault is not None
        self.fault()


class UnflushedSystem(files.System):
    """Changes the disk as ever and never waits for it: for tests in which no power is cut."""

    def fsync(self, handle: int) -> None:
        pass

    def flush(self, folder: Path) -> None:
        pass


def _change(name: str) -> Callable[..., Any]:
    def call(self: FaultySystem, *args: Any) -> Any:
        real = getattr(files.System, name)
        if name in ("replace", "unlink", "rmdir", "exchange"):
            self.held_open += _open_below(*args)
        if not self._due(name):
            return real(self, *args)
        if name == "write":  # a torn write: half of it reaches the disk
            handle, data = args
            real(self, handle, memoryview(data)[: len(data) // 2])
        if name == "close":  # the system frees the handle even when close reports an error
            real(self, *args)
        self._fail()
        return real(self, *args)

    return call


def _open_below(*paths: Path) -> list[str]:
    """Return the files at or below `paths` that this process has open, where /proc tells."""
    names = [os.path.join(os.path.realpath(path.parent), path.name) for path in paths]  # noqa: PTH118
    handles = [f"/proc/self/fd/{handle}" for handle in _listed("/proc/self/fd")]
    targets = [os.path.realpath(handle) for handle in handles if os.path.lexists(handle)]
    return [path for path in targets if any(f"{path}/".startswith(f"{name}/") for name in names)]


def _listed(folder: str) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208
    return []


for _name in CHANGES:
    setattr(FaultySystem, _name, _change(_name))


def refuse_with(number: int) -> Callable[[], None]:
    """A fault that raises OSError with this errno, such as `errno.ENOSPC`."""

    def fault() -> None:
        raise OSError(number, os.strerror(number))

    return fault


def kill() -> None:
    """A fault that is `kill -9` of this very process: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def disk(faulty: FaultySystem) -> Iterator[FaultySystem]:
    """Within the block the product's changes go through `faulty`."""
    real = files.system
    files.system = faulty
    try:
        yield faulty
    finally:
        files.system = real
    held_open = faulty.held_open if isinstance(faulty, FaultySystem) else []
    assert held_open == [], "Windows neither renames nor deletes what is open"


def count_changes(command: Callable[[], object]) -> int:
    """Return the number of changes of the disk that a command makes when nothing fails."""
    with disk(FaultySystem()) as counting:
        command()
    return len(counting.calls)


def killed_at(number: int, command: Callable[[], object]) -> bool:
    """Run `command` in a forked child that is killed at change `number`; whether it was."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with disk(FaultySystem(number, kill)):
                command()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def failing_points(total: int, step: int) -> range:
    """Changes to fail at: every `step`th, or with EVERY_FAULT set each one.

    `tests/test_every_change.py` draws others in every run, and `make soak` tries all of them.
    """
    return range(1, total + 1, 1 if os.environ.get("EVERY_FAULT") else step)
