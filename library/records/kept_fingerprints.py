"""Fingerprints of withdrawn recordings, by which one is known when it is brought in again.

    private/fingerprints/key                 the key of this library, made when first needed
                         cs-4k7m2q.json      while the story is withdrawn and not erased; derived
                         erased-<….>.json    after an erasure, where the agreement allows it

Everything in them is under the key (HMAC-SHA256): the SHA-256 and the size of each file, and the
landmarks of its sound, block by block and in no order. Without the key nothing can be told from
them. With it, somebody who has a recording can tell that it is the one; the numbers of landmarks
can be tried through, which gives pairs of pitches within twenty seconds: no word, no voice, no
order. One that is kept after an erasure names no story, and its file’s name is under the key too.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from library.core import files, struct_file
from library.core.errors import Busy, Damaged
from library.core.files import make_folder, translate_disk_errors
from library.core.lock import locked
from library.core.workspace import Workspace

_KEY_BYTES = 32
_NUMBER_BYTES = 4
_ERASED, _KEY = "erased-", "key"
_FOLDER = "interviews/private/fingerprints"


class FingerprintedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a recording, under the key."""

    content: str
    size: str
    blocks: tuple[bytes, ...] = ()
    """Numbers of each block, four bytes each, sorted; none where nothing could be heard."""


