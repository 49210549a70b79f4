"""Key agreement between page and server, and what is authenticated and encrypted with its keys.

Neither side ever sends a key. Each hello is a Diffie-Hellman exchange that both sides authenticate
with a key that they share already. A key that becomes known later decrypts nothing that was sent
before. `docs/project/station-page.md` describes every message; `page/proof.js` is the page's side.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Of every page, and the name that the first of them gave it: an open window that meets a later
# version, after a kill and an upgrade, must go on with it.
_PROTOCOL = "carer-stories station 1"
_KEY_BYTES = 32
_NAME_BYTES = 16
_REPLAY_WINDOW = 4096
"""Distance below the highest request number that a late request may have, each number once."""
_FIRST_PORT, _PORT_COUNT = 20_000, 12_000
"""Fallback ports lie below the range that systems hand out by themselves."""
_FALLBACK_PORTS = 8


def to_base64url(data: bytes) -> str:
    """Return the bytes as text for headers and JSON: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes that `to_base64url` encoded. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def sha256_base64url(data: bytes) -> str:
    return to_base64url(hashlib.sha256(data).digest())


def prove(key: bytes, *parts: str) -> str:
    """Return an HMAC-SHA-256 over the parts, none of which contains a line break."""
    return to_base64url(hmac.digest(key, "\n".join((_PROTOCOL, *parts)).encode(), "sha256"))


def is_proof(key: bytes, proof: str, *parts: str) -> bool:
    return hmac.compare_digest(prove(key, *parts).encode(), proof.encode())


def fallback_ports(token: str) -> tuple[int, ...]:
    """Return the ports at which a page looks for its server when the first port is taken.

    They are derived from the secret token, so that nobody else can wait there beforehand.
    """
    data = _derive(token.encode(), b"", "ports", 2 * _FALLBACK_PORTS)
    pairs = (data[at : at + 2] for at in range(0, len(data), 2))
    return tuple(_FIRST_PORT + int.from_bytes(pair, "big") % _PORT_COUNT for pair in pairs)


def _derive(secret: bytes, salt: bytes, info: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, f"{_PROTOCOL}\n{info}".encode()).derive(secret)


class KeyPair:
    """An ephemeral key pair of one side, for one key agreement."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.public = to_base64url(point)

    def shared_secret(self, other: str) -> bytes:
        """Return the secret that only both sides know. Raises ValueError for a wrong public key."""
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(other))
        return self._private.exchange(ec.ECDH(), point)


@dataclass(frozen=True)
class Hello:
    """The contents of a hello, which both sides authenticate."""

    host: str
    """Address that was asked: an answer from anywhere else is not authentic."""
    window: str
    """Random id of the browser's window."""
    page_key: str
    """Public key of the page."""

    def page_proof(self, key: bytes) -> str:
        return prove(key, "hello", self.host, self.window, self.page_key)

    def is_from_page(self, key: bytes, proof: str) -> bool:
        return hmac.compare_digest(self.page_proof(key).encode(), proof.encode())

    def server_proof(self, key: bytes, server_key: str) -> str:
        return prove(key, "welcome", self.host, self.window, self.page_key, server_key)

    def keys(self, key: bytes, shared_secret: bytes, server_key: str) -> ConnectionKeys:
        """Return the keys of the connection, derived from the shared secret and from `key`."""
        salt = hmac.digest(key, f"{_PROTOCOL}\nsalt".encode(), "sha256")
        info = "\n".join(("keys", self.host, self.window, self.page_key, server_key))
        data = _derive(shared_secret, salt, info, 5 * _KEY_BYTES + _NAME_BYTES)
        *keys, name = [data[at : at + _KEY_BYTES] for at in range(0, len(data), _KEY_BYTES)]
        return ConnectionKeys(to_base64url(name), *keys)


@dataclass(frozen=True)
class ConnectionKeys:
    """The keys of one connection, two for each direction; `name` is no secret."""

    name: str
    page_proof: bytes = field(repr=False)
    server_proof: bytes = field(repr=False)
    page_seal: bytes = field(repr=False)
    server_seal: bytes = field(repr=False)
    reconnect_key: bytes = field(repr=False)
    """Key with which the window authenticates itself to a server that was started again."""


def seal(key: bytes, number: int, data: bytes) -> bytes:
    """Encrypt the body of the request of that number; each number is used once."""
    return AESGCM(key).encrypt(number.to_bytes(12, "big"), data, None)


def unseal(key: bytes, number: int, data: bytes) -> bytes:
    """Decrypt what `seal` encrypted. Raises ValueError."""
    try:
        return AESGCM(key).decrypt(number.to_bytes(12, "big"), data, None)
    except InvalidTag:
        raise ValueError("sealed with another key") from None


def new_window_id() -> str:
    return to_base64url(secrets.token_bytes(16))


class ReplayGuard:
    """Takes the number of each request once, so that no request can be replayed."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._highest = 0
        self._lock = threading.Lock()

    def take(self, number: int) -> bool:
        """Return whether the number is new. One below the replay window counts as seen."""
        with self._lock:
            if number in self._seen or number <= self._highest - _REPLAY_WINDOW:
                return False
            self._seen.add(number)
            if number > self._highest:
                self._highest = number
                if len(self._seen) > 2 * _REPLAY_WINDOW:
                    floor = number - _REPLAY_WINDOW
                    self._seen = {seen for seen in self._seen if seen > floor}
            return True
