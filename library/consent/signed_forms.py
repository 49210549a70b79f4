"""Signed forms: the scan is kept in the story's folder, read-only, under its own hash."""

from __future__ import annotations

import contextlib
from pathlib import Path

from library.core import files
from library.core.errors import BadInput, NotFound
from library.core.files import copy_hashed, temporary_beside, translate_disk_errors
from library.core.workspace import StoryFolder

SUFFIXES = (".pdf", ".jpg", ".jpeg", ".png", ".heic", ".tif", ".tiff")
MAX_BYTES = 100_000_000
"""Bytes."""


def store_form(folder: StoryFolder, form: Path | None) -> str:
    """Copy the scan of a signed form into the story; returns its SHA-256, or “” without one.

    Raises NotFound, BadInput for what is no scan, NoRoom or DiskFailed. The file that was brought
    stays where it is.
    """
    if form is None:
        return ""
    require_scan(form)
    with translate_disk_errors(folder.signed_forms):
        files.make_folder(folder.signed_forms)
    temporary = temporary_beside(folder.signed_forms / f"form{form.suffix.lower()}")
    try:
        sha256 = copy_hashed(form, temporary)
        stored = folder.signed_forms / f"{sha256}{form.suffix.lower()}"
        with translate_disk_errors(stored):
            files.system.chmod(temporary, 0o400)
            files.system.replace(temporary, stored)
            files.fsync_folder(folder.signed_forms)
    finally:
        # Renamed by now, unless something failed.
        with contextlib.suppress(OSError):
            if temporary.exists():
                files.system.unlink(temporary)
    return sha256


def require_scan(form: Path) -> None:
    """Raises NotFound or BadInput unless it can be kept as the scan of a signed form."""
    if not form.is_file():
        raise NotFound(f"There is no file {form}.", "Check the path of the signed form.")
    if form.suffix.lower() not in SUFFIXES:
        raise BadInput(
            f"{form.name} is not a scan: its name does not end in one of {', '.join(SUFFIXES)}.",
            "Scan or photograph the signed form, and name that file.",
        )
    size = form.stat().st_size
    if not size or size > MAX_BYTES:
        raise BadInput(f"{form.name} is empty, or larger than 100 MB.", "Scan the form again.")
