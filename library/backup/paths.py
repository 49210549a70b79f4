"""Paths in a backup: below a workspace on any system, and such as this one and its disk can hold.

Windows gives some names a meaning of its own (`NUL`, `aux.txt`, `a:b`) and drops dots and spaces
from the end of others; its disks, and those of a Mac, take `Notes.txt` and `notes.txt` for one.
A file would be lost, or come under another’s name: it is told, and nothing is put back.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from library.core.errors import Damaged
from library.core.system_calls import IS_WINDOWS
from library.core.workspace import is_device

_MAX_DEPTH = 64
"""Folders in folders of a path."""
windows = IS_WINDOWS
_RESERVED_CHARACTER = re.compile(r'[<>:"|?*]')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def is_safe(path: str) -> bool:
    """Return True for a path that stays below its folder on any system."""
    steps = path.split("/")
    return (
        len(steps) <= _MAX_DEPTH
        and not any(step in ("", ".", "..") or "\\" in step for step in steps)
        and not _CONTROL.search(path)
        # A drive letter: on Windows such a path lies outside every folder.
        and not re.match(r"[A-Za-z]:", path)
    )


def require_possible(paths: Iterable[str], folder: Path) -> None:
    """Raises Damaged, naming the file, unless `folder` can hold every one of the paths."""
    named = list(paths)
    if windows and (wrong := next(filter(None, map(unfit_for_windows, named)), "")):
        raise Damaged(f"In the backup, {wrong}.", "Restore it on Linux, and rename the file there.")
    if folds_case(folder) and (pair := first_alike(named)):
        raise Damaged(
            f"In the backup, {pair[0]} and {pair[1]} differ only in ways that this disk does not "
            "tell apart: one would be put in place of the other.",
            "Restore it on Linux, or on a disk that tells them apart, and rename one there.",
        )


def unfit_for_windows(path: str) -> str:
    """Return why Windows cannot hold `path`, beginning with the path; nothing where it can."""
    for step in path.split("/"):
        if is_device(step):
            return f"{path} has a name that Windows keeps for a device"
        if step.endswith((".", " ")):
            return f"{path} ends a name with a dot or a space, which Windows drops"
        if _RESERVED_CHARACTER.search(step):
            return f"{path} has a character in it that Windows allows in no name"
    return ""


def first_alike(paths: Iterable[str]) -> tuple[str, str] | None:
    """Return two paths, or parents of paths, that differ only by case."""
    steps = sorted((_folded(path).split("/"), path.split("/")) for path in paths)
    for (folded, real), (other_folded, other) in itertools.pairwise(steps):
        for end, same in enumerate(map(str.__eq__, folded, other_folded), 1):
            if not same:
                break
            if real[end - 1] != other[end - 1]:
                return "/".join(real[:end]), "/".join(other[:end])
    return None


def folds_case(folder: Path) -> bool:
    """Return True where the disk ignores case: it finds `folder` under another spelling too.

    A name without letters says nothing: then the system is believed.
    """
    other = folder.name.swapcase()
    if other == folder.name:
        return windows
    return folder.with_name(other).exists()


def _folded(path: str) -> str:
    # A Mac’s disk takes é of one character and é of two for the same name.
    return unicodedata.normalize("NFC", path.casefold())
