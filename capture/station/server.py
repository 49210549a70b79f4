"""The station's server: on this machine only, one for each workspace, resumable after a kill."""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from capture.station.proof import fallback_ports
from capture.station.windows import MAX_RUNS, FormerRun, KnownWindow, Windows
from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import Busy, CarerStoriesError
from library.core.lock import locked
from library.core.templating import template_environment
from library.core.workspace import Workspace

_TEMPLATES = Path(__file__).with_name("templates")
_POLL_SECONDS = 0.1
"""Seconds between checks whether the server is to end."""
_RESUMABLE_FOR = timedelta(hours=24)
"""Time after the start of a killed station in which its page may go on."""


class StationAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of a station, kept in the workspace; it stays there after a kill."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    token: Annotated[str, msgspec.Meta(min_length=32)]
    """The secret of one run. A shorter one, edited by hand, would be easy to guess."""
    started: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    windows: tuple[KnownWindow, ...] = ()
    """The windows of this run, which can come back after a kill."""
    former: tuple[FormerRun, ...] = ()
    """The runs before it that were killed: their windows can come back as well."""

    def __repr__(self) -> str:
        """Return it without the token: an error may quote it, in a traceback or a log."""
        return f"StationAddress(port={self.port}, started={self.started!r})"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def link(self) -> str:
        """The address with the token. Browsers send the part behind # to no server."""
        return f"{self.url}#{self.token}"


@dataclass
class Station:
    """A running server."""

    address: StationAddress
    is_restart: bool
    """True if the previous station was killed; a page that is still open can go on."""
    is_displaced: bool
    """True if another program has taken the port of that station."""
    problems: list[CarerStoriesError]
    sessions: OpenSessions
    ended: threading.Event

    def wait(self) -> None:
        """Wait until the page closes the station, or KeyboardInterrupt."""
        # With a timeout: on Windows, waiting without one cannot be interrupted.
        while not self.ended.wait(0.5):
            pass


def write_redirect_page(workspace: Workspace, address: StationAddress) -> Path:
    """Write a page that leads to the station, and return its path. Raises NoRoom and DiskFailed.

    The browser is given this file in place of the link: every account of the computer can see the
    arguments of a process, the token among them. Only this account can read the file.
    """
    page = template_environment(_TEMPLATES).get_template("redirect.html").render(link=address.link)
    files.write_atomic(workspace.station_launcher, page.encode())
    return workspace.station_launcher


@contextlib.contextmanager
def running_station(workspace: Workspace, port: int | None = None) -> Iterator[Station]:
    """Serve until the block ends. Raises StationOpenAlready, or Busy where the port is taken."""
    with locked(workspace.station_lock, busy=StationOpenAlready(_previous_address(workspace))):
        # Read again under the lock: another station may have come and gone.
        previous = _previous_address(workspace)
        former = _former_runs(previous)
        # Bound before it is written down: the file never names a port that is not ours.
        listener = _listen(port)
        address = StationAddress(
            port=listener.getsockname()[1],
            # New at every start: whoever learned the last one has nothing of it.
            token=secrets.token_urlsafe(32),
            started=now(),
            former=former,
        )
        struct_file.save(workspace.station, address)
        windows = Windows(former, lambda own: _save_windows(workspace, address, own))
        # Before sessions are opened: it needs their locks.
        problems = finish_interrupted(workspace)
        sessions = OpenSessions(workspace)
        ended = threading.Event()
        try:
            with contextlib.ExitStack() as serving:
                ports = []
                for bound in (listener, *_listen_for_windows(former, address.port)):
                    ports.append(bound.getsockname()[1])
                    guard = Guard(address.token, ports[-1], windows, has_pages=bound is listener)
                    serving.enter_context(_serving(workspace, bound, guard, sessions, ended))
                _resume_keeping(workspace, sessions)
                restart = previous is not None
                is_displaced = any(run.windows and run.port not in ports for run in former[-1:])
                yield Station(address, restart, is_displaced, problems, sessions, ended)
        finally:
            windows.close()
            # While a take is open the address stays: the windows of this run can come back.
            if not sessions.is_recording:
                with contextlib.suppress(OSError):
                    files.system.unlink(workspace.station)
            with contextlib.suppress(OSError):
                files.system.unlink(workspace.station_launcher)
            sessions.close()


def _save_windows(
    workspace: Workspace, address: StationAddress, own: tuple[KnownWindow, ...]
) -> None:
    # On a full disk the window is answered all the same: it only cannot come back after a kill.
    with contextlib.suppress(CarerStoriesError, OSError):
        struct_file.save(workspace.station, msgspec.structs.replace(address, windows=own))


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
    """Return the address of a station that was killed in the last day, or None."""
    address = struct_file.load_if_readable(workspace.station, StationAddress)
    with contextlib.suppress(ValueError):
        if address and datetime.now(UTC) - datetime.fromisoformat(address.started) < _RESUMABLE_FOR:
            return address
    return None


def _former_runs(previous: StationAddress | None) -> tuple[FormerRun, ...]:
    """Return the killed runs whose windows may still be open, the last one at the end."""
    if previous is None:
        return ()
    last = FormerRun(
        port=previous.port, fallback_ports=fallback_ports(previous.token), windows=previous.windows
    )
    return (*(run for run in previous.former if run.windows), last)[-MAX_RUNS:]


def _listen(port: int | None) -> socket.socket:
    """Listen on `port`; without one on any, after a kill too.

    Whoever had the old port meanwhile may have left things in the browser for its pages.
    """
    try:
        return _bind(port or 0)
    except OSError:
        raise Busy(
            f"Port {port} is in use by another program.",
            "Choose another, or leave out --port.",
        ) from None


def _listen_for_windows(former: tuple[FormerRun, ...], port: int) -> list[socket.socket]:
    """Listen where the windows of killed runs look as well, for them alone."""
    bound: dict[int, socket.socket] = {}
    for run in former:
        if not run.windows or not {port, *bound}.isdisjoint(run.ports):
            continue
        if (free := _first_free(run.ports)) is not None:
            bound[free.getsockname()[1]] = free
    return list(bound.values())


def _first_free(ports: tuple[int, ...]) -> socket.socket | None:
    for port in ports:
        # Another program may have taken that port.
        with contextlib.suppress(OSError):
            return _bind(port)
    return None


def _bind(port: int) -> socket.socket:
    return socket.create_server((HOST, port), backlog=64)


class _QuietHandler(WSGIRequestHandler):
    """A handler that logs no requests: their addresses hold ids."""

    timeout = 60
    """Seconds until a request that has stalled is dropped."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def _serving(
    workspace: Workspace,
    listener: socket.socket,
    guard: Guard,
    sessions: OpenSessions,
    ended: threading.Event,
) -> Iterator[None]:
    # It would quote addresses, which hold ids, and warn that this is no server for the internet.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    app = create_app(workspace, guard, sessions, ended.set)
    with listener:  # closed behind this: the server has a duplicate of its handle
        server = make_server(
            HOST,
            guard.port,
            app,
            # A request that stalls must not hold up the next chunk.
            threaded=True,
            request_handler=_QuietHandler,
            fd=listener.fileno(),
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
    """Go on keeping the sessions that were being kept when the last station ended."""
    for _, state in readable_sessions(workspace):
        if state.phase is Phase.KEEPING:
            # It stays among the unfinished sessions, to be kept or deleted there.
            with contextlib.suppress(CarerStoriesError):
                sessions.keep(state.id)
