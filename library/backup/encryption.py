"""Encrypt and decrypt the files of a backup, and read and write its key file.

ChaCha20-Poly1305 in chunks of a megabyte, the construction of age: each file has a key of its own,
derived (HKDF-SHA256) from the backup's key, 32 random bytes at the head of the file, and what the
file is. A chunk's nonce is its number and whether it is the last, so that chunks cannot be changed,
moved, left out or cut off unnoticed. Objects are named by HMAC-SHA256 of their content's SHA-256,
so that nobody without the key can test whether a file they know is in a backup. Sizes stay visible.

It is ours, and not age itself, because what a file is (an object, or a run by its id) is bound into
its key: a run cannot be renamed to pass for another. age binds a file to nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from library.core.errors import BadInput, Damaged, NotFound
from library.core.files import translate_disk_errors, write_atomic

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

_MAGIC = b"CSSEAL1\n"
_SALT_BYTES = 32
SEGMENT_BYTES = 1 << 20
"""Bytes of content in one encrypted segment."""
_TAG_BYTES = 16
_HEADER_BYTES = len(_MAGIC) + _SALT_BYTES
# A key file has some 200 bytes; of a wrong file no more than this is read.
_MAX_KEY_FILE_BYTES = 4096
_KEY_TITLE = "carer-stories backup key 1"
_KEEP_THE_KEY = "Keep two copies of the key, on paper too, and neither beside the backup."


class DecryptionError(Exception):
    """Encrypted bytes are torn, changed, or of another key."""


class Unencrypted:
    """A cipher that changes nothing: objects are the files themselves, under their SHA-256."""

    is_encrypted = False
    notes_key = ""

    def name_of(self, sha256: str) -> str:
        return sha256

    def stored_size(self, size: int) -> int:
        return size

    def encrypt(self, pieces: Iterable[bytes], about: str) -> Iterator[bytes]:  # noqa: ARG002
        yield from pieces

    def decrypt(self, pieces: Iterable[bytes], about: str) -> Iterator[bytes]:  # noqa: ARG002
        yield from pieces


class Encrypted:
    """Encryption with the key of one backup; `salt` is the backup's own id."""

    is_encrypted = True

    def __init__(self, key: bytes, salt: str) -> None:
        self._salt = salt.encode()
        self.notes_key = _derived(key, self._salt, b"notes").hex()
        """Of the notes of what was taken back: it opens nothing else, so a library may keep it."""
        self._names = _derived(key, self._salt, b"names")
        self._contents = _derived(key, self._salt, b"contents")

    def check(self) -> str:
        """Return a check value that tells this key from another and reveals nothing of it."""
        return hmac.new(self._names, b"check", hashlib.sha256).hexdigest()

    def name_of(self, sha256: str) -> str:
        return hmac.new(self._names, bytes.fromhex(sha256), hashlib.sha256).hexdigest()

    def stored_size(self, size: int) -> int:
        # An empty file has a piece as well, for its tag shows that nothing was cut off.
        pieces = max(1, -(-size // SEGMENT_BYTES))
        return _HEADER_BYTES + size + pieces * _TAG_BYTES

    def encrypt(self, pieces: Iterable[bytes], about: str) -> Iterator[bytes]:
        """Yield the encrypted bytes of `pieces`, whatever their lengths."""
        salt = secrets.token_bytes(_SALT_BYTES)
        yield _MAGIC + salt
        cipher = _cipher(_derived(self._contents, salt, about.encode()))
        for number, piece, last in _numbered(_in_pieces(pieces, SEGMENT_BYTES)):
            yield cipher.encrypt(_nonce(number, last), piece, None)

    def decrypt(self, pieces: Iterable[bytes], about: str) -> Iterator[bytes]:
        """Yield the content. Raises DecryptionError before a damaged chunk is given out."""
        from cryptography.exceptions import InvalidTag

        incoming = iter(pieces)
        head = b""
        # The head may come in several chunks.
        while len(head) < _HEADER_BYTES and (more := next(incoming, b"")):
            head += more
        if len(head) < _HEADER_BYTES or not head.startswith(_MAGIC):
            raise DecryptionError
        cipher = _cipher(
            _derived(self._contents, head[len(_MAGIC) : _HEADER_BYTES], about.encode())
        )
        following = _after(head[_HEADER_BYTES:], incoming)
        try:
            for number, piece, last in _numbered(_in_pieces(following, SEGMENT_BYTES + _TAG_BYTES)):
                yield cipher.decrypt(_nonce(number, last), piece, None)
        except InvalidTag:
            raise DecryptionError from None


Cipher = Unencrypted | Encrypted


def require_new_key_file(path: Path) -> None:
    """Raise BadInput where there is such a file already, NotFound where it has no folder."""
    if path.exists():
        raise BadInput(f"{path} is there already; nothing was changed.", "Name a new file.")
    if not path.parent.is_dir():
        raise NotFound(f"There is no folder {path.parent}.", "Make it, or name another place.")


def new_key(path: Path) -> bytes:
    """Make a key and write it to `path`, for its owner alone.

    It is whole and on the disk, its name too, before anything is encrypted with it. Raises as
    `require_new_key_file`.
    """
    require_new_key_file(path)
    key = secrets.token_bytes(32)
    digits = key.hex()
    # In groups of four, for it is to be typed again from paper.
    groups = [digits[at : at + 4] for at in range(0, 64, 4)]
    lines = [
        _KEY_TITLE,
        " ".join(groups[:8]),
        " ".join(groups[8:]),
        f"check {_check(key)}",
        _KEEP_THE_KEY,
    ]
    write_atomic(path, "".join(f"{line}\n" for line in lines).encode())
    return key


def read_key(path: Path) -> bytes:
    """Return the key in a key file, which may be typed from paper. Raises NotFound, BadInput."""
    if not path.is_file():
        raise NotFound(
            f"There is no key file {path}.",
            "Name the file that was made with the backup. Without its key nobody can read it.",
        )
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()[:_MAX_KEY_FILE_BYTES]
    # Notepad on Windows may have put a mark before the text.
    lines = data.decode("utf-8-sig", errors="replace").splitlines()
    digits = re.sub(r"\s", "", "".join(lines[1:3])).lower()
    if not lines or lines[0].strip() != _KEY_TITLE or not re.fullmatch("[0-9a-f]{64}", digits):
        raise BadInput(
            f"{path} is not a key of a backup.",
            "Name the key file that was made with --new-key, or type it again from paper.",
        )
    key = bytes.fromhex(digits)
    # Whoever types it from paper may leave out the check.
    if len(lines) > 3 and lines[3].split() != ["check", _check(key)]:
        raise BadInput(
            f"{path} has a slip in it: its digits and its check do not belong together.",
            "Compare it with the paper it was typed from.",
        )
    return key


def wrong_key(folder: Path) -> BadInput:
    return BadInput(
        f"This is not the key of the backup in {folder}.",
        "Name the key it was made with. If that is lost, nobody can read this backup: begin "
        "another one in another folder while the library itself is whole.",
    )


def damaged_object(what: str) -> Damaged:
    return Damaged(
        f"{what} is torn, or was changed after it was written.",
        "See what is still whole: carer-stories backup DEST --verify",
    )


def _check(key: bytes) -> str:
    # Four digits: one slip in 65,536 goes unnoticed, and nothing is told of the key.
    return hashlib.sha256(b"check" + key).hexdigest()[:4]


def _cipher(key: bytes) -> ChaCha20Poly1305:
    # cryptography is imported where it is used: most backups and commands need none of it.
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key)


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt, info).derive(key)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _after(first: bytes, following: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from following


def _in_pieces(chunks: Iterable[bytes], length: int) -> Iterator[bytes]:
    """Regroup chunks into pieces of `length`; the last is shorter, or empty if alone."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        # Not “>=”: what is left at the end must be the last piece, and not be empty.
        while len(waiting) > length:
            yield bytes(waiting[:length])
            del waiting[:length]
    yield bytes(waiting)


def _numbered(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Yield each piece with its number and whether it is the last."""
    coming = iter(pieces)
    piece = next(coming)
    number = 0
    for after in coming:
        yield number, piece, False
        piece, number = after, number + 1
    yield number, piece, True
