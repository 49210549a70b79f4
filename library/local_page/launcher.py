"""Opening a page in the browser, without showing its secret to other accounts."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from library.core import files
from library.core.errors import CarerStoriesError
from library.core.templating import template_environment
from library.core.workspace import Workspace
from library.local_page.address import PageAddress
from library.local_page.definition import LocalPage

_TEMPLATES = Path(__file__).with_name("templates")


def open_browser(
    page: LocalPage, workspace: Workspace, address: PageAddress, place: str = ""
) -> bool:
    """Return whether a browser shows it: it is given a file that leads there, not the link."""
    try:
        return webbrowser.open(write_redirect_page(page, workspace, address, place).as_uri())
    # No browser, or no file to give it: the link is printed instead.
    except (webbrowser.Error, CarerStoriesError):
        return False


def write_redirect_page(
    page: LocalPage, workspace: Workspace, address: PageAddress, place: str = ""
) -> Path:
    """Write a page that leads to the server, and return its path. Raises NoRoom and DiskFailed.

    The browser is given this file in place of the link: every account of the computer can see the
    arguments of a process, the token among them. Only this account can read the file.
    """
    template = template_environment(_TEMPLATES).get_template("redirect.html")
    path = page.files(workspace).launcher
    link = address.link_to(place)
    files.write_atomic(path, template.render(title=page.title, link=link).encode())
    return path
