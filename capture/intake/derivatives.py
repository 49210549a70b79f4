"""Make and remove the files derived from a story’s takes: working copy, speech and poster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from capture.media.picture.poster import draw_poster
from capture.media.run_ffmpeg import Progress, ProgressStep
from capture.media.working_copy import extract_speech, join_takes, make_working_copy
from capture.recording.originals import Take
from capture.recording.takes import (
    best_sound_file,
    footage_of_takes,
    frame_rate,
    joined_length,
    recording_kind,
    sound_of_takes,
)
from library.core import files
from library.core.workspace import StoryFolder


def make_derivatives(
    folder: StoryFolder, takes: Sequence[Take], show_progress: ProgressStep
) -> tuple[str, ...]:
    """Make the derived files that do not exist yet; return their names.

    One that exists is whole: each gets its final name only when it is finished. `show_progress`
    shows the progress of each step.
    """
    kind, length = recording_kind(takes), joined_length(takes)
    working = folder.working if kind == "video" else folder.working_audio
    made = []
    if not working.exists():
        with show_progress("Making the working copy", length) as progress:
            _make_working_copy(folder, takes, working, progress)
        made.append(working.name)
    if not folder.speech.exists():
        # From the working copy: in it the takes are joined already.
        with show_progress("Taking out the speech", length) as progress:
            extract_speech(working, folder.speech, length, progress)
        made.append(folder.speech.name)
    if kind == "video" and not folder.poster.exists():
        with show_progress("Drawing the poster", None):
            draw_poster(working, folder.poster, length)
        made.append(folder.poster.name)
    return tuple(made)


def _make_working_copy(
    folder: StoryFolder, takes: Sequence[Take], to: Path, progress: Progress
) -> None:
    if len(takes) == 1:
        (take,) = takes
        recording = msgspec.structs.replace(take.recorded, duration=take.duration)
        sound = best_sound_file(folder, take, progress)
        make_working_copy(
            folder.original / take.file,
            to,
            recording,
            progress,
            sound_source=sound,
            is_damaged=bool(take.damage),
        )
    else:
        join_takes(
            footage_of_takes(folder, takes),
            sound_of_takes(folder, takes),
            frame_rate(takes),
            to,
            progress,
        )


def sound_alone(take: Take) -> Take:
    """Return a take as if nothing had been filmed."""
    recorded = msgspec.structs.replace(take.recorded, kind="audio")
    return msgspec.structs.replace(take, kind="audio", recorded=recorded)


def remove_pictures(folder: StoryFolder) -> None:
    """Remove the derived files that show somebody. Raises DiskFailed.

    A poster that is a film's own stays: the gate asks what the film shows.
    """
    posters = () if folder.cut.exists() else (folder.poster,)
    for path in (folder.working, *posters):
        if path.exists():
            with files.translate_disk_errors(path, "remove"):
                files.system.unlink(path)


def remove_derivatives(folder: StoryFolder) -> None:
    """Remove the working copy and the speech, so that they are made again from the new takes.

    The poster stays. Raises DiskFailed.
    """
    for path in (folder.working, folder.working_audio, folder.speech):
        if path.exists():
            with files.translate_disk_errors(path, "remove"):
                files.system.unlink(path)
    # Gone for certain before the manifest names other takes.
    with files.translate_disk_errors(folder.root):
        files.fsync_folder(folder.root)
