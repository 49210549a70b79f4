"""Originals: recordings as they came, kept read-only with their SHA-256, never altered.

The manifest is written last: what it does not name has not been brought in
(`capture.intake.receive`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import msgspec

from capture.media.probe import Recording
from library.core import files, struct_file
from library.core.errors import Damaged
from library.core.workspace import StoryFolder


class Microphone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second recording of a take’s sound, kept as it came, and how it lies beside the take."""

    file: str
    sha256: str
    bytes: int
    imported: str
    begins: int
    """Microseconds of the take at which its first sample was heard; before the take, if below 0."""
    drift: int
    """Millionths of a second by which its clock gains on the take’s in a thousand seconds."""
    louder: float
    """Decibels by which it is louder than the take’s own sound."""
    clearer: float
    """Decibels by which voices stand further above the room than in the take’s own sound."""
    better: bool
    """Whether films and recognition hear it."""


class Companion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that belongs to the recording and is no take, kept as it came."""

    file: str
    sha256: str
    bytes: int
    kind: str
    """`speaker` (one voice of a meeting) or `words` (what another program recognised)."""
    imported: str


class Take(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recording as it came. Its file has a name of ours: the one it came with is not kept."""

    file: str
    sha256: str
    bytes: int
    kind: str
    """`video` or `audio`."""
    duration: int
    """Milliseconds that can be played, measured by decoding all of it."""
    imported: str
    """UTC, ISO 8601 with seconds."""
    recorded: Recording
    """What the file says of itself."""
    damage: str = ""
    """What could not be read, where an editor took a damaged recording knowingly."""
    microphone: Microphone | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`original/manifest.json`: the fixity of every take of a story."""

    schema: int = 1
    story: str
    takes: tuple[Take, ...]
    """In the order they are joined."""
    length: int = 0
    """Milliseconds of several takes joined; 0 where there is one."""
    beside: tuple[Companion, ...] = ()

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file in `original/`, by its name."""
        kept: list[Take | Microphone | Companion] = [*self.takes, *self.beside]
        kept += [take.microphone for take in self.takes if take.microphone]
        return {one.file: one.sha256 for one in kept}


def read_manifest(folder: StoryFolder) -> Manifest | None:
    """The manifest, or None where nothing was imported. Raises Damaged naming the field."""
    return struct_file.load_if_present(
        folder.manifest,
        Manifest,
        next_step="Take it from a backup of interviews; the recording beside it is untouched.",
    )


def write_manifest(
    folder: StoryFolder, takes: Sequence[Take], length: int, beside: Sequence[Companion] = ()
) -> None:
    """From here on all of them count as imported. Raises NoRoom or DiskFailed."""
    manifest = Manifest(
        story=folder.root.name,
        takes=tuple(takes),
        length=length if len(takes) > 1 else 0,
        beside=tuple(beside),
    )
    struct_file.save(folder.manifest, manifest)


def broken_originals(folder: StoryFolder) -> list[str]:
    """Names of originals that are missing or not the file that was brought in. Only reads."""
    manifest = read_manifest(folder)
    kept = manifest.checksums if manifest else {}
    return [name for name, sha256 in kept.items() if not _is_intact(folder.original / name, sha256)]


def _is_intact(path: Path, sha256: str) -> bool:
    return path.is_file() and files.sha256_of(path) == sha256


def require_intact(folder: StoryFolder, take: Take) -> None:
    """Raises Damaged unless the take, and its microphone, are the files that were brought in."""
    for one in (take, take.microphone):
        if one and not _is_intact(folder.original / one.file, one.sha256):
            raise Damaged(
                f"{folder.original / one.file} is not the file that was brought in.",
                "Put it back from a backup of interviews; its SHA-256 is in the manifest there.",
            )


def numbered_hashes(takes: Sequence[Take], beside: Sequence[Companion] = ()) -> dict[str, str]:
    """Hashes as the log and a film’s recipe name them: `original`, `original_2` and so on."""
    named = _numbered("original", [take.sha256 for take in takes])
    heard = [take.microphone.sha256 for take in takes if take.microphone]
    named |= _numbered("microphone", list(dict.fromkeys(heard)))
    for kind in sorted({one.kind for one in beside}):
        named |= _numbered(kind, [one.sha256 for one in beside if one.kind == kind])
    return named


def _numbered(name: str, hashes: Sequence[str]) -> dict[str, str]:
    return {
        name if number == 1 else f"{name}_{number}": sha256
        for number, sha256 in enumerate(hashes, 1)
    }


def is_same_recording(original: Take | Companion | Microphone, source: Path) -> bool:
    """Whether `source` holds the very bytes of what is kept."""
    return source.stat().st_size == original.bytes and sha256_of_source(source) == original.sha256


def sha256_of_source(source: Path) -> str:
    """Of a file that is only read: looked at again, it is not hashed again while it is as it was.

    Raises NotFound or DiskFailed.
    """
    told = source.stat()
    return _hashed(source.absolute(), told.st_size, told.st_mtime_ns, told.st_ino)


@functools.lru_cache(maxsize=256)
def _hashed(source: Path, _size: int, _modified: int, _number: int) -> str:
    return files.sha256_of(source)
