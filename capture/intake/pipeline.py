"""Import recordings: classify → receive → verify → align → record → derive.

Every step leaves either nothing or its whole result. If an import is killed between two steps, the
same command run again finishes it. Files that are imported together are all taken, or none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from capture.intake.companions import align_microphones, check_companions, copy_companions
from capture.intake.copying import partial_copy_of, remove_stale_copies
from capture.intake.derivatives import (
    make_derivatives,
    remove_derivatives,
    remove_pictures,
    sound_alone,
)
from capture.intake.intake_state import (
    NO_COMPANIONS,
    CompanionFiles,
    Intake,
    SessionVersions,
    unique_takes,
)
from capture.intake.receive import (
    all_or_none,
    hear_again,
    inspect_sources,
    picture_refusal,
    receive_take,
    remove_copies,
    remove_leftover_takes,
    require_no_picture,
)
from capture.intake.several_recordings import cut_apart
from capture.intake.withdrawn_recordings import (
    KnownRecording,
    confirm,
    hold_for_recording,
    recognise,
    refuse,
)
from capture.media.input_files import check_input_file, display_name
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.run_ffmpeg import Progress, ProgressStep, without_progress
from capture.questions.question_set import QuestionSet, find_question_set
from capture.recording.originals import (
    Companion,
    Take,
    is_same_recording,
    read_manifest,
    require_intact,
    sha256_of_source,
    write_manifest,
)
from capture.recording.session_markers import Session, write_session
from capture.recording.takes import joined_length, recording_kind
from capture.sessions.agreed_media import stated_media, why_no_picture
from library.consent import gate
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.consent.stories import read_history
from library.core import files
from library.core.errors import BadInput, Busy, Damaged, NotAllowed
from library.core.lock import locked
from library.core.removal import remove
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from library.records.ledger import Ledger

MAX_FILES_AT_ONCE = 60
"""Files one command takes: each has its hash in one line of the log, which holds 64."""
_OUR_PREFIXES = (
    "take-",
    "part-",
    "sound-",
    "working.",
    "speech.",
    "manifest.",
    "session.",
    "still-",
)
"""Beginnings of file names that only an import writes: leftovers of a killed one can be removed."""
_OUR_FOLDERS = (*_OUR_PREFIXES[:4], "microphone-", "aligning.", "sides.", "voices.", "manifest.")
"""Beginnings of the names of folders of raw sound; speech is read by other commands as well."""


@dataclass(frozen=True)
class ImportResult:
    """The result of an import."""

    takes: tuple[Take, ...]
    """The takes of the files that were named, in their order."""
    new_takes: tuple[Take, ...]
    """Takes among them that the story did not have before."""
    derived: tuple[str, ...]
    """Names of the files that were made from the recording this time."""
    other_stories: tuple[str, ...] = ()
    """Other stories that have one of the same files: a slip, or a story told anew."""
    take_count: int = 1
    """Takes the recording has now."""
    length: int = 0
    """Milliseconds of all of them."""
    has_stills: bool = False
    """Some takes have no picture and others do."""
    companions: tuple[Companion, ...] = ()
    """Files that were imported with them this time and are no takes."""
    has_new_microphone: bool = False
    """Takes were given a microphone this time."""
    unused_microphones: int = 0
    """Recordings in the microphone’s file that no take was given."""
    heard_again: tuple[Take, ...] = ()
    """Earlier takes of which more is heard now than before."""
    is_picture_unused: bool = False
    """The takes were filmed, and only the voice is agreed to by now."""

    @property
    def take(self) -> Take:
        return self.takes[0]

    @property
    def is_unchanged(self) -> bool:
        """True where everything had been imported before."""
        return not (self.new_takes or self.companions or self.has_new_microphone)


def import_recording(
    workspace: Workspace,
    story_id: str,
    *sources: Path,
    add: bool = False,
    question_set: QuestionSet | None = None,
    role: str = "editor",
    damaged: bool = False,
    companions: CompanionFiles = NO_COMPANIONS,
    confirm_withdrawn: str | None = None,
    hold_withdrawn: bool = False,
    from_session: SessionVersions | None = None,
    show_progress: ProgressStep = without_progress,
) -> ImportResult:
    """Import `sources` as the takes of a story's recording, in their order.

    `add` joins them to the takes the story has, as the last. `question_set` is the one that led the
    conversation; without it, the story's own. `damaged` accepts recordings that break off.
    `companions` belong to the takes named here. Nothing is half done after any exception.

    A recording that was withdrawn is refused before anything is copied; with `confirm_withdrawn`,
    the reason, it is taken and that is recorded; with `hold_withdrawn` it is taken and the story is
    held. Raises NotAllowed for it, and without a participation agreement; BadInput for files that
    are no recording, that have a picture where none is wanted, or for more takes without `add`;
    NoRoom, Busy, ToolFailed or DiskFailed. For files of a session `from_session` says what is
    wanted, and raises its own.
    """
    history = read_history(workspace, story_id)
    gate.require_agreement(history)
    questions = question_set or find_question_set(workspace, history.story.questions)
    _check_files(sources, companions)
    microphones = (companions.microphone,) if companions.microphone else ()
    with cut_apart((*sources, *microphones)) as recordings:
        single = tuple(file for source in sources for file in recordings[source])
        intake = Intake(
            workspace,
            workspace.story(story_id),
            single,
            _with_parts(companions, recordings),
            role,
            show_progress,
            accept_damage=damaged,
        )
        _require_few(single)
        return _import(
            intake,
            questions,
            confirm_withdrawn,
            add=add,
            hold_withdrawn=hold_withdrawn,
            from_session=from_session,
        )


def _with_parts(
    companions: CompanionFiles, recordings: Mapping[Path, tuple[Path, ...]]
) -> CompanionFiles:
    microphone = companions.microphone
    parts = recordings[microphone] if microphone else ()
    return replace(companions, microphone_parts=parts)


def _import(
    intake: Intake,
    questions: QuestionSet,
    confirm_withdrawn: str | None,
    *,
    add: bool,
    hold_withdrawn: bool,
    from_session: SessionVersions | None,
) -> ImportResult:
    folder = intake.folder
    known = _recognise_withdrawn(intake, confirm_withdrawn, hold_withdrawn=hold_withdrawn)
    with _exclusive_import(folder):
        # Under the lock: they might be another import’s that is still running.
        _remove_leftovers(intake)
        _classify_sources(intake, add=add)
        if from_session is None:
            _require_agreed_pictures(intake)
        else:
            remove_leftover_takes(intake.folder, from_session.others, intake.earlier_takes)
        with all_or_none(intake):
            _hear_earlier_takes(intake)
            _receive_takes(intake)  # verifies too: a copy gets its name only once it was checked
            align_microphones(intake)
            copy_companions(intake)
        if known:
            # Before it counts as imported: at no moment is the story open with it.
            hold_for_recording(intake.workspace, intake.story_id, known, intake.role)
        _record(intake, from_session)
        # Both after the manifest: an import killed here is finished by the next one.
        _freeze_questions(folder, questions)
        intake.derived = _make_agreed_derivatives(intake)
    return _result(intake)


def _make_agreed_derivatives(intake: Intake) -> tuple[str, ...]:
    """Make the derived files; of the sound alone where the agreement is for the voice by now.

    Made again where that changed while they were made, which takes minutes.
    """
    folder, made = intake.folder, dict[str, None]()
    made_for_voice: bool | None = None
    while (is_voice_only := _is_voice_alone_stated(intake)) is not made_for_voice:
        made_for_voice, takes = is_voice_only, intake.takes
        intake.is_picture_unused = is_voice_only and recording_kind(takes) == "video"
        if intake.is_picture_unused:
            remove_pictures(folder)
            takes = tuple(map(sound_alone, takes))
        made |= dict.fromkeys(make_derivatives(folder, takes, intake.show_progress))
    return tuple(name for name in made if (folder.root / name).exists())


def _is_voice_alone_stated(intake: Intake) -> bool:
    return stated_media(read_history(intake.workspace, intake.story_id)) == "voice"


def _recognise_withdrawn(
    intake: Intake, confirm_reason: str | None, *, hold_withdrawn: bool
) -> KnownRecording | None:
    """Return the withdrawn recording for which the story is to be held.

    Raises NotAllowed for one that is neither to be held nor confirmed.
    """
    heard = [*intake.sources, *intake.companions.heard]
    known = recognise(intake.workspace, intake.story_id, heard, intake.show_progress)
    if hold_withdrawn:
        return known
    while known:
        if confirm_reason is None:
            raise refuse(known, intake.story_id)
        confirm(intake.workspace, intake.story_id, known, confirm_reason, intake.role)
        # Another of the files may be another withdrawn recording.
        known = recognise(intake.workspace, intake.story_id, heard, intake.show_progress)
    return None


def is_imported(folder: StoryFolder, source: Path) -> bool:
    """Return whether the file is a take of the story. Raises Damaged for a bad manifest."""
    manifest = read_manifest(folder)
    return manifest is not None and _find_take(manifest.takes, source) is not None


def _check_files(sources: Sequence[Path], companions: CompanionFiles) -> None:
    """Check every file before anything is locked or written. Raises BadInput or NotFound."""
    _require_few(sources)
    for source in sources:
        check_input_file(source)
    check_companions(companions)


def _require_few(sources: Sequence[Path]) -> None:
    if not 1 <= len(sources) <= MAX_FILES_AT_ONCE:
        raise BadInput(
            f"{len(sources)} files cannot be imported at once; 1 to {MAX_FILES_AT_ONCE} can.",
            "Import the first ones, then the rest with --add.",
        )


@contextmanager
def _exclusive_import(folder: StoryFolder) -> Iterator[None]:
    """Lock the story against other imports and films; its folder is made where needed.

    Raises Busy.
    """
    with files.translate_disk_errors(folder.root, "make"):
        files.make_folder(folder.original)
        for path in (folder.root.parent, folder.root, folder.original):
            path.chmod(0o700)  # recordings are for this account alone
    next_step = "Wait for it to finish, then run this again."
    importing = Busy(f"Another import for {folder.root.name} is still running.", next_step)
    filming = Busy(f"A film of {folder.root.name} is being made.", next_step)
    with locked(folder.import_lock, busy=importing), locked(folder.film_lock, busy=filming):
        yield


def _remove_leftovers(intake: Intake) -> None:
    """Remove temporary files of killed imports, except partial copies that this one resumes."""
    folder = intake.folder
    for path in (*files.leftovers(folder.root), *files.leftovers(folder.original)):
        if path.name.lstrip(".").startswith(_OUR_PREFIXES):
            with files.translate_disk_errors(path, "remove"):
                files.system.unlink(path)
    for path in (
        *files.leftover_folders(folder.root),
        *files.leftover_folders(folder.original),
    ):
        if path.name.lstrip(".").startswith(_OUR_FOLDERS):
            remove(path)  # what is held fast is tried again by the next import
    expected = (*intake.sources, *intake.companions.files)
    remove_stale_copies(
        folder.original, {partial_copy_of(folder.original, source) for source in expected}
    )


def _classify_sources(intake: Intake, *, add: bool) -> None:
    """Tell sources the story has from new ones, and check that new ones may be joined.

    Raises BadInput for new takes without `add`; Damaged where an original has changed.
    """
    intake.manifest = read_manifest(intake.folder)
    earlier = intake.earlier_takes
    intake.imported_sources = {
        source: take for source in intake.sources if (take := _find_take(earlier, source))
    }
    intake.new_sources = _distinct_files(
        source for source in intake.sources if source not in intake.imported_sources
    )
    if intake.new_sources and earlier and not add:
        story_id = intake.story_id
        raise BadInput(
            f"{story_id} already has a recording, and {display_name(intake.new_sources[0])} "
            "is not part of it.",
            f"To add it as a further take: carer-stories capture import {story_id} --add "
            "FILE\nTo tell it from another recording, start a new story.",
        )
    # New takes are joined after all earlier ones, so every one of these must be intact.
    needed = earlier if intake.new_sources else unique_takes(intake.imported_sources.values())
    for take in needed:
        require_intact(intake.folder, take)


def _require_agreed_pictures(intake: Intake) -> None:
    """Raises BadInput for a picture where none is wanted, be it a microphone's."""
    history = read_history(intake.workspace, intake.story_id)
    if why := why_no_picture(intake.workspace, history):
        for source in (*intake.new_sources, *intake.companions.heard):
            require_no_picture(source, intake.story_id, why)


