"""The station's server: on this machine only, one for each workspace, found again after a kill."""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Annotated, Any

import msgspec
from werkzeug.serving import WSGIRequestHandler, make_server

from capture.sessions.finalise import finish_interrupted
from capture.sessions.session_folders import readable_sessions
from capture.sessions.state import Phase
from capture.station.app import create_app
from capture.station.guard import HOST, Guard
from capture.station.open_sessions import OpenSessions
from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import Busy, CarerStoriesError
from library.core.lock import held
from library.core.workspace import Workspace

_POLL_SECONDS = 0.1
"""Seconds between looks whether the server is to end."""
_RESUMABLE_FOR = timedelta(hours=24)
"""How long after its start the page of a station that was killed may go on."""


class StationAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a station is, or was when it was killed."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    token: Annotated[str, msgspec.Meta(min_length=32)]
    """Of a run: one that was shortened by hand would be easy to guess."""
    started: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def link(self) -> str:
        """What the browser is opened at. The part behind # is never sent anywhere."""
        return f"{self.url}#{self.token}"


@dataclass
class Station:
    """A running server."""

    address: StationAddress
    is_restart: bool
    """The one before was killed; a page that is still open can go on."""
    problems: list[CarerStoriesError]
    sessions: OpenSessions
    ended: threading.Event

    def wait(self) -> None:
        """Until the page, or somebody at the keyboard, closes it."""
        while not self.ended.wait(0.5):
            pass


_REDIRECT_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>The capture station</title>
<meta http-equiv="refresh" content="0; url={link}">
<p><a href="{link}">Open the capture station</a></p>
"""


def write_redirect_page(workspace: Workspace, address: StationAddress) -> Path:
    """A page that leads to the station, for the browser to be given in place of the link.

    Every account of this computer can see what a browser was started with, and the token would be
    among it. The file can be read by this account alone. Raises NoRoom and DiskFailed.
    """
    files.write_atomic(
        workspace.station_launcher, _REDIRECT_PAGE.format(link=escape(address.link)).encode()
    )
    return workspace.station_launcher


@contextlib.contextmanager
def running_station(workspace: Workspace, port: int | None = None) -> Iterator[Station]:
    """Serve until the block ends. Raises OpenAlready, or Busy where the port is taken."""
    with held(workspace.station_lock, busy=StationOpenAlready(_previous_address(workspace))):
        before = _previous_address(workspace)
        listening = _listen(port, before)
        place = StationAddress(
            port=listening.getsockname()[1],
            token=before.token if before else secrets.token_urlsafe(32),
            started=now(),
        )
        struct_file.save(workspace.station, place)
        troubles = finish_interrupted(workspace)
        sessions = OpenSessions(workspace)
        ended = threading.Event()
        try:
            with _serving(workspace, listening, place, sessions, ended):
                _resume_keeping(workspace, sessions)
                yield Station(place, before is not None, troubles, sessions, ended)
        finally:
            if not sessions.is_recording:  # else the page goes on where the next station is
                with contextlib.suppress(OSError):
                    files.system.unlink(workspace.station)
            with contextlib.suppress(OSError):
                files.system.unlink(workspace.station_launcher)
            sessions.close()


class StationOpenAlready(Busy):
    """Another station serves this library."""

    def __init__(self, address: StationAddress | None) -> None:
        where = f" at {address.url}" if address else ""
        super().__init__(
            f"The capture station of this library is open already{where}.",
            "Use the window that it opened, or end it there before you start another.",
        )
        self.address = address


def _previous_address(workspace: Workspace) -> StationAddress | None:
    """What the last station wrote, where it did not come to a clean end today."""
    place = struct_file.load_if_readable(workspace.station, StationAddress)
    with contextlib.suppress(ValueError):
        if place and datetime.now(UTC) - datetime.fromisoformat(place.started) < _RESUMABLE_FOR:
            return place
    return None


def _listen(port: int | None, before: StationAddress | None) -> socket.socket:
    """The port that was asked for; else the last one, if it is free; else any."""
    if port is None and before is not None:
        with contextlib.suppress(OSError):
            return _bind(before.port)
    try:
        return _bind(port or 0)
    except OSError:
        raise Busy(
            f"Port {port} is in use by another program.",
            "Choose another, or leave out --port.",
        ) from None


def _bind(port: int) -> socket.socket:
    return socket.create_server((HOST, port), backlog=64)


class _QuietHandler(WSGIRequestHandler):
    """No line for each request: addresses hold ids, and nobody reads them."""

    timeout = 60
    """Seconds for a request that was begun and does not go on."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def _serving(
    workspace: Workspace,
    listening: socket.socket,
    place: StationAddress,
    sessions: OpenSessions,
    ended: threading.Event,
) -> Iterator[None]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    guard = Guard(place.token, place.port)
    app = create_app(workspace, guard, sessions, ended.set)
    with listening:
        server = make_server(
            HOST,
            place.port,
            app,
            threaded=True,
            request_handler=_QuietHandler,
            fd=listening.fileno(),
        )
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _resume_keeping(workspace: Workspace, sessions: OpenSessions) -> None:
    """What was being kept when the last station ended."""
    for _, state in readable_sessions(workspace):
        if state.phase is Phase.KEEPING:
            with contextlib.suppress(CarerStoriesError):
                sessions.keep(state.id)
