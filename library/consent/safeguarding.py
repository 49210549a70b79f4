"""Safeguarding records and legal holds: entered, listed, and asked before anything is deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from library.consent.gate_input import history_of
from library.consent.private_records import private_store, read_private, tidied
from library.core.clock import now, today
from library.core.errors import BadInput, Damaged, NotAllowed, NotFound
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.ledger import Ledger
from library.records.logged_holds import (
    LEGAL_HOLD,
    LEGAL_HOLD_LIFTED,
    LoggedHold,
    key_of,
    logged_legal_holds,
)
from library.records.safeguarding import (
    AccessExemption,
    HoldLifted,
    LegalHold,
    SafeguardingRecord,
    open_holds,
)
from library.records.story import new_id

MAX_CHARACTERS = 4_000
"""Characters of what was disclosed, or of a reason."""
MAX_LINE_CHARACTERS = 200
"""Characters of who is at risk, or to whom it was referred."""


def record_disclosure(
    workspace: Workspace,
    story_id: str,
    *,
    disclosed: str,
    at_risk: str = "",
    referred_to: str,
    on: date,
    referred_on: date,
    role: str,
) -> SafeguardingRecord:
    """Record what was disclosed and to whom it was referred. The log learns nothing of it.

    Raises BadInput for words or days that do not fit, NotFound for a story that is not there.
    """
    workspace.story(story_id)
    if max(on, referred_on) > today():
        raise BadInput("A day is still to come.", "Give the day on which it was.")
    if referred_on < on:
        raise BadInput(
            f"It was referred on {referred_on}, before it was disclosed on {on}.",
            "Put one of the two days right.",
        )
    record = SafeguardingRecord(
        id=new_id("sg"),
        story=story_id,
        recorded=now(),
        on=on,
        role=role,
        by=audit_log.signature.by,
        disclosed=tidied(disclosed, "What was disclosed", MAX_CHARACTERS),
        at_risk=tidied(at_risk, "Who may be at risk", MAX_LINE_CHARACTERS, required=False),
        referred_to=tidied(referred_to, "To whom it was referred", MAX_LINE_CHARACTERS),
        referred_on=referred_on,
    )
    history_of(Ledger(workspace).read(), story_id)
    # Not through the ledger: that a story has such a record is itself nobody else's to know.
    with private_store(workspace).update() as private:
        private.add(record)
    return record


def safeguarding_records(
    workspace: Workspace, story_id: str | None = None
) -> tuple[SafeguardingRecord, ...]:
    """Return the records of a story or of all, oldest first. Raises Damaged, DiskFailed."""
    private = read_private(workspace)
    records = private.all(SafeguardingRecord) if private else []
    return tuple(record for record in records if story_id in (None, record.story))


KeptApart = SafeguardingRecord | LegalHold | HoldLifted
"""Private records about a story that are its contributor's data all the same."""


def records_kept_apart(workspace: Workspace, story_id: str) -> tuple[KeptApart, ...]:
    """Return what safeguarding and legal holds wrote down about a story. Raises Damaged."""
    private = read_private(workspace)
    if private is None:
        return ()
    records: list[KeptApart] = [
        *private.all(SafeguardingRecord),
        *private.all(LegalHold),
        *private.all(HoldLifted),
    ]
    return tuple(record for record in records if record.story == story_id)


def require_may_withhold(workspace: Workspace, stories: Collection[str], reason: str) -> None:
    """Raise NotAllowed where nobody signs by name, BadInput where nothing is kept or no reason."""
    tidied(reason, "The reason", MAX_CHARACTERS)
    if not audit_log.signature.by:
        raise NotAllowed(
            "Nobody is named who decides that something is withheld.",
            "Sign it: carer-stories --by ID export STORY --subject-access --withhold REASON. "
            "See who can: carer-stories staff list",
        )
    if not any(records_kept_apart(workspace, story) for story in stories):
        raise BadInput(
            "There is nothing to withhold: no safeguarding record and no legal hold is kept of "
            f"{', '.join(stories)}.",
            "Leave out --withhold.",
        )


