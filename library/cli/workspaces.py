"""The command `init`: a new workspace."""

from __future__ import annotations

from pathlib import Path

import click

from library.cli.console import say, say_next
from library.core.sanitise import shell_quoted


@click.command(epilog="Example: carer-stories init our-library")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a new workspace in FOLDER: pages, question sets, settings, an empty database."""
    from library.workspace_template import make_workspace

    workspace = make_workspace(folder.expanduser().resolve())
    say(f"A new library is ready in {folder}.", bold=True)
    say_next(
        f"Say whose it is in {workspace.settings.relative_to(workspace.root)}, then:\n"
        f"cd {shell_quoted(folder)}\n"
        "carer-stories doctor\n"
        "carer-stories story new"
    )
