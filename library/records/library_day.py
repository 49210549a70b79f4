"""The day by which a library goes: never earlier than the last line of its log.

A computer whose clock was put back would show again what had lapsed. So the log is asked as well:
the later day counts. It is the trust’s day, not that of the computer’s time zone (`clock`). A line
that is more than a day ahead is not believed by itself, for the clock may have been fast when it
was written: an editor says which of the two is right. Until then nothing more is shown than is out,
while taking down, withdrawing and recording go on by the computer's day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from library.core import clock
from library.core.errors import Damaged, NotAllowed
from library.core.trust_zone import use_zone_of
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.log_doubt import log_doubt, require_log_holds
from library.records.snapshot import Snapshot

CONFIRM_ACTION = "confirm-clock"
"""Action of the line with which an editor says that the computer's clock is right."""
CONFIRM_COMMAND = "carer-stories upkeep --confirm-clock"
_MAX_LEAD = timedelta(days=1)
"""Longest lead of a log line over the clock: time zones, and a clock that is put right."""
_CONFIRMATION = f'"action":"{CONFIRM_ACTION}"'.encode()
_TIME = re.compile(rb'"at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z"')


def library_day(workspace: Workspace) -> date:
    """Return the day for the gate: today's, or the log's where that is up to a day later."""
    return _day_for_gate(_latest_day(workspace))


def unconfirmed_day(workspace: Workspace) -> date | None:
    """Return the day of a line that is not believed until an editor says which clock is right."""
    return _day_in_doubt(_latest_day(workspace))


def _day_for_gate(latest: date | None) -> date:
    on = clock.today()
    return latest if latest and on < latest <= on + _MAX_LEAD else on


def _day_in_doubt(latest: date | None) -> date | None:
    return latest if latest and latest > clock.today() + _MAX_LEAD else None


def day_for_showing(workspace: Workspace) -> date:
    """Return the day for what shows or hands out anew.

    Raises NotAllowed while none is sure, and Damaged as `require_log_holds` does.
    """
    require_log_holds(workspace)
    latest = _latest_day(workspace)
    ahead = _day_in_doubt(latest)
    if ahead is not None:
        raise NotAllowed(
            f"{clock_sentence(ahead)} Until that is clear nothing new is shown or handed out.",
            clock_next_step(),
        )
    return _day_for_gate(latest)


def is_showing_sure(workspace: Workspace) -> bool:
    """Return True where log and clock are beyond doubt, so that something new may be shown."""
    return unconfirmed_day(workspace) is None and log_doubt(workspace) is None


def doubt_step(workspace: Workspace) -> str:
    """Return the step to take before anything new is shown, as a sentence; empty where none is."""
    return _step_of(log_doubt(workspace), unconfirmed_day(workspace))


def day_and_doubt(workspace: Workspace, snapshot: Snapshot) -> tuple[date, str]:
    """Return what `library_day` and `doubt_step` do, for whoever has read the records already."""
    latest = _latest_day(workspace)
    return _day_for_gate(latest), _step_of(log_doubt(workspace, snapshot), _day_in_doubt(latest))


def _step_of(doubt: Damaged | None, ahead: date | None) -> str:
    if doubt:
        return "Find out what is wrong with the log: carer-stories verify"
    if ahead:
        return "Find out which date is right, the log’s or this computer’s: carer-stories doctor"
    return ""


def clock_sentence(ahead: date) -> str:
    """Return what is wrong, as a sentence."""
    return (
        f"The log has a line of {ahead.isoformat()}, but this computer says that it is "
        f"{clock.today().isoformat()}. One of them is wrong."
    )


def clock_next_step() -> str:
    """Return what to do about it."""
    return (
        f"If this computer is right: {CONFIRM_COMMAND}. If not, set its clock and run this again."
    )


def confirm_clock(workspace: Workspace, role: str) -> date | None:
    """Record that the computer's clock is right; return the day that counts no more, or None.

    Lines before it are then not asked about their day. Raises what `Ledger.update` does.
    """
    ahead = unconfirmed_day(workspace)
    if ahead is None:
        return None
    with Ledger(workspace).update(CONFIRM_ACTION, "", role):
        pass
    return ahead


def _latest_day(workspace: Workspace) -> date | None:
    """Return the latest day of the log's lines since the last confirmation.

    Of all of them, not of the last: a line that any command writes must not hide the one before.
    """
    use_zone_of(workspace)
    try:
        log = workspace.audit_log.read_bytes()
    # What cannot be read is said by whatever reads it for its lines.
    except OSError:
        return None
    # The confirmation's own line counts: its day is the one that was confirmed.
    start = log.rfind(b"\n", 0, max(log.rfind(_CONFIRMATION), 0)) + 1
    times = _TIME.findall(log, start)
    if not times:
        return None
    try:
        latest = datetime.fromisoformat(max(times).decode()).replace(tzinfo=UTC)
        return clock.day_of(latest)
    # A month 13 is no line of ours: `verify` names it.
    except (ValueError, OverflowError):
        return None