def _require_still_agreed(
    intake: Intake, history: History, from_session: SessionVersions | None, filmed: Sequence[Path]
) -> None:
    """Raises NotAllowed or BadInput where the agreement changed while the files were copied."""
    gate.require_agreement(history)
    if from_session:
        from_session.require_agreed(history)
    elif filmed and (why := why_no_picture(intake.workspace, history)):
        raise picture_refusal(filmed[0], intake.story_id, why)


def _filmed_sources(intake: Intake) -> list[Path]:
    """Return the sources that were copied now and have a picture."""
    new_takes = zip(intake.new_sources, intake.new_takes, strict=True)
    filmed = [source for source, take in new_takes if take.kind == "video"]
    copied = [source for source in intake.companions.heard if source in intake.copies]
    # From the copies: the stick may have been pulled out by now.
    return filmed + [
        source for source in copied if probe_in_subprocess(intake.copies[source]).kind == "video"
    ]


def _find_take(takes: Sequence[Take], source: Path) -> Take | None:
    return next((take for take in takes if is_same_recording(take, source)), None)


def _distinct_files(paths: Iterable[Path]) -> list[Path]:
    """Return each file once by its content: a file and its copy are one take."""
    distinct: list[Path] = []
    for path in paths:
        if not any(_is_same_file(path, other) for other in distinct):
            distinct.append(path)
    return distinct


