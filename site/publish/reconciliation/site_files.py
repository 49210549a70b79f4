"""Find files in `public/` that the last build did not write, so that nothing checked them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.build_receipt import files_listed, is_logged


def unknown_files(workspace: Workspace, *, hashing: bool) -> tuple[str, ...]:
    """Return the paths of files that the last build did not write, or that were changed since.

    With `hashing` every byte is read, else names alone are compared. Files that are gone are not
    named, for taking a story down removes some. An empty tuple is returned where there is no list
    of what the last build wrote.
    """
    listed = files_listed(workspace)
    if listed is None or not _is_build_logged(workspace):
        return ()
    return tuple(
        f"public/{name}"
        for name in _names(workspace)
        if name not in listed or (hashing and _hash(workspace, name) != listed[name])
    )


def _is_build_logged(workspace: Workspace) -> bool:
    # A site that was made from the edition, because the records could not be read, has no list.
    with contextlib.suppress(CarerStoriesError):
        return is_logged(workspace)
    return False


def _names(workspace: Workspace) -> Iterator[str]:
    # As text: a library of a thousand stories has ten thousand files, and every command asks.
    root = str(workspace.public)
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        below = folder[len(root) :].strip(os.sep).replace(os.sep, "/")
        yield from (f"{below}/{name}" if below else name for name in sorted([*names, *links]))


def _hash(workspace: Workspace, name: str) -> str:
    path = workspace.public / name
    with contextlib.suppress(CarerStoriesError):
        return "" if path.is_symlink() else sha256_of(path)
    return ""
