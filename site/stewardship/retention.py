"""List what is past its date: kept longer than the trust said, or left undone too long.

It only lists, worst first, each with the one command that settles it. How long is long is in the
settings, under `retention`. `stewardship.retention_apply` removes what goes by a date alone.
"""

from __future__ import annotations

import contextlib
import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from capture.recording.originals import read_manifest
from capture.sessions.session_folders import unfinished_sessions_of
from library.consent.contributors import contributors
from library.consent.gate import History, decide_archive
from library.consent.gate_input import history_of
from library.consent.safeguarding import all_holds
from library.core import clock
from library.core.clock import months_after
from library.core.errors import CarerStoriesError
from library.core.sanitise import shell_quoted
from library.core.settings import Retention, SupportLine, load_settings
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.store import Snapshot
from library.records.story import Contributor, Story
from library.records.withdrawal_notes import read_erasure
from publish.reconciliation.compare import copies_to_ask_back, must_be_back_since
from publish.reconciliation.known_files import KnownCuts
from publish.reconciliation.stamp import read_stamp

_ARCHIVE_EXPORT = re.compile(r"(cs-[a-z0-9]+)-(?:bag|ohms)\b")
"""Beginning of the name of an export of one story for an archive (`export.archive_exports`)."""


class OverdueKind(enum.IntEnum):
    """The kinds of overdue items, the worst first."""

    WITHDRAWN = 1
    CONTRIBUTOR = 2
    COPY = 3
    EXPIRED = 4
    UNDECIDED = 5
    EXPORT = 6
    UNSIGNED = 7
    UNRECORDED = 8
    PREVIEW = 9
    DELIVERY = 10
    WORKING = 11
    SUPPORT = 12
    UNREADABLE = 13

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class OverdueItem:
    """One thing that is past its date, and the command that settles it."""

    kind: OverdueKind
    sentence: str
    since: date
    """The day from which it should not have been so."""
    command: str
    story: str = ""
    paths: tuple[Path, ...] = ()
    """Files and folders that settle it when they go; empty where a person has to decide."""

    def days(self, on: date) -> int:
        return (on - self.since).days

    def as_json(self, on: date) -> dict[str, object]:
        """Return the object of `retention --json`: its keys are kept for scripts."""
        return {
            "what": self.kind.word,
            "story": self.story,
            "said": self.sentence,
            "since": self.since.isoformat(),
            "days": self.days(on),
            "command": self.command,
        }


def overdue_items(workspace: Workspace, on: date) -> list[OverdueItem]:
    """Return everything that is past its date on a day, the worst first, then the longest.

    One thing that cannot be read is listed itself and hides no other. Raises Damaged, DiskFailed
    where the records cannot be read at all.
    """
    settings = load_settings(workspace)
    terms = settings.retention
    snapshot = Ledger(workspace).read()
    histories = {story.id: history_of(snapshot, story.id) for story in snapshot.all(Story)}
    items: list[OverdueItem] = []
    for story_id, history in histories.items():
        try:
            items += _story_items(workspace, history, terms)
        except CarerStoriesError as error:
            items.append(_unreadable_item(error, story_id, on))
    try:
        items += _contributor_items(contributors(workspace), histories, terms)
    except CarerStoriesError as error:
        items.append(_unreadable_item(error, "", on))
    try:
        items += _copy_items(workspace, snapshot, histories, on)
    except CarerStoriesError as error:
        items.append(_unreadable_item(error, "", on))
    items += _folder_items(
        workspace.exports, OverdueKind.EXPORT, "What was gathered", terms.export_days
    )
    items += _refused_export_items(workspace, histories, on)
    items += _folder_items(
        workspace.previews, OverdueKind.PREVIEW, "The preview", terms.preview_days
    )
    items += _folder_items(
        workspace.deliveries, OverdueKind.DELIVERY, "What was delivered", terms.delivery_days
    )
    items += _support_items(settings.support, terms)
    # An export that no archive may have is named for that, and not for its age as well.
    refused = {item.paths for item in items if item.kind is OverdueKind.EXPORT and item.story}
    overdue = [
        item
        for item in items
        if item.since <= on and (item.story or not item.paths or item.paths not in refused)
    ]
    return sorted(overdue, key=lambda item: (item.kind, item.since, item.story))


def _story_items(workspace: Workspace, history: History, terms: Retention) -> Iterator[OverdueItem]:
    if history.whole_withdrawal:
        yield from _withdrawn_items(workspace, history, terms)
        return
    yield from _expired_items(history, terms)
    yield from _undecided_items(workspace, history.story.id, terms)
    yield from _unsigned_items(workspace, history, terms)
    yield from _working_copy_items(workspace, history, terms)


