"""Where a story stands: the records and files the gate is asked about, gathered in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from library.consent import gate
from library.consent.checklist import ChecklistStep, checklist
from library.consent.gate import Decision, History, Progress, State
from library.core.audience import Audience
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.copies import Copy, CopySettled, open_copies
from library.records.cut import inspect_cut
from library.records.people import Person, Register
from library.records.review_counts import read_review_counts
from library.records.store import Snapshot
from library.records.story import Story
from library.records.transcript_freshness import is_transcript_outdated


@dataclass(frozen=True)
class StoryStatus:
    """Everything `status` says about one story."""

    history: History
    progress: Progress
    state: State
    audiences: tuple[Audience, ...]
    decision: Decision
    unsure: int | None = None
    """Places of the editor's copy still marked as unsure; None before it is transcribed."""
    steps: tuple[ChecklistStep, ...] = ()
    """The whole checklist."""
    is_published: bool = False
    """Whether the pages that are built show this very cut."""

    @property
    def next(self) -> str:
        outgrown = self.progress.is_transcript_outdated
        return gate.next_step(
            self.history,
            self.state,
            is_transcript_outdated=outgrown,
            is_published=self.is_published,
        )

    def as_json(self) -> dict[str, object]:
        """The object of `status --json`: its keys are kept for scripts."""
        return {
            "id": self.history.story.id,
            "title": self.history.story.title,
            "state": str(self.state),
            "audiences": [audience.word for audience in self.audiences],
            "reasons": list(self.decision.reasons),
            "next": self.next,
            "unsure": self.unsure,
            "cut": self.progress.cut.hash if self.progress.cut else None,
            "checklist": [step.as_json() for step in self.steps],
        }


def _copies_of(snapshot: Snapshot, story_id: str) -> tuple[Copy, ...]:
    return open_copies(snapshot.all(Copy), snapshot.all(CopySettled), story_id)


def history_of(snapshot: Snapshot, story_id: str) -> History:
    """All records of one story. Raises NotFound for an unknown id."""
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
    """Those on record, and those that so far are only noted beside the database."""
    recorded = snapshot.of_story(Withdrawal, story_id)
    scopes = {one.scope for one in recorded}
    noted = [
        one
        for one in snapshot.withdrawal_notes
        if one.story == story_id and one.scope not in scopes
    ]
    return (*recorded, *noted)


def progress_of(folder: StoryFolder) -> Progress:
    """What the story's folder holds. Hashes the cut's files: as slow as reading them."""
    return Progress(
        recorded=folder.manifest.is_file(),
        transcribed=folder.transcript.is_file(),
        edited=folder.edited.is_file(),
        cut=inspect_cut(folder),
        is_transcript_outdated=is_transcript_outdated(folder),
    )


def story_status(
    workspace: Workspace, snapshot: Snapshot, story_id: str, audience: Audience, on: date
) -> StoryStatus:
    """The story's state, its audiences, and why it is not shown to `audience` if it is not."""
    history = history_of(snapshot, story_id)
    folder = workspace.story(story_id)
    progress = progress_of(folder)
    doubts = read_review_counts(folder.review_counts) if progress.transcribed else None
    return StoryStatus(
        history=history,
        progress=progress,
        state=gate.state_of(history, progress, on),
        audiences=gate.audiences_released(history, progress.cut, on),
        decision=gate.decide(history, progress.cut, audience, on),
        unsure=doubts.unsure if doubts else None,
        steps=checklist(history, progress, doubts, _copies_of(snapshot, story_id), on),
        is_published=_is_published(workspace, story_id, progress),
    )


def _is_published(workspace: Workspace, story_id: str, progress: Progress) -> bool:
    """The edition names this cut, and the story’s page is there. No more than a hint to editors:
    what may be shown is asked of the gate alone."""
    if progress.cut is None or not workspace.page_of(story_id).is_file():
        return False
    try:
        return progress.cut.hash.encode() in workspace.edition_record.read_bytes()
    except OSError:
        return False
