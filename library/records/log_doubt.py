"""The rule for a log that does not hold: nothing is newly shown or handed out until that is clear.

The log says what was decided, what is held and which day it is. Where it is gone, cut off or
altered, the records alone may know less than was decided. So whatever shows or hands out anew
(builds, copies, exports, previews, approvals) asks here first. Taking down, withdrawing and looking
go on, and what is out is compared with the records as far as they can be read.
"""

from __future__ import annotations

import contextlib

from library.core.errors import CarerStoriesError, Damaged
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.snapshot import Snapshot


def require_log_holds(workspace: Workspace) -> None:
    """Raise Damaged where the log is not as it was written, or not that of the records.

    Raises what `Ledger.read` raises as well.
    """
    ledger = Ledger(workspace)
    _require_log(ledger, ledger.read())  # what is wrong with the records is said in its own words


def _require_log(ledger: Ledger, snapshot: Snapshot) -> None:
    try:
        ledger.require_log(snapshot)
    except Damaged as error:
        raise Damaged(
            f"{error.what} Until that is clear, nothing new is shown or handed out.",
            error.next_step,
        ) from error


def log_doubt(workspace: Workspace, snapshot: Snapshot | None = None) -> Damaged | None:
    """Return that refusal for whoever only says so; None where the log holds.

    `snapshot` are the records where they were read already. Those that cannot be read are no matter
    of the log: whoever reads them says so.
    """
    with contextlib.suppress(CarerStoriesError):
        ledger = Ledger(workspace)
        records = snapshot or ledger.read()
        try:
            _require_log(ledger, records)
        except Damaged as error:
            return error
    return None
