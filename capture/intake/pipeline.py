"""Bringing recordings in: kept as they came, then made ready to work with.

Every step leaves either nothing or its whole result. Killed between two steps, the same import run
again finishes the job. Files that are brought in together are all taken, or none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from capture.intake.companions import (
    NO_COMPANIONS,
    CompanionFiles,
    align_microphones,
    copy_companions,
)
from capture.intake.copying import partial_copy_of, remove_stale_copies
from capture.intake.derivatives import make_derivatives, remove_derivatives
from capture.intake.receive import all_or_none, inspect_sources, receive_take, remove_copies
from capture.media.input_files import check_input_file, display_name
from capture.media.run_ffmpeg import Progress, ProgressStep, without_progress
from capture.questions.question_set import QuestionSet, find_question_set
from capture.recording.originals import (
    Companion,
    Take,
    broken_originals,
    is_same_recording,
    numbered_hashes,
    read_manifest,
    require_intact,
    sha256_of_source,
    write_manifest,
)
from capture.recording.session_markers import Session, write_session
from capture.recording.takes import joined_length
from library.consent import gate, read_history
from library.consent.gate_input import history_of
from library.core import files
from library.core.errors import BadInput, Busy, Damaged, NotAllowed
from library.core.lock import held
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger

__all__ = ["ImportResult", "broken_originals", "import_recording", "is_imported"]

MOST_AT_ONCE = 60
"""Files one command takes: each has its hash in one line of the log, which holds 64."""
_OURS = ("take-", "part-", "sound-", "working.", "speech.", "manifest.", "session.", "still-")
"""How names begin that only an import writes: a killed one's temporary files are ours to remove."""


@dataclass(frozen=True)
class ImportResult:
    """What an import did."""

    takes: tuple[Take, ...]
    """Those of the files that were named, in their order."""
    new_takes: tuple[Take, ...]
    """Those of them that were not there before."""
    derived: tuple[str, ...]
    """Names of the files that were made from the recording this time."""
    other_stories: tuple[str, ...] = ()
    """Other stories that keep one of the very same files: a slip, or one told anew."""
    take_count: int = 1
    """Takes the recording has now."""
    length: int = 0
    """Milliseconds of all of them."""
    has_stills: bool = False
    """Some of them have no picture, and others do."""
    companions: tuple[Companion, ...] = ()
    """What was kept with them this time and is no take."""
    has_new_microphone: bool = False
    """Takes were given another microphone this time."""

    @property
    def take(self) -> Take:
        return self.takes[0]

    @property
    def is_unchanged(self) -> bool:
        """All of them were imported before."""
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
    watch: ProgressStep = without_progress,
) -> ImportResult:
    """Bring `sources` in as the recording of a story, under the question set it was led by.

    Several are its takes, one after the other. With `add` they come behind those it has. The
    question set is the story's own unless one is given. `alongside` belongs to the takes named
    here: a microphone that heard them, voices and words of a meeting. Raises NotAllowed without a
    standing participation agreement; BadInput for what is no recording, or for more takes without
    `add`; NoRoom, Busy, ToolFailed or DiskFailed. Nothing is half done after any of them.
    """
    history = read_history(workspace, story_id)
    gate.require_agreement(history)
    questions = question_set or find_question_set(workspace, history.story.questions)
    _check_sources(sources)
    companions.check()
    folder = workspace.story(story_id)
    with _one_import_at_a_time(folder):
        _remove_leftovers(folder)
        remove_stale_copies(
            folder.original,
            {partial_copy_of(folder.original, source) for source in (*sources, *companions.files)},
        )
        manifest = read_manifest(folder)
        before = manifest.takes if manifest else ()
        known = {source: take for source in sources if (take := _known(before, source))}
        new = _distinct(source for source in sources if source not in known)
        _require_joinable(folder, before, known, new, add=add)
        with all_or_none(folder) as kept:
            came = _keep_all(folder, new, before, kept, damaged=damaged, watch=watch)
            known.update(zip(new, came, strict=True))
            named = {take.file for take in known.values()}
            takes = align_microphones(
                folder, (*before, *came), named, companions, manifest, kept, watch
            )
            beside = copy_companions(folder, companions, manifest, kept)
        change = _Change(before, tuple(takes), manifest.beside if manifest else (), beside)
        if change.is_one:
            _record_or_forget(workspace, folder, change, kept.values(), role)
        _freeze_questions(folder, questions)
        made = make_derivatives(folder, takes, watch)
    takes_now = {take.file: take for take in takes}
    shown_takes = _each_once(takes_now[known[one].file] for one in sources if one in known)
    return ImportResult(
        shown_takes,
        tuple(takes_now[take.file] for take in came),
        made,
        _also_in(workspace, story_id, shown_takes),
        len(takes),
        joined_length(takes),
        len({take.kind for take in takes}) > 1,
        tuple(beside),
        tuple(takes) != (*before, *came) or any(take.microphone for take in came),
    )


