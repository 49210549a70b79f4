"""Originals and signed forms of a story that are no longer as they were kept."""

from __future__ import annotations

from capture.recording.originals import read_manifest
from library.core.files import sha256_of
from library.core.workspace import StoryFolder


def broken_originals(folder: StoryFolder) -> list[str]:
    """Return the names of originals that are missing or have changed."""
    manifest = read_manifest(folder)
    return [
        name
        for name, sha256 in (manifest.checksums if manifest else {}).items()
        if not (folder.original / name).is_file() or sha256_of(folder.original / name) != sha256
    ]


def broken_forms(folder: StoryFolder) -> list[str]:
    """Return the names of kept forms whose bytes are no longer what their name says."""
    # Hidden ones are what a killed command left.
    stored = [path for path in folder.signed_forms.glob("*") if not path.name.startswith(".")]
    return sorted(path.name for path in stored if sha256_of(path) != path.stem)
