"""Classify the files and folders of an import before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.intake.camera_splits import in_camera_order, is_same_split, unnamed_parts
from capture.intake.companions import check_companions
from capture.intake.intake_state import CompanionFiles
from capture.intake.meetings import (
    TRANSCRIPT_SUFFIXES,
    is_meeting_folder,
    read_meeting_folder,
)
from capture.intake.numbered_parts import (
    NumberedParts,
    in_clock_order,
    is_of_another_time,
    numbered_parts,
)
from capture.intake.several_recordings import cut_apart
from capture.media.file_layout import recordings_in
from capture.media.input_files import check_input_file, display_name
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.recording import Recording
from capture.recording.originals import (
    Companion,
    Microphone,
    Take,
    is_same_recording,
    read_manifest,
)
from library.core.errors import BadInput
from library.core.files import human_size
from library.core.timecode import clock
from library.core.workspace import StoryFolder


@dataclass(frozen=True)
class ClassifiedFiles:
    """The files of an import, each with its use."""

    takes: tuple[Path, ...]
    companions: CompanionFiles
    ignored: tuple[tuple[Path, str], ...] = ()
    """Files of a meeting’s folder that are not imported, with the reason."""


@dataclass(frozen=True)
class FileDescription:
    """A file with its use, to be shown to a person."""

    name: str
    size: str
    taken_for: str
    is_imported: bool = False


def classify_files(paths: Sequence[Path], microphone: Path | None) -> ClassifiedFiles:
    """Open meeting folders, and tell captions from recordings. Raises BadInput or NotFound."""
    takes: list[Path] = []
    speakers: list[Path] = []
    transcripts: list[Path] = []
    ignored: list[tuple[Path, str]] = []
    for path in paths:
        if is_meeting_folder(path):
            meeting = read_meeting_folder(path)
            takes += meeting.takes
            speakers += meeting.speakers
            transcripts += meeting.transcripts
            ignored += meeting.ignored
        # By its name alone here; `check_captions_file` looks into it.
        elif path.suffix.lower() in TRANSCRIPT_SUFFIXES:
            transcripts.append(path)
        else:
            takes.append(path)
    companions = CompanionFiles(microphone, tuple(speakers), tuple(transcripts))
    return ClassifiedFiles(tuple(takes), companions, tuple(ignored))


def remaining_parts(folder: StoryFolder, takes: Iterable[Path]) -> list[Path]:
    """Return further parts of split recordings beside `takes` that the story does not have yet."""
    return [path for path in unnamed_parts(takes) if not _imported_name(folder, path)]


def parts_of_another_time(parts: Iterable[Path], takes: Sequence[Path]) -> list[Path]:
    """Return parts that belong to `takes` by their names, and not by the times that they state."""
    return [
        part
        for part in parts
        if is_of_another_time(part, [take for take in takes if is_same_split(part, take)])
    ]


def numbered_neighbours(folder: StoryFolder, takes: Sequence[Path]) -> NumberedParts:
    """Return files beside `takes` with the next numbers that the story does not have yet."""
    neighbours = numbered_parts(takes)
    return NumberedParts(
        tuple(path for path in neighbours.sure if not _imported_name(folder, path)),
        tuple(path for path in neighbours.unsure if not _imported_name(folder, path)),
    )


def add_remaining_parts(classified: ClassifiedFiles, parts: Iterable[Path]) -> ClassifiedFiles:
    """Return the files with `parts` among the takes, in the camera’s order."""
    takes = tuple(in_clock_order(in_camera_order([*classified.takes, *parts])))
    return ClassifiedFiles(takes, classified.companions, classified.ignored)


def describe_files(folder: StoryFolder, classified: ClassifiedFiles) -> list[FileDescription]:
    """Describe the use of every file. Raises as `check_input_file` and `probe_in_subprocess` do."""
    return [
        *_describe_takes(folder, classified.takes),
        *_describe_companions(folder, classified.companions),
        *(
            FileDescription(_unquoted_name(path), "", f"left where it lies: {reason}")
            for path, reason in classified.ignored
        ),
    ]


def _describe_takes(folder: StoryFolder, takes: Sequence[Path]) -> Iterator[FileDescription]:
    for number, path in enumerate(takes, 1):
        check_input_file(path)
        imported = _imported_name(folder, path)
        position = f"take {number} of {len(takes)}: " if len(takes) > 1 else ""
        # Looking into a file starts a process of its own, so it is spared where not needed.
        use = "" if imported else position + _describe_first_recording(path)
        if use and (count := len(recordings_in(path))) > 1:
            use += f"; {count} recordings one behind another, which become {count} takes"
        yield _describe(path, use, imported)


def _describe_first_recording(path: Path) -> str:
    try:
        return describe_recording(probe_in_subprocess(path))
    except BadInput:
        # A wrong length in the first of several recordings is understood once they are apart.
        with cut_apart([path]) as recordings:
            first = recordings[path][0]
            if first == path:
                raise
            return describe_recording(probe_in_subprocess(first))


def _describe_companions(
    folder: StoryFolder, companions: CompanionFiles
) -> Iterator[FileDescription]:
    check_companions(companions)
    if companions.microphone:
        path = companions.microphone
        imported = _imported_name(folder, path)
        use = "" if imported else describe_recording(probe_in_subprocess(path))
        if use and (count := len(recordings_in(path))) > 1:
            use += f"; {count} recordings one behind another, each for the take it sounds like"
        yield _describe(path, use, imported, prefix="a second microphone: ")
    uses = (
        (companions.speakers, "one voice of the meeting, kept beside it"),
        (companions.transcripts, "words the meeting program recognised, kept beside it"),
    )
    for paths, use in uses:
        for path in paths:
            yield _describe(path, use, _imported_name(folder, path))


def _describe(path: Path, use: str, imported: str, prefix: str = "") -> FileDescription:
    taken_for = prefix + (f"there already, as {imported}" if imported else use)
    return FileDescription(
        _unquoted_name(path), human_size(path.stat().st_size), taken_for, bool(imported)
    )


def _unquoted_name(path: Path) -> str:
    return display_name(path)[1:-1]  # without the quotes of a sentence


def _imported_name(folder: StoryFolder, path: Path) -> str:
    """Return the name of the story’s original with the same content, or "". Raises Damaged."""
    manifest = read_manifest(folder)
    if manifest is None or not path.is_file():
        return ""
    originals: list[Take | Companion | Microphone] = [*manifest.takes, *manifest.beside]
    originals += [take.microphone for take in manifest.takes if take.microphone]
    return next((item.file for item in originals if is_same_recording(item, path)), "")


def describe_recording(recording: Recording, duration: int | None = None) -> str:
    """Describe what a file holds: `video, 1:32, 1080 × 1920, turned upright, …`.

    `duration` is in milliseconds, where it was measured; else what the file states is used.
    """
    length = recording.duration if duration is None else duration
    is_video = recording.kind == "video"
    parts = [
        recording.kind if is_video else "sound alone",
        clock(length) if length else "of a length it does not state",
    ]
    if is_video:
        parts.append(recording.pixels)
        parts += ["turned upright"] if recording.rotation else []
        parts += ["high dynamic range"] if recording.hdr else []
    codecs = [name for name in (recording.video_codec, recording.audio_codec) if name]
    return f"{', '.join(parts)} ({' with '.join(codecs)})"
