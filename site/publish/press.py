"""The press: edition, pages and leak check as one deed, one at a time.

Recording a withdrawal needs no press, so it is never held up by one. The press takes its own lock
and asks the gate only once it holds it, so a build that started before a withdrawal can never be
the last word: the withdrawal's own build follows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from library.consent import Audience
from library.desk import enter_noted
from library.errors import Busy, CarerStoriesError
from library.lock import held
from library.workspace import Workspace
from publish.build import SiteReport, build_site
from publish.build_receipt import KeptReceipt, record_build
from publish.edition import Edition, build_edition

LOCK_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Printed:
    edition: Edition
    site: SiteReport
    receipt: KeptReceipt | None = None
    trouble: str = ""
    """Why there is no receipt, as a sentence: the site stands all the same."""


def press(workspace: Workspace, audience: Audience, *, role: str = "editor") -> Printed:
    """Write the edition for an audience, build the site from it, log that and write its receipt.

    Raises what `build_edition` and `build_site` raise; the site that stood before still stands.
    """
    with pressing(workspace):
        # The gate counts a withdrawal that is only noted; the records should say it too.
        with suppress(CarerStoriesError):
            enter_noted(workspace)
        edition = build_edition(workspace, audience)
        site = build_site(workspace)
        try:
            return Printed(edition, site, record_build(workspace, edition, role))
        except CarerStoriesError as error:
            return Printed(edition, site, trouble=error.what)


@contextmanager
def pressing(workspace: Workspace, *, timeout: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Hold the press. Raises Busy when another build does not finish in `timeout` seconds."""
    busy = Busy(
        "Another build of the site is still running.",
        "Wait for it, or stop it, then run this again.",
    )
    with held(workspace.interviews / ".press.lock", busy=busy, timeout=timeout):
        yield
