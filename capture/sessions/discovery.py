"""Every session of a workspace, told from its journal; looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from capture.sessions.events import SESSION_ID
from capture.sessions.journal import Journal
from capture.sessions.state import SessionState
from library.core import files
from library.core.errors import BadInput, CarerStoriesError, NotFound
from library.core.workspace import STORY_ID, SessionFolder, Workspace

_ID = re.compile(SESSION_ID)
_LONGEST_LAST = 16_384  # bytes: the hashes of sixty takes are 4 kB


@dataclass(frozen=True)
class Unreadable:
    """A session whose journal cannot be read, and why."""

    id: str
    story: str
    why: CarerStoriesError


def folder_of(workspace: Workspace, story_id: str, session_id: str) -> SessionFolder:
    """Raises BadInput for anything but ids, so no path can escape."""
    _require_id(session_id)
    return SessionFolder(workspace.story(story_id).sessions / session_id)


def find_session(workspace: Workspace, session_id: str) -> tuple[str, SessionFolder]:
    """The story and folder of a session. Raises BadInput for no id, NotFound."""
    _require_id(session_id)
    for path in _folders(workspace):
        if path.name == session_id:
            return path.parent.parent.name, SessionFolder(path)
    raise NotFound(
        f"There is no session {session_id}.",
        "It may have been deleted. `carer-stories capture recover` lists the unfinished ones.",
    )


def _require_id(session_id: str) -> None:
    if not _ID.match(session_id):
        raise BadInput(
            f"“{session_id[:40]}” is not the id of a session.", "Session ids look like se-4k7m2q."
        )


def _folders(workspace: Workspace) -> Iterator[Path]:
    for path in sorted(workspace.stories.glob("*/sessions/*")):
        if _ID.match(path.name) and STORY_ID.match(path.parent.parent.name) and path.is_dir():
            yield path


def every_session(workspace: Workspace) -> Iterator[tuple[SessionFolder, SessionState]]:
    """Every session that can be read, but those that were kept and cleared long ago."""
    for path in _folders(workspace):
        if not _is_done(path) and isinstance(state := _look(path), SessionState):
            yield SessionFolder(path), state


def empty_folders(workspace: Workspace) -> Iterator[Path]:
    """Of sessions that were killed at their first step, or at the last one of their deletion."""
    for path in _folders(workspace):
        if set(path.iterdir()) <= set(files.leftovers(path)):
            yield path


def unfinished(workspace: Workspace) -> list[SessionState | Unreadable]:
    """Every session about which something is to be decided or done, newest first."""
    found = [_look(path) for path in _folders(workspace) if not _is_done(path)]
    waiting = [one for one in found if isinstance(one, Unreadable) or one.undecided]
    return sorted(waiting, key=lambda one: getattr(one, "made", ""), reverse=True)


def unfinished_of(workspace: Workspace, story_id: str) -> list[SessionState]:
    """Those of one story that can be read."""
    return [
        one
        for one in unfinished(workspace)
        if isinstance(one, SessionState) and one.story == story_id
    ]


def _is_done(path: Path) -> bool:
    """Whether it was kept and cleared: told from its last line, as the others may be thousands."""
    try:
        if [one.name for one in path.iterdir()] != ["journal.jsonl"]:
            return False
        with (path / "journal.jsonl").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _LONGEST_LAST))
            lines = file.read().splitlines()
        return bool(lines) and lines[-1].startswith(b'{"do":"kept"')
    except OSError:
        return False


def _look(path: Path) -> SessionState | Unreadable:
    try:
        return Journal(SessionFolder(path).journal).read()
    except CarerStoriesError as error:
        return Unreadable(path.name, path.parent.parent.name, error)