def _withdrawn_items(
    workspace: Workspace, history: History, terms: Retention
) -> Iterator[OverdueItem]:
    story_id = history.story.id
    erasure = read_erasure(workspace, story_id)
    if erasure and erasure.done:
        # Nothing is left of it.
        return
    assert history.whole_withdrawal is not None  # noqa: S101 - for the type checker
    since = history.whole_withdrawal.on + timedelta(days=terms.withdrawn_days)
    sentence = f"{story_id} was withdrawn on {history.whole_withdrawal.on} and is still kept."
    if erasure:
        # A note that cannot be read says no day; that of the withdrawal must do.
        with contextlib.suppress(ValueError):
            since = date.fromisoformat(erasure.asked[:10])
        sentence = f"The erasure of {story_id} was begun and not finished."
    yield OverdueItem(
        OverdueKind.WITHDRAWN,
        sentence,
        since,
        f"carer-stories withdraw {story_id} --erase",
        story_id,
    )


def _expired_items(history: History, terms: Retention) -> Iterator[OverdueItem]:
    if not history.releases:
        return
    review, story_id = history.releases[-1].review, history.story.id
    yield OverdueItem(
        OverdueKind.EXPIRED,
        f"The sign-off of {story_id} was due for review on {review}: ask the contributor again, "
        "or take it back.",
        review + timedelta(days=terms.expired_days),
        f"carer-stories signoff {story_id}",
        story_id,
    )


def _undecided_items(
    workspace: Workspace, story_id: str, terms: Retention
) -> Iterator[OverdueItem]:
    """Yield sessions nobody has decided about since they were put off or broken off."""
    for session in unfinished_sessions_of(workspace, story_id):
        made = date.fromisoformat(session.created[:10])
        yield OverdueItem(
            OverdueKind.UNDECIDED,
            f"Nobody has decided about the recording of {made} for {story_id}: keep or delete it.",
            made + timedelta(days=terms.undecided_days),
            f"carer-stories capture recover {session.id}",
            story_id,
        )


def _unsigned_items(
    workspace: Workspace, history: History, terms: Retention
) -> Iterator[OverdueItem]:
    """Yield a recording that nobody signed off, or an agreement without a recording."""
    story_id = history.story.id
    manifest = read_manifest(workspace.story(story_id))
    erase = f"carer-stories withdraw {story_id} --erase"
    if manifest and manifest.takes and not history.releases:
        imported = date.fromisoformat(manifest.takes[-1].imported[:10])
        sentence = f"{story_id} was recorded and never signed off: go on with it, or let it go."
        yield OverdueItem(
            OverdueKind.UNSIGNED,
            sentence,
            months_after(imported, terms.unsigned_months),
            erase,
            story_id,
        )
    elif not manifest and history.agreements and not history.releases:
        agreed = history.agreements[-1].on
        sentence = (
            f"{story_id} was agreed to on {agreed} and never recorded: record it, or let it go."
        )
        yield OverdueItem(
            OverdueKind.UNRECORDED,
            sentence,
            months_after(agreed, terms.unrecorded_months),
            erase,
            story_id,
        )


def _working_copy_items(
    workspace: Workspace, history: History, terms: Retention
) -> Iterator[OverdueItem]:
    folder = workspace.story(history.story.id)
    manifest = read_manifest(folder)
    if not (history.approvals and manifest and manifest.takes):
        return
    paths = [
        path
        for path in (
            folder.working,
            folder.working_audio,
            folder.speech,
            folder.peaks,
            folder.chunks,
        )
        if path.exists()
    ]
    if paths:
        names = ", ".join(path.name for path in paths)
        original = (folder.original / manifest.takes[-1].file).relative_to(workspace.root)
        yield OverdueItem(
            OverdueKind.WORKING,
            f"Working copies of {folder.root.name} may go: {names}. "
            "To make them again: "
            f"carer-stories capture import {folder.root.name} {shell_quoted(original)}",
            history.approvals[-1].on + timedelta(days=terms.working_days),
            _remove_command(paths),
            folder.root.name,
            tuple(paths),
        )


