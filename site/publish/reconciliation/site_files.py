"""Find files in `public/` that the last build did not write, so that nothing checked them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.library_day import is_showing_sure
from publish.build_receipt import files_listed, is_list_of_last_build, is_of_last_build
from publish.reconciliation.stamp import is_story_medium

_EDITION = "interviews/edition/edition.json"
_LIST = "interviews/receipts/site.json"
"""Files that stand for the whole site where they are not those of the last build."""


Hashed = Literal["all", "pages", "nothing"]
"""`pages`: all but films and sound, which are compared with what was released elsewhere."""


def unknown_files(workspace: Workspace, *, hashing: Hashed) -> tuple[str, ...]:
    """Return the paths of files that the last build did not write, or that were changed since.

    What is not hashed is compared by its name alone. Files that are gone are not
    named, for taking a story down removes some. Where another edition stands than was built last,
    or the list of what that build wrote is gone or was changed, that file is named: what lies in
    the site is then not known, and has to be made again.
    """
    if not workspace.public.is_dir():
        return ()
    listed = files_listed(workspace)
    if not _is_last_build(workspace):
        # Made from the edition while the log could not be written: there is no list of it.
        return () if listed is None and not is_showing_sure(workspace) else (_EDITION,)
    if listed is None or not is_list_of_last_build(workspace, listed):
        return (_LIST,)
    return tuple(
        f"public/{name}"
        for name in _names(workspace)
        if name not in listed
        or (_is_hashed(name, hashing) and _hash(workspace, name) != listed[name])
    )


def _is_hashed(name: str, hashing: Hashed) -> bool:
    return hashing == "all" or (hashing == "pages" and not is_story_medium(name))


def _is_last_build(workspace: Workspace) -> bool:
    with contextlib.suppress(CarerStoriesError):
        return is_of_last_build(workspace)
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
