"""Import files that belong to takes: a second microphone, the voices of a meeting, its transcript.

A meeting program writes a file for every voice and the words it recognised: both are copied as they
are, with their SHA-256. A microphone is aligned with the takes whose sound it also recorded
(`capture.media.sound.second_microphone`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from capture.intake.intake_state import CompanionFiles, Intake
from capture.intake.receive import (
    SoundTracks,
    choose_sound,
    completeness_step,
    free_path,
    received_copy,
)
from capture.media.input_files import check_input_file, display_name, suffix_for, unreadable_file
from capture.media.probe import check_decodes
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.media.sound.alignment import Alignment
from capture.media.sound.second_microphone import align_microphone
from capture.recording.originals import (
    Companion,
    Microphone,
    Take,
    is_same_recording,
    sha256_of_source,
)
from capture.recording.takes import microphone_file, own_sound_file
from library.core import files
from library.core.clock import now
from library.core.errors import BadInput

MAX_CAPTIONS_BYTES = 5_000_000
"""Bytes: captions of a whole day of speech are smaller."""
_MAX_DOCUMENT_BYTES = 100_000_000
"""Bytes: a Word document may hold pictures of those who speak."""
_ACCEPTED_LOSS_DB = 3.0
"""Decibels by which the camera may be clearer and the microphone, being asked for, is used."""


def check_companions(companions: CompanionFiles) -> None:
    """Raise NotFound or BadInput for a file that cannot be what it is taken for."""
    microphones = (companions.microphone,) if companions.microphone else ()
    for source in (*companions.speakers, *microphones):
        check_input_file(source)
        probe_in_subprocess(source)
    for source in companions.transcripts:
        check_captions_file(source)


def check_captions_file(source: Path) -> None:
    """Raise NotFound or BadInput unless it is an ordinary file of captions or words."""
    check_input_file(source, allow_text=True)
    is_document = source.suffix.lower() == ".docx"
    if source.stat().st_size > (_MAX_DOCUMENT_BYTES if is_document else MAX_CAPTIONS_BYTES):
        raise unreadable_file(source, "it is too long for words that were spoken")
    with files.translate_disk_errors(source, "read"), source.open("rb") as file:
        # A file from Windows may begin with a byte order mark, which WebVTT permits.
        beginning = file.read(16).removeprefix(b"\xef\xbb\xbf")
    if is_document:
        if not beginning.startswith(b"PK"):
            raise unreadable_file(source, "it is no Word document", "Save it as .docx or .vtt.")
    elif source.suffix.lower() != ".vtt":
        if b"\0" in beginning.removeprefix(b"\xff\xfe")[::2]:
            raise unreadable_file(source, "it does not hold words", "Name a .vtt or .srt file.")
    elif not beginning.startswith(b"WEBVTT"):
        raise unreadable_file(source, "it does not begin as captions do", "Name a .vtt file.")


def copy_companions(intake: Intake) -> None:
    """Copy voices and transcripts that the story does not have yet. Raises as `received_copy`."""
    companions = intake.companions
    for kind, sources in (("speaker", companions.speakers), ("words", companions.transcripts)):
        for source in sources:
            present = (*intake.earlier_companions, *intake.new_companions)
            # Importing the same files again is safe: one that is there is not copied twice.
            if any(is_same_recording(companion, source) for companion in present):
                continue
            suffix = (
                source.suffix.lower()
                if kind == "words"
                else suffix_for(probe_in_subprocess(source).container, source)
            )
            path, sha256 = _copy_or_reuse(intake, kind, suffix, source, without_progress)
            intake.copies[source] = path
            intake.new_companions.append(
                Companion(
                    file=path.name,
                    sha256=sha256,
                    bytes=path.stat().st_size,
                    kind=kind,
                    imported=now(),
                )
            )


def align_microphones(intake: Intake) -> None:
    """Set `intake.takes`: every take, with the microphone where one is imported.

    Raises BadInput for a recording that breaks off, that does not sound like the takes, or where a
    take has another microphone; and as `received_copy`.
    """
    intake.takes = intake.received_takes
    sources = intake.companions.microphones
    named_files = {take.file for take in intake.named_takes}
    named = [take for take in intake.takes if take.file in named_files]
    if not sources:
        return
    is_one = len(sources) == 1
    chosen = {
        take: sources[0] if is_one else _recording_heard_in(intake, take, sources) for take in named
    }
    for source in sources:
        _align_microphone(intake, [take for take in named if chosen[take] == source], source)
    intake.unused_microphones = len(set(sources) - {*chosen.values()})


def _recording_heard_in(intake: Intake, take: Take, sources: Sequence[Path]) -> Path:
    """Return the recording of the microphone that hears the take most clearly. Raises BadInput.

    Of those that hear nearly as much of it as any does, voices stand furthest above the room in it.
    """
    for source in sources:
        if take.microphone and is_same_recording(take.microphone, source):
            return source
    heard: list[tuple[int, float, Path]] = []
    for source in () if take.microphone else sources:
        recording = probe_in_subprocess(source)
        length = check_decodes(source, recording)
        with intake.show_progress("Listening to both recordings", None):
            alignment = align_microphone(
                own_sound_file(intake.folder, take),
                take.duration,
                source,
                length,
                intake.folder.original,
            )
        if alignment:
            heard.append((_heard_ms(alignment, take, length), alignment.snr_gain_db, source))
    if not heard:
        return sources[0]  # which is then refused
    most = max(length for length, _, _ in heard)
    # The first of those that are as clear.
    return max(
        (each for each in heard if each[0] >= _HEARS_ENOUGH * most), key=lambda each: each[1]
    )[2]


def _heard_ms(alignment: Alignment, take: Take, length: int) -> int:
    """Return the milliseconds of a take during which a microphone of that length was running."""
    begin = max(0.0, alignment.microphone_ms(0))
    end = min(float(length), alignment.microphone_ms(take.duration))
    return round(max(0.0, end - begin))


_HEARS_ENOUGH = 0.9
"""Share of what the longest recording hears that a clearer one must hear."""


def _align_microphone(intake: Intake, named: list[Take], source: Path) -> None:
    """Give each of the takes this microphone. Raises as `align_microphones`."""
    microphones = (take.microphone for take in intake.takes if take.microphone)
    imported = next((mic for mic in microphones if is_same_recording(mic, source)), None)
    _require_same_microphone(named, imported, source)
    waiting = [take for take in named if take.microphone is None]
    if not waiting:
        return
    original, length = _receive_microphone(intake, source, imported)
    aligned = {take.file: _aligned(intake, take, original, length, source) for take in waiting}
    intake.takes = tuple(
        msgspec.structs.replace(take, microphone=aligned[take.file])
        if take.file in aligned
        else take
        for take in intake.takes
    )


def _require_same_microphone(takes: list[Take], imported: Microphone | None, source: Path) -> None:
    for take in takes:
        other = take.microphone
        if other and (imported is None or other.sha256 != imported.sha256):
            raise BadInput(
                f"{take.file} has the sound of another microphone already, and "
                f"{display_name(source)} is not it.",
                "Name one microphone for each take; nothing was changed.",
            )


def _receive_microphone(
    intake: Intake, source: Path, imported: Microphone | None
) -> tuple[Microphone, int]:
    """Return the microphone's original, not aligned yet, and its length in milliseconds."""
    recording = probe_in_subprocess(source)
    length = 0
    tracks: SoundTracks = ()

    def check(copy: Path) -> None:
        nonlocal length, tracks
        with completeness_step(intake.show_progress, recording) as progress:
            length = check_decodes(copy, recording, progress, shown_as=source)
        tracks = choose_sound(copy, recording, length).mixed

    # Not copied again, but decoded: its length is in no manifest.
    if imported is not None:
        check(intake.folder.original / imported.file)
        return imported, length
    suffix = suffix_for(recording.container, source)
    path, sha256 = _copy_or_reuse(intake, "microphone", suffix, source, intake.show_progress, check)
    intake.copies[source] = path
    microphone = Microphone(
        file=path.name,
        sha256=sha256,
        bytes=path.stat().st_size,
        imported=now(),
        # Only until `_aligned` has compared it with each take.
        offset_us=0,
        drift=0,
        level_db=0.0,
        snr_gain_db=0.0,
        better=False,
        tracks=tracks,
    )
    return microphone, length