def is_imported(folder: StoryFolder, source: Path) -> bool:
    """Whether the file is a take of the story already. Raises Damaged for a bad manifest."""
    manifest = read_manifest(folder)
    return manifest is not None and _known(manifest.takes, source) is not None


def _check_sources(sources: Sequence[Path]) -> None:
    if not 1 <= len(sources) <= MOST_AT_ONCE:
        raise BadInput(
            f"{len(sources)} files cannot be brought in at once, but 1 to {MOST_AT_ONCE} can.",
            "Bring the first ones in, then the rest with --add.",
        )
    for source in sources:
        check_input_file(source)


@contextmanager
def _one_import_at_a_time(folder: StoryFolder) -> Iterator[None]:
    """Holds the story's folder, made on first use and closed to others. Raises Busy."""
    with files.refused_plainly(folder.root, "make"):
        files.make_folder(folder.original)
        for ours in (folder.root.parent, folder.root, folder.original):
            ours.chmod(0o700)
    step = "Wait for it to finish, then run this again."
    importing = Busy(f"Another import for {folder.root.name} is still running.", step)
    filming = Busy(f"A film of {folder.root.name} is being made.", step)
    with held(folder.import_lock, busy=importing), held(folder.film_lock, busy=filming):
        yield


def _remove_leftovers(folder: StoryFolder) -> None:
    for path in (*files.leftovers(folder.root), *files.leftovers(folder.original)):
        if path.name.lstrip(".").startswith(_OURS):
            with files.refused_plainly(path, "remove"):
                files.system.unlink(path)


def _require_joinable(
    folder: StoryFolder,
    before: Sequence[Take],
    known: Mapping[Path, Take],
    new: Sequence[Path],
    *,
    add: bool,
) -> None:
    """Raises BadInput for more takes without `add`; Damaged where an original has changed.

    All of them are looked at when they are to be joined, else those that were named.
    """
    if new and before and not add:
        story_id = folder.root.name
        raise BadInput(
            f"{story_id} already has a recording, and {display_name(new[0])} is not part of it.",
            f"To join it behind as a further take: carer-stories capture import {story_id} --add "
            "FILE\nTo tell it from another recording, start a new story.",
        )
    for take in before if new else _each_once(known.values()):
        require_intact(folder, take)


def _each_once(takes: Iterable[Take]) -> tuple[Take, ...]:
    return tuple({take.file: take for take in takes}.values())


def _known(takes: Sequence[Take], source: Path) -> Take | None:
    return next((take for take in takes if is_same_recording(take, source)), None)


def _distinct(sources: Iterable[Path]) -> list[Path]:
    """Each once, by what is in it: a file and its copy are one take."""
    found: list[Path] = []
    for source in sources:
        if not any(_is_same_file(source, one) for one in found):
            found.append(source)
    return found


