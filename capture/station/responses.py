"""Answers of the station: JSON, and every refusal as a sentence with a code."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from flask import Flask, Response, g, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from capture.sessions.refusals import SessionRefusal
from library.core.errors import BadInput, Busy, CarerStoriesError, NoRoom, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.struct_file import UNDECODABLE, explain
from library.core.unforeseen import as_refusal

T = TypeVar("T")
# What was sent, and may be quoted, has up to 64 KB.
_MAX_SENTENCE_CHARACTERS = 600
_STATUS_BY_CODE = {"gone": 410, "no-room": 507, "take-failed": 503}
"""HTTP status by code of a session's refusal; that of every other code is 409."""
# The first class that fits is taken: the base class of all comes last.
_CODES: tuple[tuple[type[CarerStoriesError], int, str], ...] = (
    (NotAllowed, 403, "not-allowed"),
    (NotFound, 404, "not-found"),
    (BadInput, 400, "bad-request"),
    (Busy, 409, "busy"),
    (NoRoom, 507, "no-room"),
    (CarerStoriesError, 500, "refused"),
)


def json_response(data: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(data), status, mimetype="application/json")


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
    """Return the sentence without control characters, and cut: it may quote what was sent."""
    text = printable(sentence)
    return text if len(text) <= _MAX_SENTENCE_CHARACTERS else f"{text[:_MAX_SENTENCE_CHARACTERS]}…"


def error_response(error: CarerStoriesError) -> Response:
    """Return the answer for an error, with its code and next step."""
    if isinstance(error, SessionRefusal):
        status = _STATUS_BY_CODE.get(error.code, 409)
        return refusal_response(status, error.code, error.what, error.next_step, **error.facts)
    status, code = next((s, c) for kind, s, c in _CODES if isinstance(error, kind))
    return refusal_response(status, code, error.what, error.next_step)


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


def install_error_handlers(app: Flask) -> None:
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
            return refusal_response(413, "too-large", "That is larger than the station takes.")
        status = error.code or 500
        code = "not-found" if status in (404, 405) else "bad-request"
        return refusal_response(status, code, "There is nothing at this address.")

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        # In words of ours: its own may quote what was typed.
        return refusal_response(
            500,
            "refused",
            as_refusal(error).what,
            "What was recorded up to now is safe. Try again.",
        )