def _aligned(
    intake: Intake, take: Take, microphone: Microphone, length: int, source: Path
) -> Microphone:
    """Return the microphone with its position on the take's clock. Raises BadInput."""
    folder = intake.folder
    with intake.show_progress("Listening to both recordings", None):
        alignment = align_microphone(
            own_sound_file(folder, take),
            take.duration,
            microphone_file(folder, microphone),
            length,
            folder.original,
        )
    if alignment is None:
        raise BadInput(
            f"{display_name(source)} does not sound like {take.file}: no place was found where "
            "both hear the same.",
            "Look whether it is the right recording. Nothing was brought in.",
        )
    return msgspec.structs.replace(
        microphone,
        offset_us=alignment.offset_us,
        drift=alignment.drift,
        level_db=round(alignment.level_db, 2),
        snr_gain_db=round(alignment.snr_gain_db, 2),
        better=alignment.snr_gain_db > -_ACCEPTED_LOSS_DB,
    )


def _copy_or_reuse(
    intake: Intake,
    kind: str,
    suffix: str,
    source: Path,
    show_progress: ProgressStep,
    check: Callable[[Path], None] = lambda _copy: None,
) -> tuple[Path, str]:
    """Return path and SHA-256 of a new copy, or of the whole one that a killed import left."""
    original = intake.folder.original
    imported = intake.manifest.checksums if intake.manifest else {}
    size = source.stat().st_size
    for path in sorted(original.glob(f"{kind}-*")):
        # The size first: a recording may have 20 GB, and most differ in it.
        is_leftover = path.name not in imported and path.stat().st_size == size
        if is_leftover and files.sha256_of(path) == sha256_of_source(source):
            # A whole copy is decoded again: the killed import’s findings are gone.
            check(path)
            return path, sha256_of_source(source)
    path = free_path(intake.folder, kind, suffix)
    with received_copy(source, path, show_progress) as (copy, sha256):
        check(copy)
    return path, sha256
