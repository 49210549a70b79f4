"""Taking files and folders away: all that will go goes, and what will not is told.

Originals are read-only, and so may a whole site be: what belongs to us is made writable first. A
link is taken away, never what it leads to. Nothing is overwritten: on the disks of today that
would promise what it cannot do.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from library.core import files


@dataclass(frozen=True)
class Refused:
    """Something that is still there, and what the disk said."""

    path: Path
    why: str


def remove(path: Path) -> list[Refused]:
    """Remove a file, a link, or a folder with everything in it; nothing there is no trouble.

    Never raises for what the disk says: one file that is held fast does not keep the others.
    """
    refused = list(_removing(path))
    with contextlib.suppress(OSError):
        files.fsync_folder(path.parent)
    return refused


def _removing(path: Path) -> Iterator[Refused]:
    try:
        if _is_folder(path):
            yield from _emptying(path)
            _insist(path, files.system.rmdir)
        else:
            _insist(path, files.system.unlink)
    except FileNotFoundError:
        return
    except OSError as error:
        if not any(True for _ in _inside(path)):  # else what is inside was named already
            yield Refused(path, error.strerror or str(error))


def _emptying(folder: Path) -> Iterator[Refused]:
    try:
        inside = sorted(folder.iterdir())
    except PermissionError:
        folder.chmod(stat.S_IRWXU)
        inside = sorted(folder.iterdir())
    for path in inside:
        yield from _removing(path)


def _inside(path: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        if _is_folder(path):
            yield from path.iterdir()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _insist(path: Path, take_away: Callable[[Path], None]) -> None:
    """Once as it is, and once more with leave. Raises OSError."""
    try:
        take_away(path)
    except PermissionError:
        path.parent.chmod(path.parent.stat().st_mode | stat.S_IRWXU)
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)  # Windows asks for this
        take_away(path)
