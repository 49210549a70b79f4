"""The login link of `site serve`: it lets in the browser that opens it first, and nobody else.

Every account of a computer can reach a port of 127.0.0.1. So the link, which only the terminal of
whoever started the server shows, holds a secret that is good once; it is exchanged for a cookie.

Browsers keep no cookies apart by port: any program of another account that is asked something at
127.0.0.1 would be sent this one. So the site lies below a path that is new at every start and that
nobody else can know, and the cookie is for that path alone.
"""

from __future__ import annotations

import secrets
import threading

_ENTRY = "enter/"
"""Beginning of the one-time link, below the path of the site."""


class LoginLink:
    """The secrets of a server’s path, link and cookie: in memory alone, new at every start."""

    def __init__(self) -> None:
        self.base = f"/{secrets.token_urlsafe(16)}/"
        """Path below which the site lies."""
        self._link_secret = secrets.token_urlsafe(32)
        self._cookie_secret = secrets.token_urlsafe(32)
        self._lock = threading.Lock()
        self._is_link_used = False

    def path(self) -> str:
        """Return the path of the one-time link."""
        return f"{self.base}{_ENTRY}{self._link_secret}"

    def is_entry(self, path: str) -> bool:
        """Return True for what can only be a one-time link of this server."""
        return path.startswith(f"{self.base}{_ENTRY}")

    def redeem(self, path: str) -> str:
        """Return the value of the cookie for the one-time link, once; else an empty string."""
        with self._lock:
            if self._is_link_used or not _same(path, self.path()):
                return ""
            self._is_link_used = True
            return self._cookie_secret

    def accepts_cookie(self, cookie: str | None) -> bool:
        """Return True for the cookie that the link was exchanged for."""
        # Before the link was used nobody can have it.
        return self._is_link_used and _same(cookie or "", self._cookie_secret)


def _same(given: str, expected: str) -> bool:
    # Takes as long for a wrong one as for the right one; bytes, for it takes no other letters.
    return secrets.compare_digest(given.encode("utf-8", "replace"), expected.encode())