def access_exemptions(
    workspace: Workspace, story_id: str | None = None
) -> tuple[AccessExemption, ...]:
    """Return what was withheld of a story or of all, oldest first. Raises Damaged, DiskFailed."""
    private = read_private(workspace)
    exemptions = private.all(AccessExemption) if private else []
    return tuple(each for each in exemptions if story_id in (None, each.story))


def record_exemption(
    workspace: Workspace, story_id: str, *, reason: str, role: str
) -> AccessExemption | None:
    """Record that what is kept apart about a story is withheld; None where nothing is.

    Raises as `require_may_withhold` does, and BadInput for a reason that does not fit.
    """
    reason = tidied(reason, "The reason", MAX_CHARACTERS)
    withheld_records = records_kept_apart(workspace, story_id)
    if not withheld_records:
        return None
    record = AccessExemption(
        id=new_id("ex"),
        story=story_id,
        recorded=now(),
        on=today(),
        role=role,
        by=audit_log.signature.by,
        reason=reason,
        withheld=tuple(each.id for each in withheld_records),
    )
    with private_store(workspace).update() as private:
        private.add(record)
    return record


def place_hold(workspace: Workspace, story_id: str, *, reason: str, role: str) -> LegalHold:
    """Forbid deleting anything of a story. The log says that it was done, never why.

    Raises Damaged where records or log cannot take its line: it stands all the same.
    """
    folder = workspace.story(story_id)
    record = LegalHold(
        id=new_id("lh"),
        story=story_id,
        recorded=now(),
        on=today(),
        role=role,
        by=audit_log.signature.by,
        reason=tidied(reason, "The reason", MAX_CHARACTERS),
    )
    try:
        with Ledger(workspace).update(
            LEGAL_HOLD, story_id, role, hold=key_of(record.id)
        ) as changes:
            history_of(changes, story_id)
            _add_hold(workspace, record)
    except Damaged as error:
        if not folder.root.is_dir():
            raise
        # What must be kept does not wait until somebody has mended them.
        _add_hold(workspace, record)
        raise Damaged(
            f"{error.what} The legal hold {record.id} stands all the same: nothing of {story_id} "
            "is deleted. But it is not in the log.",
            error.next_step,
        ) from error
    return record


def _add_hold(workspace: Workspace, record: LegalHold) -> None:
    with private_store(workspace).update() as private:
        if private.find(LegalHold, record.id) is None:
            private.add(record)


def lift_hold(
    workspace: Workspace, story_id: str, hold: str | None = None, *, reason: str, role: str
) -> LegalHold:
    """End a hold, and return it. Raises as `hold_to_lift`, and BadInput for too long a reason."""
    ended = hold_to_lift(workspace, story_id, hold)
    reason = tidied(reason, "The reason", MAX_CHARACTERS)
    keys = {each.hold.id: each.key for each in _standing(workspace)}
    # The log first: broken off in between, the hold stands still, and is lifted by the next try.
    with Ledger(workspace).update(LEGAL_HOLD_LIFTED, story_id, role, hold=keys[ended.id]):
        pass
    with private_store(workspace).update() as private:
        private.add(
            HoldLifted(
                id=new_id("hl"),
                story=story_id,
                recorded=now(),
                on=today(),
                role=role,
                by=audit_log.signature.by,
                hold=ended.id,
                reason=reason,
            )
        )
    return ended


def hold_to_lift(workspace: Workspace, story_id: str, hold: str | None) -> LegalHold:
    """Return the hold of that id, or the only one if `hold` is None.

    Raises NotFound where it does not stand on the story, BadInput where it must be said which.
    """
    workspace.story(story_id)
    standing = holds_of(workspace, story_id)
    see = f"See them: carer-stories safeguarding list {story_id}"
    if not standing:
        raise NotFound(f"No legal hold stands on {story_id}.", see)
    chosen = [candidate for candidate in standing if hold in (None, candidate.id)]
    if not chosen:
        raise NotFound(f"No legal hold “{hold}” stands on {story_id}.", see)
    if len(chosen) > 1:
        raise BadInput(f"{len(chosen)} legal holds stand on {story_id}.", f"Say which. {see}")
    return chosen[0]


def all_holds(workspace: Workspace) -> tuple[LegalHold, ...]:
    """Return every hold that stands, oldest first. Raises Damaged, DiskFailed.

    One stands by its record, or by the log: a record that somebody deleted ends no hold, nor does
    an end that the log does not know.
    """
    return tuple(each.hold for each in _standing(workspace))


