"""A page's server: on this machine only, one for each workspace, resumable after a kill."""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import Busy
from library.core.lock import locked
from library.core.workspace import Workspace
from library.local_page.address import (
    PageAddress,
    PageOpenAlready,
    former_runs,
    previous_address,
    save_windows,
)
from library.local_page.app import create_app
from library.local_page.definition import LocalPage, PageService
from library.local_page.guard import HOST, Guard
from library.local_page.windows import FormerRun, Windows

_POLL_SECONDS = 0.1
"""Seconds between checks whether the server is to end."""


@dataclass
class RunningPage:
    """A page that is served."""

    page: LocalPage
    address: PageAddress
    is_restart: bool
    """True if the previous server was killed; a page that is still open can go on."""
    is_displaced: bool
    """True if another program has taken the port of that server."""
    ended: threading.Event

    def wait(self) -> None:
        """Wait until the page closes the server, or KeyboardInterrupt."""
        # With a timeout: on Windows, waiting without one cannot be interrupted.
        while not self.ended.wait(0.5):
            self.look_after()

    def look_after(self) -> None:
        """Do what the page needs to have done twice a second; nothing, unless it says so."""


@dataclass
class OpenedPage:
    """A page whose lock, port and address are held, and that answers nobody yet."""

    page: LocalPage
    address: PageAddress
    is_restart: bool
    _workspace: Workspace
    _listener: socket.socket

    @contextlib.contextmanager
    def serve(self, service: PageService) -> Iterator[RunningPage]:
        """Answer until the block ends."""
        page_files = self.page.files(self._workspace)
        former = self.address.former
        windows = Windows(former, lambda own: save_windows(page_files.address, self.address, own))
        ended = threading.Event()
        try:
            with contextlib.ExitStack() as serving:
                ports = []
                for bound in (self._listener, *_listen_for_windows(former, self.address.port)):
                    ports.append(bound.getsockname()[1])
                    guard = Guard(
                        self.page,
                        self.address.token,
                        ports[-1],
                        windows,
                        has_pages=bound is self._listener,
                    )
                    app = create_app(self._workspace, guard, service, ended.set)
                    serving.enter_context(_serving(bound, app))
                is_displaced = any(run.windows and run.port not in ports for run in former[-1:])
                yield RunningPage(self.page, self.address, self.is_restart, is_displaced, ended)
        finally:
            windows.close()
            if not service.is_unfinished():
                with contextlib.suppress(OSError):
                    files.system.unlink(page_files.address)
            with contextlib.suppress(OSError):
                files.system.unlink(page_files.launcher)


@contextlib.contextmanager
def open_page(
    page: LocalPage, workspace: Workspace, port: int | None = None
) -> Iterator[OpenedPage]:
    """Hold a page's lock, port and address for the block.

    Raises PageOpenAlready, or Busy where the port is taken.
    """
    page_files = page.files(workspace)
    open_already = PageOpenAlready(page, previous_address(page_files.address))
    with locked(page_files.lock, busy=open_already):
        # Read again under the lock: another server may have come and gone.
        previous = previous_address(page_files.address)
        # Bound before it is written down: the file never names a port that is not ours.
        listener = _listen(port)
        address = PageAddress(
            port=listener.getsockname()[1],
            # New at every start: whoever learned the last one has nothing of it.
            token=secrets.token_urlsafe(32),
            started=now(),
            former=former_runs(previous),
        )
        with listener:
            struct_file.save(page_files.address, address)
            yield OpenedPage(page, address, previous is not None, workspace, listener)


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
def _serving(listener: socket.socket, app: Flask) -> Iterator[None]:
    # It would quote addresses, which hold ids, and warn that this is no server for the internet.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with listener:  # closed behind this: the server has a duplicate of its handle
        server = make_server(
            HOST,
            listener.getsockname()[1],
            app,
            # A request that stalls must not hold up the next one.
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
