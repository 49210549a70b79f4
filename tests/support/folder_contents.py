"""The files below a folder, to compare it with what it was or with another."""

from __future__ import annotations

import os
from pathlib import Path


def modes_and_bytes(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file below a folder, by its path from there.

    By names alone: a `Path` for each of a thousand files takes longer than reading them all.
    """
    contents: dict[str, tuple[int, bytes]] = {}
    for parent, _, names in os.walk(folder):
        for path in (f"{parent}/{name}" for name in names):
            if os.path.isfile(path):  # noqa: PTH113 - and no socket, nor a link to nothing
                with open(path, "rb") as file:  # noqa: PTH123
                    mode = os.fstat(file.fileno()).st_mode & 0o777
                    contents[path[len(str(folder)) + 1 :]] = (mode, file.read())
    return contents
