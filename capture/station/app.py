"""Create the station's Flask application: its page, its API, and the checks of requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.exceptions import NotFound

from capture.sessions.refusals import NotNow
from capture.station import responses
from capture.station.guard import MAX_BODY_BYTES, Guard
from capture.station.library_api import library_calls
from capture.station.open_sessions import OpenSessions
from capture.station.responses import json_response
from capture.station.session_api import session_calls
from library.core.workspace import Workspace
from library.workspace_template import template

_PAGE_FOLDER = Path(__file__).with_name("page")
# No slash and no second dot: no name leads out of the folder.
_ASSET_NAME = re.compile(r"^[a-z0-9-]{1,60}\.(css|js|svg|png)$")
_FONT_NAME = re.compile(r"^[a-z0-9-]{1,80}\.woff2$")


def create_app(
    workspace: Workspace, guard: Guard, sessions: OpenSessions, close: Callable[[], None]
) -> Flask:
    """Create the application; `close` asks the server to end."""
    # No static route of Flask’s: only what the patterns above allow is served.
    app = Flask("carer-stories-station", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False  # a path with // is not found, not redirected
    guard.install(app)
    responses.install_error_handlers(app)
    app.register_blueprint(library_calls(workspace))
    app.register_blueprint(session_calls(workspace, sessions))
    _add_page_routes(app, workspace)

    @app.post("/api/close")
    def close_station() -> Response:
        if sessions.is_recording or sessions.is_keeping_any:
            raise NotNow(
                "A recording is not finished." if sessions.is_recording else "It is being kept.",
                "Finish it first, then close the station.",
                state="recording" if sessions.is_recording else "keeping",
            )
        answer = json_response({"closing": True}, 202)
        # After the answer is sent: otherwise the station may be gone before the page receives it.
        answer.call_on_close(close)
        return answer

    return app


def _add_page_routes(app: Flask, workspace: Workspace) -> None:
    """Add the routes of the page and its files: scripts, styles, images and fonts."""

    @app.get("/")
    def page() -> Response:
        return send_from_directory(_PAGE_FOLDER, "index.html", max_age=0)

    @app.get("/assets/<name>")
    def asset(name: str) -> Response:
        if not _ASSET_NAME.match(name):
            raise NotFound
        return send_from_directory(_PAGE_FOLDER, name, max_age=0)

    @app.get("/fonts/<name>")
    def font(name: str) -> Response:
        for folder in (workspace.assets / "fonts", template().assets / "fonts"):
            if _FONT_NAME.match(name) and (folder / name).is_file():
                return send_from_directory(folder.resolve(), name, max_age=0)
        raise NotFound
