"""One key at a time, without waiting for Enter; from a pipe, a letter at a time."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator

ENDED = "\x04"
"""What comes when no key will ever come again."""
Keys = Callable[[float], str]
"""Waits so many seconds at most for a key; “” where none came."""


@contextlib.contextmanager
def keys() -> Iterator[Keys]:
    """Keys as they are pressed, and the terminal as it was afterwards."""
    if os.name == "nt":
        yield _windows_key
        return
    with _unbuffered():
        yield _posix_key


@contextlib.contextmanager
def _unbuffered() -> Iterator[None]:
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    tty.setcbreak(handle, termios.TCSADRAIN)  # keys that were pressed early are not thrown away
    try:
        yield
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _posix_key(seconds: float) -> str:
    import select

    handle = sys.stdin.fileno()
    ready, _, _ = select.select([handle], [], [], seconds)
    if not ready:
        return ""
    first = os.read(handle, 1)
    if not first:
        return ENDED
    letter = first
    while letter and letter[0] >= 0x80 and len(letter) < 4:  # the rest of a letter such as é
        try:
            return letter.decode()
        except UnicodeDecodeError:
            letter += os.read(handle, 1)
    return letter.decode("utf-8", "replace")


def _windows_key(seconds: float) -> str:
    import msvcrt

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if msvcrt.kbhit():  # type: ignore[attr-defined]
            return str(msvcrt.getwch())  # type: ignore[attr-defined]
        time.sleep(0.03)
    return ""
