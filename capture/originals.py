"""Originals: recordings as they came, kept read-only with their SHA-256, never altered.

The manifest is written last. A file in `original/` that no manifest names is what a killed import
left; it is whole (it was checked before it got its name), and is never deleted by a later run but
where the story was withdrawn or is erased.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from capture.media import (
    Recording,
    Watch,
    check_decodes,
    clock,
    probe,
    readable_length,
    suffix_for,
)
from library import files
from library.clock import now
from library.errors import BadInput, Damaged, DiskFailed
from library.strict import printable
from library.workspace import StoryFolder

READ_ONLY = 0o400
_SPARE = 16_000_000  # bytes: the manifest, the poster, and a margin
_DERIVED = {"video": 1_000, "audio": 60}
"""Bytes of working copy and speech for each millisecond; 8 Mb/s is what 1080p may come to."""


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


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`original/manifest.json`: the fixity of every take of a story."""

    schema: int = 1
    story: str
    takes: tuple[Take, ...]
    """In the order they are joined."""
    length: int = 0
    """Milliseconds of several takes joined; 0 where there is one. `library.heard` reads it."""


def read_manifest(folder: StoryFolder) -> Manifest | None:
    """The manifest, or None where nothing was imported. Raises Damaged naming the field."""
    try:
        with files.refused_plainly(folder.manifest, "read"):
            data = folder.manifest.read_bytes() if folder.manifest.exists() else None
        return None if data is None else msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(
            f"{folder.manifest} is not as we wrote it: {error}.",
            "Take it from a backup of interviews; the recording beside it is untouched.",
        ) from None


def write_manifest(folder: StoryFolder, takes: Sequence[Take], length: int) -> None:
    """From here on all the takes count as imported. Raises NoRoom or DiskFailed."""
    manifest = Manifest(
        story=folder.root.name, takes=tuple(takes), length=length if len(takes) > 1 else 0
    )
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    files.write_atomic(folder.manifest, data)


def broken_originals(folder: StoryFolder) -> list[str]:
    """Names of originals that are missing or not the file that was brought in. Only reads."""
    manifest = read_manifest(folder)
    takes = manifest.takes if manifest else ()
    return [take.file for take in takes if not _is_whole(folder.original / take.file, take)]


def _is_whole(path: Path, take: Take) -> bool:
    return path.is_file() and files.sha256_of(path) == take.sha256


def require_whole(folder: StoryFolder, take: Take) -> None:
    """Raises Damaged unless the original is the file that was brought in."""
    if not _is_whole(folder.original / take.file, take):
        raise Damaged(
            f"{folder.original / take.file} is not the file that was brought in.",
            "Put it back from a backup of interviews; its SHA-256 is in the manifest beside it.",
        )


def originals_named(takes: Sequence[Take]) -> dict[str, str]:
    """Hashes as the log and a film's recipe name them: `original`, `original_2` and so on."""
    return {
        "original" if number == 1 else f"original_{number}": take.sha256
        for number, take in enumerate(takes, 1)
    }


def is_same_recording(take: Take, source: Path) -> bool:
    """Whether `source` holds the very bytes of the take."""
    return source.stat().st_size == take.bytes and files.sha256_of(source) == take.sha256


@dataclass(frozen=True)
class Arrival:
    """A file that is to become a take."""

    source: Path
    recording: Recording
    left: Path | None = None
    """Its whole copy, where a killed import left one."""


def look_at(folder: StoryFolder, sources: Sequence[Path], before: Sequence[Take]) -> list[Arrival]:
    """Look at everything that is to come behind the takes `before`; nothing is written yet.

    Raises BadInput for a file that is no recording, or where a killed import left the copy of a
    file that is not among these; NoRoom where all of them, and what is made of them, would not fit.
    """
    looked = [(source, probe(source)) for source in sources]
    _require_room(folder, looked, before)
    left = _left_by_a_killed_import(folder, before)
    arrivals = [Arrival(source, recording, _copy_of(source, left)) for source, recording in looked]
    strange = sorted(set(left) - {arrival.left for arrival in arrivals})
    if strange:
        raise BadInput(
            f"An import of another file was interrupted; its whole copy is {strange[0]}.",
            "Import that file again to finish it, or move the copy elsewhere and run this again.",
        )
    return arrivals