def _is_same_file(one: Path, other: Path) -> bool:
    alike = one.stat().st_size == other.stat().st_size
    return one == other or (alike and sha256_of_source(one) == sha256_of_source(other))


def _keep_all(
    folder: StoryFolder,
    sources: Sequence[Path],
    before: Sequence[Take],
    kept: dict[Path, Path],
    *,
    damaged: bool,
    watch: ProgressStep,
) -> list[Take]:
    """All of them as takes; `kept` notes where each lies."""
    arrivals = inspect_sources(folder, sources, before) if sources else []
    takes = []
    for number, arrival in enumerate(arrivals, 1):
        step = _counted(watch, number, len(arrivals))
        takes.append(receive_take(folder, arrival, damaged=damaged, watch=step))
        kept[arrival.source] = folder.original / takes[-1].file
    return takes


def _counted(watch: ProgressStep, number: int, count: int) -> ProgressStep:
    """Tells which of several files a step is about."""

    def counted(label: str, total: int | None) -> AbstractContextManager[Progress]:
        return watch(f"{label} ({number} of {count})", total)

    return counted if count > 1 else watch


@dataclass(frozen=True)
class _Change:
    """What an import makes of a story’s originals."""

    before: tuple[Take, ...]
    takes: tuple[Take, ...]
    beside_before: tuple[Companion, ...]
    beside: Sequence[Companion]

    @property
    def hashes(self) -> dict[str, str]:
        """What came, as the log names it."""
        there = {take.file for take in self.before}
        came = [take for take in self.takes if take.file not in there]
        named = numbered_hashes(came, self.beside)
        for take in self.takes:
            heard = take.microphone if take not in self.before else None
            if heard and heard.sha256 not in named.values():
                named["microphone"] = heard.sha256  # laid beside a take there was
        return named

    @property
    def is_one(self) -> bool:
        return self.takes != self.before or bool(self.beside)

    @property
    def is_heard_anew(self) -> bool:
        return bool(self.before) and self.takes != self.before


def _record_or_forget(
    workspace: Workspace,
    folder: StoryFolder,
    change: _Change,
    copies: Iterable[Path],
    role: str,
) -> None:
    """A story that was withdrawn while its recording was copied keeps no copy of it."""
    try:
        _record(workspace, folder, change, role)
    except NotAllowed:
        remove_copies(copies)
        raise


def _record(workspace: Workspace, folder: StoryFolder, change: _Change, role: str) -> None:
    """The log line, then the manifest; the agreement must still stand at that moment.

    In this order a full disk leaves at worst a line for an import that is then run again. What was
    made from fewer takes, or another sound, goes before the manifest names these.
    """
    story_id = folder.root.name
    with Ledger(workspace).update("import", story_id, role, **change.hashes) as changes:
        gate.require_agreement(history_of(changes, story_id))
    if change.is_heard_anew:
        remove_derivatives(folder)
    beside = (*change.beside_before, *change.beside)
    write_manifest(folder, change.takes, joined_length(change.takes), beside)


def _freeze_questions(folder: StoryFolder, questions: QuestionSet) -> None:
    """Keep the set as it is today: a later version must not change what this story was asked."""
    if not folder.session.exists():
        write_session(folder.session, Session(story=folder.root.name, question_set=questions))


def _also_in(workspace: Workspace, story_id: str, named: Sequence[Take]) -> tuple[str, ...]:
    others = (StoryFolder(path) for path in sorted(workspace.stories.glob("cs-*")) if path.is_dir())
    return tuple(
        other.root.name for other in others if other.root.name != story_id and _keeps(other, named)
    )


def _keeps(folder: StoryFolder, named: Sequence[Take]) -> bool:
    try:
        manifest = read_manifest(folder)
    except Damaged:  # another story's trouble: `verify` is where it is told
        return False
    sought = {take.sha256 for take in named}
    return manifest is not None and any(take.sha256 in sought for take in manifest.takes)
