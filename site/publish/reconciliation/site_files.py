"""Files in `public/` that the last build did not write there: nobody checked them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.build_receipt import files_listed, is_logged


def foreign_files(workspace: Workspace, *, hashing: bool) -> tuple[str, ...]:
    """Return the paths in `public/` that the last build did not write, or not so.

    With `hashing` every byte is read, else names alone are compared. Files that are gone are not
    named: a story that was taken down leaves them. Nothing is returned where no list tells what
    the last build wrote.
    """
    listed = files_listed(workspace)
    if listed is None or not _is_of_last_build(workspace):
        return ()
    return tuple(
        f"public/{name}"
        for name in _names(workspace)
        if name not in listed or (hashing and _hash(workspace, name) != listed[name])
    )


def _is_of_last_build(workspace: Workspace) -> bool:
    # A site that was made from the edition, because the records could not be read, has no list.
    with contextlib.suppress(CarerStoriesError):
        return is_logged(workspace)
    return False


def _names(workspace: Workspace) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for path in sorted(workspace.public.rglob("*")):
            if path.is_symlink() or not path.is_dir():
                yield path.relative_to(workspace.public).as_posix()


def _hash(workspace: Workspace, name: str) -> str:
    path = workspace.public / name
    with contextlib.suppress(CarerStoriesError):
        return "" if path.is_symlink() else sha256_of(path)
    return ""
