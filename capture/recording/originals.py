"""Originals: imported recordings, kept read-only with their SHA-256 and never altered.

The manifest is written last: a file that it does not name has not been imported
(`capture.intake.receive`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import msgspec

from capture.media.recording import Recording
from library.core import files, struct_file
from library.core.errors import Damaged
from library.core.workspace import StoryFolder


class Microphone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second recording of a take’s sound, and its alignment with the take."""

    file: str
    sha256: str
    bytes: int
    imported: str
    offset_us: int = msgspec.field(name="begins")
    """Microseconds on the take’s clock at which it starts; negative if before the take."""
    drift: int
    """Millionths of a second by which its clock gains on the take’s in a thousand seconds."""
    level_db: float = msgspec.field(name="louder")
    """Decibels by which it is louder than the take’s own sound."""
    snr_gain_db: float = msgspec.field(name="clearer")
    """Decibels by which voices stand further above the room than in the take’s own sound."""
    better: bool
    """True if films and recognition use it in place of the take’s own sound."""
    tracks: tuple[tuple[int, int], ...] = ()
    """As a take’s `tracks`."""


class Companion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that belongs to the recording and is no take."""

    file: str
    sha256: str
    bytes: int
    kind: str
    """`speaker` (one voice of a meeting) or `words` (a transcript of another program)."""
    imported: str


class Take(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A take: one imported recording. Its file has a name of ours; the old name is not kept."""

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
    """Properties that the file states."""
    damage: str = ""
    """Sentences for the editor: of what is missing, cannot be used, or was heard otherwise."""
    microphone: Microphone | None = None
    tracks: tuple[tuple[int, int], ...] = ()
    """Sound tracks that are mixed down for films and recognition: number from 0, and channels.
    Empty where the first track is used as it is."""


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
        originals: list[Take | Microphone | Companion] = [*self.takes, *self.beside]
        originals += [take.microphone for take in self.takes if take.microphone]
        return {original.file: original.sha256 for original in originals}


def read_manifest(folder: StoryFolder) -> Manifest | None:
    """Return the manifest, or None where nothing was imported. Raises Damaged naming the field."""
    return struct_file.load_if_present(
        folder.manifest,
        Manifest,
        next_step="Take it from a backup of interviews; the recording beside it is untouched.",
    )


def write_manifest(
    folder: StoryFolder, takes: Sequence[Take], length: int, companions: Sequence[Companion] = ()
) -> None:
    """Write the manifest: from here on all of them count as imported.

    Raises NoRoom or DiskFailed.
    """
    manifest = Manifest(
        story=folder.root.name,
        takes=tuple(takes),
        length=length if len(takes) > 1 else 0,
        beside=tuple(companions),
    )
    struct_file.save(folder.manifest, manifest)


def require_intact(folder: StoryFolder, take: Take) -> None:
    """Raise Damaged unless the take and its microphone are the files that were imported."""
    for original in (take, take.microphone):
        if original is None:
            continue
        path = folder.original / original.file
        if not path.is_file() or files.sha256_of(path) != original.sha256:
            raise Damaged(
                f"{path} is not the file that was brought in.",
                "Put it back from a backup of interviews; its SHA-256 is in the manifest there.",
            )


def numbered_hashes(takes: Sequence[Take], companions: Sequence[Companion] = ()) -> dict[str, str]:
    """Return the hashes by their names in the log and a film’s recipe: `original`, `original_2`."""
    hashes = _numbered("original", [take.sha256 for take in takes])
    microphones = [take.microphone.sha256 for take in takes if take.microphone]
    hashes |= _numbered("microphone", list(dict.fromkeys(microphones)))
    for kind in sorted({companion.kind for companion in companions}):
        of_kind = [companion for companion in companions if companion.kind == kind]
        hashes |= _numbered(kind, [companion.sha256 for companion in of_kind])
    return hashes


def _numbered(name: str, hashes: Sequence[str]) -> dict[str, str]:
    return {
        name if number == 1 else f"{name}_{number}": sha256
        for number, sha256 in enumerate(hashes, 1)
    }


def is_same_recording(original: Take | Companion | Microphone, source: Path) -> bool:
    """Return whether `source` has the same bytes as `original`."""
    # The size first: a file of another size need not be read.
    return source.stat().st_size == original.bytes and sha256_of_source(source) == original.sha256


def sha256_of_source(source: Path) -> str:
    """Return the SHA-256 of a source file, computed once while the file does not change.

    Raises NotFound or DiskFailed.
    """
    # An import asks for the hash of the same file several times, and a file may have 20 GB.
    stat = source.stat()
    # A file that was written to since has another key, and is hashed anew.
    return _hashed(source.absolute(), stat.st_size, stat.st_mtime_ns, stat.st_ino)


# Several times the sixty files of one import.
@functools.lru_cache(maxsize=256)
def _hashed(source: Path, _size: int, _modified: int, _number: int) -> str:
    return files.sha256_of(source)
