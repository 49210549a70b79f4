"""Let Ctrl-C and `kill` end a command in order, however it was started."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def interrupted_by(*numbers: signal.Signals) -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on these signals, also where they were ignored.

    A program that a script starts in the background inherits SIGINT as ignored, and Python leaves
    it so. Whoever presses Ctrl-C must be obeyed all the same. Main thread only.
    """
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Let the block run to its end on Ctrl-C; raise KeyboardInterrupt after it. Main thread only.

    For a step that must not be left half done, such as starting the thread that writes a take.
    """
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts:
        raise KeyboardInterrupt


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
