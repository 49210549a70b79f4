"""The sessions of a workspace: find, list, create and reopen them."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from capture.questions.question_set import QuestionSet, find_question_set
from capture.sessions.events import SESSION_ID, SessionPrepared
from capture.sessions.live_session import LiveSession, require_not_growing, validated
from capture.sessions.refusals import NotNow
from capture.sessions.state import SessionState
from capture.sessions.storage import Journal
from library.consent import gate
from library.consent.stories import read_history
from library.core import files
from library.core.errors import BadInput, Busy, CarerStoriesError, NotFound
from library.core.lock import locked
from library.core.workspace import STORY_ID, SessionFolder, Workspace
from library.records.story import ID_ALPHABET

_SESSION_ID_PATTERN = re.compile(SESSION_ID)
_LAST_LINE_BYTES = 16_384
"""More than the last line can have: the hashes of sixty takes are 4 kB."""


@dataclass(frozen=True)
class UnreadableSession:
    """A session whose journal cannot be read."""

    id: str
    story: str
    problem: CarerStoriesError


def session_folder(workspace: Workspace, story_id: str, session_id: str) -> SessionFolder:
    """Return the folder of a session.

    Raises BadInput for anything but ids, so that no path can lead out of the workspace.
    """
    _require_id(session_id)
    return SessionFolder(workspace.story(story_id).sessions / session_id)


def find_session(workspace: Workspace, session_id: str) -> tuple[str, SessionFolder]:
    """Return the story id and folder of a session.

    Raises NotFound, and BadInput for something that is not a session id.
    """
    _require_id(session_id)
    for path in _session_paths(workspace):
        if path.name == session_id:
            return path.parent.parent.name, SessionFolder(path)
    raise NotFound(
        f"There is no session {session_id}.",
        "See the unfinished ones: carer-stories capture recover",
    )


def _require_id(session_id: str) -> None:
    if not _SESSION_ID_PATTERN.match(session_id):
        raise BadInput(
            f"“{session_id[:40]}” is not the id of a session.",
            "See the ids: carer-stories capture recover",
        )


def _session_paths(workspace: Workspace) -> Iterator[Path]:
    """Yield the folder of every session of every story, by story and session id."""
    for path in sorted(workspace.stories.glob("*/sessions/*")):
        if (
            _SESSION_ID_PATTERN.match(path.name)
            and STORY_ID.match(path.parent.parent.name)
            and path.is_dir()
        ):
            yield path


def readable_sessions(workspace: Workspace) -> Iterator[tuple[SessionFolder, SessionState]]:
    """Yield every session that can be read and is not kept and cleared already."""
    for path in _session_paths(workspace):
        if not _is_kept_and_cleared(path) and isinstance(
            state := _read_session(path), SessionState
        ):
            yield SessionFolder(path), state


def abandoned_folders(workspace: Workspace) -> Iterator[Path]:
    """Yield session folders that hold no journal, only temporary files or nothing.

    They are left by a process that was killed while it created or deleted a session.
    """
    for path in _session_paths(workspace):
        if set(path.iterdir()) <= set(files.leftovers(path)):
            yield path


def unfinished_sessions(workspace: Workspace) -> list[SessionState | UnreadableSession]:
    """Return every session that is still to be finished, kept or deleted, newest first.

    Those that cannot be read come last.
    """
    paths = [path for path in _session_paths(workspace) if not _is_kept_and_cleared(path)]
    sessions = [_read_session(path) for path in paths]
    unfinished = [
        session
        for session in sessions
        if isinstance(session, UnreadableSession) or session.is_undecided
    ]
    return sorted(unfinished, key=_creation_time, reverse=True)


def _creation_time(session: SessionState | UnreadableSession) -> str:
    return session.created if isinstance(session, SessionState) else ""


def unfinished_sessions_of(workspace: Workspace, story_id: str) -> list[SessionState]:
    """Return the unfinished sessions of one story that can be read."""
    return [
        session
        for session in unfinished_sessions(workspace)
        if isinstance(session, SessionState) and session.story == story_id
    ]


def sessions_of(workspace: Workspace, story_id: str) -> list[SessionState]:
    """Return every session of one story that can be read, the kept ones as well."""
    paths = [path for path in _session_paths(workspace) if path.parent.parent.name == story_id]
    return [state for path in paths if isinstance(state := _read_session(path), SessionState)]


def _is_kept_and_cleared(path: Path) -> bool:
    """Return True if the takes are kept in the story and only the journal is left here.

    Such a session needs no more work. Only the last line is read: a journal has thousands, and a
    library many old sessions.
    """
    try:
        # Anything beside the journal is work that is left to do.
        if [entry.name for entry in path.iterdir()] != ["journal.jsonl"]:
            return False
        with (path / "journal.jsonl").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _LAST_LINE_BYTES))
            lines = file.read().splitlines()
        # msgspec writes an event’s tag first.
        return bool(lines) and lines[-1].startswith(b'{"do":"kept"')
    # Reading the whole journal says what is wrong with it.
    except OSError:
        return False


def _read_session(path: Path) -> SessionState | UnreadableSession:
    try:
        return Journal(SessionFolder(path).journal).read()
    except CarerStoriesError as error:
        return UnreadableSession(path.name, path.parent.parent.name, error)


def create_session(
    workspace: Workspace, story_id: str, request_key: str, questions: QuestionSet | None = None
) -> LiveSession:
    """Create a session of a story, with the story's question set or `questions`.

    The set is copied into the session. A client that repeats `request_key` gets the session that
    it has created already, not a second one (see `OpenSessions.create_session`).
    Raises NotAllowed for a withdrawn story, NotNow where one of its sessions is unfinished, Busy.
    """
    history = read_history(workspace, story_id)
    gate.require_not_withdrawn(history)
    _require_none_unfinished(workspace, story_id)
    chosen = questions or find_question_set(workspace, history.story.questions)
    story_folder = workspace.story(story_id)
    with files.translate_disk_errors(story_folder.sessions, "make"):
        files.make_folder(story_folder.sessions)
        # The folder may be older, and open to others: recordings are for this account alone.
        story_folder.root.chmod(0o700)
    with ExitStack() as locks:
        locks.enter_context(session_lock(workspace, story_id))
        # Again under the lock: another process may have created one since.
        _require_none_unfinished(workspace, story_id)
        folder = _unused_folder(workspace, story_id)
        first_event = SessionPrepared(
            session=folder.root.name,
            story=story_id,
            title=history.story.title,
            question_set=chosen,
            key=request_key,
        )
        # Before the folder is made: a bad key must leave none.
        validated(first_event)
        with files.translate_disk_errors(folder.root, "make"):
            files.make_folder(folder.root)
        journal = Journal(folder.journal)
        state = journal.create(first_event)
        # The lock goes over to the session, and is held beyond this block.
        return LiveSession(workspace, folder, journal, state, locks.pop_all())
    raise AssertionError  # for mypy: an ExitStack could suppress an exception


def _require_none_unfinished(workspace: Workspace, story_id: str) -> None:
    for session in unfinished_sessions_of(workspace, story_id):
        raise NotNow(
            "This story has a session that is not finished.",
            "Go on with it, keep it, or delete it first.",
            state=str(session.phase),
            session=session.id,
        )


def reopen_session(workspace: Workspace, session_id: str) -> LiveSession:
    """Open a session as it was left, even by a process that was killed.

    Raises NotFound, Busy, Damaged.
    """
    story_id, folder = find_session(workspace, session_id)
    with ExitStack() as locks:
        locks.enter_context(session_lock(workspace, story_id))
        journal = Journal(folder.journal)
        state = journal.read()
        return LiveSession(workspace, folder, journal, state, locks.pop_all())
    raise AssertionError  # for mypy, as above


@contextlib.contextmanager
def session_lock(workspace: Workspace, story_id: str) -> Iterator[None]:
    """Lock the sessions of a story during the block. Raises Busy."""
    busy = Busy(
        f"A session of {story_id} is open in another program.",
        f"Finish it there: the capture station, or carer-stories capture record {story_id}",
    )
    with locked(workspace.story(story_id).session_lock, busy=busy):
        yield


def is_open_elsewhere(workspace: Workspace, story_id: str) -> bool:
    """Return whether another program has a session of the story open. None may be open here."""
    try:
        with session_lock(workspace, story_id):
            return False
    except Busy:
        return True


def require_not_recording(workspace: Workspace, story_id: str) -> None:
    """Raise NotNow while a session of the story is being recorded, or is paused and open."""
    for state in unfinished_sessions_of(workspace, story_id):
        require_not_growing(state)
        if state.open_take is not None and is_open_elsewhere(workspace, story_id):
            raise NotNow(
                "It is being recorded, and paused, at this moment.",
                "Stop the recording first.",
                state=str(state.phase),
            )


def _unused_folder(workspace: Workspace, story_id: str) -> SessionFolder:
    """Return the folder of a new session id that no story uses yet; it is not made here."""
    # An endless iterator: no id is ever "".
    ids = iter(lambda: "se-" + "".join(secrets.choice(ID_ALPHABET) for _ in range(6)), "")
    used = {path.name for path in workspace.stories.glob("*/sessions/*")}
    return session_folder(workspace, story_id, next(name for name in ids if name not in used))
