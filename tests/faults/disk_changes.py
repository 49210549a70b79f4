"""Every change of the disk below a folder, met just before it happens: no call steps around it.

Python itself tells of files that are opened for writing, of folders that are made, of names that
are given and taken away, whoever asks for it: our code, MkDocs, Pillow, `shutil` (audit events, PEP
578). It does not tell of writing, flushing and closing: those are met in the product's seam
(`library.core.files.system`), in the files that `open` gives, and in `os.sendfile`.

An audit hook can never be taken out again, so that `watch` is only for a forked child.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from library.core import files

Kind = Literal["kill", "full", "gone", "once"]
"""Killed there; no room from there on; nothing to be had from there on; one error and no more."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_GROWS = {"open", "write", "fsync", "mkdir", "link", "symlink", "rename", "exchange", "flush"}
"""Changes that a full disk refuses. It still removes files, and writes where room is taken."""
_PATHS = {  # event → name of the change, positions of its paths and of the folders they start from
    "os.mkdir": ("mkdir", ((0, 2),)),
    "os.rmdir": ("rmdir", ((0, 1),)),
    "os.remove": ("unlink", ((0, 1),)),
    "os.rename": ("rename", ((0, 2), (1, 3))),
    "os.link": ("link", ((0, 2), (1, 3))),
    "os.symlink": ("symlink", ((1, 2),)),
    "os.truncate": ("truncate", ((0, None),)),
    "os.chmod": ("chmod", ((0, 2),)),
}

Listener = Callable[[str, tuple[Path, ...], dict[str, Any]], None]
"""Told of each change that is let through: its name, where, and how a file was opened."""


class Changes:
    """Counts changes from 1; at number `at` it does what `kind` says, for `at=0` nothing."""

    def __init__(self, at: int = 0, kind: Kind = "kill") -> None:
        self.root = Path()
        self.at = at
        self.kind = kind
        self.met: list[str] = []
        self.listener: Listener | None = None
        self.last: Callable[[], None] = lambda: None
        """Called before the process is killed."""

    def meet(self, name: str, *paths: Path, **how: Any) -> None:
        """Raises OSError, or never returns, where this change is to fail."""
        self.met.append(f"{name} {paths[-1].relative_to(self.root) if paths else ''}")
        if self._is_due(name):
            self._fail(paths)
        if self.listener:
            self.listener(name, paths, how)

    def is_next(self) -> bool:
        """True if the next change is the one that fails."""
        return len(self.met) + 1 == self.at

    def _is_due(self, name: str) -> bool:
        number = len(self.met)
        if not self.at or number < self.at:
            return False
        if self.kind == "full":
            return name in _GROWS
        return self.kind == "gone" or number == self.at

    def _fail(self, paths: tuple[Path, ...]) -> None:
        if self.kind == "kill":
            self.last()
            os.kill(os.getpid(), signal.SIGKILL)
        number = errno.ENOSPC if self.kind == "full" else errno.EIO
        raise OSError(number, os.strerror(number), str(paths[0]) if paths else None)


def watch(root: Path, changes: Changes) -> None:
    """From now on every change below `root` by this process is met. For a forked child only."""
    changes.root = root
    below = f"{root}{os.sep}"

    def path_within(named: Any, start: Any = None) -> Path | None:
        name = _path_named(named, start)
        return Path(name) if name and f"{name}{os.sep}".startswith(below) else None

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            named, _mode, flags = given
            if isinstance(flags, int) and flags & _WRITING and (path := path_within(named)):
                changes.meet("open", path, flags=flags)
        elif event in _PATHS:
            name, positions = _PATHS[event]
            starts = [
                None if start is None or start >= len(given) else start for _, start in positions
            ]
            paths = [
                path_within(given[at], None if start is None else given[start])
                for (at, _), start in zip(positions, starts, strict=True)
            ]
            if inside := [path for path in paths if path]:
                changes.meet(name, *inside)

    _write_through(path_within, changes)
    files.system = _Watched(path_within, changes)
    sys.addaudithook(hook)


def _path_named(named: Any, start: Any) -> str | None:
    """The whole path of what a call names: a path, a handle, or a name below a folder's handle."""
    if isinstance(named, int):
        return _of_handle(named)
    try:
        path = os.fsdecode(named)
    except TypeError:
        return None
    if not Path(path).is_absolute() and isinstance(start, int) and start >= 0:
        path = os.path.join(_of_handle(start) or "", path)  # noqa: PTH118
    return os.path.abspath(path)  # noqa: PTH100 - links are not followed: they are names


def _of_handle(handle: int) -> str | None:
    try:
        return os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115
    except OSError:
        return None


PathWithin = Callable[..., Path | None]


class _Watched(files.System):
    """The seam's calls of which Python does not tell."""

    def __init__(self, path_within: PathWithin, changes: Changes) -> None:
        self._path_within = path_within
        self._changes = changes

    def _meet(self, name: str, *named: Any) -> None:
        if paths := [path for path in map(self._path_within, named) if path]:
            self._changes.meet(name, *paths)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        if self._changes.is_next() and self._path_within(handle):
            os.write(handle, memoryview(data)[: len(data) // 2])  # torn: half of it gets there
        self._meet("write", handle)
        return super().write(handle, data)

    def fsync(self, handle: int) -> None:
        """Return at once: no power is cut, but where `powercut` plays it."""
        self._meet("fsync", handle)

    def close(self, handle: int) -> None:
        path = self._path_within(handle)
        super().close(handle)  # the system frees the handle even when close reports an error
        if path:
            self._changes.meet("close", path)

    def exchange(self, first: Path, second: Path) -> None:
        self._meet("exchange", first, second)
        super().exchange(first, second)

    def flush(self, folder: Path) -> None:
        self._meet("flush", folder)


class _Written(io.FileIO):
    """A file that plain `open` gave."""

    changes: Changes
    path: Path

    def write(self, data: Any, /) -> int:
        if self.changes.is_next():
            super().write(memoryview(data)[: len(data) // 2])
        self.changes.meet("write", self.path)
        return super().write(data) or 0


def _write_through(path_within: PathWithin, changes: Changes) -> None:
    """Make `open` give files whose writes are met; and what `shutil` copies with."""
    plain_open, plain_sendfile = io.open, os.sendfile

    def opened(
        file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
        newline: Any = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        path = None if isinstance(file, int) or not set(mode) & set("wax+") else path_within(file)
        if path is None:
            return plain_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = _Written(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.changes, raw.path = changes, path
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def sendfile(to: int, *given: Any, **more: Any) -> int:
        if path := path_within(to):
            changes.meet("write", path)
        return plain_sendfile(to, *given, **more)

    builtins.open = io.open = opened  # type: ignore[assignment]
    os.sendfile = sendfile