def _require_room(
    folder: StoryFolder, looked: Sequence[tuple[Path, Recording]], before: Sequence[Take]
) -> None:
    lengths = [(recording.kind, recording.duration) for _, recording in looked]
    lengths += [(take.kind, take.duration) for take in before]
    made = sum(duration * _DERIVED[kind] for kind, duration in lengths)
    copied = sum(source.stat().st_size for source, _ in looked)
    files.require_room(folder.original, copied + made + _SPARE)


def _left_by_a_killed_import(folder: StoryFolder, before: Sequence[Take]) -> list[Path]:
    ours = {take.file for take in before}
    found = sorted(path for path in folder.original.glob("take-*") if path.is_file())
    return [path for path in found if path.name not in ours]


def _copy_of(source: Path, left: Sequence[Path]) -> Path | None:
    size = source.stat().st_size
    alike = [path for path in left if path.stat().st_size == size]
    sha256 = files.sha256_of(source) if alike else ""
    return next((path for path in alike if files.sha256_of(path) == sha256), None)


@contextmanager
def kept_together(folder: StoryFolder) -> Iterator[None]:
    """All originals that are kept inside the block, or, where one is refused, none of them."""
    before = set(folder.original.glob("take-*"))
    try:
        yield
    except BaseException:
        forget_copies(set(folder.original.glob("take-*")) - before)
        raise


def forget_copies(copies: Iterable[Path]) -> None:
    """Remove copies that no manifest names. One that the disk holds on to is reused or told of."""
    for path in copies:
        with suppress(OSError):
            files.system.unlink(path)


def keep_original(folder: StoryFolder, arrival: Arrival, *, damaged: bool, watch: Watch) -> Take:
    """Copy the recording into `original/`, checked and read-only; the manifest is not yet written.

    Raises BadInput for a file that breaks off unless `damaged` permits it; DiskFailed when the
    copy differs.
    """
    source, recording = arrival.source, arrival.recording
    if arrival.left is not None:
        place, sha256 = arrival.left, files.sha256_of(arrival.left)
        duration, damage = _examine(place, source, recording, damaged=damaged, watch=watch)
    else:
        place = _free_place(folder, suffix_for(recording.container, source))
        with files.replacing(place, mode=READ_ONLY) as temporary:
            sha256 = _copy_verified(source, temporary, source.stat().st_size, watch)
            duration, damage = _examine(temporary, source, recording, damaged=damaged, watch=watch)
    return Take(
        file=place.name,
        sha256=sha256,
        bytes=place.stat().st_size,
        kind=recording.kind,
        duration=duration,
        imported=now(),
        recorded=recording,
        damage=damage,
    )


def _free_place(folder: StoryFolder, suffix: str) -> Path:
    taken = {path.stem for path in folder.original.glob("take-*")}
    number = next(number for number in count(1) if f"take-{number}" not in taken)
    return folder.original / f"take-{number}{suffix}"


def _copy_verified(source: Path, to: Path, size: int, watch: Watch) -> str:
    """Copy once, hashing on the way, then read the copy back from the disk and compare."""
    before = source.stat()
    with watch("Copying the original", size) as progress:
        sha256 = files.copy_hashed(source, to, progress=progress)
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise BadInput(
            f"{printable(source.name)} changed while it was copied.",
            "Wait until the camera or program has finished writing it, then run this again.",
        )
    _forget_cached(to)
    if files.sha256_of(to) != sha256:
        raise DiskFailed(
            "The copy of the recording differs from what was written.",
            "The disk may be failing. Keep the recording where it is, and use another disk.",
        )
    return sha256


def _forget_cached(path: Path) -> None:
    """Ask for the next read to come from the disk itself, where the system can be asked."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _examine(
    copy: Path, source: Path, recording: Recording, *, damaged: bool, watch: Watch
) -> tuple[int, str]:
    """Milliseconds that can be played, and what is missing when that was permitted."""
    with watch("Checking that all of it is there", recording.duration or None) as progress:
        try:
            return check_decodes(copy, recording, progress, called=source), ""
        except BadInput:
            if not damaged:
                raise
            length = readable_length(copy, recording, progress, called=source)
    stated = f" of {clock(recording.duration)}" if recording.duration else ""
    return length, f"Damaged or broken off; {clock(length)}{stated} can be played."