def _is_same_file(path: Path, other: Path) -> bool:
    same_size = path.stat().st_size == other.stat().st_size
    return path == other or (same_size and sha256_of_source(path) == sha256_of_source(other))


def _hear_earlier_takes(intake: Intake) -> None:
    for take in intake.earlier_takes:
        if heard := hear_again(intake.folder, take, intake.show_progress):
            intake.heard_again[take.file] = heard


def _receive_takes(intake: Intake) -> None:
    if not intake.new_sources:
        return
    incoming = inspect_sources(intake.folder, intake.new_sources, intake.earlier_takes)
    for number, item in enumerate(incoming, 1):
        show_progress = _with_count(intake.show_progress, number, len(incoming))
        take = receive_take(
            intake.folder, item, accept_damaged=intake.accept_damage, show_progress=show_progress
        )
        intake.new_takes.append(take)
        intake.copies[item.source] = intake.folder.original / take.file


def _with_count(show_progress: ProgressStep, number: int, count: int) -> ProgressStep:
    """Return a progress step whose labels say which of several files a step is about."""

    def counted(label: str, total: int | None) -> AbstractContextManager[Progress]:
        return show_progress(f"{label} ({number} of {count})", total)

    return counted if count > 1 else show_progress


def _record(intake: Intake, from_session: SessionVersions | None) -> None:
    """Write the log line, then the manifest; the agreement must still stand at that moment.

    Where the story was withdrawn, or a picture is agreed to no more, while its recording was
    copied, no copy stays: raises as `_require_still_agreed`.
    """
    if not intake.changes_manifest:
        return
    filmed = _filmed_sources(intake)
    ledger = Ledger(intake.workspace)
    try:
        # One lock over both: no agreement is recorded between the look at it and the manifest.
        with ledger.locked():
            # The log first: a full disk then leaves at worst a line for an import that is run
            # again, and never a recording of which the log says nothing.
            hashes = intake.logged_hashes
            with ledger.update("import", intake.story_id, intake.role, **hashes) as changes:
                history = history_of(changes, intake.story_id)
                _require_still_agreed(intake, history, from_session, filmed)
            if intake.changes_sound:
                # Before the manifest names the new takes: derived files that exist count as
                # current.
                remove_derivatives(intake.folder)
            companions = (*intake.earlier_companions, *intake.new_companions)
            write_manifest(intake.folder, intake.takes, joined_length(intake.takes), companions)
    except (NotAllowed, BadInput):
        remove_copies(intake.copies.values())
        raise


