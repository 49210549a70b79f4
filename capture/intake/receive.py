"""Recordings on their way in: looked at, copied, checked, and given a name of ours, read-only.

A file in `original/` that no manifest names is what a killed import left; it is whole (it was
checked before it got its name), and is never deleted by a later run but where the story was
withdrawn or is erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from capture.intake.copying import BLOCK, SourceLost, copy_verified, partial_copy_of
from capture.media.input_files import suffix_for
from capture.media.probe import Recording, check_decodes, readable_length
from capture.media.run_ffmpeg import ProgressStep
from capture.media.sandboxed_probe import probe_sandboxed
from capture.recording.originals import Take, sha256_of_source
from library.core import files
from library.core.clock import now
from library.core.errors import BadInput, CarerStoriesError
from library.core.timecode import clock
from library.core.workspace import StoryFolder

READ_ONLY = 0o400
COPYING = "Copying the original"
"""The step that is told in bytes; every other is told in milliseconds."""
ORIGINAL_KINDS = ("take", "microphone", "speaker", "words")
"""How names in `original/` begin."""
_SPARE = 16_000_000  # bytes: the manifest, the poster, and a margin
_DERIVED = {"video": 1_000, "audio": 60}
"""Bytes of working copy and speech for each millisecond; 8 Mb/s is what 1080p may come to."""


@dataclass(frozen=True)
class IncomingTake:
    """A file that is to become a take."""

    source: Path
    recording: Recording
    leftover_copy: Path | None = None
    """Its whole copy, where a killed import left one."""


def inspect_sources(
    folder: StoryFolder, sources: Sequence[Path], before: Sequence[Take]
) -> list[IncomingTake]:
    """Look at everything that is to come behind the takes `before`; nothing is written yet.

    Raises BadInput for a file that is no recording, or where a killed import left the copy of a
    file that is not among these; NoRoom where all of them, and what is made of them, would not fit.
    """
    looked = [(source, probe_sandboxed(source)) for source in sources]
    _require_room(folder, looked, before)
    left = _interrupted_copies(folder, before)
    arrivals = [
        IncomingTake(source, recording, _interrupted_copy_of(source, left))
        for source, recording in looked
    ]
    strange = sorted(set(left) - {arrival.leftover_copy for arrival in arrivals})
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
    copied = sum(
        source.stat().st_size - partial_copy_of(folder.original, source).bytes_copied
        for source, _ in looked
    )
    files.require_room(folder.original, copied + made + _SPARE)


def _interrupted_copies(folder: StoryFolder, before: Sequence[Take]) -> list[Path]:
    ours = {take.file for take in before}
    return [path for path in sorted(_copies_of_kind(folder, "take")) if path.name not in ours]


def _copies_of_kind(folder: StoryFolder, kind: str) -> set[Path]:
    return {path for path in folder.original.glob(f"{kind}-*") if path.is_file()}


def _interrupted_copy_of(source: Path, left: Sequence[Path]) -> Path | None:
    size = source.stat().st_size
    alike = [path for path in left if path.stat().st_size == size]
    sha256 = sha256_of_source(source) if alike else ""
    return next((path for path in alike if files.sha256_of(path) == sha256), None)


@contextmanager
def all_or_none(folder: StoryFolder) -> Iterator[dict[Path, Path]]:
    """All originals that are kept inside the block, or, where one is refused, none of them.

    The block is to note the source and the place of each. Where it was only broken off, whole
    copies are set aside, so that the same import need not copy them again.
    """
    before = _all_copies(folder)
    kept: dict[Path, Path] = {}
    try:
        yield kept
    except (KeyboardInterrupt, SourceLost):
        for source, place in kept.items():
            with suppress(CarerStoriesError, OSError):
                _set_aside(folder, source, place)
        remove_copies(_all_copies(folder) - before)
        raise
    except BaseException:
        remove_copies(_all_copies(folder) - before)
        raise


def _all_copies(folder: StoryFolder) -> set[Path]:
    return {path for kind in ORIGINAL_KINDS for path in _copies_of_kind(folder, kind)}


def _set_aside(folder: StoryFolder, source: Path, place: Path) -> None:
    part = partial_copy_of(folder.original, source)
    size = place.stat().st_size
    if size > BLOCK:
        sha256 = files.sha256_of(place)
        files.system.chmod(place, 0o600)
        files.system.replace(place, part.path)
        part.write_checkpoint(size, sha256)


def remove_copies(copies: Iterable[Path]) -> None:
    """Remove copies that no manifest names. One that the disk holds on to is reused or told of."""
    for path in copies:
        with suppress(OSError):
            files.system.unlink(path)


def receive_take(
    folder: StoryFolder, arrival: IncomingTake, *, damaged: bool, watch: ProgressStep
) -> Take:
    """Copy the recording into `original/`, checked and read-only; the manifest is not yet written.

    Raises BadInput for a file that breaks off unless `damaged` permits it; DiskFailed when the
    copy differs, SourceLost where the source cannot be read to its end.
    """
    source, recording = arrival.source, arrival.recording
    if arrival.leftover_copy is not None:
        place, sha256 = arrival.leftover_copy, files.sha256_of(arrival.leftover_copy)
        duration, damage = _examine(place, source, recording, damaged=damaged, watch=watch)
    else:
        place = free_path(folder, "take", suffix_for(recording.container, source))
        with verified_copy(source, place, watch) as (copy, sha256):
            duration, damage = _examine(copy, source, recording, damaged=damaged, watch=watch)
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


def free_path(folder: StoryFolder, kind: str, suffix: str) -> Path:
    """A name of ours that no file has yet: `take-1.mp4`."""
    taken = {path.stem for path in folder.original.glob(f"{kind}-*")}
    number = next(number for number in count(1) if f"{kind}-{number}" not in taken)
    return folder.original / f"{kind}-{number}{suffix}"


@contextmanager
def verified_copy(source: Path, place: Path, watch: ProgressStep) -> Iterator[tuple[Path, str]]:
    """A verified copy and its SHA-256; at a clean end of the block it has its place, read-only.

    On an exception it is removed, but for what was only broken off: that is gone on with.
    """
    part = partial_copy_of(place.parent, source)
    try:
        with watch(COPYING, source.stat().st_size) as progress:
            sha256 = copy_verified(source, part, progress)
        yield part.path, sha256
        with files.refused_plainly(place):
            files.system.chmod(part.path, READ_ONLY)
            files.system.replace(part.path, place)
    except (KeyboardInterrupt, SourceLost):
        if not part.bytes_copied:
            part.remove()
        raise
    except BaseException:
        part.remove()
        raise
    with files.refused_plainly(place):
        files.fsync_folder(place.parent)
    part.remove()


def _examine(
    copy: Path, source: Path, recording: Recording, *, damaged: bool, watch: ProgressStep
) -> tuple[int, str]:
    """Milliseconds that can be played, and what is missing when that was permitted."""
    with watch("Checking that all of it is there", recording.duration or None) as progress:
        try:
            return check_decodes(copy, recording, progress, shown_as=source), ""
        except BadInput:
            if not damaged:
                raise
            length = readable_length(copy, recording, progress, shown_as=source)
    stated = f" of {clock(recording.duration)}" if recording.duration else ""
    return length, f"Damaged or broken off; {clock(length)}{stated} can be played."
