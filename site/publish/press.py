"""The press: edition, pages and leak check as one deed, one at a time.

Recording a withdrawal needs no press, so it is never held up by one. The press takes its own lock
and asks the gate only once it holds it, so a build that started before a withdrawal can never be
the last word: the withdrawal's own build follows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from library.consent import Audience
from library.errors import Busy
from library.lock import held
from library.workspace import Workspace
from publish.build import SiteReport, build_site
from publish.edition import Edition, build_edition

LOCK_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Printed:
    edition: Edition
    site: SiteReport


def press(workspace: Workspace, audience: Audience) -> Printed:
    """Write the edition for an audience and build the site from it.

    Raises what `build_edition` and `build_site` raise; the site that stood before still stands.
    """
    with pressing(workspace):
        edition = build_edition(workspace, audience)
        return Printed(edition, build_site(workspace))


@contextmanager
def pressing(workspace: Workspace) -> Iterator[None]:
    """Hold the press. Raises Busy when another build does not finish in ten minutes."""
    busy = Busy(
        "Another build of the site is still running.",
        "Wait for it, or stop it, then run this again.",
    )
    with held(workspace.interviews / ".press.lock", busy=busy, timeout=LOCK_TIMEOUT_S):
        yield
