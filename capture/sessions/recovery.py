"""What a kill left unfinished although it was decided: deletions, and second copies."""

from __future__ import annotations

import contextlib

from capture.sessions.deletion import delete
from capture.sessions.discovery import empty_folders, every_session
from capture.sessions.finalise import keep, to_clear
from capture.sessions.opening import one_at_a_time, reopen
from capture.sessions.state import Phase, SessionState
from library.core.errors import CarerStoriesError
from library.core.removal import remove
from library.core.workspace import SessionFolder, Workspace


def finish_decided(workspace: Workspace) -> list[CarerStoriesError]:
    """Finish every deletion that was broken off, and remove second copies of what was kept.

    What somebody else is at work on is left to them. Returns why something could not be finished.
    """
    troubles: list[CarerStoriesError] = []
    for path in empty_folders(workspace):
        with (
            contextlib.suppress(CarerStoriesError),
            one_at_a_time(workspace, path.parent.parent.name),
        ):
            remove(path)
    for folder, state in every_session(workspace):
        if _is_unfinished(folder, state):
            try:
                with contextlib.closing(reopen(workspace, state.id)) as session:
                    if session.state.phase is Phase.DELETING:
                        delete(session)
                    else:
                        keep(session)
            except CarerStoriesError as error:
                troubles.append(error)
    return troubles


def _is_unfinished(folder: SessionFolder, state: SessionState) -> bool:
    return state.phase is Phase.DELETING or bool(to_clear(folder, state))
