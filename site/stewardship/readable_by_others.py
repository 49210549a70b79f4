"""Which other accounts of the machine may read a workspace."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from library.core.workspace import Workspace

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_to_others(workspace: Workspace) -> list[Path]:
    """Files and folders that hold what was told, and that other accounts may read.

    Empty on Windows, whose permissions are not looked at, and where a folder above keeps
    everybody else out.
    """
    if os.name == "nt" or _kept_out(workspace.interviews):
        return []
    return [path for path in _private(workspace) if _mode(path) & _OTHERS]


def _private(workspace: Workspace) -> Iterator[Path]:
    """What must be for this account alone; of each story only what lies directly in its folder."""
    interviews = workspace.interviews
    yield from (path for path in interviews.glob("library.json*") if path.is_file())
    yield from (path for path in interviews.glob("audit.jsonl*") if path.is_file())
    for folder in (workspace.stories, interviews / "private"):
        if folder.is_dir():
            yield from (path for path in folder.iterdir() if not path.is_symlink())
    if workspace.stories.is_dir():
        for story in workspace.stories.iterdir():
            if story.is_dir() and not story.is_symlink() and not _mode(story) & _OTHERS:
                continue  # whoever cannot enter it cannot read what is in it
            if story.is_dir():
                yield from (path for path in story.iterdir() if path.is_file())


def _kept_out(folder: Path) -> bool:
    """Whether the folder or one above it lets no other account through."""
    through = stat.S_IXGRP | stat.S_IXOTH
    return any(not _mode(place) & through for place in (folder, *folder.absolute().parents))


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except OSError:
        return 0
