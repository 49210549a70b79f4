"""Workspaces whose settings have what agreements need: without it nothing is recorded."""

from __future__ import annotations

import functools
import os
import stat
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from library import workspace_template
from library.core.settings import Settings, SupportLine
from library.core.settings_file import write_settings
from library.core.workspace import Workspace

NEEDED = {
    "trust": "Northfield NHS Foundation Trust",
    "contact": "the Carer Stories team, room 12, Northfield Hospital",
    "withdrawal": "tell whoever recorded you, or go to room 12",
    "lawful_basis": "Article 6(1)(e), public task",
    "special_category_condition": "Article 9(2)(h), management of health care",
    "evidence": "witness",
}
"""Settings that agreements need, but for the support line."""
LINE = SupportLine(name="Samaritans", contact="116 123", checked=date(2090, 1, 1))
"""No test’s calendar comes upon the day to try it again."""


class _Entry(NamedTuple):
    """A file or folder of a workspace."""

    path: str
    mode: int
    content: bytes | None
    """None for a folder."""


def make_workspace(folder: Path) -> Workspace:
    """A workspace as `carer-stories init` makes it, and filled in.

    Written from memory: nearly every test has one, and copying the files takes three times as long.
    """
    if folder.exists():
        return _filled_in(workspace_template.make_workspace(folder))
    for entry in _entries(_permissions()):
        path = os.path.join(folder, entry.path)  # noqa: PTH118 - a hundred of them each time
        if entry.content is None:
            os.makedirs(path)  # noqa: PTH103
            os.chmod(path, entry.mode)  # noqa: PTH101
            continue
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, entry.mode)
        os.write(handle, entry.content)
        os.close(handle)
    return Workspace(folder)


@functools.cache
def _entries(permissions: int) -> tuple[_Entry, ...]:
    """Return all that a workspace holds, by the permissions that a process leaves to new files."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = _filled_in(workspace_template.make_workspace(Path(folder, "library")))
        return tuple(_read_entries(workspace.root))


def _filled_in(workspace: Workspace) -> Workspace:
    workspace.settings.write_text(_filled_template(), encoding="utf-8")
    return workspace


def _read_entries(root: Path) -> Iterator[_Entry]:
    for path in (root, *sorted(root.rglob("*"))):
        mode = stat.S_IMODE(path.stat().st_mode)
        content = None if path.is_dir() else path.read_bytes()
        yield _Entry(path.relative_to(root).as_posix(), mode, content)


def _permissions() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def fill_in(workspace: Workspace) -> Settings:
    """Write what agreements need into the settings of a workspace, whatever else they say."""
    return write_settings(workspace, {**NEEDED, "support": (LINE,)})


def leave_blank(workspace: Workspace) -> None:
    """Make the settings as `init` leaves them where nothing is answered."""
    workspace.settings.write_bytes(workspace_template.template().settings.read_bytes())


def filled_text(own: str = "") -> str:
    """Return a settings file with what agreements need, followed by a test's own lines."""
    lines = [f"{name}: {value}" for name, value in NEEDED.items()]
    support = f"support: [{{name: Samaritans, contact: 116 123, checked: {LINE.checked}}}]"
    return "\n".join([*lines, support, own])


@functools.cache
def _filled_template() -> str:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.interviews.mkdir()
        template = workspace_template.template()
        workspace.settings.write_bytes(template.settings.read_bytes())
        fill_in(workspace)
        return workspace.settings.read_text(encoding="utf-8")
