"""The commands of `copies`: what was handed out, whom to ask for it back, what became of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import confirm, json_option, say, say_json, workspace_of
from library.cli.fields import Day, role_option, yes_option
from library.core.audience import AUDIENCE_WORDS
from library.core.counting import counted
from library.core.errors import BadInput
from library.records.copies import COPY_OUTCOMES, MEDIA

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from library.records.copies import Copy

_STORIES_NAMED = 5
"""Stories on a copy that are named; the rest are counted, and --json names all."""


@click.group(epilog="Example: carer-stories copies list")
def copies() -> None:
    """Keep track of copies that left the house: sticks, downloads, other servers."""


@copies.command(
    "add",
    epilog='Example: carer-stories copies add cs-4k7m2q --medium stick --to "Ward 3, ward manager" '
    "--audience training",
)
@click.argument("stories", metavar="STORY...", nargs=-1)
@click.option("--all-shown", is_flag=True, help="Every story shown to the audience today.")
@click.option("--medium", type=click.Choice(MEDIA), required=True, help="What kind of copy it is.")
@click.option("--to", required=True, help="Who answers for it, and how to reach them.")
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), required=True, help="For whom it was made."
)
@click.option("--on", type=Day(), default="today", show_default=True, help="The day it was given.")
@role_option
@json_option
@click.pass_context
def copies_add(
    ctx: click.Context,
    /,
    stories: tuple[str, ...],
    all_shown: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Enter a copy of one or more stories that was handed out."""
    from library.consent.copies import record_copy
    from library.consent.story_status import story_statuses

    if bool(stories) == all_shown:
        raise click.UsageError("Name the stories, or say --all-shown.")
    workspace = workspace_of(ctx)
    if all_shown:
        statuses = story_statuses(workspace, audience=fields["audience"])
        stories = tuple(
            status.history.story.id for status in statuses if status.decision.is_released
        )
        if not stories:
            raise BadInput("No story is shown to them today.", "Name the stories instead.")
    made = record_copy(workspace, stories, **fields)
    if as_json:
        say_json(made)
        return
    count = counted(len(made.stories), "story")
    say(f"{made.id}: {made.medium} with {count}, for {made.to}.", bold=True)
    say("If one of them is withdrawn, this copy is on the list of those to chase.")


@copies.command("list", epilog="Example: carer-stories copies list cs-4k7m2q")
@click.argument("story_id", metavar="[STORY]", required=False)
@json_option
@click.pass_context
def copies_list(ctx: click.Context, story_id: str | None, as_json: bool) -> None:
    """List copies still out there, in which form, until when."""
    from library.cli.status import say_outdated_copies
    from library.consent.copies import copies_of, outliving_days
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    if story_id is not None:
        # For its refusal of a story that is not there.
        read_history(workspace, story_id)
    copies = copies_of(workspace, story_id)
    if as_json:
        say_json(copies)
    elif not copies:
        say("No copy is entered as being out there.")
    else:
        sooner = outliving_days(workspace)
        for copy in copies:
            _say_copy(workspace, copy, sooner.get(copy.id))
        count = counted(len(copies), "copy", "copies")
        say(f"{count} out there. Once one is back: carer-stories copies settle COPY")
        say_outdated_copies(workspace, story_id, with_replaced=True)


def _say_copy(workspace: Workspace, copy: Copy, sooner: date | None) -> None:
    """Say a copy in a few short lines; its path stands alone, to be taken from the screen whole.

    `sooner` is the day that was agreed since, before the one that stands on it.
    """
    say(f"{copy.id}  {copy.kind}, for {copy.to}", bold=True)
    until = f", until {copy.until.isoformat()}" if copy.until else ""
    if sooner:
        until = f", may be used until {sooner.isoformat()}: it says {copy.until}"
    elif until and copy.form == "scorm-thin":
        until += ", or longer once that is agreed to"
    say(f"  given on {copy.on.isoformat()}{until}")
    many = f" and {len(copy.stories) - _STORIES_NAMED} more" if _is_long(copy) else ""
    session = f"the session {copy.plan}: " if copy.plan else ""
    say(f"  with {session}{', '.join(copy.stories[:_STORIES_NAMED])}{many}")
    if copy.place:
        place = Path(copy.place)
        inside = place.is_relative_to(workspace.root)
        say(f"  {place.relative_to(workspace.root).as_posix() if inside else place}")
    say()


def _is_long(copy: Copy) -> bool:
    return len(copy.stories) > _STORIES_NAMED


@copies.command(
    "settle", epilog="Example: carer-stories copies settle cp-8fk2hd --as destroyed --yes"
)
@click.argument("copy_id", metavar="COPY")
@click.option(
    "--as", "outcome", type=click.Choice(COPY_OUTCOMES), required=True, help="What became."
)
@click.option("--on", type=Day(), default="today", show_default=True, help="The day it happened.")
@role_option
@yes_option
@click.pass_context
def copies_settle(
    ctx: click.Context, copy_id: str, outcome: str, on: date, role: str, yes: bool
) -> None:
    """Say what became of COPY. One that is lost stays on the list."""
    from library.consent.copies import require_open_copy, settle_copy
    from library.records.ledger import Ledger

    workspace = workspace_of(ctx)
    # Before anything is asked: a copy that cannot be settled is refused at once.
    require_open_copy(Ledger(workspace).read(), copy_id)
    if not yes:
        confirm(f"Record that {copy_id} is {outcome}?", abort=True)
    settle_copy(workspace, copy_id, outcome=outcome, on=on, role=role)
    say(f"{copy_id} is {outcome}.", bold=True)
    if outcome == "lost":
        say("It stays on the list: nobody can say that it is gone.")
