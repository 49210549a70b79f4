"""`desk`: the page on which an editor corrects a transcript by ear."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING

import click

from library.cli.console import examples, say, say_next, workspace_of
from library.cli.local_page import say_page_opened, show_in_browser, show_page_again
from library.cli.status import say_next_of_story
from library.core.signals import interrupted_by

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from stewardship.desk.desk_page import RunningDesk


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
    from library.local_page.address import PageOpenAlready
    from stewardship.desk.desk_page import running_desk

    workspace = workspace_of(ctx)
    if story is not None:
        _require_editable(workspace, story)
    place = story or ""
    try:
        with running_desk(workspace, port) as running:
            with (
                contextlib.suppress(KeyboardInterrupt),
                interrupted_by(signal.SIGINT, signal.SIGTERM),
            ):
                in_browser = not no_browser and show_in_browser(
                    running.page, workspace, running.address, place
                )
                _say_opened(running, place, in_browser=in_browser)
                running.wait()
            unwritten = running.desk.unwritten
    except PageOpenAlready as refusal:
        if no_browser:
            raise
        show_page_again(workspace, refusal, place)
        return
    _say_closed(workspace, story, unwritten)


def _require_editable(workspace: Workspace, story: str) -> None:
    """Raise as `edit` does, before anything is opened."""
    from transcribe.edit_service import open_edit_session

    open_edit_session(workspace, story)


def _say_opened(running: RunningDesk, place: str, *, in_browser: bool) -> None:
    say_page_opened(running, in_browser=in_browser, place=place)
    for problem in running.desk.problems:
        say(f"Warning: {problem.what}", err=True)
        if problem.next_step:
            say_next(problem.next_step, err=True)
    say("Leave this window open while you work. To end: Ctrl-C, or “Close the desk” on the page.")
    sys.stdout.flush()  # at once, also into a pipe: the address is waited for


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
