"""The commands of `contributor`: who told a story, kept apart from everything else."""

from __future__ import annotations

import click

from library.cli.console import (
    confirm,
    examples,
    in_turn,
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    workspace_of,
)
from library.cli.fields import Role, yes_option
from library.core.errors import BadInput
from library.core.sanitise import printable

_role = click.option(
    "--role", type=Role(), default="carer-volunteer", show_default=True, help="Your role."
)


@click.group(epilog="Example: carer-stories contributor record cs-4k7m2q")
def contributor() -> None:
    """Keep who told a story and how to reach them: private, and shown nowhere else."""


@contributor.command(
    "record",
    epilog=examples(
        "carer-stories contributor record cs-4k7m2q",
        "carer-stories contributor record cs-4k7m2q --same-as cs-9w2xbd  # told by the same person",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.option("--name", help="Their real name.")
@click.option("--contact", help="How they want to be reached.")
@click.option("--same-as", metavar="STORY", help="They also told this other story.")
@_role
@click.pass_context
def contributor_record(
    ctx: click.Context,
    story_id: str,
    name: str | None,
    contact: str | None,
    same_as: str | None,
    role: str,
) -> None:
    """Record who told STORY, or correct it."""
    from library.consent.contributors import contributor_of, record_contributor
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    # Before anything is asked: a story that is not there is refused at once.
    read_history(workspace, story_id)
    if name is None and contact is None and same_as is None:
        known = contributor_of(workspace, story_id)
        say("Kept apart from everything else; no page, film or log ever shows it.")
        name, contact = in_turn(
            [
                lambda is_first: prompt_for(
                    "Their real name",
                    wanted="their real name, which no page ever shows",
                    default=printable(known.name) if known else None,
                    is_first=is_first,
                ),
                lambda is_first: prompt_for(
                    "How do they want to be reached",
                    default=printable(known.contact) if known else "",
                    is_first=is_first,
                ),
            ]
        )
    made = record_contributor(
        workspace, story_id, name=name or "", contact=contact or "", same_as=same_as, role=role
    )
    others = [other for other in made.stories if other != story_id]
    say(f"Kept: who told {story_id}.", bold=True)
    if others:
        say(f"They also told {', '.join(others)}.")


@contributor.command("show", epilog="Example: carer-stories contributor show cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@json_option
@click.pass_context
def contributor_show(ctx: click.Context, story_id: str, as_json: bool) -> None:
    """Show who told STORY and how to reach them."""
    from library.consent.contributors import contributor_of
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    # For its refusal of a story that is not there.
    read_history(workspace, story_id)
    known = contributor_of(workspace, story_id)
    if as_json:
        say_json(known)
    elif known is None:
        say(f"Nothing is kept about who told {story_id}.")
        say_next(f"carer-stories contributor record {story_id}")
    else:
        say(known.name, bold=True)
        say(f"  {known.contact or 'no way to reach them is kept'}")
        say(f"  Told: {', '.join(known.stories)}")


@contributor.command("forget", epilog="Example: carer-stories contributor forget cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@_role
@yes_option
@click.pass_context
def contributor_forget(ctx: click.Context, story_id: str, role: str, yes: bool) -> None:
    """Forget who told STORY. Without it they cannot be asked again when a review is due."""
    from library.consent.contributors import contributor_of, forget_contributor
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    # For its refusal of a story that is not there.
    read_history(workspace, story_id)
    if contributor_of(workspace, story_id) is None:
        raise BadInput(f"Nothing is kept about who told {story_id}, so there is nothing to forget.")
    if not yes:
        confirm(f"Forget who told {story_id}, for good?", abort=True)
    forget_contributor(workspace, story_id, role=role)
    say(f"Forgotten: who told {story_id}. Backups of interviews/ made before today still know.")
