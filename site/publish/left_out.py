"""The list of files of people that the site is made without (`interviews/.left-out.json`).

They hold something of a story that may not be shown (`publish.handwritten`). The list is private:
it names that story, and a file’s name may quote it. It outlasts the story’s erasure, after which
its words cannot be looked for any more: a file that was not changed since stays left out.
"""

from __future__ import annotations

import msgspec

from library.core import struct_file
from library.core.workspace import Workspace


class LeftOutFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of people, or a line of one, that the site is made without."""

    path: str
    """Below the workspace; of a settings file with the line."""
    sha256: str
    """Of the file, so that one that was changed since is looked at anew; empty for a line."""
    stories: tuple[str, ...]
    is_named_so: bool = False
    """Its name holds such words as well, so that nothing may stand in its place."""
    is_for_picture: bool = False
    """It is left out for a picture alone that it shows, and stands again when that may."""
    unreadable: str = ""
    """Reason a picture in it cannot be looked at, where that is why it is left out; else empty."""


class _LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    files: tuple[LeftOutFile, ...] = ()


def read_left_out(workspace: Workspace) -> tuple[LeftOutFile, ...]:
    """Return the files that the site was last made without; none where that cannot be read."""
    left_out = struct_file.load_if_readable(workspace.left_out, _LeftOut)
    return left_out.files if left_out else ()


def write_left_out(workspace: Workspace, files: tuple[LeftOutFile, ...]) -> None:
    """Write the list, where it changed. Raises NoRoom or DiskFailed."""
    if files != read_left_out(workspace):
        struct_file.save(workspace.left_out, _LeftOut(files=files))
