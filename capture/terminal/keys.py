"""Read single keys without waiting for Enter: from a terminal, or letter by letter from a pipe.

prompt_toolkit puts the terminal into raw mode and recognises the sequences that arrow and function
keys send: read byte by byte, an arrow to the left (`ESC [ D`) would be the command `d`. Importing
it takes about 0.06 s, so `capture record` imports this module when it runs, not before.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator

from prompt_toolkit.input import create_input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

ENTER = "\n"
ESCAPE = "\x1b"
BACKSPACE = "\x7f"
END_OF_INPUT = "\x04"
"""Returned when no key will ever come again, and for Ctrl-D."""
_INTERRUPT = "\x03"
_KNOWN_KEYS = {
    Keys.ControlM: ENTER,
    Keys.ControlJ: ENTER,
    Keys.Escape: ESCAPE,
    Keys.ControlH: BACKSPACE,
    Keys.ControlC: _INTERRUPT,
    Keys.ControlD: END_OF_INPUT,
}
ReadKey = Callable[[float], str]
"""Waits at most so many seconds for a key; returns "" where none came. Raises KeyboardInterrupt."""

_ESCAPE_WAIT_SECONDS = 0.1
"""Seconds after which an ESC that stands alone is the Escape key, not the start of a sequence."""
_WINDOWS_POLL_SECONDS = 0.03
"""Seconds between looks at the console of Windows, whose handles `select` cannot wait for."""


@contextlib.contextmanager
def read_keys() -> Iterator[ReadKey]:
    """Yield a function that reads a key; afterwards the terminal is as it was before.

    In raw mode Ctrl-C sends no signal but is a key, which raises KeyboardInterrupt here: it works
    also where the process was started with SIGINT ignored.
    """
    if os.name == "nt":
        console = create_input()
        with console.raw_mode():
            yield _WindowsKeys(console.read_keys).read
        return
    from prompt_toolkit.input.vt100 import raw_mode  # cannot be imported on Windows

    handle = sys.stdin.fileno()
    with raw_mode(handle) if sys.stdin.isatty() else contextlib.nullcontext():
        yield _PosixKeys(handle).read


class _PosixKeys:
    """Keys from a file handle, a terminal's or a pipe's.

    Reads the handle itself: prompt_toolkit's own input warns on a pipe, and never ends when a
    terminal is gone.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._waiting: deque[str] = deque()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parser = Vt100Parser(self._add)
        self._is_sequence_open = False

    def _add(self, press: KeyPress) -> None:
        if key := _plain_key(press):
            self._waiting.append(key)

    def read(self, seconds: float) -> str:
        end = time.monotonic() + seconds
        while not self._waiting:
            wait = max(0.0, end - time.monotonic())
            if self._is_sequence_open:
                wait = _ESCAPE_WAIT_SECONDS
            ready, _, _ = select.select([self._handle], [], [], wait)
            if ready:
                self._receive()
            elif self._is_sequence_open:
                self._parser.flush()
                self._is_sequence_open = False
            elif time.monotonic() >= end:
                return ""
        return _raise_interrupt(self._waiting.popleft())

    def _receive(self) -> None:
        try:
            data = os.read(self._handle, 1024)
        except OSError:  # EIO: the terminal is gone
            data = b""
        if not data:
            self._parser.flush()
            self._waiting.append(END_OF_INPUT)
            return
        self._parser.feed(self._decoder.decode(data))
        self._is_sequence_open |= ESCAPE.encode() in data


class _WindowsKeys:
    def __init__(self, read_keys: Callable[[], list[KeyPress]]) -> None:
        self._read_keys = read_keys
        self._waiting: deque[str] = deque()

    def read(self, seconds: float) -> str:
        end = time.monotonic() + seconds
        while not self._waiting:
            self._waiting += [key for press in self._read_keys() if (key := _plain_key(press))]
            if not self._waiting:
                if time.monotonic() >= end:
                    return ""
                time.sleep(_WINDOWS_POLL_SECONDS)
        return _raise_interrupt(self._waiting.popleft())


def _raise_interrupt(key: str) -> str:
    if key == _INTERRUPT:
        raise KeyboardInterrupt
    return key


def _plain_key(press: KeyPress) -> str:
    """Return a letter, or one of the constants of this module; "" for keys that mean nothing."""
    if isinstance(press.key, Keys):
        return _KNOWN_KEYS.get(press.key, "")
    return str(press.key)
