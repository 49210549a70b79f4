"""Stories that are held since a restore: what is known of them, and letting them go.

A restore brings records that know nothing of what was taken back after them. Three things do: the
notes in each backup that can be reached, the receipts of withdrawals, and people. What the first
two say is applied whatever the third says; what nobody names is let go.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast, get_args

import msgspec

from library.backup.notes import Kind, UnreachedBackup, read_notes_of_known
from library.consent.withdrawals import require_known_story
from library.core import struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.workspace import Workspace
from library.records.consent import Scope, Withdrawal
from library.records.ledger import Ledger
from library.records.logged_holds import LET_GO
from library.records.other_logs import decided_elsewhere, key_of_lines
from library.records.restore_holds import RestoreHold, read_restore_holds, remove_restore_hold
from library.records.withdrawal_notes import read_withdrawal_notes
from stewardship.withdrawal.outcome import WithdrawalOutcome
from stewardship.withdrawal.workflow import withdraw

if TYPE_CHECKING:
    from capture.media.run_ffmpeg import ProgressStep

Report = Callable[[str], None]


@contextlib.contextmanager
def _unwatched(_label: str, _total: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda _done: None


@dataclass(frozen=True)
class TakenBackSince:
    """Something that says of a held story that it, or showing it to some, was taken back."""

    story: str
    scope: Scope
    kind: Kind
    on: date
    source: str
    """Source of the note, as the end of a sentence."""
    asked_by: str = "contributor"

    def as_json(self) -> dict[str, object]:
        return {
            "story": self.story,
            "scope": self.scope,
            "kind": self.kind,
            "on": self.on,
            "source": self.source,
        }


@dataclass(frozen=True)
class HeldStories:
    """Every story that is held, with what is known about it."""

    holds: tuple[RestoreHold, ...]
    taken_back: tuple[TakenBackSince, ...] = ()
    unreached: tuple[UnreachedBackup, ...] = ()
    """Backups whose notes could not be looked at."""
    problems: tuple[str, ...] = ()
    """Sentences about notes and lists that cannot be relied on."""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(hold.story for hold in self.holds)

    @property
    def since_restore(self) -> tuple[RestoreHold, ...]:
        """Holds of stories of which decisions may be missing."""
        return tuple(hold for hold in self.holds if hold.is_since_restore)

    @property
    def since(self) -> str:
        """The earliest day after which decisions may be missing; empty where it is not known."""
        days = [hold.since[:10] for hold in self.holds if hold.is_since_restore]
        return min(days, default="")


@dataclass
class ReleaseOutcome:
    """The outcome for held stories."""

    released: list[str] = field(default_factory=list)
    withdrawn: list[WithdrawalOutcome] = field(default_factory=list)
    recognised: dict[str, str] = field(default_factory=dict)
    """Stories that stay held since their recording was withdrawn, with what it is."""
    to_erase: list[str] = field(default_factory=list)
    """Stories that had been erased: they are withdrawn, and their files are here again."""

    @property
    def exit_code(self) -> int:
        failed = (each.exit_code for each in self.withdrawn if each.exit_code)
        return next(failed, NotAllowed.exit_code if self.recognised else 0)


def look_at_held(workspace: Workspace) -> HeldStories:
    """Return the held stories, with what backups and receipts say of them. Raises DiskFailed."""
    withdrawn = _withdrawn(workspace)
    whole = {story for story, scope in withdrawn if scope == "all"}
    holds = tuple(hold for hold in read_restore_holds(workspace) if hold.story not in whole)
    if not holds:
        return HeldStories(())
    problems: list[str] = []
    unreached: list[UnreachedBackup] = []
    sayings = list(withdrawal_receipts(workspace))
    try:
        known, unreached = read_notes_of_known(workspace)
    except CarerStoriesError as error:
        problems.append(error.what)
        known = {}
    for backup_id, read in known.items():
        problems += read.problems
        sayings += [
            TakenBackSince(
                note.story,
                note.scope,
                note.kind,
                note.on,
                f"a note in the backup {backup_id}",
                note.asked_by,
            )
            for note in read.notes
        ]
    sayings += _said_by_other_logs(workspace)
    held = {hold.story for hold in holds}
    first_of_each = {
        (saying.story, saying.scope): saying
        # The last one stays: an erasure says more than a withdrawal, a whole one than a part.
        for saying in sorted(sayings, key=lambda saying: saying.kind == "erased")
        if saying.story in held and not _is_covered(saying, withdrawn)
    }
    return HeldStories(holds, tuple(first_of_each.values()), tuple(unreached), tuple(problems))


def _said_by_other_logs(workspace: Workspace) -> Iterator[TakenBackSince]:
    for entries in decided_elsewhere(workspace).values():
        for entry in entries:
            scope = entry.became or "all"
            if entry.action == "withdraw" and scope in get_args(Scope):
                yield TakenBackSince(
                    entry.subject,
                    cast("Scope", scope),
                    "withdrawn",
                    date.fromisoformat(entry.at[:10]),
                    "a log of another computer",
                )


def _withdrawn(workspace: Workspace) -> set[tuple[str, str]]:
    known = {(note.story, note.scope) for note in read_withdrawal_notes(workspace)}
    try:
        recorded = Ledger(workspace).read().all(Withdrawal)
    # Notes count alone where the database cannot be read.
    except CarerStoriesError:
        return set(known)
    return known | {(withdrawal.story, withdrawal.scope) for withdrawal in recorded}


def _is_covered(saying: TakenBackSince, withdrawn: Collection[tuple[str, str]]) -> bool:
    """Return whether what is withdrawn here includes that already."""
    scopes = [scope for story, scope in withdrawn if story == saying.story]
    if saying.scope == "all":
        return "all" in scopes
    if saying.scope == "archive":
        # Whatever part was taken back: an archive is outside the house.
        return bool(scopes)
    wanted = Audience.from_word(saying.scope)
    return any(
        scope == "all" or (scope in AUDIENCE_WORDS and Audience.from_word(scope) <= wanted)
        for scope in scopes
    )


class _Receipt(msgspec.Struct):
    """The fields that are read from the JSON file of a receipt."""

    story: str
    withdrawn: date
    scope: Scope = "all"
    erased: dict[str, object] | None = None


def withdrawal_receipts(workspace: Workspace) -> Iterator[TakenBackSince]:
    """Yield what the receipts of withdrawals say; one that cannot be read says nothing."""
    for path in sorted(workspace.receipts.glob("withdrawal-cs-*.json")):
        receipt = struct_file.load_if_readable(path, _Receipt)
        if receipt:
            kind: Kind = "erased" if receipt.erased else "withdrawn"
            yield TakenBackSince(
                receipt.story, receipt.scope, kind, receipt.withdrawn, f"the receipt {path.name}"
            )


def require_held(held: HeldStories, story_ids: Iterable[str]) -> None:
    """Raise BadInput for a story that is not held."""
    for story_id in story_ids:
        if story_id not in held.ids:
            raise BadInput(
                f"{story_id[:40]} is not held.", "See which are: carer-stories held list"
            )


def release_held(
    workspace: Workspace,
    held: HeldStories,
    story_ids: Sequence[str],
    taken_back: Sequence[str],
    *,
    role: str,
    confirm_withdrawn: str | None = None,
    report: Report = lambda _sentence: None,
    show_progress: ProgressStep = _unwatched,
) -> ReleaseOutcome:
    """Withdraw what was taken back since, and let go the others of `story_ids`.

    Every story is checked before anything is done: raises BadInput, NotFound. A story that cannot
    be withdrawn stays held; so does one whose recording was withdrawn under another id, unless
    `confirm_withdrawn` gives the reason: raises as `withdrawn_recordings.confirm` does.
    """
    require_held(held, story_ids)
    for story_id in taken_back:
        require_known_story(workspace, story_id)
    outcome = ReleaseOutcome()
    named = dict.fromkeys(taken_back)
    concerned = {*story_ids, *named}
    sayings = [saying for saying in held.taken_back if saying.story in concerned]
    still_held: set[str] = set()
    for story_id, scope, asked_by in [
        *((story_id, "all", "contributor") for story_id in named),
        *((each.story, each.scope, each.asked_by) for each in sayings if each.story not in named),
    ]:
        done = withdraw(workspace, story_id, asked_by, scope, report=report)
        outcome.withdrawn.append(done)
        if not done.is_in_force:
            still_held.add(story_id)
    outcome.to_erase = sorted({each.story for each in sayings if each.kind == "erased"})
    gone = {each.withdrawal.story for each in outcome.withdrawn if each.withdrawal.is_whole}
    for story_id in dict.fromkeys([*named, *story_ids]):
        if story_id in still_held:
            continue
        if story_id not in gone:
            # Behind the withdrawals: its recording may be one that was just taken back.
            recording = _withdrawn_recording(
                workspace, story_id, confirm_withdrawn, role, show_progress
            )
            if recording:
                outcome.recognised[story_id] = recording
                continue
            # The log first: broken off in between, the story is held still, and asked about again.
            # With what another log says of it: only that does the editor know of.
            elsewhere = decided_elsewhere(workspace).get(story_id)
            other = key_of_lines(elsewhere) if elsewhere else ""
            with Ledger(workspace).update(LET_GO, story_id, role, other=other):
                pass  # no record changes: the line alone says that it was confirmed
            outcome.released.append(story_id)
        remove_restore_hold(workspace, story_id)
    return outcome


def _withdrawn_recording(
    workspace: Workspace,
    story_id: str,
    confirm_reason: str | None,
    role: str,
    show_progress: ProgressStep,
) -> str:
    """Return what the story’s recording is, where that forbids to let it go; else ""."""
    # Not at the top: whoever only lists what is held waits for no media library.
    from capture.intake.withdrawn_recordings import (
        confirm,
        hold_for_recording,
        recognise,
        recordings_of,
    )

    folder = workspace.story(story_id)
    paths = [folder.original / name for name in recordings_of(folder)]
    originals = [path for path in paths if path.is_file()]
    is_confirmed = False
    while known := recognise(workspace, story_id, originals, show_progress):
        if confirm_reason is None:
            hold_for_recording(workspace, story_id, known, role)
            return known.in_words
        confirm(workspace, story_id, known, confirm_reason, role)
        is_confirmed = True
    # What it was held for may not be known any more: an erased one can be forgotten altogether.
    held = next((hold for hold in read_restore_holds(workspace) if hold.story == story_id), None)
    if held and held.recording and confirm_reason is None and not is_confirmed:
        return held.recording
    return ""
