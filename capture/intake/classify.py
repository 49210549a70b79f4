"""What each file is taken for, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.intake.camera_splits import in_camera_order, unnamed_parts
from capture.intake.companions import CompanionFiles
from capture.intake.meetings import is_meeting_folder, read_meeting_folder
from capture.media.input_files import check_input_file, display_name
from capture.media.probe import Recording
from capture.media.sandboxed_probe import probe_sandboxed
from capture.recording.originals import (
    Companion,
    Microphone,
    Take,
    is_same_recording,
    read_manifest,
)
from library.core.eta import size
from library.core.timecode import clock
from library.core.workspace import StoryFolder


@dataclass(frozen=True)
class ClassifiedFiles:
    """The files and folders of a command, sorted out."""

    takes: tuple[Path, ...]
    companions: CompanionFiles
    ignored: tuple[tuple[Path, str], ...] = ()
    """What lies in a meeting’s folder and is not brought in, with the reason."""


@dataclass(frozen=True)
class FileDescription:
    """One file as it will be told."""

    name: str
    size: str
    taken_for: str
    is_imported: bool = False


def classify_files(paths: Sequence[Path], microphone: Path | None) -> ClassifiedFiles:
    """Folders of meetings opened, captions told from recordings. Raises BadInput or NotFound."""
    takes: list[Path] = []
    speakers: list[Path] = []
    words: list[Path] = []
    left: list[tuple[Path, str]] = []
    for path in paths:
        if is_meeting_folder(path):
            found = read_meeting_folder(path)
            takes += found.takes
            speakers += found.speakers
            words += found.transcripts
            left += found.ignored
        elif path.suffix.lower() == ".vtt":
            words.append(path)
        else:
            takes.append(path)
    alongside = CompanionFiles(microphone, tuple(speakers), tuple(words))
    return ClassifiedFiles(tuple(takes), alongside, tuple(left))


def remaining_parts(folder: StoryFolder, takes: Iterable[Path]) -> list[Path]:
    """Further parts of a split recording that lie beside the ones named, and are not there yet."""
    return [path for path in unnamed_parts(takes) if not _imported_name(folder, path)]


def add_remaining_parts(named: ClassifiedFiles, rest: Iterable[Path]) -> ClassifiedFiles:
    """The takes and the rest, in the camera’s order."""
    return ClassifiedFiles(
        tuple(in_camera_order([*named.takes, *rest])), named.companions, named.ignored
    )


def describe_files(folder: StoryFolder, named: ClassifiedFiles) -> list[FileDescription]:
    """What every file is taken for. Raises as `check_source` and `probe_sandboxed` do."""
    return [
        *_describe_takes(folder, named.takes),
        *_describe_companions(folder, named.companions),
        *(
            FileDescription(_display_name(path), "", f"left where it lies: {why}")
            for path, why in named.ignored
        ),
    ]


def _describe_takes(folder: StoryFolder, takes: Sequence[Path]) -> Iterator[FileDescription]:
    for number, path in enumerate(takes, 1):
        check_input_file(path)
        known = _imported_name(folder, path)
        which = f"take {number} of {len(takes)}: " if len(takes) > 1 else ""
        what = (
            f"there already, as {known}"
            if known
            else f"{which}{describe_recording(probe_sandboxed(path))}"
        )
        yield FileDescription(_display_name(path), size(path.stat().st_size), what, bool(known))


def _describe_companions(
    folder: StoryFolder, alongside: CompanionFiles
) -> Iterator[FileDescription]:
    alongside.check()
    kinds = (
        (alongside.speakers, "one voice of the meeting, kept beside it"),
        (alongside.transcripts, "words the meeting program recognised, kept beside it"),
    )
    if alongside.microphone:
        path = alongside.microphone
        known = _imported_name(folder, path)
        said = f"there already, as {known}" if known else describe_recording(probe_sandboxed(path))
        what = f"a second microphone: {said}"
        yield FileDescription(_display_name(path), size(path.stat().st_size), what, bool(known))
    for paths, what in kinds:
        for path in paths:
            known = _imported_name(folder, path)
            told = f"there already, as {known}" if known else what
            yield FileDescription(_display_name(path), size(path.stat().st_size), told, bool(known))


def _display_name(path: Path) -> str:
    return display_name(path)[1:-1]


def _imported_name(folder: StoryFolder, path: Path) -> str:
    """The name it is kept under, or nothing. Raises Damaged for a bad manifest."""
    manifest = read_manifest(folder)
    if manifest is None or not path.is_file():
        return ""
    kept: list[Take | Companion | Microphone] = [*manifest.takes, *manifest.beside]
    kept += [take.microphone for take in manifest.takes if take.microphone]
    return next((one.file for one in kept if is_same_recording(one, path)), "")


def describe_recording(recorded: Recording, duration: int | None = None) -> str:
    """What a file is taken for: `video, 1:32, 1080 × 1920, turned upright, …`."""
    length = recorded.duration if duration is None else duration
    video = recorded.kind == "video"
    parts = [
        recorded.kind if video else "sound alone",
        clock(length) if length else "of a length it does not state",
    ]
    if video:
        parts.append(recorded.pixels)
        parts += ["turned upright"] if recorded.rotation else []
        parts += ["high dynamic range"] if recorded.hdr else []
    codecs = [name for name in (recorded.video_codec, recorded.audio_codec) if name]
    return f"{', '.join(parts)} ({' with '.join(codecs)})"
