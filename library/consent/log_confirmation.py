"""An editor's word on a log that does not hold, where no backup has it as it was.

What stood in lines that are gone nobody knows: a hold, a day, a decision whose record was taken
away with them. So every story is held, as after a restore, before the log counts as whole again.
"""

from __future__ import annotations

from library.consent.gate_input import history_of
from library.core.clock import now
from library.core.errors import Damaged
from library.core.workspace import STORY_ID, Workspace
from library.records import audit_log
from library.records.ledger import Ledger
from library.records.log_doubt import log_doubt
from library.records.logged_holds import HELD
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.records.store import Snapshot
from library.records.story import Story


def confirm_log(workspace: Workspace, role: str) -> tuple[str, ...] | None:
    """Record that the log counts as it stands; return the stories held for it, or None.

    None where the log holds and there is nothing to confirm. Raises what `Ledger.confirm_log` and
    `write_restore_hold` do.
    """
    ledger = Ledger(workspace)
    snapshot = _records_unless_both_are_broken(workspace)
    if snapshot and log_doubt(workspace) is None:
        return None
    since = audit_log.whole_until(workspace.audit_log)
    stories = _stories_to_hold(workspace, snapshot)
    # The holds first: broken off in between, none is shown by a log that is not looked into yet.
    for story_id in stories:
        write_restore_hold(
            workspace, RestoreHold(story=story_id, held=now(), since=since, cause="lost-log")
        )
    ledger.confirm_log(role)
    if snapshot:
        ledger.note_each(HELD, stories, role)
    return stories


def _records_unless_both_are_broken(workspace: Workspace) -> Snapshot | None:
    """Return the records, or None where neither they nor the log can be relied on.

    An earlier generation could not be restored as long as there is no log to enter it in. Raises
    what `Ledger.read` does where the log is whole by itself.
    """
    try:
        return Ledger(workspace).read()
    except Damaged:
        try:
            audit_log.verify(workspace.audit_log)
        except Damaged:
            return None
        raise


def _stories_to_hold(workspace: Workspace, snapshot: Snapshot | None) -> tuple[str, ...]:
    if snapshot is None:
        folders = workspace.stories.glob("cs-*")
        return tuple(sorted(path.name for path in folders if STORY_ID.match(path.name)))
    return tuple(
        story.id
        for story in snapshot.all(Story)
        if history_of(snapshot, story.id).whole_withdrawal is None
    )
