"""Checks of every request to a page's server, and the headers of every answer.

Another page in the same browser can send requests to this address, and a name that somebody else
owns can be made to lead here (DNS rebinding). So the Host is checked before anything else, then the
Origin, and every request for data must prove that it comes from a window of this page. Every answer
to such a request is proved and sealed as well (`library.local_page.windows`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask, Request, Response, g, request

from library.local_page.definition import LocalPage
from library.local_page.responses import (
    BYTES_TYPE,
    JSON_TYPE,
    decode_body,
    json_response,
    refusal_response,
    show_refusal,
    too_large,
)
from library.local_page.windows import Connections, HelloRequest, Proven, Windows

HOST = "127.0.0.1"
# The name stays, for the reason of the protocol’s (`library.local_page.proof`).
PROOF_HEADER = "X-Station-Proof"
API = "/api/"
HELLO_PATH = f"{API}hello"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' 127.0.0.1:*; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    # What was told must not lie in the browser’s cache.
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FEATURES = ("camera", "microphone", "geolocation", "payment", "usb")
"""Features of the browser that a page is denied unless it says that it needs them."""


def _permissions_policy(page: LocalPage) -> str:
    allowed = page.browser_features
    return ", ".join(f"{feature}=({'self' if feature in allowed else ''})" for feature in _FEATURES)


@dataclass
class Guard:
    """The checks of a page, for the token and port of one run."""

    page: LocalPage
    token: str = field(repr=False)
    """Left out wherever the object is shown: an error may quote it."""
    port: int = 0
    windows: Windows = field(default_factory=Windows, repr=False)
    has_pages: bool = True
    """False where only windows of a killed server are answered: no page is opened there again."""

    def __post_init__(self) -> None:
        self._connections = Connections(self.token, self.host, self.windows)
        self._headers = _HEADERS | {"Permissions-Policy": _permissions_policy(self.page)}

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def install(self, app: Flask) -> None:
        """Check every request before any route is looked up."""
        # For pages that do not exist as well, which must not tell a stranger anything.
        app.before_request(self.check_request)
        app.after_request(self.complete_answer)
        app.post(HELLO_PATH)(self.greet)

    def check_request(self) -> Response | None:
        """Return the refusal of the current request, or None."""
        # The Host first: a page under a name of its own must learn nothing from other refusals.
        return (
            self._check_host_and_origin(request)
            or self._check_page(request)
            or self._check_proof(request)
            or self._check_body(request)
            or self._open_body(request)
        )

    def greet(self) -> Response:
        """Answer a page’s hello with the server’s own proof, if the page proved itself."""
        hello = decode_body(HelloRequest)
        answer = self._connections.greet(hello, self._former_origin(request))
        return self._unproved() if answer is None else json_response(answer, 201)

    def complete_answer(self, answer: Response) -> Response:
        """Prove and seal the answer to a request that was proved, and add the headers."""
        proven: Proven | None = g.get("proven")
        if proven is not None and request.method != "HEAD":
            proof, sealed = proven.answer(answer.status_code, answer.get_data())
            answer.set_data(sealed)
            answer.mimetype = BYTES_TYPE
            answer.headers[PROOF_HEADER] = proof
        elif answer.status_code >= 400 and "text/html" in request.headers.get("Accept", ""):
            show_refusal(answer, self.page)
        for name, value in self._headers.items():
            answer.headers[name] = value
        if self._former_origin(request):
            answer.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            answer.headers["Access-Control-Expose-Headers"] = PROOF_HEADER
            answer.headers["Vary"] = "Origin"
        return answer

    def _former_origin(self, incoming: Request) -> int:
        """Return the port of the page that asks, if a server was killed there; else 0.

        Such a page asks here because a stranger took its server’s port
        (`docs/project/station-page.md`).
        """
        origin = incoming.headers.get("Origin", "")
        ports = self.windows.former_ports - {self.port} if _is_api(incoming) else ()
        return next((port for port in ports if origin == f"http://{HOST}:{port}"), 0)

    def _check_host_and_origin(self, incoming: Request) -> Response | None:
        # The header as it was sent, not Werkzeug’s reading of it.
        if incoming.environ.get("HTTP_HOST") != self.host:
            return refusal_response(
                421, "wrong-host", f"This is not the address of the {self.page.name}."
            )
        former = self._former_origin(incoming)
        origin = incoming.headers.get("Origin")
        if origin is not None and origin != f"http://{self.host}" and not former:
            return self._wrong_origin()
        # Browsers that do not know the header leave it out; a proof is asked for all the same.
        site = incoming.headers.get("Sec-Fetch-Site", "same-origin")
        allowed = {"same-origin"} if self._is_for_data(incoming) else {"same-origin", "none"}
        # Another port of this machine is of the same site.
        if former:
            allowed.add("same-site")
        if site not in allowed and not _is_page_navigation(incoming):
            return self._wrong_origin()
        if former and incoming.method == "OPTIONS":
            return Response(
                status=204,
                headers={
                    "Access-Control-Allow-Methods": "GET, POST",
                    "Access-Control-Allow-Headers": f"Content-Type, {PROOF_HEADER}",
                },
            )
        return None

    def _is_for_data(self, incoming: Request) -> bool:
        """Return True for what only a script or a player of the page asks for."""
        return _is_api(incoming) or _rule(incoming) in self.page.unproved_routes

    def _check_page(self, incoming: Request) -> Response | None:
        if self.has_pages or _is_api(incoming) or _is_of_refusal(incoming):
            return None
        return refusal_response(
            410,
            "gone",
            f"The {self.page.name} of this window has ended.",
            f"It was started again since. Use the window that opened then. Is that one closed? "
            f"Then start the {self.page.title} again: it shows its page again.",
        )

    def _check_proof(self, incoming: Request) -> Response | None:
        if not _is_api(incoming) or (incoming.method == "POST" and incoming.path == HELLO_PATH):
            return None
        g.proven = self._connections.check(
            incoming.headers.get(PROOF_HEADER, ""),
            incoming.method,
            # As it was sent: what it is read as is for the routes to say.
            incoming.environ.get("REQUEST_URI", ""),
            incoming.headers.get("Content-Type", ""),
            self._former_origin(incoming),
        )
        return self._unproved() if g.proven is None else None

    def _open_body(self, incoming: Request) -> Response | None:
        """Open what a proved request holds; `responses.request_body` returns it."""
        proven: Proven | None = g.get("proven")
        if proven is None or incoming.method in ("GET", "HEAD"):
            return None
        try:
            g.body = proven.open(incoming.get_data(cache=False))
        except ValueError:
            g.proven = None
            return self._unproved()
        return None

    def _check_body(self, incoming: Request) -> Response | None:
        if incoming.method in ("GET", "HEAD"):
            return None
        # Without a length nothing could be held against the limits.
        if incoming.content_length is None or incoming.headers.get("Transfer-Encoding"):
            return refusal_response(411, "no-length", "The request does not say how long it is.")
        page = self.page
        binary = any(part in incoming.path for part in page.bytes_paths)
        if incoming.content_length > (page.max_bytes if binary else page.max_json_bytes):
            return too_large(page)
        # Neither type can be sent from another origin without asking first, and none is allowed.
        if incoming.mimetype != (BYTES_TYPE if binary else JSON_TYPE):
            return refusal_response(
                415, "wrong-type", f"The request is not of the kind the {page.name} takes."
            )
        return None

    # The refusals, in the page’s own words

    def _wrong_origin(self) -> Response:
        return refusal_response(
            403, "wrong-origin", f"Another page may not ask the {self.page.name} anything."
        )

    def _unproved(self) -> Response:
        return refusal_response(
            401,
            "unproved",
            f"This window does not belong to the {self.page.name} that is running.",
            f"Use the window that opened when the {self.page.name} was started.",
        )


def _is_api(incoming: Request) -> bool:
    return incoming.path.startswith(API)


def _rule(incoming: Request) -> str:
    """Return the rule of the route that a request leads to; empty where there is none."""
    return incoming.url_rule.rule if incoming.url_rule else ""


def _is_of_refusal(incoming: Request) -> bool:
    """Return whether a refusal's page asks for its look: styles and letters, which tell nothing."""
    return incoming.path == "/assets/look.css" or incoming.path.startswith("/fonts/")


def _is_page_navigation(incoming: Request) -> bool:
    """Return whether a window opens the page, led there by a file (`launcher.write_redirect_page`).

    That is harmless from anywhere: the page holds nothing, and without the token shows nothing.
    """
    opened = ("navigate", "document")
    fetch_headers = tuple(incoming.headers.get(f"Sec-Fetch-{what}") for what in ("Mode", "Dest"))
    return incoming.method == "GET" and incoming.path == "/" and fetch_headers == opened
