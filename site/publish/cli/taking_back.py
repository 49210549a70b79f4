"""`withdraw`: taking a story back."""

from __future__ import annotations

import click

from library.cli.fields import Role, yes_option
from library.cli_tools import say, workspace_of
from library.errors import NotAllowed


@click.command(epilog="Example: carer-stories withdraw cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@click.option("--asked-by", type=Role(), default="contributor", show_default=True, help="Role.")
@yes_option
@click.pass_context
def withdraw(ctx: click.Context, story_id: str, asked_by: str, yes: bool) -> None:
    """Take STORY back, at once. It cannot be undone: telling it again means a new story."""
    from library.desk import read_history
    from publish.withdrawal import withdraw as take_back

    workspace = workspace_of(ctx)
    told = read_history(workspace, story_id).story
    if not yes:
        click.confirm(f"Withdraw {story_id}, “{told.title}”, for good?", abort=True)
    receipt = take_back(workspace, story_id, asked_by)
    say(f"{story_id} is withdrawn as of {receipt.withdrawal.on}.", bold=True)
    if receipt.rebuilt:
        say("The edition and the site were made again without it.")
    if receipt.trouble:
        say(receipt.trouble)
    if receipt.still_public:
        say("Something of it is still found in these files. Remove them or mend the build:")
        for place in receipt.still_public:
            say(f"  {place}")
        ctx.exit(NotAllowed.exit_code)
    say("Nothing of it is found in interviews/edition or public.")
    say("What was copied elsewhere before today (a stick, another server) must be asked for back.")
