"""Remove files and folders: as much as possible, reporting what the disk kept.

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

LEFT_BY_SYSTEMS = {
    ".DS_Store",
    ".Spotlight-V100",
    ".Trashes",
    ".fseventsd",
    "$RECYCLE.BIN",
    "System Volume Information",
    "Thumbs.db",
    "desktop.ini",
}
"""Names of what operating systems put into folders that somebody looked into."""


def is_left_by_system(name: str) -> bool:
    """Return True for a file that no person made: macOS puts `._name` beside every file on FAT."""
    return name in LEFT_BY_SYSTEMS or name.startswith("._")


def holds_nothing(folder: Path) -> bool:
    """Return True for a folder with nothing of people’s in it. Raises OSError."""
    return all(is_left_by_system(path.name) for path in folder.iterdir())


def remove_empty_folder(folder: Path) -> None:
    """Remove a folder that `holds_nothing`. Raises OSError, for one with anything else too."""
    if holds_nothing(folder):
        for path in list(folder.iterdir()):
            remove(path)
    files.system.rmdir(folder)


@dataclass(frozen=True)
class RemovalFailure:
    """A path that could not be removed, and what the disk said."""

    path: Path
    reason: str


def remove(path: Path) -> list[RemovalFailure]:
    """Remove a file, a link, or a folder with everything in it; nothing there is no trouble.

    Never raises for what the disk says: one file that is held fast does not keep the others.
    """
    failures = list(_remove_one(path))
    with contextlib.suppress(OSError):
        files.fsync_folder(path.parent)
    return failures


def is_gone(path: Path) -> bool:
    """Return True where nothing lies at a path; what cannot be looked at may be there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _remove_one(path: Path) -> Iterator[RemovalFailure]:
    try:
        if _is_folder(path):
            yield from _remove_contents(path)
            _remove_with_permissions(path, files.system.rmdir)
        else:
            _remove_with_permissions(path, files.system.unlink)
    except FileNotFoundError:
        return
    except OSError as error:
        if not any(True for _ in _contents(path)):  # else what is inside was named already
            yield RemovalFailure(path, error.strerror or str(error))


def _remove_contents(folder: Path) -> Iterator[RemovalFailure]:
    try:
        inside = sorted(folder.iterdir())
    except PermissionError:
        # Made readable: what is in it must go as well.
        folder.chmod(stat.S_IRWXU)
        inside = sorted(folder.iterdir())
    for path in inside:
        yield from _remove_one(path)


def _contents(path: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        if _is_folder(path):
            yield from path.iterdir()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _remove_with_permissions(path: Path, delete: Callable[[Path], None]) -> None:
    """Delete, and on a refusal once more after making it writable. Raises OSError."""
    try:
        delete(path)
    except PermissionError:
        # Taking a name away is a change of its folder, which may be read-only.
        path.parent.chmod(path.parent.stat().st_mode | stat.S_IRWXU)
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)  # Windows asks for this
        delete(path)
