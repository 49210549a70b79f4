"""What each file is taken for, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.intake.camera_splits import in_order, left_beside
from capture.intake.companions import Alongside
from capture.intake.meetings import is_meeting, read_meeting
from capture.media import Recording, check_source
from capture.media.sandboxed_probe import look_into
from capture.media.source import shown
from capture.recording.originals import Beside, Microphone, Take, is_same_recording, read_manifest
from library.core.eta import size
from library.core.timecode import clock
from library.core.workspace import StoryFolder


@dataclass(frozen=True)
class Named:
    """The files and folders of a command, sorted out."""

    takes: tuple[Path, ...]
    alongside: Alongside
    left: tuple[tuple[Path, str], ...] = ()
    """What lies in a meeting’s folder and is not brought in, with the reason."""


@dataclass(frozen=True)
class Line:
    """One file as it will be told."""

    name: str
    size: str
    what: str
    known: bool = False


def sort_out(named: Sequence[Path], microphone: Path | None) -> Named:
    """Folders of meetings opened, captions told from recordings. Raises BadInput or NotFound."""
    takes: list[Path] = []
    speakers: list[Path] = []
    words: list[Path] = []
    left: list[tuple[Path, str]] = []
    for path in named:
        if is_meeting(path):
            found = read_meeting(path)
            takes += found.takes
            speakers += found.speakers
            words += found.words
            left += found.left
        elif path.suffix.lower() == ".vtt":
            words.append(path)
        else:
            takes.append(path)
    alongside = Alongside(microphone, tuple(speakers), tuple(words))
    return Named(tuple(takes), alongside, tuple(left))


def rest_of(folder: StoryFolder, takes: Iterable[Path]) -> list[Path]:
    """Further parts of a split recording that lie beside the ones named, and are not there yet."""
    return [path for path in left_beside(takes) if not _known_as(folder, path)]


def with_rest(named: Named, rest: Iterable[Path]) -> Named:
    """The takes and the rest, in the camera’s order."""
    return Named(tuple(in_order([*named.takes, *rest])), named.alongside, named.left)


def lines(folder: StoryFolder, named: Named) -> list[Line]:
    """What every file is taken for. Raises as `check_source` and `look_into` do."""
    return [
        *_of_takes(folder, named.takes),
        *_of_alongside(folder, named.alongside),
        *(Line(_named(path), "", f"left where it lies: {why}") for path, why in named.left),
    ]


def _of_takes(folder: StoryFolder, takes: Sequence[Path]) -> Iterator[Line]:
    for number, path in enumerate(takes, 1):
        check_source(path)
        known = _known_as(folder, path)
        which = f"take {number} of {len(takes)}: " if len(takes) > 1 else ""
        what = f"there already, as {known}" if known else f"{which}{described(look_into(path))}"
        yield Line(_named(path), size(path.stat().st_size), what, bool(known))


def _of_alongside(folder: StoryFolder, alongside: Alongside) -> Iterator[Line]:
    alongside.check()
    kinds = (
        (alongside.speakers, "one voice of the meeting, kept beside it"),
        (alongside.words, "words the meeting program recognised, kept beside it"),
    )
    if alongside.microphone:
        path = alongside.microphone
        known = _known_as(folder, path)
        said = f"there already, as {known}" if known else described(look_into(path))
        what = f"a second microphone: {said}"
        yield Line(_named(path), size(path.stat().st_size), what, bool(known))
    for paths, what in kinds:
        for path in paths:
            known = _known_as(folder, path)
            told = f"there already, as {known}" if known else what
            yield Line(_named(path), size(path.stat().st_size), told, bool(known))


def _named(path: Path) -> str:
    return shown(path)[1:-1]


def _known_as(folder: StoryFolder, path: Path) -> str:
    """The name it is kept under, or nothing. Raises Damaged for a bad manifest."""
    manifest = read_manifest(folder)
    if manifest is None or not path.is_file():
        return ""
    kept: list[Take | Beside | Microphone] = [*manifest.takes, *manifest.beside]
    kept += [take.microphone for take in manifest.takes if take.microphone]
    return next((one.file for one in kept if is_same_recording(one, path)), "")


def described(recorded: Recording, duration: int | None = None) -> str:
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
