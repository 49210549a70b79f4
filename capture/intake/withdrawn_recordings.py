"""Recordings that were withdrawn or erased, known again when they are brought in under another id.

A file is known by its bytes, and by its sound (`capture.media.sound.same_sound`): encoded again,
cut, louder, in another container, the copy of a second microphone. A story that is withdrawn and
still here is known by fingerprints that are made of its originals when first needed. Of one that is
erased only what its contributor allowed is kept, under the library's key
(`library.records.kept_fingerprints`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import numpy as np

from capture.media.input_files import display_name
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.run_ffmpeg import ProgressStep
from capture.media.sound.landmarks import Landmarks, Numbers, landmarks_of_file
from capture.media.sound.same_sound import SharedSound, blocks_of, shared_sound
from capture.recording.originals import (
    Companion,
    Manifest,
    Microphone,
    Take,
    read_manifest,
    sha256_of_source,
)
from library.core import struct_file
from library.core.clock import now
from library.core.counting import counted
from library.core.days import day_in_words
from library.core.errors import (
    BadInput,
    CarerStoriesError,
    DiskFailed,
    NotAllowed,
    NotFound,
)
from library.core.files import make_folder, translate_disk_errors
from library.core.workspace import StoryFolder, Workspace
from library.records.audit_log import signature
from library.records.consent import Agreement, Withdrawal
from library.records.kept_fingerprints import (
    FingerprintedFile,
    FingerprintKey,
    KeptFingerprint,
    fingerprint_key,
    has_fingerprints,
    read_erased_fingerprints,
    read_fingerprint,
    write_fingerprint,
)
from library.records.ledger import Ledger
from library.records.logged_holds import HELD
from library.records.restore_holds import (
    RestoreHold,
    read_restore_holds,
    write_restore_hold,
)
from library.records.store import Snapshot

ACTION = "recording-confirm"
_LONGEST_REASON = 500


@dataclass(frozen=True)
class KnownRecording:
    """A file that is a recording which was withdrawn or erased, or a part of one."""

    source: Path
    on: date
    """The day on which it was withdrawn, or erased."""
    story: str = ""
    """The story that had it; empty where it is erased."""
    withdrawn: str = ""
    """The part that was taken back, where not everything."""
    seconds: int = 0
    """Seconds that are heard in both; 0 where the bytes are the same."""
    since: str = ""
    """Time from which on an agreement that is recorded counts as a new one."""

    @property
    def in_words(self) -> str:
        """Return the end of a sentence: “by its sound (4 minutes of it), a recording that…”."""
        means = f"by its sound ({_length(self.seconds)} of it)" if self.seconds else "by its bytes"
        if not self.story:
            what = f"that was erased on {day_in_words(self.on)} at its contributor’s wish"
        elif self.withdrawn:
            what = f"of {self.story}, of which {self.withdrawn} was taken back on "
            what += day_in_words(self.on)
        else:
            what = f"of {self.story}, which was withdrawn on {day_in_words(self.on)}"
        return f"{means}, a recording {what}"


def _length(seconds: int) -> str:
    return counted(round(seconds / 60), "minute") if seconds >= 90 else counted(seconds, "second")


class RecordingConfirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody's word that a withdrawn recording may be used in this story after all."""

    at: str
    role: str
    by: str
    """The opaque id of who signed."""
    why: str
    known: str
    """The recording that it was recognised as."""
    file: str
    """SHA-256 of the file it is about."""


