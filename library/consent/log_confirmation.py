"""An editor's word on a log that does not hold, where no backup has it as it was.

What stood in lines that are gone nobody knows: a hold, a day, a decision whose record was taken
away with them. So every story is held, as after a restore, before the log counts as whole again.
"""

from __future__ import annotations

from library.consent.gate_input import history_of
from library.core.clock import now
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.ledger import Ledger
from library.records.log_doubt import log_doubt
from library.records.logged_holds import HELD
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.records.story import Story


def confirm_log(workspace: Workspace, role: str) -> tuple[str, ...] | None:
    """Record that the log counts as it stands; return the stories held for it, or None.

    None where the log holds and there is nothing to confirm. Raises what `Ledger.confirm_log` and
    `write_restore_hold` do.
    """
    ledger = Ledger(workspace)
    snapshot = ledger.read()
    if log_doubt(workspace) is None:
        return None
    since = audit_log.whole_until(workspace.audit_log)
    stories = tuple(
        story.id
        for story in snapshot.all(Story)
        if history_of(snapshot, story.id).whole_withdrawal is None
    )
    # The holds first: broken off in between, none is shown by a log that is not looked into yet.
    for story_id in stories:
        write_restore_hold(
            workspace, RestoreHold(story=story_id, held=now(), since=since, cause="lost-log")
        )
    ledger.confirm_log(role)
    ledger.note_each(HELD, stories, role)
    return stories
