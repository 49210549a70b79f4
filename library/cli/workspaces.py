"""The commands `init` and `handbooks`: a new workspace, and how to work in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from library.cli.console import examples, say, say_next
from library.cli.fields import OutputPath, yes_option
from library.cli.trust_settings import (
    fill_in,
    is_at_terminal,
    say_still_missing,
    settings_options,
    values_from_options,
)
from library.core.errors import BadInput, Stopped
from library.core.files import real_path
from library.core.own_folders import require_place_of_its_own
from library.core.sanitise import shell_quoted
from library.core.workspace import is_workspace


@click.command(
    epilog=examples(
        "carer-stories init our-library",
        'carer-stories init our-library --trust "Northfield NHS Trust" --evidence witness --yes',
    )
)
@click.argument("folder", type=OutputPath())
@settings_options
@yes_option
def init(folder: Path, yes: bool, **given: Any) -> None:
    """Make a new workspace in FOLDER: pages, question sets, settings, an empty database.

    At a terminal it asks for what agreements need to know of your trust; Enter skips a question.
    No agreement can be recorded before all of it is there: `doctor --fill-in` asks again.
    """
    from library.workspace_template import make_workspace

    values_from_options(given)  # what cannot be kept is refused before anything is made
    place = real_path(folder)
    require_place_of_its_own(place)
    if is_workspace(place):
        raise BadInput(
            f"{folder} is a library already; nothing was changed.",
            "Go on in it. To begin another, name a new folder, and not within this one.",
        )
    workspace = make_workspace(place)
    say(f"A new library is ready in {folder}.", bold=True)
    try:
        settings = fill_in(workspace, given, asking=is_at_terminal() and not yes)
    except click.Abort as stopped:
        raise Stopped(
            "Stopped. The library is made, without the answers.",
            f"cd {shell_quoted(folder)}\ncarer-stories doctor --fill-in",
        ) from stopped
    steps = [f"cd {shell_quoted(folder)}", "carer-stories doctor", "carer-stories story new"]
    if say_still_missing(settings):
        steps.insert(1, "carer-stories doctor --fill-in")
    say_next("\n".join(steps))


@click.command(epilog="Example: carer-stories handbooks our-handbooks")
@click.argument("folder", type=OutputPath())
def handbooks(folder: Path) -> None:
    """Copy the handbooks into FOLDER, a new one, as pages to open in any browser.

    They need no network, and can be searched and printed. A stick will do as well.
    """
    from library.workspace_template import copy_handbooks

    say_next(f"Open {copy_handbooks(real_path(folder))} in a browser.")
