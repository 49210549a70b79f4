"""Deleting a session: its files go, and an id and a date stay.

    receipts/deleted-cs-4k7m2q-se-8xk3vp.json

Asked for, it is done whatever comes in between: a deletion that was broken off is finished at the
next start.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from capture.sessions.finalise import is_archived
from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NotNow
from capture.sessions.state import Phase
from library.core import files, lock
from library.core.clock import now
from library.core.errors import CarerStoriesError, DiskFailed
from library.core.removal import Refused, remove
from library.core.sanitise import UNDECODABLE
from library.core.workspace import Workspace
from library.records.ledger import Ledger


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that stays of a session that was deleted."""

    session: str
    story: str
    deleted: str
    """UTC, ISO 8601 with seconds."""

    @property
    def text(self) -> str:
        return (
            f"The recording {self.session} of story {self.story} was deleted on "
            f"{self.deleted[:10]} at {self.deleted[11:16]} UTC. It had not been copied anywhere "
            "by this program."
        )


def delete(session: LiveSession, *, role: str = "carer-volunteer") -> Receipt:
    """Delete all that was recorded in the session, and write the receipt.

    The journal goes last, so that a deletion that was broken off is known. Raises NotNow for one
    that was kept, and DiskFailed naming what the disk would not give up: run it again.
    """
    if session.state.phase is Phase.KEEPING and is_archived(session):
        raise NotNow(
            "The recording is among the story’s originals already.",
            f"Take the story back: carer-stories withdraw {session.state.story} --erase",
            state=str(session.state.phase),
        )
    session.ask_delete()
    workspace, state, folder = session.workspace, session.state, session.folder
    for path in sorted(folder.root.iterdir()) if folder.root.is_dir() else ():
        if path != folder.journal:
            _insist(remove(path))
    place = receipt_place(workspace, state.story, state.id)
    receipt = _written(place) or Receipt(session=state.id, story=state.story, deleted=now())
    with files.refused_plainly(place):
        files.make_folder(workspace.receipts)
    files.write_atomic(place, msgspec.json.format(msgspec.json.encode(receipt), indent=1) + b"\n")
    # Gone is gone, whether or not it can be logged.
    try:
        with Ledger(workspace).update("capture-delete", state.story, role):
            pass
    except CarerStoriesError as error:
        lock.caller.minds(
            f"{error.what} The recording is deleted all the same, and its receipt says so; the log "
            "has no line of it."
        )
    _insist(remove(folder.root))
    return receipt


def receipt_place(workspace: Workspace, story_id: str, session_id: str) -> Path:
    return workspace.receipts / f"deleted-{story_id}-{session_id}.json"


def _written(place: Path) -> Receipt | None:
    """The receipt of a deletion that was broken off after it was written."""
    with contextlib.suppress(OSError, *UNDECODABLE):
        return msgspec.json.decode(place.read_bytes(), type=Receipt)
    return None


def _insist(refused: list[Refused]) -> None:
    if refused:
        raise DiskFailed(
            f"{refused[0].path} could not be deleted: {refused[0].why}.",
            "Close other programs that may hold it, then delete the session again.",
        )
