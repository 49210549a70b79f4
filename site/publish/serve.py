"""The built site over http, on this machine and for this account only, with range requests."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from library.core.errors import Busy, CarerStoriesError, NotFound
from library.core.settings import load_settings
from library.core.workspace import Workspace
from publish.serving.compression import CODINGS, compress, is_compressible
from publish.serving.gatekeeper import Gatekeeper, OnDetails, OnOutcome
from publish.serving.login_link import LoginLink
from publish.serving.paths import file_in_site, path_in_site
from publish.serving.still_shown import STILL_SHOWN, StillShown

if TYPE_CHECKING:
    from werkzeug.serving import WSGIRequestHandler

# Never 0.0.0.0: no other machine may reach it. The login link keeps other accounts of it out.
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
EMBED_FOLDER = "embed"
"""Folder of the pages that others may show in a frame: those whom settings name."""
KEEP_ALIVE_S = 30.0
"""For how long a connection stays open for the next question."""


_FOREIGN = (
    "This library is open to the account that started it alone.\n"
    "Next: Start it yourself: carer-stories site serve\n"
)
"""The one answer to whoever has no cookie, whatever they ask for."""


@contextmanager
def serve(
    workspace: Workspace,
    port: int,
    on_outcome: OnOutcome = lambda _outcome: None,
    on_details: OnDetails = lambda _details: None,
) -> Iterator[str]:
    """Serve `public/` to this account until the block ends; yields the one-time link.

    Before each answer what is out is compared with the gate, if anything moved; `on_outcome` is
    given what was taken down, `on_details` what the program itself said of a fault. Port 0 picks a
    free one. Raises NotFound where no site is built, Busy when the port is taken.
    """
    gatekeeper, login = Gatekeeper(workspace, on_outcome, on_details=on_details), LoginLink()
    # Before anybody is let in, so that the first page is not one that is taken down.
    gatekeeper.refusal()
    gatekeeper.close()
    try:
        with serve_pages(workspace, port, gatekeeper=gatekeeper, login=login) as address:
            yield address.rstrip("/") + login.path()
    finally:
        gatekeeper.close()


@contextmanager
def serve_pages(
    workspace: Workspace,
    port: int,
    *,
    gatekeeper: Gatekeeper | None = None,
    login: LoginLink | None = None,
) -> Iterator[str]:
    """Serve `public/` as it lies there; yields its address. For tests and measurements.

    Without `login` it is open to every account of this machine, without `gatekeeper` nobody asks
    whether a story may still be shown. Raises as `serve` does.
    """
    if not (workspace.public / "index.html").is_file():
        raise NotFound("There is no site to show yet.", "Build it: carer-stories site build")
    server = _server(workspace, port, gatekeeper, login)
    # Daemon: it must not keep the program alive after Ctrl-C.
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _server(  # type: ignore[no-untyped-def]
    workspace: Workspace, port: int, gatekeeper: Gatekeeper | None, login: LoginLink | None
):
    # Here and not at the top: Flask takes a while to load, and only `site serve` needs it.
    from flask import Flask, Response, redirect, request, send_file
    from werkzeug import exceptions
    from werkzeug.serving import make_server
    from werkzeug.wrappers import Response as BaseResponse

    # Or it would print a line for every file that is asked for.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Flask("carer-stories", static_folder=None)

    base = login.base if login is not None else "/"

    def target() -> str:
        """Return the target of the request as it was sent, before anything decoded it."""
        return str(request.environ.get("RAW_URI") or request.full_path)

    def site_path() -> str | None:
        """Return the path below the site; None for a foreign one."""
        raw = target()
        return path_in_site(f"/{raw[len(base) :]}") if raw.startswith(base) else None

    def cookie_name() -> str:
        # Browsers keep no cookies apart by port: two libraries at once need two names.
        return f"carer-stories-{server.port}"

    @app.before_request
    def only_ours() -> Response | BaseResponse | None:
        # A page from elsewhere may be given a name that leads to this machine; ours are these.
        if request.host.partition(":")[0] not in {HOST, "localhost"}:
            return foreign()
        if login is not None and not target().startswith(base):
            return foreign()
        if login is not None and not login.accepts_cookie(request.cookies.get(cookie_name())):
            value = login.redeem(target()) if request.method == "GET" else ""
            return entered(value) if value else foreign()
        if login is not None and login.is_entry(target()):
            return redirect(base, 303)  # the link once more, in the browser that has the cookie
        # As text, before anything is looked for: what is foreign is not there.
        if site_path() is None:
            raise exceptions.NotFound
        trouble = gatekeeper.refusal() if gatekeeper is not None else ""
        return refused(trouble) if trouble else None

    def foreign() -> Response:
        return Response(_FOREIGN, 403, content_type="text/plain; charset=utf-8")

    def entered(value: str) -> Response:
        # A page and no redirect: a browser that came from a mail sends the cookie only to an
        # address that a page of our own leads to.
        page = Response(_page(enters=base), content_type="text/html; charset=utf-8")
        page.headers["Cache-Control"] = "no-store"
        page.set_cookie(cookie_name(), value, path=base, httponly=True, samesite="Strict")
        return page

    def refused(trouble: str) -> Response:
        page = Response(_page(trouble), 503, content_type="text/html; charset=utf-8")
        page.headers["Retry-After"] = "3"
        return page

    @app.get("/")
    @app.get("/<path:_name>")
    def page(_name: str = "") -> BaseResponse:
        path = site_path()
        file = file_in_site(workspace.public, path) if path is not None else None
        if file is not None and file.is_dir():
            if path and not path.endswith("/"):
                # Its links are counted from there.
                return redirect(f"{base}{quote(path)}/", 301)
            file = file_in_site(workspace.public, f"{path}index.html")
        if file is None or not file.is_file():
            raise exceptions.NotFound
        # Into what the handler put there, for the environment itself is copied on the way.
        request.environ.get(STILL_SHOWN, []).append(StillShown(file, gatekeeper))
        return in_coding(send_file(file, conditional=False, max_age=0))

    def coding_for(response: Response) -> str:
        if not is_compressible(response.mimetype, response.content_length or 0):
            return ""
        response.vary.add("Accept-Encoding")
        # A part is one of the file as it lies there: nobody counts in compressed bytes.
        if "Range" in request.headers:
            return ""
        best = request.accept_encodings.best_match([*CODINGS, "identity"])
        return best if best in CODINGS else ""

    def in_coding(response: Response) -> Response:
        """Answer a range or “has it changed?”, and compress text for whoever takes it so."""
        size, coding, (etag, _) = response.content_length, coding_for(response), response.get_etag()
        if etag is not None:
            # Of each coding its own: a cache must not take one for the other.
            response.set_etag(f"{etag}-{coding}" if coding else etag)
            try:
                response.make_conditional(request, not coding, complete_length=size)
            except exceptions.RequestedRangeNotSatisfiable:
                response.close()
                raise
        if coding and response.status_code == 200:
            response.direct_passthrough = False
            response.content_encoding = coding
            response.set_data(compress(response.get_data(), coding))
        return response

    @app.errorhandler(404)
    def missing(_error: exceptions.HTTPException) -> tuple[Response, int]:
        not_found = file_in_site(workspace.public, "404.html")
        if not_found is None:
            return Response(_page("This page is not here."), content_type="text/html"), 404
        # Shown at any depth, it alone leads to places from the root of the server.
        text = not_found.read_bytes()
        for name in (b"href", b"src"):
            text = text.replace(name + b'="/', name + b'="' + base.encode())
        return in_coding(Response(text, content_type="text/html; charset=utf-8")), 404

    @app.after_request
    def as_a_server_would(response: Response) -> Response:
        holds_secret = response.headers.get("Cache-Control") == "no-store"
        response.headers.update(HEADERS)
        if (site_path() or "").startswith(f"{EMBED_FOLDER}/"):
            response.headers["Content-Security-Policy"] = f"frame-ancestors {_frames(workspace)}"
        if holds_secret:
            response.headers["Cache-Control"] = "no-store"
        return response

    with _listener(
        port
    ) as listener:  # closed behind this: the server has a duplicate of its handle
        server = make_server(
            HOST, port, app, threaded=True, request_handler=_handler(), fd=listener.fileno()
        )
    return server


def _frames(workspace: Workspace) -> str:
    """Return the sites that may show a story in a frame, as the header has them."""
    try:
        named = load_settings(workspace).embed
    # Of settings that cannot be read nobody knows whom they name.
    except CarerStoriesError:
        named = ()
    return " ".join(("'self'", *named)) if named else "'none'"


def _listener(port: int) -> socket.socket:
    """Listen on a port. Raises Busy where another program has it.

    By ourselves: werkzeug would print its own words and end the program, and on Windows let another
    account listen on the same port.
    """
    try:
        return socket.create_server((HOST, port), backlog=64)
    except OSError:
        raise Busy(
            f"Port {port} is in use by another program.",
            "Choose another: carer-stories site serve --port 8001",
        ) from None


def _page(sentence: str = "", *, enters: str = "") -> str:
    """Return a page that says a sentence, or that leads on to the path `enters`."""
    # Here and not at the top, as Flask: only a page that is answered needs Jinja.
    from publish.render.templating import render_template

    return render_template("serving.html", sentence=sentence, enters=enters)


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
            sent_files: list[StillShown] = []
            environ = {**self.make_environ(), STILL_SHOWN: sent_files}
            answer = Response.from_app(self.server.app, environ)
            self.send_response(answer.status_code)
            for name, value in answer.headers:
                self.send_header(name, value)
            ends = "Content-Length" in answer.headers or answer.status_code == 304
            if self.close_connection or not ends:
                self.send_header("Connection", "close")
            self.end_headers()
            try:
                for part in answer.iter_encoded():
                    if not all(is_still_shown() for is_still_shown in sent_files):
                        # A film takes an hour, and is taken back in a moment.
                        self.close_connection = True
                        break
                    self.wfile.write(part)
            finally:
                answer.close()
            self.connection.settimeout(KEEP_ALIVE_S)

    return Kept
