"""Create a page's Flask application: its page, its API, and the checks of requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.exceptions import NotFound

from library.core.workspace import Workspace
from library.local_page import responses
from library.local_page.definition import LocalPage, PageService
from library.local_page.guard import API, Guard
from library.local_page.responses import json_response
from library.workspace_template import template

_SHARED_FOLDER = Path(__file__).with_name("page")
# No slash, and no dot before another: no name leads out of the folder.
_ASSET_NAME = re.compile(r"^[a-z0-9-]{1,60}(\.min)?\.(css|js|svg|png)$")
_FONT_NAME = re.compile(r"^[a-z0-9-]{1,80}\.woff2$")


def create_app(
    workspace: Workspace, guard: Guard, service: PageService, close: Callable[[], None]
) -> Flask:
    """Create the application; `close` asks the server to end."""
    page = guard.page
    # No static route of Flask’s: only what the patterns above allow is served.
    app = Flask(f"carer-stories-{page.name}", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max(page.max_bytes, page.max_json_bytes)
    app.url_map.merge_slashes = False  # a path with // is not found, not redirected
    for blueprint in service.blueprints:
        app.register_blueprint(blueprint)
    _require_declared(app, page)
    guard.install(app)
    responses.install_error_handlers(app, page)
    _add_page_routes(app, workspace, page)

    @app.post(f"{API}close")
    def close_page() -> Response:
        service.require_closable()
        answer = json_response({"closing": True}, 202)
        # After the answer is sent: else the server may be gone before the page receives it.
        answer.call_on_close(close)
        return answer

    return app


def _require_declared(app: Flask, page: LocalPage) -> None:
    """Raise ValueError for a call that needs no proof and is not declared to be such a one."""
    for rule in app.url_map.iter_rules():
        only_read = (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}
        if not rule.rule.startswith(API) and not (only_read and rule.rule in page.unproved_routes):
            raise ValueError(f"{rule.rule} is neither below {API} nor a declared unproved route")


def _add_page_routes(app: Flask, workspace: Workspace, page: LocalPage) -> None:
    """Add the routes of the page and its files: scripts, styles, images and fonts."""

    @app.get("/")
    def index() -> Response:
        return send_from_directory(page.folder, "index.html", max_age=0)

    @app.get("/assets/<name>")
    def asset(name: str) -> Response:
        return _file_in((page.folder, *page.more_folders, _SHARED_FOLDER), name, _ASSET_NAME)

    @app.get("/fonts/<name>")
    def font(name: str) -> Response:
        folders = (workspace.assets / "fonts", template().assets / "fonts")
        return _file_in(folders, name, _FONT_NAME)


def _file_in(folders: tuple[Path, ...], name: str, allowed: re.Pattern[str]) -> Response:
    """Return the file of the first folder that has it. Raises NotFound."""
    for folder in folders:
        if allowed.match(name) and (folder / name).is_file():
            return send_from_directory(folder.resolve(), name, max_age=0)
    raise NotFound
