"""Refuse a folder that only a disk which is not plugged in could be.

A stick's folder is made by the system when it is plugged in, in a folder kept for that. Made by us
while it is not, it would lie on the computer's own disk, and be taken for the stick.
"""

from __future__ import annotations

import os
from pathlib import Path

from library.core.errors import NotFound
from library.core.files import translate_disk_errors

MOUNTING_FOLDERS = {
    Path("/media"): 2,
    Path("/run/media"): 2,
    Path("/Volumes"): 1,
}
"""Folders in which Linux and macOS show plugged-in disks, and how far down a disk may lie: of two,
the first may be a person's. Windows gives each disk a letter."""
_MOUNTED_BY_HAND = Path("/mnt")


def require_plugged_in(destination: Path) -> None:
    """Raise NotFound where `destination`, an absolute path, is or lies on a disk that is not there.

    A plain folder there that holds anything but empty folders is somebody's, and may be used; so
    may one that is not there yet below `/mnt`, where people make their own.
    """
    with translate_disk_errors(destination, "read"):
        for folder, levels in MOUNTING_FOLDERS.items():
            if folder in destination.parents and not _is_on_disk(folder, destination, levels):
                raise _not_plugged_in(destination)
        if _MOUNTED_BY_HAND in destination.parents:
            first = _MOUNTED_BY_HAND / destination.relative_to(_MOUNTED_BY_HAND).parts[0]
            if first.is_dir() and not _is_on_disk(_MOUNTED_BY_HAND, destination, 1):
                raise _not_plugged_in(destination)


def _is_on_disk(folder: Path, destination: Path, levels: int) -> bool:
    place = folder
    for part in destination.relative_to(folder).parts[:levels]:
        place /= part
        if os.path.ismount(place) or _holds_own_things(place):
            return True
    return False


def _holds_own_things(folder: Path) -> bool:
    """Return True for anything but disks and empty folders, which a disk that is gone leaves."""
    return any(
        not os.path.ismount(path) and (not path.is_dir() or any(path.iterdir()))
        for path in (folder.iterdir() if folder.is_dir() else ())
    )


def _not_plugged_in(destination: Path) -> NotFound:
    return NotFound(
        f"No disk is plugged in where {destination} would be.",
        "Plug it in, and run the same command again.",
    )
