"""Recognise folders that a program copies to other computers, by name or by marks in them.

A library in one would leave the house without anybody deciding so. Names and marks are those the
programs themselves use; a folder that was renamed and has no mark is not recognised.
"""

from __future__ import annotations

import re
from pathlib import Path

_NAMES = (
    ("OneDrive", r"onedrive"),
    ("SharePoint", r"sharepoint"),
    ("Dropbox", r"dropbox"),
    ("Google Drive", r"google ?drive(?: file stream)?|my drive"),
    ("iCloud", r"icloud ?drive|icloud|mobile documents|com~apple~clouddocs"),
    ("a cloud service", r"cloudstorage"),
    ("Nextcloud", r"nextcloud\d*"),
    ("ownCloud", r"owncloud\d*"),
    ("Box", r"box(?: sync)?"),
    ("pCloud", r"pcloud(?: ?drive)?"),
    ("Seafile", r"seafile"),
    ("Syncthing", r"syncthing|sync"),
    ("MEGA", r"mega|megasync"),
    ("Creative Cloud", r"creative cloud(?: files)?"),
)
"""“OneDrive - Larchfield NHS Trust”, “Dropbox (Personal)” and “GoogleDrive-ann@…” follow a name."""
_PATTERNS = tuple(
    (service, re.compile(rf"(?:{names})(?: ?[-(–].*)?", re.IGNORECASE)) for service, names in _NAMES
)
_MARKS = (
    ("OneDrive", ".849C9593-D756-4E56-8D6E-42412F2A707B"),
    ("Dropbox", ".dropbox"),
    ("Dropbox", ".dropbox.cache"),
    ("Google Drive", ".tmp.driveupload"),
    ("Google Drive", ".tmp.drivedownload"),
    ("Nextcloud", ".nextcloudsync.log"),
    ("Nextcloud", ".sync_*.db"),
    ("Nextcloud", "._sync_*.db"),
    ("ownCloud", ".owncloudsync.log"),
    ("Syncthing", ".stfolder"),
    ("Seafile", ".seafile-data"),
    ("FreeFileSync", "*.ffs_db"),
)


def cloud_service_of(folder: Path) -> str:
    """Return the service that seems to copy this folder elsewhere, or nothing."""
    for parent in (folder, *folder.parents):
        for service, pattern in _PATTERNS:
            if pattern.fullmatch(parent.name):
                return service
        for service, mark in _MARKS:
            if _has(parent, mark):
                return service
    return ""


def _has(folder: Path, mark: str) -> bool:
    try:
        return any(True for _ in folder.glob(mark)) if "*" in mark else (folder / mark).exists()
    except OSError:  # a folder above that this account may not read
        return False
