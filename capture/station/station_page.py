"""The station as a page of this machine: how it differs from others, and what it answers."""

from __future__ import annotations

from pathlib import Path

from capture.sessions.refusals import NotNow
from capture.station.agreement_api import agreement_calls
from capture.station.drafts_api import draft_calls
from capture.station.library_api import library_calls
from capture.station.open_sessions import OpenSessions
from capture.station.remote_api import BringIns, remote_calls
from capture.station.session_api import session_calls
from capture.station.take_media import TAKE_ROUTE, take_media_calls
from library.core.workspace import Workspace
from library.local_page.definition import LocalPage, PageService

_NOT_FINISHED = "A recording is not finished.", "Finish it first, then close the station."
_BEING_KEPT = "A recording is being kept.", "That goes on by itself: close the station afterwards."
STATION = LocalPage(
    name="station",
    full_name="capture station",
    folder=Path(__file__).with_name("page"),
    files=lambda workspace: workspace.station_files,
    reassurance="What was recorded up to now is safe. Try again.",
    browser_features=("camera", "microphone"),
    unproved_routes=(TAKE_ROUTE,),
    # The longest note has 2,000 characters; a second of video has about 300 kB.
    bytes_paths=("/chunks/", "/sound/"),
)


def station_service(workspace: Workspace, sessions: OpenSessions) -> PageService:
    bring_ins = BringIns(sessions)

    def require_closable() -> None:
        sessions.save_talks()
        if sessions.unsaved_talks:
            raise NotNow(
                "What was marked of a talk is not saved yet: the disk of this computer is full.",
                "Make room on it, then close the station.",
                state="recording",
            )
        if bring_ins.is_any_running:
            raise NotNow("Files are being brought in.", "Wait until that is done.", state="keeping")
        if sessions.is_held_open or sessions.is_keeping_any:
            raise NotNow(
                *(_NOT_FINISHED if sessions.is_held_open else _BEING_KEPT),
                state="recording" if sessions.is_held_open else "keeping",
            )

    return PageService(
        blueprints=(
            library_calls(workspace),
            agreement_calls(workspace, sessions),
            session_calls(workspace, sessions),
            take_media_calls(workspace, sessions),
            remote_calls(sessions, bring_ins),
            draft_calls(),
        ),
        require_closable=require_closable,
        # While a take is open the windows of this run must be able to come back.
        is_unfinished=lambda: sessions.is_recording,
    )
