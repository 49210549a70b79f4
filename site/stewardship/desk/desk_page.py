"""The desk as a page of this machine: how it differs from others, and what it answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from library.core.workspace import Workspace
from library.local_page.definition import LocalPage, PageService
from library.local_page.server import RunningPage, open_page
from publish.cli.reconciliation import reconcile_after_command
from stewardship.desk.desk_analyser import DeskAnalyser
from stewardship.desk.desk_keys import key_calls
from stewardship.desk.media_routes import MEDIA_ROUTE, media_calls
from stewardship.desk.open_stories import Desk
from stewardship.desk.story_api import story_calls

DESK = LocalPage(
    name="desk",
    folder=Path(__file__).with_name("page"),
    files=lambda workspace: workspace.desk_files,
    reassurance="What you typed up to now is saved. Try again.",
    unproved_routes=(MEDIA_ROUTE,),
    # Somebody may paste a whole transcript.
    max_json_bytes=8 * 1024 * 1024,
)


@dataclass
class RunningDesk(RunningPage):
    """The desk while it is served."""

    desk: Desk

    def look_after(self) -> None:
        """Take down what may no longer be shown, as after `edit`, where an edit was applied."""
        if self.desk.applied.is_set():
            self.desk.applied.clear()
            reconcile_after_command(self.desk.workspace)


@contextlib.contextmanager
def running_desk(workspace: Workspace, port: int | None = None) -> Iterator[RunningDesk]:
    """Serve until the block ends. Raises PageOpenAlready, or Busy where the port is taken."""
    with open_page(DESK, workspace, port) as opened:
        # Under the lock: the journals that it reads are nobody else's.
        desk = Desk(workspace, DeskAnalyser)
        try:
            with opened.serve(_service(desk)) as running:
                yield RunningDesk(**vars(running), desk=desk)
        finally:
            desk.close()


def _service(desk: Desk) -> PageService:
    return PageService(
        blueprints=(story_calls(desk), media_calls(desk), key_calls(desk.workspace)),
        # A window in which somebody types must be able to come back, as after a kill.
        is_unfinished=lambda: desk.has_writer or bool(desk.unwritten),
    )
