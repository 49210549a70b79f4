"""What is past its date: kept longer than the trust said it would be, or left undone too long.

It only lists, worst first, each with the one command that settles it. Nothing is ever deleted by
itself: whether something goes is for a person to say. How long is long is in the settings, under
`retention`.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from capture.recording.originals import read_manifest
from capture.sessions.session_folders import unfinished_sessions_of
from library.consent.contributors import contributors
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.core.audience import Audience
from library.core.clock import months_after
from library.core.errors import CarerStoriesError
from library.core.sanitise import shell_quoted
from library.core.settings import Retention, SupportLine, load_settings
from library.core.workspace import Workspace
from library.records.copies import Copy, CopySettled, open_copies
from library.records.ledger import Ledger
from library.records.store import Snapshot
from library.records.story import Contributor, Story
from library.records.withdrawal_notes import read_erasure


class Kind(enum.IntEnum):
    """What is past its date, the worst first."""

    WITHDRAWN = 1
    CONTRIBUTOR = 2
    COPY = 3
    EXPIRED = 4
    UNDECIDED = 5
    EXPORT = 6
    UNSIGNED = 7
    UNRECORDED = 8
    PREVIEW = 9
    WORKING = 10
    SUPPORT = 11
    UNREADABLE = 12

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class PastDate:
    """One thing, and what settles it."""

    kind: Kind
    said: str
    since: date
    """The day from which it should not have been so."""
    command: str
    story: str = ""

    def days(self, on: date) -> int:
        return (on - self.since).days

    def as_json(self, on: date) -> dict[str, object]:
        """The object of `retention --json`: its keys are kept for scripts."""
        return {
            "what": self.kind.word,
            "story": self.story,
            "said": self.said,
            "since": self.since.isoformat(),
            "days": self.days(on),
            "command": self.command,
        }


def past_date(workspace: Workspace, on: date) -> list[PastDate]:
    """Everything that is past its date on a day, the worst first, then the longest.

    One thing that cannot be read is listed itself and hides no other. Raises Damaged, DiskFailed
    where the records cannot be read at all.
    """
    settings = load_settings(workspace)
    terms = settings.retention
    snapshot = Ledger(workspace).read()
    histories = {one.id: history_of(snapshot, one.id) for one in snapshot.all(Story)}
    found: list[PastDate] = []
    for story_id, history in histories.items():
        try:
            found += _of_story(workspace, history, terms)
        except CarerStoriesError as error:
            found.append(_unreadable(error, story_id, on))
    try:
        found += _of_contributors(contributors(workspace), histories, terms)
    except CarerStoriesError as error:
        found.append(_unreadable(error, "", on))
    found += _of_copies(snapshot, histories)
    found += _of_folder(workspace.exports, Kind.EXPORT, "What was gathered", terms.export_days)
    found += _of_folder(workspace.previews, Kind.PREVIEW, "The preview", terms.preview_days)
    found += _of_support(settings.support, terms)
    past = [one for one in found if one.since <= on]
    return sorted(past, key=lambda one: (one.kind, one.since, one.story))


def _of_story(workspace: Workspace, history: History, terms: Retention) -> Iterator[PastDate]:
    if history.whole_withdrawal:
        yield from _withdrawn(workspace, history, terms)
        return
    yield from _expired(history, terms)
    yield from _undecided(workspace, history.story.id, terms)
    yield from _unfinished(workspace, history, terms)
    yield from _working_copies(workspace, history, terms)


def _withdrawn(workspace: Workspace, history: History, terms: Retention) -> Iterator[PastDate]:
    story_id = history.story.id
    erasure = read_erasure(workspace, story_id)
    if erasure and erasure.done:
        return
    assert history.whole_withdrawal is not None  # noqa: S101 - for the type checker
    since = history.whole_withdrawal.on + timedelta(days=terms.withdrawn_days)
    said = f"{story_id} was withdrawn on {history.whole_withdrawal.on} and is still kept."
    if erasure:
        with contextlib.suppress(ValueError):
            since = date.fromisoformat(erasure.asked[:10])
        said = f"The erasure of {story_id} was begun and not finished."
    yield PastDate(
        Kind.WITHDRAWN, said, since, f"carer-stories withdraw {story_id} --erase", story_id
    )


def _expired(history: History, terms: Retention) -> Iterator[PastDate]:
    if not history.releases:
        return
    review, story_id = history.releases[-1].review, history.story.id
    yield PastDate(
        Kind.EXPIRED,
        f"The sign-off of {story_id} was due for review on {review}: ask the contributor again, "
        "or take it back.",
        review + timedelta(days=terms.expired_days),
        f"carer-stories signoff {story_id}",
        story_id,
    )


def _undecided(workspace: Workspace, story_id: str, terms: Retention) -> Iterator[PastDate]:
    """Sessions that were put off or broken off: somebody was recorded, and nobody came back."""
    for session in unfinished_sessions_of(workspace, story_id):
        made = date.fromisoformat(session.created[:10])
        yield PastDate(
            Kind.UNDECIDED,
            f"Nobody has decided about the recording of {made} for {story_id}: keep or delete it.",
            made + timedelta(days=terms.undecided_days),
            f"carer-stories capture recover {session.id}",
            story_id,
        )


def _unfinished(workspace: Workspace, history: History, terms: Retention) -> Iterator[PastDate]:
    """A recording nobody signed off; an agreement nobody recorded anything under."""
    story_id = history.story.id
    manifest = read_manifest(workspace.story(story_id))
    erase = f"carer-stories withdraw {story_id} --erase"
    if manifest and manifest.takes and not history.releases:
        came = date.fromisoformat(manifest.takes[-1].imported[:10])
        said = f"{story_id} was recorded and never signed off: go on with it, or let it go."
        yield PastDate(
            Kind.UNSIGNED, said, months_after(came, terms.unsigned_months), erase, story_id
        )
    elif not manifest and history.agreements and not history.releases:
        agreed = history.agreements[-1].on
        said = f"{story_id} was agreed to on {agreed} and never recorded: record it, or let it go."
        yield PastDate(
            Kind.UNRECORDED, said, months_after(agreed, terms.unrecorded_months), erase, story_id
        )


def _working_copies(workspace: Workspace, history: History, terms: Retention) -> Iterator[PastDate]:
    folder = workspace.story(history.story.id)
    manifest = read_manifest(folder)
    if not (history.approvals and manifest and manifest.takes):
        return
    kept = [
        path
        for path in (folder.working, folder.working_audio, folder.speech, folder.chunks)
        if path.exists()
    ]
    if kept:
        original = (folder.original / manifest.takes[-1].file).relative_to(workspace.root)
        yield PastDate(
            Kind.WORKING,
            f"Working copies of {folder.root.name} may go: {', '.join(one.name for one in kept)}. "
            "To make them again: "
            f"carer-stories capture import {folder.root.name} {shell_quoted(original)}",
            history.approvals[-1].on + timedelta(days=terms.working_days),
            _remove(kept),
            folder.root.name,
        )


def _of_contributors(
    people: Iterable[Contributor], histories: dict[str, History], terms: Retention
) -> Iterator[PastDate]:
    for one in people:
        standing = [story for story in one.stories if _stands(histories.get(story))]
        if standing or not (one.name or one.contact):
            continue
        withdrawals = [
            histories[story].whole_withdrawal for story in one.stories if story in histories
        ]
        last = max(
            (withdrawal.on for withdrawal in withdrawals if withdrawal),
            default=date.fromisoformat(one.recorded[:10]),
        )
        story_id = one.stories[0]
        yield PastDate(
            Kind.CONTRIBUTOR,
            f"A name and contact are kept ({one.id}), and no story of theirs stands.",
            last + timedelta(days=terms.contributor_days),
            f"carer-stories contributor forget {story_id}",
            story_id,
        )


def _stands(history: History | None) -> bool:
    return history is not None and history.whole_withdrawal is None


def _of_copies(snapshot: Snapshot, histories: dict[str, History]) -> Iterator[PastDate]:
    """Copies that are out there although a story on them may no longer be shown so."""
    for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled)):
        ended = [
            (since, story)
            for story in copy.stories
            if story in histories and (since := _ended(histories[story], copy.audience))
        ]
        if ended:
            since, story = min(ended)
            yield PastDate(
                Kind.COPY,
                f"Copy {copy.id} with {story} is still out there (to {copy.to}): ask for it back, "
                "then enter what became of it.",
                since,
                f"carer-stories copies settle {copy.id} --as returned",
                story,
            )


def _ended(history: History, audience: str) -> date | None:
    """The day from which a copy for this audience should not be out there."""
    asked = Audience.from_word(audience)
    days = [one.on for one in history.withdrawals if one.covers(asked)]
    if history.releases:
        days.append(history.releases[-1].review)
    return min(days, default=None)


def _of_folder(folder: Path, kind: Kind, what: str, days: int) -> Iterator[PastDate]:
    """Each thing in a folder of things that were made to be handed over, by the day it was made."""
    paths: list[Path] = []
    with contextlib.suppress(OSError):
        paths = sorted(folder.iterdir())
    for path in paths:
        try:
            made = datetime.fromtimestamp(path.lstat().st_mtime).date()
        except OSError:
            continue  # it went while we looked
        place = path.relative_to(folder.parent.parent).as_posix()
        yield PastDate(
            kind, f"{what} on {made} is still here: {place}.", made + timedelta(days=days),
            _remove([path]),
        )  # fmt: skip


def _of_support(lines: Iterable[SupportLine], terms: Retention) -> Iterator[PastDate]:
    for line in lines:
        yield PastDate(
            Kind.SUPPORT,
            f"Nobody has tried the support line “{line.name}” since {line.checked}: try it, then "
            "change its date.",
            months_after(line.checked, terms.support_months),
            "edit interviews/settings.yml, under support",
        )


def _unreadable(error: CarerStoriesError, story_id: str, on: date) -> PastDate:
    return PastDate(Kind.UNREADABLE, error.what, on, "carer-stories verify", story_id)


def _remove(paths: Iterable[Path]) -> str:
    return "rm -r " + " ".join(shell_quoted(path) for path in paths)
