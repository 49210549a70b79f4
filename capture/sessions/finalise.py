"""The end of a session: its takes kept as the story's recording, or deleted with a receipt.

Kept takes go through the same import as any other recording. A receipt is all that stays of a
deleted session: `receipts/deleted-cs-4k7m2q-se-8xk3vp.json`. Every step can be interrupted by a
kill and is finished by running it again; `finish_decided` does so when the station starts.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.intake.intake_state import SessionVersions
from capture.intake.pipeline import import_recording
from capture.media.packets import packet_digests, rewrap, write_sound_alone
from capture.media.probe import probe
from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.media.sound.lossless import KeptSamples, rewrap_with_sound
from capture.media.working_copy import frames_for
from capture.recording.originals import Take, read_manifest
from capture.recording.session_markers import Marker, read_session, write_session
from capture.recording.takes import frame_rate
from capture.sessions.agreed_media import has_filmed, loses_picture, stated_media
from capture.sessions.events import SessionKept, TakePaused
from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NotNow
from capture.sessions.session_folders import (
    abandoned_folders,
    find_session,
    readable_sessions,
    reopen_session,
    session_lock,
)
from capture.sessions.state import Phase, SessionState, SessionTake
from library.backup.deleted_sessions import note_deletions
from library.backup.registry import known_backups
from library.consent.gate import History
from library.consent.safeguarding import require_no_hold
from library.consent.stories import read_history
from library.core import files, lock, struct_file
from library.core.clock import now
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError, DiskFailed, NotAllowed, ToolFailed
from library.core.removal import RemovalFailure, remove
from library.core.timecode import clock
from library.core.workspace import SessionFolder, Workspace
from library.records.ledger import Ledger

_MAX_LEFT_OUT_MS = 3_000
"""Milliseconds of a take that may be left out because no sound came; a longer one is reported."""


def keep_session(
    session: LiveSession,
    *,
    role: str = "carer-volunteer",
    show_progress: ProgressStep = without_progress,
) -> None:
    """Make the session's takes the recording of its story, with the session's markers.

    They are added to a recording that the story has already. Raises NotAllowed where the agreement
    does not stand, BadInput where nothing can be read, NoRoom, Busy, ToolFailed or DiskFailed; then
    everything that was recorded is still there, and keeping can be tried again.
    """
    if session.state.phase is not Phase.KEPT:
        session.require_agreement()
        session.request_keep()
        wrapped, unreadable = _rewrap_takes(session, show_progress)
        wrapped, is_voice_only = _import_agreed_versions(session, wrapped, role, show_progress)
        if is_voice_only:
            unreadable = [number for number in unreadable if not _is_picture_alone(session, number)]
        # Hashed from the disk and looked up among the originals before any take is removed.
        sha256 = [_sha256_of(session, path) for _, path in wrapped]
        # The markers before the line that says kept: after that nobody would add them.
        _write_markers(session, wrapped, sha256)
        session.record_event(SessionKept(originals=tuple(sha256), unreadable=tuple(unreadable)))
    # Also for a session that was kept: a kill may have come before this.
    _remove_redundant_files(session)


def _rewrap_takes(
    session: LiveSession, show_progress: ProgressStep
) -> tuple[list[tuple[SessionTake, Path]], list[int]]:
    """Return each take in a container that states its length, and the numbers of unreadable takes.

    A wrapped take that exists already is whole: the steps before it were done by a killed run.
    """
    wrapped, unreadable = [], []
    state = session.state
    recorded = [take for take in state.takes if take.bytes]
    for number, take in enumerate(recorded, 1):
        to = session.folder.rewrapped(take.number)
        source = session.folder.take(take.number, take.suffix)
        label = "Finishing the recording"
        label = label if len(recorded) == 1 else f"{label} ({number} of {len(recorded)})"
        with show_progress(label, take.length) as progress:
            is_wrapped = (
                to.exists()
                or rewrap_with_sound(source, to, take.length, _samples_of(session, take), progress)
                or rewrap(source, to, take.length, progress)
            )
        if is_wrapped and _has_sound(session, take):
            wrapped.append((take, to))
        else:
            unreadable.append(take.number)
    if not wrapped:
        raise BadInput(
            "Nothing that can be played was recorded in this session.",
            "Delete the session if its files are not needed; they are kept until then.",
        )
    return wrapped, unreadable


class _AgreementChanged(NotAllowed):
    """Other media are agreed to than those that are being brought in."""


def _import_agreed_versions(
    session: LiveSession,
    wrapped: Sequence[tuple[SessionTake, Path]],
    role: str,
    show_progress: ProgressStep,
) -> tuple[list[tuple[SessionTake, Path]], bool]:
    """Import each take as it is agreed to; return the takes, and True for the voice alone.

    Copying takes a while. Where the agreement is another one at its end, nothing has come in, and
    it begins again.
    """
    while True:
        is_voice_only = _is_voice_only(read_history(session.workspace, session.state.story))
        versions = _agreed_versions(session, wrapped, is_voice_only=is_voice_only)
        with contextlib.suppress(_AgreementChanged):
            _import_takes(session, versions, role, show_progress, is_voice_only=is_voice_only)
            return versions, is_voice_only


def _is_voice_only(history: History) -> bool:
    # Nothing but the agreements: what this session was agreed to be was asked in it.
    return stated_media(history) == "voice"


def _is_picture_alone(session: LiveSession, number: int) -> bool:
    """Return True for a take that holds pictures and no sound of any kind."""
    if session.state.take(number).sound:  # samples that came beside it
        return False
    digests = packet_digests(session.folder.rewrapped(number))
    return bool(digests) and all(name.startswith("v:") for name, _ in digests)


def _agreed_versions(
    session: LiveSession, wrapped: Sequence[tuple[SessionTake, Path]], *, is_voice_only: bool
) -> list[tuple[SessionTake, Path]]:
    """Return each take as it is to be kept: without its picture for the voice alone.

    One that is among the originals already, by a run that was killed, stays as it is there.
    """
    originals = original_positions(session)
    versions = []
    for take, path in wrapped:
        sound = session.folder.sound_of_rewrapped(take.number)
        made = [each for each in (path, sound) if each.exists()]
        archived = next((each for each in made if files.sha256_of(each) in originals), None)
        if archived is None and is_voice_only:
            archived = sound if write_sound_alone(path, sound, take.length) else path
        versions.append((take, archived or path))
    return versions


def _samples_of(session: LiveSession, take: SessionTake) -> list[KeptSamples]:
    """Return the uncompressed sound of a take, a stretch for each part without a gap."""
    path = session.folder.lossless_sound(take.number)
    stretches: list[KeptSamples] = []
    for stored in take.sound:
        bytes_per_sample = 2 * stored.channels
        count, first = stored.bytes // bytes_per_sample, stored.offset // bytes_per_sample
        last = stretches[-1] if stretches else None
        if last is not None and stored.at == last.heard_at + last.count:
            stretches[-1] = dataclasses.replace(last, count=last.count + count)
        else:
            stretches.append(KeptSamples(path, first, count, stored.at, stored.channels))
    return stretches


def _has_sound(session: LiveSession, take: SessionTake) -> bool:
    """Return False for a take that is left out; raises BadInput for a longer one, unless silent.

    Pictures without any sound cannot be the story's recording: the other takes do not wait for it.
    """
    try:
        probe(session.folder.rewrapped(take.number))
    except BadInput:
        is_short = take.length <= _MAX_LEFT_OUT_MS
        if is_short or (len(session.state.takes) > 1 and _is_picture_alone(session, take.number)):
            return False
        raise
    return True


def _import_takes(
    session: LiveSession,
    wrapped: Sequence[tuple[SessionTake, Path]],
    role: str,
    show_progress: ProgressStep,
    *,
    is_voice_only: bool,
) -> None:
    state = session.state
    story = session.workspace.story(state.story)
    sources = [path for _, path in wrapped]

    def require_agreed(history: History) -> None:
        if _is_voice_only(history) is not is_voice_only:
            raise _AgreementChanged("The agreement changed while the recording was brought in.")

    versions = [path for take, _ in wrapped for path in _wrapped_paths(session.folder, take)]
    others = tuple(path for path in versions if path not in sources and path.exists())
    import_recording(
        session.workspace,
        state.story,
        *sources,
        add=read_manifest(story) is not None,
        question_set=state.question_set,
        role=role,
        damaged=True,  # there is no better copy anywhere
        # Whatever it sounds like: what was recorded here must not be lost.
        hold_withdrawn=True,
        from_session=SessionVersions(require_agreed, others),
        show_progress=show_progress,
    )


def _sha256_of(session: LiveSession, path: Path) -> str:
    """Return the hash of a take. Raises ToolFailed unless it is among the story's originals."""
    sha256 = files.sha256_of(path)
    if sha256 not in original_positions(session):
        raise ToolFailed(
            "The recording did not arrive among the story’s originals.",
            "Run it again, for nothing was removed: carer-stories capture recover",
        )
    return sha256


