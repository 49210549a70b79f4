"""A contributor who changed their mind at the station: taken back at once, or noted for an editor.

What a film was made of already is taken back here too, but erased by the command, which looks
through site, previews and copies (`stewardship.withdrawal`): the answer says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from capture.intake.withdrawn_recordings import keep_after_erasure
from capture.media.run_ffmpeg import without_progress
from capture.sessions.finalise import backups_made_since, backups_sentence
from capture.sessions.live_session import require_not_growing
from capture.sessions.remote_recording import recordings_elsewhere
from capture.sessions.session_folders import unfinished_sessions_of
from capture.station.open_sessions import OpenSessions
from library.backup.notes import note_taken_back
from library.consent.erasure import erase_files, erase_records, finish_erasure, request_erasure
from library.consent.safeguarding import require_no_hold
from library.consent.stories import read_history
from library.consent.withdrawals import (
    record_noted_withdrawal,
    require_known_story,
    withdraw_command,
    write_note,
)
from library.core.clock import now, today
from library.core.errors import CarerStoriesError, NotAllowed
from library.core.unforeseen import as_refusal
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.records.wishes import Wish, add_wish

_ASKED_BY = "contributor"
_NOTED_BY = "carer-volunteer"


@dataclass
class TakenBack:
    """A story that is taken back: what is done, and what an editor has still to do."""

    story: str
    at: str
    """UTC, ISO 8601 with seconds."""
    is_erased: bool = False
    left: tuple[str, ...] = ()
    """Sentences."""
    elsewhere: tuple[str, ...] = ()
    """Sentences about backups and other programs that may still hold it."""

    def as_json(self) -> dict[str, object]:
        """Return the object of `POST /api/stories/STORY/take-back`."""
        return {
            "story": self.story,
            "at": self.at,
            "erased": self.is_erased,
            "left": list(self.left),
            "text": self.text,
        }

    @property
    def text(self) -> str:
        """Return the receipt, to be printed and given to the contributor."""
        what = (
            "Its recordings, its agreement, name and contact were deleted from this computer."
            if self.is_erased
            else "It is shown to nobody."
        )
        when = f"on {self.at[:10]} at {self.at[11:16]} UTC"
        return " ".join((f"Story {self.story} was taken back {when}. {what}", *self.elsewhere))


def take_back(
    workspace: Workspace,
    sessions: OpenSessions,
    story_id: str,
    claim: Callable[[str], None] | None = None,
) -> TakenBack:
    """Take a story back as a whole, at once and for good, and erase what can be erased here.

    `claim` gives a session to the window that asks, and is left out where the session is to end in
    another window too. Raises NotFound, NotNow while one of its takes grows, RecordingElsewhere;
    NoRoom or DiskFailed where not even the note could be written. Nothing is taken back then.
    Other refusals stand in the answer.
    """
    require_known_story(workspace, story_id)
    for state in unfinished_sessions_of(workspace, story_id):
        # The window that records it stops first; what another one records is not cut off.
        require_not_growing(state)
        if claim is not None:
            claim(state.id)
    # First of all, and needing neither lock nor database: from here on it is shown to nobody.
    withdrawal = write_note(workspace, story_id, _ASKED_BY)
    outcome = TakenBack(story_id, now(), elsewhere=_copies_elsewhere(workspace, story_id))
    try:
        _delete_sessions(workspace, sessions, story_id)
        record_noted_withdrawal(workspace, withdrawal)
        _erase(workspace, story_id, outcome)
    except CarerStoriesError as error:
        outcome.left += (f"{error.what} {error.next_step}".strip(),)
    # Whatever it is: it is taken back, and the answer must say what is left.
    except Exception as error:
        outcome.left += (as_refusal(error).what,)
    note_taken_back(workspace)
    if outcome.left:
        command = withdraw_command(story_id, erase=True)
        outcome.left += (f"An editor finishes it with: {command}",)
    return outcome


def _copies_elsewhere(workspace: Workspace, story_id: str) -> tuple[str, ...]:
    """Return sentences about what is not deleted with the story: looked up before it is gone."""
    # No failure of it may keep a story from being taken back; what is not known is said to be so.
    try:
        created = read_history(workspace, story_id).story.created
        backups, are_unknown = backups_made_since(workspace, created)
        programs = recordings_elsewhere(workspace, story_id)
    except Exception:
        backups, are_unknown, programs = (), True, ""
    in_backups = backups_sentence(backups, are_unknown=are_unknown)
    return tuple(sentence for sentence in (programs, in_backups) if sentence)


def _delete_sessions(workspace: Workspace, sessions: OpenSessions, story_id: str) -> None:
    for state in unfinished_sessions_of(workspace, story_id):
        sessions.delete(state.id)


def _erase(workspace: Workspace, story_id: str, outcome: TakenBack) -> None:
    folder = workspace.story(story_id)
    request_erasure(workspace, story_id, _ASKED_BY)
    require_no_hold(workspace, (story_id,))
    if folder.cut.is_file() or folder.film.is_file():
        outcome.left += ("A film was made of it, of which there may be copies elsewhere.",)
        return
    agreements = read_history(workspace, story_id).agreements
    if agreements and agreements[-1].recognise_after_erasure and folder.manifest.is_file():
        # No failure of it may keep a story from being erased.
        with contextlib.suppress(Exception):
            keep_after_erasure(workspace, story_id, today(), without_progress)
    refused = erase_files(workspace, story_id)
    erase_records(workspace, story_id, _ASKED_BY)
    if refused:
        outcome.left += (f"{len(refused)} files of it could not be deleted.",)
        return
    finish_erasure(workspace, request_erasure(workspace, story_id, _ASKED_BY))
    outcome.is_erased = True


def note_wish(workspace: Workspace, story_id: str, words: str) -> None:
    """Note a change of mind for an editor; the story is shown to nobody until they let it go.

    Raises NotFound, NotAllowed after a withdrawal, NoRoom or DiskFailed.
    """
    history = read_history(workspace, story_id)
    if history.whole_withdrawal:
        raise NotAllowed(f"{story_id} is taken back already.", "There is nothing more to do.")
    at, day = now(), today().isoformat()
    # The hold first: broken off behind it, the story is shown to nobody, and is only not explained.
    write_restore_hold(
        workspace, RestoreHold(story=story_id, held=at, since=at, cause="wish", wish=day)
    )
    add_wish(workspace.story(story_id), Wish(at=at, role=_NOTED_BY, words=words.strip()))
    with Ledger(workspace).update("change-of-mind", story_id, _NOTED_BY):
        pass  # no record changes: the line says that it was noted
