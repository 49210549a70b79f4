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


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
