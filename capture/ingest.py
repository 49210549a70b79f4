"""Bringing a recording in: kept as it came, then made ready to work with.

Every step leaves either nothing or its whole result. Killed between two steps, the same import run
again finishes the job.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.media import (
    Watch,
    check_source,
    draw_poster,
    extract_speech,
    normalise,
    unwatched,
)
from capture.originals import (
    Take,
    broken_originals,
    is_same_recording,
    keep_original,
    read_manifest,
    require_whole,
    write_manifest,
)
from capture.questions import QuestionSet, find_question_set
from capture.session import Session, write_session
from library import files
from library import release as gate
from library.desk import read_history
from library.errors import BadInput, Busy, Damaged, NotAllowed
from library.ledger import Ledger
from library.lock import held
from library.standing import history_of
from library.workspace import StoryFolder, Workspace

__all__ = ["Imported", "broken_originals", "import_recording"]

_OURS = ("take-", "working.", "speech.", "manifest.", "session.")
"""How names begin that only an import writes: a killed one's temporary files are ours to remove."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    take: Take
    already: bool
    """The very same recording was imported before."""
    made: tuple[str, ...]
    """Names of the files that were made from it this time."""
    also_in: tuple[str, ...] = ()
    """Other stories that keep the very same recording: a slip, or one told anew."""


def import_recording(
    workspace: Workspace,
    story_id: str,
    source: Path,
    *,
    question_set: QuestionSet | None = None,
    role: str = "editor",
    damaged: bool = False,
    watch: Watch = unwatched,
) -> Imported:
    """Bring `source` in as the recording of a story, under the question set it was led by.

    The question set is the story's own unless one is given. Raises NotAllowed without a standing
    participation agreement; BadInput for what is no recording, or a second one; NoRoom, Busy,
    ToolFailed or DiskFailed. Nothing is half done after any of them.
    """
    history = read_history(workspace, story_id)
    gate.require_agreement(history)
    questions = question_set or find_question_set(workspace, history.story.questions)
    check_source(source)
    folder = workspace.story(story_id)
    with _one_import_at_a_time(folder):
        _remove_leftovers(folder)
        before = read_manifest(folder)
        if before is not None:
            take = _require_known(folder, before.takes[0], source)
        else:
            take = keep_original(folder, source, damaged=damaged, watch=watch)
            _record_or_forget(workspace, folder, take, role)
        _freeze_questions(folder, questions)
        made = _make_derivatives(folder, take, watch)
    return Imported(take, before is not None, made, _also_in(workspace, story_id, take))


@contextmanager
def _one_import_at_a_time(folder: StoryFolder) -> Iterator[None]:
    """Holds the story's folder, made on first use and closed to others. Raises Busy."""
    with files.refused_plainly(folder.root, "make"):
        folder.original.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ours in (folder.root.parent, folder.root, folder.original):
            ours.chmod(0o700)
    busy = Busy(
        f"Another import for {folder.root.name} is still running.",
        "Wait for it to finish, then run this again.",
    )
    with held(folder.root / ".import.lock", busy=busy):
        yield


def _remove_leftovers(folder: StoryFolder) -> None:
    for path in (*files.leftovers(folder.root), *files.leftovers(folder.original)):
        if path.name.lstrip(".").startswith(_OURS):
            with files.refused_plainly(path, "remove"):
                files.system.unlink(path)


def _require_known(folder: StoryFolder, take: Take, source: Path) -> Take:
    """The take on record. Raises BadInput for another recording, Damaged when ours has changed."""
    if not is_same_recording(take, source):
        raise BadInput(
            f"{folder.root.name} already has a recording; several takes cannot be joined yet.",
            "To tell it from another recording, start a new story.",
        )
    require_whole(folder, take)
    return take


def _record_or_forget(workspace: Workspace, folder: StoryFolder, take: Take, role: str) -> None:
    """A story that was withdrawn while its recording was copied keeps no copy of it."""
    try:
        _record(workspace, folder, take, role)
    except NotAllowed:
        with files.refused_plainly(folder.original, "remove"):
            files.system.unlink(folder.original / take.file)
        raise


def _record(workspace: Workspace, folder: StoryFolder, take: Take, role: str) -> None:
    """The log line, then the manifest; the agreement must still stand at that moment.

    In this order a full disk leaves at worst a line for an import that is then run again.
    """
    story_id = folder.root.name
    with Ledger(workspace).update("import", story_id, role, original=take.sha256) as changes:
        gate.require_agreement(history_of(changes, story_id))
    write_manifest(folder, take)


def _freeze_questions(folder: StoryFolder, questions: QuestionSet) -> None:
    """Keep the set as it is today: a later version must not change what this story was asked."""
    if not folder.session.exists():
        write_session(folder.session, Session(story=folder.root.name, question_set=questions))


def _make_derivatives(folder: StoryFolder, take: Take, watch: Watch) -> tuple[str, ...]:
    """Whatever is not there yet, each from the one before. A file that is there is whole."""
    original = folder.original / take.file
    working = folder.working if take.kind == "video" else folder.working_audio
    made = []
    if not working.exists():
        recording = msgspec.structs.replace(take.recorded, duration=take.duration)
        with watch("Making the working copy", take.duration) as progress:
            normalise(original, working, recording, progress)
        made.append(working.name)
    if not folder.speech.exists():
        with watch("Taking out the speech", take.duration) as progress:
            extract_speech(working, folder.speech, take.duration, progress)
        made.append(folder.speech.name)
    if take.kind == "video" and not folder.poster.exists():
        with watch("Drawing the poster", None):
            draw_poster(working, folder.poster, take.duration)
        made.append(folder.poster.name)
    return tuple(made)


def _also_in(workspace: Workspace, story_id: str, take: Take) -> tuple[str, ...]:
    others = (StoryFolder(path) for path in sorted(workspace.stories.glob("cs-*")) if path.is_dir())
    return tuple(
        other.root.name for other in others if other.root.name != story_id and _keeps(other, take)
    )


def _keeps(folder: StoryFolder, take: Take) -> bool:
    try:
        manifest = read_manifest(folder)
    except Damaged:  # another story's trouble: `verify` is where it is told
        return False
    return manifest is not None and any(one.sha256 == take.sha256 for one in manifest.takes)
