"""Files of a site that come with the program: nobody's words, pictures or voice are in them.

They are known by their bytes, not by their names: one that somebody changed is looked through like
any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from library.core.workspace import Workspace
from library.workspace_template import template

UNUSED_FOLDERS = ("assets/javascripts", "assets/images")
"""Folders of the theme that no page of ours loads (docs/project/site.md)."""
THEME_SHEETS = "assets/stylesheets"
"""The theme's style sheets, which frames of earlier versions load, and today's does not."""


def shipped_files(workspace: Workspace) -> frozenset[str]:
    """Return the SHA-256 of the theme's style sheets and of our own typefaces, scripts and sheets.

    In a clone of the project ours are what somebody may have changed, and are left away.
    """
    is_own_template = template().root == workspace.root
    return _of_theme() if is_own_template else _of_theme() | _of_template(template().assets)


@cache
def _of_theme() -> frozenset[str]:
    sheets = resources.files("material") / "templates" / "assets" / "stylesheets"
    return frozenset(
        hashlib.sha256(sheet.read_bytes()).hexdigest()
        for sheet in sheets.iterdir()
        if sheet.name.endswith(".css")
    )


@cache
def _of_template(assets: Path) -> frozenset[str]:
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(assets))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