def _freeze_questions(folder: StoryFolder, questions: QuestionSet) -> None:
    """Keep the set as it is today: a later version must not change what this story was asked."""
    if not folder.session.exists():
        write_session(folder.session, Session(story=folder.root.name, question_set=questions))


def _result(intake: Intake) -> ImportResult:
    takes = {take.file: take for take in intake.takes}
    return ImportResult(
        intake.named_takes,
        tuple(takes[take.file] for take in intake.new_takes),
        intake.derived,
        _stories_with_same_files(intake),
        len(intake.takes),
        joined_length(intake.takes),
        len({take.kind for take in intake.takes}) > 1 and intake.folder.working.exists(),
        tuple(intake.new_companions),
        intake.has_new_microphone,
        intake.unused_microphones,
        tuple(takes[file] for file in intake.heard_again),
        intake.is_picture_unused,
    )


def _stories_with_same_files(intake: Intake) -> tuple[str, ...]:
    paths = sorted(intake.workspace.stories.glob("cs-*"))
    folders = [StoryFolder(path) for path in paths if path.is_dir() and STORY_ID.match(path.name)]
    hashes = {take.sha256 for take in intake.named_takes}
    return tuple(
        folder.root.name
        for folder in folders
        if folder.root.name != intake.story_id and _has_any_take(folder, hashes)
    )


def _has_any_take(folder: StoryFolder, hashes: set[str]) -> bool:
    try:
        manifest = read_manifest(folder)
    except Damaged:  # another story's problem: `verify` reports it
        return False
    return manifest is not None and any(take.sha256 in hashes for take in manifest.takes)
