"""Remove the preview of a film. Withdrawals do it too, so this module loads no media library."""

from __future__ import annotations

from library.core import files
from library.core.workspace import StoryFolder


def remove_film_preview(folder: StoryFolder) -> None:
    """Remove the preview if there is one. Raises DiskFailed."""
    if folder.preview.exists():
        files.delete_file(folder.preview)
