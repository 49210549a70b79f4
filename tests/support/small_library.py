"""A library with few files, so that every change of the disk can be made to fail in turn."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from library.consent.contributors import record_contributor
from library.core.files import TEMPORARY_MARK
from library.core.workspace import Workspace
from library.records.store import Store
from library.workspace_template import template_root
from tests.support.quick_stories import filmed
from tests.support.workspaces import filled_text

SECRET = b"0123456789abcdef"


def small_library(folder: Path) -> Workspace:
    """A question set, a database, and nothing of the site but its configuration."""
    workspace = Workspace(folder)
    workspace.questions.mkdir(parents=True)
    workspace.interviews.chmod(0o700)
    workspace.stories.mkdir(mode=0o700)
    (folder / "mkdocs.yml").write_text("site_name: Small\n")
    workspace.settings.write_text(filled_text(), encoding="utf-8")
    shutil.copyfile(
        template_root() / "interviews/questions/being-heard.yml",
        workspace.questions / "being-heard.yml",
    )
    Store(workspace.database).create()
    return workspace


def recorded_story(workspace: Workspace, title: str = "Nobody asked me") -> str:
    """Record a story with an original, a voice secret, a signed form and a name; return its id."""
    story_id = filmed(workspace, title)
    folder = workspace.story(story_id)
    folder.original.mkdir(mode=0o700)
    take = folder.original / "take-1.wav"
    take.write_bytes(b"RIFF" + title.encode() * 200_000)
    take.chmod(0o400)
    folder.voice_secret.write_bytes(SECRET)
    folder.voice_secret.chmod(0o600)
    folder.signed_forms.mkdir(mode=0o700)
    signed = b"%PDF signed by Ruth Example"
    scan = folder.signed_forms / f"{hashlib.sha256(signed).hexdigest()}.pdf"
    scan.write_bytes(signed)
    scan.chmod(0o400)
    record_contributor(
        workspace, story_id, name="Ruth Example", contact="0161 496 0000", role="editor"
    )
    return story_id


def kept_files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content, by path, of all files that a backup keeps and a restore brings."""
    derived = (
        ".lock",
        ".reconciled.json",
        ".search-index",
        ".site-inputs.json",
        ".story-folders.json",
        ".written-pictures.json",
    )
    changed_by_restoring = ("interviews/audit.jsonl", "interviews/backups.json")
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.name.endswith(derived)
        and not (path.name.startswith(".") and TEMPORARY_MARK in path.name)
        and path.relative_to(folder).as_posix() not in changed_by_restoring
        # A restore holds what it brings until somebody has confirmed it.
        and not path.name.endswith(".held.json")
        and not path.relative_to(folder).as_posix().startswith(("public", "interviews/edition"))
    }


@contextmanager
def without_progress(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None
