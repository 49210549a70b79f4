"""The media that a story's contributor agreed to: picture and voice, or the voice alone.

The agreement says it; one that does not leaves it as the one before said. In earlier versions none
says it: there the first session says it that was agreed to after the last of them, or else the last
one before. A later session may allow less, for that day, and none allows more.
"""

from __future__ import annotations

from capture.recording.originals import read_manifest
from capture.sessions.events import RecordedMedia
from capture.sessions.refusals import VoiceOnly
from capture.sessions.state import SessionState
from capture.sessions.storage import Journal
from library.consent.gate import History
from library.consent.stories import read_history
from library.core.errors import CarerStoriesError
from library.core.workspace import SessionFolder, Workspace


def agreed_media(workspace: Workspace, history: History) -> RecordedMedia | None:
    """Return what the agreement that counts lets be recorded; None where nobody asked."""
    stated = stated_media(history)
    if stated or not history.agreements:
        return stated
    sessions = _agreed_sessions(workspace, history)
    since = [each for each in sessions if each.agreed_at >= history.agreements[-1].recorded]
    # Recorded again without a word on it, the agreement leaves it as the session before had it.
    counts = since[:1] or sessions[-1:]
    if not counts or _had_picture(workspace, history.story.id, counts[0].agreed_at):
        return None
    return counts[0].record


def stated_media(history: History) -> RecordedMedia | None:
    """Return what the agreements themselves say; None where none says it.

    Of a session under way nothing else counts: what it was agreed to be was asked in it.
    """
    return next((each.record for each in reversed(history.agreements) if each.record), None)


def is_voice_only(workspace: Workspace, history: History) -> bool:
    """Return True where by the agreement no picture of the contributor may be kept."""
    return agreed_media(workspace, history) == "voice"


def why_no_picture(workspace: Workspace, history: History) -> str:
    """Return why no picture is to be brought in, to follow “and” in a sentence; "" where it may be.

    Where the agreement allows one, a last session of the voice alone is asked about: the file may
    be of it.
    """
    if is_voice_only(workspace, history):
        return "only the voice was agreed to"
    sessions = _agreed_sessions(workspace, history)
    stated = [agreement for agreement in history.agreements if agreement.record]
    if not stated or not sessions:
        return ""
    last = sessions[-1]
    if last.record == "voice" and last.agreed_at > stated[-1].recorded:
        return "they wanted only their voice recorded the last time"
    return ""


def loses_picture(workspace: Workspace, state: SessionState) -> bool:
    """Return True where a session was filmed, and is kept without its picture as things stand."""
    history = read_history(workspace, state.story)
    return has_filmed(state) and stated_media(history) == "voice"


def has_filmed(state: SessionState) -> bool:
    """Return True where a session holds a take with a picture, or held it until it was kept."""
    return any(take.bytes and take.mime.startswith("video/") for take in state.takes)


def require_agreed(workspace: Workspace, history: History, record: RecordedMedia) -> None:
    """Raises NotAllowed for a picture where the agreement is for the voice only."""
    if record != "voice" and is_voice_only(workspace, history):
        raise voice_only_refusal()


def voice_only_refusal() -> VoiceOnly:
    return VoiceOnly(
        "Only the voice was agreed to: their picture is not recorded.",
        "Record the voice only. If they want their picture recorded as well, go through the "
        "agreement with them again first.",
    )


def _had_picture(workspace: Workspace, story_id: str, before: str) -> bool:
    """Return True where a recording with a picture came in before: nobody minded it then."""
    manifest = read_manifest(workspace.story(story_id))
    takes = manifest.takes if manifest else ()
    return any(take.kind == "video" and take.imported <= before for take in takes)


def _agreed_sessions(workspace: Workspace, history: History) -> list[SessionState]:
    """Return the sessions that were agreed to, the earliest first."""
    agreed = []
    for path in workspace.story(history.story.id).sessions.glob("se-*"):
        try:
            state = Journal(SessionFolder(path).journal).read()
        except CarerStoriesError:  # one that cannot be read forbids nothing
            continue
        if state.record:
            agreed.append(state)
    return sorted(agreed, key=lambda state: state.agreed_at)
