"""What comes in alongside takes and is kept as it came: a second microphone, voices, words.

A meeting program keeps every voice in a file of its own, and the words it recognised: both are kept
with their SHA-256. A microphone is laid beside the takes it heard
(`capture.media.sound.second_microphone`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.intake.receive import free_path, verified_copy
from capture.media.input_files import check_input_file, display_name, suffix_for, unreadable_file
from capture.media.probe import check_decodes
from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.media.sandboxed_probe import probe_sandboxed
from capture.media.sound.second_microphone import align_microphone
from capture.recording.originals import (
    Companion,
    Manifest,
    Microphone,
    Take,
    is_same_recording,
    sha256_of_source,
)
from library.core import files
from library.core.clock import now
from library.core.errors import BadInput
from library.core.workspace import StoryFolder

LARGEST_CAPTIONS = 5_000_000
"""Bytes: a day of speech is fewer."""
_EQUAL = 3.0
"""Decibels: a microphone that was asked for is used unless the camera is clearer by more."""


@dataclass(frozen=True)
class CompanionFiles:
    """Files that are brought in with takes, or behind them."""

    microphone: Path | None = None
    speakers: tuple[Path, ...] = ()
    transcripts: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        heard = (self.microphone,) if self.microphone else ()
        return (*heard, *self.speakers, *self.transcripts)

    def check(self) -> None:
        """Raises NotFound or BadInput for a file that cannot be what it is taken for."""
        for source in (*self.speakers, *([self.microphone] if self.microphone else [])):
            check_input_file(source)
            probe_sandboxed(source)
        for source in self.transcripts:
            check_captions_file(source)


NO_COMPANIONS = CompanionFiles()


def check_captions_file(source: Path) -> None:
    """Raises NotFound or BadInput unless it is an ordinary file of captions, as WebVTT."""
    check_input_file(source, allow_text=True)
    if source.stat().st_size > LARGEST_CAPTIONS:
        raise unreadable_file(source, "it is too long for words that were spoken")
    with files.refused_plainly(source, "read"), source.open("rb") as file:
        beginning = file.read(16).removeprefix(b"\xef\xbb\xbf")
    if not beginning.startswith(b"WEBVTT"):
        raise unreadable_file(source, "it does not begin as captions do", "Name a .vtt file.")


def copy_companions(
    folder: StoryFolder, coming: CompanionFiles, manifest: Manifest | None, kept: dict[Path, Path]
) -> list[Companion]:
    """Copies of voices and words that are not there yet; `kept` notes their places.

    Raises as `copied`.
    """
    there = list(manifest.beside) if manifest else []
    came: list[Companion] = []
    for kind, sources in (("speaker", coming.speakers), ("words", coming.transcripts)):
        for source in sources:
            if any(is_same_recording(one, source) for one in (*there, *came)):
                continue
            suffix = (
                ".vtt" if kind == "words" else suffix_for(probe_sandboxed(source).container, source)
            )
            place, sha256 = _copy_or_reuse(folder, kind, suffix, source, manifest, without_progress)
            kept[source] = place
            size = place.stat().st_size
            came.append(
                Companion(file=place.name, sha256=sha256, bytes=size, kind=kind, imported=now())
            )
    return came


def _copy_or_reuse(
    folder: StoryFolder,
    kind: str,
    suffix: str,
    source: Path,
    manifest: Manifest | None,
    watch: ProgressStep,
    check: Callable[[Path], None] = lambda _copy: None,
) -> tuple[Path, str]:
    """Place and SHA-256 of the copy: a new one, or the whole one that a killed import left."""
    named = manifest.checksums if manifest else {}
    size = source.stat().st_size
    for path in sorted(folder.original.glob(f"{kind}-*")):
        alike = path.name not in named and path.stat().st_size == size
        if alike and files.sha256_of(path) == sha256_of_source(source):
            check(path)
            return path, sha256_of_source(source)
    place = free_path(folder, kind, suffix)
    with verified_copy(source, place, watch) as (copy, sha256):
        check(copy)
    return place, sha256


def align_microphones(
    folder: StoryFolder,
    takes: Sequence[Take],
    named: Collection[str],
    coming: CompanionFiles,
    manifest: Manifest | None,
    kept: dict[Path, Path],
    watch: ProgressStep,
) -> list[Take]:
    """The takes, those whose files are `named` with their microphone, where one comes.

    Raises BadInput for a recording that breaks off, that does not sound like them, or where a take
    has another microphone; and as `copied`.
    """
    source = coming.microphone
    if source is None:
        return list(takes)
    there = next(
        (t.microphone for t in takes if t.microphone and is_same_recording(t.microphone, source)),
        None,
    )
    _require_same_microphone(takes, named, there, source)
    without = [take for take in takes if take.file in named and take.microphone is None]
    if not without:
        return list(takes)
    file, length = _copy_microphone(folder, source, there, manifest, kept, watch)
    laid = {}
    for take in without:
        with watch("Listening to both recordings", None):
            found = align_microphone(
                folder.original / take.file,
                take.duration,
                folder.original / file.file,
                length,
                folder.original,
            )
        if found is None:
            raise BadInput(
                f"{display_name(source)} does not sound like {take.file}: no place "
                "was found where both hear the same.",
                "Look whether it is the right recording. Nothing was brought in.",
            )
        laid[take.file] = msgspec.structs.replace(
            file,
            begins=found.begins,
            drift=found.drift,
            louder=round(found.louder, 2),
            clearer=round(found.clearer, 2),
            better=found.clearer > -_EQUAL,
        )
    return [
        msgspec.structs.replace(take, microphone=laid[take.file]) if take.file in laid else take
        for take in takes
    ]


def _require_same_microphone(
    takes: Sequence[Take], named: Collection[str], there: Microphone | None, source: Path
) -> None:
    for take in takes:
        other = take.microphone if take.file in named else None
        if other and (there is None or other.sha256 != there.sha256):
            raise BadInput(
                f"{take.file} has the sound of another microphone already, and "
                f"{display_name(source)} is not it.",
                "Nothing was changed. Each take can have one microphone beside its own.",
            )


def _copy_microphone(
    folder: StoryFolder,
    source: Path,
    there: Microphone | None,
    manifest: Manifest | None,
    kept: dict[Path, Path],
    watch: ProgressStep,
) -> tuple[Microphone, int]:
    """The microphone’s original, not laid beside anything yet, and its length in milliseconds."""
    recording = probe_sandboxed(source)
    length = 0

    def check(copy: Path) -> None:
        nonlocal length
        with watch("Checking that all of it is there", recording.duration or None) as progress:
            length = check_decodes(copy, recording, progress, shown_as=source)

    if there is not None:
        check(folder.original / there.file)
        return there, length
    suffix = suffix_for(recording.container, source)
    place, sha256 = _copy_or_reuse(folder, "microphone", suffix, source, manifest, watch, check)
    kept[source] = place
    microphone = Microphone(
        file=place.name,
        sha256=sha256,
        bytes=place.stat().st_size,
        imported=now(),
        begins=0,
        drift=0,
        louder=0.0,
        clearer=0.0,
        better=False,
    )
    return microphone, length
