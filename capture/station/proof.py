"""Key agreement between page and station, and the proofs and seals made with it.

Neither side ever sends a key. Each hello is a Diffie-Hellman exchange that both prove with a key
they share already; a key that becomes known later opens nothing that was sealed before.
The form of every message is described in docs/station.md; `page/proof.js` is the page's side.
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

_NAME = "carer-stories station 1"
_KEY_BYTES = 32
_REPLAYS_KNOWN = 4096
"""Numbers of requests below the highest one that may still come late, each once."""
_FIRST_PORT, _PORT_COUNT = 20_000, 12_000
"""The ports of a way back lie below those that systems hand out by themselves."""
_WAYS_BACK = 8


def encoded(data: bytes) -> str:
    """Return the bytes as text for headers and JSON: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of `encoded`. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def digest(data: bytes) -> str:
    return encoded(hashlib.sha256(data).digest())


def prove(key: bytes, *parts: str) -> str:
    """Return the HMAC over the parts; none of them holds a line break."""
    return encoded(hmac.digest(key, "\n".join((_NAME, *parts)).encode(), "sha256"))


def is_proof(key: bytes, proof: str, *parts: str) -> bool:
    return hmac.compare_digest(prove(key, *parts).encode(), proof.encode())


def ways_back(token: str) -> tuple[int, ...]:
    """Return the ports at which a page looks for its station where its own port is taken.

    They follow from the token, so that nobody else can wait there beforehand.
    """
    data = _derived(token.encode(), b"", "ports", 2 * _WAYS_BACK)
    pairs = (data[at : at + 2] for at in range(0, len(data), 2))
    return tuple(_FIRST_PORT + int.from_bytes(pair, "big") % _PORT_COUNT for pair in pairs)


def _derived(secret: bytes, salt: bytes, info: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, f"{_NAME}\n{info}".encode()).derive(secret)


class KeyPair:
    """One side's half of a key agreement, used once."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.public = encoded(point)

    def agree(self, other: str) -> bytes:
        """Return what only the two sides know. Raises ValueError for what is no public key."""
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(other))
        return self._private.exchange(ec.ECDH(), point)


@dataclass(frozen=True)
class Hello:
    """The words of a hello: both sides say them, and prove that they did."""

    host: str
    """The address that was asked: an answer from anywhere else proves nothing."""
    window: str
    page: str
    """The page’s public key."""

    def page_proof(self, key: bytes) -> str:
        return prove(key, "hello", self.host, self.window, self.page)

    def is_from_page(self, key: bytes, proof: str) -> bool:
        return hmac.compare_digest(self.page_proof(key).encode(), proof.encode())

    def station_proof(self, key: bytes, station: str) -> str:
        return prove(key, "welcome", self.host, self.window, self.page, station)

    def keys(self, key: bytes, agreed: bytes, station: str) -> ConnectionKeys:
        """Return the keys of the connection: from what was agreed, and from `key`."""
        salt = hmac.digest(key, f"{_NAME}\nsalt".encode(), "sha256")
        said = "\n".join(("keys", self.host, self.window, self.page, station))
        data = _derived(agreed, salt, said, 5 * _KEY_BYTES + 16)
        *keys, name = [data[at : at + _KEY_BYTES] for at in range(0, len(data), _KEY_BYTES)]
        return ConnectionKeys(encoded(name), *keys)


@dataclass(frozen=True)
class ConnectionKeys:
    """The keys of one connection, a pair for each direction; `name` is no secret."""

    name: str
    page_proof: bytes = field(repr=False)
    station_proof: bytes = field(repr=False)
    page_seal: bytes = field(repr=False)
    station_seal: bytes = field(repr=False)
    way_back: bytes = field(repr=False)
    """Key by which the window proves itself to a station that was started again."""


def seal(key: bytes, number: int, data: bytes) -> bytes:
    """Encrypt what goes with the request of that number; each number is used once."""
    return AESGCM(key).encrypt(number.to_bytes(12, "big"), data, None)


def unseal(key: bytes, number: int, data: bytes) -> bytes:
    """Return what was sealed. Raises ValueError."""
    try:
        return AESGCM(key).decrypt(number.to_bytes(12, "big"), data, None)
    except InvalidTag:
        raise ValueError("sealed with another key") from None


def new_window() -> str:
    return encoded(secrets.token_bytes(16))


class Numbers:
    """The numbers of requests that have come: each is taken once."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._highest = 0
        self._lock = threading.Lock()

    def take(self, number: int) -> bool:
        """Return whether it is new. One that is far too late counts as seen."""
        with self._lock:
            if number in self._seen or number <= self._highest - _REPLAYS_KNOWN:
                return False
            self._seen.add(number)
            if number > self._highest:
                self._highest = number
                if len(self._seen) > 2 * _REPLAYS_KNOWN:
                    floor = number - _REPLAYS_KNOWN
                    self._seen = {seen for seen in self._seen if seen > floor}
            return True