class KeptFingerprint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fingerprint of the recording of one story."""

    key: str
    """The key’s own name: one that was made under another key is of no use."""
    files: tuple[FingerprintedFile, ...]
    story: str = ""
    """Empty once the story is erased."""
    erased: date | None = None


@dataclass(frozen=True)
class FingerprintKey:
    """The key of a library."""

    secret: bytes

    @property
    def name(self) -> str:
        return self._text("key", "name")

    def content(self, sha256: str) -> str:
        return self._text("content", sha256)

    def size(self, count: int) -> str:
        return self._text("size", str(count))

    def story(self, story_id: str) -> str:
        return self._text("story", story_id)

    def numbers(self, numbers: Iterable[int]) -> list[int]:
        """Return each number under the key, as a number of 32 bits."""
        return [
            int.from_bytes(
                hmac.digest(self.secret, struct.pack("<I", number), "sha256")[:_NUMBER_BYTES]
            )
            for number in numbers
        ]

    def _text(self, kind: str, value: str) -> str:
        return hmac.digest(self.secret, f"{kind}:{value}".encode(), "sha256")[:16].hex()


def fingerprint_key(workspace: Workspace) -> FingerprintKey:
    """Return the key, made when it is first needed. Raises Damaged, NoRoom, DiskFailed."""
    path = _key_path(workspace)
    known = _read_key(path)
    if known:
        return known
    with translate_disk_errors(path.parent):
        make_folder(path.parent)
    making = Busy("Another command is making the key of fingerprints.", "Run this again.")
    with locked(path.with_name(".key.lock"), busy=making):
        known = _read_key(path)
        if known is None:
            known = FingerprintKey(secrets.token_bytes(_KEY_BYTES))
            files.write_atomic(path, known.secret)
    return known


def has_fingerprints(workspace: Workspace) -> bool:
    """Return whether any is kept."""
    return any(workspace.fingerprints.glob("*.json"))


def write_fingerprint(workspace: Workspace, fingerprint: KeptFingerprint, story_id: str) -> None:
    """Write the fingerprint of a story, whole and flushed. Raises as `fingerprint_key`."""
    path = _erased_path(workspace, story_id) if fingerprint.erased else _path(workspace, story_id)
    with translate_disk_errors(path.parent):
        make_folder(path.parent)
    struct_file.save(path, fingerprint)


def read_fingerprint(workspace: Workspace, story_id: str) -> KeptFingerprint | None:
    """Return that of a withdrawn story, or None where there is none that can be used."""
    return _usable(workspace, _path(workspace, story_id))


def read_erased_fingerprint(workspace: Workspace, story_id: str) -> KeptFingerprint | None:
    """Return that of an erased story, or None where there is none that can be used."""
    if _read_key(_key_path(workspace)) is None:
        return None
    return _usable(workspace, _erased_path(workspace, story_id))


def read_erased_fingerprints(workspace: Workspace) -> tuple[KeptFingerprint, ...]:
    """Return all that are kept after an erasure and can be used."""
    paths = sorted(workspace.fingerprints.glob(f"{_ERASED}*.json"))
    usable = (_usable(workspace, path) for path in paths)
    return tuple(each for each in usable if each and each.erased)


def unusable_fingerprints(workspace: Workspace) -> int:
    """Return how many were kept after an erasure and can be used no more."""
    total = len(list(workspace.fingerprints.glob(f"{_ERASED}*.json")))
    return total - len(read_erased_fingerprints(workspace))


def is_kept_after_erasure(path: str) -> bool:
    """Return True for a path below the workspace that is the key, or of an erased recording."""
    folder, _, name = path.rpartition("/")
    return folder == _FOLDER and (name == _KEY or name.startswith(_ERASED))


def carry_erased_fingerprints(current: Workspace, restored: Workspace) -> None:
    """Make a restored library know the erased recordings that the current one knows, no others.

    Only where both have the same key: another library’s recordings are none of its business.
    Raises NoRoom, DiskFailed.
    """
    with contextlib.suppress(Damaged):
        key = _read_key(_key_path(current))
        if key is None or key != _read_key(_key_path(restored)):
            return
        known = {path.name: path for path in current.fingerprints.glob(f"{_ERASED}*.json")}
        for path in restored.fingerprints.glob(f"{_ERASED}*.json"):
            if path.name not in known:
                with translate_disk_errors(path, "remove"):
                    files.system.unlink(path)
        for name, path in known.items():
            with translate_disk_errors(path, "read"):
                data = path.read_bytes()
            files.write_atomic(restored.fingerprints / name, data)


def fingerprint_path(workspace: Workspace, story_id: str) -> Path:
    """Return the path of a withdrawn story’s fingerprint, which an erasure removes."""
    return _path(workspace, story_id)


def forget_erased_fingerprint(workspace: Workspace, story_id: str) -> bool:
    """Remove what was kept after the erasure of a story; returns whether there was anything.

    Raises Damaged, DiskFailed.
    """
    if _read_key(_key_path(workspace)) is None:
        return False
    path = _erased_path(workspace, story_id)
    with translate_disk_errors(path, "remove"):
        if not path.exists():
            return False
        files.system.unlink(path)
        files.fsync_folder(path.parent)
    return True


def _usable(workspace: Workspace, path: Path) -> KeptFingerprint | None:
    fingerprint = struct_file.load_if_readable(path, KeptFingerprint)
    if fingerprint is None or not all(
        _is_whole(block) for file in fingerprint.files for block in file.blocks
    ):
        return None
    with contextlib.suppress(Damaged):
        key = _read_key(_key_path(workspace))
        if key and key.name == fingerprint.key:
            return fingerprint
    return None


def _is_whole(block: bytes) -> bool:
    return bool(block) and len(block) % _NUMBER_BYTES == 0


def _path(workspace: Workspace, story_id: str) -> Path:
    return workspace.fingerprints / f"{workspace.story(story_id).root.name}.json"


def _erased_path(workspace: Workspace, story_id: str) -> Path:
    return workspace.fingerprints / f"{_ERASED}{fingerprint_key(workspace).story(story_id)}.json"


def _key_path(workspace: Workspace) -> Path:
    return workspace.fingerprints / _KEY


def _read_key(path: Path) -> FingerprintKey | None:
    with translate_disk_errors(path, "read"):
        try:
            secret = path.read_bytes()
        except FileNotFoundError:
            return None
    if len(secret) != _KEY_BYTES:
        raise Damaged(
            f"{path} is not as it was written, so that no withdrawn recording is known again.",
            "Take it from a backup, or remove it: what was kept of erased recordings is lost then.",
        )
    return FingerprintKey(secret)