@dataclass(frozen=True)
class TakePosition:
    """The position of a take on the story's clock, in milliseconds."""

    start: int
    length: int

    def at(self, moment: int) -> int:
        """Return a moment of the take on the story's clock.

        Never after the take's end: its recorder may have counted more than was written.
        """
        return self.start + min(moment, self.length)


def original_positions(session: LiveSession) -> dict[str, TakePosition]:
    """Return the position of each original on the story's clock, by its hash."""
    manifest = read_manifest(session.workspace.story(session.state.story))
    originals: tuple[Take, ...] = manifest.takes if manifest else ()
    positions: dict[str, TakePosition] = {}
    frames = 0
    for take in originals:
        fps = frame_rate(originals)
        # Of takes with the same content, the first.
        positions.setdefault(take.sha256, TakePosition(frames * 1000 // fps, take.duration))
        frames += frames_for(take.duration, fps)
    return positions


def _write_markers(
    session: LiveSession, wrapped: Sequence[tuple[SessionTake, Path]], sha256: Sequence[str]
) -> None:
    """Add the session's markers to the story's; run again, it adds none twice."""
    by_hash = original_positions(session)
    positions = {take.number: by_hash[sha] for (take, _), sha in zip(wrapped, sha256, strict=True)}
    session_path = session.workspace.story(session.state.story).session
    session_record = read_session(session_path)
    before = set(session_record.markers)
    new = [mark for mark in session_markers(session.state, positions) if mark not in before]
    markers = sorted((*session_record.markers, *new), key=lambda marker: marker.at)
    write_session(session_path, msgspec.structs.replace(session_record, markers=tuple(markers)))


def session_markers(state: SessionState, positions: dict[int, TakePosition]) -> list[Marker]:
    """Return the session's markers in milliseconds on the story's clock, sorted by time.

    `positions` are those of the readable takes, by number. A marker in an unreadable take is put
    where the next take starts, or at the end of the last.
    """
    all_positions = _all_take_positions(state, positions)
    markers = [
        Marker(
            at=all_positions[event.take].at(event.at),
            kind=event.kind,
            question=event.question,
            text=event.text,
        )
        for event in state.markers
    ]
    markers += [
        Marker(at=all_positions[event.take].at(event.at), kind="pause")
        for event in state.pauses
        if isinstance(event, TakePaused)
    ]
    markers += [Marker(at=positions[number].start, kind="take") for number in sorted(positions)[1:]]
    return sorted(markers, key=lambda marker: marker.at)


def _all_take_positions(
    state: SessionState, positions: dict[int, TakePosition]
) -> dict[int, TakePosition]:
    """Return the position of every take by number; unreadable takes have no length."""
    last = positions[max(positions)]
    after = TakePosition(last.start + last.length, 0)
    all_positions: dict[int, TakePosition] = {}
    for take in reversed(state.takes):
        all_positions[take.number] = positions.get(take.number, after)
        after = TakePosition(all_positions[take.number].start, 0)
    return all_positions


def is_archived(session: LiveSession) -> bool:
    """Return whether any take of the session is among the story's originals."""
    originals = original_positions(session)
    paths = [path for take in session.state.takes for path in _wrapped_paths(session.folder, take)]
    return any(files.sha256_of(path) in originals for path in paths if path.exists())


def _wrapped_paths(folder: SessionFolder, take: SessionTake) -> tuple[Path, Path]:
    return folder.rewrapped(take.number), folder.sound_of_rewrapped(take.number)


def redundant_files(folder: SessionFolder, state: SessionState) -> list[Path]:
    """Return second copies of the originals, and temporary files; none before it is kept."""
    if state.kept_event is None:
        return []
    unreadable = state.kept_event.unreadable
    paths = [path for take in state.takes for path in _wrapped_paths(folder, take)]
    for take in state.takes:
        if take.number not in unreadable:
            paths += [folder.take(take.number, take.suffix), folder.lossless_sound(take.number)]
    left = [*files.leftovers(folder.root), *files.leftover_folders(folder.root)]
    return [path for path in paths if path.exists()] + left


def _remove_redundant_files(session: LiveSession) -> None:
    """Remove what is among the originals now; the journal stays."""
    refused = [
        refusal
        for path in redundant_files(session.folder, session.state)
        for refusal in remove(path)
    ]
    if refused:
        raise DiskFailed(
            f"The recording is kept, but {refused[0].path} could not be removed: "
            f"{refused[0].reason}.",
            "Remove it by hand: it is a second copy.",
        )


def is_kept_without_picture(workspace: Workspace, state: SessionState) -> bool:
    """Return True for a session that was filmed and of which only the sound was kept."""
    manifest = read_manifest(workspace.story(state.story))
    if state.kept_event is None or manifest is None or not has_filmed(state):
        return False
    kept = [take for take in manifest.takes if take.sha256 in state.kept_event.originals]
    return bool(kept) and all(take.kind == "audio" for take in kept)


def kept_remark(workspace: Workspace, state: SessionState) -> str:
    """Say what a session that was kept does not hold, or holds unseen; "" where that is plain."""
    remarks = (_picture_remark(workspace, state), _left_out_remark(workspace, state))
    return " ".join(filter(None, remarks))


def _picture_remark(workspace: Workspace, state: SessionState) -> str:
    """Say what became of the picture of a session that was kept."""
    if is_kept_without_picture(workspace, state):
        if loses_picture(workspace, state):
            return (
                "Only their voice is agreed to by now: its sound is kept, the picture is deleted."
            )
        return (
            "When it was kept only their voice was agreed to: its sound is kept, the picture is "
            "deleted. The picture was agreed to after that, and counts from the next recording on."
        )
    if loses_picture(workspace, state):
        return (
            "Only their voice is agreed to by now. What was filmed still lies on this computer, "
            f"and nobody is shown it: `carer-stories withdraw {state.story} --erase` takes it all "
            "away."
        )
    return ""


def _left_out_remark(workspace: Workspace, state: SessionState) -> str:
    """Say which longer takes were left out: they hold a picture and no sound."""
    unreadable = state.kept_event.unreadable if state.kept_event else ()
    silent = [
        take for take in state.takes if take.number in unreadable and take.length > _MAX_LEFT_OUT_MS
    ]
    if not silent:
        return ""
    parts = counted(len(silent), "part")
    lengths = " and ".join(clock(take.length) for take in silent)
    _, folder = find_session(workspace, state.id)
    paths = " and ".join(str(folder.take(take.number, take.suffix)) for take in silent)
    return (
        f"{parts} of it ({lengths}) could not be kept: pictures came, and no sound. "
        f"All else is kept, and the pictures still lie in {paths}."
    )


class DeletionReceipt(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The receipt of a deleted session: all that stays of it in this library."""

    session: str
    story: str
    deleted: str
    """UTC, ISO 8601 with seconds."""
    backups: tuple[str, ...] = ()
    """Places of the backups that were made while it lay here, and may hold it."""
    are_backups_unknown: bool = False
    """The list of backups could not be read."""

    @property
    def text(self) -> str:
        return (
            f"The recording {self.session} of story {self.story} was deleted on "
            f"{self.deleted[:10]} at {self.deleted[11:16]} UTC. {self._copies}"
        )

    @property
    def _copies(self) -> str:
        in_backups = backups_sentence(self.backups, are_unknown=self.are_backups_unknown)
        return in_backups or "It had not been copied anywhere by this program."


def backups_sentence(backups: Sequence[str], *, are_unknown: bool) -> str:
    """Say where backups lie that may still hold what was deleted; nothing where there is none."""
    if backups:
        return (
            "A backup was made while it lay here, and may still hold it: "
            f"{', '.join(backups)}. Whoever looks after the backups can take it out there."
        )
    return "Whether a backup holds it could not be looked up." if are_unknown else ""


def delete_session(session: LiveSession, *, role: str = "carer-volunteer") -> DeletionReceipt:
    """Delete everything recorded in the session, and write the receipt.

    Raises NotNow for a session that was kept or a story under a legal hold, and DiskFailed naming a
    file that cannot be deleted: run it again.
    """
    if session.state.phase is Phase.KEEPING and is_archived(session):
        raise NotNow(
            "The recording is among the story’s originals already.",
            f"Take the story back: carer-stories withdraw {session.state.story} --erase",
            state=str(session.state.phase),
        )
    try:
        require_no_hold(session.workspace, (session.state.story,))
    except NotAllowed as error:
        raise NotNow(error.what, error.next_step, state=str(session.state.phase)) from error
    session.request_delete()
    workspace, state, folder = session.workspace, session.state, session.folder
    # The journal stays to the last: it says that the session is being deleted.
    for path in sorted(folder.root.iterdir()) if folder.root.is_dir() else ():
        if path != folder.journal:
            _require_removed(remove(path))
    path_of_receipt = receipt_path(workspace, state.story, state.id)
    receipt = struct_file.load_if_readable(path_of_receipt, DeletionReceipt)
    if receipt is None:
        backups, are_unknown = backups_made_since(workspace, state.created)
        receipt = DeletionReceipt(
            session=state.id,
            story=state.story,
            deleted=now(),
            backups=backups,
            are_backups_unknown=are_unknown,
        )
    with files.translate_disk_errors(path_of_receipt):
        files.make_folder(workspace.receipts)
    # Before the journal goes: without either nothing says what became of the session.
    struct_file.save(path_of_receipt, receipt)
    note_deletions(workspace)
    # The files are deleted already: a log that cannot be written must not make it look undone.
    try:
        with Ledger(workspace).update("capture-delete", state.story, role):
            pass
    except CarerStoriesError as error:
        lock.caller.warn(
            f"{error.what} The recording is deleted all the same, and its receipt says so; the log "
            "has no line of it."
        )
    _require_removed(remove(folder.root))
    return receipt


def backups_made_since(workspace: Workspace, created: str) -> tuple[tuple[str, ...], bool]:
    """Return the places of backups made since then, and whether their list could not be read."""
    try:
        known = known_backups(workspace)
    except CarerStoriesError:
        return (), True
    made_since = [each for each in known if (each.last or each.started) >= created]
    return tuple(each.destination for each in made_since), False


def receipt_path(workspace: Workspace, story_id: str, session_id: str) -> Path:
    return workspace.receipts / f"deleted-{story_id}-{session_id}.json"


def _require_removed(refused: list[RemovalFailure]) -> None:
    if refused:
        raise DiskFailed(
            f"{refused[0].path} could not be deleted: {refused[0].reason}.",
            "Close other programs that may hold it, then delete the session again.",
        )


def finish_interrupted(workspace: Workspace) -> list[CarerStoriesError]:
    """Finish every interrupted deletion, and remove second copies of what was kept.

    Sessions that another process holds are left to it. Returns the reason for each that failed.
    """
    failures: list[CarerStoriesError] = []
    for path in abandoned_folders(workspace):
        # Under the lock: a session that is just being created has no journal yet either.
        with (
            contextlib.suppress(CarerStoriesError),
            session_lock(workspace, path.parent.parent.name),
        ):
            remove(path)
    for folder, state in readable_sessions(workspace):
        if state.phase is Phase.DELETING or redundant_files(folder, state):
            try:
                with contextlib.closing(reopen_session(workspace, state.id)) as session:
                    if session.state.phase is Phase.DELETING:
                        delete_session(session)
                    # Kept already, else nothing of it were redundant: only second copies are
                    # removed.
                    else:
                        keep_session(session)
            except CarerStoriesError as error:
                failures.append(error)
    return failures
