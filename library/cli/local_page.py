"""A command that opens a page in the browser of this machine: its course, and its sentences."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING

from library.cli.console import say, say_next
from library.core.signals import interrupted_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from library.core.errors import CarerStoriesError
    from library.core.workspace import Workspace
    from library.local_page.address import PageAddress, PageOpenAlready
    from library.local_page.definition import LocalPage
    from library.local_page.server import RunningPage


def serve_until_closed(
    running: RunningPage,
    workspace: Workspace,
    how_to_end: str,
    *,
    no_browser: bool,
    place: str = "",
    problems: Sequence[CarerStoriesError] = (),
) -> None:
    """Show a page at a place of it, say where it is, and wait until it is closed, or for Ctrl-C.

    `problems` are said as warnings; `how_to_end` is the last sentence before the wait.
    """
    with (
        contextlib.suppress(KeyboardInterrupt),
        interrupted_by(signal.SIGINT, signal.SIGTERM),
    ):
        in_browser = not no_browser and _show_in_browser(
            running.page, workspace, running.address, place
        )
        _say_opened(running, in_browser=in_browser, place=place)
        for problem in problems:
            warn_of(problem)
        say(how_to_end)
        sys.stdout.flush()  # at once, also into a pipe: the address is waited for
        running.wait()


@contextlib.contextmanager
def shown_again_if_open(
    workspace: Workspace, *, no_browser: bool, place: str = ""
) -> Iterator[None]:
    """Let the browser show a page that the block finds open already.

    Raises PageOpenAlready, as the block does, where no browser shows it.
    """
    from library.local_page.address import PageOpenAlready

    try:
        yield
    except PageOpenAlready as refusal:
        if no_browser:
            raise
        _show_again(workspace, refusal, place)


def warn_of(problem: CarerStoriesError) -> None:
    """Say a problem that ends nothing, and what to do."""
    say(f"Warning: {problem.what}", err=True)
    if problem.next_step:
        say_next(problem.next_step, err=True)


def _show_in_browser(
    page: LocalPage, workspace: Workspace, address: PageAddress, place: str
) -> bool:
    """Return whether a browser shows the page, at a place of it."""
    from library.local_page.launcher import open_browser

    return open_browser(page, workspace, address, place)


def _say_opened(running: RunningPage, *, in_browser: bool, place: str) -> None:
    """Say where the page is, and what a kill before it means for windows that are still open."""
    name = running.page.name
    say(f"The {running.page.title} is open.", bold=True)
    if in_browser:
        say(f"Your browser shows it at {running.address.url}")
    else:
        link = running.address.link_to(place)
        say(f"Open this address in the browser of this machine:\n{link}")
    if running.is_restart:
        say(f"Last time the {name} ended while a page was open. That page goes on.")
    if running.is_displaced:
        what = f"Another program has taken the address that the {name} had. It was told nothing."
        say(
            f"Warning: {what} Leave a page that is still open as it is: do not reload it.", err=True
        )


def _show_again(workspace: Workspace, refusal: PageOpenAlready, place: str) -> None:
    """Let the browser show a page that is open already. Raises the refusal where none does."""
    page, address = refusal.page, refusal.address
    if address is None or not _show_in_browser(page, workspace, address, place):
        raise refusal
    say(f"The {page.title} is open already. Your browser shows its page again.", bold=True)
