"""The station's server: recordings are finished before it, kept on during it, released after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from capture.questions.question_set import find_question_set, question_set_files
from capture.sessions.finalise import finish_interrupted
from capture.sessions.session_folders import readable_sessions
from capture.sessions.state import Phase
from capture.station.open_sessions import OpenSessions
from capture.station.station_page import STATION, station_service
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.local_page.server import RunningPage, open_page


@dataclass
class Station(RunningPage):
    """The station while it is served."""

    problems: list[CarerStoriesError]
    sessions: OpenSessions

    def look_after(self) -> None:
        """Save marks for which there was no room; end where that was asked for and all is kept."""
        self.sessions.save_talks()
        if self.sessions.closes_when_kept and not self.sessions.is_keeping_any:
            self.ended.set()


@contextlib.contextmanager
def running_station(workspace: Workspace, port: int | None = None) -> Iterator[Station]:
    """Serve until the block ends. Raises PageOpenAlready, or Busy where the port is taken."""
    with open_page(STATION, workspace, port) as opened:
        # Before sessions are opened: it needs their locks.
        problems = [*finish_interrupted(workspace), *_broken_question_sets(workspace)]
        sessions = OpenSessions(workspace, is_restart=opened.is_restart)
        try:
            with opened.serve(station_service(workspace, sessions)) as running:
                _resume_keeping(workspace, sessions)
                yield Station(**vars(running), problems=problems, sessions=sessions)
        finally:
            sessions.close()


def _broken_question_sets(workspace: Workspace) -> Iterator[CarerStoriesError]:
    """Yield why question sets cannot be used: for whoever starts the station, not its page."""
    for path in question_set_files(workspace):
        try:
            find_question_set(workspace, path.stem)
        except CarerStoriesError as error:
            yield error


def _resume_keeping(workspace: Workspace, sessions: OpenSessions) -> None:
    """Go on keeping the sessions that were being kept when the last station ended."""
    for _, state in readable_sessions(workspace):
        if state.phase is Phase.KEEPING:
            # It stays among the unfinished sessions, to be kept or deleted there.
            try:
                sessions.keep(state.id)
            except CarerStoriesError as error:
                sessions.keeping_failed(state.id, error)
