"""The stories that are open at the desk, each with its text, its lease and its transcript."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from library.consent.gate import History, require_agreement
from library.consent.stories import read_history
from library.core.errors import Busy, CarerStoriesError, NotAllowed, NotFound
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from stewardship.desk.document import DeskDocument
from stewardship.desk.lease import Lease
from stewardship.desk.newest_analysis import Analyser, NewestAnalysis
from stewardship.desk.refusals import StoryGone
from transcribe.edit_service import EditSession, ensure_copy, open_edit_session

MakeAnalyser = Callable[[Workspace, str], Analyser]


class OpenStory:
    """A story that is open. Text and lease are read and changed while `lock` is held."""

    def __init__(self, workspace: Workspace, story_id: str, make_analyser: MakeAnalyser) -> None:
        """Open it. Raises as `edit` does, and Damaged for a journal that cannot be read."""
        self.id = story_id
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        """Notified after every change of the text, and at the end."""
        self.lease = Lease()
        self._ended: CarerStoriesError | None = None
        """The refusal for whoever comes after its end."""
        self._workspace = workspace
        self._session = open_edit_session(workspace, story_id)
        self._session_files = self._files_of_session()
        if not self.folder.desk_journal.exists():
            ensure_copy(self._session)
        self.document = DeskDocument(self.folder)
        self.newest_analysis = NewestAnalysis(self, lambda: make_analyser(workspace, story_id))

    @property
    def is_closed(self) -> bool:
        return self._ended is not None

    @property
    def folder(self) -> StoryFolder:
        return self._workspace.story(self.id)

    def edit_session(self) -> EditSession:
        """Return the transcript that is edited, read again where its files have changed.

        Raises as `open_edit_session` does.
        """
        with self.lock:
            if (session_files := self._files_of_session()) != self._session_files:
                self._session = open_edit_session(self._workspace, self.id)
                self._session_files = session_files
            return self._session

    def text_and_version(self) -> tuple[str, int]:
        with self.lock:
            return self.document.text, self.document.version

    @contextlib.contextmanager
    def opened(self) -> Iterator[DeskDocument]:
        """Hold the lock for the block.

        Raises StoryGone where the story was withdrawn, Busy where the desk is closed: a request
        may have come before, and waited. Nothing is written any more then.
        """
        with self.lock:
            if self._ended is not None:
                raise self._ended
            yield self.document

    @contextlib.contextmanager
    def changing(self) -> Iterator[DeskDocument]:
        """Hold the lock as `opened`; whoever waits for a newer text is told at its end."""
        with self.opened() as document:
            try:
                yield document
            finally:
                self.changed.notify_all()

    def change_by_desk(self, new_text: str, reason: str, base: int) -> None:
        """Make `new_text` of the text, in one change of the session, journalled and in the file.

        Raises StaleBase where `base` is not the newest version, and ChangedOutside.
        """
        with self.changing() as document:
            document.change_by_desk(new_text, reason, base)

    def close(self) -> None:
        """Put the text into the file and end the session. Raises DiskFailed."""
        with self.changing() as document:
            self._ended = Busy("The desk is being closed.", "Start it again: carer-stories desk")
            document.close()

    def discard(self, why: StoryGone) -> None:
        """Forget the text of a story that was withdrawn, with its journal."""
        with self.changing() as document:
            self._ended = why
            # What cannot be removed now goes with the story’s folder.
            with contextlib.suppress(CarerStoriesError):
                document.discard()

    def _files_of_session(self) -> tuple[tuple[int, int], ...]:
        return tuple(_stamp(path) for path in (self.folder.transcript, self.folder.session))


class Desk:
    """The stories that this desk holds open."""

    def __init__(self, workspace: Workspace, make_analyser: MakeAnalyser) -> None:
        """Open again what a desk that was killed has left: its text is put into the file."""
        self.workspace = workspace
        self._make_analyser = make_analyser
        self.problems: list[CarerStoriesError] = []
        """Refusals met on the way."""
        self.applied = threading.Event()
        """Set where an edit was applied: what is shown of its story may be another cut by now."""
        self._open: dict[str, OpenStory] = {}
        self._tickets: dict[str, str] = {}
        self._lock = threading.RLock()
        self._tickets_lock = threading.Lock()
        self._open_left_over()

    def open_story(self, story_id: str) -> OpenStory:
        """Return the story, opened where it is not, if it may be read at this moment.

        Raises as `edit` does; StoryGone where it was open and may not be read any more.
        """
        with self._lock:
            story = self._open.get(story_id)
            try:
                self.require_readable(story_id)
            except (NotAllowed, NotFound) as error:
                if story is None:
                    raise
                del self._open[story_id]
                gone = StoryGone(error.what, error.next_step)
                story.discard(gone)
                raise gone from None
            if story is None:
                story = self._open[story_id] = OpenStory(
                    self.workspace, story_id, self._make_analyser
                )
            return story

    def require_readable(self, story_id: str) -> History:
        """Return the records of a story whose words may be read. Raises NotAllowed, NotFound."""
        history = read_history(self.workspace, story_id)
        require_agreement(history)
        return history

    # Media are asked for without a proof, and so by a secret that only a window of ours was told.

    def ticket_of(self, story_id: str) -> str:
        """Return the secret by which a window asks for the story's media, while the desk runs."""
        with self._tickets_lock:
            return self._tickets.setdefault(story_id, secrets.token_urlsafe(32))

    def story_of_ticket(self, ticket: str) -> str | None:
        with self._tickets_lock:
            return next((story for story, own in self._tickets.items() if own == ticket), None)

    def close(self) -> None:
        """End all sessions; what cannot be written is left to the next start."""
        with self._lock:
            for story_id in list(self._open):
                # Through the same door: of one that was withdrawn nothing is written any more.
                with contextlib.suppress(CarerStoriesError):
                    self.open_story(story_id).close()
            self._open.clear()

    @property
    def has_writer(self) -> bool:
        """True while a window is open in which somebody may be typing."""
        with self._lock:
            return any(story.lease.is_held for story in self._open.values())

    @property
    def unwritten(self) -> list[str]:
        """The stories whose newest text is not in their file."""
        with self._lock:
            return [
                story.id
                for story in self._open.values()
                if story.document.version and (story.document.problem or story.document.is_outside)
            ]

    def _open_left_over(self) -> None:
        stories = self.workspace.stories
        for journal in sorted(stories.glob(f"*/{StoryFolder(stories).desk_journal.name}")):
            story_id = journal.parent.name
            # A copy of a folder, or one that is being erased, is no story.
            if not STORY_ID.match(story_id):
                continue
            try:
                if self.open_story(story_id).document.is_outside:
                    self.problems.append(_changed_while_closed(story_id))
            except NotAllowed:
                # It was withdrawn since.
                with contextlib.suppress(OSError):
                    journal.unlink()
            except CarerStoriesError as error:
                self.problems.append(error)


def _changed_while_closed(story_id: str) -> CarerStoriesError:
    return CarerStoriesError(
        f"transcript.md of {story_id} was changed by another program since it was typed in here.",
        "Open the story at the desk, and choose which text to go on with.",
    )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
