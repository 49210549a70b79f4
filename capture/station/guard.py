"""Checks of every request to the station, and the headers of every answer.

Another page in the same browser can send requests to this address, and a name that somebody else
owns can be made to lead here (DNS rebinding). So the Host is checked before anything else, then the
Origin, and every request for data must have this run's token.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from flask import Flask, Request, Response, request

from capture.station.responses import refusal_response

HOST = "127.0.0.1"
LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a chunk of a recording; a second of video has about 300 kB."""
LARGEST_JSON = 64 * 1024
"""Bytes of any other request; the longest note has 2,000 characters."""
# The name of a header, which ruff takes for a secret.
TOKEN_HEADER = "X-Station-Token"  # noqa: S105
JSON, BYTES = "application/json", "application/octet-stream"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    # What was told must not lie in the browser’s cache.
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass
class Guard:
    """The checks, for the token and port of one run."""

    token: str = field(repr=False)
    """Left out wherever the object is shown: an error may quote it."""
    port: int = 0

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def install(self, app: Flask) -> None:
        """Check every request before any route is looked up."""
        # For pages that do not exist as well, which must not tell a stranger anything.
        app.before_request(self.check_request)
        app.after_request(_with_headers)

    def check_request(self) -> Response | None:
        """Return the refusal of the current request, or None."""
        # The Host first: a page under a name of its own must learn nothing from other refusals.
        return (
            self._check_host_and_origin(request)
            or self._check_token(request)
            or _check_body(request)
        )

    def _check_host_and_origin(self, incoming: Request) -> Response | None:
        # The header as it was sent, not Werkzeug’s reading of it.
        if incoming.environ.get("HTTP_HOST") != self.host:
            return refusal_response(421, "wrong-host", "This is not the address of the station.")
        origin = incoming.headers.get("Origin")
        if origin is not None and origin != f"http://{self.host}":
            return refusal_response(
                403, "wrong-origin", "Another page may not ask the station anything."
            )
        # Browsers that do not know the header leave it out; the token is asked for all the same.
        site = incoming.headers.get("Sec-Fetch-Site", "same-origin")
        allowed = {"same-origin"} if _is_api(incoming) else {"same-origin", "none"}
        if site not in allowed and not _is_page_navigation(incoming):
            return refusal_response(
                403, "wrong-origin", "Another page may not ask the station anything."
            )
        return None

    def _check_token(self, incoming: Request) -> Response | None:
        # In equal time for every guess; as bytes, for compare_digest takes no text beyond ASCII.
        token = incoming.headers.get(TOKEN_HEADER, "")
        if _is_api(incoming) and not hmac.compare_digest(token.encode(), self.token.encode()):
            return refusal_response(
                401,
                "wrong-token",
                "This window does not belong to the station that is running.",
                "Use the window that opened when the station was started.",
            )
        return None


def _is_api(incoming: Request) -> bool:
    return incoming.path.startswith("/api/")


def _is_page_navigation(incoming: Request) -> bool:
    """Return whether a window opens the page, led there by a file (`server.write_redirect_page`).

    That is harmless from anywhere: the page holds nothing, and without the token shows nothing.
    """
    opened = ("navigate", "document")
    fetch_headers = tuple(incoming.headers.get(f"Sec-Fetch-{what}") for what in ("Mode", "Dest"))
    return incoming.method == "GET" and incoming.path == "/" and fetch_headers == opened


def _check_body(incoming: Request) -> Response | None:
    if incoming.method in ("GET", "HEAD"):
        return None
    # Without a length nothing could be held against the limits.
    if incoming.content_length is None or incoming.headers.get("Transfer-Encoding"):
        return refusal_response(411, "no-length", "The request does not say how long it is.")
    binary = "/chunks/" in incoming.path
    if incoming.content_length > (LARGEST_BODY if binary else LARGEST_JSON):
        return refusal_response(413, "too-large", "That is larger than the station takes.")
    # Neither type can be sent from another origin without asking first, and none is allowed.
    if incoming.mimetype != (BYTES if binary else JSON):
        return refusal_response(
            415, "wrong-type", "The request is not of the kind the station takes."
        )
    return None


def _with_headers(answer: Response) -> Response:
    for name, value in _HEADERS.items():
        answer.headers[name] = value
    return answer
