"""Collect all that is held about a contributor: records about their stories, and their files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from library.consent.contributors import contributor_of
from library.consent.gate import audiences_released
from library.consent.gate_input import history_of, progress_of
from library.consent.safeguarding import KeptApart, records_kept_apart
from library.core.clock import now, today
from library.core.errors import CarerStoriesError, Damaged
from library.core.settings import Settings, load_settings
from library.core.workspace import DESK_JOURNAL, StoryFolder, Workspace
from library.records import audit_log
from library.records.audit_log import AuditEntry
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.ledger import Ledger
from library.records.logged_holds import LEGAL_HOLD, LEGAL_HOLD_LIFTED
from library.records.people import Person, Register, without_notes
from library.records.safeguarding import SafeguardingRecord
from library.records.store import Snapshot
from library.records.story import Contributor, Story
from library.records.withdrawal_notes import Erasure, read_erasure
from publish.build_receipt import read_receipt, receipts
from transcribe.words import EditedTranscript, Transcript, read_edited, read_transcript

_DERIVED = frozenset(
    {
        "working.mp4",
        "working.m4a",
        "speech.wav",
        "preview.mp4",
        "frames.json",
        "sounds.json",
        "peaks.bin",
        "pieces",
        "print",
        DESK_JOURNAL,
    }
)
"""Files and folders of a story that are made from its other files and hold nothing new."""
_ABOUT_OTHERS = frozenset({"names.yml", "names-asked.json", "checked-redactions.json"})
"""Private lists of what must not be heard: mostly other people’s names."""


class BuildRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A build of the staff’s library that included a story."""

    built: str
    audience: str


class StoryRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All records about one story."""

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
    """State of the copies."""
    kept_apart: tuple[KeptApart, ...]
    """Safeguarding records and legal holds; none of them where they are withheld."""
    builds: tuple[BuildRecord, ...]
    log: tuple[AuditEntry, ...]

    @property
    def is_erased(self) -> bool:
        return self.erasure is not None


class ResponsibleBody(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation that holds the data, and its legal basis: from the workspace’s settings."""

    library: str
    trust: str
    contact: str
    lawful_basis: str
    special_category_condition: str


class SubjectData(msgspec.Struct, frozen=True, kw_only=True):
    """A contributor and all that is held about them."""

    schema: int = 1
    gathered: str
    """UTC, ISO 8601 with seconds."""
    without_others: bool
    """True if the editor decided to leave out data about other people."""
    responsible: ResponsibleBody
    contributor: Contributor | None
    stories: tuple[StoryRecords, ...]
    other_stories: tuple[str, ...]
    """Ids of the contributor’s other stories, which are not included."""
    withheld_by: str = ""
    """Role of whoever decided that what is kept apart is withheld; empty where nothing is."""


def collect_subject_data(
    workspace: Workspace,
    story_id: str,
    *,
    every_story: bool,
    without_others: bool,
    withheld_by: str = "",
) -> SubjectData:
    """Collect all records about the contributor of a story. Raises NotFound, Damaged.

    With `every_story` their other stories are included.
    """
    snapshot = Ledger(workspace).read()
    history_of(snapshot, story_id)  # raises NotFound
    contributor = contributor_of(workspace, story_id)
    recorded_ids = {story.id for story in snapshot.all(Story)}
    other_ids = (
        [other for other in contributor.stories if other != story_id and other in recorded_ids]
        if contributor
        else []
    )
    chosen_ids = [story_id, *(other_ids if every_story else [])]
    log_entries = list(audit_log.entries(workspace.audit_log))
    return SubjectData(
        gathered=now(),
        without_others=without_others,
        responsible=responsible_body(load_settings(workspace)),
        contributor=contributor,
        stories=tuple(
            _story_records(
                workspace,
                snapshot,
                each,
                log_entries,
                without_others=without_others,
                is_withheld=bool(withheld_by),
            )
            for each in chosen_ids
        ),
        other_stories=() if every_story else tuple(other_ids),
        withheld_by=withheld_by,
    )


