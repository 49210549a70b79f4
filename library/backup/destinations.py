"""Where a backup may lie: not in the library, not among other things, not in a synced folder."""

from __future__ import annotations

from pathlib import Path

from library.core.cloud_folders import cloud_service_of
from library.core.errors import BadInput, NotFound
from library.core.workspace import Workspace

HEADER_FILE = "carer-stories-backup.json"


def require_destination(workspace: Workspace, dest: Path, *, synced: bool = False) -> Path:
    """Where the backup lies or is to lie. Raises BadInput or NotFound with a better place."""
    place = dest.expanduser().resolve()
    if place.is_relative_to(workspace.root.resolve()):
        raise BadInput(
            f"A backup must not lie in {place}: it is part of the library it is to save.",
            "Name a folder on another disk: carer-stories backup /media/backup/Carer-Stories",
        )
    if not synced and (by := cloud_service_of(place)):
        raise BadInput(
            f"{place} seems to be copied to other computers by itself (“{by}”): recordings would "
            "leave the house.",
            "Name a folder that is not. If your trust has agreed to this place, seal the backup "
            "(--key-file) and add --synced.",
        )
    if place.is_mount():
        raise BadInput(
            f"{place} is the whole disk.", f"Name a folder on it: {place / 'Carer-Stories-backup'}"
        )
    if not place.is_dir() and place.exists():
        raise BadInput(f"{place} is not a folder.", "Name a folder.")
    if not place.parent.is_dir():
        raise NotFound(f"There is no folder {place.parent}.", "Is the disk plugged in?")
    if place.is_dir() and not (place / HEADER_FILE).exists() and any(_things_in(place)):
        raise BadInput(
            f"{place} already holds something else; nothing was changed.",
            "Name a new or empty folder.",
        )
    return place


def on_same_disk(workspace: Workspace, place: Path) -> bool:
    """Whether one broken disk would take both."""
    return workspace.root.stat().st_dev == place.stat().st_dev


def _things_in(place: Path) -> list[Path]:
    """Without the lock and the temporary names that a killed first run leaves."""
    return [path for path in place.iterdir() if not path.name.startswith(".")]
