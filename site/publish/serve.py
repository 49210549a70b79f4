"""The built site over http, on this machine only, with the range requests that seeking needs."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from library.core.errors import Busy, NotFound
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from werkzeug.serving import WSGIRequestHandler

# Never 0.0.0.0: there is no password, so that nobody else may reach it.
HOST = "127.0.0.1"
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Asked again each time: a withdrawn story must not come from a browser's store.
    "Cache-Control": "no-cache",
}
"""As `docs/hosting.md` asks of a server. The rest of the policy stands in each page."""
KEEP_ALIVE_S = 30.0
"""For how long a connection stays open for the next question."""


@contextmanager
def serve(workspace: Workspace, port: int) -> Iterator[str]:
    """Serve `public/` until the block ends; yields the address. Port 0 picks a free one.

    Raises NotFound where no site is built, Busy when the port is taken.
    """
    if not (workspace.public / "index.html").is_file():
        raise NotFound("There is no site to show yet.", "Build it: carer-stories site build")
    server = _server(workspace, port)
    # Daemon: it must not keep the program alive after Ctrl-C.
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _server(workspace: Workspace, port: int):  # type: ignore[no-untyped-def]
    # Here and not at the top: Flask takes a while to load, and only `site serve` needs it.
    from flask import Flask, Response, abort, redirect, request, send_from_directory
    from werkzeug.exceptions import HTTPException
    from werkzeug.serving import make_server
    from werkzeug.wrappers import Response as BaseResponse

    # Or it would print a line for every file that is asked for.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Tried before: werkzeug prints its own words and ends the program.
    with socket.socket() as trial:
        # Or a port that was closed a minute ago would look taken.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            raise Busy(
                f"Port {port} is in use by another program.",
                "Choose another: carer-stories site serve --port 8001",
            ) from None
    app = Flask("carer-stories", static_folder=None)

    @app.before_request
    def only_here() -> None:
        # A page from elsewhere may be given a name that leads to this machine; ours are these.
        if request.host.partition(":")[0] not in {HOST, "localhost"}:
            abort(403)

    @app.get("/")
    @app.get("/<path:name>")
    def page(name: str = "index.html") -> BaseResponse:
        if (workspace.public / name).is_dir():
            if not name.endswith("/"):
                return redirect(f"/{name.strip('/')}/", 301)  # its links are counted from there
            name = f"{name}index.html"
        # Refuses whatever leads out of `public/`, and answers range requests.
        return send_from_directory(workspace.public, name, conditional=True, max_age=0)

    @app.errorhandler(404)
    def missing(_error: HTTPException) -> tuple[Response, int]:
        return send_from_directory(workspace.public, "404.html"), 404

    @app.after_request
    def as_a_server_would(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    return make_server(HOST, port, app, threaded=True, request_handler=_handler())


def _handler() -> type[WSGIRequestHandler]:
    from werkzeug.serving import WSGIRequestHandler
    from werkzeug.wrappers import Response

    class Kept(WSGIRequestHandler):
        """Keeps a connection for the next question, as every real server does.

        A page asks for a dozen small files, and a search for as many more: a connection for each
        would cost more than the file. Werkzeug by itself closes after every answer.
        """

        protocol_version = "HTTP/1.1"
        timeout = KEEP_ALIVE_S
        disable_nagle_algorithm = True  # or a small file waits until its head was acknowledged

        def log_error(self, format: str, *args: object) -> None:
            pass  # a browser that asks for nothing more is no error, and nobody reads the others

        def run_wsgi(self) -> None:
            if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
                super().run_wsgi()  # reads what came with the question, and closes
                return
            self.connection.settimeout(None)  # whoever pauses a film takes their time
            answer = Response.from_app(self.server.app, self.make_environ())
            self.send_response(answer.status_code)
            for name, value in answer.headers:
                self.send_header(name, value)
            ends = "Content-Length" in answer.headers or answer.status_code == 304
            if self.close_connection or not ends:
                self.send_header("Connection", "close")
            self.end_headers()
            try:
                for part in answer.iter_encoded():
                    self.wfile.write(part)
            finally:
                answer.close()
            self.connection.settimeout(KEEP_ALIVE_S)

    return Kept
