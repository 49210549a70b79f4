"""Going into a session: a new one, or one as it was left."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import ExitStack

from capture.questions.question_set import QuestionSet, find_question_set
from capture.sessions.discovery import find_session, folder_of, unfinished_of
from capture.sessions.events import Prepared
from capture.sessions.journal import Journal
from capture.sessions.live_session import LiveSession, checked
from capture.sessions.refusals import NotNow
from library.consent import gate, read_history
from library.core import files
from library.core.errors import Busy
from library.core.lock import held
from library.core.workspace import SessionFolder, Workspace
from library.records.story import ID_ALPHABET


def prepare(
    workspace: Workspace, story_id: str, key: str, questions: QuestionSet | None = None
) -> LiveSession:
    """A new session of a story, led by its question set or another; the set is frozen into it.

    Raises NotAllowed for a withdrawn story, NotNow where one of its sessions is unfinished, Busy.
    """
    history = read_history(workspace, story_id)
    gate.require_not_withdrawn(history)
    _require_none_unfinished(workspace, story_id)
    chosen = questions or find_question_set(workspace, history.story.questions)
    stories = workspace.story(story_id)
    with files.refused_plainly(stories.sessions, "make"):
        files.make_folder(stories.sessions)
        stories.root.chmod(0o700)
    with ExitStack() as locks:
        locks.enter_context(one_at_a_time(workspace, story_id))
        _require_none_unfinished(workspace, story_id)
        folder = _new_folder(workspace, story_id)
        first = Prepared(
            session=folder.root.name,
            story=story_id,
            title=history.story.title,
            question_set=chosen,
            key=key,
        )
        checked(first)
        with files.refused_plainly(folder.root, "make"):
            files.make_folder(folder.root)
        journal = Journal(folder.journal)
        state = journal.create(first)
        return LiveSession(workspace, folder, journal, state, locks.pop_all())
    raise AssertionError


def _require_none_unfinished(workspace: Workspace, story_id: str) -> None:
    for found in unfinished_of(workspace, story_id):
        raise NotNow(
            "This story has a session that is not finished.",
            "Go on with it, keep it, or delete it first.",
            state=str(found.phase),
            session=found.id,
        )


def reopen(workspace: Workspace, session_id: str) -> LiveSession:
    """A session as it was left, killed or not. Raises NotFound, Busy, Damaged."""
    story_id, folder = find_session(workspace, session_id)
    with ExitStack() as locks:
        locks.enter_context(one_at_a_time(workspace, story_id))
        journal = Journal(folder.journal)
        state = journal.read()
        return LiveSession(workspace, folder, journal, state, locks.pop_all())
    raise AssertionError


@contextlib.contextmanager
def one_at_a_time(workspace: Workspace, story_id: str) -> Iterator[None]:
    """Nobody else is in a session of the story during the block. Raises Busy."""
    busy = Busy(
        f"A session of {story_id} is open in another program.",
        "Finish it there: the capture station, or carer-stories capture record.",
    )
    with held(workspace.story(story_id).session_lock, busy=busy):
        yield


def _new_folder(workspace: Workspace, story_id: str) -> SessionFolder:
    names = iter(lambda: "se-" + "".join(secrets.choice(ID_ALPHABET) for _ in range(6)), "")
    taken = {path.name for path in workspace.stories.glob("*/sessions/*")}
    return folder_of(workspace, story_id, next(name for name in names if name not in taken))
