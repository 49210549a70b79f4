"""Helpers for tests of withdrawals: a story’s words and the files and receipts left of it."""

from __future__ import annotations

import json
from typing import Any

from library.core.workspace import Workspace

TITLE = "The night nobody rang"


def paths_naming(workspace: Workspace, *needles: str) -> list[str]:
    """Every file of edition and site that holds one of the words, or is named for it."""
    return [
        path.relative_to(workspace.root).as_posix()
        for folder in (workspace.edition, workspace.public)
        for path in sorted(folder.rglob("*"))
        for needle in needles
        if needle in path.as_posix() or (path.is_file() and needle.encode() in path.read_bytes())
    ]


def receipts(workspace: Workspace) -> list[dict[str, Any]]:
    """Every receipt of a withdrawal, oldest first."""
    pages = sorted(workspace.receipts.glob("withdrawal-*.json"))
    return [json.loads(path.read_bytes()) for path in pages]
