"""Gather the records and files that the gate decides on."""

from __future__ import annotations

from library.consent.gate import History, Progress
from library.core.workspace import StoryFolder
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.cut import inspect_cut
from library.records.people import Person, Register
from library.records.store import Snapshot
from library.records.story import Story
from library.records.transcript_state import is_transcript_outdated


def history_of(snapshot: Snapshot, story_id: str) -> History:
    """Return all records of one story. Raises NotFound for an unknown id."""
    return History(
        story=snapshot.get(Story, story_id),
        agreements=tuple(snapshot.of_story(Agreement, story_id)),
        releases=tuple(snapshot.of_story(Release, story_id)),
        approvals=tuple(snapshot.of_story(Approval, story_id)),
        withdrawals=_withdrawals_of(snapshot, story_id),
        people=tuple(snapshot.of_story(Person, story_id)),
        registers=tuple(snapshot.of_story(Register, story_id)),
    )


def _withdrawals_of(snapshot: Snapshot, story_id: str) -> tuple[Withdrawal, ...]:
    """Return withdrawals on record, and those only noted beside the database."""
    recorded = snapshot.of_story(Withdrawal, story_id)
    scopes = {withdrawal.scope for withdrawal in recorded}
    only_noted = [
        withdrawal
        for withdrawal in snapshot.withdrawal_notes
        if withdrawal.story == story_id and withdrawal.scope not in scopes
    ]
    return (*recorded, *only_noted)


def progress_of(folder: StoryFolder) -> Progress:
    """Return the stages found on disk. Hashes the cut's files: as slow as reading them."""
    return Progress(
        recorded=folder.manifest.is_file(),
        transcribed=folder.transcript.is_file(),
        edited=folder.edited.is_file(),
        cut=inspect_cut(folder),
        is_transcript_outdated=is_transcript_outdated(folder),
    )