def lifted_holds(workspace: Workspace) -> tuple[LegalHold, ...]:
    """Return every hold that stands no more. Raises Damaged, DiskFailed."""
    private = read_private(workspace)
    standing = {hold.id for hold in all_holds(workspace)}
    placed = private.all(LegalHold) if private else []
    return tuple(hold for hold in placed if hold.id not in standing)


def holds_without_record(workspace: Workspace) -> tuple[LegalHold, ...]:
    """Return the holds that stand by the log alone. Raises Damaged, DiskFailed."""
    return tuple(each.hold for each in _standing(workspace) if each.is_by_log_alone)


def bring_holds(source: Workspace, to: Workspace, known: Collection[str], role: str) -> list[str]:
    """Place in `to` each hold that stands in `source` on a story `known` there; return the stories.

    A restore brings records of before: a hold that was placed since must not be lost. Raises
    Damaged or DiskFailed where holds cannot be read, and what recording them raises.
    """
    return place_again(all_holds(source), to, known, role)


def place_again(
    holds: Iterable[LegalHold], to: Workspace, known: Collection[str], role: str
) -> list[str]:
    """Place those of `holds` that do not stand in `to`; return the stories. Raises as above."""
    there = {hold.id for hold in all_holds(to)}
    brought = []
    for hold in holds:
        if hold.id in there or hold.story not in known:
            continue
        line = {"hold": key_of(hold.id)}
        with (
            Ledger(to).update(LEGAL_HOLD, hold.story, role, **line),
            private_store(to).update() as private,
        ):
            if private.find(LegalHold, hold.id) is None:
                private.add(hold)
        brought.append(hold.story)
    return list(dict.fromkeys(brought))


class _StandingHold(NamedTuple):
    """A hold, what the log calls it by, and whether only the log says that it stands."""

    hold: LegalHold
    key: str
    is_by_log_alone: bool = False


def _standing(workspace: Workspace) -> list[_StandingHold]:
    private = read_private(workspace)
    placed = private.all(LegalHold) if private else []
    standing = []
    logged = list(logged_legal_holds(workspace))
    for hold in open_holds(placed, private.all(HoldLifted)) if private else ():
        names = (key_of(hold.id), "")  # lines of before say of no hold which it is
        line = next(
            (entry for entry in logged if entry.story == hold.story and entry.key in names), None
        )
        if line:
            logged.remove(line)
        standing.append(_StandingHold(hold, line.key if line else names[0]))
    records = {key_of(hold.id): hold for hold in placed}
    standing += [_by_log_alone(entry, records.get(entry.key)) for entry in logged]
    return sorted(standing, key=lambda each: each.hold.recorded)


def _by_log_alone(logged: LoggedHold, record: LegalHold | None) -> _StandingHold:
    """Return a hold whose record is gone, or was ended without the log."""
    hold = record or LegalHold(
        id=f"lh-{(logged.key or key_of(logged.at))[:6]}",
        story=logged.story,
        recorded=logged.at,
        on=date.fromisoformat(logged.at[:10]),
        role="",
        reason="Its record is gone, and the log says that it was never lifted.",
    )
    return _StandingHold(hold, logged.key, is_by_log_alone=True)


def holds_of(workspace: Workspace, story_id: str) -> tuple[LegalHold, ...]:
    """Return the holds that stand on a story. Raises Damaged, DiskFailed."""
    return tuple(hold for hold in all_holds(workspace) if hold.story == story_id)


def require_no_hold(workspace: Workspace, stories: Collection[str]) -> None:
    """Raise NotAllowed while something of one of these stories must be kept.

    Raises Damaged where the private records cannot be read: what is not known to be free is kept.
    The sentence says nothing of the reason, for contributors and volunteers may read it.
    """
    held = next((hold for hold in all_holds(workspace) if hold.story in stories), None)
    if held:
        raise NotAllowed(
            f"{held.story} must be kept for now: a legal hold has stood on it since {held.on}, so "
            "nothing of it is deleted.",
            f"Once it may go: carer-stories safeguarding lift {held.story}",
        )