class RecordingConfirmations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of what was confirmed for one story, oldest first."""

    confirmed: tuple[RecordingConfirmation, ...] = ()


@dataclass(frozen=True)
class _Withdrawn:
    """A withdrawn or erased recording to compare with."""

    fingerprint: KeptFingerprint
    on: date
    story: str = ""
    withdrawn: str = ""
    since: str = ""

    def known(self, source: Path, seconds: int = 0) -> KnownRecording:
        return KnownRecording(source, self.on, self.story, self.withdrawn, seconds, self.since)


# Recognising


def recognise(
    workspace: Workspace, story_id: str, sources: Sequence[Path], show_progress: ProgressStep
) -> KnownRecording | None:
    """Return the first of `sources` that is a withdrawn recording of another story, or None.

    Files that were confirmed for this story before are not looked at. Raises as `Ledger.read`, and
    Damaged for a key that is not as it was written.
    """
    withdrawn = list(_all_withdrawn(workspace, story_id, show_progress))
    if not withdrawn:
        return None
    key = fingerprint_key(workspace)
    confirmed = _confirmed_files(workspace, story_id)
    # All by their bytes before any by its sound, which takes longer.
    for source in sources:
        for each in withdrawn:
            if _has_content(key, each.fingerprint, source) and not _is_in(confirmed, source):
                return each.known(source)
    for source in sources:
        if not _is_in(confirmed, source):
            known = _recognised_by_sound(key, withdrawn, source, show_progress)
            if known:
                return known
    return None


def _all_withdrawn(
    workspace: Workspace, story_id: str, show_progress: ProgressStep
) -> Iterator[_Withdrawn]:
    """Yield every recording to compare with, except that of the story itself."""
    snapshot = Ledger(workspace).read()
    for withdrawal in _latest_withdrawals(snapshot):
        if withdrawal.story == story_id:
            continue
        fingerprint = _current_fingerprint(workspace, withdrawal.story, show_progress)
        if fingerprint:
            part = "" if withdrawal.is_whole else withdrawal.in_words
            yield _Withdrawn(
                fingerprint, withdrawal.on, withdrawal.story, part, withdrawal.recorded
            )
    if has_fingerprints(workspace):
        for erased_fingerprint in read_erased_fingerprints(workspace):
            if erased_fingerprint.erased:
                yield _Withdrawn(
                    erased_fingerprint,
                    erased_fingerprint.erased,
                    since=erased_fingerprint.erased.isoformat(),
                )


def _latest_withdrawals(snapshot: Snapshot) -> list[Withdrawal]:
    """Return one withdrawal for each story: that of all of it, if there is one."""
    chosen: dict[str, Withdrawal] = {}
    for withdrawal in (*snapshot.all(Withdrawal), *snapshot.withdrawal_notes):
        if withdrawal.scope == "archive":
            continue  # who may see it stays as it was
        if withdrawal.story not in chosen or withdrawal.is_whole:
            chosen[withdrawal.story] = withdrawal
    return list(chosen.values())


def _has_content(key: FingerprintKey, fingerprint: KeptFingerprint, source: Path) -> bool:
    size = key.size(source.stat().st_size)
    # The size first: the source may be on a card, and slow to read.
    contents = {file.content for file in fingerprint.files if file.size == size}
    return bool(contents) and key.content(sha256_of_source(source)) in contents


def _recognised_by_sound(
    key: FingerprintKey,
    withdrawn: Sequence[_Withdrawn],
    source: Path,
    show_progress: ProgressStep,
) -> KnownRecording | None:
    landmarks = _listen(source, "Comparing with withdrawn recordings", show_progress)
    numbers = _keyed(key, landmarks)
    best, best_shared = None, SharedSound(0, is_same=False)
    for each in withdrawn:
        for file in each.fingerprint.files:
            shared = shared_sound(landmarks, numbers, _blocks(file))
            if shared.is_same and shared.seconds > best_shared.seconds:
                best, best_shared = each, shared
    return best.known(source, best_shared.seconds) if best else None


def _listen(source: Path, label: str, show_progress: ProgressStep) -> Landmarks:
    recording = probe_in_subprocess(source)
    duration, channels = recording.duration, recording.track_channels
    with show_progress(label, duration or None) as progress:
        return landmarks_of_file(source, duration, progress, track_channels=channels)


def _keyed(key: FingerprintKey, landmarks: Landmarks) -> Numbers:
    # Each number once: there are far fewer than landmarks.
    own, places = np.unique(landmarks.numbers, return_inverse=True)
    return np.array(key.numbers(own.tolist()), np.uint32)[places]


def _blocks(file: FingerprintedFile) -> list[Numbers]:
    return [np.frombuffer(block, "<u4").astype(np.uint32) for block in file.blocks]


# Making


def _current_fingerprint(
    workspace: Workspace, story_id: str, show_progress: ProgressStep
) -> KeptFingerprint | None:
    """Return the fingerprint of a story that is still here, made anew where originals changed."""
    try:
        manifest = read_manifest(workspace.story(story_id))
    # Another story's problem, which `verify` reports; what was made before still serves.
    except CarerStoriesError:
        return read_fingerprint(workspace, story_id)
    stored = read_fingerprint(workspace, story_id)
    if manifest is None or (stored and _is_of(stored, manifest, fingerprint_key(workspace))):
        return stored
    made = _fingerprint_of(workspace, story_id, manifest, show_progress)
    write_fingerprint(workspace, made, story_id)
    return made


def _is_of(fingerprint: KeptFingerprint, manifest: Manifest, key: FingerprintKey) -> bool:
    wanted = {key.content(sha256) for _, sha256, _ in _recordings(manifest)}
    return wanted == {file.content for file in fingerprint.files}


def recordings_of(folder: StoryFolder) -> tuple[str, ...]:
    """Return the names of a story’s originals in which something is heard, for `recognise`."""
    try:
        manifest = read_manifest(folder)
    # What lies there is looked at by its own names.
    except CarerStoriesError:
        return tuple(sorted(path.name for path in folder.original.glob("*-*.*")))
    return tuple(name for name, _, _ in _recordings(manifest)) if manifest else ()


def _recordings(manifest: Manifest) -> list[tuple[str, str, int]]:
    """Return name, SHA-256 and size of each original in which something is heard."""
    originals: list[Take | Companion | Microphone] = [*manifest.takes]
    originals += [each for each in manifest.beside if each.kind != "words"]
    originals += [take.microphone for take in manifest.takes if take.microphone]
    return list(dict.fromkeys((each.file, each.sha256, each.bytes) for each in originals))


def _fingerprint_of(
    workspace: Workspace, story_id: str, manifest: Manifest, show_progress: ProgressStep
) -> KeptFingerprint:
    key = fingerprint_key(workspace)
    folder = workspace.story(story_id).original
    made = []
    for name, sha256, size in _recordings(manifest):
        blocks: Iterable[Numbers] = ()
        # One that is gone or broken is still known by its bytes.
        with contextlib.suppress(BadInput, NotFound, DiskFailed):
            landmarks = _listen(folder / name, "Listening to a withdrawn recording", show_progress)
            blocks = blocks_of(landmarks, _keyed(key, landmarks))
        made.append(
            FingerprintedFile(
                content=key.content(sha256),
                size=key.size(size),
                blocks=tuple(block.astype("<u4").tobytes() for block in blocks),
            )
        )
    return KeptFingerprint(key=key.name, files=tuple(made), story=story_id)


def keep_after_erasure(
    workspace: Workspace, story_id: str, on: date, show_progress: ProgressStep
) -> bool:
    """Keep the fingerprint of a story that is about to be erased, without its id.

    The caller knows that its contributor allows it. Returns whether one is kept. To be called
    again after an erasure that was broken off: what was kept then stays.
    """
    made = _current_fingerprint(workspace, story_id, show_progress)
    if made is not None:
        files = tuple(sorted(made.files, key=lambda file: file.content))
        erased_fingerprint = KeptFingerprint(key=made.key, files=files, erased=on)
        write_fingerprint(workspace, erased_fingerprint, story_id)
    return made is not None


# Refusing, holding, confirming


def refuse(known: KnownRecording, story_id: str) -> NotAllowed:
    """Return the refusal of a withdrawn recording, for `raise`."""
    return NotAllowed(
        f"{display_name(known.source)} is, {known.in_words}. It was not brought in.",
        "Ask the contributor. If they want it used after all, take a new agreement with them, "
        f"then run it again with your own id and the reason:\n"
        f"  carer-stories consent record {story_id}\n"
        f'  carer-stories --by ID capture import {story_id} FILE --confirm-withdrawn "WHY"',
    )


def hold_for_recording(
    workspace: Workspace, story_id: str, known: KnownRecording, role: str
) -> None:
    """Hold a story whose recording could not be refused. Raises as `Ledger.update` does."""
    is_held = any(hold.story == story_id for hold in read_restore_holds(workspace))
    write_restore_hold(
        workspace,
        RestoreHold(story=story_id, held=now(), cause="recording", recording=known.in_words),
    )
    if not is_held:
        # A hold whose file is deleted by hand is still in the log.
        Ledger(workspace).note_each(HELD, (story_id,), role)


def confirm(
    workspace: Workspace,
    story_id: str,
    known: KnownRecording,
    why: str,
    role: str,
) -> None:
    """Record that a withdrawn recording may be used in this story after all.

    Raises NotAllowed without a new agreement or a signature, BadInput without a reason.
    """
    why = why.strip()
    if not why or len(why) > _LONGEST_REASON:
        raise BadInput(
            f"The reason is missing, or longer than {_LONGEST_REASON} characters.",
            'Say in a sentence how the contributor agreed: --confirm-withdrawn "SENTENCE"',
        )
    if not signature.by:
        raise NotAllowed(
            "That a withdrawn recording may be used is signed by somebody with a name.",
            "Name yourself: carer-stories --by ID, before the command (carer-stories staff list "
            "shows the ids)",
        )
    confirmations = read_confirmations(workspace.story(story_id))
    confirmation = RecordingConfirmation(
        at=now(),
        role=role,
        by=signature.by,
        why=why,
        known=known.in_words,
        file=sha256_of_source(known.source),
    )
    with Ledger(workspace).update(ACTION, story_id, role) as changes:
        _require_new_agreement(changes, story_id, known)
    path = workspace.story(story_id).confirmed_recordings
    with translate_disk_errors(path.parent):
        make_folder(path.parent)
    struct_file.save(path, RecordingConfirmations(confirmed=(*confirmations, confirmation)))


def _require_new_agreement(snapshot: Snapshot, story_id: str, known: KnownRecording) -> None:
    agreements = snapshot.of_story(Agreement, story_id)
    if any(each.recorded >= known.since and each.on >= known.on for each in agreements):
        return
    raise NotAllowed(
        f"{story_id} has no agreement that was signed after the recording was taken back, on "
        f"{day_in_words(known.on)}.",
        f"Ask the contributor, and take a new one: carer-stories consent record {story_id}",
    )


def _confirmed_files(workspace: Workspace, story_id: str) -> frozenset[str]:
    confirmations = read_confirmations(workspace.story(story_id))
    return frozenset(each.file for each in confirmations)


def _is_in(confirmed: frozenset[str], source: Path) -> bool:
    return bool(confirmed) and sha256_of_source(source) in confirmed


def read_confirmations(folder: StoryFolder) -> tuple[RecordingConfirmation, ...]:
    """Return what was confirmed for a story; a list that cannot be read confirms nothing."""
    confirmations = struct_file.load_if_readable(
        folder.confirmed_recordings, RecordingConfirmations
    )
    return confirmations.confirmed if confirmations else ()
