"""The station's Flask application: the page, the calls, and their checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.exceptions import NotFound

from capture.sessions.refusals import NotNow
from capture.station import responses
from capture.station.guard import LARGEST_BODY, Guard
from capture.station.library_api import library_calls
from capture.station.open_sessions import OpenSessions
from capture.station.responses import json_response
from capture.station.session_api import session_calls
from library.core.workspace import Workspace
from library.workspace_template import template

PAGE = Path(__file__).with_name("page")
_ASSET = re.compile(r"^[a-z0-9-]{1,60}\.(css|js|svg|png)$")
_FONT = re.compile(r"^[a-z0-9-]{1,80}\.woff2$")


def create_app(
    workspace: Workspace, guard: Guard, sessions: OpenSessions, close: Callable[[], None]
) -> Flask:
    """Create the application; `close` asks the server to end."""
    app = Flask("carer-stories-station", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # else what has two is answered with a page that leads on
    guard.install(app)
    responses.install_error_handlers(app)
    app.register_blueprint(library_calls(workspace))
    app.register_blueprint(session_calls(workspace, sessions))
    _page_calls(app, workspace)

    @app.post("/api/close")
    def end() -> Response:
        if sessions.is_recording or sessions.is_keeping_any:
            raise NotNow(
                "A recording is not finished." if sessions.is_recording else "It is being kept.",
                "Finish it first, then close the station.",
                state="recording" if sessions.is_recording else "keeping",
            )
        answer = json_response({"closing": True}, 202)
        # Once it is sent: else the station may be gone before the page has heard that it closes.
        answer.call_on_close(close)
        return answer

    return app


def _page_calls(app: Flask, workspace: Workspace) -> None:
    @app.get("/")
    def page() -> Response:
        return send_from_directory(PAGE, "index.html", max_age=0)

    @app.get("/assets/<name>")
    def asset(name: str) -> Response:
        if not _ASSET.match(name):
            raise NotFound
        return send_from_directory(PAGE, name, max_age=0)

    @app.get("/fonts/<name>")
    def font(name: str) -> Response:
        for folder in (workspace.assets / "fonts", template().assets / "fonts"):
            if _FONT.match(name) and (folder / name).is_file():
                return send_from_directory(folder.resolve(), name, max_age=0)
        raise NotFound
