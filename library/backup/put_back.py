"""A library that was put back by hand, without `restore`, and what its backups know of it.

A copy of the folder, a snapshot of the disk or a program that keeps earlier versions of files
brings back a library that knows nothing of what was taken back since. The notes in each backup that
can be reached do (`notes`). A story of which they say so is held, before anything is newly shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from library.backup.notes import TakenBackNote, read_notes_of_known
from library.core.audience import Audience
from library.core.clock import now
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.records.ledger import Ledger
from library.records.logged_holds import HELD
from library.records.restore_holds import RestoreHold, write_restore_hold
from library.records.story import Story


def hold_taken_back_elsewhere(workspace: Workspace, role: str = "editor") -> dict[str, str]:
    """Hold each story that a backup says was taken back, and this library does not; return them.

    Each with the id of that backup. A backup that cannot be reached, and records that cannot be
    read, say nothing: it never raises for them. Raises NoRoom and DiskFailed where a hold cannot be
    written.
    """
    held: dict[str, str] = {}
    try:
        known, _ = read_notes_of_known(workspace)
        if not any(read.notes for read in known.values()):
            return {}
        snapshot = Ledger(workspace).read()
        stories = {story.id for story in snapshot.all(Story)}
        withdrawals = [*snapshot.withdrawal_notes, *snapshot.all(Withdrawal)]
        held_before = {hold.story for hold in snapshot.restore_holds}
    except CarerStoriesError:
        return {}
    for backup_id, read in known.items():
        for note in read.notes:
            if note.story not in stories or _is_known(note, withdrawals):
                continue
            write_restore_hold(
                workspace,
                RestoreHold(
                    story=note.story, held=now(), lost=(f"{note.on.isoformat()} withdraw",)
                ),
            )
            if note.story not in held_before:
                held.setdefault(note.story, backup_id)
    # The files hold all the same where the log takes no line now.
    with contextlib.suppress(CarerStoriesError):
        if held:
            Ledger(workspace).note_each(HELD, held, role)
    return held


def _is_known(note: TakenBackNote, withdrawals: Iterable[Withdrawal]) -> bool:
    of_story = [each for each in withdrawals if each.story == note.story]
    if note.scope == "all":
        return any(each.is_whole for each in of_story)
    if note.scope == "archive":
        # Whatever part was taken back: an archive is outside the house.
        return bool(of_story)
    return any(each.covers(Audience.from_word(note.scope)) for each in of_story)


def held_sentence(story_id: str, backup_id: str) -> str:
    """Return what is said when a story is held for a note, with what to do."""
    return (
        f"{story_id} is held and not shown: a note in the backup {backup_id} says that it was "
        "taken back, and nothing here knows of it. See: carer-stories held list"
    )
