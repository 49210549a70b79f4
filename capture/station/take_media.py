"""The takes of a session as a player asks for them, so that they are heard before it is decided.

A player sends no proof: a take is asked for by a secret of this run that only a window was told.
"""

from __future__ import annotations

import secrets
import threading

from flask import Blueprint, Response, send_file

from capture.station.open_sessions import OpenSessions
from library.consent import gate
from library.consent.stories import read_history
from library.core.errors import NotFound
from library.core.workspace import Workspace
from library.local_page.responses import json_response

TAKE_ROUTE = "/takes/<ticket>"
_MAX_TICKETS = 256


class TakeTickets:
    """The secrets by which takes are asked for, each with its session and take."""

    def __init__(self) -> None:
        self._takes: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()

    def issue(self, session_id: str, take: int) -> str:
        """Return a new secret for a take; of very many the oldest counts no more."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._takes) >= _MAX_TICKETS:
                del self._takes[next(iter(self._takes))]
            self._takes[ticket] = session_id, take
        return ticket

    def take_of(self, ticket: str) -> tuple[str, int]:
        """Return session and take. Raises NotFound."""
        with self._lock:
            if ticket not in self._takes:
                raise NotFound("There is nothing at this address.")
            return self._takes[ticket]


def take_media_calls(workspace: Workspace, sessions: OpenSessions) -> Blueprint:
    calls = Blueprint("take_media", __name__)
    tickets = TakeTickets()

    @calls.post("/api/sessions/<session_id>/takes/<int:number>/listen")
    def listen(session_id: str, number: int) -> Response:
        sessions.state_of(session_id).take(number)
        return json_response({"path": f"/takes/{tickets.issue(session_id, number)}"}, 201)

    @calls.get(TAKE_ROUTE)
    def take_media(ticket: str) -> Response:
        session_id, number = tickets.take_of(ticket)
        state = sessions.state_of(session_id)
        gate.require_not_withdrawn(read_history(workspace, state.story))
        take = state.take(number)
        path = sessions.folder_of(session_id).take(number, take.suffix)
        if not path.is_file():
            raise NotFound("This take is not here any more.")
        media_type = take.mime.partition(";")[0]
        return send_file(path.resolve(), mimetype=media_type, conditional=True, max_age=0)

    return calls
