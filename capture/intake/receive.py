"""Receive takes: look at each file, copy and check it, and give the copy a name of ours, read-only.

A file in `original/` that no manifest names is the copy a killed import left. It is whole, because
it was checked before it got its name, and no later run deletes it unless the story was withdrawn or
is erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from capture.intake.copying import CHECKPOINT_BYTES, SourceLost, copy_verified, partial_copy_of
from capture.intake.intake_state import Intake
from capture.media.input_files import suffix_for
from capture.media.probe import (
    check_decodes,
    lying_length,
    readable_length,
    states_far_too_much,
)
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.recording import Recording
from capture.media.run_ffmpeg import Progress, ProgressStep
from capture.media.sound.mixing import choose_tracks
from capture.recording.originals import Take, sha256_of_source
from library.core import files
from library.core.clock import now
from library.core.errors import BadInput, CarerStoriesError, NoRoom
from library.core.timecode import clock
from library.core.workspace import StoryFolder

SoundTracks = tuple[tuple[int, int], ...]
"""Number and channels of each sound track that is mixed."""
# An original is never altered, and is for this account alone.
READ_ONLY = 0o400
COPYING_STEP = "Copying the original"
"""The step whose progress is in bytes; that of every other is in milliseconds."""
ORIGINAL_KINDS = ("take", "microphone", "speaker", "words")
"""Beginnings of the file names in `original/`."""
_SPARE_BYTES = 16_000_000
"""Bytes kept free beside the copies: the manifest, the poster, and some to spare."""
_DERIVED_BYTES_PER_MS = {"video": 1_000, "audio": 60}
"""Of working copy and speech together; 8 Mb/s is what a working copy of 1080p may come to."""


@dataclass(frozen=True)
class IncomingTake:
    """A file that is to become a take."""

    source: Path
    recording: Recording
    leftover_copy: Path | None = None
    """Its whole copy, where a killed import left one."""


def inspect_sources(
    folder: StoryFolder, sources: Sequence[Path], earlier: Sequence[Take]
) -> list[IncomingTake]:
    """Look at every source that is to come after the `earlier` takes. Only reads.

    Raises BadInput for a file that is no recording, or where a killed import left the copy of a
    file that is not among these; NoRoom where all of them and their derived files would not fit.
    """
    recordings = [(source, probe_in_subprocess(source)) for source in sources]
    # Before the first byte is copied: a card of 60 GB must not fill the disk and then fail.
    _require_room(folder, recordings, earlier)
    leftovers = _leftover_takes(folder, earlier)
    incoming = [
        IncomingTake(source, recording, _leftover_copy_of(source, leftovers))
        for source, recording in recordings
    ]
    unmatched = sorted(set(leftovers) - {item.leftover_copy for item in incoming})
    if unmatched:
        raise BadInput(
            f"An import of another file was interrupted; its whole copy is {unmatched[0]}.",
            "Import that file again to finish it, or move the copy elsewhere and run this again.",
        )
    return incoming


def require_no_picture(
    source: Path, story_id: str, why: str = "only the voice was agreed to"
) -> None:
    """Raises BadInput for a file that has a picture, and says why there may be none."""
    if probe_in_subprocess(source).kind == "video":
        raise picture_refusal(source, story_id, why)


def picture_refusal(source: Path, story_id: str, why: str) -> BadInput:
    return BadInput(
        f"“{source.name}” has a picture, and {why}.",
        "Bring in a file with the sound alone: Zoom writes one that ends in .m4a. Or ask them "
        "whether the picture may be kept, and record their agreement to it again: "
        f"carer-stories consent record {story_id} --record picture-and-voice",
    )


def _require_room(
    folder: StoryFolder, recordings: Sequence[tuple[Path, Recording]], earlier: Sequence[Take]
) -> None:
    all_takes = [
        (recording.kind, recording.duration, source.stat().st_size)
        for source, recording in recordings
    ]
    # Derived files are made anew from all takes, so the earlier ones need room again.
    all_takes += [(take.kind, take.duration, take.bytes) for take in earlier]
    # A picture that is carried over takes as much as it did; one that is encoded, as a rule less.
    derived = sum(
        max(duration * _DERIVED_BYTES_PER_MS[kind], size if kind == "video" else 0)
        for kind, duration, size in all_takes
    )
    to_copy = sum(
        source.stat().st_size - partial_copy_of(folder.original, source).bytes_copied
        for source, _ in recordings
    )
    files.require_room(folder.original, to_copy + derived + _SPARE_BYTES)


def _leftover_takes(folder: StoryFolder, earlier: Sequence[Take]) -> list[Path]:
    imported = {take.file for take in earlier}
    return [path for path in sorted(_originals(folder, "take")) if path.name not in imported]


def remove_leftover_takes(
    folder: StoryFolder, sources: Sequence[Path], earlier: Sequence[Take]
) -> None:
    """Remove copies of these files that a killed import left and no manifest names."""
    leftovers = _leftover_takes(folder, earlier)
    copies = (_leftover_copy_of(source, leftovers) for source in sources)
    remove_copies(copy for copy in copies if copy)


def _originals(folder: StoryFolder, *kinds: str) -> set[Path]:
    paths = (path for kind in kinds for path in folder.original.glob(f"{kind}-*"))
    return {path for path in paths if path.is_file()}


def _leftover_copy_of(source: Path, leftovers: Sequence[Path]) -> Path | None:
    size = source.stat().st_size
    # The size first: the source is on a card, and slow to read.
    same_size = [path for path in leftovers if path.stat().st_size == size]
    sha256 = sha256_of_source(source) if same_size else ""
    return next((path for path in same_size if files.sha256_of(path) == sha256), None)


@contextmanager
def all_or_none(intake: Intake) -> Iterator[None]:
    """Keep every original that is copied inside the block, or none of them if one is refused.

    After Ctrl-C or a card that came loose, whole copies are set aside as partial ones, so that the
    same import need not copy them again.
    """
    folder = intake.folder
    # Files of earlier imports stay, whatever happens to this one.
    before = _originals(folder, *ORIGINAL_KINDS)
    try:
        yield
    # Ctrl-C too: what is copied by then must be kept or taken away.
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SourceLost)):
            for source, copy in intake.copies.items():
                with suppress(CarerStoriesError, OSError):
                    _set_aside(folder, source, copy)
        remove_copies(_originals(folder, *ORIGINAL_KINDS) - before)
        raise


def _set_aside(folder: StoryFolder, source: Path, copy: Path) -> None:
    partial = partial_copy_of(folder.original, source)
    size = copy.stat().st_size
    if size > CHECKPOINT_BYTES:  # a smaller copy has no checkpoint, and is quickly made again
        sha256 = files.sha256_of(copy)
        # Writable again: the import that resumes it opens it to write.
        files.system.chmod(copy, 0o600)
        files.system.replace(copy, partial.path)
        partial.write_checkpoint(size, sha256)


def remove_copies(copies: Iterable[Path]) -> None:
    """Remove copies that no manifest names; the next import reuses or reports one that stays."""
    for path in copies:
        with suppress(OSError):
            files.system.unlink(path)


def receive_take(
    folder: StoryFolder,
    incoming: IncomingTake,
    *,
    accept_damaged: bool,
    show_progress: ProgressStep,
) -> Take:
    """Copy a recording into `original/`, checked and read-only; the manifest is not yet written.

    Raises BadInput for a file that breaks off unless `damaged` accepts it; DiskFailed when the
    copy differs, SourceLost where the source cannot be read to its end.
    """
    source, recording = incoming.source, incoming.recording
    if incoming.leftover_copy is not None:
        path, sha256 = incoming.leftover_copy, files.sha256_of(incoming.leftover_copy)
        duration, remark, tracks = _examine(
            path, source, recording, accept_damaged=accept_damaged, show_progress=show_progress
        )
    else:
        path = free_path(folder, "take", suffix_for(recording.container, source))
        with received_copy(source, path, show_progress) as (copy, sha256):
            duration, remark, tracks = _examine(
                copy, source, recording, accept_damaged=accept_damaged, show_progress=show_progress
            )
    return Take(
        file=path.name,
        sha256=sha256,
        bytes=path.stat().st_size,
        kind=recording.kind,
        duration=duration,
        imported=now(),
        recorded=recording,
        damage=remark,
        tracks=tracks,
    )


def free_path(folder: StoryFolder, kind: str, suffix: str) -> Path:
    """Return the first path that no file has yet, such as `original/take-1.mp4`."""
    # By stem, whatever the suffix: files made from a take are named by its stem.
    stems = {path.stem for path in folder.original.glob(f"{kind}-*")}
    number = next(number for number in count(1) if f"{kind}-{number}" not in stems)
    return folder.original / f"{kind}-{number}{suffix}"


@contextmanager
def received_copy(
    source: Path, path: Path, show_progress: ProgressStep
) -> Iterator[tuple[Path, str]]:
    """Yield a verified copy and its SHA-256; it is moved to `path`, read-only, when the block ends.

    On an exception the copy is removed; after Ctrl-C or a lost source it is left for resuming.
    Raises BadInput, SourceLost, NoRoom or DiskFailed.
    """
    partial = partial_copy_of(path.parent, source)
    try:
        with show_progress(COPYING_STEP, source.stat().st_size) as progress:
            sha256 = copy_verified(source, partial, progress)
        yield partial.path, sha256
        with files.translate_disk_errors(path):
            # Read-only before it has its name: under that it is never writable.
            files.system.chmod(partial.path, READ_ONLY)
            files.system.replace(partial.path, path)
    except (KeyboardInterrupt, SourceLost):
        # Without a checkpoint nothing of it could be used again.
        if not partial.bytes_copied:
            partial.remove()
        raise
    except BaseException:
        partial.remove()
        raise
    # The new name is sure before the checkpoint goes.
    with files.translate_disk_errors(path):
        files.fsync_folder(path.parent)
    partial.remove()


def completeness_step(
    show_progress: ProgressStep, recording: Recording
) -> AbstractContextManager[Progress]:
    """Return the watched step in which a recording is decoded to its end."""
    return show_progress("Checking that all of it is there", recording.duration or None)


def _examine(
    copy: Path,
    source: Path,
    recording: Recording,
    *,
    accept_damaged: bool,
    show_progress: ProgressStep,
) -> tuple[int, str, SoundTracks]:
    """Return the milliseconds that can be played, what the editor is told, and tracks to mix."""
    with completeness_step(show_progress, recording) as progress:
        try:
            length = check_decodes(copy, recording, progress, shown_as=source)
            length_remark = lying_length(copy, recording, length)
            sound = choose_sound(copy, recording, length)
            return length, " ".join(filter(None, (length_remark, sound.reason))), sound.mixed
        except BadInput:
            is_far_too_long = states_far_too_much(copy, recording)
            if not (accept_damaged or is_far_too_long):
                raise
            length = readable_length(copy, recording, progress, shown_as=source)
            if is_far_too_long:
                sound = choose_sound(copy, recording, length)
                return length, " ".join(filter(None, (_FAR_TOO_LONG, sound.reason))), sound.mixed
    stated = f" of {clock(recording.duration)}" if recording.duration else ""
    sound = choose_sound(copy, recording, length)
    length_remark = f"Damaged or broken off; {clock(length)}{stated} can be played."
    return length, " ".join(filter(None, (length_remark, sound.reason))), sound.mixed


_FAR_TOO_LONG = (
    "Its header promises many times more sound than there is, which was taken for a wrong header: "
    "all that is there is used. If more was recorded, copy it again from the recorder."
)


def hear_again(folder: StoryFolder, take: Take, show_progress: ProgressStep) -> Take | None:
    """Listen to a take of which an earlier version used the first sound track as it was.

    Returns the take with the tracks that are to be mixed; None where it is heard as it was.
    """
    if take.tracks or take.recorded.track_channels:
        return None
    path = folder.original / take.file
    try:
        recording = probe_in_subprocess(path)
    except NoRoom:
        raise
    except CarerStoriesError:  # `verify` reports a file that is missing or broken
        return None
    with show_progress("Listening to all channels", None):
        sound = choose_sound(path, recording, take.duration)
    if not sound.mixed:
        return None
    remark = " ".join(filter(None, (take.damage, sound.reason)))
    return msgspec.structs.replace(take, tracks=sound.mixed, damage=remark)


@dataclass(frozen=True)
class ChosenSound:
    """The sound tracks that are mixed, and why."""

    mixed: SoundTracks = ()
    reason: str = ""


def choose_sound(copy: Path, recording: Recording, length: int) -> ChosenSound:
    """Choose among the sound tracks and channels of a recording that can be decoded."""
    choice = choose_tracks(
        copy,
        recording.track_channels,
        length,
        may_be_kept_twice=recording.audio_codec == "flac" and len(recording.track_channels) == 2,
    )
    mixed = tuple((number, recording.track_channels[number]) for number in choice.tracks)
    return ChosenSound(mixed, choice.reason)
