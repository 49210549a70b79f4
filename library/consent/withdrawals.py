"""Withdrawals: noted beside the database first, then recorded in it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from library.core import lock
from library.core.clock import now, today
from library.core.errors import CarerStoriesError, DiskFailed, NoRoom, NotFound
from library.core.removal import remove
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.consent import ROLES, Agreement, Approval, Release, Scope, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.ledger import Ledger
from library.records.logged_holds import HELD
from library.records.other_logs import DECIDING_ACTIONS, lost_decision
from library.records.people import Person, Register
from library.records.restore_holds import (
    RestoreHold,
    read_restore_holds,
    remove_restore_hold,
    write_restore_hold,
)
from library.records.store import Record, Snapshot, Store
from library.records.story import Story, new_id
from library.records.withdrawal_notes import read_withdrawal_notes, write_withdrawal_note


def record_withdrawal(
    workspace: Workspace, story_id: str, asked_by: str, scope: Scope = "all"
) -> Withdrawal:
    """Withdraw a story, or its showing beyond some audience. Effective at once and for good.

    What was withdrawn before stays as it is: the first record stands and is returned. Raises
    NotFound for a story that is not there, and what `enter_withdrawal` raises.
    """
    withdrawal = write_note(workspace, story_id, asked_by, scope)
    return record_noted_withdrawal(workspace, withdrawal)


def write_note(
    workspace: Workspace, story_id: str, asked_by: str, scope: Scope = "all"
) -> Withdrawal:
    """Write the withdrawal note that the gate reads, needing neither lock, database nor log.

    A disk that refuses the note is no reason to stop: the record may still be written, and on a
    full one the story's own files make room. Raises NotFound for a story nobody knows of; NoRoom or
    DiskFailed where neither could be written, and then the story is not withdrawn.
    """
    require_known_story(workspace, story_id)
    before = _existing_note(workspace, story_id, scope)
    if before:
        return before
    withdrawal = new_withdrawal(story_id, asked_by, scope)
    try:
        _write_note_or_record(workspace, withdrawal)
    except NoRoom:
        if not (withdrawal.is_whole and _make_room(workspace, story_id)):
            raise
        _write_note_or_record(workspace, withdrawal)
    return withdrawal


def _write_note_or_record(workspace: Workspace, withdrawal: Withdrawal) -> None:
    try:
        write_withdrawal_note(workspace, withdrawal)
    except (NoRoom, DiskFailed) as refused:
        try:
            record_noted_withdrawal(workspace, withdrawal)
        except CarerStoriesError:
            raise refused from None
        with contextlib.suppress(NoRoom, DiskFailed):  # what refused it once may have passed
            write_withdrawal_note(workspace, withdrawal)


def _make_room(workspace: Workspace, story_id: str) -> bool:
    """Remove the sound that is kept for recognition; returns False where there is none.

    It is 32 kB for each second. Should the story stay after all, bringing in the same recording
    again (`capture import`) makes it anew from the working copy.
    """
    speech = workspace.story(story_id).speech
    return speech.is_file() and not remove(speech)


def new_withdrawal(story_id: str, asked_by: str, scope: Scope = "all") -> Withdrawal:
    """Return a new withdrawal; nothing is written yet."""
    return Withdrawal(
        id=new_id("wi"),
        story=story_id,
        recorded=now(),
        on=today(),
        asked_by=asked_by,
        scope=scope,
    )


def withdraw_command(
    story_id: str, *, scope: str = "all", asked_by: str = "contributor", erase: bool = False
) -> str:
    """Return the command that makes exactly this withdrawal, as a person types it."""
    options = "" if scope == "all" else f" --scope {scope}"
    # Only known roles: this may come from a log that somebody changed, and is pasted into a shell.
    if asked_by != "contributor" and asked_by in ROLES:
        options += f" --asked-by {asked_by}"
    return f"carer-stories withdraw {story_id}{options}{' --erase' if erase else ''}"


def standing_withdrawal(workspace: Workspace, story_id: str, scope: Scope) -> Withdrawal | None:
    """Return the same withdrawal as it was noted or recorded before, as far as can be read."""
    noted = _existing_note(workspace, story_id, scope)
    if noted:
        return noted
    with contextlib.suppress(CarerStoriesError):
        recorded = Store(workspace.database).read().of_story(Withdrawal, story_id)
        return _with_scope(recorded, scope)
    return None


def _existing_note(workspace: Workspace, story_id: str, scope: Scope) -> Withdrawal | None:
    with contextlib.suppress(DiskFailed):
        notes = [note for note in read_withdrawal_notes(workspace) if note.story == story_id]
        return _with_scope(notes, scope)
    return None


def record_noted_withdrawal(workspace: Workspace, withdrawal: Withdrawal) -> Withdrawal:
    """Record a noted withdrawal in the database and the log, if it is not there yet.

    Returns the record that stands. Raises Busy, Damaged, NoRoom, DiskFailed: the note holds then.
    """
    ledger = Ledger(workspace)
    recorded = _with_scope(ledger.read().of_story(Withdrawal, withdrawal.story), withdrawal.scope)
    if recorded:
        return recorded
    about, scope = withdrawal.story, withdrawal.scope
    with ledger.update("withdraw", about, withdrawal.asked_by, became=scope) as changes:
        # Again under the lock: another command may have recorded it since.
        recorded = _with_scope(changes.of_story(Withdrawal, about), scope)
        if not recorded:
            changes.add(withdrawal)
    return recorded or withdrawal


def record_all_noted(workspace: Workspace) -> tuple[Withdrawal, ...]:
    """Record every withdrawal that so far is only noted; returns those. Raises as above."""
    ledger = Ledger(workspace)
    snapshot = ledger.read()
    known = {story.id for story in snapshot.all(Story)}
    waiting = [
        noted
        for noted in snapshot.withdrawal_notes
        if noted.story in known
        and not _with_scope(snapshot.of_story(Withdrawal, noted.story), noted.scope)
    ]
    return tuple(record_noted_withdrawal(workspace, noted) for noted in waiting)


def _with_scope(recorded: Iterable[Withdrawal], scope: Scope) -> Withdrawal | None:
    return next((withdrawal for withdrawal in recorded if withdrawal.scope == scope), None)


def require_known_story(workspace: Workspace, story_id: str) -> None:
    """Raise NotFound unless the database, or where it is unreadable any file, knows the story."""
    workspace.story(story_id)
    try:
        Store(workspace.database).read().get(Story, story_id)
    except CarerStoriesError as error:
        if any(path.exists() for path in _paths_of(workspace, story_id)):
            return
        if isinstance(error, NotFound):
            raise
        raise NotFound(
            f"There is no story “{story_id}” to be found, and the database cannot be read.",
            "Check the id. `carer-stories verify` says what is the matter with the database.",
        ) from error


def _paths_of(workspace: Workspace, story_id: str) -> Iterator[Path]:
    """Yield the paths at which a story leaves traces by its id, database or not."""
    yield workspace.story(story_id).root
    yield workspace.edition / "stories" / story_id
    yield workspace.public / "stories" / story_id
    yield workspace.public / "stories" / f"{story_id}.html"
    with contextlib.suppress(OSError):
        yield from workspace.withdrawn.glob(f"{story_id}.*.json")


def restore_generation(workspace: Workspace, generation: int, role: str) -> tuple[str, ...]:
    """Restore an earlier generation of the records, and record later withdrawals in it again.

    A restore must never put a story back in front of staff that its contributor took away, so the
    withdrawals of the log, of the database until now as far as it can be read, and those noted
    beside it are recorded again. Returns their stories. Any other story about which something was
    decided since is held: an objection or a narrower release must not vanish unseen. Copies that
    were handed out since are still out there, and stay in the register. Raises as
    `Ledger.restore` does, and NoRoom or DiskFailed where a hold cannot be written.
    """
    ledger = Ledger(workspace)
    # Before the restore: afterwards the database is the older one.
    known_until_now = [
        *[(entry.subject, entry.became or "all") for entry in ledger.entries_of("withdraw")],
        *_recorded_withdrawals(ledger),
    ]
    holding = _Holding(workspace, ledger, generation)
    ledger.restore(generation, role, prepare=holding.prepare)
    snapshot = ledger.read()
    known = {story.id for story in snapshot.all(Story)}
    noted_before = [
        (withdrawal.story, withdrawal.scope) for withdrawal in snapshot.withdrawal_notes
    ]
    to_withdraw = dict.fromkeys([*known_until_now, *noted_before])
    missing = [
        (story_id, scope)
        for story_id, scope in to_withdraw
        if story_id in known
        and not any(
            withdrawal.scope == scope for withdrawal in snapshot.of_story(Withdrawal, story_id)
        )
    ]
    for story_id, scope in missing:
        record_withdrawal(workspace, story_id, role, scope)  # type: ignore[arg-type]
    holding.release_withdrawn()
    holding.log_rest(role)
    return tuple(dict.fromkeys(story_id for story_id, _ in missing))


_DECISIONS: tuple[type[Any], ...] = (Agreement, Release, Approval, Person, Register)


@dataclass
class _Holding:
    """Holds stories of which records to be restored know less than was known until now."""

    workspace: Workspace
    ledger: Ledger
    generation: int
    until_recorded: list[str] = field(default_factory=list)
    """Stories held only until their later withdrawal is recorded again."""
    until_let_go: list[str] = field(default_factory=list)
    """Stories held until an editor lets them go."""

    def prepare(self, current: Snapshot | None, earlier: Snapshot) -> Iterable[Record]:
        """Hold what has to be held, and return the records to carry over."""
        self.hold(current, earlier)
        return self._later_copies(current, earlier)

    def _later_copies(self, current: Snapshot | None, earlier: Snapshot) -> Iterator[Record]:
        """Yield what the records until now know of copies handed out, and the earlier ones do not.

        Where they cannot be relied on, the generations beside them are asked.
        """

        def of_copies(snapshot: Snapshot) -> tuple[Copy | CopySettled, ...]:
            return (*snapshot.all(Copy), *snapshot.all(CopySettled))

        known = {record.id for record in of_copies(earlier)}
        for source in [current] if current else self.ledger.readable_generations():
            for record in of_copies(source):
                if record.id not in known:
                    known.add(record.id)
                    yield record

    def hold(self, current: Snapshot | None, earlier: Snapshot) -> None:
        """Hold before anything is restored: at no moment is one shown by records that know less.

        Where the records until now cannot be relied on, what was lost is not known: all are held.
        """
        known = [story.id for story in earlier.all(Story)]
        held_before = {hold.story for hold in read_restore_holds(self.workspace)}
        for story_id in known:
            is_decided = current is None or any(
                _has_more(current, earlier, kind, story_id) for kind in _DECISIONS
            )
            if is_decided or _has_more(current, earlier, Withdrawal, story_id):
                write_restore_hold(self.workspace, self._hold_of(story_id))
                if not is_decided and story_id not in held_before:
                    self.until_recorded.append(story_id)
                else:
                    self.until_let_go.append(story_id)

    def release_withdrawn(self) -> None:
        """Let stories go of which nothing but a withdrawal was lost, and that is recorded again."""
        for story_id in self.until_recorded:
            remove_restore_hold(self.workspace, story_id)

    def log_rest(self, role: str) -> None:
        """Let the log know who is held, so that a file which somebody deletes ends no hold."""
        try:
            self.ledger.note_each(HELD, self.until_let_go, role)
        except (NoRoom, DiskFailed) as error:
            # The files hold all the same.
            lock.caller.warn(error.what)

    def _hold_of(self, story_id: str) -> RestoreHold:
        entries = list(audit_log.entries(self.workspace.audit_log))
        before = [entry.at for entry in entries if entry.generation <= self.generation]
        return RestoreHold(
            story=story_id,
            held=now(),
            since=max(before, default=""),
            cause="generation",
            lost=tuple(
                lost_decision(entry)
                for entry in entries
                if entry.generation > self.generation
                and entry.subject == story_id
                and entry.action in DECIDING_ACTIONS
            ),
        )


def hold_decided_since(
    workspace: Workspace, later: Sequence[audit_log.AuditEntry], stories: Collection[str]
) -> tuple[str, ...]:
    """Hold those of `stories` about which one of the `later` lines decided something; return them.

    For records that are put back in another way than by `restore_generation`. A withdrawal is noted
    beside the records, and needs no hold. Raises NoRoom or DiskFailed.
    """
    decided: dict[str, list[str]] = {}
    for entry in later:
        if entry.action in DECIDING_ACTIONS - {"withdraw"} and entry.subject in stories:
            decided.setdefault(entry.subject, []).append(lost_decision(entry))
    since = min((entry.at for entry in later), default="")
    for story_id, lost in decided.items():
        write_restore_hold(
            workspace,
            RestoreHold(
                story=story_id, held=now(), since=since, cause="generation", lost=tuple(lost)
            ),
        )
    return tuple(decided)


def _has_more(current: Snapshot | None, earlier: Snapshot, kind: type[Any], story_id: str) -> bool:
    """Return True where `current` has a record of the story that `earlier` has not."""
    if current is None:
        return False
    before = {record.id for record in earlier.of_story(kind, story_id)}
    return any(record.id not in before for record in current.of_story(kind, story_id))


def _recorded_withdrawals(ledger: Ledger) -> list[tuple[str, str]]:
    """A command killed before its line leaves a withdrawal that the log does not know of yet."""
    with contextlib.suppress(CarerStoriesError):
        return [
            (withdrawal.story, withdrawal.scope) for withdrawal in ledger.read().all(Withdrawal)
        ]
    return []
