"""Answers of a page's server: JSON, bytes, and every refusal as a sentence with a code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
from flask import Flask, Response, g, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from library.core.errors import BadInput, Busy, CarerStoriesError, NoRoom, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.struct_file import UNDECODABLE, explain
from library.core.templating import template_environment
from library.core.typed_command import as_typed
from library.core.unforeseen import as_refusal
from library.local_page.definition import LocalPage
from library.local_page.refusals import CodedRefusal

T = TypeVar("T")
# What was sent, and may be quoted, has up to 64 KB.
_MAX_SENTENCE_CHARACTERS = 600
# The first class that fits is taken: the base class of all comes last.
_CODES: tuple[tuple[type[CarerStoriesError], int, str], ...] = (
    (NotAllowed, 403, "not-allowed"),
    (NotFound, 404, "not-found"),
    (BadInput, 400, "bad-request"),
    (Busy, 409, "busy"),
    (NoRoom, 507, "no-room"),
    (CarerStoriesError, 500, "refused"),
)


_TEMPLATES = Path(__file__).with_name("templates")
JSON_TYPE, BYTES_TYPE = "application/json", "application/octet-stream"


def json_response(data: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(data), status, mimetype=JSON_TYPE)


def bytes_response(data: bytes) -> Response:
    return Response(data, mimetype=BYTES_TYPE)


def refusal_response(
    status: int, code: str, what: str, next_step: str = "", /, **facts: Any
) -> Response:
    error = {
        "code": code,
        "what": _printable_sentence(what),
        "next_step": _printable_sentence(next_step),
    }
    return json_response({"error": error, **facts}, status)


def _printable_sentence(sentence: str) -> str:
    """Return the sentence as a window shows it: without control characters, and cut.

    It may quote what was sent. Commands in it begin as they can be typed here.
    """
    text = printable(as_typed(sentence))
    return text if len(text) <= _MAX_SENTENCE_CHARACTERS else f"{text[:_MAX_SENTENCE_CHARACTERS]}…"


def show_refusal(answer: Response, page: LocalPage) -> None:
    """Make a refusal a page, for a window that was led to it by an address or a reload."""
    try:
        error = msgspec.json.decode(answer.get_data(), type=_RefusalAnswer).error
    except UNDECODABLE:
        return
    template = template_environment(_TEMPLATES).get_template("refusal.html")
    answer.set_data(template.render(title=page.title, error=error))
    answer.mimetype = "text/html"


class _RefusalError(msgspec.Struct, frozen=True):
    what: str
    next_step: str


class _RefusalAnswer(msgspec.Struct, frozen=True):
    error: _RefusalError


def error_response(error: CarerStoriesError) -> Response:
    """Return the answer for an error, with its code and next step."""
    if isinstance(error, CodedRefusal):
        return refusal_response(
            error.status, error.code, error.what, error.next_step, **error.facts
        )
    status, code = next((s, c) for kind, s, c in _CODES if isinstance(error, kind))
    return refusal_response(status, code, error.what, error.next_step)


def too_large(page: LocalPage) -> Response:
    return refusal_response(413, "too-large", f"That is larger than the {page.name} takes.")


def asking_window() -> str:
    """Return the id of the window that asks: the same after it has connected again."""
    window: str = g.proven.connection.window
    return window


def comes_from_killed_run() -> bool:
    """Return whether the window that asks was opened by a server that was killed since."""
    home: int = g.proven.connection.home
    return home != 0


def request_body() -> bytes:
    """Return what was sent: opened, where it came sealed."""
    body: bytes | None = g.get("body")
    return request.get_data(cache=False) if body is None else body


def decode_body(kind: type[T]) -> T:
    """Return the request's body, decoded strictly. Raises BadInput naming the field."""
    try:
        return msgspec.json.decode(request_body(), type=kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"What was sent is not as it should be: {explain(error)}.") from None
    except UNDECODABLE:
        raise BadInput("What was sent cannot be read.") from None


def install_error_handlers(app: Flask, page: LocalPage) -> None:
    """Answer every failure of a request with a sentence, never with a page of HTML."""

    @app.errorhandler(CarerStoriesError)
    def _refused(error: CarerStoriesError) -> Response:
        return error_response(error)

    @app.errorhandler(HTTPException)
    def _unknown(error: HTTPException) -> Response:
        # The connection broke while the body was sent.
        if isinstance(error, ClientDisconnected):
            return refusal_response(400, "bad-request", "Not all of it arrived.", "Send it again.")
        if error.code == 413:
            return too_large(page)
        status = error.code or 500
        code = "not-found" if status in (404, 405) else "bad-request"
        return refusal_response(status, code, "There is nothing at this address.")

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        # In words of ours: its own may quote what was typed.
        return refusal_response(500, "refused", as_refusal(error).what, page.reassurance)
