"""Commands that look after the whole: `demo`, `doctor`, `verify`."""

from __future__ import annotations

from pathlib import Path

import click

from library.cli_tools import json_option, say, say_json, workspace_of
from library.errors import CarerStoriesError
from library.workspace import Workspace


@click.command(epilog="Example: carer-stories demo build/demo")
@click.argument("folder", type=click.Path(path_type=Path), default="carer-stories-demo")
def demo(folder: Path) -> None:
    """Make a demonstration library in FOLDER by running the commands a user would type."""
    import time

    from publish.demo import make_demonstration

    began = time.monotonic()

    def show(line: str) -> None:
        command = not line.startswith(" ")
        say(f"$ {line}" if command else line, bold=command)

    made = make_demonstration(folder.expanduser().resolve(), show)
    say()
    say(f"The demonstration took {time.monotonic() - began:.0f} seconds.", bold=True)
    say(f"Open it: {made.workspace.public / 'index.html'}")
    say(f"Or go in: cd {folder} && carer-stories status")


@click.command(epilog="Example: carer-stories verify")
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check the log's chain, the fixity of originals, and the cuts. Changes nothing."""
    from publish.verify import verify_workspace

    report = verify_workspace(workspace_of(ctx))
    for line in report.good:
        say(line)
    for line in report.bad:
        say(line, bold=True)
    if report.bad:
        ctx.exit(5)


@click.command(epilog="Example: carer-stories doctor")
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check ffmpeg, the model, the disk, the workspace and the database, and say what to do."""
    from publish.doctor import examine

    workspace: Workspace | None = None
    missing: CarerStoriesError | None = None
    try:
        workspace = workspace_of(ctx)
    except CarerStoriesError as error:
        missing = error
    findings = examine(workspace, missing)
    if as_json:
        say_json(findings)
    else:
        for finding in findings:
            say(f"{'well ' if finding.well else 'AMISS'}  {finding.what}", bold=not finding.well)
            if finding.next_step:
                say(f"       {finding.next_step}")
    if not all(finding.well for finding in findings):
        ctx.exit(1)
