"""Sentences of a command that opens a page in the browser of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from library.cli.console import say

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from library.local_page.address import PageAddress, PageOpenAlready
    from library.local_page.definition import LocalPage
    from library.local_page.server import RunningPage


def show_in_browser(
    page: LocalPage, workspace: Workspace, address: PageAddress, place: str = ""
) -> bool:
    """Return whether a browser shows the page, at a place of it."""
    from library.local_page.launcher import open_browser

    return open_browser(page, workspace, address, place)


def say_page_opened(running: RunningPage, *, in_browser: bool, place: str = "") -> None:
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


def show_page_again(workspace: Workspace, refusal: PageOpenAlready, place: str = "") -> None:
    """Let the browser show a page that is open already. Raises the refusal where none does."""
    page, address = refusal.page, refusal.address
    if address is None or not show_in_browser(page, workspace, address, place):
        raise refusal
    say(f"The {page.title} is open already. Your browser shows its page again.", bold=True)
