"""The page's side of the station's protocol, in Python: hello, proofs, seals.

The protocol is described in docs/project/station-page.md.

Transport is the caller's: a socket, or Flask's own client.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from library.local_page import proof
from library.local_page.proof import ConnectionKeys, Hello, KeyPair

HEADER = "X-Station-Proof"


class NotTheStation(AssertionError):
    """A program answered that did not prove to be the station of this window."""


@dataclass
class StationLine:
    """One window's connection to the station at `host`."""

    host: str
    token: str = field(repr=False)
    window: str = field(default_factory=proof.new_window_id)
    own_key: bytes = field(default=b"", repr=False)
    """Key by which the window proves itself once the station knows it."""
    keys: ConnectionKeys | None = None
    number: int = 0

    def hello(self) -> tuple[Hello, KeyPair, dict[str, Any]]:
        """Return what is said, with the half of the key that is kept, and the request's body."""
        if not self.own_key:
            self.window = proof.new_window_id()
        pair = KeyPair()
        greeting = Hello(self.host, self.window, pair.public)
        again = bool(self.own_key)
        body = {
            "window": self.window,
            "key": pair.public,
            "proof": greeting.page_proof(self._key),
            "again": again,
        }
        return greeting, pair, body

    def welcome(self, greeting: Hello, pair: KeyPair, answer: Any) -> None:
        """Take the answer to a hello. Raises NotTheStation unless it is proved."""
        theirs, theirs_proof = (
            (str(answer.get("key")), str(answer.get("proof")))
            if isinstance(answer, dict)
            else ("", "")
        )
        if greeting.server_proof(self._key, theirs) != theirs_proof:
            raise NotTheStation(answer)
        self.keys = greeting.keys(self._key, pair.shared_secret(theirs), theirs)
        self.number = 0
        self.own_key = self.own_key or self.keys.reconnect_key

    @property
    def _key(self) -> bytes:
        return self.own_key or self.token.encode()

    def prove(
        self, method: str, target: str, kind: str = "", body: bytes | None = None
    ) -> tuple[str, bytes | None]:
        """Return the header of a request and its body, sealed."""
        assert self.keys is not None
        self.number += 1
        sealed = None if body is None else proof.seal(self.keys.page_seal, self.number, body)
        digest = proof.sha256_base64url(sealed or b"")
        parts = ("request", self.keys.name, str(self.number), method, self.host, target, kind)
        own = proof.prove(self.keys.page_proof, *parts, digest)
        return f"{self.keys.name}.{self.number}.{digest}.{own}", sealed

    def opened(
        self, status: int, headers: Mapping[str, str], body: bytes, number: int = 0
    ) -> bytes | None:
        """Return what the answer to the request of that number (the last) holds.

        None where the answer is not the station's.
        """
        assert self.keys is not None
        number = number or self.number
        parts = ("answer", self.keys.name, str(number), str(status), proof.sha256_base64url(body))
        if not proof.is_proof(self.keys.server_proof, headers.get(HEADER, ""), *parts):
            return None
        return proof.unseal(self.keys.server_seal, number, body)


def as_json(data: bytes) -> Any:
    """Return the data as JSON where it is any."""
    try:
        return json.loads(data)
    except ValueError:
        return data
