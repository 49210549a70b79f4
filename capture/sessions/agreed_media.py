"""The media that a story's contributor agreed to: picture and voice, or the voice alone.

The agreement says it. Agreements of earlier versions do not: there the first session says it that
was agreed to after them. A later session may allow less, and none allows more.
"""

from __future__ import annotations

from capture.sessions.events import RecordedMedia
from capture.sessions.state import SessionState
from capture.sessions.storage import Journal
from library.consent.gate import History
from library.core.errors import CarerStoriesError, NotAllowed
from library.core.workspace import SessionFolder, Workspace


def agreed_media(workspace: Workspace, history: History) -> RecordedMedia | None:
    """Return what the agreement that counts lets be recorded; None where nobody asked."""
    if not history.agreements:
        return None
    if record := history.agreements[-1].record:
        return record
    sessions = _agreed_sessions(workspace, history)
    return sessions[0].record if sessions else None


def is_voice_only(workspace: Workspace, history: History) -> bool:
    """Return True where no picture may be brought in: by the agreement, or the last session."""
    if agreed_media(workspace, history) == "voice":
        return True
    sessions = _agreed_sessions(workspace, history)
    return bool(sessions) and sessions[-1].record == "voice"


def require_agreed(workspace: Workspace, history: History, record: RecordedMedia) -> None:
    """Raises NotAllowed for a picture where the agreement is for the voice only."""
    if record != "voice" and agreed_media(workspace, history) == "voice":
        raise NotAllowed(
            "Only the voice was agreed to: their picture is not recorded.",
            "Record the voice only. If they want their picture recorded as well, go through the "
            "agreement with them again first.",
        )


def _agreed_sessions(workspace: Workspace, history: History) -> list[SessionState]:
    """Return the sessions agreed to since the last agreement, the earliest first."""
    since = history.agreements[-1].recorded if history.agreements else ""
    agreed = []
    for path in workspace.story(history.story.id).sessions.glob("se-*"):
        try:
            state = Journal(SessionFolder(path).journal).read()
        except CarerStoriesError:  # one that cannot be read forbids nothing
            continue
        if state.record and state.agreed_at >= since:
            agreed.append(state)
    return sorted(agreed, key=lambda state: state.agreed_at)
