"""Commands that look after the whole: `demo`, `doctor`, `verify`."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import click

from library.cli.console import json_option, say, say_json, workspace_of
from library.core.errors import CarerStoriesError, Damaged
from library.core.shell_quote import typed
from library.core.workspace import Workspace


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
    say(f"Or go in: cd {typed(folder)} && carer-stories status")


@click.command(epilog="Example: carer-stories verify --head 3f9c0b71aa42")
@click.option("--head", "heads", multiple=True, metavar="HASH", help="A head from a paper receipt.")
@click.option(
    "--receipt",
    "receipts",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A receipt of a build that was kept elsewhere.",
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context, heads: tuple[str, ...], receipts: tuple[Path, ...], as_json: bool
) -> None:
    """Check the records, the log and every file against what was recorded. Changes nothing.

    A log whose end was cut off looks whole by itself: only a receipt of a build tells. Those kept
    in interviews/receipts are always compared; --head and --receipt compare one kept elsewhere.
    Exit code 0 when all is well, 5 when something is not.
    """
    from functools import partial

    from library.cli.console import progress
    from library.core.eta import size
    from publish.build_receipt import head_on
    from stewardship.verify import Level, verify_workspace
    from stewardship.verify.log_receipts import typed_head

    workspace = workspace_of(ctx)
    asked = [*map(typed_head, heads), *map(head_on, receipts)]
    report = verify_workspace(workspace, partial(progress, shown=size), asked)
    if as_json:
        say_json(report.as_json())
    else:
        for finding in report.findings:
            note = "Note: " if finding.level is Level.NOTE else ""
            say(f"{note}{finding.what}", bold=finding.level is Level.BAD)
            if finding.next_step:
                say(indent(finding.next_step, "  "))
        say(_summed_up(len(report.amiss)), bold=True)
    if report.amiss:
        ctx.exit(Damaged.exit_code)


def _summed_up(amiss: int) -> str:
    if not amiss:
        return "All is as it was written."
    return f"{'One thing is' if amiss == 1 else f'{amiss} things are'} not as it should be."


@click.command(epilog="Example: carer-stories doctor")
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check ffmpeg, the model, the disk, the workspace and the database, and say what to do."""
    from stewardship.doctor import examine

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
                say(indent(finding.next_step, " " * 7))
    if not all(finding.well for finding in findings):
        ctx.exit(1)
