"""What a contributor agrees to: `consent` before recording, `signoff` of a finished cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from library.cli.due import due
from library.cli.fields import Day, Role, yes_option
from library.cli.forms import form
from library.cli_tools import say, workspace_of
from library.consent import AUDIENCE_WORDS
from library.errors import BadInput


@click.group()
def consent() -> None:
    """The participation agreement, before anything is recorded."""


consent.add_command(due)
consent.add_command(form)


@consent.command(
    "record",
    epilog="Example: carer-stories consent record cs-4k7m2q --taken-by carer-volunteer --yes",
)
@click.argument("story_id", metavar="STORY")
@click.option("--on", type=Day(), default="today", show_default=True, help="The day it was taken.")
@click.option(
    "--taken-by", type=Role(), default="carer-volunteer", show_default=True, help="Who took it."
)
@click.option("--form-version", default="1", show_default=True, help="Version of the signed form.")
@click.option(
    "--form", type=click.Path(path_type=Path), help="A scan of the signed form: its hash is kept."
)
@click.option(
    "--independent/--not-independent",
    default=None,
    help="Taken by someone outside the relative's care.",
)
@click.option(
    "--capacity-considered/--capacity-not-considered",
    default=None,
    help="Whether the person could decide this was considered.",
)
@yes_option
@click.pass_context
def consent_record(
    ctx: click.Context,
    /,
    story_id: str,
    independent: bool | None,
    capacity_considered: bool | None,
    yes: bool,
    **fields: Any,
) -> None:
    """Record that the contributor agreed to take part in recording STORY."""
    from library.desk import read_history, record_agreement

    workspace = workspace_of(ctx)
    history = read_history(workspace, story_id)
    say(f"Participation agreement for {story_id}, “{history.story.title}”.", bold=True)
    if independent is None:
        independent = yes or click.confirm(
            "Was it taken by someone who is not part of the relative's care?"
        )
    if capacity_considered is None:
        capacity_considered = yes or click.confirm(
            "Did you consider whether the person could decide this for themselves today?"
        )
    if not yes:
        click.confirm("Has the contributor signed the form?", abort=True)
    record_agreement(
        workspace,
        story_id,
        independent=independent,
        capacity_considered=capacity_considered,
        **fields,
    )
    if not independent:
        say(
            "Recorded, with a note: someone independent should confirm it before the film is shown."
        )
    say("The agreement is recorded.")
    say(f"Next: carer-stories capture import {story_id} FILE")


@click.command(
    epilog="Example: carer-stories signoff cs-4k7m2q --audience trust --witness editor --yes"
)
@click.argument("story_id", metavar="STORY")
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), help="The widest audience they agree to."
)
@click.option(
    "--viewed", type=Day(), default="today", show_default=True, help="The day they viewed the film."
)
@click.option("--review", type=Day(), help="From this day it is not shown without asking again.")
@click.option("--witness", type=Role(), default="carer-volunteer", show_default=True, help="Role.")
@click.option("--form-version", default="1", show_default=True, help="Version of the signed form.")
@click.option(
    "--form", type=click.Path(path_type=Path), help="A scan of the signed form: its hash is kept."
)
@click.option("--cut", "cut_seen", help="The cut they viewed (its first 8 characters or more).")
@yes_option
@click.pass_context
def signoff(
    ctx: click.Context, /, story_id: str, audience: str | None, yes: bool, **fields: Any
) -> None:
    """Record that the contributor viewed the finished film of STORY and releases it."""
    from library.desk import cut_to_sign, record_release

    workspace = workspace_of(ctx)
    cut = cut_to_sign(workspace, story_id)
    say(f"The contributor's release of {story_id}, cut {cut.hash[:8]}.", bold=True)
    if audience is None:
        if yes:
            raise BadInput("Whom is it released for?", "Say so with --audience.")
        audience = _ask_audience()
    if not yes:
        click.confirm("Has the contributor watched this film to the end?", abort=True)
        click.confirm("Do they know that a voice can be recognised?", abort=True)
        click.confirm("Do they know how to take it back, at any time?", abort=True)
    released = record_release(workspace, story_id, expected=cut, audience=audience, **fields)
    say(f"Signed off for “{released.audience}”. It will be asked about again by {released.review}.")
    say(f"Next: carer-stories approve {story_id}")


def _ask_audience() -> str:
    from library.consent import Audience

    say("Who may see it? Each choice includes the ones before it.")
    for audience in Audience:
        say(f"  {audience.word:<9} {audience.level_of_use}")
    chosen: str = click.prompt("Audience", type=click.Choice(AUDIENCE_WORDS))
    return chosen
