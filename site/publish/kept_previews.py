"""Previews that are kept here: of which story and film each is, and how it is taken away.

Every command that changes something asks this, so that it knows nothing of how one is made.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from library.core.errors import Busy
from library.core.files import translate_disk_errors
from library.core.lock import locked
from library.core.workspace import Workspace

ENTRY_PAGE = "open-me.html"
# Shorter than a build's: a preview is of one story alone.
LOCK_TIMEOUT_S = 60.0
_CODE = re.compile(r"\b([0-9a-f]{4}) ([0-9a-f]{4})\b")
"""The code of a cut, as pages show it."""
_STORY_PAGE = re.compile(r"(?:\A|/)stories/(cs-[a-z0-9]{6})\.html\Z")


def remove_preview(workspace: Workspace, story_id: str) -> bool:
    """Remove what is kept of a story’s preview here; return whether there was any.

    It waits for a preview that is being made, but not for ever: what was taken back goes. Copies
    that were carried elsewhere are not here to be removed. Raises DiskFailed.
    """
    # Raises for what is no id: it becomes part of paths that are removed.
    workspace.story(story_id)
    if not workspace.previews.is_dir():
        return False
    # With the lock nobody makes it anew behind our back; without it, it goes all the same.
    with suppress(Busy), preview_lock(workspace):
        return _remove(workspace, story_id)
    return _remove(workspace, story_id)


def preview_code(folder: Path) -> str:
    """Return the code that a preview shows, as it is typed; empty where it cannot be read."""
    with suppress(OSError, UnicodeDecodeError):
        match = _CODE.search((folder / ENTRY_PAGE).read_text(encoding="utf-8"))
        return f"{match[1]}{match[2]}" if match else ""
    return ""


def stories_in_preview(path: Path) -> frozenset[str]:
    """Return the stories of a preview, folder or zip, by its pages, whatever it is called.

    Empty for anything else: it is not ours to judge.
    """
    names: list[str] = []
    with suppress(OSError, zipfile.BadZipFile, UnicodeDecodeError, ValueError):
        if path.is_symlink():
            return frozenset()
        if path.is_dir():
            names = [each.relative_to(path).as_posix() for each in path.rglob("*")]
        elif path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
    if not any(name.rpartition("/")[2] == ENTRY_PAGE for name in names):
        return frozenset()
    return frozenset(match[1] for name in names for match in _STORY_PAGE.finditer(name))


def _remove(workspace: Workspace, story_id: str) -> bool:
    # Also what a killed run left (.cs-4k7m2q.new-1a2b.zip, cs-4k7m2q.old), and what somebody copied
    # or renamed by hand.
    own = re.compile(rf"(.*[^a-z0-9])?{re.escape(story_id)}([^a-z0-9].*)?", re.IGNORECASE)
    paths = [
        path
        for path in workspace.previews.iterdir()
        if own.fullmatch(path.name) or story_id in stories_in_preview(path)
    ]
    for path in paths:
        with translate_disk_errors(path, "remove"):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return bool(paths)


@contextmanager
def preview_lock(workspace: Workspace) -> Iterator[None]:
    """Keep others from making or removing a preview in the block. Raises Busy, DiskFailed."""
    busy = Busy("Another preview is being made.", "Wait for it, then run this again.")
    if not workspace.previews.is_dir():
        with translate_disk_errors(workspace.previews, "make"):
            workspace.previews.mkdir(mode=0o700, parents=True)
    with locked(workspace.previews / ".making.lock", busy=busy, timeout=LOCK_TIMEOUT_S):
        yield
