"""`desk`: the page on which an editor corrects a transcript by ear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from library.cli.console import examples, say, say_next, workspace_of
from library.cli.local_page import serve_until_closed, shown_again_if_open
from library.cli.status import say_next_of_story

if TYPE_CHECKING:
    from library.core.workspace import Workspace


@click.command(
    epilog=examples("carer-stories desk", "carer-stories desk cs-4k7m2q  # opens this story")
)
@click.argument("story", metavar="[STORY]", required=False)
@click.option("--no-browser", is_flag=True, help="Only say where the page is; open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: any free one).")
@click.pass_context
def desk(ctx: click.Context, story: str | None, no_browser: bool, port: int | None) -> None:
    """Correct a transcript by ear, on a page in this machine's browser.

    It is the same text as `carer-stories edit` opens (transcript.md), and you may go from one to
    the other at any time: what another program writes there is shown and never written over. Each
    change is on the disk within a second, and nothing leaves this machine.

    Run it again while it is open to see a page again that was closed by mistake.
    """
    from stewardship.desk.desk_page import running_desk

    workspace = workspace_of(ctx)
    if story is not None:
        _require_editable(workspace, story)
    place = story or ""
    with shown_again_if_open(workspace, no_browser=no_browser, place=place):
        with running_desk(workspace, port) as running:
            serve_until_closed(
                running,
                workspace,
                "Leave this window open while you work. To end: Ctrl-C, or “Close the desk” on the "
                "page.",
                no_browser=no_browser,
                place=place,
                problems=running.desk.problems,
            )
            unwritten = running.desk.unwritten
        _say_closed(workspace, story, unwritten)


def _require_editable(workspace: Workspace, story: str) -> None:
    """Raise as `edit` does, before anything is opened."""
    from transcribe.edit_service import open_edit_session

    open_edit_session(workspace, story)


def _say_closed(workspace: Workspace, story: str | None, unwritten: list[str]) -> None:
    say("The desk is closed.")
    if unwritten:
        say(
            f"The newest text of {', '.join(unwritten)} is not in its transcript.md yet. It is "
            "kept: open the desk again to go on with it."
        )
        say_next("carer-stories desk")
    elif story is not None:
        say_next_of_story(workspace, story)
