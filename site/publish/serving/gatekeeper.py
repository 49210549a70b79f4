"""The gatekeeper of `site serve`: it answers nothing while something is out that may not be.

At most once a second it checks whether anything changed, the day included, and then reconciles. So
an objection recorded in another window, a changed film or a review date is acted on by the next
request, without any command. Meanwhile requests wait a few seconds, then get a sentence.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from library.core.unforeseen import as_refusal, details_of
from library.core.workspace import Workspace
from library.records.library_day import library_day
from library.records.migration import require_usable
from publish.reconciliation.reconcile import Reconciliation, reconcile
from publish.reconciliation.stamp import is_settled

CHECK_INTERVAL_S = 1.0
REQUEST_TIMEOUT_S = 5.0
"""Seconds that a request waits for the site to be put right."""
_MAX_ROUNDS = 4
"""Reconciliations in a row until nothing changes any more; more than these change nothing."""
BEING_RENEWED = "The library is being renewed. Please load the page again in a moment."
OnOutcome = Callable[[Reconciliation], None]
OnDetails = Callable[[str], None]


class Gatekeeper:
    """Decides before each answer whether it may be given. It never raises."""

    def __init__(
        self,
        workspace: Workspace,
        on_outcome: OnOutcome = lambda _outcome: None,
        patience: float = REQUEST_TIMEOUT_S,
        on_details: OnDetails = lambda _details: None,
    ) -> None:
        self._workspace, self._on_outcome, self._patience = workspace, on_outcome, patience
        self._on_details = on_details
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._refusal = ""
        self._next_check = 0.0

    def refusal(self) -> str:
        """Return a sentence why nothing may be shown just now; empty where everything may."""
        with self._lock:
            worker = self._worker
            if worker is None:
                if time.monotonic() < self._next_check:
                    return self._refusal
                if not self._refusal and self._is_settled():
                    self._next_check = time.monotonic() + CHECK_INTERVAL_S
                    return ""
                worker = threading.Thread(target=self._run_reconciliation, daemon=True)
                self._worker = worker
                worker.start()
        worker.join(self._patience)
        return BEING_RENEWED if worker.is_alive() else self._refusal

    def close(self) -> None:
        """Wait for a reconciliation in progress."""
        worker = self._worker
        if worker is not None:
            worker.join()

    def _is_settled(self) -> bool:
        with contextlib.suppress(Exception):
            return is_settled(self._workspace, library_day(self._workspace))
        return False

    def _run_reconciliation(self) -> None:
        began = time.monotonic()
        # Whatever it is: what could not be asked may not be shown, and the server goes on.
        try:
            self._refusal = self._reconcile_until_settled()
        except Exception as error:
            self._refusal = _nothing_shown(as_refusal(error).what)
            if details := details_of(error):
                self._on_details(details)
        finally:
            now = time.monotonic()
            # Where it never settles (a disk that takes no stamp), half the time is for answers.
            rest = 0.0 if self._is_settled() else now - began
            self._next_check = now + max(CHECK_INTERVAL_S, rest)
            with self._lock:
                self._worker = None

    def _reconcile_until_settled(self) -> str:
        require_usable(self._workspace)
        for _ in range(_MAX_ROUNDS):
            outcome = reconcile(self._workspace)
            if outcome.did_anything:
                self._on_outcome(outcome)
            if outcome.comparison.problem:
                return _nothing_shown(outcome.comparison.problem)
            if outcome.still_out:
                return _nothing_shown(f"{outcome.still_out[0]} could not be taken down.")
            if self._is_settled():
                break
        return ""


def _nothing_shown(why: str) -> str:
    return f"Nothing is shown, for it is not known what may be. {why} Next: carer-stories verify"
