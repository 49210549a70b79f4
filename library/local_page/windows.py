"""The windows that a page's server knows, their connections, and the proof of each request."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from library.local_page.proof import (
    ConnectionKeys,
    Hello,
    KeyPair,
    ReplayGuard,
    from_base64url,
    is_proof,
    prove,
    seal,
    sha256_base64url,
    to_base64url,
    unseal,
)

_MAX_WINDOWS = 32
_MAX_CONNECTIONS = 256
MAX_RUNS = 4
_PROOF = re.compile(r"([\w-]{22})\.([1-9]\d{0,14})\.([\w-]{43})\.([\w-]{43})", re.ASCII)
_Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class KnownWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window that may come back to a server started anew."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}$")]
    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
    """Key by which the window proves itself: agreed on with the server, never sent."""

    def __repr__(self) -> str:
        return f"KnownWindow(id={self.id!r})"


class FormerRun(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"fallback_ports": "ways_back"},
):
    """A server that was killed, with the ports at which its windows look for the next one."""

    port: _Port
    fallback_ports: tuple[_Port, ...]
    windows: tuple[KnownWindow, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        return (self.port, *self.fallback_ports)


class HelloRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page proves that it is of this run (`again`: that this server knows its window)."""

    window: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}$")]
    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{87}$")]
    proof: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
    again: bool = False


class Windows:
    """The windows of this run and of those before it, for all addresses of a server."""

    def __init__(
        self,
        former: tuple[FormerRun, ...] = (),
        save: Callable[[tuple[KnownWindow, ...]], None] = lambda _own: None,
    ) -> None:
        self.former = former
        self._own: tuple[KnownWindow, ...] = ()
        self._save = save
        self._lock = threading.Lock()
        self._closed = False

    @property
    def former_ports(self) -> frozenset[int]:
        return frozenset(run.port for run in self.former)

    def key_of(self, window: str) -> tuple[bytes, int] | None:
        """Return the window’s key and the port of its page; 0 is this run’s own."""
        runs = [(0, self._own), *((run.port, run.windows) for run in self.former)]
        for port, windows in runs:
            for known in windows:
                if known.id == window:
                    return from_base64url(known.key), port
        return None

    def add(self, window: str, key: bytes) -> None:
        """Remember it, on the disk as well, before it is answered."""
        with self._lock:
            if self._closed:
                return
            known = KnownWindow(id=window, key=to_base64url(key))
            self._own = (*self._own, known)[-_MAX_WINDOWS:]
            self._save(self._own)

    def close(self) -> None:
        """Write no more: the server ends."""
        with self._lock:
            self._closed = True


@dataclass
class Connection:
    """The agreement of a page and its server, made in a hello."""

    window: str
    """The window’s id: the same after it has connected again."""
    keys: ConnectionKeys
    home: int
    """The port of the page’s own address; 0 is that of the server."""
    numbers: ReplayGuard = field(default_factory=ReplayGuard)
    is_used: bool = False


@dataclass(frozen=True)
class Proven:
    """A request that was proved, whose body is still to be opened."""

    connection: Connection
    number: int
    body_digest: str

    def open(self, body: bytes) -> bytes:
        """Return what the body holds. Raises ValueError unless it is what was proved."""
        if sha256_base64url(body) != self.body_digest:
            raise ValueError("another body")
        return unseal(self.connection.keys.page_seal, self.number, body) if body else b""

    def answer(self, status: int, body: bytes) -> tuple[str, bytes]:
        """Return the proof of an answer, and its body sealed."""
        keys = self.connection.keys
        sealed = seal(keys.server_seal, self.number, body)
        signed_fields = (
            "answer",
            keys.name,
            str(self.number),
            str(status),
            sha256_base64url(sealed),
        )
        return prove(keys.server_proof, *signed_fields), sealed


class Connections:
    """The connections that windows have with one address of the server."""

    def __init__(self, token: str, host: str, windows: Windows) -> None:
        self._token = token.encode()
        self._host = host
        self._windows = windows
        self._open: dict[str, Connection] = {}
        self._greeted: set[str] = set()
        self._lock = threading.Lock()

    def greet(self, hello: HelloRequest, origin_port: int) -> dict[str, str] | None:
        """Answer a hello with the server’s own proof; None unless the page proved itself.

        `origin_port` is that of the page where it is not this address’s own, else 0.
        """
        hello_message = Hello(self._host, hello.window, hello.key)
        known = self._windows.key_of(hello.window)
        if hello.again == (known is None):  # a window says hello by the token once
            return None
        key, home = known or (self._token, 0)
        if not hello_message.is_from_page(key, hello.proof) or origin_port not in (0, home):
            return None
        pair = KeyPair()
        try:
            agreed = pair.shared_secret(hello.key)
        except ValueError:
            return None
        with self._lock:
            if hello.key in self._greeted:  # a replay
                return None
            self._greeted.add(hello.key)
        keys = hello_message.keys(key, agreed, pair.public)
        if known is None:
            self._windows.add(hello.window, keys.reconnect_key)
        self._add(Connection(hello.window, keys, home))
        return {"key": pair.public, "proof": hello_message.server_proof(key, pair.public)}

    def _add(self, connection: Connection) -> None:
        with self._lock:
            if len(self._open) >= _MAX_CONNECTIONS:
                # Of those first that nobody has used: a replayed hello must end no recording.
                oldest = sorted(self._open.items(), key=lambda item: item[1].is_used)
                del self._open[oldest[0][0]]
            self._open[connection.keys.name] = connection

    def check(
        self, proof: str, method: str, target: str, content_type: str, origin_port: int
    ) -> Proven | None:
        """Return the request if it was proved and never came before."""
        match = _PROOF.fullmatch(proof)
        connection = self._open.get(match[1]) if match else None
        if match is None or connection is None or origin_port not in (0, connection.home):
            return None
        name, number, body_digest, own = match.groups()
        signed_fields = (
            "request",
            name,
            number,
            method,
            self._host,
            target,
            content_type,
            body_digest,
        )
        if not is_proof(connection.keys.page_proof, own, *signed_fields):
            return None
        if not connection.numbers.take(int(number)):
            return None
        connection.is_used = True
        return Proven(connection, int(number), body_digest)
