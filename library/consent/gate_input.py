"""Gather the records and files that the gate decides on."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

import msgspec

from library.consent.gate import History, Progress
from library.core import files, struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import SessionFolder, StoryFolder
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.cut import inspect_cut
from library.records.people import Person, Register
from library.records.store import Snapshot
from library.records.story import Story
from library.records.transcript_state import (
    is_copy_changed,
    is_heard_with_losses,
    is_transcript_outdated,
    read_review_counts,
)


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
        held=next((hold for hold in snapshot.restore_holds if hold.story == story_id), None),
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


def progress_of(folder: StoryFolder, *, hashing: bool = True) -> Progress:
    """Return the stages found on disk. Hashes the cut's files: as slow as reading them.

    Without `hashing` they are taken to be as they were made.
    """
    transcribed = folder.transcript.is_file()
    counts = read_review_counts(folder.review_counts) if transcribed else None
    return Progress(
        recorded=folder.manifest.is_file(),
        transcribed=transcribed,
        edited=folder.edited.is_file(),
        cut=inspect_cut(folder, hashing=hashing),
        is_transcript_outdated=is_transcript_outdated(folder),
        is_heard_with_losses=transcribed and is_heard_with_losses(folder),
        is_copy_changed=is_copy_changed(folder),
        unanswered_names=counts.questions if counts else 0,
        possible_names=counts.possible_names if counts else 0,
        unheard=counts.unheard if counts else 0,
        contributor_remarks=counts.contributor_remarks if counts else 0,
        page_lacks_note=_page_lacks_note(folder),
    )


class _RecordedTake(msgspec.Struct):
    """The kind of a take in `original/manifest.json`, `video` or `audio`, and its content."""

    kind: str = ""
    sha256: str = ""


class _RecordedTakes(msgspec.Struct):
    """The takes in `original/manifest.json`."""

    takes: tuple[_RecordedTake, ...] = ()


def is_filmed(folder: StoryFolder) -> bool:
    """Return True where a picture was recorded; False where the manifest cannot be read."""
    recorded = struct_file.load_if_readable(folder.manifest, _RecordedTakes)
    return recorded is not None and any(take.kind == "video" for take in recorded.takes)


class _SessionEvent(msgspec.Struct):
    """The tag of a line in a session’s journal, and number and kind of the take that it begins."""

    do: str = ""
    mime: str = ""
    number: int = 0


def has_picture_to_keep(folder: StoryFolder) -> bool:
    """Return True where a session that is not kept yet holds a picture.

    False for one whose journal cannot be read: `capture recover` reports it. A picture that is
    among the originals by now, of a keeping that was broken off after that, is kept already.
    """
    sessions = map(SessionFolder, folder.sessions.glob("se-*"))
    recorded = struct_file.load_if_readable(folder.manifest, _RecordedTakes) or _RecordedTakes()
    originals = {take.sha256 for take in recorded.takes}
    return any(_holds_picture_to_keep(session, originals) for session in sessions)


def _holds_picture_to_keep(session: SessionFolder, originals: Set[str]) -> bool:
    try:
        # What a kill tore is behind the last line end.
        lines = session.journal.read_bytes().splitlines(keepends=True)
        events = [
            msgspec.json.decode(line, type=_SessionEvent) for line in lines if line.endswith(b"\n")
        ]
    except (OSError, *struct_file.UNDECODABLE):
        return False
    is_decided = any(event.do in ("kept", "delete") for event in events)
    filmed = [event.number for event in events if event.mime.startswith("video/")]
    return not is_decided and not all(
        _is_among(originals, session.rewrapped(number)) for number in filmed
    )


def _is_among(originals: Set[str], path: Path) -> bool:
    try:
        return path.is_file() and files.sha256_of(path) in originals
    except (OSError, CarerStoriesError):
        return False


class _PageNote(msgspec.Struct):
    """The content note in a film's `page.json`."""

    content_note: str = ""


def _page_lacks_note(folder: StoryFolder) -> bool:
    """Return True for a page without a content note; False where none can be read."""
    page = struct_file.load_if_readable(folder.page, _PageNote)
    return page is not None and not page.content_note.strip()