def responsible_body(settings: Settings) -> ResponsibleBody:
    """Return who answers for the data, as the settings say it."""
    return ResponsibleBody(
        library=settings.title,
        trust=settings.trust,
        contact=settings.contact,
        lawful_basis=settings.lawful_basis,
        special_category_condition=settings.special_category_condition,
    )


def _story_records(
    workspace: Workspace,
    snapshot: Snapshot,
    story_id: str,
    log_entries: Iterable[AuditEntry],
    *,
    without_others: bool,
    is_withheld: bool,
) -> StoryRecords:
    history = history_of(snapshot, story_id)
    cut = progress_of(workspace.story(story_id)).cut
    copies = [copy for copy in snapshot.all(Copy) if story_id in copy.stories]
    subject_ids = {story_id, *(copy.id for copy in copies)}
    # Who is at risk is somebody else; that there is a hold is told by the log as well.
    kept_apart = [
        msgspec.structs.replace(record, at_risk="")
        if without_others and isinstance(record, SafeguardingRecord)
        else record
        for record in records_kept_apart(workspace, story_id)
    ]
    untold = {LEGAL_HOLD, LEGAL_HOLD_LIFTED} if is_withheld else set()
    return StoryRecords(
        story=history.story,
        shown_to=tuple(audience.word for audience in audiences_released(history, cut, today())),
        agreements=history.agreements,
        releases=history.releases,
        approvals=history.approvals,
        withdrawals=history.withdrawals,
        erasure=read_erasure(workspace, story_id),
        people=() if without_others else tuple(map(without_notes, history.people)),
        registers=history.registers,
        copies=tuple(copy.of_story(story_id) for copy in copies),
        settled=tuple(record for record in snapshot.all(CopySettled) if record.copy in subject_ids),
        kept_apart=() if is_withheld else tuple(kept_apart),
        builds=tuple(builds_of(workspace, story_id)),
        log=tuple(
            line
            for line in log_entries
            if line.subject in subject_ids and line.action not in untold
        ),
    )


def builds_of(workspace: Workspace, story_id: str) -> Iterable[BuildRecord]:
    """Yield the builds of the staff’s library that included a story."""
    for path in receipts(workspace):
        try:
            receipt = read_receipt(path)
        except Damaged:
            continue  # `verify` reports it
        if any(story.story == story_id for story in receipt.stories):
            yield BuildRecord(built=receipt.built, audience=receipt.audience)


def files_of(folder: StoryFolder, *, without_others: bool) -> list[Path]:
    """Return the files of a story in order of name, without those made from other files."""
    if not folder.root.is_dir():
        return []
    left_out = _DERIVED | (_ABOUT_OTHERS if without_others else frozenset())
    return [
        path
        for path in sorted(folder.root.rglob("*"))
        if path.is_file()
        # A link may lead to what is not theirs.
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(folder.root).parts)
        and path.relative_to(folder.root).parts[0] not in left_out
    ]


def receipts_of(workspace: Workspace, story_id: str) -> list[Path]:
    """Return receipts of the story’s withdrawals, and of recordings that were deleted."""
    if not workspace.receipts.is_dir():
        return []
    kinds = ("withdrawal", "deleted")
    return sorted(
        path for kind in kinds for path in workspace.receipts.glob(f"{kind}-{story_id}-*")
    )


def transcripts_of(folder: StoryFolder) -> tuple[Transcript | None, EditedTranscript | None]:
    """Return the literal and the edited transcript, each None where it cannot be read."""
    literal: Transcript | None = None
    edited: EditedTranscript | None = None
    # Not made yet, or damaged: then the file itself is handed over all the same.
    with contextlib.suppress(CarerStoriesError):
        literal = read_transcript(folder.transcript)
    with contextlib.suppress(CarerStoriesError):
        edited = read_edited(folder.edited)
    return literal, edited
