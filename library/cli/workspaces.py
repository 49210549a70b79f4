"""Commands about the workspace as a whole: `init` and `restore`."""

from __future__ import annotations

from pathlib import Path

import click

from library.cli.fields import Role, yes_option
from library.cli_tools import say, workspace_of


@click.command(epilog="Example: carer-stories init our-library")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a new workspace in FOLDER: pages, question sets, settings, an empty database."""
    from library.template import make_workspace

    workspace = make_workspace(folder.expanduser().resolve())
    say(f"A new library is ready in {folder}.", bold=True)
    say(f"Say whose it is in {workspace.settings.relative_to(workspace.root)}, then:")
    say(f"  cd {folder}")
    say("  carer-stories doctor")
    say("  carer-stories story new")


@click.command(epilog="Example: carer-stories restore --generation 41")
@click.option("--generation", type=int, help="Which earlier state; without it they are listed.")
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@yes_option
@click.pass_context
def restore(ctx: click.Context, generation: int | None, role: str, yes: bool) -> None:
    """Make an earlier generation of the database the newest one.

    It takes back what was decided after it, except withdrawals: those are recorded again. The
    later lines of interviews/audit.jsonl (each names its generation) say what else was decided.
    """
    from library.desk import restore_generation, unfinished_erasures
    from library.ledger import Ledger

    workspace = workspace_of(ctx)
    kept = Ledger(workspace).generations()
    if generation is None:
        names = ", ".join(str(number) for number in kept)
        say(f"Generations that can be restored: {names}." if kept else "No generation is kept yet.")
        return
    if not yes:
        say("This takes back what was decided after it; withdrawals stay.")
        click.confirm(f"Restore generation {generation}?", abort=True)
    withdrawn = restore_generation(workspace, generation, role)
    say(f"Generation {generation} is restored. What was there before is kept beside it.")
    for story_id in withdrawn:
        say(f"{story_id} was withdrawn later, and is withdrawn again.")
    for story_id in unfinished_erasures(workspace):
        say(f"{story_id} was to be erased, and is there again. Erase it again:", bold=True)
        say(f"  carer-stories withdraw {story_id} --erase")
    say("Next: carer-stories status, then: carer-stories site build")
