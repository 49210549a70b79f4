"""Calls about a talk that another program records: its marks, and its files brought in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NotNow
from capture.sessions.remote_recording import (
    RemoteTalk,
    bring_in,
    read_talk,
    recent_files,
    typed_path,
)
from capture.sessions.state import Phase
from capture.station.open_sessions import KeepingProgress, OpenSessions
from library.core.errors import CarerStoriesError
from library.core.unforeseen import as_refusal
from library.local_page.responses import (
    asking_window,
    comes_from_killed_run,
    decode_body,
    json_response,
)


class TalkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    talk: RemoteTalk | None


class BringInRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    files: Annotated[tuple[str, ...], Meta(max_length=60)]
    second: str = ""
    """Another recording of the same talk, or nothing."""


class BringIns:
    """Files that are being brought in, each session’s in a thread of its own."""

    def __init__(self, sessions: OpenSessions) -> None:
        self._sessions = sessions
        self._progress: dict[str, KeepingProgress] = {}
        self._lock = threading.Lock()

    def start(self, session: LiveSession, sources: list[Path], second: Path | None) -> None:
        """Begin, or begin again after a failure. Raises NotNow where takes were recorded here."""
        state = session.state
        if state.takes or state.phase not in (Phase.AGREED, Phase.KEPT):
            raise NotNow(
                "Files are brought in to a session that was agreed, and not recorded here.",
                "Begin a new recording for them.",
                state=str(state.phase),
            )
        self._sessions.save_talks()
        if state.id in self._sessions.unsaved_talks:
            raise NotNow(
                "What was marked is not saved yet, so nothing can be brought in.",
                "Make room on the disk of this computer, then try again.",
                state=str(state.phase),
            )
        with self._lock:
            if self.is_running(state.id):
                return
            progress = self._progress[state.id] = KeepingProgress(step="Looking at the files")
        # A daemon: broken off, the same files are brought in from where it was.
        threading.Thread(
            target=self._bring, args=(session, sources, second, progress), daemon=True
        ).start()

    def _bring(
        self, session: LiveSession, sources: list[Path], second: Path | None, at: KeepingProgress
    ) -> None:
        try:
            bring_in(session, sources, second, show_progress=at.show_progress)
        except CarerStoriesError as error:
            at.error = error
        except Exception as error:  # else the page waits for ever
            at.error = CarerStoriesError(
                f"The files could not be brought in. {as_refusal(error).what}",
                "Nothing of them was changed. Try again.",
            )
        else:
            self._progress.pop(session.state.id, None)

    def is_running(self, session_id: str) -> bool:
        progress = self._progress.get(session_id)
        return progress is not None and progress.error is None

    @property
    def is_any_running(self) -> bool:
        return any(self.is_running(session_id) for session_id in list(self._progress))

    def as_json(self, session_id: str) -> dict[str, Any]:
        progress = self._progress.get(session_id)
        phase = self._sessions.state_of(session_id).phase
        talk = read_talk(self._sessions.folder_of(session_id))
        return {
            "talk": talk,
            "unsaved": self._sessions.unsaved_talks.get(session_id),
            "kept": phase is Phase.KEPT,
            "bringing": progress.as_json() if progress else None,
        }


def remote_calls(sessions: OpenSessions, bring_ins: BringIns) -> Blueprint:
    calls = Blueprint("remote", __name__, url_prefix="/api")

    def opened(session_id: str) -> LiveSession:
        tab = request.args.get("tab", "")
        sessions.claim(session_id, asking_window(), tab, is_of_killed_run=comes_from_killed_run())
        return sessions.get(session_id)

    @calls.get("/sessions/<session_id>/remote")
    def how_it_stands(session_id: str) -> Response:
        return json_response(bring_ins.as_json(session_id))

    @calls.post("/sessions/<session_id>/remote")
    def note(session_id: str) -> Response:
        talk = decode_body(TalkRequest).talk
        sessions.note_talk(opened(session_id), talk)
        return json_response(bring_ins.as_json(session_id))

    @calls.get("/recent-files")
    def recent() -> Response:
        return json_response(
            [
                {
                    "path": str(recording.path),
                    "name": recording.path.name,
                    "folder": recording.path.parent.name,
                    "bytes": recording.bytes,
                    "changed": datetime.fromtimestamp(recording.changed, UTC).isoformat(),
                    "meeting": recording.is_meeting,
                }
                for recording in recent_files()
            ]
        )

    @calls.post("/sessions/<session_id>/bring-in")
    def bring(session_id: str) -> Response:
        sent = decode_body(BringInRequest)
        second = typed_path(sent.second) if sent.second.strip() else None
        sources = [typed_path(path) for path in sent.files]
        bring_ins.start(opened(session_id), sources, second)
        return json_response(bring_ins.as_json(session_id), 202)

    return calls
