"""Refuse a folder that only a disk which is not plugged in could be.

A stick's folder is made by the system when it is plugged in, in a folder kept for that. Made by us
while it is not, it would lie on the computer's own disk, and be taken for the stick.
"""

from __future__ import annotations

import os
from pathlib import Path

from library.core.errors import NotFound
from library.core.files import translate_disk_errors

MOUNTING_FOLDERS = tuple(map(Path, ("/media", "/run/media", "/Volumes")))
"""Folders in which Linux and macOS show plugged-in disks; Windows gives each a letter."""
_LEVELS = {Path("/media"): 2, Path("/run/media"): 2}
"""Folders down to a disk, where not one: in these, each person’s disks may have a folder."""


def require_plugged_in(destination: Path) -> None:
    """Raise NotFound where `destination`, an absolute path, is or lies on a disk that is not there.

    A plain folder there that holds anything of its own is somebody's, and may be used.
    """
    for folder in MOUNTING_FOLDERS:
        if folder in destination.parents:
            with translate_disk_errors(destination, "read"):
                _require_disk(folder, destination)


def _require_disk(folder: Path, destination: Path) -> None:
    place = folder
    for part in destination.relative_to(folder).parts[: _LEVELS.get(folder, 1)]:
        place /= part
        if os.path.ismount(place) or _holds_own_things(place):
            return
    first = folder / destination.relative_to(folder).parts[0]
    disk = place if any(_things_in(first)) else first
    raise NotFound(
        f"No disk is plugged in at {disk}.",
        f"Plug it in, and name a folder on it: {disk / 'Carer-Stories'}",
    )


def _holds_own_things(folder: Path) -> bool:
    return any(not os.path.ismount(path) for path in _things_in(folder))


def _things_in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