def _contributor_items(
    people: Iterable[Contributor], histories: dict[str, History], terms: Retention
) -> Iterator[OverdueItem]:
    for person in people:
        has_story = any(_is_current(histories.get(story)) for story in person.stories)
        if has_story or not (person.name or person.contact):
            continue
        withdrawals = [
            histories[story].whole_withdrawal for story in person.stories if story in histories
        ]
        last = max(
            (withdrawal.on for withdrawal in withdrawals if withdrawal),
            default=date.fromisoformat(person.recorded[:10]),
        )
        story_id = person.stories[0]
        yield OverdueItem(
            OverdueKind.CONTRIBUTOR,
            f"A name and contact are kept ({person.id}), and no story of theirs is left.",
            last + timedelta(days=terms.contributor_days),
            f"carer-stories contributor forget {story_id}",
            story_id,
        )


def _is_current(history: History | None) -> bool:
    return history is not None and history.whole_withdrawal is None


def _copy_items(
    workspace: Workspace, snapshot: Snapshot, histories: dict[str, History], on: date
) -> Iterator[OverdueItem]:
    """Yield copies still out there although the gate no longer lets somebody have a story on them.

    Under a legal hold a copy comes back and is kept: it may be evidence.
    """
    must_be_kept = set(histories)
    # What is not known to be free is kept; what cannot be read is listed with the names.
    with contextlib.suppress(CarerStoriesError):
        must_be_kept = {hold.story for hold in all_holds(workspace)}
    for refused in copies_to_ask_back(workspace, snapshot, histories, on):
        copy = refused.copy
        since, story = min(
            (must_be_back_since(histories.get(each), copy, on), each) for each in refused.stories
        )
        then = "then enter what became of it."
        if must_be_kept & set(copy.stories):
            then = "and keep it, for a legal hold stands; then enter that it is back."
        yield OverdueItem(
            OverdueKind.COPY,
            f"Copy {copy.id} with {story} is still out there (to {copy.to}): ask for it back, "
            f"{then}",
            since,
            f"carer-stories copies settle {copy.id} --as returned",
            story,
        )


def _folder_items(folder: Path, kind: OverdueKind, what: str, days: int) -> Iterator[OverdueItem]:
    """Yield each export, preview or delivery in `folder`, `days` after it was made."""
    paths: list[Path] = []
    with contextlib.suppress(OSError):
        # Hidden ones are locks, and what a killed command left.
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    # Through a link it would be somebody else's.
    removable = not folder.is_symlink()
    for path in paths:
        try:
            # Not of what a link leads to.
            made = clock.day_of(datetime.fromtimestamp(path.lstat().st_mtime, UTC))
        except OSError:
            continue  # removed meanwhile
        relative = path.relative_to(folder.parent.parent).as_posix()
        yield OverdueItem(
            kind, f"{what} on {made} is still here: {relative}.", made + timedelta(days=days),
            _remove_command([path]), paths=(path,) if removable else (),
        )  # fmt: skip


def _refused_export_items(
    workspace: Workspace, histories: dict[str, History], on: date
) -> Iterator[OverdueItem]:
    """Yield each export for an archive that is still here and may not be handed over any more.

    Those of a contributor's own request, and of several stories, are told by nothing but their age.
    """
    if workspace.exports.is_symlink():
        return
    cuts = KnownCuts(workspace, read_stamp(workspace).cuts)
    paths: list[Path] = []
    with contextlib.suppress(OSError):
        paths = sorted(workspace.exports.iterdir())
    for path in paths:
        match = _ARCHIVE_EXPORT.match(path.name)
        history = histories.get(match[1]) if match else None
        if match is None or history is None:
            continue
        # Whether a held story was taken back is not known yet.
        history = replace(history, held=None)
        if not decide_archive(history, cuts.state(match[1]), on).is_released:
            relative = path.relative_to(workspace.root).as_posix()
            yield OverdueItem(
                OverdueKind.EXPORT,
                f"No archive may be given {match[1]} any more, and what was gathered for one is "
                f"still here: {relative}.",
                on,
                _remove_command([path]),
                match[1],
                paths=(path,),
            )


def _support_items(lines: Iterable[SupportLine], terms: Retention) -> Iterator[OverdueItem]:
    for line in lines:
        yield OverdueItem(
            OverdueKind.SUPPORT,
            f"Nobody has tried the support line “{line.name}” since {line.checked}: try it, then "
            "change its date.",
            months_after(line.checked, terms.support_months),
            "edit interviews/settings.yml, under support",
        )


def _unreadable_item(error: CarerStoriesError, story_id: str, on: date) -> OverdueItem:
    return OverdueItem(OverdueKind.UNREADABLE, error.what, on, "carer-stories verify", story_id)


def _remove_command(paths: Iterable[Path]) -> str:
    return "rm -r " + " ".join(shell_quoted(path) for path in paths)
