"""What is held about a contributor: every record about their stories, and every file of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from library.consent.contributors import contributor_of
from library.consent.gate import audiences_released
from library.consent.gate_input import history_of, progress_of
from library.core.clock import now, today
from library.core.errors import CarerStoriesError, Damaged
from library.core.settings import Settings, load_settings
from library.core.workspace import StoryFolder, Workspace
from library.records import audit_log
from library.records.audit_log import AuditEntry
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.ledger import Ledger
from library.records.people import Person, Register
from library.records.store import Snapshot
from library.records.story import Contributor, Story
from library.records.withdrawal_notes import Erasure, read_erasure
from publish.build_receipt import read_receipt, receipts
from transcribe.words import EditedTranscript, Transcript, read_edited, read_transcript

MADE_AGAIN = frozenset(
    {"working.mp4", "working.m4a", "speech.wav", "preview.mp4", "pieces", "print"}
)
"""In a story’s folder: made from the rest, and saying nothing that the rest does not."""
ABOUT_OTHERS = frozenset({"names.yml", "names-asked.json"})
"""Private lists of what must not be heard: mostly other people’s names."""


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """A build of the library for staff that a story was shown in."""

    built: str
    audience: str


class StoryHeld(msgspec.Struct, frozen=True, kw_only=True):
    """Everything recorded about one story."""

    story: Story
    shown_to: tuple[str, ...]
    """Audiences that may see it on the day this was gathered."""
    agreements: tuple[Agreement, ...]
    releases: tuple[Release, ...]
    approvals: tuple[Approval, ...]
    withdrawals: tuple[Withdrawal, ...]
    erasure: Erasure | None
    people: tuple[Person, ...]
    registers: tuple[Register, ...]
    copies: tuple[Copy, ...]
    settled: tuple[CopySettled, ...]
    builds: tuple[Build, ...]
    log: tuple[AuditEntry, ...]

    @property
    def erased(self) -> bool:
        return self.erasure is not None


class Responsible(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds it, and why: from the workspace’s settings."""

    library: str
    trust: str
    contact: str
    lawful_basis: str
    special_category_condition: str


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A contributor and all that is held about them."""

    schema: int = 1
    gathered: str
    """UTC, ISO 8601 with seconds."""
    without_others: bool
    """What is about other people was left out, on the editor’s decision."""
    responsible: Responsible
    contributor: Contributor | None
    stories: tuple[StoryHeld, ...]
    other_stories: tuple[str, ...]
    """Ids of stories they told as well, which are not in here."""


def gather(
    workspace: Workspace, story_id: str, *, every_story: bool, without_others: bool
) -> Subject:
    """What the records hold. Raises NotFound for a story that is not there, Damaged."""
    snapshot = Ledger(workspace).read()
    history_of(snapshot, story_id)
    told_by = contributor_of(workspace, story_id)
    known = {one.id for one in snapshot.all(Story)}
    others = [one for one in told_by.stories if one != story_id and one in known] if told_by else []
    chosen = [story_id, *(others if every_story else [])]
    lines = list(audit_log.entries(workspace.audit_log))
    return Subject(
        gathered=now(),
        without_others=without_others,
        responsible=_responsible(load_settings(workspace)),
        contributor=told_by,
        stories=tuple(
            _story(workspace, snapshot, one, lines, without_others=without_others) for one in chosen
        ),
        other_stories=() if every_story else tuple(others),
    )


def _responsible(settings: Settings) -> Responsible:
    return Responsible(
        library=settings.title,
        trust=settings.trust,
        contact=settings.contact,
        lawful_basis=settings.lawful_basis,
        special_category_condition=settings.special_category_condition,
    )


def _story(
    workspace: Workspace,
    snapshot: Snapshot,
    story_id: str,
    lines: Iterable[AuditEntry],
    *,
    without_others: bool,
) -> StoryHeld:
    history = history_of(snapshot, story_id)
    cut = progress_of(workspace.story(story_id)).cut
    copies = [one for one in snapshot.all(Copy) if story_id in one.stories]
    theirs = {story_id, *(one.id for one in copies)}
    return StoryHeld(
        story=history.story,
        shown_to=tuple(one.word for one in audiences_released(history, cut, today())),
        agreements=history.agreements,
        releases=history.releases,
        approvals=history.approvals,
        withdrawals=history.withdrawals,
        erasure=read_erasure(workspace, story_id),
        people=() if without_others else history.people,
        registers=history.registers,
        copies=tuple(_alone(one, story_id) for one in copies),
        settled=tuple(one for one in snapshot.all(CopySettled) if one.copy in theirs),
        builds=tuple(_builds(workspace, story_id)),
        log=tuple(one for one in lines if one.subject in theirs),
    )


def _alone(copy: Copy, story_id: str) -> Copy:
    """A copy may hold other people’s stories, which are not this person’s to know of."""
    return msgspec.structs.replace(copy, stories=(story_id,))


def _builds(workspace: Workspace, story_id: str) -> Iterable[Build]:
    for path in receipts(workspace):
        try:
            record = read_receipt(path)
        except Damaged:
            continue  # `verify` says so
        if any(one.story == story_id for one in record.stories):
            yield Build(built=record.built, audience=record.audience)


def files_of(folder: StoryFolder, *, without_others: bool) -> list[Path]:
    """Every file that is kept of a story, less what is only made from the others, by name."""
    if not folder.root.is_dir():
        return []
    left_out = MADE_AGAIN | (ABOUT_OTHERS if without_others else frozenset())
    return [
        path
        for path in sorted(folder.root.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(folder.root).parts)
        and path.relative_to(folder.root).parts[0] not in left_out
    ]


def receipts_of(workspace: Workspace, story_id: str) -> list[Path]:
    """Receipts of the story’s withdrawals, and of recordings that were deleted."""
    if not workspace.receipts.is_dir():
        return []
    kinds = ("withdrawal", "deleted")
    return sorted(p for kind in kinds for p in workspace.receipts.glob(f"{kind}-{story_id}-*"))


def words_of(folder: StoryFolder) -> tuple[Transcript | None, EditedTranscript | None]:
    """The literal and the edited words, as far as there are any and they can be read."""
    literal: Transcript | None = None
    edited: EditedTranscript | None = None
    # Not made yet, or damaged: then the file itself is handed over all the same.
    with contextlib.suppress(CarerStoriesError):
        literal = read_transcript(folder.transcript)
    with contextlib.suppress(CarerStoriesError):
        edited = read_edited(folder.edited)
    return literal, edited
