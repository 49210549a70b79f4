"""Holds that the log alone knows of: somebody deleted or edited their file or their record."""

from __future__ import annotations

import contextlib

from library.consent.safeguarding import holds_without_record
from library.core.errors import CarerStoriesError, Damaged
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.other_logs import other_logs
from library.records.restore_holds import read_restore_holds
from library.records.safeguarding import LegalHold
from library.records.story import Story
from library.records.withdrawal_notes import read_withdrawal_notes


def hold_sentences(workspace: Workspace) -> list[str]:
    """Return these sentences alone; none where the private records or the log cannot be read.

    That they cannot is for `verify` and `doctor` to report.
    """
    try:
        return [sentence for sentence, _ in holds_by_log_alone(workspace)]
    except CarerStoriesError:
        return []


def holds_by_log_alone(workspace: Workspace) -> list[tuple[str, str]]:
    """Return a sentence for each such hold, with what to do. Raises DiskFailed.

    Private records that cannot be read are reported by whoever checks them, once.
    """
    legal: tuple[LegalHold, ...] = ()
    with contextlib.suppress(Damaged):
        legal = holds_without_record(workspace)
    holds = read_restore_holds(workspace)
    restore_holds = [hold for hold in holds if hold.cause == "log"]
    taken_back = {note.story for note in read_withdrawal_notes(workspace) if note.is_whole}
    # A story that the log alone knows, since an earlier generation was restored, is not missed.
    recorded_ids = _recorded_ids(workspace) if restore_holds else None
    problems = [
        (
            f"{hold.story} is held since a restore, and the file that said so is gone: nobody let "
            "it go. It is held still.",
            "See: carer-stories held list",
        )
        for hold in restore_holds
        if recorded_ids is None or hold.story in recorded_ids
    ]
    problems += [
        (
            f"Another computer decided something about {hold.story} that is not known here: see "
            f"{', '.join(path.name for path in other_logs(workspace))} in interviews. It is held.",
            "See: carer-stories held list",
        )
        for hold in holds
        if hold.cause == "other-log" and hold.story not in taken_back
    ]
    problems += [
        (
            f"The legal hold on {hold.story}, of {hold.on.isoformat()}, was never lifted by a "
            "command, but its private record is gone or says otherwise. It stands still.",
            f"If it may end: carer-stories safeguarding lift {hold.story}",
        )
        for hold in legal
    ]
    return problems


def _recorded_ids(workspace: Workspace) -> set[str] | None:
    """Return the ids of the stories in the records; None where these cannot be read."""
    try:
        return {story.id for story in Ledger(workspace).read_current().all(Story)}
    except CarerStoriesError:
        return None
